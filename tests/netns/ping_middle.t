#!/usr/bin/env bash
# sctp_ping through a host in the middle that has a small MTU, and drops ICMP or DATA.  The server never
# replies to a message.
. "${0%/*}/../lib.sh" 25450
. tests/netns/three_hosts.sh

check() { # STATUS REGEX ARG...: the output is one line that matches
    local status=$1 line=$2
    shift 2
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" "$@" "$HOST" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
    cat "$DIR/err" "$DIR/out"
    on_a ip route flush cache # forgets a reported MTU
    on_a ip -6 route flush cache
    same "$status" "$STATUS" && is_long 1 "$DIR/out" && { [ -z "$OVER" ] || said_udp "$status"; } && has_line "^($line)$" "$DIR/out"
}

# Captures the packets that arrive at an interface.
declare -A CAPTURE
capture() { # HOST INTERFACE
    : >"$DIR/wire.$1" # otherwise "capturing" of the previous capture would be found
    "$ON_HOST" "$1" tests/tools/capture.pl "$2" >"$DIR/wire.$1" 2>&1 &
    CAPTURE[$1]=$!
    PIDS+=("$!")
    wait_for has capturing "$DIR/wire.$1"
}
end_capture() { kill "${CAPTURE[$1]}" && wait "${CAPTURE[$1]}" 2>/dev/null; } # HOST
# Prints the sizes of the messages in the packets of a capture, each size once, in order.
sizes() { sed -nE 's/.* DATA\[stream=0 .* size=([0-9]+)( again)?\].*/\1/p' "$DIR/wire.$1" | sort -nu; } # HOST

# The largest message in a packet of 1500 bytes, and in one of 1280.
HOST=203.0.113.2 LARGEST=1452 FITS=1232 OVER='' ADVICE="ip route' with 'mtu 1280"
no_icmp() { filter m1 egress match ip protocol 1 0xff action drop; }
no_data() { filter m2 egress match ip protocol 132 0xff match u8 0 0xff at 32 action drop; }

mtu_reported() {
    check 0 "works: $HOST port $PORT: messages of up to $FITS bytes pass in one packet, of 1280 bytes, the MTU that a router reports$OVER" --mtu -w 60
}
mtu_of_link() {
    on_a ip link set a1 mtu 1280
    check 0 "works: .*: messages of up to $FITS bytes pass in one packet, of 1280 bytes$OVER" --mtu -w 60
    local status=$?
    on_a ip link set a1 mtu 1500
    return "$status"
}
# No size but those that fit arrives, although larger ones were sent.
black_hole() { # [OPTION]...
    local status
    no_icmp && capture m m1 && capture b b1 || return
    check 12 "DATA lost: $HOST port $PORT: small messages pass, from $((FITS + 1)) bytes on none does: packets of more than 1280 bytes are lost, and no router reports it; does a firewall drop ICMP\? \('$ADVICE' makes this host send smaller packets\)" \
        --mtu -i 0.4 -w 60 "$@"
    status=$?
    unfilter
    end_capture m
    end_capture b
    [ "$status" = 0 ] || return
    sizes m >"$DIR/sent"
    sizes b >"$DIR/arrived"
    awk "\$1 <= $FITS" "$DIR/sent" >"$DIR/small"
    same_files "$DIR/small" "$DIR/arrived" && same "$FITS" "$(tail -n 1 "$DIR/arrived")" &&
        same "$LARGEST" "$(tail -n 1 "$DIR/sent")" && has_line "^$((FITS + 4))$" "$DIR/sent"
}
# The route of the kernel's stack, an option of the userland stack.
follow_advice() {
    no_icmp
    [ -n "$OVER" ] || on_a ip route change default via 10.1.1.254 mtu 1280
    # shellcheck disable=SC2086 # words
    check 10 "no echo: .*" --check -s 5000 -w 3 ${OVER:+$ADVICE}
    local status=$?
    unfilter
    [ -n "$OVER" ] || on_a ip route change default via 10.1.1.254
    return "$status"
}
time_is_up() {
    no_icmp
    check 12 "DATA lost: .* port $PORT: [0-9]+ bytes pass, [0-9]+ bytes do not; the time was up \(-w\)" --mtu -i 0.4 -w 2
    local status=$?
    unfilter
    return "$status"
}
large_stalls() {
    no_icmp
    check 12 "DATA lost: .* port $PORT: heartbeats pass, DATA does not: 1400 bytes were not acknowledged in [0-9.]+ s: are such packets larger than the path's MTU \(try --mtu\), or does a firewall drop DATA\?" \
        --check -s 1400 -w 3
    local status=$?
    unfilter
    return "$status"
}
data_stalls() {
    no_data
    check 12 "DATA lost: .* port $PORT: heartbeats pass, DATA does not: 56 bytes were not acknowledged in [0-9.]+ s: does a firewall drop DATA\?" --check -w 3 &&
        check 12 "DATA lost: .* port $PORT: heartbeats pass, DATA does not: even 4 bytes were not acknowledged; does a firewall drop DATA\?" --mtu -i 0.4 -w 60
    local status=$?
    unfilter
    return "$status"
}
# Between the drop and the return of DATA.
no_progress() {
    : >"$DIR/out"
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" --watch --data -i 0.2 -O rtoinfo.initial=200,min=100,max=400 "$HOST" >"$DIR/out" 2>"$DIR/err" &
    local pid=$! status
    PIDS+=("$pid")
    wait_for has " association up: " "$DIR/out" && no_data || return
    wait_for has_line '^[0-9:.]{12} no data progress: a message is unacknowledged for [0-9.]+ s$' "$DIR/out"
    status=$?
    unfilter
    [ "$status" = 0 ] && wait_for has_line '^[0-9:.]{12} data is acknowledged again, after [0-9.]+ s$' "$DIR/out" || return
    kill -INT "$pid"
    wait "$pid"
    same 12 $? && has "1 association, 0 lost, 0 failures of a path, 1 stall of data" "$DIR/out"
}
acknowledged() {
    check 10 "no echo: .*" --check -w 2
}

