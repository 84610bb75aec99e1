#!/usr/bin/perl
# A peer that fills the receive buffer of a server with data that cannot be delivered: message 1, 2, ...
# of a stream, without message 0, each of one byte.
#
#   holder.pl INTERFACE FROM MAC TO PORT
#
# It sends from the address FROM, which no host has, to the server TO at PORT, whose link address is
# MAC.  Prints "up", "filled" and, when the server aborts it, the reason.  Needs root.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Packet 'crc32c';
use Socket;
use constant { AF_PACKET => 17, ETH_P_IP => 0x0800, OURS => 5000 };
use constant { DATA => 0, SET_UP => 1, INIT_ACK => 2, HEARTBEAT => 4, ABORT => 6, COOKIE_ECHO => 10, COOKIE_ACK => 11 };

my ($interface, $from, $mac, $to, $port) = @ARGV;
my ($tag, $tsn, $peer_tag) = (77, 1, 0);
$| = 1;
alarm 120;

open my $file, '<', "/sys/class/net/$interface/ifindex" or die "$interface: $!\n";
chomp(my $index = <$file>);
my $there = pack 'S n l S C C a8', AF_PACKET, ETH_P_IP, $index, 0, 0, 6, pack 'H2' x 6, split /:/, $mac;
socket(my $socket, AF_PACKET, SOCK_DGRAM, ETH_P_IP >> 8) or die "socket: $!\n";
bind($socket, $there) or die "bind: $!\n";

sub ip_sum { my $s = 0; $s += $_ for unpack 'n*', $_[0]; $s = ($s & 0xffff) + ($s >> 16) while $s >> 16; ~$s & 0xffff }

sub transmit {
    my $chunks = join '', @_;
    my $start = pack 'nnN', OURS, $port, $peer_tag;
    my $packet = $start . pack('V', crc32c($start . "\0\0\0\0" . $chunks)) . $chunks;
    my @ip = (0x45, 0, 20 + length $packet, 1, 0, 64, 132, 0, inet_aton($from), inet_aton($to));
    my $format = 'CCnnnCCna4a4';
    $ip[7] = ip_sum(pack $format, @ip);
    send($socket, pack($format, @ip) . $packet, 0, $there) or die "send: $!\n";
}

# A chunk has its length in front, with that of its header.
sub add { my ($type, $flags, $body) = @_; pack('CCn', $type, $flags, 4 + length $body) . $body . "\0" x (-length($body) & 3) }

# Waits for a packet of the server.  Returns its chunks, each with its header.
sub receive {
    while (defined recv $socket, my $packet, 65536, 0) {
        next if length $packet < 32 || substr($packet, 9, 1) ne "\x84" || substr($packet, 12, 4) ne inet_aton($to);
        my $rest = substr $packet, 32;
        my @chunks;
        while (length $rest >= 4 && (my $length = unpack 'x2n', $rest) >= 4) {
            push @chunks, substr $rest, 0, $length;
            $rest = substr $rest, $length + (-$length & 3) < length $rest ? $length + (-$length & 3) : length $rest;
        }
        return @chunks;
    }
}

sub await {
    my ($type) = @_;
    while (1) {
        for my $chunk (receive()) {
            transmit(add(HEARTBEAT + 1, 0, substr $chunk, 4)) if ord $chunk == HEARTBEAT;
            return $chunk if ord $chunk == $type;
        }
    }
}

transmit(add(SET_UP, 0, pack 'NNnnN', $tag, 1 << 20, 10, 10, $tsn));
my $ack = await(INIT_ACK);
$peer_tag = unpack 'x4N', $ack;
for (my $at = 20; $at + 4 <= length $ack;) {    # its parameters
    my ($type, $length) = unpack 'nn', substr $ack, $at;
    transmit(add(COOKIE_ECHO, 0, substr $ack, $at + 4, $length - 4)) if $type == 7;
    $at += $length + (-$length & 3);
}
await(COOKIE_ACK);
print "up\n";
for my $packet (0 .. 59) {
    transmit(map { my $i = $packet * 60 + $_; add(DATA, 3, pack 'NnnNa', $tsn + $i, 0, 1 + $i, 0, 'x') } 0 .. 59);
}
print "filled\n";
my $abort = await(ABORT);
print "aborted: ", substr($abort, 8), "\n";
