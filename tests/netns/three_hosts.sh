# shellcheck shell=bash disable=SC2034 # what is set here is used by lib.sh
# Three hosts in a row: a (10.1.1.1, and 10.1.3.1 on loopback), m, which forwards, and b (203.0.113.2).
# The link between m and b has an MTU of 1280.
# Needs root on a kernel with SCTP, network namespaces and tc's filters: the lab.

ON_HOST=$BUILD/tests/on_host
on_host() { "$ON_HOST" "$@"; } # HOST [VARIABLE=VALUE]... COMMAND...
on_a() { on_host a "$@"; }
on_b() { on_host b "$@"; }

make_row() {
    ip -all netns delete # of the previous file in this lab
    ip -batch - <<'END' && ip -n a -batch - <<'END_A' && ip -n m -batch - <<'END_M' && ip -n b -batch - <<'END_B' &&
netns add a
netns add m
netns add b
link add a1 netns a type veth peer name m1 netns m
link add b1 netns b type veth peer name m2 netns m
END
link set lo up mtu 1500
addr add 10.1.3.1/32 dev lo
addr add 10.1.1.1/24 dev a1
link set a1 up
route add default via 10.1.1.254
END_A
link set lo up
addr add 10.1.1.254/24 dev m1
addr add 203.0.113.254/24 dev m2
link set m1 up
link set m2 up mtu 1280
route add 10.1.3.1/32 via 10.1.1.1
END_M
link set lo up mtu 1500
addr add 203.0.113.2/24 dev b1
link set b1 up mtu 1280
route add default via 203.0.113.254
END_B
        on_host m sysctl -qw net.ipv4.ip_forward=1 && tc -n m -batch - <<'END_TC'
qdisc add dev m1 clsact
qdisc add dev m2 clsact
END_TC
}
if ! make_row; then
    echo "Bail out! cannot make three hosts in a row"
    exit 1
fi

# A filter of tc in the middle, until unfilter: for packets that leave by m1 (to a) or m2 (to b), or enter.
filter() { tc -n m filter add dev "$1" "$2" protocol ip u32 "${@:3}"; } # LINK ingress|egress MATCH... ACTION...
unfilter() {
    local link
    for link in m1 m2; do
        tc -n m filter del dev $link egress
        tc -n m filter del dev $link ingress
    done
}

# Without MEMCHECK: valgrind is too slow for these timeouts.
LAUNCH="$ON_HOST b"
CLIENT="$ON_HOST a"
