#!/usr/bin/env bash
# Every program: --help, and a command line that is wrong.
. "${0%/*}/../lib.sh" 24500

run() { # PROGRAM ARG...
    "$BUILD/$1" "${@:2}" >"$DIR/out" 2>"$DIR/err" </dev/null
    STATUS=$?
}

help_fits() { # PROGRAM OPTION
    run "$1" "$2"
    same 0 "$STATUS" && is_empty "$DIR/err" && has "usage: $1 [options]" "$DIR/out" &&
        has_lines 0 '.{80}' "$DIR/out"
}

documented() { # PROGRAM: the options of --help are those of the list in its man page
    run "$1" --help
    sed -nE 's/^ +((-[a-zA-Z]), )?(--[a-z]+).*/\2 \3/p' "$DIR/out" | sort >"$DIR/options"
    sed -nE 's/^\.It (Fl ([a-zA-Z]) .*)?Fl \\-([a-z]+).*/-\2 --\3/p' "$(find echo chat hello tools -name "$1.1")" |
        sed 's/^- / /' | sort | diff "$DIR/options" - >"$DIR/difference"
    same "" "$(cat "$DIR/difference")" && has " --help" "$DIR/options"
}

defaults() { # PROGRAM: an option before --help does not change the defaults that it shows
    run "$1" --help && mv "$DIR/out" "$DIR/help"
    run "$1" -p 5 --help
    same 0 "$STATUS" && cmp "$DIR/help" "$DIR/out"
}

wrong() { # MESSAGE PROGRAM ARG...: MESSAGE and a pointer to --help, both after the program's name
    local message=$1
    shift
    run "$@"
    same 2 "$STATUS" && is_empty "$DIR/out" && is_long 2 "$DIR/err" && has $'\n'"$1: $message" "$DIR/err" &&
        has $'\n'"$1: try \"$1 --help\""$'\n' "$DIR/err"
}

PROGRAMS="sctp_echo_srv sctp_echo_cli sctp_ping sctp_opts sctp_console sctp_chat_srv sctp_chat_cli
    sctp_hello_srv sctp_hello_cli"
all() { # each of the programs that make installs
    local program list
    list=$(make -s -pn 2>/dev/null | sed -n 's/^programs := //p')
    # shellcheck disable=SC2086 # words
    same "$(printf '%s\n' $list | sort)" "$(printf '%s\n' $PROGRAMS | sort)"
}
try "this file tests all programs" all

for program in $PROGRAMS; do
    try "$program --help: prints to standard output, within 79 columns" help_fits "$program" --help
    try "$program -h: prints to standard output, within 79 columns" help_fits "$program" -h
    try "$program --help: shows the same defaults after another option" defaults "$program"
    try "$program: the man page has every option of --help" documented "$program"
    try "$program: an unknown option is reported in two lines" wrong \
        "unrecognized option '--nonsense'" "$program" --nonsense
    try "$program: an option without its value is reported in two lines" wrong \
        "option requires an argument -- 'p'" "$program" -p
    try "$program: a malformed port is reported in two lines" wrong \
        '-p "x": not a number from 1 to 65535' "$program" -p x
done
# The stacks of this machine are determined here without the programs.
version() { # PROGRAM OPTION
    local userland=none kernel='no SCTP \(.*\)'
    [ ! -e "$BUILD/libsctp_userland.so" ] || userland='libsctp_userland\.so, (libusrsctp\.so\..*|no libusrsctp\.so\.2 installed)'
    ! perl -MSocket -e 'socket my $s, AF_INET, 5, 132 or exit 1' || kernel='has SCTP'
    run "$1" "$2"
    same 0 "$STATUS" && is_empty "$DIR/err" && is_long 4 "$DIR/out" && has_lines 0 '.{80}' "$DIR/out" &&
        has_line "^$1 \(onetomany\) [0-9.]+$" "$DIR/out" && has_line "^libsctp: libsctp\.so\.[0-9.]+$" "$DIR/out" &&
        has_line "^kernel: $kernel$" "$DIR/out" && has_line "^userland: $userland$" "$DIR/out"
}
for program in $PROGRAMS; do
    try "$program --version: prints the versions of the program, of libsctp, and the stacks" version "$program" --version
    try "$program -V: prints the versions of the program, of libsctp, and the stacks" version "$program" -V
done

for program in sctp_echo_cli sctp_ping sctp_chat_cli sctp_hello_cli; do
    try "$program: a missing host is reported in two lines" wrong "no host given" "$program"
done
for program in sctp_echo_cli sctp_ping sctp_opts sctp_chat_cli sctp_hello_cli; do
    try "$program: accepts [::1]:9; another port of -p is an error" wrong \
        'host "[::1]:9" has a port, and -p 8 is another' "$program" -p 8 "[::1]:9"
    try "$program: a host with a malformed port is reported in two lines" wrong \
        'host "localhost:x": write HOST, HOST:PORT or [IPv6]:PORT' "$program" localhost:x
done

with() { # STATUS OUT-OR-ERR ARG...: the usage, where asked for on standard output
    scripts/withuserland "${@:3}" >"$DIR/out" 2>"$DIR/err"
    same "$1" $? && has "usage: withuserland [--from-tcp] PROGRAM" "$DIR/$2"
}
try "withuserland -h: prints its usage to standard output" with 0 out -h
try "withuserland --help: prints its usage to standard output" with 0 out --help
try "withuserland: no program is an error, exit status 2" with 2 err
try "withuserland: an option is an error, exit status 2" with 2 err -p 9877
musl() {
    echo 'int main(void) { return 0; }' >"$DIR/small.c" && musl-gcc -o "$DIR/small" "$DIR/small.c" || return
    scripts/withuserland "$DIR/small" >"$DIR/out" 2>"$DIR/err"
    same 126 $? && has "withuserland: $DIR/small is linked with the C library musl" "$DIR/err"
}
try_with "musl-gcc" "withuserland: a program that is linked with musl is refused, exit status 126" musl

finish
