/*
 * streamserv_n [streams] - stream echo server that asks for streams: UNP 10.6, sctpserv02.c
 *
 * SCTP_INITMSG sets how many outbound streams the server asks for, here 20.  An association gets
 * the smaller of what one end asks for and what the other end accepts.
 *
 * To see: a line on stream 9 is echoed on stream 10, where streamserv wraps to stream 0, because
 * the server sends on 20 streams and the client on 10.
 *
 * Try it:   terminal 1   build/book/streamserv_n 20
 *           terminal 2   build/book/streamcli 127.0.0.1
 *                        [9] hello
 *
 * A production server must also                                        (see)
 *   - let the user choose how many streams it asks for and accepts     echo/sctp_echo_srv.c
 *                                                                      (-o, -O initmsg)
 *   - add streams to an association that is up (RFC 6525)              lib/option/table.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1,
                                                .sctp_association_event = 1};
    const int64_t wanted = argc > 1 ? unp_parse_number(argv[1], 1, 65535) : 20;
    const struct sctp_initmsg init = {.sinit_num_ostreams = (uint16_t)wanted};
    struct sockaddr_in from, at = Unp_serv_address(NULL);
    static union {
        char text[8192];
        union sctp_notification notice;
    } buf;
    int fd;

    if (argc > 2 || wanted < 0)
        err_quit(EXIT_USAGE, "usage: streamserv_n [streams]");
    signal(SIGPIPE, SIG_IGN);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init)); /* of future associations */
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    setlinebuf(stdout);
    printf("streamserv_n: listening on port %u\n", ntohs(at.sin_port));
    for (;;) {
        const struct sctp_assoc_change *change = &buf.notice.sn_assoc_change;
        socklen_t len = sizeof(from);
        struct sctp_sndrcvinfo info;
        int flags, streams;
        ssize_t n =
            Sctp_recvmsg(fd, &buf, sizeof(buf), (struct sockaddr *)&from, &len, &info, &flags);

        if (flags & MSG_NOTIFICATION) {
            if (change->sac_state == SCTP_COMM_UP)
                printf("association %d: asked for %d streams, has %u\n", change->sac_assoc_id,
                       (int)wanted, change->sac_outbound_streams);
        } else if (!(flags & MSG_EOR)) {
            unp_abort(fd, info.sinfo_assoc_id, "message too large");
        } else if ((streams = sctp_get_no_strms(fd, (struct sockaddr *)&from, len)) > 0) {
            const struct sctp_sndrcvinfo reply = {
                .sinfo_stream = info.sinfo_stream + 1 < streams ? info.sinfo_stream + 1 : 0,
                .sinfo_assoc_id = info.sinfo_assoc_id};

            Sctp_send(fd, buf.text, (size_t)n, &reply, 0); /* by association id, unlike UNP */
        }
    }
}
