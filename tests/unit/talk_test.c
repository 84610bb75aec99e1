/* The server's lines to the members of a chat, and their order: chat/talk.c. */
#include "talk_model.h"

UNIT_TEST(a_member_that_reconnects_leaves_before_it_joins)
{
    struct member *alice = enter("alice");

    talk_arrive(&talk, alice);
    talk_news(&talk);
    leave(alice);
    talk_arrive(&talk, enter("alice"));
    talk_news(&talk);
    assert_string_equal(told, "*** alice has joined\n*** alice has left\n*** alice has joined\n");
}

UNIT_TEST(a_message_that_is_too_long_once_escaped_is_refused_with_the_reason)
{
    struct member *m = enter("alice");
    char text[1000];

    longest = sizeof(text) * 4;
    memset(text, 1, sizeof(text));
    say(m, text, sizeof(text));
    assert_string_equal(told, "*** message not sent: it has 4008 bytes once escaped, and a "
                              "line may have 4000 here\n");
    told[0] = '\0';
    memset(text, 'x', sizeof(text));
    say(m, text, sizeof(text));
    assert_contains(told, "alice: xxx");
}

/* ---- messages of a member ------------------------------------------------- */

static void assert_relayed(struct member *m, const char *text, size_t len, const char *expected)
{
    char *exact = exact_copy(text, len);
    struct unp_message msg = {.data = (unsigned char *)exact, .len = len, .rcv.rcv_sid = 3};

    told[0] = '\0';
    said = 0;
    talk_input(&talk, m, &msg);
    free(exact);
    assert_string_equal(told, expected);
    assert_int_equal(said, 1);
    assert_ptr_equal(last.from, m->a);
    assert_ptr_equal(last.voice, &m->voice);
    assert_int_equal(last.channel, 3);
    assert_int_equal(last.echo_ok, m->echo_ok);
}

UNIT_TEST(a_line_is_relayed_on_its_channel_and_charged_to_its_sender)
{
    struct member *m = enter_announced("alice");

    assert_relayed(m, "hello", 5, "alice: hello\n");
    assert_relayed(m, "hello\r\n\0", 8, "alice: hello\n");
    assert_relayed(m, "a\0b", 3, "alice: a\\x00b\n");
    assert_relayed(m, "//slash", 7, "alice: /slash\n");
    assert_relayed(m, "///", 3, "alice: //\n");
    assert_relayed(m, "//", 2, "alice: /\n");
    assert_relayed(m, "a/b", 3, "alice: a/b\n");
    assert_relayed(m, "two\nlines\n", 10, "alice: two\n\tlines\n");
    m->echo_ok = true;
    assert_relayed(m, "/me waves to all", 16, "* alice waves to all\n");
    assert_string_equal(logged,
                        "said alice 3 hello\nsaid alice 3 hello\nsaid alice 3 a\n"
                        "said alice 3 /slash\nsaid alice 3 //\nsaid alice 3 /\n"
                        "said alice 3 a/b\nsaid alice 3 two\nlines\naction alice 3 waves to all\n");
}

UNIT_TEST(without_memory_a_message_is_refused)
{
    struct member *m = enter_announced("alice");
    long before = blocks;

    if (CAN_FAIL) {
        fail_in = 1;
        say(m, "hello", 5);
        assert_string_equal(told, "*** message not sent: the server is out of memory\n");
        fail_in = 1;
        say(m, "/help", 5); /* ignored */
        told[0] = '\0';
    }
    say(m, "hello", 5);
    say(m, "/help", 5);
    assert_int_equal(blocks, before);
    assert_contains(told, "alice: hello\n");
}

UNIT_TEST(the_longest_name_fits)
{
    char name[NAME_SIZE], expected[NAME_SIZE + 20];
    struct member *m;

    memset(name, 'x', sizeof(name));
    name[NAME_SIZE - 1] = '\0';
    m = enter_announced(name);
    snprintf(expected, sizeof(expected), "%s: hi\n", name);
    assert_relayed(m, "hi", 2, expected);
    snprintf(expected, sizeof(expected), "* %s waves\n", name);
    assert_relayed(m, "/me waves", 9, expected);
}

UNIT_TEST(an_empty_message_is_not_relayed)
{
    struct member *m = enter_announced("alice");

    say(m, "", 0);
    say(m, "\r\n\0\n", 4);
    assert_string_equal(told, "");
    assert_false(m->announce_at == 0);
}

UNIT_TEST(a_command_ends_at_a_nul)
{
    struct member *m = enter_announced("alice");

    last_to = NULL;
    say(m, "/nick bob\0x", 11);
    assert_string_equal(m->name, "bob");
}

