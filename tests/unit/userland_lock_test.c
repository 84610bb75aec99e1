/*
 * The one lock: userland/lock.c, with futexes and epoll of this file.
 */
#include "unit.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "../../userland/libc.h"
#include "../../userland/lock.h"

/* ---- the calling thread ------------------------------------------------------------- */

static bool is_blocked(int signal)
{
    sigset_t mask;

    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    return sigismember(&mask, signal);
}

static int cancel_state(void)
{
    int state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_setcancelstate(state, NULL);
    return state;
}

static int cancel_type(void)
{
    int type;

    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
    pthread_setcanceltype(type, NULL);
    return type;
}

static void *take_and_release(void *arg)
{
    lock_take();
    lock_release();
    return arg;
}

/* Another thread gets the lock; otherwise this hangs. */
static void assert_free(void)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, take_and_release, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ---- stubs ---------------------------------------------------------------------------- */

static struct {
    int operation;
    uint32_t *futex, value, bits;
    const void *until;
    bool blocked; /* SIGUSR1 */
    int type;     /* of cancellation */
} calls[40];
static int n_calls, error_of_futex;
static bool checks; /* that the lock is free */
static jmp_buf *jumps_to;

long syscall(long number, ...)
{
    va_list args;

    assert_int_equal(number, SYS_futex);
    assert_true(n_calls < (int)COUNT(calls));
    va_start(args, number);
    calls[n_calls].futex = va_arg(args, uint32_t *);
    calls[n_calls].operation = va_arg(args, int);
    calls[n_calls].value = va_arg(args, uint32_t);
    calls[n_calls].until = va_arg(args, const void *);
    assert_null(va_arg(args, void *));
    calls[n_calls].bits = va_arg(args, uint32_t);
    va_end(args);
    calls[n_calls].blocked = is_blocked(SIGUSR1);
    calls[n_calls++].type = cancel_type();
    if (jumps_to)
        longjmp(*jumps_to, 1);
    if (checks)
        assert_free();
    errno = error_of_futex;
    return errno ? -1 : 0;
}

enum { EPOLL = 55, MS = 66 };

static int (*waiting)(void); /* called by epoll_wait() */

int epoll_wait(int epoll, struct epoll_event *event, int most, int ms)
{
    assert_true(epoll == EPOLL && most == 1 && ms == MS);
    return waiting();
}

static int begin(void **state)
{
    sigset_t none;

    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    libc_table.epoll_wait = epoll_wait;
    n_calls = error_of_futex = 0;
    checks = false;
    jumps_to = NULL;
    return 0;
}

/* ---- signals and cancellation ----------------------------------------------------------- */

