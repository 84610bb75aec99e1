/* Lines of input and their stream numbers: lib/tty/line.c. */
#include "blocks.h"
#include "tty/line.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#define MAX 10 /* longest line of most tests */

/* A reader of a pipe, and the pipe's other end; -1: closed. */
static struct unp_line_reader r;
static int to;

static void open_reader(size_t max)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    to = fds[1];
    unp_line_init(&r, fds[0], max);
}

static int set_up(void **state)
{
    blocks_before = blocks;
    open_reader(MAX);
    return 0;
}

static int tear_down(void **state)
{
    if (to >= 0)
        close(to);
    close(r.fd);
    unp_line_free(&r);
    return check_blocks(state);
}

/* Writes data to the pipe and lets the reader read it. */
static void give(const char *data, size_t len)
{
    assert_int_equal(write(to, data, len), len);
    assert_int_equal(unp_line_fill(&r), 0);
}

#define GIVE(literal) give(literal, sizeof(literal) - 1)

static void give_end(void)
{
    close(to);
    to = -1;
    assert_int_equal(unp_line_fill(&r), 0);
}

static void assert_line(const char *expected, size_t expected_len)
{
    char *text;
    size_t len;

    assert_int_equal(unp_line_next(&r, &text, &len), LINE_READY);
    assert_int_equal(len, expected_len);
    assert_memory_equal(text, expected, len);
}

#define ASSERT_LINE(literal) assert_line(literal, sizeof(literal) - 1)

static void assert_status(enum unp_line_status expected)
{
    char *text;
    size_t len;

    assert_int_equal(unp_line_next(&r, &text, &len), expected);
}

/* ---- lines ---------------------------------------------------------------- */

UNIT_TEST(nothing_read_yet_is_no_line)
{
    assert_status(LINE_MORE);
    assert_int_equal(r.number, 0);
}

UNIT_TEST(one_read_may_hold_several_lines)
{
    GIVE("one\ntwo\nthree\n");
    ASSERT_LINE("one");
    ASSERT_LINE("two");
    ASSERT_LINE("three");
    assert_status(LINE_MORE);
    give_end();
    assert_status(LINE_END);
}

UNIT_TEST(a_line_may_come_in_several_reads)
{
    GIVE("one\nt");
    ASSERT_LINE("one");
    assert_status(LINE_MORE);
    GIVE("w");
    assert_status(LINE_MORE);
    GIVE("o");
    assert_status(LINE_MORE);
    GIVE("\n");
    ASSERT_LINE("two");
    assert_status(LINE_MORE);
}

UNIT_TEST(lines_in_any_cut_come_out_the_same)
{
    static const char text[] = "[0] a\n\n[1]\0b\n0123456789\nend";
    static const struct {
        const char *text;
        size_t len;
    } lines[] = {{"[0] a", 5}, {"", 0}, {"[1]\0b", 5}, {"0123456789", 10}, {"end", 3}};

    for (size_t first = 1; first < sizeof(text) - 2; first++)
        for (size_t second = first + 1; second < sizeof(text) - 1; second++) {
            const size_t cuts[] = {0, first, second, sizeof(text) - 1};
            enum unp_line_status status = LINE_MORE;
            size_t n = 0, len;
            char *got;

            tear_down(NULL);
            open_reader(MAX);
            for (size_t i = 0; i < 4; i++) {
                if (i < 3)
                    give(text + cuts[i], cuts[i + 1] - cuts[i]);
                else
                    give_end();
                while ((status = unp_line_next(&r, &got, &len)) == LINE_READY) {
                    assert_true(n < COUNT(lines));
                    assert_int_equal(len, lines[n].len);
                    assert_memory_equal(got, lines[n].text, len);
                    assert_int_equal(r.number, ++n);
                }
                assert_int_equal(status, i < 3 ? LINE_MORE : LINE_END);
            }
            assert_int_equal(n, COUNT(lines));
        }
}

UNIT_TEST(the_last_line_needs_no_newline)
{
    GIVE("one\ntwo");
    ASSERT_LINE("one");
    assert_status(LINE_MORE);
    give_end();
    ASSERT_LINE("two");
    assert_status(LINE_END);
    assert_status(LINE_END);
    assert_int_equal(r.number, 2);
}

UNIT_TEST(no_input_is_no_line)
{
    give_end();
    assert_status(LINE_END);
    assert_int_equal(r.number, 0);
}

UNIT_TEST(empty_lines_are_lines)
{
    GIVE("\n\nx\n\n");
    ASSERT_LINE("");
    ASSERT_LINE("");
    ASSERT_LINE("x");
    ASSERT_LINE("");
    assert_status(LINE_MORE);
    assert_int_equal(r.number, 4);
    give_end();
    assert_status(LINE_END);
}

