#!/usr/bin/env bash
# Runs every command that a man page shows: it succeeds, and prints what the page says.
# shellcheck disable=SC2016 # the commands are those of the pages, and expanded when they run
. "${0%/*}/lib.sh" 25400

PAGES=({chat,echo,hello,lib,tools,tools/console,tools/ping,userland}/*.[17])
ANOTHER=$((PORT + 40)) NOBODY=$((PORT + 41))

# Prints the commands of the EXAMPLES sections, the lines that are typed into them, and all other lines
# with a prompt; without the prompts.
examples() {
    sed -nE '/^\.Sh EXAMPLES/,/^\.Sh [^E]/s/^\.Dl ([$#] )?//p; t; s/^(\.Dl )?[$#] //p' "${PAGES[@]}" |
        sed 's/\\(dq/"/g; s/\\(aq/'\''/g; s/\\e/\\/g; s/\\&//g'
}

# Sets HERE to a page's command as this test runs it: with loopback addresses, ports of this test, and
# an end to commands that have none.
declare -A RUN=()
here() { # COMMAND
    local from to name
    RUN[$1]=1
    HERE=" $1 "
    while read -r from to; do HERE=${HERE//"$from"/"$to"}; done <<END
10.0.0.1 127.0.0.1
10.0.1.1 127.0.0.3
10.0.0.2 127.0.0.2
10.0.1.2 127.0.0.4
10.1.0.1 127.0.0.4
10.1.0.2 127.0.0.3
0.0.0.0 127.0.0.1
localhost 127.0.0.1
9876 $PORT
9877 $PORT
9878 $PORT
5000 $PORT
9900 $ANOTHER
9901 $NOBODY
chat.log $DIR/chat.log
%p.pcap $DIR/4711.pcap
END
    for name in host server; do HERE=${HERE//" $name "/" 127.0.0.1 "}; done
    HERE=${HERE//" host;"/" 127.0.0.1;"}
    for name in echo_cli echo_srv chat_cli chat_srv hello_cli hello_srv ping opts console; do
        HERE=${HERE//" sctp_$name "/" kept $BUILD/sctp_$name -p $PORT "}
    done
    HERE=${HERE//" 4711.pcap "/" $DIR/4711.pcap "}
    HERE=${HERE//" -w 3 "/" -w $HANG "}
    HERE=${HERE//" -w 60 "/" -w $HANG -c 3 "}
    HERE=${HERE//" -i 0.05 "/" -c 3 -i 0.05 "}
    HERE=${HERE//" make "/" echo all is built "}
    HERE=${HERE//" sleep "/" kept sleep "}
    HERE=${HERE//" sctp_darn "/" stdbuf -oL sctp_darn "}
    HERE=${HERE//" jq "/" tee $DIR/json | jq "}
    case $HERE in
    *" withuserland "*) HERE=${HERE//" withuserland "/" kept $OTHERS "} ;;
    *) HERE=${HERE//" ncat "/" kept $OTHERS ncat "} ;;
    esac
}
# Writes its process id to $DIR/PROGRAM.pid, for end(), and executes the program.
kept() {
    echo "$BASHPID" >"$DIR/${1##*/}.pid"
    exec "$@"
}
export -f kept
end() { # PROGRAM
    local pid
    read -r pid <"$DIR/$1.pid" && PIDS+=("$pid") && kill "$pid"
}

# Runs a page's command to its end; output in $DIR/out and err.
run() { # COMMAND
    here "$1"
    (eval "${HERE//" kept "/" "}") >"$DIR/out" 2>"$DIR/err" </dev/null
    same 0 $? || { cat "$DIR/err" && false; }
}
prints() { run "$1" && has_line "$2" "$DIR/out"; } # COMMAND REGEX
# Starts a page's command with open_terminal NAME.
start() { # NAME COMMAND
    here "$2"
    open_terminal "$1" bash -c "$HERE"
}
# Kills a command that has no end of its own.
leave() { # NAME
    close_terminal "$1"
    true
}

# ---- hello ----------------------------------------------------------------

try "sctp_hello_srv(1): the server starts" eval 'start hello "sctp_hello_srv -m '\''good morning'\''" && shows hello listening'
try "sctp_hello_cli(1): the client prints the server's line" prints 'sctp_hello_cli localhost' '^good morning$'
try_with ncat "sctp_hello_srv(1): ncat prints the server's line" prints 'ncat --sctp --recv-only localhost 9876' '^good morning$'
try "sctp_hello_srv ends on SIGTERM" eval 'end sctp_hello_srv && end_terminal hello'
ncat_greets() {
    new_port
    start greeter 'echo hello | ncat -4 --sctp --send-only -l 9876' &&
        wait_for prints 'sctp_hello_cli localhost' '^hello$' && end_terminal greeter
}
try_with ncat "sctp_hello_cli(1): the client prints the line of an ncat server" ncat_greets

# ---- echo, ping, opts and console -----------------------------------------

