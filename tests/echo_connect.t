#!/usr/bin/env bash
# Connecting: addresses, names and ports, and the messages about wrong ones.
. "${0%/*}/lib.sh" 21400

start_server || exit 1

reaches() { # ARG...
    client "$@" <<<"[0] hello"
    same 0 "$STATUS" && has "[0] hello" "$DIR/out"
}
try "the client reaches a server by IPv4 address" reaches 127.0.0.1
try "the client reaches a server by IPv6 address" reaches ::1
try "the client reaches a server by name" reaches localhost
try "-B: the client connects from the given address" reaches -B 127.0.0.5 127.0.0.1
try "-C: the client connects to a further address of the server" reaches -C 127.0.0.2 127.0.0.1
try "the client understands long options" reaches --streams=3 --wait=5 --bind 127.0.0.1 localhost

refused() {
    client -p 21499 127.0.0.1 <<<"[0] hello"
    same 5 "$STATUS" && has "connect to 127.0.0.1 port 21499: refused; is the server running" "$DIR/err"
}
try "without a server the connection is refused, exit status 5" refused

# Only on userland: the kernel answers for a server that is stopped.
stopped() {
    stop_process "$SRV"
    client -w 1 127.0.0.1 </dev/null
    kill -CONT "$SRV"
    same 6 "$STATUS" && has_line "no answer in [0-9]+ s; is the server stopped or stuck, or does a firewall here drop SCTP over UDP; is the server running with the same SCTP_UDP_PORT as this program \(not set\)\?$" "$DIR/err"
}
[ "${SCTP_STACK-}" != userland ] || try "a server on this host that is stopped: no answer, exit status 6" stopped

unknown() {
    client no-such-host.invalid <<<"[0] hello"
    same 4 "$STATUS" && has 'host "no-such-host.invalid": ' "$DIR/err"
}
try "unknown host: exit status 4" unknown

with_port() { # HOST:PORT
    "$BUILD/sctp_echo_cli" "$1" <<<"[0] hello" >"$DIR/out" 2>"$DIR/err" && has "[0] hello" "$DIR/out" || return
    local PORT=21499
    client "$1" <<<"[0] hello"
    same 2 "$STATUS" && has "host \"$1\" has a port, and -p 21499 is another: give one of them" "$DIR/err"
}
try "host:port is accepted; together with another port of -p: exit status 2" with_port "localhost:$PORT"
try "IPv4:port is accepted; together with another port of -p: exit status 2" with_port "127.0.0.1:$PORT"
try "[IPv6]:port is accepted; together with another port of -p: exit status 2" with_port "[::1]:$PORT"
try "the client reaches a server by an IPv6 address in brackets" reaches "[::1]"

no_unicast() {
    client "$1" </dev/null
    same 8 "$STATUS" && has "connect to $1 port $PORT: Invalid argument; it is no unicast address" "$DIR/err"
}
try "a multicast address is refused" no_unicast ff02::1
try "the wildcard address is refused as a host" no_unicast 0.0.0.0

usage() { # MESSAGE ARG...
    local message=$1
    shift
    client "$@" </dev/null
    same 2 "$STATUS" && has "$message" "$DIR/err" && is_empty "$DIR/out"
}
try "no host is an error, exit status 2" usage "no host given"
try "a port of 0 is an error, exit status 2" usage '-p "0": not a number from 1 to 65535' -p 0 localhost
try "a port of 65536 is an error, exit status 2" usage '-p "65536": not a number' -p 65536 localhost
try "a port with a letter is an error, exit status 2" usage '-p "98x": not a number' -p 98x localhost
try "a negative -w is an error, exit status 2" usage '-w "-1": not a number from 1' -w -1 localhost
try "0 streams are an error, exit status 2" usage '-o "0": not a number' -o 0 localhost
try "an unknown option is an error, exit status 2" usage 'try "sctp_echo_cli --help"' --nonsense localhost
try "a second argument other than echo is an error, exit status 2" usage 'argument "ecco": only echo can follow' localhost ecco
try "a port after the host is an error, and the message says how to give it" usage \
    'argument "9877": only echo can follow the host; if it is the port, write it after -p' localhost 9877
