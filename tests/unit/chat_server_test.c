/* The chat server: members, delayed messages, announcements: chat/sctp_chat_srv.c, log.c. */
#include "server_model.h"

#define CHAT(...) ARGS("chat", __VA_ARGS__)

/* Parts of transcripts. */
#define START                                                                                      \
    "[start: port 9878, 10 streams, messages of 65536, queues of 4194304, memory 1000000]\n"       \
    "[relays]\n"
#define START_WITH_QUEUES_OF_1000                                                                  \
    "[start: port 9878, 10 streams, messages of 65536, queues of 1000, memory 1000000]\n"          \
    "[relays]\n"                                                                                   \
    "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more than 900 "    \
    "bytes once escaped is refused; a larger -b allows more\n"
#define WELCOME(n)                                                                                 \
    "[to " #n " on 0: *** you are guest" #n "]\n"                                                  \
    "[to " #n " on 0: *** " #n " here; /help lists the commands]\n"
#define BOTH_JOIN                                                                                  \
    WELCOME(1)                                                                                     \
    WELCOME(2)                                                                                     \
    "[to 1 on 0: *** guest1, guest2 have joined]\n"                                                \
    "[to 2 on 0: *** guest1, guest2 have joined]\n"                                                \
    "[tick: later]\n"
#define TWO_MEMBERS START BOTH_JOIN
#define ONE_ENDS    "[to 1 on 0: *** the server is leaving]\n[shut down]\n"
#define BOTH_END                                                                                   \
    "[to 1 on 0: *** the server is leaving]\n[to 2 on 0: *** the server is leaving]\n"             \
    "[shut down]\n"

#define LONG                                                                                       \
    "0123456789012345678901234567890123456789012345678901234567890123456789"                       \
    "0123456789012345678901234567890123456789012345678901234567890123456789"

UNIT_TEST(members_join_talk_and_leave)
{
    run_script(
        SCRIPT({UP, 1}, {UP, 2}, {SAYS, 1, "/nick bob"}, {PASS, 0}, {PASS, 499}, {PASS, 1},
               {SAYS, 1, "3>hi"}, {SAYS, 2, "9>/me waves"}, {ENDS, 2}, {PASS, 10}, {TERM}),
        CHAT("-J"), 0,
        "[start: port 9878, 10 streams, messages of 65536, queues of 4194304, memory 1000000, "
        "verbose, json]\n"
        "[relays]\n"
        "{\"event\":\"joined\",\"name\":\"guest1\",\"assoc_id\":1}\n",
        WELCOME(1), "{\"event\":\"joined\",\"name\":\"guest2\",\"assoc_id\":2}\n", WELCOME(2),
        "[to 1 on 0: *** you are bob]\n"
        "{\"event\":\"renamed\",\"name\":\"bob\",\"assoc_id\":1,\"before\":\"guest1\"}\n"
        "[to 2 on 0: *** bob has joined]\n"
        "[tick: soon]\n"
        "[tick: soon]\n"
        "[to 1 on 0: *** guest2 has joined]\n"
        "[tick: later]\n"
        "{\"event\":\"said\",\"name\":\"bob\",\"assoc_id\":1,\"channel\":3,\"text\":\"hi\"}\n"
        "{\"event\":\"action\",\"name\":\"guest2\",\"assoc_id\":2,\"channel\":9,\"text\":\"waves\"}"
        "\n"
        "[to 2 on 3: bob: hi]\n"
        "[to 1 on 0: * guest2 waves]\n"
        "{\"event\":\"left\",\"name\":\"guest2\",\"assoc_id\":2}\n"
        "[to 1 on 0: *** guest2 has left]\n"
        "[tick: later]\n",
        ONE_ENDS);
}

UNIT_TEST(lines_said_before_an_arrival_or_a_quit_are_sent_first)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, "one"}, {UP, 3}, {SAYS, 1, "two"},
                      {SAYS, 2, "/quit"}, {ENDS, 2}, {ENDS, 3}, {PASS, 10}),
               CHAT("-r", "0"), 0, TWO_MEMBERS, "[to 2 on 0: guest1: one]\n", WELCOME(3),
               "[to 2 on 0: guest1: two]\n"
               "[to 3 on 0: guest1: two]\n"
               "[eof 2 of 900]\n"
               "[to 1 on 0: *** guest2 has left]\n"
               "[tick: later]\n",
               ONE_ENDS);
}

