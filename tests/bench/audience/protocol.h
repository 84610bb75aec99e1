/* The protocols that audience speaks. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

enum { MOST_JOIN = 128, MOST_FRAME = 32 }; /* bytes: of a join, and around the text of a line */

struct protocol {
    const char *name;
    bool sctp; /* each message of the association is a unit; false: a TCP connection */
    /* Writes what the client with this number sends first; returns its length, at most MOST_JOIN.
     */
    size_t (*join)(char *to, int number, bool speaks);
    /* Writes what says a text; returns its length, at most MOST_FRAME more than that of the text.
     */
    size_t (*say)(char *to, const char *text, size_t len);
    /* The length of the first unit (line or packet) of what was received; 0: it is incomplete. */
    size_t (*unit)(const char *from, size_t len);
    const char *joined; /* the unit that contains this ends the join */
};

/* NULL: there is none of this name. */
const struct protocol *protocol_named(const char *name);

#endif
