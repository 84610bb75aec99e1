/* Interposed: poll, select and epoll_ctl.  libc's do the work, on the program's end of the
 * socketpair. */
#include <errno.h>

#include "call.h"
#include "descriptor.h"
#include "entry.h"
#include "libc.h"

/* Arguments that the kernel refuses are left to it. */
static void about_to_poll(uintptr_t first, nfds_t n)
{
    const struct pollfd *fds = (const void *)first; /* glibc declares them as only written to */
    if (n > DESCRIPTOR_LIMIT || faults(fds, n * sizeof(*fds)))
        return;
    for (nfds_t i = 0; i < n; i++)
        if (descriptor_ours(fds[i].fd))
            call_polled(fds[i].fd, false);
}

/* FD_ISSET() stops at FD_SETSIZE, but a program may allocate larger sets (select(2)). */
static bool in_set(int fd, const fd_set *set)
{
    enum { BITS = 8 * sizeof(long) };
    const unsigned long *words = (const void *)set;
    return set && (words[fd / BITS] >> fd % BITS & 1);
}

static void about_to_select(int n, const fd_set *in, const fd_set *out, const fd_set *except)
{
    for (int fd = 0; fd < n && fd < DESCRIPTOR_LIMIT; fd++)
        if (descriptor_ours(fd) && (in_set(fd, in) || in_set(fd, out) || in_set(fd, except)))
            call_polled(fd, false);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
    about_to_poll((uintptr_t)fds, n);
    return libc.poll(fds, n, timeout);
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    about_to_poll((uintptr_t)fds, n);
    return libc.ppoll(fds, n, timeout, mask);
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

EXPORT int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                  struct timeval *restrict timeout)
{
    about_to_select(n, in, out, except);
    return libc.select(n, in, out, except, timeout);
}

EXPORT int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                   const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    about_to_select(n, in, out, except);
    return libc.pselect(n, in, out, except, timeout, mask);
}

EXPORT int epoll_ctl(int epoll, int command, int fd, struct epoll_event *event)
{
    if (descriptor_ours(fd) && command != EPOLL_CTL_DEL && event)
        call_polled(fd, event->events & EPOLLET);
    return libc.epoll_ctl(epoll, command, fd, event);
}
