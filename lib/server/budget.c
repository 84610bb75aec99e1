/*
 * The budget of the send buffer: how many bytes may be in flight.
 *
 * The pool is the memory that peers that never read could fill.  With net.sctp.sndbuf_policy 0, the
 * default, it is the send buffer that all associations share.  With 1 it is half of the kernel's
 * memory for SCTP, and half of an association's own send buffer is a further limit.
 *
 * Each association may use an eighth of the pool's free space, which shrinks with every stuck peer,
 * but never to nothing.  A larger message is sent when its association has nothing in flight, but
 * not into the part that is reserved for small messages.
 *
 * The stack reports how much of the pool is in use (SO_MEMINFO), but not by which association, so
 * each association's use is an estimate.  While little is in use, the total is an estimate as well,
 * to save the query.
 */
#include "sender.h"

#include <linux/sock_diag.h>

/* Fractions of an association's own send buffer, and of the pool, bytes. */
#define OWN_PART(buffer) ((buffer) / 2)   /* in flight to one association */
#define FREE_PART(left)  ((left) / 8)     /* in flight to one association */
#define LITTLE(pool)     ((pool) / 8)     /* in use: an estimate is enough */
#define HALF(pool)       ((pool) / 2)     /* in use: large messages may still be sent */
#define FOR_SMALL(pool)  ((pool) / 4 * 3) /* in use: the rest is reserved for small messages */

/* Bytes in flight to one association where messages are relayed: few, so that none falls behind. */
#define RELAY_WINDOW 65536

/*
 * Linux charges each DATA chunk for its bookkeeping: 2560 bytes for a message of 1 KiB, twice the
 * length for large messages.  The estimate is above both.
 */
size_t unp_sender_cost(size_t len)
{
    return 2 * len + 1536;
}

bool unp_sender_buffer_ample(const struct unp_sender *out)
{
    return out->used <= LITTLE(out->pool);
}

/* Between queries `used` only grows, so while it is small, no query is needed. */
void unp_sender_ask_used(struct unp_sender *out)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(info);

    if (!unp_sender_buffer_ample(out) &&
        getsockopt(out->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
        out->used = info[SK_MEMINFO_WMEM_QUEUED];
}

void unp_sender_add_unacked(struct unp_sender *out, struct unp_association *a, size_t bytes)
{
    if (!a->out.in_sent_to) {
        TAILQ_INSERT_TAIL(&out->sent_to, a, out.sent_to_link);
        out->recipients++;
    }
    a->out.in_sent_to = true;
    a->out.unacked += bytes;
    out->used += bytes;
}

/* A sender-dry notification may have reset the count since the message was added. */
void unp_sender_sub_unacked(struct unp_association *a, size_t bytes)
{
    a->out.unacked -= bytes < a->out.unacked ? bytes : a->out.unacked;
}

size_t unp_sender_bound(const struct unp_sender *out)
{
    size_t bytes = out->used < out->pool ? FREE_PART(out->pool - out->used) : 0;

    if (!out->shared && bytes > OWN_PART(out->buffer))
        bytes = OWN_PART(out->buffer);
    if (out->relays && bytes > RELAY_WINDOW)
        bytes = RELAY_WINDOW;
    return bytes < out->max_queue ? bytes : out->max_queue;
}

/* Must a message above the bound stay out of the part of the pool that is reserved for small
 * ones?  Not while half of the pool is free, or a very large one could never be sent. */
static bool reserved(const struct unp_sender *out, size_t len)
{
    return out->used > HALF(out->pool) && out->used + unp_sender_cost(len) > FOR_SMALL(out->pool);
}

bool unp_sender_full(const struct unp_sender *out, const struct unp_association *a, size_t len)
{
    return a->out.unacked + unp_sender_cost(len) > unp_sender_bound(out) &&
           (a->out.unacked || reserved(out, len));
}
