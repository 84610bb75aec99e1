#!/usr/bin/env bash
# sctp_ping on two hosts with two links: firewalls, dead paths, losses, failover, and servers that have
# SCTP only over UDP or only natively.
. "${0%/*}/../lib.sh" 22350
. tests/netns/two_hosts.sh

ping() {
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}

check() { # STATUS REGEX ARG...: the output is one line that matches
    local status=$1 line=$2 time=()
    shift 2
    [ "$status" != 0 ] || time=(-w 60) # what works may be slow here
    ping --check "${time[@]}" "$@"
    cat "$DIR/err" "$DIR/out"
    same "$status" "$STATUS" && is_long 1 "$DIR/out" && { [[ $CLIENT != *userland ]] || said_udp "$status"; } &&
        has_line "^($line)$" "$DIR/out"
}

OURS=(-B 10.1.1.1 -B 10.1.2.1 -C 10.1.2.2)
start_server -B 10.1.1.2 -B 10.1.2.2 || exit 1

try "--check: both paths work, each seen by a heartbeat" check 0 \
    "works: 10.1.1.2 port $PORT, by 10\.1\.1\.2, 10\.1\.2\.2: .*" "${OURS[@]}" 10.1.1.2

no_route() { check 9 "no route: 192\.0\.2\.1 cannot be reached: .*" 192.0.2.1; }
try "--check: no route to the server" no_route

own_route() { # TYPE
    local why="a route of this host refuses it \\(unreachable, prohibit or blackhole\\); see 'ip -4 route show match 192\.0\.2\.7'"
    on_a ip route replace "$1" 192.0.2.7
    check 9 "no route: 192\.0\.2\.7 cannot be reached: $why" 192.0.2.7 || return
    client -w 5 192.0.2.7 <<<"[0] x"
    same 6 "$STATUS" && has_line "connect to 192\.0\.2\.7 port $PORT: $why" "$DIR/err"
}
for type in unreachable prohibit blackhole; do
    try "--check: a route of this host of type $type is named as the cause" own_route "$type"
done

# The name server never answers, and getaddrinfo(3) would wait for 10 s.  Ping ends before a process that sleeps
# for 8 s, which a busy machine delays as well.
in_vain() { # STATUS COMMAND...
    local status=$1 sleeper
    shift
    sleep 8 &
    sleeper=$!
    PIDS+=("$sleeper")
    # shellcheck disable=SC2016 # expanded by that shell
    unshare -m sh -c 'mount --bind "$1" "$(readlink -f /etc/resolv.conf)" && shift && exec "$@"' sh "$DIR/resolv.conf" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
    cat "$DIR/out" "$DIR/err"
    same "$status" "$STATUS" && kill "$sleeper"
}
no_names() { # [VARIABLE=VALUE]...
    local run=(env "$@" "$BUILD/sctp_ping" -p "$PORT" -w 0.5) status
    start_silence 53 && echo 'nameserver 127.0.0.1' >"$DIR/resolv.conf" || return
    in_vain 4 "${run[@]}" --check -B name.example 127.0.0.1 &&
        has_line '^host unknown: -B "name\.example": Temporary failure' "$DIR/out" &&
        in_vain 4 "${run[@]}" -C name.example 127.0.0.1 &&
        has_line '^sctp_ping: -C "name\.example": Temporary failure' "$DIR/err" &&
        in_vain 4 "${run[@]}" --check name.example && in_vain 4 "${run[@]}" name.example &&
        in_vain 4 "${run[@]}" --connect name.example && in_vain 4 "${run[@]}" --watch name.example
    status=$?
    kill "$SILENT"
    return "$status"
}
try "-w bounds the time in which names are resolved, those of -B and -C as well" no_names

