/*
 * The sending side of a one-to-many server: never blocks on one association,
 * so that a peer that stops reading costs nobody but itself anything.
 *
 * Messages go to the stack in batches (sendmmsg).  What one association has
 * been given and its peer not acknowledged is bounded; beyond that its messages
 * wait here, held until its sender-dry notification says that all has arrived.
 * (POLLOUT cannot say it: it speaks of the socket as a whole, and stays away
 * while anybody is stuck.)  What waits here is bounded by `max_queue`; past it,
 * the association is aborted with a reason, or, where peers speak to each other
 * (sctp_outbox_relay()), the message is lost for it and counted.
 *
 * With net.sctp.sndbuf_policy 1 each association has a send buffer of its own,
 * and the bound is half of that.  With 0, the default, all of them share one,
 * and peers that never read would fill it for everybody.  There the bound is an
 * eighth of what is still free: each that gets stuck takes a share of a smaller
 * rest, and something is always left.  A message beyond the bound must go, too:
 * to an association that has nothing under way, and not into the last quarter,
 * which is kept for small ones.  Until then the association starves, as it does
 * when the stack has no room (EAGAIN): it is tried again soon.
 *
 * How much of the shared buffer is in use the stack tells (SO_MEMINFO), but not
 * who uses it.  That is an estimate: what the stack charges for a message is not
 * quite what we think, and a sender-dry notification may be old, having waited
 * behind megabytes that had come before it; what was sent since goes uncounted
 * if we believe it.  So once an eighth is in use the stack is asked whether it is
 * still true; and, before anybody waits or is aborted, whether the notification
 * has merely not been read yet.
 */
#include "outbox.h"
#include "cmsg.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* What is said to many is bounded by less, so that no peer is far behind, and old notifications are
 * not believed when much is under way; bytes. */
#define RELAY_WINDOW 65536
#define DOUBTFUL     16384

struct sctp_queued {
    TAILQ_ENTRY(sctp_queued) link;
    unsigned char *data; /* malloc'd */
    size_t len;
    struct sctp_sndinfo snd;
};

static const char too_slow[] = "too many messages are waiting: the peer does not read them";
static const char no_memory[] = "out of memory";
static const char no_way[] = "the message cannot be sent";
static const char too_large[] = "the message is larger than the send buffer";

/*
 * What a message costs of the send buffer, roughly and rather too much: Linux
 * charges each DATA chunk for its bookkeeping as well, which comes to 2560
 * bytes for 1 KiB and to twice the length for large ones.
 */
size_t outbox_cost(size_t len)
{
    return 2 * len + 1536;
}

size_t sctp_outbox_weight(size_t len)
{
    return len + sizeof(struct sctp_queued);
}

struct sctp_outbox *sctp_outbox_new(int fd, size_t max_queue)
{
    struct sctp_outbox *out = calloc(1, sizeof(*out));
    int receive_buffer = 0;
    socklen_t len = sizeof(receive_buffer);

    if (!out)
        return NULL;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, &len) == 0)
        out->receive_buffer = (size_t)receive_buffer;
    out->fd = fd;
    out->shared = sctp_shared_sndbuf(fd);
    out->buffer = sctp_max_message(fd);
    out->max_queue = max_queue;
    out->burst = sctp_burst();
    TAILQ_INIT(&out->served);
    TAILQ_INIT(&out->starved);
    return out;
}

void sctp_outbox_limit(struct sctp_outbox *out, struct sctp_memory *memory,
                       void (*make_room)(void *arg), void *arg)
{
    out->memory = memory;
    out->make_room = make_room;
    out->make_room_arg = arg;
}

void sctp_outbox_free(struct sctp_outbox *out)
{
    for (int i = 0; out && i < out->count; i++)
        free(out->batch[i].owned);
    free(out);
}

/* ---- what is under way ---------------------------------------------------- */

/* While so little is in use it does not matter who uses it. */
static bool plenty(const struct sctp_outbox *out)
{
    return !out->shared || out->used <= out->buffer / 8;
}

