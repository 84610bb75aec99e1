/*
 * notify - echo server that shows every notification: UNP 23.4, sctpserv06.c, sctp_displayevents.c,
 * sctp_check_notify.c
 *
 * A notification is received like a message; MSG_NOTIFICATION tells them apart, and a program that
 * does not look at it echoes the stack's notifications to its clients.
 *
 * To see: an association comes up, its data is acknowledged (sender dry), its peer shuts down or
 * aborts; on two links, addresses that fail and return.
 *
 * Try it:   terminal 1   build/book/notify
 *           terminal 2   build/book/streamcli 127.0.0.1
 *                        [0] hello
 *                        Ctrl-D
 *           then         build/book/abortcli 127.0.0.1 "had enough"
 *
 * A production server must also                                        (see)
 *   - act on them: add and remove its record of an association         lib/server/server.c
 *   - decode each type with a function of its own, within bounds       lib/notification.c,
 *                                                                      lib/cause.c
 *   - offer them to programs as JSON                                   lib/json/fields.c, -J
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>

int main(void)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1};
    struct sockaddr_in at = Unp_serv_address(NULL);
    static union {
        char text[8192];
        union sctp_notification notice;
    } buf;
    int fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    char line[1024];

    signal(SIGPIPE, SIG_IGN);
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    /* All other events, with the option of RFC 6458, one event a call.  SCTP_SEND_FAILED is the old
     * form of SCTP_SEND_FAILED_EVENT. */
    for (uint16_t type = SCTP_ASSOC_CHANGE; type <= SCTP_SN_TYPE_MAX; type++) {
        const struct sctp_event event = {
            .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = type, .se_on = type != SCTP_SEND_FAILED};

        Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof(event));
    }
    Listen(fd, SOMAXCONN);
    setlinebuf(stdout);
    printf("notify: listening on port %u\n", ntohs(at.sin_port));
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
