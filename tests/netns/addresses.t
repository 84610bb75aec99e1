#!/usr/bin/env bash
# Changes of an established association's addresses (RFC 5061): added, made primary, removed.
. "${0%/*}/../lib.sh" 28550
. tests/netns/two_hosts.sh
for host in a b; do
    on_host $host sysctl -qw net.sctp.addip_enable=1 net.sctp.addip_noauth_enable=1
done

BOTH=(-B 10.1.1.2 -B 10.1.2.2)
start_server "${BOTH[@]}" || exit 1

server_told() { wait_for has "address $1 $2" "$DIR/srv.out"; } # ADDRESS WHAT
echoed() { # TEXT
    type_in live "[0] $1"
    shows live "):[0] $1"
}
# Sets AT_B to the addresses that the kernel of host b has for its peers.
peers_at_b() {
    local line word
    AT_B=
    while read -r line; do
        for word in ${line#*<-> }; do
            if [[ $word =~ ^\*?10\. ]]; then AT_B+=${AT_B:+ }$word; fi
        done
    done <"/proc/$SRV/net/sctp/assocs"
}
at_b() { peers_at_b && same "$1" "$AT_B"; }

added() {
    start_live -B 10.1.1.1 10.1.1.2 && wait_for at_b "*10.1.1.1" || return
    tell bindx_add=10.1.2.1 && server_told 10.1.2.1 "was added" &&
        server_told 10.1.2.1 "is confirmed" && at_b "*10.1.1.1 10.1.2.1" || return
    type_in live "get local_addrs"
    shows live "local_addrs=10.1.1.1,10.1.2.1" && echoed "by two"
}
try "bindx_add on a live association: the server learns the address, and confirms it" added

survives() {
    cut_links 1
    echoed "by the new one"
    local status=$?
    mend_links 1
    return "$status"
}
try "when the first link is cut, replies go to the added address" survives

FILLER=$(printf 'x%.0s' {1..500})
ROUND=0
echoes_go_by() { # LINK OTHER
    local here there i
    ROUND=$((ROUND + 1))
    sent_by "$SRV" "b$1" && here=$BYTES && sent_by "$SRV" "b$2" && there=$BYTES || return
    for ((i = 1; i <= 50; i++)); do type_in live "[0] round $ROUND.$i $FILLER"; done
    shows live "):[0] round $ROUND.50 " || return
    sent_by "$SRV" "b$1" && here=$((BYTES - here)) && sent_by "$SRV" "b$2" && there=$((BYTES - there)) || return
    echo "on link $1 $here bytes, on the other $there"
    ((here >= 25000 && there < 5000))
}
preferred() { # ADDRESS LINK OTHER
    tell "set_peer_primary_addr=$1" && server_told "$1" "was made primary" &&
        peers_at_b && [[ $AT_B == *"*$1"* ]] || return
    # Repeated until a heartbeat has found that the link which was cut works again.
    wait_for echoes_go_by "$2" "$3"
}
try "set_peer_primary_addr: the server sends to the second link's address" preferred 10.1.2.1 2 1
try "set_peer_primary_addr: the server sends to the first link's address again" preferred 10.1.1.1 1 2

removed() {
    tell bindx_rem=10.1.1.1 && server_told 10.1.1.1 "was removed" && at_b "*10.1.2.1" &&
        echoed "from the second" || return
    type_in live "get local_addrs"
    wait_for has $'\n'"local_addrs=10.1.2.1"$'\n' "$DIR/live"
}
try "bindx_rem: the server learns that the first address is removed, and goes on with the other" removed

without_link() {
    cut_links 1
    echoed "one link is enough"
    local status=$?
    mend_links 1
    return "$status"
}
try "the association survives the cut of the link of a removed address" without_link

last() {
    type_in live "set bindx_rem=10.1.2.1"
    shows live "refused: bindx_rem" && echoed "still here"
}
try "the last address cannot be removed" last

not_ours() {
    type_in live "set bindx_add=10.1.2.77"
    shows live "refused: bindx_add: Cannot assign requested address" && echoed "as before"
}
try "an address that this host does not have cannot be added" not_ours
try "an association whose addresses have changed shuts down gracefully" end_live

# The server adds an address of its own while a client is connected.
at_the_server() {
    open_terminal live "$ON_HOST" b "$BUILD/tests/live" -p $((PORT + 10)) -B 10.1.1.2
    shows live listening || return
    PORT=$((PORT + 10)) start_client -B 10.1.1.1 -B 10.1.2.1 10.1.1.2
    shows live " up: " && tell bindx_add=10.1.2.2 || return
    wait_for has "address 10.1.2.2 was added" "$DIR/cli.err" &&
        wait_for has "address 10.1.2.2 is confirmed" "$DIR/cli.err" || return
    cut_links 1
    say "[0] to the new address"
    shows live "to the new address"
    local status=$?
    mend_links 1
    kill "$CLI"
    wait "$CLI"
    exec {CLI_IN}>&-
    end_live && return "$status"
}
try "bindx_add at the server: its clients learn the address, and use it" at_the_server

# Address changes need addip_enable at both ends.
on_b sysctl -qw net.sctp.addip_enable=0
stop_server
start_server "${BOTH[@]}" || exit 1
unwanted() {
    start_live -B 10.1.1.1 10.1.1.2 || return
    type_in live "set set_peer_primary_addr=10.1.1.1"
    shows live "refused: set_peer_primary_addr" && tell bindx_add=10.1.2.1 && echoed "all the same" &&
        end_live && ! has "was added" "$DIR/srv.out"
}
try "a server without addip_enable gets no address changes, and the association goes on" unwanted
try "the server exits 0" stop_server

# The peer's answer takes 200 ms; /peerprimary comes before it.
on_b sysctl -qw net.sctp.addip_enable=1
at_once() { # STACK
    local asconf=()
    [ "$1" = kernel ] || asconf=(-O auth_supported=on -O asconf_supported=on)
    LAUNCH="$ON_HOST b SCTP_STACK=$1" start_server "${asconf[@]}" -B 10.1.1.2 || return
    open_terminal con "$ON_HOST" a SCTP_STACK="$1" "$BUILD/sctp_console" -B 10.1.1.1 -v "${asconf[@]}" "10.1.1.2:$PORT" &&
        shows con "#1" && type_in con '/bind 10.1.2.1' && server_told 10.1.2.1 "was added" &&
        type_in con '/peerprimary 10.1.2.1' && server_told 10.1.2.1 "was made primary" && stop_server
}
links "delay 100ms" 1 2
try "an address is made the peer's primary before the peer has answered that it was added" at_once kernel
[ ! -e "$BUILD/libsctp_userland.so" ] || try "the same on the userland stack" at_once userland
finish
