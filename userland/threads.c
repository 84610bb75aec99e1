/*
 * libusrsctp's threads: one runs timers, one for each address family receives packets, and one
 * iterates over associations.
 *
 * They call libc's socket, pthread_create, nanosleep and recvmsg, which are interposed.  In
 * nanosleep and recvmsg the timer and receive threads take the lock for their work, and release it
 * while they wait.
 */
#include <errno.h>
#include <stdlib.h>

#include "libc.h"
#include "lock.h"
#include "ready.h"
#include "stack.h"
#include "timers.h"
#include "udp.h"

static bool ending;
static unsigned n_threads; /* created … */
static unsigned n_waiting; /* … that have reached their first wait */

int threads_socket(int domain, int type, int protocol)
{
    if (type == SOCK_DGRAM && protocol == IPPROTO_UDP)
        return udp_handle(domain);
    if (type == SOCK_RAW) { /* as without root, so that SCTP goes only over UDP */
        return refuse(EPERM);
    }
    return libc.socket(domain, type, protocol);
}

struct thread_start {
    void *(*start)(void *);
    void *arg;
};

static void *run_thread(void *arg)
{
    struct thread_start t = *(struct thread_start *)arg;
    free(arg);
    stack_thread = true;
    return t.start(t.arg);
}

int threads_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
    struct thread_start *t = malloc(sizeof(*t));
    if (!t)
        return ENOMEM;
    *t = (struct thread_start){start, arg};
    int error = libc.pthread_create(thread, attr, run_thread, t);
    if (error)
        free(t);
    else
        n_threads++;
    return error;
}

void threads_first_wait(void)
{
    static __thread bool counted;
    if (!counted)
        __atomic_add_fetch(&n_waiting, 1, __ATOMIC_SEQ_CST);
    counted = true;
}

void threads_prepare(void)
{
    n_threads = n_waiting = 0;
}

/* A fork while the threads start would leave the child with the locks that they hold, such as the
 * allocator's.  The iterator thread is not waited for: it calls nothing that is interposed. */
void threads_wait(void)
{
    enum { NAPS = 20000, ITERATOR = 1 };
    const struct timespec nap = {.tv_nsec = 50000};
    for (int i = 0;
         i < NAPS && __atomic_load_n(&n_waiting, __ATOMIC_SEQ_CST) + ITERATOR < n_threads; i++)
        libc.nanosleep(&nap, NULL);
}

void threads_end(void)
{
    __atomic_store_n(&ending, true, __ATOMIC_SEQ_CST);
}

/* The timer thread sleeps 10 ms, and then runs the timers that expired.  They are ours (timers.c):
 * libusrsctp finds none. */
int threads_nanosleep(const struct timespec *duration)
{
    static struct timespec next;
    static __thread bool locked;

    threads_first_wait();
    if (locked) {
        ready_tick();
        ready_process();
        lock_release();
    }
    /* Absolute times, so that the thread's clock does not fall behind. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    next.tv_nsec += duration->tv_nsec;
    if (next.tv_nsec >= 1000000000) {
        next.tv_nsec -= 1000000000;
        next.tv_sec++;
    }
    if (next.tv_sec + 1 < now.tv_sec)
        next = now; /* first call, or the machine was suspended */
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    locked = !__atomic_load_n(&ending, __ATOMIC_SEQ_CST);
    if (locked) {
        lock_take();
        timers_tick((uint32_t)(duration->tv_nsec / 1000000));
    }
    return 0;
}
