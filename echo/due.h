/* The replies that are due: what was sent and has not come back. */
#ifndef DUE_H
#define DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: nothing is due. */
struct due {
    struct due_entry *ring;
    size_t room, first, used; /* entries; first + i, for i < used, are in order of sending */
    size_t count, bytes;      /* of what is due */
};

/* A message was sent at time `now`.  `line` is where it came from.  -1: no memory. */
int due_add(struct due *d, const void *data, size_t len, uint32_t line, int64_t now);
/* A message came.  True when it is one that was due: it is not any longer. */
bool due_reply(struct due *d, const void *data, size_t len);
/* A message of this line will not arrive.  True when one was due. */
bool due_failed(struct due *d, uint32_t line);
/* The line, and when it was sent, of the message that has been due for longest.  False: none is. */
bool due_oldest(const struct due *d, uint32_t *line, int64_t *sent);
void due_free(struct due *d);

#endif
