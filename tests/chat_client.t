#!/usr/bin/env bash
# sctp_chat_cli with input from a pipe, and its messages when it cannot join the room or loses it.
. "${0%/*}/lib.sh" 28100

start_room() { # ARG...
    : >"$DIR/srv.out" # otherwise "listening" of the previous server would be found
    "$BUILD/sctp_chat_srv" -p "$PORT" "$@" >"$DIR/srv.out" 2>"$DIR/srv.err" </dev/null &
    SRV=$!
    PIDS+=("$SRV")
    wait_for has listening "$DIR/srv.out"
}
# Runs the client.  Output in $DIR/out and err, exit status in STATUS.
chat() {
    $CLIENT "$BUILD/sctp_chat_cli" -p "$PORT" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}
# Starts a client in the background; `say` gives it lines.  Output in $DIR/NAME.out and NAME.err; sets
# CLI to its process id.
start_member() { # NAME ARG...
    make_fifo
    : >"$DIR/$1.out"
    $CLIENT "$BUILD/sctp_chat_cli" -p "$PORT" "${@:2}" "$1@localhost" \
        <"$FIFO" >"$DIR/$1.out" 2>"$DIR/$1.err" &
    CLI=$!
    PIDS+=("$CLI")
    exec {CLI_IN}>"$FIFO"
    wait_for has_line "^\*\*\* you are $1$" "$DIR/$1.out"
}

new_port
nobody_there() {
    chat localhost </dev/null
    same 5 "$STATUS" && has "connect to localhost port $PORT: refused; is the server running" "$DIR/err"
}
try "without a server the connection is refused, exit status 5" nobody_there

start_room -r 0 -b 64000000 || exit 1
start_member bob || exit 1

lines() {
    printf 'hello\n[3] three\n[x] plain\n\n/me waves\n//slash\n[0] z\xc3\xbcrich' | chat -n alice localhost
    same 0 "$STATUS" && wait_for has rich "$DIR/bob.out" && grep '^alice: \|^\* alice' "$DIR/bob.out" >"$DIR/got"
    printf 'alice: hello\nalice: [x] plain\n* alice waves\nalice: /slash\nalice: zürich\n' >"$DIR/want"
    same_files "$DIR/want" "$DIR/got" && has '[3] alice: three' "$DIR/bob.out"
}
try "lines are sent on their channels, and an empty line is not sent" lines

own() { ! grep alice: "$DIR/out"; }
try "a client does not print its own messages" own

bad_channel() {
    printf '[9] last\n[10] x\nafter\n' | chat -n carl localhost
    same 1 "$STATUS" && has 'line 2: channel 10 is out of range: this association has 10 outbound streams, 0 to 9; the line is skipped' "$DIR/err" &&
        wait_for has '[9] carl: last' "$DIR/bob.out" && wait_for has 'carl: after' "$DIR/bob.out"
}
try "a line for a channel that does not exist is reported and skipped, exit status 1" bad_channel

all_arrives() {
    seq 1 2000 | sed 's/$/ is a number, and this is some text to go with it/' >"$DIR/in"
    chat -n dora localhost <"$DIR/in"
    same 0 "$STATUS" && wait_for has_line '^dora: 2000' "$DIR/bob.out" &&
        sed -n 's/^dora: //p' "$DIR/bob.out" >"$DIR/got" && same_files "$DIR/in" "$DIR/got"
}
try "all lines of a long input arrive, in order, before the client exits" all_arrives

long_line() {
    { head -c 65536 /dev/zero | tr '\0' x; echo; head -c 65537 /dev/zero | tr '\0' y; echo; echo end; } |
        chat -n eva localhost
    same 1 "$STATUS" && has 'line 2: too long: a line may have 65536 bytes' "$DIR/err" &&
        wait_for has 'eva: end' "$DIR/bob.out" &&
        same 65541 "$(grep '^eva: xx' "$DIR/bob.out" | tr -d '\n' | wc -c)" && ! has yyy "$DIR/bob.out"
}
try "a line of 64 KiB arrives, a longer one is skipped with a message, exit status 1" long_line

escaped() {
    printf 'esc \033[31m\007 \342\200\256 \377\n' | chat -n fay localhost
    wait_for has 'fay: esc \x1b[31m\x07 <U+202E> \xff' "$DIR/bob.out" && ! grep -q $'\e' "$DIR/bob.out"
}
try "control characters in messages are printed escaped" escaped

taken() {
    echo hi | chat -n bob localhost
    same 1 "$STATUS" && has 'name "bob": the name bob is taken; you are still ' "$DIR/err" &&
        has "choose another with /nick" "$DIR/err"
}
try "a nickname in use is reported, exit status 1" taken

