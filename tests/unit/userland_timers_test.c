/*
 * libusrsctp's timers: userland/timers.c.
 */
#include "unit.h"

#include <sys/mman.h>

#include "../../userland/timers.h"

enum { TURN = 65536 }; /* ticks of a turn of the wheel */

static int expired[4];     /* how often each timer has */
static uint32_t from, hit; /* when a test began, and when the last timer expired */
static struct timer timers[4];

static void count(void *arg)
{
    struct timer *t = arg;

    assert_int_equal(t->flags, TIMER_ACTIVE); /* no longer pending */
    expired[t - timers]++;
    hit = timers_now();
}

/* Ticks as the stack's thread does. */
static void pass(uint32_t ms)
{
    for (uint32_t i = 0; i < ms; i += 10)
        timers_tick(10);
}

static int begin(void **state)
{
    for (size_t i = 0; i < COUNT(timers); i++)
        if (timers[i].flags & TIMER_PENDING)
            timers_stop(&timers[i]);
    memset(timers, 0, sizeof(timers));
    memset(expired, 0, sizeof(expired));
    from = timers_now();
    return 0;
}

UNIT_TEST(a_timer_expires_at_the_first_tick_at_or_after_its_time_and_once)
{
    static const struct {
        uint32_t start, ticks, expires;
    } cases[] = {{0, 0, 10},           {0, 1, 10},
                 {0, 10, 10},          {0, 11, 20},
                 {10, 1, 10},          {10, 200, 200},
                 {30, 1000, 1000},     {70, 30005, 30010},
                 {0, TURN, 65540},     {20, TURN, 65540},
                 {0, 65530, 65530},    {0, 65540, 65540},
                 {50, 600000, 600000}, {0, 2 * TURN + 1, 131080}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        begin(NULL);
        pass(cases[i].start);
        from = timers_now();
        assert_false(timers_start(&timers[0], cases[i].ticks, count, &timers[0]));
        assert_int_equal(timers[0].flags, TIMER_ACTIVE | TIMER_PENDING);
        pass(cases[i].expires + 3 * TURN);
        if (expired[0] != 1 || hit - from != cases[i].expires)
            fail_msg("case %zu: %d times, after %u ms", i, expired[0], hit - from);
    }
}

UNIT_TEST(a_late_tick_runs_all_timers_that_expired_before_it)
{
    for (int i = 0; i < 4; i++)
        timers_start(&timers[i], 1 + 1000 * (uint32_t)i, count, &timers[i]);
    timers_tick(3000);
    assert_true(expired[0] == 1 && expired[1] == 1 && expired[2] == 1 && expired[3] == 0);
    timers_start(&timers[0], 1, count, &timers[0]);
    timers_tick(10 * TURN);
    assert_true(expired[0] == 2 && expired[3] == 1);
}

UNIT_TEST(a_stopped_timer_does_not_expire)
{
    timers_start(&timers[0], 20, count, &timers[0]);
    timers_start(&timers[1], 20, count, &timers[1]);
    pass(10);
    assert_true(timers_stop(&timers[0]));
    assert_int_equal(timers[0].flags, 0);
    assert_false(timers_stop(&timers[0]));
    pass(100);
    assert_int_equal(expired[0], 0);
    assert_int_equal(expired[1], 1);
    assert_false(timers_stop(&timers[1]));
    assert_int_equal(timers[1].flags, 0);
    assert_false(timers_stop(&timers[2])); /* never started */
}

UNIT_TEST(a_timer_that_is_started_anew_expires_at_the_new_time_only)
{
    timers_start(&timers[0], 20, count, &timers[1]);
    pass(10);
    assert_true(timers_start(&timers[0], 500, count, &timers[0]));
    pass(490);
    assert_int_equal(expired[0] + expired[1], 0);
    pass(10);
    assert_int_equal(expired[0], 1);
    assert_int_equal(expired[1], 0);
}

/* The clock of ticks overflows after 50 days. */
UNIT_TEST(timers_expire_while_the_clock_overflows)
{
    timers_tick(UINT32_MAX - timers_now() - 25);
    from = timers_now();
    timers_start(&timers[0], 100, count, &timers[0]);
    timers_start(&timers[1], 10, count, &timers[1]);
    pass(90);
    assert_true(expired[0] == 0 && expired[1] == 1);
    pass(10);
    assert_int_equal(expired[0], 1);
    assert_int_equal(hit - from, 100);
}

