#!/usr/bin/env bash
# Other people's SCTP programs as clients of sctp_echo_srv.
. "${0%/*}/../lib.sh" 21700

start_server 0 || exit 1

# Runs a tool, and keeps its input open until its reply has come: SCTP has no half-close, so a tool
# shuts down at the end of its input.
talk() { # LINE COMMAND...
    local line=$1 pid status
    shift
    make_fifo
    $OTHERS "$@" <"$FIFO" >"$DIR/out" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    exec {fd}>"$FIFO"
    printf '%s\n' "$line" >&"$fd"
    wait_for has "$line" "$DIR/out"
    status=$?
    exec {fd}>&-
    wait "$pid"
    return "$status"
}

try_with ncat "ncat --sctp gets its lines back over IPv6" talk "hello from ncat" ncat --sctp ::1 "$PORT"
try_with socat "socat gets its lines back over IPv6" talk "hello from socat" \
    socat - "SCTP6-CONNECT:[::1]:$PORT"

# sctp_darn prints no data, but counts chunks by SCTP_GET_ASSOC_STATS; on userland, which does not have
# this option, the stack's trace shows the chunks.
darn() {
    local pid
    make_fifo
    SCTP_USERLAND_DEBUG=1 $OTHERS sctp_darn -H 127.0.0.1 -P 21790 -h 127.0.0.1 -p "$PORT" -I -s <"$FIFO" >"$DIR/out" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    exec {fd}>"$FIFO"
    echo "snd=50" >&"$fd"
    wait_for has_line "up: .* port 21790" "$DIR/srv.out" || return
    printf 'snd=%d\n' 1 1000 10000 >&"$fd"
    counted() { # 10000 bytes take seven packets of 1500
        if [ -n "$OTHERS" ]; then
            count_lines "received.* DATA" "$DIR/out"
            return $((FOUND < 10))
        fi
        echo "stats" >&"$fd"
        has_line "^Ordered data chunks received: 1[0-9]$" "$DIR/out"
    }
    wait_for counted
    status=$?
    tail -n 15 "$DIR/out"
    exec {fd}>&-
    wait "$pid"
    return "$status"
}
try_with sctp_darn "sctp_darn gets four messages back" darn

try "the server has survived these clients, and exits 0" stop_server
finish
