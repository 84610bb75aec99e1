#!/usr/bin/env bash
# The choice of the stack, the note about it, and what the library costs where it is not needed.
. "${0%/*}/lib.sh" 22000

nonsense() {
    SCTP_STACK=nonsense "$BUILD/sctp_echo_cli" -p "$PORT" localhost </dev/null >"$DIR/out" 2>"$DIR/err"
    same 3 $? && has "SCTP_STACK=nonsense is not a stack; set it to auto, kernel or userland" "$DIR/err" &&
        has $'\n'"sctp_echo_cli: no SCTP socket: SCTP_STACK=nonsense is none of auto, kernel and userland"$'\n' "$DIR/err" || return
    SCTP_STACK=nonsense "$BUILD/sctp_ping" -p "$PORT" --check localhost >"$DIR/out" 2>"$DIR/err"
    same 3 $? && has $'\n'"no SCTP here: SCTP_STACK=nonsense is none of auto, kernel and userland"$'\n' "$DIR/out"
}
try "an SCTP_STACK other than auto, kernel or userland is reported as the only cause" nonsense

no_function() { # NAME
    MISSING=$1 "$BUILD/tests/no_function" >"$DIR/out" 2>"$DIR/err"
    same 127 $? && is_empty "$DIR/out" &&
        has $'\n'"libsctp_userland: cannot start: the C library has no $1(); use one that has, such as glibc 2.31"$'\n' "$DIR/err"
}
if [ -z "$ASAN" ]; then
    try "a function that the C library lacks is named, exit status 127" no_function thrd_create
    try "a missing write() is named, although printing needs it" no_function write
else
    skip "a function that the C library lacks is named" "AddressSanitizer looks for its own in the same way"
fi

threads() { find "/proc/$SRV/task" -mindepth 1 -maxdepth 1 | wc -l; }

kernel() {
    unset SCTP_STACK
    VERBOSE='' start_server && same 1 "$(threads)" || return # with -v a thread writes the lines
    client localhost <<<"[0] x"
    same 0 "$STATUS" && ! has userland "$DIR/err" && ! has userland "$DIR/srv.err" &&
        ! grep -q libusrsctp "/proc/$SRV/maps" && stop_server
}

userland() {
    start_server && ! has libsctp_userland "$DIR/srv.err" &&
        grep -q libusrsctp "/proc/$SRV/maps" && stop_server
}

chosen() {
    SCTP_STACK=auto start_server || return
    has_lines 1 "note: this kernel has no SCTP; using the userland stack" "$DIR/srv.err" &&
        stop_server
}

# The lines of the dynamic linker about libusrsctp's own functions for timers and hash tables.
bindings() {
    LD_DEBUG=bindings client localhost </dev/null
    grep -a 'file [^ ]*libusrsctp.*symbol .\(sctp_os_timer_st\|sctp_handle_tick\|sctp_get_tick_count\|sctp_hashinit\)' "$DIR/err" >"$DIR/bindings"
}
same_names() {
    "$BUILD/tests/same_names" >"$DIR/out" 2>&1
    same 0 $? && holds $'hello\n' "$DIR/out"
}
own_functions() { has_lines 5 'to [^ ]*/libsctp_userland\.so ' "$DIR/bindings"; }

gone() { wait_for has_line "association .* lost: user-initiated abort: the process has ended" "$DIR/srv.out"; }
killed() { # SIGNAL
    start_client localhost
    kill -"$1" "$CLI"
    gone
}

# A client exits while its message is not acknowledged.
leaves() { # sets TOOK to the microseconds from the end of its input to its own
    local from fd
    open_terminal leaver "$BUILD/tests/peer" "$PORT" unheard && shows leaver up && stop_process "$SRV" || return
    type_in leaver "nobody reads this"
    fd=${IN[leaver]}
    unset "IN[leaver]"
    from=${EPOCHREALTIME/./}
    exec {fd}>&-
    wait_for gone_or_late "$from"
    TOOK=$((${EPOCHREALTIME/./} - from))
    kill -KILL "${PID[leaver]}"
    kill -CONT "$SRV"
    echo "it took $TOOK us"
}
gone_or_late() { is_gone "${PID[leaver]}" || ((${EPOCHREALTIME/./} - $1 > 60000000)); }
# Measured twice if need be, because a busy machine may delay the client by more than a minute.
exits() {
    local TOOK=0
    for _ in 1 2; do
        leaves && ((TOOK >= 3000000)) || return
        ((TOOK > 60000000)) || return 0
    done
    return 1
}

junk() {
    local peer
    start_client localhost || return
    peer=$(sed -n 's/^association .* up: .* port //p' "$DIR/srv.out" | tail -n 1)
    tests/tools/junk.pl "$PORT" "$peer" || return
    say "[0] hello"
    wait_for has "[0] hello" "$DIR/cli.out" && end_client
}

if [ "${SCTP_STACK-}" = kernel ]; then
    try "where the kernel has SCTP, the library starts no thread and loads no libusrsctp" kernel
else
    try "with SCTP_STACK=userland no note is printed" userland
    what="where the kernel has no SCTP, the userland stack is used, and a note is printed once"
    SCTP_STACK=kernel client localhost </dev/null
    if [ "$STATUS" = 3 ]; then try "$what" chosen; else skip "$what" "this kernel has SCTP"; fi
    what="libusrsctp calls the userland stack's functions for timers and hash tables in place of its own"
    if bindings; then try "$what" own_functions; else skip "$what" "its linker has bound it to its own"; fi
    try "a program may have functions and variables of the same names as libusrsctp" same_names
    # Without heartbeats the server sends nothing by itself.
    start_server -O peer_addr_params.flags=hb_disable || exit 1
    try_unless_emulated guardian "the peer of a process that is killed gets an ABORT" killed KILL
    try_unless_emulated guardian "the peer of a process that ends by SIGQUIT gets an ABORT" killed QUIT
    try "a process that exits waits three seconds for a peer that does not answer, and then ends" exits
    try "malformed datagrams harm no association" junk
    try "the server has survived the malformed datagrams" stop_server
fi
finish
