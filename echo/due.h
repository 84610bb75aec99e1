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

/* A message was sent at time `now`.  `id` is its own, `line` where it came from.  -1: no memory. */
int due_add(struct due *d, const void *data, size_t len, uint32_t id, uint32_t line, int64_t now);
/* A message came.  True when it is one that was due: it is not any longer. */
bool due_reply(struct due *d, const void *data, size_t len);
/* The message with this id will not come.  Returns its line, or 0 when it is not due. */
uint32_t due_failed(struct due *d, uint32_t id);
/* The message that has been due for longest: its id, line, and when it was sent.  False: none is.
 */
bool due_oldest(const struct due *d, uint32_t *id, uint32_t *line, int64_t *sent);
void due_free(struct due *d);

#endif
