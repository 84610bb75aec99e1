/*
 * bindx address... - echo server on a subset of the host's addresses: UNP 23.6, sctp_bindargs.c
 *
 * bind() takes one address or all; sctp_bindx() takes a list, packed without gaps, IPv4 and IPv6
 * mixed, with the same port.  The peer learns all of them when the association is set up.
 *
 * To see: clients reach the server by each of these addresses and by no other.
 *
 * Try it:   terminal 1   build/book/bindx 127.0.0.1 127.0.0.2
 *           terminal 2   build/book/streamcli 127.0.0.2
 *                        [0] hello
 *           then         build/book/streamcli 127.0.0.3
 *
 * A production server must also                                        (see)
 *   - add and remove addresses when those of its host change           tools/console/steer.c
 *                                                                      (/bind)
 *   - say which address cannot be bound, and why                       lib/wrap.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1};
    struct unp_addrs list = {0};
    static char buf[8192];
    char bound[512];
    int fd;

    if (argc < 2)
        err_quit(EXIT_USAGE, "usage: bindx address...");
    for (int i = 1; i < argc; i++)
        Unp_addrs_add(&list, "address", argv[i], 0);
    unp_addrs_set_port(&list, ntohs(Unp_serv_address(NULL).sin_port));
    signal(SIGPIPE, SIG_IGN);
    fd = Socket(unp_addrs_family(&list), SOCK_SEQPACKET, IPPROTO_SCTP);
    Sctp_bindx(fd, (struct sockaddr *)(void *)list.packed, list.count, SCTP_BINDX_ADD_ADDR);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    if (unp_local_addresses(fd, 0, bound, sizeof(bound)) < 0)
        err_sys("sctp_getladdrs");
    setlinebuf(stdout);
    printf("bindx: listening on %s\n", bound);
    for (;;) {
        struct sctp_sndrcvinfo info, reply = {0};
        int flags;
        ssize_t n = Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, &info, &flags);

        reply.sinfo_assoc_id = info.sinfo_assoc_id;
        if (flags & MSG_EOR)
            Sctp_send(fd, buf, (size_t)n, &reply, 0);
        else
            unp_abort(fd, info.sinfo_assoc_id, "message too large");
    }
}