try_bad_name() {
    chat -n 'a b' localhost </dev/null
    same 2 "$STATUS" && has 'name "a b": a name has no white space' "$DIR/err"
}
try "a malformed nickname is refused at once, exit status 2" try_bad_name

quit() {
    printf 'one\n/quit\ntwo\n' | chat -n gus localhost
    same 0 "$STATUS" && wait_for has 'gus: one' "$DIR/bob.out" && ! has 'gus: two' "$DIR/bob.out"
}
try "/quit ends the client, and lines after it are not sent" quit

only_json() {
    printf '/help\n/join 3\n' | chat -J -n joe localhost
    same 0 "$STATUS" && has '"event":"announcement"' "$DIR/out" && ! grep -v '^{' "$DIR/out" &&
        has '/join n' "$DIR/err"
}
try "with -J, standard output has lines of JSON only" only_json

signal() { # SIGNAL STATUS
    start_member "sig$1"
    kill -"$1" "$CLI"
    wait "$CLI" 2>/dev/null
    same "$2" $? && is_empty "$DIR/sig$1.err"
}
try "SIGINT: the client shuts down gracefully, exit status 130" signal INT 130
try "SIGTERM: the client shuts down gracefully, exit status 143" signal TERM 143

# Another member sends more than the pipe of the output holds.
unread() {
    local fd line status
    mkfifo "$DIR/unread" "$DIR/deaf.in"
    "$BUILD/sctp_chat_cli" -p "$PORT" deaf@localhost <"$DIR/deaf.in" >"$DIR/unread" 2>"$DIR/deaf.err" &
    CLI=$!
    PIDS+=("$CLI")
    exec {CLI_IN}>"$DIR/deaf.in" {fd}<"$DIR/unread"
    read -r -t "$PATIENCE" -u "$fd" line && same "*** you are " "${line%guest*}" || return # it has joined
    chat talker@localhost <<<"$(for _ in {1..40}; do printf '%05000d\n' 0; done)" >/dev/null
    pipe_is_full "$fd" && kill -TERM "$CLI" && wait_for is_gone "$CLI" || return
    wait "$CLI" 2>/dev/null
    status=$?
    exec {fd}<&- {CLI_IN}>&-
    same 143 "$status"
}
try "SIGTERM ends a client whose output is not read" unread

server_leaves() {
    start_member hal
    kill -TERM "$SRV"
    wait "$CLI" 2>/dev/null
    same 7 $? && has '*** the server is leaving' "$DIR/hal.out" && has 'the server shut the association down; was it stopped?' "$DIR/hal.err"
}
try "the client reports the server's shutdown, exit status 7" server_leaves

new_port
start_room -M 1 || exit 1
full() {
    start_member ina -R && chat localhost </dev/null
    same 5 "$STATUS" && has 'refused by the server: the room is full (1 ' "$DIR/err"
}
try "a full room is reported, exit status 5" full

again() {
    kill -KILL "$SRV"
    wait_for has 'reconnecting in 1 s' "$DIR/ina.err" && wait_for has 'refused; is the server' "$DIR/ina.err" &&
        wait_for has 'reconnecting in 2 s' "$DIR/ina.err" && say 'said meanwhile' && start_room &&
        wait_for has 'reconnected to localhost' "$DIR/ina.err" && start_member jim &&
        wait_for has_lines 2 '^\*\*\* you are ina$' "$DIR/ina.out" &&
        chat -n ina localhost </dev/null && same 1 "$STATUS"
}
try "-R: the client reconnects after growing pauses, and gets its nickname back" again

# The room's server is replaced by sctp_echo_srv -e, which prints the messages that it receives.  The
# second /who makes sure that what was said before it is acknowledged: a SACK comes for every two packets.
kept() {
    : >"$DIR/shows"
    kill -KILL "$SRV"
    new_port
    start_room && start_member pam -R -w 1 && say 'said before' && say /who && wait_for has_lines 1 '1 here: pam' "$DIR/pam.out" &&
        say /who && wait_for has_lines 2 '1 here: pam' "$DIR/pam.out" && kill -KILL "$SRV" &&
        wait_for has 'reconnecting in 1 s' "$DIR/pam.err" && say 'said meanwhile' && say '[3] and more' && say '[4] too far' || return
    "$BUILD/sctp_echo_srv" -e -O initmsg.max_instreams=4 -p "$PORT" >"$DIR/shows" 2>&1 </dev/null &
    SRV=$!
    PIDS+=("$SRV")
    wait_for has 'said meanwhile' "$DIR/shows" && wait_for has_line ' str:3 .*:and more$' "$DIR/shows" &&
        wait_for has 'channel 4 is out of range: this association has 4 outbound streams' "$DIR/pam.err" &&
        has_lines 1 ':/nick pam$' "$DIR/shows" && has_lines 0 'said before' "$DIR/shows" &&
        kill -KILL "$SRV" "$CLI" && wait "$SRV" "$CLI" 2>/dev/null
    [ $? = 137 ]
    local status=$?
    exec {CLI_IN}>&-
    new_port
    return "$status"
}
try "-R: unsent lines are sent after the client has reconnected" kept

