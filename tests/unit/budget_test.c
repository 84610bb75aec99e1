/*
 * The bounds of the send buffer, and which peer is aborted when it is low, to the byte and the
 * millisecond: lib/server/budget.c, evict.c, progress.c.
 */
#include "model_kernel.h"
#include "server/sender.h"

/* ---- the budget ------------------------------------------------------------------ */

APART(a_message_costs_twice_its_length_and_a_chunk)
{
    assert_int_equal(unp_sender_cost(0), 1536);
    assert_int_equal(unp_sender_cost(1000), COST_OF_1000);
}

APART(an_association_may_fill_half_of_its_own_buffer)
{
    struct side *s = up(0);

    assert_int_equal(unp_sender_bound(out), SNDBUF / 2);
    out->used = SNDBUF; /* a small part of the pool */
    assert_int_equal(unp_sender_bound(out), SNDBUF / 2);
    assert_true(unp_sender_buffer_ample(out));
    s->a->out.unacked = SNDBUF / 2 - COST_OF_1000;
    assert_false(unp_sender_full(out, s->a, 1000));
    s->a->out.unacked++;
    assert_true(unp_sender_full(out, s->a, 1000));
    s->a->out.unacked = 0; /* one message may be larger */
    assert_false(unp_sender_full(out, s->a, SNDBUF));
    out->max_queue = SNDBUF / 2 - 1;
    assert_int_equal(unp_sender_bound(out), SNDBUF / 2 - 1);
}

APART(where_messages_are_relayed_an_association_has_less_in_flight)
{
    unp_sender_relay(out);
    assert_int_equal(unp_sender_bound(out), 65536);
    out->buffer = 100000;
    assert_int_equal(unp_sender_bound(out), 50000);
    out->max_queue = 1000;
    assert_int_equal(unp_sender_bound(out), 1000);
}
static struct unp_association *acked; /* the last one that all_acked() was called for */

static int later(void **state)
{
    acked = NULL;
    if (start(state) < 0)
        return -1;
    kernel.now = 100000;
    return 0;
}

#define LATER(f) UNIT_TEST_WITH(f, later, stop, &shared)

LATER(an_association_may_use_an_eighth_of_the_free_buffer)
{
    assert_int_equal(unp_sender_bound(out), SNDBUF / 8);
    out->used = SNDBUF / 2;
    assert_int_equal(unp_sender_bound(out), SNDBUF / 16);
    out->used = SNDBUF - 8;
    assert_int_equal(unp_sender_bound(out), 1);
    out->used = SNDBUF;
    assert_int_equal(unp_sender_bound(out), 0);
    out->used = SNDBUF + 100000; /* the kernel allows one message more */
    assert_int_equal(unp_sender_bound(out), 0);
}

APART(with_buffers_of_their_own_associations_share_the_kernels_memory)
{
    out->pool = SNDBUF * 4;
    assert_int_equal(unp_sender_bound(out), SNDBUF / 2);
    out->used = 8;
    assert_int_equal(unp_sender_bound(out), SNDBUF / 2 - 1);
    out->used = SNDBUF * 4;
    assert_int_equal(unp_sender_bound(out), 0);
}

LATER(a_shared_buffer_is_ample_up_to_an_eighth)
{
    up(0)->charged = 77777;
    out->used = SNDBUF / 8;
    assert_true(unp_sender_buffer_ample(out));
    unp_sender_ask_used(out);
    assert_int_equal(out->used, SNDBUF / 8); /* not asked */
    out->used++;
    assert_false(unp_sender_buffer_ample(out));
    unp_sender_ask_used(out);
    assert_int_equal(out->used, 77777);
}

LATER(the_use_of_the_buffer_is_read_after_a_flush)
{
    struct side *s = up(0);

    out->used = SNDBUF / 8 + 1; /* with less, the kernel is not asked */
    give(s, 0, 100, true);
    flush();
    assert_int_equal(out->used, s->charged);
}

