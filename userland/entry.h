/* Shared by the entry*.c files, which define the interposed functions. */
#ifndef ENTRY_H
#define ENTRY_H

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "call.h"

#define EXPORT __attribute__((visibility("default")))

/* ENTER() for a cancellation point (pthreads(7)): a pending cancellation is acted upon even if the
 * call does not wait. */
#define ENTER_CANCELLABLE(fd, expression)                                                          \
    do {                                                                                           \
        pthread_testcancel();                                                                      \
        ENTER(fd, expression);                                                                     \
    } while (0)

/* Returns the result of EXPRESSION, with the socket of fd as s.  As after a system call, errno is
 * changed only by a failure. */
#define ENTER(fd, expression)                                                                      \
    do {                                                                                           \
        int errno_before = errno;                                                                  \
        struct usock *s = call_enter(fd);                                                          \
        if (!s)                                                                                    \
            return -1;                                                                             \
        ssize_t result = (expression);                                                             \
        call_leave(s);                                                                             \
        if (result >= 0)                                                                           \
            errno = errno_before;                                                                  \
        return result;                                                                             \
    } while (0)

/* The kernel's EFAULT, as far as it can be told without access: NULL, and memory that extends
 * beyond the end of the address space, as at MAP_FAILED. */
static inline bool faults(const void *p, size_t size)
{
    if (size == 0 || (p && (uintptr_t)p + size > (uintptr_t)p))
        return false;
    errno = EFAULT;
    return true;
}

/* What the kernel refuses, EFAULT or EINVAL, is left to it. */
static inline bool patience_valid(struct patience p)
{
    const struct timespec *t = p.timeout;
    return (!t || (t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < 1000000000)) &&
           (!p.mask || !faults(p.mask, _NSIG / 8));
}

/* faults() for a buffer that a call fills, together with its length, which the call also sets. */
static inline bool name_faults(const void *address, const socklen_t *length)
{
    return faults(length, sizeof(*length)) || faults(address, *length);
}

/* glibc's: ends the process when a checked form finds that a buffer is too small. */
void __chk_fail(void) __attribute__((noreturn));

#endif
