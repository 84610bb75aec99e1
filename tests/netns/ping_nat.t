#!/usr/bin/env bash
# sctp_ping --check through a host in the middle that is a NAT, or a firewall that answers with ABORT.
. "${0%/*}/../lib.sh" 25500
. tests/netns/three_hosts.sh

check() { # STATUS REGEX COMMAND...: the output is one line that matches
    local status=$1 line=$2
    shift 2
    "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
    cat "$DIR/err" "$DIR/out"
    same "$status" "$STATUS" && is_long 1 "$DIR/out" && { [[ " $* " != *userland* && " $* " != *" --udp "* ]] || said_udp "$status"; } &&
        has_line "^($line)$" "$DIR/out"
}
ping_from() { # HOST STACK: sets PING
    PING=("$ON_HOST" "$1" "SCTP_STACK=$2" "$BUILD/sctp_ping" -p "$PORT")
}
serve_on() { # HOST STACK
    LAUNCH="$ON_HOST $1 SCTP_STACK=$2"
    start_server
}

capture() { # HOST INTERFACE
    : >"$DIR/wire"
    "$ON_HOST" "$1" tests/tools/capture.pl "$2" >"$DIR/wire" 2>&1 &
    CAPTURE=$!
    PIDS+=("$!")
    wait_for has capturing "$DIR/wire"
}
end_capture() { kill "$CAPTURE" && wait "$CAPTURE" 2>/dev/null; }

# The NAT of Linux (nf_nat), in the middle: host a is seen as 203.0.113.254, what b sends there and is no
# answer goes to a, and a's own addresses are not reached from b.  The lab's kernel has no NAT of nft.
masquerade() {
    local nat=(iptables-legacy -t nat)
    on_host m "${nat[@]}" -A POSTROUTING -o m2 -j MASQUERADE &&
        on_host m "${nat[@]}" -A PREROUTING -i m2 -d 203.0.113.254 -j DNAT --to-destination 10.1.1.1 &&
        filter m2 ingress match ip dst 10.0.0.0/8 action drop
}
if ! masquerade; then
    echo "Bail out! no NAT in this lab; are iptables and kmod installed (scripts/deps check)?"
    exit 1
fi
TOLD="INIT told the server this host's private addresses 10\.1\.[13]\.1, 10\.1\.[13]\.1: if there is a NAT on the way, bind one of them \(-B\)"

client_behind() {
    serve_on b kernel && capture b b1 && ping_from a kernel &&
        check 0 "works: 203\.0\.113\.2 port $PORT, by 203\.0\.113\.2: .*; $TOLD" "${PING[@]}" --check -w 60 203.0.113.2 &&
        check 0 "works: 203\.0\.113\.2 port $PORT, by 203\.0\.113\.2: association in [0-9.]+ ms, echo in [0-9.]+ ms" \
            "${PING[@]}" --check -w 60 -B 10.1.1.1 203.0.113.2
    local status=$?
    end_capture
    stop_server
    [ "$status" = 0 ] &&
        has_lines 1 "^203\.0\.113\.254:[0-9]*>203\.0\.113\.2:$PORT INIT\[.* addresses=10\.1\.1\.1,10\.1\.3\.1\]$" "$DIR/wire" &&
        has_lines 1 "^203\.0\.113\.254:[0-9]*>203\.0\.113\.2:$PORT INIT\[.* addresses=\]$" "$DIR/wire"
}
try "a client behind a NAT: it works, and the line names the private addresses in INIT, unless one is bound" client_behind

no_answer() {
    ping_from a kernel
    check 6 "no answer: 203\.0\.113\.77 port $PORT: .*; this host's address 10\.1\.1\.1 is private: does the NAT on the way translate SCTP\?" \
        "${PING[@]}" --check -w 1 203.0.113.77
}
try "no answer from a public address: the line names the private source address" no_answer