UNIT_TEST(the_reason_why_a_member_left_is_announced)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {UP, 3}, {UP, 4}, {PASS, 500}, {ENDS, 2, "had enough"},
                      {RESTARTS, 3}, {PASS, 10}, {UP, 5}, {SAYS, 5, "/nick x"}, {ENDS, 5, "unseen"},
                      {PASS, 10}, {ENDS, 4, ""}, {PASS, 10}),
               CHAT("-r", "0"), 0, START, WELCOME(1), WELCOME(2), WELCOME(3), WELCOME(4),
               "[to 1 on 0: *** guest1, guest2, guest3, guest4 have joined]\n"
               "[to 2 on 0: *** guest1, guest2, guest3, guest4 have joined]\n"
               "[to 3 on 0: *** guest1, guest2, guest3, guest4 have joined]\n"
               "[to 4 on 0: *** guest1, guest2, guest3, guest4 have joined]\n"
               "[tick: later]\n"
               "[to 1 on 0: *** guest2 has left: user-initiated abort: had enough]\n"
               "[to 3 on 0: *** guest2 has left: user-initiated abort: had enough]\n"
               "[to 4 on 0: *** guest2 has left: user-initiated abort: had enough]\n"
               "[to 1 on 0: *** guest3 has reconnected]\n"
               "[to 4 on 0: *** guest3 has reconnected]\n"
               "[3 begins anew]\n"
               "[tick: later]\n"
               "[to 5 on 0: *** you are guest5]\n"
               "[to 5 on 0: *** 3 here; /help lists the commands]\n"
               "[to 5 on 0: *** you are x]\n"
               "[tick: later]\n"
               "[to 1 on 0: *** guest4 has left: no answer]\n"
               "[tick: later]\n",
               ONE_ENDS);
}

/* The line is too long to be relayed before the next turn, in which the arrival is due as well. */
UNIT_TEST(a_member_that_says_a_long_line_at_once_has_joined_before_it)
{
    static char text[4101];

    memset(text, 'x', sizeof(text) - 1);
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {UP, 3}, {SAYS, 3, "/nick eve"},
                      {SAYS, 3, text}, {PASS, 0}, {UP, 4}, {SAYS, 4, "/nick sue"}, {SAYS, 4, text},
                      {ENDS, 4}, {PASS, 0}, {ENDS, 1}, {PASS, 0}),
               CHAT("-r", "0"), 0, TWO_MEMBERS, WELCOME(3),
               "[to 3 on 0: *** you are eve]\n"
               "[4180 bytes in use]\n"
               "[to 1 on 0: *** eve has joined]\n"
               "[to 2 on 0: *** eve has joined]\n"
               "[to 1 on 0: eve: xxxxxxxxxxxxxxx]\n"
               "[to 2 on 0: eve: xxxxxxxxxxxxxxx]\n"
               "[tick: later]\n",
               WELCOME(4),
               "[to 4 on 0: *** you are sue]\n"
               "[4180 bytes in use]\n"
               "[to 1 on 0: *** sue has joined]\n"
               "[to 2 on 0: *** sue has joined]\n"
               "[to 3 on 0: *** sue has joined]\n"
               "[to 1 on 0: sue: xxxxxxxxxxxxxxx]\n"
               "[to 2 on 0: sue: xxxxxxxxxxxxxxx]\n"
               "[to 3 on 0: sue: xxxxxxxxxxxxxxx]\n"
               "[to 1 on 0: *** sue has left]\n"
               "[to 2 on 0: *** sue has left]\n"
               "[to 3 on 0: *** sue has left]\n"
               "[tick: later]\n"
               "[to 2 on 0: *** guest1 has left]\n"
               "[to 3 on 0: *** guest1 has left]\n"
               "[tick: later]\n"
               "[to 2 on 0: *** the server is leaving]\n"
               "[to 3 on 0: *** the server is leaving]\n"
               "[shut down]\n");
}

UNIT_TEST(a_full_room_refuses_new_members)
{
    run_script(
        SCRIPT({UP, 1}, {UP, 2}, {SAYS, 2, "hi"}, {ENDS, 2, "x"}, {ENDS, 1}, {PASS, 0}, {UP, 3}),
        CHAT("-M", "1"), 0, START, WELCOME(1),
        "[abort 2: the room is full (1 member)]\n"
        "[tick: later]\n"
        "[to 3 on 0: *** you are guest2]\n"
        "[to 3 on 0: *** 1 here; /help lists the commands]\n"
        "[to 3 on 0: *** the server is leaving]\n"
        "[shut down]\n");
}

