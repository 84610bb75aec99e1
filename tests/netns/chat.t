#!/usr/bin/env bash
# Chat members that the network cuts off: one no longer answers heartbeats, one restarts its
# association from the same port.
. "${0%/*}/../lib.sh" 24450
. tests/netns/two_hosts.sh

SERVER=sctp_chat_srv
enter() { # NAME HOST
    open_terminal "$1" "$ON_HOST" "$2" "$BUILD/sctp_chat_cli" -p "$PORT" -n "$1" 10.1.1.2 && shows "$1" "*** you are $1"
}
rita() { # starts a client with a fixed port
    open_terminal "$1" "$ON_HOST" a PEER_HOST=10.1.1.2 PEER_BIND=10.1.1.1 PEER_PORT=$((PORT + 30)) \
        "$BUILD/tests/peer" "$PORT" unheard
}
begins() { has_line " $((PORT + 30)) *$PORT " "/proc/${PID[rita2]}/net/sctp/assocs"; }
restarts() {
    on_a sysctl -qw net.sctp.max_init_retransmits=1000
    on_b sysctl -qw net.sctp.association_max_retrans=1000 # so that b does not give rita up on a slow machine
    start_server && enter alice b || return
    rita rita && shows rita up && type_in rita "/nick rita" && shows alice "*** rita has joined" || return
    # The cut links drop rita's ABORT.  They are mended when the INIT of the new association has been
    # sent: before, a packet of the server to the old one would be answered by an ABORT.
    cut_links 1 2 && kill -KILL "${PID[rita]}" && wait_for is_gone "${PID[rita]}" && rita rita2 &&
        wait_for begins && mend_links 1 2 && shows rita2 up &&
        shows alice "*** rita has reconnected" && type_in rita2 "/nick rita" &&
        wait_for has_lines 2 '^\*\*\* rita has joined$' "$DIR/alice" && type_in rita2 "hello again" &&
        shows alice "rita: hello again"
}
try "a member that restarts its association leaves the room and joins again" restarts
close_terminal rita2
close_terminal alice
stop_server

silent() {
    on_b sysctl -qw net.sctp.association_max_retrans=2
    start_server && enter alice b && enter tom a && wait_for has_line "^\*\*\* ((.*, )?tom(,.*)? ha(s|ve) joined|.* is now tom)$" "$DIR/alice" || return
    cut_links 1 2
    shows alice "*** tom has left: no answer"
    local status=$?
    mend_links 1 2
    return "$status"
}
try "a member that answers no heartbeats is removed, even from a silent room" silent

finish