ADVERTISED="some paths only: 203\.0\.113\.254 works; 10\.1\.[13]\.1, 10\.1\.[13]\.1 were advertised and never confirmed; 10\.1\.[13]\.1 is private, 203\.0\.113\.254 is not: is the server behind a NAT\? Then it must bind one address; .*"
# With the default policy Linux ignores private addresses in the INIT ACK of a public one.
server_behind() {
    serve_on a kernel && ping_from b kernel && check 0 "works: 203\.0\.113\.254 port $PORT, by 203\.0\.113\.254: .*" "${PING[@]}" --check -w 60 203.0.113.254 || return
    on_b sysctl -qw net.sctp.addr_scope_policy=0
    check 11 "$ADVERTISED" "${PING[@]}" --check -w 2 203.0.113.254
    local status=$?
    on_b sysctl -qw net.sctp.addr_scope_policy=1
    stop_server && return "$status"
}
try "a server behind a NAT: the line names its private addresses" server_behind

if [ -e "$BUILD/libsctp_userland.so" ]; then
    client_behind_udp() {
        serve_on b userland && ping_from a userland && capture b b1 &&
            check 0 "works: 203\.0\.113\.2 port $PORT, by 203\.0\.113\.2: .*, over UDP" "${PING[@]}" --check -w 60 203.0.113.2
        local status=$?
        end_capture
        stop_server
        [ "$status" = 0 ] && has_line "^203\.0\.113\.254:[0-9]*>203\.0\.113\.2:$PORT INIT\[.* addresses=\]$" "$DIR/wire"
    }
    try "a client behind a NAT over UDP: it works, and INIT has no addresses" client_behind_udp

    server_behind_udp() {
        on_a sysctl -qw net.sctp.udp_port=9899 net.sctp.encap_port=9899
        serve_on a kernel && ping_from b userland &&
            SCTP_UDP_PORT=9899 check 11 "$ADVERTISED" "${PING[@]}" --check -w 2 203.0.113.254
        local status=$?
        stop_server
        on_a sysctl -qw net.sctp.udp_port=0
        return "$status"
    }
    [ ! -e /proc/sys/net/sctp/udp_port ] ||
        try "a kernel's server behind a NAT over UDP: the line names its private addresses" server_behind_udp
fi
unfilter
on_host m iptables-legacy -t nat -F

# ---- a firewall that answers with ABORT ---------------------------------------------

# The host's own answer takes 250 ms.
"$ON_HOST" m tests/tools/reject.pl m1 "$PORT" >"$DIR/reject" 2>&1 &
PIDS+=("$!")
REJECT=$!
wait_for has rejecting "$DIR/reject" || exit 1
tc -n b qdisc add dev b1 root netem delay 250ms
filter m2 egress match ip protocol 132 0xff action drop
SENT="something on the way seems to have sent the ABORT: it"
TOOK="took [0-9.]+ ms, the host's own answer to UDP"
refused() { # HINT [OPTION...]: with the words of AS before sctp_ping
    # shellcheck disable=SC2086 # words
    check 5 "refused: 203\.0\.113\.2 port $PORT refused; $1" $AS "$ON_HOST" a "$BUILD/sctp_ping" --check -p "$PORT" "${@:2}" 203.0.113.2
}
USER_ONLY="setpriv --bounding-set=-net_raw --inh-caps=-net_raw"
AS=$USER_ONLY try "a firewall answers with ABORT: an ordinary user is told by the time" refused "$SENT $TOOK [2-9][0-9]{2}\.[0-9]+ ms"
AS='' try "a firewall answers with ABORT: root is told by the number of routers" refused "$SENT crossed 0 routers and $TOOK 1 and [2-9][0-9]{2}\.[0-9]+ ms"
if [ -e "$BUILD/libsctp_userland.so" ]; then
    filter m2 egress match ip protocol 17 0xff match ip dport "$PORT" 0xffff action drop
    AS=$USER_ONLY try "a firewall answers with ABORT over UDP: an ordinary user is told by the number of routers" refused \
        "$SENT crossed 0 routers and $TOOK 1 and [2-9][0-9]{2}\.[0-9]+ ms" --udp
fi
kill "$REJECT"
unfilter
itself() {
    refused "is the server running there, .*"
}
AS='' try "the host itself refuses: the line blames nothing on the way" itself
finish
