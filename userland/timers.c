/*
 * libusrsctp's timers.
 *
 * libusrsctp keeps all of its timers in one list and walks the whole list every 10 ms, although few
 * expire: an idle association has a heartbeat timer and a path MTU timer for each path, of 30 s and
 * 10 minutes.  With thousands of associations the walk takes milliseconds, in which the lock is
 * held, and replaces what the processor's caches held.  So its functions that start, stop and run
 * timers are interposed (entry_usrsctp.c).
 *
 * Here the timers are in a wheel: each is in the slot of its time, and a tick looks only at the
 * slots of the time that has passed.  A timer that expires more than a turn of the wheel later is
 * passed over one time in each turn.  Ticks are milliseconds; timers expire at multiples of 10, as
 * before.
 */
#include <pthread.h>
#include <string.h>

#include "timers.h"

enum { SLOTS = 4096, WIDTH = 16 }; /* ticks in a slot: a turn takes 65 s */

static LIST_HEAD(slot, timer) wheel[SLOTS];
static uint32_t now;
static struct timer *next; /* to be looked at by timers_tick() */
/* libusrsctp's iterator thread does not hold the lock. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static bool remove_pending(struct timer *t)
{
    if (!(t->flags & TIMER_PENDING))
        return false;
    if (t == next)
        next = LIST_NEXT(t, link);
    LIST_REMOVE(t, link);
    return true;
}

bool timers_start(struct timer *t, uint32_t ticks, void (*expired)(void *), void *arg)
{
    pthread_mutex_lock(&mutex);
    bool was_pending = remove_pending(t);
    if (ticks == 0)
        ticks = 1;
    if (ticks > INT32_MAX) /* otherwise its time would be in the past */
        ticks = INT32_MAX;
    t->time = now + ticks;
    t->arg = arg;
    t->expired = expired;
    t->flags = TIMER_ACTIVE | TIMER_PENDING;
    LIST_INSERT_HEAD(&wheel[t->time / WIDTH % SLOTS], t, link);
    pthread_mutex_unlock(&mutex);
    return was_pending;
}

bool timers_stop(struct timer *t)
{
    pthread_mutex_lock(&mutex);
    bool was_pending = remove_pending(t);
    t->flags &= ~(TIMER_ACTIVE | TIMER_PENDING);
    pthread_mutex_unlock(&mutex);
    return was_pending;
}

/* A timer that has expired may start and stop any timer, or free its own memory. */
static void run_slot(struct slot *slot)
{
    for (struct timer *t = LIST_FIRST(slot); t; t = next) {
        next = LIST_NEXT(t, link);
        if ((int32_t)(now - t->time) < 0)
            continue;
        void (*expired)(void *) = t->expired;
        void *arg = t->arg;
        LIST_REMOVE(t, link);
        t->flags &= ~TIMER_PENDING;
        pthread_mutex_unlock(&mutex);
        expired(arg);
        pthread_mutex_lock(&mutex);
    }
}

void timers_tick(uint32_t ticks)
{
    pthread_mutex_lock(&mutex);
    uint32_t first = now / WIDTH, n = (now % WIDTH + ticks) / WIDTH + 1;
    now += ticks;
    for (uint32_t i = 0; i < n && i < SLOTS; i++)
        run_slot(&wheel[(first + i) % SLOTS]);
    pthread_mutex_unlock(&mutex);
}

uint32_t timers_now(void)
{
    pthread_mutex_lock(&mutex);
    uint32_t ticks = now;
    pthread_mutex_unlock(&mutex);
    return ticks;
}

void timers_drop_inherited(void)
{
    memset(wheel, 0, sizeof(wheel));
    next = NULL;
    mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}