UNIT_TEST(a_member_beyond_its_rate_is_delayed)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, "one"}, {SAYS, 1, "two"},
                      {SAYS, 1, "three"}, {SAYS, 2, "other"}, {PASS, 499}, {PASS, 1}, {PASS, 499},
                      {PASS, 1}, {PASS, 1}),
               CHAT("-r", "2"), 0, TWO_MEMBERS,
               "[85 bytes in use]\n"
               "[to 2 on 0: guest1: one]\n"
               "[to 2 on 0: guest1: two]\n"
               "[to 1 on 0: guest2: other]\n"
               "[tick: soon]\n"
               "[to 2 on 0: guest1: three]\n"
               "[tick: later]\n"
               "[tick: later]\n"
               "[tick: later]\n"
               "[tick: later]\n",
               BOTH_END);
}

UNIT_TEST(a_member_far_beyond_its_rate_gets_a_socket_and_is_read_when_no_message_is_delayed)
{
    static char text[4001], to[5000];

    memset(text, 'x', sizeof(text) - 1);
    snprintf(to, sizeof(to), "[to 2 on 0: guest1: %s]\n", text);
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, text}, {SAYS, 1, text},
                      {SAYS, 1, text}, {SAYS, 1, text}, {SAYS, 1, text}, {PASS, 0}, {SAYS, 1, text},
                      {PASS, 0}, {PASS, 1000}, {PASS, 1000}, {PASS, 1000}, {PASS, 1000},
                      {PASS, 1000}, {SAYS, 1, "more"}, {PASS, 1000}),
               CHAT("-r", "1"), 0, TWO_MEMBERS, to,
               "[4080 bytes in use]\n[8160 bytes in use]\n[12240 bytes in use]\n"
               "[16320 bytes in use]\n[tick: soon]\n"
               "[20400 bytes in use]\n[peel off 1]\n[tick: soon]\n[1 is held]\n",
               to, "[tick: soon]\n[1 is held]\n", to, "[tick: soon]\n[1 is held]\n", to,
               "[tick: soon]\n[1 is held]\n", to, "[tick: soon]\n[1 is held]\n", to,
               "[tick: later]\n[84 bytes in use]\n[to 2 on 0: guest1: more]\n[tick: later]\n",
               BOTH_END);
}

/* Texts of 5000 bytes: "1ooo...", "2ooo...", ... */
static const char *large(int n)
{
    static char texts[10][5001];

    memset(texts[n], 'o', sizeof(texts[n]) - 1);
    texts[n][0] = (char)('0' + n);
    return texts[n];
}

UNIT_TEST(large_messages_are_relayed_for_50_ms_at_a_time_by_the_members_in_turn)
{
    run_script(
        SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SLOW, 25}, {SAYS, 1, large(1)}, {SAYS, 1, large(2)},
               {SAYS, 1, large(3)}, {SAYS, 2, large(4)}, {PASS, 10}, {SAYS, 1, large(5)},
               {SAYS, 1, large(6)}, {SAYS, 1, large(7)}, {PASS, 0}, {SLOW, 0}, {PASS, 10}),
        CHAT("-r", "0", "-b", "15300"), 0,
        "[start: port 9878, 10 streams, messages of 65536, queues of 15300, memory 1000000]\n"
        "[relays]\n"
        "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more than "
        "15200 bytes once escaped is refused; a larger -b allows more\n",
        BOTH_JOIN,
        "[5080 bytes in use]\n[10160 bytes in use]\n[15240 bytes in use]\n"
        "[20320 bytes in use]\n"
        "[to 2 on 0: guest1: 1ooooooooooo]\n"
        "[to 2 on 0: guest1: 2ooooooooooo]\n"
        "[tick: soon]\n[busy]\n"
        "[15240 bytes in use]\n[20320 bytes in use]\n"
        "[to 1 on 0: guest2: 4ooooooooooo]\n"
        "[tick: soon]\n[busy]\n"
        "[to 2 on 0: guest1: 3ooooooooooo]\n"
        "[to 2 on 0: guest1: 5ooooooooooo]\n"
        "[to 2 on 0: guest1: 6ooooooooooo]\n"
        "[to 1 on 0: *** 1 of your messages was not sent: the room is overloaded; wait, and "
        "send it again]\n"
        "[tick: later]\n",
        BOTH_END);
}

UNIT_TEST(small_messages_do_not_wait_for_the_turns_of_large_ones)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SLOW, 60}, {SAYS, 1, large(1)},
                      {SAYS, 2, "at once"}, {SAYS, 2, "later"}, {PASS, 1000}),
               CHAT("-r", "1"), 0, TWO_MEMBERS,
               "[5080 bytes in use]\n"
               "[5165 bytes in use]\n"
               "[to 1 on 0: guest2: at once]\n"
               "[to 2 on 0: guest1: 1ooooooooooo]\n"
               "[to 1 on 0: guest2: later]\n"
               "[tick: soon]\n[busy]\n",
               BOTH_END);
}

