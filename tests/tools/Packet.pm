# Handmade SCTP packets.
package Packet;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(crc32c);

my @table = map { my $c = $_; $c = $c & 1 ? $c >> 1 ^ 0x82f63b78 : $c >> 1 for 1 .. 8; $c } 0 .. 255;

# The checksum of a packet whose checksum field is zero (RFC 9260, appendix A).
sub crc32c {
    my $crc = 0xffffffff;
    $crc = $crc >> 8 ^ $table[($crc ^ $_) & 255] for unpack 'C*', $_[0];
    return $crc ^ 0xffffffff;
}

1;
