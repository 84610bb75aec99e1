#!/usr/bin/env bash
# The MTU of a path over UDP, on the userland stack: two hosts, a (10.3.1.1) and b (10.3.2.1), with a
# router between them.  The link to b has an MTU of 1280.
. "${0%/*}/../lib.sh" 26050

if [ ! -e "$BUILD/libsctp_userland.so" ]; then
    skip "the MTU of a path is learned over UDP" "no userland stack"
    finish
fi

make_hosts() {
    ip -all netns delete # of the previous file in this lab
    ip -batch - <<'END' && ip -n a -batch - <<'END_A' && ip -n router -batch - <<'END_ROUTER' && ip -n b -batch - <<'END_B'
netns add a
netns add router
netns add b
link add a1 netns a type veth peer name r1 netns router
link add b1 netns b type veth peer name r2 netns router
END
link set lo up
addr add 10.3.1.1/24 dev a1
link set a1 up
route add default via 10.3.1.9
END_A
addr add 10.3.1.9/24 dev r1
addr add 10.3.2.9/24 dev r2
link set r1 up
link set r2 up mtu 1280
END_ROUTER
link set lo up
addr add 10.3.2.1/24 dev b1
link set b1 up mtu 1280
route add default via 10.3.2.9
END_B
    "$BUILD/tests/on_host" router sysctl -qw net.ipv4.ip_forward=1
}
if ! make_hosts; then
    echo "Bail out! cannot make two hosts and a router"
    exit 1
fi
LAUNCH="$BUILD/tests/on_host b SCTP_STACK=userland"
CLIENT="$BUILD/tests/on_host a SCTP_STACK=userland SCTP_USERLAND_PCAP=$DIR/client"

# Prints the packets that the client has sent, a line each: the sizes of their DATA chunks with headers.
sent() {
    perl -e 'local $/; $_ = <>; for ($at = 24; $at < length; $at += 16 + $n) {
        $n = unpack "x8V", substr $_, $at;
        my $p = substr $_, $at + 16, $n;
        next if (unpack "x12N", $p) != 0x0a030101;
        my @data;
        for (my $c = 32; $c + 4 <= $n; $c += ($l + 3) & ~3) {
            (my $type, $l) = unpack "Cxn", substr $p, $c;
            push @data, $l if $type == 0;
        }
        print "@data\n" if @data;
    }' "$DIR/client"
}
text() { head -c "$1" /dev/zero | tr '\0' x; } # SIZE

start_server || exit 1
learned() {
    # The first retransmission by a timer would come after a minute.
    start_client -O rtoinfo.initial=60000,max=60000,min=60000 10.3.2.1 || return
    say "[0] $(text 1400)1"
    wait_for has_line 'x1$' "$DIR/cli.out" || return
    say "[0] $(text 1400)2"
    wait_for has_line 'x2$' "$DIR/cli.out" || return
    sent >"$DIR/sent"
    cat "$DIR/sent"
    # As one chunk, which is retransmitted at once; then as chunks that fit.
    has $'1421\n1421\n' "$DIR/sent" && sed '1,2d' "$DIR/sent" | tr ' ' '\n' | awk '$1 > 1280 - 40 { bad = 1 } END { exit bad }'
}
try "a packet that is larger than the MTU of the path is sent again at once, and the next ones are smaller" learned

# Sends the message "fragmentation needed" with a tag, and waits until the client's host has it.
too_big() { # TAG MTU
    local before
    before=$(unreachable)
    "$BUILD/tests/on_host" router tests/tools/too_big.pl 10.3.1.1 "$MINE" "$MINE" 10.3.2.1 "$PORT" "$PORT" "$1" "$2"
    wait_for more_unreachable "$before"
}
# shellcheck disable=SC2016 # awk's
unreachable() { "$BUILD/tests/on_host" a awk '/^Icmp: [0-9]/ { print $5 }' /proc/net/snmp; }
more_unreachable() { [ "$(unreachable)" -gt "$1" ]; }
# The port of the client, and the tag that it sends.
of_client() {
    perl -e 'local $/; $_ = <>; for ($at = 24; $at < length; $at += 16 + $n) {
        $n = unpack "x8V", substr $_, $at;
        my ($from, $port, $tag) = unpack "x12Nx4nx2N", substr $_, $at + 16, $n;
        ($p, $t) = ($port, $tag) if $from == 0x0a030101;
    }
    printf "%d %08x\n", $p, $t' "$DIR/client"
}
largest() { # NUMBER: says a text, waits for its echo, and sets LARGEST to its largest chunk
    local from
    from=$(sent | wc -l)
    say "[0] $(text 1000)$1"
    wait_for has_line "x$1\$" "$DIR/cli.out" || return
    LARGEST=$(sent | sed "1,${from}d" | tr ' ' '\n' | sort -n | tail -n 1)
}
forged() {
    read -r MINE TAG <<<"$(of_client)"
    too_big 12345678 600 && largest 3 && same 1021 "$LARGEST"
}
genuine() {
    read -r MINE TAG <<<"$(of_client)"
    too_big "$TAG" 600 && largest 4 && [ "$LARGEST" -le 560 ]
}
try "an ICMP message with another tag changes nothing" forged
try "an ICMP message with the tag of the association does" genuine
try "the client ends the association" end_client
try "the server exits 0" stop_server
finish