UNIT_TEST(messages_are_received_for_at_least_as_long_as_turns_take)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SLOW, 60}, {RECEIVES, 1}, {SAYS, 2, large(1)},
                      {SAYS, 2, large(2)}, {SAYS, 2, large(3)}, {PASS, 50}, {PASS, 49}, {PASS, 1},
                      {RECEIVES, 0}, {PASS, 0}, {RECEIVES, 1}, {PASS, 49}),
               CHAT("-r", "0"), 0, TWO_MEMBERS,
               "[5080 bytes in use]\n[10160 bytes in use]\n[15240 bytes in use]\n"
               "[to 1 on 0: guest2: 1ooooooooooo]\n[tick: soon]\n[busy]\n"
               "[tick: soon]\n[busy]\n"
               "[to 1 on 0: guest2: 2ooooooooooo]\n[tick: soon]\n[busy]\n"
               "[to 1 on 0: guest2: 3ooooooooooo]\n[tick: soon]\n[busy]\n"
               "[tick: soon]\n[busy]\n",
               BOTH_END);
}

UNIT_TEST(a_message_larger_than_the_limit_is_refused)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, large(1)}, {SAYS, 1, "short"}),
               CHAT("-b", "5000"), 0,
               "[start: port 9878, 10 streams, messages of 65536, queues of 5000, memory 1000000]\n"
               "[relays]\n"
               "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more "
               "than 4900 bytes once escaped is refused; a larger -b allows more\n",
               BOTH_JOIN,
               "[to 1 on 0: *** message not sent: it has 5009 bytes once escaped, and a line may "
               "have 4900 here]\n"
               "[to 2 on 0: guest1: short]\n",
               BOTH_END);
}

UNIT_TEST(large_messages_within_the_rate_do_not_exceed_the_limit)
{
    run_script(
        SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, large(1)}, {SAYS, 1, large(2)},
               {SAYS, 1, large(3)}, {SAYS, 1, large(4)}),
        CHAT("-b", "15300"), 0,
        "[start: port 9878, 10 streams, messages of 65536, queues of 15300, memory 1000000]\n"
        "[relays]\n"
        "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more "
        "than 15200 bytes once escaped is refused; a larger -b allows more\n",
        BOTH_JOIN,
        "[5080 bytes in use]\n[10160 bytes in use]\n[15240 bytes in use]\n"
        "[to 2 on 0: guest1: 1ooooooooooo]\n"
        "[to 2 on 0: guest1: 2ooooooooooo]\n"
        "[to 2 on 0: guest1: 3ooooooooooo]\n"
        "[to 2 on 0: guest1: 4ooooooooooo]\n",
        BOTH_END);
}

UNIT_TEST(delayed_messages_of_a_member_that_has_left_are_relayed)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, "one"}, {SAYS, 1, "two"},
                      {SAYS, 1, "three"}, {ENDS, 1}, {UP, 3}, {PASS, 1000}, {UP, 4}, {UP, 5},
                      {PASS, 1000}),
               CHAT("-r", "1", "-M", "3"), 0, TWO_MEMBERS,
               "[83 bytes in use]\n"
               "[168 bytes in use]\n"
               "[to 2 on 0: guest1: one]\n"
               "[to 3 on 0: *** you are guest3]\n"
               "[to 3 on 0: *** 2 here; /help lists the commands]\n"
               "[to 2 on 0: guest1: two]\n"
               "[to 3 on 0: guest1: two]\n"
               "[to 2 on 0: *** guest3 has joined]\n"
               "[tick: soon]\n"
               "[to 4 on 0: *** you are guest4]\n"
               "[to 4 on 0: *** 3 here; /help lists the commands]\n"
               "[abort 5: the room is full (3 members)]\n"
               "[to 2 on 0: guest1: three]\n"
               "[to 3 on 0: guest1: three]\n"
               "[to 4 on 0: guest1: three]\n"
               "[to 2 on 0: *** guest1 has left]\n"
               "[to 3 on 0: *** guest1 has left]\n"
               "[to 4 on 0: *** guest1 has left]\n"
               "[to 2 on 0: *** guest4 has joined]\n"
               "[to 3 on 0: *** guest4 has joined]\n"
               "[tick: later]\n"
               "[to 2 on 0: *** the server is leaving]\n"
               "[to 3 on 0: *** the server is leaving]\n"
               "[to 4 on 0: *** the server is leaving]\n"
               "[shut down]\n");
}

