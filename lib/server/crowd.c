/*
 * A crowd: so many associations that packets sent to all of them at the same moment overflow the
 * network's queue.
 *
 * Linux drops what a processor's queue of received packets has no room for (unp_burst()), over
 * loopback as well.  What was dropped is retransmitted after a time-out, to thousands at the same
 * moment, and overflows the queue again: a large room does not recover from that.  A busy host may
 * leave the queue to a kernel thread that has to wait for its turn.  So the sender looks how long
 * the queue is, and fills an eighth of it at most: each packet is answered by another, and while it
 * waits, it is retransmitted.  Further messages wait in the send queues until the next turn of the
 * server's loop, in the order in which their associations have come to wait.
 */
#include "sender.h"

/* Longest time to wait for the network's queue, ms: others may keep it full.  As long as it stays
 * full after that, the next part is sent after AGAIN_MS. */
#define PATIENCE_MS 5000
#define AGAIN_MS    100
#define PACKET      1200 /* bytes of a message in one packet, at least */

bool unp_sender_crowd(const struct unp_sender *out, size_t n)
{
    return n > out->burst / 2 || (out->shared && n * unp_sender_cost(0) > out->pool / 4);
}

bool unp_sender_crowd_may_send(struct unp_sender *out)
{
    size_t part = out->burst / 8 + 1, queued = 0;

    if (out->room)
        return true;
    if (out->relays && unp_sender_crowd(out, out->recipients))
        queued = unp_backlog();
    if (queued >= part) {
        int64_t now = unp_now();

        if (!out->full_since)
            out->full_since = now;
        if (now - out->full_since < PATIENCE_MS)
            return false;
        out->full_since = now - PATIENCE_MS + AGAIN_MS;
        queued = 0;
    } else {
        out->full_since = 0;
    }
    out->room = part - queued;
    return true;
}

bool unp_sender_crowd_waits(struct unp_sender *out)
{
    return !out->room && (out->full_since || !unp_sender_crowd_may_send(out));
}

void unp_sender_crowd_sent(struct unp_sender *out, size_t len)
{
    size_t packets = len / PACKET + 1;

    out->room -= packets < out->room ? packets : out->room;
}
