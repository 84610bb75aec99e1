/* The rate of a room, and the members that are throttled: chat/load.c. */
#include "../../chat/load.h"
#include "unit.h"

#define MOST           1000000 /* bytes */
#define STALL_LIMIT_MS 10000

static struct unp_association member; /* the only one in the table */
static int64_t now;                   /* ms */
static struct load load;
static bool known;

/* A table with one association. */
void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg)
{
    f(&member, arg);
}

int64_t unp_now(void)
{
    return now;
}

static int start(void **state)
{
    now = 1000000;
    known = false;
    load = (struct load){.most_queued = MOST, .space = 131072, .stall_limit = STALL_LIMIT_MS};
    member = (struct unp_association){
        .id = 1, .out = {.waiting_since = now, .state = SENDQ_BLOCKED_ON_PEER}};
    return 0;
}

/* The room delivers `bytes`, or all that are queued if there are fewer. */
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

UNIT_TEST(while_queues_are_empty_no_member_is_throttled)
{
    struct voice v = {0};

    for (int i = 0; i < 1000; i++) {
        assert_true(say(&v, 500000));
        pass(500000, 10);
    }
}

UNIT_TEST(a_member_that_floods_leaves_room_for_others)
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

UNIT_TEST(members_that_flood_get_equal_shares)
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

/* Otherwise each new association could send one message free of charge. */
UNIT_TEST(long_first_messages_of_many_members_do_not_add_up)
{
    for (int i = 0; i < 100; i++) {
        struct voice fresh = {0};

        say(&fresh, 200000);
    }
    assert_in_range(member.out.queued, 200000, 400000);
}

/* Otherwise a program that connects again and again could fill the queues. */
UNIT_TEST(short_messages_of_many_new_members_do_not_add_up)
{
    for (int i = 0; i < 1000; i++) {
        struct voice fresh = {0};

        say(&fresh, 4000);
    }
    assert_in_range(member.out.queued, 131072 / 2 - 4 * 4000, 131072 / 2);
}

UNIT_TEST(many_members_do_not_fill_a_queue_beyond_its_limit)
{
    for (int i = 0; i < 1000; i++) {
        struct voice v = {.known = true};

        say(&v, 4000);
    }
    assert_in_range(member.out.queued, MOST - 4000, MOST);
}

/* ---- the exact limits ----------------------------------------------------- */

/* Measures the room `ms` after the last measurement. */
static void measure_after(int64_t ms)
{
    struct voice big = {.mark = UINT64_MAX, .spoken = 10 * MOST};

    load.measured = now - ms;
    assert_false(load_permits(&load, &big, MOST, NULL));
}

static void assert_measured(size_t queued, uint64_t reached)
{
    load.queued = load.reached = 0;
    measure_after(5);
    assert_int_equal(load.queued, queued);
    assert_int_equal(load.reached, reached);
}

/* The member has `queued` bytes in its send queue, since `ms`. */
static void queue(size_t queued, int64_t ms)
{
    load.said = MOST;
    member.out.queued = queued;
    member.out.waiting_since = now - ms;
}

UNIT_TEST(the_room_is_measured_at_most_every_5_ms)
{
    queue(1000, 0);
    measure_after(4);
    assert_int_equal(load.queued, 0);
    assert_int_equal(load.reached, 0);
    measure_after(5);
    assert_int_equal(load.queued, 1000);
    assert_int_equal(load.reached, MOST - 1000);
    assert_int_equal(load.measured, now);
    member.out.queued = 3000; /* `reached` never decreases */
    measure_after(5);
    assert_int_equal(load.queued, 3000);
    assert_int_equal(load.reached, MOST - 1000);
    load.said = load.reached = 0;
    measure_after(5);
    assert_int_equal(load.reached, 0);
}

UNIT_TEST(a_member_is_slow_after_a_second_and_waited_for_beyond_half_its_queue)
{
    queue(MOST / 2 + 10, 999);
    assert_measured(MOST / 2 + 10, MOST / 2 - 10);
    queue(MOST / 2 + 10, 1000);
    assert_measured(MOST / 2 + 10, MOST - 10);
    queue(MOST / 2, 1000);
    assert_measured(MOST / 2, MOST);
    queue(0, 1000);
    assert_measured(0, MOST);
}

/* With a shared send buffer that is full, all queues wait, and would all grow to half of their
 * limit. */
UNIT_TEST(a_member_whose_queue_waits_for_the_send_buffer_is_not_slow)
{
    member.out.state = SENDQ_BLOCKED_ON_BUFFER;
    queue(1000, 1000);
    assert_measured(1000, MOST - 1000);
}

