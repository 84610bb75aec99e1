/*
 * The sending side of a one-to-many server: never blocks on one association,
 * so that a peer that stops reading costs nobody but itself anything.
 *
 * Messages go to the stack in batches (sendmmsg).  What one association has
 * given to the stack and not had acknowledged is bounded by `hold_at`: beyond
 * that its messages wait here, and the sender-dry notification of that one
 * association says when to go on.  (POLLOUT cannot say it: it speaks of the
 * socket as a whole, and stays away while anybody is stuck.)  What waits here
 * is bounded by `max_queue`; past it, the association is aborted with a reason.
 *
 * The bound has a second use.  With net.sctp.sndbuf_policy 0, the default, all
 * associations share one send buffer, and a single peer that never reads would
 * fill it for everybody.  There hold_at is a small share of the buffer.  Should
 * enough peers be stuck to fill it all the same (EAGAIN), the one that has been
 * held for longest is aborted: it is in the way of all others.
 *
 * The bytes counted as unacknowledged are an estimate.  A sender-dry
 * notification may be read after more was sent, which then goes uncounted: an
 * association may have twice hold_at outstanding for a while, never more.
 */
#include "unpsctp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 32
/* A held association may be aborted for the room it takes from others after this long. */
#define STUCK_MS 1000

TAILQ_HEAD(assoc_list, sctp_association);

struct sctp_queued {
    TAILQ_ENTRY(sctp_queued) link;
    unsigned char *data; /* malloc'd */
    size_t len;
    struct sctp_sndinfo snd;
};

/* A message on its way into the next sendmmsg(). */
struct outgoing {
    struct sctp_association *a;
    unsigned char *owned;
};

struct control {
    _Alignas(struct cmsghdr) unsigned char room[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
};

struct sctp_outbox {
    int fd;
    bool shared; /* one send buffer for all associations */
    size_t hold_at, max_queue;
    struct assoc_list held, starved; /* oldest first */
    int count;                       /* of the batch */
    struct outgoing batch[BATCH];
    struct mmsghdr headers[BATCH];
    struct iovec iov[BATCH];
    struct control control[BATCH];
};

static const char too_slow[] = "too many replies are waiting: the peer does not read them";
static const char in_the_way[] = "the peer has stopped reading and holds the send buffer of all";
static const char no_memory[] = "out of memory";
static const char too_large[] = "the reply is larger than the send buffer";

/*
 * What a message costs of the send buffer, roughly and rather too much: Linux
 * charges each DATA chunk for its bookkeeping as well, which comes to 2560
 * bytes for 1 KiB and to twice the length for large ones.
 */
static size_t cost(size_t len)
{
    return 2 * len + 1536;
}

bool sctp_shared_sndbuf(void)
{
    /* Absent where another stack serves us: those account by association. */
    FILE *f = fopen("/proc/sys/net/sctp/sndbuf_policy", "re");
    int policy = 1;

    if (!f)
        return false;
    if (fscanf(f, "%d", &policy) != 1)
        policy = 1;
    fclose(f);
    return policy == 0;
}

struct sctp_outbox *sctp_outbox_new(int fd, size_t max_queue)
{
    struct sctp_outbox *out = calloc(1, sizeof(*out));

