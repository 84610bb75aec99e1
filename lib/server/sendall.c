/*
 * SCTP_SENDALL, where it reaches each association exactly once.
 *
 * One call sends a message to every association of the socket.  When one of them has no room, a
 * blocking call delays all others, and a non-blocking call stops there with EAGAIN.  It does not
 * say where it stopped, so sending again duplicates the message for some peers.  An association
 * with fewer streams, which may not be in the table yet, stops the call in the same way, with
 * EINVAL.
 *
 * So the call is used only when the table has all associations of the stack and the stack has no
 * data in flight.  That is usual between the lines of a chat, and on the kernel's stack the message
 * asks for immediate acknowledgement to keep it so.  On libusrsctp, where separate messages are no
 * slower, the acknowledgements would cost more than they save.  The number of associations is
 * bounded as well: packets beyond the network's queue (unp_burst()), or acknowledgements beyond the
 * receive buffer, would be dropped and retransmitted after a time-out.
 */
#include "receive/receive.h"
#include "sender.h"

#include <errno.h>
#include <linux/sock_diag.h>

#define SACK_COST 2048 /* bytes of receive buffer for one SACK; half over loopback */

struct idle_check {
    const struct unp_sender *out;
    uint16_t stream;
    bool empty; /* the stack has no unacknowledged data */
    bool all_idle;
};

static void check_idle(struct unp_association *a, void *arg)
{
    struct idle_check *check = arg;

    if (a->own) /* the call does not reach it, and the shared socket does not know its data */
        check->all_idle = false;
    if (!check->all_idle)
        return;
    if (a->out.unacked && (check->empty || !unp_sender_awaits_ack(check->out, a)))
        a->out.unacked = 0;
    if (a->close_reason || a->out.state != SENDQ_OPEN || a->out.unacked || a->out.queued ||
        check->stream >= a->ostreams)
        check->all_idle = false;
}

/* Has no association unacknowledged or queued data?  Linux answers for all at once.  libusrsctp is
 * asked about each, which is cheap there. */
static bool is_idle(const struct unp_sender *out, const struct unp_table *all, uint16_t stream)
{
    struct idle_check check = {.out = out, .stream = stream, .all_idle = true};
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(info);

    check.empty = getsockopt(out->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0;
    if (check.empty && info[SK_MEMINFO_WMEM_QUEUED])
        return false;
    unp_table_walk(all, check_idle, &check);
    return check.all_idle;
}

struct count {
    struct unp_sender *out;
    size_t bytes;
};

static void add_unacked(struct unp_association *a, void *arg)
{
    const struct count *count = arg;

    unp_sender_add_unacked(count->out, a, count->bytes);
}

/* Are n associations too many for one call?  A copy of the message uses `cost` bytes of buffer. */
static bool too_many(const struct unp_sender *out, size_t n, size_t cost)
{
    return n > out->burst || n * SACK_COST > out->receive_buffer ||
           (out->shared ? n : 1) * cost > out->buffer / 2;
}

static bool table_is_complete(const struct unp_sender *out, const struct unp_table *all)
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
    struct sctp_sndinfo info = *snd;
    ssize_t sent;

    if (too_many(out, all->count, count.bytes) || unp_sender_crowd_waits(out))
        return 0;
    unp_sender_flush(out);
    if (!is_idle(out, all, snd->snd_sid) || !table_is_complete(out, all))
        return 0;
    info.snd_flags |= SCTP_SENDALL;
    if (unp_is_kernel_socket(out->fd))
        info.snd_flags |= SCTP_SACK_IMMEDIATELY;
    info.snd_assoc_id = 0;
    do
        sent = unp_send_info(out->fd, msg->data, msg->len, &info, NULL, MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    unp_table_walk(all, add_unacked, &count); /* after a failure any peer may have it */
    return sent < 0 ? -1 : 1;
}
