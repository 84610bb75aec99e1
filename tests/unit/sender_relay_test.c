/*
 * The sending side of a server that relays messages (unp_sender_relay()), on a kernel of our own
 * making: losses, and peers that are silent.
 */
#include "model_kernel.h"
#include "receive/receive.h"

/* What others said must not end it; it is counted that it missed something. */
static void an_error_of_sending_ends_no_association_that_others_speak_to(void **state)
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

static void a_full_queue_ends_no_association_that_others_speak_to(void **state)
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

/* So that it can be told of one gap. */
static void after_a_loss_all_is_lost_until_the_queue_is_empty(void **state)
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

/* It has several notifications of dryness on their way, and stops reading. */
static void a_notification_of_dryness_that_is_old_does_not_let_more_go(void **state)
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

/* An association with a receive window of `rwnd` bytes, and with messages that wait because nothing
 * is acknowledged. */
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

/* It takes most of a second for each window, for a long time: what waits has waited for longer. */
static void one_that_is_slow_but_acknowledges_is_not_silent(void **state)
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

/* It never has all: its window says that it reads. */
static void one_that_reads_is_not_silent(void **state)
{
    struct side *s = one_that_stops_reading(100000);

    for (int i = 0; i < 1000; i++) {
        s->rwnd += 10;
        turn(20);
        assert_in_range(silent(s), 0, 20);
    }
}

static void one_that_acknowledges_a_part_is_not_silent(void **state)
{
    struct side *s = one_that_stops_reading(100000);

    for (int i = 0; i < 20; i++) {
        s->charged -= 1000;
        turn(100);
        assert_in_range(silent(s), 0, 100);
    }
}

/* In flight is always as much, as one comes for one that goes. */
static void one_that_is_sent_more_is_not_silent(void **state)
{
    struct side *s = one_that_stops_reading(100000);

    for (int i = 0; i < 20; i++) {
        s->ordered++;
        s->unordered++;
        turn(100);
        assert_in_range(silent(s), 0, 100);
    }
}

static void one_that_takes_nothing_is_silent(void **state)
{
    struct side *s = one_that_stops_reading(0);

    silent(s);
    for (int i = 0; i < 100; i++)
        turn(20);
    assert_in_range(silent(s), 1900, 2100);
    assert_true(s->a->out.window_closed);
}

/* Its notification has found no room. */
static void one_that_the_stack_does_not_wait_for_goes_on_when_it_is_asked(void **state)
{
    struct side *s = one_that_stops_reading(100000);

    s->charged = 0;
    assert_int_equal(silent(s), 0);
    flush();
    assert_int_equal(missing(s), 0);
}

/* Between two probes of a closed window libusrsctp has nothing unacknowledged. */
static void nothing_more_goes_to_one_whose_window_is_closed(void **state)
{
    struct side *s = one_that_stops_reading(0);

    silent(s);
    s->charged = 0;
    kernel.now += 1000;
    assert_int_equal(silent(s) > 900, 1);
    flush();
    assert_true(missing(s) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_its_own(an_error_of_sending_ends_no_association_that_others_speak_to),
        on_its_own(a_full_queue_ends_no_association_that_others_speak_to),
        on_its_own(after_a_loss_all_is_lost_until_the_queue_is_empty),
        on_its_own(a_notification_of_dryness_that_is_old_does_not_let_more_go),
        on_its_own(one_that_is_slow_but_acknowledges_is_not_silent),
        with_shared_buffer(one_that_is_slow_but_acknowledges_is_not_silent),
        on_its_own(one_that_reads_is_not_silent),
        with_shared_buffer(one_that_reads_is_not_silent),
        on_its_own(one_that_acknowledges_a_part_is_not_silent),
        on_its_own(one_that_is_sent_more_is_not_silent),
        on_its_own(one_that_takes_nothing_is_silent),
        with_shared_buffer(one_that_takes_nothing_is_silent),
        on_its_own(one_that_the_stack_does_not_wait_for_goes_on_when_it_is_asked),
        on_its_own(nothing_more_goes_to_one_whose_window_is_closed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
