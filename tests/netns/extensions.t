#!/usr/bin/env bash
# Lifetimes, resets, authentication and autoclose between two hosts, enabled by sysctls.
. "${0%/*}/../lib.sh" 28600
. tests/netns/two_hosts.sh

server_says() { wait_for has ": $1"$'\n' "$DIR/srv.out"; }
echoed() { # TEXT
    type_in live "[0] $1"
    shows live "):[0] $1"
}

# ---- lifetimes ---------------------------------------------------------------

# Unanswered heartbeats must not end an association while the links are cut.
MAXRXT=(-O associnfo.asocmaxrxt=1000)
start_server "${MAXRXT[@]}" || exit 1
FILLER=$(printf 'x%.0s' {1..200})
late_lines() { # sends 60 lines while both links are cut for longer than their lifetime
    local i
    cut_links 1 2
    for ((i = 1; i <= 60; i++)); do say "[$((i % 10))] late $i $FILLER"; done
    pause 0.6 # their lifetime and a retransmission timeout
    mend_links 1 2
}

# Each message that is returned is one of the lines, is returned once, and is not echoed.
returned() {
    local i line text
    local -A all=() failed=() came=()
    start_client -J -w 5 -t 300 "${MAXRXT[@]}" 10.1.1.2
    late_lines
    wait_for goes_on || return
    end_client
    for ((i = 1; i <= 60; i++)); do all["[$((i % 10))] late $i $FILLER"]=1; done
    while IFS= read -r line; do
        text=${line#*'"data":"'} text=${text%'"}'}
        case $line in
            *'"event":"send_failed"'*late*)
                if [ -z "${all[$text]-}" ] || [ -n "${failed[$text]-}" ]; then
                    echo "not sent, or returned twice: $line"
                    return 1
                fi
                failed[$text]=1
                ;;
            *'"event":"message"'*late*) came[$text]=1 ;;
        esac
    done <"$DIR/cli.out"
    echo "${#failed[@]} were returned, ${#came[@]} echoed"
    for text in "${!came[@]}"; do [ -z "${failed[$text]-}" ] || { echo "both: $text"; return 1; }; done
    ((${#failed[@]} >= 10))
}
goes_on() { # repeated, because the line expires while a retransmission is outstanding
    say "[0] in time"
    has_line '"event":"message".*in time' "$DIR/cli.out"
}
try "-t: a message whose lifetime expires is returned with its text, exact to the byte" returned

for_ever() {
    start_client -J "${MAXRXT[@]}" -O default_prinfo.policy=ttl,value=0 10.1.1.2
    late_lines
    wait_for has '"data":"[0] late 60 ' "$DIR/cli.out"
    end_client
    same 0 $? && has_lines 60 '"event":"message".*late' "$DIR/cli.out" &&
        has_lines 0 send_failed "$DIR/cli.out"
}
try "a lifetime of 0: all messages arrive, however late" for_ever
stop_server

# ---- resets of streams and associations ------------------------------------------

for host in a b; do on_host $host sysctl -qw net.sctp.reconf_enable=1; done
RESETS=(-O "enable_stream_reset=streams,assoc,change")
start_server "${RESETS[@]}" || exit 1
reset_stream() {
    start_live "${RESETS[@]}" 10.1.1.2 && echoed one && shows live "str:1 seq:0 " && echoed two &&
        shows live "str:1 seq:1 " || return
    tell reset_streams=outgoing,streams=0 && shows live "reset of 1 outbound stream is done: 0" &&
        server_says "reset of 1 inbound stream is done: 0" || return
    tell reset_streams=incoming,streams=1 && server_says "reset of 1 outbound stream is done: 1" &&
        shows live "reset of 1 inbound stream is done: 1" && echoed three || return
    has "seq:0 (assoc:$(grep -aoE '0x[0-9a-f]+' "$DIR/live" | head -n 1)):[0] three" "$DIR/live"
}
try "reset_streams: both ends are notified of the streams, and sequence numbers restart at 0" reset_stream

more_streams() {
    tell add_streams.outstrms=5 && shows live "change of streams (5 out, 0 in) is done" &&
        server_says "change of streams (0 out, 5 in) is done" &&
        tell add_streams.instrms=4 && shows live "change of streams (0 out, 4 in) is done" &&
        server_says "change of streams (4 out, 0 in) is done" || return
    type_in live "[13] on a new one"
    shows live "From str:0 " && shows live "[13] on a new one" || return # the next of 14
}
try "add_streams: both ends are notified of the new streams, which carry messages" more_streams

# A reset is refused while sent data is not acknowledged.
ASKED=0
reset_is_taken() {
    ASKED=$((ASKED + 1))
    type_in live "set reset_assoc" && wait_for has_lines "$ASKED" "^(set|refused:) reset_assoc" "$DIR/live" &&
        has "set reset_assoc" "$DIR/live"
}
reset_all() {
    wait_for reset_is_taken && shows live "reset of the association is done" &&
        server_says "reset of the association is done" && echoed "afresh" && end_live
}
try "reset_assoc: both ends are notified, and the association goes on" reset_all

scheduler() {
    start_live 10.1.1.2 || return
    tell stream_scheduler=prio && tell "stream_scheduler_value[3]=7" || return
    type_in live "get stream_scheduler"
    type_in live "get stream_scheduler_value[3]"
    shows live "stream_scheduler=prio" && shows live "stream_scheduler_value[3]=7" &&
        echoed "with priority" && end_live
}
try "stream_scheduler=prio is set for one association, with a value for a stream" scheduler
stop_server
start_server || exit 1
not_allowed() {
    start_live "${RESETS[@]}" 10.1.1.2 && tell reset_streams=outgoing,streams=0 &&
        shows live "outbound stream was denied" && echoed "as before" && end_live
}
try "a server that does not allow stream resets denies them, and the association goes on" not_allowed
stop_server

# ---- authentication --------------------------------------------------------------

for host in a b; do on_host $host sysctl -qw net.sctp.auth_enable=1; done
key() { KEY=(-O auth_chunk=data -O "auth_key.number=1,key=$1" -O auth_active_key=1); }
key "open sesame"
start_server "${KEY[@]}" || exit 1
right_key() {
    client "${KEY[@]}" 10.1.1.2 <<<"[0] hello"
    same 0 "$STATUS" && has "[0] hello" "$DIR/out"
}
try "messages are delivered if both ends have the same key" right_key

no_message() { # ARG...
    client -v -w 3 "$@" 10.1.1.2 <<<"[0] hello"
    cat "$DIR/err"
    same 1 "$STATUS" && has " up: " "$DIR/err" && is_empty "$DIR/out" &&
        has "1 message has not come back" "$DIR/err"
}
key "open barley"
try "with different keys the association comes up, and no message is delivered" no_message "${KEY[@]}"

new_key() {
    key "open sesame"
    start_live "${KEY[@]}" 10.1.1.2 && echoed one || return
    tell auth_key.number=2,key=unknown && tell auth_active_key=2 || return
    type_in live "get auth_active_key"
    shows live "auth_active_key=2" || return
    type_in live "[1] by a key that the server does not have"
    type_in live "set auth_active_key=1"
    type_in live "[2] by the first key"
    shows live "[2] by the first key" && has_lines 0 ':\[1\] by a key' "$DIR/live" &&
        tell linger.on=on,seconds=0 && end_live # abort: a shutdown would wait for the message with the unknown key
}
try "after a change of the key only messages signed with a shared key are delivered" new_key
stop_server
for host in a b; do on_host $host sysctl -qw net.sctp.auth_enable=0; done

# ---- autoclose ---------------------------------------------------------------------

start_server || exit 1
idle() {
    local i
    start_live -O autoclose=5 10.1.1.2 || return
    for ((i = 0; i < 6; i++)); do
        echoed "line $i" || return
        pause 1 # six seconds, longer than an idle association lives
    done
    has_lines 0 "shut down" "$DIR/srv.out" && shows live "shut down" && server_says "the peer is shutting down" && end_live
}
try "autoclose: an association with traffic stays up, an idle one is shut down" idle
try "the server exits 0" stop_server
finish
