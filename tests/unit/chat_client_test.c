/* The chat client's association: introduction, input, reconnecting, leaving: chat/sctp_chat_cli.c.
 */
#include "client_model.h"

#define CHAT(...) ARGS("chat", __VA_ARGS__)

/* The beginning of a script that has a name at once. */
#define JOINED                                                                                     \
    {UP, 10},                                                                                      \
    {                                                                                              \
        MESSAGE, 0, "*** you are guest1\n"                                                         \
    }

/* Parts of transcripts. */
#define OPEN "[open host:9878, wait 10]\n"
#define AT_TERMINAL                                                                                \
    OPEN "chat: connected to host port 9878; /help lists the commands; Ctrl-D leaves\n"            \
         "[terminal]\n[completes]\n[show [0] ?> ]\n[wait 10000, reads]\n"                          \
         "[send 0: /echo on]\n[show [0] ?> ]\n[wait 10000, reads]\n"
#define INTRODUCE  "[wait 10000]\n[send 0: /echo on]\n[wait 10000]\n"
#define JOIN       OPEN INTRODUCE "*** you are guest1\n[wait -1, reads]\n"
#define PAUSE      "chat: gone; reconnecting in 1 s\n[close]\n[wait 1000, reads]\n"
#define REJOIN     OPEN "chat: reconnected to host port 9878\n" INTRODUCE "*** you are guest2\n"
#define LEAVE      "[eof 900 7]\n[await the end 10000, extended]\n[close]\n"
#define UNANSWERED "[eof 900 7]\n[await the end 10000, extended]\n[abort: no answer]\n"

/* ---- sending ------------------------------------------------------------------- */