# ICMPv6 type 2 is Packet Too Big.
over_ipv6() { # LARGEST FITS [OPTION]...
    no_icmp() { tc -n m filter add dev m1 egress protocol ipv6 u32 match ip6 protocol 58 0xff match u8 2 0xff at 40 action drop; }
    HOST=2001:db8:2::2 LARGEST=$1 FITS=$2 black_hole "${@:3}"
}
add_ipv6() {
    ip -n a -batch - <<'END_A' && ip -n m -batch - <<'END_M' && ip -n b -batch - <<'END_B' && on_host m sysctl -qw net.ipv6.conf.all.forwarding=1
addr add 2001:db8:1::1/64 dev a1 nodad
route add default via 2001:db8:1::fe
END_A
addr add 2001:db8:1::fe/64 dev m1 nodad
addr add 2001:db8:2::fe/64 dev m2 nodad
END_M
addr add 2001:db8:2::2/64 dev b1 nodad
route add default via 2001:db8:2::fe
END_B
}

mtu_tests() { # [" over UDP"]
    start_server -e || exit 1
    try "--mtu$1: the MTU that a router reports" mtu_reported
    try "--mtu$1: the MTU of the own link" mtu_of_link
    try "--mtu$1, ICMP dropped: larger messages are lost, and the capture shows the same limit" black_hole
    try "--mtu$1: with what the line advises, large messages arrive" follow_advice
    try "--check$1: a large message stalls while heartbeats are answered: exit status 12" large_stalls
    try "--check and --mtu$1: DATA is dropped, heartbeats are not: exit status 12" data_stalls
    try "--watch --data$1: DATA that is dropped is reported, and its return: exit status 12" no_progress
    try "--mtu$1: when the time is up, the line tells what is known" time_is_up
    try "--check$1: a message is acknowledged and not echoed: exit status 10" acknowledged
}
mtu_tests ""
stop_server

if [ -e "$BUILD/libsctp_userland.so" ]; then
    LAUNCH="$ON_HOST b SCTP_STACK=userland"
    CLIENT="$ON_HOST a SCTP_STACK=userland"
    LARGEST=1444 FITS=1224 OVER=', over UDP' ADVICE='-O peer_addr_params.pathmtu=1240,flags=pmtud_disable'
    no_data() { filter m2 egress match ip protocol 17 0xff match u8 0 0xff at 40 action drop; }
    mtu_tests " over UDP"
    stop_server
fi

# IPv6 comes last, because a server advertises its address.  The userland stack sends packets of 1280 bytes
# over IPv6 unless an option allows larger ones.
if ! add_ipv6; then
    echo "Bail out! cannot add IPv6 addresses"
    exit 1
fi
if [ -e "$BUILD/libsctp_userland.so" ]; then
    start_server -e || exit 1
    ADVICE='-O peer_addr_params.pathmtu=1220,flags=pmtud_disable' try "--mtu over UDP and IPv6, ICMP dropped: larger messages are lost, and the capture shows the same limit" \
        over_ipv6 1424 1204 -O peer_addr_params.pathmtu=1460
    stop_server
fi
LAUNCH="$ON_HOST b" CLIENT="$ON_HOST a" OVER=''
start_server -e || exit 1
ADVICE="ip route' with 'mtu 1280" try "--mtu over IPv6, ICMP dropped: larger messages are lost, and the capture shows the same limit" over_ipv6 1432 1212
stop_server
finish
