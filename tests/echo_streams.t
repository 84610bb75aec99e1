#!/usr/bin/env bash
# How many streams each end has, and where the server's next stream wraps to 0.
. "${0%/*}/lib.sh" 21100

start_server -o 5 || exit 1

unequal() {
    { for n in {0..31}; do echo "[$n] x"; done; echo "[32] x"; } | client -o 32 localhost
    same 1 "$STATUS" && is_long 32 "$DIR/out" &&
        has "line 33: stream 32 is out of range: this association has 32 outbound streams, 0 to 31" \
            "$DIR/err"
}
try "a client that asks for 32 streams may use all of them" unequal

wraps_at_five() {
    for n in {0..31}; do
        echo "From str:$((n + 1 < 5 ? n + 1 : 0)):[$n] x"
    done | sort >"$DIR/want"
    plain "$DIR/out" | sed 's/ seq:[0-9]*//' | sort >"$DIR/got"
    same_files "$DIR/want" "$DIR/got"
}
try "a server with 5 streams replies on no stream beyond its fifth" wraps_at_five

one_stream() {
    client -v -o 1 localhost <<<"[3] x"
    same 1 "$STATUS" && has "stream 3 is out of range: this association has 1 outbound stream, 0 to 0; the line is skipped" "$DIR/err" &&
        has " up: 1 stream out, 5 in" "$DIR/err"
}
try "with one stream the client prints \"1 stream\", not \"1 streams\"" one_stream

try "the server prints the negotiated numbers of streams" has 'up: 5 streams out, 32 in, peer' "$DIR/srv.out"

own_count() {
    for _ in 1 2 3; do
        client -o 1 localhost <<<"[0] x"
        same 0 "$STATUS" && has_all "$DIR/out" "From str:1 seq:0:[0] x" || return
        client -o 7 localhost <<<"[4] x"
        same 0 "$STATUS" && has_all "$DIR/out" "From str:0 seq:0:[4] x" || return
    done
}
try "the next stream wraps at each association's own number of streams" own_count
stop_server

start_server -o 1 || exit 1
one_stream() {
    client -o 2 localhost <<<$'[0] a\n[1] b'
    same 0 "$STATUS" && has_all "$DIR/out" 'From str:0 seq:0:[0] a' 'From str:0 seq:1:[1] b'
}
try "a server with one stream sends everything on stream 0" one_stream
stop_server

start_server -o 3 0 || exit 1
keep_wraps() {
    client localhost <<<$'[2] a\n[3] b'
    same 0 "$STATUS" && has_all "$DIR/out" "From str:2 seq:0:[2] a" "From str:0 seq:0:[3] b"
}
try "with argument 0 a reply is on the same stream, or on 0 if the server has fewer streams" keep_wraps
stop_server

start_server || exit 1
bounded() {
    printf '[1023] a\n[1024] b\n' | client -o 65535 localhost
    same 1 "$STATUS" && has "[1023] a" "$DIR/out" && has "0 to 1023" "$DIR/err"
}
try "a client gets no more than 1024 streams from a server that has fewer itself" bounded
stop_server

start_server -o 65535 || exit 1
most() {
    printf '[65534] a\n[65535] b\n' | client -o 65535 localhost
    same 1 "$STATUS" && same "From str:0 seq:0:[65534] a" "$(plain "$DIR/out")" &&
        has "0 to 65534" "$DIR/err"
}
try "65535 streams can be requested and used" most
stop_server

finish