UNIT_TEST(the_input_is_sent_line_by_line_and_its_end_ends_the_client)
{
    run_script(SCRIPT(JOINED, {LINE, 0, "hello"}, {LINE, 0, "[3] three"}, {END}, {CLOSED}),
               CHAT("host"), EXIT_OK, JOIN,
               "[send 0: hello]\n"
               "[wait -1, reads]\n"
               "[send 3: three]\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(lines_wait_for_the_name)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "early"}, {MESSAGE, 0, "*** you are guest1\n"},
                      {MESSAGE, 0, "*** you are bob\n"}, {END}, {PASS}, {CLOSED}),
               CHAT("bob@host"), EXIT_OK, OPEN,
               "[wait 10000]\n"
               "[send 0: /echo on]\n"
               "[send 0: /nick bob]\n"
               "[wait 10000]\n"
               "[wait 10000]\n"
               "*** you are guest1\n"
               "[wait 10000]\n"
               "*** you are bob\n"
               "[wait -1, reads]\n"
               "[send 0: early]\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(a_server_that_assigns_no_name_is_no_chat_server)
{
    run_script(SCRIPT({UP, 10}, {PASS, 9999}, {PASS, 1}, {LINE, 0, "x"}, {END}, {CLOSED}),
               CHAT("host"), EXIT_OK, OPEN, INTRODUCE,
               "[wait 1]\n"
               "chat: the server has not assigned a name; is it a chat server?\n"
               "[wait -1, reads]\n"
               "[send 0: x]\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(a_line_that_finds_the_buffer_full_is_sent_when_there_is_room)
{
    run_script(SCRIPT(JOINED, {SENDING, EAGAIN}, {LINE, 0, "one"}, {PASS, 5}, {ROOM}, {SENDING},
                      {LINE, 0, "two"}, {END}, {CLOSED}),
               CHAT("host"), EXIT_OK, JOIN,
               "[send 0: one]\n"
               "[wait -1, full]\n"
               "[wait -1, full]\n"
               "[send 0: one]\n"
               "[wait -1, reads]\n"
               "[send 0: two]\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(a_line_that_is_too_long_is_skipped)
{
    run_script(SCRIPT(JOINED, {SENDING, EMSGSIZE}, {LINE, 0, "one"}, {PASS}, {SENDING},
                      {LINE, 0, "two"}, {END}, {CLOSED}),
               CHAT("host"), EXIT_INCOMPLETE, JOIN,
               "[send 0: one]\n"
               "chat: line 1: send 3 bytes: Message too long; send less, raise net.core.wmem_max, "
               "or leave the option disable_fragments off; the line is skipped\n"
               "[wait -1, reads]\n"
               "[wait -1, reads]\n"
               "[send 0: two]\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(another_send_error_ends_the_client)
{
    run_script(SCRIPT(JOINED, {SENDING, EACCES}, {LINE, 0, "one"}), CHAT("host"), EXIT_SYSTEM, JOIN,
               "[send 0: one]\n"
               "chat: send 3 bytes: Permission denied; do the socket options that "
               "were set, or a firewall here, forbid it?\n");
}

UNIT_TEST(an_input_that_cannot_be_read_ends_the_client)
{
    run_script(SCRIPT(JOINED, {UNREADABLE}), CHAT("host"), EXIT_SYSTEM, JOIN,
               "chat: read the input: Is a directory\n");
}

UNIT_TEST(no_input_is_read_while_the_server_shuts_down)
{
    run_script(SCRIPT(JOINED, {CLOSING}, {CLOSED}), CHAT("host"), EXIT_LOST, JOIN,
               "[wait -1]\n"
               "chat: the server shut the association down; was it stopped?\n"
               "[close]\n");
}

/* ---- leaving ---------------------------------------------------------------------- */

UNIT_TEST(a_shutdown_without_an_answer_is_reported)
{
    run_script(SCRIPT(JOINED, {END}, {PASS, 10000}), CHAT("host"), EXIT_LOST, JOIN, UNANSWERED,
               "chat: no answer to the shutdown: leaving; the last messages may not have arrived\n"
               "[close]\n");
}

UNIT_TEST(an_association_that_is_lost_while_leaving_is_reported)
{
    run_script(SCRIPT(JOINED, {END}, {LOST, 0, "why"}), CHAT("host"), EXIT_LOST, JOIN,
               "[eof 900 7]\n"
               "[await the end 10000, extended]\n"
               "chat: why\n"
               "[close]\n");
}

UNIT_TEST(messages_that_may_not_have_arrived_are_counted)
{
    run_script(SCRIPT(JOINED, {END}, {LOST, 0, "why"}, {FAILED}, {FAILED}), CHAT("host"), EXIT_LOST,
               JOIN,
               "[eof 900 7]\n"
               "[await the end 10000, extended]\n"
               "chat: 2 of the last messages may not have arrived\n"
               "chat: why\n"
               "[close]\n");
    run_script(SCRIPT(JOINED, {END}, {CLOSED}, {FAILED}), CHAT("host"), EXIT_INCOMPLETE, JOIN,
               "[eof 900 7]\n"
               "[await the end 10000, extended]\n"
               "chat: 1 of the last messages may not have arrived\n"
               "[close]\n");
}

UNIT_TEST(a_signal_shuts_the_association_down)
{
    run_script(SCRIPT(JOINED, {SIGNAL, SIGINT}, {CLOSED}), CHAT("host"), 130, JOIN, LEAVE);
    run_script(SCRIPT(JOINED, {SIGNAL, SIGTERM}, {LOST, 0, "why"}), CHAT("host"), 143, JOIN, LEAVE);
}

UNIT_TEST(a_signal_while_leaving_ends_the_wait)
{
    run_script(SCRIPT(JOINED, {END}, {SIGNAL, SIGTERM}), CHAT("host"), EXIT_LOST, JOIN, UNANSWERED,
               "chat: interrupted while leaving; the last messages may not have arrived\n"
               "[close]\n");
}

UNIT_TEST(quit_waits_for_the_server_to_shut_down)
{
    run_script(SCRIPT(JOINED, {LINE, 0, "/quit"}, {CLOSED}), CHAT("host"), EXIT_OK, JOIN,
               "[send 0: /quit]\n", LEAVE);
}

/* ---- the end by the server ---------------------------------------------------------- */

UNIT_TEST(the_server_s_reason_is_printed)
{
    run_script(SCRIPT(JOINED, {ABORTED, 0, "too slow"}), CHAT("host"), EXIT_LOST, JOIN,
               "chat: disconnected by the server: too slow; -R would reconnect\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {ABORTED, 0, "full"}), CHAT("host"), EXIT_REFUSED, OPEN, INTRODUCE,
               "chat: refused by the server: full; -R would reconnect\n"
               "[close]\n");
    run_script(SCRIPT(JOINED, {LOST, 0, "the server is gone"}), CHAT("host"), EXIT_LOST, JOIN,
               "chat: the server is gone\n"
               "[close]\n");
}

UNIT_TEST(an_association_that_ends_before_quit_is_sent_is_lost)
{
    /* The association closes before the last line can be sent. */
    run_script(SCRIPT(JOINED, {SENDING, EPIPE}, {LINE, 0, "/quit"}, {CLOSED}), CHAT("host"),
               EXIT_LOST, JOIN,
               "[send 0: /quit]\n"
               "[wait -1]\n"
               "chat: the server shut the association down; was it stopped?\n"
               "[close]\n");
}

UNIT_TEST(a_host_that_refuses_is_reported)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), CHAT("host"), EXIT_REFUSED, OPEN,
               "chat: refused\n");
    run_script(SCRIPT({OPENING, EXIT_NO_ANSWER, "no answer"}), CHAT("-R", "host"), EXIT_NO_ANSWER,
               OPEN, "chat: no answer\n");
}

/* ---- reconnecting ---------------------------------------------------------------------- */

#define REJOINED                                                                                   \
    {UP, 10},                                                                                      \
    {                                                                                              \
        MESSAGE, 0, "*** you are guest2\n"                                                         \
    }

UNIT_TEST(pauses_grow_until_the_server_is_back)
{
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {OPENING, EXIT_REFUSED, "refused"}, {PASS, 1000},
                      {PASS, 2000}, {PASS, 3000}, {OPENING}, {PASS, 1000}, REJOINED,
                      {LOST, 0, "gone"}, {PASS, 1000}, REJOINED, {END}, {CLOSED}),
               CHAT("-R", "host"), EXIT_OK, JOIN, PAUSE,
               "[open host:9878, wait 10]\n"
               "chat: refused; reconnecting in 2 s\n"
               "[wait 2000, reads]\n"
               "[open host:9878, wait 10]\n"
               "chat: refused; reconnecting in 4 s\n"
               "[wait 4000, reads]\n"
               "[wait 1000, reads]\n",
               REJOIN, "[wait -1, reads]\n", PAUSE, REJOIN, "[wait -1, reads]\n", LEAVE);
}

UNIT_TEST(the_first_pause_is_a_second)
{
    run_script(SCRIPT({UP, 10}, {LOST, 0, "gone"}, {SIGNAL, SIGINT}), CHAT("-R", "host"), 130, OPEN,
               INTRODUCE,
               "chat: gone; reconnecting in 1 s\n"
               "[close]\n"
               "[wait 1000]\n");
}

UNIT_TEST(pauses_are_at_most_30_s)
{
    static const int pauses[] = {2, 4, 8, 16, 30, 30};
    char text[2000] = "";

    for (size_t i = 0; i < COUNT(pauses); i++)
        sprintf(text + strlen(text),
                OPEN "chat: refused; reconnecting in %d s\n[wait %d000, reads]\n", pauses[i],
                pauses[i]);
    /* The end of the input ends the client while it is reconnecting. */
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {OPENING, EXIT_REFUSED, "refused"}, {PASS, 1000},
                      {PASS, 2000}, {PASS, 4000}, {PASS, 8000}, {PASS, 16000}, {PASS, 30000},
                      {END}),
               CHAT("-R", "host"), EXIT_OK, JOIN, PAUSE, text);
}

