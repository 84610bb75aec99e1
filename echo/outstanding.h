/* Outstanding messages: sent, and not yet echoed. */
#ifndef OUTSTANDING_H
#define OUTSTANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: an empty list. */
struct outstanding {
    struct outstanding_entry *ring;
    size_t room, first, used; /* entries; first + i, for i < used, are in order of sending */
    size_t count, bytes;      /* of the outstanding messages */
};

/* Adds a message sent at time `now` with a unique `id`, from input line `line`.  -1: no memory. */
int outstanding_add(struct outstanding *o, const void *data, size_t len, uint32_t id, uint32_t line,
                    int64_t now);
/* Removes the message that this is the echo of.  False: there is none. */
bool outstanding_reply(struct outstanding *o, const void *data, size_t len);
/* Removes the message with this id, which will not be echoed.  Returns its line; 0: not found. */
uint32_t outstanding_failed(struct outstanding *o, uint32_t id);
/* The oldest outstanding message: its id, line, and time of sending.  False: there is none. */
bool outstanding_oldest(const struct outstanding *o, uint32_t *id, uint32_t *line, int64_t *sent);
void outstanding_free(struct outstanding *o);

#endif
