/*
 * unp - the streams server of UNIX Network Programming, chapter 10, for the bench
 *
 *   unp PORT
 *
 * Written anew after the book's algorithm: each message goes back, by the address it came from, on
 * the next stream, for which two socket options are asked each time: the association's id, and
 * how many streams it has.  The one change: on Linux the book's way to the id fails
 * (sctp_address_to_associd() in unpsctp.h), so that its server ends at the first message.
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <arpa/inet.h>

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1};
    static char buf[1 << 17];
    int fd;

    if (argc != 2)
        err_quit(EXIT_USAGE, "usage: unp PORT");
    at.sin_port = htons((uint16_t)Parse_number("PORT", argv[1], 1, 65535));
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, 1024);
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof(from);
        struct sctp_sndrcvinfo info;
        int flags;
        ssize_t n =
            Sctp_recvmsg(fd, buf, sizeof(buf), (struct sockaddr *)&from, &len, &info, &flags);

        info.sinfo_stream++;
        if (info.sinfo_stream >= sctp_get_no_strms(fd, (struct sockaddr *)&from, len))
            info.sinfo_stream = 0;
        Sctp_sendmsg(fd, buf, (size_t)n, (struct sockaddr *)&from, len, info.sinfo_ppid,
                     info.sinfo_flags, info.sinfo_stream, 0, 0);
    }
}
