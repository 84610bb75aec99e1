#!/usr/bin/env bash
# The servers limit the memory that all clients together use (--memory), and their number (-M).
. "${0%/*}/lib.sh" 28400

TOO_MUCH="the server's memory limit is reached, and this client uses most of it"

# Starts a client that asks for MESSAGES replies of 20000 bytes and reads none.  Sets HOLD to its
# process id.
hold() { # MESSAGES
    : >"$DIR/held" # otherwise "sent" of the previous client would be found
    make_fifo
    PEER_BUFFER=50000 "$BUILD/tests/peer" "$PORT" hold 20000 "$1" <"$FIFO" >"$DIR/held" 2>&1 &
    HOLD=$!
    PIDS+=("$HOLD")
    exec {HOLD_FD}>"$FIFO"
    wait_for has sent "$DIR/held"
}
serves() { client -w 60 localhost <<<"[0] x"; same 0 "$STATUS" && has "[0] x" "$DIR/out"; }

start_server --memory=2000000 || exit 1
most_goes() {
    hold 60 || return
    PEER_BUFFER=50000 timeout "$HANG" "$BUILD/tests/peer" "$PORT" stuck 20000 >"$DIR/stuck" 2>&1
    has "user-initiated abort: $TOO_MUCH" "$DIR/stuck" && serves &&
        wait_for has "(by this server: $TOO_MUCH)" "$DIR/srv.out" &&
        has_lines 1 "by this server:" "$DIR/srv.out"
}
try "echo: past --memory the client whose replies take most is aborted with the reason, and no other" most_goes
again() { # the memory of each is freed: otherwise little would be left for the next
    local i
    for i in 1 2 3; do
        PEER_BUFFER=50000 timeout "$HANG" "$BUILD/tests/peer" "$PORT" stuck 20000 >"$DIR/stuck" 2>&1
        has "user-initiated abort: $TOO_MUCH" "$DIR/stuck" || return
    done
    serves && has_lines 4 "by this server: $TOO_MUCH" "$DIR/srv.out" && has_lines 4 "by this server:" "$DIR/srv.out"
}
try "echo: past --memory further clients are aborted one after the other" again
many() { # each well below the limit of a single client
    local i
    for i in 1 2 3 4 5 6; do hold 150 || return; done
    wait_for has_line "by this server: $TOO_MUCH" "$DIR/srv.out" && serves
}
try "echo: --memory limits the sum of many clients with few replies each" many
stop_server

start_server --memory=150000 || exit 1
parts() {
    peer bytes 100000 >"$DIR/out"
    has "same: 100000" "$DIR/out" || return
    peer bytes 400000 >"$DIR/out" 2>&1 # in more than two fragments of 68 KiB
    has "user-initiated abort: $TOO_MUCH" "$DIR/out" && serves
}
try "echo: received fragments of an incomplete message count towards --memory" parts
stop_server

start_server --peeloff --memory=150000 || exit 1
peeled_parts() {
    start_client localhost && say "[0] first" && wait_for has "first" "$DIR/cli.out" || return
    { printf '[0] x\n[0] '; head -c 400000 /dev/zero | tr '\0' y; echo; } | client -w 60 localhost
    same 7 "$STATUS" && has "$TOO_MUCH" "$DIR/err" &&
        say "[0] second" && wait_for has "second" "$DIR/cli.out" && end_client
}
try "echo --peeloff: incomplete messages in threads count towards --memory; other clients stay" peeled_parts
try "echo --peeloff: the server exits 0" stop_server

full() { # OPTION...
    start_server -M 2 "$@" || return
    start_client localhost && say "[0] one" && wait_for has "one" "$DIR/cli.out" || return
    hold 1 || return
    client localhost <<<"[0] x"
    [[ $STATUS =~ [57] ]] && has "the server is full (2 associations)" "$DIR/err" || return
    kill -KILL "$HOLD"
    exec {HOLD_FD}>&-
    wait_for serves || return # until the server has noticed the end of the killed client
    say "[0] two" && wait_for has "two" "$DIR/cli.out" && end_client && stop_server
}
try "echo -M: a client beyond the limit is refused with the reason" full
try "echo -M --peeloff: peeled-off associations count" full --peeloff

