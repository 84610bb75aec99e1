/* The frame of a call on a socket (call.c); descriptors that refer to one (references.c). */
#ifndef CALL_H
#define CALL_H

#include "usock.h"

/* The socket of fd, with the lock taken; or NULL and errno, without it.  EBADF: a descriptor of our
 * own, which does not exist for the program; EBADFD: it was inherited over a fork. */
struct usock *call_enter(int fd);
void call_leave(struct usock *s); /* leaves errno alone */
/* The program is about to call poll or the like for fd. */
void call_polled(int fd, bool edge_triggered);

/* Makes a descriptor for s, with SOCK_NONBLOCK and SOCK_CLOEXEC of flags.  -1 and errno.  Locked.
 */
int reference_new(struct usock *s, int flags);
int reference_close(int fd);
int reference_close_range(unsigned first, unsigned last, int flags);
int reference_copied(int old,
                     int fd); /* libc has made fd a duplicate of old.  Returns fd, or -1. */
/* Before libc makes target a duplicate: closes what it was.  -1 and EBUSY: one of our own. */
int reference_replaced(int target);

#endif
