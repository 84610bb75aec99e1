#!/usr/bin/env bash
# Each socket option is read, set and read in each state of a socket.  The results of the kernel's stack
# are in tests/option_states/kernel, those of the userland stack in userland beside it;
# tests/option_states/reasons has the reason for each difference.
#
# UPDATE=1 SCTP_STACK=userland tests/option_states.t writes the results of the stack.
. "${0%/*}/lib.sh" 25450

RESULTS=tests/option_states/${SCTP_STACK:-kernel}

walk() {
    "$BUILD/tests/option_states"
    echo "IPv6:"
    "$BUILD/tests/option_states" -6 i_want_mapped_v4_addr peer_addrs local_addrs status primary_addr tos ipv6_v6only
}
as_before() {
    walk >"$DIR/out" || return
    [ -z "${UPDATE-}" ] || cp "$DIR/out" "$RESULTS"
    same_files "$RESULTS" "$DIR/out"
}

# The options in FILE whose results are not the same in the other one, one a line.
differing() { diff tests/option_states/kernel tests/option_states/userland | sed -n 's/^[<>] \([^ ]*\).*/\1/p' | sort -u; }
reasons() {
    differing >"$DIR/differing"
    sed -n 's/^\([a-z0-9_]*\): .*/\1/p' tests/option_states/reasons | sort -u >"$DIR/explained"
    same_files "$DIR/explained" "$DIR/differing"
}

what="each option has the expected results in each state of a socket"
if [ "${SCTP_STACK-}" = userland ]; then
    try "$what" as_before
    try "each difference between the stacks has a reason" reasons
elif [ -n "${SCTP_LAB-}" ]; then
    sysctl -qw net.sctp.intl_enable=1
    try "$what" as_before
else
    skip "$what" "those of the lab's kernel are known, not those of this one"
fi
finish
