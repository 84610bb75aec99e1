#!/usr/bin/env bash
# sctp_chat_srv: which members get which messages, and that members that misbehave harm no other.
. "${0%/*}/lib.sh" 22100
export SERVER=sctp_chat_srv

# Starts a member: type_in NAME gives it lines, shows NAME waits for its output.
enter() { # NAME ARG...
    # shellcheck disable=SC2086 # words
    open_terminal "$1" $CLIENT "$BUILD/sctp_chat_cli" -p "$PORT" -n "$1" "${@:2}" localhost &&
        shows "$1" "*** you are $1"
}
# The member sees another join.  If its /nick arrives late, it has joined under another name.
sees_come() { # NAME WHOM
    wait_for has_line "^\*\*\* ((.*, )?$2(,.*)? ha(s|ve) joined|.* is now $2)\$" "$DIR/$1"
}

start_server -r 0 || exit 1
together() { # MEMBERS OPTION...: each message reaches all other members once, in order
    "$BUILD/tests/members" "${@:2}" "$PORT" "$1" >"$DIR/out" 2>&1
    local status=$?
    cat "$DIR/out"
    same 0 "$status" && has "0 missing, 0 doubled, 0 disordered" "$DIR/out"
}
try "each of two members gets all messages of the other once" together 2 -k 2 -m 200
try "each of three members gets all messages of the others once" together 3 -k 3 -m 200
try "each of fifty members gets all messages of five talkers once" together 50 -k 5 -m 40
try "one message at a time reaches all fifty members" together 50 -t -m 20
try "messages of the largest size reach all members" together 5 -k 2 -m 20 -s 65536

conversation() {
    enter alice && enter bob && sees_come alice bob || return
    type_in alice "hello"
    type_in alice "[3] on three"
    type_in bob "/me waves"
    shows bob "alice: hello" && shows bob "[3] alice: on three" && shows alice "* bob waves" || return
    has_lines 0 "alice: " "$DIR/alice" && has_lines 0 "no such command" "$DIR/alice"
}
try "a line reaches the other members on its channel, and not its sender" conversation

names() {
    type_in bob "/nick alice"
    shows bob "*** the name alice is taken; you are still bob" || return
    type_in bob "/nick no:colon"
    shows bob "*** a name has no white space and no colon; you are still bob" || return
    type_in bob "/nick Zoë"
    shows bob "*** you are Zoë" && shows alice "*** bob is now Zoë" || return
    type_in bob "me again"
    shows alice "Zoë: me again"
    type_in alice "/who"
    shows alice "*** 2 here: alice Zoë"
}
try "nicknames are unique and well-formed, and can be changed" names

leaving() {
    end_terminal bob
    same 0 $? && shows alice "*** Zoë has left"
}
try "a member that leaves is announced" leaving

plain_tool() {
    theirs_ncat
    shows ncat "*** you are guest" && shows alice "has joined" || return
    printf '/nick carl\n/who\nwith two\nlines\n' >&"${IN[ncat]}"
    shows ncat "*** 2 here: alice carl" && shows alice "carl: with two" || return
    type_in alice "hello carl"
    shows ncat "alice: hello carl" && has_lines 0 "^(carl|guest[0-9]+): " "$DIR/ncat"
}
# shellcheck disable=SC2086 # words
theirs_ncat() { open_terminal ncat $OTHERS ncat --sctp 127.0.0.1 "$PORT"; }
try_with ncat "ncat can take part: it sends and receives text, and does not receive its own" plain_tool

# sctp_darn also sends the NUL at the end of its buffer, and does not print received messages.
plain_sender() {
    # shellcheck disable=SC2086 # words
    open_terminal darn $OTHERS stdbuf -oL sctp_darn -H 127.0.0.1 -P $((PORT + 40)) -h 127.0.0.1 -p "$PORT" -s
    type_in darn ""
    type_in darn "/nick darn"
    sees_come alice darn || return
    type_in darn "hello from darn"
    shows alice "darn: hello from darn" && ! has 'x00' "$DIR/alice" || return
    close_terminal darn
    shows alice "*** darn has left"
}
try_with sctp_darn "sctp_darn can take part: its messages reach the room" plain_sender

escaped() {
    printf 'bell \a escape \033[31m bad \377 turned \342\200\256 end\n' >&"${IN[alice]}"
    local shown='alice: bell \x07 escape \x1b[31m bad \xff turned <U+202E> end'
    shows ncat "$shown" || return
    printf '\033]0;title\007 from ncat\n' >&"${IN[ncat]}"
    shows alice 'carl: \x1b]0;title\x07 from ncat'
}
try_with ncat "control characters are escaped for all members, ncat included" escaped

