#!/usr/bin/env bash
# The sources of book/: the wrappers that they use, and their head comments.
. "${0%/*}/../lib.sh" 0

PROGRAMS="streamserv streamcli streamserv_n eofserv abortcli autoclose partial notify unordered bindx addrs
    heartbeat peeloff chatserv chatcli"

wrappers() {
    nm "$BUILD/book/streamserv" >"$DIR/nm"
    for name in Socket Bind Listen Setsockopt Sctp_recvmsg Sctp_sendmsg sctp_get_no_strms sctp_address_to_associd; do
        has_line " T $name$" "$DIR/nm" || return
    done
    nm "$BUILD/book/chatserv" >"$DIR/nm" && has_line " T Sctp_recvmsg$" "$DIR/nm" && has_line " T Sctp_send$" "$DIR/nm"
}
try "streamserv and chatserv use the wrappers" wrappers

heads() {
    local program text file missing=
    for program in $PROGRAMS; do
        sed '/^ \*\/$/q' "book/$program.c" >"$DIR/head"
        for text in "$program" "To see:" "Try it:" "A production "; do has "$text" "$DIR/head" || return; done
        has "[\`$program\`]($program.c)" book/README.md || return
        grep -oE '(book|echo|chat|lib|tests)/[a-z_/]+\.[a-z0-9]+' "$DIR/head" book/README.md >"$DIR/files"
        while IFS=: read -r _ file; do [ -e "$file" ] || missing+=" $file"; done <"$DIR/files"
        grep -oE 'build/book/.*' "$DIR/head" | sed 's/  .*//; s/ >.*//' >"$DIR/commands"
        while read -r text; do
            has "    \$ $text" book/README.md >/dev/null || has "| $text" book/README.md >/dev/null || missing+=" $text"
        done <"$DIR/commands"
    done
    same "" "$missing"
}
try "the head comments say what to see, how to try it, and what to read next; the README has the commands" heads

finish
