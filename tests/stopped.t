#!/usr/bin/env bash
# Clients that are stopped, as by Ctrl-Z, and continued, as by fg.  On Linux this ends calls such as
# poll(2) and connect(2) with EINTR, and the clock has advanced.
. "${0%/*}/lib.sh" 28700

start_server -B 127.0.0.1 || exit 1

# ---- connecting -------------------------------------------------------------

# The server no longer answers: it is stopped or, on the kernel's stack, its packets are dropped.
fall_silent() {
    if [ "${SCTP_STACK-}" = userland ]; then stop_process "$SRV"; else tc qdisc add dev lo root netem loss 100%; fi
}
answer() {
    if [ "${SCTP_STACK-}" = userland ]; then kill -CONT "$SRV"; else tc qdisc del dev lo root; fi
}
# A client's INIT has been sent and has not been answered: an association in COOKIE-WAIT, or, on
# userland, a datagram that the server has not read.
is_connecting() {
    if [ "${SCTP_STACK-}" = userland ]; then
        has_line "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$PORT") [0-9A-F:]+ [0-9A-F]+ [0-9A-F]+:0*[1-9A-F]" /proc/net/udp
    else
        has_line "^ *[0-9a-f]+ +[0-9a-f]+ +[0-9]+ +[0-9]+ +1 .* $PORT " /proc/net/sctp/assocs
    fi
}

connecting_or_gone() { is_connecting || is_gone "$1"; } # PID

connects() { # PROGRAM ARG...
    local program=$1 pid status times=1
    shift
    fall_silent || return
    "$BUILD/$program" -p "$PORT" -w 60 "$@" </dev/null >"$DIR/out" 2>"$DIR/err" &
    pid=$!
    PIDS+=("$pid")
    while wait_for connecting_or_gone "$pid" && stop_process "$pid" && kill -CONT "$pid" && ((times-- > 0)); do :; done
    answer
    wait "$pid"
    status=$?
    cat "$DIR/out" "$DIR/err"
    same 0 "$status"
}
try_connects() { # DESCRIPTION PROGRAM ARG...
    if [ "${SCTP_STACK-}" = userland ] || { [ -n "${SCTP_LAB-}" ] && [ "$(id -u)" = 0 ]; }; then
        try "$1" connects "${@:2}"
    else
        skip "$1" "it changes the network of the host: run it in a lab"
    fi
}
try_connects "sctp_echo_cli that is stopped while it connects goes on" sctp_echo_cli 127.0.0.1
try_connects "sctp_ping that is stopped while it connects goes on" sctp_ping -c 1 127.0.0.1
try_connects "sctp_ping --check that is stopped while it connects goes on" sctp_ping --check 127.0.0.1

# ---- established --------------------------------------------------------------

# Starts a program in the background, with open input; output in $DIR/out and err.  Sets PROGRAM.
INPUT=
start() { # NAME ARG...
    [ -z "$INPUT" ] || exec {INPUT}>&- # of the previous program
    [ -p "$DIR/in" ] || mkfifo "$DIR/in"
    : >"$DIR/out"
    "$BUILD/$1" -p "$PORT" "${@:2}" <"$DIR/in" >"$DIR/out" 2>"$DIR/err" &
    PROGRAM=$!
    PIDS+=("$PROGRAM")
    exec {INPUT}>"$DIR/in"
}

# Longer than any pause of a busy machine.
STOP_MS=5000
stop_for() { stop_process "$PROGRAM" && { pause "$1" || kill -CONT "$PROGRAM"; }; } # SECONDS

