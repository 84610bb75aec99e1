#!/usr/bin/env bash
# Notifications as JSON lines (-J), and a server that prints messages and sends no replies (-e).
. "${0%/*}/lib.sh" 28300

# Answers each request of event(), a line of words separated by "\x1f", with "yes", or with the reason
# and "no".  One process serves all tests: loading perl's JSON takes longer than a test.
coproc JUDGE { exec perl -MJSON::PP -we '
    my $json = JSON::PP->new->utf8;
    $| = 1;
    sub get { my ($v, @path) = @_;
        for (@path) {
            $v = ref $v eq "HASH" ? $v->{$_} : ref $v eq "ARRAY" && /^\d+$/ ? $v->[$_] : undef;
        }
        return $v }
    sub judge { my ($file, @wanted) = @_;
        my $found = 0;
        open my $f, "<", $file or return "$file: $!";
        LINE: while (<$f>) {
            my $event = eval { $json->decode($_) } or return "$file line $.: not JSON: $_";
            for my $wanted (@wanted) {
                my ($field, $op, $value) = $wanted =~ /^([^=~]*)([=~]?)(.*)$/s;
                my $is = get($event, split /\./, $field);
                utf8::decode($value);
                next LINE if !defined $is || $op eq "=" && $is ne $value || $op eq "~" && index($is, $value) < 0;
            }
            $found++;
        }
        return $found ? "" : "no event with @wanted in $file" }
    while (<STDIN>) {
        chomp;
        my $why = judge(split /\x1f/);
        $why =~ s/\n//g;
        print $why eq "" ? "yes\n" : "$why\nno\n";
    }'; }
PIDS+=("$JUDGE_PID")

# Succeeds if all lines of FILE are JSON and one of them has all these fields: event=message,
# info.stream=1, causes.0.code=12 (FIELD~TEXT: contains TEXT; FIELD alone: exists).
event() { # FILE FIELD=VALUE...
    local IFS=$'\x1f' answer
    echo "$*" >&"${JUDGE[1]}"
    while read -r answer <&"${JUDGE[0]}"; do
        case $answer in
        yes) return 0 ;;
        no) read_text "$1"; echo "${CONTENTS:0:2000}"; return 1 ;;
        *) echo "$answer" ;;
        esac
    done
    echo "perl has died"
    return 1
}
srv_event() { event "$DIR/srv.out" "$@"; }
told() { wait_for srv_event "$@"; }

start_server -J || exit 1

life() {
    printf '[2] hello\n' | client -P ngap localhost
    same 0 "$STATUS" && told event=listening port="$PORT" &&
        told event=assoc_change state=comm_up error=0 outbound_streams=10 inbound_streams=10 \
            peer.0~: local.0~":$PORT" &&
        told event=shutdown assoc_id &&
        told event=assoc_change state=shutdown_comp && ! srv_event event=message
}
try "server -J: an association comes up with its addresses, shuts down, and ends" life

reason() {
    peer abort >"$DIR/out" && told event=assoc_change state=comm_lost error=12 \
        error_text="user-initiated abort" causes.0.code=12 causes.0.text="had enough"
}
try "server -J: an abort is printed with its reason" reason

leave_behind() { # BYTES: a client that has sent 60 messages, and reads no replies, is killed
    local pid
    : >"$DIR/held"
    make_fifo
    PEER_BUFFER=4096 "$BUILD/tests/peer" "$PORT" hold "$1" 60 <"$FIFO" >"$DIR/held" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    exec {fd}>"$FIFO"
    wait_for has sent "$DIR/held" || return
    kill -KILL "$pid"
    exec {fd}>&-
}

# A client that reads no replies is killed: the server reports each reply that was not delivered.  If no
# reply has reached the client by then, the kernel shuts the association down instead of aborting it.
ENDED='"state":"(comm_lost|shutdown_comp)"'
has_ended() { # NUMBER: more associations than this
    count_lines "$ENDED" "$DIR/srv.out"
    ((FOUND > $1))
}
unsent() {
    local before
    for _ in 1 2 3 4 5; do
        count_lines "$ENDED" "$DIR/srv.out"
        before=$FOUND
        leave_behind 1000 && wait_for has_ended "$before" || return
        [[ $(grep -E "$ENDED" "$DIR/srv.out" | tail -n 1) != *shutdown_comp* ]] && break
    done
    told event=send_failed length=1000 info.stream=1 info.ppid=0 data &&
        told event=assoc_change state=comm_lost causes
}
try "server -J: replies to a lost association are send_failed events, with stream and data" unsent

