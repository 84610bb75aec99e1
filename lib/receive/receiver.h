/* Whole messages and notifications from a socket, one after the other. */
#ifndef UNP_RECEIVER_H
#define UNP_RECEIVER_H

#include "receive.h"
#include "unpsctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The caller sets the members above the private ones. */
struct unp_receiver {
    size_t max_message;  /* bytes */
    bool want_addresses; /* pass the peer's address with each message; otherwise NULL */
    void *user;
    /* A whole message.  Frees msg->owned or passes it on.  When `owned` is NULL, the data is valid
     * until the next batch. */
    void (*message)(void *user, const struct unp_message *msg, const struct sockaddr *from);
    /* A whole notification of `len` bytes, valid during the call. */
    void (*notification)(void *user, const union sctp_notification *n, size_t len);
    /* A message cannot be reassembled: it has more than max_message bytes (EMSGSIZE), or there is
     * no memory (ENOMEM).  The function should abort the association, whose further data is
     * dropped.  Id 0: it was a notification, which is skipped. */
    void (*failed)(void *user, sctp_assoc_t id, int err);
    /* Returns the reassembly of an association; NULL: drop its data.  The member may be NULL when
     * the socket has only one association. */
    struct unp_reassembly *(*reassembly_of)(void *user, sctp_assoc_t id);
    /* A fragment was kept.  The function bounds the memory of all reassemblies.  May be NULL. */
    void (*kept)(void *user);
    /* Private to receiver.c: */
    struct unp_inbox *in;
    struct unp_reassembly data, notice;
};

/* Allocates room for batches of `fragments`.  Returns 0, or -1 and errno: no memory. */
int unp_receiver_open(struct unp_receiver *r, unsigned fragments);
/* The same with the default number; ends the program when there is no memory. */
void Unp_receiver_open(struct unp_receiver *r);
void unp_receiver_close(struct unp_receiver *r);
/* Receives a batch, waiting as recv(2) does with `flags`, and passes it to the callbacks.  Returns
 * the number of fragments, or -1 and errno. */
int unp_receiver_take(struct unp_receiver *r, int fd, int flags);

#ifdef __cplusplus
}
#endif

#endif
