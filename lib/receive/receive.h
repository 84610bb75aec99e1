/* Receiving in batches, and putting the fragments of messages together. */
#ifndef RECEIVE_H
#define RECEIVE_H

#include "unpsctp.h"

/* What one receive gave: a message, a part of one (no MSG_EOR), or a notification. */
struct unp_fragment {
    unsigned char *data;
    size_t len;
    int flags;                   /* MSG_EOR, MSG_NOTIFICATION */
    struct sctp_rcvinfo rcv;     /* all zero for a notification */
    const struct sockaddr *from; /* the peer's address that it came from; NULL: not asked for */
};

/* Receives in batches.  Pieces live until the next unp_inbox_recv(). */
struct unp_inbox;

/* Room for `fragments` fragments of `size` bytes; NULL and errno when there is no memory. */
struct unp_inbox *unp_inbox_new(unsigned fragments, size_t size);
void unp_inbox_free(struct unp_inbox *in);
/* From now on fragments have the address that they came from.  0, or -1 and errno. */
int unp_inbox_want_addresses(struct unp_inbox *in);
/*
 * Waits for something as recv(2) does (with `flags`, such as MSG_DONTWAIT; the
 * socket's SO_RCVTIMEO holds) and takes all that is there, up to the room.
 * Returns the number of fragments, or -1 and errno: EAGAIN, EINTR, ENOTCONN...
 */
int unp_inbox_recv(struct unp_inbox *in, int fd, int flags);
/* Piece i of the last receive, from 0. */
struct unp_fragment *unp_inbox_fragment(struct unp_inbox *in, int i);

/* A whole message or notification. */
struct unp_message {
    unsigned char *data;
    size_t len;
    struct sctp_rcvinfo rcv;
    unsigned char *owned; /* free() this when done with data; NULL: data lives in the inbox */
};

/* The messages of one association that have begun to arrive.  All zero: none. */
struct unp_reassembly {
    struct unp_part *parts;
    size_t size;           /* bytes held in parts */
    size_t allocated;      /* bytes of memory that they take … */
    _Atomic size_t *total; /* … which are counted here as well; NULL: nowhere */
    bool aborted; /* a receiver's: the association is aborted, what still comes is thrown away */
};

/*
 * Adds a fragment.  Returns 1 and fills *msg in when that makes a message whole
 * (the caller owns msg->owned), 0 when more is to come, -1 with EMSGSIZE when
 * the message exceeds `max` bytes, or all that have begun four times that, or with ENOMEM; the
 * association cannot be understood after that.  RFC 6458, section 3.1.4.
 */
int unp_reassemble(struct unp_reassembly *a, const struct unp_fragment *fragment, size_t max,
                   struct unp_message *msg);
/*
 * Forgets the one message whose partial delivery was aborted; the others go on.  RFC 6458, section
 * 6.1.7: the notification says which by stream and sequence number.  Linux says 0 and 0 of any,
 * unless it interleaves messages (I-DATA, RFC 8260); but then it has no other in partial delivery.
 */
void unp_reassembly_abort(struct unp_reassembly *a, const struct sctp_pdapi_event *event);
/* Forgets all that has begun to arrive: the association is over. */
void unp_reassembly_clear(struct unp_reassembly *a);

#endif
