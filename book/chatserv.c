/*
 * chatserv - chat server: the article "Multiple Associations with Stream Control Transmission
 * Protocol", listing 2
 *
 * It reads a message, sets SCTP_SENDALL and writes it: a page.
 *
 * To see: there is no list of members.  SCTP has it, and one call sends to all of them, including
 * the sender.  Then stop one member with Ctrl-Z, and let another send more than the buffers hold:
 * the server waits in Sctp_send() for room for the stopped member, and no member receives anything
 * until fg.  A non-blocking call is no better: EAGAIN does not tell which members have the message.
 *
 * Try it:   terminal 1      build/book/chatserv
 *           terminal 2, 3   build/book/chatcli 127.0.0.1
 *           terminal 4      (seq -f %099.0f 5000; cat) | build/book/chatcli 127.0.0.1 >/dev/null
 *
 * Userland: libusrsctp's own SCTP_SENDALL takes 1432 bytes at most, one call at a time, so the
 * userland stack sends to one association after the other, and waits at the stopped one.
 *
 * A production server must also                                        (see)
 *   - use SCTP_SENDALL only while no member has fallen behind          lib/server/sendall.c
 *   - otherwise send to each member, and queue for those behind        chat/room.c,
 *                                                                      lib/server/sender.c
 *   - disconnect a member that stays behind                            chat/room.c
 *   - announce senders, arrivals and departures                        chat/talk.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>
#include <string.h>

int main(void)
{
    struct sockaddr_in at = Unp_serv_address(NULL);
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1};
    static char buf[8192];
    int fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    signal(SIGPIPE, SIG_IGN);
    setlinebuf(stdout);
    printf("chatserv: listening on port %u\n", ntohs(at.sin_port));
    for (;;) {
        struct sctp_sndrcvinfo info;
        int flags;
        ssize_t n = Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, &info, &flags);

        if (!(flags & MSG_EOR)) {
            unp_abort(fd, info.sinfo_assoc_id, "message too large");
            continue;
        }
        memset(&info, 0, sizeof(info));
        info.sinfo_flags = SCTP_SENDALL;
        Sctp_send(fd, buf, (size_t)n, &info, 0);
    }
}
