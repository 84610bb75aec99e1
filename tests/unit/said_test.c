/* The client's name in the server's lines: chat/said.c. */
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

int main(void)
{
    return run_all_tests(NULL, NULL);
}
