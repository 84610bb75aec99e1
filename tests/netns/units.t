#!/usr/bin/env bash
# The systemd units of the servers, started and stopped by a systemd that has only these units.  Needs root
# and control groups of its own: the lab.  Its kernel has no seccomp, so SystemCallFilter= and the like have
# no effect; tests/native/units.t checks them.
. "${0%/*}/../lib.sh" 26550

if [ ! -x /usr/lib/systemd/systemd ]; then
    skip "the units of the servers" "systemd is not installed: scripts/deps check"
    finish
fi
make -s install BUILD="${BUILD#"$PWD"/}" PREFIX=/usr/local LIBDIR=/usr/local/lib DESTDIR="$DIR/root" >"$DIR/out" 2>&1 || {
    cat "$DIR/out"
    exit 1
}

# The programs are at the place that the units name, as far as this systemd and what it starts see.
boot() {
    mkdir "$DIR/units" && cp /usr/lib/systemd/system/{sysinit,basic,shutdown}.target "$DIR/root"/usr/local/lib/systemd/system/*.service "$DIR/units" || return
    printf '[Unit]\nDefaultDependencies=no\n' >"$DIR/units/booted.target"
    # shellcheck disable=SC2016 # the inner shell expands it
    SYSTEMD_UNIT_PATH=/run/units unshare --mount --pid --fork --kill-child --mount-proc sh -c '
        mount --bind "$0/root/usr/local" /usr/local && mount -t tmpfs run /run && cp -R "$0/units" /run &&
            mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec /usr/lib/systemd/systemd --system --unit=booted.target --log-target=console' \
        "$DIR" >"$DIR/systemd" 2>&1 &
    UNSHARE=$!
    PIDS+=("$UNSHARE")
    wait_for booted
}
booted() {
    INIT=$(pgrep -P "$UNSHARE") && systemctl is-active booted.target
}
systemctl() { nsenter -t "$INIT" -m -p systemctl "$@"; }
try "systemd boots with the units" boot

started() { systemctl start sctp-echo sctp-chat && systemctl is-active sctp-echo sctp-chat; }
try "the servers start" started

server() { pgrep -x "$1" >"$DIR/pid" && read -r SRV <"$DIR/pid"; } # NAME
unprivileged() {
    local name
    for name in sctp_echo_srv sctp_chat_srv; do
        wait_for server "$name" || return
        # systemd has them between 61184 and 65519 (DynamicUser=)
        has_line $'^Uid:\t6[1-5][0-9]{3}\t' "/proc/$SRV/status" && has_line $'^NoNewPrivs:\t1$' "/proc/$SRV/status" &&
            has_lines 5 '^Cap...:.0+$' "/proc/$SRV/status" || return
    done
}
try "they run as users of their own, without capabilities" unprivileged

PORT=9877
talks() {
    wait_for ping && client localhost <<<"[0] hello" && has '[0] hello' "$DIR/out" || return
    open_terminal alice "$BUILD/sctp_chat_cli" alice@localhost && shows alice "*** you are alice"
}
ping() { "$BUILD/sctp_ping" --check -q localhost; }
try "a client of each gets its answers" talks

restarts() {
    server sctp_echo_srv && kill -KILL "$SRV" && wait_for is_gone "$SRV" && wait_for ping && systemctl is-active sctp-echo
}
try "a server that was killed is started again" restarts

stops() {
    start_client localhost && systemctl stop sctp-echo sctp-chat && wait_for has "the peer is shutting down" "$DIR/cli.err" &&
        shows alice "the server is leaving" || return
    ! server sctp_echo_srv && ! server sctp_chat_srv || return
    same success "$(systemctl show -P Result sctp-echo)" && same success "$(systemctl show -P Result sctp-chat)"
}
try "when they are stopped, their clients are told, and both exit 0" stops

finish
