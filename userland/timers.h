/* libusrsctp's timers: timers.c.  Any thread, with or without the lock. */
#ifndef TIMERS_H
#define TIMERS_H

#include <sys/queue.h>

#include "userland.h"

enum { TIMER_ACTIVE = 2, TIMER_PENDING = 4 };

/* libusrsctp 0.9.5's struct sctp_callout, part of its own structures. */
struct timer {
    LIST_ENTRY(timer) link; /* of the same layout as its TAILQ_ENTRY */
    uint32_t time;          /* in ticks */
    void *arg;
    void (*expired)(void *arg);
    int flags; /* libusrsctp reads both, and clears TIMER_ACTIVE */
};

/* Starts a timer, or starts it anew.  `ticks` from now, in ms.  Returns whether it was pending. */
bool timers_start(struct timer *t, uint32_t ticks, void (*expired)(void *), void *arg);
bool timers_stop(struct timer *t); /* whether it was pending */
void timers_tick(uint32_t ticks);  /* so many have passed: calls what has expired */
uint32_t timers_now(void);         /* ticks */
void timers_drop_inherited(void);

#endif
