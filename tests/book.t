#!/usr/bin/env bash
# The programs of book/: what they print is what book/README.md shows.
. "${0%/*}/lib.sh" 28850

# Starts a server of the book on a new port; its output goes to $DIR/srv.out.  Sets SRV.
serve() { # PROGRAM ARG...
    new_port
    export SERV_PORT=$PORT
    : >"$DIR/srv.out"
    # shellcheck disable=SC2086 # words
    alone $LAUNCH "$BUILD/book/$1" "${@:2}" >"$DIR/srv.out" 2>"$DIR/srv.err" </dev/null &
    SRV=$!
    PIDS+=("$SRV")
    wait_for listening_or_gone
    has listening "$DIR/srv.out" && return
    cat "$DIR/srv.err"
    return 1
}

# Runs a client of the book with these lines as its input, for PATIENCE seconds at most.  Output in
# $DIR/out and err, exit status in STATUS.
run() { # PROGRAM ARG... [-- LINE...]
    local program=$1 args=()
    shift
    while [ $# != 0 ] && [ "$1" != -- ]; do args+=("$1"); shift; done
    shift
    printf '%s' "${@/%/$'\n'}" >"$DIR/in"
    # shellcheck disable=SC2086 # words
    timeout "$PATIENCE" $CLIENT "$BUILD/book/$program" "${args[@]}" <"$DIR/in" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}

# SHOWN[COMMAND]: the output that book/README.md shows after "$ build/book/COMMAND".
declare -A SHOWN=()
mapfile -t README <book/README.md
command=
for line in "${README[@]}"; do
    case $line in
    '    $ build/book/'*) command=${line#*book/} SHOWN[$command]= ;;
    '    $'* | [!\ ]* | '') command= ;;
    *) [ -z "$command" ] || SHOWN[$command]+=${line#    }$'\n' ;;
    esac
done

# Sets PLAIN to the text with the README's numbers in place of those that differ between runs:
# association ids, in the order in which they appear, and ports.
plain_numbers() { # TEXT
    local rest=${1//:$SERV_PORT/:9877} ids=2
    local -A id_of=()
    rest=${rest//port $SERV_PORT/port 9877}
    [[ ! $rest =~ local\ [0-9.]+(:[0-9]+) ]] || rest=${rest//${BASH_REMATCH[1]}/:41806}
    PLAIN=
    while [[ $rest =~ (association |assoc:0x)([0-9a-f]+) ]]; do
        [ -n "${id_of[${BASH_REMATCH[2]}]-}" ] || id_of[${BASH_REMATCH[2]}]=$((ids += 1))
        PLAIN+=${rest%%"${BASH_REMATCH[0]}"*}${BASH_REMATCH[1]}${id_of[${BASH_REMATCH[2]}]}
        rest=${rest#*"${BASH_REMATCH[0]}"}
    done
    PLAIN+=$rest
}

# Succeeds if FILE is what the README shows after "$ COMMAND", without the typed lines.
shown() { # COMMAND FILE [TYPED...]
    local want=$'\n'${SHOWN[$1]-"not in the README: $1"} typed
    for typed in "${@:3}"; do
        [[ $want == *$'\n'"$typed"$'\n'* ]] || want+="not typed in the README: $typed"
        want=${want/$'\n'"$typed"$'\n'/$'\n'}
    done
    read_text "$2"
    plain_numbers "$CONTENTS"
    want=${want#$'\n'}
    same "${want%$'\n'}" "$PLAIN"
}

end_server() {
    kill "$SRV"
    wait "$SRV" 2>/dev/null
}

# ---- chapter 10 -------------------------------------------------------------

stream_echo() {
    serve streamserv && shown streamserv "$DIR/srv.out" &&
        run streamcli 127.0.0.1 -- "[0] hello" "[9] wrap" "[0] again" "[12] out" && same 0 "$STATUS" &&
        cat "$DIR/err" >>"$DIR/out" &&
        shown "streamcli 127.0.0.1" "$DIR/out" "[0] hello" "[9] wrap" "[0] again" "[12] out"
}
try "streamserv, streamcli: a line comes back on the next stream" stream_echo
all_streams() {
    run streamcli 127.0.0.1 echo -- hello && same 0 "$STATUS" && shown "streamcli 127.0.0.1 echo" "$DIR/out" hello
}
try "streamcli echo: a line is sent on all streams" all_streams
same_stream() {
    end_server
    serve streamserv 0 && run streamcli 127.0.0.1 -- "[3] hello" && same 0 "$STATUS" &&
        shown "streamcli 127.0.0.1    # client of streamserv 0" "$DIR/out" "[3] hello"
}
try "streamserv 0: a line comes back on its stream" same_stream
end_server

more_streams() {
    serve streamserv_n 20 && run streamcli 127.0.0.1 -- "[9] hello" && same 0 "$STATUS" &&
        shown "streamcli 127.0.0.1    # client of streamserv_n" "$DIR/out" "[9] hello" &&
        wait_for shown "streamserv_n 20" "$DIR/srv.out"
}
try "streamserv_n: an association has 20 streams" more_streams
end_server
default_streams() {
    serve streamserv_n && run streamcli 127.0.0.1 -- "[9] hello" && wait_for shown "streamserv_n 20" "$DIR/srv.out"
}
try "streamserv_n: 20 streams are the default" default_streams
end_server

one_reply() {
    serve eofserv && run streamcli 127.0.0.1 -- "[0] hello" "[0] again" && same 7 "$STATUS" &&
        cat "$DIR/err" >>"$DIR/out" &&
        shown "streamcli 127.0.0.1    # client of eofserv" "$DIR/out" "[0] hello" "[0] again" &&
        wait_for shown eofserv "$DIR/srv.out"
}
try "eofserv: one reply, and the association is shut down" one_reply
end_server

# ---- chapter 23 -------------------------------------------------------------

# The userland stack also reports that an address of the client is confirmed.
events() { grep -v 'is confirmed$' "$DIR/srv.out" >"$DIR/events"; shown notify "$DIR/events"; }
every_notification() {
    serve notify && run streamcli 127.0.0.1 -- "[0] hello" && same 0 "$STATUS" && has "From str:0 seq:0 " "$DIR/out" &&
        wait_for has "shut down" "$DIR/srv.out" &&
        run abortcli 127.0.0.1 "had enough" -- && same 0 "$STATUS" &&
        shown 'abortcli 127.0.0.1 "had enough"' "$DIR/out" && wait_for events
}
try "notify, abortcli: every notification is printed, with the reason of an abort" every_notification
end_server

idle() {
    serve autoclose 1 && open_terminal idle "$BUILD/book/streamcli" 127.0.0.1 && type_in idle "[0] hello" &&
        wait_for shown "autoclose 1" "$DIR/srv.out" && type_in idle "[0] again" &&
        wait_for has "ended the association" "$DIR/idle" &&
        shown "streamcli 127.0.0.1    # client of autoclose" "$DIR/idle" "[0] hello" "[0] again"
}
try "autoclose: an idle association is shut down" idle
close_terminal idle
end_server

LONG="[0] this line is longer than the forty bytes of the buffer of the server"
fragments() {
    serve partial && run streamcli 127.0.0.1 -- "$LONG" && same 0 "$STATUS" &&
        shown "streamcli 127.0.0.1    # client of partial" "$DIR/out" "$LONG" && shown partial "$DIR/srv.out"
}
try "partial: a message in fragments is echoed whole" fragments

# Messages of four associations at a time, each in 5000 fragments.
interleaved() {
    local i pid pids=()
    for i in 1 2 3 4; do
        peer bytes 200000 >"$DIR/peer.$i" 2>&1 &
        pids+=("$!")
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    for i in 1 2 3 4; do has "same: 200000 bytes" "$DIR/peer.$i" || return; done
}
# The server printed a fragment of one association between two fragments of a message of another.
has_interleaved() {
    perl -ne '($id, $more) = /^association (\d+): .*(more to come)?$/ or next;
        $found ||= $last && $last != $id; $last = /more to come/ ? $id : 0; END { exit !$found }' "$DIR/srv.out"
}
many_fragments() {
    local tries=0
    until interleaved && has_interleaved; do
        if is_gone "$SRV" || [ $((tries += 1)) = 50 ]; then
            echo "not interleaved, or not the same, after $tries tries:"
            cat "$DIR"/peer.?
            return 1
        fi
    done
}
try "partial: interleaved fragments of several associations are reassembled" many_fragments

largest() { peer bytes 262144 >"$DIR/out" && has "same: 262144 bytes" "$DIR/out"; }
try "partial: a message of 256 KiB is echoed" largest

# Sets FOUND to the number of associations whose last fragment was not the last one of its message.
incomplete() {
    FOUND=$(perl -ne '/^association (\d+): .*, (.*)/ and $of{$1} = $2;
        END { print scalar grep { $_ eq "more to come" } values %of }' "$DIR/srv.out")
}
forgotten() {
    local i pids tries=0
    until incomplete && [ "$FOUND" -gt 64 ]; do
        if [ $((tries += 1)) = 100 ]; then
            echo "only $FOUND incomplete messages"
            return 1
        fi
        pids=()
        for i in 1 2 3 4 5 6 7 8; do
            peer vanish 250000 1 >"$DIR/peer.$i" 2>&1 &
            pids+=("$!")
        done
        wait "${pids[@]}"
    done
    largest
}
what="partial: the incomplete messages of 65 associations that were aborted are forgotten"
if [ "${SCTP_STACK-}" = userland ]; then
    skip "$what" "libusrsctp marks the end of such a message"
else
    try "$what" forgotten
fi
end_server

no_order() {
    serve streamserv && run unordered 127.0.0.1 -- hello again && same 0 "$STATUS" &&
        shown "unordered 127.0.0.1" "$DIR/out" hello again
}
try "unordered: the replies are unordered" no_order

beat() { run heartbeat 127.0.0.1 500 -- && same 0 "$STATUS" && shown "heartbeat 127.0.0.1 500" "$DIR/out"; }
no_beat() { run heartbeat 127.0.0.1 0 -- && same 0 "$STATUS" && shown "heartbeat 127.0.0.1 0" "$DIR/out"; }
try "heartbeat: the interval is set" beat
try "heartbeat 0: heartbeats are disabled" no_beat
defaults() {
    run heartbeat 127.0.0.1 -- && same 0 "$STATUS" && has "every 1000 ms" "$DIR/out" && run abortcli 127.0.0.1 -- &&
        same 0 "$STATUS" && has_line "^aborted: goodbye$" "$DIR/out"
}
try "heartbeat without an interval sets 1000 ms, abortcli without a reason says goodbye" defaults
beats() {
    if [ "${SCTP_STACK-}" = userland ]; then
        count_lines "HEARTBEAT" "$DIR/beat"
    else
        snmp SctpOutCtrlChunks && FOUND=$VALUE
    fi
}
has_beaten() { beats && [ "$FOUND" -ge "$1" ]; }
regularly() {
    SCTP_USERLAND_DEBUG=1 open_terminal beat "$BUILD/book/heartbeat" 127.0.0.1 100 && shows beat "at once" && beats &&
        wait_for has_beaten $((FOUND + 5))
}
try "heartbeat: heartbeats are sent on an idle association" regularly
close_terminal beat
end_server

some_addresses() {
    serve bindx 127.0.0.1 127.0.0.2 && sed 's/127.0.0.2, 127.0.0.1/127.0.0.1, 127.0.0.2/' "$DIR/srv.out" >"$DIR/sorted" &&
        shown "bindx 127.0.0.1 127.0.0.2" "$DIR/sorted" && run streamcli 127.0.0.2 -- "[0] hello" &&
        same 0 "$STATUS" && shown "streamcli 127.0.0.2" "$DIR/out" "[0] hello" &&
        run streamcli 127.0.0.3 -- && same 8 "$STATUS" && shown "streamcli 127.0.0.3" "$DIR/err"
}
try "bindx: the association has the given addresses and no other" some_addresses
# The association also has the other addresses of this host.
both_ends() {
    run addrs 127.0.0.1 -- && same 0 "$STATUS" || return
    grep -E '^peer|^local 127' "$DIR/out" >"$DIR/loopback" && shown "addrs 127.0.0.1" "$DIR/loopback"
}
try "addrs prints the addresses of both ends, and the association of each" both_ends
end_server

own_socket() {
    serve peeloff && run streamcli 127.0.0.1 -- "[0] hello" "[1] again" && same 0 "$STATUS" &&
        shown "streamcli 127.0.0.1    # client of peeloff" "$DIR/out" "[0] hello" "[1] again" &&
        wait_for shown peeloff "$DIR/srv.out"
}
try "peeloff: each association gets a socket and a thread" own_socket
end_server

# ---- chat ---------------------------------------------------------------------

room() {
    serve chatserv && shown chatserv "$DIR/srv.out" &&
        for who in carol bob; do open_terminal "$who" "$BUILD/book/chatcli" 127.0.0.1 || return; done &&
        wait_for both_hear
}
# Repeated, because carol may not have joined when bob's first lines arrive.
both_hear() { type_in bob "good morning" && wait_for has "good morning" "$DIR/bob" && has "good morning" "$DIR/carol"; }
try "chatserv, chatcli: a line reaches all members" room

# Succeeds after five calls, a second apart, in which carol received nothing and the server slept.  A
# server that waits for a processor does not sleep, and a lost packet is retransmitted in a second.
is_silent() {
    local size state
    pause 1
    read -r _ size <"/proc/${PID[carol]}/fdinfo/1"
    read -r _ _ state _ <"/proc/$SRV/stat"
    if [ "$size" != "$HEARD" ] || [ "$state" != S ]; then QUIET=0; else QUIET=$((QUIET + 1)); fi
    HEARD=$size
    [ "$QUIET" -ge 5 ]
}
# To search hundreds of kilobytes again and again takes seconds in the lab: has_printed comes first.
silence() { # FIRST LAST: alice sends these numbers, more than the buffers take, while bob is stopped
    local HEARD=-1 QUIET=0 before
    stop_process "${PID[bob]}"
    read -r _ before <"/proc/${PID[carol]}/fdinfo/1"
    seq -f %0499.0f "$1" "$2" >&"${IN[alice]}" &
    PIDS+=("$!")
    wait_for has_printed carol $((before + 50000)) && wait_for is_silent
}
silenced() {
    local HEARD=-1 QUIET=0
    open_terminal alice "$BUILD/book/chatcli" 127.0.0.1 && silence 10001 11000 && type_in carol "anybody?" || return
    wait_for is_silent && ! has 011000 "$DIR/carol" >/dev/null && ! has "anybody?" "$DIR/carol" >/dev/null
}
try "chatserv: one stopped member blocks the room" silenced
again() {
    kill -CONT "${PID[bob]}"
    wait_for has_printed bob 500000 && wait_for has_printed carol 500000 || return
    wait_for has "anybody?" "$DIR/bob" && wait_for has "anybody?" "$DIR/carol" && wait_for has 011000 "$DIR/carol" &&
        wait_for has 011000 "$DIR/bob"
}
try "chatserv: the room goes on when the stopped member continues" again
killed() {
    silence 20001 21000 && kill -KILL "${PID[bob]}" && wait_for has_printed carol 1000000 && wait_for has 021000 "$DIR/carol"
}
try "chatserv: the room goes on when the stopped member is killed" killed
for who in alice bob carol; do close_terminal "$who"; done
end_server

chats() { # a member gets its own line back
    local status
    open_terminal one "$BUILD/book/chatcli" 127.0.0.1 && type_in one "still here" && shows one "still here"
    status=$?
    close_terminal one
    return "$status"
}
# A call that waits for buffer space of an association that is lost fails with ESRCH on Linux.
crowd_dies() {
    serve chatserv || return
    for _ in 1 2; do
        open_terminal one "$BUILD/book/chatcli" 127.0.0.1
        "$BUILD/tests/members" -N -k 10 -m 500 "$PORT" 30 >"$DIR/out" 2>&1 &
        PIDS+=("$!")
        shows one "@9 "
        kill -KILL $! "${PID[one]}"
        wait $!
        close_terminal one
        if is_gone "$SRV" || ! wait_for chats; then cat "$DIR/srv.err"; return 1; fi
    done
}
try "chatserv survives thirty members that are killed while they talk" crowd_dies
end_server

# ---- clients that the book's own servers do not survive ---------------------------

answers() { run streamcli 127.0.0.1 -- "[0] still here" && same 0 "$STATUS" && has "[0] still here" "$DIR/out"; }
yes | head -n 20 >"$DIR/lines"
ignores_SIGPIPE() {
    read_text "/proc/$SRV/status"
    [[ $CONTENTS =~ SigIgn:[[:space:]]*([0-9a-f]+) ]] && ((16#${BASH_REMATCH[1]} & 1 << 12)) && return
    echo "SIGPIPE ends the server"
    return 1
}
survives() { # PROGRAM
    local pid answers=answers args=()
    case $1 in bindx) args=(127.0.0.1) ;; chatserv) answers=chats ;; esac
    serve "$1" "${args[@]}" && ignores_SIGPIPE || return
    peer abort >"$DIR/out" 2>&1                                # 20 messages, and an ABORT
    peer unheard <"$DIR/lines" >"$DIR/out" 2>&1                # reads no reply
    run abortcli 127.0.0.1 --
    open_terminal killed "$BUILD/book/streamcli" 127.0.0.1 && type_in killed "[0] x" && shows killed "[0] x"
    kill -KILL "${PID[killed]}" 2>/dev/null
    close_terminal killed
    wait_for "$answers" && ! is_gone "$SRV" && is_empty "$DIR/srv.err"
}
refuses() { # PROGRAM BYTES
    printf '%*s\n' "$2" '' >"$DIR/in"
    client 127.0.0.1 echo -s 1 -w 60 <"$DIR/in"
    has "message too large" "$DIR/err" && is_empty "$DIR/out" &&
        if [ "$1" = chatserv ]; then chats; else answers; fi
}
for program in streamserv streamserv_n eofserv autoclose partial notify bindx peeloff chatserv; do
    try "$program survives clients that abort, leave or are killed" survives "$program"
    if [ "$program" = partial ]; then
        try "partial refuses a message of more than 256 KiB" refuses partial 300000
    else
        try "$program refuses a message that is larger than its buffer, and echoes no fragment" refuses "$program" 20000
    fi
    end_server
done

# ---- a server that aborts ----------------------------------------------------------

aborted() {
    new_port
    export SERV_PORT=$PORT
    "$BUILD/tests/peer" "$PORT" serve abort >"$DIR/peer.out" 2>&1 &
    PIDS+=("$!")
    wait_for has listening "$DIR/peer.out" && run abortcli 127.0.0.1 -- || return
    same 7 "$STATUS" && has "abortcli: association " "$DIR/err"
}
try "abortcli prints the reason when the server aborts, exit status 7" aborted

# ---- arguments ---------------------------------------------------------------------

usages() {
    local program
    for program in streamcli abortcli unordered bindx addrs heartbeat chatcli; do
        run "$program" -- && same 2 "$STATUS" && has_line "^$program: usage: $program " "$DIR/err" || return
    done
    SERV_PORT=0 run streamcli 127.0.0.1 -- && same 2 "$STATUS" && has 'SERV_PORT="0": not a number from 1 to 65535' "$DIR/err"
}
try "without its arguments a program prints its usage, exit status 2" usages

no_options() {
    run streamcli --help -- && same 2 "$STATUS" &&
        has 'streamcli: "--help": not a host; book/README.md shows how to run this program' "$DIR/err"
}
try "an option in place of the host is refused, exit status 2" no_options

wrong() {
    local command words
    for command in "streamserv 2" "streamserv -1" "streamserv 0 0" "streamserv_n 0" "streamserv_n 65536" \
        "streamserv_n 20 20" "autoclose 0" "autoclose 86401" "autoclose 1 1" "streamcli 127.0.0.1 x" \
        "streamcli 127.0.0.1 echo x" "abortcli 127.0.0.1 a b" "addrs 127.0.0.1 x" "heartbeat 127.0.0.1 3600001" \
        "heartbeat 127.0.0.1 -1" "heartbeat 127.0.0.1 1 1" "unordered 127.0.0.1 x" "chatcli 127.0.0.1 x"; do
        read -ra words <<<"$command"
        echo "$command"
        run "${words[@]}" -- && same 2 "$STATUS" && has_line "^${words[0]}: usage: ${words[0]} " "$DIR/err" || return
    done
}
try "with wrong arguments a program prints its usage, exit status 2" wrong
finish
