/* Lines that the user of the chat client types: chat/typed.c. */
#include "../../chat/typed.h"
#include "unit.h"

#include <limits.h>

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
