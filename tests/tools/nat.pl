#!/usr/bin/perl
# A NAT between two ends at 127.0.0.1: what comes to the UDP port INSIDE from the one end goes on to
# the UDP port OUTSIDE of the other, from a port of this program's own, and back.
#
#   nat.pl INSIDE OUTSIDE
#
# Each line that it reads makes it forget that port and take another, which it prints; what comes to
# the old ones then is lost.
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
        push @old, $out; # open: nobody says that it is gone
        $out = map_anew();
    } elsif (vec $ready, fileno($in), 1) {
        $client = recv $in, my $packet, 65536, 0;
        send $out, $packet, 0, sockaddr_in($outside, INADDR_LOOPBACK);
    } elsif (vec $ready, fileno($out), 1) {
        recv $out, my $packet, 65536, 0;
        send $in, $packet, 0, $client if $client;
    }
}
