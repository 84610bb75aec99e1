#!/usr/bin/env bash
# Other modes of sctp_echo_srv: --eof, --autoclose and --peeloff; and the options -A and -O.
. "${0%/*}/lib.sh" 21550

start_server --eof || exit 1
one_answer() {
    client localhost <<<"[1] question"
    plain "$DIR/out" >"$DIR/got"
    same 0 "$STATUS" && same "From str:2 seq:0:[1] question" "$(cat "$DIR/got")" || return
    wait_for has "shut down (by this server: answered)" "$DIR/srv.out"
}
try "--eof: the server answers once and shuts the association down" one_answer
others_stay() {
    start_client localhost || return
    one_answer || return
    say "[0] still here" && wait_for has "still here" "$DIR/cli.out" && end_client
    is_long 1 "$DIR/cli.out"
}
try "--eof: an association that has sent nothing stays" others_stay
try "--eof: the server exits 0" stop_server

start_server --autoclose=5 || exit 1
idle() {
    start_client localhost && say "[0] something" || return
    wait_for has "shut down" "$DIR/srv.out"
    end_client
    same 7 $? && has "From str:1" "$DIR/cli.out"
}
try "--autoclose: an idle association is shut down" idle
abort() {
    client -A"had enough" localhost <<<"[0] all"
    same 0 "$STATUS" && same "" "$(grep -v note: "$DIR/err")" && has "[0] all" "$DIR/out" || return
    wait_for has "lost: user-initiated abort: had enough" "$DIR/srv.out"
}
try "-A: the client aborts its association with the reason" abort
stop_server

start_server -O initmsg.max_instreams=3 -O nodelay=off || exit 1
options() {
    client -v -O rtoinfo.initial=700,min=300 -O primary_addr=127.0.0.1 127.0.0.1 <<<"[3] one"
    same 1 "$STATUS" && has "association has 3 outbound streams" "$DIR/err"
}
try "-O: sets socket options of client and server" options
wrong() {
    client -O rtoinfo.inital=700 localhost </dev/null
    same 2 "$STATUS" && has 'rtoinfo: "inital" is none of its fields, which are initial, max, min' "$DIR/err" || return
    client -O primary_addr=192.0.2.1 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "192.0.2.1 is not among the peer's addresses" "$DIR/err"
}
try "-O: a wrong option is refused, and the message says what is allowed" wrong
stop_server

start_server --peeloff || exit 1
full_speed() { # LINES
    seq -f '[1] %.0f' 1 "$1" >"$DIR/in"
    timeout "$HANG" "$BUILD/sctp_echo_cli" -p "$PORT" localhost <"$DIR/in" >"$DIR/out"
    same 0 $? && same_files "$DIR/in" <(sed 's/^.*0x[0-9a-f]*)://' "$DIR/out")
}
try "--peeloff: 5000 lines sent while the association is peeled off come back complete and in order" full_speed 5000
moved() { has_lines "$1" "has a socket and a thread of its own" "$DIR/srv.out"; }
try "--peeloff: an association that sends is peeled off" moved 1
stay() {
    start_client localhost || return
    full_speed 300 && moved 2 || return # the silent association has not moved
    say "[0] first" && wait_for has "first" "$DIR/cli.out" && wait_for moved 3 || return
    say "[3] second" && wait_for has_line "str:4 seq:0 .*second" "$DIR/cli.out"
}
try "--peeloff: a silent association is not peeled off until its first message" stay
stuck() {
    alone "$BUILD/tests/peer" "$PORT" stuck 1000 >"$DIR/stuck" 2>&1 &
    PIDS+=("$!")
    STUCK=$!
    wait_for moved 4 || return
    full_speed 1000 && say "[5] third" && wait_for has "third" "$DIR/cli.out"
}
try "--peeloff: a client that never reads blocks its own thread only" stuck
leave() {
    kill -KILL "$STUCK"
    wait "$STUCK" 2>/dev/null
    stop_server || return
    wait_for has_line "association .* shut down" "$DIR/cli.err"
    end_client
    same 7 $?
}
try "--peeloff: SIGTERM also shuts down peeled-off associations" leave

