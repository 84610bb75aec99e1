#!/usr/bin/env bash
# Two hosts, two links: multi-homing, failover, loss, black holes.
. "${0%/*}/../lib.sh" 21600
. tests/netns/two_hosts.sh

BOTH=(-B 10.1.1.2 -B 10.1.2.2)
# Unanswered heartbeats must not end an association while the links are cut.
MAXRXT=(-O associnfo.asocmaxrxt=1000)
start_server "${BOTH[@]}" || exit 1
OURS=(-B 10.1.1.1 -B 10.1.2.1 -C 10.1.2.2)

up() {
    client -v "${OURS[@]}" 10.1.1.2 <<<"[0] hello"
    same 0 "$STATUS" && has "peer 10.1.1.2, 10.1.2.2 port $PORT, local 10.1.1.1, 10.1.2.1" "$DIR/err" &&
        wait_for has "peer 10.1.1.1, 10.1.2.1 port" "$DIR/srv.out"
}
try "both ends know both addresses of each other" up

only_bound() {
    client -v -B 10.1.2.1 10.1.2.2 <<<"[0] hello"
    same 0 "$STATUS" && has "local 10.1.2.1 port" "$DIR/err" &&
        wait_for has "peer 10.1.2.1 port" "$DIR/srv.out"
}
try "-B keeps the other address out of the association" only_bound

# Sends numbered lines at a steady pace, on all streams in turn.
steady() { # FROM TO
    local i
    for ((i = $1; i < $2; i++)); do
        say "[$((i % 10))] line $i"
        pause 0.01
    done
}

# Each line came back once, and those of a stream in the order in which they were sent.
once_in_order() { # LINES
    local all line stream n seen=() last=()
    mapfile -t all <"$DIR/cli.out"
    for line in "${all[@]}"; do
        [[ $line =~ \[([0-9])\]\ line\ ([0-9]+)$ ]] || { echo "unexpected: $line"; return 1; }
        stream=${BASH_REMATCH[1]} n=${BASH_REMATCH[2]}
        ((n < $1 && !seen[n]++ && n >= last[stream])) || { echo "doubled, or out of order: $line"; return 1; }
        last[stream]=$n
    done
    same "$1" "${#all[@]}"
}

stop_server

start_server "${BOTH[@]}" "${MAXRXT[@]}" || exit 1
failover() {
    start_client "${OURS[@]}" 10.1.1.2
    wait_for has "address 10.1.2.1 is confirmed" "$DIR/srv.out" || return
    steady 0 50
    cut_links 1
    steady 50 250
    wait_for has "line 249" "$DIR/cli.out"
    mend_links 1
    end_client
    same 0 $? && once_in_order 250
}
try "the first link is cut under a steady echo: every line comes back once, in order" failover
try "the client prints that the address of a cut link is unreachable" \
    has "address 10.1.1.2 is unreachable" "$DIR/cli.err"

comes_back() {
    start_client "${OURS[@]}" 10.1.1.2
    cut_links 1
    say "[0] line 0"
    wait_for has "10.1.1.2 is unreachable" "$DIR/cli.err"
    mend_links 1
    wait_for has "10.1.1.2 is available" "$DIR/cli.err" && end_client
}
try "when the link is mended, the address is available again" comes_back

dead_first() {
    cut_links 1
    client "${OURS[@]}" 10.1.1.2 <<<"[0] hello"
    mend_links 1
    same 0 "$STATUS" && has "[0] hello" "$DIR/out"
}
try "with -C the client reaches a server whose first address does not answer" dead_first

black_hole() {
    cut_links 1
    client -w 2 10.1.1.2 <<<"[0] hello"
    mend_links 1
    cat "$DIR/err"
    # -w 2, not the default of 10 s.
    same 6 "$STATUS" && has_line "connect to 10.1.1.2 port $PORT: no answer in [2-9] s; is the host up" "$DIR/err"
}
try "a black hole: sctp_echo_cli gives up after -w seconds, exit status 6" black_hole

hello_black_hole() {
    cut_links 1
    $CLIENT "$BUILD/sctp_hello_cli" -p "$PORT" -w 1 10.1.1.2 >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
    mend_links 1
    cat "$DIR/err"
    same 6 "$STATUS" && has_line "connect to 10.1.1.2 port $PORT: no answer in [1-9] s" "$DIR/err"
}
try "a black hole: sctp_hello_cli gives up after -w seconds, exit status 6" hello_black_hole

no_route() {
    client 192.0.2.1 <<<"[0] hello"
    same 6 "$STATUS" && has "Network is unreachable; is there a route" "$DIR/err"
}
try "no route: exit status 6" no_route

lost() {
    start_client 10.1.1.2
    say "[0] line 0"
    wait_for has "line 0" "$DIR/cli.out" || return
    cut_links 1 2
    say "[0] line 1"
    wait_for is_gone "$CLI" || return
    wait "$CLI"
    local status=$?
    exec {CLI_IN}>&-
    mend_links 1 2
    same 7 "$status" && has "the server no longer answers" "$DIR/cli.err" &&
        has "1 message has not come back" "$DIR/cli.err"
}
try "both links cut in mid-flow: the association is lost, exit status 7" lost

