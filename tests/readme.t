#!/usr/bin/env bash
# The transcripts of README are what the programs print, except for ids, ports and times.
. "${0%/*}/lib.sh" 24800

# Replaces numbers that differ from run to run, and hosts, which are loopback addresses here.
plain_numbers() {
    sed -E 's/port [0-9]+/port N/g; s/association [0-9]+/association N/; s/assoc:0x[0-9a-f]+/assoc:N/;
        s/(peer|to|works:|by) (localhost|127\.0\.0\.1|::1|10\.1\.1\.2)/\1 HOST/g; s/[0-9]+\.[0-9] ms/T ms/g'
}
# Removes what the userland stack adds, as README says.
without_userlands() {
    if [ "${SCTP_STACK-}" = userland ]; then sed '/: address HOST is confirmed$/d; /: address 127.0.0.1 is confirmed$/d; s/, over UDP$//'; else cat; fi
}
# Prints what README shows after the command, up to the next command or the end of the block; without
# the lines that are typed.
mapfile -t README <README.md
shown() { # COMMAND
    local line on=
    for line in "${README[@]}"; do
        case $line in
        "    \$ $1") on=1 ;;
        '    $'* | '') on= ;;
        '    > '*) ;;
        *) [ -z "$on" ] || printf '%s\n' "${line#    }" ;;
        esac
    done | plain_numbers
}

pair() {
    start_server -v || return
    client -B 127.0.0.1 127.0.0.1 <<<$'[0] hello\n[9] wrap' && same 0 "$STATUS" || return
    wait_for has "shut down" "$DIR/srv.out" || return
    stop_server || return
    same "$(shown 'build/sctp_echo_cli localhost')" "$({ greeting && cat "$DIR/out"; } | plain_numbers)" &&
        same "$(shown 'build/sctp_echo_srv -v')" "$(plain_numbers <"$DIR/srv.out" | without_userlands)"
}
# The greeting is printed only on a terminal.
greeting() { echo "sctp_echo_cli: connected to localhost port 9877; type [n] text, for streams 0 to 9; Ctrl-D ends"; }
greeted() {
    start_server || return
    script -qec "$BUILD/sctp_echo_cli -p $PORT 127.0.0.1" /dev/null </dev/null >"$DIR/tty" 2>&1
    tr -d '\r' <"$DIR/tty" | plain_numbers >"$DIR/tty.plain"
    has "$(greeting | plain_numbers)" "$DIR/tty.plain" && stop_server
}
try "the README's echo server and client work as shown" pair
try_with script "the README shows what the client prints on a terminal" greeted

hello() {
    local srv
    "$BUILD/sctp_hello_srv" -p $((PORT + 20)) >"$DIR/hello.out" 2>&1 &
    srv=$!
    PIDS+=("$srv")
    wait_for has listening "$DIR/hello.out" || return
    "$BUILD/sctp_hello_cli" -p $((PORT + 20)) 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && kill "$srv" && same "$(shown 'build/sctp_hello_cli localhost')" "$(cat "$DIR/out")"
}
try "the README's one-to-one pair works as shown" hello

# Compares alice's output with README.  The greeting and the typed line appear only on a terminal.
chat() {
    SERVER=sctp_chat_srv VERBOSE='' start_server || return
    open_terminal bob "$BUILD/sctp_chat_cli" -p "$PORT" bob@127.0.0.1 && shows bob "you are bob" &&
        open_terminal alice "$BUILD/sctp_chat_cli" -p "$PORT" alice@127.0.0.1 && shows alice "you are alice" &&
        type_in alice "good morning" && shows bob "alice: good morning" &&
        type_in bob "[3] the tests are green" && shows alice green || return
    script -qec "$BUILD/sctp_chat_cli -p $PORT carol@127.0.0.1" /dev/null </dev/null >"$DIR/tty" 2>&1
    close_terminal bob
    {
        tr -d '\r' <"$DIR/tty" | grep -a "^sctp_chat_cli: connected"
        # on a busy machine one line tells that two have left
        grep -Ev '^\*{3} (bob|carol|guest3)(, (bob|carol))* (has|have|is) ' "$DIR/alice" | sed '/you are alice/a\[0] alice> good morning'
    } | plain_numbers >"$DIR/seen"
    close_terminal alice # only now, because it may print that it was interrupted
    sed -n '/^    \$ build\/sctp_chat_cli alice@localhost/,/^$/p' README.md | sed -n '2,$s/^    //p' | plain_numbers >"$DIR/want"
    same_files "$DIR/want" "$DIR/seen" && stop_server
}
try_with script "the README's chat works as shown" chat

# One directory has the two programs and the userland stack.
pod() {
    mkdir -p "$DIR/pod" && cp "$BUILD"/sctp_{echo_srv,ping} "$BUILD/libsctp_userland.so" "$DIR/pod" || return
    # ldd knows only the machine's own architecture
    LD_TRACE_LOADED_OBJECTS=1 "$DIR/pod/sctp_ping" >"$DIR/ldd"
    has "libsctp_userland.so => $DIR/pod/libsctp_userland.so" "$DIR/ldd" || return
    start_server -B 127.0.0.1 && "$DIR/pod/sctp_ping" --check -p "$PORT" 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has_line '^works: ' "$DIR/out" && stop_server
}
if [ -e "$BUILD/libsctp_userland.so" ]; then
    try "the programs run in the directory that the README has copied to a pod" pod
fi

with_userland() {
    # shellcheck disable=SC2086 # words
    start_server && open_terminal ncat $OTHERS ncat --sctp localhost "$PORT" && type_in ncat hello && shows ncat hello || return
    end_terminal ncat && stop_server
}
if [ "${SCTP_STACK-}" = userland ]; then
    try_with ncat "ncat runs on the userland stack as the README shows" with_userland
else
    skip "ncat runs on the userland stack as the README shows" "on the userland stack"
fi

options() {
    "$BUILD/sctp_opts" rtoinfo >"$DIR/out" 2>"$DIR/err"
    same 0 $? && same "$(shown 'build/sctp_opts rtoinfo')" "$(cat "$DIR/out")"
}
try "the README's sctp_opts prints what is shown" options

check() {
    start_server -B 127.0.0.1 || return
    "$BUILD/sctp_ping" --check -p "$PORT" 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && same "$(shown 'build/sctp_ping --check 10.1.1.2')" "$(plain_numbers <"$DIR/out" | without_userlands)" && stop_server
}
try "the README's sctp_ping --check prints what is shown" check

finish
