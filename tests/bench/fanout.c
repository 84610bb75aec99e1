/*
 * fanout - chat servers that only relay messages, for the bench
 *
 *   fanout loop|mmsg|mmsg-ack|bundle|sendall PORT
 *
 * Each gives new members a name, as sctp_chat_srv does, and relays messages to all other members:
 * by one call for each (loop), by sendmmsg() in batches (mmsg), by sendmmsg() with
 * SCTP_SACK_IMMEDIATELY (mmsg-ack), by sendmmsg() with MSG_MORE, so that all messages that have
 * arrived share packets (bundle), or by one call with SCTP_SENDALL, which also reaches the sender
 * (sendall).  All have SCTP_NODELAY and large buffers, and block on a member that does not read.
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { MOST_MEMBERS = 100000, BATCH = 100, MOST_TEXT = 1 << 17 };

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

/* Receives a message, behind the name in `buf`; returns the length of both.  0: it was nothing to
 * be relayed; -1: nothing has arrived. */
static ssize_t take(char *buf, struct sctp_sndrcvinfo *info, int flags)
{
    const size_t name = (size_t)sprintf(buf, "somebody: ");
    ssize_t len = sctp_recvmsg(fd, buf + name, MOST_TEXT - name, NULL, NULL, info, &flags);
    union sctp_notification notice;

    if (len < 0 && errno == EAGAIN)
        return -1;
    if (len < 0)
        err_sys("sctp_recvmsg");
    if (!(flags & MSG_NOTIFICATION))
        return buf[name] == '/' ? 0 : (ssize_t)name + len;
    memcpy(&notice, buf + name, (size_t)len < sizeof(notice) ? (size_t)len : sizeof(notice));
    if (notice.sn_header.sn_type == SCTP_ASSOC_CHANGE)
        change(&notice.sn_assoc_change);
    return 0;
}

static void pass_on(void (*to_all)(struct iovec *, sctp_assoc_t, uint16_t))
{
    static char buf[MOST_TEXT];

    for (;;) {
        struct sctp_sndrcvinfo info = {0};
        ssize_t len = take(buf, &info, 0);
        struct iovec text = {buf, (size_t)len};

        if (len > 0)
            to_all(&text, info.sinfo_assoc_id, info.sinfo_stream);
    }
}

/* With MSG_MORE the stack delays a message in spite of SCTP_NODELAY. */
static void send_bundle(struct mmsghdr *msgs, unsigned k)
{
    if ((k > 1 && sendmmsg(fd, msgs, k - 1, MSG_NOSIGNAL | MSG_MORE) != (int)k - 1) ||
        (k && sendmmsg(fd, msgs + k - 1, 1, MSG_NOSIGNAL) != 1))
        err_msg("sendmmsg: not all: %s", strerror(errno));
}

static void pass_on_bundles(void)
{
    static char buf[BATCH][MOST_TEXT];
    static struct sctp_sndrcvinfo info[BATCH];
    static struct iovec text[BATCH];
    static struct mmsghdr msgs[BATCH];
    static struct addressed to[BATCH];

    for (;;) {
        int said = 0;

        for (ssize_t len = 0; len >= 0 && said<BATCH; said += len> 0) {
            len = take(buf[said], &info[said], said ? MSG_DONTWAIT : 0);
            text[said] = (struct iovec){buf[said], len > 0 ? (size_t)len : 0};
        }
        for (int i = 0; i < n; i++) {
            unsigned k = 0;

            for (int s = 0; s < said; s++)
                if (info[s].sinfo_assoc_id != members[i]) {
                    address(&msgs[k].msg_hdr, &to[k], &text[s], members[i], info[s].sinfo_stream);
                    k++;
                }
            send_bundle(msgs, k);
        }
    }
}

int main(int argc, char **argv)
{
    struct unp_setup setup = {.ostreams = 10, .buffer = 8 << 20};
    const char *how = argc == 3 ? argv[1] : "";

    if (argc != 3)
        err_quit(EXIT_USAGE, "usage: fanout loop|mmsg|mmsg-ack|bundle|sendall PORT");
    setup.port = (uint16_t)Unp_parse_number("PORT", argv[2], 1, 65535);
    fd = Unp_listen(&setup);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    printf("listening\n");
    fflush(stdout);
    if (strcmp(how, "mmsg-ack") == 0)
        send_flags = SCTP_SACK_IMMEDIATELY;
    if (strcmp(how, "sendall") == 0)
        send_flags = SCTP_SENDALL;
    if (strcmp(how, "bundle") == 0)
        pass_on_bundles();
    pass_on(send_flags == SCTP_SENDALL     ? by_sendall
            : strncmp(how, "mmsg", 4) == 0 ? by_mmsg
                                           : by_loop);
}
