/* The time, for programs that measure. */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

/* Seconds since an arbitrary moment, with the resolution of the clock. */
static inline double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif
