/*
 * eofserv - echo server that ends an association after one reply: UNP 10.7, sctpserv03.c
 *
 * SCTP_EOF begins the graceful shutdown of one association: everything sent before is delivered,
 * then both ends are notified.  UNP sends its reply with MSG_EOF in one call; Linux accepts
 * SCTP_EOF only without data, so it takes a second call.
 *
 * To see: the client gets its reply; its second line finds no association.
 *
 * Try it:   terminal 1   build/book/eofserv
 *           terminal 2   build/book/streamcli 127.0.0.1
 *                        [0] hello
 *                        [0] again
 *
 * A production server must also                                        (see)
 *   - shut down only when the reply has left its own send queue        lib/server/server.c
 *                                                                      (unp_server_finish)
 *   - shut all associations down when it ends itself, within a bound   lib/server/server.c
 * The other way to end an association: abortcli.c.
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>

int main(void)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1};
    struct sockaddr_in at = Unp_serv_address(NULL);
    static char buf[8192];
    int fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    signal(SIGPIPE, SIG_IGN);
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    setlinebuf(stdout);
    printf("eofserv: listening on port %u\n", ntohs(at.sin_port));
    for (;;) {
        struct sctp_sndrcvinfo info, reply = {0};
        int flags;
        ssize_t n = Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, &info, &flags);

        reply.sinfo_assoc_id = info.sinfo_assoc_id;
        if (!(flags & MSG_EOR)) {
            unp_abort(fd, info.sinfo_assoc_id, "message too large");
            continue;
        }
        if (Sctp_send(fd, buf, (size_t)n, &reply, 0) < 0)
            continue; /* the association has ended, or is being shut down */
        reply.sinfo_flags = SCTP_EOF;
        Sctp_send(fd, NULL, 0, &reply, 0);
        printf("association %d: one reply, then the end\n", info.sinfo_assoc_id);
    }
}