/* Otherwise a program that connects again and again could keep others out. */
UNIT_TEST(of_more_than_M_members_that_have_left_the_first_is_forgotten)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, "one"}, {SAYS, 1, "two"},
                      {SAYS, 1, "three"}, {ENDS, 1}, {UP, 3}, {SAYS, 3, "four"}, {SAYS, 3, "five"},
                      {ENDS, 3}, {PASS, 0}, {UP, 4}, {SAYS, 4, "six"}, {SAYS, 4, "seven"},
                      {ENDS, 4}, {PASS, 1000}),
               CHAT("-r", "1", "-M", "2"), 0, TWO_MEMBERS,
               "[83 bytes in use]\n[168 bytes in use]\n"
               "[to 2 on 0: guest1: one]\n"
               "[to 3 on 0: *** you are guest3]\n"
               "[to 3 on 0: *** 2 here; /help lists the commands]\n"
               "[252 bytes in use]\n"
               "[to 2 on 0: *** guest3 has joined]\n[to 2 on 0: guest3: four]\n"
               "[tick: soon]\n"
               "[to 4 on 0: *** you are guest4]\n"
               "[to 4 on 0: *** 2 here; /help lists the commands]\n"
               "[337 bytes in use]\n"
               "[to 2 on 0: *** guest4 has joined]\n[to 2 on 0: guest4: six]\n"
               "[to 2 on 0: guest3: five]\n[to 2 on 0: guest4: seven]\n"
               "[to 2 on 0: *** guest1, guest3, guest4 have left]\n"
               "[tick: later]\n"
               "[to 2 on 0: *** the server is leaving]\n[shut down]\n");
}

/* Thousands of them would delay everything that is received. */
UNIT_TEST(messages_of_members_that_have_left_are_relayed_for_50_ms_at_a_time)
{
    static char text[3001], first[4000], second[4000];

    memset(text, 'o', sizeof(text) - 1);
    snprintf(first, sizeof(first), "[to 3 on 0: guest1: %s]\n", text);
    snprintf(second, sizeof(second), "[to 3 on 0: guest2: %s]\n", text);
    run_script(SCRIPT({UP, 1}, {UP, 2}, {UP, 3}, {PASS, 500}, {SAYS, 1, "one"}, {SAYS, 2, "one"},
                      {SAYS, 1, text}, {SAYS, 2, text}, {ENDS, 1}, {ENDS, 2}, {SLOW, 60},
                      {PASS, 1000}, {PASS, 0}),
               CHAT("-r", "1"), 0, START, WELCOME(1), WELCOME(2), WELCOME(3),
               "[to 1 on 0: *** guest1, guest2, guest3 have joined]\n"
               "[to 2 on 0: *** guest1, guest2, guest3 have joined]\n"
               "[to 3 on 0: *** guest1, guest2, guest3 have joined]\n"
               "[tick: later]\n"
               "[3080 bytes in use]\n[6160 bytes in use]\n"
               "[to 2 on 0: guest1: one]\n[to 3 on 0: guest1: one]\n"
               "[to 1 on 0: guest2: one]\n[to 3 on 0: guest2: one]\n",
               first, "[to 3 on 0: *** guest1 has left]\n[tick: soon]\n[busy]\n", second,
               "[tick: soon]\n[busy]\n[to 3 on 0: *** guest2 has left]\n",
               "[to 3 on 0: *** the server is leaving]\n[shut down]\n");
}

UNIT_TEST(in_a_full_room_members_that_joined_less_than_10_s_ago_wait)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {PASS, 9490}, {QUEUED, 2, "2000"},
                      {SAYS, 1, "one"}, {SAYS, 1, "two"}, {PASS, 9}, {PASS, 1}),
               CHAT("--memory", "400"), 0,
               "[start: port 9878, 10 streams, messages of 65536, queues of 4194304, memory 400]\n"
               "[relays]\n",
               BOTH_JOIN,
               "[tick: later]\n"
               "[83 bytes in use]\n[166 bytes in use]\n"
               "[tick: soon]\n"
               "[to 2 on 0: guest1: one]\n[to 2 on 0: guest1: two]\n"
               "[tick: later]\n",
               BOTH_END);
}

UNIT_TEST(messages_of_members_that_have_left_wait_while_the_room_is_full)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {PASS, 9500}, {SAYS, 1, "one"},
                      {QUEUED, 2, "2000"}, {SAYS, 1, "two"}, {ENDS, 1}, {PASS, 100},
                      {QUEUED, 2, "0"}, {PASS, 1000}),
               CHAT("--memory", "400", "-r", "1"), 0,
               "[start: port 9878, 10 streams, messages of 65536, queues of 4194304, memory 400]\n"
               "[relays]\n",
               BOTH_JOIN,
               "[tick: later]\n"
               "[83 bytes in use]\n"
               "[to 2 on 0: guest1: one]\n"
               "[tick: soon]\n"
               "[to 2 on 0: guest1: two]\n[to 2 on 0: *** guest1 has left]\n"
               "[tick: later]\n",
               "[to 2 on 0: *** the server is leaving]\n[shut down]\n");
}