# Prints the number of control chunks that host a has sent.
sent() { on_a sed -n 's/^SctpOutCtrlChunks[[:space:]]*//p' /proc/net/sctp/snmp; }
# INITs at 0, 200, 600 and 1400 ms; it waits for 1000 (the rest of -w is for the probes).  Sets CLAIMED and
# ACTUAL to their number.
count_inits() {
    local before
    cut_links 1
    before=$(sent)
    check 6 "no answer: 10\.1\.1\.2 port $PORT: INIT was sent [0-9]+ times in [0-9.]+ s, and no INIT ACK came; is the host up, and does a firewall on the way drop SCTP \(IP protocol 132\)\?" \
        -w 1.25 -O rtoinfo.initial=200 -O initmsg.max_init_timeo=1600 10.1.1.2
    local status=$? after
    after=$(sent)
    mend_links 1
    read_text "$DIR/out"
    [ "$status" = 0 ] && [[ $CONTENTS =~ ([0-9]+)\ times ]] || return
    CLAIMED=${BASH_REMATCH[1]} ACTUAL=$((after - before))
}
filtered() { # on a busy machine the kernel's timer may be late, and one INIT fewer be sent
    local i
    for ((i = 0; i < 10; i++)); do
        count_inits || return
        [ "$ACTUAL" -lt "$CLAIMED" ] || break
    done
    same "$ACTUAL" "$CLAIMED"
}
try "--check: a firewall that drops packets: no answer, and how often INIT was sent" filtered

dead_path() { # LINK
    cut_links "$1"
    check 11 "some paths only: 10\.1\.$((3 - $1))\.2 works; nothing came back from 10\.1\.$1\.2( \([a-z ]+\))?; is there a route, and does a firewall there drop SCTP\?" \
        -w 6 -O rtoinfo.initial=500,min=500,max=1000 "${OURS[@]}" 10.1.1.2
    local status=$?
    mend_links "$1"
    return "$status"
}
try "--check: a dead second path is named" dead_path 2
try "--check: a dead first path is named" dead_path 1

# A firewall that lets packets through in one direction only: those of the other are lost on the second link.
one_way() {
    local host status
    for host in a b; do
        tc -n "$host" qdisc change dev "${host}2" root netem loss 100% &&
            check 11 "some paths only: 10\.1\.1\.2 works; 10\.1\.2\.2 was advertised and never confirmed; .*" -w 3 10.1.1.2
        status=$?
        mend_links 2
        [ "$status" = 0 ] || return
    done
}
try "--check: a second path that is filtered in one direction is named" one_way

# The round-trip times are 10 ms and 100 ms.  The first time of each address is left out: the stack itself
# confirms an address by a heartbeat, a little earlier.
beats() {
    links "delay 50ms" 2
    # Before the first heartbeat, ARP may take a round trip of its own.
    ping --heartbeat -c 20 -i 0.05 -O rtoinfo.initial=1000,max=1000 10.1.1.2
    mend_links 2
    cat "$DIR/out"
    same 0 "$STATUS" && has "40 sent, 40 answered, 0 lost (0 %), in " "$DIR/out" && perl -ne '
        push @{$t{$1}}, $2 if /^heartbeat to (\S+): seq=[1-9]\d* time=(\S+) ms/;
        END { for (["10.1.1.2", 10], ["10.1.2.2", 100]) {
            my ($address, $rtt) = @$_;
            my @sorted = sort { $a <=> $b } @{$t{$address}};
            $sorted[0] >= $rtt * 0.98 && $sorted[3] < $rtt * 1.1 + 5 or die "$address: @sorted\n" } }' "$DIR/out"
}
try "--heartbeat: the time of each path is measured" beats

