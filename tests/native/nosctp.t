#!/usr/bin/env bash
# A kernel without SCTP: the first thing that most people meet.
. "${0%/*}/../lib.sh" 21800
export SCTP_STACK=kernel

# Built with the userland stack, the easiest way out is to allow it.
FIRST=
[ ! -e "$BUILD/libsctp_userland.so" ] || FIRST="SCTP_STACK=kernel forbids the userland stack: unset it, or set it to auto, to use that; "

has_sctp() { "$BUILD/sctp_echo_cli" -q -w 1 -p 21899 127.0.0.1 </dev/null 2>"$DIR/err"; [ $? != 3 ]; }

for program in sctp_echo_srv "sctp_echo_cli localhost" "sctp_ping localhost" sctp_hello_srv "sctp_hello_cli localhost"; do
    what="without SCTP ${program% *} says what is missing and what to do, exit status 3"
    if has_sctp; then
        skip "$what" "this kernel has SCTP"
        continue
    fi
    missing() {
        # shellcheck disable=SC2086 # words
        timeout "$HANG" "$BUILD"/$program -p 21899 </dev/null >"$DIR/out" 2>"$DIR/err"
        same 3 $? && has "${program% *}: no SCTP socket: $FIRST" "$DIR/err" && has "; " "$DIR/err" &&
            is_empty "$DIR/out" && is_long 1 "$DIR/err"
    }
    try "$what" missing
done

what="and sctp_ping --check gives that verdict"
check() {
    timeout "$HANG" "$BUILD/sctp_ping" --check localhost >"$DIR/out" 2>"$DIR/err"
    same 3 $? && has_line "^no SCTP here: $FIRST.*; .*$" "$DIR/out" && is_long 1 "$DIR/out"
}
if has_sctp; then skip "$what" "this kernel has SCTP"; else try "$what" check; fi
finish
