/*
 * Whether a peer takes what it is sent, by what the stack tells.
 *
 * A sender-dry notification says that everything has been acknowledged, which takes long on a slow
 * path, and it may be late, behind megabytes that others have sent.  So the stack is asked, now and
 * then: while a peer acknowledges or reads anything, its receive window or what is in flight
 * changes; or, where both stay at a balance, the number of chunks sent, which Linux alone tells. (A
 * probe of a closed window is one chunk, sent again and again.  The congestion window tells
 * nothing: it shrinks and grows with these.)
 */
#include "sender.h"

/* A receive window of fewer bytes is closed. */
#define CLOSED 1500

/* sstat_penddata says nothing about it: that is data received.  libusrsctp counts nothing between
 * two probes of a closed window, although it holds what it could not send. */
static bool waits(const struct unp_sender *out, const struct sctp_status *status)
{
    return status->sstat_unackdata || (out->relays && !status->sstat_rwnd);
}

bool unp_sender_awaits_ack(const struct unp_sender *out, const struct unp_association *a)
{
    struct sctp_status status;

    return unp_get_status(out->fd, a->id, &status) == 0 && waits(out, &status);
}

/* The chunks that were sent to it, not counting those sent again; 0 if the stack does not tell. */
static uint64_t chunks_sent(const struct unp_sender *out, const struct unp_association *a)
{
    struct sctp_assoc_stats stats = {.sas_assoc_id = a->id};
    socklen_t len = sizeof(stats);

    if (getsockopt(out->fd, IPPROTO_SCTP, SCTP_GET_ASSOC_STATS, &stats, &len) < 0)
        return 0;
    return stats.sas_oodchunks + stats.sas_ouodchunks;
}

static void look(const struct unp_sender *out, struct unp_association *a,
                 const struct sctp_status *status, int64_t now)
{
    const struct unp_progress last = a->out.seen;

    /* A probe of a closed window comes and goes. */
    a->out.seen = (struct unp_progress){
        .unacked = status->sstat_rwnd ? status->sstat_unackdata : 0,
        .rwnd = status->sstat_rwnd,
        .sent = chunks_sent(out, a),
    };
    a->out.window_closed = status->sstat_rwnd < CLOSED;
    if (!a->out.last_progress || last.unacked != a->out.seen.unacked ||
        last.rwnd != a->out.seen.rwnd || last.sent != a->out.seen.sent)
        a->out.last_progress = now;
}

int64_t unp_sender_last_progress(const struct unp_sender *out, struct unp_association *a,
                                 int64_t now, bool *waiting)
{
    struct sctp_status status;

    *waiting = true;
    if (unp_get_status(out->fd, a->id, &status) == 0) {
        look(out, a, &status, now);
        *waiting = waits(out, &status);
    }
    return a->out.last_progress;
}
