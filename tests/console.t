#!/usr/bin/env bash
# sctp_console: shows and controls several associations on one socket.
. "${0%/*}/lib.sh" 28500

# shellcheck disable=SC2206 # words
CONSOLE=(${MEMCHECK-} "$BUILD/sctp_console")
EXTENSIONS=(-O reconfig_supported=on -O "enable_stream_reset=streams,assoc,change"
    -O auth_supported=on -O asconf_supported=on)

# Starts a server: its output is in $DIR/NAME.srv, its port PORTS[NAME], its process id SRVS[NAME].
declare -A PORTS=() SRVS=()
serve() { # NAME ARG...
    local name=$1
    shift
    start_server "$@" || return
    mv "$DIR/srv.out" "$DIR/$name.srv" # the server goes on writing to it
    PORTS[$name]=$PORT
    SRVS[$name]=$SRV
}
hears() { wait_for has "$2" "$DIR/$1.srv"; } # NAME TEXT

# Starts the console: con gives it lines, end_console ends its input.
console() { open_terminal con "${CONSOLE[@]}" "$@"; }
con() { type_in con "$1"; }
end_console() {
    local fd=${IN[con]}
    unset "IN[con]"
    exec {fd}>&-
    wait "${PID[con]}"
}
batch() { # ARG... <LINES
    "${CONSOLE[@]}" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}

serve one -B 127.0.0.1 -B 127.0.0.3 "${EXTENSIONS[@]}" || exit 1
serve two || exit 1
serve three || exit 1
NOBODY=$((PORT + 1))
PORT=$NOBODY
ONE=127.0.0.1:${PORTS[one]} TWO=127.0.0.1:${PORTS[two]} THREE=127.0.0.1:${PORTS[three]}

# ---- several hosts --------------------------------------------------------

three_hosts() {
    console -B 127.0.0.1 -v "${EXTENSIONS[@]}" "$ONE" "127.0.0.1:$NOBODY" "$TWO" &&
        shows con "#1 $ONE: association " &&
        shows con "up: 10 streams out, 10 in, peer 127.0.0.1, 127.0.0.3 port ${PORTS[one]}, local 127.0.0.1 port" &&
        shows con "#3 $TWO: association " &&
        shows con "#2 127.0.0.1:$NOBODY: connect to 127.0.0.1 port $NOBODY: refused; is the server running" &&
        has_lines 1 "^[^>]*#2 " "$DIR/con"
}
try "associations with two hosts come up; the refusal of a third is reported once" three_hosts

labelled() {
    con '[1] to the first' && con '[4@3] to the third' && con 'on stream 0' &&
        shows con "#1 $ONE [2]: to the first" && shows con "#3 $TWO [5]: to the third" &&
        shows con "#1 $ONE [1]: on stream 0" && shows con "all that was sent is acknowledged"
}
try "a received message is labelled with association and stream" labelled

peers() {
    con /peers && shows con '#2   127.0.0.1:' &&
        wait_for has_line "^> #1 +$ONE +up +association [0-9]+, 10 out, 10 in" "$DIR/con" &&
        wait_for has_line "^  #2 +127.0.0.1:$NOBODY +closed" "$DIR/con"
}
try "/peers lists the associations, and marks the current one" peers

use() {
    con '/use 3' && con '[2] by use' && shows con "#3 $TWO [3]: by use" &&
        con '/use 1' && con '[3] back' && shows con "#1 $ONE [4]: back"
}
try "/use selects the current association" use

marked() {
    con '/ppid ngap' && con '/unordered on' && con '/lifetime 60000' && con '[5] marked' &&
        shows con 'messages expire after 60000 ms' &&
        shows con "#1 $ONE [6] ppid:60(ngap) unordered: marked" &&
        con '/ppid 0' && con '/unordered off' && con '/lifetime 0' && con '[5] plain' &&
        shows con "#1 $ONE [6]: plain"
}
try "/ppid, /unordered and /lifetime apply to the messages that follow" marked

escaped() {
    con $'[1] \e[2J\a\xff' && shows con "#1 $ONE [2]: "'\x1b[2J\x07\xff'
}
try "control characters in messages are printed escaped" escaped

# ---- commands -------------------------------------------------------------

