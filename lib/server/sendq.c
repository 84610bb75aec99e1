/* The send queue of an association: messages that wait for acknowledgements or for buffer space. */
#include "receive/receive.h"
#include "sender.h"

#include <stdlib.h>
#include <string.h>

static const char too_slow[] = "too many messages are waiting: the peer does not read them";
static const char no_memory[] = "out of memory";

size_t unp_sender_weight(size_t len)
{
    return len + sizeof(struct unp_queued);
}

/* Takes over `owned`, or copies `data`.  NULL: no memory; `owned` is freed. */
static struct unp_queued *new_queued(const unsigned char *data, size_t len, unsigned char *owned,
                                     const struct sctp_sndinfo *snd)
{
    struct unp_queued *q = malloc(sizeof(*q));
    unsigned char *copy = owned ? owned : malloc(len);

    if (!q || !copy) {
        free(q);
        free(copy);
        return NULL;
    }
    if (!owned)
        memcpy(copy, data, len);
    *q = (struct unp_queued){.data = copy, .len = len, .snd = *snd};
    return q;
}

/* Where messages are relayed, a peer does not cause the length of its queue, and is not aborted for
 * it.  So half of the memory is for the queues, and half for what peers have sent.  Half of that
 * for the queues is shared equally; a single queue may use the other half. */
size_t unp_sender_share(const struct unp_sender *out)
{
    if (!out->relays || !out->memory || !out->recipients)
        return SIZE_MAX;
    return out->memory->limit / 4 / out->recipients;
}

size_t unp_sender_max_queue(const struct unp_sender *out)
{
    size_t share = SIZE_MAX;

    if (out->memory && out->queued > out->memory->limit / 4)
        share = unp_sender_share(out);
    return share < out->max_queue ? share : out->max_queue;
}

/* Has the memory for the queues of relayed messages no room for so many bytes? */
static bool queues_full(const struct unp_sender *out, size_t bytes)
{
    return out->relays && out->memory && out->queued + bytes > out->memory->limit / 2;
}

bool unp_sender_memory_short(const struct unp_sender *out)
{
    const struct unp_memory *m = out->memory;

    return out->relays ? m->used - out->queued > m->limit / 2 : m->used > m->limit;
}

/* Count queued bytes: of the queue, of all queues, and in the server's memory. */
static void grow(struct unp_sender *out, struct unp_association *a, size_t bytes)
{
    a->out.queued += bytes;
    out->queued += bytes;
    if (!a->out.behind_since && a->out.queued > unp_sender_max_queue(out) / 2)
        a->out.behind_since = unp_now();
    if (out->memory)
        out->memory->used += bytes;
}

static void shrink(struct unp_sender *out, struct unp_association *a, size_t bytes)
{
    a->out.queued -= bytes;
    out->queued -= bytes;
    if (!a->out.queued)
        a->out.behind_since = 0;
    if (out->memory)
        out->memory->used -= bytes;
}

const char *unp_sender_queue_add(struct unp_sender *out, struct unp_association *a,
                                 const struct unp_message *msg, const struct sctp_sndinfo *snd)
{
    size_t queued = a->out.queued + unp_sender_weight(msg->len);
    struct unp_queued *q;

    if (queued > out->max_queue || queues_full(out, unp_sender_weight(msg->len)) ||
        (a->out.queued && (queued > unp_sender_max_queue(out) || a->out.lost))) {
        free(msg->owned);
        return too_slow;
    }
    q = new_queued(msg->data, msg->len, msg->owned, snd);
    if (!q)
        return no_memory;
    if (TAILQ_EMPTY(&a->out.queue))
        a->out.waiting_since = unp_now();
    TAILQ_INSERT_TAIL(&a->out.queue, q, link);
    grow(out, a, unp_sender_weight(q->len));
    if (out->memory && unp_sender_memory_short(out))
        out->make_room(out->make_room_arg);
    return NULL;
}

const char *unp_sender_queue_back(struct unp_sender *out, struct unp_association *a,
                                  const struct unp_message *msg, const struct sctp_sndinfo *snd)
{
    struct unp_queued *q = new_queued(msg->data, msg->len, msg->owned, snd);

    if (!q)
        return no_memory;
    if (TAILQ_EMPTY(&a->out.queue))
        a->out.waiting_since = unp_now();
    TAILQ_INSERT_HEAD(&a->out.queue, q, link);
    grow(out, a, unp_sender_weight(q->len));
    return NULL;
}

struct unp_queued *unp_sender_queue_take(struct unp_sender *out, struct unp_association *a)
{
    struct unp_queued *q = TAILQ_FIRST(&a->out.queue);

    if (!q)
        return NULL;
    TAILQ_REMOVE(&a->out.queue, q, link);
    shrink(out, a, unp_sender_weight(q->len));
    return q;
}

void unp_sender_queue_clear(struct unp_sender *out, struct unp_association *a)
{
    struct unp_queued *q;

    while ((q = TAILQ_FIRST(&a->out.queue))) {
        TAILQ_REMOVE(&a->out.queue, q, link);
        free(q->data);
        free(q);
    }
    shrink(out, a, a->out.queued);
}

void unp_sender_reopen(struct unp_sender *out, struct unp_association *a)
{
    if (a->out.state == SENDQ_BLOCKED_ON_BUFFER)
        TAILQ_REMOVE(&out->blocked, a, out.blocked_link);
    a->out.state = SENDQ_OPEN;
}

void unp_sender_block(struct unp_sender *out, struct unp_association *a)
{
    if (a->out.state != SENDQ_OPEN)
        return;
    a->out.state = SENDQ_BLOCKED_ON_BUFFER;
    TAILQ_INSERT_TAIL(&out->blocked, a, out.blocked_link);
}
