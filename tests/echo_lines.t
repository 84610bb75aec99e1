#!/usr/bin/env bash
# The lines that sctp_echo_cli reads, and the replies that it prints.
. "${0%/*}/lib.sh" 21000

start_server || exit 1

every_stream() {
    local typed='' replies=() n
    for n in 0 1 2 3 4 5 6 7 8 9; do
        typed+="[$n] line $n"$'\n'
        replies+=("From str:$(((n + 1) % 10)) seq:0:[$n] line $n")
    done
    client localhost <<<"${typed%?}"
    same 0 "$STATUS" && has_all "$DIR/out" "${replies[@]}"
}
try "a line on each of the streams 0 to 9 comes back on the next stream, from 9 on 0" every_stream

the_book() {
    client localhost <<<"[0] hello"
    cat "$DIR/out"
    same 0 "$STATUS" && has_line '^From str:1 seq:0 \(assoc:0x[0-9a-f]+\):\[0\] hello$' "$DIR/out"
}
try "a reply is printed as in the book" the_book

sequence() {
    printf '[4] a\n[4] b\n[7] c\n[4] d\n' | client localhost
    printf 'From str:5 seq:0:[4] a\nFrom str:5 seq:1:[4] b\nFrom str:5 seq:2:[4] d\n' >"$DIR/want"
    plain "$DIR/out" | grep str:5 >"$DIR/got"
    same_files "$DIR/want" "$DIR/got"
}
try "the sequence number counts within a stream" sequence

bad_line() { # LINE MESSAGE
    printf '[0] before\n%s\n[0] after\n' "$1" | client localhost
    same 1 "$STATUS" && has "line 2: $2" "$DIR/err" && has "[0] before" "$DIR/out" &&
        has "[0] after" "$DIR/out" && is_long 2 "$DIR/out"
}
# The message has the largest long in place of a larger number.
too_large() { bad_line "$1" "stream " && has "$OUT_OF_RANGE" "$DIR/err"; } # LINE
OUT_OF_RANGE="is out of range: this association has 10 outbound streams, 0 to 9"
try "a line without [n] is skipped with a message, the others are sent" \
    bad_line hello '"hello" has no stream number'
try "an empty line is skipped with a message" bad_line "" '"" has no stream number'
try "a line with an unclosed bracket is skipped" bad_line '[1 x' '"[1 x" has no ] after its [: write [n] text'
try "a line with [x] is skipped: it has no stream number" bad_line "[x] y" '"[x] y" has no stream number between its brackets'
try "a line with [] is skipped: it has no stream number" bad_line "[] y" '"[] y" has no stream number between its brackets'
try "a line with [-1] is skipped: it has no stream number" bad_line "[-1] y" '"[-1] y" has no stream number between its brackets'
try "[12] is beyond the negotiated streams, and the message says so" \
    bad_line "[12] y" "stream 12 $OUT_OF_RANGE"
try "with 10 streams [10] is out of range" bad_line "[10] y" "stream 10 $OUT_OF_RANGE"
try "stream [70000] is out of range, and does not wrap at 16 bits" bad_line "[70000] y" "stream 70000 $OUT_OF_RANGE"
try "stream [4294967296] is out of range, and does not wrap at 32 bits" too_large "[4294967296] y"
try "a stream number of a hundred digits is out of range" \
    too_large "[$(printf '1%.0s' {1..100})] y"
try "control characters of a bad line do not reach the terminal" \
    bad_line $'\e[31mred' '"\x1b[31mred" has no stream number'

try "a C1 control and a bidirectional override of a bad line do not reach the terminal" \
    bad_line $'\302\2331m \342\200\256x' '"<U+009B>1m <U+202E>x" has no stream number'

HOSTILE=$'[0] \e[31mred\a\r\302\2331m \342\200\256x \377 \360\237\221\251\342\200\215\360\237\222\273'
on_a_terminal() {
    printf '%s\n' "$HOSTILE" >"$DIR/in"
    script -qec "'$BUILD/sctp_echo_cli' -p $PORT localhost <$DIR/in" "$DIR/typescript" </dev/null >/dev/null
    same 0 $? && has '[0] \x1b[31mred\x07\x0d<U+009B>1m <U+202E>x \xff 👩‍💻'$'\r\n' "$DIR/typescript"
}
try_with script "a terminal gets replies escaped; emoji with joiners are not escaped" on_a_terminal

