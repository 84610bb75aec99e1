/*
 * The sending side of a one-to-many server.  It never blocks on one association, so a peer that
 * stops reading slows down no other.
 *
 * Messages go to the stack in batches (sendmmsg).  The bytes that an association may have in flight
 * are bounded.  Further messages wait in its send queue, bounded by `max_queue`, until a sender-dry
 * notification says that everything is acknowledged.  (POLLOUT covers the whole socket, and stays
 * off while any association is stuck.)  When the queue is full, the association is aborted; where
 * messages are relayed, the message is dropped and counted instead.
 *
 * An association is blocked on its peer until a sender-dry notification.  It is blocked on the
 * buffer when the stack had no room, and is retried soon.
 *
 * Sender-dry notifications are subscribed to only for associations that are blocked on their peer.
 * Each notification uses 768 bytes of Linux's receive buffer; those of many associations would
 * leave no room for acknowledgements, and each dropped acknowledgement costs a time-out.  For other
 * associations the stack is asked (SCTP_STATUS) when one seems to have too much in flight.
 * Notifications are read late, behind earlier data, so while much is in flight, the stack is asked
 * before one is trusted.
 */
#include "sender.h"
#include "receive/receive.h"

#include <stdlib.h>

/* With more bytes in flight where messages are relayed, a sender-dry notification is checked. */
#define CHECK_ABOVE 16384
/* An association is not asked about while it has been blocked on the buffer for less than this, ms:
 * it waits for others, and may be one of thousands. */
#define BRIEF_MS 1000

struct unp_sender *unp_sender_new(int fd, size_t max_queue)
{
    struct unp_sender *out = calloc(1, sizeof(*out));
    int receive_buffer = 0;
    socklen_t len = sizeof(receive_buffer);

    if (!out)
        return NULL;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, &len) == 0)
        out->receive_buffer = (size_t)receive_buffer;
    out->fd = fd;
    out->shared = unp_shared_sndbuf(fd);
    out->buffer = unp_max_message(fd);
    out->pool = out->shared ? out->buffer : unp_sctp_memory(fd) / 2;
    out->max_queue = max_queue;
    out->burst = unp_burst();
    TAILQ_INIT(&out->sent_to);
    TAILQ_INIT(&out->blocked);
    return out;
}

void unp_sender_limit(struct unp_sender *out, struct unp_memory *memory,
                      void (*make_room)(void *arg), void *arg)
{
    out->memory = memory;
    out->make_room = make_room;
    out->make_room_arg = arg;
}

void unp_sender_free(struct unp_sender *out)
{
    for (int i = 0; out && i < out->count; i++)
        free(out->batch[i].owned);
    free(out);
}

/* Asks the stack whether everything sent to the association is acknowledged.  The batch has no
 * message for it. */
static bool is_acked(const struct unp_sender *out, struct unp_association *a)
{
    if (a->out.unacked && !unp_sender_awaits_ack(out, a))
        a->out.unacked = 0;
    return !a->out.unacked;
}

/* With a message of `len` bytes near its bound the association will soon be blocked, so the peer is
 * asked to acknowledge at once (RFC 9260, section 3.3.1: the I bit).  Far from it, delayed
 * acknowledgements are fine. */
static uint16_t sack_immediately(const struct unp_sender *out, struct unp_association *a,
                                 size_t len)
{
    size_t half = unp_sender_bound(out) / 2, cost = unp_sender_cost(len);

    if (a->out.unacked + cost > half && a->out.unacked && a->out.unacked <= half &&
        !unp_sender_batch_has(out, a))
        is_acked(out, a);
    return a->out.unacked + cost > half ? SCTP_SACK_IMMEDIATELY : 0;
}

static void subscribe_dry(const struct unp_sender *out, struct unp_association *a, bool on)
{
    if (a->out.dry_on != on &&
        unp_subscribe(unp_socket_of(a, out->fd), a->id, SCTP_SENDER_DRY_EVENT, on) == 0)
        a->out.dry_on = on;
}

/* Must the next message be queued?  Blocks the association if so.  The batch has no message for it.
 * Asks the stack again after the subscription: libusrsctp does not notify of what was acknowledged
 * before. */
static bool must_wait(struct unp_sender *out, struct unp_association *a, size_t len)
{
    if (unp_sender_crowd_waits(out)) {
        unp_sender_block(out, a);
        return true;
    }
    if (!unp_sender_full(out, a, len))
        return false;
    unp_sender_ask_used(out);
    if (!is_acked(out, a) && unp_sender_full(out, a, len)) {
        subscribe_dry(out, a, true);
        if (!is_acked(out, a)) {
            a->out.state = SENDQ_BLOCKED_ON_PEER;
            return true;
        }
    }
    if (!unp_sender_full(out, a, len))
        return false;
    unp_sender_block(out, a);
    return true;
}

