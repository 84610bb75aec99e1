#!/usr/bin/perl
# A slow link to UDP port PORT of 127.0.0.1: clients connect to that port of HERE, another address of
# this host.
#
#   slow_link.pl HERE PORT MS
#
# After a line of input only one packet is sent back every MS milliseconds, and only two are queued;
# after the next line the link is fast again.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(time);

my ($here, $port, $ms) = @ARGV;
my ($client, @waiting, $slow);
my $next = 0;
$| = 1;

sub udp {
    my ($address, $number) = @_;
    socket(my $s, PF_INET, SOCK_DGRAM, 0) or die "slow_link: $!\n";
    bind($s, sockaddr_in($number, inet_aton($address))) or die "slow_link: $!\n";
    return $s;
}

my $in = udp($here, $port);
my $out = udp('127.0.0.1', 0);
print "linked\n";
while (1) {
    my ($ready, $wait) = ('', undef);
    if (@waiting) {
        $wait = $slow ? $next - time : 0;
        $wait = 0 if $wait < 0;
    }
    vec($ready, fileno $_, 1) = 1 for *STDIN, $in, $out;
    select $ready, undef, undef, $wait;
    if (@waiting && (!$slow || time >= $next)) {
        send $in, shift @waiting, 0, $client;
        $next = time + $ms / 1000;
    }
    if (vec $ready, fileno(STDIN), 1) {
        sysread STDIN, my $line, 100 or exit;
        $slow = !$slow;
        print $slow ? "slow\n" : "fast\n";
    }
    if (vec $ready, fileno($in), 1) {
        $client = recv $in, my $packet, 65536, 0;
        send $out, $packet, 0, sockaddr_in($port, INADDR_LOOPBACK);
    }
    if (vec $ready, fileno($out), 1) {
        recv $out, my $packet, 65536, 0;
        push @waiting, $packet if @waiting < 2 || !$slow;
    }
}
