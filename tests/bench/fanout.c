/*
 * fanout - chat servers that only relay messages, for the bench
 *
 *   fanout loop|mmsg|mmsg-ack|sendall PORT
 *
 * Each gives new members a name, as sctp_chat_srv does, and relays messages to all other members:
 * by one call for each (loop), by sendmmsg() in batches (mmsg), by sendmmsg() with
 * SCTP_SACK_IMMEDIATELY (mmsg-ack), or by one call with SCTP_SENDALL, which also reaches the sender
 * (sendall).  All have SCTP_NODELAY and large buffers, and block on a member that does not read.
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { MOST_MEMBERS = 100000, BATCH = 100, AT_A_TIME = 32 };

static int fd;
static sctp_assoc_t members[MOST_MEMBERS];
static int n;
static uint16_t send_flags;

/* A message header for `text` with its control message, ready for sendmmsg(). */
struct addressed {
    char control[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
};

static void address(struct msghdr *msg, struct addressed *a, struct iovec *text, sctp_assoc_t id,
                    uint16_t stream)
{
    const struct sctp_sndinfo snd = {
        .snd_sid = stream, .snd_flags = send_flags, .snd_assoc_id = id};
    struct cmsghdr *c;

    memset(a, 0, sizeof(*a));
    *msg = (struct msghdr){.msg_iov = text,
                           .msg_iovlen = 1,
                           .msg_control = a->control,
                           .msg_controllen = sizeof(a->control)};
    c = CMSG_FIRSTHDR(msg);
    c->cmsg_level = IPPROTO_SCTP;
    c->cmsg_type = SCTP_SNDINFO;
    c->cmsg_len = CMSG_LEN(sizeof(snd));
    memcpy(CMSG_DATA(c), &snd, sizeof(snd));
}

static void send_one(struct iovec *text, sctp_assoc_t id, uint16_t stream)
{
    struct addressed a;
    struct msghdr msg;

    address(&msg, &a, text, id, stream);
    if (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
        err_msg("sendmsg: %s", strerror(errno));
}

static void by_loop(struct iovec *text, sctp_assoc_t from, uint16_t stream)
{
    for (int i = 0; i < n; i++)
        if (members[i] != from)
            send_one(text, members[i], stream);
}

static void by_mmsg(struct iovec *text, sctp_assoc_t from, uint16_t stream)
{
    static struct mmsghdr msgs[BATCH];
    static struct addressed to[BATCH];

    for (int i = 0; i < n;) {
        unsigned k = 0;

        for (; i < n && k < BATCH; i++)
            if (members[i] != from) {
                address(&msgs[k].msg_hdr, &to[k], text, members[i], stream);
                k++;
            }
        if (k && sendmmsg(fd, msgs, k, MSG_NOSIGNAL) != (int)k)
            err_msg("sendmmsg: not all: %s", strerror(errno));
    }
}

static void by_sendall(struct iovec *text, sctp_assoc_t from, uint16_t stream)
{
    (void)from;
    send_one(text, 0, stream);
}

/* Gives a new member its name; removes a member whose association has ended. */
static void change(const struct sctp_assoc_change *sac)
{
    char hello[] = "*** you are guest";
    struct iovec text = {hello, sizeof(hello) - 1};
    int i = 0;

    while (i < n && members[i] != sac->sac_assoc_id)
        i++;
    if (sac->sac_state == SCTP_COMM_UP && n < MOST_MEMBERS) {
        uint16_t flags = send_flags;

        members[n++] = sac->sac_assoc_id;
        send_flags = 0;
        send_one(&text, sac->sac_assoc_id, 0);
        send_flags = flags;
    } else if (i < n) {
        members[i] = members[--n];
    }
}

static void pass_on(void (*to_all)(struct iovec *, sctp_assoc_t, uint16_t))
{
    static char buf[1 << 17] = "somebody: ";
    const size_t name = strlen(buf);

    for (;;) {
        struct sctp_sndrcvinfo info = {0};
        int flags = 0;
        ssize_t len = Sctp_recvmsg(fd, buf + name, sizeof(buf) - name, NULL, NULL, &info, &flags);
        struct iovec text = {buf, name + (size_t)len};
        union sctp_notification notice;

        if (flags & MSG_NOTIFICATION) {
            memcpy(&notice, buf + name,
                   (size_t)len < sizeof(notice) ? (size_t)len : sizeof(notice));
            if (notice.sn_header.sn_type == SCTP_ASSOC_CHANGE)
                change(&notice.sn_assoc_change);
        } else if (buf[name] != '/') {
            to_all(&text, info.sinfo_assoc_id, info.sinfo_stream);
        }
    }
}

int main(int argc, char **argv)
{
    struct unp_setup setup = {.ostreams = 10, .buffer = 8 << 20};
    const char *how = argc == 3 ? argv[1] : "";

    if (argc != 3)
        err_quit(EXIT_USAGE, "usage: fanout loop|mmsg|mmsg-ack|sendall PORT");
    setup.port = (uint16_t)Unp_parse_number("PORT", argv[2], 1, 65535);
    fd = Unp_listen(&setup);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    printf("listening\n");
    fflush(stdout);
    if (strcmp(how, "mmsg-ack") == 0)
        send_flags = SCTP_SACK_IMMEDIATELY;
    if (strcmp(how, "sendall") == 0)
        send_flags = SCTP_SENDALL;
    pass_on(send_flags == SCTP_SENDALL     ? by_sendall
            : strncmp(how, "mmsg", 4) == 0 ? by_mmsg
                                           : by_loop);
}
