/* Lines of input and their stream numbers: lib/tty/line.c. */
#include "tty/line.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#define MAX 10 /* longest line of most tests */

/* A reader of a pipe, and the pipe's other end. */
struct input {
    struct unp_line_reader r;
    int to;
};

static struct input open_input(size_t max)
{
    struct input in;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    in.to = fds[1];
    unp_line_init(&in.r, fds[0], max);
    return in;
}

static void close_input(struct input *in)
{
    if (in->to >= 0)
        close(in->to);
    close(in->r.fd);
    unp_line_free(&in->r);
}

/* Writes data to the pipe and lets the reader read it. */
static void give(struct input *in, const char *data, size_t len)
{
    assert_int_equal(write(in->to, data, len), len);
    assert_int_equal(unp_line_fill(&in->r), 0);
}

#define GIVE(in, literal) give(in, literal, sizeof(literal) - 1)

static void give_end(struct input *in)
{
    close(in->to);
    in->to = -1;
    assert_int_equal(unp_line_fill(&in->r), 0);
}

static void assert_line(struct input *in, const char *expected, size_t expected_len)
{
    char *text;
    size_t len;

    assert_int_equal(unp_line_next(&in->r, &text, &len), LINE_READY);
    assert_int_equal(len, expected_len);
    assert_memory_equal(text, expected, len);
}

#define ASSERT_LINE(in, literal) assert_line(in, literal, sizeof(literal) - 1)

static void assert_status(struct input *in, enum unp_line_status expected)
{
    char *text;
    size_t len;

    assert_int_equal(unp_line_next(&in->r, &text, &len), expected);
}

/* ---- lines ---------------------------------------------------------------- */

UNIT_TEST(nothing_read_yet_is_no_line)
{
    struct input in = open_input(MAX);

    assert_status(&in, LINE_MORE);
    assert_int_equal(in.r.number, 0);
    close_input(&in);
}

UNIT_TEST(one_read_may_hold_several_lines)
{
    struct input in = open_input(MAX);

    GIVE(&in, "one\ntwo\nthree\n");
    ASSERT_LINE(&in, "one");
    ASSERT_LINE(&in, "two");
    ASSERT_LINE(&in, "three");
    assert_status(&in, LINE_MORE);
    give_end(&in);
    assert_status(&in, LINE_END);
    close_input(&in);
}

UNIT_TEST(a_line_may_come_in_several_reads)
{
    struct input in = open_input(MAX);

    GIVE(&in, "one\nt");
    ASSERT_LINE(&in, "one");
    assert_status(&in, LINE_MORE);
    GIVE(&in, "w");
    assert_status(&in, LINE_MORE);
    GIVE(&in, "o");
    assert_status(&in, LINE_MORE);
    GIVE(&in, "\n");
    ASSERT_LINE(&in, "two");
    assert_status(&in, LINE_MORE);
    close_input(&in);
}

UNIT_TEST(lines_in_any_cut_come_out_the_same)
{
    static const char text[] = "[0] a\n\n[1]\0b\n0123456789\nend";

    for (size_t first = 1; first < sizeof(text) - 2; first++) {
        for (size_t second = first + 1; second < sizeof(text) - 1; second++) {
            struct input in = open_input(MAX);
            const size_t cuts[] = {0, first, second, sizeof(text) - 1};
            static const struct {
                const char *text;
                size_t len;
            } lines[] = {{"[0] a", 5}, {"", 0}, {"[1]\0b", 5}, {"0123456789", 10}, {"end", 3}};
            enum unp_line_status status = LINE_MORE;
            size_t n = 0, len;
            char *got;

            for (size_t i = 0; i < 4; i++) {
                if (i < 3)
                    give(&in, text + cuts[i], cuts[i + 1] - cuts[i]);
                else
                    give_end(&in);
                while ((status = unp_line_next(&in.r, &got, &len)) == LINE_READY) {
                    assert_true(n < COUNT(lines));
                    assert_int_equal(len, lines[n].len);
                    assert_memory_equal(got, lines[n].text, len);
                    assert_int_equal(in.r.number, ++n);
                }
                assert_int_equal(status, i < 3 ? LINE_MORE : LINE_END);
            }
            assert_int_equal(n, COUNT(lines));
            close_input(&in);
        }
    }
}