# No heartbeat on the other path is lost: a pause of the machine is shorter than the initial RTO.
dead_beats() {
    cut_links 2
    ping --heartbeat -c 3 -i 0.05 -O rtoinfo.initial=1000,min=200,max=1000 "${OURS[@]}" 10.1.1.2
    mend_links 2
    cat "$DIR/out"
    same 1 "$STATUS" && has_lines 3 '^heartbeat to 10\.1\.1\.2: ' "$DIR/out" && has_lines 3 '^no answer from 10\.1\.2\.2: seq=[0-2]$' "$DIR/out" &&
        has "heartbeats to 10.1.2.2: 3 sent, 0 answered, 3 lost (100 %)"$'\n' "$DIR/out"
}
try "--heartbeat: a path that is cut loses its heartbeats, the other path none" dead_beats
check_beats() {
    cut_links 2
    check 11 "some paths only: 10\.1\.1\.2 \([0-9.]+ ms\) works; nothing came back from 10\.1\.2\.2( \([a-z ]+\))?; .*" \
        --heartbeat -w 4 "${OURS[@]}" 10.1.1.2
    local status=$?
    mend_links 2
    return "$status"
}
try "--check --heartbeat: a path that is cut is named" check_beats

# Only the server has named the second address.
advertised() {
    local status
    cut_links 2
    check 11 "some paths only: 10\.1\.1\.2 works; 10\.1\.2\.2 was advertised and never confirmed; is there a route, and does a firewall there drop SCTP\?" \
        -w 4 10.1.1.2 && check 0 "works: .*, by 10\.1\.1\.2: .*" --paths given 10.1.1.2 &&
        check 11 "some paths only: .*; nothing came back from 10\.1\.2\.2( \([a-z ]+\))?; .*" -w 4 --paths given -C 10.1.2.2 10.1.1.2
    status=$?
    mend_links 2
    [ "$status" = 0 ] && check 0 "works: .*, by 10\.1\.1\.2, 10\.1\.2\.2: .*" 10.1.1.2
}
try "--check: an address that the server advertises, and which never answers, is named, but not with --paths given" advertised

# Starts ping --watch in the background, until ends_watch.
start_watch() { # ARG...
    : >"$DIR/out"
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" --watch -i 0.2 -O rtoinfo.initial=200,min=100,max=800 -O peer_addr_params.pathmaxrxt=2 \
        "${OURS[@]}" "$@" 10.1.1.2 >"$DIR/out" 2>"$DIR/err" &
    WATCH=$!
    PIDS+=("$WATCH")
    wait_for has "association up: 10.1.1.2" "$DIR/out"
}
ends_watch() { # STATUS...: it exits with one of these
    kill -INT "$WATCH"
    wait "$WATCH"
    local status=$?
    cat "$DIR/out" "$DIR/err"
    echo "status $status" && [[ " $* " == *" $status "* ]]
}

# Where a pause of the machine takes a path down, it comes up again.  On a busy machine a measured RTO may be
# above half of the maximum, and so not double.  An INIT that had to wait for ARP may arrive after a later one,
# and the userland stack then aborts the new association.
watches() {
    local status
    start_watch || return
    cut_links 2
    wait_for has_line '^[0-9:.]{12} path 10\.1\.2\.2 is down$' "$DIR/out"
    status=$?
    mend_links 2
    [ "$status" = 0 ] && wait_for has_line '^[0-9:.]{12} path 10\.1\.2\.2 is up again$' "$DIR/out" || return
    cut_links 1 2
    wait_for has_line '^[0-9:.]{12} lost after [0-9.]+ s: the server no longer answers' "$DIR/out"
    status=$?
    mend_links 1 2
    [ "$status" = 0 ] && wait_for has_line '^[0-9:.]{12} association back after [0-9.]+ s: ' "$DIR/out" && ends_watch 7 || return
    has_line '^[0-9:.]{12} path 10\.1\.[12]\.2: RTO doubled to [0-9]+ ms$' "$DIR/out" && has_line ' [2-9] associations, [1-9] lost, ' "$DIR/out"
}
try "--watch: a path that fails and comes back, and the loss of the association and its return, are printed" watches

