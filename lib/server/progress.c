/*
 * Whether a peer acknowledges and reads, from the stack's statistics.
 *
 * A sender-dry notification is not enough: on a slow path it takes long until everything is
 * acknowledged, and the notification may be read late, behind megabytes from other peers.  So the
 * stack is asked from time to time.  Linux reports how many chunks were sent, without
 * retransmissions, so the number of acknowledged chunks is known.  (Its view of the peer's receive
 * window also changes when it retransmits.)  For libusrsctp, a change of the receive window or of
 * the number of chunks in flight is progress.
 */
#include "sender.h"

/* A receive window of fewer bytes counts as closed. */
#define CLOSED_BELOW 1500

/* Are acknowledgements outstanding?  Between two probes of a closed window libusrsctp reports no
 * unacknowledged data, although it has unsent data.  (sstat_penddata counts received data.) */
static bool awaits_ack(const struct unp_sender *out, const struct sctp_status *status)
{
    return status->sstat_unackdata || (out->relays && !status->sstat_rwnd);
}

bool unp_sender_awaits_ack(const struct unp_sender *out, const struct unp_association *a)
{
    struct sctp_status status;

    return unp_get_status(unp_socket_of(a, out->fd), a->id, &status) == 0 &&
           awaits_ack(out, &status);
}

static void update(struct unp_association *a, const struct sctp_status *status, uint64_t sent,
                   int64_t now)
{
    const struct unp_progress last = a->out.seen;
    uint64_t acked = sent > status->sstat_unackdata ? sent - status->sstat_unackdata : 0;

    /* A peer can take back what it has acknowledged beyond a gap: only what is new counts. */
    if (sent)
        a->out.seen = (struct unp_progress){.acked = acked > last.acked ? acked : last.acked};
    else /* unacknowledged probes of a closed window come and go, and are no progress */
        a->out.seen = (struct unp_progress){
            .unacked = status->sstat_rwnd ? status->sstat_unackdata : 0,
            .rwnd = status->sstat_rwnd,
        };
    a->out.window_closed = status->sstat_rwnd < CLOSED_BELOW;
    if (!a->out.last_progress || last.unacked != a->out.seen.unacked ||
        last.rwnd != a->out.seen.rwnd || last.acked != a->out.seen.acked)
        a->out.last_progress = now;
}

int64_t unp_sender_last_progress(const struct unp_sender *out, struct unp_association *a,
                                 int64_t now, bool *waiting)
{
    /* Before the status, or what is sent in between would seem to be acknowledged. */
    uint64_t sent = unp_chunks_sent(unp_socket_of(a, out->fd), a->id);
    struct sctp_status status;

    *waiting = true;
    if (unp_get_status(unp_socket_of(a, out->fd), a->id, &status) == 0) {
        update(a, &status, sent, now);
        *waiting = awaits_ack(out, &status);
    }
    return a->out.last_progress;
}