/* With half of the buffer in use, a message above the bound may fill three quarters. */
LATER(the_last_quarter_is_reserved_for_small_messages)
{
    struct side *s = up(0);
    const size_t len = (SNDBUF / 4 - 1536 - 2) / 2;

    out->used = SNDBUF / 2;
    assert_false(unp_sender_full(out, s->a, SNDBUF)); /* otherwise it could never be sent */
    out->used = SNDBUF / 2 + 2;
    assert_false(unp_sender_full(out, s->a, len));
    assert_true(unp_sender_full(out, s->a, len + 1));
    assert_false(unp_sender_full(out, s->a, 1)); /* below the bound */
    s->a->out.unacked = 1;
    assert_true(unp_sender_full(out, s->a, len));
}

LATER(bytes_in_flight_are_counted)
{
    struct side *s = up(0);

    unp_sender_add_unacked(out, s->a, 100);
    unp_sender_add_unacked(out, s->a, 10);
    assert_int_equal(s->a->out.unacked, 110);
    assert_int_equal(out->used, 110);
    assert_ptr_equal(TAILQ_FIRST(&out->sent_to), s->a);
    assert_null(TAILQ_NEXT(s->a, out.sent_to_link));
    unp_sender_sub_unacked(s->a, 10);
    assert_int_equal(s->a->out.unacked, 100);
    unp_sender_sub_unacked(s->a, 101); /* counted before a sender-dry notification */
    assert_int_equal(s->a->out.unacked, 0);
}

/* ---- when the buffer is low --------------------------------------------------------- */

LATER(the_buffer_is_low_in_its_last_quarter)
{
    out->used = SNDBUF / 4 * 3;
    assert_false(unp_sender_buffer_low(out));
    out->used++;
    assert_true(unp_sender_buffer_low(out));
    out->pool = SIZE_MAX / 2; /* not known */
    assert_false(unp_sender_buffer_low(out));
}

LATER(with_a_blocked_association_the_buffer_is_low_above_its_half)
{
    struct side *s = up(0);

    out->used = SNDBUF / 2 + 1;
    assert_false(unp_sender_buffer_low(out));
    unp_sender_block(out, s->a);
    assert_true(unp_sender_buffer_low(out));
    out->used--;
    assert_false(unp_sender_buffer_low(out));
}

static void all_acked(struct unp_sender *sender, struct unp_association *a)
{
    assert_ptr_equal(sender, out);
    acked = a;
    a->out.unacked = 0;
    a->out.stalled_since = 0;
}

/* An association that holds `bytes` and has been silent for `silent` ms; -1: unknown. */
static struct side *holder(int i, size_t bytes, int64_t silent)
{
    struct side *s = up(i);

    s->stuck = true;
    s->charged = bytes;
    unp_sender_add_unacked(out, s->a, bytes);
    s->a->out.stalled_since = silent < 0 ? 0 : kernel.now - silent;
    return s;
}

static void evict(void)
{
    unp_sender_evict(out, all_acked);
}

/* The next retransmission is sent after RTO.Min and its double. */
LATER(a_peer_that_has_lost_a_packet_and_its_retransmission_is_not_stuck)
{
    struct side *s = holder(0, 200000, 3000 + 200); /* a delayed acknowledgement */

    evict();
    assert_true(s->alive);
}

LATER(a_peer_is_stuck_after_3500_ms)
{
    struct side *s = holder(0, 200000, 3499);

    evict();
    assert_true(s->alive);
    kernel.now += 100;
    s->a->out.stalled_since = kernel.now - 3500;
    evict();
    assert_false(s->alive);
}

LATER(the_time_of_a_stuck_peer_begins_when_it_is_first_checked)
{
    struct side *s = holder(0, 200000, -1);

    evict();
    assert_true(s->alive);
    assert_int_equal(s->a->out.stalled_since, kernel.now);
    kernel.now += 3499;
    evict();
    assert_true(s->alive);
    kernel.now += 100;
    evict();
    assert_false(s->alive);
}