    if (!out)
        return NULL;
    out->fd = fd;
    out->shared = sctp_shared_sndbuf();
    out->hold_at = sctp_max_message(fd) / (out->shared ? 8 : 2);
    out->max_queue = max_queue;
    TAILQ_INIT(&out->held);
    TAILQ_INIT(&out->starved);
    return out;
}

void sctp_outbox_free(struct sctp_outbox *out)
{
    free(out);
}

/* ---- the states of an association ---------------------------------------- */

static void watch(struct sctp_outbox *out, struct sctp_association *a, bool on)
{
    if (a->out.watching != on && sctp_subscribe(out->fd, a->id, SCTP_SENDER_DRY_EVENT, on) == 0)
        a->out.watching = on;
}

static void reopen(struct sctp_outbox *out, struct sctp_association *a)
{
    if (a->out.state == SENDQ_HELD)
        TAILQ_REMOVE(&out->held, a, link);
    else if (a->out.state == SENDQ_STARVED)
        TAILQ_REMOVE(&out->starved, a, link);
    a->out.state = SENDQ_OPEN;
}

static void hold(struct sctp_outbox *out, struct sctp_association *a)
{
    a->out.state = SENDQ_HELD;
    a->out.since = sctp_now();
    TAILQ_INSERT_TAIL(&out->held, a, link);
}

static void starve(struct sctp_outbox *out, struct sctp_association *a)
{
    if (a->out.state == SENDQ_STARVED)
        return;
    reopen(out, a);
    a->out.state = SENDQ_STARVED;
    TAILQ_INSERT_TAIL(&out->starved, a, link);
}

/* ---- the queue of an association ----------------------------------------- */

static size_t weight(size_t len)
{
    return len + sizeof(struct sctp_queued);
}

/* Takes `owned` over, or copies; NULL: no memory. */
static struct sctp_queued *keep(const unsigned char *data, size_t len, unsigned char *owned,
                                const struct sctp_sndinfo *snd)
{
    struct sctp_queued *q = malloc(sizeof(*q));
    unsigned char *copy = owned ? owned : malloc(len);

    if (!q || !copy) {
        free(q);
        free(copy);
        return NULL;
    }
    if (!owned)
        memcpy(copy, data, len);
    *q = (struct sctp_queued){.data = copy, .len = len, .snd = *snd};
    return q;
}

static void enqueue(struct sctp_outbox *out, struct sctp_association *a,
                    const struct sctp_message *msg, const struct sctp_sndinfo *snd)
{
    struct sctp_queued *q;

    if (a->out.queued + weight(msg->len) > out->max_queue) {
        free(msg->owned);
        sctp_outbox_abort(out, a, too_slow);
        return;
    }
    q = keep(msg->data, msg->len, msg->owned, snd);
    if (!q) {
        sctp_outbox_abort(out, a, no_memory);
        return;
    }
    TAILQ_INSERT_TAIL(&a->out.queue, q, link);
    a->out.queued += weight(q->len);
}

static void clear_queue(struct sctp_association *a)
{
    struct sctp_queued *q;

    while ((q = TAILQ_FIRST(&a->out.queue))) {
        TAILQ_REMOVE(&a->out.queue, q, link);
        free(q->data);
        free(q);
    }
    a->out.queued = 0;
}

void sctp_outbox_forget(struct sctp_outbox *out, struct sctp_association *a)
{
    for (int i = 0; i < out->count; i++) /* what of it is in the batch is sent to nobody */
        if (out->batch[i].a == a)
            out->batch[i].a = NULL;
    reopen(out, a);
    clear_queue(a);
    a->out.unacked = 0;
}

void sctp_outbox_abort(struct sctp_outbox *out, struct sctp_association *a, const char *reason)
{
    sctp_outbox_forget(out, a);
    a->ended = reason;
    sctp_abort(out->fd, a->id, reason);
}

/* ---- the batch ----------------------------------------------------------- */

static void put(struct sctp_outbox *out, struct sctp_association *a, unsigned char *data,
                size_t len, unsigned char *owned, const struct sctp_sndinfo *snd)
{
    int i = out->count++;
    struct control *c = &out->control[i];
    struct cmsghdr *header = (struct cmsghdr *)(void *)c;

    a->out.unacked += cost(len);
    out->batch[i] = (struct outgoing){.a = a, .owned = owned};
    out->iov[i] = (struct iovec){.iov_base = data, .iov_len = len};
    memset(c, 0, sizeof(*c));
    header->cmsg_level = IPPROTO_SCTP;
    header->cmsg_type = SCTP_SNDINFO;
    header->cmsg_len = CMSG_LEN(sizeof(*snd));
    memcpy(CMSG_DATA(header), snd, sizeof(*snd));
    out->headers[i].msg_hdr = (struct msghdr){.msg_iov = &out->iov[i],
                                              .msg_iovlen = 1,
                                              .msg_control = c,
                                              .msg_controllen = sizeof(c->room)};
}

static struct sctp_sndinfo *sndinfo_of(struct sctp_outbox *out, int i)
{
    struct cmsghdr *header = (struct cmsghdr *)(void *)&out->control[i];