# The time for which ping was stopped is no outage of the network, and not part of the round-trip time
# of a message that was outstanding.
no_outage() {
    start sctp_ping -J -i 0.05 127.0.0.1 && wait_for has '"seq":5,' "$DIR/out" || return
    stop_for "${STOP_MS%???}" || return
    wait_for has '"event":"continued"' "$DIR/out"
    local status=$?
    kill -INT "$PROGRAM" && wait "$PROGRAM"
    same "0 0" "$status $?" && perl -MJSON::PP -e '
        my $limit = shift;
        for (<STDIN>) {
            my $o = decode_json($_);
            my $ms = $o->{event} eq "summary" ? $o->{ms}{max} : $o->{ms};
            die if ($ms // 0) >= $limit || ($o->{longest_gap} // 0) >= $limit || $o->{lost};
        }' "$STOP_MS" <"$DIR/out"
}
try "sctp_ping -J that is stopped reports the stop, and neither an outage nor a long round-trip time" no_outage

for_people() {
    start sctp_ping -i 0.05 127.0.0.1 && wait_for has 'seq=5 ' "$DIR/out" || return
    stop_for "${STOP_MS%???}" || return
    wait_for has_line '^[0-9:.]{12} sctp_ping was stopped and continues' "$DIR/out"
    local status=$?
    kill -INT "$PROGRAM" && wait "$PROGRAM"
    same "0 0" "$status $?" && has '0 lost' "$DIR/out" && ! grep -E 'no replies for ([5-9]|[0-9]{2,})\.' "$DIR/out"
}
try "sctp_ping that is stopped prints the stop, and no outage" for_people

# GNU timeout sends SIGCONT after SIGTERM, in case the program is stopped.  Where both signals are
# pending at once, as here after a stop, Linux runs the handler of SIGCONT first.
terminated() { # COMMAND, before it is terminated
    start sctp_ping -J -i 0.05 127.0.0.1 && wait_for has '"seq":5,' "$DIR/out" && "$@" &&
        kill -TERM "$PROGRAM" || return
    kill -CONT "$PROGRAM" 2>/dev/null # unless it has ended by now
    wait "$PROGRAM"
    same 0 $? && has '"event":"summary"' "$DIR/out" && ! has '"event":"continued"' "$DIR/out"
}
try "sctp_ping that timeout(1) terminates does not report that it continues" terminated true
stop_program() { stop_process "$PROGRAM"; }
try "a stopped sctp_ping that timeout(1) terminates does not report that it continues" terminated stop_program

# Replies arrive while the client is stopped for longer than its timeout.  SIGCONT ends its poll(2):
# the client has to read the replies before it gives up.
stop_past_timeout() { # COMMAND, which waits until the messages are on their way
    stop_process "$SRV" && "$@" && stop_process "$PROGRAM" && kill -CONT "$SRV" && stop_for 11 || return
    wait "$PROGRAM"
    same 0 $? || { cat "$DIR/out" "$DIR/err"; false; }
}
ping_gets_replies() {
    start sctp_ping -c 30 -i 0.05 -W 10 127.0.0.1 && wait_for has 'seq=5 ' "$DIR/out" && stop_past_timeout all_sent &&
        has '30 sent, 30 received, 0 lost' "$DIR/out"
}
all_sent() { wait_for sent_30; }
sent_30() { kill -QUIT "$PROGRAM" && has '30 sent' "$DIR/out"; }
try "sctp_ping that is stopped while it waits for the last replies gets them" ping_gets_replies

echo_gets_replies() {
    start sctp_echo_cli -w 10 127.0.0.1 && echo '[0] one' >&"$INPUT" && wait_for has '[0] one' "$DIR/out" &&
        stop_past_timeout say_two && has '[0] two' "$DIR/out"
}
say_two() { echo '[0] two' >&"$INPUT"; exec {INPUT}>&-; INPUT=; wait_for in_flight; }
# The message is on its way: in the receive buffer of the server that is stopped.
in_flight() {
    if [ "${SCTP_STACK-}" = userland ]; then
        is_connecting # a datagram that the server has not read
    else
        has_line " 3 +[0-9]+ +[0-9]+ +[0-9]+ +[1-9][0-9]* .* $PORT [0-9]+ " /proc/net/sctp/assocs # RX_QUEUE
    fi
}
try "sctp_echo_cli that is stopped while it waits for the last replies gets them" echo_gets_replies
stop_server

SERVER=sctp_chat_srv
VERBOSE=
start_server -B 127.0.0.1 || exit 1
try_connects "sctp_chat_cli that is stopped while it connects goes on" sctp_chat_cli 127.0.0.1

finish
