#!/usr/bin/env bash
# scripts/lab: what the tests that run in it rely on, above all its exit status.
. "${0%/*}/../lib.sh" 0

run() { # STATUS COMMAND...
    LAB_MEM=256M scripts/lab "${@:2}" >"$DIR/out" 2>"$DIR/err"
    same "$1" $? && same "" "$(cat "$DIR/err")"
}
# shellcheck disable=SC2016 # for that shell
passes_on() {
    echo "a line" | run 7 sh -c 'cat; echo "in $PWD"; cat /proc/net/protocols; kill -STOP $$; exit 7' &&
        same "a line in $PWD" "$(head -n 2 "$DIR/out" | xargs)" && has SCTP "$DIR/out"
}
in_lab() { # DESCRIPTION COMMAND...
    if [ -n "${SCTP_LAB-}" ]; then
        skip "$1" "this is a lab, which cannot start another"
    elif [ ! -x /usr/bin/linux.uml ]; then
        skip "$1" "no lab: scripts/deps lab"
    else
        try "$@"
    fi
}
in_lab "the kernel has SCTP; input, output, directory and exit status of a command that stops are passed on" passes_on
# shellcheck disable=SC2016 # for that shell
in_lab "the exit status of a command killed by a signal is 128 + the signal" run 143 sh -c 'kill -TERM $$'
# The lab's kernel, a child of its keeper.  It is killed while it boots.
kernel_of() {
    local keeper
    keeper=$(pgrep -P "$1" -x lab-keeper) && pgrep -P "$keeper" -x linux.uml
}
# shellcheck disable=SC2016 # for that shell
boots_again() {
    local lab status
    for _ in {1..20}; do # it may have booted before it is killed
        rm -f "$DIR/killed"
        LAB_MEM=256M scripts/lab sh -c 'until [ -e "$1" ]; do sleep 0.1; done; exit 7' - "$DIR/killed" \
            >"$DIR/out" 2>"$DIR/err" &
        lab=$!
        PIDS+=("$lab")
        wait_for kernel_of "$lab" && kill -KILL "$(cat "$DIR/wait.out")"
        touch "$DIR/killed"
        wait "$lab"
        status=$?
        [ "$status" = 125 ] || break
    done
    same 7 "$status" && same "lab: it did not boot; trying once more" "$(cat "$DIR/err")"
}
in_lab "a boot that fails is tried once more" boots_again

finish
