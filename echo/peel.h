/* Peeled-off associations, each with a socket and a thread: UNP's fork server (section 23.10). */
#ifndef PEEL_H
#define PEEL_H

#include "receive/receive.h"
#include "server/server.h"

/* Stream, flags and PPID of the reply to a message. */
typedef struct sctp_sndinfo answer_to(const struct unp_association *, const struct unp_message *);

/* Marks the association to be peeled off once none of its data is in this program. */
void peel_mark(struct unp_association *a);
/* Peels off the marked associations that have no data in this program; a thread serves each.
 * Returns true if some have to wait. */
bool peel_tick(struct unp_server *srv, answer_to *answer);
/* Number of peeled-off associations. */
unsigned peel_count(void);
/* Aborts the peeled-off association that holds most memory, if it holds more than `least` bytes;
 * the reason is `why`.  False: there is none. */
bool peel_evict(struct unp_server *srv, size_t least, const char *why);
/* Begins to shut all of them down, which takes at most 5 s. */
void peel_shut_down(struct unp_server *srv);
/* Waits until they have ended. */
void peel_wait(void);

#endif
