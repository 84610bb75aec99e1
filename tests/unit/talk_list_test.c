/* The list of members, /who: chat/talk.c. */
#include "talk_model.h"

UNIT_TEST(a_member_that_has_left_is_sent_no_list)
{
    struct member *m = enter("alice");
    struct unp_association *a = m->a;

    member_part(m);
    say(m, "/who", 4);
    assert_string_equal(told, "");
    assert_false(m->listing);
    m->a = a;
}

UNIT_TEST(members_whose_association_has_closed_are_not_listed)
{
    struct member *gone, *m = enter_announced("alice");

    enter("bob");
    gone = enter("carol");
    enter("dave");
    member_part(gone);
    srv.associations.count--;
    assert_answer(m, "/who", "*** 3 here: alice bob dave\n");
    assert_answer(m, "/who", "*** 3 here: alice bob dave\n");
    srv.associations.count++;
    gone->a = unp_table_find(&srv.associations, gone->id);
}

/* Nobody is left to be listed. */
UNIT_TEST(a_list_whose_last_members_have_left_ends)
{
    struct member *m = enter("alice");

    m->listing = m->list_begun = true;
    talk_list(&talk, m);
    assert_false(m->listing);
    assert_string_equal(told, "");
}

/* member-00000 and so on.  Returns the last. */
static struct member *enter_many(int count)
{
    struct member *m = NULL;
    char name[NAME_SIZE];

    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "member-%05d", i);
        m = enter(name);
    }
    return m;
}

/* 200 names take three lines, the first of which is charged with the command. */
UNIT_TEST(further_lines_of_the_list_are_charged_like_messages)
{
    struct member *m = enter_many(200);

    talk.rate = 1;
    m->counted = unp_now();
    m->allowance = 1000;
    say(m, "/who", 4);
    assert_contains(told, " member-00077\n*** and: member-00078 ");
    assert_true(m->listing);
    assert_null(strstr(told, "member-00170"));
    talk_list(&talk, m);
    assert_true(m->listing);
    m->counted -= 1000;
    talk_list(&talk, m);
    assert_false(m->listing);
    assert_contains(told, " member-00199\n");
}

/* A line has at most 1023 bytes: room for "100 here:" and 78 names of 12 bytes. */
UNIT_TEST(a_line_of_the_list_has_as_many_names_as_fit)
{
    struct member *m = enter_many(100);
    const char *second;

    say(m, "/who", 4);
    second = strchr(told, '\n') + 1;
    assert_memory_equal(told, "*** 100 here: member-00000 member-00001 ", 40);
    assert_int_equal(second - told, 4 + 1023 + 1);
    assert_memory_equal(second, "*** and: member-00078 ", 22);
    assert_string_equal(strchr(second, '\n'), "\n");
    assert_contains(second, " member-00099\n");
}

UNIT_TEST(the_list_waits_until_the_member_can_take_it)
{
    struct member *m = enter("alice");

    m->a->out.queued = srv.max_queue / 4 + 1;
    say(m, "/who", 4);
    assert_true(m->listing);
    m->a->out.queued--;
    m->a->out.lost = 1;
    talk_list(&talk, m);
    m->a->out.lost = 0;
    m->a->close_reason = "gone";
    talk_list(&talk, m);
    m->a->close_reason = NULL;
    assert_string_equal(told, "");
    talk_list(&talk, m);
    assert_string_equal(told, "*** 1 here: alice\n");
    assert_false(m->listing);
    talk_list(&talk, m);
    assert_string_equal(told, "*** 1 here: alice\n");
}

int main(void)
{
    return run_all_tests(start, stop);
}