killed() {
    enter dora && sees_come alice dora || return
    kill -KILL "${PID[dora]}"
    shows alice "*** dora has left"
}
try "a member that is killed is announced as having left" killed

junk() {
    { head -c 20000 /dev/urandom; printf '\nthe junk ends\n'; } >&"${IN[ncat]}"
    shows alice "the junk ends" || return # ncat has sent all: the next line is a message of its own
    type_in alice "still here"
    shows ncat "alice: still here"
}
try_with ncat "binary junk harms neither the server nor other members" junk
plain_quit() {
    type_in ncat "/quit"
    shows alice "*** carl has left"
}
try_with ncat "/quit sent with ncat shuts its association down" plain_quit
[ -z "${IN[ncat]-}" ] || close_terminal ncat

storm() {
    local i pids=()
    for ((i = 0; i < 12; i++)); do
        "$BUILD/sctp_chat_cli" -p "$PORT" -n "s$i" localhost <<<"storm $i" >"$DIR/storm.$i" 2>&1 &
        pids+=("$!")
        if ((i % 3 == 0)); then kill -KILL "$!"; fi
    done
    wait "${pids[@]}" 2>/dev/null
    for ((i = 0; i < 12; i++)); do
        if ((i % 3)); then wait_for has_lines 1 "^s$i: storm $i\$" "$DIR/alice" || return; fi
    done
    type_in alice "after the storm"
    enter eve && type_in eve "hello" && shows alice "eve: hello"
}
try "all messages of members that join, send one line, and leave or are killed arrive" storm

goodbye() {
    kill -TERM "$SRV"
    shows alice "*** the server is leaving" || return
    wait "$SRV"
    same 0 $?
}
try "SIGTERM: the server announces its end to its members, and exits 0" goodbye
wait "${PID[alice]}" "${PID[eve]}"

start_server -M 2 || exit 1
full() {
    enter alice && enter bob || return
    echo hello | "$BUILD/sctp_chat_cli" -p "$PORT" localhost >"$DIR/out" 2>"$DIR/err"
    same 5 $? && has "the room is full (2 members)" "$DIR/err" && end_terminal alice && end_terminal bob
}
try "-M: a member beyond the limit is refused with the reason" full
stop_server

start_server -m 1000 || exit 1
too_large() {
    enter alice || return
    { head -c 2000 /dev/zero | tr '\0' x; echo; } >&"${IN[alice]}"
    wait "${PID[alice]}"
    same 7 $? && shows alice "message larger than 1000 bytes"
}
try "a member that sends a message beyond the limit is aborted with the reason" too_large
stop_server

start_server -r 20 || exit 1
flood() {
    enter alice && enter bob && enter flo || return
    seq -f 'flood %.0f' 1 1000 >&"${IN[flo]}" # 49 s at 20 a second
    shows alice "flo: flood 1" || return
    type_in bob "in between"
    shows alice "bob: in between" || return
    sed -n '/^bob: /q; /^flo: /p' "$DIR/alice" >"$DIR/got"
    seq -f 'flo: flood %.0f' 1 "$(wc -l <"$DIR/got")" >"$DIR/want"
    same_files "$DIR/want" "$DIR/got" && (($(wc -l <"$DIR/got") < 1000))
}
try "-r: a member that floods is throttled, its messages stay in order, and others are not throttled" flood
stop_server

start_server -r 20 || exit 1
leaves_at_once() {
    enter alice && enter bob && enter flo || return
    seq -f 'more %.0f' 1 100 >&"${IN[flo]}" # 4 s at 20 a second
    end_terminal flo
    same 0 $? || return
    type_in bob "in between"
    shows alice "*** flo has left" || return
    local all line got='' want after_bob=''
    printf -v want 'flo: more %d\n' {1..100}
    mapfile -t all <"$DIR/alice"
    for line in "${all[@]}"; do
        case $line in
            'flo: more'* | *'flo has left'*) got+=$line$'\n' after_bob+=$line$'\n' ;;
            'bob: in between'*) after_bob='' ;;
        esac
    done
    same "$want*** flo has left"$'\n' "$got" && [[ $after_bob == *"flo: more 100"* ]]
}
try "the messages of a member that floods and leaves are all delivered, at the rate of -r" leaves_at_once
grows() {
    local i from long
    enter fay || return
    from=$SECONDS
    printf -v long '%08000d' 0
    for ((i = 1; i <= 16; i++)); do type_in fay "${long//0/$'\1'} $i"; done # more than 6 s at this rate
    # Searching these long lines again and again would take longer in the lab than the rest.
    wait_for has_printed alice 512000 && wait_for has 'x01 16' "$DIR/alice" || return
    ((SECONDS - from >= 5)) && end_terminal fay
}
try "-r: a message that escaping makes longer is charged for its escaped length" grows
asks_and_leaves() {
    yes /who | head -n 30 | "$BUILD/sctp_chat_cli" -p "$PORT" -n ann localhost >"$DIR/out" 2>&1
    shows alice "*** ann has left"
}
try "a member that leaves while its /who commands are delayed is removed" asks_and_leaves
stop_server

