#!/usr/bin/env bash
# -t: the time before each line, and in each object of JSON.
. "${0%/*}/lib.sh" 25300

TIME='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}[+-][0-9]{2}:[0-9]{2}'

all_have() { # REGEX FILE
    same "" "$(grep -vE "$1" "$2")" && [ -s "$2" ]
}
timed() { all_have "^$TIME [^ ]" "$1"; }
# Each object has a time within a day of now.
timed_json() {
    perl -MJSON::PP -ne '$t = decode_json($_)->{time}; die "$_" unless $t && abs($t - time) < 86400' "$1" && [ -s "$1" ]
}

echo_server() { # TEXT ARG...: waits until the server has printed the text
    start_server -t "${@:2}" && start_client -w 5 127.0.0.1 && say "[0] hello" && wait_for has "$1" "$DIR/srv.out" || return
    end_client # not 0 with -e, which sends no reply
    wait_for has_line "shut down|shutdown_comp" "$DIR/srv.out" && stop_server &&
        timed_if_any "$DIR/srv.err"
}
# Notes on standard error depend on the stack and its settings.
timed_if_any() { is_empty "$1" >/dev/null || timed "$1"; }
text() { echo_server " up: " && timed "$DIR/srv.out" && has_line "^$TIME sctp_echo_srv: listening" "$DIR/srv.out"; }
try "sctp_echo_srv -t: notifications and messages have the time" text
peeled() { echo_server "a socket and a thread of its own" --peeloff && timed "$DIR/srv.out"; }
try "sctp_echo_srv -t --peeloff: the lines of threads have the time" peeled
shown() { echo_server "[0] hello" -e && timed "$DIR/srv.out"; }
try "sctp_echo_srv -t -e: received messages have the time" shown
json() { echo_server comm_up -J && timed_json "$DIR/srv.out"; }
try "sctp_echo_srv -t -J: the time is a field" json
json_peeled() { echo_server peeled_off -J --peeloff && timed_json "$DIR/srv.out"; }
try "sctp_echo_srv -t -J --peeloff: the time is a field" json_peeled
json_shows() { echo_server '"event":"message"' -J -e && timed_json "$DIR/srv.out"; }
try "sctp_echo_srv -t -J -e: the time is a field" json_shows
without() {
    start_server || return
    client -v 127.0.0.1 <<<"[0] hello"
    wait_for has "shut down" "$DIR/srv.out" && stop_server && has_lines 0 "$TIME" "$DIR/srv.out" && has_lines 0 "$TIME" "$DIR/srv.err"
}
try "sctp_echo_srv without -t prints no time" without

echo_client() {
    start_server || return
    client --time -v 127.0.0.1 <<<"[0] hello"
    same 0 "$STATUS" && timed "$DIR/out" && timed "$DIR/err" || return
    client --time -J 127.0.0.1 <<<"[0] hello"
    same 0 "$STATUS" && timed_json "$DIR/out"
}
try "sctp_echo_cli --time: replies and notifications have the time" echo_client

console() {
    open_terminal con "$BUILD/sctp_console" -t -p "$PORT" 127.0.0.1 && shows con " up: " && type_in con hello &&
        shows con "[1]: hello" && end_terminal con && timed "$DIR/con" || return
    open_terminal con "$BUILD/sctp_console" -t -J -p "$PORT" 127.0.0.1 && shows con '"comm_up"' && type_in con hello &&
        shows con '"hello"' && end_terminal con && grep '^{' "$DIR/con" >"$DIR/objects" && timed_json "$DIR/objects"
}
try "sctp_console -t: messages and events have the time" console

ping() {
    "$BUILD/sctp_ping" -t -c 2 -i 0.01 -p "$PORT" 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has_lines 2 '^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3} 56 bytes from ' "$DIR/out" && stop_server
}
try "sctp_ping -t: replies have the time of day" ping

SERVER=sctp_hello_srv VERBOSE=''
hello() { start_server -t && stop_server && timed "$DIR/srv.out"; }
try "sctp_hello_srv -t: lines have the time" hello

SERVER=sctp_chat_srv VERBOSE=-v
chat() {
    start_server -t || return
    open_terminal bob "$BUILD/sctp_chat_cli" -v -p "$PORT" bob@127.0.0.1 && shows bob "you are bob" &&
        open_terminal alice "$BUILD/sctp_chat_cli" -v --time -p "$PORT" alice@127.0.0.1 && shows alice "you are alice" &&
        type_in bob "hello" && shows alice hello || return
    close_terminal alice && close_terminal bob
    stop_server && timed "$DIR/srv.out" && timed "$DIR/alice" &&
        has_line "^$TIME bob: hello$" "$DIR/alice" && has_line "^$TIME sctp_chat_cli: association" "$DIR/alice" &&
        has_lines 0 "$TIME" "$DIR/bob"
}
try "sctp_chat_srv -t, sctp_chat_cli --time: lines and messages have the time" chat

SERVER=sctp_chat_srv VERBOSE=''
chat_json() {
    start_server -t -J || return
    open_terminal bob "$BUILD/sctp_chat_cli" -p "$PORT" bob@127.0.0.1 && shows bob "you are bob" &&
        open_terminal alice "$BUILD/sctp_chat_cli" -J -t -p "$PORT" 127.0.0.1 && shows alice "you are guest2" || return
    type_in alice "/nick alice" && shows bob alice || return
    type_in bob '[3] "quoted": text' && shows alice quoted && type_in bob "/me waves" && shows alice waves &&
        type_in alice "hi" && shows bob "alice: hi" || return
    close_terminal bob
    wait_for has '"event":"left","name":"bob"' "$DIR/srv.out" && shows alice "bob has left"
    end_terminal alice && stop_server && timed_json "$DIR/srv.out" && timed_json "$DIR/alice" || return
    has '"event":"said","name":"bob","channel":3,"text":"\"quoted\": text","assoc_id":' "$DIR/alice" &&
        has '"event":"action","name":"bob","channel":0,"text":"waves",' "$DIR/alice" &&
        has '"event":"announcement","channel":0,"text":"bob has left' "$DIR/alice" &&
        has '"event":"assoc_change","state":"comm_up"' "$DIR/alice" &&
        has_line '"event":"said","name":"bob","assoc_id":[0-9]+,"channel":3,"text":"\\"quoted\\": text"' "$DIR/srv.out" &&
        has_line '"event":"action","name":"bob","assoc_id":[0-9]+,"channel":0,"text":"waves"' "$DIR/srv.out" &&
        has_line '"event":"renamed","name":"alice","assoc_id":[0-9]+,"before":"guest2"' "$DIR/srv.out" &&
        has_lines 2 '"event":"joined"' "$DIR/srv.out" && has_lines 2 '"event":"assoc_change","state":"comm_up"' "$DIR/srv.out"
}
try "the chat with -t -J: members, messages and notifications are JSON with the time" chat_json

finish