UNIT_TEST(the_first_line_of_a_member_announces_it)
{
    struct member *m = enter("alice");

    say(m, "hello", 5);
    assert_string_equal(told, "*** alice has joined\nalice: hello\n");
    assert_true(m->announced);
    told[0] = '\0';
    say(m, "again", 5);
    assert_string_equal(told, "alice: again\n");
}

UNIT_TEST(a_line_may_be_as_long_as_the_room_permits)
{
    struct member *m = enter_announced("alice");

    longest = strlen("alice: hello\n");
    assert_relayed(m, "hello", 5, "alice: hello\n");
    assert_int_equal(last.len, longest);
    longest--;
    assert_answer(m, "hello",
                  "*** message not sent: it has 13 bytes once escaped, and a line may "
                  "have 12 here\n");
}

/* ---- commands ------------------------------------------------------------- */

UNIT_TEST(unknown_commands_are_refused)
{
    static const char *const lines[] = {"/",     "/x",        "/ who", "/whom",     "/echo",
                                        "/echo", "/echo off", "/Who",  "/echo on x"};
    struct member *m = enter_announced("alice");

    for (size_t i = 0; i < COUNT(lines); i++)
        assert_answer(m, lines[i], "*** no such command; /help lists the commands\n");
    assert_false(m->echo_ok);
    assert_answer(m, "/help", "*** /nick NAME  /who  /me TEXT  /quit; //text sends /text\n");
    assert_answer(m, "/me", "*** no text given; type /me TEXT\n");
    assert_answer(m, "/me ", "*** no text given; type /me TEXT\n");
    told[0] = '\0';
    say(m, "/echo on", 8);
    assert_string_equal(told, "");
    assert_true(m->echo_ok);
}

UNIT_TEST(quit_shuts_the_association_down)
{
    struct member *alice = enter("alice"), *m = enter("bob");
    struct unp_association *a = alice->a;

    say(m, "/quit", 5);
    assert_int_equal(eof_fd, 77);
    assert_int_equal(eof_id, m->a->id);
    assert_string_equal(told, "");
    eof_fd = 0;
    member_part(alice);
    say(alice, "/quit", 5); /* it has left */
    assert_int_equal(eof_fd, 0);
    alice->a = a;
}

UNIT_TEST(a_new_name_is_announced_to_the_others)
{
    struct member *m = enter("alice");

    assert_answer(m, "/nick bob", "*** you are bob\n");
    assert_int_equal(m->announce_at, 0);
    assert_false(m->announced);
    assert_string_equal(logged, "renamed bob before=alice\n");
    m->announced = true;
    m->announce_at = 5;
    told[0] = '\0';
    say(m, "/nick carol", 11);
    assert_string_equal(told, "*** you are carol\n*** bob is now carol\n");
    assert_ptr_equal(last.from, m->a);
    assert_ptr_equal(last.voice, &m->voice);
    assert_false(last.echo_ok);
    assert_int_equal(m->announce_at, 5);
    logged[0] = '\0';
    assert_answer(m, "/nick carol", "*** you are carol\n");
    assert_string_equal(logged, "");
    say(m, "/nick CAROL", 11);
    assert_contains(told, "*** carol is now CAROL\n");
}

UNIT_TEST(a_name_that_is_taken_or_malformed_is_refused)
{
    struct member *m = enter_announced("alice");

    enter("bob");
    assert_answer(m, "/nick BOB", "*** the name BOB is taken; you are still alice\n");
    assert_answer(m, "/nick", "*** a name has at least one character; you are still alice\n");
    assert_answer(m, "/nick a b",
                  "*** a name has no white space and no colon; you are still alice\n");
    assert_string_equal(m->name, "alice");
    assert_string_equal(logged, "");
}

/* ---- arrivals and departures ------------------------------------------------ */

UNIT_TEST(one_arrival_is_not_announced_to_the_member_itself)
{
    struct member *alice = enter("alice"), *bob = enter("bob");

    talk_arrive(&talk, alice);
    talk_arrive(&talk, alice);
    talk_news(&talk);
    assert_string_equal(told, "*** alice has joined\n");
    assert_ptr_equal(last.from, alice->a);
    assert_null(last.voice);
    assert_int_not_equal(talk.told, 0);
    leave(alice);
    talk_news(&talk);
    assert_string_equal(told, "*** alice has joined\n*** alice has left\n");
    assert_null(last.from);
    talk_news(&talk);
    assert_int_equal(said, 2);
    talk_arrive(&talk, bob);
    leave(bob);
    talk_news(&talk);
    assert_contains(told, "*** bob has left\n*** bob has joined\n");
    assert_null(last.from);
}