# On the kernel's stack, a member with 16 KiB delayed would get a socket of its own, and wait.
start_server -r 20 -b 10000 || exit 1
too_much() {
    enter alice && enter flo || return
    seq -f 'flood %.0f' 1 2000 >&"${IN[flo]}"
    wait "${PID[flo]}"
    same 7 $? && shows flo "you send too much too fast" &&
        shows alice "*** flo was disconnected: you send too much too fast"
}
try "a member that floods beyond -b is disconnected" too_much
commands() {
    theirs_ncat && printf 'here\n' >&"${IN[ncat]}" && shows alice ": here" || return
    seq -f '/nick a%.0f' 1 4000 >&"${IN[ncat]}"
    wait_for has_line "^\*\*\* a[0-9]+ was disconnected: you send" "$DIR/alice" || return
    count_lines " is now " "$DIR/alice"
    ((FOUND < 100))
}
try_with ncat "-r: a message of many commands is charged as many" commands
stop_server

# Members that read nothing: a stopped process, and processes that never receive.
start_server -r 0 -w 5 -b 300000 || exit 1
stopped() {
    local i long
    enter alice && enter bob && enter slow || return
    stop_process "${PID[slow]}"
    printf -v long '%05000d' 0
    for ((i = 0; i < 200; i++)); do
        type_in alice "${long//0/y} $i"
        # Wait for bob, who must not fall behind on a busy machine.
        ((i % 20 < 19)) || shows bob " $i" || return
    done
    has_lines 200 "^alice: y" "$DIR/bob" || return
    shows bob "*** slow was disconnected: " || return
    kill -CONT "${PID[slow]}"
    wait "${PID[slow]}"
    same 7 $?
}
what="a member that is stopped is disconnected, and the others miss nothing"
if [ "${SCTP_STACK-}" = kernel ]; then
    skip "$what" "the kernel acknowledges for a stopped process, and has megabytes of buffer"
else
    try "$what" stopped
fi
stop_server

# The members stay for longer than -w.  With -t each message waits for the previous one: where the machine is slow,
# lines to members that are slow as well would be dropped.
start_server -r 0 -w 2 -b 300000 || exit 1
try "several members that never read delay no other member" together 10 -S 3 -t -m 500 -s 2000 -i 8
three_disconnected() { count_lines "by this server: " "$DIR/srv.out" && ((FOUND >= 3)); }
try "the members that never read are disconnected" wait_for three_disconnected
stop_server

# A member that reads nothing also keeps its shutdown from completing, unless all that was sent to it
# had room in its receive buffer.
start_server -r 0 -w 5 || exit 1
quits_and_stays() {
    local i long
    enter alice && enter bob || return
    PEER_BUFFER=20000 open_terminal mute "$BUILD/tests/peer" "$PORT" unheard || return
    type_in mute "/nick mute"
    sees_come alice mute || return
    printf -v long '%05000d' 0
    for ((i = 0; i < 40; i++)); do type_in alice "$long"; done
    type_in alice "all of it" && shows bob "alice: all of it" || return
    type_in mute "/quit"
    pause 4 # no member is disconnected before -w
    wait_for disconnected
}
disconnected() {
    type_in alice "is it gone?"
    has_line "^\*\*\* mute (has left$|was disconnected: the send queue made no progress)" "$DIR/bob"
}
try "a member that quits and reads nothing leaves or is disconnected" quits_and_stays
stop_server

again() {
    local port
    start_server && enter alice -R || return
    port=$PORT
    kill -KILL "$SRV"
    wait "$SRV" 2>/dev/null
    PORT=$((port - 1)) start_server || return
    PORT=$port
    wait_for has_lines 2 '^\*\*\* you are alice$' "$DIR/alice" || return
    enter bob && type_in bob "hello again" && shows alice "bob: hello again" && end_terminal alice && end_terminal bob
}
try "-R: a member rejoins after the server was killed and restarted" again
stop_server

finish
