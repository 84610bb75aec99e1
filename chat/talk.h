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
    unsigned rate;                     /* messages per second of a member; 0: no limit */
    struct crowd arrivals, departures; /* not yet announced: many make one line */
    const struct member *newcomer;     /* the last of the arrivals */
    int64_t told;                      /* time of the last announcement of them, ms */
    int64_t quiet_until;               /* no announcement before this time, ms */
};

/* Sends "*** text" to one member, or to all but one (NULL: to all). */
void talk_tell(struct talk *t, const struct member *m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void talk_announce(struct talk *t, struct member *but, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Note an arrival or a departure for the next announcement, which talk_news() sends, at the latest
 * before the member's first line or another announcement.  A second call of talk_arrive() for a
 * member does nothing. */
void talk_arrive(struct talk *t, struct member *m);
void talk_leave(struct talk *t, const struct member *m);
/* Continues the answer to /who while m's send queue is short, at t->rate lines per second. */
void talk_list(struct talk *t, struct member *m);
/* Is it time for talk_news()?  An announcement is a message to each member, so the pause before the
 * next is longer in a larger room, and after one that took long to send. */
bool talk_news_due(const struct talk *t, int64_t now);
void talk_news(struct talk *t);
/* Call when all messages are sent, at `now`.  If talk_news() was called at `from` or later, sets
 * the pause by the time that its messages took.  Both in ms. */
void talk_news_sent(struct talk *t, int64_t from, int64_t now);

/* Length of the first part of a message: one command with its newline, or all of the text.  A
 * message may begin with several commands, each on a line. */
size_t talk_part(const void *text, size_t len);
/* Processes one part of a message of m: executes a command, or relays text to all others. */
void talk_input(struct talk *t, struct member *m, const struct unp_message *msg);

#endif
