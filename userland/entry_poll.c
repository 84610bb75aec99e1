/*
 * Interposed: poll, select and epoll.  libc's do the work.  In place of the program's descriptor
 * they get one that is ready as the SCTP socket is (shadow.c).
 */
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
    for (nfds_t i = 0; i < n; i++)
        if (descriptor_ours(fds[i].fd))
            return true;
    return false;
}

/* How long a poll waits: ppoll's arguments. */
struct patience {
    const struct timespec *timeout;
    const sigset_t *mask;
};

static int poll_ours(struct pollfd *to, struct pollfd *fds, nfds_t n, struct patience p)
{
    int errno_before = errno;
    pthread_testcancel();
    int done = p.mask ? INLINE_NOT : inline_poll(to, fds, n, p.timeout);
    if (done >= 0)
        errno = errno_before;
    if (done != INLINE_NOT)
        return done;
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

/* ---- select --------------------------------------------------------------- */

enum { BITS = 8 * sizeof(long), SETS = 3 };

/* select's sets: the program's, and those that the kernel gets.  FD_ISSET() and the like stop at
 * FD_SETSIZE, but a program may allocate larger sets (select(2)). */
struct selection {
    int n, kernel_n;
    unsigned long *set[SETS], *kernel[SETS]; /* NULL: none */
    unsigned long few[SETS * 64], *many;
};

static bool in_set(int fd, const unsigned long *set)
{
    return set && (set[fd / BITS] >> fd % BITS & 1);
}

static void put(int fd, unsigned long *set, bool in)
{
    unsigned long bit = 1ul << fd % BITS;
    set[fd / BITS] = in ? set[fd / BITS] | bit : set[fd / BITS] & ~bit;
}

static bool in_any(int fd, const struct selection *t)
{
    return in_set(fd, t->set[0]) || in_set(fd, t->set[1]) || in_set(fd, t->set[2]);
}

/* Prepares all descriptors of ours, and sets kernel_n.  0: there are none; -1: errno. */
static int prepare_ours(struct selection *t)
{
    int errno_before = errno, ours = 0;
    t->kernel_n = t->n;
    for (int fd = 0; fd < t->n && fd < DESCRIPTOR_LIMIT; fd++)
        if (descriptor_ours(fd) && in_any(fd, t)) {
            int instead = call_polled(fd, false);
            if (instead < 0)
                return -1;
            ours++;
            if (instead >= t->kernel_n)
                t->kernel_n = instead + 1;
        }
    errno = errno_before;
    return ours;
}

static int shadow_of(int fd)
{
    const struct usock *s = descriptor_get(fd);
    return s ? s->shadow : fd;
}

/* Fills the sets that the kernel gets.  -1: no memory. */
static int fill(struct selection *t)
{
    size_t words = ((size_t)t->kernel_n + BITS - 1) / BITS;
    unsigned long *room = t->few;
    if (words * SETS > sizeof(t->few) / sizeof(t->few[0]))
        room = t->many = malloc(words * SETS * sizeof(*room));
    if (!room)
        return -1;
    memset(room, 0, words * SETS * sizeof(*room));
    for (int i = 0; i < SETS; i++) {
        t->kernel[i] = t->set[i] ? room + (size_t)i * words : NULL;
        for (int fd = 0; fd < t->n; fd++)
            if (in_set(fd, t->set[i]) && shadow_of(fd) >= 0)
                put(shadow_of(fd), t->kernel[i], true);
    }
    return 0;
}

/* Copies the result to the program's sets.  Returns how many descriptors are in them. */
static int copy_back(struct selection *t)
{
    int n = 0;
    for (int i = 0; i < SETS; i++)
        for (int fd = 0; t->set[i] && fd < t->n; fd++)
            if (in_set(fd, t->set[i])) {
                int instead = shadow_of(fd);
                bool in = instead >= 0 && instead < t->kernel_n && in_set(instead, t->kernel[i]);
                put(fd, t->set[i], in);
                n += in;
            }
    return n;
}

static void free_many(void *selection)
{
    free(((struct selection *)selection)->many);
}

/* With a timeval it is select, otherwise pselect. */
static int call_select(struct selection *t, struct timeval *timeout, struct patience p,
                       bool precise)
{
    int result;
    fd_set *in = (fd_set *)t->kernel[0], *out = (fd_set *)t->kernel[1],
           *except = (fd_set *)t->kernel[2];
    pthread_cleanup_push(free_many, t);
    result = precise ? libc.pselect(t->kernel_n, in, out, except, p.timeout, p.mask)
                     : libc.select(t->kernel_n, in, out, except, timeout);
    if (result >= 0)
        result = copy_back(t);
    pthread_cleanup_pop(1);
    return result;
}

static struct selection selection_of(int n, fd_set *in, fd_set *out, fd_set *except)
{
    return (struct selection){.n = n, .set = {(void *)in, (void *)out, (void *)except}};
}

EXPORT int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                  struct timeval *restrict timeout)
{
    struct selection t = selection_of(n, in, out, except);
    int ours = prepare_ours(&t);
    if (ours <= 0)
        return ours < 0 ? -1 : libc.select(n, in, out, except, timeout);
    return fill(&t) < 0 ? refuse(ENOMEM) : call_select(&t, timeout, (struct patience){0}, false);
}

EXPORT int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                   const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    struct selection t = selection_of(n, in, out, except);
    int ours = prepare_ours(&t);
    if (ours <= 0)
        return ours < 0 ? -1 : libc.pselect(n, in, out, except, timeout, mask);
    return fill(&t) < 0 ? refuse(ENOMEM)
                        : call_select(&t, NULL, (struct patience){timeout, mask}, true);
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
    return watch_wait(epoll, events, most, timeout, mask);
}

EXPORT int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    return watch_wait(epoll, events, most, timeout, NULL);
}
