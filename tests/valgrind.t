#!/usr/bin/env bash
# The programs under valgrind: no invalid access, no uninitialised value, no leak.
. "${0%/*}/lib.sh" 21900
exec </dev/null # all_programs opens it again, which fails on the terminal of another user, as after su(1)

if ! command -v valgrind >/dev/null || nm -D "$BUILD/sctp_echo_srv" | grep -q __asan_init; then
    skip "the programs under valgrind" "valgrind is not installed, or this is an ASan build"
    finish
fi

# One valgrind runs all programs, because it takes a second to start in the lab:
# tests/valgrind/all_programs.c forks them.  $DIR/log has what valgrind reports.  Without "chase" it
# translates less code that never runs.
make_fifo
ASK=$FIFO
make_fifo
valgrind -q --vgdb=no --vex-guest-chase=no --leak-check=full --suppressions=tests/valgrind.supp --error-exitcode=9 \
    --log-file="$DIR/log" "$BUILD/tests/all_programs" <"$ASK" >"$FIFO" 2>"$DIR/all.err" &
ALL=$!
PIDS+=("$ALL")
exec {ASK_FD}>"$ASK" {ANSWER_FD}<"$FIFO"
ask() { # LINE: the answer in ANSWER
    printf '%s\n' "$*" >&"$ASK_FD" && read -ru "$ANSWER_FD" ANSWER && return
    cat "$DIR/all.err" "$DIR/log"
    return 1
}
forked() { # PROGRAM ARG...
    ask run "$BASHPID" "${1##*/}" "${@:2}" && return "$ANSWER"
}
clean() { # EXPECTED STATUS: the program ended with this status, and valgrind reported nothing
    cat "$DIR/log"
    same "$1" "$2" && is_empty "$DIR/log"
}

CLIENT=forked
start_server() {
    new_port
    : >"$DIR/srv.out"
    ask start "$BASHPID" sctp_echo_srv -v -p "$PORT" "$@" >"$DIR/srv.out" 2>"$DIR/srv.err" </dev/null || return
    SRV=$ANSWER
    PIDS+=("$SRV")
    wait_for has listening "$DIR/srv.out" && return
    cat "$DIR/srv.err" "$DIR/log"
    return 1
}
stop_server() { kill -TERM "$SRV" && ask wait "$SRV" && return "$ANSWER"; }

start_server -m 100000 || exit 1

clean_client() {
    { seq -f '[1] %.0f' 1 30; printf '[2] %090000d\n' 0; echo "[99] x"; echo y; } | client -v -P ngap -t 5000 localhost
    clean 1 "$STATUS" && is_long 31 "$DIR/out"
}
try "valgrind finds no error in sctp_echo_cli" clean_client

bad_company() {
    peer bytes 100000 && peer bytes 200000 && peer vanish 50000 0 && peer abort || return
    PEER_BUFFER=4096 peer hold 1000 200 </dev/null # ends with its replies unread
    peer bytes 10
}
try "the server under valgrind serves good and bad clients" bad_company

clean_opts() {
    $CLIENT "$BUILD/sctp_opts" -p "$PORT" -n nodelay -O nodelay=on -O rtoinfo.max=70000@ localhost >"$DIR/out" 2>&1
    same 2 $? || return
    $CLIENT "$BUILD/sctp_opts" -J -p "$PORT" -O nodelay=on localhost >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_opts" >"$DIR/out"
    clean 0 $?
}
try "valgrind finds no error in sctp_opts" clean_opts

clean_console() {
    local long
    printf -v long '%090000d' 0
    printf '%s\n' '[1] x' "[2] $long" /status /addrs /peers /opt '/opt rtoinfo' '/primary 192.0.2.1' '/reset 1 2' \
        '/bind 192.0.2.1' '[99] x' /help '/use 2' '/connect 127.0.0.1:1' '/abort enough' '[0] x' |
        $CLIENT "$BUILD/sctp_console" -p "$PORT" -O primary_addr=127.0.0.1 127.0.0.1 unknown.invalid >"$DIR/out" 2>&1
    clean 1 $? && has 'lost: user-initiated abort' "$DIR/out"
}
try "valgrind finds no error in sctp_console" clean_console

clean_ping() {
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" -f -q -c 9 -S 3 -s 5000 localhost >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_ping" -p "$PORT" -J -v -c 2 -i 0.01 -O nodelay=on 127.0.0.1 >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_ping" -p "$PORT" --connect -c 2 -i 0.01 127.0.0.1 >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_ping" -p "$PORT" --heartbeat -c 2 -i 0.01 127.0.0.1 >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_ping" -p "$PORT" --check --paths given -w 60 -J 127.0.0.1 >"$DIR/out"
    clean 0 $?
}
try "valgrind finds no error in sctp_ping" clean_ping

clean_server() {
    stop_server
    clean 0 $?
}
try "valgrind finds no error in sctp_echo_srv" clean_server

start_server -e -J || exit 1
clean_events() {
    peer abort || return
    seq -f '[1] %.0f' 1 12 | client -J -w 1 localhost
    clean 1 "$STATUS" && wait_for has_line '"\[1\] 12"' "$DIR/srv.out" && clean_server
}
try "valgrind finds no error in client and server with -J" clean_events

watched() {
    forked mistake
    same 9 $? && has "depends on uninitialised value" "$DIR/log"
}
try "valgrind finds an error that is made on purpose in a forked program" watched
finish
