#!/usr/bin/env bash
# Getting there: addresses, names, ports, and everything that can be wrong with them.
. "${0%/*}/lib.sh" 21400

start_server || exit 1

reaches() { # ARG...
    client "$@" <<<"[0] hello"
    same 0 "$STATUS" && has "[0] hello" "$DIR/out"
}
try "by IPv4 address" reaches 127.0.0.1
try "by IPv6 address" reaches ::1
try "by name" reaches localhost
try "from an address of ours" reaches -B 127.0.0.5 127.0.0.1
try "with a further address of the server" reaches -C 127.0.0.2 127.0.0.1
try "with long options" reaches --streams=3 --wait=5 --bind 127.0.0.1 localhost

refused() {
    client -p 21499 127.0.0.1 <<<"[0] hello"
    same 5 "$STATUS" && has "connect to 127.0.0.1 port 21499: refused; is the server running" "$DIR/err"
}
try "nobody there: refused, exit status 5" refused

# A kernel answers for a server that is stopped.
stopped() {
    kill -STOP "$SRV"
    client -w 1 127.0.0.1 </dev/null
    kill -CONT "$SRV"
    same 6 "$STATUS" && has_line "no answer in [0-9]+ s; is the server stopped or stuck, or does a firewall here drop SCTP" "$DIR/err"
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
try "host:port; with another port of -p: exit status 2" with_port "localhost:$PORT"
try "an IPv4 address with a port" with_port "127.0.0.1:$PORT"
try "an IPv6 address in brackets with a port" with_port "[::1]:$PORT"
try "an IPv6 address in brackets" reaches "[::1]"

no_unicast() {
    client "$1" </dev/null
    same 8 "$STATUS" && has "connect to $1 port $PORT: Invalid argument; it is no unicast address" "$DIR/err"
}
try "a multicast address: that it is none of one host" no_unicast ff02::1
try "nor is the address of all" no_unicast 0.0.0.0

usage() { # MESSAGE ARG...
    local message=$1
    shift
    client "$@" </dev/null
    same 2 "$STATUS" && has "$message" "$DIR/err" && is_empty "$DIR/out"
}
try "no host" usage "no host given"
try "a port of 0" usage '-p "0": not a number from 1 to 65535' -p 0 localhost
try "a port of 65536" usage '-p "65536": not a number' -p 65536 localhost
try "a port with a letter" usage '-p "98x": not a number' -p 98x localhost
try "a negative number" usage '-w "-1": not a number from 1' -w -1 localhost
try "no streams" usage '-o "0": not a number' -o 0 localhost
try "an unknown option" usage 'try "sctp_echo_cli --help"' --nonsense localhost
try "a second argument that is not echo" usage 'argument "ecco": only echo can follow' localhost ecco
try "a third argument" usage 'argument "more"' localhost echo more
try "-s without echo" usage "-s needs the argument echo" -s 3 localhost
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
try "-B with a port: exit status 4, and that it takes none" bound_with_port
try "-B of one family, the host of another" usage \
    "none of the addresses given with -B is of its family" -B 127.0.0.1 ::1

not_ours() {
    client -B 192.0.2.1 127.0.0.1 </dev/null
    same 8 "$STATUS" && has "sctp_bindx 192.0.2.1:0: Cannot assign requested address; it is not an address of this machine" \
        "$DIR/err"
}
try "-B with an address that is not ours: exit status 8" not_ours

server_fails() { # STATUS MESSAGE ARG...
    local status=$1 message=$2
    shift 2
    timeout "$HANG" "$BUILD/sctp_echo_srv" "$@" >"$DIR/out" 2>"$DIR/err" </dev/null
    same "$status" $? && has "$message" "$DIR/err"
}
try "a port in use: exit status 8, and what to do" server_fails 8 \
    "Address already in use; another program has this port: choose another port" -p "$PORT"
try "an address that is not ours" server_fails 8 "is not an address of this machine" -B 192.0.2.1
try "an argument that is neither 0 nor 1" server_fails 2 'argument "2": not a number from 0 to 1' 2
try "too many arguments" server_fails 2 'too many arguments: "0"' 1 0
try "a message size of 0" server_fails 2 '-m "0": not a number' -m 0
try "--eof together with --peeloff" server_fails 2 \
    "--eof and --peeloff exclude each other" --eof --peeloff
try "-e together with --eof" server_fails 2 "-e sends no replies" -e --eof
stop_server

start_server -B 127.0.0.1 -B 127.0.0.2 || exit 1
bound() {
    reaches 127.0.0.2 && reaches 127.0.0.1 || return
    client ::1 <<<"[0] x"
    same 5 "$STATUS" || return
    client -v 127.0.0.1 <<<"[0] hello"
    has "peer 127.0.0.1, 127.0.0.2 port $PORT" "$DIR/err"
}
try "-B twice: the server is at those two addresses and tells the client so" bound
stop_server

start_server -B ::1 -B 127.0.0.1 || exit 1
both() { reaches ::1 && reaches 127.0.0.1; }
try "-B with an address of each family" both
stop_server

finish
