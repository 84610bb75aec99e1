/*
 * The threads of libusrsctp: userland/threads.c, with a clock, a lock and libc's calls of this
 * file.
 */
#include "blocks.h"
#include "unit.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include "../../userland/libc.h"
#include "../../userland/lock.h"
#include "../../userland/ready.h"
#include "../../userland/stack.h"
#include "../../userland/timers.h"
#include "../../userland/udp.h"

/* ---- stubs ------------------------------------------------------------------------ */

__thread bool stack_thread;
static char done[400]; /* with the lock */
static struct timespec now;
static struct timespec slept_until;
static unsigned naps, threads_left; /* threads_left: that begin to wait, one in each nap */

void lock_take(void)
{
    strcat(done, "take ");
}

void lock_release(void)
{
    strcat(done, "release ");
}

void ready_tick(void)
{
    strcat(done, "tick ");
}

void ready_process(void)
{
    strcat(done, "process ");
}

void timers_tick(uint32_t ticks)
{
    assert_int_equal(ticks, 10);
    strcat(done, "timers ");
}

int udp_handle(int family)
{
    return 1000 + family;
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, to);
    *to = now;
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    assert_int_equal(clock, CLOCK_MONOTONIC);
    assert_int_equal(flags, TIMER_ABSTIME);
    slept_until = *until;
    return 0;
}

static int socket_of_libc(int domain, int type, int protocol)
{
    assert_int_equal(domain, AF_INET);
    return 55;
}

static int create_none(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                       void *arg)
{
    free(arg);
    return 0;
}

static int cannot_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                         void *arg)
{
    return EAGAIN;
}

static void *wait_first(void *arg)
{
    const struct timespec ten_ms = {.tv_nsec = 10000000};

    if (threads_left % 2)
        threads_nanosleep(&ten_ms); /* the timer thread, */
    else
        for (int i = 0; i < 3; i++)
            threads_first_wait(); /* and one that has waited three times */
    return NULL;
}

static int nap(const struct timespec *duration, struct timespec *left)
{
    pthread_t thread;

    assert_true(duration->tv_sec == 0 && duration->tv_nsec < 1000000);
    naps++;
    if (!threads_left)
        return 0;
    threads_left--;
    assert_int_equal(pthread_create(&thread, NULL, wait_first, NULL), 0);
    return pthread_join(thread, NULL);
}

static int begin(void **state)
{
    libc_find();
    libc_table.nanosleep = nap;
    libc_table.pthread_create = pthread_create;
    libc_table.socket = socket_of_libc;
    threads_prepare();
    now = (struct timespec){.tv_sec = 1};
    naps = threads_left = 0;
    done[0] = '\0';
    return 0;
}

/* ---- threads and sockets ------------------------------------------------------------- */

static struct {
    void *arg;
    bool of_stack;
} seen;

static void *look(void *arg)
{
    seen.arg = arg;
    seen.of_stack = stack_thread;
    return &seen;
}

UNIT_TEST(only_a_thread_that_libusrsctp_creates_is_one_of_the_stack)
{
    long before = blocks;
    pthread_t thread;
    void *result;

    assert_int_equal(threads_create(&thread, NULL, look, &before), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &seen);
    assert_ptr_equal(seen.arg, &before);
    assert_true(seen.of_stack);
    assert_false(stack_thread);
}

UNIT_TEST(a_thread_that_cannot_be_created_is_an_error_and_leaves_nothing)
{
    long before = blocks;
    pthread_t thread;

    libc_table.pthread_create = cannot_create;
    assert_int_equal(threads_create(&thread, NULL, look, NULL), EAGAIN);
    assert_int_equal(threads_create(&thread, NULL, look, NULL), EAGAIN);
    assert_int_equal(blocks, before);
    fail_in = CAN_FAIL;
    if (CAN_FAIL)
        assert_int_equal(threads_create(&thread, NULL, look, NULL), ENOMEM);
    threads_wait(); /* not for these */
    assert_int_equal(naps, 0);
}

UNIT_TEST(libusrsctp_gets_a_handle_for_UDP_and_no_raw_socket)
{
    assert_int_equal(threads_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP), 1000 + AF_INET);
    assert_int_equal(threads_socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP), 1000 + AF_INET6);
    assert_fails(threads_socket(AF_INET, SOCK_RAW, IPPROTO_SCTP), EPERM);
    assert_int_equal(threads_socket(AF_INET, SOCK_DGRAM, 0), 55);
    assert_int_equal(threads_socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), 55);
}

/* A fork before that would leave the child with locks that nobody releases. */
UNIT_TEST(the_start_lasts_until_all_threads_but_the_iterator_wait)
{
    pthread_t thread;

    libc_table.pthread_create = create_none;
    for (int i = 0; i < 4; i++)
        assert_int_equal(threads_create(&thread, NULL, look, NULL), 0);
    threads_left = 10;
    threads_wait();
    assert_int_equal(naps, 3);
    threads_wait();
    assert_int_equal(naps, 3);
    threads_prepare(); /* a second start, in a child */
    for (int i = 0; i < 2; i++)
        assert_int_equal(threads_create(&thread, NULL, look, NULL), 0);
    threads_wait();
    assert_int_equal(naps, 4);
    threads_prepare();
    for (int i = 0; i < 2; i++)
        assert_int_equal(threads_create(&thread, NULL, look, NULL), 0);
    threads_left = 0;
    threads_wait(); /* not for ever */
}

/* ---- the timer thread ------------------------------------------------------------------ */

static void assert_sleeps_until(long seconds, long ms)
{
    const struct timespec ten_ms = {.tv_nsec = 10000000};

    assert_int_equal(threads_nanosleep(&ten_ms), 0);
    assert_int_equal(slept_until.tv_sec, seconds);
    assert_int_equal(slept_until.tv_nsec, ms * 1000000);
}

static void at_time(long seconds, long ms)
{
    now = (struct timespec){.tv_sec = seconds, .tv_nsec = ms * 1000000};
}

UNIT_TEST(the_timer_thread_has_the_lock_except_while_it_sleeps_and_does_not_fall_behind)
{
    at_time(1000, 970);
    assert_sleeps_until(1000, 970);
    assert_string_equal(done, "take timers ");
    at_time(1000, 977); /* the timers took 7 ms */
    done[0] = '\0';
    assert_sleeps_until(1000, 980);
    assert_string_equal(done, "tick process release take timers ");
    assert_sleeps_until(1000, 990);
    assert_sleeps_until(1001, 0);
    assert_sleeps_until(1001, 10);
    at_time(1002, 999); /* a busy machine: the clock of the stack catches up */
    assert_sleeps_until(1001, 20);
    at_time(1003, 0); /* the machine was suspended */
    assert_sleeps_until(1003, 0);
    threads_end();
    done[0] = '\0';
    assert_sleeps_until(1003, 10);
    assert_string_equal(done, "tick process release ");
    assert_sleeps_until(1003, 20);
    assert_string_equal(done, "tick process release ");
}

int main(void)
{
    alarm(120);
    return run_all_tests(begin, NULL);
}