void unp_sender_send(struct unp_sender *out, struct unp_association *a,
                     const struct unp_message *msg, const struct sctp_sndinfo *snd)
{
    struct sctp_sndinfo info = *snd;

    info.snd_assoc_id = a->id;
    /* The flush may find the association blocked or ending.  With one that is blocked already, the
     * batch waits for the messages of others, to bundle them. */
    if (out->count == BATCH || (a->out.state == SENDQ_OPEN && unp_sender_full(out, a, msg->len)))
        unp_sender_flush(out);
    if (a->close_reason || a->out.ending_since) {
        free(msg->owned);
        return;
    }
    if (a->out.state != SENDQ_OPEN || must_wait(out, a, msg->len)) {
        const char *why = unp_sender_queue_add(out, a, msg, &info);

        if (why)
            unp_sender_give_up(out, a, why);
        return;
    }
    info.snd_flags |= sack_immediately(out, a, msg->len);
    unp_sender_batch_add(out, a, msg->data, msg->len, msg->owned, &info);
}

void unp_sender_relay(struct unp_sender *out)
{
    out->relays = true;
}

bool unp_sender_own_fault(const struct unp_sender *out)
{
    return !out->relays;
}

/* Sends from the queue as far as the bound allows. */
static void drain(struct unp_sender *out, struct unp_association *a)
{
    struct unp_queued *q;
    bool sent = false;

    unp_sender_reopen(out, a);
    while (a->out.state == SENDQ_OPEN && (q = TAILQ_FIRST(&a->out.queue))) {
        if (out->count && (out->count == BATCH || unp_sender_full(out, a, q->len))) {
            unp_sender_flush(out); /* may put messages back ahead of q */
            continue;
        }
        if (must_wait(out, a, q->len))
            break;
        unp_sender_queue_take(out, a);
        q->snd.snd_flags |= sack_immediately(out, a, q->len);
        unp_sender_batch_add(out, a, q->data, q->len, q->data, &q->snd);
        free(q);
        sent = true;
    }
    unp_sender_flush(out);
    if (sent && !TAILQ_EMPTY(&a->out.queue))
        a->out.waiting_since = unp_now();
}

/* Everything sent to the association is acknowledged: sends from its queue. */
static void all_acked(struct unp_sender *out, struct unp_association *a)
{
    a->out.unacked = 0;
    a->out.stalled_since = 0;
    subscribe_dry(out, a, false);
    if (a->out.state == SENDQ_BLOCKED_ON_PEER)
        drain(out, a);
}

/* Can a sender-dry notification be trusted without asking the stack? */
static bool trusted(const struct unp_sender *out, const struct unp_association *a)
{
    return unp_sender_buffer_ample(out) && !(out->relays && a->out.unacked > CHECK_ABOVE);
}

void unp_sender_dry(struct unp_sender *out, struct unp_association *a)
{
    /* A stale notification is followed by another one. */
    if (!unp_sender_batch_has(out, a) && (trusted(out, a) || !unp_sender_awaits_ack(out, a)))
        all_acked(out, a);
}

/* Is at most one message queued?  If so, the peer probably waits for this reply. */
static bool has_one_queued(const struct unp_association *a)
{
    return TAILQ_FIRST(&a->out.queue) == TAILQ_LAST(&a->out.queue, unp_queue);
}

/* Retries each association that is blocked on the buffer, once: those with one queued message, or
 * those with more. */
static void retry_blocked(struct unp_sender *out, bool one)
{
    struct unp_association *a, *next, *last = TAILQ_LAST(&out->blocked, unp_assoc_list);

    for (a = TAILQ_FIRST(&out->blocked); a && unp_sender_crowd_may_send(out); a = next) {
        next = a == last ? NULL : TAILQ_NEXT(a, out.blocked_link);
        if (out->relays || has_one_queued(a) == one)
            drain(out, a);
    }
}

bool unp_sender_retry(struct unp_sender *out)
{
    out->room = 0; /* others use the network's queue as well */
    unp_sender_ask_used(out);
    if (unp_sender_buffer_low(out))
        unp_sender_evict(out, all_acked);
    retry_blocked(out, true);
    if (!out->relays)
        retry_blocked(out, false);
    return unp_sender_buffer_low(out) || !TAILQ_EMPTY(&out->blocked);
}

int64_t unp_sender_stalled(struct unp_sender *out, struct unp_association *a, int64_t now)
{
    int64_t since = a->out.ending_since ? a->out.ending_since : a->out.waiting_since;
    int64_t moved;
    bool waiting;

    if (!a->out.ending_since && TAILQ_EMPTY(&a->out.queue))
        return 0;
    if (a->out.state == SENDQ_BLOCKED_ON_BUFFER && now - since < BRIEF_MS)
        return 0;
    moved = unp_sender_last_progress(out, a, now, &waiting);
    if (!waiting && !a->out.ending_since) { /* nothing is outstanding at the peer */
        a->out.last_progress = moved = now;
        unp_sender_dry(out, a);
    }
    return now - (since > moved ? since : moved);
}
