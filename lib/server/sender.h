/*
 * The sending side of a one-to-many server's socket, between its files:
 *
 *   sender.c    the way in: send, drain, sender-dry notifications
 *   sendall.c   SCTP_SENDALL where it can be trusted
 *   evict.c     whom to abort when the shared buffer is short
 *   batch.c     messages that go out with the next sendmmsg()
 *   sendq.c     the send queue of an association
 *   budget.c    how much may be in flight
 *   progress.c  whether a peer takes what it is sent
 *
 * A file uses those below it, and none above.
 */
#ifndef SENDER_H
#define SENDER_H

#include "receive/receive.h"
#include "server.h"

#define BATCH 32 /* messages to one sendmmsg() */

TAILQ_HEAD(unp_assoc_list, unp_association);

/* A message in a send queue. */
struct unp_queued {
    TAILQ_ENTRY(unp_queued) link;
    unsigned char *data; /* malloc'd */
    size_t len;
    struct sctp_sndinfo snd;
};

/* A message in the batch. */
struct unp_outgoing {
    struct unp_association *a; /* NULL: it has gone, the message is sent to nobody */
    unsigned char *owned;
};

struct unp_control {
    _Alignas(struct cmsghdr) unsigned char room[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
};

struct unp_sender {
    int fd;
    struct unp_memory *memory; /* counts the queues; NULL: nobody does */
    void (*make_room)(void *); /* called when they hold too much */
    void *make_room_arg;
    bool relays;                   /* see unp_sender_relay() */
    bool shared;                   /* all associations share one send buffer */
    size_t buffer, max_queue;      /* bytes */
    size_t receive_buffer;         /* bytes */
    size_t burst;                  /* packets that may go at once */
    size_t used;                   /* of the shared buffer, with what is in the batch */
    int64_t last_check;            /* when we last looked for stuck peers, ms */
    struct unp_assoc_list served;  /* those that anything was sent to */
    struct unp_assoc_list blocked; /* blocked on the buffer, oldest first */
    int count;                     /* of the batch */
    struct unp_outgoing batch[BATCH];
    struct mmsghdr headers[BATCH];
    struct iovec iov[BATCH];
    struct unp_control control[BATCH];
};

/* ---- sender.c ------------------------------------------------------------- */

/* Everything that was sent to the association is acknowledged: sends on from its queue. */
void unp_sender_all_acked(struct unp_sender *out, struct unp_association *a);

/* ---- evict.c -------------------------------------------------------------- */

/* Is the shared buffer so full that an association has to be aborted? */
bool unp_sender_buffer_low(const struct unp_sender *out);
/* Aborts peers that hold the shared buffer and acknowledge nothing.  Those that turn out to have
 * acknowledged everything are settled by `settle`. */
void unp_sender_evict(struct unp_sender *out,
                      void (*settle)(struct unp_sender *, struct unp_association *));

/* ---- batch.c -------------------------------------------------------------- */

/* Adds a message; takes over `owned`.  The batch must not be full. */
void unp_sender_batch_add(struct unp_sender *out, struct unp_association *a, unsigned char *data,
                          size_t len, unsigned char *owned, const struct sctp_sndinfo *snd);
bool unp_sender_batch_has(const struct unp_sender *out, const struct unp_association *a);
/* A message can be neither sent nor kept: aborts the association, or where messages are relayed
 * counts the loss. */
void unp_sender_give_up(struct unp_sender *out, struct unp_association *a, const char *why);

/* ---- sendq.c -------------------------------------------------------------- */

/* Append a message, or put one back at the head; take over `owned`, or copy.  Return NULL, or why
 * that failed: static text. */
const char *unp_sender_queue_add(struct unp_sender *out, struct unp_association *a,
                                 const struct unp_message *msg, const struct sctp_sndinfo *snd);
const char *unp_sender_queue_back(struct unp_sender *out, struct unp_association *a,
                                  const struct unp_message *msg, const struct sctp_sndinfo *snd);
/* Takes the first message, which the caller frees; NULL: none. */
struct unp_queued *unp_sender_queue_take(struct unp_sender *out, struct unp_association *a);
void unp_sender_queue_clear(struct unp_sender *out, struct unp_association *a);
/* The association is no longer blocked, or it is blocked on the buffer. */
void unp_sender_reopen(struct unp_sender *out, struct unp_association *a);
void unp_sender_block(struct unp_sender *out, struct unp_association *a);

/* ---- budget.c ------------------------------------------------------------- */

/* What a message of this length costs of the send buffer, at most, in bytes. */
size_t unp_sender_cost(size_t len);
/* Counts a message that goes to the association, until all is acknowledged; or one that did not go
 * after all. */
void unp_sender_add_unacked(struct unp_sender *out, struct unp_association *a, size_t bytes);
void unp_sender_sub_unacked(struct unp_association *a, size_t bytes);
/* Asks how much of the shared buffer is in use, where that matters. */
void unp_sender_ask_used(struct unp_sender *out);
/* So little of the shared buffer is in use that it does not matter who uses it. */
bool unp_sender_buffer_ample(const struct unp_sender *out);
/* The most bytes that an association may have in flight now. */
size_t unp_sender_bound(const struct unp_sender *out);
/* Would one more message of this length exceed that? */
bool unp_sender_full(const struct unp_sender *out, const struct unp_association *a, size_t len);

/* ---- progress.c ----------------------------------------------------------- */

/* Does the stack wait for acknowledgements of this peer? */
bool unp_sender_awaits_ack(const struct unp_sender *out, const struct unp_association *a);
/* Asks the stack when the peer last acknowledged or read anything; ms.  *waiting: the stack waits
 * for its acknowledgements, or cannot be asked any more. */
int64_t unp_sender_last_progress(const struct unp_sender *out, struct unp_association *a,
                                 int64_t now, bool *waiting);

#endif