UNIT_TEST(a_member_that_exceeds_its_limit_is_disconnected)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, "one"}, {SAYS, 1, "two"},
                      {SAYS, 1,
                       "0123456789012345678901234567890123456789012345678901234567890123456789"
                       "0123456789012345678901234567890123456789012345678901234567890123456789"
                       "01234567890123456789012345678901234567890123456789012345678901234"},
                      {PASS, 10}, {ENDS, 1, "you"}, {PASS, 10}),
               CHAT("-r", "1", "-b", "300"), 0,
               "[start: port 9878, 10 streams, messages of 65536, queues of 300, memory 1000000]\n"
               "[relays]\n"
               "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more "
               "than 200 bytes once escaped is refused; a larger -b allows more\n",
               BOTH_JOIN,
               "[83 bytes in use]\n"
               "[abort 1: you send too much too fast]\n"
               "[to 2 on 0: guest1: one]\n"
               "[tick: later]\n"
               "[to 2 on 0: *** guest1 was disconnected: you send too much too fast]\n"
               "[tick: later]\n"
               "[to 2 on 0: *** the server is leaving]\n"
               "[shut down]\n");
}

UNIT_TEST(each_command_of_a_message_counts)
{
    run_script(SCRIPT({UP, 1}, {PASS, 500},
                      {SAYS, 1, "/nick a\n/nick b\n/nick c\nand text\n/nick d"}, {PASS, 500},
                      {PASS, 500}, {PASS, 500}),
               CHAT("-r", "2"), 0, START, WELCOME(1),
               "[tick: later]\n"
               "[to 1 on 0: *** you are a]\n"
               "[to 1 on 0: *** you are b]\n"
               "[88 bytes in use]\n"
               "[184 bytes in use]\n"
               "[to 1 on 0: *** you are c]\n"
               "[tick: soon]\n"
               "[tick: later]\n"
               "[tick: later]\n",
               ONE_ENDS);
}

UNIT_TEST(a_memory_shortage_frees_delayed_messages)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {UP, 3}, {PASS, 500}, {SAYS, 1, "a"}, {SAYS, 1, "b"},
                      {SAYS, 2, "c"}, {SAYS, 2, "d"}, {SAYS, 2, "e"}, {ENDS, 1}, {ENDS, 2},
                      {SHORT, 100000}, {SHORT, 10}, {PASS, 1000}, {PASS, 1000}, {SAYS, 3, "f"},
                      {SAYS, 3, "g"}, {FORGET, 3}, {SHORT, 10}, {PASS, 1000}, {FORGET, 6}),
               CHAT("-r", "1"), 0, START, WELCOME(1), WELCOME(2), WELCOME(3),
               "[to 1 on 0: *** guest1, guest2, guest3 have joined]\n"
               "[to 2 on 0: *** guest1, guest2, guest3 have joined]\n"
               "[to 3 on 0: *** guest1, guest2, guest3 have joined]\n"
               "[tick: later]\n"
               "[81 bytes in use]\n"
               "[162 bytes in use]\n"
               "[243 bytes in use]\n"
               "[to 2 on 0: guest1: a]\n"
               "[to 3 on 0: guest1: a]\n"
               "[to 1 on 0: guest2: c]\n"
               "[to 3 on 0: guest2: c]\n"
               "[evict: no]\n"
               "[evict: yes]\n"
               "[to 3 on 0: guest1: b]\n"
               "[to 3 on 0: *** guest1, guest2 have left]\n"
               "[tick: later]\n"
               "[tick: later]\n"
               "[81 bytes in use]\n"
               "[evict: no]\n"
               "[tick: later]\n"
               "[to 3 on 0: *** the server is leaving]\n"
               "[shut down]\n");
}

