# shellcheck shell=bash disable=SC2034 # what is set here is used by lib.sh
# Two hosts, a (10.1.1.1, 10.1.2.1) and b (10.1.1.2, 10.1.2.2), with two links between them.
# Needs root on a kernel with SCTP, network namespaces and netem: the lab.

ON_HOST=$BUILD/tests/on_host
on_host() { "$ON_HOST" "$@"; } # HOST [VARIABLE=VALUE]... COMMAND...
on_a() { on_host a "$@"; }
on_b() { on_host b "$@"; }

make_links() {
    ip -all netns delete # of the previous file in this lab
    ip -batch - <<'END'
netns add a
netns add b
link add a1 netns a type veth peer name b1 netns b
link add a2 netns a type veth peer name b2 netns b
END
}
make_host() { # NAME LAST-BYTE
    ip -n "$1" -batch - <<END && tc -n "$1" -batch - <<END2 &&
link set lo up mtu 1500
addr add 10.1.1.$2/24 dev ${1}1
addr add 10.1.2.$2/24 dev ${1}2
link set ${1}1 up
link set ${1}2 up
END
qdisc add dev ${1}1 root netem delay 5ms
qdisc add dev ${1}2 root netem delay 5ms
END2
        # Faster than the defaults of seconds to a minute, so that a test need not wait for them.
        on_host "$1" sysctl -qw net.sctp.rto_min=100 net.sctp.rto_initial=200 \
            net.sctp.rto_max=400 net.sctp.sack_timeout=40 net.sctp.path_max_retrans=2 \
            net.sctp.association_max_retrans=12 net.sctp.hb_interval=500
        # By default Linux sends a host six ICMP errors at once, then one a second.
        on_host "$1" sysctl -qw net.ipv4.icmp_ratelimit=0
}
if ! { make_links && make_host a 1 && make_host b 2; }; then
    echo "Bail out! cannot make two hosts with two links"
    exit 1
fi

# Sets BYTES and PACKETS to what an interface of the process's host has sent.
sent_by() { # PID INTERFACE
    local field
    while read -ra field; do
        [ "${field[0]}" != "$2:" ] || { BYTES=${field[9]} PACKETS=${field[10]} && return; }
    done <"/proc/$1/net/dev"
    echo "no interface $2"
    return 1
}

links() { # NETEM LINK...: applies these options of netem to the links, in both directions
    local host link changes
    for host in a b; do
        changes=
        for link in "${@:2}"; do changes+="qdisc change dev $host$link root netem $1"$'\n'; done
        tc -n "$host" -batch - <<<"$changes"
    done
}
cut_links() { links "loss 100%" "$@"; }
mend_links() { links "delay 5ms loss 0%" "$@"; }

# Without MEMCHECK: valgrind is too slow for these timeouts.
LAUNCH="$ON_HOST b"
CLIENT="$ON_HOST a"
