/* Who is in the room, as far as the client was told. */
#ifndef PRESENT_H
#define PRESENT_H

#include "tty/words.h"

#include <stdbool.h>
#include <stddef.h>

/* All zero: nobody is known. */
struct present {
    void *names; /* a tree of tsearch(3) */
    bool listed; /* a list of all was received since */
};

/* Takes names from a line of the server: /who's list, arrivals and departures, new names, and the
 * senders of lines.  Ends the program when there is no memory. */
void Present_hear(struct present *p, const char *line, size_t len);
/* Adds the names, each with `after` behind it, except `but`. */
void Present_offer(const struct present *p, const char *but, const char *after,
                   struct unp_words *words);
void present_clear(struct present *p);

#endif
