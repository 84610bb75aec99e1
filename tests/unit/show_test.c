/* Parsing and showing the server's lines, and parsing the input: chat/said.c, show.c, typed.c. */
#include "../../chat/said.h"
#include "../../chat/show.h"
#include "../../chat/typed.h"
#include "unit.h"

#include <errno.h>

/* ---- shown ---------------------------------------------------------------- */

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

/* ---- the client's name ---------------------------------------------------- */

static void assert_name(const char *line, enum said_name kind, const char *expected)
{
    char name[NAME_SIZE] = "", *exact = exact_copy(line, strlen(line));

    assert_int_equal(said_name(exact, strlen(line), name), kind);
    if (expected)
        assert_string_equal(name, expected);
    free(exact);
}

UNIT_TEST(the_client_s_name_is_read_from_the_server_s_lines)
{
    assert_name("*** you are alice\n", NAME_IS, "alice");
    assert_name("*** you are \303\244\n", NAME_IS, "ä");
    assert_name("*** you are alice\r\n", NAME_IS, "alice");
    assert_name("*** you are alice\n\n", NAME_IS, "alice");
    assert_name("*** you are alice", NAME_IS, "alice");
    assert_name("*** the name bob is taken; you are still alice\n", NAME_STILL, "alice");
    assert_name("*** ; you are still a; you are still b\n", NAME_STILL, "b");
}

UNIT_TEST(the_client_s_name_is_read_from_no_other_line)
{
    assert_name("", NAME_NONE, NULL);
    assert_name("*** ", NAME_NONE, NULL);
    assert_name("*** you are \n", NAME_NONE, NULL);
    assert_name("*** you are not alone\n", NAME_NONE, NULL);
    assert_name("*** you are \033\n", NAME_NONE, NULL);
    assert_name("bob: *** you are alice\n", NAME_NONE, NULL);
    assert_name("bob: x; you are still alice\n", NAME_NONE, NULL);
    assert_name("*** bob is now you\n", NAME_NONE, NULL);
    assert_name("; you are still alice\n", NAME_NONE, NULL);
}

/* ---- nicknames -------------------------------------------------------------- */

/* Why a name with this character is refused; NULL: it is not. */
static const char *fault_of(uint32_t c)
{
    char name[8] = "a";

    if (c < 0x80)
        sprintf(name + 1, "%c", (int)c);
    else if (c < 0x800)
        sprintf(name + 1, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
    else
        sprintf(name + 1, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
                (int)(0x80 | (c & 0x3f)));
    return name_fault(name);
}

UNIT_TEST(names_have_no_white_space_and_nothing_invisible)
{
    static const struct {
        uint32_t first, last;
    } blank[] = {{' ', ' '},       {':', ':'},       {0xa0, 0xa0},
                 {0x1680, 0x1680}, {0x2000, 0x200a}, {0x202f, 0x202f},
                 {0x205f, 0x205f}, {0x2800, 0x2800}, {0x3000, 0x3000}},
      unseen[] = {{0x34f, 0x34f}, {0x200c, 0x200d}, {0x180b, 0x180f}, {0xfe00, 0xfe0f}};
    static const uint32_t good[] = {'!',    '9',    ';',        0xa1,   0x167f, 0x1681, 0x1fff,
                                    0x2010, 0x2030, 0x2800 - 1, 0x2801, 0x2fff, 0x3001, 0x34e,
                                    0x350,  0x180a, 0x1810,     0xfdff, 0xfe10};

    for (size_t i = 0; i < COUNT(blank); i++)
        for (uint32_t c = blank[i].first; c <= blank[i].last; c++)
            assert_string_equal(fault_of(c), "a name has no white space and no colon");
    for (size_t i = 0; i < COUNT(unseen); i++)
        for (uint32_t c = unseen[i].first; c <= unseen[i].last; c++)
            assert_string_equal(fault_of(c), "a name has printable UTF-8 characters only");
    for (size_t i = 0; i < COUNT(good); i++)
        if (fault_of(good[i]))
            fail_msg("U+%04X is refused: %s", good[i], fault_of(good[i]));
}

/* ---- typed ---------------------------------------------------------------- */

static void assert_typed(const char *line, enum typed_kind kind, long channel, const char *text)
{
    char *exact = exact_copy(line, strlen(line));
    struct typed t = typed_line(exact, strlen(line), 7);

    assert_int_equal(t.kind, kind);
    assert_int_equal(t.channel, channel);
    if (text) {
        assert_int_equal(t.len, strlen(text));
        assert_memory_equal(t.text, text, t.len);
    }
    free(exact);
}

UNIT_TEST(text_goes_to_the_channel_it_names_or_to_the_current_one)
{
    assert_typed("hello", TYPED_SAY, 7, "hello");
    assert_typed("[3] hello", TYPED_SAY, 3, "hello");
    assert_typed("[3]  hello ", TYPED_SAY, 3, " hello ");
    assert_typed("[0] /me waves", TYPED_SAY, 0, "/me waves");
    assert_typed("[99999999999999999999] x", TYPED_SAY, LONG_MAX, "x");
    assert_typed("hello\r", TYPED_SAY, 7, "hello");
}

UNIT_TEST(a_bracket_that_is_no_channel_is_text)
{
    static const char *const lines[] = {"[x] y", "[] y", "[3]y", "[3", "[", "[-1] y", "[3]: y"};

    for (size_t i = 0; i < COUNT(lines); i++)
        assert_typed(lines[i], TYPED_SAY, 7, lines[i]);
}

UNIT_TEST(an_empty_line_is_not_sent)
{
    assert_typed("", TYPED_NOTHING, 7, NULL);
    assert_typed("\r", TYPED_NOTHING, 7, NULL);
    assert_typed("[3]", TYPED_NOTHING, 3, NULL);
    assert_typed("[3] ", TYPED_NOTHING, 3, NULL);
}

UNIT_TEST(the_client_s_commands_are_known_by_their_first_word)
{
    assert_typed("/join 3", TYPED_JOIN, 3, NULL);
    assert_typed("/join   12  ", TYPED_JOIN, 12, NULL);
    assert_typed("/leave 4", TYPED_LEAVE, 4, NULL);
    assert_typed("/join 10", TYPED_JOIN, 10, NULL);
    assert_typed("/join 9", TYPED_JOIN, 9, NULL);
    assert_typed("/join 99999999999999999999", TYPED_JOIN, LONG_MAX, NULL);
    assert_typed("/join 1/", TYPED_BAD, 1, NULL);
    assert_typed("/join 1:", TYPED_BAD, 1, NULL);
    assert_typed("/leave", TYPED_LEAVE, 7, NULL);
    assert_typed("/join", TYPED_BAD, 0, NULL);
    assert_typed("/join x", TYPED_BAD, 0, NULL);
    assert_typed("/leave 1 2", TYPED_BAD, 1, NULL);
    assert_typed("/quit", TYPED_QUIT, 7, "/quit");
    assert_typed("[2] /quit for now", TYPED_QUIT, 2, "/quit for now");
    assert_typed("/help", TYPED_HELP, 7, "/help");
    assert_typed("/joint 3", TYPED_SAY, 7, "/joint 3");
    assert_typed("//join 3", TYPED_SAY, 7, "//join 3");
    assert_typed("/nick bob", TYPED_SAY, 7, "/nick bob");
    assert_typed("say /quit", TYPED_SAY, 7, "say /quit");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
