/*
 * The sending side of a one-to-many server: never blocks on one association,
 * so that a peer that stops reading costs nobody but itself anything.
 *
 * Messages go to the stack in batches (sendmmsg).  What one association has
 * been given and its peer not acknowledged is bounded; beyond that its messages
 * wait here, held until its sender-dry notification says that all has arrived.
 * (POLLOUT cannot say it: it speaks of the socket as a whole, and stays away
 * while anybody is stuck.)  What waits here is bounded by `max_queue`; past it,
 * the association is aborted with a reason.
 *
 * With net.sctp.sndbuf_policy 1 each association has a send buffer of its own,
 * and the bound is half of that.  With 0, the default, all of them share one,
 * and peers that never read would fill it for everybody.  There the bound is an
 * eighth of what is still free: each that gets stuck takes a share of a smaller
 * rest, and something is always left.  When less than a quarter is, a peer that
 * has not acknowledged what it was sent more than a second ago is in the way of
 * all others: the one that holds most of the buffer is aborted.
 *
 * The bytes counted as unacknowledged are an estimate.  A sender-dry
 * notification may be read after more was sent, which then goes uncounted; and
 * what the stack charges for a message is not quite what we think.  Where that
 * was too low, the stack has no room (EAGAIN): messages are tried again, and if
 * the estimates show nobody to blame, the stack itself is asked.
 */
#include "cmsg.h"
#include "unpsctp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 32 /* messages to one sendmmsg() */
/* How long a peer may keep the shared buffer short without a sign of life, ms. */
#define STUCK_MS 1000
/* How often we look for such peers, ms. */
#define LOOK_MS 100

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
    bool shared;               /* one send buffer for all associations */
    size_t buffer, max_queue;  /* bytes */
    size_t unacked;            /* by all associations */
    int64_t looked;            /* when we last looked for stuck peers, ms */
    struct assoc_list served;  /* those that anything was sent to */
    struct assoc_list starved; /* those that the stack had no room for, oldest first */
    int count;                 /* of the batch */
    struct outgoing batch[BATCH];
    struct mmsghdr headers[BATCH];
    struct iovec iov[BATCH];
    struct control control[BATCH];
};

static const char too_slow[] = "too many replies are waiting: the peer does not read them";
static const char in_the_way[] = "the peer has stopped reading and holds the send buffer of all";
static const char no_memory[] = "out of memory";
static const char no_way[] = "the reply cannot be sent";
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
    out->buffer = sctp_max_message(fd);
    out->max_queue = max_queue;
    TAILQ_INIT(&out->served);
    TAILQ_INIT(&out->starved);
    return out;
}

void sctp_outbox_free(struct sctp_outbox *out)
{
    for (int i = 0; out && i < out->count; i++)
        free(out->batch[i].owned);
    free(out);
}

/* ---- what is under way ---------------------------------------------------- */

static void add_unacked(struct sctp_outbox *out, struct sctp_association *a, size_t bytes)
{
    if (!a->out.served)
        TAILQ_INSERT_TAIL(&out->served, a, out.among_served);
    a->out.served = true;
    a->out.unacked += bytes;
    out->unacked += bytes;
}

/* What was sent before a sender-dry notification is not counted any more. */
static void sub_unacked(struct sctp_outbox *out, struct sctp_association *a, size_t bytes)
{
    if (bytes > a->out.unacked)
        bytes = a->out.unacked;
    a->out.unacked -= bytes;
    out->unacked -= bytes;
}

/* What an association may have unacknowledged now. */
static size_t bound(const struct sctp_outbox *out)
{
    if (!out->shared)
        return out->buffer / 2;
    return out->unacked < out->buffer ? (out->buffer - out->unacked) / 8 : 0;
}

/* Is one more message of this length too much for the association at once?  One always may. */
static bool full(const struct sctp_outbox *out, const struct sctp_association *a, size_t len)
{
    return a->out.unacked && a->out.unacked + cost(len) > bound(out);
}

/* Far from the bound the peer may acknowledge at its leisure; near it, we soon wait for it. */
static uint16_t hurry(const struct sctp_outbox *out, const struct sctp_association *a)
{
    return a->out.unacked > bound(out) / 2 ? SCTP_SACK_IMMEDIATELY : 0;
}

static void reopen(struct sctp_outbox *out, struct sctp_association *a)
{
    if (a->out.state == SENDQ_STARVED)
        TAILQ_REMOVE(&out->starved, a, out.among_starved);
    a->out.state = SENDQ_OPEN;
}