reported() {
    tests/tools/reports.pl "$PORT" || return
    told event=remote_error error=1 error_text="invalid stream identifier" causes.0.code=1 \
        causes.0.text="stream 99" || return
    # The userland stack reports only the first cause: sctp_events(7).
    [ "${SCTP_STACK-}" = userland ] || told event=remote_error error=6 causes.0.text="type 0xc1"
}
if [ "${SCTP_STACK-}" = userland ] || [ "$EUID" = 0 ]; then
    try "server -J: an error that the peer reports is printed with its cause" reported
else
    skip "server -J: an error that the peer reports is printed with its cause" "a raw socket needs root"
fi

still_json() { srv_event event; }
try "server -J: everything on standard output is JSON" still_json
stop_server

start_server -J -m 100 || exit 1
too_large() {
    printf '[0] %0200d\n' 0 | client localhost
    same 7 "$STATUS" && told state=comm_lost ended_here="message larger than 100 bytes"
}
try "server -J: an association that the server aborts has the reason" too_large
stop_server

start_server -e -J || exit 1
shown() {
    printf '[3] caf\xc3\xa9 \x1b[2J\xff\n' | client -U -w 3 -P 4711 localhost
    same 1 "$STATUS" && is_empty "$DIR/out" &&
        told event=message stream=3 ssn=0 tsn context ppid=4711 flags.0=unordered length=15 \
            data=$'[3] caf\xc3\xa9 \x1b[2J\xef\xbf\xbd'
}
try "server -e -J: prints received messages, and sends no replies" shown
stop_server

start_server -e || exit 1
shown_text() {
    printf '[3] caf\xc3\xa9 \x1b[2J\xff\n' | client -w 3 -P 60 localhost
    same 1 "$STATUS" && is_empty "$DIR/out" &&
        wait_for has 'up: 10 streams out, 10 in, peer ' "$DIR/srv.out" &&
        wait_for has $'ppid:60(ngap):[3] caf\xc3\xa9 \\x1b[2J\\xff' "$DIR/srv.out"
}
try "server -e: messages are printed as text, escaped" shown_text
stop_server

eof_too() {
    "$BUILD/sctp_echo_srv" -e --eof -p "$PORT" >"$DIR/out" 2>"$DIR/err"
    same 2 $? && has "so it excludes --eof and --peeloff" "$DIR/err"
}
try "server -e with --eof: exit status 2" eof_too

start_server -J --peeloff || exit 1
peeled() {
    start_client localhost && say "[0] x" && told event=peeled_off assoc_id || return
    end_client
    same 0 $? && told event=shutdown && told state=shutdown_comp
}
try "server -J --peeloff: the events of a peeled-off association are JSON" peeled
stop_server