LATER(peers_are_checked_every_100_ms)
{
    struct side *s = holder(0, 200000, 3499);

    evict();
    kernel.now += 99;
    evict();
    assert_true(s->alive);
    kernel.now += 1;
    evict();
    assert_false(s->alive);
}

LATER(a_peer_that_is_aborted_is_told_what_it_holds)
{
    struct side *s = holder(0, 200000, 9000);

    evict();
    assert_string_equal(s->reason, "the peer has stopped reading and holds the send buffer that "
                                   "all clients share");
    s = holder(1, 200000, 9000);
    kernel.now += 100;
    out->shared = false;
    evict();
    assert_string_equal(s->reason, "the peer has stopped reading and holds memory of the kernel "
                                   "that all clients need");
}

LATER(peers_are_aborted_only_while_the_buffer_is_low)
{
    struct side *s[4];

    for (int i = 0; i < 4; i++)
        s[i] = holder(i, 60000, 5000); /* 240000 of 262144 */
    evict();
    assert_false(s[0]->alive); /* of equal holders the first */
    assert_true(s[1]->alive && s[2]->alive && s[3]->alive);
}

LATER(the_stuck_peer_that_holds_most_goes_first)
{
    struct side *little = holder(0, 50000, 9000), *most = holder(1, 70000, 3500),
                *reads = holder(2, 90000, 0);

    evict();
    assert_false(most->alive);
    assert_true(little->alive && reads->alive);
}

/* Four hold something: half of an even share of 200000 bytes is 25000. */
LATER(a_peer_with_less_than_half_of_its_share_is_spared)
{
    struct side *s = holder(0, 24999, 9000);

    holder(1, 100000, 0);
    holder(2, 50000, 0);
    holder(3, 25001, 0);
    holder(4, 0, 9000); /* it holds nothing */
    evict();
    assert_true(s->alive);
    kernel.now += 100;
    s->charged = s->a->out.unacked = 25000;
    kernel.sides[3].charged = 25000;
    evict();
    assert_false(s->alive);
}

LATER(at_most_32_peers_are_checked_each_time)
{
    int alive = 0;

    holder(39, 250000, 0); /* which keeps the buffer low */
    for (int i = 0; i < 39; i++)
        holder(i, 40000, 9000);
    evict();
    for (int i = 0; i < 39; i++)
        alive += kernel.sides[i].alive;
    assert_int_equal(alive, 39 - 32);
}

LATER(a_peer_that_has_acknowledged_all_is_not_aborted)
{
    struct side *s = holder(0, 200000, 9000);

    s->charged = 0;
    evict();
    assert_ptr_equal(acked, s->a);
    assert_true(s->alive);
    assert_int_equal(out->used, 0); /* the kernel was asked */
}

/* A peer to which messages are relayed, with a receive window of `rwnd` bytes, and which last
 * acknowledged or read data `ago` ms ago. */
static struct side *relayed_to(uint32_t rwnd, int64_t ago)
{
    struct side *s = holder(0, 200000, 9000);

    s->rwnd = rwnd;
    unp_sender_relay(out);
    s->a->out.seen = (struct unp_progress){.unacked = 200, .rwnd = s->rwnd};
    s->a->out.last_progress = kernel.now - ago;
    return s;
}

LATER(a_member_that_makes_progress_is_not_aborted)
{
    struct side *s = relayed_to(1499, 3499);

    evict();
    assert_true(s->alive);
    assert_int_equal(s->a->out.stalled_since, kernel.now);
}

LATER(a_member_that_does_not_read_is_aborted)
{
    struct side *s = relayed_to(1499, 3500);

    evict();
    assert_false(s->alive);
}

