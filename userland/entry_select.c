/*
 * Interposed: select.  Where the thread reads UDP itself, its sets become an array for poll
 * (inline_poll.c); otherwise libc's function gets sets in which the shadows (shadow.c) replace the
 * program's descriptors.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "call.h"
#include "descriptor.h"
#include "entry.h"
#include "epoll_watch.h"
#include "libc.h"
#include "reader.h"

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

/* The first descriptor from fd on that is in a set; n: none. */
static int next_in(int fd, const struct selection *t)
{
    while (fd < t->n && !in_any(fd, t)) {
        unsigned long rest = 0;
        for (int i = 0; i < SETS; i++)
            rest |= t->set[i] ? t->set[i][fd / BITS] >> fd % BITS : 0;
        fd += rest ? __builtin_ctzl(rest) : BITS - fd % BITS;
    }
    return fd < t->n ? fd : t->n;
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
    if (ours || watch_inline())
        call_stop_reading();
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

/* ---- select as poll --------------------------------------------------------- */

/* What select's sets are to poll, as in the kernel: fs/select.c. */
static const short wanted[SETS] = {POLLIN | POLLRDNORM | POLLRDBAND,
                                   POLLOUT | POLLWRNORM | POLLWRBAND, POLLPRI};
static const short always[SETS] = {POLLHUP | POLLERR, POLLERR, 0};

enum { MOST = FD_SETSIZE };

/* Makes a pollfd for each descriptor.  Returns how many; 0: none of ours, or `n` is more than a set
 * may have: the kernel allows a number beyond the end of the program's sets. */
static nfds_t to_poll(const struct selection *t, struct pollfd *fds)
{
    nfds_t n = 0;
    bool ours = watch_inline();
    if (t->n > MOST)
        return 0;
    for (int fd = next_in(0, t); fd < t->n; fd = next_in(fd + 1, t)) {
        fds[n] = (struct pollfd){.fd = fd};
        for (int i = 0; i < SETS; i++)
            if (in_set(fd, t->set[i]))
                fds[n].events |= wanted[i];
        ours |= descriptor_ours(fd);
        n++;
    }
    return ours ? n : 0;
}

/* Is select to report fds[k] in set i? */
static bool reports(const struct selection *t, const struct pollfd *fds, nfds_t k, int i)
{
    return in_set(fds[k].fd, t->set[i]) && fds[k].revents & (wanted[i] | always[i]);
}

/* `polled`: poll's result.  Leaves the sets as they are, and returns -1, if a descriptor is not
 * open, and INLINE_NOT if all that poll reports is nothing to select, such as POLLHUP of a
 * descriptor that is in the except set only. */
static int from_poll(struct selection *t, const struct pollfd *fds, nfds_t n, int polled)
{
    int ready = 0;
    for (nfds_t k = 0; k < n; k++) {
        if (fds[k].revents & POLLNVAL)
            return refuse(EBADF);
        for (int i = 0; i < SETS; i++)
            ready += reports(t, fds, k, i);
    }
    if (polled && !ready)
        return INLINE_NOT;
    for (nfds_t k = 0; k < n; k++)
        for (int i = 0; i < SETS; i++)
            if (in_set(fds[k].fd, t->set[i]))
                put(fds[k].fd, t->set[i], reports(t, fds, k, i));
    return ready;
}

/* INLINE_NOT: this thread cannot read UDP. */
static int select_inline(struct selection *t, struct patience p)
{
    struct pollfd to[MOST + 1], fds[MOST];
    int errno_before = errno;
    nfds_t n = reader_stopped() ? 0 : to_poll(t, fds);
    if (!n)
        return INLINE_NOT;
    pthread_testcancel();
    int result = inline_poll(to, fds, n, p);
    if (result >= 0) {
        errno = errno_before;
        result = from_poll(t, fds, n, result);
    }
    return result;
}

static int64_t microseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Linux's select() tells how much of the time is left. */
static int select_timed(struct selection *t, struct timeval *timeout)
{
    enum { FOR_EVER = 1 << 30 }; /* 34 years */
    struct timespec length = {0};
    if (!timeout || timeout->tv_sec > FOR_EVER)
        return select_inline(t, (struct patience){NULL, NULL});
    if (timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000)
        return INLINE_NOT;
    TIMEVAL_TO_TIMESPEC(timeout, &length);
    int64_t before = microseconds_now();
    int result = select_inline(t, (struct patience){&length, NULL}), error = errno;
    if (result == INLINE_NOT)
        return result;
    int64_t rest =
        before - microseconds_now() + (int64_t)timeout->tv_sec * 1000000 + timeout->tv_usec;
    if (rest < 0)
        rest = 0;
    *timeout = (struct timeval){.tv_sec = rest / 1000000, .tv_usec = rest % 1000000};
    errno = error;
    return result;
}

EXPORT int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                  struct timeval *restrict timeout)
{
    struct selection t = selection_of(n, in, out, except);
    int done = select_timed(&t, timeout), ours = done == INLINE_NOT ? prepare_ours(&t) : 0;
    if (done != INLINE_NOT || ours < 0)
        return done != INLINE_NOT ? done : -1;
    if (ours == 0)
        return libc.select(n, in, out, except, timeout);
    return fill(&t) < 0 ? refuse(ENOMEM) : call_select(&t, timeout, (struct patience){0}, false);
}

EXPORT int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                   const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    struct selection t = selection_of(n, in, out, except);
    struct patience p = {timeout, mask};
    int done = patience_valid(p) ? select_inline(&t, p) : INLINE_NOT;
    int ours = done == INLINE_NOT ? prepare_ours(&t) : 0;
    if (done != INLINE_NOT || ours < 0)
        return done != INLINE_NOT ? done : -1;
    if (ours == 0)
        return libc.pselect(n, in, out, except, timeout, mask);
    return fill(&t) < 0 ? refuse(ENOMEM) : call_select(&t, NULL, p, true);
}
