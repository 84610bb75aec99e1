/*
 * How much may be in flight: the budget of the send buffer.
 *
 * With net.sctp.sndbuf_policy 1 each association has a send buffer of its own, and may fill half of
 * it.  With 0, the default, all share one, and peers that never read would fill it for everybody.
 * There each may have a part of what is still free: each that gets stuck takes a share of a smaller
 * rest, and something is always left.  A message larger than that part must go as well: to an
 * association that has nothing in flight, and not into the part that is kept for small messages.
 *
 * The stack tells how much of the shared buffer is in use (SO_MEMINFO), but not by whom.  That is
 * an estimate, so once more than a little is in use, the stack is asked.
 */
#include "sender.h"

#include <linux/sock_diag.h>

/* Parts of the send buffer. */
#define OWN_PART(buffer)  ((buffer) / 2)     /* in flight to one association that has its own */
#define FREE_PART(left)   ((left) / 8)       /* ... of the rest of the shared one */
#define LITTLE(buffer)    ((buffer) / 8)     /* in use: nobody needs to be asked */
#define HALF(buffer)      ((buffer) / 2)     /* in use: large messages may still go */
#define FOR_SMALL(buffer) ((buffer) / 4 * 3) /* in use: the rest is kept for small messages */

/* In flight to one member of a room, bytes: nobody is far behind. */
#define RELAY_WINDOW 65536

/*
 * What a message costs of the send buffer, roughly and rather too much: Linux
 * charges each DATA chunk for its bookkeeping as well, which comes to 2560
 * bytes for 1 KiB and to twice the length for large ones.
 */
size_t unp_sender_cost(size_t len)
{
    return 2 * len + 1536;
}

/* While so little is in use it does not matter who uses it. */
bool unp_sender_buffer_ample(const struct unp_sender *out)
{
    return !out->shared || out->used <= LITTLE(out->buffer);
}

/* Between two questions `used` only grows, so that as long as there is plenty none is needed. */
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
    if (!a->out.served)
        TAILQ_INSERT_TAIL(&out->served, a, out.among_served);
    a->out.served = true;
    a->out.unacked += bytes;
    out->used += bytes;
}

/* A message that did not go after all.  Where a notification came in between, it is not counted. */
void unp_sender_sub_unacked(struct unp_association *a, size_t bytes)
{
    a->out.unacked -= bytes < a->out.unacked ? bytes : a->out.unacked;
}

/* What an association may have unacknowledged now: no more than may wait here, too. */
size_t unp_sender_bound(const struct unp_sender *out)
{
    size_t bytes = OWN_PART(out->buffer);

    if (out->shared)
        bytes = out->used < out->buffer ? FREE_PART(out->buffer - out->used) : 0;
    if (out->relays && bytes > RELAY_WINDOW)
        bytes = RELAY_WINDOW;
    return bytes < out->max_queue ? bytes : out->max_queue;
}

/* Would a message beyond the bound go into the part of the shared buffer that is kept for small
 * ones?  One that is larger than the rest goes when half is free, or it never would. */
static bool reserved(const struct unp_sender *out, size_t len)
{
    return out->shared && out->used > HALF(out->buffer) &&
           out->used + unp_sender_cost(len) > FOR_SMALL(out->buffer);
}

/* Is one more message of this length too much for the association at once? */
bool unp_sender_full(const struct unp_sender *out, const struct unp_association *a, size_t len)
{
    return a->out.unacked + unp_sender_cost(len) > unp_sender_bound(out) &&
           (a->out.unacked || reserved(out, len));
}
