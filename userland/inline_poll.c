/*
 * poll(2) and epoll_wait(2) in a program with one thread.
 *
 * The thread waits for UDP packets as well as for the program's other descriptors, and reads them
 * itself (inline_reader.c), so a message wakes no thread of the stack.  poll finds out from the
 * stack which SCTP sockets are ready: these need no shadows (shadow.c).  For epoll the thread waits
 * for the program's epoll instance, in which the packets make the shadows ready; what is ready, and
 * how often that is reported, is left to the kernel.
 */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include "call.h"
#include "descriptor.h"
#include "libc.h"
#include "lock.h"
#include "reader.h"
#include "ready.h"

/* The events of a shadow in the same state. */
static short events_of(struct usock *s, short wanted)
{
    int events = 0;
    if (usock_readable(s))
        events |= POLLIN | POLLRDNORM;
    if (usock_writable(s))
        events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    if (s->no_receive && s->no_send)
        events |= POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP;
    return (short)(events & (wanted | POLLHUP));
}

/* to[] gets what the kernel polls; its entries for SCTP sockets are unused.  Returns how many of
 * these are ready; -1: one of them does not work. */
static int look(struct pollfd *to, struct pollfd *fds, nfds_t n, bool *others)
{
    int ready = 0;
    for (nfds_t i = 0; i < n; i++) {
        struct usock *s = descriptor_get(fds[i].fd);
        to[i] = (struct pollfd){.fd = s ? -1 : fds[i].fd, .events = fds[i].events};
        *others |= to[i].fd >= 0;
        if (s && !descriptor_usable(s))
            return -1;
        if (s)
            ready += (fds[i].revents = events_of(s, fds[i].events)) != 0;
    }
    return ready;
}

/* An event that comes without a packet, for example by a timer, is to end the wait. */
static void await(const struct pollfd *fds, nfds_t n, bool on)
{
    for (nfds_t i = 0; i < n; i++) {
        struct usock *s = descriptor_get(fds[i].fd);
        if (descriptor_usable(s))
            s->read_inline = on;
    }
}

/* The time that is left; false: none. */
static bool left(const struct timespec *until, struct timespec *result)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    result->tv_sec = until->tv_sec - now.tv_sec;
    result->tv_nsec = until->tv_nsec - now.tv_nsec;
    if (result->tv_nsec < 0) {
        result->tv_sec--;
        result->tv_nsec += 1000000000;
    }
    if (result->tv_sec < 0)
        *result = (struct timespec){0};
    return result->tv_sec || result->tv_nsec;
}

/* Entries with a negative descriptor are ignored, as by poll. */
static int copy_others(struct pollfd *fds, const struct pollfd *to, nfds_t n)
{
    int ready = 0;
    for (nfds_t i = 0; i < n; i++)
        if (!descriptor_get(fds[i].fd))
            ready += (fds[i].revents = fds[i].fd >= 0 ? to[i].revents : 0) != 0;
    return ready;
}

struct wait {
    struct pollfd *to, *fds; /* of poll */
    nfds_t n;
    int epoll, most;            /* of epoll_wait … */
    struct epoll_event *events; /* … if not NULL */
};

/* One wait.  Returns how many descriptors are ready; *again: none, and the time is not over. */
static int poll_once(const struct wait *w, const struct timespec *until, bool *again)
{
    struct timespec rest = {0};
    bool others = false;
    int ours = look(w->to, w->fds, w->n, &others);
    *again = false;
    if (ours < 0 || (ours && !others))
        return ours < 0 ? INLINE_NOT : ours;
    bool waits = !ours && (!until || left(until, &rest));
    await(w->fds, w->n, waits);
    int result = reader_poll_with(w->to, others ? w->n : 0, waits && !until ? NULL : &rest);
    await(w->fds, w->n, false);
    if (result < 0 && errno != EINTR)
        return -1;
    int error = result < 0 ? EINTR : 0;
    result = copy_others(w->fds, w->to, w->n);
    ours = look(w->to, w->fds, w->n, &others);
    if (ours < 0)
        return INLINE_NOT;
    if (ours + result == 0 && error)
        return refuse(EINTR);
    *again = ours + result == 0 && waits;
    return ours + result;
}

static int epoll_once(const struct wait *w, const struct timespec *until, bool *again)
{
    struct pollfd to[2] = {{.fd = w->epoll, .events = POLLIN}};
    struct timespec rest = {0};
    bool waits = !until || left(until, &rest);
    *again = false;
    int result = reader_poll_with(to, 1, waits && !until ? NULL : &rest);
    if (result < 0 && errno != EINTR)
        return -1;
    int n = libc.epoll_wait(w->epoll, w->events, w->most, 0);
    if (n == 0 && result < 0)
        return refuse(EINTR);
    *again = n == 0 && waits;
    return n;
}

static void set_end(const struct timespec *timeout, struct timespec *end)
{
    enum { FOR_EVER = 1 << 30 }; /* 34 years */
    clock_gettime(CLOCK_MONOTONIC, end);
    end->tv_sec += timeout->tv_sec < FOR_EVER ? timeout->tv_sec : FOR_EVER;
    end->tv_nsec += timeout->tv_nsec;
    if (end->tv_nsec >= 1000000000) {
        end->tv_nsec -= 1000000000;
        end->tv_sec++;
    }
}

/* Signals are delivered with p.mask, by reader_signals(). */
static int wait_inline(const struct wait *w, struct patience p)
{
    struct timespec end;
    bool again = true;
    int result = INLINE_NOT, error = 0;
    if (p.timeout)
        set_end(p.timeout, &end);
    lock_take();
    sigset_t before = *lock_program_mask();
    if (p.mask)
        lock_set_program_mask(p.mask);
    while (again && reader_begin()) {
        ready_process();
        result = (w->events ? epoll_once : poll_once)(w, p.timeout ? &end : NULL, &again);
        error = errno;
        reader_end();
        if (result == -1 && error == EINTR)
            again = reader_signals(true) == 0;
    }
    ready_process();
    if (p.mask)
        lock_set_program_mask(&before);
    lock_release();
    errno = error;
    return again ? INLINE_NOT : result;
}

int inline_poll(struct pollfd *to, struct pollfd *fds, nfds_t n, struct patience p)
{
    const struct wait w = {.to = to, .fds = fds, .n = n};
    return wait_inline(&w, p);
}

int inline_epoll(int epoll, struct epoll_event *events, int most, struct patience p)
{
    const struct wait w = {.epoll = epoll, .events = events, .most = most};
    return wait_inline(&w, p);
}