UNIT_TEST(a_line_may_hold_nuls)
{
    GIVE("\0a\0\0b\0\n\0\n");
    ASSERT_LINE("\0a\0\0b\0");
    ASSERT_LINE("\0");
    assert_status(LINE_MORE);
}

UNIT_TEST(carriage_returns_are_part_of_the_line)
{
    GIVE("a\r\n");
    ASSERT_LINE("a\r");
}

UNIT_TEST(a_line_stays_until_the_next_fill)
{
    char *first, *second;
    size_t len;

    GIVE("one\ntwo\n");
    assert_int_equal(unp_line_next(&r, &first, &len), LINE_READY);
    assert_int_equal(unp_line_next(&r, &second, &len), LINE_READY);
    assert_memory_equal(first, "one", 3);
    assert_memory_equal(second, "two", 3);
}

UNIT_TEST(a_hundred_thousand_lines_come_in_order_with_their_numbers)
{
    unsigned written = 0, taken = 0;
    char *text, expected[16], buf[4096];
    size_t len;

    while (written < 100000) {
        size_t used = 0;

        while (used + sizeof(expected) < sizeof(buf) && written < 100000)
            used += (size_t)sprintf(buf + used, "%u\n", written++);
        give(buf, used);
        while (unp_line_next(&r, &text, &len) == LINE_READY) {
            assert_int_equal(len, sprintf(expected, "%u", taken++));
            assert_memory_equal(text, expected, len);
            assert_int_equal(r.number, taken);
        }
    }
    assert_int_equal(taken, written);
}

/* ---- long lines ----------------------------------------------------------- */

UNIT_TEST(a_line_may_be_as_long_as_the_limit)
{
    GIVE("0123456789\n");
    ASSERT_LINE("0123456789");
    GIVE("0123456789"); /* its newline may still come */
    assert_status(LINE_MORE);
    GIVE("\n");
    ASSERT_LINE("0123456789");
    GIVE("abcdefghij");
    give_end();
    ASSERT_LINE("abcdefghij");
    assert_status(LINE_END);
}

UNIT_TEST(a_line_that_is_too_long_is_reported_once_and_before_its_end)
{
    GIVE("0123456789a");
    assert_status(LINE_TOO_LONG);
    assert_status(LINE_MORE);
    GIVE("more of it");
    assert_status(LINE_MORE);
    GIVE("and its end\nnext\n");
    ASSERT_LINE("next");
    assert_int_equal(r.number, 2);
}

UNIT_TEST(two_lines_that_are_too_long_are_reported_separately)
{
    GIVE("0123456789a\n0123456789b\n\nok\n");
    assert_status(LINE_TOO_LONG);
    assert_status(LINE_TOO_LONG);
    ASSERT_LINE("");
    ASSERT_LINE("ok");
    assert_int_equal(r.number, 4);
}

UNIT_TEST(a_last_line_that_is_too_long_is_followed_by_the_end)
{
    GIVE("0123456789a");
    give_end();
    assert_status(LINE_TOO_LONG);
    assert_status(LINE_END);
    assert_status(LINE_END);
}

UNIT_TEST(a_far_too_long_line_is_skipped_without_storing_it)
{
    static char lots[32768];
    int too_long = 0;
    size_t largest = 0, len;
    char *text;

    memset(lots, 'x', sizeof(lots));
    GIVE("first\n");
    ASSERT_LINE("first");
    for (int i = 0; i < 1000; i++) {
        enum unp_line_status status;

        give(lots, sizeof(lots));
        while ((status = unp_line_next(&r, &text, &len)) != LINE_MORE) {
            assert_int_equal(status, LINE_TOO_LONG);
            too_long++;
        }
        if (r.room > largest)
            largest = r.room;
    }
    assert_int_equal(too_long, 1);
    assert_true(largest < 1 << 20);
    GIVE("\nlast\n");
    ASSERT_LINE("last");
    assert_int_equal(r.number, 3);
}

UNIT_TEST(a_long_line_within_the_limit_is_put_together_from_many_reads)
{
    enum { LONG = 1 << 20 };
    char *sent, *text;
    size_t len;

    tear_down(NULL);
    open_reader(LONG);
    sent = malloc(LONG + 1);
    assert_non_null(sent);
    for (int i = 0; i < LONG; i++)
        sent[i] = (char)('a' + i % 23);
    sent[LONG] = '\n';
    for (size_t at = 0, n; at < LONG + 1; at += n) {
        assert_status(LINE_MORE);
        n = LONG + 1 - at < 10007 ? LONG + 1 - at : 10007;
        give(sent + at, n);
    }
    assert_int_equal(unp_line_next(&r, &text, &len), LINE_READY);
    assert_int_equal(len, LONG);
    assert_memory_equal(text, sent, LONG);
    free(sent);
}