UNIT_TEST(several_arrivals_are_one_line_to_all)
{
    struct member *alice = enter("alice"), *bob = enter("bob");

    talk_arrive(&talk, alice);
    talk_arrive(&talk, bob);
    talk_news(&talk);
    assert_string_equal(told, "*** alice, bob have joined\n");
    assert_null(last.from);
    assert_null(last.voice);
    told[0] = '\0';
    leave(alice);
    leave(bob);
    talk_news(&talk);
    assert_string_equal(told, "*** alice, bob have left\n");
}

/* 41 names of 23 bytes, with their commas, fit into 1024 bytes. */
UNIT_TEST(names_that_do_not_fit_in_the_line_are_counted)
{
    char name[NAME_SIZE];

    for (int i = 0; i < 41; i++) {
        snprintf(name, sizeof(name), "the-member-of-name-%04d", i);
        talk_arrive(&talk, enter(name));
    }
    talk_news(&talk);
    assert_contains(told, ", the-member-of-name-0040 have joined\n");
    told[0] = '\0';
    for (int i = 0; i < 43; i++) {
        snprintf(name, sizeof(name), "another-member-name%04d", i);
        talk_arrive(&talk, enter(name));
    }
    talk_news(&talk);
    assert_contains(told, ", another-member-name0040 and 2 more have joined\n");
    assert_null(last.from);
    assert_int_equal(talk.arrivals.count, 0);
    told[0] = '\0';
    for (int i = 0; i < 41; i++) {
        snprintf(name, sizeof(name),
                 i < 40 ? "a-third-member-name%04d" : "one-byte-longer-name%04d", i);
        talk_arrive(&talk, enter(name));
    }
    talk_news(&talk);
    assert_contains(told, ", a-third-member-name0039 and 1 more have joined\n");
}

UNIT_TEST(announcements_are_rarer_in_a_larger_room)
{
    talk.told = 1000;
    srv.associations.count = 504;
    assert_false(talk_news_due(&talk, 1099));
    assert_true(talk_news_due(&talk, 1100));
    assert_int_equal(carries_len, sizeof(talk.arrivals.names));
    carries = false;
    assert_false(talk_news_due(&talk, 1100));
    srv.associations.count = 0;
}

UNIT_TEST(announcements_take_a_tenth_of_the_time)
{
    talk.told = 1000;
    talk_news_sent(&talk, 1000, 1200);
    assert_false(talk_news_due(&talk, 2999));
    assert_true(talk_news_due(&talk, 3000));
    talk_news_sent(&talk, 1001, 5000); /* nothing was announced since */
    assert_true(talk_news_due(&talk, 3000));
}

UNIT_TEST(an_announcement_comes_after_pending_arrivals)
{
    struct member *alice = enter("alice"), *bob = enter_announced("bob");

    talk_arrive(&talk, alice);
    talk_announce(&talk, bob, "%s says so", "bob");
    assert_string_equal(told, "*** alice has joined\n*** bob says so\n");
    assert_ptr_equal(last.from, bob->a);
    assert_ptr_equal(last.voice, &bob->voice);
    talk_announce(&talk, NULL, "the end");
    assert_null(last.from);
    assert_null(last.voice);
    assert_int_equal(last.channel, 0);
}

UNIT_TEST(a_long_line_of_the_server_is_cut)
{
    enum { LONGEST = 4 * NAME_SIZE + 1024 - 1 };
    struct member *m = enter("alice");
    char text[LONGEST + 10];

    memset(text, 'x', sizeof(text));
    text[LONGEST - 5] = '\0';
    talk_tell(&talk, m, "%s", text);
    assert_int_equal(strlen(told), LONGEST);
    assert_string_equal(told + LONGEST - 2, "x\n");
    told[0] = '\0';
    text[LONGEST - 5] = 'x';
    text[LONGEST - 4] = '\0';
    talk_tell(&talk, m, "%s", text);
    assert_int_equal(strlen(told), LONGEST);
    assert_string_equal(told + LONGEST - 2, "x\n");
}

/* ---- several commands in a message ------------------------------------------- */

static void assert_part(const char *text, size_t expected)
{
    char *exact = exact_copy(text, strlen(text));

    assert_int_equal(talk_part(exact, strlen(text)), expected);
    free(exact);
}

UNIT_TEST(a_part_is_a_command_or_all_of_the_text)
{
    assert_part("/who\n/nick bob\n", 5);
    assert_part("/who", 4);
    assert_part("/\n/who", 2);
    assert_part("//who\nx", 7);
    assert_part("text\n/who\n", 10);
    assert_part("\n/who", 5);
    assert_part("", 0);
    assert_part("/", 1);
}

int main(void)
{
    return run_all_tests(start, stop);
}
