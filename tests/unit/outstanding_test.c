/* The outstanding replies: echo/outstanding.c. */
#include "../../echo/outstanding.h"
#include "unit.h"

static struct outstanding d;

static int tear_down(void **state)
{
    outstanding_free(&d);
    return 0;
}

/* The line, and the time of sending, that go with an id here. */
static uint32_t line_of(uint32_t id)
{
    return id % 1000 + 1;
}

static int64_t time_of(uint32_t id)
{
    return (int64_t)id * 1000;
}

static void add_bytes(const void *data, size_t len, uint32_t id)
{
    assert_int_equal(outstanding_add(&d, data, len, id, line_of(id), time_of(id)), 0);
}

static void add(const char *text, uint32_t id)
{
    add_bytes(text, strlen(text), id);
}

static bool reply(const char *text)
{
    return outstanding_reply(&d, text, strlen(text));
}

/* Reports the message with this id as failed; returns whether it was outstanding. */
static bool failed(uint32_t id)
{
    uint32_t line = outstanding_failed(&d, id);

    if (line)
        assert_int_equal(line, line_of(id));
    return line != 0;
}

static void assert_oldest(uint32_t expected)
{
    uint32_t id = 0, line = 0;
    int64_t sent = 0;

    assert_true(outstanding_oldest(&d, &id, &line, &sent));
    assert_int_equal(id, expected);
    assert_int_equal(line, line_of(expected));
    assert_int_equal(sent, time_of(expected));
}

static void assert_outstanding(size_t count, size_t bytes)
{
    assert_int_equal(d.count, count);
    assert_int_equal(d.bytes, bytes);
}

UNIT_TEST(no_reply_is_outstanding_at_first)
{
    assert_false(reply("hello"));
    assert_false(failed(1));
    assert_outstanding(0, 0);
}

UNIT_TEST(a_sent_message_is_outstanding_until_its_reply)
{
    add("hello", 1);
    assert_outstanding(1, 5);
    assert_true(reply("hello"));
    assert_outstanding(0, 0);
    assert_false(reply("hello"));
    assert_outstanding(0, 0);
}

UNIT_TEST(replies_may_come_in_any_order)
{
    static const char *const orders[] = {"abcd", "dcba", "bdac", "cadb", "badc"};

    for (size_t i = 0; i < COUNT(orders); i++) {
        for (uint32_t line = 0; line < 4; line++)
            add_bytes(&"abcd"[line], 1, line + 1);
        for (size_t n = 0; n < 4; n++) {
            assert_true(outstanding_reply(&d, &orders[i][n], 1));
            assert_outstanding(3 - n, 3 - n);
        }
        outstanding_free(&d);
    }
}

UNIT_TEST(the_same_text_sent_twice_is_outstanding_twice)
{
    add("again", 1);
    add("other", 2);
    add("again", 3);
    assert_true(reply("again"));
    assert_outstanding(2, 10);
    assert_true(reply("again"));
    assert_false(reply("again"));
    assert_outstanding(1, 5);
    assert_true(reply("other"));
}

UNIT_TEST(a_reply_to_equal_texts_matches_the_one_sent_first)
{
    add("again", 1);
    add("again", 2);
    assert_true(reply("again"));
    assert_false(failed(1));
    assert_true(failed(2));
    assert_outstanding(0, 0);
}

UNIT_TEST(a_reply_that_was_never_sent_is_not_outstanding)
{
    add("hello", 1);
    assert_false(reply("hellO"));
    assert_false(reply("hell"));
    assert_false(reply("hello "));
    assert_false(reply(""));
    assert_outstanding(1, 5);
}

UNIT_TEST(texts_are_compared_with_their_nuls)
{
    add_bytes("a\0b", 3, 1);
    assert_false(outstanding_reply(&d, "a\0c", 3));
    assert_false(outstanding_reply(&d, "a", 1));
    assert_true(outstanding_reply(&d, "a\0b", 3));
}

/* Words of eight bytes are compared, and a rest: texts that differ in two bytes of one place in a
 * word, and in each single byte. */
UNIT_TEST(texts_that_differ_anywhere_are_told_apart)
{
    unsigned char text[21] = {0};

    add_bytes(text, sizeof(text), 1);
    for (size_t i = 0; i < sizeof(text); i++) {
        for (int change = 1; change < 256; change++) {
            text[i] = (unsigned char)change;
            assert_false(outstanding_reply(&d, text, sizeof(text)));
            for (int other = 1; i + 8 < sizeof(text) && other < 256; other++) {
                text[i + 8] = (unsigned char)other;
                assert_false(outstanding_reply(&d, text, sizeof(text)));
            }
            if (i + 8 < sizeof(text))
                text[i + 8] = 0;
        }
        text[i] = 0;
    }
    assert_true(outstanding_reply(&d, text, sizeof(text)));
}

UNIT_TEST(an_empty_text_can_be_outstanding)
{
    add("", 1);
    assert_outstanding(1, 0);
    assert_true(reply(""));
    assert_outstanding(0, 0);
}

