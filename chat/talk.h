/* Lines and commands of members, and announcements of the server. */
#ifndef TALK_H
#define TALK_H

#include "member.h"
#include "receive/receive.h"
#include "room.h"

/* Names of members, as many as fit in a line. */
struct crowd {
    char names[1024];
    size_t used;
    unsigned count, shown;
};

struct talk {
    struct room *room;
    struct member_list *members;
    struct crowd arrivals, departures; /* not yet announced: many make one line */
    const struct member *newcomer;     /* the last of the arrivals */
    int64_t told;                      /* time of the last announcement of them, ms */
};

/* Sends "*** text" to one member, or to all but one (NULL: to all). */
void talk_tell(struct talk *t, const struct member *m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void talk_announce(struct talk *t, struct member *but, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes an arrival, once, or a departure; the next announcement, the member's first line, or
 * talk_news() announces it. */
void talk_arrive(struct talk *t, struct member *m);
void talk_leave(struct talk *t, const struct member *m);
/* Continues the answer to /who while m's send queue is short. */
void talk_list(struct talk *t, struct member *m);
/* Is it time for talk_news()?  The larger the room, the less often, since an announcement costs a
 * message to each member. */
bool talk_news_due(const struct talk *t, int64_t now);
void talk_news(struct talk *t);

/* A message may have several lines, and those at its beginning may be commands.  Returns the length
 * of its first part: one command with its newline, or all of the text. */
size_t talk_part(const void *text, size_t len);
/* Processes one part of a message of m: executes a command, or relays text to all others. */
void talk_understand(struct talk *t, struct member *m, const struct unp_message *msg);

#endif
