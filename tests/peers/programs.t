#!/usr/bin/env bash
# Other people's programs that use SCTP: signalling, generators of load, languages.  doc/userland.md lists
# them.  Each test is skipped without its program: scripts/deps peers installs them.
. "${0%/*}/../lib.sh" 26100

if [ -z "$OTHERS" ]; then
    skip "other people's programs" "they are made for the kernel's stack; the userland stack is tested"
    finish
fi

# Starts a program in the background; it reads nothing, and its output goes to $DIR/peer.
PEER=
in_background() { # COMMAND...
    : >"$DIR/peer"
    # shellcheck disable=SC2086 # words
    (ulimit -f 20000 && exec $OTHERS "$@") <"$DIR/silence" >"$DIR/peer" 2>&1 & # 20 MB: it may repeat an error for ever
    PEER=$!
    PIDS+=("$PEER")
}
# shellcheck disable=SC2086 # words
in_foreground() { timeout 60 $OTHERS "$@" >"$DIR/out" 2>&1; }
end_peer() {
    kill -"${1-TERM}" "$PEER" 2>/dev/null
    wait "$PEER" 2>/dev/null
}
# Runs the command until it succeeds, as its server may not be ready.
retry() { wait_for in_foreground "$@"; }

sip() {
    new_port
    local port=$PORT
    new_port
    in_background sipp -sn uas -t s1 -i 127.0.0.1 -p "$port" -nostdin -m 10
    # A client that is refused never ends.
    wait_for "$BUILD/sctp_ping" --connect -c 1 -p "$port" 127.0.0.1 || return
    in_foreground sipp -sn uac -t s1 -i 127.0.0.1 -p "$PORT" "127.0.0.1:$port" -nostdin -m 10 -r 20
    same 0 $? && wait "$PEER"
}
try_with sipp "sipp: ten calls between a client and a server" sip

# An ASP of M3UA is started: ASPUP, and its acknowledgement.
signalling() {
    new_port
    printf '%s\n' "line vty" " no login" "cs7 instance 0" " listen m3ua $PORT" "  accept-asp-connections dynamic-permitted" \
        "  local-ip 127.0.0.1" >"$DIR/stp.cfg"
    in_background osmo-stp -c "$DIR/stp.cfg"
    retry python3 -c 'import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
s.connect(("127.0.0.1", int(sys.argv[1])))
info = struct.pack("=HHH2xIIIIIi", 0, 0, 0, socket.htonl(3), 0, 0, 0, 0, 0)
s.sendmsg([bytes.fromhex("0100030100000008")], [(132, 1, info)])
print(s.recv(100).hex())' "$PORT" && has 0100030400000008 "$DIR/out"
    local status=$?
    end_peer
    return "$status"
}
try_with "osmo-stp python3" "osmo-stp: an ASP of M3UA is acknowledged" signalling

lines_of_gensio() {
    new_port
    in_background gensiot -i "stdio(self)" -a "sctp,127.0.0.1,$PORT"
    (
        wait_for gensio_connects || exit
        has hello "$DIR/peer"
    )
    local status=$?
    end_peer
    return "$status"
}
gensio_connects() {
    (echo hello && pause 0.5) | in_foreground gensiot -i "stdio(self)" "sctp,127.0.0.1,$PORT"
}
try_with gensiot "gensiot: a line arrives" lines_of_gensio

stress() {
    local scheduler
    new_port
    for scheduler in fcfs prio rr; do
        in_foreground stress-ng --sctp 8 --sctp-ops 80 --sctp-port "$PORT" --sctp-sched "$scheduler" -t 600
        same 0 $? && has "successful run completed" "$DIR/out" || return
    done
}
what="stress-ng --sctp 8: each scheduler"
# Each of the eight uses eight ports.
try_with stress-ng "$what" stress

in_python() {
    in_foreground python3 -c 'import asyncio, socket
async def main():
    loop = asyncio.get_running_loop()
    server, client = (socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132) for _ in range(2))
    server.bind(("127.0.0.1", 0)); server.listen(); server.setblocking(False); client.setblocking(False)
    accepted = asyncio.create_task(loop.sock_accept(server))
    await loop.sock_connect(client, server.getsockname())
    peer, _ = await accepted
    await loop.sock_sendall(client, b"hello")
    print(await loop.sock_recv(peer, 100))
asyncio.run(main())' && has "b'hello'" "$DIR/out"
}
try_with python3 "python's asyncio: a message arrives" in_python

in_perl() {
    cat >"$DIR/sctp.pl" <<'END'
use strict; use warnings; use IO::Select; use IO::Socket::INET; use Socket;
my @sctp = (Proto => "sctp", Type => SOCK_STREAM);
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1:0", Listen => 5, @sctp) or die "listen: $!";
my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport, Timeout => 60, @sctp)
    or die "connect: $!";
my $peer = $server->accept or die "accept: $!";
$client->autoflush(1);
$client->print("hello\n");
IO::Select->new($peer)->can_read(60) && $peer->getline eq "hello\n" or die "no line: $!";
$client->close;
defined $peer->getline and die "no end";
END
    in_foreground perl "$DIR/sctp.pl" && same "" "$(<"$DIR/out")"
}
try_with perl "perl's IO::Socket::INET with a timeout, and IO::Select: a line and the end arrive" in_perl