other_primary() { wait_for has_line '^[0-9:.]{12} primary path: 10\.1\.2\.2, before 10\.1\.1\.2$' "$DIR/out"; }
# RFC 5061, section 4.2.4.
asks_for_primary() {
    local PORT=$((PORT + 20)) dynamic=(-O auth_supported=on -O asconf_supported=on -O "rtoinfo.initial=800,min=100,max=800")
    # shellcheck disable=SC2086 # words
    open_terminal live $LAUNCH "$BUILD/tests/live" -p "$PORT" -B 10.1.1.2 -B 10.1.2.2 "${dynamic[@]}" && shows live listening &&
        start_watch "${dynamic[@]}" && tell set_peer_primary_addr=10.1.2.2 && other_primary
    local status=$?
    ends_watch 0 11
    close_terminal live
    return "$status"
}
try "--watch: another primary path, for which the server asks, is printed" asks_for_primary
# RFC 7829, section 5.  Where a COOKIE ECHO is sent again, Linux makes the other address the primary one.
switches_over() {
    local link status
    on_a sysctl -qw net.sctp.ps_retrans=2
    start_watch -J && link=$(sed -nE '1s/.*"addr":"10\.1\.([12])\.2","state":"[a-z ]+","primary":true.*/\1/p' "$DIR/out") &&
        cut_links "$link" && wait_for has_line "\"what\":\"primary\",\"host\":\"10\.1\.1\.2\",\"port\":[0-9]+,\"addr\":\"10\.1\.$((3 - link))\.2\",\"text\":" "$DIR/out"
    status=$?
    mend_links 1 2
    on_a sysctl -qw net.sctp.ps_retrans=65535
    ends_watch 0 11 && [ "$status" = 0 ] && has '"what":"rto"' "$DIR/out" && has '"what":"path"' "$DIR/out" &&
        tests/tools/schema.pl doc/sctp_ping.schema.json <"$DIR/out"
}
try "--watch -J: another primary path, to which the kernel has switched over, is printed" switches_over

lossy() {
    links "delay 5ms loss 5%" 1
    ping -q -c 100 -i 0.01 10.1.1.2
    mend_links 1
    cat "$DIR/out"
    same 0 "$STATUS" && has "100 sent, 100 received, 0 lost (0 %), 0 duplicates" "$DIR/out"
}
try "5 % loss each way: all messages come back once" lossy

# Where a pause of the machine had already moved the replies to the second path, there is no failover.
fails_over() {
    local down='^[0-9:.]{12} association [0-9]+: address 10\.1\.1\.2 is unreachable' ups downs status
    for _ in 1 2 3 4 5; do
        count_lines 'address 10\.1\.1\.2 is available' "$DIR/out"
        ups=$FOUND
        count_lines "$down" "$DIR/out"
        downs=$FOUND
        cut_links 1 || return
        wait_for has_more_lines "$downs" "$down" "$DIR/out"
        status=$?
        mend_links 1
        [ "$status" = 0 ] && wait_for has_more_lines "$ups" 'address 10\.1\.1\.2 is available' "$DIR/out" || return
        has_line '^[0-9:.]{12} no replies for [0-9.]+ s; they come from 10\.1\.2\.2 now' "$DIR/out" >/dev/null && return
    done
    grep -v ' bytes from ' "$DIR/out"
    return 1
}
failover() {
    : >"$DIR/out"
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" -i 0.02 "${OURS[@]}" 10.1.1.2 >"$DIR/out" 2>"$DIR/err" &
    local pid=$! status
    PIDS+=("$pid")
    wait_for has_line "address 10.1.[12].1 is confirmed" "$DIR/srv.out" && wait_for has "seq=20 " "$DIR/out" &&
        fails_over || return
    kill -INT "$pid"
    wait "$pid"
    status=$?
    cat "$DIR/out" "$DIR/err"
    # A machine that pauses for longer than a timeout may make a path potentially failed, or the other one
    # primary.
    local works='(active|potentially failed)(, primary)?'
    same 0 "$status" && has_line '^([0-9]+) sent, \1 received, 0 lost' "$DIR/out" &&
        has_line "^path 10\.1\.1\.2: $works, [0-9]+ replies, srtt [0-9]+ ticks, rto [0-9]+ ms, cwnd [0-9]+ bytes$" "$DIR/out" &&
        has_line "^path 10\.1\.2\.2: $works, [1-9][0-9]* replies" "$DIR/out" &&
        has_lines 1 '^path .*, primary, ' "$DIR/out"
}
try "a failover: the events are printed, and the summary has the gap without replies and the paths" failover

