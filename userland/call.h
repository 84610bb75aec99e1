/* A call on a socket: entering and leaving the stack (call.c), waiting (wait.c), descriptors
 * (references.c). */
#ifndef CALL_H
#define CALL_H

#include <signal.h>

#include "usock.h"

/* Takes the lock and returns the socket of fd.  NULL and errno, without the lock: EBADF if fd is a
 * descriptor of our own, which does not exist for the program; EBADFD if it was inherited over a
 * fork. */
struct usock *call_enter(int fd);
/* The same for a call that sends a message: does not read UDP straight after a wait. */
struct usock *call_enter_to_send(int fd);
/* The same for a call that receives a message: reads UDP only if that may change the result. */
struct usock *call_enter_to_receive(int fd, bool may_wait);
void call_leave(struct usock *s); /* does not change errno */
/* The same after receiving, but may leave the shadow as it is until the next call. */
void call_leave_received(struct usock *s);
/* Updates it.  To be called without the lock before the kernel looks at shadows outside of a call;
 * does not change errno. */
void call_settle(void);
/* reader_stop() for a program that may wait in the kernel from now on.  Without the lock. */
void call_stop_reading(void);
/* The program is about to call poll or the like for fd.  Returns the descriptor to poll in its
 * place.  -1 and errno: as call_enter(), or ENOMEM. */
int call_polled(int fd, bool edge_triggered);

/* The last arguments of ppoll(2), pselect(2) and epoll_pwait2(2).  NULL: no limit; the thread's own
 * mask. */
struct patience {
    const struct timespec *timeout;
    const sigset_t *mask;
};
/* inline_poll.c: ppoll(2), where to has room for n + 1, and epoll_pwait2(2).  INLINE_NOT: this
 * thread cannot read UDP. */
enum { INLINE_NOT = -2 };
struct epoll_event;
struct pollfd;
int inline_poll(struct pollfd *to, struct pollfd *fds, unsigned long n, struct patience p);
int inline_epoll(int epoll, struct epoll_event *events, int most, struct patience p);

/* Waits for an event on s.  0, or an errno: EINTR; EAGAIN when the monotonic clock passed *until
 * (NULL: never); EBADF when s was freed and must not be touched.  A signal handler may jump out of
 * it (siglongjmp), so its callers must have nothing to undo.  Locked; like wait_catch_up(), it
 * releases the lock while it waits. */
int wait_for_event(struct usock *s, const struct timespec *until);
/* Sets *until to the end of a timeout that begins now, and returns it.  NULL: the timeout is 0, or
 * too long to end. */
const struct timespec *wait_deadline(const struct timeval *timeout, struct timespec *until);
/* Waits while the stack handles packets that this process sent to itself, but no longer than until
 * s (NULL: none) is readable.  Returns whether there were any. */
bool wait_catch_up(struct usock *s);

/* Makes a descriptor for s, with SOCK_NONBLOCK and SOCK_CLOEXEC of flags.  -1 and errno.  Locked.
 */
int reference_new(struct usock *s, int flags);
int reference_close(int fd);
int reference_close_range(unsigned first, unsigned last, int flags);
/* libc has made fd a duplicate of old.  Returns fd, or -1. */
int reference_copied(int old, int fd);
/* To be called before libc makes target a duplicate: closes its socket.  -1 and EBUSY: target is a
 * descriptor of our own. */
int reference_replaced(int target);

#endif