UNIT_TEST(unsent_lines_wait_for_the_next_association)
{
    run_script(SCRIPT(JOINED, {LINE, 0, "sent"}, {PASS}, {SENDING, EAGAIN},
                      {LINE, 0, "stopped by the full buffer"}, {LOST, 0, "gone"}, {SENDING},
                      {FAILED}, {PASS, 1000}, REJOINED, {END}, {CLOSED}),
               CHAT("-R", "host"), EXIT_INCOMPLETE, JOIN,
               "[send 0: sent]\n"
               "[wait -1, reads]\n"
               "[wait -1, reads]\n"
               "[send 0: stopped by the full buffer]\n"
               "[wait -1, full]\n"
               "chat: 1 of the last messages may not have arrived\n"
               "chat: gone; reconnecting in 1 s\n"
               "[close]\n"
               "[wait 1000, full]\n",
               REJOIN,
               "[send 0: stopped by the full buffer]\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(a_channel_that_the_new_association_lacks_is_refused)
{
    run_script(
        SCRIPT(JOINED, {LOST, 0, "gone"}, {LINE, 0, "[9] nine"}, {PASS, 1000}, {UP, 9},
               {MESSAGE, 0, "*** you are guest2\n"}, {END}, {CLOSED}),
        CHAT("-R", "host"), EXIT_INCOMPLETE, JOIN, PAUSE,
        "[wait 1000]\n"
        "[open host:9878, wait 10]\n"
        "chat: reconnected to host port 9878\n",
        INTRODUCE,
        "*** you are guest2\n"
        "chat: line 1: channel 9 is out of range: this association has 9 outbound streams, 0 "
        "to 8; the line is skipped\n"
        "[wait -1, reads]\n",
        LEAVE);
}

UNIT_TEST(an_error_that_no_retry_mends_ends_the_client)
{
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {OPENING, EXIT_USAGE, "wrong"}, {PASS, 1000}),
               CHAT("-R", "host"), EXIT_USAGE, JOIN, PAUSE,
               "[open host:9878, wait 10]\n"
               "chat: wrong\n");
}

