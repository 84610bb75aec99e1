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

USERLAND="$ON_HOST a SCTP_STACK=userland SCTP_UDP_PORT=9899"
KERNEL="$ON_HOST b SCTP_STACK=kernel"

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
try "a large message from a userland client comes back whole from a kernel server" large

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
try "a multi-homed userland client: when the first link is cut, every line comes back once by the second" failover
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
try "the userland server exits 0" stop_server

refused() {
    client 10.1.1.1 <<<"[0] x"
    same 5 "$STATUS"
}
USERLAND_HOLDS="$USERLAND $BUILD/sctp_echo_srv -p 21698"
$USERLAND_HOLDS >/dev/null 2>&1 &
PIDS+=($!)
wait_for on_a grep -q ":26AB " /proc/net/udp # UDP port 9899
try "a kernel client is refused if the server's UDP port has no server for the SCTP port" refused

# The userland stack at both ends.  Timeouts are short, but a path fails late: a message has to move to
# the other path before.
LAUNCH="$ON_HOST b SCTP_STACK=userland"
CLIENT="$ON_HOST a SCTP_STACK=userland"
TIMERS=(-O "rtoinfo.initial=200,min=100,max=400" -O peer_addr_params.pathmaxrxt=20)

# Where the interface is down, a send fails at once, because there is no route.
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
try "the client's interface of the first path goes down: every line comes back by the second" link_down a
try "the server's interface of the first path goes down: every line comes back by the second" link_down b

# A host has a second, newer interface that does not lead to the peer, and no program has -B.
add_idle() { # HOST
    ip -n "$1" -batch - <<'END'
link add idle type veth peer name idle2
addr add 172.17.0.1/16 dev idle
addr add fd00:17::1/64 dev idle nodad
link set idle up
END
}
drop_idle() { ip -n "$1" link delete idle; }
echoes() { # HOST [OPTION...]
    client -w 20 "${@:2}" "$1" <<<"[0] by the route"
    same 0 "$STATUS" && has "by the route" "$DIR/out"
}
ip -n a address add fd00:1::1/64 dev a1 nodad
ip -n b address add fd00:1::2/64 dev b1 nodad
add_idle a
start_server || exit 1
try "without -B the client sends from the address of the route" echoes 10.1.1.2
try "without -B the client sends over IPv6 from the address of the route" echoes fd00:1::2
stop_server
drop_idle a

# The client's trace shows no packet from an address of the idle interface.
heard_from() { # HOST
    SCTP_USERLAND_DEBUG=1 echoes "$1" && has_line ": received " "$DIR/err" &&
        has_lines 0 ": received .*(172\.|fd00:17)" "$DIR/err"
}
add_idle b
start_server -m 1000 || exit 1
try "without -B the server sends from the address of the route" heard_from 10.1.1.2
try "without -B the server sends over IPv6 from the address of the route" heard_from fd00:1::2

aborted() { # HOST
    SCTP_USERLAND_DEBUG=1 start_client -w 20 "$1"
    say "[0] $(printf '%01200d' 0)"
    end_client
    same 7 $? && has "larger than 1000 bytes" "$DIR/cli.err" &&
        has_line ": received ABORT.* $1 " "$DIR/cli.err"
}
try "without -B the server aborts an association from the address of the route" aborted 10.1.1.2
try "without -B the server aborts an IPv6 association from the address of the route" aborted fd00:1::2
stop_server
drop_idle b

# rp_filter drops packets that come by the wrong link, as a stateful firewall does.
second_address() {
    local status
    on_a sysctl -qw net.ipv4.conf.all.rp_filter=1
    start_server "$@" && echoes 10.1.1.2 && echoes 10.1.2.2 && stop_server
    status=$?
    on_a sysctl -qw net.ipv4.conf.all.rp_filter=0
    return "$status"
}
try "a server with two addresses answers from the one that the client connects to" \
    second_address -B 10.1.1.2 -B 10.1.2.2
try "a server bound to no address answers from the address that the client connects to" second_address

come_up() { ip -n "$1" address add "10.1.3.$2/24" dev "${1}1"; } # HOST LAST-BYTE
server_later() {
    start_server && echoes 10.1.1.2 && come_up b 2 && come_up a 1 && echoes 10.1.3.2
}
try "a server is reached at an address that came up after it started" server_later

# The address that the client had is gone, so that it can send from the new one only.
client_later() {
    # shellcheck disable=SC2086 # words
    open_terminal con $CLIENT "$BUILD/sctp_console" -p "$PORT" 10.1.1.2 && shows con " up: " &&
        ip -n a address delete 10.1.3.1/24 dev a1 && come_up a 3 || return
    type_in con "/abort"
    type_in con "/connect 10.1.3.2"
    type_in con "[0@2] from the new one"
    shows con "#2 10.1.3.2:$PORT [1]: from the new one" || return
    close_terminal con
    stop_server
}
try "a client connects from an address that came up after it started" client_later
finish
