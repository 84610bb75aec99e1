/* What comes on a socket: whole messages and notifications, one after the other. */
#ifndef RECEIVER_H
#define RECEIVER_H

#include "receive.h"
#include "unpsctp.h"

/* Who receives; all that is not said otherwise is to be set. */
struct unp_receiver {
    size_t max_message;  /* bytes */
    bool want_addresses; /* with each message the peer's address that it came from; else NULL */
    void *user;
    /* A whole message: frees msg->owned or gives it away; msg->data may be in the inbox, and is
     * gone with the next batch. */
    void (*message)(void *user, const struct unp_message *msg, const struct sockaddr *from);
    /* A whole notification of `len` bytes, which is gone afterwards. */
    void (*notification)(void *user, const union sctp_notification *n, size_t len);
    /* A message cannot be put together: it has more than max_message bytes (EMSGSIZE), or there is
     * no memory (ENOMEM).  The association is to be aborted: what else comes of it is thrown away.
     * Id 0: it was a notification, which is left out. */
    void (*failed)(void *user, sctp_assoc_t id, int err);
    /* With several associations: where the messages of this one are put together; NULL: what it
     * sends is thrown away. */
    struct unp_reassembly *(*reassembly_of)(void *user, sctp_assoc_t id);
    /* A fragment was kept; the place to bound the memory of all reassemblies.  May be NULL. */
    void (*kept)(void *user);
    /* receiver.c's own: */
    struct unp_inbox *in;
    struct unp_reassembly data, notice;
};

/* Room for so many fragments at a time.  0, or -1 and errno: there is no memory. */
int unp_receiver_open(struct unp_receiver *r, unsigned fragments);
/* Room for as many as most have; ends the program when there is no memory. */
void Unp_receiver_open(struct unp_receiver *r);
void unp_receiver_close(struct unp_receiver *r);
/* Takes what has come, waiting for it as recv(2) does with `flags`.  How many fragments that was,
 * or -1 and errno. */
int unp_receiver_take(struct unp_receiver *r, int fd, int flags);

#endif
