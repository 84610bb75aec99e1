#!/usr/bin/perl
# Sends the ICMP message "fragmentation needed", as if a router had dropped a packet of an SCTP association
# over UDP:
#
#   tests/tools/too_big.pl FROM UDP-PORT SCTP-PORT TO UDP-PORT SCTP-PORT TAG MTU
#
# The packet is said to be from FROM, which gets the message, to TO.  TAG is hexadecimal.  Needs root.
use strict;
use warnings;
use Socket;

my ($from, $from_udp, $from_port, $to, $to_udp, $to_port, $tag, $mtu) = @ARGV;

sub checksum {
    my $sum = unpack '%32n*', $_[0];
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}

my $sctp = pack 'nnNN', $from_port, $to_port, hex $tag, 0;
my $udp = pack 'nnnn', $from_udp, $to_udp, 1400, 0;
my $ip = pack 'CCnnnCCna4a4', 0x45, 0, 1420, 1, 0x4000, 63, 17, 0, inet_aton($from), inet_aton($to);
my $icmp = pack 'CCnnn', 3, 4, 0, 0, $mtu;
substr $icmp, 2, 2, pack 'n', checksum("$icmp$ip$udp$sctp");
socket my $s, AF_INET, SOCK_RAW, getprotobyname('icmp') || 1 or die "too_big: socket: $!\n";
send $s, "$icmp$ip$udp$sctp", 0, sockaddr_in(0, inet_aton $from) or die "too_big: send: $!\n";
