/*
 * poll(2) in a program with one thread.
 *
 * The thread waits for UDP packets as well as for the program's other descriptors, reads them
 * itself (inline_reader.c), and finds out from the stack which SCTP sockets are ready.  So these
 * need no shadows (shadow.c), and a message wakes no thread of the stack.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "call.h"
#include "descriptor.h"
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

static bool usable(const struct usock *s)
{
    return s != &descriptor_own && s != &descriptor_inherited;
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
        if (s && !usable(s))
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
        if (s && usable(s))
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

static int copy_others(struct pollfd *fds, const struct pollfd *to, nfds_t n)
{
    int ready = 0;
    for (nfds_t i = 0; i < n; i++)
        if (!descriptor_get(fds[i].fd))
            ready += (fds[i].revents = to[i].fd >= 0 ? to[i].revents : 0) != 0;
    return ready;
}

/* One wait.  Returns how many descriptors are ready; *again: none, and the time is not over. */
static int wait_once(struct pollfd *to, struct pollfd *fds, nfds_t n, const struct timespec *until,
                     bool *again)
{
    struct timespec rest = {0};
    bool others = false;
    int ours = look(to, fds, n, &others);
    *again = false;
    if (ours < 0 || (ours && !others))
        return ours < 0 ? INLINE_NOT : ours;
    bool waits = !ours && (!until || left(until, &rest));
    await(fds, n, waits);
    int result = reader_poll_with(to, n, waits && !until ? NULL : &rest);
    await(fds, n, false);
    if (result < 0 && errno != EINTR)
        return -1;
    int error = result < 0 ? EINTR : 0;
    result = copy_others(fds, to, n);
    ours = look(to, fds, n, &others);
    if (ours < 0)
        return INLINE_NOT;
    if (ours + result == 0 && error)
        return refuse(EINTR);
    *again = ours + result == 0 && waits;
    return ours + result;
}

static void set_end(const struct timespec *timeout, struct timespec *end)
{
    clock_gettime(CLOCK_MONOTONIC, end);
    end->tv_sec += timeout->tv_sec;
    end->tv_nsec += timeout->tv_nsec;
    if (end->tv_nsec >= 1000000000) {
        end->tv_nsec -= 1000000000;
        end->tv_sec++;
    }
}

int inline_poll(struct pollfd *to, struct pollfd *fds, nfds_t n, const struct timespec *timeout)
{
    struct timespec end;
    bool again = true;
    int result = INLINE_NOT, error = 0;
    if (timeout)
        set_end(timeout, &end);
    lock_take();
    while (again && reader_begin()) {
        ready_process();
        result = wait_once(to, fds, n, timeout ? &end : NULL, &again);
        error = errno;
        reader_end();
        if (result == -1 && error == EINTR)
            again = reader_signals(true) == 0;
    }
    ready_process();
    lock_release();
    errno = error;
    return again ? INLINE_NOT : result;
}
