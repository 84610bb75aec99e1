/* The batch of messages for the next sendmmsg(), and failed sends. */
#include "cmsg.h"
#include "receive/receive.h"
#include "sender.h"

#include <errno.h>
#include <stdlib.h>

static const char cannot_send[] = "the message cannot be sent";
static const char too_large[] = "the message is larger than the send buffer";

void unp_sender_batch_add(struct unp_sender *out, struct unp_association *a, unsigned char *data,
                          size_t len, unsigned char *owned, const struct sctp_sndinfo *snd)
{
    int i = out->count++;
    struct msghdr *m = &out->headers[i].msg_hdr;

    unp_sender_add_unacked(out, a, unp_sender_cost(len));
    unp_sender_crowd_sent(out, len);
    out->batch[i] = (struct unp_outgoing){.a = a, .owned = owned};
    out->iov[i] = (struct iovec){.iov_base = data, .iov_len = len};
    *m = (struct msghdr){
        .msg_iov = &out->iov[i], .msg_iovlen = 1, .msg_control = out->control[i].room};
    unp_cmsg_put(m, SCTP_SNDINFO, snd, sizeof(*snd));
}

bool unp_sender_batch_has(const struct unp_sender *out, const struct unp_association *a)
{
    for (int i = 0; i < out->count; i++)
        if (out->batch[i].a == a)
            return true;
    return false;
}

void unp_sender_forget(struct unp_sender *out, struct unp_association *a)
{
    for (int i = 0; i < out->count; i++)
        if (out->batch[i].a == a)
            out->batch[i].a = NULL;
    unp_sender_reopen(out, a);
    unp_sender_queue_clear(out, a);
    a->out.unacked = 0;
    if (a->out.in_sent_to) {
        TAILQ_REMOVE(&out->sent_to, a, out.sent_to_link);
        out->recipients--;
    }
    a->out.in_sent_to = false;
}

void unp_sender_abort(struct unp_sender *out, struct unp_association *a, const char *reason)
{
    unp_sender_forget(out, a);
    a->close_reason = reason;
    unp_abort(unp_socket_of(a, out->fd), a->id, reason);
}

void unp_sender_give_up(struct unp_sender *out, struct unp_association *a, const char *why)
{
    if (!out->relays) {
        unp_sender_abort(out, a, why);
        return;
    }
    a->out.lost++;
    a->out.lost_why = why;
}

static struct sctp_sndinfo *sndinfo_of(struct unp_sender *out, int i)
{
    struct cmsghdr *header = (struct cmsghdr *)(void *)&out->control[i];

    return (struct sctp_sndinfo *)(void *)CMSG_DATA(header);
}

static void move(struct unp_sender *out, int to, int from)
{
    if (to == from)
        return;
    out->batch[to] = out->batch[from];
    out->iov[to] = out->iov[from];
    out->control[to] = out->control[from]; /* headers[to] points to them */
}

static void drop(struct unp_sender *out, int i)
{
    unp_sender_sub_unacked(out->batch[i].a, unp_sender_cost(out->iov[i].iov_len));
    free(out->batch[i].owned);
    out->batch[i].a = NULL;
    out->batch[i].owned = NULL;
}

/* Moves the messages of `a` in batch[first..] back to the head of its queue. */
static void requeue(struct unp_sender *out, struct unp_association *a, int first)
{
    for (int i = out->count - 1; i >= first && !a->close_reason; i--) {
        struct unp_outgoing *o = &out->batch[i];
        const struct unp_message msg = {
            .data = out->iov[i].iov_base, .len = out->iov[i].iov_len, .owned = o->owned};
        const char *why;

        if (o->a != a)
            continue;
        unp_sender_sub_unacked(a, unp_sender_cost(msg.len));
        o->a = NULL;
        o->owned = NULL;
        why = unp_sender_queue_back(out, a, &msg, sndinfo_of(out, i));
        if (why)
            unp_sender_give_up(out, a, why);
    }
}

/* The association has ended; its notification follows.  Drops its queued messages and those in
 * batch[first..]. */
static void drop_all(struct unp_sender *out, struct unp_association *a, int first)
{
    a->out.ending_since = unp_now();
    unp_sender_queue_clear(out, a);
    for (int i = first; i < out->count; i++)
        if (out->batch[i].a == a)
            drop(out, i);
}

/* The send of message i has failed with errno. */
static void send_failed(struct unp_sender *out, int i)
{
    struct unp_association *a = out->batch[i].a;

    switch (errno) {
    case EINTR:
        return;
    case EAGAIN:
    case ENOMEM:
    case ENOBUFS:
        requeue(out, a, i);
        if (!a->close_reason)
            unp_sender_block(out, a);
        return;
    case EMSGSIZE:
        drop(out, i);
        unp_sender_give_up(out, a, too_large);
        return;
    case EPIPE:
    case ESHUTDOWN:
        drop_all(out, a, i);
        return;
    case ECONNRESET:
        drop(out, i);
        return;
    default:
        drop(out, i);
        unp_sender_give_up(out, a, cannot_send);
    }
}

/* Closes the gaps that dropped messages have left in batch[first..]. */
static void compact(struct unp_sender *out, int first)
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
 * Does another message for the same association follow message i?  If so, message i is sent with
 * MSG_MORE: the stack delays it, to bundle small messages in a packet in spite of SCTP_NODELAY (RFC
 * 9260, section 6.10).  The last message is sent without MSG_MORE, which sends the delayed ones.
 */
static bool more_follows(const struct unp_sender *out, int i)
{
    for (int k = i + 1; k < out->count; k++)
        if (out->batch[k].a == out->batch[i].a)
            return true;
    return false;
}

/* Sends messages from i on that agree in their socket and in MSG_MORE, a flag of the whole call.
 * Returns how many were sent, or -1. */
static int send_some(struct unp_sender *out, int i)
{
    bool more = more_follows(out, i);
    int fd = unp_socket_of(out->batch[i].a, out->fd);
    unsigned n = 1;

    while (i + (int)n < out->count && more_follows(out, i + (int)n) == more &&
           unp_socket_of(out->batch[i + (int)n].a, out->fd) == fd)
        n++;
    return sendmmsg(fd, out->headers + i, n, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

void unp_sender_flush(struct unp_sender *out)
{
    int i = 0;

    compact(out, 0);
    while (i < out->count) {
        int n = send_some(out, i);

        if (n < 0) {
            send_failed(out, i);
            compact(out, i);
        }
        for (; n > 0; n--, i++) {
            out->batch[i].a->out.stalled_since = 0; /* the peer has new data to acknowledge */
            free(out->batch[i].owned);
        }
    }
    if (out->count)
        unp_sender_ask_used(out);
    out->count = 0;
}
