/* The chat client's list of members: chat/present.c. */
#include "../../chat/name.h"
#include "../../chat/present.h"
#include "blocks.h"
#include "output.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct present present;

static int start(void **state)
{
    present = (struct present){0};
    blocks_before = blocks;
    return 0;
}

static int stop(void **state)
{
    present_clear(&present);
    return check_blocks(state);
}

static void hear(const char *line)
{
    char *exact = exact_copy(line, strlen(line));

    Present_hear(&present, exact, strlen(line));
    free(exact);
}

/* Compares the names offered, in alphabetical order, each followed by `after`. */
static void assert_offered(const char *but, const char *after, const char *expected)
{
    struct unp_words words = {0};
    char all[1000] = "";

    Present_offer(&present, but, after, &words);
    for (size_t i = 0; i < words.count; i++)
        strcat(all, words.list[i]);
    unp_words_free(&words);
    assert_string_equal(all, expected);
}

static void assert_present(const char *names, size_t count)
{
    assert_offered("", " ", names);
    assert_int_equal(present.count, count);
}

UNIT_TEST(names_beyond_the_size_of_the_list_are_ignored)
{
    char line[40];

    for (int i = 0; i < PRESENT_MAX + 10; i++) {
        snprintf(line, sizeof(line), "n%d: hello", i);
        hear(line);
    }
    assert_int_equal(present.count, PRESENT_MAX);
    hear("*** n7 has left");
    hear("*** n7 has left");
    assert_int_equal(present.count, PRESENT_MAX - 1);
    hear("*** bob has joined");
    assert_int_equal(present.count, PRESENT_MAX);
    present_clear(&present);
    assert_int_equal(present.count, 0);
    hear("*** 2 here: alice bob");
    hear("alice: hello");
    assert_int_equal(present.count, 2);
}

UNIT_TEST(a_sender_is_listed_once)
{
    hear("bob: hello\n");
    hear("bob: again\n");
    hear("* carol waves\n");
    hear("no chat line\n");
    hear("");
    assert_present("bob carol ", 2);
    assert_false(present.listed);
}

UNIT_TEST(the_answer_to_who_replaces_the_list)
{
    hear("old: hello\n");
    hear("*** and: zoe\n");
    assert_present("old zoe ", 2);
    assert_false(present.listed);
    hear("*** 3 here: alice bob carol\n");
    assert_present("alice bob carol ", 3);
    assert_true(present.listed);
    hear("*** and: dave  eve\n\n");
    assert_present("alice bob carol dave eve ", 5);
    assert_true(present.listed);
    hear("*** 12 here: alice\n");
    assert_present("alice ", 1);
}

UNIT_TEST(other_announcements_are_not_taken_for_a_list)
{
    static const char *const lines[] = {"*** here: alice",
                                        "*** 2 here. alice",
                                        "*** 2here: alice",
                                        "*** and:alice",
                                        "*** x2 here: alice",
                                        "*** alice",
                                        "*** ",
                                        "*** 2 here"};

    for (size_t i = 0; i < COUNT(lines); i++)
        hear(lines[i]);
    assert_present("", 0);
    assert_false(present.listed);
}

UNIT_TEST(a_list_ends_at_a_word_that_is_no_name)
{
    char line[40 + NAME_SIZE];

    hear("*** 3 here: alice b:b carol");
    assert_present("alice ", 1);
    snprintf(line, sizeof(line), "*** 2 here: bob %0*d", NAME_SIZE, 0);
    hear(line);
    assert_present("bob ", 1);
}

UNIT_TEST(members_that_arrive_are_listed)
{
    hear("*** alice has joined\n");
    assert_present("alice ", 1);
    hear("*** bob, carol have joined\n");
    assert_present("alice bob carol ", 3);
    hear("*** dave, eve and 17 more have joined\n");
    assert_present("alice bob carol dave eve ", 5);
    hear("*** fay and 1 more have joined\n");
    assert_present("alice bob carol dave eve fay ", 6);
    hear("*** gus has joined in\n");
    hear("*** gus have joined in\n");
    hear("*** gus has reconnected\n");
    assert_present("alice bob carol dave eve fay ", 6);
}

UNIT_TEST(members_that_leave_are_removed)
{
    hear("*** 9 here: a b c d e f g h i\n");
    hear("*** a has left\n");
    assert_present("b c d e f g h i ", 8);
    hear("*** b, c have left\n");
    assert_present("d e f g h i ", 6);
    hear("*** d has left: no answer\n");
    assert_present("e f g h i ", 5);
    hear("*** e was disconnected: you send too much too fast\n");
    assert_present("f g h i ", 4);
    hear("*** f, g and 3 more have left\n");
    assert_present("h i ", 2);
    hear("*** h has left the window open\n");
    hear("*** h have left: nothing\n");
    hear("*** h was here\n");
    hear("*** nobody has left\n");
    assert_present("h i ", 2);
}

UNIT_TEST(a_new_name_replaces_the_old_one)
{
    hear("*** 2 here: alice bob\n");
    hear("*** alice is now zoe\n");
    assert_present("bob zoe ", 2);
    hear("*** dora is now carl\n");
    assert_present("bob carl zoe ", 3);
    hear("*** bob is now c:d\n");
    assert_present("carl zoe ", 2);
    hear("*** carl is not zoe\n");
    assert_present("carl zoe ", 2);
}

UNIT_TEST(every_name_but_our_own_is_offered)
{
    hear("*** 3 here: carol alice bob\n");
    assert_offered("bob", ": ", "alice: carol: ");
    assert_offered("Bob", "", "alicebobcarol");
}

UNIT_TEST(a_name_of_the_largest_size_is_listed)
{
    char line[40 + NAME_SIZE] = "*** ", name[NAME_SIZE] = "";

    for (int i = 0; i < NAME_CHARS; i++)
        strcat(name, "\360\237\230\200");
    snprintf(line, sizeof(line), "*** %s, bob have joined", name);
    hear(line);
    assert_int_equal(present.count, 2);
    snprintf(line, sizeof(line), "bob: %s: ", name);
    assert_offered("", ": ", line);
    snprintf(line, sizeof(line), "*** %s has left", name);
    hear(line);
    assert_present("bob ", 1);
}

UNIT_TEST(without_memory_the_program_ends)
{
    if (!CAN_FAIL)
        skip();
    for (fail_in = 2; fail_in <= 4;) { /* the first is hear()'s own */
        unsigned next = fail_in + 1;

        assert_quits(EXIT_SYSTEM, "remember a name", hear("bob: hello"));
        assert_int_equal(fail_in, 0);
        fail_in = next;
    }
    fail_in = 0;
    blocks_before = blocks; /* the failed calls of Present_hear() have left some */
}

int main(void)
{
    return run_all_tests(start, stop);
}
