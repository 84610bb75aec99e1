# shellcheck shell=bash disable=SC2034 # what is set here is used by lib.sh
# Two hosts, a (10.1.1.1, 10.1.2.1) and b (10.1.1.2, 10.1.2.2), with two links between them.
# Needs root on a kernel with SCTP, network namespaces and netem: the lab.

for host in a b; do
    ip netns add $host
    ip -n $host link set lo up mtu 1500
    # Faster than the defaults of seconds to a minute, so that a test need not wait for them.
    ip netns exec $host sysctl -qw net.sctp.rto_min=100 net.sctp.rto_initial=200 \
        net.sctp.rto_max=400 net.sctp.sack_timeout=40 net.sctp.path_max_retrans=2 \
        net.sctp.association_max_retrans=12 net.sctp.hb_interval=500
done
for link in 1 2; do
    ip link add a$link netns a type veth peer name b$link netns b
    ip -n a addr add 10.1.$link.1/24 dev a$link
    ip -n b addr add 10.1.$link.2/24 dev b$link
    for host in a b; do
        ip -n $host link set $host$link up
        ip netns exec $host tc qdisc add dev $host$link root netem delay 5ms
    done
done

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
