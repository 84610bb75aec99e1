#!/usr/bin/env bash
# The pair under valgrind: no bad access, nothing uninitialised, no leak.
. "${0%/*}/lib.sh" 21900

WATCH="valgrind -q --vgdb=no --leak-check=full --suppressions=tests/valgrind.supp --error-exitcode=9"
if ! command -v valgrind >/dev/null || nm -D "$BUILD/sctp_echo_srv" | grep -q __asan_init; then
    skip "the pair under valgrind" "valgrind is not installed, or this is an ASan build"
    finish
fi

LAUNCH="$WATCH --log-file=$DIR/srv.log"
CLIENT="$WATCH --log-file=$DIR/cli.log"
start_server -m 100000 || exit 1

clean_client() {
    { seq -f '[1] %.0f' 1 100; echo "[99] x"; echo y; } | client -v -P ngap -t 5000 localhost
    cat "$DIR/cli.log"
    same 1 "$STATUS" && is_long 100 "$DIR/out"
}
try "the client is clean" clean_client

bad_company() {
    peer bytes 100000 && peer bytes 200000 && peer vanish 50000 0 && peer abort || return
    PEER_BUFFER=4096 peer hold 1000 200 </dev/null # goes with its replies unread
    peer bytes 10
}
try "the server serves clients good and bad" bad_company

clean_opts() {
    $CLIENT "$BUILD/sctp_opts" -p "$PORT" -O nodelay=on -O rtoinfo.max=70000@ localhost >"$DIR/out" 2>&1
    same 2 $? || return
    $CLIENT "$BUILD/sctp_opts" -J -p "$PORT" -O nodelay=on localhost >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_opts" >"$DIR/out"
    local status=$?
    cat "$DIR/cli.log"
    same 0 "$status"
}
try "sctp_opts is clean" clean_opts

clean_console() {
    printf '%s\n' '[1] x' /status /addrs /peers /opt '/opt rtoinfo' '/primary 192.0.2.1' '/reset 1 2' \
        '/bind 192.0.2.1' '[99] x' /help '/use 2' '/connect 127.0.0.1:1' '/abort enough' '[0] x' |
        $CLIENT "$BUILD/sctp_console" -p "$PORT" -O primary_addr=127.0.0.1 127.0.0.1 unknown.invalid >"$DIR/out" 2>&1
    local status=$?
    cat "$DIR/cli.log"
    same 1 "$status" && has 'lost: user-initiated abort' "$DIR/out"
}
try "sctp_console is clean" clean_console

clean_ping() {
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" -f -q -c 30 -S 3 -s 5000 localhost >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_ping" -p "$PORT" -J -v -c 2 -i 0.01 -O nodelay=on 127.0.0.1 >"$DIR/out" &&
        $CLIENT "$BUILD/sctp_ping" -p "$PORT" --check -w 60 -J 127.0.0.1 >"$DIR/out"
    local status=$?
    cat "$DIR/cli.log"
    same 0 "$status"
}
try "sctp_ping is clean" clean_ping

clean_server() {
    stop_server
    local status=$?
    cat "$DIR/srv.log"
    same 0 "$status"
}
try "and is clean" clean_server

start_server -e -J || exit 1
clean_events() {
    peer abort || return
    seq -f '[1] %.0f' 1 30 | client -J -w 1 localhost
    cat "$DIR/cli.log"
    same 1 "$STATUS" && wait_for has_line '"\[1\] 30"' "$DIR/srv.out" && clean_server
}
try "so are they with events and messages as JSON" clean_events
finish