# Its server forks for each client, and opens the sockets after that.
measure() {
    new_port
    in_background qperf -lp "$PORT"
    retry qperf -lp "$PORT" -t 1 127.0.0.1 sctp_lat sctp_bw && has "latency  =" "$DIR/out" && has "bw  =" "$DIR/out"
    local status=$?
    end_peer
    return "$status"
}
try_with qperf "qperf measures latency and bandwidth" measure

kept() {
    new_port
    in_background ncat --sctp -l -k "$PORT"
    wait_for ncat_says one && wait_for ncat_says two && has $'one\ntwo' "$DIR/peer"
    local status=$?
    end_peer
    return "$status"
}
ncat_says() {
    (echo "$1" && pause 0.3) | in_foreground ncat --sctp 127.0.0.1 "$PORT"
}
try_with ncat "ncat -k: two clients, one after the other" kept

# A receiver whose sender was stopped is of no use for another.
generate() {
    new_port
    in_background ITGRecv -a 127.0.0.1
    wait_for has "Press Ctrl-C" "$DIR/peer" &&
        in_foreground ITGSend -a 127.0.0.1 -rp "$PORT" -T SCTP 1 1 -C 100 -c 500 -t 500 -l "$DIR/itg"
    local status=$?
    end_peer KILL # it may crash when it is interrupted
    return "$status"
}
generator() {
    wait_for generate && ITGDec "$DIR/itg" >"$DIR/decoded" 2>&1
    cat "$DIR/decoded"
    has_line "Packets dropped .* 0 " "$DIR/decoded"
}
if [ -n "$ASAN" ]; then
    skip "D-ITG: all packets of a flow arrive" "it gives getpeername() 28 bytes for an address, and has 16"
else
    try_with ITGSend "D-ITG: all packets of a flow arrive" generator
fi

# It binds a UDP and an SCTP socket to the same port, and uses the next one.
meter() {
    PORT=$((PORT + 2))
    in_background netperfmeter "$PORT"
    retry netperfmeter "127.0.0.1:$PORT" -runtime=1 -sctp const50:const500:const50:const500 &&
        grep -A5 "Reception:" "$DIR/out" | grep -Eq "Packets: +[1-9]"
    local status=$?
    end_peer
    return "$status"
}
try_with netperfmeter "netperfmeter: packets arrive in a measurement" meter

# A server registers itself with the registrar, which tells a client where it is.
pool() { # ADDRESS
    local port status
    new_port
    port=$PORT
    new_port
    theirs registrar rspregistrar "-asap=$1:$port" "-enrp=$1:$PORT" -logcolor=off &&
        theirs server rspserver -echo "-registrar=$1:$port" -nodns "-local=$1:0" "-asap=$1:0" -logcolor=off &&
        shows server Identifier &&
        theirs client rspterminal -poolhandle=EchoPool "-registrar=$1:$port" -logcolor=off &&
        echo hello >&"${IN[client]}" && shows client "> hello"
    status=$?
    cat "$DIR/registrar" "$DIR/server" "$DIR/client"
    close_terminal client
    close_terminal server
    close_terminal registrar
    return "$status"
}
# shellcheck disable=SC2086 # words
theirs() { open_terminal "$1" $OTHERS stdbuf -oL "${@:2}"; }
read -r address _ <<<"$(hostname -I)"
what="rsplib: a client finds a server in a pool, and gets its message back"
if [ -n "$address" ]; then
    try_with "rspregistrar rspserver rspterminal" "$what" pool "$address"
else
    skip "$what" "it needs an address other than loopback"
fi

# Kamailio forks before it uses its sockets.
refused() {
    printf '%s\n' children=1 enable_sctp=yes disable_tcp=yes "listen=sctp:127.0.0.1:$1" 'loadmodule "sctp.so"' \
        'request_route { exit; }' >"$DIR/kamailio.cfg"
    in_background setsid kamailio -DD -E -Y "$DIR" -P "$DIR/kamailio.pid" -f "$DIR/kamailio.cfg"
    wait_for has "is an SCTP socket that was opened before fork()" "$DIR/peer"
    local status=$?
    kill -KILL -- "-$PEER" # its own shutdown takes a minute
    return "$status"
}
new_port
try_with kamailio "kamailio: it is told why it cannot work" refused "$PORT"

java_channels() {
    cat >"$DIR/T.java" <<'END'
import com.sun.nio.sctp.*; import java.net.*; import java.nio.*;
public class T { public static void main(String[] a) throws Exception {
    SctpMultiChannel s = SctpMultiChannel.open(); s.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(a[0])));
    SctpChannel c = SctpChannel.open(); c.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(a[0])));
    c.send(ByteBuffer.wrap("hello".getBytes()), MessageInfo.createOutgoing(null, 0));
    ByteBuffer r = ByteBuffer.allocate(100); MessageInfo i = s.receive(r, null, null); r.flip();
    s.send(r, MessageInfo.createOutgoing(i.association(), null, 0));
    System.out.println("back " + c.receive(ByteBuffer.allocate(100), null, null).bytes());
    c.close(); s.close(); } }
END
    new_port
    in_foreground java "$DIR/T.java" "$PORT" && has "back 5" "$DIR/out"
}
try_with javac "Java: SctpChannel and SctpMultiChannel" java_channels

finish