UNIT_TEST(the_last_line_needs_no_newline)
{
    struct input in = open_input(MAX);

    GIVE(&in, "one\ntwo");
    ASSERT_LINE(&in, "one");
    assert_status(&in, LINE_MORE);
    give_end(&in);
    ASSERT_LINE(&in, "two");
    assert_status(&in, LINE_END);
    assert_status(&in, LINE_END);
    assert_int_equal(in.r.number, 2);
    close_input(&in);
}

UNIT_TEST(no_input_is_no_line)
{
    struct input in = open_input(MAX);

    give_end(&in);
    assert_status(&in, LINE_END);
    assert_int_equal(in.r.number, 0);
    close_input(&in);
}

UNIT_TEST(empty_lines_are_lines)
{
    struct input in = open_input(MAX);

    GIVE(&in, "\n\nx\n\n");
    ASSERT_LINE(&in, "");
    ASSERT_LINE(&in, "");
    ASSERT_LINE(&in, "x");
    ASSERT_LINE(&in, "");
    assert_status(&in, LINE_MORE);
    assert_int_equal(in.r.number, 4);
    give_end(&in);
    assert_status(&in, LINE_END);
    close_input(&in);
}

UNIT_TEST(a_line_may_hold_nuls)
{
    struct input in = open_input(MAX);

    GIVE(&in, "\0a\0\0b\0\n\0\n");
    ASSERT_LINE(&in, "\0a\0\0b\0");
    ASSERT_LINE(&in, "\0");
    assert_status(&in, LINE_MORE);
    close_input(&in);
}

UNIT_TEST(carriage_returns_are_part_of_the_line)
{
    struct input in = open_input(MAX);

    GIVE(&in, "a\r\n");
    ASSERT_LINE(&in, "a\r");
    close_input(&in);
}

UNIT_TEST(a_line_stays_until_the_next_fill)
{
    struct input in = open_input(MAX);
    char *first, *second;
    size_t len;

    GIVE(&in, "one\ntwo\n");
    assert_int_equal(unp_line_next(&in.r, &first, &len), LINE_READY);
    assert_int_equal(unp_line_next(&in.r, &second, &len), LINE_READY);
    assert_memory_equal(first, "one", 3);
    assert_memory_equal(second, "two", 3);
    close_input(&in);
}

UNIT_TEST(a_hundred_thousand_lines_come_in_order_with_their_numbers)
{
    struct input in = open_input(MAX);
    unsigned written = 0, taken = 0;
    char *text, expected[16], buf[4096];
    size_t len;

    while (written < 100000) {
        size_t used = 0;

        while (used + sizeof(expected) < sizeof(buf) && written < 100000)
            used += (size_t)sprintf(buf + used, "%u\n", written++);
        give(&in, buf, used);
        while (unp_line_next(&in.r, &text, &len) == LINE_READY) {
            assert_int_equal(len, sprintf(expected, "%u", taken++));
            assert_memory_equal(text, expected, len);
            assert_int_equal(in.r.number, taken);
        }
    }
    assert_int_equal(taken, written);
    close_input(&in);
}

/* ---- long lines ----------------------------------------------------------- */

UNIT_TEST(a_line_may_be_as_long_as_the_limit)
{
    struct input in = open_input(MAX);

    GIVE(&in, "0123456789\n");
    ASSERT_LINE(&in, "0123456789");
    GIVE(&in, "0123456789"); /* its newline may still come */
    assert_status(&in, LINE_MORE);
    GIVE(&in, "\n");
    ASSERT_LINE(&in, "0123456789");
    GIVE(&in, "abcdefghij");
    give_end(&in);
    ASSERT_LINE(&in, "abcdefghij");
    assert_status(&in, LINE_END);
    close_input(&in);
}

