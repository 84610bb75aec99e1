#!/usr/bin/env bash
# The kernel's SCTP under stress: endpoints that connect to each other at once, a path MTU that shrinks,
# tables that are read while associations come and go, clients at many addresses.
. "${0%/*}/../lib.sh" 24000
. tests/netns/two_hosts.sh

# A one-to-many socket that connects at a line of input, sends a greeting, and counts its associations.
# shellcheck disable=SC2016 # perl's
CALLER='use Socket; $| = 1;
my ($port, $ours, $theirs) = @ARGV;
socket(S, AF_INET, SOCK_SEQPACKET, 132) && bind(S, pack_sockaddr_in($port, inet_aton($ours)))
    && listen(S, 5) or die "$!\n";
print "bound\n"; <STDIN>;
my $there = pack_sockaddr_in($port, inet_aton($theirs));
connect(S, $there) or die "connect: $!\n";
print "connected\n";
send(S, "hello from $ours", 0, $there) or die "send: $!\n";
defined recv(S, my $got, 100, 0) or die "recv: $!\n";
print "got $got; ", unpack("L", getsockopt(S, 132, 28)), " association\n"; <STDIN>;'

collide() {
    local status
    new_port
    links "delay 100ms" 1
    open_terminal a "$ON_HOST" a perl -e "$CALLER" "$PORT" 10.1.1.1 10.1.1.2 &&
        open_terminal b "$ON_HOST" b perl -e "$CALLER" "$PORT" 10.1.1.2 10.1.1.1 &&
        shows a bound && shows b bound && type_in a go && type_in b go &&
        shows a "got hello from 10.1.1.2; 1 association" && shows b "got hello from 10.1.1.1; 1 association"
    status=$?
    cat "$DIR/a" "$DIR/b"
    mend_links 1
    close_terminal a
    close_terminal b
    return "$status"
}
try "two endpoints whose INITs cross have one association" collide

mtu() { ip -n a link set a1 mtu "$1" && ip -n b link set b1 mtu "$1"; }
long_lines() { # FROM TO
    local i
    for ((i = $1; i < $2; i++)); do say "[$((i % 10))] $i $LONG"; done
}
narrow() {
    LONG=$(head -c 20000 /dev/zero | tr '\0' x)
    start_client 10.1.1.2
    long_lines 0 20
    mtu 1000
    long_lines 20 40
    wait_for has_line "\] 39 x" "$DIR/cli.out"
    mtu 1500
    end_client
    same 0 $? && seq 0 39 >"$DIR/want" && sed 's/^[^]]*\] //; s/ x*$//' "$DIR/cli.out" | sort -n >"$DIR/got" &&
        same_files "$DIR/want" "$DIR/got" && has_lines 40 " $LONG$" "$DIR/cli.out"
}
start_server || exit 1
try "when the path MTU shrinks in mid-flow, every line comes back whole" narrow

readers() {
    while [ -e "$DIR/churn" ]; do
        cat /proc/net/sctp/{assocs,eps,remaddr,snmp} || return
        ss -San || return
    done >"$DIR/tables"
}
# Every other association is aborted.
# shellcheck disable=SC2016 # perl's
CALLERS='use Socket;
for my $i (1 .. 500) {
    socket(S, AF_INET, SOCK_STREAM, 132) && connect(S, pack_sockaddr_in($ARGV[0], inet_aton("10.1.1.2"))) or die "$!\n";
    setsockopt(S, SOL_SOCKET, SO_LINGER, pack("ii", $i % 2, 0)) && send(S, "x", 0) && close(S) or die "$!\n";
}'
churn() {
    local reader status
    touch "$DIR/churn"
    alone "$ON_HOST" b bash -c "$(declare -f readers); readers" 2>"$DIR/reader.err" &
    reader=$!
    wait_for has ":$PORT" "$DIR/tables" && on_b perl -e "$CALLERS" "$PORT"
    status=$?
    rm "$DIR/churn"
    wait "$reader"
    same 00 "$?$status" && same "" "$(cat "$DIR/reader.err")" &&
        same "" "$(dmesg | grep -E 'BUG|Oops|WARNING')" && stop_server
}
try "reading /proc/net/sctp while associations come and go does no harm" churn