    return (struct sctp_sndinfo *)(void *)CMSG_DATA(header);
}

static void move(struct sctp_outbox *out, int to, int from)
{
    if (to == from)
        return;
    out->batch[to] = out->batch[from];
    out->iov[to] = out->iov[from];
    out->control[to] = out->control[from];
}

static void drop(struct sctp_outbox *out, int i)
{
    free(out->batch[i].owned);
    out->batch[i].a = NULL;
    out->batch[i].owned = NULL;
}

/* Puts the messages of `a` in the batch, from `first` on, back at the head of its queue. */
static void take_back(struct sctp_outbox *out, struct sctp_association *a, int first)
{
    for (int i = out->count - 1; i >= first; i--) {
        struct outgoing *o = &out->batch[i];
        struct sctp_queued *q;

        if (o->a != a)
            continue;
        a->out.unacked -= cost(out->iov[i].iov_len);
        q = keep(out->iov[i].iov_base, out->iov[i].iov_len, o->owned, sndinfo_of(out, i));
        o->a = NULL;
        o->owned = NULL;
        if (!q) {
            sctp_outbox_abort(out, a, no_memory);
            return;
        }
        TAILQ_INSERT_HEAD(&a->out.queue, q, link);
        a->out.queued += weight(q->len);
    }
}

/* Whoever has kept the shared buffer for longest gives it back.  False: nobody is to blame. */
static bool make_room(struct sctp_outbox *out)
{
    struct sctp_association *oldest = TAILQ_FIRST(&out->held);

    if (!out->shared || !oldest || sctp_now() - oldest->out.since < STUCK_MS)
        return false;
    sctp_outbox_abort(out, oldest, in_the_way);
    return true;
}

/* Message i could not be sent, for the reason in errno. */
static void refused(struct sctp_outbox *out, int i)
{
    struct sctp_association *a = out->batch[i].a;

    switch (errno) {
    case EINTR:
        return;
    case EAGAIN:
    case ENOMEM:
    case ENOBUFS:
        if (make_room(out))
            return;
        take_back(out, a, i);
        if (!a->ended)
            starve(out, a);
        return;
    case EMSGSIZE:
        drop(out, i);
        sctp_outbox_abort(out, a, too_large);
        return;
    default: /* it is gone or going: its notification follows */
        drop(out, i);
    }
}

/* Closes the gaps that taken back and dropped messages have left from `first` on. */
static void compact(struct sctp_outbox *out, int first)
{
    int n = first;

    for (int i = first; i < out->count; i++) {
        if (out->batch[i].a) {
            move(out, n, i);
            out->headers[n].msg_hdr.msg_iov = &out->iov[n];
            out->headers[n].msg_hdr.msg_control = &out->control[n];
            n++;
        } else {
            free(out->batch[i].owned);
        }
    }
    out->count = n;
}

static void sent(struct sctp_outbox *out, int i)
{
    struct sctp_association *a = out->batch[i].a;

    free(out->batch[i].owned);
    out->batch[i].owned = NULL;
    /* Half way to the bound: learn when it is dry, so that it need not wait for that later. */
    if (a->out.unacked > out->hold_at / 2)
        watch(out, a, true);
}

void sctp_outbox_flush(struct sctp_outbox *out)
{
    int i = 0;

    compact(out, 0);
    while (i < out->count) {
        int n = sendmmsg(out->fd, out->headers + i, (unsigned)(out->count - i),
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0) {
            refused(out, i);
            compact(out, i);
        }
        for (; n > 0; n--)
            sent(out, i++);
    }
    out->count = 0;
}

/* ---- what the server calls ----------------------------------------------- */

/* Is one more message of this length too much for the association at once?  One always may. */
static bool full(const struct sctp_outbox *out, const struct sctp_association *a, size_t len)
{
    return a->out.unacked && a->out.unacked + cost(len) > out->hold_at;
}

/* Until the bound is near, the peer may acknowledge at its leisure; then we wait for it. */
static uint16_t hurry(const struct sctp_outbox *out, const struct sctp_association *a)
{
    return a->out.unacked > out->hold_at / 2 ? SCTP_SACK_IMMEDIATELY : 0;
}

/* More has to wait for the sender-dry notification; if it is dry by now, that comes at once. */
static void wait_until_dry(struct sctp_outbox *out, struct sctp_association *a)
{
    hold(out, a);
    watch(out, a, true);
}

void sctp_outbox_send(struct sctp_outbox *out, struct sctp_association *a,
                      const struct sctp_message *msg, const struct sctp_sndinfo *snd)
{
    struct sctp_sndinfo info = *snd;

    /* A flush may find the association stuck or gone, so it comes before we look at its state. */
    if (out->count == BATCH || full(out, a, msg->len))
        sctp_outbox_flush(out);
    if (a->ended) {
        free(msg->owned);
        return;
    }
    if (a->out.state == SENDQ_OPEN && full(out, a, msg->len))
        wait_until_dry(out, a);
    if (a->out.state != SENDQ_OPEN) {
        enqueue(out, a, msg, &info);
        return;
    }
    info.snd_flags |= hurry(out, a);
    put(out, a, msg->data, msg->len, msg->owned, &info);
}

/* Sends from the queue as far as the bound allows. */
static void drain(struct sctp_outbox *out, struct sctp_association *a)
{
    struct sctp_queued *q;

    reopen(out, a);
    while (a->out.state == SENDQ_OPEN && (q = TAILQ_FIRST(&a->out.queue))) {
        if (full(out, a, q->len)) {
            wait_until_dry(out, a);
            break;
        }
        if (out->count == BATCH) {
            sctp_outbox_flush(out); /* may put messages before q */
            continue;
        }
        TAILQ_REMOVE(&a->out.queue, q, link);
        a->out.queued -= weight(q->len);
        q->snd.snd_flags |= hurry(out, a);
        put(out, a, q->data, q->len, q->data, &q->snd);
        free(q);
    }
    sctp_outbox_flush(out);
}

void sctp_outbox_dry(struct sctp_outbox *out, struct sctp_association *a)
{
    a->out.unacked = 0;
    watch(out, a, false);
    if (a->out.state == SENDQ_HELD)
        drain(out, a);
}

bool sctp_outbox_retry(struct sctp_outbox *out)
{
    struct sctp_association *a, *last = TAILQ_LAST(&out->starved, assoc_list);

    /* Once through the list: those that still find no room line up behind `last`. */
    while ((a = TAILQ_FIRST(&out->starved))) {
        drain(out, a);
        if (a == last || a->out.state == SENDQ_STARVED)
            break;
    }
    return !TAILQ_EMPTY(&out->starved);
}
