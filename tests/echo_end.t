#!/usr/bin/env bash
# How associations end, from either side, and with which exit status.
. "${0%/*}/lib.sh" 21500

start_server || exit 1

in_flight() {
    local n
    start_client localhost
    # A stopped server does not answer before the client has read the end of its input.
    stop_process "$SRV"
    for n in 0 1 2 3 4; do say "[$n] in flight"; done
    exec {CLI_IN}>&-
    sleep 0.3
    kill -CONT "$SRV"
    wait "$CLI"
    same 0 $? && has_lines 5 "in flight" "$DIR/cli.out"
}
try "at the end of input the client waits for the replies still in flight" in_flight

no_reply() {
    start_client -w 3 localhost
    stop_process "$SRV"
    say "[0] lost"
    end_client
    local status=$?
    kill -CONT "$SRV"
    same 1 "$status" && has "received nothing for 3 s (is this an echo server?): 1 message has not come back, the first from line 1" "$DIR/cli.err"
}
try "replies that do not come within -w are counted, exit status 1" no_reply

not_held() {
    start_client -w 2 localhost
    sleep 2.5 # longer than -w, which does not limit the time between input lines
    say "[0] slowly"
    wait_for has "slowly" "$DIR/cli.out" && end_client
}
closed_stdin() {
    "$BUILD/sctp_echo_cli" -p "$PORT" -w 2 localhost <&- >"$DIR/out" 2>"$DIR/err"
    same 0 $?
}
try_unless_emulated stdin "a client with a closed standard input ends as at the end of input" closed_stdin

try "-w does not end a client whose input is idle" not_held

while_typing() {
    start_client localhost
    say "[0] first"
    wait_for has "[0] first" "$DIR/cli.out" || return
    say "[1] second"
    wait_for has "[1] second" "$DIR/cli.out" && end_client
}
try "replies are printed while the input is still open" while_typing

last_shut_down() { read_text "$DIR/srv.out"; [[ $CONTENTS == *"shut down" ]]; }
graceful() {
    client localhost <<<"[0] x"
    wait_for last_shut_down
}
try "at the end of input the client shuts its association down, and does not abort it" graceful

client_signal() { # SIGNAL STATUS
    start_client localhost
    say "[0] x"
    wait_for has "[0] x" "$DIR/cli.out" || return
    kill -"$1" "$CLI"
    wait "$CLI"
    same "$2" $? && exec {CLI_IN}>&- && wait_for last_shut_down
}
try "SIGTERM at the client: graceful shutdown, exit status 143" client_signal TERM 143
try "SIGINT at the client: graceful shutdown, exit status 130" client_signal INT 130

nobody_reads() {
    make_fifo
    seq -f '[0] %.0f' 1 100000 >"$DIR/in"
    "$BUILD/sctp_echo_cli" -p "$PORT" localhost <"$DIR/in" >"$FIFO" 2>"$DIR/err" &
    local pid=$!
    PIDS+=("$pid")
    exec {fd}<"$FIFO"
    wait_for pipe_is_full "$fd" || return
    kill -TERM "$pid"
    wait_for is_gone "$pid" || return
    wait "$pid"
    local status=$?
    exec {fd}<&-
    same 143 "$status"
}
try "SIGTERM ends a client whose output is not read" nobody_reads

server_signal() { # SIGNAL
    start_client localhost
    say "[0] x"
    wait_for has "[0] x" "$DIR/cli.out" || return
    kill -"$1" "$SRV"
    wait "$SRV"
    same 0 $? || return
    wait "$CLI"
    same 7 $? && exec {CLI_IN}>&- && has "the server shut the association down: nothing after line 1 was sent" "$DIR/cli.err"
}
try "SIGTERM at the server: graceful shutdown, exit 0; the client reports it, exit status 7" \
    server_signal TERM
start_server || exit 1
try "SIGINT at the server: graceful shutdown, exit 0" server_signal INT

start_server || exit 1
all_answered() {
    : >"$DIR/out" # otherwise the echoes of a previous client would be found
    # The signal comes in the middle of 2000 lines: the server answers those that it has read.
    seq -f '[1] %.0f' 1 2000 | "$BUILD/sctp_echo_cli" -p "$PORT" localhost >"$DIR/out" 2>"$DIR/err" &
    local pid=$!
    PIDS+=("$pid")
    wait_for has "From" "$DIR/out" || return
    stop_server
    same 0 $? && wait "$pid"
    diff <(sed 's/^.*)://' "$DIR/out") <(seq -f '[1] %.0f' 1 "$(wc -l <"$DIR/out")")
}
try "a server that is ended while it replies leaves no gap in its replies" all_answered

# Messages that the kernel receives before the signal, while the server is stopped.
chunks() { # sets CHUNKS to the number of DATA chunks that both ends have received
    read_text /proc/net/sctp/snmp
    [[ $CONTENTS =~ SctpInOrderChunks[[:space:]]+([0-9]+) ]] && CHUNKS=${BASH_REMATCH[1]}
}
arrived() { chunks && same "$1" "$CHUNKS"; }
arrived_is_answered() {
    local status
    start_client localhost
    say "[0] x"
    wait_for has "[0] x" "$DIR/cli.out" || return
    stop_process "$SRV" || return
    chunks || return
    seq -f '[1] arrived %.0f' 1 20 >&"$CLI_IN"
    wait_for arrived $((CHUNKS + 20)) && kill -TERM "$SRV" && kill -CONT "$SRV" && wait "$SRV"
    same 0 $? && wait "$CLI"
    status=$?
    exec {CLI_IN}>&-
    same 7 "$status" && has_lines 20 "arrived" "$DIR/cli.out"
}
start_server || exit 1
if [ "${SCTP_STACK-}" = userland ]; then
    skip "SIGTERM: the server answers all messages that had arrived" "the stack of a stopped process receives nothing"
