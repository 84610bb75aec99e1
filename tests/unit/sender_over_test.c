/*
 * The sending side of a server, on a kernel of our own making: associations that end while
 * something waits for them, and others that wait meanwhile.
 */
#include "model_kernel.h"

static void what_is_in_the_batch_of_an_association_that_is_over_is_not_sent(void **state)
{
    struct side *s = up(0), *t = up(1);

    for (int i = 0; i < 10; i++) {
        give(s, 0, 100, i & 1);
        give(t, 0, 100, i & 1);
    }
    unp_table_remove(&table, out, s->a);
    s->a = NULL;
    flush();
    assert_int_equal(s->taken[0], 0);
    assert_int_equal(missing(t), 0);
}

static void a_batch_of_nothing_but_what_is_over_is_sent_to_nobody(void **state)
{
    struct side *s = up(0), *t = up(1);

    for (int i = 0; i < 32; i++)
        give(s, 0, 100, i & 1);
    unp_table_remove(&table, out, s->a);
    s->a = NULL;
    give(t, 0, 100, true);
    flush();
    assert_int_equal(missing(t), 0);
}

static void an_association_may_be_over_while_it_is_held(void **state)
{
    struct side *s = up(0), *t = up(1);

    s->stuck = t->stuck = true;
    hold(s);
    hold(t);
    over(s);
    t->stuck = false;
    assert_gets_all(t, 1000);
    /* Nor does it come up again where room is wanted. */
    kernel.now += 5000;
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    assert_gets_all(t, 1000);
}

/* It is sent something that the kernel has no room for. */
static void starve(struct side *s)
{
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(s, 0, 100, true);
    flush();
}

static void an_association_may_be_over_while_it_starves(void **state)
{
    struct side *s = up(0), *t = up(1);

    starve(s);
    starve(t);
    assert_int_equal(s->a->out.state, SENDQ_BLOCKED_ON_BUFFER);
    assert_int_equal(t->a->out.state, SENDQ_BLOCKED_ON_BUFFER);
    over(s);
    assert_false(unp_sender_retry(out));
    assert_int_equal(missing(t), 0);
}

static void an_association_that_is_forgotten_begins_anew(void **state)
{
    struct side *s = up(0);

    s->stuck = true;
    hold(s);
    give(s, 0, 1000, true);
    unp_sender_forget(out, s->a);
    assert_int_equal(s->a->out.state, SENDQ_OPEN);
    assert_int_equal(s->a->out.queued, 0);
    /* It has been restarted: what was on its way is gone. */
    s->stuck = false;
    s->charged = 0;
    s->tag = ++kernel.tags;
    memset(s->sent, 0, sizeof(s->sent));
    memset(s->taken, 0, sizeof(s->taken));
    for (int i = 0; i < 1000; i++) {
        give(s, 0, 1000, i & 1);
        turn(1);
    }
    assert_gets_all(s, 1000);
}

static void retrying_tells_whether_anybody_still_waits(void **state)
{
    struct side *s = up(0), *t = up(1);

    assert_false(unp_sender_retry(out));
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(s, 0, 100, true);
    flush();
    kernel.fault_in = 1;
    assert_true(unp_sender_retry(out));
    assert_int_equal(missing(s), 1);
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    kernel.fault_in = 2; /* one of the two finds room */
    assert_true(unp_sender_retry(out));
    assert_int_equal(missing(s) + missing(t), 1);
    assert_false(unp_sender_retry(out));
    assert_int_equal(missing(s) + missing(t), 0);
}

static void one_that_still_finds_no_room_does_not_keep_others_from_trying(void **state)
{
    struct side *s = up(0), *t = up(1);

    starve(s);
    starve(t);
    kernel.fault_in = 1;
    assert_true(unp_sender_retry(out));
    assert_int_equal(missing(s), 1);
    assert_int_equal(missing(t), 0);
}

static void one_that_waits_for_one_reply_is_tried_before_one_that_waits_for_many(void **state)
{
    struct side *s = up(0), *t = up(1);

    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    for (int i = 0; i < 3; i++)
        give(s, 0, 100, true);
    flush();
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    kernel.fault_in = 2; /* there is room for one */
    assert_true(unp_sender_retry(out));
    assert_int_equal(missing(t), 0);
    assert_int_equal(missing(s), 3);
    assert_false(unp_sender_retry(out));
    assert_int_equal(missing(s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_its_own(what_is_in_the_batch_of_an_association_that_is_over_is_not_sent),
        on_its_own(a_batch_of_nothing_but_what_is_over_is_sent_to_nobody),
        on_its_own(an_association_may_be_over_while_it_is_held),
        with_shared_buffer(an_association_may_be_over_while_it_is_held),
        on_its_own(an_association_may_be_over_while_it_starves),
        with_shared_buffer(an_association_may_be_over_while_it_starves),
        on_its_own(an_association_that_is_forgotten_begins_anew),
        on_its_own(retrying_tells_whether_anybody_still_waits),
        on_its_own(one_that_still_finds_no_room_does_not_keep_others_from_trying),
        with_shared_buffer(one_that_still_finds_no_room_does_not_keep_others_from_trying),
        on_its_own(one_that_waits_for_one_reply_is_tried_before_one_that_waits_for_many),
        with_shared_buffer(one_that_waits_for_one_reply_is_tried_before_one_that_waits_for_many),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
