/* The chat client's list of members: chat/present.c. */
#include "../../chat/present.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static void hear(struct present *p, const char *line)
{
    Present_hear(p, line, strlen(line));
}

static void names_beyond_the_size_of_the_list_are_ignored(void **state)
{
    struct present p = {0};
    char line[40];

    for (int i = 0; i < PRESENT_MAX + 10; i++) {
        snprintf(line, sizeof(line), "n%d: hello", i);
        hear(&p, line);
    }
    assert_int_equal(p.count, PRESENT_MAX);
    hear(&p, "*** n7 has left");
    hear(&p, "*** n7 has left");
    assert_int_equal(p.count, PRESENT_MAX - 1);
    hear(&p, "*** bob has joined");
    assert_int_equal(p.count, PRESENT_MAX);
    present_clear(&p);
    assert_int_equal(p.count, 0);
    hear(&p, "*** 2 here: alice bob");
    hear(&p, "alice: hello");
    assert_int_equal(p.count, 2);
    present_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_beyond_the_size_of_the_list_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
