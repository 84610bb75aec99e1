/* Flow control of the room: which member must wait before its next line is relayed. */
#ifndef LOAD_H
#define LOAD_H

#include "server/program.h"

/* A sender.  All zero: it has sent nothing. */
struct voice {
    uint64_t mark; /* value of load.said after its first line that may still be queued */
    size_t spoken; /* its bytes since then */
    bool known;    /* it may use all of the space, and may always send a small amount */
};

struct load {
    size_t most_queued; /* limit of a member's send queue, bytes */
    size_t space;       /* bytes that all voices together may have queued for each member */
    int stall_limit;    /* how long senders wait for a slow member, ms */
    uint64_t said;      /* bytes relayed so far */
    size_t waiting;     /* those of them that are in no send queue yet */
    uint64_t reached;   /* bytes sent to every member that senders wait for */
    size_t queued;      /* longest send queue, bytes */
    int64_t measured;   /* time of the last measurement, ms */
};

/* May the voice send `bytes` to all members of the table now?  Measures their send queues, at most
 * every 5 ms. */
bool load_permits(struct load *load, struct voice *v, size_t bytes, const struct unp_table *all);
/* Counts a line that is relayed. */
void load_add(struct load *load, struct voice *v, size_t bytes);

#endif
