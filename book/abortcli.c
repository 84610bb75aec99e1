/*
 * abortcli host [reason] - client that aborts its association: UNP 10.7, sctpclient02.c
 *
 * SCTP_ABORT ends an association at once: data that is not yet delivered is discarded.  The data of
 * the call is not a message: the peer receives it as the reason, in an error cause of the ABORT.
 *
 * To see: the server learns which association was aborted and why, and continues.  The first
 * message sets up the association: a one-to-many client need not connect.
 *
 * Try it:   terminal 1   build/book/notify
 *           terminal 2   build/book/abortcli 127.0.0.1 "had enough"
 *
 * A production program must also                                       (see)
 *   - decode the error causes of an ABORT without trusting the peer    lib/cause.c
 *   - abort a peer that breaks its limits, and say which               chat/sctp_chat_srv.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <string.h>

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_association_event = 1};
    const char *reason = argc > 2 ? argv[2] : "goodbye";
    struct sockaddr_in to;
    static union {
        char text[8192];
        union sctp_notification notice;
    } buf;
    char why[512];
    int fd, flags;

    if (argc < 2 || argc > 3)
        err_quit(EXIT_USAGE, "usage: abortcli host [reason]");
    to = Unp_serv_address(argv[1]);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Sctp_sendmsg(fd, "hello", 5, (struct sockaddr *)&to, sizeof(to), 0, 0, 0, 0, 0);
    do {
        ssize_t n = Sctp_recvmsg(fd, &buf, sizeof(buf), NULL, NULL, NULL, &flags);

        if (!(flags & MSG_NOTIFICATION))
            printf("the reply: %.*s\n", (int)n, buf.text);
        else if (buf.notice.sn_assoc_change.sac_state != SCTP_COMM_UP)
            err_quit(EXIT_LOST, "%s",
                     unp_notification_text(&buf.notice, (size_t)n, why, sizeof(why)));
    } while (flags & MSG_NOTIFICATION);
    Sctp_sendmsg(fd, reason, strlen(reason), (struct sockaddr *)&to, sizeof(to), 0, SCTP_ABORT, 0,
                 0, 0);
    printf("aborted: %s\n", reason);
}