export SERVER=sctp_chat_srv
enter_alice() { # she shows announcements only: searching long lines again and again would take seconds in the lab
    # shellcheck disable=SC2016 # bash expands them
    open_terminal alice bash -c '"$BUILD/sctp_chat_cli" -p "$PORT" -n alice localhost | grep --line-buffered "^\*\*\*"' &&
        shows alice "*** you are alice"
}
# On the kernel's stack, a member with 16 KiB delayed would get a socket of its own, and wait.
start_server -r 1 --memory=14000 || exit 1
says_too_much() { # -r delays the messages in the server
    local long
    printf -v long '%06000d' 0
    enter_alice && open_terminal flo "$BUILD/sctp_chat_cli" -p "$PORT" -n flo localhost && shows flo "*** you are flo" || return
    for _ in {1..30}; do type_in flo "$long"; done 2>/dev/null
    shows alice "*** flo was disconnected: $TOO_MUCH" && type_in alice "/who" && shows alice "*** 1 here: alice"
}
try "chat: delayed messages count towards --memory, and their sender is disconnected" says_too_much
end_terminal alice
stop_server

start_server -r 1 --memory=1000000 -b 100000000 || exit 1
leaves() { # the senders have left before the limit is reached
    local i pids=() long
    printf -v long '%060000d' 0
    enter_alice || return
    for i in 1 2 3 4; do
        for _ in {1..6}; do printf '%s\n' "$long"; done |
            "$BUILD/sctp_chat_cli" -p "$PORT" -n "m$i" localhost >"$DIR/m$i" 2>&1 &
        pids+=("$!")
        PIDS+=("$!")
    done
    wait "${pids[@]}"
    for i in 1 2 3 4; do wait_for has_line "^\*\*\* .*m$i.* (left|disconnected)" "$DIR/alice" || return; done
    type_in alice "/who" && shows alice "here: alice"
}
try "chat: delayed messages of a member that has left count towards --memory" leaves
stop_server

# Each line, to twelve members, would need three times the memory for the send queues.
start_server --memory=2000000 || exit 1
flood() { # until the members have heard each other
    while [ ! -e "$DIR/calm" ]; do
        "$BUILD/tests/peer" "$PORT" flood 60000 5 <>"$DIR/silence"
    done >"$DIR/flood" 2>&1
}
stays() {
    local status flood
    rm -f "$DIR/calm" "$DIR/silence"
    mkfifo "$DIR/silence"
    flood & flood=$!
    PIDS+=("$flood")
    wait_for has "*** you are" "$DIR/flood" || return
    "$BUILD/tests/members" -n -k 2 -m 40 -i 50 "$PORT" 12 >"$DIR/out" 2>&1
    status=$?
    : >"$DIR/calm"
    kill "$flood" # the peer that it started ends with the server
    cat "$DIR/out"
    same 0 "$status" && has "0 missing, 0 doubled, 0 disordered" "$DIR/out" &&
        has_line "message not sent: it has 2400[0-9]+ bytes once escaped, and a line may have" "$DIR/flood"
}
try "chat: no member that reads is disconnected for lines that exceed --memory, and their sender is told" stays
stop_server

wrong() { "$BUILD/$1" --memory=0 >"$DIR/out" 2>"$DIR/err"; same 2 $? && has '"0"' "$DIR/err"; }
try "echo: --memory=0 is an error, exit status 2" wrong sctp_echo_srv
try "chat: --memory=0 is an error, exit status 2" wrong sctp_chat_srv
helps() { # COMMAND: --help shows the default, which ulimit -v lowers
    local most less
    most=$("$BUILD/$1" --help | sed -n 's/.*(default \([0-9]*\), a quarter of what.*/\1/p')
    less=$(ulimit -v 8000000; "$BUILD/$1" --help | sed -n 's/.*(default \([0-9]*\), a quarter of what.*/\1/p')
    echo "$most, $less"
    ((most > 0 && less > 0 && less <= 2048000000 && less <= most))
}
if [ -z "$ASAN" ]; then
    try "echo: --help shows the default of --memory" helps sctp_echo_srv
    try "chat: --help shows the default of --memory" helps sctp_chat_srv
fi

finish
