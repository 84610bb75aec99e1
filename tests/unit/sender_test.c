/*
 * A peer that does not read: lib/server/sender.c, sendq.c.  See also sender_sctp_test.c (real
 * stacks), sender_shared_test.c (a send buffer that all associations share), sender_over_test.c
 * (associations that end, the order of retries), sender_relay_test.c and sender_memory_test.c.
 */
#include "model_kernel.h"
#include "receive/receive.h"

#include <sys/queue.h>

/* ---- a peer that does not read ---------------------------------------------- */

APART(an_association_that_acknowledges_nothing_is_blocked)
{
    struct side *s = up(0);

    s->stuck = true;
    hold(s);
    assert_true(s->charged <= SNDBUF / 2);
    assert_true(missing(s) > 0);
    for (int i = 0; i < 100; i++)
        give(s, 0, 1000, i & 1);
    flush();
    assert_int_equal(s->a->out.state, SENDQ_BLOCKED_ON_PEER);
    assert_true(s->charged <= SNDBUF / 2);
    assert_null(s->a->close_reason);
}

APART_AND_SHARED(a_blocked_association_goes_on_in_order_when_all_is_acknowledged)
{
    struct side *s = up(0);

    s->stuck = true;
    hold(s);
    for (int i = 0; i < 500; i++)
        give(s, (uint16_t)(i % STREAMS), 1000, i & 1);
    flush();
    for (int i = 0; i < 10; i++)
        turn(100);
    assert_true(missing(s) > 400);
    s->stuck = false;
    assert_gets_all(s, 2000);
    turn(20);
    assert_int_equal(s->a->out.state, SENDQ_OPEN);
    assert_int_equal(s->a->out.queued, 0);
}

APART_AND_SHARED(other_associations_go_on_while_one_is_blocked)
{
    struct side *s = up(0), *t = up(1);

    s->stuck = true;
    hold(s);
    for (int i = 0; i < 500; i++) {
        give(s, 0, 1000, i & 1);
        give(t, 0, 1000, i & 1);
        turn(1);
        assert_int_equal(missing(t), 0);
    }
}

/* So that small messages for one association share packets. */
APART(a_message_for_a_blocked_association_does_not_end_the_batch)
{
    struct side *s = up(0), *t = up(1);

    s->stuck = true;
    hold(s);
    give(t, 0, 20, true);
    give(s, 0, 1000, true);
    give(t, 0, 20, true);
    assert_int_equal(t->taken[0], 0);
    flush();
    assert_int_equal(t->taken[0], 2);
    assert_null(s->a->close_reason);
}

APART_AND_SHARED(the_send_queue_of_an_association_is_bounded)
{
    struct side *s = up(0), *t = up(1);
    int given = 0;

    s->stuck = true;
    for (; given < 10000 && !s->a->close_reason; given++) {
        give(s, 0, 1000, given & 1);
        give(t, 0, 20, true);
        turn(0);
        if (!s->a)
            break;
    }
    assert_in_range(given, MAX_QUEUE / 1200, MAX_QUEUE / 1000 + 300);
    assert_false(s->alive);
    assert_string_equal(s->reason, "too many messages are waiting: the peer does not read them");
    assert_int_equal(missing(t), 0);
}

APART(an_aborted_association_frees_its_queue_and_is_sent_nothing_more)
{
    struct side *s = up(0);
    uint32_t taken;

    s->stuck = true;
    hold(s);
    taken = s->taken[0];
    unp_sender_abort(out, s->a, "because");
    assert_string_equal(s->reason, "because");
    assert_string_equal(s->a->close_reason, "because");
    assert_int_equal(s->a->out.queued, 0);
    assert_true(TAILQ_EMPTY(&s->a->out.queue));
    give(s, 0, 100, true);
    give(s, 0, 100, false);
    flush();
    assert_false(unp_sender_retry(out));
    assert_int_equal(s->taken[0], taken);
}

APART(an_association_that_is_shutting_down_is_sent_nothing_more)
{
    struct side *s = up(0);

    give(s, 0, 100, true);
    flush();
    s->a->close_reason = "the server is leaving"; /* it is being shut down */
    give(s, 0, 100, true);
    give(s, 0, 100, false);
    flush();
    assert_int_equal(s->taken[0], 1);
    assert_true(s->alive);
}

