/* How much the room carries, and who has to wait when more is said. */
#ifndef LOAD_H
#define LOAD_H

#include "server/server.h"

/* One who says something.  All zero: has said nothing. */
struct voice {
    uint64_t mark; /* what struct load counted when it began to say … */
    size_t spoken; /* … so many bytes, of which some may have to wait still */
};

struct load {
    size_t most_queued; /* bytes that may wait for a member */
    uint64_t said;      /* bytes that were said to all, ever */
    uint64_t reached;   /* of these, what everybody has been sent that others wait for */
    size_t queued;      /* bytes: the longest queue */
    int64_t measured;   /* when that was, ms */
};

/* May a voice say so many bytes now?  Measures at most every few ms how much waits for the members
 * of the table, all of whom have to be sent it. */
bool load_permits(struct load *load, struct voice *v, size_t bytes, const struct unp_table *all);
/* It says them. */
void load_add(struct load *load, struct voice *v, size_t bytes);

#endif
