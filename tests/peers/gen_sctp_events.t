#!/usr/bin/env bash
# The examples of Erlang's gen_sctp(3): with one of our programs in place of one end, the other end gets
# the same events.
. "${0%/*}/../lib.sh" 23950

ERLANG=tests/peers/gen_sctp_events.escript
TEXT=$'[0] Test 0\n[5] Test 5'

# Mask what differs between runs: ports, ids, transmission sequence numbers.
masked_terms() { sed -E 's/(\{127,0,0,1\}),[0-9]+/\1,PORT/g; s/,[0-9]+,[0-9]+,[0-9]+\}\]/,TSN,TSN,ID}]/; s/,[0-9]+\}\}\}$/,ID}}}/'; }
masked_text() { sed -E 's/association [0-9]+/association ID/; s/port [0-9]+$/port PORT/; s/assoc:0x[0-9a-f]+/assoc:ID/'; }
masked_json() { sed -E 's/"(tsn|cumtsn|assoc_id)":[0-9]+/"\1":N/g; s/"(127\.0\.0\.1|\[::1\]):[0-9]+"/"\1:PORT"/g'; }

# One Erlang virtual machine runs all modes, because starting one takes longer than most of the tests.
if command -v escript >/dev/null; then
    # shellcheck disable=SC2086 # words
    open_terminal vm $OTHERS escript "$ERLANG"
fi
finished() { wait_for has $'\ndone\n' "$DIR/erl" && sed -i '$d' "$DIR/erl"; }
erlang_client() { # PORT FILE: it aborts when the server has printed its message to FILE
    rm -f "$DIR/erl"
    type_in vm "client $DIR/erl $1"
    wait_for has "Test 0" "$2" && type_in vm abort && finished
}
erlang_server() { # FILE
    new_port
    type_in vm "server $1 $PORT"
    wait_for has listening "$1"
}
ours() { printf '%s\n' "$TEXT" | client -B 127.0.0.1 -o 5 -w 1 -A"${1-}" 127.0.0.1; }

# Once masked, the lines after the first LINES of FILE equal these.
twice_the_same() { # FILE LINES MASK
    head -n "$2" "$1" | "$3" >"$DIR/first"
    tail -n +$(($2 + 1)) "$1" | "$3" >"$DIR/second"
    cat "$1"
    [ -s "$DIR/first" ] && same_files "$DIR/first" "$DIR/second"
}
lines() { wc -l <"$1"; }
lost() { has_lines "$@"; } # TIMES TEXT FILE

their_pair() {
    erlang_server "$DIR/server" && erlang_client "$PORT" "$DIR/server" && wait_for lost 1 comm_lost "$DIR/server" || return
    cat "$DIR/erl"
    sed -E 's/[0-9]+\}$/ID}/' "$DIR/erl" | tr '\n' ' ' >"$DIR/out"
    same "{sctp_assoc_change,comm_up,0,5,10,ID} ok {error,einval} ok " "$(cat "$DIR/out")"
}
try_with escript "Erlang server and client: a message on the sixth stream is refused, then the client aborts" their_pair

their_server() {
    local events
    events=$(lines "$DIR/server")
    ours "had enough"
    same 1 "$STATUS" && has "line 2: stream 5 is out of range: this association has 5 outbound streams" "$DIR/err" &&
        wait_for lost 2 comm_lost "$DIR/server" || return
    sed -i 1d "$DIR/server" # listening
    has "{sctp_assoc_change,comm_up,0,10,5," "$DIR/server" && has '<<"[0] Test 0">>' "$DIR/server" &&
        twice_the_same "$DIR/server" $((events - 1)) masked_terms
}
try_with escript "the Erlang server gets the same events from sctp_echo_cli as from the Erlang client" their_server

our_server() { # MASK LOST OPTION...
    local events
    start_server "${@:3}" && erlang_client "$PORT" "$DIR/srv.out" && wait_for lost 1 "$2" "$DIR/srv.out" || return
    events=$(lines "$DIR/srv.out")
    ours
    wait_for lost 2 "$2" "$DIR/srv.out" || return
    stop_server || return
    sed -i 1d "$DIR/srv.out"
    twice_the_same "$DIR/srv.out" $((events - 1)) "$1"
}
export VERBOSE=
try_with escript "sctp_echo_srv -e gets the same events from the Erlang client as from sctp_echo_cli" \
    our_server masked_text "lost: user-initiated abort" -e
text_is() {
    grep -v "is confirmed" "$DIR/first" >"$DIR/out"
    printf '%s\n' "association ID up: 10 streams out, 5 in, peer 127.0.0.1 port PORT" \
        "From str:0 seq:0 (assoc:ID):[0] Test 0" "association ID lost: user-initiated abort" >"$DIR/want"
    same_files "$DIR/want" "$DIR/out"
}
try_with escript "sctp_echo_srv -e prints the negotiated streams, the message on stream 0, and the abort" text_is
try_with escript "sctp_echo_srv -e -J gets the same events from the Erlang client as from sctp_echo_cli" our_server masked_json '"comm_lost","error":12' -e -J

# One Erlang socket connects to two sctp_echo_srv at once.
two() { # PORT PORT
    rm -f "$DIR/erl"
    type_in vm "two $DIR/erl $1 $2"
    finished
    cat "$DIR/erl"
    has begun "$DIR/erl"
}
both_up() {
    local status
    start_server -e && open_terminal second "$BUILD/sctp_echo_srv" -e -p $((PORT + 1)) && shows second listening &&
        two "$PORT" $((PORT + 1)) && has "$PORT comm_up 5 out 10 in" "$DIR/erl" &&
        has "$((PORT + 1)) comm_up 5 out 10 in" "$DIR/erl" &&
        wait_for has "shut down" "$DIR/srv.out" && shows second "shut down"
    status=$?
    close_terminal second
    stop_server
    new_port
    return "$status"
}
try_with escript "the Erlang client connects to two sctp_echo_srv: both associations come up" both_up

# One socket of sctp_console connects to two Erlang servers.
two_of_theirs() {
    local first
    erlang_server "$DIR/one" && first=$PORT && erlang_server "$DIR/other" || return
    printf '[0@1] to one\n[1@2] to two\n' |
        "$BUILD/sctp_console" -o 5 "127.0.0.1:$first" "127.0.0.1:$PORT" >"$DIR/out" 2>"$DIR/err"
    same 0 $? && shows one comm_up && shows one "to one" && shows one shutdown_comp &&
        shows other comm_up && shows other "to two" && shows other shutdown_comp &&
        has_lines 0 "to two" "$DIR/one" && return
    cat "$DIR/one" "$DIR/other" "$DIR/err"
    return 1
}
try_with escript "sctp_console connects to two Erlang servers: both associations come up" two_of_theirs

one_refuses() {
    local status
    start_server -e && two "$PORT" $((PORT + 1)) && has "$PORT comm_up 5 out 10 in" "$DIR/erl" &&
        has "$((PORT + 1)) cant_assoc" "$DIR/erl" && wait_for has "shut down" "$DIR/srv.out"
    status=$?
    stop_server
    new_port # skip the port that refused
    return "$status"
}
try_with escript "if one of two servers refuses, the association with the other comes up" one_refuses

finish