UNIT_TEST(messages_that_an_overloaded_room_refuses_are_reported)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {QUEUED, 2, "900"}, {PASS, 10},
                      {SAYS, 1, LONG "1"}, {SAYS, 1, LONG "2"}, {SAYS, 1, LONG "3"},
                      {SAYS, 1, LONG "4"}, {SAYS, 1, LONG "5"}, {SAYS, 1, LONG "6"},
                      {SAYS, 1, LONG "7"}, {SAYS, 1, LONG "8"}, {PASS, 10}, {SAYS, 1, LONG "9"},
                      {PASS, 10}, {PASS, 989}, {PASS, 1}, {QUEUED, 2, "0"}, {PASS, 10}, {PASS, 10}),
               CHAT("-r", "0", "-b", "1000"), 0, START_WITH_QUEUES_OF_1000, BOTH_JOIN,
               "[tick: later]\n"
               "[221 bytes in use]\n"
               "[442 bytes in use]\n"
               "[663 bytes in use]\n"
               "[884 bytes in use]\n"
               "[to 1 on 0: *** 4 of your messages were not sent: the room is overloaded; wait, "
               "and send them again]\n"
               "[tick: soon]\n"
               "[tick: soon]\n"
               "[tick: soon]\n"
               "[to 1 on 0: *** 1 of your messages was not sent: the room is overloaded; wait, and "
               "send it again]\n"
               "[tick: soon]\n"
               "[to 2 on 0: guest1: " LONG "1]\n"
               "[to 2 on 0: guest1: " LONG "2]\n"
               "[to 2 on 0: guest1: " LONG "3]\n"
               "[to 2 on 0: guest1: " LONG "4]\n"
               "[tick: later]\n"
               "[tick: later]\n",
               BOTH_END);
}

UNIT_TEST(a_member_that_makes_no_progress_is_disconnected)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {QUEUED, 2, "100"}, {PASS, 2000}, {PASS, 1},
                      {PASS, 99}, {PASS, 100}, {ENDS, 2, "x"}, {PASS, 0}),
               CHAT("-w", "2"), 0, TWO_MEMBERS,
               "[tick: later]\n"
               "[tick: later]\n"
               "[abort 2: the send queue made no progress for 2 s: the peer does not read]\n"
               "[tick: later]\n"
               "[tick: later]\n"
               "[to 1 on 0: *** guest2 was disconnected: the send queue made no progress for 2 s: "
               "the peer does not read]\n"
               "[tick: later]\n",
               ONE_ENDS);
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {QUEUED, 2, "100"}, {PASS, 2000}),
               CHAT("-w", "2"), 0, TWO_MEMBERS, "[tick: later]\n", BOTH_END);
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {QUEUED, 2, "100"}, {PASS, 2001}),
               CHAT("-w", "2"), 0, TWO_MEMBERS,
               "[abort 2: the send queue made no progress for 2 s: the peer does not read]\n"
               "[tick: later]\n",
               ONE_ENDS);
}

UNIT_TEST(a_list_of_members_continues_when_the_member_can_take_it)
{
    run_script(SCRIPT({UP, 1}, {PASS, 500}, {QUEUED, 1, "300"}, {SAYS, 1, "/who"},
                      {SAYS, 1, "text"}, {PASS, 10}, {QUEUED, 1, "250"}, {PASS, 10}, {PASS, 10}),
               CHAT("-r", "0", "-b", "1000"), 0,
               "[start: port 9878, 10 streams, messages of 65536, queues of 1000, memory 1000000]\n"
               "[relays]\n"
               "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more "
               "than 900 bytes once escaped is refused; a larger -b allows more\n",
               WELCOME(1),
               "[tick: later]\n"
               "[84 bytes in use]\n"
               "[tick: soon]\n"
               "[to 1 on 0: *** 1 here: guest1]\n"
               "[tick: later]\n"
               "[tick: later]\n",
               ONE_ENDS);
}

UNIT_TEST(a_list_that_waits_needs_no_message_to_continue)
{
    run_script(SCRIPT({UP, 1}, {PASS, 500}, {QUEUED, 1, "2000000"}, {SAYS, 1, "/who"}, {PASS, 10},
                      {QUEUED, 1, "0"}, {PASS, 10}),
               CHAT("-r", "0"), 0, START, WELCOME(1),
               "[tick: later]\n"
               "[tick: soon]\n"
               "[to 1 on 0: *** 1 here: guest1]\n"
               "[tick: later]\n",
               ONE_ENDS);
}

UNIT_TEST(delayed_messages_that_are_to_be_forgotten_are_not_relayed)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, "one"}, {SAYS, 1, "two"},
                      {FORGET, 1}, {PASS, 1000}),
               CHAT("-r", "1"), 0, TWO_MEMBERS,
               "[83 bytes in use]\n"
               "[to 2 on 0: guest1: one]\n"
               "[tick: later]\n",
               BOTH_END);
}

/* 629 bytes of send queue have room for 100 unprintable bytes, escaped, and the longest name. */
UNIT_TEST(a_send_queue_with_room_for_all_messages_needs_no_note)
{
    run_script(SCRIPT({TERM}), CHAT("-m", "100", "-b", "629"), 0,
               "[start: port 9878, 10 streams, messages of 100, queues of 629, memory 1000000]\n"
               "[relays]\n"
               "[shut down]\n");
    run_script(SCRIPT({TERM}), CHAT("-m", "100", "-b", "628"), 0,
               "[start: port 9878, 10 streams, messages of 100, queues of 628, memory 1000000]\n"
               "[relays]\n"
               "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more "
               "than 528 bytes once escaped is refused; a larger -b allows more\n"
               "[shut down]\n");
}

