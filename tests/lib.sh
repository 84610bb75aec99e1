# shellcheck shell=bash disable=SC2034 # what is set here is used by the tests
# Helpers of the shell tests.  A test file begins with
#
#   . "${0%/*}/lib.sh" PORT
#
# where PORT is its own: it may use it and the 49 that follow.  Then it calls
#
#   try "a sentence about the product" command...
#
# for each test (a function, mostly), and `finish` at its end.  The output of a
# failed command is shown.  Output is TAP.
#
# tests/mutants sets PATIENCE, the seconds that wait_for waits (180), and FIRST_FAILURE, which ends the
# file.

set -u
shopt -s lastpipe # `... | client` sets STATUS here
: "${BUILD:=build}"
cd "${BASH_SOURCE[0]%/*}/.." || exit 1
BUILD=$PWD/$BUILD

if [ ! -x "$BUILD/sctp_echo_srv" ]; then
    echo "Bail out! there is no $BUILD/sctp_echo_srv: run make check, or make first"
    exit 1
fi

export LC_ALL=C # processes start faster; terminal.sh sets another locale
HANG=600 # seconds, after which a command counts as hanging even on a slow machine
PORT=$1
TESTS=0
FAILED=0
PIDS=()
DIR=$(mktemp -d "${TMPDIR:-/tmp}/onetomany.XXXXXX") || exit 1
export BUILD DIR PORT