# No descriptor is left for a client that reads no reply, so it stays on the shared socket until it is aborted.
line_of() { grep -n -m 1 "$1" "$DIR/srv.out" | cut -d : -f 1; }
leave_first() {
    local hold
    start_server --peeloff && start_client localhost && say "[0] first" && wait_for moved 1 || return
    prlimit --pid "$SRV" --nofile=4:4
    mkfifo "$DIR/hold"
    PEER_BUFFER=4096 "$BUILD/tests/peer" "$PORT" hold 1000 2000 <"$DIR/hold" >"$DIR/held" 2>&1 &
    PIDS+=("$!")
    exec {hold}>"$DIR/hold"
    wait_for has sent "$DIR/held" && stop_server && end_client
    same 7 $? && (($(line_of "shut down$") < $(line_of "by this server: the server is leaving")))
    local status=$?
    exec {hold}>&-
    return "$status"
}
try "--peeloff: at SIGTERM a peeled-off association does not wait for the shared ones" leave_first

# The clients, one after the other, are more than -M: the server must not count those that ended.
stays_shared() { # WHY
    full_speed 300 && full_speed 300 && moved 0 &&
        has_lines 1 "stay on the shared socket: $1; raise the limits" "$DIR/srv.err" && stop_server
}
no_descriptor() {
    start_server --peeloff -M 1 && prlimit --pid "$SRV" --nofile=4:4 && stays_shared "Too many open files"
}
no_thread() {
    local bytes
    start_server --peeloff -M 1 && bytes=$(awk '/^VmSize/ { print $2 * 1024 + 4000000 }' "/proc/$SRV/status") &&
        prlimit --pid "$SRV" --as="$bytes:$bytes" && stays_shared "Resource temporarily unavailable"
}
try "--peeloff: an association is served on the shared socket when there is no descriptor for its own" no_descriptor
if [ -z "$ASAN" ]; then
    try "--peeloff: an association is served on the shared socket when there is no thread for it" no_thread
fi

# Peers that read no replies fill the buffers of their sockets.  The kernel's memory for SCTP is small in
# the lab; on the userland stack --memory limits what they may hold.
held_memory() {
    local mem why="the peer does not read, and holds memory that all clients need"
    if [ "${SCTP_STACK-}" = kernel ]; then
        read -r mem <"$SCTP_MEM" && echo "2048 ${mem#*[[:blank:]]}" >"$SCTP_MEM" || return
    fi
    start_server --peeloff --memory=16777216 && start_client localhost && say "[0] first" && wait_for moved 1 || return
    # On a busy machine its send queue may be full before it is peeled off: then it tries again.
    for _ in {1..10}; do
        timeout "$HANG" "$BUILD/tests/peer" "$PORT" stuck 60000 >"$DIR/stuck" 2>&1
        has "too many messages are waiting" "$DIR/stuck" >/dev/null || break
    done
    [ -z "${mem-}" ] || echo "$mem" >"$SCTP_MEM"
    has "$why" "$DIR/stuck" &&
        say "[0] second" && wait_for has second "$DIR/cli.out" &&
        wait_for has_lines 1 " lost: .*by this server: the peer does not read" "$DIR/srv.out" && end_client && stop_server
}
SCTP_MEM=/proc/sys/net/sctp/sctp_mem
what="--peeloff: a client that never reads is aborted when it holds memory that all clients need"
if [ "${SCTP_STACK-}" = kernel ] && [ -z "${SCTP_LAB-}" ]; then
    skip "$what" "it would change the memory of this machine's SCTP, net.sctp.sctp_mem"
else
    try "$what" held_memory
fi

finish