UNIT_TEST(a_member_does_not_read_after_300_ms_without_progress)
{
    queue(1000, 300);
    member.out.last_progress = now - 300;
    assert_measured(1000, MOST - 1000);
    member.out.window_closed = true;
    assert_measured(0, MOST);
    member.out.last_progress = now - 299;
    assert_measured(1000, MOST - 1000);
    queue(1000, 299);
    member.out.last_progress = now - 300;
    assert_measured(1000, MOST - 1000);
}

UNIT_TEST(no_one_waits_for_a_member_whose_messages_are_held_back)
{
    queue(1000, 0);
    member.held = true;
    assert_measured(0, MOST);
}

UNIT_TEST(a_member_that_is_behind_is_waited_for_until_the_stall_limit)
{
    queue(1000, 0);
    member.out.behind_since = now - STALL_LIMIT_MS + 1;
    assert_measured(1000, MOST - 1000);
    member.out.behind_since--;
    assert_measured(0, MOST);
}

/* May a voice with `spoken` of the `backlog` bytes in the send queues send `bytes` more? */
static bool may(size_t spoken, uint64_t backlog, size_t bytes)
{
    struct voice v = {.mark = UINT64_MAX, .spoken = spoken, .known = known};

    load.said = backlog;
    load.reached = 0;
    load.measured = now; /* measured just now: load_permits() does not measure */
    return load_permits(&load, &v, bytes, NULL);
}

UNIT_TEST(a_voice_may_fill_a_quarter_of_the_free_space)
{
    known = true;
    assert_true(may(1, 0, 131072 / 4 - 1));
    assert_false(may(1, 0, 131072 / 4));
    assert_true(may(100, 131072 - 4 * 5000, 4900));
    assert_false(may(100, 131072 - 4 * 5000, 4901));
}

UNIT_TEST(a_known_voice_may_always_have_4096_bytes)
{
    assert_false(may(96, 131072 - 4 * 4095, 4000));
    assert_false(may(96, 10 * 131072, 1));
    known = true;
    assert_true(may(96, 131072 - 4 * 4095, 4000));
    assert_true(may(96, 131072, 4000));
    assert_false(may(96, 131072, 4001));
    assert_true(may(96, 10 * 131072, 4000));
    assert_false(may(96, 10 * 131072, 4001));
}

UNIT_TEST(half_of_the_space_is_reserved_for_known_voices)
{
    assert_true(may(1, 0, 131072 / 8 - 1));
    assert_false(may(1, 0, 131072 / 8));
    assert_true(may(0, 131072 / 4, MOST));
    assert_false(may(0, 131072 / 4 + 1, MOST));
    assert_false(may(1, 131072 / 2, 1));
}

UNIT_TEST(a_large_message_is_sent_while_half_of_the_space_is_free)
{
    known = true;
    assert_true(may(0, 131072 / 2, MOST));
    assert_false(may(0, 131072 / 2 + 1, MOST));
    assert_false(may(1, 131072 / 2, MOST));
}

UNIT_TEST(no_message_exceeds_a_send_queue_that_is_in_use)
{
    load.queued = MOST - 100;
    assert_true(may(0, 0, 100));
    assert_false(may(0, 0, 101));
    load.queued = 0;
    assert_true(may(0, 0, MOST + 1));
}

UNIT_TEST(a_voice_whose_messages_were_all_sent_is_charged_for_nothing)
{
    struct voice v = {.mark = 500, .spoken = 100000};

    load.said = 1000;
    load.reached = 499;
    load.measured = now;
    assert_false(load_permits(&load, &v, 1, NULL));
    assert_int_equal(v.spoken, 100000);
    load.reached = 500;
    assert_true(load_permits(&load, &v, 1, NULL));
    assert_int_equal(v.spoken, 0);
}

UNIT_TEST(lines_that_are_in_no_queue_yet_were_not_sent)
{
    struct voice v = {0};

    load.said = 100000;
    load.waiting = 3000;
    member.out.queued = 20000;
    assert_false(load_permits(&load, &v, MOST, NULL));
    assert_int_equal(load.reached, 77000);
    assert_int_equal(load.queued, 23000);
}

UNIT_TEST(a_line_is_counted_for_its_voice)
{
    struct voice v = {0};

    load.said = 50;
    load_add(&load, &v, 10);
    load_add(&load, &v, 20);
    assert_int_equal(load.said, 80);
    assert_int_equal(load.queued, 30);
    assert_int_equal(v.mark, 60);
    assert_int_equal(v.spoken, 30);
}

int main(void)
{
    return run_all_tests(start, NULL);
}