try "a number as the host is an error, exit status 2" usage 'host "9877": write HOST, HOST:PORT' 9877
try "a third argument is an error, exit status 2" usage 'argument "more"' localhost echo more
try "-s without echo is an error, exit status 2" usage "-s needs the argument echo" -s 3 localhost
unknown_too() {
    client "$1" nowhere.invalid localhost </dev/null
    same 4 "$STATUS" && has "$1 \"nowhere.invalid\": " "$DIR/err"
}
try "-B with an unknown name: exit status 4" unknown_too -B
try "-C with an unknown name: exit status 4" unknown_too -C
bound_with_port() {
    client -B 127.0.0.1:21499 localhost </dev/null
    same 4 "$STATUS" && has '; give it without a port: 127.0.0.1' "$DIR/err"
}
try "-B with a port: exit status 4, and the message says to give it without" bound_with_port
try "-B and host of different address families are an error, exit status 2" usage \
    "none of the addresses given with -B is of its family" -B 127.0.0.1 ::1

not_ours() {
    client -B 192.0.2.1 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "sctp_bindx 192.0.2.1:0: Cannot assign requested address; it is not an address of this machine" \
        "$DIR/err"
}
try "client: -B with an address of another machine: exit status 8" not_ours

server_fails() { # STATUS MESSAGE ARG...
    local status=$1 message=$2
    shift 2
    timeout "$HANG" "$BUILD/sctp_echo_srv" "$@" >"$DIR/out" 2>"$DIR/err" </dev/null
    same "$status" $? && has "$message" "$DIR/err"
}
try "server: a port in use: exit status 8, and what to do" server_fails 8 \
    "Address already in use; another program has this port: choose another port" -p "$PORT"
try "server: -B with an address of another machine: exit status 8" server_fails 8 "is not an address of this machine" -B 192.0.2.1
try "server: an argument other than 0 or 1: exit status 2" server_fails 2 'argument "x": neither 0 nor 1' x
try "server: a port as the argument: exit status 2, and how to give it" server_fails 2 \
    'argument "9877": neither 0 nor 1; if it is the port, write it after -p' 9877
try "server: too many arguments: exit status 2" server_fails 2 'too many arguments: "0"' 1 0
try "server: a message size of 0: exit status 2" server_fails 2 '-m "0": not a number' -m 0
try "server: --eof together with --peeloff: exit status 2" server_fails 2 \
    "--eof and --peeloff exclude each other" --eof --peeloff
try "server: -e together with --eof: exit status 2" server_fails 2 "-e sends no replies" -e --eof
stop_server

start_server -B 127.0.0.1 -B 127.0.0.2 || exit 1
bound() {
    reaches 127.0.0.2 && reaches 127.0.0.1 || return
    client ::1 <<<"[0] x"
    same 5 "$STATUS" || return
    client -v 127.0.0.1 <<<"[0] hello"
    has "peer 127.0.0.1, 127.0.0.2 port $PORT" "$DIR/err"
}
try "-B twice: the server has those two addresses, and the client learns both" bound
stop_server

start_server -B ::1 -B 127.0.0.1 || exit 1
both() { reaches ::1 && reaches 127.0.0.1; }
try "server: -B takes an address of each family" both
stop_server

# In a network of its own, whose two local ports two clients hold.
no_port() {
    LAUNCH="$OWN_NETWORK $DIR/two_ports" start_server || return
    local i inside=(nsenter -t "$SRV" --preserve-credentials -U -n)
    [ "$EUID" != 0 ] || inside=(nsenter -t "$SRV" -n)
    for i in 1 2; do
        open_terminal "holds$i" "${inside[@]}" "$BUILD/tests/peer" "$PORT" silent && shows "holds$i" up || return
    done
    CLIENT="${inside[*]}" client 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "; all local ports are in use: end programs that use them, or widen" "$DIR/err" || return
    CLIENT="${inside[*]}" client -B 127.0.0.1 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "; all local ports are in use: end programs that use them, or widen" "$DIR/err" || return
    close_terminal holds1
    close_terminal holds2
    stop_server
}
OWN_NETWORK="unshare -n"
[ "$EUID" = 0 ] || OWN_NETWORK="unshare -rn"
what="without a free local port the client says so, exit status 8"
if $OWN_NETWORK true 2>/dev/null; then
    printf '%s\n' '#!/bin/sh' 'ip link set lo up' \
        'echo 9998 9999 >/proc/sys/net/ipv4/ip_local_port_range' 'exec "$@"' >"$DIR/two_ports"
    chmod +x "$DIR/two_ports"
    try "$what" no_port
else
    skip "$what" "no network namespace of its own: $OWN_NETWORK fails here"
fi

finish
