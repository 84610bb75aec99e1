#!/usr/bin/perl
# Sends datagrams that no SCTP stack would send to UDP port PORT of this host: noise, and packets with
# a valid header and checksum but malformed chunks.
#
#   tests/tools/junk.pl PORT PEER
#
# They seem to come from the SCTP port PEER, which has an association.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Packet 'crc32c';
use Socket;

my ($port, $peer) = @ARGV;
srand(1);
socket(my $udp, PF_INET, SOCK_DGRAM, 0) or die "junk: socket: $!\n";
connect($udp, sockaddr_in($port, INADDR_LOOPBACK)) or die "junk: connect: $!\n";

sub noise { join '', map { chr int rand 256 } 1 .. $_[0] }

sub packet {
    my ($tag, $chunks) = @_;
    my $start = pack 'nnN', $peer, $port, $tag;
    return $start . pack('V', crc32c($start . "\0\0\0\0" . $chunks)) . $chunks;
}

sub chunk { my ($type, $flags, $body) = @_; pack('CCn', $type, $flags, 4 + length $body) . $body }

sub init { my ($parameters) = @_; packet(0, chunk(1, 0, pack('NNnnN', 7, 65536, 10, 10, 1) . $parameters)) }

my @packets = (
    '', 'x', noise(11), noise(12),
    packet(0, ''),                                # no chunk
    packet(0, pack('CCn', 1, 0, 0)),              # a chunk of no length
    packet(0, pack('CCn', 1, 0, 65535)),          # … of more than there is
    packet(0, chunk(1, 0, '')),                   # an INIT of nothing
    packet(0, chunk(1, 0, pack('NNnnN', 0, 0, 0, 0, 0))), # … with all zero
    init(pack('nn', 5, 0)),                       # a parameter of no length
    init(pack('nn', 5, 3)),
    init(pack('nn', 5, 65535)),
    init(pack('nnN', 5, 8, 0x7f000001) x 300),    # 300 times the same address
    init(pack('nnN', 5, 8, 0xffffffff)),          # the broadcast address
    init(pack('nn', 0xc000, 4)),
    init(pack('nnCx3', 0x8008, 5, 0xc1)),         # ASCONF without AUTH
    init(pack('nnCx3', 0x8003, 5, 0xc1)),         # chunks to sign, and no key
    init(pack('nn', 0x8002, 8) . noise(4)),       # a key too short
    init(pack('nnnx2', 0x8004, 6, 77)),           # an unknown HMAC
    init(pack('nn', 0x8008, 4 + 1) . "\x82"),
    packet(0, chunk(1, 0, noise(16)) . chunk(0, 3, noise(20))), # INIT with another chunk
    map { my $type = $_; (packet(0, chunk($type, 0, noise(16))), packet(int rand 2**32, chunk($type, 3, noise(40)))) } 0 .. 255,
);
push @packets, map { init(noise(4 * (1 + int rand 20))) } 1 .. 100;
push @packets, map { noise(1 + int rand 1400) } 1 .. 100;
for my $packet (@packets) {
    send($udp, $packet, 0);
    select undef, undef, undef, 0.0002; # within what the receiver's buffer takes
}
print scalar @packets, " packets\n";
