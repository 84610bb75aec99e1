#!/usr/bin/env bash
# Other people's SCTP programs with each other, and Erlang with our server.
. "$(dirname "$0")/../lib.sh" 21750

# try, but that the program has to be there
try_with() { # PROGRAM PACKAGE DESCRIPTION COMMAND...
    if command -v "$1" >/dev/null; then
        try "${@:3}"
    else
        skip "$3" "$2 is not installed"
    fi
}

# A program in the background: waits until its output has the text.
PEER=
in_background() { # TEXT COMMAND...
    $OTHERS "${@:2}" >"$DIR/peer" 2>&1 &
    PEER=$!
    PIDS+=("$PEER")
    wait_for grep -q "$1" "$DIR/peer"
}

supported() { $OTHERS checksctp 2>&1 | grep -qx "SCTP supported"; }
try_with checksctp lksctp-tools "checksctp finds SCTP supported" supported

sctp_test_pair() {
    new_port
    in_background "listen" sctp_test -H 127.0.0.1 -P "$PORT" -l || return
    $OTHERS timeout 30 sctp_test -H 127.0.0.1 -P $((PORT + 10)) -h 127.0.0.1 -p "$PORT" -s -x 3 -c 2 >"$DIR/out" 2>&1
    same 0 $? && wait_for grep -q "SNDRCV(stream" "$DIR/peer" && kill "$PEER"
}
try_with sctp_test lksctp-tools "sctp_test sends to sctp_test" sctp_test_pair

iperf() {
    new_port
    in_background "Server listening" iperf3 --forceflush -s -1 -p "$PORT" || return
    $OTHERS timeout 30 iperf3 --sctp -c 127.0.0.1 -p "$PORT" -n 3M -P 2 >"$DIR/out" 2>&1
    same 0 $? || return
    cat "$DIR/out"
    grep -qE "SUM.* [2-9]\.[0-9]+ MBytes .*receiver" "$DIR/out" && wait "$PEER"
}
try_with iperf3 iperf3 "iperf3 --sctp moves 3 MB over two associations" iperf

gen_sctp() {
    new_port
    in_background listening escript tests/peers/gen_sctp.escript server "$PORT" || return
    $OTHERS timeout 30 escript tests/peers/gen_sctp.escript client "$PORT" >"$DIR/out" 2>&1
    same 0 $? && has "done" "$DIR/out" || return
    wait "$PEER"
    same 0 $? && same "listening comm_up on stream 0 on stream 4 lost" "$(tr '\n' ' ' <"$DIR/peer" | sed 's/ $//')"
}
try_with escript erlang-base "Erlang's gen_sctp: a server gets what a client sends, and that it aborts" gen_sctp

erlang_echo() {
    start_server || return
    $OTHERS timeout 30 escript tests/peers/gen_sctp.escript echo "$PORT" >"$DIR/out" 2>&1
    same 0 $? && same "back on stream 4" "$(cat "$DIR/out")" && stop_server
}
try_with escript erlang-base "gen_sctp has its words echoed by our server" erlang_echo
finish
