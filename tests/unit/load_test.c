/* How much the room carries, and who has to wait: chat/load.c. */
#include "../../chat/load.h"
#include "unit.h"

#define MOST        1000000 /* bytes */
#define PATIENCE_MS 10000

static struct unp_association member; /* the one that most waits for */
static int64_t now;                   /* ms */
static struct load load;

/* A table of one. */
void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg)
{
    (void)t;
    f(&member, arg);
}

int64_t unp_now(void)
{
    return now;
}

static int start(void **state)
{
    now = 1000000;
    load = (struct load){.most_queued = MOST, .patience = PATIENCE_MS};
    member = (struct unp_association){.id = 1, .out.waiting_since = now};
    return 0;
}

/* The room takes so many bytes, if it has as many to take. */
static void pass(size_t bytes, int64_t ms)
{
    now += ms;
    member.out.queued -= bytes < member.out.queued ? bytes : member.out.queued;
    member.out.waiting_since = now;
}

static bool say(struct voice *v, size_t bytes)
{
    if (!load_permits(&load, v, bytes, NULL))
        return false;
    load_add(&load, v, bytes);
    member.out.queued += bytes;
    return true;
}

static void where_nothing_waits_anything_may_be_said(void **state)
{
    struct voice v = {0};

    for (int i = 0; i < 1000; i++) {
        assert_true(say(&v, 500000));
        pass(500000, 10);
    }
}

static void one_that_floods_leaves_room_for_others(void **state)
{
    struct voice flood = {0}, others[10] = {{0}};

    for (int i = 0; i < 1000; i++) {
        while (say(&flood, 20000))
            ;
        assert_true(member.out.queued <= 131072 + 10 * 100);
        for (size_t k = 0; k < COUNT(others); k++)
            assert_true(say(&others[k], 100));
        pass(1000, 10);
    }
}

static void those_that_flood_come_to_say_the_same(void **state)
{
    struct voice v[5] = {{0}};
    size_t said[5] = {0};

    for (int i = 0; i < 10000; i++) {
        for (size_t k = 0; k < COUNT(v); k++)
            while (say(&v[k], 2000))
                said[k] += 2000;
        pass(5000, 10);
    }
    for (size_t k = 0; k < COUNT(v); k++)
        assert_in_range(said[k], 50000000 / 5 / 10 * 8, 50000000 / 5 / 10 * 12);
}

/* Each new association would have a message for nothing. */
static void long_messages_of_many_do_not_add_up(void **state)
{
    for (int i = 0; i < 100; i++) {
        struct voice fresh = {0};

        say(&fresh, 200000);
    }
    assert_in_range(member.out.queued, 200000, 400000);
}

static void no_more_is_said_than_may_wait(void **state)
{
    for (int i = 0; i < 1000; i++) {
        struct voice fresh = {0};

        say(&fresh, 4000);
    }
    assert_in_range(member.out.queued, MOST - 4000, MOST);
}

/* Until half of what may wait for it does. */
static void for_a_slow_one_the_others_wait_late(void **state)
{
    struct voice v = {0};

    say(&v, 100);
    now += 2000;
    while (say(&v, 20000))
        now += 10;
    assert_in_range(member.out.queued, MOST / 2, MOST / 2 + 100000);
}

/* However much it takes meanwhile. */
static void for_one_that_is_far_behind_they_do_not_wait_longer_than_that(void **state)
{
    struct voice v = {0};

    member.out.queued = MOST / 2 + 1;
    member.out.behind_since = now;
    load.said = member.out.queued;
    while (say(&v, 20000))
        pass(100, 10);
    now = member.out.behind_since + PATIENCE_MS;
    for (int i = 0; i < 1000; i++) {
        assert_true(say(&v, 20000));
        pass(100, 10);
    }
}

static void for_one_that_does_not_read_nobody_waits(void **state)
{
    struct voice v = {0};

    member.out.window_closed = true;
    say(&v, 100);
    now += 500;
    for (int i = 0; i < 1000; i++, now += 10)
        assert_true(say(&v, 20000));
}

/* Its window is closed now and then: it is told what it has taken since. */
static void for_one_whose_window_is_closed_for_a_moment_they_do(void **state)
{
    struct voice v = {0};
    int said = 0;

    member.out.window_closed = true;
    say(&v, 100);
    now += 500;
    for (int i = 0; i < 80; i++, now += 5) {
        member.out.last_progress = now;
        said += say(&v, 20000);
    }
    assert_in_range(said, 1, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(where_nothing_waits_anything_may_be_said, start),
        cmocka_unit_test_setup(one_that_floods_leaves_room_for_others, start),
        cmocka_unit_test_setup(those_that_flood_come_to_say_the_same, start),
        cmocka_unit_test_setup(long_messages_of_many_do_not_add_up, start),
        cmocka_unit_test_setup(no_more_is_said_than_may_wait, start),
        cmocka_unit_test_setup(for_a_slow_one_the_others_wait_late, start),
        cmocka_unit_test_setup(for_one_that_is_far_behind_they_do_not_wait_longer_than_that, start),
        cmocka_unit_test_setup(for_one_that_does_not_read_nobody_waits, start),
        cmocka_unit_test_setup(for_one_whose_window_is_closed_for_a_moment_they_do, start),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
