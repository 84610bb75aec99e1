#!/usr/bin/env bash
# Options of the paths of an association: the primary path, heartbeats, retransmission timeouts.
. "${0%/*}/../lib.sh" 28500
. tests/netns/two_hosts.sh

# By default heartbeats are rare, so that a test sees those that it enables, and timeouts are so long
# that no path fails on a slow machine.
for host in a b; do
    on_host $host sysctl -qw net.sctp.hb_interval=30000 net.sctp.rto_max=60000 \
        net.sctp.rto_initial=3000 net.sctp.rto_min=1000
done

BOTH=(-B 10.1.1.2 -B 10.1.2.2)
OURS=(-B 10.1.1.1 -B 10.1.2.1 -C 10.1.2.2)
start_server "${BOTH[@]}" || exit 1

# ---- the primary path --------------------------------------------------------

COUNT=50
FILLER=$(printf 'x%.0s' {1..500})
declare -A SENT WENT # bytes that each end sent, in all and while lines went to the server and back
ROUND=0
went() { # PID-AT-A: sets WENT to what each end has sent since the last call
    local end pid
    for end in a1 a2 b1 b2; do
        case $end in a*) pid=$1 ;; b*) pid=$SRV ;; esac
        sent_by "$pid" "$end" || return
        WENT[$end]=$((BYTES - ${SENT[$end]-0})) SENT[$end]=$BYTES
    done
}
send_lines() { # PID-AT-A COMMAND...: runs it with each line
    local i
    ROUND=$((ROUND + 1))
    went "$1" || return
    for ((i = 1; i <= COUNT; i++)); do "${@:2}" "[0] $ROUND.$i $FILLER"; done
    wait_for has " $ROUND.$COUNT " "$SHOWN" && went "$1" || return
    declare -p WENT
}
# The lines went by one end; by the other went at most acknowledgements and heartbeats.
went_by() { ((WENT[$1] >= COUNT * 500 && WENT[$2] < COUNT * 100)); } # END OTHER

at_once() {
    start_client "${OURS[@]}" -O primary_addr=10.1.2.2 10.1.1.2
    SHOWN=$DIR/cli.out
    send_lines "$CLI" say && went_by a2 a1 && end_client
}
try "-O primary_addr: the client that connects to the first link's address sends on the second link" at_once

moved() {
    start_live "${OURS[@]}" 10.1.1.2 || return
    SHOWN=$DIR/live
    tell primary_addr=10.1.2.2 && shows live "10.1.2.2 was made primary" || return
    send_lines "${PID[live]}" type_in live && went_by a2 a1 || return
    type_in live "get status.primary"
    shows live "status.primary=10.1.2.2" || return
    tell primary_addr=10.1.1.2 || return
    send_lines "${PID[live]}" type_in live && went_by a1 a2 && end_live
}
try "primary_addr moves an established association to the other link, and back" moved

not_the_peers() {
    client "${OURS[@]}" -O primary_addr=10.1.2.7 10.1.1.2 <<<"[0] hello"
    same 8 "$STATUS" && has "10.1.2.7 is not among the peer's addresses" "$DIR/err"
}
try "primary_addr with an address that the server does not have is refused" not_the_peers

# ---- heartbeats --------------------------------------------------------------

# A heartbeat is sent after the interval plus a retransmission timeout.
FAST=(-O "rtoinfo.initial=200,max=400,min=100")
# An idle path carries only heartbeats, their acknowledgements, and ARP, and at first the last packets
# of the set-up.  The other path shows how many packets go without the option.
beats_by() { # END OTHER, of host a
    local end
    local -A before
    for end in "$1" "$2"; do sent_by "$CLI" "$end" && before[$end]=$PACKETS || return; done
    more_by() { sent_by "$CLI" "$1" && ((PACKETS - before[$1] >= $2)); }
    wait_for more_by "$1" 16 || return
    more_by "$2" 8 || return 0
    echo "by $2 went $((PACKETS - before[$2])) packets, while 16 went by $1"
    return 1
}

every() {
    start_client "${OURS[@]}" "${FAST[@]}" -O peer_addr_params.hbinterval=200@10.1.2.2 10.1.1.2
    beats_by a2 a1 && end_client
}
try "hbinterval=200@ADDRESS: many heartbeats to that address, and no more than before to the other" every

off() {
    start_client "${OURS[@]}" "${FAST[@]}" -O peer_addr_params.hbinterval=200 \
        -O peer_addr_params.flags=hb_disable@10.1.2.2 10.1.1.2
    beats_by a1 a2 && end_client
}
try "hb_disable@ADDRESS: no heartbeats to that address, and one every hbinterval to the other" off

# The default interval is 30 s and no data is sent: only the heartbeats of the option find a cut link
# sooner.
found() {
    start_client "${OURS[@]}" "${FAST[@]}" -O peer_addr_params.hbinterval=200,pathmaxrxt=2@10.1.2.2 10.1.1.2
    cut_links 2
    wait_for has "address 10.1.2.2 is unreachable" "$DIR/cli.err"
    local status=$?
    mend_links 2
    wait_for has "address 10.1.2.2 is available" "$DIR/cli.err" && end_client && return "$status"
}
try "heartbeats detect a cut link on an idle association, and its return" found
stop_server

# ---- retransmission timeouts --------------------------------------------------

# By default a lost message is retransmitted after 30 s.
for host in a b; do
    on_host $host sysctl -qw net.sctp.rto_max=30000
    on_host $host sysctl -qw net.sctp.rto_initial=30000 net.sctp.rto_min=30000
done
SHORT=(-O "rtoinfo.initial=100,max=200,min=100")
start_server "${BOTH[@]}" "${SHORT[@]}" || exit 1
quick() {
    local from back
    start_client "${OURS[@]}" "${SHORT[@]}" 10.1.1.2
    say "[0] before"
    wait_for has before "$DIR/cli.out" && wait_for has "10.1.2.1 is confirmed" "$DIR/srv.out" || return
    cut_links 1
    from=$SECONDS
    say "[0] after"
    wait_for has after "$DIR/cli.out"
    back=$((SECONDS - from))
    mend_links 1
    end_client
    echo "it took $back s"
    ((back < 25))
}
try "a short rtoinfo at both ends: failover is much faster than with the host's timeout" quick
try "the server exits 0" stop_server
finish
