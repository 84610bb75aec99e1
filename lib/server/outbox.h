/* What is inside of a sctp_outbox: for outbox.c, evict.c, progress.c and sendall.c only. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include "server.h"

#define BATCH 32 /* messages to one sendmmsg() */

TAILQ_HEAD(assoc_list, sctp_association);

/* A message on its way into the next sendmmsg(). */
struct outgoing {
    struct sctp_association *a;
    unsigned char *owned;
};

struct control {
    _Alignas(struct cmsghdr) unsigned char room[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
};

struct sctp_outbox {
    int fd;
    struct sctp_memory *memory; /* counts the queues; NULL: nobody does */
    void (*make_room)(void *);  /* called when they hold too much */
    void *make_room_arg;
    bool relays;               /* see sctp_outbox_relay() */
    bool shared;               /* one send buffer for all associations */
    size_t buffer, max_queue;  /* bytes */
    size_t receive_buffer;     /* bytes */
    size_t burst;              /* packets that may go at once */
    size_t used;               /* of the shared buffer, with what is in the batch */
    int64_t looked;            /* when we last looked for stuck peers, ms */
    struct assoc_list served;  /* those that anything was sent to */
    struct assoc_list starved; /* those that there was no room for, oldest first */
    int count;                 /* of the batch */
    struct outgoing batch[BATCH];
    struct mmsghdr headers[BATCH];
    struct iovec iov[BATCH];
    struct control control[BATCH];
};

/* What a message of this length costs of the send buffer, at most, in bytes. */
size_t outbox_cost(size_t len);
/* Counts a message that goes to the association, until all is acknowledged. */
void outbox_add_unacked(struct sctp_outbox *out, struct sctp_association *a, size_t bytes);
/* Asks how much of the shared buffer is in use, where that matters. */
void outbox_ask_used(struct sctp_outbox *out);
/* All that the association was sent has been acknowledged. */
void outbox_settle(struct sctp_outbox *out, struct sctp_association *a);

/* ---- evict.c --------------------------------------------------------------- */

/* Is the shared buffer so full that somebody has to go? */
bool outbox_scarce(const struct sctp_outbox *out);
/* Puts out those that are in the way of all others. */
void outbox_evict(struct sctp_outbox *out);

/* ---- progress.c ------------------------------------------------------------ */

/* Does the stack wait for acknowledgements of this peer? */
bool outbox_waits_for(const struct sctp_outbox *out, const struct sctp_association *a);
/* When it was last seen to acknowledge or read anything, now included; ms. */
int64_t outbox_moved(const struct sctp_outbox *out, struct sctp_association *a, int64_t now);

#endif
