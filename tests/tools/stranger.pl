#!/usr/bin/perl
# A one-to-one client or server that misbehaves, at PORT of 127.0.0.1.
#
#   stranger.pl PORT MODE
#       talk BYTES     sends BYTES with its first packet, then prints what it receives, and how it ends
#       junk BYTES     sends BYTES (0: only connects) and reads nothing until stdin ends
#       flood          sends until it cannot
#       abort          connects and aborts
#       serve mute     accepts a client and sends nothing
#       serve abort    sends half a line to it, and aborts when stdin ends
#
# Prints "done" when it has done so, or listens.
use strict;
use warnings;
use Socket;
use constant IPPROTO_SCTP => 132;

my ($port, $mode, $what) = @ARGV;
my $address = sockaddr_in($port, INADDR_LOOPBACK);
$| = 1;
$SIG{PIPE} = 'IGNORE';
alarm 60;

sub aborts { setsockopt($_[0], SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0) or die "linger: $!\n" }
sub dial { connect($_[0], $address) or die "connect: $!\n" }
sub wait_for_stdin { 1 while sysread STDIN, my $read, 1000 }

# Sent without connect(), the first message goes with the packet that ends the handshake.
sub send_first { send($_[0], 'j' x $what, 0, $address) or die "send: $!\n" }

sub print_all {
    my ($socket) = @_;
    while (1) {
        return print "$!\n" if !defined recv $socket, my $came, 65536, 0;
        return print "end\n" if $came eq '';
        print $came;
    }
}

socket(my $s, PF_INET, SOCK_STREAM, IPPROTO_SCTP) or die "socket: $!\n";
if ($mode eq 'serve') {
    bind($s, $address) && listen($s, 5) or die "listen: $!\n";
    print "done\n";
    accept(my $client, $s) or die "accept: $!\n";
    if ($what eq 'abort') {
        aborts($client);
        syswrite $client, "half a line" or die "write: $!\n";
    }
    wait_for_stdin();
} elsif ($mode eq 'talk') {
    send_first($s);
    print_all($s);
} elsif ($mode eq 'junk') {
    $what ? send_first($s) : dial($s);
    print "done\n";
    wait_for_stdin();
} elsif ($mode eq 'flood') {
    dial($s);
    1 while defined syswrite $s, 'j' x 1000;
    print "cut off: $!\n";
} elsif ($mode eq 'abort') {
    aborts($s);
    dial($s);
}
