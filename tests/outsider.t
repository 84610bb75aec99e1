#!/usr/bin/env bash
# Packets from an outsider on the same host, who knows the addresses and ports of an association, but
# not its verification tags.  On the userland stack packets are UDP, which every process can send.
. "${0%/*}/lib.sh" 28800

if [ "${SCTP_STACK-}" = kernel ]; then
    skip "packets of an outsider harm no association" "they come over UDP, which the kernel's SCTP does not use here"
    finish
fi

# The outsider has no capabilities.
OUTSIDER=("$BUILD/tests/outsider")
[ "$(id -u)" != 0 ] || OUTSIDER=(setpriv --bounding-set=-all --inh-caps=-all "${OUTSIDER[@]}")
outsider() { "${OUTSIDER[@]}" "$@"; } # TO FROM MODE [NUMBER]

# The SCTP port of the client whose association came up last.
peer_port() { sed -n 's/^association .* up: .* port //p' "$DIR/srv.out" | tail -n 1; }

enter() { # NAME: a member of the chat; the port is in ${AT[NAME]}
    # shellcheck disable=SC2086 # words
    open_terminal "$1" $CLIENT "$BUILD/sctp_chat_cli" -p "$PORT" -n "$1" 127.0.0.1 &&
        shows "$1" "*** you are $1" || return
    AT[$1]=$(peer_port)
    [ -n "${AT[$1]}" ]
}
declare -A AT=()

# Both members get each other's messages, and no association was lost.
unharmed() { # TEXT
    type_in bob "$1"
    shows alice "bob: $1" || return
    type_in alice "$1"
    shows bob "alice: $1" || return
    has_lines 0 "has left" "$DIR/bob" && has_lines 0 "has left" "$DIR/alice" &&
        has_lines 0 " lost: " "$DIR/srv.out"
}

closed_port() {
    outsider "$PORT" "${AT[alice]}" closed
    unharmed one || return
    outsider "${AT[alice]}" "$PORT" closed
    unharmed two
}

# The outsiders count the packets that they got after the members have received theirs.
open_port() {
    local fd
    open_terminal server_side "${OUTSIDER[@]}" "$PORT" "${AT[alice]}" open
    open_terminal client_side "${OUTSIDER[@]}" "${AT[alice]}" "$PORT" open
    shows server_side sent && shows client_side sent || return
    unharmed three || return
    for name in server_side client_side; do
        fd=${IN[$name]}
        unset "IN[$name]"
        exec {fd}>&-
        shows "$name" "received" && wait "${PID[$name]}"
    done
    unharmed four && has "received 0 packets" "$DIR/server_side" && has "received 0 packets" "$DIR/client_side"
}

# The outsider has an association of its own, from another address, which lasts until the server
# finds its peer dead.
own_tag() {
    open_terminal member "${OUTSIDER[@]}" "$PORT" "${AT[alice]}" own
    shows member sent || return
    type_in bob seven
    shows alice "bob: seven" || return
    local fd=${IN[member]}
    unset "IN[member]"
    exec {fd}>&-
    wait "${PID[member]}" || return
    has "received 0 packets" "$DIR/member" || return
    type_in alice eight
    shows bob "alice: eight"
}

aborted() {
    outsider "$PORT" "${AT[alice]}" abort
    outsider "${AT[alice]}" "$PORT" abort
    unharmed five
}

restarted() {
    outsider "$PORT" "${AT[alice]}" init >"$DIR/out"
    outsider "${AT[alice]}" "$PORT" init >>"$DIR/out"
    unharmed six && same $'ABORT\nABORT' "$(<"$DIR/out")"
}

blue() {
    outsider "$PORT" 1 blue >"$DIR/out"
    same $'ABORT\nSHUTDOWN COMPLETE' "$(<"$DIR/out")"
}

# The outsider's packets arrive before those of the clients.
from_everywhere() {
    outsider "$PORT" 1 around
    echo "[0] hello" | client -w 60 -B 127.0.0.8 127.0.0.1
    same 0 "$STATUS" && has "[0] hello" "$DIR/out" || return
    echo "[0] hello" | client -w 60 127.0.0.9
    same 0 "$STATUS" && has "[0] hello" "$DIR/out"
}
not_told() {
    open_terminal server "${OUTSIDER[@]}" $((PORT + 1)) 1 silent
    shows server silent || return
    $CLIENT "$BUILD/sctp_echo_cli" -p $((PORT + 1)) 127.0.0.1 </dev/null >"$DIR/out" 2>"$DIR/err" &
    PIDS+=($!)
    shows server ABORT && wait "${PID[server]}" && has_lines 0 "told" "$DIR/server"
}
try "a client that waits for a server tells its tag to nobody else" not_told

SERVER=sctp_echo_srv
start_server || exit 1
try "packets from many addresses do not prevent a new address from being served" from_everywhere
stop_server

export SERVER=sctp_chat_srv
start_server -r 0 || exit 1
enter alice && enter bob || exit 1
try "a packet with a wrong tag from a UDP port that is then closed ends no association" closed_port
try "a packet with a wrong tag from an open UDP port does not redirect the association's packets" open_port
try "an ABORT with a wrong tag ends no association" aborted
try "an association cannot be restarted from another UDP port" restarted
try "packets out of the blue are answered by ABORT or SHUTDOWN COMPLETE" blue
try "the tag of a peer with the same SCTP port does not redirect packets to another peer" own_tag
close_terminal alice
close_terminal bob
try "the server has survived these packets" stop_server

