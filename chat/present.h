/* The client's list of members, from the server's lines. */
#ifndef PRESENT_H
#define PRESENT_H

#include "tty/words.h"

#include <stdbool.h>
#include <stddef.h>

enum { PRESENT_MAX = 10000 };

/* All zero: an empty list. */
struct present {
    void *names;  /* a tree of tsearch(3) */
    size_t count; /* at most PRESENT_MAX: a hostile server can say any number of names */
    bool listed;  /* the server's list of all members was received */
};

/* Updates the list from a line of the server: the reply to /who, arrivals, departures, new names,
 * and senders of lines.  Ends the program when there is no memory. */
void Present_hear(struct present *p, const char *line, size_t len);
/* Adds the names except `but`, each followed by `after`. */
void Present_offer(const struct present *p, const char *but, const char *after,
                   struct unp_words *words);
void present_clear(struct present *p);

#endif
