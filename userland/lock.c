/*
 * The one lock: see userland.h.
 *
 * All signals are blocked in a thread of the program that holds it, because a signal handler may
 * call close() or exit(), which take the lock.  Nor can it be cancelled (pthread_cancel(3)): the
 * functions of libc that are called with the lock are cancellation points.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libc.h"
#include "lock.h"

__thread bool stack_thread;

static pthread_mutex_t lock;
static __thread sigset_t program_mask;
static __thread int program_cancel_state, program_cancel_type;
static __thread bool sleeping; /* in lock_sleep(), unless a signal handler has jumped out of it */
static uint32_t *to_wake[16];  /* futexes */
static unsigned n_to_wake;
static void (*in_child)(void);       /* see lock_next_in_child() */
static bool exiting;                 /* the process is in exit(3) … */
static __thread bool exiting_thread; /* … which this thread called */

__attribute__((constructor)) static void lock_init(void)
{
    /* The lock is held for microseconds, so spinning is cheaper than sleeping. */
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

/* While the process exits, its other threads must neither use the stack nor see the errors of its
 * end.  With the kernel's SCTP their system calls would not return either. */
static void block_forever(const sigset_t *mask, int cancel_state)
{
    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    pthread_setcancelstate(cancel_state, NULL);
    for (;;)
        pause();
}

static void end_sleep(void)
{
    if (sleeping)
        pthread_setcanceltype(program_cancel_type, NULL);
    sleeping = false;
}

void lock_take_in_program(void)
{
    sigset_t all;
    sigfillset(&all);
    sigset_t mask;
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    end_sleep();
    pthread_mutex_lock(&lock);
    if (exiting && !exiting_thread)
        block_forever(&mask, cancel_state);
    program_mask = mask;
    program_cancel_state = cancel_state;
}

void lock_take(void)
{
    if (stack_thread) {
        pthread_mutex_lock(&lock);
        return;
    }
    lock_take_in_program();
    if (in_child) {
        void (*first)(void) = in_child;
        in_child = NULL;
        first();
    }
}

void lock_next_in_child(void (*first)(void))
{
    in_child = first;
}

static void wake(uint32_t *futex)
{
    libc.syscall(SYS_futex, futex, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void lock_wake(uint32_t *futex)
{
    if (n_to_wake < sizeof(to_wake) / sizeof(*to_wake))
        to_wake[n_to_wake++] = futex;
    else
        wake(futex);
}

/* Leaves the signals blocked. */
static void release_mutex(void)
{
    uint32_t *woken[sizeof(to_wake) / sizeof(*to_wake)];
    unsigned n = n_to_wake;
    for (unsigned i = 0; i < n; i++)
        woken[i] = to_wake[i];
    n_to_wake = 0;
    pthread_mutex_unlock(&lock);
    for (unsigned i = 0; i < n; i++)
        wake(woken[i]);
}

void lock_release(void)
{
    sigset_t mask = program_mask;
    int cancel_state = program_cancel_state;
    release_mutex();
    if (stack_thread)
        return;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    pthread_setcancelstate(cancel_state, NULL);
}

const sigset_t *lock_program_mask(void)
{
    return &program_mask;
}

void lock_set_program_mask(const sigset_t *mask)
{
    memcpy(&program_mask, mask, _NSIG / 8);
}

/* Takes the mutex again; the signals are still blocked. */
static int retake_mutex(int result)
{
    int error = errno;
    pthread_mutex_lock(&lock);
    if (exiting && !exiting_thread)
        block_forever(&program_mask, program_cancel_state);
    errno = error;
    return result;
}

int lock_epoll_wait(int epoll, struct epoll_event *event, int ms)
{
    release_mutex();
    return retake_mutex(libc.epoll_wait(epoll, event, 1, ms));
}

int lock_poll(struct pollfd *fds, unsigned long n, const struct timespec *timeout)
{
    release_mutex();
    return retake_mutex(libc.ppoll(fds, n, timeout, NULL));
}

/* FUTEX_WAIT_BITSET takes an absolute time. */
int lock_sleep(uint32_t *futex, uint32_t value, const struct timespec *until)
{
    lock_release();
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &program_cancel_type);
    sleeping = true;
    long result = libc.syscall(SYS_futex, futex, FUTEX_WAIT_BITSET_PRIVATE, value, until, NULL,
                               FUTEX_BITSET_MATCH_ANY);
    int error = result < 0 ? errno : 0;
    lock_take(); /* ends the sleep */
    return error;
}

void lock_exit(void)
{
    exiting = exiting_thread = true;
}

bool lock_exiting(void)
{
    return exiting;
}
