/*
 * partial - echo server that receives messages in fragments: UNP 23.3, sctpserv05.c,
 * sctp_pdapircv.c
 *
 * A message that is larger than the buffer, here 40 bytes, takes several calls to receive; MSG_EOR
 * is set with its last fragment.  A message that is larger than the partial delivery point is
 * delivered before it is complete, and fragments of other associations' messages come in between.
 *
 * To see: each fragment is shown, and the reply is whole.  UNP's sctp_pdapircv() appends any data
 * that it receives next; here each association has its own message.
 *
 * Try it:   terminal 1   build/book/partial
 *           terminal 2   build/book/streamcli 127.0.0.1
 *                        [0] this line is longer than the forty bytes of the buffer of the server
 *
 * A production server must also                                        (see)
 *   - bound the memory of all messages, not only of each one           lib/server/memory.c,
 *                                                                      lib/server/server.c
 *   - tell apart the messages of an association where its streams are
 *     interleaved as well (RFC 8260)                                   lib/receive/reassembly.c
 *   - receive in batches, with a buffer that holds most messages       lib/receive/inbox.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <signal.h>
#include <string.h>

static struct message {
    sctp_assoc_t id; /* 0: none */
    size_t len;
    char data[262144];
} begun[64]; /* incomplete messages */

/* The message of the association, or a new one; NULL if there are too many. */
static struct message *find(sctp_assoc_t id)
{
    struct message *m = NULL;

    for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
        if (begun[i].id == id)
            return &begun[i];
        if (begun[i].id == 0)
            m = &begun[i];
    }
    if (m) {
        m->id = id;
        m->len = 0;
    }
    return m;
}

static void forget(sctp_assoc_t id)
{
    struct message *m = find(id);

    if (m)
        m->id = 0;
}

static void take_fragment(int fd, const char *data, size_t len, sctp_assoc_t id, bool last)
{
    const struct sctp_sndrcvinfo reply = {.sinfo_assoc_id = id};
    struct message *m = find(id);

    printf("association %d: %zu bytes, %s\n", id, len, last ? "the last" : "more to come");
    if (!m || m->len + len > sizeof(m->data)) {
        unp_abort(fd, id, "message too large");
        forget(id);
        return;
    }
    memcpy(m->data + m->len, data, len);
    m->len += len;
    if (last) {
        Sctp_send(fd, m->data, m->len, &reply, 0);
        forget(id);
    }
}

/* Drops an incomplete message when its delivery is aborted or its association has ended. */
static void take_notice(const union sctp_notification *n)
{
    if (n->sn_header.sn_type == SCTP_PARTIAL_DELIVERY_EVENT)
        forget(n->sn_pdapi_event.pdapi_assoc_id);
    else if (n->sn_assoc_change.sac_state != SCTP_COMM_UP)
        forget(n->sn_assoc_change.sac_assoc_id);
}

int main(void)
{
    const struct sctp_event_subscribe events = {
        .sctp_data_io_event = 1, .sctp_association_event = 1, .sctp_partial_delivery_event = 1};
    struct sockaddr_in at = Unp_serv_address(NULL);
    const int on = 1, point = 4096, room = sizeof(begun[0].data); /* bytes */
    static union {
        char text[40];
        union sctp_notification notice;
    } buf;
    bool rest = false; /* the next fragment continues a notification */
    int fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    signal(SIGPIPE, SIG_IGN);
    /* With 0, the default, an incomplete message blocks those of all other associations. */
    Setsockopt(fd, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, &on, sizeof(on));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, &point, sizeof(point));
    /* It holds a whole reply. */
    Setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    setlinebuf(stdout);
    printf("partial: listening on port %u\n", ntohs(at.sin_port));
    for (;;) {
        struct sctp_sndrcvinfo info;
        int flags;
        ssize_t n = Sctp_recvmsg(fd, &buf, sizeof(buf.text), NULL, NULL, &info, &flags);

        if (!(flags & MSG_NOTIFICATION)) {
            take_fragment(fd, buf.text, (size_t)n, info.sinfo_assoc_id, flags & MSG_EOR);
            continue;
        }
        if (!rest)
            take_notice(&buf.notice);
        rest = !(flags & MSG_EOR);
    }
}
