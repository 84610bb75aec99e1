/*
 * SCTP_SENDALL, where it can be trusted.
 *
 * One call, and the stack sends to every association of the socket: it has the list of
 * who is there.  But if one of them has no room, the call waits, and all others with it;
 * and if it may not wait, it ends with EAGAIN somewhere in that list and does not say where:
 * to try again doubles the message for some, to go on loses it for the others.
 *
 * So it is used when nothing is under way to anybody: each association has room for a message
 * then, and so has the buffer that they may share.  And it is used when all associations that the
 * stack has are ours: one of which we have not been told yet may have fewer streams, and the call
 * would end there with EINVAL, after others have got the message.  That is how a conversation
 * mostly is: people say less than the network carries.  And acknowledgements are asked for at once,
 * so that the next message finds nothing under way either.
 *
 * The call also sends to thousands in one go, more than the queue of a network card, or of the
 * loopback, takes; and what they answer has to wait until it returns, in the receive buffer.
 * What either drops comes a retransmission timeout later.  So there may not be too many of them.
 */
#include "receive/receive.h"
#include "sender.h"

#include <errno.h>

#define SACK_COST 2048 /* bytes of the receive buffer; over loopback half of that */

struct look {
    uint16_t stream;
    bool all_idle;
};

static void look_at(struct unp_association *a, void *arg)
{
    struct look *look = arg;

    if (a->close_reason || a->out.state != SENDQ_OPEN || a->out.unacked || a->out.queued ||
        look->stream >= a->ostreams)
        look->all_idle = false;
}

struct count {
    struct unp_sender *out;
    size_t bytes;
};

static void count_for(struct unp_association *a, void *arg)
{
    const struct count *count = arg;

    unp_sender_add_unacked(count->out, a, count->bytes);
}

/* For one call, where each copy of the message costs so much. */
static bool too_many(const struct unp_sender *out, size_t n, size_t cost)
{
    return n > out->burst || n * SACK_COST > out->receive_buffer ||
           (out->shared ? n : 1) * cost > out->buffer / 2;
}

/* Has the stack no association that we have not been told of, and none less? */
static bool all_are_ours(const struct unp_sender *out, const struct unp_table *all)
{
    uint32_t n = 0;
    socklen_t len = sizeof(n);

    return getsockopt(out->fd, IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER, &n, &len) == 0 &&
           n == all->count;
}

int unp_sender_sendall(struct unp_sender *out, const struct unp_table *all,
                       const struct unp_message *msg, const struct sctp_sndinfo *snd)
{
    struct count count = {out, unp_sender_cost(msg->len)};
    struct look look = {snd->snd_sid, true};
    struct sctp_sndinfo info = *snd;
    ssize_t sent;

    if (too_many(out, all->count, count.bytes))
        return 0;
    unp_sender_flush(out);
    unp_table_walk(all, look_at, &look);
    if (!look.all_idle || !all_are_ours(out, all))
        return 0;
    info.snd_flags |= SCTP_SENDALL | SCTP_SACK_IMMEDIATELY;
    info.snd_assoc_id = 0;
    do
        sent = unp_send_info(out->fd, msg->data, msg->len, &info, NULL, MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    unp_table_walk(all, count_for, &count); /* where it failed, each of them may have it */
    return sent < 0 ? -1 : 1;
}
