/*
 * Waiting for something to happen to a socket.
 *
 * A call that has to wait sleeps on the futex `event_sequence` of its socket.  The futex is
 * incremented whenever something may have changed; the call then tries again.  It is a futex and
 * not a condition variable because a signal interrupts the sleep as it does a system call: EINTR
 * without SA_RESTART.  In a program with one thread the caller reads UDP itself instead:
 * inline_reader.c.
 */
#include <errno.h>
#include <sched.h>

#include "call.h"
#include "libc.h"
#include "lock.h"
#include "reader.h"
#include "ready.h"
#include "udp.h"
#include "usock.h"

/* A signal handler may jump out of reader_signals(), which is therefore called last. */
static int read_inline(struct usock *s, uint32_t seen, const struct timespec *until)
{
    int error = 0;
    s->read_inline = true;
    while (!error && s->event_sequence == seen)
        error = reader_read(until);
    s->read_inline = false;
    reader_end();
    if (s->event_sequence != seen)
        return 0;
    return error == EINTR ? reader_signals(until) : error;
}

static int sleep_on(struct usock *s, uint32_t seen, const struct timespec *until)
{
    s->awaited = true;
    int error = lock_sleep(&s->event_sequence, seen, until);
    return error == EAGAIN ? 0 : error == ETIMEDOUT ? EAGAIN : error;
}

int wait_for_event(struct usock *s, const struct timespec *until)
{
    uint32_t seen = s->event_sequence, generation = s->generation;
    ready_process();
    int error = reader_begin() ? read_inline(s, seen, until) : sleep_on(s, seen, until);
    if (s->generation != generation)
        return EBADF;
    return error == EAGAIN || error == EINTR ? error : 0;
}

/* Lets the stack handle waiting packets.  i: how often the caller has called this before. */
static void let_stack_work(int i)
{
    enum { GLANCES = 20 };
    const struct timespec at_once = {0};
    ready_process();
    if (reader_begin()) {
        int error = reader_read(&at_once);
        reader_end();
        if (error == EINTR)
            reader_signals(false);
        return;
    }
    lock_release();
    if (i < GLANCES) /* usually faster than the shortest nap */
        sched_yield();
    else
        libc.nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    lock_take();
}

/* The kernel handles a packet to its own machine, and the answer, before the call that sent the
 * packet returns.  Programs with both ends of an association rely on that.  Here two kinds of calls
 * wait until such packets have been handled: those that begin or end an association, and those that
 * are about to report that there is nothing.  Calls that send data do not wait.  Packets from other
 * processes do not prolong the wait, but a busy machine does. */
bool wait_catch_up(struct usock *s)
{
    enum { MOST = 520 };
    uint32_t generation = s ? s->generation : 0;
    int i = 0;
    while (i < MOST && udp_own_waiting() && !(s && usock_readable(s))) {
        let_stack_work(i++);
        if (s && s->generation != generation)
            return false;
    }
    return i > 0;
}

const struct timespec *wait_deadline(const struct timeval *timeout, struct timespec *until)
{
    enum { FOR_EVER = 1 << 30 }; /* 34 years */
    if ((timeout->tv_sec == 0 && timeout->tv_usec == 0) || timeout->tv_sec > FOR_EVER)
        return NULL;
    clock_gettime(CLOCK_MONOTONIC, until);
    until->tv_sec += timeout->tv_sec;
    until->tv_nsec += timeout->tv_usec * 1000;
    if (until->tv_nsec >= 1000000000) {
        until->tv_nsec -= 1000000000;
        until->tv_sec++;
    }
    return until;
}
