/*
 * The sending side of a server that relays messages (unp_sender_relay()), on a model of the kernel:
 * losses, and peers that are silent.
 */
#include "model_kernel.h"
#include "receive/receive.h"

/* The receiver is not to blame for another member's message, so the loss is only counted. */
APART(a_send_error_of_a_relayed_message_ends_no_association)
{
    struct side *s = up(0);
    const struct sctp_sndinfo bad = {.snd_assoc_id = s->a->id, .snd_sid = STREAMS};
    const struct unp_message msg = {.data = (unsigned char *)(uintptr_t) "x", .len = 1};

    unp_sender_relay(out);
    give(s, 0, 100, true);
    give(s, 1, SNDBUF + 1, true);
    unp_sender_send(out, s->a, &msg, &bad);
    give(s, 0, 100, true);
    for (int i = 0; i < 5; i++)
        turn(20);
    assert_true(s->alive);
    assert_null(s->a->close_reason);
    assert_int_equal(s->a->out.lost, 2);
    assert_int_equal(s->taken[0], 2);
}

APART(a_full_send_queue_of_relayed_messages_ends_no_association)
{
    struct side *s = up(0);

    unp_sender_relay(out);
    s->stuck = true;
    for (int i = 0; i < 1500; i++)
        give(s, 0, 1000, true);
    assert_true(s->alive);
    assert_true(s->a->out.lost > 300);
    assert_true(s->charged <= SNDBUF / 2);
}

/* So that the member is told of one gap and not of many. */
APART(after_a_loss_messages_are_dropped_until_the_queue_is_empty)
{
    struct side *s = up(0);
    unsigned lost;

    unp_sender_relay(out);
    s->stuck = true;
    while (!s->a->out.lost)
        give(s, 0, 1000, true);
    assert_true(s->a->out.behind_since);
    s->stuck = false;
    give(s, 0, 20, true); /* there would be room for it */
    lost = s->a->out.lost;
    assert_int_equal(lost, 2);
    for (int i = 0; i < 10000 && s->a->out.queued; i++)
        turn(20);
    assert_int_equal(s->a->out.queued, 0);
    assert_int_equal(s->a->out.behind_since, 0);
    give(s, 1, 20, true);
    assert_int_equal(s->a->out.lost, lost);
}

/* Several sender-dry notifications are queued when the peer stops reading. */
APART(an_old_sender_dry_event_does_not_release_more_messages)
{
    struct side *s = up(0);

    unp_sender_relay(out);
    for (int i = 0; i < 10; i++) {
        give(s, 0, 10000, true);
        flush();
        acknowledge(s);
    }
    s->stuck = true;
    for (int i = 0; i < 10; i++) {
        for (int k = 0; k < 10; k++)
            give(s, 0, 5000, true);
        flush();
        unp_sender_dry(out, s->a);
    }
    assert_true(s->charged <= SNDBUF / 2);
    s->stuck = false;
    assert_gets_all(s, 10000);
}

/* An association with a receive window of `rwnd` bytes that acknowledges nothing, and so has queued
 * messages. */
static struct side *one_that_stops_reading(uint32_t rwnd)
{
    struct side *s = up(0);

    unp_sender_relay(out);
    s->stuck = true;
    s->rwnd = rwnd;
    hold(s);
    return s;
}

static int64_t silent(struct side *s)
{
    return unp_sender_stalled(out, s->a, kernel.now);
}

/* A window takes it most of a second, so its queued messages are old. */
APART_AND_SHARED(a_slow_peer_that_acknowledges_is_not_silent)
{
    struct side *s = up(0);
    int64_t most = 0;

    unp_sender_relay(out);
    for (int i = 0; i < 800; i++)
        give(s, 0, 1000, true);
    for (int i = 0; i < 6000 && missing(s); i++) {
        s->stuck = i % 40 != 0;
        turn(20);
        if (silent(s) > most)
            most = silent(s);
    }
    assert_int_equal(missing(s), 0);
    assert_in_range(most, 500, 900);
}

/* Its data is never all acknowledged, but the changes of its window show that it reads. */
APART_AND_SHARED(a_peer_that_reads_is_not_silent)
{
    struct side *s = one_that_stops_reading(100000);

    for (int i = 0; i < 1000; i++) {
        s->rwnd += 10;
        turn(20);
        assert_in_range(silent(s), 0, 20);
    }
}

APART(a_peer_that_acknowledges_a_part_is_not_silent)
{
    struct side *s = one_that_stops_reading(100000);

    for (int i = 0; i < 20; i++) {
        s->charged -= 1000;
        turn(100);
        assert_in_range(silent(s), 0, 100);
    }
}

/* The amount of data in flight stays equal: a new message follows each acknowledged one. */
APART(a_peer_that_frees_room_for_new_messages_is_not_silent)
{
    struct side *s = one_that_stops_reading(100000);

    s->ordered = 1000;
    for (int i = 0; i < 20; i++) {
        s->ordered++;
        s->unordered++;
        turn(100);
        assert_in_range(silent(s), 0, 100);
    }
}

APART_AND_SHARED(a_peer_that_acknowledges_nothing_is_silent)
{
    struct side *s = one_that_stops_reading(0);

    silent(s);
    for (int i = 0; i < 100; i++)
        turn(20);
    assert_in_range(silent(s), 1900, 2100);
    assert_true(s->a->out.window_closed);
}

/* Its sender-dry notification was lost for lack of room. */
APART(a_peer_with_nothing_unacknowledged_is_sent_more_without_a_notification)
{
    struct side *s = one_that_stops_reading(100000);

    s->charged = 0;
    assert_int_equal(silent(s), 0);
    flush();
    assert_int_equal(missing(s), 0);
}

/* Between two probes of a closed window libusrsctp has nothing unacknowledged. */
APART(nothing_more_is_sent_into_a_closed_receive_window)
{
    struct side *s = one_that_stops_reading(0);

    silent(s);
    s->charged = 0;
    kernel.now += 1000;
    assert_int_equal(silent(s) > 900, 1);
    flush();
    assert_true(missing(s) > 0);
}

/* Linux keeps unread notifications in the receive buffer, where acknowledgements then have no room.
 */
APART_AND_SHARED(acknowledgements_are_notified_only_while_a_peer_is_waited_for)
{
    struct side *s = up(0), *other = up(1);

    unp_sender_relay(out);
    for (int i = 0; i < 1000; i++) {
        give(s, 0, 1000, true);
        give(other, 0, 1000, true);
        flush();
        acknowledge(s);
        acknowledge(other);
    }
    assert_int_equal(kernel.last_event, 0);
    s->stuck = true;
    hold(s);
    assert_true(s->dry_on);
    assert_false(other->dry_on);
    s->stuck = false;
    assert_gets_all(s, 10000);
    assert_false(s->dry_on);
}

/* The peer acknowledges everything while the server subscribes.  No notification follows. */
APART(what_is_acknowledged_before_a_subscription_is_noticed)
{
    struct side *s = up(0);

    unp_sender_relay(out);
    kernel.late = true;
    kernel.acked_late = s->id;
    for (int i = 0; i < 30; i++)
        give(s, 0, 1000, true);
    flush();
    assert_int_equal(missing(s), 0);
    assert_int_equal(s->a->out.state, SENDQ_OPEN);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
