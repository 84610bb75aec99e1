/* Receiving in batches, and reassembly of messages: the parts of struct unp_receiver. */
#ifndef RECEIVE_INSIDE_H
#define RECEIVE_INSIDE_H

#include "receiver.h"

#pragma GCC visibility push(hidden)

/* ---- batches: inbox.c ---------------------------------------------------- */

/* One received message, fragment of one (no MSG_EOR), or notification. */
struct unp_fragment {
    unsigned char *data;
    size_t len;
    int flags;                   /* MSG_EOR, MSG_NOTIFICATION */
    struct sctp_rcvinfo rcv;     /* all zero for a notification */
    const struct sockaddr *from; /* the peer's address that sent it; NULL: not wanted */
};

/* Receives in batches.  Fragments are valid until the next unp_inbox_recv(). */
struct unp_inbox;

/* Room for `fragments` fragments of `size` bytes; NULL and errno when there is no memory. */
struct unp_inbox *unp_inbox_new(unsigned fragments, size_t size);
void unp_inbox_free(struct unp_inbox *in);
/* Records the peer's address of each fragment. 0, or -1 and errno. */
int unp_inbox_want_addresses(struct unp_inbox *in);
/*
 * Waits as recv(2) does (with `flags`, such as MSG_DONTWAIT; SO_RCVTIMEO applies) and receives all
 * that has arrived, as far as there is room.  Returns the number of fragments, or -1 and errno:
 * EAGAIN, EINTR, ENOTCONN...
 */
int unp_inbox_recv(struct unp_inbox *in, int fd, int flags);
/* Fragment i of the last receive, from 0. */
struct unp_fragment *unp_inbox_fragment(struct unp_inbox *in, int i);

/* ---- reassembly: reassembly.c -------------------------------------------- */

/*
 * Adds a fragment.  Returns 1 and fills in *msg when that completes a message (the caller owns
 * msg->owned); 0 when more fragments follow; -1 with EMSGSIZE when the message exceeds `max` bytes,
 * or all incomplete messages together exceed four times that, or with ENOMEM.  After -1 no further
 * message of the association can be reassembled.  RFC 6458, section 3.1.4.
 */
int unp_reassemble(struct unp_reassembly *a, const struct unp_fragment *fragment, size_t max,
                   struct unp_message *msg);
/*
 * Drops the message whose partial delivery was aborted, and keeps the others.  The notification has
 * its stream and sequence number (RFC 6458, section 6.1.7).  Linux sets both to 0 unless it
 * interleaves messages (I-DATA, RFC 8260); without interleaving only one message is in partial
 * delivery.
 */
void unp_reassembly_abort(struct unp_reassembly *a, const struct sctp_pdapi_event *event);

#pragma GCC visibility pop

#endif
