/*
 * A thread of the program reads UDP itself.
 *
 * When the stack's threads read, they have to wake the program's thread: each message costs two
 * context switches.  A program with one thread that waits in a call has nothing else to do, so it
 * reads, and gives the packets to the stack as those threads do.  reader_turn.c decides who reads.
 *
 * While it reads, the program's signals stay blocked.  A signalfd reports them, so that their
 * handlers can be examined before delivery: SA_RESTART decides whether the signal interrupts the
 * call, and after delivery nothing tells which handler has run.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "inline_reader.h"
#include "libc.h"
#include "lock.h"
#include "spin.h"
#include "udp.h"

enum { WHILE_S = 1000000 };

/* The timeout for epoll_wait(2) that ends at `until`: rounded up, at most WHILE_S; -1 for NULL. */
static int milliseconds(const struct timespec *until)
{
    struct timespec now;
    if (!until)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (until->tv_sec - now.tv_sec > WHILE_S)
        return WHILE_S * 1000;
    int64_t ns = (int64_t)(until->tv_sec - now.tv_sec) * 1000000000 + until->tv_nsec - now.tv_nsec;
    return ns > 0 ? (int)((ns + 999999) / 1000000) : 0;
}

/* That of a timeout, rounded down: at most WHILE_S; -1 for NULL. */
static int whole_milliseconds(const struct timespec *timeout)
{
    if (!timeout)
        return -1;
    if (timeout->tv_sec > WHILE_S)
        return WHILE_S * 1000;
    return (int)(timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000);
}

static void take(uint64_t epoll_key)
{
    uint64_t count;
    if (epoll_key == WAKE_UP) {
        ssize_t n = libc.read(reader.wake_up, &count, sizeof(count));
        (void)n;
    } else {
        udp_give(epoll_key);
    }
}

static void watch_unmasked_signals(void)
{
    /* The kernel's mask is shorter than sigset_t. */
    if (memcmp(&reader.masked, lock_program_mask(), _NSIG / 8) == 0)
        return;
    reader.masked = *lock_program_mask();
    reader_watch_signals(reader.signals);
}

/* Waits up to ms for an event.  -1 and errno. */
static int find_event(struct epoll_event *event, int ms)
{
    reader.asleep = true;
    int n = lock_epoll_wait(reader.epoll, event, ms);
    reader.asleep = false;
    return n;
}

/* Handles what find_event() has returned.  0: there was none; -1: a signal is pending. */
static int handle(int n, const struct epoll_event *event)
{
    if (n < 0 && errno == EINTR) /* the process was stopped and continued */
        return 0;
    if (n < 0) /* the program has closed our descriptors */
        reader_stop();
    if (n < 0 || (n == 1 && event->data.u64 == SIGNALS))
        return -1;
    if (n == 1)
        take(event->data.u64);
    return n;
}

/* Spins, waits up to ms for an event, and handles it. */
static int await_event(int ms)
{
    struct epoll_event event;
    struct spin spin = spin_begin(ms);
    int n = 0;
    while (n == 0 && spin_goes_on(&spin))
        n = find_event(&event, 0);
    if (n == 0)
        n = find_event(&event, ms);
    spin_end(&spin);
    return handle(n, &event);
}

static int poll_unlocked(struct pollfd *fds, unsigned long n, const struct timespec *timeout)
{
    reader.asleep = true;
    int result = lock_poll(fds, n, timeout);
    reader.asleep = false;
    return result;
}

/* await_event() that also waits for these descriptors, like ppoll(2).  fds[n] becomes ours. */
static int await_descriptors(struct pollfd *fds, unsigned long n, const struct timespec *timeout)
{
    enum { EVERY = 4 };
    static unsigned looks; /* the descriptors are polled at every fourth */
    const struct timespec at_once = {0};
    struct epoll_event event;
    struct spin spin = spin_begin(whole_milliseconds(timeout));
    int found = 0, ready = 0;
    while (!found && !ready && spin_goes_on(&spin)) {
        if (looks++ % EVERY == 0)
            ready = poll_unlocked(fds, n, &at_once);
        if (!ready)
            found = find_event(&event, 0);
    }
    if (!found && !ready) {
        fds[n] = (struct pollfd){.fd = reader.epoll, .events = POLLIN};
        ready = poll_unlocked(fds, n + 1, timeout);
        if (ready > 0 && fds[n].revents) {
            ready--;
            found = find_event(&event, 0);
        }
    }
    spin_end(&spin);
    return handle(found, &event) < 0 ? refuse(EINTR) : ready;
}

/* Handles the events that are there.  0, or -1: a signal is pending. */
static int handle_all(void)
{
    enum { MOST = 100 };
    struct epoll_event event;
    int n = 1;
    for (int i = 0; i < MOST && n > 0; i++)
        n = handle(find_event(&event, 0), &event);
    return n < 0 ? -1 : 0;
}

int reader_read(const struct timespec *until)
{
    watch_unmasked_signals();
    if (await_event(milliseconds(until)) < 0)
        return EINTR;
    return until && milliseconds(until) == 0 ? EAGAIN : 0;
}

int reader_poll_with(struct pollfd *fds, unsigned long n, const struct timespec *timeout)
{
    watch_unmasked_signals();
    if (timeout && !timeout->tv_sec && !timeout->tv_nsec)
        return handle_all() < 0 ? refuse(EINTR) : n ? poll_unlocked(fds, n, timeout) : 0;
    /* One system call instead of two; a rest of less than a millisecond is another wait. */
    int ms = n ? 0 : whole_milliseconds(timeout);
    if (ms)
        return await_event(ms) < 0 ? refuse(EINTR) : 0;
    return await_descriptors(fds, n, timeout);
}

void reader_poll(void)
{
    if (!reader_begin())
        return;
    handle_all();
    reader_end();
}

/* A signal that is ignored is pending only because it is blocked: consumes it. */
static bool ignored(int number, const struct sigaction *action)
{
    const struct timespec at_once = {0};
    sigset_t set;
    if (action->sa_handler != SIG_IGN &&
        (action->sa_handler != SIG_DFL ||
         (number != SIGCHLD && number != SIGURG && number != SIGWINCH && number != SIGCONT)))
        return false;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigtimedwait(&set, NULL, &at_once);
    return true;
}

/* A call with a time limit is always interrupted (signal(7)). */
int reader_signals(bool limited)
{
    struct sigaction action;
    sigset_t pending;
    bool deliver = false;
    int error = 0;
    sigpending(&pending);
    for (int i = 1; i < NSIG; i++) {
        if (sigismember(&pending, i) != 1 || sigismember(&reader.masked, i) == 1 ||
            sigaction(i, NULL, &action) < 0 || ignored(i, &action))
            continue;
        deliver = true;
        if (action.sa_handler != SIG_DFL && (limited || !(action.sa_flags & SA_RESTART)))
            error = EINTR;
    }
    if (deliver) {
        lock_release();
        lock_take();
    }
    return error;
}
