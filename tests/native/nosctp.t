#!/usr/bin/env bash
# A kernel without SCTP, as most machines have.
. "${0%/*}/../lib.sh" 21800
export SCTP_STACK=kernel

# The other remedy of the message is the userland stack.
OTHER="; or run it with scripts/withuserland: SCTP over UDP, on any kernel"
[ ! -e "$BUILD/libsctp_userland.so" ] || OTHER="; or unset SCTP_STACK, for SCTP over UDP"

has_sctp() { "$BUILD/sctp_echo_cli" -q -w 1 -p 21899 127.0.0.1 </dev/null 2>"$DIR/err"; [ $? != 3 ]; }

for program in sctp_echo_srv "sctp_echo_cli localhost" "sctp_ping localhost" sctp_hello_srv "sctp_hello_cli localhost"; do
    what="without SCTP ${program% *} prints what is missing and what to do, exit status 3"
    if has_sctp; then
        skip "$what" "this kernel has SCTP"
        continue
    fi
    missing() {
        # shellcheck disable=SC2086 # words
        timeout "$HANG" "$BUILD"/$program -p 21899 </dev/null >"$DIR/out" 2>"$DIR/err"
        same 3 $? && has_line "^${program% *}: no SCTP socket: .*; .*$OTHER$" "$DIR/err" &&
            is_empty "$DIR/out" && is_long 1 "$DIR/err"
    }
    try "$what" missing
done

what="without SCTP sctp_ping --check prints the verdict \"no SCTP here\", exit status 3"
check() {
    timeout "$HANG" "$BUILD/sctp_ping" --check localhost >"$DIR/out" 2>"$DIR/err"
    # As root, the host is probed as well.
    same 3 $? && has_line "^no SCTP here: .*; .*$OTHER(; .*)?$" "$DIR/out" && is_long 1 "$DIR/out"
}
if has_sctp; then skip "$what" "this kernel has SCTP"; else try "$what" check; fi

what="without SCTP sctp_ping --check prints \"no SCTP here\" although SCTP over UDP works, exit status 3; with --udp it prints \"works\""
over_udp() {
    LAUNCH="env SCTP_STACK=userland" start_server -B 127.0.0.1 || return
    env -u SCTP_STACK "$BUILD/sctp_ping" -p "$PORT" --check 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 3 $? && is_long 1 "$DIR/out" &&
        has_line "^no SCTP here: .*; over UDP it works: 127\.0\.0\.1 port $PORT, by 127\.0\.0\.1: .* ms$" "$DIR/out" || return
    "$BUILD/sctp_ping" -p "$PORT" --check --udp 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has_line '^works: .*, over UDP$' "$DIR/out" && is_empty "$DIR/err" && stop_server || return
    env -u SCTP_STACK "$BUILD/sctp_ping" -p "$PORT" --check 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 3 $? && has_line "^no SCTP here: .*; over UDP: refused: 127\.0\.0\.1 port $PORT refused.*" "$DIR/out"
}
if has_sctp; then
    skip "$what" "this kernel has SCTP"
elif [ ! -e "$BUILD/libsctp_userland.so" ]; then
    skip "$what" "built without the userland stack"
else
    try "$what" over_udp
fi

# ---- without libusrsctp -------------------------------------------------------

mkdir "$DIR/lib" && : >"$DIR/lib/libusrsctp.so.2" # an empty file cannot be loaded
unloadable() { # STACK MESSAGE
    local err=$'\n'"sctp_echo_srv: no SCTP socket: the userland stack cannot start, for the reason in its own message"
    SCTP_STACK=$1 LD_LIBRARY_PATH=$DIR/lib "$BUILD/sctp_echo_srv" -p "$PORT" >"$DIR/out" 2>"$DIR/err"
    same 3 $? && is_long 2 "$DIR/err" && has "$err$2" "$DIR/err" &&
        has_lines 1 '^libsctp_userland: cannot load the SCTP stack: .*/libusrsctp.so.2: .*; install the package libusrsctp2' "$DIR/err"
}
if [ -e "$BUILD/libsctp_userland.so" ]; then
    try "without libusrsctp one line names the missing package, and the next reports that there is no SCTP" unloadable userland $'\n'
    what="without libusrsctp the second line also says that the kernel has no SCTP"
    if has_sctp; then skip "$what" "this kernel has SCTP"; else try "$what" unloadable auto "; the kernel's stack: "; fi
else
    skip "without libusrsctp one line names the missing package" "built without the userland stack"
fi
finish