APART_AND_SHARED(a_slow_reader_is_neither_aborted_nor_blocked_for_ever)
{
    struct side *s = up(0);

    for (int i = 0; i < 5000; i++) {
        give(s, (uint16_t)(i % STREAMS), 1000, i & 1);
        s->stuck = i % 5 != 0;
        turn(10);
        assert_non_null(s->a);
    }
    s->stuck = false;
    assert_gets_all(s, 10000);
}

APART(a_sender_dry_event_does_not_count_unflushed_messages)
{
    struct side *s = up(0);

    for (int i = 0; i < 10; i++)
        give(s, 0, 1000, i & 1);
    unp_sender_dry(out, s->a); /* does not concern messages in the batch */
    assert_int_equal(s->a->out.unacked, 10 * COST_OF_1000);
    kernel.fault = EAGAIN;
    kernel.fault_in = 5;
    flush();
    assert_int_equal(s->a->out.unacked, 4 * COST_OF_1000);
    assert_gets_all(s, 1000);
}

APART(a_sender_dry_event_does_not_count_the_only_message_of_the_batch)
{
    struct side *s = up(0);

    give(s, 0, 1000, true);
    unp_sender_dry(out, s->a);
    assert_int_equal(s->a->out.unacked, COST_OF_1000);
}

APART(a_queue_is_sent_in_full_batches)
{
    struct side *s = up(0);

    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    for (int i = 0; i < 40; i++)
        give(s, 0, 20, i & 1);
    flush();
    assert_int_equal(missing(s), 40);
    kernel.calls = 0;
    unp_sender_retry(out);
    assert_int_equal(missing(s), 0);
    assert_int_equal(kernel.calls, 4); /* with MSG_MORE, and the last without, of 32 and of 8 */
}

/* evict.c uses this time. */
APART(a_sent_message_or_an_acknowledgement_ends_the_silence)
{
    struct side *s = up(0);

    s->a->out.stalled_since = kernel.now;
    give(s, 0, 100, true);
    assert_int_equal(s->a->out.stalled_since, kernel.now);
    flush();
    assert_int_equal(s->a->out.stalled_since, 0);
    s->a->out.stalled_since = kernel.now;
    unp_sender_dry(out, s->a);
    assert_int_equal(s->a->out.stalled_since, 0);
}

/* The previous batch was larger: its stale entries must not be dropped a second time. */
APART(the_messages_of_a_closed_association_are_dropped_once)
{
    struct side *s = up(0);

    for (int i = 0; i < 3; i++)
        give(s, 0, 1000, true);
    flush();
    s->alive = false;
    give(s, 0, 1000, true);
    flush();
    assert_int_equal(s->taken[0], 3);
    assert_int_equal(s->a->out.unacked, 3 * COST_OF_1000);
}

APART(a_closed_association_drops_its_send_queue)
{
    struct side *s = up(0);

    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    for (int i = 0; i < 3; i++)
        give(s, 0, SNDBUF / 2, true);
    flush();
    assert_true(s->a->out.queued > SNDBUF);
    s->alive = false;
    unp_sender_retry(out);
    assert_int_equal(s->a->out.queued, 0);
    assert_null(s->a->close_reason);
}

/* Linux returns the errno of an association's end once; the notification follows. */
APART(a_message_that_meets_the_end_of_its_association_is_dropped)
{
    struct side *s = up(0), *t = up(1);

    kernel.fault = ECONNRESET;
    kernel.fault_in = 1;
    give(s, 0, 1000, true);
    give(t, 0, 1000, true);
    flush();
    assert_int_equal(s->taken[0], 0);
    assert_int_equal(s->a->out.unacked, 0);
    assert_int_equal(s->a->out.queued, 0);
    assert_null(s->a->close_reason);
    assert_int_equal(missing(t), 0);
}

/* load.c uses this time. */
APART(the_time_since_when_an_association_is_blocked_on_the_peer_is_kept)
{
    struct side *s = up(0);
    int64_t began;

    s->stuck = true;
    hold(s); /* the last message waits */
    began = kernel.now;
    assert_int_equal(s->a->out.waiting_since, began);
    kernel.now += 100;
    give(s, 0, 1000, true);
    assert_int_equal(s->a->out.waiting_since, began);
}

