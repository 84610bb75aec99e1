#!/usr/bin/perl
# A peer that reports errors: sets an association up with the server at PORT of this host, with
# handmade packets, and sends an ERROR chunk with two causes: invalid stream 99, unrecognized chunk
# type 0xc1.
#
#   tests/tools/reports.pl PORT
#
# Over UDP for the userland stack (SCTP_STACK), otherwise on a raw socket, as root.  The kernel does not
# know this association and aborts it at the server's first packets, so the ERROR must be sent with the
# COOKIE ECHO.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Packet 'crc32c';
use Socket;

my ($port) = @ARGV;
my $server = sockaddr_in($port, INADDR_LOOPBACK);
my $udp    = ($ENV{SCTP_STACK} // '') eq 'userland';
my ($mine, $tag) = (40000 + $$ % 20000, 0x12345678);

socket(my $s, PF_INET, $udp ? SOCK_DGRAM : SOCK_RAW, $udp ? 0 : 132) or die "reports: socket: $!\n";
if ($udp) {
    bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die "reports: bind: $!\n";
    ($mine) = sockaddr_in(getsockname $s);
}

sub transmit {
    my ($to_tag, $chunks) = @_;
    my $start = pack 'nnN', $mine, $port, $to_tag;
    send($s, $start . pack('V', crc32c($start . "\0\0\0\0" . $chunks)) . $chunks, 0, $server)
        or die "reports: send: $!\n";
}

# With the padding that its length does not count.
sub chunk {
    my ($type, $body) = @_;
    return pack('CCn', $type, 0, 4 + length $body) . $body . "\0" x (-length($body) % 4);
}
sub cause { my ($code, $info) = @_; return pack('nn', $code, 4 + length $info) . $info }

# The body of the INIT ACK that is for us.
sub answer {
    while (1) {
        my ($bits, $packet) = ('', '');
        vec($bits, fileno $s, 1) = 1;
        select($bits, undef, undef, 10) or die "reports: no INIT ACK\n";
        recv($s, $packet, 65536, 0);
        $packet = substr $packet, 20 if !$udp; # the IP header
        next if length $packet < 36 || unpack('x2n', $packet) != $mine;
        return substr $packet, 16 if unpack('x12C', $packet) == 2;
    }
}

transmit(0, chunk(1, pack 'NNnnN', $tag, 65536, 10, 10, 1));
my $ack = answer();
my ($peer_tag, $cookie) = (unpack('N', $ack), undef);
for (my $parameters = substr $ack, 16; length $parameters >= 4;) {
    my ($type, $length) = unpack 'nn', $parameters;
    $cookie = substr $parameters, 4, $length - 4 if $type == 7;
    last if $length < 4 || length $parameters <= $length;
    substr($parameters, 0, $length + -$length % 4) = '';
}
defined $cookie or die "reports: no cookie\n";
transmit($peer_tag, chunk(10, $cookie) . chunk(9, cause(1, pack 'nn', 99, 0) . cause(6, "\xc1\0\0\4")));
transmit($peer_tag, chunk(6, '')); # ABORT: this program cannot shut the association down
print "reported\n";