unchanged() {
    { printf '[0] '; perl -e 'print map { $_ == 10 ? "" : chr } 0 .. 255'; echo; } >"$DIR/in"
    client localhost <"$DIR/in"
    same 0 "$STATUS" && same_files "$DIR/in" <(sed '1s/^From [^)]*)://' "$DIR/out")
}
try "a file gets every byte of a reply unchanged" unchanged

too_long() {
    { echo "[0] before"; head -c 1048577 /dev/zero | tr '\0' x; echo; echo "[0] after"; } |
        client localhost
    same 1 "$STATUS" && has "line 2: too long: a line may have" "$DIR/err" &&
        has "[0] after" "$DIR/out" && is_long 2 "$DIR/out"
}
try "a line that is too long is skipped whole, the others are sent" too_long

last_line() {
    printf '[0] one\n[0] two' | client localhost
    same 0 "$STATUS" && has "[0] two" "$DIR/out"
}
try "a last line without a newline is sent" last_line

nothing() {
    client localhost </dev/null
    same 0 "$STATUS" && is_empty "$DIR/out"
}
try "a client with empty input exits 0" nothing

shortest() {
    printf '[3]\n' | client localhost
    same "From str:4 seq:0:[3]" "$(plain "$DIR/out")"
}
try "a line of only [n] is a message" shortest

utf8_and_nul() {
    printf '[2] gr\303\274\303\237e \342\202\254 \0 nul \377\n' | client localhost
    printf 'From str:3 seq:0:[2] gr\303\274\303\237e \342\202\254 \0 nul \377\n' >"$DIR/want"
    plain "$DIR/out" >"$DIR/got"
    same 0 "$STATUS" && same_files "$DIR/want" "$DIR/got"
}
try "UTF-8, NUL and bytes that are not UTF-8 come back unchanged" utf8_and_nul

on_all() {
    local replies=() n
    client localhost echo <<<hi
    for n in 0 1 2 3 4 5 6 7 8 9; do replies+=("From str:$(((n + 1) % 10)) seq:0:hi.msg.$n"); done
    same 0 "$STATUS" && has_all "$DIR/out" "${replies[@]}"
}
try "with echo a line goes on all streams, with the stream number appended and nothing else" on_all

on_some() {
    client -s 2 localhost echo <<<$'[x] any text\n'
    same 0 "$STATUS" && has_all "$DIR/out" 'From str:1 seq:0:[x] any text.msg.0' 'From str:2 seq:0:[x] any text.msg.1' \
        'From str:1 seq:1:.msg.0' 'From str:2 seq:1:.msg.1'
}
try "with echo -s sets the number of streams, and any line is sent, even an empty one" on_some

too_many() {
    client -s 10 localhost echo <<<hi
    same 0 "$STATUS" && is_long 10 "$DIR/out" || return
    client -s 11 localhost echo <<<hi
    same 2 "$STATUS" && has "-s 11 is out of range: this association has 10" "$DIR/err"
}
try "-s beyond the negotiated streams is refused" too_many

quiet() {
    client -q localhost <<<'[0] hello'
    same 0 "$STATUS" && is_empty "$DIR/out" && is_empty "$DIR/err"
}
try "-q prints nothing in a run without errors" quiet

full_disk() {
    echo '[0] hello' | "$BUILD/sctp_echo_cli" -p "$PORT" localhost >/dev/full 2>"$DIR/err"
    same 8 $? && has "write the replies: No space left on device" "$DIR/err"
}
try "replies that cannot be written are an error, exit status 8" full_disk

try "the server ends on SIGTERM with status 0" stop_server
try "the server has printed nothing but notes about the machine's settings" \
    same 0 "$(grep -vc 'sctp_echo_srv: note:' "$DIR/srv.err")"

start_server 0 || exit 1
same_stream() {
    printf '[0] a\n[9] b\n[5] c\n' | client localhost
    same 0 "$STATUS" && has "From str:0 seq:0:[0] a" <(plain "$DIR/out") &&
        has "From str:9 seq:0:[9] b" <(plain "$DIR/out") &&
        has "From str:5 seq:0:[5] c" <(plain "$DIR/out")
}
try "with argument 0 the server keeps the stream" same_stream
try "the server with argument 0 ends on SIGTERM with status 0" stop_server

finish
