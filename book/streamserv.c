/*
 * streamserv [0|1] - stream echo server, one-to-many: UNP 10.2, figure 10.2, sctpserv01.c
 *
 * A message that arrives on stream n is sent back on stream n + 1, or on stream 0 after the last
 * stream.  With argument 0 it is sent back on stream n.
 *
 * To see: one socket serves all clients.  There is no accept() and no table of clients; each
 * message says from which association and on which stream it came.
 *
 * Try it:   terminal 1   build/book/streamserv
 *           terminal 2   build/book/streamcli 127.0.0.1
 *                        [0] hello
 *
 * A production server must also                                        (see)
 *   - reply by association id, because a message to the address of a
 *     client that has left opens a new association; the check below
 *     leaves a gap of microseconds                                     lib/server/server.c,
 *                                                                      lib/send.c
 *   - learn the number of streams from the COMM_UP notification, once,
 *     instead of two system calls for each message                     echo/sctp_echo_srv.c
 *   - never wait for a client that does not read; Sctp_sendmsg() does  lib/server/sender.c
 *   - go on after a failed call; the Capital() functions exit, except
 *     Sctp_sendmsg() and Sctp_send() when the peer has left            lib/server/server.c
 *   - reassemble a message of any size                                 book/partial.c,
 *                                                                      lib/receive/reassembly.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1}; /* fills `info` below */
    const int64_t increment = argc > 1 ? unp_parse_number(argv[1], 0, 1) : 1;
    struct sockaddr_in from, at = Unp_serv_address(NULL);
    static char buf[8192];
    int fd;

    if (argc > 2 || increment < 0)
        err_quit(EXIT_USAGE, "usage: streamserv [0|1]");
    signal(SIGPIPE, SIG_IGN); /* a client may leave before its reply is sent */
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    setlinebuf(stdout);
    printf("streamserv: listening on port %u\n", ntohs(at.sin_port));
    for (;;) {
        socklen_t len = sizeof(from);
        struct sctp_sndrcvinfo info;
        int flags, streams, stream;
        ssize_t n =
            Sctp_recvmsg(fd, buf, sizeof(buf), (struct sockaddr *)&from, &len, &info, &flags);

        if (!(flags & MSG_EOR)) { /* a fragment of a message that is larger than buf */
            unp_abort(fd, info.sinfo_assoc_id, "message too large");
            continue;
        }
        streams = sctp_get_no_strms(fd, (struct sockaddr *)&from, len);
        if (streams < 0) /* the client has left */
            continue;
        stream = info.sinfo_stream + (int)increment;
        Sctp_sendmsg(fd, buf, (size_t)n, (struct sockaddr *)&from, len, info.sinfo_ppid,
                     info.sinfo_flags & SCTP_UNORDERED, (uint16_t)(stream < streams ? stream : 0),
                     0, 0);
    }
}
