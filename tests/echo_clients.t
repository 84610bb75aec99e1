#!/usr/bin/env bash
# Many clients, and bad ones: nobody else notices.
. "$(dirname "$0")/lib.sh" 21300

POLICY=/proc/sys/net/sctp/sndbuf_policy

start_server || exit 1

fifty() {
    local i pids=() bad=0
    for ((i = 1; i <= 50; i++)); do
        for ((n = 0; n < 10; n++)); do echo "[$n] client $i line $n"; done |
            "$BUILD/sctp_echo_cli" -p "$PORT" localhost >"$DIR/out.$i" 2>&1 &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || bad=$((bad + 1)); done
    same 0 "$bad" || return
    for ((i = 1; i <= 50; i++)); do
        same "10 10" "$(wc -l <"$DIR/out.$i") $(grep -c "client $i line" "$DIR/out.$i")" || return
    done
}
try "50 clients at once each get their own replies and no others" fifty

full_speed() { # LINES
    seq -f '[1] %.0f' 1 "$1" >"$DIR/in"
    timeout 60 "$BUILD/sctp_echo_cli" -p "$PORT" localhost <"$DIR/in" >"$DIR/out"
    same 0 $? && same_files "$DIR/in" <(sed 's/^.*0x[0-9a-f]*)://' "$DIR/out")
}
try "20000 lines in a pipe come back complete and in order" full_speed 20000

still_serves() {
    echo "[0] still here" | client localhost
    same 0 "$STATUS" && has "still here" "$DIR/out"
}

silent() {
    start_client localhost
    wait_for grep -q "up: .*" "$DIR/srv.out" && still_serves || return
    say "[5] at last"
    wait_for grep -qF "[5] at last" "$DIR/cli.out" && end_client
}
try "an association that sends nothing is kept, and served when it does" silent

killed() {
    local before after
    before=$(grep -cE 'shut down$|lost' "$DIR/srv.out")
    seq -f '[1] %.0f' 1 1000000 | "$BUILD/sctp_echo_cli" -p "$PORT" -q localhost &
    PIDS+=($!)
    sleep 0.2 # in the midst of it: any moment will do
    kill -KILL $!
    still_serves || return
    ended() { after=$(grep -cE 'shut down$|lost' "$DIR/srv.out") && ((after >= before + 2)); }
    wait_for ended
}
try "a client killed with -9 in full flow leaves the server serving" killed

aborting() {
    local i
    for i in 1 2 3 4 5; do peer abort >"$DIR/out" || return; done
    still_serves && wait_for has "lost: user-initiated abort: had enough" "$DIR/srv.out"
}
try "a client that aborts does not stop the server, which tells the reason" aborting

vanishing() {
    local i
    for i in 1 2 3 4 5; do peer vanish 1000000 >"$DIR/out" || return; done
    still_serves && wait_for has "in mid-message" "$DIR/srv.out" && peer bytes 500000 >"$DIR/out" &&
        has "same: 500000" "$DIR/out"
}
try "a client that leaves in mid-message leaves nothing behind" vanishing

stopped() {
    seq -f '[1] %.0f' 1 1000000 | "$BUILD/sctp_echo_cli" -p "$PORT" localhost >/dev/null &
    local pid=$!
    PIDS+=("$pid")
    sleep 0.2
    kill -STOP "$pid"
    for _ in 1 2 3; do full_speed 2000 || return; done
    kill -KILL "$pid"
}
try "a client stopped in full flow holds nobody up" stopped
try "the server has been the same process all along" kill -0 "$SRV"
stop_server

# One that sends and never reads: its replies pile up, here and in the buffers of the kernel.
never_reads() {
    local pid
    start_server || return
    start_client localhost
    peer stuck 1000 >"$DIR/stuck" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    while kill -0 "$pid" 2>/dev/null; do
        still_serves || return
    done
    wait "$pid"
    has "user-initiated abort: too many replies are waiting" "$DIR/stuck" &&
        has "by this server: too many replies are waiting" "$DIR/srv.out" || return
    say "[0] the other"
    wait_for grep -qF "the other" "$DIR/cli.out" && end_client && stop_server
}

# More of them than the shared send buffer has shares.
many_stuck() {
    local i pids=()
    start_server || return
    for ((i = 0; i < 24; i++)); do
        mkfifo "$DIR/hold.$i"
        peer hold 1000 2000 <"$DIR/hold.$i" >"$DIR/held.$i" 2>&1 &
        pids+=($!)
        PIDS+=($!)
        exec {fd}>"$DIR/hold.$i"
        fds+=("$fd")
    done
    for ((i = 0; i < 24; i++)); do
        wait_for grep -q "sent" "$DIR/held.$i" || return
    done
    for _ in 1 2 3; do full_speed 2000 || return; done
    for fd in "${fds[@]}"; do exec {fd}>&-; done
    kill -KILL "${pids[@]}" 2>/dev/null
    wait "${pids[@]}" 2>/dev/null
    rm -f "$DIR"/hold.* "$DIR"/held.*
    stop_server
}

for policy in 0 1; do
    fds=()
    if ! was=$(cat $POLICY 2>/dev/null) || ! { echo $policy >$POLICY; } 2>/dev/null; then
        skip "with sndbuf_policy $policy a client that never reads is put out" "$POLICY is not ours"
        skip "with sndbuf_policy $policy 24 clients that never read hold nobody up" "$POLICY is not ours"
        continue
    fi
    try "with sndbuf_policy $policy a client that never reads is put out with the reason, the others go on" \
        never_reads
    try "with sndbuf_policy $policy 24 clients that never read hold nobody up" many_stuck
    echo "$was" >$POLICY
done

finish