UNIT_TEST(a_line_one_byte_longer_is_too_long_and_skipped)
{
    struct input in = open_input(MAX);

    GIVE(&in, "0123456789a\nnext\n");
    assert_status(&in, LINE_TOO_LONG);
    assert_int_equal(in.r.number, 1);
    ASSERT_LINE(&in, "next");
    assert_int_equal(in.r.number, 2);
    close_input(&in);
}

UNIT_TEST(a_line_that_is_too_long_is_reported_once_and_before_its_end)
{
    struct input in = open_input(MAX);

    GIVE(&in, "0123456789a");
    assert_status(&in, LINE_TOO_LONG);
    assert_status(&in, LINE_MORE);
    GIVE(&in, "more of it");
    assert_status(&in, LINE_MORE);
    GIVE(&in, "and its end\nnext\n");
    ASSERT_LINE(&in, "next");
    assert_int_equal(in.r.number, 2);
    close_input(&in);
}

UNIT_TEST(two_lines_that_are_too_long_are_reported_separately)
{
    struct input in = open_input(MAX);

    GIVE(&in, "0123456789a\n0123456789b\n\nok\n");
    assert_status(&in, LINE_TOO_LONG);
    assert_status(&in, LINE_TOO_LONG);
    ASSERT_LINE(&in, "");
    ASSERT_LINE(&in, "ok");
    assert_int_equal(in.r.number, 4);
    close_input(&in);
}

UNIT_TEST(a_last_line_that_is_too_long_is_followed_by_the_end)
{
    struct input in = open_input(MAX);

    GIVE(&in, "0123456789a");
    give_end(&in);
    assert_status(&in, LINE_TOO_LONG);
    assert_status(&in, LINE_END);
    assert_status(&in, LINE_END);
    close_input(&in);
}

UNIT_TEST(a_far_too_long_line_is_skipped_without_storing_it)
{
    struct input in = open_input(MAX);
    static char lots[32768];
    int too_long = 0;
    size_t largest = 0, len;
    char *text;

    memset(lots, 'x', sizeof(lots));
    GIVE(&in, "first\n");
    ASSERT_LINE(&in, "first");
    for (int i = 0; i < 1000; i++) {
        enum unp_line_status status;

        give(&in, lots, sizeof(lots));
        while ((status = unp_line_next(&in.r, &text, &len)) != LINE_MORE) {
            assert_int_equal(status, LINE_TOO_LONG);
            too_long++;
        }
        if (in.r.room > largest)
            largest = in.r.room;
    }
    assert_int_equal(too_long, 1);
    assert_true(largest < 1 << 20);
    GIVE(&in, "\nlast\n");
    ASSERT_LINE(&in, "last");
    assert_int_equal(in.r.number, 3);
    close_input(&in);
}

UNIT_TEST(a_long_line_within_the_limit_is_put_together_from_many_reads)
{
    enum { LONG = 1 << 20 };
    struct input in = open_input(LONG);
    char *sent = malloc(LONG + 1), *text;
    size_t len;

    assert_non_null(sent);
    for (int i = 0; i < LONG; i++)
        sent[i] = (char)('a' + i % 23);
    sent[LONG] = '\n';
    for (size_t at = 0, n; at < LONG + 1; at += n) {
        assert_status(&in, LINE_MORE);
        n = LONG + 1 - at < 10007 ? LONG + 1 - at : 10007;
        give(&in, sent + at, n);
    }
    assert_int_equal(unp_line_next(&in.r, &text, &len), LINE_READY);
    assert_int_equal(len, LONG);
    assert_memory_equal(text, sent, LONG);
    free(sent);
    close_input(&in);
}

UNIT_TEST(an_error_of_the_descriptor_is_passed_on)
{
    struct unp_line_reader r;

    unp_line_init(&r, -1, MAX);
    assert_int_equal(unp_line_fill(&r), -1);
    assert_int_equal(errno, EBADF);
    unp_line_free(&r);
}

