#!/usr/bin/env bash
# Packets on the wire, read from a capture: SCTP over IP, and over UDP on userland.  A capture needs
# root, and the kernel counts chunks per network namespace, so the test runs in one of its own.
if [ -z "${OWN_NETWORK-}" ]; then
    unshare="unshare -n"
    [ "$EUID" = 0 ] || unshare="unshare -rn"
    if ! $unshare true; then
        echo "1..0 # skip no network namespace of its own: $unshare fails here"
        exit
    fi
    # shellcheck disable=SC2016 # the other shell's
    OWN_NETWORK=1 exec $unshare sh -c 'ip link set lo up mtu 1500 && exec "$0"' "$0"
fi
. "${0%/*}/lib.sh" 24500

tests/tools/capture.pl lo >"$DIR/wire" 2>"$DIR/capture.err" &
PIDS+=("$!")
wait_for has capturing "$DIR/wire" || exit 1

# $DIR/wire has a line for each packet.  Packets of the server have ":PORT>".
sees() { wait_for has_line "$1" "$DIR/wire"; }            # REGEX
saw() { has_line "$1" "$DIR/wire"; }                      # REGEX: once the association has ended
sees_none() { has_lines 0 "$1" "$DIR/wire"; }             # REGEX
from_server() { echo "^[^ ]*:$PORT>[^ ]*( .*)? $1"; }     # CHUNK, a regex
from_client() { echo "^[^ ]*>[^ ]*:$PORT( .*)? $1"; }     # CHUNK
any() { echo "^[^ ]*:$PORT(>[^ ]*)?( .*)? $1"; }          # CHUNK
# The association has ended, and sends no more packets.
ended() { wait_for one_more_end; }
declare -A ENDS=() # by port: the ends seen so far
one_more_end() {
    count_lines "$(any '(SHUTDOWN-COMPLETE|ABORT)')" "$DIR/wire"
    ((FOUND > ${ENDS[$PORT]:-0})) && ENDS[$PORT]=$FOUND
}

# With MSG_MORE it would wait for another message.
single() {
    client 127.0.0.1 <<<"[0] x"
    same 0 "$STATUS" && ended
}

kinds() {
    printf '[3] one\n[9] two\n' | client -P ngap 127.0.0.1
    same 0 "$STATUS" && ended &&
        saw "$(from_client 'DATA\[stream=3 ppid=60 flags=I?BE size=7\]')" &&
        saw "$(from_server 'DATA\[stream=4 ppid=60 flags=I?BE size=7\]')" &&
        saw "$(from_client 'DATA\[stream=9 ppid=60 flags=I?BE size=7\]')" &&
        saw "$(from_server 'DATA\[stream=0 ppid=60 flags=I?BE size=7\]')"
}

graceful() {
    saw "$(from_client 'SHUTDOWN( |$)')" && saw "$(from_server SHUTDOWN-ACK)" && saw "$(from_client SHUTDOWN-COMPLETE)" &&
        sees_none "$(any ABORT)"
}

unordered() {
    client -U -P 4294967295 127.0.0.1 <<<"[0] x"
    same 0 "$STATUS" && ended && saw "$(from_client 'DATA\[stream=0 ppid=4294967295 flags=I?UBE size=5\]')" &&
        saw "$(from_server 'DATA\[stream=1 ppid=4294967295 flags=I?UBE size=5\]')"
}

streams() {
    client -o 7 127.0.0.1 </dev/null
    same 0 "$STATUS" && ended && saw "$(from_client 'INIT\[out=7 ')" && saw "$(from_server 'INIT-ACK\[out=10 ')"
}

