#!/usr/bin/perl
# Prints the SCTP packets on an interface, over IP or over UDP, a line each as they arrive:
#
#   tests/tools/capture.pl INTERFACE
#
#   127.0.0.1:40000>127.0.0.1:9877 DATA[stream=1 ppid=60 flags=UBE size=5] SACK
#
# flags are the bits that are set of I, U, B and E (RFC 9260, 3.3.1; RFC 7053); `again` marks a
# retransmitted TSN.  INIT and INIT ACK have the number of streams and all addresses that they list,
# ABORT and ERROR their causes with the text.  Needs root, for a packet socket.
use strict;
use warnings;
use Socket;

use constant { AF_PACKET => 17, ETH_P_ALL => 3, OUTGOING => 4, SIOCGIFINDEX => 0x8933 };

my ($interface) = @ARGV;
socket my $s, AF_PACKET, SOCK_RAW, unpack 'S', pack 'n', ETH_P_ALL or die "capture: socket: $!\n";
ioctl $s, SIOCGIFINDEX, my $request = pack 'a16 x24', $interface or die "capture: no interface $interface: $!\n";
my $ifindex = unpack 'x16 i', $request;
# SO_RCVBUFFORCE; it fails for root of a user namespace, which gets SO_RCVBUF.
setsockopt $s, SOL_SOCKET, 33, pack 'i', 8 << 20 or setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', 8 << 20;
bind $s, pack 'SnlSCCa8', AF_PACKET, ETH_P_ALL, $ifindex, 0, 0, 0, '' or die "capture: bind: $!\n";
$| = 1;
print "capturing\n";

my @names = ('DATA', 'INIT', 'INIT-ACK', 'SACK', 'HEARTBEAT', 'HEARTBEAT-ACK', 'ABORT', 'SHUTDOWN', 'SHUTDOWN-ACK',
    'ERROR', 'COOKIE-ECHO', 'COOKIE-ACK', 'ECNE', 'CWR', 'SHUTDOWN-COMPLETE');
$names[64] = 'I-DATA';
my %seen;

# Calls f(type, value) for each item of a padded type-length-value list.
sub each_tlv {
    my ($list, $f) = @_;
    while (length $list >= 4) {
        my ($type, $length) = unpack 'nn', $list;
        last if $length < 4 || $length > length $list;
        $f->($type, substr $list, 4, $length - 4);
        $length += -$length % 4;
        $list = $length < length $list ? substr $list, $length : '';
    }
}

sub init {
    my ($body) = @_;
    my ($out, $in) = unpack 'x8nn', $body;
    my @addresses;
    each_tlv(substr($body, 16), sub {
        push @addresses, inet_ntoa($_[1]) if $_[0] == 5;
        push @addresses, Socket::inet_ntop(AF_INET6, $_[1]) if $_[0] == 6;
    });
    return "out=$out in=$in addresses=" . join ',', sort @addresses;
}

sub causes {
    my @causes;
    each_tlv($_[0], sub { push @causes, "$_[0]:" . ($_[1] =~ s/[^ -~]/./gr) });
    return join ', ', @causes;
}

sub data {
    my ($flow, $flags, $body) = @_;
    my ($tsn, $stream, $ppid) = unpack 'Nnx2N', $body;
    my $set = join '', map { $flags & $_->[0] ? $_->[1] : () } [8, 'I'], [4, 'U'], [2, 'B'], [1, 'E'];
    return "stream=$stream ppid=$ppid flags=$set size=" . (length($body) - 12) . ($seen{"$flow $tsn"}++ ? ' again' : '');
}

sub chunks {
    my ($flow, $list) = @_;
    my @chunks;
    while (length $list >= 4) {
        my ($type, $flags, $length) = unpack 'CCn', $list;
        last if $length < 4 || $length > length $list;
        my $body = substr $list, 4, $length - 4;
        my $about = $type == 0 ? data($flow, $flags, $body) : $type == 1 || $type == 2 ? init($body)
            : $type == 6 || $type == 9 ? causes($body) : undef;
        push @chunks, ($names[$type] // "chunk-$type") . (defined $about ? "[$about]" : '');
        $length += -$length % 4;
        $list = $length < length $list ? substr $list, $length : '';
    }
    return @chunks;
}

while (defined(my $from = recv $s, my $frame, 65536, 0)) {
    next if (unpack 'x8x2C', $from) == OUTGOING; # lo shows each packet twice, outgoing and incoming
    my ($version, $protocol, $source, $target, $packet);
    $version = unpack('x14C', $frame) >> 4;
    if ($version == 4) {
        my ($size, $total);
        ($size, $total, $protocol, $source, $target) = unpack 'x14Cxnx5Cx2a4a4', $frame;
        $packet = substr $frame, 14 + 4 * ($size & 15), $total - 4 * ($size & 15);
        ($source, $target) = map { inet_ntoa($_) } $source, $target;
    } elsif ($version == 6) {
        (my $total, $protocol, $source, $target) = unpack 'x14x4nCxa16a16', $frame;
        $packet = substr $frame, 54, $total;
        ($source, $target) = map { '[' . Socket::inet_ntop(AF_INET6, $_) . ']' } $source, $target;
    } else {
        next;
    }
    if ($protocol == 17) { $packet = substr $packet, 8 }
    next if $protocol != 132 && $protocol != 17 || length $packet < 16;
    my ($from_port, $to_port) = unpack 'nn', $packet;
    my $flow = "$source:$from_port>$target:$to_port";
    print join(' ', $flow, chunks($flow, substr $packet, 12)), "\n";
}
