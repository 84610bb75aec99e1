/* A member of the chat: its name, its rate, its delayed messages: chat/member.c. */
#include "../../chat/member.h"
#include "blocks.h"
#include "unit.h"

#include <sys/queue.h>

static int64_t now; /* ms */
static struct member_list members;
static struct unp_memory memory;
static struct unp_association associations[4];
static size_t entered;

int64_t unp_now(void)
{
    return now;
}

static int start(void **state)
{
    blocks_before = blocks;
    now = 1000000;
    TAILQ_INIT(&members);
    memory.used = 5;
    memset(associations, 0, sizeof(associations));
    entered = 0;
    return 0;
}

static struct member *enter(double rate)
{
    struct unp_association *a = &associations[entered];
    struct member *m;

    a->id = 70 + (sctp_assoc_t)entered++;
    m = member_new(&members, a, rate, &memory);
    assert_non_null(m);
    return m;
}

static int stop(void **state)
{
    struct member *m;

    while ((m = TAILQ_FIRST(&members)))
        member_free(&members, m);
    return memory.used == 5 ? check_blocks(state) : -1;
}

/* ---- names ---------------------------------------------------------------- */

UNIT_TEST(without_memory_there_is_no_member)
{
    struct unp_association a = {.id = 1};

    if (!CAN_FAIL)
        skip();
    fail_in = 1;
    assert_null(member_new(&members, &a, 10, &memory));
    assert_null(a.user);
    assert_true(TAILQ_EMPTY(&members));
}

UNIT_TEST(a_new_member_belongs_to_its_association)
{
    struct member *m = enter(10);

    assert_ptr_equal(m->a, &associations[0]);
    assert_ptr_equal(associations[0].user, m);
    assert_int_equal(m->id, 70);
    assert_int_equal(m->announce_at, now + 500);
    assert_int_equal(m->counted, now);
    assert_ptr_equal(m->memory, &memory);
    assert_false(m->announced || m->echo_ok || m->listing);
    assert_int_equal(m->delayed_bytes, 0);
}

UNIT_TEST(guest_names_have_growing_numbers)
{
    struct member *first = enter(10), *second, *third;
    unsigned long number;

    assert_int_equal(sscanf(first->name, "guest%lu", &number), 1);
    snprintf(first->name, sizeof(first->name), "GUEST%lu", number + 1);
    second = enter(10); /* that name is taken */
    snprintf(first->name, sizeof(first->name), "guest%lu", number + 2);
    assert_string_equal(second->name, first->name);
    snprintf(first->name, sizeof(first->name), "bob");
    third = enter(10);
    assert_ptr_equal(member_find(&members, third->name), third);
    assert_ptr_equal(TAILQ_FIRST(&members), first);
    assert_ptr_equal(TAILQ_NEXT(second, link), third);
}

UNIT_TEST(a_member_is_found_by_its_name_in_any_case)
{
    struct member *m;

    assert_null(member_find(&members, "bob"));
    m = enter(10);
    strcpy(m->name, "Bob");
    enter(10);
    assert_ptr_equal(member_find(&members, "bOB"), m);
    assert_null(member_find(&members, "bobby"));
    assert_null(member_find(&members, "bo"));
}

/* ---- rate ----------------------------------------------------------------- */

/* How many messages of `len` bytes it may send at once. */
static int burst(struct member *m, size_t len, double rate)
{
    int n = 0;

    while (n < 1000 && member_may_speak(m, len, rate))
        n++;
    return n;
}

UNIT_TEST(a_member_may_send_as_many_messages_at_once_as_in_a_second)
{
    struct member *m = enter(10);

    assert_int_equal(burst(m, 1, 10), 10);
    now += 99;
    assert_false(member_may_speak(m, 1, 10));
    now += 1;
    assert_true(member_may_speak(m, 1, 10));
    assert_false(member_may_speak(m, 1, 10));
    now += 500;
    assert_int_equal(burst(m, 1, 10), 5);
    now += 3600000;
    assert_int_equal(burst(m, 1, 10), 10);
}

UNIT_TEST(a_long_message_costs_one_more_for_each_4096_bytes)
{
    struct member *m = enter(10);

    assert_int_equal(burst(m, 4095, 10), 10);
    now += 1000;
    assert_int_equal(burst(m, 4096, 10), 5);
    now += 1000;
    assert_int_equal(burst(m, 8191, 10), 5);
    now += 1000;
    assert_int_equal(burst(m, 3 * 4096, 10), 2);
}