lost() {
    : >"$DIR/out"
    $CLIENT "$BUILD/sctp_ping" -p "$PORT" -i 0.05 -O rtoinfo.initial=200,max=400 -O assocparams.asocmaxrxt=4 10.1.1.2 >"$DIR/out" 2>"$DIR/err" &
    local pid=$! status
    PIDS+=("$pid")
    wait_for has "seq=3 " "$DIR/out" || return
    cut_links 1 2
    wait_for is_gone "$pid"
    wait "$pid"
    status=$?
    mend_links 1 2
    cat "$DIR/out" "$DIR/err"
    same 7 "$status" && has_line 'sent, [0-9]+ received, [1-9][0-9]* lost' "$DIR/out"
}
try "all links cut: the association is lost, exit status 7" lost
stop_server

if [ -e "$BUILD/libsctp_userland.so" ]; then
    refused="refused: 10\.1\.1\.2 port [0-9]+ refused"

    LAUNCH="$ON_HOST b SCTP_STACK=userland"
    start_server || exit 1
    try "--check: a server that has SCTP over UDP only: refused, and the message says where SCTP is" check 5 \
        "$refused, but SCTP over UDP answers there, at UDP port $PORT: set SCTP_STACK=userland" 10.1.1.2
    stop_server

    LAUNCH="$ON_HOST b SCTP_STACK=kernel"
    CLIENT="$ON_HOST a SCTP_STACK=userland"
    start_server || exit 1
    try "--check: a server that has native SCTP only refuses SCTP over UDP" check 5 \
        "$refused, as nothing listens on UDP port $PORT there, but SCTP answers there natively \(IP protocol 132\).*" 10.1.1.2
    stop_server

    try "-w bounds the time in which names are resolved, on the userland stack as well" no_names SCTP_STACK=userland
    try "--check over UDP: no route to the server" no_route
    try "--check over UDP: a route of this host of type prohibit is named as the cause" own_route prohibit

    LAUNCH="$ON_HOST b SCTP_STACK=userland SCTP_UDP_PORT=9899"
    start_server || exit 1
    try "--check over UDP: SCTP_UDP_PORT at the server only: --check finds it at UDP port 9899" check 5 \
        "$refused, as nothing listens on UDP port $PORT there, but SCTP over UDP answers there, at UDP port 9899: SCTP_UDP_PORT=9899 is set there only; set it here too" 10.1.1.2
    stop_server

    LAUNCH="$ON_HOST b SCTP_STACK=userland"
    start_server -B 10.1.1.2 -B 10.1.2.2 || exit 1
    try "--check over UDP: both paths work" check 0 \
        "works: 10.1.1.2 port $PORT, by 10\.1\.1\.2, 10\.1\.2\.2: .*, over UDP" "${OURS[@]}" 10.1.1.2
    try "--heartbeat over UDP: the time of each path is measured" beats
    try "--heartbeat over UDP: a path that is cut loses its heartbeats, the other path none" dead_beats
    try "--check --heartbeat over UDP: a path that is cut is named" check_beats
    try "--check over UDP: an address that the server advertises, and which never answers, is named" advertised
    try "--watch over UDP: changes of a path and of the association are printed" watches
    try "--watch over UDP: another primary path, for which the server asks, is printed" asks_for_primary
    try "--check over UDP: a second path that is filtered in one direction is named" one_way
    try "--check over UDP: a dead second path is named" dead_path 2
    try "--check over UDP: a dead first path is named" dead_path 1
    stop_server
fi
finish