UNIT_TEST(all_signals_and_cancellation_wait_while_a_thread_of_the_program_has_the_lock)
{
    sigset_t two;

    sigemptyset(&two);
    sigaddset(&two, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &two, NULL);
    for (int i = 0; i < 4; i++) {
        const int before = i % 2 ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;

        pthread_setcancelstate(before, NULL);
        i < 2 ? lock_take() : lock_take_in_program();
        assert_true(is_blocked(SIGUSR1) && is_blocked(SIGUSR2) && is_blocked(SIGTERM));
        assert_int_equal(cancel_state(), PTHREAD_CANCEL_DISABLE);
        assert_true(sigismember(lock_program_mask(), SIGUSR2));
        assert_false(sigismember(lock_program_mask(), SIGUSR1));
        lock_release();
        assert_true(!is_blocked(SIGUSR1) && is_blocked(SIGUSR2));
        assert_int_equal(cancel_state(), before);
        assert_free();
    }
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

UNIT_TEST(a_thread_of_the_stack_keeps_its_signals)
{
    stack_thread = true;
    lock_take();
    assert_false(is_blocked(SIGUSR1));
    assert_int_equal(cancel_state(), PTHREAD_CANCEL_ENABLE);
    lock_release();
    assert_false(is_blocked(SIGUSR1));
    stack_thread = false;
    assert_free();
}

/* ---- mutual exclusion --------------------------------------------------------------------- */

enum { TIMES = 500 };
static volatile int sum;

static int wait_for_nothing(void)
{
    return 0;
}

/* Each thread would lose the other's additions if both had the lock. */
static void *add(void *how)
{
    struct epoll_event event;
    uint32_t futex = 0;

    stack_thread = *(char *)how == 's';
    for (int i = 0; i < TIMES; i++) {
        int n;

        *(char *)how == 'p' ? lock_take_in_program() : lock_take();
        if (*(char *)how == 'e')
            assert_int_equal(lock_epoll_wait(EPOLL, &event, MS), 0);
        if (*(char *)how == 'f')
            lock_sleep(&futex, 0, NULL);
        n = sum;
        sched_yield();
        sum = n + 1;
        n_calls = 0;
        lock_release();
    }
    stack_thread = false;
    return NULL;
}

UNIT_TEST(one_thread_at_a_time_has_the_lock)
{
    static char how[] = "tpsef";
    pthread_t threads[COUNT(how) - 1] = {0};

    waiting = wait_for_nothing;
    sum = 0;
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add, &how[i]), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(sum, TIMES * COUNT(threads));
}

/* ---- waiting --------------------------------------------------------------------------------- */

UNIT_TEST(sleeping_threads_are_woken_when_the_lock_is_free)
{
    uint32_t futexes[18];

    lock_take();
    for (int i = 0; i < 18; i++)
        lock_wake(&futexes[i]);
    assert_int_equal(n_calls, 2); /* there is room for 16 */
    checks = true;
    lock_release();
    assert_int_equal(n_calls, 18);
    for (int i = 0; i < 18; i++) {
        assert_int_equal(calls[i].operation, FUTEX_WAKE_PRIVATE);
        assert_int_equal(calls[i].value, INT_MAX);
        assert_ptr_equal(calls[i].futex, &futexes[i < 2 ? 16 + i : i - 2]);
    }
    lock_take();
    lock_release();
    assert_int_equal(n_calls, 18);
}

