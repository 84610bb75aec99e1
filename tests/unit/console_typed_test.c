/* Parsing the input lines of sctp_console: tools/console/typed.c. */
#include "../../tools/console/typed.h"
#include "unit.h"

#include <limits.h>

static struct console_typed typed(const char *line)
{
    static char *copy;

    free(copy);
    copy = exact_copy(line, strlen(line));
    return console_typed(copy, strlen(line));
}

static void is_text(const char *line, long stream, long peer, const char *text)
{
    struct console_typed t = typed(line);

    if (t.kind != CONSOLE_TEXT)
        fail_msg("\"%s\" is no text", line);
    assert_int_equal(t.stream, stream);
    assert_int_equal(t.peer, peer);
    assert_int_equal(t.len, strlen(text));
    assert_memory_equal(t.text, text, t.len);
}

static void is_kind(const char *line, enum console_kind kind)
{
    if (typed(line).kind != kind)
        fail_msg("\"%s\" is of kind %d, not %d", line, typed(line).kind, kind);
}

UNIT_TEST(text_goes_on_stream_0_of_the_current_association)
{
    is_text("hello", 0, 0, "hello");
    is_text(" /quit", 0, 0, " /quit");
    is_text("x [3] y", 0, 0, "x [3] y");
    is_text("hello\r", 0, 0, "hello");
    is_text("x1", 0, 0, "x1");
    is_text("[", 0, 0, "[");
    is_text("[]", 0, 0, "[]");
    is_text("[x] y", 0, 0, "[x] y");
    is_text("[-1] y", 0, 0, "[-1] y");
}

UNIT_TEST(brackets_name_stream_and_association)
{
    is_text("[3] hello", 3, 0, "hello");
    is_text("[3]", 3, 0, "");
    is_text("[3] ", 3, 0, "");
    is_text("[65535@12] /quit", 65535, 12, "/quit");
    is_text("[0] [1] x", 0, 0, "[1] x");
    is_text("[0]  x", 0, 0, " x");
}

UNIT_TEST(numbers_that_are_too_large_do_not_wrap)
{
    is_text("[99999999999999999999999999] x", LONG_MAX, 0, "x");
    is_text("[1@99999999999999999999999999] x", 1, LONG_MAX, "x");
}

UNIT_TEST(a_bracket_with_a_digit_must_be_a_complete_prefix)
{
    static const char *const lines[] = {"[1",      "[1x] y",  "[1]y",     "[1 ] y",    "[1@] x",
                                        "[1@0] x", "[1@x] y", "[1@-1] y", "[1@2@3] x", "[1@2"};

    for (size_t i = 0; i < COUNT(lines); i++)
        is_kind(lines[i], CONSOLE_BAD);
}

UNIT_TEST(commands_and_empty_lines_are_recognised)
{
    is_kind("/", CONSOLE_COMMAND);
    is_kind("/peers", CONSOLE_COMMAND);
    is_kind("", CONSOLE_NOTHING);
    is_kind("\r", CONSOLE_NOTHING);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
