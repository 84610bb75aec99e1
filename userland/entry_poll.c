/*
 * Interposed: poll and epoll.  Where the thread reads UDP itself, inline_poll.c does the work,
 * otherwise libc's functions.  In place of the program's descriptor these get one that is ready as
 * the SCTP socket is (shadow.c).
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "descriptor.h"
#include "entry.h"
#include "epoll_watch.h"
#include "libc.h"
#include "lock.h"

/* ---- poll ----------------------------------------------------------------- */

/* For a descriptor that does not work, the kernel reports POLLNVAL. */
enum { INVALID = INT_MAX };

/* Sets to[] to what is polled in place of fds[].  -1 and errno. */
static int replace_all(struct pollfd *to, const struct pollfd *fds, nfds_t n)
{
    int errno_before = errno;
    for (nfds_t i = 0; i < n; i++) {
        to[i] = fds[i];
        if (!descriptor_ours(fds[i].fd))
            continue;
        to[i].fd = call_polled(fds[i].fd, false);
        if (to[i].fd < 0 && errno == ENOMEM)
            return -1;
        if (to[i].fd < 0)
            to[i].fd = INVALID;
    }
    errno = errno_before;
    return 0;
}

/* Arguments that the kernel refuses are left to it. */
static bool polls_ours(uintptr_t first, nfds_t n)
{
    const struct pollfd *fds = (const void *)first; /* glibc declares them as only written to */
    if (n > DESCRIPTOR_LIMIT || faults(fds, n * sizeof(*fds)))
        return false;
    if (watch_inline())
        return true;
    for (nfds_t i = 0; i < n; i++)
        if (descriptor_ours(fds[i].fd))
            return true;
    return false;
}

static int poll_ours(struct pollfd *to, struct pollfd *fds, nfds_t n, struct patience p)
{
    int errno_before = errno;
    pthread_testcancel();
    int done = patience_valid(p) ? inline_poll(to, fds, n, p) : INLINE_NOT;
    if (done >= 0)
        errno = errno_before;
    if (done != INLINE_NOT)
        return done;
    call_stop_reading();
    if (replace_all(to, fds, n) < 0)
        return -1;
    int result = libc.ppoll(to, n, p.timeout, p.mask);
    for (nfds_t i = 0; result >= 0 && i < n; i++)
        fds[i].revents = to[i].revents;
    return result;
}

static int poll_many(struct pollfd *fds, nfds_t n, struct patience p)
{
    struct pollfd *to = malloc((n + 1) * sizeof(*to));
    int result;
    if (!to)
        return refuse(ENOMEM);
    pthread_cleanup_push(free, to);
    result = poll_ours(to, fds, n, p);
    pthread_cleanup_pop(1);
    return result;
}

static int poll_replaced(struct pollfd *fds, nfds_t n, struct patience p)
{
    struct pollfd few[64];
    return n < sizeof(few) / sizeof(few[0]) ? poll_ours(few, fds, n, p) : poll_many(fds, n, p);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
    if (!polls_ours((uintptr_t)fds, n))
        return libc.poll(fds, n, timeout);
    struct timespec t = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000};
    return poll_replaced(fds, n, (struct patience){timeout < 0 ? NULL : &t, NULL});
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    return polls_ours((uintptr_t)fds, n) ? poll_replaced(fds, n, (struct patience){timeout, mask})
                                         : libc.ppoll(fds, n, timeout, mask);
}

/* glibc's checked forms, which _FORTIFY_SOURCE calls. */
EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
                       const sigset_t *mask, size_t room);

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room)
{
    if (room / sizeof(*fds) < n)
        __chk_fail();
    return poll(fds, n, timeout);
}

int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
                size_t room)
{
    if (room / sizeof(*fds) < n)
        __chk_fail();
    return ppoll(fds, n, timeout, mask);
}

/* ---- epoll ---------------------------------------------------------------- */

EXPORT int epoll_ctl(int epoll, int command, int fd, struct epoll_event *event)
{
    if (!descriptor_ours(fd))
        return libc.epoll_ctl(epoll, command, fd, event);
    if (command != EPOLL_CTL_DEL && faults(event, sizeof(*event)))
        return -1;
    return watch_control(epoll, command, fd, event);
}

EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout,
                       const sigset_t *mask)
{
    struct timespec t = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000};
    struct patience p = {timeout < 0 ? NULL : &t, mask};
    int n = patience_valid(p) ? watch_wait(epoll, events, most, p) : INLINE_NOT;
    return n == INLINE_NOT ? libc.epoll_pwait(epoll, events, most, timeout, mask) : n;
}

EXPORT int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    return epoll_pwait(epoll, events, most, timeout, NULL);
}

EXPORT int epoll_pwait2(int epoll, struct epoll_event *events, int most,
                        const struct timespec *timeout, const sigset_t *mask);

/* Since glibc 2.35. */
int epoll_pwait2(int epoll, struct epoll_event *events, int most, const struct timespec *timeout,
                 const sigset_t *mask)
{
    static int (*next)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
    struct patience p = {timeout, mask};
    int n = patience_valid(p) ? watch_wait(epoll, events, most, p) : INLINE_NOT;
    if (n != INLINE_NOT)
        return n;
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "epoll_pwait2");
    return next ? next(epoll, events, most, timeout, mask) : refuse(ENOSYS);
}
