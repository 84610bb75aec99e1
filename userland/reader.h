/* Reading UDP in a waiting thread of the program: inline_reader.c, reader_turn.c.  Locked. */
#ifndef READER_H
#define READER_H

#include <time.h>

#include "userland.h"

/* Called before a thread waits.  True: it is to read UDP itself, until reader_end(). */
bool reader_begin(void);
void reader_end(void);
/* Waits, without the lock, for packets, and gives them to the stack.  0; EAGAIN: the monotonic
 * clock passed *until (NULL: never); EINTR: signals are pending, for reader_signals(). */
int reader_read(const struct timespec *until);
/* Waits for packets, which it gives to the stack, and for these descriptors like ppoll(2); fds has
 * room for one more.  Returns how many of these are ready; -1 and EINTR: as reader_read().  Without
 * descriptors (n is 0) it may return a little before the timeout. */
struct pollfd;
int reader_poll_with(struct pollfd *fds, unsigned long n, const struct timespec *timeout);
/* Delivers the pending signals.  To be called after reader_end(), because a handler may jump out of
 * it.  Returns EINTR if they interrupt the call, otherwise 0.  limited: the call has a time limit.
 */
int reader_signals(bool limited);
/* At the start of a call: reads the packets that arrived since the previous one. */
void reader_poll(void);

void reader_wake(void); /* ends a reader's wait for an event that came without a packet */
void reader_stop(void); /* from now on only the stack's threads read */
bool reader_stopped(void);
void reader_park(void); /* a thread of the stack's: sleeps while the program reads.  Unlocked. */
void reader_tick(void); /* to be called every 10 ms */
/* epoll_ctl(2) for a UDP socket; udp_give(epoll_key) will read its packets. */
void reader_watch(int command, int fd, uint64_t epoll_key);
void reader_drop_inherited(void);

#endif