status() {
    con /status &&
        wait_for has_line "#1 $ONE: association [0-9]+, established$" "$DIR/con" &&
        wait_for has_line '^  streams: 10 out, 10 in; fragmentation point 1[0-9]{3} bytes$' "$DIR/con" &&
        wait_for has_line '^  rwnd [0-9]+ bytes; chunks: [0-9]+ unacked, [0-9]+ pending$' "$DIR/con" &&
        wait_for has_line '^\* 127.0.0.1 +active +[0-9]+ +[0-9]+ ms +[0-9]+ +1[0-9]{3}$' "$DIR/con" &&
        wait_for has_line '^  127.0.0.3 +(un|in)?(active|confirmed)' "$DIR/con"
}
try "/status shows windows and paths, the primary marked" status

narrow() { # COMMAND LAST-LINE: all output so far fits in 79 columns
    con "$1" && wait_for has_line "$2" "$DIR/con" && has_lines 0 '^(  |[>*] |/|path).{78}' "$DIR/con"
}
try "/status, /peers and /help fit in 79 columns" narrow /help '^/quit '

addrs() {
    con /addrs && shows con "#1 $ONE: peer 127.0.0.1, 127.0.0.3 port ${PORTS[one]}" &&
        wait_for has_line "^#1 $ONE: local 127.0.0.1 port [0-9]+$" "$DIR/con"
}
try "/addrs shows the addresses of both ends" addrs

heartbeat() {
    con '/heartbeat 127.0.0.3' && con '/heartbeat now' && shows con ": heartbeat sent" &&
        shows con "address 127.0.0.3 is confirmed" && con '/heartbeat on 7000' &&
        con '/opt peer_addr_params.hbinterval@127.0.0.3' &&
        shows con 'peer_addr_params.hbinterval=7000@127.0.0.3' &&
        con '/heartbeat 500' && shows con ': heartbeats enabled, interval 500 ms' &&
        con '/opt peer_addr_params.hbinterval@127.0.0.3' &&
        shows con 'peer_addr_params.hbinterval=500@127.0.0.3' &&
        con '/heartbeat off' && con '/opt peer_addr_params.flags@127.0.0.3' &&
        shows con 'peer_addr_params.flags=hb_disable'
}
try "/heartbeat confirms an address, sets the interval, and disables heartbeats" heartbeat

primary() {
    con '/primary 127.0.0.3' && con /status && wait_for has_line '^\* 127.0.0.3 +active' "$DIR/con" &&
        con '[0] over the second path' && shows con "[1]: over the second path"
}
try "/primary changes the primary path, and /status shows it" primary

options() {
    con '/opt rtoinfo.max=7000' && shows con ': set' && con '/opt rtoinfo' &&
        shows con 'rtoinfo.initial=3000,max=7000,min=1000' && con '/opt' &&
        shows con 'default_prinfo.policy=' && wait_for has_line 'get_peer_addr_info.state=.*@127.0.0.3' "$DIR/con"
}
try "/opt sets and shows an option, or shows all of the association" options

reset() {
    con '/reset 1 2' && shows con 'reset of 2 outbound streams is done: 1, 2' &&
        hears one 'reset of 2 inbound streams is done: 1, 2' &&
        con '/reset in' && shows con 'reset of all inbound streams is done' &&
        hears one 'reset of all outbound streams is done'
}
try "/reset resets streams, at both ends" reset

streams() {
    con '/streams +0 +5' && wait_for has_line 'change of streams \((15|5) out, (10|0) in\) is done' "$DIR/con" &&
        con '[14] on a new one' && shows con "#1 $ONE [0]: on a new one"
}
try "/streams adds streams, which can be used" streams

bind() {
    con '/bind 127.0.0.2' && shows con '127.0.0.2 is bound' && shows con "#1 $ONE: the peer is informed" &&
        hears one 'address 127.0.0.2 was added' &&
        con '/peerprimary 127.0.0.2' && hears one 'address 127.0.0.2 was made primary' &&
        con '/unbind 127.0.0.2' && shows con '127.0.0.2 is no longer bound' &&
        hears one 'address 127.0.0.2 was removed' && shows con "#3 $TWO: the peer is not informed"
}
try "/bind and /unbind inform the peer, /peerprimary makes it send to the address" bind

