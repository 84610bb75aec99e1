/* Senders, and the client's name, in the server's lines: chat/said.c. */
#include "../../chat/said.h"
#include "unit.h"

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

/* 129 bytes: one more than a name may have. */
UNIT_TEST(a_name_that_is_too_long_is_not_copied)
{
    char line[200] = "*** you are \360\237\230\200";
    char *name = guarded(NAME_SIZE);
    const size_t at = strlen("*** you are ");

    for (int i = 1; i < NAME_CHARS; i++)
        memcpy(line + at + (size_t)i * 4, line + at, 4);
    assert_int_equal(said_name(line, at + NAME_SIZE - 1, name), NAME_IS);
    assert_int_equal(strlen(name), NAME_SIZE - 1);
    memset(line + at, 'x', NAME_SIZE);
    assert_int_equal(said_name(line, at + NAME_SIZE, name), NAME_NONE);
    free_guarded(name, NAME_SIZE);
}

static void assert_sender(const char *line, size_t len, enum said_kind kind, const char *sender)
{
    struct said s = said_line(line, len);

    assert_int_equal(s.kind, kind);
    assert_int_equal(s.name_len, strlen(sender));
    if (*sender)
        assert_memory_equal(s.name, sender, strlen(sender));
}

/* What follows the line in memory is not a part of it. */
UNIT_TEST(the_sender_of_a_line_is_read_from_that_line_only)
{
    assert_sender("bob: x", 6, SAID_TEXT, "bob");
    assert_sender("bob: x", 5, SAID_TEXT, "bob");
    assert_sender("bob: x", 4, SAID_OTHER, "");
    assert_sender("bob: x", 3, SAID_OTHER, "");
    assert_sender("bob:x", 5, SAID_OTHER, "");
    assert_sender("* bob waves", 11, SAID_ACTION, "bob");
    assert_sender("* bob waves", 6, SAID_ACTION, "bob");
    assert_sender("* bob waves", 5, SAID_OTHER, "");
    assert_sender("*** bob: x", 10, SAID_ANNOUNCE, "");
    assert_sender("b\0b: x", 6, SAID_OTHER, "");
    assert_sender("", 0, SAID_OTHER, "");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