static void starve(struct sctp_outbox *out, struct sctp_association *a)
{
    reopen(out, a);
    a->out.state = SENDQ_STARVED;
    TAILQ_INSERT_TAIL(&out->starved, a, out.among_starved);
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
    sub_unacked(out, a, a->out.unacked);
    if (a->out.served)
        TAILQ_REMOVE(&out->served, a, out.among_served);
    a->out.served = false;
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
    struct msghdr *m = &out->headers[i].msg_hdr;

    add_unacked(out, a, cost(len));
    out->batch[i] = (struct outgoing){.a = a, .owned = owned};
    out->iov[i] = (struct iovec){.iov_base = data, .iov_len = len};
    *m = (struct msghdr){
        .msg_iov = &out->iov[i], .msg_iovlen = 1, .msg_control = out->control[i].room};
    cmsg_put(m, SCTP_SNDINFO, snd, sizeof(*snd));
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
    out->control[to] = out->control[from]; /* the headers are alike, and point to their own */
}

static void drop(struct sctp_outbox *out, int i)
{
    sub_unacked(out, out->batch[i].a, cost(out->iov[i].iov_len));
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
        sub_unacked(out, a, cost(out->iov[i].iov_len));
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
        take_back(out, a, i);
        if (!a->ended)
            starve(out, a);
        return;
    case EMSGSIZE:
        drop(out, i);
        sctp_outbox_abort(out, a, too_large);
        return;
    case EPIPE:
    case ESHUTDOWN:
    case ECONNRESET: /* it is gone or going: its notification follows */
        drop(out, i);
        return;
    default:
        drop(out, i);
        sctp_outbox_abort(out, a, no_way);
    }
}

/* Closes the gaps that taken back and dropped messages have left from `first` on. */
static void compact(struct sctp_outbox *out, int first)
{
    int n = first;

    for (int i = first; i < out->count; i++) {
        if (out->batch[i].a) {
            move(out, n++, i);
        } else {
            free(out->batch[i].owned);
        }
    }
    out->count = n;
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
        for (; n > 0; n--, i++) {
            out->batch[i].a->out.silent_since = 0; /* it has something to acknowledge */
            free(out->batch[i].owned);
        }
    }
    out->count = 0;
}

/* ---- what the server calls ----------------------------------------------- */

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
        a->out.state = SENDQ_HELD;
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
            a->out.state = SENDQ_HELD;
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
    sub_unacked(out, a, a->out.unacked);
    a->out.silent_since = 0;
    if (a->out.state == SENDQ_HELD)
        drain(out, a);
}

/* Tries those again that the stack had no room for.  Where they share one buffer, the first that
 * still finds none speaks for all. */
static void retry_starved(struct sctp_outbox *out)
{
    struct sctp_association *a, *last = TAILQ_LAST(&out->starved, assoc_list);

    while (last && (a = TAILQ_FIRST(&out->starved))) {
        drain(out, a);
        if (a == last || (out->shared && a->out.state == SENDQ_STARVED))
            break;
    }
}

/* Does the stack wait for acknowledgements of this peer, whatever we think? */
static bool stack_waits_for(const struct sctp_outbox *out, const struct sctp_association *a)
{
    struct sctp_status status = {.sstat_assoc_id = a->id};
    socklen_t len = sizeof(status);

    return getsockopt(out->fd, IPPROTO_SCTP, SCTP_STATUS, &status, &len) == 0 &&
           status.sstat_unackdata > 0;
}

static bool silent(const struct sctp_association *a, int64_t now)
{
    return a->out.silent_since && now - a->out.silent_since >= STUCK_MS;
}

/* Puts the peer out that holds most of the shared buffer and gives no sign of life. */
static void make_room(struct sctp_outbox *out)
{
    struct sctp_association *a, *worst = NULL;
    int64_t now = sctp_now();

    if (now - out->looked < LOOK_MS)
        return;
    out->looked = now;
    for (a = TAILQ_FIRST(&out->served); a; a = TAILQ_NEXT(a, out.among_served)) {
        if (!a->out.silent_since)
            a->out.silent_since = now;
        if (silent(a, now) && a->out.unacked > (worst ? worst->out.unacked : 0))
            worst = a;
    }
    for (a = TAILQ_FIRST(&out->served); a && !worst; a = TAILQ_NEXT(a, out.among_served))
        if (silent(a, now) && stack_waits_for(out, a))
            worst = a;
    if (worst)
        sctp_outbox_abort(out, worst, in_the_way);
}

bool sctp_outbox_retry(struct sctp_outbox *out)
{
    bool scarce = out->shared && out->unacked > out->buffer / 4 * 3;

    if (out->shared && (scarce || !TAILQ_EMPTY(&out->starved)))
        make_room(out);
    retry_starved(out);
    return scarce || !TAILQ_EMPTY(&out->starved);
}