abort() {
    con '/use 3' && con '/abort had enough of it' && hears two 'lost: user-initiated abort: had enough of it' &&
        shows con 'lost: user-initiated abort' && con 'to whom' && shows con "#1 $ONE [1]: to whom"
}
try "/abort ends one association, with the reason, and not the other" abort

again() {
    con "/connect $TWO" && shows con "#4 $TWO: association" && con '[1@4] once more' && shows con "#4 $TWO [2]: once more"
}
try "/connect starts another association" again

adrift() {
    con "/connect $THREE" && shows con "#5 $THREE: association" && con '/use 5' && con '[1] to the fifth' &&
        shows con "#5 $THREE [2]: to the fifth" && kill -KILL "${SRVS[three]}" &&
        wait_for has_line "#5 $THREE: association [0-9]+ (lost|shut down)" "$DIR/con" &&
        con '[1] for nobody' && shows con 'the current association is closed: choose another with /use N' &&
        con '[1@4] by number' && shows con "#4 $TWO [2]: by number" &&
        con '/use 1' && con '[1] chosen' && shows con "#1 $ONE [2]: chosen" && has_lines 0 'for nobody' "$DIR/con"
}
try "after the current association has ended, a line is sent to none of the others" adrift

help() {
    con '/help' && shows con '/peerprimary ADDR' && shows con '[n@N] text' && con '/help primary' &&
        shows con 'Same as /opt primary_addr=ADDR'
}
try "/help lists the commands, /help COMMAND explains one" help

wrong() { # LINE MESSAGE
    con "$1" && shows con "$2"
}
try "a line with an unknown command is refused" wrong /nonsense 'no such command: "/nonsense"; /help lists the commands'
try "a line for a stream out of range is refused" wrong '[15] x' 'stream 15 is out of range: the association has 15 outbound streams, 0 to 14'
try "a line for an unknown association is refused" wrong '[0@77] x' 'no association has number 77'
try "a line for a closed association is refused" wrong '[0@3] x' "#3 $TWO: closed; /connect $TWO starts a new association"
try "a line with an unclosed bracket is refused" wrong '[1 x' '"[1 x" does not begin with [stream]'
try "/primary with an address that the peer does not have is refused" wrong '/primary 1.2.3.4' "1.2.3.4 is not among the peer's addresses"
try "/bind of an address that this host does not have is refused" wrong '/bind 192.0.2.1' '/bind 192.0.2.1: Cannot assign requested address; is it an address of this host'
try "/opt with an unknown option is refused" wrong '/opt nonsense' '/opt: unknown option "nonsense"'
try "/primary without an address is refused" wrong /primary '/primary: no address given'
try "/streams without a number is refused" wrong '/streams +x' '/streams: give +IN +OUT'
try "/reset without streams is refused" wrong '/reset' '/reset: give in, out, all, or stream numbers'
try "/reset with a stream that is not a number is refused" wrong '/reset 1 x' 'reset_streams'
try "/heartbeat with a number after \"now\" is refused" wrong '/heartbeat now 5' 'only "on" takes a number'
try "/heartbeat with an unknown word is refused" wrong '/heartbeat often' '/heartbeat: "often" is none of: an address of the peer, now, off, on, an interval in ms'
try "/connect with a malformed host is refused" wrong '/connect a:b:c:99999:' 'a:b:c:99999:'
try "/connect to an unknown host is refused" wrong '/connect unknown.invalid' 'host "unknown.invalid": '
try "/connect to a host that has an association is refused" wrong "/connect $ONE" 'an association with this host exists or is connecting'
try "a line without text is refused" wrong '[3]' 'no text to send'
try "/ppid with an unknown PPID is refused" wrong '/ppid x' '/ppid: "x" is neither a number nor a name'

off() {
    con '/use 4' && con '/reset 1' && con '/streams +1 +1' && con '/peerprimary 127.0.0.1' &&
        shows con 'set_peer_primary_addr: ' || return
    shows con "net.sctp.addip_enable=1 net.sctp.auth_enable=1" && has_lines 2 "net.sctp.reconf_enable=1" "$DIR/con"
}
try "a command whose extension the peer has disabled is refused with a message" off

still_there() {
    con '/use 1' && con '[0] nothing was lost' && shows con "#1 $ONE [1]: nothing was lost"
}
try "the refused commands have harmed no association" still_there

