#!/usr/bin/env bash
# sctp_ping: its counts and messages, and each verdict of --check that loopback can produce.
. "${0%/*}/lib.sh" 22300

ping() {
    ${MEMCHECK-} "$BUILD/sctp_ping" -p "$PORT" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}

# Starts ping in the background, until end_ping, and waits for replies.
start_ping() {
    : >"$DIR/out" # otherwise the replies of the previous ping would be found
    ${MEMCHECK-} "$BUILD/sctp_ping" -p "$PORT" "$@" >"$DIR/out" 2>"$DIR/err" &
    PING=$!
    PIDS+=("$PING")
    wait_for has_line 'bytes from|"seq":2' "$DIR/out"
}
end_ping() { # [SIGNAL]: sets STATUS
    [ $# = 0 ] || kill -"$1" "$PING"
    wait "$PING" 2>/dev/null
    STATUS=$?
}

# Starts a server of tests/tools/peer.c, which misbehaves as MODE says.
start_peer() { # MODE
    new_port
    : >"$DIR/peer.out" # otherwise "listening" of the previous server would be found
    "$BUILD/tests/peer" "$PORT" serve "$1" >"$DIR/peer.out" 2>&1 &
    PEER=$!
    PIDS+=("$PEER")
    wait_for has listening "$DIR/peer.out"
}
end_peer() {
    kill -KILL "$PEER" 2>/dev/null # unless it has ended with its association
    wait "$PEER" 2>/dev/null
}

# Prints the number before a word of the summary.
counted() {
    local last="^.*[^0-9]([0-9]+) $1"
    read_text "$DIR/out"
    [[ $'\n'$CONTENTS =~ $last ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

start_server -B 127.0.0.1 || exit 1 # otherwise its paths are all addresses of this host

counts() {
    ping -c 3 -i 0.01 127.0.0.1
    same 0 "$STATUS" || return
    sed -n 's/ time=[0-9.]* ms$//p' "$DIR/out" >"$DIR/got"
    printf '56 bytes from 127.0.0.1: stream=0 back=1 seq=%d\n' 0 1 2 >"$DIR/want"
    same_files "$DIR/want" "$DIR/got" &&
        has "SCTP ping 127.0.0.1 (127.0.0.1 port $PORT): 56 bytes, on 1 of 10 streams" "$DIR/out" &&
        has "3 sent, 3 received, 0 lost (0 %), 0 duplicates, in " "$DIR/out" &&
        has_line '^min/avg/p50/p99/max = [0-9.]+(/[0-9.]+){4} ms$' "$DIR/out"
}
try "ping prints a line for each reply, and a summary" counts

interval() {
    ping -J -c 4 -i 0.1 127.0.0.1
    same 0 "$STATUS" && perl -MJSON::PP -ne '
        $_ = decode_json($_);
        $at{$_->{seq}} = $_->{time} - $_->{ms} / 1000 if $_->{event} eq "reply";
        END { my $took = $at{3} - $at{0}; print "took $took s\n"; exit($took < 0.299) }' "$DIR/out"
}
try "-i sets the interval between two messages" interval

sizes() {
    local size
    for size in 24 1452 200000; do
        ping -c 2 -i 0.01 -s "$size" 127.0.0.1
        same 0 "$STATUS" && has_lines 2 "^$size bytes from" "$DIR/out" || return
    done
}
try "-s sets the size of messages, from one packet to many" sizes

streams() {
    ping -c 7 -i 0.01 -S 3 127.0.0.1
    same 0 "$STATUS" &&
        same "0 1 2 0 1 2 0" "$(grep -oP '(?<=stream=)\d+' "$DIR/out" | xargs)" &&
        same "1 2 3 1 2 3 1" "$(grep -oP '(?<=back=)\d+' "$DIR/out" | xargs)" &&
        has "stream 0: 3 sent, 3 received, 0 lost" "$DIR/out" &&
        has "stream 2: 2 sent, 2 received, 0 lost" "$DIR/out"
}
try "-S uses the streams in turn, and counts each" streams

flood() {
    ping -f -q -c 500 -S 3 127.0.0.1
    same 0 "$STATUS" && has "500 sent, 500 received, 0 lost (0 %), 0 duplicates" "$DIR/out" &&
        has_lines 0 "bytes from" "$DIR/out" && ! grep -q $'\r' "$DIR/out"
}
try "-f sends a message for each reply, 500 in all; -q prints no replies" flood

on_a_terminal() {
    script -qec "$BUILD/sctp_ping -p $PORT -q -c 2 -i 0.3 127.0.0.1" "$DIR/typescript" </dev/null >/dev/null
    same 0 $? && has "1 sent, 1 received" "$DIR/typescript" && grep -q $'\r' "$DIR/typescript" &&
        has "2 sent, 2 received, 0 lost" "$DIR/typescript"
}
try "-q shows a counter on a terminal" on_a_terminal

deadline() {
    ping -q -i 0.02 -w 3 127.0.0.1
    same 0 "$STATUS" && [ "$(counted sent)" -ge 3 ] && same "$(counted sent)" "$(counted received)"
}
try "-w ends ping after so many seconds, with no message lost" deadline

sigint() { # SIGNAL
    start_ping -i 0.01 127.0.0.1
    wait_for has "seq=5 " "$DIR/out"
    end_ping "$1"
    same 0 "$STATUS" && same "$(counted sent)" "$(counted received)" && has "0 lost" "$DIR/out" &&
        same "$(counted received)" "$(grep -c "bytes from" "$DIR/out")"
}
try "SIGINT: ping prints the summary, exit status 0" sigint INT
try "SIGTERM: ping prints the summary, exit status 0" sigint TERM

taken() { is_gone "$PING" || grep -qxE "ShdPnd:[[:space:]]*0+" "/proc/$PING/status"; } # the signal is no longer pending
sigint_twice() {
    start_ping -i 0.02 127.0.0.1
    stop_process "$SRV"
    sleep 0.5 # the long round-trip time makes ping wait a second for outstanding replies
    kill -CONT "$SRV"
    wait_for has_line "time=([4-9][0-9]{2}|[0-9]{4,})\." "$DIR/out" || return
    stop_process "$SRV"
    kill -INT "$PING" && wait_for taken && kill -INT "$PING" && wait_for taken && kill -TERM "$PING"
    kill -CONT "$SRV"
    end_ping
    [ "$STATUS" -le 1 ] && has_lines 1 statistics "$DIR/out" && has "min/avg/p50/p99/max" "$DIR/out"
}
try "a second SIGINT at once does not suppress the summary" sigint_twice

nobody_reads() {
    make_fifo
    ${MEMCHECK-} "$BUILD/sctp_ping" -p "$PORT" -f -S 500 127.0.0.1 >"$FIFO" 2>"$DIR/err" &
    PING=$!
    PIDS+=("$PING")
    exec {fd}<"$FIFO"
    wait_for pipe_is_full "$fd" || return
    kill -TERM "$PING"
    wait_for is_gone "$PING" || return
    end_ping
    exec {fd}<&-
    [ "$STATUS" -le 1 ] # 1: some replies were outstanding
}
try "SIGTERM ends ping when its output is not read" nobody_reads

sigquit() {
    local seen
    start_ping -i 0.02 127.0.0.1
    kill -QUIT "$PING"
    wait_for has_line '^[0-9]+ sent, [0-9]+ received, [0-9]+ outstanding .* ms$' "$DIR/out" || return
    seen=$(grep -c "bytes from" "$DIR/out")
    wait_for has "seq=$((seen + 3)) " "$DIR/out" || return
    end_ping INT
    same 0 "$STATUS" && has_lines 1 "statistics" "$DIR/out"
}
try "SIGQUIT prints a line of statistics, and ping goes on" sigquit

options() {
    ping -J -c 3 -i 0.01 -O rtoinfo.initial=500,min=200,max=2000 127.0.0.1
    same 0 "$STATUS" && tail -n 1 "$DIR/out" | perl -MJSON::PP -ne '
        my $rto = decode_json($_)->{paths}[0]{rto}; print "rto $rto\n"; exit($rto > 500)'
}
try "-O sets socket options" options

# All fields of the JSON lines.  A new one must be added here and to the man page.
schema() {
    start_ping -J -S 2 -i 0.02 127.0.0.1 || return
    kill -QUIT "$PING"
    wait_for has '"final":false' "$DIR/out" || return
    end_ping INT
    "$BUILD/sctp_ping" -p "$PORT" -J --check 127.0.0.1 >>"$DIR/out" 2>/dev/null || return
    perl -MJSON::PP -e '
        my %fields = (
            start => "mode host port size streams outbound_streams inbound_streams paths",
            reply => "seq stream back bytes from ms duplicate",
            summary => "mode host port final sent received lost duplicates strange seconds longest_gap ms streams paths",
            gap => "ms before from", # on a busy machine
            check => "mode verdict status host port over_udp text paths",
        );
        my %inner = (ms => "min avg max p50 p99 mdev jitter", streams => "stream sent received lost duplicates ms",
            paths => "addr state primary replies srtt rto cwnd mtu");
        sub same { my ($what, $got, $want) = @_;
            my ($g, $w) = map { join " ", sort @$_ } [keys %$got], [split / /, $want];
            $g eq $w or die "$what: $g; not $w\n" }
        for (<>) {
            my $o = JSON::PP->new->utf8->decode($_);
            my ($event, $time) = (delete $o->{event}, delete $o->{time});
            $time > 1e9 && /"time":\d+\.\d{6}[,}]/ or die "time: $_";
            same($event, $o, $fields{$event} // die "event $event\n");
            $seen{$event}++;
            same("paths", $_, $inner{paths} . ($event eq "check" ? " answers" : "")) for @{ $o->{paths} || [] };
            next if $event ne "summary";
            same("ms", $o->{ms}, $inner{ms});
            same("streams", $_, $inner{streams}), same("its ms", $_->{ms}, "min avg max") for @{ $o->{streams} };
            $o->{sent} == $o->{received} + $o->{lost} && $o->{ms}{min} <= $o->{ms}{avg} &&
                $o->{ms}{p50} <= $o->{ms}{p99} && $o->{ms}{p99} <= $o->{ms}{max} or die "sums: $_";
        }
        delete $seen{gap};
        join(" ", sort keys %seen) eq "check reply start summary" or die "events\n";
        $seen{summary} == 2 or die "summaries\n";
        open my $page, "<", "tools/ping/sctp_ping.1" or die "sctp_ping(1): $!\n";
        my %word = map { $_ => 1 } map { split /[^a-z0-9_]+/ } <$page>;
        my @missing = grep { !$word{$_} } "answers", keys %fields, map { split / / } values %fields, values %inner;
        die "sctp_ping(1) has no @missing\n" if @missing' "$DIR/out"
}
try "-J: each line is JSON with the fields of the man page, and no others" schema

closed() {
    "$BUILD/sctp_ping" -p "$PORT" -c 2 -i 0.01 127.0.0.1 >&- 2>"$DIR/err"
    same 0 $? || return
    "$BUILD/sctp_ping" -p "$PORT" -c 2 -i 0.01 127.0.0.1 >/dev/full 2>"$DIR/err"
    same 8 $? && has "write the replies: No space left on device" "$DIR/err" || return
    "$BUILD/sctp_ping" -p "$PORT" -i 0.01 127.0.0.1 2>"$DIR/err" | head -n 2 >"$DIR/out"
    same "141 0" "${PIPESTATUS[*]}" && has "seq=0" "$DIR/out"
}
try "a closed standard output is no error, a full disk is one; ping ends when its reader has gone" closed

# Sends more than all buffers hold to a server that reads nothing.
stopped_in_mid_flow() {
    start_ping -s 100000 -i 0.02 -w 8 127.0.0.1
    stop_process "$SRV"
    end_ping
    kill -CONT "$SRV"
    same 1 "$STATUS" && [ "$(counted lost)" -gt 0 ] &&
        same "$(counted sent)" "$(($(counted received) + $(counted lost)))"
}
try "with a stopped server replies are lost, and -w ends ping" stopped_in_mid_flow

killed() {
    start_ping -i 0.01 127.0.0.1
    kill -KILL "$SRV"
    wait "$SRV" 2>/dev/null
    end_ping
    same 7 "$STATUS" && { has "lost: user-initiated abort: the process has ended" "$DIR/out" && is_empty "$DIR/err" ||
        has "; was the server stopped, or the network cut?" "$DIR/err"; } &&
        same "$(counted sent)" "$(($(counted received) + $(counted lost)))" &&
        has_line '^[0-9:]{8}\.[0-9]{3} association [0-9]+ (lost|shut down)' "$DIR/out"
}
try "a killed server: the loss is printed with the time, then the summary, exit status 7" killed

start_server 0 || exit 1
same_stream() {
    ping -c 2 -i 0.01 -S 2 127.0.0.1
    same 0 "$STATUS" && has "stream=0 back=0 seq=0" "$DIR/out" && has "stream=1 back=1 seq=1" "$DIR/out"
}
try "replies on the stream of the message are accepted" same_stream

many_streams() {
    ping -c 1 -S 11 127.0.0.1
    same 0 "$STATUS"
}
try "-S requests as many streams as it needs, also more than the default of 10" many_streams
stop_server

start_server -O initmsg.max_instreams=2 || exit 1
too_many_streams() {
    ping -c 1 -S 2 127.0.0.1
    same 0 "$STATUS" || return
    ping -c 1 -S 3 127.0.0.1
    same 2 "$STATUS" && has "-S 3 is out of range: this association has 2 outbound streams" "$DIR/err"
}
try "-S beyond the server's streams: exit status 2" too_many_streams
stop_server

start_server -e -J || exit 1
ppid() {
    ping -c 1 -W 1 -P ngap 127.0.0.1
    same 1 "$STATUS" && has "1 sent, 0 received, 1 lost (100 %)" "$DIR/out" && has "no reply" "$DIR/out" &&
        has '"ppid":60,"ppid_name":"ngap"' "$DIR/srv.out"
}
try "-P sets the PPID of messages; without replies they are lost, exit status 1" ppid
unordered() {
    ping -c 1 -W 1 -U 127.0.0.1
    same 1 "$STATUS" && has '"flags":["unordered"]' "$DIR/srv.out"
}
try "-U sends unordered" unordered
stop_server

twice() {
    start_peer twice
    ping -c 3 -i 0.05 127.0.0.1
    end_peer
    same 0 "$STATUS" && same 1 "$(grep -c 'seq=1 .*(duplicate)' "$DIR/out")" &&
        has_line '3 sent, 3 received, 0 lost \(0 %\), [23] duplicates' "$DIR/out"
}
try "a reply that comes twice is reported as a duplicate" twice

wrong() {
    start_peer wrong
    ping -c 2 -i 0.05 -W 1 127.0.0.1
    end_peer
    same 1 "$STATUS" && has "0 received, 2 lost (100 %), 0 duplicates, 2 unexpected" "$DIR/out" &&
        has "is this an echo server?" "$DIR/err"
}
try "a message that is not an echo is not counted as a reply" wrong

start_server -B 127.0.0.1 -B 127.0.0.2 || exit 1
header_first() {
    ping -v -c 1 127.0.0.1
    same 0 "$STATUS" && mapfile -t lines <"$DIR/out" && [[ ${lines[0]} == "SCTP ping 127.0.0.1 "* ]] &&
        has_line '^[0-9:.]+ association [0-9]+ up' "$DIR/out" && has_line '^path .*, 1 reply(,|$)' "$DIR/out" || return
    ping -v -J -c 1 127.0.0.1
    mapfile -t lines <"$DIR/out"
    [[ ${lines[0]} == '{"event":"start",'*'"outbound_streams":10,'* ]] && has_line '"event":"assoc_change","state":"comm_up"' "$DIR/out"
}
try "-v: the header precedes the events, also in JSON; one reply is \"1 reply\"" header_first
stop_server

# The second association is aborted, before or after it has come up in the client.
start_server -M 1 || exit 1
full() {
    open_terminal only "$BUILD/sctp_echo_cli" -v -p "$PORT" 127.0.0.1 && shows only " up: " || return
    ping -c 1 127.0.0.1
    close_terminal only
    [[ $STATUS = [57] ]] && cat "$DIR/out" >>"$DIR/err" && has_lines 1 "the server is full" "$DIR/err" &&
        has_lines 0 "was the server stopped" "$DIR/err"
}
try "a full server: its reason is printed once" full
stop_server

# --- --connect -------------------------------------------------------------------------------

# It prints each message, and never replies.
start_server -B 127.0.0.1 -e -J || exit 1
no_message() { has_lines 0 '"event":"message"' "$DIR/srv.out"; }
connects() {
    ping --connect -c 3 -i 0.05 127.0.0.1
    same 0 "$STATUS" && has "SCTP ping 127.0.0.1 port $PORT: associations without DATA" "$DIR/out" || return
    sed -n 's/ time=[0-9.]* ms$//p' "$DIR/out" >"$DIR/got"
    printf 'association with 127.0.0.1: streams=10/10 seq=%d\n' 0 1 2 >"$DIR/want"
    same_files "$DIR/want" "$DIR/got" && has "3 tried, 3 up, 0 failed (0 %), in " "$DIR/out" &&
        has_line '^min/avg/p50/p99/max = [0-9.]+(/[0-9.]+){4} ms$' "$DIR/out" && no_message
}
try "--connect: associations without a message, each timed, and a summary" connects
connects_for_ever() { # ARG...
    : >"$DIR/out"
    "$BUILD/sctp_ping" -p "$PORT" --connect -i 0.02 "$@" 127.0.0.1 >"$DIR/out" 2>"$DIR/err" &
    PING=$!
    PIDS+=("$PING")
    wait_for has_line '"?seq"?[=:]3[ ,]' "$DIR/out" && kill -QUIT "$PING" &&
        wait_for has_line ' tried, .* outstanding |"final":false' "$DIR/out" || return
    end_ping INT
    same 0 "$STATUS" && has_lines 0 'no.association' "$DIR/out" && no_message
}
try "--connect: SIGQUIT prints the statistics so far, SIGINT ends the run" connects_for_ever
connects_as_json() {
    connects_for_ever -J && perl -MJSON::PP -ne '
        $_ = decode_json($_);
        my ($event) = (delete $_->{event}, delete $_->{time});
        $seen{$event} = join " ", sort keys %$_;
        die "mode\n" if $event eq "summary" && $_->{mode} ne "connect";
        END { $seen{association} eq "inbound_streams ms outbound_streams seq to" &&
            join(" ", sort keys %seen) eq "association summary" or die %seen, "\n" }' "$DIR/out" || return
    local port=$PORT
    PORT=$((PORT + 20)) ping --connect -J -c 1 -W 1 127.0.0.1
    PORT=$port
    same 5 "$STATUS" && has_line '"event":"no_association","time":[0-9.]+,"seq":0,"status":5,"text":"connect to ' "$DIR/out"
}
try "--connect -J: each line is JSON" connects_as_json
connects_in_vain() {
    local port=$PORT
    PORT=$((PORT + 20)) ping --connect -c 2 -i 0.05 -t -q 127.0.0.1
    PORT=$port
    same 5 "$STATUS" && has "2 tried, 0 up, 2 failed (100 %), in " "$DIR/out" && has_lines 2 \
        '^[0-9:.]{12} no association: seq=[01] connect to 127\.0\.0\.1 port [0-9]+: refused; .*' "$DIR/out"
}
try "--connect: a host that refuses each time: exit status 5, and each refusal is printed" connects_in_vain
stop_server

UDP=
[ "${SCTP_STACK-}" != userland ] || UDP=", over UDP"

check() { # STATUS REGEX ARG...: the output is one line that matches
    local status=$1 line=$2 time=()
    shift 2
    [ "$status" != 0 ] || time=(-w 60) # what works may be slow here
    ping --check "${time[@]}" "$@"
    cat "$DIR/err" "$DIR/out"
    same "$status" "$STATUS" && is_long 1 "$DIR/out" && { [ -z "$UDP" ] || said_udp "$status"; } && has_line "^($line)$" "$DIR/out"
}

# --- --heartbeat -----------------------------------------------------------------------------

start_server -B 127.0.0.1 -B 127.0.0.2 -e -J || exit 1
beats() {
    local address
    ping --heartbeat -c 3 -i 0.05 127.0.0.1
    same 0 "$STATUS" && has "heartbeats to 2 addresses"$'\n' "$DIR/out" && has "6 sent, 6 answered, 0 lost (0 %), in " "$DIR/out" || return
    for address in 127.0.0.1 127.0.0.2; do
        grep "^heartbeat to $address: " "$DIR/out" | sed 's/ time=[0-9.]* ms$//' >"$DIR/got"
        printf "heartbeat to $address: seq=%d\n" 0 1 2 >"$DIR/want"
        same_files "$DIR/want" "$DIR/got" &&
            has_line "^heartbeats to $address: 3 sent, 3 answered, 0 lost \(0 %\), min/avg/max = [0-9./]+ ms$" "$DIR/out" || return
    done
    no_message
}
try "--heartbeat: each address answers each heartbeat, and the summary counts them by address" beats
beats_flood() {
    ping --heartbeat -q -f -c 200 127.0.0.1
    same 0 "$STATUS" && has "400 sent, 400 answered, 0 lost (0 %), in " "$DIR/out" && has_lines 0 "^heartbeat to" "$DIR/out"
}
try "--heartbeat -f: the next heartbeats follow the answers, 400 in all" beats_flood
beats_as_json() {
    ping --heartbeat -J -c 2 -i 0.05 127.0.0.1
    same 0 "$STATUS" && perl -MJSON::PP -e '
        for (map { decode_json($_) } <>) {
            $n{$_->{to}} += $_->{ms} > 0 && $_->{seq} < 2 if $_->{event} eq "heartbeat";
            $mode = $_->{mode}, %sent = map { $_->{to} => $_->{received} } @{ $_->{heartbeats} } if $_->{event} eq "summary";
        }
        for ("127.0.0.1", "127.0.0.2") { $n{$_} == 2 && $sent{$_} == 2 or die "$_: $n{$_} $sent{$_}\n" }
        $mode eq "heartbeat" or die "mode $mode\n"' "$DIR/out"
}
try "--heartbeat -J: each line is JSON" beats_as_json
beats_for_ever() {
    : >"$DIR/out"
    "$BUILD/sctp_ping" -p "$PORT" --heartbeat -i 0.02 127.0.0.1 >"$DIR/out" 2>"$DIR/err" &
    PING=$!
    PIDS+=("$PING")
    wait_for has ' seq=3 ' "$DIR/out" || return
    if [ "${1-}" = killed ]; then
        kill -KILL "$SRV"
        wait "$SRV" 2>/dev/null
        end_ping
        same 7 "$STATUS" && has " answered, " "$DIR/out"
    else
        end_ping INT
        [ "$STATUS" -le 1 ] && has " answered, " "$DIR/out" # 1: some were outstanding
    fi
}
try "--heartbeat: SIGINT ends the run with the summary" beats_for_ever
try "--check --heartbeat: each address is named with its time" check 0 \
    "works: 127.0.0.1 port $PORT, by 127\.0\.0\.1 \([0-9.]+ ms\), 127\.0\.0\.2 \([0-9.]+ ms\): association in [0-9.]+ ms, no DATA sent$UDP" \
    --heartbeat -C 127.0.0.2 127.0.0.1
try "--heartbeat: the end of the server ends the run, exit status 7" beats_for_ever killed

# --- --watch ---------------------------------------------------------------------------------

watch() { # ARG...
    : >"$DIR/out"
    ${MEMCHECK-} "$BUILD/sctp_ping" -p "$PORT" --watch -i 0.1 "$@" 127.0.0.1 >"$DIR/out" 2>"$DIR/err" &
    PING=$!
    PIDS+=("$PING")
    wait_for has_line 'association up|"what":"up"' "$DIR/out"
}
start_server -B 127.0.0.1 -e -J || exit 1
watches_in_vain() {
    watch || return
    pause 0.5
    end_ping INT
    cat "$DIR/out" "$DIR/err"
    same 0 "$STATUS" && has_line '^[0-9:.]{12} association up: 127\.0\.0\.1 port' "$DIR/out" &&
        has "up for " "$DIR/out" && has "1 association, 0 lost, 0 failures of a path, 0 stalls of data" "$DIR/out" && no_message
}
try "--watch: where nothing changes nothing is printed, exit status 0, and no message is sent" watches_in_vain
watches_data() {
    watch --data && wait_for has_more_lines 2 '"event":"message"' "$DIR/srv.out" && end_ping TERM
    same 0 "$STATUS" && has "0 stalls of data" "$DIR/out"
}
try "--watch --data: messages are sent at the interval, and need no echo" watches_data
watches_server() {
    watch && stop_server || return
    wait_for has_line '^[0-9:.]{12} lost after [0-9.]+ s: association [0-9]+ shut down$' "$DIR/out" &&
        wait_for has_line '^[0-9:.]{12} no association: connect to 127\.0\.0\.1 port [0-9]+: refused' "$DIR/out" || return
    PORT=$((PORT - 1)) start_server -B 127.0.0.1 || return # the next port is the old one
    wait_for has_line '^[0-9:.]{12} association back after [0-9.]+ s: 127\.0\.0\.1 port' "$DIR/out" && end_ping INT || return
    same 7 "$STATUS" && has_lines 1 ' no association: ' "$DIR/out" && has "2 associations, 1 lost, 0 failures of a path" "$DIR/out"
}
try "--watch: the loss of the association is printed, why there is none, and its return; exit status 7" watches_server
watches_as_json() { # no heartbeat, whose answer could be late, and so the first change
    watch -i 60 -J -c 1 && stop_server && end_ping
    same 7 "$STATUS" && perl -MJSON::PP -ne '$_ = decode_json($_); push @seen, join " ", $_->{event}, $_->{what} // $_->{status};
        END { $, = "\n"; print @seen; exit("@seen" ne "change up change lost watched 7") }' "$DIR/out"
}
try "--watch -J -c 1: objects, and the first change ends it" watches_as_json
never_up() {
    ping --watch -w 3 -i 0.1 127.0.0.1
    same 5 "$STATUS" && has_lines 1 ' no association: ' "$DIR/out" && has "0 associations, 0 lost" "$DIR/out"
}
try "--watch: an association that never comes up: the status of the failure" never_up

metrics() { # UP LOST PATH: doc/examples/prometheus_sctp has written these
    local to="host=\"127.0.0.1\",port=\"$PORT\""
    [ -e "$DIR/sctp.prom" ] && same 7 "$(wc -l <"$DIR/sctp.prom")" && has $'\n'"sctp_up{$to} $1"$'\n' "$DIR/sctp.prom" &&
        has $'\n'"sctp_lost_total{$to} $2"$'\n' "$DIR/sctp.prom" && has $'\n'"sctp_data_stalled{$to} 0"$'\n' "$DIR/sctp.prom" &&
        has $'\n'"sctp_path_up{$to,addr=\"127.0.0.1\"} $3"$'\n' "$DIR/sctp.prom" &&
        has $'\n'"sctp_up{host=\"127.0.0.1\",port=\"$((PORT + 20))\"} 0"$'\n' "$DIR/sctp.prom"
}
exports() {
    start_server -B 127.0.0.1 || return
    PATH=$BUILD:$PATH doc/examples/prometheus_sctp "$DIR/sctp.prom" -i 0.1 "127.0.0.1:$PORT" "127.0.0.1:$((PORT + 20))" >"$DIR/out" 2>&1 &
    local pid=$!
    PIDS+=("$pid")
    wait_for metrics 1 0 1 && stop_server && wait_for metrics 0 1 0 || return
    kill "$pid"
    wait "$pid"
    same 7 $? && [ ! -e "$DIR/sctp.prom" ]
}
try_with jq "doc/examples/prometheus_sctp writes what changes for each target, removes its file at the end, and has the status of sctp_ping" exports

valid() { # EVENT ARG...: there is such a line, and each line fits the schema
    local event=$1
    ping -J "${@:2}" 127.0.0.1
    has_line "^\\{\"event\":\"$event\"," "$DIR/out" && tests/tools/schema.pl doc/sctp_ping.schema.json <"$DIR/out"
}

# --- --check ---------------------------------------------------------------------------------

start_server -B 127.0.0.1 -B 127.0.0.2 || exit 1
try "--check: a working server is reported, exit status 0" check 0 \
    "works: 127.0.0.1 port $PORT, by 127\.0\.0\.1, 127\.0\.0\.2: association in [0-9.]+ ms, echo in [0-9.]+ ms$UDP" 127.0.0.1
try "--check --paths given: only the addresses given are reported" check 0 \
    "works: 127.0.0.1 port $PORT, by 127\.0\.0\.1: association in [0-9.]+ ms, echo in [0-9.]+ ms$UDP" --paths given 127.0.0.1
try "--check: a server that works at each address of -C is reported with these addresses" check 0 \
    "works: .*, by 127\.0\.0\.[12], 127\.0\.0\.[12]: .*" -C 127.0.0.2 127.0.0.1
try "--check: an address that the server does not have: some paths work, exit status 11" check 11 \
    "some paths only: 127\.0\.0\.1, 127\.0\.0\.2 work; the server does not use 127\.0\.0\.3" \
    -w 3 -C 127.0.0.3 127.0.0.1
# On loopback, replies come from the first address.
try "--check: an echo from another address is reported with the address" check 0 \
    "works: 127\.0\.0\.2 port $PORT, by 127\.0\.0\.[12], 127\.0\.0\.[12]: association in [0-9.]+ ms, echo by 127\.0\.0\.1 in [0-9.]+ ms$UDP" 127.0.0.2
over_udp() {
    LAUNCH="env SCTP_STACK=userland" start_server -B 127.0.0.1 || return
    SCTP_STACK=kernel check 0 "works: .*, over UDP" --udp 127.0.0.1 || return
    SCTP_STACK=kernel ping --udp -c 1 127.0.0.1
    same 0 "$STATUS" && has "1 sent, 1 received" "$DIR/out" && stop_server
}
silent() {
    ping --check -q -w 60 127.0.0.1
    same 0 "$STATUS" && is_empty "$DIR/out"
}
try "--check -q: prints nothing, and sets the exit status" silent
stop_server
if [ -e "$BUILD/libsctp_userland.so" ]; then
    try "--udp: the check and the ping are over UDP, whatever SCTP_STACK says" over_udp
fi

WHY="; is the server running there, on this port, and does its kernel have SCTP\?"
[ -z "$UDP" ] || # as root ping also tries native SCTP, which a kernel that has it answers
    WHY=", as nothing listens on UDP port $PORT there(; is the server running, on this port, over UDP, and with the same SCTP_UDP_PORT as this program \(not set\)\?|, but SCTP answers .*)"
try "--check: no server: refused, exit status 5" check 5 "refused: 127\.0\.0\.1 port $PORT refused$WHY" 127.0.0.1
# The userland stack has a use of its own for this port.
first_port() {
    local PORT=1
    check 5 "refused: 127\.0\.0\.1 port 1 refused, as nothing listens on UDP port 1 there.*" 127.0.0.1
}
[ -z "$UDP" ] || try "--check: no server on port 1: refused as well" first_port
try "--check: a name that does not resolve, exit status 4" check 4 'host unknown: host "no-such-host\.invalid": .*' no-such-host.invalid

# Only the verdict is printed.
not_ours() {
    ping --check -B 192.0.2.9 127.0.0.1
    same 8 "$STATUS" && has "failure: -B 192.0.2.9: Cannot assign requested address; it is not an address of this machine" "$DIR/out" || return
    valid check --check -B 192.0.2.9 && valid check --check -O rtoinfo.max=1 &&
        valid check --check -B no-such-host.invalid
}
try "--check: an address to bind that this host does not have, exit status 8" not_ours

start_peer mute
try "--check: a server that sends no replies: no echo, exit status 10" check 10 \
    "no echo: 127\.0\.0\.1 port $PORT: the association came up in [0-9.]+ ms; nothing echoed in [0-9.]+ s: is it an echo service, or is it stopped or stuck\? --connect needs none" \
    -w 3 127.0.0.1
end_peer
start_peer mute
try "--check: no echo of a large message: the path's MTU is named as a possible cause" check 10 \
    "no echo: .*; nothing echoed in .* s: is it an echo service, or are packets of -s 1000 larger than the path's MTU \(try '-s 56'\)\? --connect needs none" \
    -w 3 -s 1000 127.0.0.1
end_peer
start_server -B 127.0.0.1 -e -J || exit 1
check_connects() {
    check 0 "works: 127\.0\.0\.1 port $PORT, by 127\.0\.0\.1: association in [0-9.]+ ms, no DATA sent$UDP" --connect 127.0.0.1 &&
        no_message
}
try "--check --connect: a server that sends no replies works, and gets no message" check_connects
stop_server
start_peer wrong
try "--check: a service other than echo, exit status 10" check 10 "no echo: .* ms, but the reply differed from the message: is it an echo service\? --connect needs none" -w 3 127.0.0.1
end_peer
start_peer abort
try "--check: a server that aborts: its reason is printed escaped, exit status 7" check 7 \
    'association lost: 127\.0\.0\.1 port '"$PORT"': association [0-9]+ lost: user-initiated abort: not \\x1b\[31mtoday; did the server end it, as it is no echo service \(--connect needs none\)\?' 127.0.0.1
end_peer

# Ping ends before a process that sleeps for 6 s, which a busy machine delays as well.  Type 1 is INIT.
no_answer() {
    new_port
    start_silence "$PORT" || return
    sleep 6 &
    local sleeper=$! status
    PIDS+=("$sleeper")
    check 6 "no answer: 127\.0\.0\.1 port $PORT: INIT was sent [0-9]+ times? in [0-9.]+ s, and no INIT ACK came; .*" \
        -w 2 127.0.0.1 && kill -0 "$sleeper"
    status=$?
    kill "$SILENT" "$sleeper"
    wait "$SILENT" "$sleeper" 2>/dev/null
    [ "$status" = 0 ] && has_line '^1$' "$DIR/heard" && has_lines 0 '^([02-9]|1.)' "$DIR/heard"
}
[ -z "$UDP" ] || try "--check: no answer: it ends after -w seconds, and has sent nothing but INIT" no_answer

# The host answers for UDP ports without a listener, so ping knows that UDP reaches it.
stopped() {
    start_server || return
    stop_process "$SRV"
    check 6 "no answer: 127\.0\.0\.1 port $PORT: .* came; UDP does reach the host: is the server at UDP port $PORT stopped or stuck, or .*" \
        -w 3 127.0.0.1
    local status=$?
    kill -CONT "$SRV" && stop_server && return "$status"
}
[ -z "$UDP" ] || try "--check: no answer: a stopped server is named as a possible cause" stopped

# The message says that SCTP_UDP_PORT is set at this end only.
one_end() {
    local udp=$((PORT + 20))
    start_server || return
    SCTP_UDP_PORT=$udp check 5 "refused: 127\.0\.0\.1 port $PORT refused, as nothing listens on UDP port $udp there, but SCTP over UDP answers there, at UDP port $PORT: SCTP_UDP_PORT is set here only; unset it, or set it at both ends" 127.0.0.1 || return
    SCTP_UDP_PORT=$udp ping -c 1 127.0.0.1
    same 5 "$STATUS" && has "refused; is the server running there, on this port, over UDP, and with the same SCTP_UDP_PORT as this program ($udp)?" "$DIR/err" &&
        stop_server
}
[ -z "$UDP" ] || try "SCTP_UDP_PORT at this end only: --check finds the server at the other port" one_end

# One descriptor besides the first three is enough for the loader, but not for the userland stack.
no_descriptors() {
    (ulimit -n 4 && "$BUILD/sctp_ping" --check 127.0.0.1) >"$DIR/out" 2>"$DIR/err"
    same 8 $? && has "failure: socket: Too many open files" "$DIR/out"
}
[ -z "$UDP" ] || try "--check: too few descriptors are reported as a local failure, exit status 8" no_descriptors

as_json() {
    ping --check -J 127.0.0.1
    same 5 "$STATUS" && perl -MJSON::PP -ne '$_ = decode_json($_);
        exit($_->{verdict} ne "refused" || $_->{status} != 5 || @{ $_->{paths} })' "$DIR/out"
}
try "--check -J: the verdict is JSON" as_json

# --- several targets, and options of ping(8) and fping(8) -----------------------------------

start_server -B 127.0.0.1 || exit 1
FIRST=127.0.0.1:$PORT FIRST_SRV=$SRV
start_server -B 127.0.0.2 || exit 1
SECOND=127.0.0.2:$PORT
new_port
without_p() { # ARG...: several targets have their own ports
    "$BUILD/sctp_ping" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}
two_targets() {
    without_p -c 3 -i 0.05 "$FIRST" "$SECOND"
    sed -i '/ no replies for /d' "$DIR/out" # a pause of the machine
    same 0 "$STATUS" && has_lines 3 "^$FIRST: 56 bytes from 127\.0\.0\.1: stream=0 back=1 seq=[012] time=" "$DIR/out" &&
        has_lines 3 "^$SECOND: 56 bytes from 127\.0\.0\.2: " "$DIR/out" && is_long 8 "$DIR/out" &&
        has_lines 2 "^127\.0\.0\.[12]:[0-9]+: 3 sent, 3 received, 0 lost \(0 %\), 0 duplicates, min/avg/p50/p99/max = [0-9./]+ ms, mdev/jitter = [0-9./]+ ms$" "$DIR/out"
}
try "two targets are pinged at once, and have a line of summary each" two_targets
listed() {
    printf '# servers\n%s # the first\n\n  %s\n' "$FIRST" "$SECOND" >"$DIR/targets"
    without_p --check -w 60 --file "$DIR/targets"
    same 0 "$STATUS" && is_long 2 "$DIR/out" && has_lines 1 "^$FIRST: works: " "$DIR/out" && has_lines 1 "^$SECOND: works: " "$DIR/out" || return
    without_p -q -c 1 --file - "127.0.0.1:$PORT" <"$DIR/targets"
    same 5 "$STATUS" && has_lines 2 ": 1 sent, 1 received" "$DIR/out" && has "connect to 127.0.0.1 port $PORT: refused" "$DIR/err" || return
    without_p --file "$DIR/none"
    same 8 "$STATUS" && has "none: No such file or directory" "$DIR/err"
}
try "--file: a target in each line; the status is that of the target that failed" listed
targets_as_json() {
    without_p -J -v -c 1 "$FIRST" "$SECOND"
    same 0 "$STATUS" && has_lines 3 "\"event\":\"(start|reply|summary)\",\"target\":\"$FIRST\"" "$DIR/out" &&
        has_line "\"event\":\"assoc_change\".*\"target\":\"$SECOND\"" "$DIR/out" &&
        has_lines 0 '"target":"[^:]*"' "$DIR/out" &&
        tests/tools/schema.pl doc/sctp_ping.schema.json <"$DIR/out"
}
try "-J with several targets: each line has its target" targets_as_json
targets_end() { # SIGNAL
    : >"$DIR/out"
    "$BUILD/sctp_ping" -i 0.05 "$FIRST" "$SECOND" >"$DIR/out" 2>"$DIR/err" &
    PING=$!
    PIDS+=("$PING")
    wait_for has_line "^$FIRST: .* seq=2 " "$DIR/out" && wait_for has_line "^$SECOND: .* seq=2 " "$DIR/out" && kill -QUIT "$PING" &&
        wait_for has_lines 2 ' outstanding ' "$DIR/out" && end_ping "$1" || return
    same 0 "$STATUS" && has_lines 2 ': [0-9]+ sent, [0-9]+ received, 0 lost' "$DIR/out"
}
try "SIGQUIT and SIGTERM reach all targets, and each prints its summary" targets_end TERM
interims() {
    PORT=${FIRST#*:} ping -Q 0.2 -i 0.05 -c 20 127.0.0.1
    same 0 "$STATUS" && has_line '^[1-9][0-9]* sent, .* outstanding .*, min/avg/p50/p99/max = [0-9./]+ ms$' "$DIR/out" &&
        has_lines 0 ' bytes from ' "$DIR/out" && has_line '^mdev/jitter = [0-9.]+/[0-9.]+ ms$' "$DIR/out"
}
try "-Q prints the statistics in each interval, and no replies; the summary has deviation and jitter" interims
stamps() {
    PORT=${FIRST#*:} ping -D -n -A -c 2 127.0.0.1
    same 0 "$STATUS" && has_lines 2 '^\[1[0-9]{9}\.[0-9]{6}\] 56 bytes from ' "$DIR/out"
}
try "-D begins replies with the time since 1970" stamps
preloads() {
    PORT=${FIRST#*:} ping -l 5 -c 5 -i 600 127.0.0.1
    same 0 "$STATUS" && has "5 sent, 5 received" "$DIR/out"
}
try "-l: the first messages do not wait for the interval" preloads
families() {
    PORT=${FIRST#*:} ping -4 -c 1 127.0.0.1
    same 0 "$STATUS" || return
    PORT=${FIRST#*:} ping -6 -c 1 127.0.0.1
    same 4 "$STATUS" && has 'host "127.0.0.1": ' "$DIR/err"
}
try "-4 and -6 exclude addresses of the other family" families
by_interface() {
    kill "$FIRST_SRV" && wait "$FIRST_SRV" && start_server -v -B 127.0.0.1 || return
    ping -I lo -c 1 127.0.0.1
    same 0 "$STATUS" && ping -I 127.0.0.1 -c 1 127.0.0.1
    same 0 "$STATUS" && has_lines 2 "up: .*peer 127\.0\.0\.1 port" "$DIR/srv.out" || return
    ping -I nothing.invalid -c 1 127.0.0.1
    [ "$STATUS" != 0 ] && has '-I "nothing.invalid": ' "$DIR/err"
}
try "-I binds to the addresses of an interface, or to an address" by_interface

# --- JSON schema ------------------------------------------------------------------------------

fits_schema() {
    start_server -B 127.0.0.1 -B 127.0.0.2 && valid reply -v -c 3 -i 0.05 -S 2 && valid association --connect -c 1 &&
        valid heartbeat --heartbeat -c 2 -i 0.05 && valid check --check -w 60 && valid check --mtu -w 60 &&
        valid watched --watch -w 0.5 && stop_server || return
    valid no_association --connect -c 1 && valid check --check && valid change --watch -c 1
}
try "each line of -J fits doc/sctp_ping.schema.json" fits_schema

# --- the command line --------------------------------------------------------------------------

usage() { # MESSAGE ARG...
    local message=$1
    shift
    ping "$@"
    same 2 "$STATUS" && has "$message" "$DIR/err" && is_empty "$DIR/out"
}
try "no host is an error, exit status 2" usage "no host given"
try "a port after the host is an error, and the message says how to give it" usage \
    'host "9877": write HOST, HOST:PORT or [IPv6]:PORT; if it is the port, write it after -p' localhost 9877
try "an interval of 0 is an error, exit status 2" usage '-i "0": not seconds, from 0.001 to 86400' -i 0 localhost
try "a size without room for the sequence number is an error, exit status 2" usage '-s "23": not a number from 24' -s 23 localhost
try "other paths than all and given are an error, exit status 2" usage '--paths "some": give all or given' --paths some localhost
try "an unknown PPID is an error, exit status 2" usage '-P "nothing": not a PPID' -P nothing localhost
try "an unknown option is an error, exit status 2" usage 'try "sctp_ping --help"' --nonsense localhost

refused() {
    ping -c 1 127.0.0.1
    same 5 "$STATUS" && has "connect to 127.0.0.1 port $PORT: refused" "$DIR/err"
}
try "without a server the connection is refused, exit status 5" refused

finish