UNIT_TEST(messages_that_may_not_have_arrived_are_counted_once)
{
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {FAILED}, {END}), CHAT("-R", "host"),
               EXIT_INCOMPLETE, JOIN, "chat: 1 of the last messages may not have arrived\n", PAUSE);
}

UNIT_TEST(after_a_message_that_is_too_large_the_client_reconnects)
{
    run_script(SCRIPT(JOINED, {TOO_LARGE}, {SIGNAL, SIGINT}), CHAT("-R", "host"), 130, JOIN,
               "chat: more than 16777216 bytes; is it a chat server?; reconnecting "
               "in 1 s\n"
               "[close]\n"
               "[wait 1000, reads]\n");
}

/* Its timeouts start again then. */
UNIT_TEST(the_client_notices_that_it_was_stopped)
{
    run_script(SCRIPT(JOINED, {CAUGHT, SIGCONT}, {END}, {CLOSED}), CHAT("host"), EXIT_OK, JOIN,
               "[Continued is caught]\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(after_a_signal_the_client_does_not_reconnect)
{
    run_script(SCRIPT(JOINED, {LOST, SIGTERM, "gone"}), CHAT("-R", "host"), 143, JOIN, "[close]\n");
}

UNIT_TEST(a_signal_ends_the_pause)
{
    run_script(SCRIPT(JOINED, {ABORTED, 0, "had enough"}, {SIGNAL, SIGINT}), CHAT("-R", "host"),
               130, JOIN,
               "chat: disconnected by the server: had enough; reconnecting in 1 s\n"
               "[close]\n"
               "[wait 1000, reads]\n");
}

/* ---- output ---------------------------------------------------------------------------- */

UNIT_TEST(notifications_are_printed_with_v_and_j)
{
    run_script(SCRIPT({UP, 10}, {CLOSING}, {CLOSED}), CHAT("-v", "host"), EXIT_LOST, OPEN,
               "[wait 10000]\n"
               "chat: association 7 up: 10 streams out, 10 in\n"
               "[send 0: /echo on]\n"
               "[wait 10000]\n"
               "chat: association 7: the peer is shutting down\n"
               "[wait 10000]\n"
               "chat: association 7 shut down\n"
               "chat: the server shut the association down; was it stopped?\n"
               "[close]\n");
    run_script(
        SCRIPT({UP, 10}, {MESSAGE, 3, "bob: hi\n"}, {CLOSING}, {CLOSED}), CHAT("-J", "host"),
        EXIT_LOST, OPEN, "[wait 10000]\n", JSON_UP,
        "[send 0: /echo on]\n"
        "[wait 10000]\n"
        "{\"event\":\"said\",\"name\":\"bob\",\"channel\":3,\"text\":\"hi\",\"assoc_id\":7}\n"
        "[wait 10000]\n"
        "{\"event\":\"shutdown\",\"assoc_id\":7}\n"
        "[wait 10000]\n",
        JSON_DOWN,
        "chat: the server shut the association down; was it stopped?\n"
        "[close]\n");
}

UNIT_TEST(on_a_terminal_a_prompt_is_printed)
{
    has_terminal = true;
    run_script(SCRIPT({UP, 10}, {LINE, 0, "early"}, {MESSAGE, 0, "*** you are guest1\n"},
                      {LINE, 0, "[3] x"}, {LINE, 0, "/join 3"}, {END}, {CLOSED}),
               CHAT("host"), EXIT_OK, AT_TERMINAL,
               "[show [0] ?> ]\n"
               "[wait 10000]\n"
               "[hide]\n"
               "*** you are guest1\n"
               "[send 0: early]\n"
               "[show [0] guest1> ]\n"
               "[wait -1, reads]\n"
               "[send 3: x]\n"
               "[show [0] guest1> ]\n"
               "[wait -1, reads]\n"
               "[show [3] guest1> ]\n"
               "[wait -1, reads]\n"
               "[terminal closed]\n",
               LEAVE);
    run_script(SCRIPT(JOINED, {END}, {PASS, 10000}), CHAT("host"), EXIT_LOST, AT_TERMINAL,
               "[hide]\n"
               "*** you are guest1\n"
               "[show [0] guest1> ]\n"
               "[wait -1, reads]\n"
               "[terminal closed]\n",
               UNANSWERED,
               "chat: no answer to the shutdown: leaving; the last messages may not have arrived\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {CLOSED}), CHAT("-J", "host"), EXIT_LOST,
               "[open host:9878, wait 10]\n"
               "[wait 10000]\n",
               JSON_UP,
               "[send 0: /echo on]\n"
               "[wait 10000]\n",
               JSON_DOWN,
               "chat: the server shut the association down; was it stopped?\n"
               "[close]\n");
    has_terminal = false;
}

UNIT_TEST(on_a_terminal_the_prompt_is_hidden_while_the_client_connects_again)
{
    has_terminal = true;
    run_script(
        SCRIPT({UP, 10}, {PASS}, {LOST, 0, "gone"}, {PASS, 1000}, {SIGNAL, SIGINT}, {CLOSED}),
        CHAT("-R", "host"), 130, AT_TERMINAL,
        "[show [0] ?> ]\n"
        "[wait 10000, reads]\n"
        "[hide]\n"
        "chat: gone; reconnecting in 1 s\n"
        "[close]\n"
        "[show [0] ?> ]\n"
        "[wait 1000, reads]\n"
        "[hide]\n"
        "[open host:9878, wait 10]\n"
        "[hide]\n"
        "chat: reconnected to host port 9878\n"
        "[show [0] ?> ]\n"
        "[wait 10000, reads]\n"
        "[terminal closed]\n",
        LEAVE);
    has_terminal = false;
}

UNIT_TEST(the_first_completion_of_a_name_asks_for_the_members)
{
    has_terminal = true;
    run_script(SCRIPT(JOINED, {COMPLETE, 0, "b"}, {PASS}, {END}, {CLOSED}), CHAT("host"), EXIT_OK,
               AT_TERMINAL,
               "[hide]\n"
               "*** you are guest1\n"
               "[show [0] guest1> ]\n"
               "[wait -1, reads]\n"
               "[send 0: /who]\n"
               "[show [0] guest1> ]\n"
               "[wait -1, reads]\n"
               "[show [0] guest1> ]\n"
               "[wait -1, reads]\n"
               "[terminal closed]\n",
               LEAVE);
    has_terminal = false;
}

UNIT_TEST(options_have_limits)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}),
               CHAT("-p", "65535", "-o", "65535", "-w", "86400", "host"), EXIT_REFUSED,
               "[open host:65535, wait 86400, 65535 streams]\nchat: refused\n");
    refuses("chat", "-o", "65536", "1 to 65535");
    run_script(SCRIPT({OPENING}), CHAT("host", "other"), EXIT_USAGE,
               "chat: argument \"other\": only one host can be given\n"
               "chat: try \"chat --help\"\n");
    run_script(SCRIPT({OPENING}), ARGS("chat"), EXIT_USAGE,
               "chat: no host given\nchat: try \"chat --help\"\n");
}

UNIT_TEST(options_are_taken_from_the_command_line)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), CHAT("-w", "3", "a@b@host:77"),
               EXIT_REFUSED, "[open host:77, wait 3]\nchat: refused\n");
    run_script(SCRIPT({OPENING}), CHAT("-n", "a b", "host"), EXIT_USAGE,
               "chat: name \"a b\": a name has no white space and no colon; choose another\n");
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), CHAT("-n", "bob", "a b@host"),
               EXIT_REFUSED, "[open host:9878, wait 10]\nchat: refused\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
