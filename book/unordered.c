/*
 * unordered host - echo client that sends unordered messages: UNP 23.5, sctp_strcli_un.c
 *
 * An unordered message is delivered as soon as it arrives, before messages of its stream that were
 * sent earlier and are still missing.  It is as reliable as any other.
 *
 * To see: the reply is unordered as well, because streamserv returns the flag, and all have the
 * same seq: an unordered message has no place in the sequence of its stream.
 *
 * Try it:   terminal 1   build/book/streamserv
 *           terminal 2   build/book/unordered 127.0.0.1
 *                        hello
 *
 * A production program must also                                       (see)
 *   - number its messages itself, to know which are late or missing    tools/ping/count.c
 * Measured with packet loss: sctp_ping -U                              tests/bench/measure
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <string.h>

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1,
                                                .sctp_association_event = 1};
    struct sctp_sndrcvinfo info;
    struct sockaddr_in to;
    char line[4096];
    sctp_assoc_t id;
    int fd, flags;

    if (argc != 2)
        err_quit(EXIT_USAGE, "usage: unordered host");
    to = Unp_serv_address(argv[1]);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Sctp_connectx(fd, (struct sockaddr *)&to, 1, &id);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    setlinebuf(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        ssize_t n;

        Sctp_sendmsg(fd, line, strlen(line), (struct sockaddr *)&to, sizeof(to), 0, SCTP_UNORDERED,
                     0, 0, 0);
        n = Sctp_recvmsg(fd, line, sizeof(line), NULL, NULL, &info, &flags);
        if (flags & MSG_NOTIFICATION)
            err_quit(EXIT_LOST, "the server has ended the association");
        printf("From str:%u seq:%u%s:%.*s", info.sinfo_stream, info.sinfo_ssn,
               info.sinfo_flags & SCTP_UNORDERED ? " unordered" : "", (int)n, line);
    }
}
