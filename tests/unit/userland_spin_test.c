/* Spinning before sleeping: userland/spin.c, with the clock and the processors of this file. */
#include "unit.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../userland/spin.h"

enum { US = 1000 };

static struct timespec now = {100, 999950000};
static int processors = 2;

int clock_gettime(clockid_t clock, struct timespec *to)
{
    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, to);
    *to = now;
    return 0;
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    CPU_ZERO(set);
    for (int i = 0; i < processors; i++)
        CPU_SET(i + 3, set);
    return processors ? 0 : -1;
}

static void pass(long us)
{
    now.tv_nsec += us * US;
    if (now.tv_nsec >= 1000000000) {
        now.tv_nsec -= 1000000000;
        now.tv_sec++;
    }
}

/* A wait that lasts so long; returns how long it spins. */
static long spun(int timeout_ms, long us)
{
    struct spin spin = spin_begin(timeout_ms);
    long spinning = 0;

    while (spinning < us && spin_goes_on(&spin)) {
        pass(1);
        spinning++;
    }
    pass(us - spinning);
    spin_end(&spin);
    return spinning;
}

static void spin_on(void *n)
{
    processors = *(const int *)n;
    spin_after_message(true);
    spun(-1, 1);
    _exit(spun(-1, 10) ? 5 : 6);
}

/* The first of the tests, because the first wait counts them. */
UNIT_TEST(on_a_single_processor_nothing_spins)
{
    static const int numbers[] = {0 /* not known */, 1, 2, 1000}, results[] = {6, 6, 5, 5};
    char err[300];

    for (size_t i = 0; i < COUNT(numbers); i++)
        assert_int_equal(in_child(spin_on, (void *)&numbers[i], err, sizeof(err)), results[i]);
}

UNIT_TEST(a_wait_spins_for_100_us_after_a_short_one_if_an_answer_is_expected)
{
    spin_after_message(true);
    assert_int_equal(spun(-1, 1000), 0);
    assert_int_equal(spun(-1, 99), 0);
    assert_int_equal(spun(-1, 60), 60);
    assert_int_equal(spun(-1, 1000), 100);
    assert_int_equal(spun(-1, 40), 0);
    assert_int_equal(spun(-1, 1), 1);
    assert_int_equal(spun(-1, 100), 100);
    assert_int_equal(spun(-1, 1), 0);
}

UNIT_TEST(a_program_that_only_receives_or_cannot_send_does_not_spin)
{
    spin_after_message(true);
    spun(-1, 1);
    assert_int_equal(spun(-1, 10), 10);
    spin_after_message(false);
    assert_int_equal(spun(-1, 10), 0);
    spin_after_message(true);
    assert_int_equal(spun(-1, 10), 10);
}

UNIT_TEST(a_wait_with_a_timeout_of_less_than_10_ms_neither_spins_nor_counts)
{
    static const int timeouts_ms[] = {0, 1, 9};

    spin_after_message(true);
    for (size_t i = 0; i < COUNT(timeouts_ms); i++) {
        spun(-1, 1);
        assert_int_equal(spun(timeouts_ms[i], 500), 0);
        assert_int_equal(spun(10, 10), 10);
        spun(-1, 500);
        spun(timeouts_ms[i], 1);
        assert_int_equal(spun(10, 10), 0);
    }
}

/* A wait that loses the processor for so long.  found: then it finds something. */
static void lose_processor(long us, bool found)
{
    spin_after_message(true);
    spun(-1, 1);
    struct spin spin = spin_begin(-1);
    assert_true(spin_goes_on(&spin));
    pass(us);
    if (!found)
        assert_false(spin_goes_on(&spin));
    spin_end(&spin);
    spun(-1, 1);
}

UNIT_TEST(a_thread_that_lost_the_processor_does_not_spin_for_20_ms)
{
    for (int found = 0; found < 2; found++) {
        lose_processor(149, found);
        assert_int_equal(spun(-1, 10), 10);
        lose_processor(150, found);
        assert_int_equal(spun(-1, 10), 0);
        pass(20000 - 13);
        assert_int_equal(spun(-1, 1), 0);
        pass(1);
        assert_int_equal(spun(-1, 10), 10);
    }
}

UNIT_TEST(what_arrived_was_read_just_now_until_20_us_after_a_wait)
{
    spun(-1, 500);
    assert_true(spin_wait_ended_just_now());
    pass(19);
    assert_true(spin_wait_ended_just_now());
    spun(0, 0);
    pass(1);
    assert_false(spin_wait_ended_just_now());
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
