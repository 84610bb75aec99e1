#!/usr/bin/env bash
# doc/pods.md: two containers on a Docker host, the userland stack and a published UDP port.  A container
# is a directory with the programs, their libraries and nothing else, in a network namespace of its own,
# on a bridge of its own, with Docker's rules: DNAT for the port, MASQUERADE for what leaves.
. "${0%/*}/../lib.sh" 26250

what="sctp_ping and sctp_echo_srv in two containers, with -p 9877:9877/udp"
if [ ! -e "$BUILD/libsctp_userland.so" ] || [[ $BUILD == */address || $BUILD == */undefined ]]; then
    skip "$what" "no userland stack, or built with a sanitizer"
    finish
fi
if [ -z "${CONTAINERS-}" ]; then
    if ! unshare -rnm true 2>"$DIR/err"; then
        skip "$what" "$(<"$DIR/err")"
        finish
    fi
    rm -rf "$DIR"
    # shellcheck disable=SC2016 # the inner shell's; the names of the namespaces are in /run/netns
    exec env CONTAINERS=1 BUILD="${BUILD#"$PWD"/}" unshare -rnm bash -c 'mount -t tmpfs none /run && exec "$0"' "$0"
fi

rules() {
    ip link set lo up && for n in 1 2; do
        ip netns add c$n && ip link add br$n type bridge && ip addr add 172.1$n.0.1/24 dev br$n && ip link set br$n up &&
            ip link add v$n type veth peer name eth0 netns c$n && ip link set v$n up master br$n &&
            ip -n c$n link set lo up && ip -n c$n addr add 172.1$n.0.2/24 dev eth0 && ip -n c$n link set eth0 up &&
            ip -n c$n route add default via 172.1$n.0.1 || return
    done
    ip addr add 192.0.2.1/32 dev lo &&
        echo 1 >/proc/sys/net/ipv4/ip_forward && nft -f - <<'END'
table ip nat {
    chain prerouting { type nat hook prerouting priority -100; fib daddr type local udp dport 9877 dnat to 172.11.0.2:9877; }
    chain postrouting { type nat hook postrouting priority 100; ip saddr { 172.11.0.0/24, 172.12.0.0/24 } masquerade; }
}
table ip filter {
    chain input { type filter hook input priority 0; udp dport 53 drop; }
    chain forward { type filter hook forward priority 0; policy drop;
        ct state established,related accept; ct status dnat accept; }
}
END
}
if ! rules >"$DIR/rules" 2>&1; then
    skip "$what" "$(tail -n 1 "$DIR/rules")"
    finish
fi

# As doc/pods.md shows.
image() {
    local program
    mkdir "$DIR/image" && cp "$BUILD"/sctp_{echo_srv,echo_cli,ping} "$BUILD/libsctp_userland.so" "$DIR/image" || return
    ldconfig -p | sed -n 's/.*libusrsctp\.so\.2 .*=> //p' | head -n 1 >"$DIR/usrsctp"
    for program in "$BUILD"/sctp_{ping,echo_cli} "$(<"$DIR/usrsctp")"; do ldd "$program"; done |
        grep -oE '/[^ ]+' | cat - "$DIR/usrsctp" | grep -v libsctp_userland | sort -u | xargs cp -t "$DIR/image"
}
try "a directory with the programs and their libraries can be made" image

run="env SCTP_STACK=userland chroot $DIR/image /ld-linux-x86-64.so.2 --library-path /"
first="ip netns exec c1 $run"
second="ip netns exec c2 $run"

# shellcheck disable=SC2086 # words
pair() {
    open_terminal srv $first /sctp_echo_srv -v && shows srv listening || return
    $second /sctp_ping --check 192.0.2.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has_line '^works: 192.0.2.1 port 9877, by 192.0.2.1: .*, over UDP$' "$DIR/out"
}
try "$what" pair

# The server's answers come from its own address, which the client must not learn.
ping_on() {
    # shellcheck disable=SC2086 # words
    $second /sctp_ping -c 3 -i 0.1 192.0.2.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has "3 sent, 3 received" "$DIR/out"
}
try "sctp_ping measures round-trip times through the NAT" ping_on
close_terminal srv

# getaddrinfo(3) would wait for 10 s.  Ping ends before a process that sleeps for 8 s, which a busy machine
# delays as well.
no_dns() {
    mkdir "$DIR/image/etc" && echo "nameserver 192.0.2.1" >"$DIR/image/etc/resolv.conf" || return
    sleep 8 &
    local sleeper=$! status
    PIDS+=("$sleeper")
    # shellcheck disable=SC2086 # words
    $second /sctp_ping --check -w 2 amf.example >"$DIR/out" 2>"$DIR/err"
    status=$?
    kill "$sleeper" && same 4 "$status" && has_line '^host unknown: host "amf\.example": .*' "$DIR/out"
}
try "sctp_ping --check: -w is the limit for a name server that does not answer" no_dns

finish
