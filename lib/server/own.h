/* Associations with a socket of their own, inside a server: own.c. */
#ifndef OWN_H
#define OWN_H

#include "inside.h"

#pragma GCC visibility push(hidden)

/* Take the association's own socket away, or give it one; 0: none. */
int unp_own_take(struct unp_server *srv, struct unp_association *a);
void unp_own_give(struct unp_server *srv, struct unp_association *a, int fd);
/* Receives from these sockets without waiting: a batch from each that is not held, or up to 64 when
 * the association has ended, because the notification of its end comes last. */
void unp_own_read(struct unp_server *srv);

#pragma GCC visibility pop

#endif
