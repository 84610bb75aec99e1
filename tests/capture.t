#!/usr/bin/env bash
# SCTP_USERLAND_PCAP, the capture of the userland stack.  The shape of a file is read here, its packets by
# tshark.
. "${0%/*}/lib.sh" 26000

if [ "${SCTP_STACK-}" != userland ]; then
    skip "SCTP_USERLAND_PCAP writes the packets to a file" "only the userland stack has it"
    finish
fi
start_server || exit 1

captured() { # FILE [HOST]: a client sends a line and gets it back
    SCTP_USERLAND_PCAP=$1 client "${2-localhost}" <<<"[0] a line"
    same 0 "$STATUS" && has "a line" "$DIR/out"
}

# tshark prints the addresses, ports and first chunk of each packet.  Its status is not 0 if the file ends
# within a packet.
decode() { tshark -r "$1" -T fields -E separator=' ' -e ip.src -e ipv6.src -e sctp.srcport -e ip.dst -e ipv6.dst -e sctp.dstport \
    -e sctp.chunk_type -e sctp.checksum.status -o "sctp.checksum:CRC 32c" 2>"$DIR/tshark.err" >"$DIR/decoded"; }
both_ways() { # HOST
    captured "$DIR/one" "$1" && decode "$DIR/one" || return
    cat "$DIR/decoded"
    has_line "^ *$1 +[0-9]+ +$1 +$PORT 1 1$" "$DIR/decoded" && # INIT, good checksum
        has_line "^ *$1 +$PORT +$1 +[0-9]+ 2 1$" "$DIR/decoded" &&
        has_line "^ *$1 +[0-9]+ +$1 +$PORT 0 1$" "$DIR/decoded" &&
        has_line "^ *$1 +$PORT +$1 +[0-9]+ (3,)?0 1$" "$DIR/decoded" &&
        has_line " 14 1$" "$DIR/decoded" # SHUTDOWN COMPLETE
}
try_with tshark "tshark reads both directions of an association" both_ways 127.0.0.1
try_with tshark "tshark reads both directions of an association over IPv6" both_ways ::1

data() { # the text of the first packets with DATA, one a line
    captured "$DIR/one" || return
    tshark -r "$DIR/one" -T fields -e data.text -o data.show_as_text:TRUE 2>/dev/null | grep . >"$DIR/decoded"
    holds $'[0] a line\n[0] a line\n' "$DIR/decoded"
}
try_with tshark "tshark shows the text of a message and of its echo" data

# Prints the sizes of the packets of a file; fails if the last one is not whole.
whole() { perl -e 'local $/; $_ = <>; unpack("Vx16V", $_) == 0xa1b2c3d4 && (unpack "x20V", $_) == 101 or die "no capture\n";
    for ($at = 24; $at < length; $at += 16 + $n) { $n = unpack "x8V", substr $_, $at; print "$n\n" }
    $at == length or die "the last packet is cut\n"' "$1"; }
killed() {
    SCTP_USERLAND_PCAP=$DIR/killed start_client localhost || return
    say "[0] hello"
    wait_for has hello "$DIR/cli.out" && kill -KILL "$CLI" && wait_for is_gone "$CLI" || return
    whole "$DIR/killed" >"$DIR/sizes" && [ "$(wc -l <"$DIR/sizes")" -ge 6 ]
}
try "a process that is killed leaves a file of whole packets" killed

private() {
    echo "not a capture" >"$DIR/old"
    chmod 644 "$DIR/old"
    captured "$DIR/old" && same 600 "$(stat -c %a "$DIR/old")" && whole "$DIR/old"
}
try "the file is replaced, and can be read by its owner only" private

own_files() {
    SCTP_USERLAND_PCAP=$DIR/%p.pcap start_client localhost || return
    captured "$DIR/%p.pcap" && whole "$DIR/$CLI.pcap" || return
    set -- "$DIR"/*.pcap
    same 2 $#
}
try "%p in the name is the process id, so that each process has a file of its own" own_files

refused() { # NAME REASON: the client works, and says why there is no capture
    captured "$1" && has "cannot write the capture $1: $2" "$DIR/err"
}
in_use() {
    SCTP_USERLAND_PCAP=$DIR/used start_client localhost || return
    refused "$DIR/used" "another process writes it; give each process its own, with %p in the name" && whole "$DIR/used"
}
try "a file that another process writes is left alone, which is announced" in_use
linked() {
    ln -sf "$DIR/target" "$DIR/link"
    echo "precious" >"$DIR/target"
    refused "$DIR/link" "it is a symbolic link" && holds $'precious\n' "$DIR/target"
}
try "a symbolic link is not followed, which is announced" linked
try "a file that cannot be opened is announced" refused "$DIR/none/file" "No such file or directory"
try "a named pipe is refused" refused "$DIR/silence" "it is not a regular file of this user"
end_client

try "the server exits 0" stop_server
finish
