/* A call on a socket: its frame (call.c), waiting (wait.c), descriptors (references.c). */
#ifndef CALL_H
#define CALL_H

#include "usock.h"

/* The socket of fd, with the lock taken; or NULL and errno, without it.  EBADF: a descriptor of our
 * own, which does not exist for the program; EBADFD: it was inherited over a fork. */
struct usock *call_enter(int fd);
void call_leave(struct usock *s); /* leaves errno alone */
/* The program is about to call poll or the like for fd. */
void call_polled(int fd, bool edge_triggered);

/* Sleeps until something happened to s.  0, or an errno: EINTR; EAGAIN when the monotonic clock
 * passed *until (NULL: never); EBADF when s was freed and must not be touched.  A signal handler
 * may jump out of it (siglongjmp), so its callers must have nothing to undo.  Locked, but without
 * the lock while it waits; so is wait_catch_up(). */
int wait_for_event(struct usock *s, const struct timespec *until);
/* now + the timeout of a socket, in *until; NULL for 0, which is no timeout. */
const struct timespec *wait_deadline(const struct timeval *timeout, struct timespec *until);
/* Lets the stack work on what this process sent to itself, until s (NULL: none) is readable.
 * Returns whether there was anything. */
bool wait_catch_up(struct usock *s);

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