UNIT_TEST(a_thread_that_sleeps_can_be_cancelled_and_takes_signals)
{
    static const int types[] = {PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS};
    static const int errors[] = {0, ETIMEDOUT};
    const struct timespec until = {5, 6};
    uint32_t futex = 9;

    for (int i = 0; i < 2; i++) {
        begin(state);
        error_of_futex = errors[i];
        checks = true;
        pthread_setcanceltype(types[i], NULL);
        lock_take();
        assert_int_equal(lock_sleep(&futex, 9, &until), errors[i]);
        assert_true(is_blocked(SIGUSR1));
        assert_int_equal(cancel_type(), types[i]);
        lock_release();
        assert_false(is_blocked(SIGUSR1));
        assert_int_equal(n_calls, 1);
        assert_int_equal(calls[0].operation, FUTEX_WAIT_BITSET_PRIVATE);
        assert_ptr_equal(calls[0].futex, &futex);
        assert_int_equal(calls[0].value, 9);
        assert_ptr_equal(calls[0].until, &until);
        assert_int_equal(calls[0].bits, FUTEX_BITSET_MATCH_ANY);
        assert_false(calls[0].blocked);
        assert_int_equal(calls[0].type, PTHREAD_CANCEL_ASYNCHRONOUS);
    }
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

UNIT_TEST(a_thread_that_jumped_out_of_its_sleep_ends_it_at_the_next_call)
{
    uint32_t futex = 0;
    jmp_buf out;

    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    lock_take();
    if (setjmp(out) == 0) {
        jumps_to = &out;
        lock_sleep(&futex, 0, NULL);
    }
    jumps_to = NULL;
    assert_int_equal(cancel_type(), PTHREAD_CANCEL_ASYNCHRONOUS);
    lock_take();
    assert_int_equal(cancel_type(), PTHREAD_CANCEL_DEFERRED);
    lock_release();
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    lock_take(); /* there was no sleep */
    assert_int_equal(cancel_type(), PTHREAD_CANCEL_ASYNCHRONOUS);
    lock_release();
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

static int wait_for_two(void)
{
    assert_true(is_blocked(SIGUSR1));
    assert_free();
    errno = EINTR;
    return 2;
}

UNIT_TEST(epoll_waits_without_the_lock_and_with_the_signals_blocked)
{
    struct epoll_event event;

    waiting = wait_for_two;
    lock_take();
    assert_int_equal(lock_epoll_wait(EPOLL, &event, MS), 2);
    assert_int_equal(errno, EINTR);
    assert_true(is_blocked(SIGUSR1));
    assert_false(sigismember(lock_program_mask(), SIGUSR1));
    lock_release();
    assert_false(is_blocked(SIGUSR1));
    assert_free();
}

/* ---- fork and exit --------------------------------------------------------------------------- */

static int firsts;

static void be_first(void)
{
    assert_true(is_blocked(SIGUSR1));
    firsts++;
}

UNIT_TEST(the_child_of_a_fork_starts_with_a_call_of_a_function)
{
    lock_next_in_child(be_first);
    lock_take_in_program();
    lock_release();
    assert_int_equal(firsts, 0);
    for (int i = 0; i < 2; i++) {
        lock_take();
        assert_int_equal(firsts, 1);
        lock_release();
    }
}

static volatile sig_atomic_t handled;

static void note(int signal)
{
    handled = 1;
}

static int may_go_on; /* atomic */

static int wait_for_exit(void)
{
    __atomic_store_n(&may_go_on, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&may_go_on, __ATOMIC_SEQ_CST) != 2)
        sched_yield();
    return 0;
}

static void *wait_in_epoll(void *arg)
{
    struct epoll_event event;

    lock_take();
    lock_epoll_wait(EPOLL, &event, MS);
    _exit(3); /* it must not return */
}

static void *take_at_exit(void *arg)
{
    lock_take();
    _exit(4);
}

/* The thread blocks, without the lock, can be cancelled, and takes signals. */
static void cancel(pthread_t thread)
{
    void *result;

    handled = 0;
    pthread_kill(thread, SIGUSR1);
    while (!handled)
        sched_yield();
    lock_take();
    lock_release();
    pthread_cancel(thread);
    if (pthread_join(thread, &result) != 0 || result != PTHREAD_CANCELED)
        _exit(5);
}

static void be_exiting(void *arg)
{
    pthread_t in_epoll, taking;

    signal(SIGUSR1, note);
    waiting = wait_for_exit;
    if (lock_exiting() || pthread_create(&in_epoll, NULL, wait_in_epoll, NULL) != 0)
        _exit(1);
    while (__atomic_load_n(&may_go_on, __ATOMIC_SEQ_CST) != 1)
        sched_yield();
    lock_take();
    lock_exit();
    lock_release();
    if (!lock_exiting())
        _exit(2);
    __atomic_store_n(&may_go_on, 2, __ATOMIC_SEQ_CST);
    cancel(in_epoll);
    if (pthread_create(&taking, NULL, take_at_exit, NULL) != 0)
        _exit(1);
    cancel(taking);
    waiting = wait_for_nothing;
    lock_take(); /* the thread that exits goes on */
    lock_epoll_wait(EPOLL, &(struct epoll_event){0}, MS);
    lock_release();
}

UNIT_TEST(while_the_process_exits_its_other_threads_block)
{
    char err[500];

    assert_int_equal(in_child(be_exiting, NULL, err, sizeof(err)), 0);
}

int main(void)
{
    alarm(120);
    libc_find();
    libc_table.syscall = syscall;
    return run_all_tests(begin, NULL);
}