APART(the_time_since_when_an_association_is_blocked_on_the_buffer_is_kept)
{
    struct side *s = up(0), *t = up(1);

    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(t, 0, 1000, true);
    flush();
    assert_int_equal(t->a->out.waiting_since, kernel.now);
    kernel.fault_in = 2; /* t is retried first */
    unp_sender_retry(out);
    kernel.fault_in = 1;
    give(s, 0, 1000, true);
    give(s, 0, 1000, true);
    kernel.now += 100;
    flush(); /* both return to the send queue */
    assert_int_equal(s->a->out.waiting_since, kernel.now);
    kernel.now += 100;
    kernel.fault_in = 1;
    unp_sender_retry(out); /* the first is put back before the second */
    assert_int_equal(missing(s), 2);
    assert_int_equal(s->a->out.waiting_since, kernel.now);
    kernel.now += 100;
    give(s, 0, 1000, true);
    assert_int_equal(s->a->out.waiting_since, kernel.now - 100);
}

APART(the_time_since_when_an_association_is_far_behind_is_kept_until_its_queue_is_empty)
{
    struct side *s = up(0);
    int64_t began;

    s->stuck = true;
    while (s->a->out.queued <= MAX_QUEUE / 2) {
        assert_int_equal(s->a->out.behind_since, 0);
        give(s, 0, 1000, true);
    }
    began = kernel.now;
    assert_int_equal(s->a->out.behind_since, began);
    kernel.now += 100;
    give(s, 0, 1000, true);
    assert_int_equal(s->a->out.behind_since, began);
    s->stuck = false;
    turn(1);
    assert_true(s->a->out.queued > 0 && s->a->out.queued < MAX_QUEUE / 2);
    assert_int_equal(s->a->out.behind_since, began);
    assert_gets_all(s, 10000);
    assert_int_equal(s->a->out.behind_since, 0);
}

APART(a_message_that_cannot_be_sent_blocks_nothing)
{
    struct side *s = up(0);

    unp_sender_relay(out);
    give(s, 1, SNDBUF + 1, true);
    flush();
    assert_int_equal(s->a->out.lost, 1);
    assert_int_equal(s->a->out.unacked, 0);
}

/* ---- random faults ----------------------------------------------------------- */

APART_AND_SHARED(no_message_is_lost_duplicated_or_reordered_under_random_faults)
{
    static const char *const reasons[] = {
        "too many messages are waiting: the peer does not read them",
        "the peer has stopped reading and holds the send buffer that all clients share"};

    for (uint32_t seed = 1; seed <= 5; seed++) {
        kernel.random = seed;
        kernel.fault_rate = any(3) * 5;
        for (int i = 0; i < SIDES; i++)
            if (!kernel.sides[i].a)
                up(i);
        for (int step = 0; step < 4000; step++) {
            struct side *s = &kernel.sides[any(SIDES)];

            switch (any(20)) {
            case 0:
                s->stuck = !s->stuck;
                break;
            case 1:
                if (any(20) == 0 && s->a)
                    over(s);
                else if (!s->a)
                    up((int)(s - kernel.sides));
                break;
            case 2:
                flush();
                break;
            case 3:
            case 4:
                turn(any(60));
                break;
            case 5:
                for (int i = 0; i < SIDES; i++)
                    if (any(2))
                        acknowledge(&kernel.sides[i]);
                break;
            default:
                for (uint32_t n = any(8); n-- && s->a && s->alive && !s->a->close_reason;)
                    give(s, (uint16_t)any(STREAMS),
                         sizeof(struct label) + (any(4) ? any(2000) : any(30000)), any(2));
            }
        }
        kernel.fault_rate = 0;
        for (int i = 0; i < SIDES; i++)
            kernel.sides[i].stuck = false;
        for (int i = 0; i < 2000; i++)
            turn(20);
        for (int i = 0; i < SIDES; i++) {
            const struct side *s = &kernel.sides[i];

            if (s->a)
                assert_int_equal(missing(s), 0);
            else if (s->reason[0])
                assert_true(strcmp(s->reason, reasons[0]) == 0 ||
                            (kernel.shared && strcmp(s->reason, reasons[1]) == 0));
        }
        assert_int_equal(kernel.wrong, 0);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
