/*
 * The sending side of a server, on a model of the kernel: associations that end while messages are
 * queued for them, and other associations that are blocked at the same time.
 */
#include "model_kernel.h"

APART(messages_in_the_batch_for_a_closed_association_are_not_sent)
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

APART(a_batch_for_closed_associations_only_makes_no_call)
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

APART_AND_SHARED(an_association_can_close_while_blocked_on_the_peer)
{
    struct side *s = up(0), *t = up(1);

    s->stuck = t->stuck = true;
    hold(s);
    hold(t);
    over(s);
    t->stuck = false;
    assert_gets_all(t, 1000);
    /* Nor is it evicted when another association needs room. */
    kernel.now += 5000;
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    assert_gets_all(t, 1000);
}

/* Sends a message that the kernel has no room for. */
static void block_on_buffer(struct side *s)
{
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(s, 0, 100, true);
    flush();
}

APART_AND_SHARED(an_association_can_close_while_blocked_on_the_buffer)
{
    struct side *s = up(0), *t = up(1);

    block_on_buffer(s);
    block_on_buffer(t);
    assert_int_equal(s->a->out.state, SENDQ_BLOCKED_ON_BUFFER);
    assert_int_equal(t->a->out.state, SENDQ_BLOCKED_ON_BUFFER);
    over(s);
    assert_false(unp_sender_retry(out));
    assert_int_equal(missing(t), 0);
}

APART(a_restarted_association_starts_with_an_empty_send_queue)
{
    struct side *s = up(0);

    s->stuck = true;
    hold(s);
    give(s, 0, 1000, true);
    unp_sender_forget(out, s->a);
    assert_int_equal(s->a->out.state, SENDQ_OPEN);
    assert_int_equal(s->a->out.queued, 0);
    /* The association has restarted, which drops the data in flight. */
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

APART(a_retry_returns_whether_any_association_is_still_blocked)
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
    kernel.fault_in = 2; /* there is room for one of the two */
    assert_true(unp_sender_retry(out));
    assert_int_equal(missing(s) + missing(t), 1);
    assert_false(unp_sender_retry(out));
    assert_int_equal(missing(s) + missing(t), 0);
}

APART_AND_SHARED(a_blocked_association_does_not_keep_others_from_retrying)
{
    struct side *s = up(0), *t = up(1);

    block_on_buffer(s);
    block_on_buffer(t);
    kernel.fault_in = 1;
    assert_true(unp_sender_retry(out));
    assert_int_equal(missing(s), 1);
    assert_int_equal(missing(t), 0);
}

APART_AND_SHARED(the_association_with_the_shorter_queue_is_retried_first)
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
    return run_all_tests(NULL, NULL);
}
