/* The counters of sctp_ping: tools/ping/count.c. */
#include "../../tools/ping/count.h"
#include "blocks.h"
#include "unit.h"

static struct ping_count c;

static int set_up(void **state)
{
    return ping_count_init(&c, 3);
}

static int tear_down(void **state)
{
    ping_count_free(&c);
    return 0;
}

/* A message whose reply takes `us`. */
static void round_trip(uint16_t stream, int64_t us)
{
    uint64_t seq = c.all.sent;
    uint16_t back;
    int64_t took;

    ping_count_sent(&c, stream, 1000);
    assert_int_equal(ping_count_reply(&c, seq, 1000 + us, &back, &took), PING_REPLY);
    assert_int_equal(back, stream);
    assert_int_equal(took, us);
}

UNIT_TEST(a_reply_is_counted_for_its_stream)
{
    round_trip(0, 10);
    round_trip(2, 30);
    round_trip(2, 20);
    assert_int_equal(c.all.sent, 3);
    assert_int_equal(c.all.received, 3);
    assert_int_equal(c.all.min, 10);
    assert_int_equal(c.all.max, 30);
    assert_int_equal(c.all.sum, 60);
    assert_int_equal(c.streams[0].received, 1);
    assert_int_equal(c.streams[1].sent, 0);
    assert_int_equal(c.streams[2].min, 20);
    assert_int_equal(c.streams[2].max, 30);
}

UNIT_TEST(a_round_trip_time_of_0_counts)
{
    round_trip(0, 0);
    round_trip(0, 1000);
    assert_int_equal(c.all.min, 0);
    assert_int_equal(ping_percentile(&c, 50), 0);
}

UNIT_TEST(after_a_stop_replies_count_but_not_their_times)
{
    uint16_t back;
    int64_t took;

    ping_count_sent(&c, 1, 1000);
    ping_count_stopped(&c);
    assert_int_equal(ping_count_reply(&c, 0, 900000, &back, &took), PING_REPLY);
    assert_int_equal(took, -1);
    assert_int_equal(ping_count_reply(&c, 0, 900000, &back, &took), PING_DUPLICATE);
    assert_int_equal(took, -1);
    assert_int_equal(c.all.received, 1);
    assert_int_equal(ping_percentile(&c, 99), 0);
    round_trip(1, 20);
    assert_int_equal(c.all.received, 2);
    assert_int_equal(c.streams[1].received, 2);
    assert_int_equal(c.all.timed, 1);
    assert_int_equal(c.all.min, 20);
    assert_int_equal(c.all.max, 20);
    assert_int_equal(c.all.sum, 20);
    assert_int_equal(ping_percentile(&c, 50), 20);
    assert_int_equal(ping_percentile(&c, 99), 20);
}

UNIT_TEST(replies_may_come_in_any_order)
{
    uint16_t stream;
    int64_t us;

    ping_count_sent(&c, 0, 100);
    ping_count_sent(&c, 1, 200);
    assert_int_equal(ping_count_reply(&c, 1, 250, &stream, &us), PING_REPLY);
    assert_int_equal(stream, 1);
    assert_int_equal(us, 50);
    assert_int_equal(ping_count_reply(&c, 0, 300, &stream, &us), PING_REPLY);
    assert_int_equal(stream, 0);
    assert_int_equal(us, 200);
}

UNIT_TEST(a_second_reply_counts_only_as_a_duplicate)
{
    uint16_t stream;
    int64_t us;

    round_trip(1, 10);
    assert_int_equal(ping_count_reply(&c, 0, 5000, &stream, &us), PING_DUPLICATE);
    assert_int_equal(c.all.received, 1);
    assert_int_equal(c.all.max, 10);
    assert_int_equal(c.all.duplicates, 1);
    assert_int_equal(c.streams[1].duplicates, 1);
}