# Without heartbeats neither end sends anything by itself.
quiet=(-O peer_addr_params.flags=hb_disable)
gone() { wait_for has_line "association .* lost: user-initiated abort: the process has ended" "$1"; }
server_killed() {
    start_client "${quiet[@]}" 127.0.0.1 || return
    # An ABORT to each end.  The echo of a later line shows that both ends have read it.
    outsider "$PORT" "$(peer_port)" abort
    outsider "$(peer_port)" "$PORT" abort
    say "[0] hello"
    wait_for has "[0] hello" "$DIR/cli.out" || return
    kill -KILL "$SRV"
    gone "$DIR/cli.err"
}
client_killed() {
    start_client "${quiet[@]}" 127.0.0.1 || return
    outsider "$PORT" "$(peer_port)" abort
    outsider "$(peer_port)" "$PORT" abort
    say "[0] hello"
    wait_for has "[0] hello" "$DIR/cli.out" || return
    kill -KILL "$CLI"
    gone "$DIR/srv.out"
}
SERVER=sctp_echo_srv
start_server "${quiet[@]}" || exit 1
try_unless_emulated guardian "an ABORT with a wrong tag does not silence a client's guardian" client_killed
try_unless_emulated guardian "an ABORT with a wrong tag does not silence a server's guardian" server_killed

# Sends the next line; the client must have kept its one association.
LINE=0
goes_on() {
    LINE=$((LINE + 1))
    say "[0] line $LINE"
    wait_for has ":[0] line $LINE"$'\n' "$DIR/cli.out" &&
        has_lines 1 " up: " "$DIR/cli.err" && has_lines 0 " lost: " "$DIR/cli.err"
}
lost_nothing() {
    local i
    for ((i = 1; i <= LINE; i++)); do echo "[0] line $i"; done >"$DIR/expected"
    sed 's/^From [^)]*)://' "$DIR/cli.out" >"$DIR/heard"
    same_files "$DIR/expected" "$DIR/heard"
}

# Starts a client behind a NAT, which then changes the client's port.
moves_behind() { # NAME UDP-PORT
    open_terminal "$1" tests/tools/nat.pl "$2" "$PORT"
    shows "$1" mapped || return
    LINE=0
    start_client "${quiet[@]}" -O remote_udp_encaps_port="$2" 127.0.0.1 && goes_on || return
    type_in "$1" "another port"
    wait_for has_lines 2 "mapped to" "$DIR/$1" && goes_on
}
behind_nat() {
    moves_behind nat $((PORT + 20)) || return
    # A packet with a wrong tag does not redirect the association.
    outsider "$PORT" "$(peer_port)" closed
    type_in nat "and another"
    wait_for has_lines 3 "mapped to" "$DIR/nat" && goes_on && goes_on && end_client && lost_nothing
}
guarded_behind_nat() {
    moves_behind nat2 $((PORT + 21)) || return
    kill -KILL "$SRV"
    gone "$DIR/cli.err"
}
start_server "${quiet[@]}" || exit 1
try "a peer behind a NAT whose ports change is served without interruption" behind_nat
try_unless_emulated guardian "a peer behind a NAT gets the ABORT of a killed server at its new port" guarded_behind_nat

restarts_with() { # STREAMS-BEFORE ANSWER
    outsider "$PORT" "$1" restart "$1" >"$DIR/out"
    same "$2" "$(<"$DIR/out")"
}
forwarded() {
    open_terminal forward "${OUTSIDER[@]}" "$PORT" 1 forward
    shows forward forwards || return
    for _ in 1 2 3; do
        peer bytes 1000000 >"$DIR/out" 2>&1
        has "same: 1000000 bytes" "$DIR/out" || return
    done
    end_terminal forward
}
start_server -m 1000000 || exit 1
moves() {
    outsider "$PORT" 12 move >"$DIR/out"
    same $'COOKIE ACK\nHEARTBEAT ACK' "$(<"$DIR/out")"
}
try "a peer can restart without the address that its last data came from" moves
try "a peer can restart with as many streams as before" restarts_with 10 "COOKIE ACK"
try "a peer cannot restart with fewer streams than before" restarts_with 11 "HEARTBEAT ACK"
try "messages that one peer skips by FORWARD TSN are not taken from another" forwarded
stop_server

# FLOOD=100000 tests/outsider.t sends 100 000 packets to each end.
flooded() {
    local floods=() flood
    LINE=0
    start_client 127.0.0.1 && goes_on || return
    "${OUTSIDER[@]}" "$PORT" "$(peer_port)" flood "${FLOOD:-4000}" >"$DIR/out1" 2>&1 &
    floods+=($!)
    "${OUTSIDER[@]}" "$(peer_port)" "$PORT" flood "${FLOOD:-4000}" >"$DIR/out2" 2>&1 &
    floods+=($!)
    PIDS+=("${floods[@]}")
    while ! is_gone "${floods[0]}" || ! is_gone "${floods[1]}"; do
        goes_on || return
    done
    for flood in "${floods[@]}"; do wait "$flood" || return; done
    goes_on && end_client && lost_nothing && has packets "$DIR/out1" && has packets "$DIR/out2"
}
start_server || exit 1
try "random, mutated and replayed packets to both ends harm no association" flooded
try "the server has survived the flood" stop_server
finish
