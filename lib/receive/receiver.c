/* Whole messages and notifications from a socket, one after the other. */
#include "inside.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH         32    /* fragments */
#define FRAGMENT_SIZE 69632 /* bytes: a line of 64 KiB and its "[n] "; more is reassembled */

int unp_receiver_open(struct unp_receiver *r, unsigned fragments)
{
    r->in = unp_inbox_new(fragments, FRAGMENT_SIZE);
    return r->in && (!r->want_addresses || unp_inbox_want_addresses(r->in) == 0) ? 0 : -1;
}

void Unp_receiver_open(struct unp_receiver *r)
{
    if (unp_receiver_open(r, BATCH) < 0)
        err_sys("allocate the receive buffers");
}

void unp_receiver_close(struct unp_receiver *r)
{
    unp_reassembly_clear(&r->data);
    unp_reassembly_clear(&r->notice);
    unp_inbox_free(r->in);
    r->data.aborted = false;
    r->in = NULL;
}

static struct unp_reassembly *reassembly_of(struct unp_receiver *r, sctp_assoc_t id)
{
    return r->reassembly_of ? r->reassembly_of(r->user, id) : &r->data;
}

static void on_data(struct unp_receiver *r, const struct unp_fragment *fragment)
{
    sctp_assoc_t id = fragment->rcv.rcv_assoc_id;
    struct unp_reassembly *a = reassembly_of(r, id);
    struct unp_message msg;
    int whole = a && !a->aborted ? unp_reassemble(a, fragment, r->max_message, &msg) : 0;

    if (whole > 0) {
        r->message(r->user, &msg, fragment->from);
    } else if (whole < 0) {
        int err = errno;

        unp_reassembly_clear(a);
        a->aborted = true; /* its other fragments make no message */
        r->failed(r->user, id, err);
    } else if (r->kept) {
        r->kept(r->user);
    }
}

static void on_notification(struct unp_receiver *r, const struct unp_fragment *fragment)
{
    const union sctp_notification *n;
    struct unp_reassembly *a = NULL;
    struct unp_message msg;
    int whole = unp_reassemble(&r->notice, fragment, SIZE_MAX, &msg);

    if (whole < 0) {
        unp_reassembly_clear(&r->notice);
        r->failed(r->user, 0, ENOMEM);
    }
    if (whole <= 0)
        return;
    n = (const union sctp_notification *)(void *)msg.data;
    if (n->sn_header.sn_type == SCTP_PARTIAL_DELIVERY_EVENT)
        a = reassembly_of(r, n->sn_pdapi_event.pdapi_assoc_id);
    if (a)
        unp_reassembly_abort(a, &n->sn_pdapi_event); /* its other fragments will not arrive */
    r->notification(r->user, n, msg.len);
    free(msg.owned);
}

int unp_receiver_take(struct unp_receiver *r, int fd, int flags)
{
    int n = unp_inbox_recv(r->in, fd, flags);

    for (int i = 0; i < n; i++) {
        const struct unp_fragment *fragment = unp_inbox_fragment(r->in, i);

        if (fragment->flags & MSG_NOTIFICATION)
            on_notification(r, fragment);
        else
            on_data(r, fragment);
    }
    return n;
}