/* Its acknowledgements are lost. */
LATER(a_member_with_an_open_window_has_more_time)
{
    struct side *s = relayed_to(1500, 15499);

    evict();
    assert_true(s->alive);
    kernel.now += 3500;
    evict();
    assert_false(s->alive);
}

LATER(of_a_member_with_much_in_flight_a_sender_dry_notification_is_checked)
{
    struct side *s = relayed_to(100000, 0);

    out->used = 0;
    s->a->out.unacked = 16385;
    unp_sender_dry(out, s->a);
    assert_int_equal(s->a->out.unacked, 16385); /* the kernel awaits acknowledgements */
    s->a->out.unacked = 16384;
    unp_sender_dry(out, s->a);
    assert_int_equal(s->a->out.unacked, 0);
}

/* ---- progress ------------------------------------------------------------------------ */

APART(a_window_of_less_than_a_packet_is_closed)
{
    struct side *s = up(0);
    bool waiting;

    s->rwnd = 1499;
    unp_sender_last_progress(out, s->a, kernel.now, &waiting);
    assert_true(s->a->out.window_closed);
    s->rwnd = 1500;
    unp_sender_last_progress(out, s->a, kernel.now, &waiting);
    assert_false(s->a->out.window_closed);
}

APART(a_closed_window_of_a_member_awaits_acknowledgements)
{
    struct side *s = up(0);
    bool waiting = true;

    s->rwnd = 0;
    assert_false(unp_sender_awaits_ack(out, s->a));
    unp_sender_relay(out);
    assert_true(unp_sender_awaits_ack(out, s->a));
    s->rwnd = 1;
    assert_false(unp_sender_awaits_ack(out, s->a));
    unp_sender_last_progress(out, s->a, kernel.now, &waiting);
    assert_false(waiting);
    s->charged = 1;
    assert_true(unp_sender_awaits_ack(out, s->a));
    unp_sender_last_progress(out, s->a, kernel.now, &waiting);
    assert_true(waiting);
}

APART(the_last_progress_of_an_unknown_association_is_kept)
{
    struct side *s = up(0);
    bool waiting = false;

    s->a->out.last_progress = 77;
    s->alive = false;
    assert_int_equal(unp_sender_last_progress(out, s->a, kernel.now, &waiting), 77);
    assert_true(waiting);
    assert_false(unp_sender_awaits_ack(out, s->a));
}

/* Probes of a closed window are unacknowledged now and then. */
APART(probes_of_a_closed_window_are_no_progress)
{
    struct side *s = up(0);
    bool waiting;

    s->rwnd = 0;
    s->charged = 1000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 10, &waiting), 10);
    s->charged = 0;
    assert_int_equal(unp_sender_last_progress(out, s->a, 20, &waiting), 10);
    s->charged = 3000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 30, &waiting), 10);
    s->rwnd = 10;
    assert_int_equal(unp_sender_last_progress(out, s->a, 60, &waiting), 60);
    s->charged = 2000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 70, &waiting), 70);
    assert_int_equal(unp_sender_last_progress(out, s->a, 80, &waiting), 70);
}

/* Linux' view of the receive window changes when a packet is retransmitted. */
APART(on_linux_only_acknowledged_chunks_are_progress)
{
    struct side *s = up(0);
    bool waiting;

    s->ordered = 3;
    s->charged = 3000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 10, &waiting), 10);
    s->rwnd += 1000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 20, &waiting), 10);
    s->unordered++; /* another is sent */
    s->charged = 4000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 30, &waiting), 10);
    s->charged = 3000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 40, &waiting), 40);
    s->ordered++; /* as many are unacknowledged as before */
    assert_int_equal(unp_sender_last_progress(out, s->a, 50, &waiting), 50);
    s->charged = 4000; /* the peer has dropped one that it had acknowledged beyond a gap */
    assert_int_equal(unp_sender_last_progress(out, s->a, 60, &waiting), 50);
    s->charged = 3000;
    assert_int_equal(unp_sender_last_progress(out, s->a, 70, &waiting), 50);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
