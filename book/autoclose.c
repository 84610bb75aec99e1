/*
 * autoclose [seconds] - echo server that ends idle associations: UNP 23.2, sctpserv04.c
 *
 * With SCTP_AUTOCLOSE the stack shuts an association down when no message has been sent or received
 * for a number of seconds, by default 1 here.
 *
 * To see: a notification tells the server that the stack has shut the association down.
 *
 * Try it:   terminal 1   build/book/autoclose 1
 *           terminal 2   build/book/streamcli 127.0.0.1
 *                        [0] hello
 *           and wait
 *
 * A production server must also                                        (see)
 *   - expect that a client that sends keep-alive messages is never
 *     idle; HEARTBEATs of the stack do not count                       echo/sctp_echo_srv.c
 *                                                                      (--autoclose)
 *   - free what it holds for an association when the notification says
 *     that it has ended                                                lib/server/server.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1,
                                                .sctp_association_event = 1};
    const int seconds = argc > 1 ? (int)unp_parse_number(argv[1], 1, 86400) : 1;
    struct sockaddr_in at = Unp_serv_address(NULL);
    static union {
        char text[8192];
        union sctp_notification notice;
    } buf;
    char line[512];
    int fd;

    if (argc > 2 || seconds < 0)
        err_quit(EXIT_USAGE, "usage: autoclose [seconds]");
    signal(SIGPIPE, SIG_IGN);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_AUTOCLOSE, &seconds, sizeof(seconds));
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    setlinebuf(stdout);
    printf("autoclose: listening on port %u\n", ntohs(at.sin_port));
    for (;;) {
        struct sctp_sndrcvinfo info, reply = {0};
        int flags;
        ssize_t n = Sctp_recvmsg(fd, &buf, sizeof(buf), NULL, NULL, &info, &flags);

        if (flags & MSG_NOTIFICATION) {
            puts(unp_notification_text(&buf.notice, (size_t)n, line, sizeof(line)));
        } else if (!(flags & MSG_EOR)) {
            unp_abort(fd, info.sinfo_assoc_id, "message too large");
        } else {
            reply.sinfo_assoc_id = info.sinfo_assoc_id;
            Sctp_send(fd, buf.text, (size_t)n, &reply, 0);
        }
    }
}