killed() {
    kill -KILL "${SRVS[two]}" && wait_for has_line "#4 $TWO: association [0-9]+ (lost|shut down)" "$DIR/con" &&
        con '[0@4] x' && shows con "#4 $TWO: closed" && con '[0] the other goes on' &&
        shows con "#1 $ONE [1]: the other goes on"
}
try "a killed server is reported, and the other association goes on" killed

eof() {
    con /eof && shows con "#1 $ONE: shutting down" && wait_for has_line "#1 $ONE: association [0-9]+ shut down" "$DIR/con" &&
        hears one 'the peer is shutting down' && con 'x' && shows con 'there is no association: /connect HOST starts one'
}
try "/eof shuts one association down" eof

ends() {
    end_console
    local status=$?
    # A killed server's association is shut down by the kernel (1, for the commands that failed), and
# aborted by the userland stack (7).
    [ "$status" = 1 ] || [ "$status" = 7 ] || same "1 or 7" "$status"
}
try "at the end of the input the console ends, exit status 1 or 7 after failures" ends

# ---- in a pipe ------------------------------------------------------------

answers() {
    printf '[0] a\n[1] b\n' | batch "$ONE"
    same 0 "$STATUS" && has "#1 $ONE [1]: a" "$DIR/out" && has "#1 $ONE [2]: b" "$DIR/out" &&
        has "shut down" "$DIR/out"
}
try "with input from a pipe, replies to the last lines are printed, exit status 0" answers

quit() {
    printf '/quit\n[0] not sent\n' | batch "$ONE"
    same 0 "$STATUS" && ! grep 'not sent' "$DIR/out"
}
try "/quit: no further input is read, exit status 0" quit

own_abort() {
    printf '[0] x\n/abort enough\n/quit\n' | batch "$ONE"
    same 0 "$STATUS" && has "lost: user-initiated abort" "$DIR/out"
}
try "an association ended by /abort does not count as lost: exit status 0" own_abort

# On the userland stack, stream 0 takes no message until the peer has answered.
ended_during_a_reset() {
    printf '/reset 0\n/abort enough\n/quit\n' | batch "${EXTENSIONS[@]}" "$ONE"
    same 0 "$STATUS" && has "lost: user-initiated abort" "$DIR/out" || return
    printf '/reset 0\n/eof\n/quit\n' | batch "${EXTENSIONS[@]}" "$ONE"
    same 0 "$STATUS" && has "shut down" "$DIR/out"
}
try "an association can be aborted and shut down while stream 0 is reset" ended_during_a_reset

many() {
    seq -f "[1] line %.0f" 1 2000 | batch "$ONE"
    same 0 "$STATUS" && seq -f "#1 $ONE [2]: line %.0f" 1 2000 | same_files - <(grep line "$DIR/out")
}
try "2000 lines come back complete and in order" many

extra_words() {
    batch "$ONE" <<<$'/connect 127.0.0.1 9877\n/status 2'
    same 1 "$STATUS" && has 'line 1: /connect: only one host can be given; its port is HOST:PORT' "$DIR/err" &&
        has 'line 2: /status takes no argument' "$DIR/err" && has_lines 1 ' up: ' "$DIR/out"
}
try "a word too many after a command is refused" extra_words

exits() { # STATUS MESSAGE ARG...
    local expected=$1 message=$2
    shift 2
    batch "$@" <<<"/quit"
    same "$expected" "$STATUS" && has "$message" "$DIR/err"
}
try "a refused association: exit status 5" exits 5 "refused; is the server running" "127.0.0.1:$NOBODY"
try "an unknown host on the command line: exit status 4" exits 4 'host "unknown.invalid"' unknown.invalid
try "a host without a route: exit status 6" exits 6 "is there a route" fe80::1%lo # lo has no route to it
try "an unknown option of -O: exit status 2" exits 2 'unknown option "nonsense"' -O nonsense=1
try "a port after the host: exit status 2" exits 2 '"9877" is not a host: write host, host:port' localhost 9877
try "a host with a malformed port: exit status 2" exits 2 "write host, host:port or" localhost:abc
try "an unknown switch: exit status 2" exits 2 'try "sctp_console --help"' -C 127.0.0.1 localhost
try "one of several hosts refused: exit status 1" exits 1 refused "$ONE" "127.0.0.1:$NOBODY"
try "an option of -O that is refused for an association: exit status 1" exits 1 \
    "192.0.2.1 is not among the peer's addresses" -O primary_addr=192.0.2.1 "$ONE"

