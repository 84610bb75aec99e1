#!/usr/bin/env bash
# The one-to-one pair: each client gets the line, whatever other clients do.
. "${0%/*}/lib.sh" 28200
export SERVER=sctp_hello_srv VERBOSE=

# Runs the client.  Output in $DIR/out and err, exit status in STATUS.
hello() { # ARG...
    # shellcheck disable=SC2086 # words
    $CLIENT "$BUILD/sctp_hello_cli" -p "$PORT" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}
fails() { # STATUS MESSAGE ARG...
    hello "${@:3}"
    same "$1" "$STATUS" && has "$2" "$DIR/err" && is_empty "$DIR/out"
}

start_server || exit 1
greeted() { # ARG...
    hello "$@"
    same 0 "$STATUS" && holds $'Test Data\n' "$DIR/out" && is_empty "$DIR/err"
}
try "a client gets the line by IPv4 address" greeted 127.0.0.1
# On userland an association over ::1 also has 127.0.0.1, and may end by an ABORT while that address is
# being confirmed: see sctp_hello_srv(1), CAVEATS.  So tests that are not about addresses use IPv4.
try "a client gets the line by IPv6 address" wait_for greeted ::1
try "a client gets the line by host name" wait_for greeted localhost

at_once() {
    local i pids=() bad=0
    for ((i = 0; i < 10; i++)); do
        "$BUILD/sctp_hello_cli" -p "$PORT" 127.0.0.1 >"$DIR/out.$i" 2>&1 &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || bad=$((bad + 1)); done
    same 0 "$bad" || return
    for ((i = 0; i < 10; i++)); do holds $'Test Data\n' "$DIR/out.$i" || return; done
}
try "10 clients at once each get the line" at_once

# ---- clients that misbehave

stranger() { $OTHERS tests/tools/stranger.pl "$PORT" "$@"; }
start_stranger() { # NAME MODE...: in the background; waits until it has misbehaved
    # shellcheck disable=SC2086 # words
    open_terminal "$1" $OTHERS tests/tools/stranger.pl "$PORT" "${@:2}" && shows "$1" "done"
}

idle() {
    start_stranger idle junk 0 && greeted 127.0.0.1 || return
    kill -KILL "${PID[idle]}"
    close_terminal idle
    greeted 127.0.0.1
}
try "a client that connects, does nothing and is killed delays no other client" idle

junk_first() { # BYTES
    stranger talk "$1" >"$DIR/junk" 2>&1
    holds $'Test Data\nend\n' "$DIR/junk"
}
try "a client that sends data with its first packet gets the line" junk_first 10
try "a client that sends 1000 bytes first gets the line" junk_first 1000

stopped() {
    local status
    start_stranger stopped junk 1000 || return
    stop_process "${PID[stopped]}"
    greeted 127.0.0.1 && greeted 127.0.0.1
    status=$?
    kill -KILL "${PID[stopped]}"
    close_terminal stopped
    return "$status"
}
try "a client that sends junk, reads nothing and is stopped delays no other client" stopped

flood() {
    local pid
    stranger flood >"$DIR/flood" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    greeted 127.0.0.1 && greeted 127.0.0.1 && wait "$pid" && has "cut off" "$DIR/flood"
}
try "a client that never stops sending is disconnected" flood

aborting() {
    local i
    for i in 1 2 3; do stranger abort >"$DIR/abort" || return; done
    greeted 127.0.0.1
}
try "clients that abort at once do not harm the server" aborting

no_descriptor() {
    local pid
    prlimit --pid "$SRV" --nofile=3: || return
    "$BUILD/sctp_hello_cli" -p "$PORT" -w 5 127.0.0.1 >"$DIR/waits" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    wait_for has "accept: Too many open files; trying again each second" "$DIR/srv.err" || return
    prlimit --pid "$SRV" --nofile=100:
    wait "$pid"
    greeted 127.0.0.1 && has_lines 1 "Too many open files" "$DIR/srv.err"
}
try "a server out of descriptors reports it once, and serves again when one is free" no_descriptor

# The kernel sets an association up for a stopped process, the userland stack does not.
silence() {
    local status
    stop_process "$SRV"
    hello -w 1 127.0.0.1
    status=$STATUS
    kill -CONT "$SRV"
    cat "$DIR/err"
    same 6 "$status" && has_line "(received nothing for|no answer in) [0-9]+ s" "$DIR/err" && greeted 127.0.0.1
}
try "a stopped server: the client gives up after -w seconds, exit status 6" silence

ends() { # SIGNAL
    kill -"$1" "$SRV"
    wait "$SRV"
    same 0 $?
}
try "the server process has survived all clients; SIGTERM ends it, exit status 0" ends TERM

name="a server without /proc listens on IPv6 and IPv4"
if [ "$EUID" = 0 ]; then
    # Without it, the dynamic linker does not find the library that lies beside the program.
    printf '#!/bin/sh\nmount -t tmpfs none /proc && LD_LIBRARY_PATH=%s exec "$@"\n' "$BUILD" >"$DIR/without_proc"
    chmod +x "$DIR/without_proc"
    LAUNCH="unshare -m $DIR/without_proc" start_server || exit 1
    both() { wait_for greeted ::1 && greeted 127.0.0.1; }
    try "$name" both
    stop_server
else
    skip "$name" "only root can hide /proc"
fi

# ---- options of the server