# On a slow machine the last line may have been sent and lost, or sent after the links were mended.
last_is_settled() {
    has "line 100: not delivered on stream 4 within its lifetime of 300 ms" "$DIR/cli.err" ||
        has "line 100: has not come back within 3 s; its lifetime was 300 ms" "$DIR/cli.err" ||
        has "late 99 " "$DIR/cli.out"
}
# A few lines fit into the first window: these are sent and lost.  The others expire unsent.
lifetime() {
    local i status filler
    printf -v filler 'x%.0s' {1..200}
    start_client -t 300 -w 3 "${MAXRXT[@]}" 10.1.1.2
    say "[0] line 0"
    wait_for has "line 0" "$DIR/cli.out" || return
    cut_links 1 2
    for ((i = 1; i < 100; i++)); do say "[4] late $i $filler"; done
    pause 0.6 # their lifetime and a retransmission timeout
    mend_links 1 2
    wait_for last_is_settled && has ": not delivered on stream 4 within its lifetime of 300 ms" "$DIR/cli.err" &&
        wait_for has "line 2: has not come back within 3 s; its lifetime was 300 ms" "$DIR/cli.err" || return
    say "[4] in time"
    wait_for has "in time" "$DIR/cli.out" || return
    end_client
    status=$?
    count_lines late "$DIR/cli.out"
    same 1 "$status" && has_lines $((99 - FOUND)) '^sctp_echo_cli: line' "$DIR/cli.err"
}
try "-t: messages that expire are abandoned and reported line by line, and the next line is sent" lifetime

lossy() {
    links "delay 5ms loss 3%" 1 2
    start_client "${OURS[@]}" 10.1.1.2
    steady 0 300
    wait_for has "line 299" "$DIR/cli.out" || return
    end_client
    local status=$?
    mend_links 1 2
    same 0 "$status" && once_in_order 300
}
try "3 % loss each way on both links: every line comes back once, in order" lossy

large_and_lossy() {
    links "delay 5ms loss 1% reorder 5% duplicate 2%" 1
    PEER_HOST=10.1.1.2 on_a "$BUILD/tests/peer" "$PORT" bytes 300000 >"$DIR/out" 2>&1
    mend_links 1
    has "same: 300000 bytes" "$DIR/out"
}
try "a large message over a link that loses, reorders and duplicates packets comes back whole" large_and_lossy

# The window takes some 70 ms to grow to 400000 bytes.  The server gets a message in fragments once
# 64 KiB of it have arrived.
in_mid_message() {
    local ms aborted="partial delivery of a message on stream 0 was aborted"
    export PEER_HOST=10.1.1.2
    for ((ms = 20; ms <= 1000; ms = ms * 6 / 5)); do
        on_a "$BUILD/tests/peer" "$PORT" vanish 400000 "$ms" >"$DIR/out" 2>&1 || return
        wait_for last_lost || return
        has "$aborted" "$DIR/srv.out" && break
    done
    on_a "$BUILD/tests/peer" "$PORT" bytes 300000 >"$DIR/out" 2>&1
    unset PEER_HOST
    has "$aborted" "$DIR/srv.out" && has "lost: user-initiated abort: in mid-message" "$DIR/srv.out" &&
        has "same: 300000" "$DIR/out"
}
last_lost() { read_text "$DIR/srv.out"; [[ ${CONTENTS##*$'\n'} == *"in mid-message"* ]]; }
try "after an abort in mid-message the server drops the fragments and serves the next client" in_mid_message

# The server is restarted while the links are cut, so the client does not learn of it.  The old
# server's association has to end before the new server starts.
server_restarted() {
    stop_server
    on_b sysctl -qw net.sctp.association_max_retrans=5
    start_server
    on_b sysctl -qw net.sctp.association_max_retrans=12
    alone "$ON_HOST" b sleep "$HANG" & # shows the associations of host b also without a server
    WITNESS=$!
    PIDS+=("$WITNESS")
    start_client "${MAXRXT[@]}" 10.1.1.2
    say "[0] line 0"
    wait_for has "line 0" "$DIR/cli.out" && wait_for has_line "10\.1\.1\.1" "/proc/$WITNESS/net/sctp/assocs" || return
    cut_links 1 2
    kill -KILL "$SRV"
    wait "$SRV" 2>/dev/null
    wait_for no_association || return
    PORT=$((PORT - 1)) start_server || return
    say "[0] line 1" # before the link is mended: a heartbeat would tell the client as well
    mend_links 1 2
    wait_for is_gone "$CLI" || return
    wait "$CLI"
    same 7 $? && exec {CLI_IN}>&- && has "the association ended too early: 1 message" "$DIR/cli.err"
}
no_association() { has_lines 0 "10\.1\.1\.1" "/proc/$WITNESS/net/sctp/assocs"; }
try "after an unnoticed restart of the server the client's next line loses the association, exit status 7" server_restarted

client_restarted() {
    local i pid
    export PEER_HOST=10.1.1.2 PEER_BIND=10.1.1.1 PEER_PORT=21690
    make_fifo
    alone "$ON_HOST" a "$BUILD/tests/peer" "$PORT" silent <"$FIFO" >"$DIR/peer.out" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    exec {fd}>"$FIFO"
    wait_for has_line "up: .* port 21690" "$DIR/srv.out" || return
    cut_links 1 2
    exec {fd}>&-
    wait "$pid"
    # The new client sends its INIT before a heartbeat of the server arrives: the ABORT in answer to that
    # would end the association.
    alone "$ON_HOST" a "$BUILD/tests/peer" "$PORT" bytes 1000 9 >"$DIR/out" &
    pid=$!
    PIDS+=("$pid")
    wait_for has 21690 "/proc/$pid/net/sctp/assocs"
    mend_links 1 2
    wait "$pid"
    unset PEER_HOST PEER_BIND PEER_PORT
    has "same: 1000 bytes, stream 0" "$DIR/out" && has "restarted by the peer: 10 streams out, 10 in" "$DIR/srv.out"
}
try "after an unnoticed restart of the client its association is restarted, and served" client_restarted

try "the server exits 0" stop_server

finish
