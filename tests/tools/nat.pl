#!/usr/bin/perl
# A NAT between two ends at 127.0.0.1: datagrams to UDP port INSIDE from one end are forwarded to UDP
# port OUTSIDE of the other, from a port of this program, and answers are returned.
#
#   nat.pl INSIDE OUTSIDE
#
# For each line of input it takes another port, which it prints; datagrams to the old ports are then
# lost.
use strict;
use warnings;
use Socket;

my ($inside, $outside) = @ARGV;
my ($client, @old);
$| = 1;

sub udp {
    my ($port) = @_;
    socket(my $s, PF_INET, SOCK_DGRAM, 0) or die "nat: $!\n";
    bind($s, sockaddr_in($port, INADDR_LOOPBACK)) or die "nat: $!\n";
    return $s;
}

sub map_anew {
    my $s = udp(0);
    printf "mapped to %d\n", (sockaddr_in(getsockname $s))[0];
    return $s;
}

my $in = udp($inside);
my $out = map_anew();
while (1) {
    my $ready = '';
    vec($ready, fileno $_, 1) = 1 for *STDIN, $in, $out;
    select($ready, undef, undef, undef) > 0 or next;
    if (vec $ready, fileno(STDIN), 1) {
        sysread STDIN, my $line, 100 or exit;
        push @old, $out; # stays open, so that no ICMP error is sent for it
        $out = map_anew();
    } elsif (vec $ready, fileno($in), 1) {
        $client = recv $in, my $packet, 65536, 0;
        send $out, $packet, 0, sockaddr_in($outside, INADDR_LOOPBACK);
    } elsif (vec $ready, fileno($out), 1) {
        recv $out, my $packet, 65536, 0;
        send $in, $packet, 0, $client if $client;
    }
}