UNIT_TEST(a_failed_message_is_no_longer_outstanding)
{
    add("a", 1);
    add("bb", 2);
    add("ccc", 3);
    assert_true(failed(2));
    assert_outstanding(2, 4);
    assert_false(failed(2));
    assert_false(reply("bb"));
    assert_false(failed(4));
    assert_true(failed(1));
    assert_true(failed(3));
    assert_outstanding(0, 0);
}

UNIT_TEST(of_several_messages_with_one_id_one_fails_at_a_time)
{
    add("first", 7);
    add("second!", 7);
    assert_true(failed(7));
    assert_outstanding(1, 7);
    assert_true(failed(7));
    assert_false(failed(7));
}

UNIT_TEST(the_oldest_outstanding_message_is_the_one_sent_first)
{
    uint32_t id, line;
    int64_t sent;

    assert_false(outstanding_oldest(&d, &id, &line, &sent));
    add("a", 1);
    add("b", 2);
    add("c", 3);
    add("d", 4);
    assert_oldest(1);
    assert_true(reply("c"));
    assert_oldest(1);
    assert_true(reply("a"));
    assert_oldest(2);
    assert_true(failed(2)); /* 3 is not outstanding either */
    assert_oldest(4);
    assert_true(reply("d"));
    assert_false(outstanding_oldest(&d, &id, &line, &sent));
    add("e", 5);
    assert_oldest(5);
}

UNIT_TEST(the_oldest_is_known_when_the_ring_wraps)
{
    for (uint32_t line = 0; line < 1000; line++) {
        const uint32_t back = line - 40;

        add_bytes(&line, sizeof(line), line);
        if (line < 40)
            continue;
        assert_oldest(back);
        assert_true(outstanding_reply(&d, &back, sizeof(back)));
    }
}

/* A window that moves on goes round the ring many times, growing in the middle of a round. */
UNIT_TEST(a_window_of_any_width_can_move_on_for_ever)
{
    static const uint32_t widths[] = {1, 2, 63, 64, 65, 100, 127, 128, 129, 1000};

    for (size_t i = 0; i < COUNT(widths); i++) {
        uint32_t back = 0;

        for (uint32_t line = 0; line < 5000; line++) {
            add_bytes(&line, sizeof(line), line);
            if (d.count > widths[i] || (line < 300 && d.count > 50)) {
                assert_true(outstanding_reply(&d, &back, sizeof(back)));
                back++;
            }
            assert_outstanding(line + 1 - back, (line + 1 - back) * sizeof(line));
        }
        for (; back < 5000; back++)
            assert_true(outstanding_reply(&d, &back, sizeof(back)));
        assert_outstanding(0, 0);
        outstanding_free(&d);
    }
}

UNIT_TEST(the_ring_can_grow_at_any_position_of_its_first_entry)
{
    for (uint32_t first = 0; first < 64; first++) {
        uint32_t added = 0, back = 0;

        for (; added < first; added++)
            add_bytes(&added, sizeof(added), added);
        for (; back < first; back++)
            assert_true(outstanding_reply(&d, &back, sizeof(back)));
        for (; added < first + 200; added++)
            add_bytes(&added, sizeof(added), added);
        assert_outstanding(200, 800);
        for (; back < first + 200; back++) {
            assert_oldest(back);
            assert_true(outstanding_reply(&d, &back, sizeof(back)));
            assert_false(outstanding_reply(&d, &back, sizeof(back)));
        }
        assert_outstanding(0, 0);
        outstanding_free(&d);
    }
}

UNIT_TEST(a_moving_window_does_not_take_more_and_more_memory)
{
    for (uint32_t line = 0; line < 100000; line++) {
        add_bytes(&line, sizeof(line), line);
        if (line >= 50) {
            const uint32_t back = line - 50;

            assert_true(outstanding_reply(&d, &back, sizeof(back)));
        }
    }
    assert_int_equal(d.room, 64);
}

UNIT_TEST(random_operations_agree_with_a_plain_list)
{
    enum { KINDS = 40, ROUNDS = 50000 };
    int waiting[KINDS] = {0};
    size_t count = 0;
    uint32_t x = 7;

    for (int round = 0; round < ROUNDS; round++) {
        uint32_t kind = ((x = x * 1664525 + 1013904223) >> 8) % KINDS;
        uint32_t what = (x >> 28) % 4;
        bool expected = waiting[kind] > 0;

        if (what < 2 && count < 300) {
            add_bytes(&kind, sizeof(kind), kind);
            waiting[kind]++;
            count++;
        } else {
            bool got = what == 3 ? failed(kind) : outstanding_reply(&d, &kind, sizeof(kind));

            assert_int_equal(got, expected);
            waiting[kind] -= expected;
            count -= expected;
        }
        assert_outstanding(count, count * sizeof(kind));
    }
}

UNIT_TEST(a_freed_table_can_be_used_again)
{
    add("a", 1);
    outstanding_free(&d);
    assert_outstanding(0, 0);
    assert_false(reply("a"));
    add("b", 1);
    assert_true(reply("b"));
}

int main(void)
{
    return run_all_tests(NULL, tear_down);
}
