#!/usr/bin/perl
# A firewall that refuses SCTP: for each INIT that arrives at an interface, over IP or at a UDP port, it
# sends an ABORT in the name of the host that the INIT is for.
#
#   tests/tools/reject.pl INTERFACE UDP-PORT
#
# It does not drop the INIT.  Needs root, for raw sockets.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Packet 'crc32c';
use Socket;

use constant { AF_PACKET => 17, ETH_P_IP => 0x0800, OUTGOING => 4, SIOCGIFINDEX => 0x8933 };
use constant { SCTP => 132, UDP => 17, CHUNK_INIT => 1, CHUNK_ABORT => 6, TTL => 64 };

my ($interface, $udp_port) = @ARGV;
socket my $in, AF_PACKET, SOCK_RAW, unpack 'S', pack 'n', ETH_P_IP or die "reject: socket: $!\n";
ioctl $in, SIOCGIFINDEX, my $request = pack 'a16 x24', $interface or die "reject: no interface $interface: $!\n";
bind $in, pack 'SnlSCCa8', AF_PACKET, ETH_P_IP, unpack('x16 i', $request), 0, 0, 0, '' or die "reject: bind: $!\n";
socket my $out, PF_INET, SOCK_RAW, 255 or die "reject: socket: $!\n"; # with an IP header of its own
$| = 1;
print "rejecting\n";

while (defined(my $from = recv $in, my $frame, 65536, 0)) {
    next if (unpack 'x8x2C', $from) == OUTGOING;
    my ($size, $protocol, $source, $target) = unpack 'x14Cx8Cx2a4a4', $frame;
    my $packet = substr $frame, 14 + 4 * ($size & 15);
    my $udp = $protocol == UDP ? substr $packet, 0, 8, '' : undef;
    next if $protocol != SCTP && !defined $udp || length $packet < 32 || ord(substr $packet, 12) != CHUNK_INIT;
    next if defined $udp && $udp_port != unpack 'x2n', $udp;
    my ($from_port, $to_port, $tag) = unpack 'nnx12a4', $packet;
    my $abort = pack 'nna4VCCn', $to_port, $from_port, $tag, 0, CHUNK_ABORT, 0, 4;
    substr $abort, 8, 4, pack 'V', crc32c($abort);
    if (defined $udp) {
        my ($ours, $theirs) = unpack 'nn', $udp;
        $abort = pack('nnnn', $theirs, $ours, 8 + length $abort, 0) . $abort;
    }
    my $header = pack 'CCnnnCCna4a4', 0x45, 0, 20 + length $abort, 0, 0, TTL, $protocol, 0, $target, $source;
    send $out, $header . $abort, 0, sockaddr_in(0, $source) or die "reject: send: $!\n";
}
