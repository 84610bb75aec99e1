/* What comes on a socket: whole messages and notifications, one after the other. */
#include "receiver.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH      32    /* pieces */
#define PIECE_SIZE 65536 /* what one receive can take: more has to be put together */

int sctp_receiver_open(struct sctp_receiver *r, unsigned pieces)
{
    r->in = sctp_inbox_new(pieces, PIECE_SIZE);
    return r->in && (!r->want_addresses || sctp_inbox_want_addresses(r->in) == 0) ? 0 : -1;
}

void Sctp_receiver_open(struct sctp_receiver *r)
{
    if (sctp_receiver_open(r, BATCH) < 0)
        err_sys("make room for what comes");
}

void sctp_receiver_close(struct sctp_receiver *r)
{
    sctp_assembly_clear(&r->data);
    sctp_assembly_clear(&r->notice);
    sctp_inbox_free(r->in);
    r->data.over = false;
    r->in = NULL;
}

static struct sctp_assembly *assembly_of(struct sctp_receiver *r, sctp_assoc_t id)
{
    return r->assembly_of ? r->assembly_of(r->user, id) : &r->data;
}

static void on_data(struct sctp_receiver *r, const struct sctp_piece *piece)
{
    sctp_assoc_t id = piece->rcv.rcv_assoc_id;
    struct sctp_assembly *a = assembly_of(r, id);
    struct sctp_message msg;
    int whole = a && !a->over ? sctp_assemble(a, piece, r->max_message, &msg) : 0;

    if (whole > 0) {
        r->message(r->user, &msg, piece->from);
    } else if (whole < 0) {
        int err = errno;

        sctp_assembly_clear(a);
        a->over = true; /* the rest is no message */
        r->failed(r->user, id, err);
    }
}

static void on_notification(struct sctp_receiver *r, const struct sctp_piece *piece)
{
    const union sctp_notification *n;
    struct sctp_assembly *a = NULL;
    struct sctp_message msg;
    int whole = sctp_assemble(&r->notice, piece, SIZE_MAX, &msg);

    if (whole < 0) {
        sctp_assembly_clear(&r->notice);
        r->failed(r->user, 0, ENOMEM);
    }
    if (whole <= 0)
        return;
    n = (const union sctp_notification *)(void *)msg.data;
    if (n->sn_header.sn_type == SCTP_PARTIAL_DELIVERY_EVENT)
        a = assembly_of(r, n->sn_pdapi_event.pdapi_assoc_id);
    if (a)
        sctp_assembly_abort(a, &n->sn_pdapi_event); /* the rest will not come */
    r->notification(r->user, n, msg.len);
    free(msg.owned);
}

int sctp_receiver_take(struct sctp_receiver *r, int fd, int flags)
{
    int n = sctp_inbox_recv(r->in, fd, flags);

    for (int i = 0; i < n; i++) {
        const struct sctp_piece *piece = sctp_inbox_piece(r->in, i);

        if (piece->flags & MSG_NOTIFICATION)
            on_notification(r, piece);
        else
            on_data(r, piece);
    }
    return n;
}
