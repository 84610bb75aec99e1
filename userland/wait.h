/* Waiting.  Locked, but without the lock while they wait. */
#ifndef WAIT_H
#define WAIT_H

#include "usock.h"

/* Sleeps until something happened to s.  0, or an errno: EINTR; EAGAIN when the monotonic clock
 * passed *until (NULL: never); EBADF when s was freed and must not be touched.  A signal handler
 * may jump out of it (siglongjmp), so its callers must have nothing to undo. */
int wait_for_event(struct usock *s, const struct timespec *until);
/* now + the timeout of a socket, in *until; NULL for 0, which is no timeout. */
const struct timespec *wait_deadline(const struct timeval *timeout, struct timespec *until);
/* Lets the stack work on what this process sent to itself, until s (NULL: none) is readable.
 * Returns whether there was anything. */
bool wait_catch_up(struct usock *s);

#endif
