#!/usr/bin/env bash
# Options that change an established association, on one host and without sysctls.
# (Between two hosts: tests/netns/addresses.t and extensions.t.)
. "${0%/*}/lib.sh" 28650

server_says() { wait_for has ": $1"$'\n' "$DIR/srv.out"; }
echoed() { # TEXT
    type_in live "[0] $1"
    shows live "):[0] $1"
}
on_userland() { [ "${SCTP_STACK-}" = userland ]; }

# ---- addresses -----------------------------------------------------------------

ASCONF=(-O auth_supported=on -O asconf_supported=on)
start_server -B 127.0.0.1 -B 127.0.0.2 "${ASCONF[@]}" || exit 1
local_addresses() { # ADDRESS...: in any order
    type_in live "get local_addrs"
    wait_for last_list "$(printf '%s\n' "$@" | sort)"
}
last_list() { same "$1" "$(grep "^local_addrs=" "$DIR/live" | tail -n 1 | cut -d= -f2 | tr , '\n' | sort)"; }

added() {
    start_live -B 127.0.0.1 "${ASCONF[@]}" 127.0.0.1 && tell bindx_add=127.0.0.3 &&
        server_says "address 127.0.0.3 was added" && server_says "address 127.0.0.3 is confirmed" &&
        local_addresses 127.0.0.1 127.0.0.3 && echoed "by two"
}
try "bindx_add: the server learns the address" added

preferred() {
    tell set_peer_primary_addr=127.0.0.3 && server_says "address 127.0.0.3 was made primary" &&
        echoed "to the new one"
}
try "set_peer_primary_addr: the server makes it its primary" preferred

primary() {
    shows live "127.0.0.2 is confirmed" && tell primary_addr=127.0.0.2 || return
    type_in live "get status.primary"
    shows live "status.primary=127.0.0.2" && echoed "to the second" || return
    on_userland || shows live "127.0.0.2 was made primary" # libsctp_userland(7)
}
try "primary_addr: the client sends to the server's second address" primary

removed() {
    tell bindx_rem=127.0.0.1 && server_says "address 127.0.0.1 was removed" &&
        echoed "from the new one" && local_addresses 127.0.0.3
}
try "bindx_rem of the client's first address: the association goes on with the other" removed

again() {
    tell bindx_add=127.0.0.1 && wait_for added_again && tell bindx_rem=127.0.0.3 &&
        server_says "address 127.0.0.3 was removed" && echoed "from the first again"
}
confirmed() { count_lines "address 127.0.0.1 is confirmed" "$DIR/srv.out"; }
added_again() { confirmed && ((FOUND > CONFIRMED)); }
confirmed
CONFIRMED=$FOUND
try "a removed address can be added again, and the other removed" again

last() {
    type_in live "set bindx_rem=127.0.0.1"
    shows live "refused: bindx_rem" && echoed "still here" && end_live && server_says "the peer is shutting down"
}
try "the last address cannot be removed; the association goes on, and shuts down gracefully" last
stop_server

# ---- streams, and the association --------------------------------------------------

RECONF=(-O reconfig_supported=on -O "enable_stream_reset=streams,assoc,change")
start_server "${RECONF[@]}" || exit 1
reset_stream() {
    start_live "${RECONF[@]}" 127.0.0.1 && echoed one && echoed two && shows live "str:1 seq:1 " || return
    tell reset_streams=outgoing,streams=0 && shows live "reset of 1 outbound stream is done: 0" &&
        server_says "reset of 1 inbound stream is done: 0" && echoed three &&
        shows live "str:1 seq:2 " || return
    tell reset_streams=incoming,streams=1 && server_says "reset of 1 outbound stream is done: 1" &&
        shows live "reset of 1 inbound stream is done: 1" && echoed four &&
        has_line "str:1 seq:0 .*four" "$DIR/live"
}
try "reset_streams: both ends are notified, and sequence numbers restart at 0" reset_stream

# The kernel reports how many streams were added, userland how many there are now.
change() { # ADDED-OUT ADDED-IN OUT IN
    if on_userland; then echo "change of streams ($3 out, $4 in) is done"; else echo "change of streams ($1 out, $2 in) is done"; fi
}
more_streams() {
    tell add_streams.outstrms=5 && shows live "$(change 5 0 15 10)" && server_says "$(change 0 5 10 15)" &&
        tell add_streams.instrms=4 && shows live "$(change 0 4 15 14)" &&
        server_says "$(change 4 0 14 15)" || return
    type_in live "[14] on a new one"
    shows live "[14] on a new one"
}
try "add_streams: both ends are notified, and the new streams carry messages" more_streams

reset_all() {
    tell reset_assoc && shows live "reset of the association is done" &&
        server_says "reset of the association is done" && echoed "afresh" && end_live
}
try "reset_assoc: both ends are notified, and the association goes on" reset_all

scheduler() {
    start_live 127.0.0.1 && tell stream_scheduler=prio && tell "stream_scheduler_value[3]=7" || return
    type_in live "get stream_scheduler"
    type_in live "get stream_scheduler_value[3]"
    shows live "stream_scheduler=prio" && shows live "stream_scheduler_value[3]=7" &&
        echoed "with priority" && end_live
}
try "stream_scheduler=prio is set for one association, with a value for a stream" scheduler
stop_server

# ---- authentication ------------------------------------------------------------------

key() { KEY=(-O auth_supported=on -O auth_chunk=data -O "auth_key.number=1,key=$1" -O auth_active_key=1); }
key "open sesame"
start_server "${KEY[@]}" || exit 1
right_key() {
    client "${KEY[@]}" localhost <<<"[0] hello"
    same 0 "$STATUS" && has "[0] hello" "$DIR/out"
}
try "messages are delivered if both ends have the same key" right_key

no_message() { # on the kernel's stack: tests/netns/extensions.t
    client -v -w 3 "${KEY[@]}" localhost <<<"[0] hello"
    same 1 "$STATUS" && has " up: " "$DIR/err" && is_empty "$DIR/out"
}
key "open barley"
! on_userland || try "with different keys the association comes up, and no message is delivered" no_message

no_key() {
    KEY=()
    if on_userland; then no_message; return; fi # libsctp_userland(7)
    client localhost <<<"[0] hello"
    same 0 "$STATUS"
}
try "a client without authentication is served by the kernel's stack, not by the userland stack" no_key
stop_server

# ---- autoclose -------------------------------------------------------------------------

# On the kernel's stack: tests/netns/extensions.t.
start_server || exit 1
autoclose() {
    local i
    start_live -O autoclose=5 127.0.0.1 || return
    for ((i = 0; i < 6; i++)); do
        echoed "line $i" && sleep 1 || return # six seconds, longer than an idle association lives
    done
    has_lines 0 "shut down" "$DIR/srv.out" && shows live "shut down" &&
        server_says "the peer is shutting down" && end_live
}
! on_userland || try "autoclose: traffic keeps an association up, an idle one is shut down" autoclose
try "the server exits 0" stop_server
finish