UNIT_TEST(a_wait_of_more_than_24_days_is_not_over_at_once)
{
    timers_start(&timers[0], UINT32_MAX, count, &timers[0]);
    timers_start(&timers[1], 1u << 31, count, &timers[1]);
    pass(2 * TURN);
    timers_tick(INT32_MAX - 3 * TURN);
    assert_int_equal(expired[0] + expired[1], 0);
    timers_tick(TURN);
    assert_int_equal(expired[0] + expired[1], 2);
}

/* ---- what an expired timer may do -------------------------------------------------- */

static void stop_the_others(void *arg)
{
    for (int i = 0; i < 3; i++)
        timers_stop(&timers[i]);
    count(arg);
}

static void restart_all(void *arg)
{
    for (int i = 0; i < 3; i++)
        timers_start(&timers[i], 10, count, &timers[i]);
    expired[3]++;
}

static void free_it(void *arg)
{
    free(arg);
    expired[3]++;
}

UNIT_TEST(an_expired_timer_may_stop_others_that_have_expired)
{
    for (int place = 0; place < 4; place++) { /* of the timer that stops the others */
        int others;

        begin(NULL);
        for (int i = 0; i < 4; i++) {
            int k = (i + 3 - place) % 4;

            timers_start(&timers[k], 5, k == 3 ? stop_the_others : count, &timers[k]);
        }
        pass(100);
        others = expired[0] + expired[1] + expired[2];
        assert_int_equal(expired[3], 1);
        assert_true(others == place || others == 3 - place);
    }
}

UNIT_TEST(an_expired_timer_may_start_itself_and_others)
{
    for (int i = 0; i < 3; i++)
        timers_start(&timers[i], 5, i == 1 ? restart_all : count, &timers[i]);
    pass(10);
    assert_int_equal(expired[3], 1);
    pass(100);
    assert_int_equal(expired[1], 1);
    assert_true(expired[0] >= 1 && expired[2] >= 1);
    assert_int_equal(timers[0].flags & TIMER_PENDING, 0);
}

UNIT_TEST(an_expired_timer_may_be_freed)
{
    for (int i = 0; i < 3; i++) {
        struct timer *t = calloc(1, sizeof(*t));

        assert_non_null(t);
        timers_start(t, 5, free_it, t);
    }
    pass(10);
    assert_int_equal(expired[3], 3);
}

/* ---- cost, and fork ----------------------------------------------------------------- */

/* A tick that read the memory of these timers would end the process. */
UNIT_TEST(a_tick_looks_at_no_timer_that_is_not_near_its_time)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    struct timer *idle =
        // cppcheck-suppress invalidFunctionArg
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t n = size / sizeof(*idle);

    assert_ptr_not_equal(idle, MAP_FAILED);
    pass(16 - from % 16);
    for (size_t i = 0; i < n; i++)
        timers_start(&idle[i], 30000 + 7 * (uint32_t)i, count, &timers[0]);
    assert_int_equal(mprotect(idle, size, PROT_NONE), 0);
    timers_start(&timers[1], 1000, count, &timers[1]);
    pass(29970);
    assert_int_equal(expired[1], 1);
    assert_int_equal(mprotect(idle, size, PROT_READ | PROT_WRITE), 0);
    for (size_t i = 0; i < n; i++)
        assert_true(timers_stop(&idle[i]));
    assert_int_equal(munmap(idle, size), 0);
}

UNIT_TEST(a_child_of_a_fork_has_none_of_the_timers)
{
    timers_start(&timers[0], 20, count, &timers[0]);
    timers_drop_inherited();
    pass(2 * TURN);
    assert_int_equal(expired[0], 0);
    memset(timers, 0, sizeof(timers));
    timers_start(&timers[1], 20, count, &timers[1]);
    pass(20);
    assert_int_equal(expired[1], 1);
}

int main(void)
{
    alarm(120);
    return run_all_tests(begin, NULL);
}