# No packet is lost here, so none is retransmitted.  The long timeout is for userland, where a process
# that a busy machine delays acknowledges late.
LONG_RTO=(-O "rtoinfo.initial=60000,max=60000,min=60000")
clean() {
    seq -f '[%.0f] x' 0 9 >"$DIR/in"
    for _ in {1..10}; do cat "$DIR/in"; done | client "${LONG_RTO[@]}" 127.0.0.1
    same 0 "$STATUS" && is_long 100 "$DIR/out" && ended && sees_none "$(any 'DATA[^]]* again')"
}
no_timer() { # T3-rtx, of all associations so far, on the kernel's stack
    read_text /proc/net/sctp/snmp
    [[ $CONTENTS =~ SctpT3RtxExpireds[[:space:]]+0[^0-9].*SctpT3Retransmits[[:space:]]+0[^0-9] ]]
}

# While the send queue is short, the peer may delay its acknowledgements.
no_i_bit() { sees_none "$(from_server 'DATA[^]]*flags=I')"; }

only_asked() { # from_client|from_server INIT|INIT-ACK ADDRESS...: lists these; a single one may be omitted
    local all
    printf -v all '%s,' "${@:3}"
    all=${all%,}
    [ $# -gt 3 ] || all="(${all})?"
    ended && saw "$("$1" "$2\\[[^]]* addresses=${all//./\\.}\\]")"
}
bound() {
    client -B 127.0.0.2 127.0.0.1 </dev/null
    same 0 "$STATUS" && only_asked from_client INIT 127.0.0.2 && saw "^127\\.0\\.0\\.2:[0-9]+>[^ ]*:$PORT INIT" &&
        sees_none "$(from_client 'INIT\[[^]]*127\.0\.0\.[^2]')"
}
bound_twice() {
    client -B 127.0.0.2 -B 127.0.0.3 127.0.0.1 </dev/null
    same 0 "$STATUS" && only_asked from_client INIT 127.0.0.2 127.0.0.3
}
server_bound() {
    start_server -B 127.0.0.1 -B 127.0.0.4 && client 127.0.0.1 </dev/null
    same 0 "$STATUS" && only_asked from_server INIT-ACK 127.0.0.1 127.0.0.4 && stop_server
}

server_ends() {
    start_server && start_client 127.0.0.1 && say "[0] x" && wait_for has "[0] x" "$DIR/cli.out" && stop_server && end_client
    ended && saw "$(from_server 'SHUTDOWN( |$)')" && sees_none "$(any ABORT)"
}

client_aborts() {
    start_server -m 100 && client -A"had enough" 127.0.0.1 </dev/null
    ended && saw "$(from_client 'ABORT\[12:had enough\]')"
}
server_aborts() {
    printf '[0] %0200d\n' 0 | client 127.0.0.1
    same 7 "$STATUS" && saw "$(from_server 'ABORT\[12:message larger than 100 bytes\]')" && stop_server
}

# The messages have arrived when the server continues, so it sends their replies in one call.  On
# userland its stack continues with it, and the server may answer the first before it has the others.
share() {
    local n
    start_server && start_client 127.0.0.1 || return
    for n in 3 6 9 12 15 18 21 24 27 30; do
        stop && say $'[0] a\n[0] b\n[0] c' && wait_for sent "$n" && kill -CONT "$SRV" &&
            wait_for has_lines "$n" "^From" "$DIR/cli.out" || return
        if two_replies >"$DIR/two"; then break; fi
    done
    end_client && ended && stop_server && two_replies
}
two_replies() { saw "$(from_server 'DATA\[[^]]*\] DATA\[[^]]*\]')"; }

stop() { stop_process "$SRV"; }
sent() { # MESSAGES
    perl -e '($n, $port) = splice @ARGV, 0, 2; /^\S*>\S*:$port / and $n -= () = /DATA\S* \S* flags=U?B?E/g while <>; exit $n != 0' \
        "$1" "$PORT" "$DIR/wire"
}
# On userland a stopped server receives nothing, and a burst may be answered as it arrives: it is tried
# repeatedly.
i_bit() {
    local tries=0
    until burst && saw "$(from_server 'DATA\[stream=1 ppid=0 flags=I')"; do
        ((++tries < 20)) && [ "${SCTP_STACK-}" = userland ] || return
    done >"$DIR/burst"
}
# A client with a small receive buffer asks for a megabyte: the server soon waits for acknowledgements.
# The kernel receives it all while the server is stopped, so no sender-dry notification interrupts the
# burst.
burst() {
    start_server && start_client -O rcvbuf=20000 127.0.0.1 || return
    [ "${SCTP_STACK-}" = userland ] || stop || return
    seq -f "[0] %.0f $(printf '%04000d' 0)" 1 250 >&"$CLI_IN"
    [ "${SCTP_STACK-}" = userland ] || { wait_for sent 250 && kill -CONT "$SRV"; } || return
    end_client
    same 0 $? && ended && stop_server
}

# When no member has unacknowledged data, the server sends with one call for all (SENDALL), and on the
# kernel's stack the I bit asks for immediate acknowledgement, so that the next message can be sent so.
says_hello() { type_in eve "[3] hello" && saw "$(from_server "DATA\[stream=3 ppid=0 flags=${I_BIT}BE size=11\]")"; }
chat_i_bit() {
    local name status
    SERVER=sctp_chat_srv VERBOSE='' start_server || return
    for name in bob eve; do
        open_terminal "$name" "$BUILD/sctp_chat_cli" -p "$PORT" -n "$name" 127.0.0.1 && shows "$name" "*** you are $name" || return
    done
    wait_for says_hello && sees_none "$(from_client 'DATA[^]]*flags=I')"
    status=$?
    close_terminal bob
    close_terminal eve
    stop_server
    return "$status"
}

# As share.
chat_bundles() {
    local name n status
    SERVER=sctp_chat_srv VERBOSE='' start_server || return
    for name in bob eve; do
        open_terminal "$name" "$BUILD/sctp_chat_cli" -p "$PORT" -n "$name" 127.0.0.1 && shows "$name" "*** you are $name" || return
    done
    for n in 3 6 9 12 15 18 21 24 27 30; do
        if ! three_lines "$n" || two_lines >"$DIR/two"; then break; fi
    done
    two_lines
    status=$?
    close_terminal bob
    close_terminal eve
    stop_server
    return "$status"
}
three_lines() { # LINES so far
    stop && type_in bob $'one\ntwo\nxyz' && wait_for has_said "$1" && kill -CONT "$SRV" &&
        wait_for has_lines "$1" "^bob: " "$DIR/eve"
}
has_said() { # LINES of three bytes
    count_lines "$(from_client 'DATA\[[^]]* size=3\]')" "$DIR/wire"
    ((FOUND >= $1))
}
two_lines() { saw "$(from_server 'DATA\[[^]]* size=9\] DATA\[[^]]* size=9\]')"; } # "bob: one", ...

INTERLEAVING=(-O fragment_interleave=1 -O interleaving_supported=on)
interleaved() { # OPTION...: the client's
    start_server "${INTERLEAVING[@]}" && client "$@" 127.0.0.1 <<<"[0] x"
    same 0 "$STATUS" && ended && stop_server
}
i_data() {
    if [ -e /proc/sys/net/sctp ]; then sysctl -qw net.sctp.intl_enable=1; fi
    interleaved "${INTERLEAVING[@]}" && saw "$(from_client I-DATA)" && saw "$(from_server I-DATA)" && sees_none "$(any DATA)"
}
one_end() {
    interleaved && saw "$(from_client DATA)" && saw "$(from_server DATA)" && sees_none "$(any I-DATA)"
}

# ping on a new port: no packet of this port has DATA, and each association is shut down.
no_data() { # ASSOCIATIONS ARG...
    local n=$1
    shift
    start_server -e -B 127.0.0.1 -B 127.0.0.2 && "$BUILD/sctp_ping" -p "$PORT" "$@" 127.0.0.1 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && wait_for has_lines "$n" "$(from_client SHUTDOWN-COMPLETE)" "$DIR/wire" && sees_none "$(any '(I-)?DATA')" && stop_server
}

heartbeats() {
    local address
    no_data 1 --heartbeat -c 10 -i 0.02 || return
    for address in 127.0.0.1 127.0.0.2; do
        count_lines "^[^ ]*>${address//./\\.}:$PORT( .*)? HEARTBEAT( |$)" "$DIR/wire"
        echo "$FOUND to $address"
        ((FOUND >= 10)) && has_lines 10 "^heartbeat to ${address//./\\.}: " "$DIR/out" || return
    done
}

start_server -B 127.0.0.1 "${LONG_RTO[@]}" || exit 1
try "a single reply is sent at once" single
try "DATA chunks have the stream and PPID that the client gave" kinds
try "a graceful end is SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE, and no ABORT" graceful
try "-U sets the U bit of messages and replies" unordered
try "INIT requests as many streams as -o says" streams
try "nothing is retransmitted in a clean run" clean
try "replies have no I bit while the send queue is short" no_i_bit
try "with -B no other address is in INIT" bound
try "with -B twice INIT has these two addresses" bound_twice
stop_server
[ "${SCTP_STACK-}" = userland ] || try "no retransmission timer has expired" no_timer
try "with -B no other address is in the INIT ACK of a server" server_bound
try "the server ends with a SHUTDOWN, and no ABORT" server_ends
try "-A puts the reason into the ABORT" client_aborts
try "the server's ABORT has the reason" server_aborts
try "small replies are bundled in one packet" share
try "a burst of replies has the I bit" i_bit
I_BIT=I WITH=with
if [ "${SCTP_STACK-}" = userland ]; then I_BIT='' WITH=without; fi
try "a chat server's messages to all are $WITH the I bit, its members' without" chat_i_bit
try "lines that a chat server has received together share a packet" chat_bundles
try "with interleaving_supported at both ends all messages are I-DATA" i_data
try "with interleaving_supported at one end all messages are DATA" one_end
try "sctp_ping --connect sends no DATA" no_data 3 --connect -c 3 -i 0.05
try "sctp_ping --check --connect sends no DATA" no_data 1 --check --connect -w 60
try "sctp_ping --heartbeat sends a HEARTBEAT to each address each time, and no DATA" heartbeats
watch() {
    local address
    no_data 1 --watch -w 2 -i 0.2 -O rtoinfo.initial=200,min=100,max=400 || return
    for address in 127.0.0.1 127.0.0.2; do
        has_line "^[^ ]*>${address//./\\.}:$PORT( .*)? HEARTBEAT( |$)" "$DIR/wire" || return
    done
}
try "sctp_ping --watch sends no DATA, but heartbeats to each address" watch
# It does not decode SCTP over UDP.
tcpdump_agrees() {
    local address dump
    tcpdump -Z root -l -n -i lo sctp >"$DIR/dump" 2>"$DIR/dump.err" &
    dump=$!
    PIDS+=("$dump")
    wait_for has "listening on lo" "$DIR/dump.err" && start_server && client 127.0.0.1 <<<"[0] x" &&
        wait_for has_line "> 127\.0\.0\.1\.$PORT: .*\[DATA\]" "$DIR/dump" && stop_server && heartbeats &&
        wait_for has_line "\.$PORT: .*\[SHUTDOWN COMPLETE\]" "$DIR/dump" && has_lines 0 "\.${PORT}[ :].*\[DATA\]" "$DIR/dump" || return
    for address in 127.0.0.1 127.0.0.2; do
        count_lines "> ${address//./\\.}\.$PORT: .*\[HB REQ\]" "$DIR/dump"
        ((FOUND >= 10)) || return
    done
    kill "$dump"
}
[ "${SCTP_STACK-}" = userland ] ||
    try_with tcpdump "tcpdump sees the same: a HEARTBEAT to each address each time, and no DATA" tcpdump_agrees
try "sctp_ping --check --heartbeat sends no DATA" no_data 1 --check --heartbeat -w 60
finish
