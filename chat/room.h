/* Fan-out of lines to all members, and eviction of members that fall behind. */
#ifndef ROOM_H
#define ROOM_H

#include "load.h"

/* Times stall_limit: how long a member whose receive window is open may be without progress. */
#define SILENT_TIMES 4

struct room {
    struct unp_server *srv;
    int stall_limit;      /* ms that a member's send queue may make no progress */
    char not_reading[80]; /* the abort reason after stall_limit with a closed receive window … */
    char silent[80];      /* … and after SILENT_TIMES that with an open one */
    int64_t checked;      /* last check of room_tick(), ms */
    struct load load;
    struct voice own; /* of the server's announcements */
};

/* A line for all members. */
struct line {
    struct unp_association *from; /* the line is not sent to this one; NULL: to all */
    struct voice *voice;          /* the sender that is charged; NULL: the server */
    bool echo_ok;                 /* `from` may receive a copy, which it hides */
    uint16_t channel;             /* stream */
    const char *text;
    size_t len;
};

/* Call after Unp_server_start(). */
void room_open(struct room *room);
/* The longest line that can be sent to every member, in bytes. */
size_t room_longest(const struct room *room);
/* May the voice (NULL: the server's) send a line of `len` bytes now?  False: it must wait. */
bool room_carries(struct room *room, struct voice *voice, size_t len);
void room_say(struct room *room, const struct line *line);
/* Sends a line to one member; does nothing if `to` is NULL. */
void room_tell(struct room *room, struct unp_association *to, uint16_t channel, const char *line,
               size_t len);
/* Aborts members whose send queue makes no progress.  Call it at every tick of the server: it
 * checks every 100 ms. */
void room_tick(struct room *room);

#endif
