/* A crowd, and its packets in the network's queue, on a model of the kernel: lib/server/crowd.c. */
#include "model_kernel.h"
#include "receive/receive.h"

APART(a_crowd_is_more_than_half_of_a_burst)
{
    assert_false(unp_sender_crowd(out, unp_burst() / 2));
    assert_true(unp_sender_crowd(out, unp_burst() / 2 + 1));
}

/* A short line to each member uses a quarter of the buffer.  With acknowledgements delayed by 200
 * ms, each quarter would carry five lines a second. */
SHARED(a_crowd_fills_a_quarter_of_the_send_buffer_with_a_line)
{
    const size_t n = SNDBUF / 4 / 1536;

    assert_false(unp_sender_crowd(out, n));
    assert_true(unp_sender_crowd(out, n + 1));
}

/* BACKLOG packets are a burst of 17, half of which makes a crowd.  The sender uses an eighth of the
 * burst, and one more. */
enum { BACKLOG = 18, CROWD = 9, PART = 3 };

static void crowd(unsigned queued)
{
    unp_sender_free(out);
    kernel.backlog = BACKLOG;
    out = unp_sender_new(FD, MAX_QUEUE);
    assert_non_null(out);
    unp_sender_relay(out);
    kernel.queued = 0;
    for (int i = 0; i < CROWD; i++) {
        give(up(i), 0, 100, true);
        flush();
    }
    turn(1);
    kernel.queued = queued;
}

static void give_all(void)
{
    for (int i = 0; i < CROWD; i++)
        give(&kernel.sides[i], 0, 100, true);
    flush();
}

static uint32_t missing_in_all(void)
{
    uint32_t n = 0;

    for (int i = 0; i < CROWD; i++)
        n += kernel.sides[i].a ? missing(&kernel.sides[i]) : 0;
    return n;
}

APART_AND_SHARED(a_crowd_waits_while_an_eighth_of_the_queue_is_in_use)
{
    crowd(PART);
    give_all();
    assert_int_equal(missing_in_all(), CROWD);
    assert_true(turn(20));
    assert_int_equal(missing_in_all(), CROWD);
    kernel.queued = 0;
    turn(20);
    assert_int_equal(missing_in_all(), 0);
}

APART(a_crowd_is_sent_what_the_queue_has_room_for)
{
    crowd(PART - 1);
    kernel.looks = 0;
    give(&kernel.sides[0], 0, 100, true);
    kernel.queued = PART;
    give(&kernel.sides[1], 0, 100, true);
    flush();
    assert_int_equal(missing(&kernel.sides[0]), 0);
    assert_int_equal(missing(&kernel.sides[1]), 1);
    assert_int_equal(kernel.looks, 2);
}

APART(a_large_message_is_several_packets)
{
    crowd(0);
    give(&kernel.sides[0], 0, (PART - 1) * 1200, true);
    kernel.queued = PART;
    give(&kernel.sides[1], 0, 100, true);
    flush();
    assert_int_equal(missing_in_all(), 1);
}

/* Reading the queue's length for every message would cost more than sending it. */
APART(the_queue_is_looked_at_once_for_all_that_it_has_room_for)
{
    crowd(0);
    kernel.looks = 0;
    give_all();
    assert_int_equal(missing_in_all(), 0);
    assert_int_equal(kernel.looks, CROWD / PART);
}

/* What was free a moment ago may be in use by others now. */
APART(the_queue_is_looked_at_again_in_each_turn)
{
    crowd(0);
    give(&kernel.sides[0], 0, 100, true);
    turn(1);
    kernel.queued = PART;
    give(&kernel.sides[1], 0, 100, true);
    flush();
    assert_int_equal(missing_in_all(), 1);
}

/* Another user of the host may keep the queue full. */
APART(a_queue_that_stays_full_delays_a_crowd_by_five_seconds_and_then_slows_it)
{
    crowd(1000);
    give_all();
    turn(4999);
    assert_int_equal(missing_in_all(), CROWD);
    turn(1);
    assert_int_equal(missing_in_all(), CROWD - PART);
    turn(99);
    assert_int_equal(missing_in_all(), CROWD - PART);
    turn(1);
    assert_int_equal(missing_in_all(), CROWD - 2 * PART);
}

APART(those_that_have_waited_longest_are_sent_to_first)
{
    crowd(PART);
    give(&kernel.sides[5], 0, 100, true);
    give(&kernel.sides[5], 0, 100, true); /* more than others, which must not matter */
    give_all();
    kernel.queued = 0;
    kernel.jammed = true;
    turn(20);
    assert_int_equal(missing(&kernel.sides[5]), 0);
    assert_int_equal(missing_in_all(), CROWD - 1);
    kernel.queued = 0;
    give(&kernel.sides[5], 0, 100, true);
    turn(20);
    assert_int_equal(missing_in_all(), CROWD - PART);
    assert_int_equal(missing(&kernel.sides[5]), 1);
}

/* The first line is in the batch when the second has to wait. */
APART(the_order_is_kept_when_a_crowd_begins_to_wait)
{
    struct side *s = &kernel.sides[0];

    crowd(PART - 1);
    give(s, 0, 100, true);
    kernel.queued = PART;
    give(s, 0, 100, true);
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    flush();
    assert_int_equal(missing(s), 2);
    kernel.queued = 0;
    assert_gets_all(s, 1000);
}

APART(fewer_than_a_crowd_do_not_wait)
{
    crowd(PART);
    over(&kernel.sides[4]);
    over(&kernel.sides[5]);
    kernel.looks = 0;
    give(&kernel.sides[1], 0, 100, true);
    flush();
    assert_int_equal(missing(&kernel.sides[1]), 0);
    assert_int_equal(kernel.looks, 0);
}

APART(those_that_wait_are_sent_to_when_the_crowd_has_shrunk)
{
    crowd(PART);
    give_all();
    over(&kernel.sides[4]);
    over(&kernel.sides[5]);
    turn(20);
    assert_int_equal(missing_in_all(), 0);
}

/* A client waits for its reply. */
APART(replies_do_not_wait)
{
    unp_sender_free(out);
    kernel.backlog = BACKLOG;
    out = unp_sender_new(FD, MAX_QUEUE);
    kernel.queued = PART;
    for (int i = 0; i < CROWD; i++) {
        give(up(i), 0, 100, true);
        flush();
    }
    assert_int_equal(missing_in_all(), 0);
    assert_int_equal(kernel.looks, 0);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
