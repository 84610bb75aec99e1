#!/usr/bin/env bash
# Each call is made, and each socket option is read, set and read, in each state of a socket.  The results
# of the kernel's stack are in tests/conformance/*.kernel, those of the userland stack in *.userland;
# *.reasons has the reason for each difference.  tests/tools/conformance.pl makes the table of
# doc/userland.md of these files.
#
# UPDATE=1 SCTP_STACK=userland tests/conformance.t writes the results of the stack, and the table.
. "${0%/*}/lib.sh" 25450

STACK=${SCTP_STACK:-kernel}

calls() { "$BUILD/tests/call_states"; }
options() {
    "$BUILD/tests/option_states"
    "$BUILD/tests/option_states" -6 i_want_mapped_v4_addr peer_addrs local_addrs status primary_addr tos ipv6_v6only |
        sed 's/^[^\t]*/& (IPv6)/'
}
as_before() { # calls or options
    "$1" >"$DIR/out" || return
    [ -z "${UPDATE-}" ] || cp "$DIR/out" "tests/conformance/$1.$STACK"
    same_files "tests/conformance/$1.$STACK" "$DIR/out"
}

table() {
    [ -z "${UPDATE-}" ] || tests/tools/conformance.pl -w doc/userland.md
    tests/tools/conformance.pl doc/userland.md >"$DIR/out" && same_files doc/userland.md "$DIR/out"
}

what="has the expected results in each state of a socket"
if [ "$STACK" = userland ] || [ -n "${SCTP_LAB-}" ]; then
    [ "$STACK" = userland ] || sysctl -qw net.sctp.intl_enable=1
    try "each call $what" as_before calls
    try "each option $what" as_before options
else
    skip "each call and option $what" "those of the lab's kernel are known, not those of this one"
fi
try "the table of doc/userland.md is made of these results, with a reason for each difference" table
finish
