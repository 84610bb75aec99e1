#!/usr/bin/env bash
# The systemd units of the servers: what systemd-analyze finds, with the installed programs.
. "${0%/*}/../lib.sh" 26200

if ! command -v systemd-analyze >/dev/null; then
    skip "the units of the servers" "systemd is not installed: scripts/deps check"
    finish
fi
make -s install BUILD="${BUILD#"$PWD"/}" PREFIX="$DIR/usr" >"$DIR/out" 2>&1

valid() {
    systemd-analyze verify --man=no "$DIR"/usr/lib/systemd/system/*.service >"$DIR/out" 2>&1
    # It names faults of other units of the machine as well.
    same "" "$(grep -E 'sctp-(echo|chat)' "$DIR/out")"
}
try "systemd-analyze finds no fault in the units" valid

# 0 is the best exposure, 100 the worst.
safe() {
    systemd-analyze security --offline=true --threshold=20 "$DIR"/usr/lib/systemd/system/*.service >"$DIR/out" 2>&1 &&
        has_line 'Overall exposure level for sctp-echo.service: [01]\.' "$DIR/out" &&
        has_line 'Overall exposure level for sctp-chat.service: [01]\.' "$DIR/out"
}
try "the units give the servers no privilege" safe

finish
