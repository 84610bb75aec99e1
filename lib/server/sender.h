/*
 * The sending side of a one-to-many server's socket, in layers: a file uses only those below it.
 *
 *   sender.c    entry points: send, drain, retry, sender-dry notifications
 *   crowd.c     when the packets to a crowd must wait for the network's queue
 *   sendall.c   SCTP_SENDALL where it reaches each association exactly once
 *   evict.c     which peer to abort when the shared send buffer is low
 *   batch.c     messages for the next sendmmsg(), and failed sends
 *   sendq.c     the send queue of an association
 *   budget.c    how many bytes may be in flight
 *   progress.c  whether a peer acknowledges and reads
 */
#ifndef SENDER_H
#define SENDER_H

#include "inside.h"

#pragma GCC visibility push(hidden)

#define BATCH 32 /* messages per sendmmsg() */

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
    struct unp_association *a; /* NULL: the message is dropped */
    unsigned char *owned;
};

struct unp_control {
    _Alignas(struct cmsghdr) unsigned char room[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
};

struct unp_sender {
    int fd;
    struct unp_memory *memory; /* counts the send queues; may be NULL */
    void (*make_room)(void *); /* called when memory is short */
    void *make_room_arg;
    bool relays;                   /* see unp_sender_relay() */
    bool shared;                   /* all associations share one send buffer */
    size_t buffer, max_queue;      /* bytes */
    size_t queued;                 /* bytes in all send queues */
    size_t receive_buffer;         /* bytes */
    size_t burst;                  /* packets that may be sent at once */
    size_t pool;                   /* bytes that all associations together may have in flight */
    size_t used;                   /* bytes of the pool, including the batch */
    int64_t last_check;            /* when unp_sender_evict() last ran, ms */
    size_t room;                   /* packets that the network's queue has room for: crowd.c */
    int64_t full_since;            /* since when it has none, ms (crowd.c); 0: it has */
    struct unp_assoc_list sent_to; /* associations to which a message was sent */
    size_t recipients;             /* their number */
    struct unp_assoc_list blocked; /* blocked on the buffer, oldest first */
    int count;                     /* messages in the batch */
    struct unp_outgoing batch[BATCH];
    struct mmsghdr headers[BATCH];
    struct iovec iov[BATCH];
    struct unp_control control[BATCH];
};

/* ---- evict.c -------------------------------------------------------------- */

/* Is the pool so full that an association has to be aborted? */
bool unp_sender_buffer_low(const struct unp_sender *out);
/* Aborts peers that hold the pool and acknowledge nothing.  Calls all_acked() for a peer that turns
 * out to have acknowledged everything. */
void unp_sender_evict(struct unp_sender *out,
                      void (*all_acked)(struct unp_sender *, struct unp_association *));

/* ---- batch.c -------------------------------------------------------------- */

/* Adds a message and takes over `owned`.  The batch must not be full. */
void unp_sender_batch_add(struct unp_sender *out, struct unp_association *a, unsigned char *data,
                          size_t len, unsigned char *owned, const struct sctp_sndinfo *snd);
bool unp_sender_batch_has(const struct unp_sender *out, const struct unp_association *a);
/* A message can be neither sent nor queued: aborts the association, or where messages are relayed,
 * counts the message as lost. */
void unp_sender_give_up(struct unp_sender *out, struct unp_association *a, const char *why);

/* ---- sendq.c -------------------------------------------------------------- */

/* Append a message, or put one back at the head.  Take over msg->owned, or copy the data.  Return
 * NULL, or the reason of a failure: static text. */
const char *unp_sender_queue_add(struct unp_sender *out, struct unp_association *a,
                                 const struct unp_message *msg, const struct sctp_sndinfo *snd);
const char *unp_sender_queue_back(struct unp_sender *out, struct unp_association *a,
                                  const struct unp_message *msg, const struct sctp_sndinfo *snd);
/* Removes the first message, which the caller frees with its data.  NULL: the queue is empty. */
struct unp_queued *unp_sender_queue_take(struct unp_sender *out, struct unp_association *a);
void unp_sender_queue_clear(struct unp_sender *out, struct unp_association *a);
/* Marks the association as not blocked. */
void unp_sender_reopen(struct unp_sender *out, struct unp_association *a);
/* Marks the association as blocked on the buffer, if it is open. */
void unp_sender_block(struct unp_sender *out, struct unp_association *a);

/* ---- budget.c ------------------------------------------------------------- */

/* Upper estimate of the send buffer that a message of this length uses, in bytes. */
size_t unp_sender_cost(size_t len);
/* Add a message to the bytes in flight, or subtract it when it was not sent. */
void unp_sender_add_unacked(struct unp_sender *out, struct unp_association *a, size_t bytes);
void unp_sender_sub_unacked(struct unp_association *a, size_t bytes);
/* Updates `used` from the stack, unless the buffer is ample. */
void unp_sender_ask_used(struct unp_sender *out);
/* Is so little of the pool in use that an estimate is enough? */
bool unp_sender_buffer_ample(const struct unp_sender *out);
/* Most bytes that an association may have in flight; never more than max_queue. */
size_t unp_sender_bound(const struct unp_sender *out);
/* Would a message of this length exceed that bound?  An association with nothing in flight may
 * exceed it with one message. */
bool unp_sender_full(const struct unp_sender *out, const struct unp_association *a, size_t len);

/* ---- crowd.c -------------------------------------------------------------- */

/* Is there room for the next message in the network's queue?  True if the associations are not a
 * crowd. */
bool unp_sender_crowd_may_send(struct unp_sender *out);
/* Must the next message wait, for the queue or behind others that do? */
bool unp_sender_crowd_waits(struct unp_sender *out);
/* A message for a crowd was sent. */
void unp_sender_crowd_sent(struct unp_sender *out, size_t len);

/* ---- progress.c ----------------------------------------------------------- */

/* Does the stack wait for acknowledgements from this peer? */
bool unp_sender_awaits_ack(const struct unp_sender *out, const struct unp_association *a);
/* Asks the stack, and returns when the peer last acknowledged or read anything, in ms of unp_now().
 * *waiting: acknowledgements are outstanding, or the stack has no such association any more. */
int64_t unp_sender_last_progress(const struct unp_sender *out, struct unp_association *a,
                                 int64_t now, bool *waiting);

#pragma GCC visibility pop

#endif