else
    try "SIGTERM: the server answers all messages that had arrived" arrived_is_answered
fi

start_server || exit 1
# Starts a client that asks for replies and reads none until HOLD_FD is closed.  Sets HOLD to its
# process id.
hold() {
    : >"$DIR/held" # otherwise "sent" of the previous client would be found
    make_fifo
    PEER_BUFFER=4096 "$BUILD/tests/peer" "$PORT" hold 1000 2000 <"$FIFO" >"$DIR/held" 2>&1 &
    HOLD=$!
    PIDS+=("$HOLD")
    exec {HOLD_FD}>"$FIFO"
    wait_for has sent "$DIR/held"
}

release() {
    exec {HOLD_FD}>&-
    wait "$HOLD" 2>/dev/null
}

unwilling() {
    local from status
    hold || return
    from=$SECONDS
    kill -TERM "$SRV"
    wait "$SRV"
    same 0 $? && ((SECONDS - from >= 4)) &&
        has "(by this server: the server is leaving)" "$DIR/srv.out"
    status=$?
    release
    return "$status"
}
try "a client that never reads cannot keep the server from ending: it is aborted after 5 s" unwilling

refuses() { client localhost <<<"[0] x"; [ "$STATUS" = 5 ]; } # the server has handled the first signal
second_signal() {
    local from took
    for _ in 1 2 3 4 5; do # on a slow machine the second signal may come after the 5 s
        start_server && hold || return
        from=${EPOCHREALTIME/./}
        kill -TERM "$SRV"
        wait_for refuses || return
        kill -TERM "$SRV"
        wait "$SRV"
        same 0 $? || return
        took=$((${EPOCHREALTIME/./} - from))
        release
        echo "it took $took us"
        ((took >= 5000000)) || return 0
    done
    return 1
}
try "a second signal ends the server before the 5 s have passed" second_signal

start_server || exit 1
server_killed() {
    start_client localhost
    say "[0] x"
    wait_for has "[0] x" "$DIR/cli.out" || return
    kill -KILL "$SRV"
    wait "$SRV" 2>/dev/null
    wait "$CLI"
    same 7 $? && exec {CLI_IN}>&-
}
try "when the server is killed, the client exits with status 7" server_killed

restarted() {
    start_server || return
    start_client localhost
    say "[0] x"
    wait_for has "[0] x" "$DIR/cli.out" || return
    kill -KILL "$SRV"
    wait "$SRV" 2>/dev/null
    PORT=$((PORT - 1)) start_server || return
    wait "$CLI"
    same 7 $? || return
    exec {CLI_IN}>&-
    client localhost <<<"[0] again"
    same 0 "$STATUS" && has "[0] again" "$DIR/out"
}
try "when the server is restarted, the old association is lost and a new client is served" restarted

serving() { # MODE: starts a server of tests/tools/peer.c
    new_port
    : >"$DIR/peer.out" # otherwise "listening" of the previous server would be found
    "$BUILD/tests/peer" "$PORT" serve "$1" >"$DIR/peer.out" 2>&1 &
    PIDS+=($!)
    wait_for has listening "$DIR/peer.out"
}
aborted() {
    serving abort || return
    client localhost <<<"[0] x"
    same 7 "$STATUS" && has 'user-initiated abort: not \x1b[31mtoday' "$DIR/err" &&
        has "1 message has not come back" "$DIR/err" && is_long 1 "$DIR/err"
}
try "an abort by the server: the reason is printed once, escaped; exit status 7" aborted

shut() {
    serving eof || return
    client localhost <<<"[0] x"
    same 7 "$STATUS" && has "1 message has not come back" "$DIR/err"
}
try "a server that shuts down before it replies: exit status 7" shut

wrong() {
    serving wrong || return
    client -w 3 localhost <<<"[0] x"
    same 1 "$STATUS" && has_lines 1 "no echo of a message sent" "$DIR/err" && has "something else" "$DIR/out"
}
try "a reply that differs from the message: exit status 1" wrong

unasked() {
    serving twice || return
    start_client localhost
    for n in 1 2; do say "[0] $n"; done
    wait_for has_lines 4 "^From" "$DIR/cli.out" && end_client
    same 0 $? && has_lines 1 "the next message is no echo of a message sent; is this an echo server\\?" "$DIR/cli.err" &&
        has "sctp_echo_cli: 2 received messages are no echo of a message sent" "$DIR/cli.err"
}
try "a server that answers twice: the client counts the unexpected replies" unasked

reader_leaves() {
    yes '[0] x' | "$BUILD/sctp_echo_cli" -p "$PORT" localhost 2>"$DIR/err" | head -n 1 >"$DIR/out"
    same 141 "${PIPESTATUS[1]}" && is_long 1 "$DIR/out"
}
start_server || exit 1
try "the client ends when the reader of its output has gone, exit status 141" reader_leaves

mute() {
    serving mute || return
    seq -f '[0] %.0f' 1 5000 | client -w 3 localhost
    same 1 "$STATUS" &&
        has "1024 messages have not come back, the first from line 1; nothing after line 1024 was sent" "$DIR/err"
}
try "a server that never answers: the client gives up after -w and counts the missing replies" mute

finish