UNIT_TEST(a_reply_to_no_message_is_unexpected)
{
    uint16_t stream;
    int64_t us;

    assert_int_equal(ping_count_reply(&c, 0, 1, &stream, &us), PING_UNEXPECTED);
    round_trip(0, 1);
    assert_int_equal(ping_count_reply(&c, 1, 1, &stream, &us), PING_UNEXPECTED);
    assert_int_equal(ping_count_reply(&c, UINT64_MAX, 1, &stream, &us), PING_UNEXPECTED);
    assert_int_equal(c.unexpected, 3);
    assert_int_equal(c.all.received, 1);
}

UNIT_TEST(a_late_reply_is_not_mistaken_for_another)
{
    uint16_t stream;
    int64_t us;

    for (int i = 0; i <= PING_WINDOW; i++)
        ping_count_sent(&c, 0, i);
    assert_int_equal(ping_count_reply(&c, 0, PING_WINDOW, &stream, &us), PING_UNEXPECTED);
    assert_int_equal(ping_count_reply(&c, 1, PING_WINDOW, &stream, &us), PING_REPLY);
    assert_int_equal(us, PING_WINDOW - 1);
}

UNIT_TEST(percentiles_are_within_one_percent)
{
    assert_int_equal(ping_percentile(&c, 50), 0);
    for (int64_t us = 1; us <= 100000; us++)
        round_trip(0, us);
    for (unsigned percent = 1; percent <= 100; percent++) {
        int64_t exact = 1000 * (int64_t)percent, got = ping_percentile(&c, percent);

        assert_in_range(got, exact - exact / 100, exact + exact / 100);
    }
}

UNIT_TEST(percentiles_of_few_replies_are_between_the_extremes)
{
    round_trip(0, 1000003);
    assert_int_equal(ping_percentile(&c, 1), 1000003);
    assert_int_equal(ping_percentile(&c, 99), 1000003);
    round_trip(0, INT64_C(1) << 50); /* beyond the last bucket */
    assert_in_range(ping_percentile(&c, 50), 1000003 - 10001, 1000003 + 10001);
    assert_in_range(ping_percentile(&c, 99), 1000003, INT64_C(1) << 50);
}

UNIT_TEST(a_clock_that_stands_still_gives_no_negative_time)
{
    uint16_t stream;
    int64_t us;

    ping_count_sent(&c, 0, 100);
    assert_int_equal(ping_count_reply(&c, 0, 99, &stream, &us), PING_REPLY);
    assert_int_equal(us, 0);
}

UNIT_TEST(the_counters_are_freed_and_without_memory_there_are_none)
{
    const long before = blocks - 2;

    tear_down(state);
    if (!CAN_FAIL)
        skip();
    assert_int_equal(blocks, before);
    for (unsigned n = 1; n <= 2; n++) {
        fail_in = n;
        assert_int_equal(ping_count_init(&c, 3), -1);
        assert_int_equal(blocks, before);
    }
}

UNIT_TEST(deviation_and_jitter)
{
    static const int64_t times[] = {1000, 3000, 2000, 6000};
    struct ping_count count;
    uint16_t stream;
    int64_t us;

    assert_int_equal(ping_count_init(&count, 1), 0);
    assert_true(ping_mdev(&count.all) == 0 && ping_jitter(&count.all) == 0);
    for (size_t i = 0; i < COUNT(times); i++) {
        ping_count_sent(&count, 0, 0);
        ping_count_reply(&count, i, times[i], &stream, &us);
        if (i == 0)
            assert_true(ping_mdev(&count.all) == 0 && ping_jitter(&count.all) == 0);
    }
    assert_int_equal(ping_mdev(&count.all), 1870); /* the root of 12.5 - 9, in milliseconds */
    assert_int_equal(ping_jitter(&count.all), 2333);
    assert_int_equal(ping_mdev(&count.streams[0]), 1870);
    ping_count_free(&count);
}

int main(void)
{
    return run_all_tests(set_up, tear_down);
}
