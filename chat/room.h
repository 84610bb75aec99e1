/* Everybody in the room: fan-out, and what happens to those who do not keep up. */
#ifndef ROOM_H
#define ROOM_H

#include "server.h"

struct room {
    struct sctp_server *srv;
    bool plain_sendall; /* --sendall: the article's way */
    int patience;       /* ms that a message may wait for a member */
    char too_slow[80];  /* why one is put out that lets it wait longer */
    int64_t looked;     /* when room_look() last did, ms */
};

/*
 * Sends a line on stream `channel` to every member but `from`; NULL: to every one.  `echo_ok`:
 * `from` may get it too, and hides it.
 */
void room_say(struct room *room, struct sctp_association *from, bool echo_ok, uint16_t channel,
              const char *line, size_t len);
/* Sends a line to one member; NULL: to nobody. */
void room_tell(struct room *room, struct sctp_association *to, uint16_t channel, const char *line,
               size_t len);
/* Puts out those for whom something has waited for too long.  Call it often: it looks now and then.
 */
void room_look(struct room *room);

#endif
