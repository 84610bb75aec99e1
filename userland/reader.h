/* Reading UDP in a waiting thread of the program: inline_reader.c, reader_turn.c.  Locked. */
#ifndef READER_H
#define READER_H

#include <time.h>

#include "userland.h"

/* This thread is about to wait: whether it is to read UDP, until reader_end(). */
bool reader_begin(void);
void reader_end(void);
/* Waits, without the lock, for packets, and gives them to the stack.  0; EAGAIN: the monotonic
 * clock passed *until (NULL: never); EINTR: signals are pending, for reader_signals(). */
int reader_read(const struct timespec *until);
/* Delivers the pending signals, after reader_end(): a handler may jump out of it.  EINTR: they
 * interrupt the call, which is `limited` if it has a time limit; otherwise 0. */
int reader_signals(bool limited);
/* Reads what arrived while the program was outside, before one of its calls. */
void reader_poll(void);

void reader_wake(void); /* the event that is waited for came without a packet */
void reader_stop(void); /* the stack's threads read, from now on */
void reader_park(void); /* a thread of the stack's: sleeps while the program reads.  Unlocked. */
void reader_tick(void); /* of the timer */
/* epoll_ctl(2) for a UDP socket, of which udp_give() will be told by epoll_key. */
void reader_watch(int command, int fd, uint64_t epoll_key);
void reader_drop_inherited(void);

#endif