no_answer() {
    local host=127.0.0.1:$NOBODY
    if [ "${SCTP_STACK-}" = userland ]; then # a UDP port that does not answer
        start_silence "$NOBODY" || return
    else # a link without a host at its other end
        ip link add to_nobody type veth peer name nobody && ip addr add 198.51.100.1/24 dev to_nobody &&
            ip link set to_nobody up && ip link set nobody up || return
        host=198.51.100.2:$NOBODY
    fi
    printf '[0] hello\n' | batch -w 5 "$ONE" "$host"
    same 1 "$STATUS" && has_line "no answer in [0-9]+ s" "$DIR/err" && has "#1 $ONE [1]: hello" "$DIR/out" || return
    batch -w 1 "$host" </dev/null
    same 6 "$STATUS"
}
if [ "${SCTP_STACK-}" = userland ] || { [ -n "${SCTP_LAB-}" ] && [ "$EUID" = 0 ]; }; then
    try "a host that does not answer is abandoned after -w seconds; exit status 6 if it is the only one" no_answer
else
    skip "a host that does not answer is abandoned after -w seconds" "it changes the network of the host: run it in a lab"
fi

lost() {
    new_port
    "$BUILD/tests/peer" "$PORT" serve abort >"$DIR/peer.out" 2>&1 &
    PIDS+=($!)
    wait_for has listening "$DIR/peer.out" || return
    batch "127.0.0.1:$PORT" <<<"[0] x"
    same 7 "$STATUS" && has 'lost: user-initiated abort: not \x1b[31mtoday' "$DIR/out"
}
try "an association aborted by the peer is reported with the reason, exit status 7" lost

stuck() {
    console -w 4 "$ONE" && shows con " up: " && stop_process "${SRVS[one]}" &&
        seq -f "[1] %.0f $(printf '%050000d' 0)" 1 400 >&"${IN[con]}" && con /peers
    shows con "the send buffer has been full for 4 s: does the peer read?" && shows con "> #1"
    local status=$?
    end_console
    [ "$status $?" = "0 7" ] && shows con "no answer to the shutdown: the association is aborted"
    status=$?
    kill -CONT "${SRVS[one]}"
    return "$status"
}
try "lines that a peer did not read are reported after -w seconds, exit status 7" stuck

junk() {
    { head -c 20000 /dev/urandom; printf '\n/\n//\n/ \n[\n[0\n/abort\0x\n/opt =\n/opt .\n/help /\n/use\n/use 0\n/bind\n'; head -c 1100000 /dev/zero | tr '\0' x; printf '\n[0] after junk\n'; } |
        batch "$ONE"
    same 1 "$STATUS" && has "#1 $ONE [1]: after junk" "$DIR/out" && has "too long: a line may have" "$DIR/err"
}
try "junk input is reported line by line, and harms no association" junk

json() {
    printf '[1] caf\xc3\xa9 \x1b\n/peers\n' | batch -J -v "$ONE"
    same 0 "$STATUS" && has "up" "$DIR/err" && perl -MJSON::PP -we '
        my %seen;
        while (<>) {
            my $event = JSON::PP->new->utf8->decode($_);
            $seen{$event->{event} . ($event->{state} // "")}++;
            $seen{data} = 1 if $event->{event} eq "message" && $event->{data} eq "caf\x{e9} \e" && $event->{stream} == 2;
        }
        exit !($seen{data} && $seen{assoc_changecomm_up} && $seen{sender_dry} && $seen{assoc_changeshutdown_comp})' "$DIR/out"
}
try "-J: standard output has only JSON lines; answers to commands go to standard error" json

unconnected() {
    printf 'x\n/status\n/opt nodelay\n/connect %s\n[0] now\n' "$ONE" | batch
    same 1 "$STATUS" && has "line 1: there is no association" "$DIR/err" && has "nodelay=on" "$DIR/out" &&
        has "#1 $ONE [1]: now" "$DIR/out"
}
try "without a host on the command line, /connect makes the first association" unconnected

signalled() {
    console "$ONE" && shows con " up: " && kill -INT "${PID[con]}" && end_console
    same 130 $? && has "shut down" "$DIR/con"
}
try "Ctrl-C shuts down gracefully, exit status 130" signalled

finish
