#!/usr/bin/env bash
# Programs that know nothing of SCTP, with its sockets in place of TCP's.
. "${0%/*}/../lib.sh" 25450

if [ "${SCTP_STACK-}" = kernel ]; then
    echo "1..0 # skip only the userland stack has this"
    exit
fi
if [ -n "$ASAN" ]; then
    skip "TCP's programs over SCTP" "curl does not start with AddressSanitizer's library"
    finish
fi
export SCTP_STACK=userland
FROM_TCP="${OTHERS:-scripts/withuserland} --from-tcp"

# Starts a server, and waits until its first line matches.
serve() { # REGEX PROGRAM ARG...
    local regex=$1
    shift
    # shellcheck disable=SC2086 # words
    $FROM_TCP "$@" </dev/null >"$DIR/tcp.out" 2>&1 &
    SERVER=$!
    PIDS+=("$SERVER")
    wait_for has_line "$regex" "$DIR/tcp.out"
}
stop() { kill "${1--TERM}" "$SERVER" && wait_for is_gone "$SERVER"; }
# shellcheck disable=SC2086 # words
with() { timeout $HANG $FROM_TCP "$@"; }

no_tcp() { # PORT: nothing listens there for TCP
    ! timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null
}

web() {
    mkdir -p "$DIR/www" && head -c 1000000 "$BUILD/libsctp_userland.so" >"$DIR/www/file" || return
    serve "Serving HTTP" python3 -u -m http.server -d "$DIR/www" --bind 127.0.0.1 "$PORT" &&
        with curl -sS -o "$DIR/got" "http://127.0.0.1:$PORT/file" && cmp "$DIR/got" "$DIR/www/file" &&
        no_tcp "$PORT" && stop
}
mqtt() {
    printf 'listener %d 127.0.0.1\nallow_anonymous true\nuser root\n' $((PORT + 1)) >"$DIR/mosquitto.conf"
    serve "mosquitto version .* running" mosquitto -c "$DIR/mosquitto.conf" || return
    with curl -sS -N "mqtt://127.0.0.1:$((PORT + 1))/room" >"$DIR/mqtt" 2>"$DIR/mqtt.err" &
    local subscriber=$!
    PIDS+=("$subscriber")
    wait_for published || return
    kill "$subscriber" 2>/dev/null
    stop
}
# Until the subscription is there, what is published is lost.
published() {
    with curl -sS -d "hello" "mqtt://127.0.0.1:$((PORT + 1))/room" && grep -aq hello "$DIR/mqtt"
}
three() {
    serve "Server listening" iperf3 -s -1 -p $((PORT + 2)) --forceflush &&
        with iperf3 -c 127.0.0.1 -p $((PORT + 2)) -n 2M >"$DIR/out" && cat "$DIR/out" &&
        has_line '2.00 MBytes .* sender' "$DIR/out" && wait_for is_gone "$SERVER"
}
# iperf announces that it listens before it does.
measured() {
    with iperf -c 127.0.0.1 -p $((PORT + 3)) -n 2M >"$DIR/out" 2>&1
    has_line '2.0[0-9]* MBytes' "$DIR/out"
}
two() {
    serve "Server listening" iperf -s -p $((PORT + 3)) && wait_for measured && stop -KILL
}
redis() {
    serve "eady to accept connections" redis-server --port $((PORT + 4)) --bind 127.0.0.1 --save "" --dir "$DIR" || return
    same OK "$(with redis-cli -p $((PORT + 4)) set name "of a key")" &&
        same "of a key" "$(with redis-cli -p $((PORT + 4)) get name)" && no_tcp $((PORT + 4)) && stop
}

what="curl gets a large file from python's http.server over SCTP"
if command -v python3 >/dev/null; then try_with curl "$what" web; else skip "$what" "python3 is not installed"; fi
try_with "curl mosquitto" "curl gets a message that it has published by mosquitto, over SCTP" mqtt
try_with iperf3 "iperf3 measures SCTP as if it was TCP" three
try_with iperf "iperf measures SCTP as if it was TCP" two
try_with "redis-server redis-cli" "redis keeps a value over SCTP" redis
finish