UNIT_TEST(with_t_events_have_the_time)
{
    run_script(
        SCRIPT({UP, 1}, {SAYS, 1, "hi"}, {ENDS, 1}, {PASS, 10}), CHAT("-J", "-t"), 0,
        "[start: port 9878, 10 streams, messages of 65536, queues of 4194304, memory 1000000, "
        "verbose, json]\n"
        "[relays]\n"
        "{\"event\":\"joined\",\"name\":\"guest1\",\"assoc_id\":1,\"time\":1700000000.500000}\n",
        WELCOME(1),
        "{\"event\":\"said\",\"name\":\"guest1\",\"assoc_id\":1,\"channel\":0,\"text\":\"hi\","
        "\"time\":1700000000.500000}\n"
        "{\"event\":\"left\",\"name\":\"guest1\",\"assoc_id\":1,\"time\":1700000000.500000}\n"
        "[tick: later]\n"
        "[shut down]\n");
}

UNIT_TEST(memory_of_a_member_is_freed_when_it_leaves)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 500}, {SAYS, 1, "one"}, {SAYS, 1, "two"},
                      {SAYS, 1, "three"}, {SAYS, 2, "one"}, {SAYS, 2, "/me two"}, {ENDS, 2, "why"},
                      {PASS, 1000}, {ENDS, 1}, {PASS, 1000}, {PASS, 1000}),
               CHAT("-r", "1"), 0, TWO_MEMBERS,
               "[83 bytes in use]\n"
               "[168 bytes in use]\n"
               "[255 bytes in use]\n"
               "[to 2 on 0: guest1: one]\n"
               "[to 1 on 0: guest2: one]\n"
               "[to 1 on 0: * guest2 two]\n"
               "[to 1 on 0: *** guest2 has left: user-initiated abort: why]\n"
               "[tick: soon]\n"
               "[tick: later]\n"
               "[tick: later]\n"
               "[shut down]\n");
}

UNIT_TEST(the_options_set_the_limits)
{
    run_script(
        SCRIPT({TERM}), CHAT("-p", "7", "-o", "3", "-m", "5", "-v"), 0,
        "[start: port 7, 3 streams, messages of 5, queues of 4194304, memory 1000000, verbose]\n"
        "[relays]\n"
        "[shut down]\n");
    run_script(
        SCRIPT({TERM}), CHAT("-m", "600000"), 0,
        "[start: port 9878, 10 streams, messages of 600000, queues of 4800000, memory 1000000]\n"
        "[relays]\n"
        "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more than "
        "2097152 bytes once escaped is refused; as root, a larger net.core.wmem_max allows more\n"
        "[shut down]\n");
    run_script(
        SCRIPT({TERM}), CHAT("-m", "524288"), 0,
        "[start: port 9878, 10 streams, messages of 524288, queues of 4194304, memory 1000000]\n"
        "[relays]\n"
        "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more than "
        "2097152 bytes once escaped is refused; as root, a larger net.core.wmem_max allows more\n"
        "[shut down]\n");
    run_script(
        SCRIPT({TERM}), CHAT("-m", "100000", "-b", "300000"), 0,
        "[start: port 9878, 10 streams, messages of 100000, queues of 300000, memory 1000000]\n"
        "[relays]\n"
        "chat: note: unprintable bytes are sent as up to 4 bytes each; a message of more than "
        "299900 bytes once escaped is refused; a larger -b allows more\n"
        "[shut down]\n");
    run_script(
        SCRIPT({TERM}),
        CHAT("-o", "65535", "-b", "1073741824", "-w", "86400", "-r", "1000000", "-M", "1000000"), 0,
        "[start: port 9878, 65535 streams, messages of 65536, queues of 1073741824, memory "
        "1000000]\n"
        "[relays]\n"
        "[shut down]\n");
    refuses("chat", "-o", "65536", "1 to 65535");
    refuses("chat", "-b", "1073741825", "1 to 1073741824");
    refuses("chat", "-b", "0", "1 to 1073741824");
    refuses("chat", "-w", "86401", "1 to 86400");
    refuses("chat", "-w", "0", "1 to 86400");
    refuses("chat", "-r", "1000001", "0 to 1000000");
    refuses("chat", "-M", "1000001", "1 to 1000000");
    refuses("chat", "-M", "0", "1 to 1000000");
    run_script(SCRIPT({TERM}), CHAT("x"), 2,
               "chat: too many arguments: \"x\"\n"
               "chat: try \"chat --help\"\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
