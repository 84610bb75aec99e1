# shellcheck shell=bash disable=SC2034 # what is set here is used by lib.sh
# Two hosts, a (10.1.1.1, 10.1.2.1) and b (10.1.1.2, 10.1.2.2), with two links between them.
# Needs root on a kernel with SCTP, network namespaces and netem: the lab.

make_host() { # NAME
    ip netns add "$1" && ip -n "$1" link set lo up mtu 1500 &&
        # Faster than the defaults of seconds to a minute, so that a test need not wait for them.
        ip netns exec "$1" sysctl -qw net.sctp.rto_min=100 net.sctp.rto_initial=200 \
            net.sctp.rto_max=400 net.sctp.sack_timeout=40 net.sctp.path_max_retrans=2 \
            net.sctp.association_max_retrans=12 net.sctp.hb_interval=500
}
plug_in() { # HOST ADDRESS LINK
    ip -n "$1" addr add "$2/24" dev "$1$3" && ip -n "$1" link set "$1$3" up &&
        ip netns exec "$1" tc qdisc add dev "$1$3" root netem delay 5ms
}
make_link() { # NUMBER
    ip link add "a$1" netns a type veth peer name "b$1" netns b &&
        plug_in a "10.1.$1.1" "$1" && plug_in b "10.1.$1.2" "$1"
}
if ! { make_host a && make_host b && make_link 1 && make_link 2; }; then
    echo "Bail out! cannot make two hosts with two links"
    exit 1
fi

on_a() { ip netns exec a "$@"; }
on_b() { ip netns exec b "$@"; }

links() { # WHAT LINK...: what netem does to the packets of these links, both ways
    local what=$1 link
    shift
    for link in "$@"; do
        # shellcheck disable=SC2086 # words
        on_a tc qdisc change dev "a$link" root netem $what
        # shellcheck disable=SC2086
        on_b tc qdisc change dev "b$link" root netem $what
    done
}
cut_links() { links "loss 100%" "$@"; }
mend_links() { links "delay 5ms loss 0%" "$@"; }

# Not by MEMCHECK: valgrind is too slow for these timeouts.
LAUNCH="ip netns exec b"
CLIENT="ip netns exec a"
