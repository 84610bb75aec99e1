#!/usr/bin/env bash
# A send that fails for another reason than a full buffer or the end of the association: the client
# says so at once, with the cause, and does not wait for a reply that cannot come.
. "${0%/*}/lib.sh" 28750

start_server -B 127.0.0.1 || exit 1

TOO_LONG='Message too long; send less, raise net.core.wmem_max, or leave the option disable_fragments off'

# With these timeouts a client that waits for a reply exceeds the limit of a test.
run() { # PROGRAM ARG...
    "${WITH[@]}" "$BUILD/$1" -p "$PORT" -w 3600 "${@:2}" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}
WITH=()

no_fragments() {
    { echo '[0] before'; printf '[0] %05000d\n' 1; echo '[0] after'; } |
        run sctp_echo_cli -O disable_fragments=on 127.0.0.1
    same 1 "$STATUS" && has "sctp_echo_cli: line 2: send 5004 bytes: $TOO_LONG; the line is skipped" "$DIR/err" &&
        is_long 1 "$DIR/err" && has '[0] before' "$DIR/out" && has '[0] after' "$DIR/out"
}
try "sctp_echo_cli skips a line that cannot be sent, with the cause: exit status 1" no_fragments

ping_too_long() {
    run sctp_ping -W 3600 -s 5000 -O disable_fragments=on 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "sctp_ping: send 5000 bytes: $TOO_LONG" "$DIR/err" && has '0 sent, 0 received' "$DIR/out"
}
try "sctp_ping ends at a message that cannot be sent, with the cause: exit status 8" ping_too_long

check_too_long() {
    run sctp_ping --check -s 5000 -O disable_fragments=on 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "failure: 127.0.0.1 port $PORT: send 5000 bytes: $TOO_LONG" "$DIR/out"
}
try "sctp_ping --check: a message that cannot be sent is a local failure" check_too_long

# Errors that no option causes: strace makes the call with that number fail.  (On userland it would be
# a call of the stack.)
failing() { WITH=(strace -o "$DIR/trace" -e trace=sendmsg -e "inject=sendmsg:error=$1:when=$2"); }
try_failing() { # DESCRIPTION COMMAND...
    if [ "${SCTP_STACK-}" = userland ]; then
        skip "$1" "strace cannot tell our calls from those of the userland stack"
    else
        try_with strace "$@"
    fi
    WITH=()
}

FORBIDDEN='Permission denied; do the socket options that were set, or a firewall here, forbid it?'
echo_fails() {
    failing EACCES 2
    printf '[0] one\n[0] two\n[0] three\n' | run sctp_echo_cli 127.0.0.1
    same 8 "$STATUS" && has "sctp_echo_cli: send 7 bytes: $FORBIDDEN: " "$DIR/err" &&
        has 'input from line 2 on was not sent' "$DIR/err"
}
try_failing "sctp_echo_cli ends at another send error, and reports the unsent input: exit status 8" echo_fails

ping_fails() {
    failing EACCES 3
    run sctp_ping -W 3600 -i 0.1 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "sctp_ping: send 56 bytes: $FORBIDDEN" "$DIR/err" && has '2 sent, ' "$DIR/out"
}
try_failing "sctp_ping prints its summary when a send fails, exit status 8" ping_fails
stop_server

SERVER=sctp_chat_srv
VERBOSE=
start_server -B 127.0.0.1 || exit 1

# The client's first message is "/echo on".
chat_too_long() {
    failing EMSGSIZE 3
    printf 'one\ntwo\nthree\n' | run sctp_chat_cli 127.0.0.1
    same 1 "$STATUS" && has "sctp_chat_cli: line 2: send 3 bytes: $TOO_LONG; the line is skipped" "$DIR/err"
}
try_failing "sctp_chat_cli skips a line that is too long to be sent: exit status 1" chat_too_long

chat_fails() {
    failing EACCES "$1"
    printf 'one\ntwo\nthree\n' | run sctp_chat_cli 127.0.0.1
    same 8 "$STATUS" && has "sctp_chat_cli: send $2 bytes: $FORBIDDEN" "$DIR/err"
}
try_failing "sctp_chat_cli ends at another send error: exit status 8" chat_fails 3 3
try_failing "sctp_chat_cli ends at a send error of its first message: exit status 8" chat_fails 1 8
stop_server

finish
