#!/usr/bin/env bash
# The chat when members send more than the server can deliver: those that send most are limited, and
# the messages of all others are delivered.
. "${0%/*}/lib.sh" 22400
export SERVER=sctp_chat_srv

# net.sctp.sndbuf_policy: one send buffer for all associations (0, the default), or one for each (1, as
# always on userland).
POLICIES="0 1"
[ "${SCTP_STACK-}" = kernel ] || POLICIES=1
start_room() { # POLICY ARG...
    [ "${SCTP_STACK-}" != kernel ] || sysctl -qw "net.sctp.sndbuf_policy=$1" || return
    start_server "${@:2}"
}

# Clients that abort, one after the other, in mid-message and after messages, until $DIR/calm exists.
come_and_go() {
    while [ ! -e "$DIR/calm" ]; do
        "$BUILD/tests/peer" "$PORT" vanish 60000 20
        "$BUILD/tests/peer" "$PORT" abort
    done >/dev/null 2>&1
}
# Floods until $DIR/calm exists; reconnects when the server disconnects it.
flood() {
    while [ ! -e "$DIR/calm" ]; do
        "$BUILD/tests/peer" "$PORT" flood 5000 200 <>"$DIR/silence"
    done >>"$DIR/flood" 2>&1
}
innocents() { # twelve members that read, two of which send
    local pids=() status
    : >"$DIR/flood"
    rm -f "$DIR/calm"
    flood & pids+=("$!")
    come_and_go & pids+=("$!")
    PIDS+=("${pids[@]}")
    wait_for has up "$DIR/flood" || return
    "$BUILD/tests/members" -n -k 2 -m 30 -i 50 "$PORT" 12 >"$DIR/out" 2>&1
    status=$?
    : >"$DIR/calm"
    kill "${pids[@]}" # the peers that they started end with the server
    cat "$DIR/out"
    same 0 "$status" && has "0 missing, 0 doubled, 0 disordered" "$DIR/out"
}
for policy in $POLICIES; do
    start_room "$policy" -b 500000 || exit 1
    try "a member that reads is never disconnected, however much others send (sndbuf_policy $policy)" innocents
    if [ "${SCTP_STACK-}" = kernel ]; then
        try "a member that sends more than the room can deliver gets a socket of its own (sndbuf_policy $policy)" has_line "^association [0-9]+ has a socket of its own" "$DIR/srv.out"
    else
        try "a member that sends more than the room can deliver is told how many messages were refused" has_line "of your messages (was|were) not sent" "$DIR/flood"
    fi
    stop_server
done

# A member that reads nothing, and whose own messages are held back: its list of members waits for room.
# Its messages arrive while the server is stopped, so that it gets a socket of its own before -w is over.
deaf() {
    rm -f "$DIR/out" "$DIR/deaf" # of the round before
    "$BUILD/tests/members" -n -k 2 -m 1000 -i 100 "$PORT" 5 >"$DIR/out" 2>&1 & PIDS+=("$!")
    wait_for has "5 joined" "$DIR/out" || return
    yes "/who"$'\n'"$(printf '%0900d' 0)" | head -n 10000 >"$DIR/asks"
    stop_process "$SRV" || return
    PEER_BUFFER=4096 "$BUILD/tests/peer" "$PORT" unheard <"$DIR/asks" >"$DIR/deaf" 2>&1 & PIDS+=("$!")
    wait_for has "sent 200" "$DIR/deaf" || return
    kill -CONT "$SRV"
    wait_for has_line "^association [0-9]+ has a socket of its own" "$DIR/srv.out" &&
        wait_for has "by this server: the send queue made no progress for 6 s" "$DIR/srv.out"
}
if [ "${SCTP_STACK-}" = kernel ]; then
    for policy in $POLICIES; do
        start_room "$policy" -b 40000 -w 6 || exit 1
        try "a member with a socket of its own that does not read is disconnected (sndbuf_policy $policy)" deaf
        stop_server
    done
else
    skip "a member with a socket of its own that does not read is disconnected" "userland gives no socket"
fi

