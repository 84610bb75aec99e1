/*
 * With one send buffer for all associations (net.sctp.sndbuf_policy 0), peers that never read must
 * not fill it for the others: lib/server/sender.c, on a model of the kernel.
 */
#include "model_kernel.h"
#include "server/sender.h"

/* Lets sides 0 to 38 stop reading one after the other, until one of them is blocked on the buffer;
 * returns that one. */
static struct side *fill_up(size_t len)
{
    for (int i = 0; i < 39; i++) {
        if (!kernel.sides[i].a)
            up(i);
        kernel.sides[i].stuck = true;
        give(&kernel.sides[i], 0, len, true);
        flush();
        if (kernel.sides[i].a->out.state == SENDQ_BLOCKED_ON_BUFFER)
            return &kernel.sides[i];
    }
    fail_msg("there is room for all");
    return NULL;
}

/* Of the kernel's memory for SCTP, the pool, stuck peers leave a quarter to the others. */
APART(stuck_peers_with_buffers_of_their_own_leave_room_in_the_pool)
{
    struct side *s = up(39);
    size_t used = 0;
    int aborted = 0;

    out->pool = SNDBUF;
    fill_up(10000);
    for (int i = 0; i < 39; i++)
        used += kernel.sides[i].charged;
    assert_in_range(used, SNDBUF / 2, SNDBUF / 4 * 3);
    for (int i = 0; i < 100; i++) {
        give(s, 0, 500, true);
        turn(1);
        assert_int_equal(missing(s), 0);
    }
    for (int i = 0; i < 130; i++)
        turn(30);
    for (int i = 0; i < 39; i++)
        if (*kernel.sides[i].reason) {
            aborted++;
            assert_string_equal(kernel.sides[i].reason,
                                "the peer has stopped reading and holds memory of the kernel that "
                                "all clients need");
        }
    assert_in_range(aborted, 1, 3);
    assert_true(s->alive);
}

/* Each has less outstanding than would block it. */
SHARED(with_a_shared_buffer_the_last_quarter_is_kept_for_small_replies)
{
    struct side *s = up(39);

    fill_up(10000);
    for (int i = 0; i < 100; i++) {
        give(s, 0, 500, true);
        turn(1);
        assert_int_equal(missing(s), 0);
    }
}

SHARED(with_a_shared_buffer_a_stuck_peer_is_aborted_after_some_seconds)
{
    const struct side *last = fill_up(10000);
    const int64_t since = last->a->out.waiting_since;
    int aborted = 0;

    for (int i = 0; i < 110; i++)
        turn(30);
    assert_int_equal(last->a->out.waiting_since, since); /* a retry without progress */
    for (const struct side *s = kernel.sides; s <= last; s++)
        assert_true(s->alive); /* not silent for long enough */
    assert_gets_all(last, 1000);
    for (const struct side *s = kernel.sides; s <= last; s++)
        if (!s->alive) {
            aborted++;
            assert_string_equal(
                s->reason,
                "the peer has stopped reading and holds the send buffer that all clients share");
        }
    assert_in_range(aborted, 1, 3); /* only as many as necessary */
}

SHARED(with_a_shared_buffer_a_stuck_peer_with_a_buffer_of_its_own_is_not_aborted)
{
    const struct side *last = fill_up(10000);

    for (struct side *s = kernel.sides; s <= last; s++)
        s->a->own = OWN;
    for (int i = 0; i < 300; i++)
        turn(30);
    for (const struct side *s = kernel.sides; s <= last; s++)
        assert_true(s->alive);
}

SHARED(with_a_shared_buffer_as_many_stuck_peers_as_needed_are_aborted_at_once)
{
    struct side *s = up(39);

    fill_up(4500);
    give(s, 0, 40000, true); /* as much as seven of the others hold */
    assert_gets_all(s, 3700);
}

/* The peer read while the server was busy.  The server has several unread sender-dry notifications,
 * which say nothing about messages that it sends now. */
SHARED(with_a_shared_buffer_an_old_sender_dry_event_is_ignored)
{
    struct side *s = up(0), *t = up(1);

    for (int i = 0; i < 100; i++) {
        give(s, 0, 20, true);
        flush();
        acknowledge(s);
    }
    s->stuck = true;
    for (int i = 0; i < 20; i++)
        give(s, 0, 10000, true);
    turn(20);
    assert_in_range(s->charged, 1, SNDBUF / 4);
    give(t, 0, 1000, true);
    flush();
    assert_int_equal(missing(t), 0);
    s->stuck = false;
    assert_gets_all(s, 1000);
}

/* A member of a room that holds most, but reads: its window opens while it acknowledges. */
SHARED(with_a_shared_buffer_a_slow_reader_is_not_aborted_and_a_stuck_peer_is)
{
    struct side *s = up(39);
    const struct side *last;
    int aborted = 0;

    unp_sender_relay(out);
    s->stuck = true;
    give(s, 0, 40000, true);
    flush();
    last = fill_up(10000);
    for (struct side *t = kernel.sides; t <= last; t++)
        t->rwnd = 1000; /* full */
    for (int i = 0; i < 500 && missing(last); i++) {
        s->rwnd += 10;
        turn(20);
    }
    assert_int_equal(missing(last), 0);
    assert_true(s->alive);
    for (const struct side *t = kernel.sides; t <= last; t++)
        aborted += !t->alive;
    assert_in_range(aborted, 1, 3);
}

/* The kernel has no room although little data is in flight. */
SHARED(with_a_shared_buffer_no_peer_is_aborted_when_memory_is_short)
{
    struct side *s = up(0), *t = up(1);

    s->stuck = true;
    give(s, 0, 100, true);
    flush();
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    for (int i = 0; i < 500; i++) {
        kernel.fault_in = 1;
        turn(20);
    }
    assert_int_equal(missing(t), 1);
    assert_true(s->alive);
    assert_gets_all(t, 100);
}

/* A packet to it and its first retransmission were lost: it is silent, but holds less than all
 * others. */
SHARED(with_a_shared_buffer_a_peer_that_holds_little_is_not_aborted)
{
    struct side *s = up(39), *last;

    s->stuck = true;
    give(s, 0, 20, true);
    flush();
    last = fill_up(10000);
    for (int i = 0; i < 200; i++) { /* the others acknowledge now and then */
        for (struct side *t = kernel.sides; t < last; t++)
            if (t->a && i % 50 == 0) {
                unp_sender_forget(out, t->a);
                t->charged = 0;
                give(t, 0, 10000, true);
                flush();
            }
        turn(20);
    }
    assert_true(s->alive);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
