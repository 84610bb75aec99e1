/*
 * The send buffer that all associations share (net.sctp.sndbuf_policy 0): who is in the way when it
 * is short.
 *
 * While the last quarter is in use, or somebody starves and more than half is,
 * a peer that has not acknowledged what it was sent long ago is in the way of
 * all others.  Such peers are aborted, the one that holds most first.  When less
 * than half is in use, no room means that the machine is short of memory, which
 * is no peer's fault.
 */
#include "sender.h"

/* How long a peer may keep the shared buffer short without a sign of life, ms.  One whose packet is
 * lost needs a second (the least RTO, RFC 9260) and is not stuck. */
#define STUCK_MS 2500
/* How often we look for such peers, ms, and how many of them we abort at once. */
#define LOOK_MS  100
#define LOOK_MAX 32

/* Parts of the shared buffer in use. */
#define SHORT(buffer)        ((buffer) / 2)
#define LAST_QUARTER(buffer) ((buffer) / 4 * 3)

static const char in_the_way[] = "the peer has stopped reading and holds the send buffer of all";

bool unp_sender_buffer_low(const struct unp_sender *out)
{
    if (!out->shared || out->used <= SHORT(out->buffer))
        return false;
    return out->used > LAST_QUARTER(out->buffer) || !TAILQ_EMPTY(&out->blocked);
}

/*
 * The peer that holds most of the shared buffer and gives no sign of life, or
 * NULL.  One that holds less than half of an even share is not worth the abort.
 */
static struct unp_association *most_stuck(struct unp_sender *out, int64_t now)
{
    struct unp_association *a, *most = NULL;
    size_t holders = 0;

    for (a = TAILQ_FIRST(&out->served); a; a = TAILQ_NEXT(a, out.among_served)) {
        holders += a->out.unacked > 0;
        if (!a->out.stalled_since)
            a->out.stalled_since = now;
        if (now - a->out.stalled_since >= STUCK_MS &&
            a->out.unacked > (most ? most->out.unacked : 0))
            most = a;
    }
    return most && most->out.unacked >= out->used / holders / 2 ? most : NULL;
}

void unp_sender_evict(struct unp_sender *out,
                      void (*settle)(struct unp_sender *, struct unp_association *))
{
    struct unp_association *a;
    int64_t now = unp_now();
    bool waiting;

    if (now - out->last_check < LOOK_MS)
        return;
    out->last_check = now;
    for (int i = 0; i < LOOK_MAX && unp_sender_buffer_low(out) && (a = most_stuck(out, now)); i++) {
        if (!unp_sender_awaits_ack(out, a))
            settle(out, a);
        else if (out->relays && now - unp_sender_last_progress(out, a, now, &waiting) < STUCK_MS)
            a->out.stalled_since = now;
        else
            unp_sender_abort(out, a, in_the_way);
        unp_sender_ask_used(out);
    }
}