# shellcheck disable=SC2016 # perl's
CROWD='use Socket;
my @all = map {
    my $s;
    socket($s, AF_INET, SOCK_STREAM, 132) && bind($s, pack_sockaddr_in(0, pack("C4", 127, 1, $_ >> 8, $_ & 255)))
        && connect($s, pack_sockaddr_in($ARGV[0], inet_aton("127.0.0.1"))) or die "$_: $!\n";
    $s } 1 .. 1200;
send $_, "hello", 0 or die "$!\n" for @all;
my $got;
for (@all) { defined recv($_, $got, 100, 0) && $got eq "hello" or die "got $got\n" }'
crowd() { # with rare heartbeats: at two a second to each client a slow machine would do nothing else
    on_b sysctl -qw net.sctp.hb_interval=30000 net.sctp.rto_max=60000
    start_server && (ulimit -n 2000 && on_b perl -e "$CROWD" "$PORT") || return
    same 1200 "$(grep -oE 'peer 127\.1\.[0-9.]+' "$DIR/srv.out" | sort -u | wc -l)" && stop_server
}
try "1200 clients at 1200 addresses at once are served" crowd

expired() { snmp SctpT3RtxExpireds "$SRV"; } # in VALUE
room() { # MEMBERS MESSAGES
    local before
    # Timeouts so long that a lost packet causes a retransmission, but a slow machine does not.
    on_b sysctl -qw net.sctp.sndbuf_policy=1 net.sctp.rto_min=10000 net.sctp.rto_initial=3000
    start_server -r 0 && expired && before=$VALUE && on_b "$BUILD/tests/members" -e -t -m "$2" "$PORT" "$1" || return
    on_b sysctl -qw net.sctp.sndbuf_policy=0
    # A SACK that is dropped while the server sends costs a retransmission now and then.
    expired && ((VALUE - before < $1 / 20)) && stop_server
}
SERVER=sctp_chat_srv
LAUNCH="$ON_HOST b $UNPRIVILEGED"
try "a chat room with small buffers: 200 members, by SENDALL, get all messages, with hardly a retransmission" room 200 5
try "400 members, whose acknowledgements would overrun the receive buffer, get all messages, with hardly a retransmission" room 400 5
LAUNCH="$ON_HOST b"
sysctl -qw net.core.netdev_max_backlog=5000
try "1000 members with large buffers and queues, by SENDALL, get all messages, with hardly a retransmission" room 1000 3
SERVER=sctp_echo_srv

# An address that host a does not have: its kernel would answer the server's packets with an ABORT.
holder() {
    local mac
    read -r _ _ mac _ < <(ip -n a -br link show a1)
    ip -n b neigh replace 10.1.1.77 lladdr "$mac" dev b1 nud permanent && read -r _ _ mac _ < <(ip -n b -br link show b1) &&
        open_terminal holder ip netns exec a tests/tools/holder.pl a1 10.1.1.77 "$mac" 10.1.1.2 "$PORT" &&
        shows holder filled
}
undelivered() {
    LAUNCH="$ON_HOST b $UNPRIVILEGED" start_server && start_client 10.1.2.2 && holder || return
    say "[0] heard" && wait_for has "heard" "$DIR/cli.out" &&
        shows holder "aborted: incomplete data of this peer fills the receive buffer" && holder &&
        shows holder "aborted: incomplete data filled the server's receive buffer" && end_client
    same 0 $? && has_lines 2 "by this server" "$DIR/srv.out" && stop_server
}
try "a peer whose data cannot be delivered, and fills the receive buffer, is aborted, and refused when it returns; others are served" undelivered

no_address() {
    ip netns add none && LAUNCH="$ON_HOST none" start_server && stop_server
}
try "a server starts on a host that has no address yet" no_address

bundled() {
    local before
    start_server && snmp SctpOutSCTPPacks "$SRV" && before=$VALUE || return
    seq -f '[0] %.0f' 2000 | client 10.1.1.2
    snmp SctpOutSCTPPacks "$SRV" && echo "the server sent $((VALUE - before)) packets"
    same 0 "$STATUS" && is_long 2000 "$DIR/out" && ((VALUE - before < 1800)) && stop_server
}
try "2000 small replies and the SACKs are bundled in less than 1800 packets" bundled

finish