# The output is a pipe that is not read for a while.
slow() {
    new_port
    make_fifo
    "$BUILD/sctp_echo_srv" -e -J -p "$PORT" >"$FIFO" 2>"$DIR/srv.err" &
    SRV=$!
    PIDS+=("$SRV")
    exec {fd}<"$FIFO"
    head -n 1 <&"$fd" | grep -q listening || return
    seq -f "[0] %06.0f $(printf '%0100d' 0)" 1 1000 | client -w 3 localhost
    kill -0 "$SRV" || return
    # shellcheck disable=SC2016 # perl's
    timeout "$HANG" perl -ne 'if (/"data":"\[0\] (\d+)/) { $1 == ++$n or die "after $n comes $1\n"; exit 0 if $n == 1000 }
        END { exit 1 if ($n // 0) != 1000 }' <&"$fd" || return
    exec {fd}<&-
    client -w 3 localhost <<<"[0] x"
    wait "$SRV"
    same 141 $?
}
try "server -e: blocks on output that is not read and omits no message, and ends when its reader has gone" slow

ends_unread() {
    new_port
    make_fifo
    "$BUILD/sctp_echo_srv" -e -p "$PORT" >"$FIFO" 2>"$DIR/srv.err" &
    SRV=$!
    PIDS+=("$SRV")
    exec {fd}<"$FIFO"
    head -n 1 <&"$fd" | grep -q listening || return
    open_terminal sender "$BUILD/tests/peer" "$PORT" unheard && shows sender up || return
    printf '%0100d\n' {1..3000} >&"${IN[sender]}"
    pipe_is_full "$fd" && stop_server
    local status=$?
    exec {fd}<&-
    close_terminal sender
    return "$status"
}
try "server -e: SIGTERM ends it although its output is not read" ends_unread

# The reader of the server's output is stopped, and clients end with replies unread.  The lines about
# these replies fill the pipe; each is longer than the 4096 bytes of room that POLLOUT stands for.
asleep() { # OPTION...
    local i
    new_port
    : >"$DIR/read" # otherwise "listening" of the previous server would be found
    make_fifo
    cat <"$FIFO" >"$DIR/read" &
    READER=$!
    "$BUILD/sctp_echo_srv" "$@" -p "$PORT" >"$FIFO" 2>"$DIR/srv.err" &
    SRV=$!
    PIDS+=("$READER" "$SRV")
    wait_for has listening "$DIR/read" || return
    stop_process "$READER"
    for ((i = 0; i < 3; i++)); do
        leave_behind 5000 && serves "$i" || return
    done
}
serves() { # TEXT
    client -w 60 localhost <<<"[0] $1"
    same 0 "$STATUS" && has "[0] $1" "$DIR/out"
}
wakes() { kill -CONT "$READER"; }
left_out() { event "$DIR/read" event=left_out count; }
served_on() {
    asleep -J && wakes && wait_for left_out && serves again || return
    stop_server && wait "$READER" && event "$DIR/read" event && # every line is JSON
        sed '1,/left_out/d' "$DIR/read" >"$DIR/after" && event "$DIR/after" state=shutdown_comp
}
try "server -J: serves clients while its reader is stopped, and counts the omitted events" served_on
in_words() {
    asleep -v && wakes && stop_server && wait "$READER" && has_line "lost: " "$DIR/read"
}
try "server -v: serves clients while its reader is stopped, and prints the lines afterwards" in_words
never_read() { asleep -J && stop_server; }
try "server -J: ends even while its reader is stopped" never_read
moved_on() {
    asleep -J --peeloff && wakes && stop_server && wait "$READER" && event "$DIR/read" event=peeled_off
}
try "server -J --peeloff: threads do not block on a stopped reader" moved_on

# A failed send after the end of an association is implied, and sender-dry would follow every other
# message.
of_interest() {
    : >"$DIR/srv.out"
    leave_behind 5000 && serves "after it" && wait_for has " lost: " "$DIR/srv.out" && stop_server || return
    has_lines 0 "all that was sent" "$DIR/srv.out" || return
    # libusrsctp reports undelivered messages before the association ends, Linux afterwards.
    [ "${SCTP_STACK-}" = userland ] || has_lines 0 "not sent|not acknowledged" "$DIR/srv.out"
}
start_server || exit 1
try "server -v: omits failed sends after an association has ended, and acknowledgements" of_interest

start_server || exit 1
client_json() {
    printf '[0] one\n[9] two\n' | client -J localhost
    same 0 "$STATUS" && event "$DIR/out" state=comm_up peer.0~":$PORT" local.0 &&
        event "$DIR/out" event=message stream=1 data="[0] one" length=7 &&
        event "$DIR/out" event=message stream=0 data="[9] two" ssn=0 &&
        event "$DIR/out" event=assoc_change state=shutdown_comp
}
try "client -J: prints replies and events as JSON" client_json

client_quiet() {
    client -q --json localhost <<<"[0] one"
    same 0 "$STATUS" && event "$DIR/out" state=comm_up && ! event "$DIR/out" event=message
}
try "client -q -J: prints events, and no replies" client_quiet

client_aborted() {
    new_port
    "$BUILD/tests/peer" "$PORT" serve abort >"$DIR/peer.out" 2>&1 &
    PIDS+=($!)
    wait_for has listening "$DIR/peer.out" || return
    client -J localhost <<<"[0] x"
    same 7 "$STATUS" && event "$DIR/out" state=comm_lost causes.0.text=$'not \x1b[31mtoday'
}
try "client -J: an abort is printed with its unaltered reason" client_aborted

finish