words=$'a\033[31mb \342\200\256c'
start_server -B 127.0.0.1 -B ::1 -m "$words" || exit 1
answers() { hello "$1" && same 0 "$STATUS"; }
bound() { wait_for answers ::1 && wait_for answers 127.0.0.1 && fails 5 "refused" 127.0.0.2; }
try "-B: the server has the given addresses and no others" bound
other_words() { wait_for answers 127.0.0.1 && holds "$words"$'\n' "$DIR/out"; }
try "-m: sets the line, which arrives unchanged" other_words
on_terminal() {
    wait_for script -qec "$CLIENT $BUILD/sctp_hello_cli -p $PORT 127.0.0.1" "$DIR/typescript" </dev/null &&
        same 'a\x1b[31mb <U+202E>c' "$(tr -d '\r' <"$DIR/wait.out")"
}
try "the client escapes control characters for a terminal" on_terminal

server_fails() { # STATUS MESSAGE ARG...
    "$BUILD/sctp_hello_srv" "${@:3}" >"$DIR/out" 2>"$DIR/err" </dev/null
    same "$1" $? && has "$2" "$DIR/err"
}
try "server: a port in use: exit status 8, and what to do" server_fails 8 \
    "Address already in use; another program has this port: choose another port" -p "$PORT"
try "SIGINT ends the server, exit status 0" ends INT
try "server: an address of another machine: exit status 8" server_fails 8 "is not an address of this machine" -B 192.0.2.1
try "server: too many arguments: exit status 2" server_fails 2 'too many arguments: "x"' x
try "server: a port as the argument: exit status 2, and how to give it" server_fails 2 \
    'too many arguments: "9876"; if it is the port, write it after -p' 9876
try "server: a port of 65536: exit status 2" server_fails 2 '-p "65536": not a number from 1 to 65535' -p 65536
try "server: a port out of range: exit status 2" server_fails 2 '-p "0": not a number from 1 to 65535' -p 0

# ---- messages of the client

try "without a server the connection is refused, exit status 5" fails 5 \
    "connect to 127.0.0.1 port $PORT: refused; is the server running" 127.0.0.1
try "unknown host: exit status 4" fails 4 'host "no-such-host.invalid": ' no-such-host.invalid
try "client: no host: exit status 2" fails 2 "no host given"
try "client: a port after the host: exit status 2, and how to give it" fails 2 \
    'only one host can be given; if it is the port, write it after -p' localhost 9876
try "client: two hosts: exit status 2" fails 2 'argument "b": only one host can be given' localhost b
try "client: a port of 65536: exit status 2" fails 2 '-p "65536": not a number from 1 to 65535' -p 65536 localhost
try "client: -w 86401: exit status 2" fails 2 '-w "86401": not a number from 1 to 86400' -w 86401 localhost
try "client: -w 0: exit status 2" fails 2 '-w "0": not a number from 1' -w 0 localhost

# Starts another program as the server; it sends the lines that ${IN[server]} gets.
serve() { # PROGRAM
    new_port
    # shellcheck disable=SC2086 # words
    case $1 in
        ncat) open_terminal server $OTHERS ncat -v --sctp --send-only -l 127.0.0.1 "$PORT" ;;
        socat) open_terminal server $OTHERS socat -d -d -u - "SCTP4-LISTEN:$PORT,bind=127.0.0.1" ;;
    esac
    wait_for has_line "[Ll]istening on" "$DIR/server"
}
end_input() { # NAME
    local fd=${IN[$1]}
    unset "IN[$1]"
    exec {fd}>&-
}
line_of() { # PROGRAM
    serve "$1" && type_in server "hello from $1" && end_input server || return
    hello 127.0.0.1
    same 0 "$STATUS" && holds "hello from $1"$'\n' "$DIR/out"
}
try_with ncat "the client prints the line that ncat serves" line_of ncat
try_with socat "the client prints the line that socat serves" line_of socat

line_to() { # COMMAND...
    local status
    start_server || return
    # shellcheck disable=SC2086 # words
    open_terminal client $OTHERS "${@//PORT/$PORT}" && shows client "Test Data"
    status=$?
    close_terminal client
    greeted 127.0.0.1 && ends TERM && return "$status"
}
try_with ncat "ncat gets the line" line_to ncat --sctp 127.0.0.1 PORT
try_with socat "socat gets the line over IPv6" line_to socat - "SCTP6-CONNECT:[::1]:PORT"

silent_server() {
    new_port
    start_stranger server serve mute && fails 6 "received nothing for 4 s; does this server send first?" -w 4 127.0.0.1
}
try "a server that sends nothing: exit status 6" silent_server

lost() {
    local pid
    new_port
    start_stranger server serve abort || return
    # shellcheck disable=SC2086 # words
    alone $CLIENT "$BUILD/sctp_hello_cli" -p "$PORT" 127.0.0.1 >"$DIR/out" 2>"$DIR/err" &
    pid=$!
    PIDS+=("$pid")
    wait_for has "half a line" "$DIR/out" && end_input server || return
    wait "$pid"
    same 7 $? && has "the association was lost: Connection reset by peer; was the server killed" "$DIR/err"
}
try "a server that aborts: the received text is printed, exit status 7" lost

if [ "${SCTP_STACK-}" = userland ]; then finish; fi
too_long() {
    local was status setting=/proc/sys/net/core/wmem_default
    new_port
    was=$(cat "$setting") && echo 8192 >"$setting" || return
    server_fails 2 "-m: the text is too long: at most 8191 bytes can be sent" -p "$PORT" -m "$(printf %08192d 0)"
    status=$?
    echo "$was" >"$setting"
    return "$status"
}
if [ -w /proc/sys/net/core/wmem_default ]; then
    try "-m: a text that is larger than the send buffer is refused" too_long
else
    skip "-m: a text that is larger than the send buffer is refused" "/proc/sys/net/core/wmem_default cannot be written"
fi
finish