UNIT_TEST(a_message_costs_at_most_a_second)
{
    struct member *m = enter(10);

    assert_int_equal(burst(m, 1000000, 10), 1);
    now += 999;
    assert_false(member_may_speak(m, 1000000, 10));
    now += 1;
    assert_true(member_may_speak(m, 1000000, 10));
}

/* ---- delayed messages ----------------------------------------------------- */

static int delay(struct member *m, const char *text, size_t max)
{
    unsigned char *data = exact_copy(text, strlen(text));
    const struct unp_message msg = {
        .data = data, .len = strlen(text), .rcv.rcv_sid = (uint16_t)(strlen(text) + 7)};
    int rc = member_delay(m, &msg, 4 * strlen(text), max);

    memset(data, 'x', strlen(text)); /* it must be a copy */
    free(data);
    return rc;
}

static void assert_delayed(struct member *m, size_t bytes, size_t messages)
{
    size_t weight = bytes + messages * DELAYED_SIZE;

    assert_int_equal(m->delayed_bytes, weight);
    assert_int_equal(memory.used, 5 + weight);
    if (m->a)
        assert_int_equal(m->a->user_bytes, weight);
}

static void assert_next(struct member *m, const char *text)
{
    struct unp_message msg;

    assert_int_equal(member_next_size(m), 4 * strlen(text));
    assert_true(member_release(m, &msg));
    assert_int_equal(msg.len, strlen(text));
    assert_memory_equal(msg.data, text, msg.len);
    assert_ptr_equal(msg.owned, msg.data);
    assert_int_equal(msg.rcv.rcv_sid, strlen(text) + 7);
    free(msg.owned);
}

UNIT_TEST(delayed_messages_are_counted_and_keep_their_order)
{
    struct member *m = enter(10);
    struct unp_message msg;

    assert_int_equal(member_next_size(m), 0);
    assert_false(member_release(m, &msg));
    assert_int_equal(delay(m, "one", 10000), 0);
    assert_delayed(m, 3, 1);
    assert_int_equal(delay(m, "three", 10000), 0);
    assert_delayed(m, 8, 2);
    assert_next(m, "one");
    assert_delayed(m, 5, 1);
    assert_next(m, "three");
    assert_delayed(m, 0, 0);
    assert_false(member_release(m, &msg));
}

UNIT_TEST(a_message_beyond_the_limit_is_not_delayed)
{
    struct member *m = enter(10);

    assert_int_equal(delay(m, "four", DELAYED_SIZE + 3), -1);
    assert_delayed(m, 0, 0);
    if (CAN_FAIL) {
        fail_in = 2; /* the first is delay()'s own */
        assert_int_equal(delay(m, "four", 10000), -1);
        fail_in = 3;
        assert_int_equal(delay(m, "four", 10000), -1);
        assert_delayed(m, 0, 0);
    }
    assert_int_equal(delay(m, "four", DELAYED_SIZE + 4), 0);
    assert_int_equal(delay(m, "x", 2 * DELAYED_SIZE + 4), -1);
    assert_int_equal(delay(m, "x", 2 * DELAYED_SIZE + 5), 0);
    assert_delayed(m, 5, 2);
}

UNIT_TEST(delayed_messages_outlive_their_association)
{
    struct member *m = enter(10);

    delay(m, "last words", 10000);
    m->listing = true;
    member_part(m);
    assert_null(m->a);
    assert_null(associations[0].user);
    assert_int_equal(associations[0].user_bytes, 0);
    assert_false(m->listing);
    assert_delayed(m, 10, 1);
    assert_next(m, "last words");
    assert_delayed(m, 0, 0);
    member_part(m); /* does nothing */
}

UNIT_TEST(a_list_continues_behind_a_member_that_is_freed)
{
    struct member *asker = enter(10), *second = enter(10), *third = enter(10);

    asker->to_list = second;
    member_free(&members, second);
    assert_ptr_equal(asker->to_list, third);
    member_free(&members, third);
    assert_null(asker->to_list);
}

UNIT_TEST(a_member_is_freed_with_its_messages)
{
    struct member *m = enter(10);

    delay(m, "one", 10000);
    delay(m, "two", 10000);
    m->farewell = strdup("has left");
    member_free(&members, m);
    assert_true(TAILQ_EMPTY(&members));
    assert_int_equal(memory.used, 5);
    assert_null(associations[0].user);
}

int main(void)
{
    return run_all_tests(start, stop);
}
