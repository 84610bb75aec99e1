/* Associations with a socket and a thread of their own: UNP's fork server (section 23.10). */
#ifndef PEEL_H
#define PEEL_H

#include "receive/receive.h"
#include "server/server.h"

/* The stream and so on of the answer to a message. */
typedef struct sctp_sndinfo answer_to(const struct unp_association *, const struct unp_message *);

/* It is to be moved, as soon as nothing of it is under way in this program. */
void peel_ask(struct unp_association *a);
/*
 * Moves those that can be: from the server's socket, which goes on with the others, to one of
 * their own that a thread answers on.  Returns whether some have to wait.
 */
bool peel_look(struct unp_server *srv, answer_to *answer);
/* How many have moved. */
unsigned peel_count(void);
/* Aborts that of them which holds most memory, if it is more than `least` bytes, and tells its peer
 * why. */
bool peel_evict(struct unp_server *srv, size_t least, const char *why);
/* Shuts down those that were moved, and waits for them. */
void peel_end(void);

#endif
