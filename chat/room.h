/* Fan-out of lines to all members, and eviction of members that fall behind. */
#ifndef ROOM_H
#define ROOM_H

#include "load.h"

/* Times stall_limit: how long a member whose receive window is open may be without progress. */
#define SILENT_TIMES 4

/* Lines that wait for room_flush(), and the bytes of each: longer ones need a packet of their own.
 */
#define ROOM_LINES 32
#define ROOM_BYTES 1024

/* A line for all members. */
struct line {
    struct unp_association *from; /* the line is not sent to this one; NULL: to all */
    struct voice *voice;          /* the sender that is charged; NULL: the server */
    bool echo_ok;                 /* `from` may receive a copy, which it hides */
    uint16_t channel;             /* stream */
    const char *text;
    size_t len;
};

struct room {
    struct unp_server *srv;
    size_t can_send;      /* longest line that the stack can send, bytes */
    int stall_limit;      /* ms that a member's send queue may make no progress */
    char not_reading[80]; /* the abort reason after stall_limit with a closed receive window … */
    char silent[80];      /* … and after SILENT_TIMES that with an open one */
    int64_t checked;      /* last check of room_tick(), ms */
    struct load load;
    struct voice own; /* of the server's announcements */
    int count;        /* of lines that are not yet sent */
    struct line lines[ROOM_LINES];
    char texts[ROOM_LINES][ROOM_BYTES];
};

/* Call after Unp_server_start(). */
void room_open(struct room *room);
/* The longest line that can be sent to every member, in bytes: each send queue has room for it. */
size_t room_longest(const struct room *room);
/* May the voice (NULL: the server's) send a line of `len` bytes now?  False: it must wait. */
bool room_carries(struct room *room, struct voice *voice, size_t len);
/* Must a member that has said nothing yet wait? */
bool room_full(struct room *room);
/* Sends a long line; copies a short one, which room_flush() sends at the latest. */
void room_say(struct room *room, const struct line *line);
/* Sends the lines said so far.  Call it before a member of the table is added or removed. */
void room_flush(struct room *room);
/* Sends a line to one member, after the lines said so far; does nothing if `to` is NULL. */
void room_tell(struct room *room, struct unp_association *to, uint16_t channel, const char *line,
               size_t len);
/* Aborts members whose send queue makes no progress.  Call it at every tick of the server: it
 * checks every 100 ms. */
void room_tick(struct room *room);

#endif
