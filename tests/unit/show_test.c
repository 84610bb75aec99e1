/* Showing the server's lines: chat/show.c. */
#include "../../chat/show.h"
#include "unit.h"

#include <errno.h>

static bool terminal; /* what isatty() returns */

int isatty(int fd)
{
    assert_int_equal(fd, 5);
    return terminal;
}

static void assert_shown(const struct show *s, unsigned channel, const char *line,
                         const char *expected)
{
    char *exact = malloc(strlen(line) + 1), *shown;

    exact[0] = '\n'; /* not a part of the line */
    memcpy(exact + 1, line, strlen(line));
    errno = EINVAL;
    shown = show_line(s, channel, exact + 1, strlen(line));
    free(exact);
    if (!expected) {
        assert_null(shown);
        assert_int_equal(errno, 0);
        return;
    }
    assert_non_null(shown);
    assert_string_equal(shown, expected);
    free(shown);
}

UNIT_TEST(a_message_is_shown_after_its_channel)
{
    struct show s = {.name = "me"};

    assert_shown(&s, 0, "bob: hi\n", "bob: hi\n");
    assert_shown(&s, 3, "bob: hi\n", "[3] bob: hi\n");
    assert_shown(&s, 65535, "* bob waves\n", "[65535] * bob waves\n");
}

UNIT_TEST(announcements_have_no_channel)
{
    struct show s = {.name = "me"};

    assert_shown(&s, 0, "*** bob has joined\n", "*** bob has joined\n");
    assert_shown(&s, 3, "*** you are me\n", "*** you are me\n");
}

UNIT_TEST(own_messages_are_hidden)
{
    struct show s = {.name = "me"};

    assert_shown(&s, 0, "me: hi\n", NULL);
    assert_shown(&s, 4, "* me waves\n", NULL);
    assert_shown(&s, 0, "mel: hi\n", "mel: hi\n");
    assert_shown(&s, 0, "m: hi\n", "m: hi\n");
    assert_shown(&s, 0, "bob: me: hi\n", "bob: me: hi\n");
}

UNIT_TEST(announcements_are_shown_on_hidden_channels)
{
    struct show s = {.name = "me"};

    show_hide(&s, 3, true);
    show_hide(&s, 65535, true);
    assert_shown(&s, 3, "bob: hi\n", NULL);
    assert_shown(&s, 65535, "bob: hi\n", NULL);
    assert_shown(&s, 2, "bob: hi\n", "[2] bob: hi\n");
    assert_shown(&s, 3, "*** bob has left\n", "*** bob has left\n");
    assert_shown(&s, 3, "*** ", "*** \n");
    show_hide(&s, 3, false);
    assert_shown(&s, 3, "bob: hi\n", "[3] bob: hi\n");
    assert_true(show_is_hidden(&s, 65535));
}

UNIT_TEST(text_of_members_and_server_is_escaped)
{
    struct show s = {.name = "me"};

    assert_shown(&s, 0, "bob: \033]0;x\007\n", "bob: \\x1b]0;x\\x07\n");
    assert_shown(&s, 0, "\033[2Jbob: x\n", "\\x1b[2Jbob: x\n");
    assert_shown(&s, 0, "*** \342\200\256x\n", "*** <U+202E>x\n");
    s.colours = true;
    assert_shown(&s, 0, "\033: x\n", "\\x1b: x\n");
}

UNIT_TEST(continuation_lines_keep_one_tab)
{
    struct show s = {.name = "me"};

    assert_shown(&s, 1, "bob: a\n\tb\n\tc\n", "[1] bob: a\n\tb\n\tc\n");
    assert_shown(&s, 1, "bob: a\n\t\tb\n", "[1] bob: a\n\t\tb\n");
    assert_shown(&s, 1, "bob: a\n*** b\n", "[1] bob: a\n\t*** b\n");
    assert_shown(&s, 1, "\tbob: a\n", "[1] \tbob: a\n");
}

UNIT_TEST(a_member_has_one_colour_and_the_server_is_dim)
{
    struct show s = {.name = "me", .colours = true};
    char *one = show_line(&s, 0, "bob: hi\n", 8), *two = show_line(&s, 3, "* bob waves\n", 12);
    char colour[6] = "";

    assert_non_null(one);
    assert_non_null(two);
    memcpy(colour, one, 5);
    assert_string_equal(one + 5, "bob\033[0m: hi\n");
    assert_memory_equal(two, "[3] * ", 6);
    assert_memory_equal(two + 6, colour, 5);
    assert_string_equal(two + 11, "bob\033[0m waves\n");
    free(one);
    free(two);
    assert_shown(&s, 0, "*** hi\n", "\033[2m*** hi\033[0m\n");
    assert_shown(&s, 0, "bob: hi\n", "\033[36mbob\033[0m: hi\n");
    assert_shown(&s, 0, "alice: hi\n", "\033[32malice\033[0m: hi\n");
    assert_shown(&s, 0, "* carol hi\n", "* \033[31mcarol\033[0m hi\n");
    assert_shown(&s, 0, "* dave hi\n", "* \033[35mdave\033[0m hi\n");
    assert_shown(&s, 0, "eve: hi\n", "\033[33meve\033[0m: hi\n");
    assert_shown(&s, 0, "guest1: hi\n", "\033[94mguest1\033[0m: hi\n");
}

UNIT_TEST(colours_need_a_terminal_that_has_them_and_no_NO_COLOR)
{
    static const struct {
        bool terminal;
        const char *term, *no_color;
        bool colours;
    } cases[] = {
        {true, "xterm", NULL, true},   {true, "xterm", "", true},   {true, "xterm", "1", false},
        {false, "xterm", NULL, false}, {true, "dumb", NULL, false}, {true, "", NULL, false},
        {true, NULL, NULL, false},     {false, NULL, NULL, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        terminal = cases[i].terminal;
        unsetenv("TERM");
        unsetenv("NO_COLOR");
        if (cases[i].term)
            setenv("TERM", cases[i].term, 1);
        if (cases[i].no_color)
            setenv("NO_COLOR", cases[i].no_color, 1);
        if (show_wants_colours(5) != cases[i].colours)
            fail_msg("case %zu", i);
    }
}

UNIT_TEST(a_line_that_is_no_chat_line_is_shown_as_it_is)
{
    struct show s = {.name = "me", .colours = true};

    assert_shown(&s, 0, "", "\n");
    assert_shown(&s, 0, "\n", "\n");
    assert_shown(&s, 0, "hello", "hello\n");
    assert_shown(&s, 2, "an odd: line", "[2] an odd: line\n");
    assert_shown(&s, 0, "bob:", "bob:\n");
    assert_shown(&s, 0, "* ", "* \n");
    assert_shown(&s, 0, ": x", ": x\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