new_port
try "sctp_echo_srv(1): a server with two addresses starts" eval 'start echo "sctp_echo_srv -v -B 10.0.0.1 -B 10.0.1.1" && shows echo listening'
try "sctp_echo_cli(1): the client prints the echo of a line" prints "echo '[0] hello' | sctp_echo_cli localhost" '^From str:[0-9]+ seq:0 .*:\[0\] hello$'
try "sctp_echo_cli(1): -q shows by its status whether a host can be reached" prints 'sctp_echo_cli -q -w 3 host </dev/null && echo yes' '^yes$'
two_addresses() {
    start two 'sctp_echo_cli -v -B 10.0.0.2 -B 10.0.1.2 -C 10.0.1.1 10.0.0.1' &&
        shows two " up: " && has_line 'local 127.0.0.(2, 127.0.0.4|4, 127.0.0.2) port' "$DIR/two" && end_terminal two
}
try "sctp_echo_cli(1): an association has two addresses at both ends" two_addresses

try "sctp_ping(1): ping at a short interval, with two addresses of the server" prints 'sctp_ping -i 0.05 -C 10.0.1.1 10.0.0.1' '^3 sent, 3 received'
round_trips() {
    run "sctp_ping -J -w 60 host | jq 'select(.event == \"reply\") | .ms'" && has_lines 3 '^[0-9.]+$' "$DIR/out"
}
try_with jq "sctp_ping(1): jq prints the round-trip times" round_trips
try "sctp_ping(1): --check -q shows by its status whether SCTP works" prints 'sctp_ping --check -q -w 3 host; echo $?' '^0$'

try "sctp_opts(1): all options are listed" prints sctp_opts '^rtoinfo.initial +3000 ms$'
timeouts() { run 'sctp_opts rtoinfo associnfo.asocmaxrxt' && has_lines 4 '^(rtoinfo\.[a-z]+|associnfo.asocmaxrxt) ' "$DIR/out"; }
try "sctp_opts(1): names as arguments list only the timeouts" timeouts
path() {
    run 'sctp_opts -n get_peer_addr_info -n status.state 10.0.0.1' && has_line '^status.state +established' "$DIR/out" &&
        has_line '^get_peer_addr_info\.[a-z]+@127.0.0.1 ' "$DIR/out"
}
try "sctp_opts(1): the state of an association and its path is listed" path
set_back() {
    run 'sctp_opts -O rtoinfo.initial=500,max=2000,min=200 -n rtoinfo' &&
        same "initial 500 max 2000 min 200 " "$(sed -nE 's/^rtoinfo\.([a-z]+) +([0-9]+) ms$/\1 \2/p' "$DIR/out" | tr '\n' ' ')"
}
try "sctp_opts(1): values are set and read back" set_back
try "sctp_opts(1): an option of a path is set" prints 'sctp_opts -O peer_addr_params.hbinterval=1000@10.0.0.1 10.0.0.1' \
    '^peer_addr_params.hbinterval@127.0.0.1 +1000 ms$'

path_console() {
    start path 'sctp_console -B 10.0.0.1 -B 10.1.0.1 server' && shows path " up: " || return
    here '/primary 10.1.0.2' && type_in path "${HERE// \//\/}" || return
    here '/status' && wait_for is_primary && end_terminal path
}
is_primary() { type_in path "${HERE// /}" && wait_for has_line '^\*? ?127.0.0.3 ' "$DIR/path" && has_line '^\* 127.0.0.3 ' "$DIR/path"; }
try "sctp_console(1): /primary changes the primary path" path_console
ngap() { run "printf '/ppid ngap\\n[0] x\\n' | sctp_console -J server | jq -c ." && has '"comm_up"' "$DIR/out" && has 'ngap' "$DIR/out"; }
try_with jq "sctp_console(1): a message is sent with the PPID of /ppid" ngap

messages() {
    PORT=$ANOTHER
    start texts "sctp_echo_srv -eJ | jq 'select(.event == \"message\") | .data'" && wait_for sends || return
    PORT=$ECHO
    three || return
    end sctp_echo_srv && end_terminal texts && has '"hello"' "$DIR/texts"
}
sends() { "$BUILD/sctp_console" -p "$PORT" 127.0.0.1 <<<"[0] hello"; } # that server does not reply
says() { client 127.0.0.1 <<<"[0] hello" && same 0 "$STATUS"; }
three() {
    start three 'sctp_console localhost:9877 localhost:9900 localhost:9901' && shows three "#1 127.0.0.1:$PORT: association" &&
        shows three "#2 127.0.0.1:$ANOTHER: association" && shows three "#3 127.0.0.1:$NOBODY: connect to" &&
        has refused "$DIR/three" && end sctp_console
}
ECHO=$PORT
try_with jq "sctp_echo_srv(1), sctp_console(1): jq prints messages; a console reports one of three servers as refused" messages
try "sctp_echo_srv ends on SIGTERM" eval 'kill "${PID[echo]}" && end_terminal echo'

