/* Everybody in the room: fan-out, and what happens to those who do not keep up. */
#ifndef ROOM_H
#define ROOM_H

#include "load.h"

struct room {
    struct unp_server *srv;
    int patience;      /* ms that a member may take nothing of what waits for it */
    char too_slow[80]; /* why one is put out that takes longer */
    int64_t looked;    /* when room_look() last did, ms */
    struct load load;  /* what is said to all */
    struct voice own;  /* the server's */
};

/* What is said to all. */
struct line {
    struct unp_association *from; /* who does not hear it; NULL: all do */
    struct voice *voice;          /* who is charged; NULL: the server */
    bool echo_ok;                 /* `from` may get it too, and hides it */
    uint16_t channel;             /* its stream */
    const char *text;
    size_t len;
};

/* Once the server has been started. */
void room_open(struct room *room);
/* The longest line that can be sent to every member, in bytes. */
size_t room_longest(const struct room *room);
/* May the voice (NULL: the server's) say a line of so many bytes now, or has it to wait? */
bool room_carries(struct room *room, struct voice *voice, size_t len);
void room_say(struct room *room, const struct line *line);
/* Sends a line to one member; NULL: to nobody. */
void room_tell(struct room *room, struct unp_association *to, uint16_t channel, const char *line,
               size_t len);
/* Puts out those that take nothing of what waits for them.  Call it often: it looks now and then.
 */
void room_look(struct room *room);

#endif