cleanup() {
    local pid
    exec 2>/dev/null # the shell would report each killed process
    for pid in "${PIDS[@]}"; do
        kill -CONT "$pid" 2>/dev/null
        kill -KILL "$pid" 2>/dev/null
    done
    wait 2>/dev/null
    rm -rf "$DIR"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
trap : PIPE # if the client has ended, `say` fails the test, and does not end the file

# Prints a file; of a long one only the beginning and the end.
ends_of() {
    if [ "$(stat -c %s "$1")" -le 4000 ]; then
        cat "$1"
    else
        head -c 2000 "$1"
        echo ' [...]'
        tail -c 2000 "$1"
    fi
}

try() { # DESCRIPTION COMMAND...
    local what=$1 status
    shift
    TESTS=$((TESTS + 1))
    "$@" >"$DIR/try.out" 2>&1
    status=$?
    if [ $status = 0 ]; then
        echo "ok $TESTS - $what"
        return
    fi
    FAILED=$((FAILED + 1))
    echo "not ok $TESTS - $what"
    {
        echo "$*: status $status"
        ends_of "$DIR/try.out"
        if [ -s "$DIR/srv.err" ]; then
            echo "the server said:"
            tail -n 5 "$DIR/srv.err"
        fi
    } | awk '{ print "#   " $0 }' # ends each line, also the last
    [ -z "${FIRST_FAILURE-}" ] || exit 1
}

skip() { # DESCRIPTION WHY
    TESTS=$((TESTS + 1))
    echo "ok $TESTS - $1 # skip $2"
}

# try, skipped unless these programs are installed
try_with() { # "PROGRAM..." DESCRIPTION COMMAND...
    local program
    for program in $1; do
        command -v "$program" >/dev/null && continue
        skip "$2" "$program is not installed: scripts/deps check or peers"
        return
    done
    try "${@:2}"
}

# try, skipped if an emulator lacks what the test needs (tests/tools/emulator.c)
try_unless_emulated() { # WHAT DESCRIPTION COMMAND...
    local why
    if why=$("$BUILD/tests/emulator" "$1" <&-); then skip "$2" "$why"; else try "${@:2}"; fi
}

finish() {
    echo "1..$TESTS"
    [ "$FAILED" = 0 ]
    exit
}

# These helpers avoid starting processes: in the lab a process costs 10 to 30 ms, and a test that waits
# calls them many times.

# One process makes all named pipes, for make_fifo.  Nothing is written to "silence": to read from it
# with a timeout is to sleep without a process.
mkfifo "$DIR/silence" "$DIR"/fifo.{1..40} && exec {SILENCE}<>"$DIR/silence" || exit 1
pause() { read -rt "$1" -u "$SILENCE" _; } # SECONDS

# Waits until the command succeeds; fails after three minutes, which only a hang takes.
: "${PATIENCE:=180}"
wait_for() {
    local from=$SECONDS ms=10 wait
    while ((SECONDS - from <= PATIENCE)); do
        "$@" >"$DIR/wait.out" 2>&1 && return 0
        printf -v wait '0.%03d' "$ms"
        pause "$wait"
        ((ms = ms < 200 ? ms * 3 / 2 : ms < 800 ? ms * 5 / 4 : ms))
    done
    echo "waited $PATIENCE seconds in vain for: $*"
    cat "$DIR/wait.out"
    return 1
}

# Sets CONTENTS to the contents of FILE, without NULs and trailing newlines; empty if there is no file.
CONTENTS=
read_text() { # FILE
    { CONTENTS=$(<"$1"); } 2>/dev/null
}

same() { # EXPECTED ACTUAL
    [ "$1" = "$2" ] && return 0
    printf 'expected: %s\n  actual: %s\n' "$1" "$2"
    return 1
}

same_files() { # EXPECTED ACTUAL
    cmp -s "$1" "$2" && return 0
    diff "$1" "$2" | head -n 20
    return 1
}

# The file has exactly this text.
holds() { # TEXT FILE
    local all
    IFS= read -rd '' all <"$2"
    same "$1" "$all"
}

has() { # TEXT FILE: a newline in TEXT is where a line begins or ends
    read_text "$2"
    [[ $'\n'$CONTENTS$'\n' == *"$1"* ]] && return 0
    printf 'no "%s" in:\n%s\n' "$1" "${CONTENTS:0:2000}"
    return 1
}

# Sets FOUND to the number of lines that the extended regular expression matches.
count_lines() { # REGEX FILE
    local - IFS=$'\n' line
    set -f
    FOUND=0
    read_text "$2"
    if ((${#CONTENTS} > 100000)); then
        FOUND=$(grep -aEc -- "$1" "$2")
        return
    fi
    for line in $CONTENTS; do
        if [[ $line =~ $1 ]]; then FOUND=$((FOUND + 1)); fi
    done
}
has_line() { # REGEX FILE
    count_lines "$1" "$2"
    [ "$FOUND" != 0 ] && return 0
    printf 'no line with "%s" in:\n%s\n' "$1" "${CONTENTS:0:2000}"
    return 1
}
has_lines() { # NUMBER REGEX FILE
    count_lines "$2" "$3"
    [ "$FOUND" = "$1" ] && return 0
    printf '%s lines with "%s", not %s, in:\n%s\n' "$FOUND" "$2" "$1" "${CONTENTS:0:2000}"
    return 1
}
has_more_lines() { # NUMBER REGEX FILE
    count_lines "$2" "$3"
    ((FOUND > $1))
}
is_long() { # LINES FILE: the file has so many lines
    local all
    mapfile -t all <"$2"
    same "$1" "${#all[@]}"
}
is_empty() { # FILE
    [ -e "$1" ] && [ ! -s "$1" ] && return 0
    echo "not empty: $1"
    return 1
}

# Waits up to a minute until the writer of a pipe that is not read blocks: FIONREAD, the number of bytes
# in the pipe, no longer grows.  The loop is in perl, because starting a perl for each check is slow.
pipe_is_full() { # DESCRIPTOR
    perl -e 'for (1 .. 600) {
            ioctl STDIN, 0x541B, $n = pack "i", 0;
            $same = $n eq $before ? $same + 1 : 0;
            exit 0 if $same >= 4 && unpack("i", $n) > 8192;
            $before = $n;
            select undef, undef, undef, 0.1;
        }
        die "the pipe has ", unpack("i", $n), " bytes\n"' <&"$1"
}

# sctp_ping --check has printed that a verdict with this status is about SCTP over UDP; removes that.
said_udp() { # STATUS
    [[ $1 == [567] || $1 == 1[012] ]] || return 0
    has_line '^[a-zA-Z ]+ over UDP: ' "$DIR/out" && sed -i 's/ over UDP: /: /' "$DIR/out"
}

# Sets VALUE to a counter of SCTP on the host of the process, or on this one.
snmp() { # COUNTER [PID]
    local name
    while read -r name VALUE; do
        [ "$name" != "$1" ] || return 0
    done <"/proc/${2-self}/net/sctp/snmp"
    echo "no counter $1"
    return 1
}

# The process has ended, even if the shell has not waited for it yet.
is_gone() {
    local state=Z
    { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null
    [ "$state" = Z ]
}

# Stops a process, and waits until each of its threads has stopped: until then one may still answer.
stop_process() { kill -STOP "$1" 2>/dev/null && wait_for is_stopped "$1"; } # PID
is_stopped() {
    local stat task
    for task in "/proc/$1/task"/*/stat; do # pid (name) state ...
        { read -r stat <"$task"; } 2>/dev/null && [[ ${stat##*) } != [TZ]* ]] && return 1
    done
    return 0
}

# A process that receives on a UDP port and never answers.  It writes the type of the first chunk of
# each packet to $DIR/heard, a line each.  Sets SILENT to its process id.
start_silence() { # PORT
    : >"$DIR/heard"
    perl -MSocket -e 'socket my $s, AF_INET, SOCK_DGRAM, 0; bind $s, sockaddr_in(shift, inet_aton("127.0.0.1")) or die;
        $| = 1; print "bound\n"; print ord(substr $_, 12), "\n" while defined recv $s, $_, 2000, 0' \
        "$1" >"$DIR/heard" &
    SILENT=$!
    PIDS+=("$SILENT")
    wait_for has bound "$DIR/heard"
}

# Sets PORT to one that no test of this file has used.
new_port() { PORT=$((PORT + 1)); }

# Runs a program as an ordinary user would: net.core.{r,w}mem_max limit its buffers.
UNPRIVILEGED=
if [ "$EUID" = 0 ]; then UNPRIVILEGED="setpriv --bounding-set=-net_admin --inh-caps=-net_admin"; fi

# Otherwise Erlang's schedulers spin while they wait for work.
export ERL_FLAGS="+S 1:1 +SDio 1 +sbwt none +sbwtdcpu none +sbwtdio none"

# The prefix that runs other people's programs on the tested stack (SCTP_STACK).
OTHERS=
[ "${SCTP_STACK-}" != userland ] || OTHERS=$PWD/scripts/withuserland
# A library built with AddressSanitizer needs libasan to be loaded first.  Leaks of other people's
# programs are ignored.
ASAN=
[ -n "${SCTP_LAB-}" ] || ASAN=$(ldd "$BUILD/sctp_echo_srv" | awk '/libasan/ { print $3 }')
[ -z "$ASAN" ] || OTHERS="env LD_PRELOAD=$ASAN ASAN_OPTIONS=detect_leaks=0 $OTHERS"

# Sets FIFO to a new named pipe.
NEXT_FIFO=0
make_fifo() {
    FIFO=$DIR/fifo.$((NEXT_FIFO += 1))
    [ -p "$FIFO" ] || mkfifo "$FIFO"
}

# In a background process: executes the command without our ends of the pipes of open_terminal.  If it
# kept them, those programs would never see the end of their input.
declare -A IN=() PID=()
alone() {
    local fd
    for fd in "${IN[@]}"; do exec {fd}>&-; done
    exec "$@"
}

# Starts SERVER on a new port, with the words of LAUNCH as a prefix; its output goes to $DIR/srv.out and
# srv.err.  Sets SRV to its process id.
SERVER=sctp_echo_srv
VERBOSE=-v # empty for a server that has no such option
LAUNCH=${MEMCHECK-}
CLIENT=${MEMCHECK-}
start_server() {
    new_port
    : >"$DIR/srv.out" # otherwise "listening" of the previous server would be found
    # shellcheck disable=SC2086 # words
    alone $LAUNCH "$BUILD/$SERVER" $VERBOSE -p "$PORT" "$@" >"$DIR/srv.out" 2>"$DIR/srv.err" </dev/null &
    SRV=$!
    PIDS+=("$SRV")
    wait_for listening_or_gone && has listening "$DIR/srv.out" >/dev/null && return 0
    awk '{ print "# the server did not start: " $0 }' "$DIR/srv.err" "$DIR/wait.out"
    return 1
}
listening_or_gone() { has listening "$DIR/srv.out" || is_gone "$SRV"; }

# Ends the server; succeeds if it exits 0.
stop_server() {
    kill -TERM "$SRV"
    wait "$SRV" 2>/dev/null
}

# Runs the client, with the words of CLIENT as a prefix; output in $DIR/out and err, exit status in
# STATUS.
client() {
    $CLIENT "$BUILD/sctp_echo_cli" -p "$PORT" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}

# Starts a client in the background and waits for its association.  `say` gives it lines, `end_client`
# ends it.  Output in $DIR/cli.out and cli.err.
CLI=
start_client() { # ARG...
    [ -z "$CLI" ] || kill -KILL "$CLI" 2>/dev/null # a failed test may have left it
    : >"$DIR/cli.err" # otherwise " up: " of the previous client would be found
    make_fifo
    $CLIENT "$BUILD/sctp_echo_cli" -v -p "$PORT" "$@" <"$FIFO" >"$DIR/cli.out" 2>"$DIR/cli.err" &
    CLI=$!
    PIDS+=("$CLI")
    exec {CLI_IN}>"$FIFO"
    wait_for has " up: " "$DIR/cli.err"
}

say() { printf '%s\n' "$*" >&"$CLI_IN"; }

end_client() {
    exec {CLI_IN}>&-
    wait "$CLI" 2>/dev/null
}

# Starts an interactive program in the background.  ${IN[NAME]} is its input; its output goes to
# $DIR/NAME.
open_terminal() { # NAME COMMAND...
    local name=$1 fd
    shift
    make_fifo
    : >"$DIR/$name" # otherwise the output of the previous program would be found
    alone "$@" <"$FIFO" >"$DIR/$name" 2>&1 &
    PID[$name]=$!
    PIDS+=("$!")
    exec {fd}>"$FIFO"
    IN[$name]=$fd
}
close_terminal() { # NAME
    local fd=${IN[$1]}
    unset "IN[$1]"
    exec {fd}>&-
    kill "${PID[$1]}" 2>/dev/null
    wait "${PID[$1]}" 2>/dev/null
}
end_terminal() { # NAME: ends its input and waits for it; succeeds when it exits 0
    local fd=${IN[$1]}
    unset "IN[$1]"
    exec {fd}>&-
    wait "${PID[$1]}"
}
# The program has written so many bytes to $DIR/NAME.
has_printed() { # NAME BYTES
    local size
    read -r _ size <"/proc/${PID[$1]}/fdinfo/1" && ((size >= $2))
}
type_in() { printf '%s\n' "$2" >&"${IN[$1]}"; } # NAME LINE
shows() { wait_for has "$2" "$DIR/$1"; } # NAME TEXT

# Starts tests/tools/live.c, an association that takes commands, with the words of CLIENT as a prefix.
# Its output goes to $DIR/live.
start_live() { # ARG...
    # shellcheck disable=SC2086 # words
    open_terminal live $CLIENT "$BUILD/tests/live" -p "$PORT" "$@"
    shows live connected
}
tell() { type_in live "set $1" && shows live "set $1"; } # OPTION
end_live() { end_terminal live; }

peer() { "$BUILD/tests/peer" "$PORT" "$@"; }

# The file has exactly these lines, in any order, apart from association ids, which the stack chooses.
has_all() { # FILE LINE...
    local line lines
    local -A left=()
    for line in "${@:2}"; do left[.$line]+=x; done # the dot: no key may be empty
    mapfile -t lines <"$1"
    for line in "${lines[@]}"; do
        if [[ $line =~ ^(.*)\ \(assoc:0x[0-9a-f]*\)(.*)$ ]]; then line=${BASH_REMATCH[1]}${BASH_REMATCH[2]}; fi
        if [ -z "${left[.$line]-}" ]; then
            echo "unexpected: $line"
            return 1
        fi
        left[.$line]=${left[.$line]#x}
    done
    for line in "${!left[@]}"; do
        if [ -n "${left[$line]}" ]; then
            echo "missing: ${line#.}"
            return 1
        fi
    done
}
# Removes association ids.
plain() { sed 's/ (assoc:0x[0-9a-f]*)//' "$1"; }
