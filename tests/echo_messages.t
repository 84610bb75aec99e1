#!/usr/bin/env bash
# Messages of every size and kind are echoed unchanged.
. "${0%/*}/lib.sh" 21200

MAX=$((1 << 20))
start_server || exit 1

size() { # BYTES
    peer bytes "$1" 3 >"$DIR/out" && has "same: $1 bytes, stream 4" "$DIR/out"
}
try "a message of 1 byte comes back" size 1
# With an MTU of 1500 an IPv4 packet has room for 1452 bytes of data.
for n in 1451 1452 1453; do try "$n bytes, about one packet, come back" size $n; done
try "a message of 64 KiB comes back" size 65536
# A message of 68 KiB is received in one fragment, a larger one in several.
for n in 69632 69633; do try "$n bytes, about 68 KiB, come back" size $n; done
# Without root the send buffer, and so a message, is limited to twice net.core.wmem_max.
if [ "$EUID" = 0 ] || [ "$(cat /proc/sys/net/core/wmem_max)" -ge $MAX ]; then
    large() { try "$@"; }
else
    large() { skip "$1" "net.core.wmem_max is too small for a message of 1 MiB"; }
fi
large "a message of 1 MiB, the largest, comes back" size $MAX

line_of_a_mebibyte() {
    { printf '[1]'; head -c $((MAX - 3)) /dev/zero | tr '\0' m; echo; } >"$DIR/long"
    client localhost <"$DIR/long"
    same 0 "$STATUS" && same_files "$DIR/long" <(sed 's/^From [^:]*:1* *[^[]*//' "$DIR/out")
}
large "a line of 1 MiB goes through the client and back" line_of_a_mebibyte

too_large() {
    peer bytes $((MAX + 1)) >"$DIR/out"
    has "user-initiated abort: message larger than $MAX bytes" "$DIR/out" &&
        size 100 && wait_for has "by this server: message larger than" "$DIR/srv.out"
}
large "a message of 1 MiB and one byte aborts its association with the reason, and the server goes on" too_large

kinds() { # PPID FLAG WANT
    peer bytes 1000 9 "$1" ${2:+"$2"} >"$DIR/out" && has "$3" "$DIR/out"
}
try "the PPID comes back unchanged" kinds 60 "" "same: 1000 bytes, stream 0, ppid 60"
try "the largest PPID comes back unchanged" kinds 4294967295 "" "ppid 4294967295"
try "an unordered message comes back unordered" kinds 46 unordered "ppid 46, unordered"

named_ppid() { # NAME NUMBER
    client -P "$1" localhost <<<"[0] x"
    same 0 "$STATUS" && same "From str:1 seq:0 ppid:$2:[0] x" "$(plain "$DIR/out")"
}
try "-P ngap sends PPID 60" named_ppid ngap "60(ngap)"
try "-P S1AP sends PPID 18: names are accepted in any case" named_ppid S1AP "18(s1ap)"
try "-P diameter sends PPID 46" named_ppid diameter "46(diameter)"
try "-P 3 sends PPID 3, which is printed as m3ua" named_ppid 3 "3(m3ua)"
try "-P 0x12345678 sends a PPID without a name" named_ppid 0x12345678 305419896

no_ppid() {
    client -P nonsense localhost <<<"[0] x"
    same 2 "$STATUS" && has '-P "nonsense": not a PPID; give a number' "$DIR/err"
}
try "-P of an unknown name is refused" no_ppid

unordered() {
    client -U localhost <<<"[0] x"
    same 0 "$STATUS" && has "unordered:[0] x" "$DIR/out"
}
try "-U sends messages unordered" unordered

long_enough() {
    client -t 5000 localhost <<<"[0] x"
    same 0 "$STATUS" && has "[0] x" "$DIR/out"
}
try "a message whose lifetime does not expire comes back" long_enough
stop_server

start_server -m 100 || exit 1
limit() {
    size 100 && peer bytes 101 >"$DIR/out" &&
        has "user-initiated abort: message larger than 100 bytes" "$DIR/out"
}
try "-m sets the largest message, exact to the byte" limit

limit_seen() {
    { printf '[0]'; head -c 200 /dev/zero | tr '\0' y; echo; } | client localhost
    same 7 "$STATUS" && has "message larger than 100 bytes" "$DIR/err"
}
try "the client prints why it was aborted, exit status 7" limit_seen
stop_server

# A server that may not raise its receive buffer gets large messages in fragments, those of several
# clients interleaved.
LAUNCH="$LAUNCH $UNPRIVILEGED"
start_server || exit 1
interleaved() {
    local i pids=()
    for i in 1 2 3 4 5 6; do
        (
            for _ in 1 2; do peer bytes 300000 "$i" "$i"; done >"$DIR/out.$i" 2>&1
        ) &
        pids+=($!)
    done
    wait "${pids[@]}"
    for i in 1 2 3 4 5 6; do
        same 2 "$(grep -c "same: 300000 bytes, stream $((i + 1)), ppid $i" "$DIR/out.$i")" || { cat "$DIR/out.$i"; return 1; }
    done
}
try "large messages that six clients send at once come back intact" interleaved
stop_server

finish
