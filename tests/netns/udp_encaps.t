#!/usr/bin/env bash
# The userland stack on one host, the kernel's on the other, over UDP port 9899 (RFC 6951).  At the
# end: on both hosts, over two links of which one is set down.
. "${0%/*}/../lib.sh" 21650
. tests/netns/two_hosts.sh

if [ ! -e "$BUILD/libsctp_userland.so" ] || [ ! -e /proc/sys/net/sctp/udp_port ]; then
    skip "userland talks to the kernel" "no userland stack, or a kernel older than 5.11"
    finish
fi
on_b sysctl -qw net.sctp.encap_port=9899 net.sctp.udp_port=9899

USERLAND="ip netns exec a env SCTP_STACK=userland SCTP_UDP_PORT=9899"
KERNEL="ip netns exec b env SCTP_STACK=kernel"

LAUNCH=$KERNEL
CLIENT=$USERLAND
start_server -B 10.1.1.2 -B 10.1.2.2 || exit 1

one_address() {
    printf '[%d] hello\n' 0 3 9 | client -v 10.1.1.2
    same 0 "$STATUS" && has_lines 3 hello "$DIR/out" &&
        has "peer 10.1.1.2, 10.1.2.2 port $PORT" "$DIR/err"
}
try "a userland client is served by a kernel server" one_address

large() {
    export PEER_HOST=10.1.1.2
    $CLIENT "$BUILD/tests/peer" "$PORT" bytes 300000 >"$DIR/out" 2>&1
    unset PEER_HOST
    has "same: 300000 bytes" "$DIR/out"
}
try "a large message comes back whole" large

failover() {
    local i
    start_client -B 10.1.1.1 -B 10.1.2.1 -C 10.1.2.2 10.1.1.2
    wait_for has_line "address 10.1.[12].1 is confirmed" "$DIR/srv.out" || return
    for ((i = 0; i < 20; i++)); do say "[0] line $i"; done
    wait_for has "line 19" "$DIR/cli.out" || return
    cut_links 1
    for ((i = 20; i < 40; i++)); do say "[0] line $i"; done
    wait_for has "line 39" "$DIR/cli.out"
    mend_links 1
    end_client
    same 0 $? && has_lines 40 "line" "$DIR/cli.out"
}
try "multi-homed: with the first link cut the second serves, every line comes back, once" failover
stop_server

LAUNCH=$USERLAND
CLIENT=$KERNEL
start_server -B 10.1.1.1 -B 10.1.2.1 || exit 1
reverse() {
    printf '[%d] hello\n' 0 3 9 | client -v -C 10.1.2.1 10.1.1.1
    same 0 "$STATUS" && has_lines 3 hello "$DIR/out" &&
        has "peer 10.1.1.1, 10.1.2.1 port $PORT" "$DIR/err"
}
try "a kernel client is served by a userland server, multi-homed" reverse
try "which ends" stop_server

refused() {
    client 10.1.1.1 <<<"[0] x"
    same 5 "$STATUS"
}
USERLAND_HOLDS="$USERLAND $BUILD/sctp_echo_srv -p 21698"
$USERLAND_HOLDS >/dev/null 2>&1 &
PIDS+=($!)
wait_for on_a grep -q ":26AB " /proc/net/udp # UDP port 9899
try "of a port that nobody serves behind that UDP port, the kernel client is told: refused" refused

# The userland stack at both ends.  Its timers are short; a path fails late, so that what cannot go
# by it has to find the other before.
LAUNCH="ip netns exec b env SCTP_STACK=userland"
CLIENT="ip netns exec a env SCTP_STACK=userland"
TIMERS=(-O "rtoinfo.initial=200,min=100,max=400" -O peer_addr_params.pathmaxrxt=20)

# Sending fails at once where the interface is down: there is no route any more.
link_down() { # HOST
    local i
    start_server -B 10.1.1.2 -B 10.1.2.2 "${TIMERS[@]}" || return
    start_client "${TIMERS[@]}" -B 10.1.1.1 -B 10.1.2.1 -C 10.1.2.2 10.1.1.2
    wait_for has "address 10.1.1.1 is confirmed" "$DIR/srv.out" &&
        wait_for has "address 10.1.2.1 is confirmed" "$DIR/srv.out" || return
    say "[0] line 0"
    wait_for has "line 0" "$DIR/cli.out" || return
    ip -n "$1" link set "${1}1" down
    for ((i = 1; i < 20; i++)); do say "[0] line $i"; done
    wait_for has "line 19" "$DIR/cli.out"
    ip -n "$1" link set "${1}1" up
    end_client
    same 0 $? && has_lines 20 "line" "$DIR/cli.out" && stop_server
}
try "the client's interface of the first path is set down: every line comes back by the second" link_down a
try "so when the server's is" link_down b

# Nobody names an address, and the client has a newer interface that leads nowhere.
by_route() {
    ip -n a link add idle type veth peer name idle2 && ip -n a address add 172.17.0.1/16 dev idle &&
        ip -n a link set idle up || return
    start_server || return
    client -w 60 10.1.1.2 <<<"[0] by the route"
    same 0 "$STATUS" && has "by the route" "$DIR/out" && stop_server
    local status=$?
    ip -n a link delete idle
    return "$status"
}
try "without -B the client sends from the address of the route" by_route
finish
