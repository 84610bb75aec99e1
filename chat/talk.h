/* What members say, and what the server tells them. */
#ifndef TALK_H
#define TALK_H

#include "member.h"
#include "receive/receive.h"
#include "room.h"

/* Names of members, as many as a line takes. */
struct crowd {
    char names[1024];
    size_t used;
    unsigned count, shown;
};

struct talk {
    struct room *room;
    struct member_list *members;
    struct crowd arrivals, departures; /* that nobody was told of yet: many make one line */
    const struct member *newcomer;     /* the last of the arrivals */
    int64_t told;                      /* when all were last told of them, ms */
};

/* Tells one member, or all but one (NULL: all): "*** " and the text. */
void talk_tell(struct talk *t, const struct member *m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void talk_announce(struct talk *t, struct member *but, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* It is here, if that was not said before; it has left.  Told with the next announcement, or what
 * it says, or talk_news(). */
void talk_arrive(struct talk *t, struct member *m);
void talk_leave(struct talk *t, const struct member *m);
/* More of what /who asked for, as long as little waits for m. */
void talk_list(struct talk *t, struct member *m);
/* When a storm comes and goes, is it time to tell the others again?  The more there are, the less
 * often: what is told costs a message to each. */
bool talk_news_due(const struct talk *t, int64_t now);
void talk_news(struct talk *t);

/* A message may have several lines; those at its beginning may be commands.  The length of its
 * first part: one command with the end of its line, or all of what is said. */
size_t talk_part(const void *text, size_t len);
/* Does what one part of a message of m's asks for: obeys a command, says the rest to all others. */
void talk_understand(struct talk *t, struct member *m, const struct unp_message *msg);

#endif
