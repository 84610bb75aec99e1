/*
 * Eviction when the pool is low: the send buffer that all associations share
 * (net.sctp.sndbuf_policy 0), or the kernel's memory for SCTP (budget.c).
 *
 * The pool is low when more than three quarters are in use, or more than half while an association
 * is blocked on it.  Peers that have made no progress for some time are then aborted, the one that
 * holds most first.  If the stack has no room although less than half is in use, the machine is
 * short of memory, and no peer is aborted.
 */
#include "sender.h"

/* A peer is stuck after this time without progress, ms.  The second retransmission of a packet is
 * sent after RTO.Min and its double, 3 s (RFC 9260, section 6.3.3). */
#define STUCK_MS 3500
/* Where messages are relayed, a peer with an open receive window does read, but on a busy host its
 * acknowledgements may be lost four times: 1 + 2 + 4 + 8 s. */
#define SILENT_MS 15500
/* How often to look for stuck peers, ms, and how many to examine each time. */
#define CHECK_MS  100
#define CHECK_MAX 32

/* Thresholds of the pool's use, bytes. */
#define SHORT(pool)        ((pool) / 2)
#define LAST_QUARTER(pool) ((pool) / 4 * 3)

static const char holds_buffer[] =
    "the peer has stopped reading and holds the send buffer that all clients share";
static const char holds_memory[] =
    "the peer has stopped reading and holds memory of the kernel that all clients need";

bool unp_sender_buffer_low(const struct unp_sender *out)
{
    if (out->used <= SHORT(out->pool))
        return false;
    return out->used > LAST_QUARTER(out->pool) || !TAILQ_EMPTY(&out->blocked);
}

/* The stuck peer that holds most of the pool, or NULL.  Aborting a peer with less than half of an
 * even share would free too little. */
static struct unp_association *most_stuck(struct unp_sender *out, int64_t now)
{
    struct unp_association *a, *most = NULL;
    size_t holders = 0;

    for (a = TAILQ_FIRST(&out->sent_to); a; a = TAILQ_NEXT(a, out.sent_to_link)) {
        if (a->own) /* it has a buffer of its own */
            continue;
        holders += a->out.unacked > 0;
        if (!a->out.stalled_since)
            a->out.stalled_since = now;
        if (now - a->out.stalled_since >= STUCK_MS &&
            a->out.unacked > (most ? most->out.unacked : 0))
            most = a;
    }
    return most && most->out.unacked >= out->used / holders / 2 ? most : NULL;
}

/* Where messages are relayed: has the peer acknowledged or read anything recently? */
static bool makes_progress(const struct unp_sender *out, struct unp_association *a, int64_t now)
{
    bool waiting;
    int64_t silent = now - unp_sender_last_progress(out, a, now, &waiting);

    return silent < (a->out.window_closed ? STUCK_MS : SILENT_MS);
}

void unp_sender_evict(struct unp_sender *out,
                      void (*all_acked)(struct unp_sender *, struct unp_association *))
{
    struct unp_association *a;
    int64_t now = unp_now();

    if (now - out->last_check < CHECK_MS)
        return;
    out->last_check = now;
    for (int i = 0; i < CHECK_MAX && unp_sender_buffer_low(out) && (a = most_stuck(out, now));
         i++) {
        if (!unp_sender_awaits_ack(out, a))
            all_acked(out, a);
        else if (out->relays && makes_progress(out, a, now))
            a->out.stalled_since = now;
        else
            unp_sender_abort(out, a, out->shared ? holds_buffer : holds_memory);
        unp_sender_ask_used(out);
    }
}
