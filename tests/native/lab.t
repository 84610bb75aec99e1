#!/usr/bin/env bash
# scripts/lab: what the tests that run there rely on.  Its exit status above all.
. "${0%/*}/../lib.sh" 0

run() { # STATUS COMMAND...
    LAB_MEM=256M scripts/lab "${@:2}" >"$DIR/out" 2>"$DIR/err"
    same "$1" $? && same "" "$(cat "$DIR/err")"
}
has_sctp() {
    run 0 cat /proc/net/protocols && has SCTP "$DIR/out"
}
passes_on() {
    echo "a line" | run 7 sh -c "cat; echo in $PWD; exit 7" && same "a line in $PWD" "$(xargs <"$DIR/out")"
}
in_lab() { # DESCRIPTION COMMAND...
    if [ -n "${SCTP_LAB-}" ]; then
        skip "$1" "in a lab there is no other"
    elif [ ! -x /usr/bin/linux.uml ]; then
        skip "$1" "no lab: scripts/deps lab"
    else
        try "$@"
    fi
}
in_lab "in the lab there is SCTP" has_sctp
in_lab "input, output, directory and exit status are the command's" passes_on
# shellcheck disable=SC2016 # for that shell
in_lab "one that a signal has killed: 128 + its number" run 143 sh -c 'kill -TERM $$'
# shellcheck disable=SC2016
in_lab "one that stops is continued, and ends as it ends" run 3 sh -c 'kill -STOP $$; exit 3'

# Its kernel, a child of its keeper, is killed while it boots.
kernel_of() {
    local keeper
    keeper=$(pgrep -P "$1" -x lab-keeper) && pgrep -P "$keeper" -x linux.uml
}
boots_again() {
    local lab status
    for _ in 1 2 3 4 5; do # we may be so late that it has booted
        LAB_MEM=256M scripts/lab sh -c 'exit 7' >"$DIR/out" 2>"$DIR/err" &
        lab=$!
        PIDS+=("$lab")
        wait_for kernel_of "$lab" && kill -KILL "$(cat "$DIR/wait.out")"
        wait "$lab"
        status=$?
        [ "$status" = 125 ] || break
    done
    same 7 "$status" && same "lab: it did not boot; trying once more" "$(cat "$DIR/err")"
}
in_lab "a boot that fails is tried once more" boots_again

finish