/* Between two questions `used` only grows, so that as long as there is plenty none is needed. */
void outbox_ask_used(struct sctp_outbox *out)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(info);

    if (!plenty(out) && getsockopt(out->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
        out->used = info[SK_MEMINFO_WMEM_QUEUED];
}

void outbox_add_unacked(struct sctp_outbox *out, struct sctp_association *a, size_t bytes)
{
    if (!a->out.served)
        TAILQ_INSERT_TAIL(&out->served, a, out.among_served);
    a->out.served = true;
    a->out.unacked += bytes;
    out->used += bytes;
}

/* A message that did not go after all.  Where a notification came in between, it is not counted. */
static void sub_unacked(struct sctp_association *a, size_t bytes)
{
    a->out.unacked -= bytes < a->out.unacked ? bytes : a->out.unacked;
}

/* What an association may have unacknowledged now: no more than may wait here, too. */
static size_t bound(const struct sctp_outbox *out)
{
    size_t bytes = out->buffer / 2;

    if (out->shared)
        bytes = out->used < out->buffer ? (out->buffer - out->used) / 8 : 0;
    if (out->relays && bytes > RELAY_WINDOW)
        bytes = RELAY_WINDOW;
    return bytes < out->max_queue ? bytes : out->max_queue;
}

/* Would a message beyond the bound go into the part of the shared buffer that is kept for small
 * ones?  One that is larger than the rest goes when half is free, or it never would. */
static bool reserved(const struct sctp_outbox *out, size_t len)
{
    return out->shared && out->used > out->buffer / 2 &&
           out->used + outbox_cost(len) > out->buffer / 4 * 3;
}

/* Is one more message of this length too much for the association at once? */
static bool full(const struct sctp_outbox *out, const struct sctp_association *a, size_t len)
{
    return a->out.unacked + outbox_cost(len) > bound(out) && (a->out.unacked || reserved(out, len));
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

/* Must its next message, of this length, wait?  What was sent to it has been flushed.  Where we
 * think so, its notification may not have been read yet, so the stack is asked. */
static bool must_wait(struct sctp_outbox *out, struct sctp_association *a, size_t len)
{
    if (!full(out, a, len))
        return false;
    outbox_ask_used(out);
    if ((out->shared || out->relays) && a->out.unacked && !outbox_waits_for(out, a))
        a->out.unacked = 0;
    if (!full(out, a, len))
        return false;
    if (a->out.unacked) /* else no notification would come */
        a->out.state = SENDQ_HELD;
    else
        starve(out, a);
    return true;
}

/* ---- the queue of an association ----------------------------------------- */

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

/* The queue of the association grows by so many bytes, or shrinks. */
static void grow(struct sctp_outbox *out, struct sctp_association *a, size_t bytes)
{
    a->out.queued += bytes;
    if (out->memory)
        out->memory->held += bytes;
}

static void shrink(struct sctp_outbox *out, struct sctp_association *a, size_t bytes)
{
    a->out.queued -= bytes;
    if (out->memory)
        out->memory->held -= bytes;
}

/* A message that cannot be sent, nor kept.  What others said ends no association. */
static void give_up(struct sctp_outbox *out, struct sctp_association *a, const char *why)
{
    if (!out->relays) {
        sctp_outbox_abort(out, a, why);
        return;
    }
    a->out.lost++;
    a->out.lost_why = why;
}

static void enqueue(struct sctp_outbox *out, struct sctp_association *a,
                    const struct sctp_message *msg, const struct sctp_sndinfo *snd)
{
    struct sctp_queued *q;

    if (a->out.queued + sctp_outbox_weight(msg->len) > out->max_queue) {
        free(msg->owned);
        give_up(out, a, too_slow);
        return;
    }
    q = keep(msg->data, msg->len, msg->owned, snd);
    if (!q) {
        give_up(out, a, no_memory);
        return;
    }
    if (TAILQ_EMPTY(&a->out.queue))
        a->out.since = sctp_now();
    TAILQ_INSERT_TAIL(&a->out.queue, q, link);
    grow(out, a, sctp_outbox_weight(q->len));
    if (out->memory && out->memory->held > out->memory->most)
        out->make_room(out->make_room_arg);
}

static void clear_queue(struct sctp_outbox *out, struct sctp_association *a)
{
    struct sctp_queued *q;

    while ((q = TAILQ_FIRST(&a->out.queue))) {
        TAILQ_REMOVE(&a->out.queue, q, link);
        free(q->data);
        free(q);
    }
    shrink(out, a, a->out.queued);
}

void sctp_outbox_forget(struct sctp_outbox *out, struct sctp_association *a)
{
    for (int i = 0; i < out->count; i++) /* what of it is in the batch is sent to nobody */
        if (out->batch[i].a == a)
            out->batch[i].a = NULL;
    reopen(out, a);
    clear_queue(out, a);
    a->out.unacked = 0;
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

    outbox_add_unacked(out, a, outbox_cost(len));
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
    sub_unacked(out->batch[i].a, outbox_cost(out->iov[i].iov_len));
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
        sub_unacked(a, outbox_cost(out->iov[i].iov_len));
        q = keep(out->iov[i].iov_base, out->iov[i].iov_len, o->owned, sndinfo_of(out, i));
        o->a = NULL;
        o->owned = NULL;
        if (!q) {
            give_up(out, a, no_memory);
            if (a->ended)
                return;
            continue;
        }
        if (TAILQ_EMPTY(&a->out.queue))
            a->out.since = sctp_now();
        TAILQ_INSERT_HEAD(&a->out.queue, q, link);
        grow(out, a, sctp_outbox_weight(q->len));
    }
}

/* The association is gone or going, which its notification will say: what is in the batch for it,
 * from `first` on, and waits for it is for nobody. */
static void leave(struct sctp_outbox *out, struct sctp_association *a, int first)
{
    a->out.gone = sctp_now();
    clear_queue(out, a);
    for (int i = first; i < out->count; i++)
        if (out->batch[i].a == a)
            drop(out, i);
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
        give_up(out, a, too_large);
        return;
    case EPIPE:
    case ESHUTDOWN:
        leave(out, a, i);
        return;
    case ECONNRESET:
        drop(out, i);
        return;
    default:
        drop(out, i);
        give_up(out, a, no_way);
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

/*
 * Does message i have another behind it for the same association?  Then it may wait for that one,
 * and small ones go out in one packet (bundling: RFC 9260, section 6.10) in spite of SCTP_NODELAY.
 * The last may not, and takes with it what waits.
 */
static bool more_follows(const struct sctp_outbox *out, int i)
{
    for (int k = i + 1; k < out->count; k++)
        if (out->batch[k].a == out->batch[i].a)
            return true;
    return false;
}

/* Sends from message i on those that are alike in that; how many went, or -1. */
static int send_some(struct sctp_outbox *out, int i)
{
    bool more = more_follows(out, i);
    unsigned n = 1;

    while (i + (int)n < out->count && more_follows(out, i + (int)n) == more)
        n++;
    return sendmmsg(out->fd, out->headers + i, n,
                    MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

void sctp_outbox_flush(struct sctp_outbox *out)
{
    int i = 0;

    compact(out, 0);
    while (i < out->count) {
        int n = send_some(out, i);

        if (n < 0) {
            refused(out, i);
            compact(out, i);
        }
        for (; n > 0; n--, i++) {
            out->batch[i].a->out.silent_since = 0; /* it has something to acknowledge */
            free(out->batch[i].owned);
        }
    }
    if (out->count)
        outbox_ask_used(out);
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
    if (a->ended || a->out.gone) {
        free(msg->owned);
        return;
    }
    if (a->out.state != SENDQ_OPEN || must_wait(out, a, msg->len)) {
        enqueue(out, a, msg, &info);
        return;
    }
    info.snd_flags |= hurry(out, a);
    put(out, a, msg->data, msg->len, msg->owned, &info);
}

void sctp_outbox_relay(struct sctp_outbox *out)
{
    out->relays = true;
}

/* Sends from the queue as far as the bound allows. */
static void drain(struct sctp_outbox *out, struct sctp_association *a)
{
    struct sctp_queued *q;
    bool moved = false;

    reopen(out, a);
    while (a->out.state == SENDQ_OPEN && (q = TAILQ_FIRST(&a->out.queue))) {
        if (out->count && (out->count == BATCH || full(out, a, q->len))) {
            sctp_outbox_flush(out); /* may put messages before q */
            continue;
        }
        if (must_wait(out, a, q->len))
            break;
        TAILQ_REMOVE(&a->out.queue, q, link);
        shrink(out, a, sctp_outbox_weight(q->len));
        q->snd.snd_flags |= hurry(out, a);
        put(out, a, q->data, q->len, q->data, &q->snd);
        free(q);
        moved = true;
    }
    sctp_outbox_flush(out);
    if (moved && !TAILQ_EMPTY(&a->out.queue))
        a->out.since = sctp_now();
}

/* All that the association was sent has been acknowledged. */
void outbox_settle(struct sctp_outbox *out, struct sctp_association *a)
{
    a->out.unacked = 0;
    a->out.silent_since = 0;
    if (a->out.state == SENDQ_HELD)
        drain(out, a);
}

static bool in_batch(const struct sctp_outbox *out, const struct sctp_association *a)
{
    for (int i = 0; i < out->count; i++)
        if (out->batch[i].a == a)
            return true;
    return false;
}

/* A notification may be old, having waited behind megabytes that came before it. */
static bool believable(const struct sctp_outbox *out, const struct sctp_association *a)
{
    return plenty(out) && !(out->relays && a->out.unacked > DOUBTFUL);
}

void sctp_outbox_dry(struct sctp_outbox *out, struct sctp_association *a)
{
    /* If it is old, another one will come. */
    if (!in_batch(out, a) && (believable(out, a) || !outbox_waits_for(out, a)))
        outbox_settle(out, a);
}

/* Does it wait for one reply only?  Then it has not sent on without reading. */
static bool waits_for_one(const struct sctp_association *a)
{
    return TAILQ_FIRST(&a->out.queue) == TAILQ_LAST(&a->out.queue, sctp_queue);
}

/* Tries each of those again, once, that there was no room for and that wait for one reply, or for
 * more. */
static void retry_starved(struct sctp_outbox *out, bool one)
{
    struct sctp_association *a, *next, *last = TAILQ_LAST(&out->starved, assoc_list);

    for (a = TAILQ_FIRST(&out->starved); a; a = next) {
        next = a == last ? NULL : TAILQ_NEXT(a, out.among_starved);
        if (waits_for_one(a) == one)
            drain(out, a);
    }
}

bool sctp_outbox_retry(struct sctp_outbox *out)
{
    outbox_ask_used(out);
    if (outbox_scarce(out))
        outbox_evict(out);
    retry_starved(out, true);
    retry_starved(out, false);
    return outbox_scarce(out) || !TAILQ_EMPTY(&out->starved);
}
