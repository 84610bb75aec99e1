/*
 * Spinning before sleeping.
 *
 * To sleep and to be woken takes longer than to handle a small packet.  So a thread that reads UDP
 * spins: it looks again and again for SHORT_NS before it sleeps, if the wait before took no longer.
 *
 * It does so only if the program's last message was one that it sent, and so expects an answer.  In
 * one that only receives, packets would be handled one by one that come together after a sleep.
 *
 * A thread that spins takes processor time from others.  If it loses the processor meanwhile,
 * others need it, and nothing spins for a while.  On a single processor nothing spins at all.
 */
#include <sched.h>

#include "spin.h"

enum { SHORT_NS = 100000, LOST_NS = 150000, PAUSE_NS = 20000000, JUST_NOW_NS = 20000 };
enum { LONG_MS = 10 }; /* a shorter timeout would be exceeded noticeably */

static struct timespec last_end;  /* of a wait */
static struct timespec last_lost; /* when a thread had lost the processor */
static bool last_was_short, expects_answer;

static bool single_processor(void)
{
    static int processors;
    cpu_set_t set;
    if (!processors)
        processors = sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);
    return processors == 1;
}

static bool within(int64_t ns, const struct timespec *from, const struct timespec *to)
{
    return (int64_t)(to->tv_sec - from->tv_sec) * 1000000000 + to->tv_nsec - from->tv_nsec < ns;
}

struct spin spin_begin(int ms)
{
    bool counts = ms < 0 || ms >= LONG_MS;
    struct spin spin = {.on = counts && last_was_short && expects_answer && !single_processor()};
    if (counts)
        clock_gettime(CLOCK_MONOTONIC, &spin.start);
    spin.on = spin.on && !within(PAUSE_NS, &last_lost, &spin.start);
    return spin;
}

static void note_lost(const struct spin *spin, const struct timespec *now)
{
    if (spin->on && !within(LOST_NS, &spin->start, now))
        last_lost = *now;
}

bool spin_goes_on(struct spin *spin)
{
    struct timespec now;
    if (!spin->on)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    note_lost(spin, &now);
    return spin->on = within(SHORT_NS, &spin->start, &now);
}

void spin_end(const struct spin *spin)
{
    if (!spin->start.tv_sec && !spin->start.tv_nsec)
        return;
    clock_gettime(CLOCK_MONOTONIC, &last_end);
    last_was_short = within(SHORT_NS, &spin->start, &last_end);
    note_lost(spin, &last_end);
}

bool spin_wait_ended_just_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return within(JUST_NOW_NS, &last_end, &now);
}

void spin_after_message(bool sent)
{
    expects_answer = sent;
}