aborts() {
    new_port
    start reasons "sctp_echo_srv -J | jq -r 'select(.state == \"comm_lost\") | .causes[].text'" && wait_for says || return
    printf '/abort too slow\n' | "$BUILD/sctp_console" -p "$PORT" 127.0.0.1 >"$DIR/out" 2>&1
    wait_for has '"comm_lost"' "$DIR/json" && end sctp_echo_srv && end_terminal reasons && has_line '^too slow$' "$DIR/reasons" &&
        same "$(sed -n '/^{"event/,/^\.Ed/p' lib/sctp_events.7 | sed '$d' | lost)" "$(lost <"$DIR/json")"
}
lost() { jq -cS 'select(.state == "comm_lost") | del(.assoc_id)'; }
try_with jq "sctp_events(7): jq prints the reason of an abort; the event is the one that the page shows" aborts

# ---- chat -----------------------------------------------------------------

new_port
try "sctp_chat_srv(1): the server starts" eval 'start chat "sctp_chat_srv -v" && shows chat listening'
try "sctp_chat_cli(1): alice joins" eval 'start alice "sctp_chat_cli alice@localhost" && shows alice "*** you are alice"'
log() {
    : >"$DIR/chat.log"
    start log 'sleep infinity | sctp_chat_cli -R -n log localhost >>chat.log' && shows alice "*** log has joined"
}
try "sctp_chat_cli(1): a client that writes a log joins" log
builder() {
    run "make 2>&1 | tail -n 1 | sed 's/^/[2] /' | sctp_chat_cli builder@localhost" &&
        shows alice "[2] builder: all is built" && wait_for has "[2] builder: all is built" "$DIR/chat.log"
}
try "sctp_chat_cli(1): the result of a build is sent to channel 2, and is in the log" builder
guest() {
    start guest 'ncat --sctp localhost 9878' && shows guest "*** you are guest" && leave guest
}
try_with ncat "sctp_chat_srv(1): ncat joins" guest
try "sctp_chat_srv and its clients end" eval 'end sleep && end_terminal log && end_terminal alice && end sctp_chat_srv && end_terminal chat'

# ---- commands for one stack -----------------------------------------------

SYSCTLS=('sysctl -w net.sctp.sndbuf_policy=1 net.sctp.rcvbuf_policy=1' 'sysctl -w net.sctp.reconf_enable=1 net.sctp.auth_enable=1'
    'sysctl -w net.sctp.addip_enable=1' 'sysctl -w net.sctp.udp_port=9899 net.sctp.encap_port=9899')
set_sysctl() { # COMMAND: in a network namespace, which has its own settings
    RUN[$1]=1
    # shellcheck disable=SC2086 # words
    unshare -n $1 >"$DIR/out" 2>&1
    same 0 $? && has "net.sctp." "$DIR/out"
}
for command in "${SYSCTLS[@]}"; do
    if [ "${SCTP_STACK-}" = kernel ] && [ "$EUID" = 0 ]; then
        try "$command" set_sysctl "$command"
    else
        RUN[$command]=1
        skip "$command" "it needs root and the kernel's stack"
    fi
done

WITH=('withuserland ncat -4 --sctp -l 5000' 'withuserland ncat --sctp localhost 5000' 'withuserland sctp_darn -H 0.0.0.0 -P 5000 -l')
pair() {
    new_port
    start listener "${WITH[0]}" && start caller "${WITH[1]}" && type_in caller hello || return
    wait_for caller_or_again && leave caller && leave listener
}
caller_or_again() {
    has hello "$DIR/listener" && return
    ! is_gone "${PID[caller]}" || { leave caller && start caller "${WITH[1]}" && type_in caller hello; }
    return 1
}
darn() {
    new_port
    start darn "${WITH[2]}" && shows darn listening && leave darn
}
CAPTURE=('SCTP_USERLAND_PCAP=%p.pcap sctp_ping -c 3 localhost' 'tshark -r 4711.pcap')
captured() {
    run "${CAPTURE[0]}" && prints "${CAPTURE[1]}" 'SCTP .* DATA '
}
if [ -n "$OTHERS" ]; then
    try_with ncat "withuserland(1): two ncat exchange a line" pair
    try_with sctp_darn "withuserland(1): sctp_darn listens" darn
    start_server
    try_with tshark "libsctp_userland(7): tshark shows the packets of a ping" captured
    for command in "${CAPTURE[@]}"; do RUN[$command]=1; done
else
    for command in "${WITH[@]}" "${CAPTURE[@]}"; do RUN[$command]=1; done
    skip "the examples of withuserland and of a capture" "they need the userland stack"
fi

# ---------------------------------------------------------------------------

all_run() {
    local line
    examples >"$DIR/examples"
    while read -r line; do
        [ -n "${RUN[$line]-}" ] || echo "no test runs: $line"
    done <"$DIR/examples" >"$DIR/missing"
    for line in "${!RUN[@]}"; do
        has $'\n'"$line"$'\n' "$DIR/examples" >/dev/null || echo "no page shows: $line"
    done >>"$DIR/missing"
    same "" "$(<"$DIR/missing")"
}
try_with "jq ncat sctp_darn" "a test runs every command that a page shows, and no other" all_run

finish
