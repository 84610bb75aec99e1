#!/usr/bin/env bash
# Many clients at once, and clients that misbehave: all others are served.
. "${0%/*}/lib.sh" 21300

POLICY=/proc/sys/net/sctp/sndbuf_policy

start_server || exit 1

fifteen() {
    local i pids=() bad=0
    for ((i = 1; i <= 15; i++)); do
        printf "[%d] client $i line\\n" {0..9} >"$DIR/in.$i"
        alone "$BUILD/sctp_echo_cli" -p "$PORT" localhost <"$DIR/in.$i" >"$DIR/out.$i" 2>&1 &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || bad=$((bad + 1)); done
    same 0 "$bad" || return
    for ((i = 1; i <= 15; i++)); do
        is_long 10 "$DIR/out.$i" && has_lines 10 "client $i line" "$DIR/out.$i" || return
    done
}
try "15 clients at once each get their own replies and no others" fifteen

# Compares in the shell: in the lab, starting a process takes as long as the rest of this function.
NUMBERS=({1..4000})
full_speed() { # LINES
    local want got
    printf -v want '[1] %s\n' "${NUMBERS[@]:0:$1}"
    printf %s "$want" >"$DIR/in"
    client localhost <"$DIR/in"
    same 0 "$STATUS" || return
    mapfile got <"$DIR/out"
    printf -v got %s "${got[@]#*0x*):}"
    [ "$want" = "$got" ] && return
    diff "$DIR/in" "$DIR/out" | head -n 20
    return 1
}
try "4000 lines in a pipe come back complete and in order" full_speed 4000

still_serves() {
    client localhost <<<"[0] still here"
    same 0 "$STATUS" && has "still here" "$DIR/out"
}

silent() {
    start_client localhost
    still_serves || return
    say "[5] at last"
    wait_for has "[5] at last" "$DIR/cli.out" && end_client
}
try "an idle association is kept, and served when it sends again" silent

# Starts a client that sends without a pause.  Sets FLOW to its process id.
flow() {
    rm -f "$DIR/flow"
    "$BUILD/sctp_echo_cli" -p "$PORT" localhost < <(yes '[1] x') >"$DIR/flow" 2>"$DIR/flow.err" &
    FLOW=$!
    PIDS+=("$FLOW")
    wait_for test -s "$DIR/flow"
}

killed() {
    local id last=$'.*\nassociation ([0-9]+) up'
    flow || return
    read_text "$DIR/srv.out"
    [[ $CONTENTS =~ $last ]] && id=${BASH_REMATCH[1]} || return
    kill -KILL "$FLOW"
    wait "$FLOW" 2>/dev/null || :
    still_serves || return
    wait_for has_line "association $id (lost|shut down)" "$DIR/srv.out"
}
try "a client killed with SIGKILL while it sends does not stop the server" killed

aborting() {
    local i
    for i in 1 2 3 4 5; do peer abort >"$DIR/out" || return; done
    still_serves && wait_for has "lost: user-initiated abort: had enough" "$DIR/srv.out"
}
try "a client that aborts does not stop the server, which prints the reason" aborting

stopped() {
    flow && stop_process "$FLOW" || return
    for _ in 1 2 3; do full_speed 500 || return; done
    kill -KILL "$FLOW"
    wait "$FLOW" 2>/dev/null || :
}
try "a client stopped while it sends delays no other client" stopped
try "the server process has survived all these clients" kill -0 "$SRV"
stop_server

# A client that sends and never reads: its replies fill all buffers and the server's send queue.
never_reads() {
    local pid i
    start_server || return
    start_client localhost
    alone "$BUILD/tests/peer" "$PORT" stuck 10000 >"$DIR/stuck" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    still_serves && still_serves || return
    # Until then another association gets replies, which needs no process.  The pause is there
    # because each check reads all earlier output.
    for ((i = 0; i < 10000; i++)); do
        is_gone "$pid" && break
        pause 0.05
        say "[0] line $i." && wait_for has "line $i." "$DIR/cli.out" || return
    done
    wait "$pid"
    has "user-initiated abort: too many messages are waiting" "$DIR/stuck" &&
        wait_for has "by this server: too many messages are waiting" "$DIR/srv.out" || return
    say "[0] the other"
    wait_for has "the other" "$DIR/cli.out" && end_client && stop_server
}

stuck() { # AT_LEAST: so many associations of the server have unacknowledged data
    local line lines field n=0
    mapfile -t lines </proc/net/sctp/assocs
    for line in "${lines[@]}"; do
        read -ra field <<<"$line"
        if [ "${field[11]-}" = "$PORT" ] && [ "${field[7]}" -gt 0 ]; then n=$((n + 1)); fi
    done
    ((n >= $1))
}

# 16 clients ask for replies and read none, for less time than the server waits before it aborts one.
# One program forks them all, which is faster than starting each.
many_stuck() { # MESSAGES POLICY
    local pid
    start_server && make_fifo || return
    : >"$DIR/held" # otherwise "sent" of previous clients would be found
    PEER_BUFFER=4096 alone "$BUILD/tests/peer" "$PORT" hold 1000 "$1" 16 <"$FIFO" >"$DIR/held" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    exec {fd}>"$FIFO"
    wait_for stuck 8 || return
    full_speed 500 || return
    wait_for has_lines 16 "^sent" "$DIR/held" || return
    full_speed 500 || return
    # Where each association has its own send buffer, none is aborted for the others.
    if [ "$2" = 1 ]; then has_lines 0 "by this server" "$DIR/srv.out" || return; fi
    exec {fd}>&-
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    stop_server
}

if [ "${SCTP_STACK-}" = userland ]; then
    # Each association has its own send buffer, which /proc does not show.
    stuck() { count_lines " up: " "$DIR/srv.out" && ((FOUND >= $1)); }
    try "a client that never reads is aborted with the reason, the others go on" never_reads
    try "16 clients that leave 140 replies unread delay no other client" many_stuck 140 1
    try "16 clients that leave 1000 replies unread delay no other client" many_stuck 1000 1
    finish
fi

for policy in 0 1; do
    never="with sndbuf_policy $policy a client that never reads is aborted with the reason, the others go on"
    few="with sndbuf_policy $policy 16 clients that leave 140 replies unread delay no other client"
    many="with sndbuf_policy $policy 16 clients that leave 1000 replies unread delay no other client"
    if ! was=$(cat $POLICY 2>/dev/null) || ! { echo $policy >$POLICY; } 2>/dev/null; then
        for what in "$never" "$few" "$many"; do skip "$what" "$POLICY cannot be written"; done
        continue
    fi
    try "$never" never_reads
    try "$few" many_stuck 140 $policy
    try "$many" many_stuck 1000 $policy
    echo "$was" >$POLICY
done

finish
