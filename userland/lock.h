/* The one lock, and who holds it. */
#ifndef LOCK_H
#define LOCK_H

#include <signal.h>

#include "userland.h"

struct epoll_event;
struct pollfd;
struct timespec;

/* This thread is one of libusrsctp's. */
extern __thread bool stack_thread;

/* No signal is delivered to a thread of the program that holds it, and it cannot be cancelled. */
void lock_take(void);
void lock_release(void);
/* In a child of fork(2): the next lock_take() calls this first, with the lock. */
void lock_next_in_child(void (*first)(void));
/* lock_take() for the handlers of fork(2), without that call. */
void lock_take_in_program(void);
/* The signal mask of the program's thread that has the lock, as it was before. */
const sigset_t *lock_program_mask(void);
/* The mask that lock_release() will set.  Reads as much of it as the kernel does. */
void lock_set_program_mask(const sigset_t *mask);
/* epoll_wait(2) for one event, and ppoll(2), without the lock, but with the program's signals still
 * blocked. */
int lock_epoll_wait(int epoll, struct epoll_event *event, int ms);
int lock_poll(struct pollfd *fds, unsigned long n, const struct timespec *timeout);
/* Sleeps on a futex, without the lock, until the monotonic clock passes *until (NULL: never).
 * Returns 0 or futex(2)'s errno.  The sleeping thread can be cancelled, or leave by longjmp(3). */
int lock_sleep(uint32_t *futex, uint32_t value, const struct timespec *until);
/* When the lock is released, wakes the threads that sleep on a futex: woken earlier, they would
 * only find the lock taken, and sleep again.  Locked. */
void lock_wake(uint32_t *futex);
/* This thread ends the process: no other thread gets the lock, or returns from its call.  Locked.
 */
void lock_exit(void);
bool lock_exiting(void);

#endif
