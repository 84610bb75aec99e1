/*
 * A thread of the program reads UDP itself.
 *
 * The stack has threads for that, and what they receive they have to wake the program's thread
 * for: each message costs two changes of threads.  But a program of one thread that waits in a
 * call has nothing better to do, so it reads, and gives the packets to the stack, as those threads
 * do; they sleep meanwhile, "parked" (udp_recvmsg).
 *
 * Between two of its calls the packets wait in the UDP sockets; each call takes them first.  When
 * the timer, every 10 ms, finds the program busy with something else, the stack's threads read
 * again, until its next call.
 *
 * A program that polls waits in the kernel, where nothing tells us; and one that has threads might
 * have some that wait for what comes while this one is away.  There the stack's threads always
 * read.
 *
 * While it reads, the program's signals stay blocked.  A signalfd tells of them, so that they can
 * be looked at before they are delivered: afterwards nothing tells whether one interrupts the call.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "userland.h"

enum { WAKE_UP, SIGNALS }; /* what epoll knows ours by; greater: a UDP socket */

static struct {
    uint32_t on;     /* the program reads; futex: the stack's threads are parked, or soon will be */
    bool never;      /* it polls, or has threads, or the stack is of a kind that we do not know */
    bool waiting;    /* it is in a call that waits … */
    bool asleep;     /* … and in the kernel, without the lock */
    bool ready;      /* the descriptors are there */
    int epoll;       /* all UDP sockets, and: */
    int wake_up;     /* eventfd: something else has happened */
    int signals;     /* signalfd: signals wait that the program has not blocked … */
    sigset_t masked; /* … which are all but these */
} reader;

static bool watch(int command, int fd, uint64_t known_by)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = known_by};
    return libc.epoll_ctl(reader.epoll, command, fd, &event) == 0;
}

/* The signals that a call of the program's would be interrupted by. */
static int hear_signals(int fd)
{
    sigset_t heard;
    sigfillset(&heard);
    for (int i = 1; i < NSIG; i++)
        if (sigismember(&reader.masked, i) == 1)
            sigdelset(&heard, i);
    return signalfd(fd, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool prepare(void)
{
    if (reader.ready || reader.never)
        return reader.ready;
    reader.masked = *lock_program_mask();
    int epoll = epoll_create1(EPOLL_CLOEXEC), wake_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int signals = hear_signals(-1);
    if (epoll < 0 || wake_up < 0 || signals < 0 || !usr.input || !usr.get_mbuf || !usr.free_mbufs) {
        libc.close(epoll);
        libc.close(wake_up);
        libc.close(signals);
        reader.never = true;
        return false;
    }
    reader.epoll = descriptor_hide(epoll);
    reader.wake_up = descriptor_hide(wake_up);
    reader.signals = descriptor_hide(signals);
    reader.never = !watch(EPOLL_CTL_ADD, reader.wake_up, WAKE_UP) ||
                   !watch(EPOLL_CTL_ADD, reader.signals, SIGNALS);
    return reader.ready = true;
}

void reader_watch(int command, int fd, uint64_t known_by)
{
    if (prepare() && !watch(command, fd, known_by) && command == EPOLL_CTL_ADD && errno != EEXIST)
        reader_stop(); /* it would not be heard */
}

/* --- who reads --------------------------------------------------------------------------- */

static void hand_back(void)
{
    if (__atomic_exchange_n(&reader.on, 0, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &reader.on, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool reader_begin(void)
{
    if (reader.never || !reader.ready || reader.waiting || stack_thread)
        return false;
    reader.waiting = true;
    __atomic_store_n(&reader.on, 1, __ATOMIC_SEQ_CST);
    return true;
}

void reader_end(void)
{
    reader.waiting = false;
}

void reader_tick(void)
{
    if (!reader.waiting)
        hand_back();
}

void reader_stop(void)
{
    reader.never = true;
    hand_back();
}

void reader_park(void)
{
    while (__atomic_load_n(&reader.on, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &reader.on, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}

void reader_drop_inherited(void)
{
    reader.on = 0;
    reader.ready = reader.waiting = reader.asleep = false;
}

/* --- reading ----------------------------------------------------------------------------- */

void reader_wake(void)
{
    uint64_t one = 1;
    if (reader.asleep) {
        ssize_t written = libc.write(reader.wake_up, &one, sizeof one);
        (void)written;
    }
}

/* Until then, rounded up, or for a while; -1: for ever. */
static int milliseconds(const struct timespec *until)
{
    enum { WHILE_S = 1000000 };
    struct timespec now;
    if (!until)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (until->tv_sec - now.tv_sec > WHILE_S)
        return WHILE_S * 1000;
    int64_t ns = (int64_t)(until->tv_sec - now.tv_sec) * 1000000000 + until->tv_nsec - now.tv_nsec;
    return ns > 0 ? (int)((ns + 999999) / 1000000) : 0;
}

static void take(uint64_t known_by)
{
    uint64_t count;
    if (known_by == WAKE_UP) {
        ssize_t n = libc.read(reader.wake_up, &count, sizeof count);
        (void)n;
    } else {
        udp_give(known_by);
    }
}

/* Takes what is there, or comes within ms.  Whether there was something; -1: signals. */
static int take_next(int ms)
{
    struct epoll_event event;
    if (memcmp(&reader.masked, lock_program_mask(), _NSIG / 8) != 0) { /* more is not written */
        reader.masked = *lock_program_mask();
        hear_signals(reader.signals);
    }
    reader.asleep = true;
    int n = lock_epoll_wait(reader.epoll, &event, ms);
    reader.asleep = false;
    if (n < 0 && errno == EINTR) /* it was stopped, and went on */
        return 0;
    if (n < 0) /* the program has closed what is ours */
        reader_stop();
    if (n < 0 || (n == 1 && event.data.u64 == SIGNALS))
        return -1;
    if (n == 1)
        take(event.data.u64);
    return n;
}

int reader_read(const struct timespec *until)
{
    if (take_next(milliseconds(until)) < 0)
        return EINTR;
    return until && milliseconds(until) == 0 ? EAGAIN : 0;
}

void reader_poll(void)
{
    enum { MOST = 100 };
    if (!reader_begin())
        return;
    for (int i = 0; i < MOST && take_next(0) > 0; i++) {
    }
    reader_end();
}

/* Those that are ignored are pending only because they are blocked: they are taken away. */
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
