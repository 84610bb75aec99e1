/* The sockets that the program has registered with epoll(7): epoll_watch.c. */
#ifndef EPOLL_WATCH_H
#define EPOLL_WATCH_H

#include <sys/epoll.h>

#include "call.h"

/* epoll_ctl(2) for a socket of ours, and epoll_pwait2(2).  INLINE_NOT: wait in libc's. */
int watch_control(int epoll, int command, int fd, struct epoll_event *event);
int watch_wait(int epoll, struct epoll_event *events, int most, struct patience p);
/* Whether the thread is to read UDP itself in each wait, as it may be for an epoll instance. */
bool watch_inline(void);
void watches_free(struct usock *s); /* s is being closed.  Locked. */
void watch_epoll_closed(int epoll); /* a descriptor is closed that may be an epoll instance */

/* In the child of a fork. */
void watches_after_fork(void);
void watches_drop_inherited(void); /* before the sockets are forgotten.  Locked. */

#endif