# Starts a client and waits until it has joined.
enter() { # NAME
    # shellcheck disable=SC2086 # words
    open_terminal "$1" $CLIENT "$BUILD/sctp_chat_cli" -p "$PORT" -n "$1" 127.0.0.1 && shows "$1" "*** you are $1"
}
none_disconnected() {
    type_in alice "still here" && shows bob "alice: still here" &&
        has_lines 0 "by this server: (the message|too many messages|messages)" "$DIR/srv.out"
}
# A third member sends BYTES control characters; escaped, they are four times as long.
mumble() { # BYTES
    enter alice && enter bob || return
    open_terminal mute "$BUILD/tests/peer" "$PORT" flood "$1" 1 && shows mute "*** you are"
}
refused() { # BYTES
    mumble "$1" && shows mute "*** message not sent: it has $((4 * $1 + 9)) bytes once escaped" &&
        none_disconnected
}
LAUNCH=$UNPRIVILEGED start_room 0 -m 131072 -b 300000 || exit 1
try "a message that grows too long for -b is refused, and its sender told why" refused 120000
close_terminal mute
stop_server
warns() { has "a message of more than" "$DIR/srv.err"; }
if [ "${SCTP_STACK-}" = kernel ]; then
    LAUNCH=$UNPRIVILEGED start_room 1 -m 131072 || exit 1
    try "the server warns at its start if the send buffer limits -m" warns
    try "a message that grows too long for the send buffer is refused" refused 120000
    close_terminal mute
    stop_server
    start_room 1 -m 1048576 || exit 1
    warns_not() { has_lines 0 "a message of more than" "$DIR/srv.err"; }
    try "-b and the send buffer grow with -m" warns_not
    stop_server
fi

# A member on a slow link, and one that sends more than that link carries.  At the speed of the link,
# alice's lines would take several minutes.
creeps() {
    enter alice && enter bob || return
    open_terminal link tests/tools/slow_link.pl 127.0.0.2 "$PORT" 1000 && shows link linked || return
    PEER_HOST=127.0.0.2 open_terminal slow "$BUILD/tests/peer" "$PORT" flood 1 0 && shows slow "*** you are" || return
    type_in link slow && shows link slow || return
    open_terminal flood "$BUILD/tests/peer" "$PORT" flood 100 200 &&
        wait_for has_line "of your messages (was|were) not sent" "$DIR/flood" || return
    local i
    for ((i = 1; i <= 360; i++)); do printf '%01000d\n' "$i"; done >&"${IN[alice]}"
    shows bob "alice: $(printf '%01000d' 360)" && has_lines 0 "by this server" "$DIR/srv.out"
}
catches_up() {
    close_terminal flood
    type_in link fast && wait_for has_line "messages? for you (was|were) dropped: too many messages are waiting" "$DIR/slow" || return
    type_in alice "all here?"
    shows bob "alice: all here?" && has_lines 360 'alice: 0' "$DIR/bob" && has_lines 0 "by this server" "$DIR/srv.out"
}
if [ "${SCTP_STACK-}" = kernel ]; then
    skip "a member on a slow link delays the others by at most -w" "the relay that makes the link slow carries UDP only"
else
    start_server -B 127.0.0.1 -b 400000 -w 12 -r 0 || exit 1
    try "a member on a slow link delays the others by at most -w" creeps
    try "the member on a slow link, once it has caught up, is told how much it missed, and stays" catches_up
    for name in alice bob slow link; do close_terminal "$name"; done
    stop_server
fi

# A send queue of -b bytes has no room for two answers.
who() {
    "$BUILD/tests/members" -n -m 1000 -i 100 "$PORT" 100 >"$DIR/out" 2>&1 &
    local members=$!
    PIDS+=("$members")
    wait_for has "100 joined" "$DIR/out" || return
    # shellcheck disable=SC2086 # words
    open_terminal ncat $OTHERS ncat --sctp 127.0.0.1 "$PORT" && shows ncat "*** you are" || return
    printf '/who\n%.0s' 1 2 3 4 >"$DIR/asks"
    cat "$DIR/asks" >&"${IN[ncat]}" # in one message
    wait_for has_lines 4 '^\*\*\* 101 here: ' "$DIR/ncat" || return
    kill "$members"
}
start_room 1 -b 1500 || exit 1
try_with ncat "/who four times in a row is answered even if the answers exceed -b" who
stop_server

finish
