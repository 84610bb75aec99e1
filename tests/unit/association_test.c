/* A server's associations by id: lib/server/table.c. */
#include "receive/inside.h"
#include "server/inside.h"
#include "unit.h"

enum { MANY = 5000 };

/* A distinct id for each i, spread over the range of ids. */
static sctp_assoc_t id_of(unsigned i)
{
    return (sctp_assoc_t)((i * 2654435761u) & INT32_MAX);
}

/* Removing an association uses the sender, but not its socket. */
static int make_sender(void **state)
{
    *state = unp_sender_new(-1, 1 << 20);
    return *state ? 0 : -1;
}

static int free_sender(void **state)
{
    unp_sender_free(*state);
    return 0;
}

struct seen {
    unsigned count;
    sctp_assoc_t last;
    bool in_order;
};

static void see(struct unp_association *a, void *arg)
{
    struct seen *seen = arg;

    if (seen->count && a->id <= seen->last)
        seen->in_order = false;
    seen->last = a->id;
    seen->count++;
}

static struct seen walk(const struct unp_table *t)
{
    struct seen seen = {.in_order = true};

    unp_table_walk(t, see, &seen);
    return seen;
}

static struct unp_association *add(struct unp_table *t, sctp_assoc_t id)
{
    struct unp_association *a = unp_table_add(t, id);

    assert_non_null(a);
    return a;
}

UNIT_TEST(an_empty_table_has_nothing)
{
    struct unp_table t = {0};

    assert_null(unp_table_find(&t, 1));
    assert_null(unp_table_find(&t, 0));
    assert_int_equal(walk(&t).count, 0);
}

UNIT_TEST(a_new_association_is_open_and_has_nothing_to_send)
{
    struct unp_table t = {0};
    struct unp_association *a = add(&t, 42);

    assert_int_equal(a->id, 42);
    assert_int_equal(a->out.state, SENDQ_OPEN);
    assert_true(TAILQ_EMPTY(&a->out.queue));
    assert_int_equal(a->out.queued, 0);
    assert_int_equal(a->out.unacked, 0);
    assert_null(a->in.parts);
    assert_null(a->close_reason);
    assert_int_equal(t.count, 1);
    unp_table_remove(&t, *state, a);
}

UNIT_TEST(an_id_can_be_used_again_after_its_removal)
{
    struct unp_table t = {0};
    struct unp_association *a = add(&t, 7);

    a->close_reason = "before";
    unp_table_remove(&t, *state, a);
    a = add(&t, 7);
    assert_null(a->close_reason);
    unp_table_remove(&t, *state, a);
}

UNIT_TEST(removing_an_association_frees_its_incomplete_messages)
{
    const struct unp_fragment part = {.data = (unsigned char *)(uintptr_t) "part", .len = 4};
    struct unp_table t = {0};
    struct unp_association *a = add(&t, 7);
    struct unp_message msg;

    assert_int_equal(unp_reassemble(&a->in, &part, 100, &msg), 0);
    unp_table_remove(&t, *state, a); /* a leak checker detects what is left */
    assert_int_equal(t.count, 0);
}

UNIT_TEST(thousands_of_associations_are_all_found_and_walked_once)
{
    struct unp_table t = {0};
    struct seen seen;

    for (unsigned i = 0; i < MANY; i++)
        add(&t, id_of(i))->ostreams = (uint16_t)i;
    assert_int_equal(t.count, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        struct unp_association *a = unp_table_find(&t, id_of(i));

        assert_non_null(a);
        assert_int_equal(a->id, id_of(i));
        assert_int_equal(a->ostreams, (uint16_t)i);
    }
    for (unsigned i = MANY; i < 2 * MANY; i++)
        assert_null(unp_table_find(&t, id_of(i)));
    seen = walk(&t);
    assert_int_equal(seen.count, MANY);
    assert_true(seen.in_order); /* so none was seen twice */
    for (unsigned i = 0; i < MANY; i++)
        unp_table_remove(&t, *state, unp_table_find(&t, id_of(i)));
    assert_int_equal(t.count, 0);
}

UNIT_TEST(ids_in_order_of_arrival_are_found_as_fast_as_any)
{
    struct unp_table t = {0};
    int64_t start = unp_now();

    for (sctp_assoc_t id = 1; id <= 100000; id++)
        add(&t, id);
    for (sctp_assoc_t id = 1; id <= 100000; id++)
        assert_non_null(unp_table_find(&t, id));
    for (sctp_assoc_t id = 1; id <= 100000; id++)
        unp_table_remove(&t, *state, unp_table_find(&t, id));
    assert_in_range(unp_now() - start, 0, 100000); /* a list would take minutes */
    assert_null(t.root);
}

UNIT_TEST(additions_and_removals_keep_the_other_associations)
{
    struct unp_table t = {0};
    bool there[512] = {false};
    size_t count = 0;
    uint32_t x = 1;

    for (int round = 0; round < 50000; round++) {
        sctp_assoc_t id = (sctp_assoc_t)((x = x * 1664525 + 1013904223) >> 23);
        struct unp_association *a = unp_table_find(&t, id);

        assert_int_equal(a != NULL, there[id]);
        if (a)
            unp_table_remove(&t, *state, a);
        else
            add(&t, id);
        there[id] = !there[id];
        count += there[id] ? 1 : (size_t)-1;
        assert_int_equal(t.count, count);
    }
    assert_int_equal(walk(&t).count, count);
    for (sctp_assoc_t id = 0; id < 512; id++)
        if (there[id])
            unp_table_remove(&t, *state, unp_table_find(&t, id));
    assert_null(t.root);
}

int main(void)
{
    return run_all_tests(make_sender, free_sender);
}
