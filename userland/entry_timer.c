/*
 * Interposed: libusrsctp's functions for its timers, in place of its sctp_callout.c.
 *
 * A libusrsctp whose linker has bound its calls to its own functions (-Bsymbolic) keeps its list of
 * timers, and its own thread walks it.
 */
#include "entry.h"
#include "lock.h"
#include "timers.h"

EXPORT int sctp_os_timer_start(struct timer *t, uint32_t ticks, void (*expired)(void *), void *arg);
EXPORT int sctp_os_timer_stop(struct timer *t);
EXPORT void sctp_handle_tick(uint32_t ticks);
EXPORT uint32_t sctp_get_tick_count(void);

int sctp_os_timer_start(struct timer *t, uint32_t ticks, void (*expired)(void *), void *arg)
{
    return timers_start(t, ticks, expired, arg);
}

int sctp_os_timer_stop(struct timer *t)
{
    return timers_stop(t);
}

/* For the stack's own thread, threads_nanosleep() has done this: the compiler may have made the
 * function a part of its only caller.  Others belong to a program that uses libusrsctp itself. */
void sctp_handle_tick(uint32_t ticks)
{
    if (!stack_thread)
        timers_tick(ticks);
}

uint32_t sctp_get_tick_count(void)
{
    return timers_now();
}