UNIT_TEST(a_failed_read_loses_nothing)
{
    struct input in = open_input(MAX);

    GIVE(&in, "on");
    assert_int_equal(fcntl(in.r.fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(unp_line_fill(&in.r), -1);
    assert_int_equal(errno, EAGAIN);
    assert_status(&in, LINE_MORE);
    GIVE(&in, "e\n");
    ASSERT_LINE(&in, "one");
    close_input(&in);
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

static void assert_stream(const char *text, long expected)
{
    long stream = -2;

    assert_int_equal(stream_of(text, strlen(text), &stream), STREAM_OK);
    assert_int_equal(stream, expected);
}

static void assert_none(const char *text, size_t len, enum unp_line_stream expected)
{
    long stream = -2;
    enum unp_line_stream got = stream_of(text, len, &stream);

    if (got != expected)
        fail_msg("\"%s\" gives %d, not %d", text, (int)got, (int)expected);
}

#define ASSERT_NONE(literal, expected) assert_none(literal, sizeof(literal) - 1, expected)

UNIT_TEST(the_number_in_the_brackets_is_the_stream)
{
    assert_stream("[0]", 0);
    assert_stream("[0] hello", 0);
    assert_stream("[9]hello", 9);
    assert_stream("[42] [7] two", 42);
    assert_stream("[1]]", 1);
}

UNIT_TEST(leading_zeros_do_not_change_the_number)
{
    assert_stream("[007] bond", 7);
    assert_stream("[08] x", 8);
    assert_stream("[0000000000000000000000000000000000000000000001]", 1);
}

UNIT_TEST(streams_beyond_65535_keep_their_number)
{
    assert_stream("[65535] x", 65535);
    assert_stream("[65536] x", 65536);
    assert_stream("[70000] x", 70000);
}

UNIT_TEST(huge_numbers_do_not_wrap)
{
    assert_stream("[2147483648]", 2147483648);
    assert_stream("[4294967296]", 4294967296);
    assert_stream("[9223372036854775807]", LONG_MAX);
    assert_stream("[9223372036854775808]", LONG_MAX);
    assert_stream("[18446744073709551616]", LONG_MAX);
    assert_stream("[18446744073709551617]", LONG_MAX);
    assert_stream("[99999999999999999999999999999999999999999999]", LONG_MAX);
}

UNIT_TEST(what_is_not_a_number_is_bad)
{
    ASSERT_NONE("[]", STREAM_BAD);
    ASSERT_NONE("[] x", STREAM_BAD);
    ASSERT_NONE("[x]", STREAM_BAD);
    ASSERT_NONE("[-1]", STREAM_BAD);
    ASSERT_NONE("[+1]", STREAM_BAD);
    ASSERT_NONE("[ 1]", STREAM_BAD);
    ASSERT_NONE("[1 ]", STREAM_BAD);
    ASSERT_NONE("[ ]", STREAM_BAD);
    ASSERT_NONE("[0x1]", STREAM_BAD);
    ASSERT_NONE("[1e3]", STREAM_BAD);
    ASSERT_NONE("[1.0]", STREAM_BAD);
    ASSERT_NONE("[[1]]", STREAM_BAD);
    ASSERT_NONE("[1\0]", STREAM_BAD);
    ASSERT_NONE("[\xb2]", STREAM_BAD);
}

UNIT_TEST(a_line_without_brackets_in_front_has_no_stream)
{
    ASSERT_NONE("", STREAM_MISSING);
    ASSERT_NONE("[", STREAM_MISSING);
    ASSERT_NONE("[1", STREAM_MISSING);
    ASSERT_NONE("[123456", STREAM_MISSING);
    ASSERT_NONE("]", STREAM_MISSING);
    ASSERT_NONE("1]", STREAM_MISSING);
    ASSERT_NONE("hello", STREAM_MISSING);
    ASSERT_NONE(" [1]", STREAM_MISSING);
    ASSERT_NONE("x[1]", STREAM_MISSING);
    ASSERT_NONE("\0[1]", STREAM_MISSING);
}

UNIT_TEST(a_bracket_behind_the_end_of_the_line_does_not_count)
{
    long stream;

    assert_int_equal(unp_line_stream("[12]", 3, &stream), STREAM_MISSING);
    assert_int_equal(unp_line_stream("[12]", 4, &stream), STREAM_OK);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