UNIT_TEST(an_error_of_the_descriptor_is_passed_on)
{
    struct unp_line_reader bad;

    unp_line_init(&bad, -1, MAX);
    assert_int_equal(unp_line_fill(&bad), -1);
    assert_int_equal(errno, EBADF);
    unp_line_free(&bad);
}

UNIT_TEST(without_memory_nothing_is_read)
{
    if (!CAN_FAIL)
        skip();
    assert_int_equal(write(to, "one\n", 4), 4);
    fail_in = 1;
    assert_fails(unp_line_fill(&r), ENOMEM);
    assert_int_equal(unp_line_fill(&r), 0);
    ASSERT_LINE("one");
}

UNIT_TEST(a_failed_read_loses_nothing)
{
    GIVE("on");
    assert_int_equal(fcntl(r.fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(unp_line_fill(&r), -1);
    assert_int_equal(errno, EAGAIN);
    assert_status(LINE_MORE);
    GIVE("e\n");
    ASSERT_LINE("one");
}

/* ---- stream numbers ------------------------------------------------------- */

/* The stream of a line that lies in memory of just its size. */
static enum unp_line_stream stream_of(const char *text, size_t len, long *stream)
{
    char *copy = exact_copy(text, len);
    enum unp_line_stream rc = unp_line_stream(copy, len, stream);

    free(copy);
    return rc;
}

UNIT_TEST(the_number_in_the_brackets_is_the_stream)
{
    static const struct {
        const char *text;
        long stream;
    } rows[] = {
        {"[0]", 0},
        {"[0] hello", 0},
        {"[9]hello", 9},
        {"[42] [7] two", 42},
        {"[1]]", 1},
        {"[007] bond", 7},
        {"[08] x", 8},
        {"[0000000000000000000000000000000000000000000001]", 1},
        {"[65535] x", 65535},
        {"[65536] x", 65536},
        {"[2147483648]", LONG_MAX < 2147483648 ? LONG_MAX : 2147483648},
        {"[9223372036854775807]", LONG_MAX},
        {"[9223372036854775808]", LONG_MAX}, /* no number wraps */
        {"[18446744073709551616]", LONG_MAX},
        {"[18446744073709551617]", LONG_MAX},
        {"[99999999999999999999999999999999999999999999]", LONG_MAX},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        long stream = -2;

        assert_int_equal(stream_of(rows[i].text, strlen(rows[i].text), &stream), STREAM_OK);
        assert_int_equal(stream, rows[i].stream);
    }
}

UNIT_TEST(a_number_ends_before_another_character_or_at_the_end_of_the_line)
{
    static const char text[] = "12x34";
    const char *at = text;
    long n;

    assert_true(unp_line_number(&at, text + 5, &n));
    assert_int_equal(n, 12);
    assert_ptr_equal(at, text + 2);
    assert_false(unp_line_number(&at, text + 5, &n));
    assert_ptr_equal(at, text + 2);
    at++;
    assert_true(unp_line_number(&at, text + 4, &n));
    assert_int_equal(n, 3);
    assert_ptr_equal(at, text + 4);
    assert_false(unp_line_number(&at, text + 4, &n));
}

static void assert_each(const char *const *texts, size_t count, enum unp_line_stream expected)
{
    for (size_t i = 0; i < count; i++) {
        long stream = -2;
        enum unp_line_stream got = stream_of(texts[i], strlen(texts[i]), &stream);

        if (got != expected)
            fail_msg("\"%s\" gives %d, not %d", texts[i], (int)got, (int)expected);
    }
}

UNIT_TEST(a_line_without_a_number_in_brackets_in_front_has_no_stream)
{
    static const char *const bad[] = {"[]",  "[] x",  "[x]",   "[-1]",  "[+1]",  "[ 1]",  "[1 ]",
                                      "[ ]", "[0x1]", "[1e3]", "[1.0]", "[[1]]", "[\xb2]"};
    static const char *const missing[] = {"",   "[",     "[1",   "[123456", "]",
                                          "1]", "hello", " [1]", "x[1]"};
    long stream;

    assert_each(bad, COUNT(bad), STREAM_BAD);
    assert_each(missing, COUNT(missing), STREAM_MISSING);
    assert_int_equal(stream_of("[1\0]", 4, &stream), STREAM_BAD);
    assert_int_equal(stream_of("\0[1]", 4, &stream), STREAM_MISSING);
}

UNIT_TEST(a_bracket_after_the_end_of_the_line_does_not_count)
{
    long stream;

    assert_int_equal(unp_line_stream("[12]", 3, &stream), STREAM_MISSING);
    assert_int_equal(unp_line_stream("[12]", 4, &stream), STREAM_OK);
}

int main(void)
{
    return run_all_tests(set_up, tear_down);
}