# The server no longer answers: it is stopped or, on the kernel's stack, its packets are dropped.
fall_silent() {
    if [ "${SCTP_STACK-}" = userland ]; then stop_process "$SRV"; else tc qdisc add dev lo root netem loss 100%; fi
}
answer() {
    if [ "${SCTP_STACK-}" = userland ]; then kill -CONT "$SRV"; else tc qdisc del dev lo root; fi
}
second_signal() {
    local status
    start_room && start_member ron -w 3600 && fall_silent || return
    kill -TERM "$CLI"
    wait_for killed_again
    status=$?
    answer
    exec {CLI_IN}>&-
    wait "$CLI"
    same "0 143" "$status $?" && is_empty "$DIR/ron.err" && kill -KILL "$SRV" && new_port
}
killed_again() { kill -TERM "$CLI"; is_gone "$CLI"; }
what="a second signal ends the client at once when the server does not answer, exit status 143"
if [ "${SCTP_STACK-}" = userland ] || { [ -n "${SCTP_LAB-}" ] && [ "$EUID" = 0 ]; }; then
    try "$what" second_signal
else
    skip "$what" "it changes the network of the host: run it in a lab"
fi

start_room || exit 1
gone() {
    start_member kim
    kill -KILL "$SRV"
    wait "$CLI" 2>/dev/null
    same 7 $? && is_long 1 "$DIR/kim.err"
}
try "a killed server is reported, exit status 7" gone

end_of_input() {
    rm -f "$DIR/lea.fifo"
    start_room && start_member lea -R
    kill -KILL "$SRV"
    wait_for has 'reconnecting in 2 s' "$DIR/lea.err" || return
    exec {CLI_IN}>&-
    wait "$CLI" 2>/dev/null
    same 0 $?
}
try "-R: the end of the input ends the client, even while it is reconnecting" end_of_input

# The server's shutdown waits for the acknowledgement of the client's last messages.  The client can
# send nothing more, so it must read no more input.
not_read() {
    local control input writer status
    new_port
    mkfifo "$DIR/control" "$DIR/input"
    "$BUILD/tests/peer" "$PORT" serve hang <"$DIR/control" >"$DIR/peer.out" 2>&1 &
    PIDS+=("$!")
    exec {control}>"$DIR/control"
    wait_for has listening "$DIR/peer.out" || return
    "$BUILD/sctp_chat_cli" -v -w 1 -p "$PORT" 127.0.0.1 <"$DIR/input" >"$DIR/out" 2>"$DIR/err" &
    CLI=$!
    PIDS+=("$CLI")
    exec {input}>"$DIR/input"
    wait_for has 'is it a chat server' "$DIR/err" || return
    for _ in 1 2 3 4; do printf '%060000d\n' 0; done >&"$input"
    wait_for is_empty_pipe "$input" && echo >&"$control" && wait_for has 'shutting down' "$DIR/err" || return
    yes 'more than any pipe holds' | head -c 64000000 >&"$input" &
    writer=$!
    PIDS+=("$writer")
    full_or_gone() { is_gone "$writer" || pipe_is_full "$input"; }
    wait_for full_or_gone && ! is_gone "$writer"
    status=$?
    kill -KILL "$writer" "$CLI"
    wait "$writer" "$CLI" 2>/dev/null
    exec {input}>&- {control}>&-
    [ "$status" = 0 ] || cat "$DIR/err"
    return "$status"
}
is_empty_pipe() { same 0 "$(perl -e 'ioctl STDIN, 0x541B, $n = pack "i", 0; print unpack "i", $n' <&"$1")"; }
try "the client reads no input while the server shuts down" not_read
new_port # the previous one may still be in use

full_disk() {
    start_room || return
    "$BUILD/sctp_chat_cli" -p "$PORT" localhost </dev/null >/dev/full 2>"$DIR/err"
    same 8 $? && has "write the output: No space left on device" "$DIR/err"
}
try "output that cannot be written is an error, exit status 8" full_disk

finish
