#!/usr/bin/env bash
# Other people's SCTP programs, in uses that pairs.t does not have.
. "${0%/*}/../lib.sh" 21750

# Starts a program in the background and waits until its output has the text.
PEER=
in_background() { # TEXT COMMAND...
    rm -f "$DIR/peer" # the previous program may have printed the text, and may still write
    $OTHERS "${@:2}" >"$DIR/peer" 2>&1 &
    PEER=$!
    PIDS+=("$PEER")
    wait_for has "$1" "$DIR/peer"
}

supported() { $OTHERS checksctp 2>&1 | grep -qx "SCTP supported"; }
try_with checksctp "checksctp finds SCTP supported" supported

# sctp_status forks a child that prints the status of its parent's association, without a pause or end.
status_pair() {
    local state="ESTABLISHED" client status
    [ -z "$OTHERS" ] || state="is an SCTP socket that was opened before fork()"
    new_port
    in_background "Starting" setsid stdbuf -oL sctp_status -H 127.0.0.1 -P "$PORT" -l -d 1 -x 100 || return
    wait_for has accept "$DIR/peer" || return
    $OTHERS setsid stdbuf -oL sctp_status -H 127.0.0.1 -P $((PORT + 10)) -h 127.0.0.1 -p "$PORT" -s -x 100 -c 1000 >"$DIR/out" 2>&1 &
    client=$!
    PIDS+=("$client")
    wait "$client"
    same 0 $? && wait_for has "$state" "$DIR/out" && wait_for has "(100/100)" "$DIR/peer"
    status=$?
    kill -KILL -- "-$client" "-$PEER" 2>/dev/null
    return "$status"
}
what="sctp_status shows the state of its association"
[ -z "$OTHERS" ] || what="sctp_status: its messages arrive, and its child is told that it cannot ask (userland)"
try_with sctp_status "$what" status_pair

iperf() {
    new_port
    in_background "Server listening" iperf3 --forceflush -s -1 -p "$PORT" || return
    $OTHERS timeout "$HANG" iperf3 --sctp -c 127.0.0.1 -p "$PORT" -n 3M -P 2 >"$DIR/out" 2>&1
    same 0 $? || return
    cat "$DIR/out"
    has_line "SUM.* [2-9]\.[0-9]+ MBytes .*receiver" "$DIR/out" && wait "$PEER"
}
try_with iperf3 "iperf3 --sctp moves 3 MB over two associations" iperf

gen_sctp() {
    new_port
    in_background listening escript tests/peers/gen_sctp.escript server "$PORT" || return
    $OTHERS timeout "$HANG" escript tests/peers/gen_sctp.escript client "$PORT" >"$DIR/out" 2>&1
    has "done" "$DIR/out" || return
    wait "$PEER"
    same 0 $? && same "listening comm_up on stream 0 on stream 4 comm_lost" "$(tr '\n' ' ' <"$DIR/peer" | sed 's/ $//')"
}
try_with escript "Erlang's gen_sctp: a server gets a client's message, and its abort" gen_sctp

finish
