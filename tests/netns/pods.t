#!/usr/bin/env bash
# doc/pods.md: static programs, and a directory with the userland stack, in containers that have nothing
# else.  A container is an empty directory (chroot) on a host of its own.
. "${0%/*}/../lib.sh" 26050
. tests/netns/two_hosts.sh

if [ ! -e "$BUILD/static/sctp_ping" ]; then
    skip "static programs run in an empty directory" "built with a sanitizer"
    finish
fi

mkdir "$DIR/pod_a" "$DIR/pod_b"
LAUNCH="$ON_HOST b chroot $DIR/pod_b"
CLIENT="$ON_HOST a chroot $DIR/pod_a"

small() {
    find "$BUILD/static" -type f -size +2000k >"$DIR/large"
    is_empty "$DIR/large" && cp "$BUILD/static/sctp_echo_srv" "$DIR/pod_b" &&
        cp "$BUILD"/static/sctp_{ping,echo_cli} "$DIR/pod_a"
}
try "the static programs are smaller than 2 MB" small

serve() { # BIND-OPTION...
    # shellcheck disable=SC2086 # words
    open_terminal srv $LAUNCH /sctp_echo_srv -v -p "$PORT" "$@" && shows srv listening
}
check() {
    serve -B 10.1.1.2 -B 10.1.2.2 && $CLIENT /sctp_ping --check -p "$PORT" 10.1.1.2 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has "works: 10.1.1.2 port $PORT, by 10.1.1.2, 10.1.2.2: " "$DIR/out"
}
try "sctp_ping --check works between two empty directories" check

# Without nsswitch.conf; in a pod, Kubernetes writes hosts and resolv.conf.
names() {
    mkdir "$DIR/pod_a/etc" && echo "10.1.1.2 server" >"$DIR/pod_a/etc/hosts" || return
    $CLIENT /sctp_ping --check -p "$PORT" server >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has "works: server port $PORT" "$DIR/out"
}
try "a static program finds a host's name in /etc/hosts" names

echoes() {
    printf '[0] one\n[3] two\n' | $CLIENT /sctp_echo_cli -p "$PORT" 10.1.1.2 >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has "[0] one" "$DIR/out" && has "[3] two" "$DIR/out"
}
try "sctp_echo_cli works between two empty directories" echoes

terminal() {
    script -qec "$CLIENT /sctp_echo_cli -p $PORT 10.1.1.2" /dev/null <<<'[4] typed' >"$DIR/tty" 2>&1
    has "From str:5 seq:0" "$DIR/tty"
}
try_with script "sctp_echo_cli edits lines on a terminal without a terminfo database" terminal
close_terminal srv

finish
