#!/usr/bin/env bash
# Other people's SCTP programs as clients of our server.
. "$(dirname "$0")/../lib.sh" 21700

start_server 0 || exit 1

have() { command -v "$1" >/dev/null; }

# A tool that gets its lines from us until its replies have come: at the end of its input it would
# shut down at once, because SCTP has no half-close.
talk() { # LINE COMMAND...
    local line=$1 pid status
    shift
    rm -f "$DIR/in"
    mkfifo "$DIR/in"
    $OTHERS "$@" <"$DIR/in" >"$DIR/out" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    exec {fd}>"$DIR/in"
    printf '%s\n' "$line" >&"$fd"
    wait_for grep -qF "$line" "$DIR/out"
    status=$?
    exec {fd}>&-
    wait "$pid"
    return "$status"
}

for host in 127.0.0.1 ::1; do
    if have ncat; then
        try "ncat --sctp gets its lines back from $host" talk "hello from ncat" ncat --sctp $host "$PORT"
    else
        skip "ncat --sctp gets its lines back from $host" "ncat is not installed"
    fi
done
if have socat; then
    try "socat gets its lines back over IPv4" talk "hello from socat" \
        socat - "SCTP4-CONNECT:127.0.0.1:$PORT"
    try "socat gets its lines back over IPv6" talk "hello from socat" \
        socat - "SCTP6-CONNECT:[::1]:$PORT"
else
    skip "socat gets its lines back over IPv4" "socat is not installed"
    skip "socat gets its lines back over IPv6" "socat is not installed"
fi

# sctp_darn prints no data, but counts what it gets; on userland, which has no SCTP_GET_ASSOC_STATS,
# the stack says what comes.
darn() {
    local pid
    mkfifo "$DIR/darn"
    SCTP_USERLAND_DEBUG=1 $OTHERS sctp_darn -H 127.0.0.1 -P 21790 -h 127.0.0.1 -p "$PORT" -I -s <"$DIR/darn" >"$DIR/out" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    exec {fd}>"$DIR/darn"
    echo "snd=50" >&"$fd"
    wait_for grep -q "up: .* port 21790" "$DIR/srv.out" || return
    printf 'snd=%d\n' 1 1000 10000 >&"$fd"
    counted() { # 10000 bytes take seven packets of 1500
        if [ -n "$OTHERS" ]; then
            (($(grep -c "received.* DATA" "$DIR/out") >= 10))
            return
        fi
        echo "stats" >&"$fd"
        grep -qxE "Ordered data chunks received: 1[0-9]" "$DIR/out"
    }
    wait_for counted
    status=$?
    tail -n 15 "$DIR/out"
    exec {fd}>&-
    wait "$pid"
    return "$status"
}
if have sctp_darn; then
    try "sctp_darn gets four messages back" darn
else
    skip "sctp_darn gets four messages back" "lksctp-tools is not installed"
fi

try "the server has been the same process all along" stop_server
finish
