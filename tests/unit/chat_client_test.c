/* The chat client's association: introduction, input, reconnecting, leaving: chat/sctp_chat_cli.c.
 */
#include "client_model.h"

static const char opened[] = "[open host:9878, wait 10]\n";

#define CHAT(...) ARGS("chat", __VA_ARGS__)
/* The beginning of a run that has a name at once. */
#define JOINED                                                                                     \
    {UP, 10, NULL},                                                                                \
    {                                                                                              \
        MESSAGE, 0, "*** you are guest1\n"                                                         \
    }
static const char joined[] = "[open host:9878, wait 10]\n"
                             "[wait 10000]\n"
                             "[send 0: /echo on]\n"
                             "[wait 10000]\n"
                             "*** you are guest1\n";

static char expected_text[20000];

static const char *after(const char *first, const char *rest)
{
    snprintf(expected_text, sizeof(expected_text), "%s%s", first, rest);
    return expected_text;
}

/* ---- sending ------------------------------------------------------------------- */

UNIT_TEST(the_input_is_sent_line_by_line_and_its_end_ends_the_client)
{
    run_script(SCRIPT(JOINED, {LINE, 0, "hello"}, {LINE, 0, "[3] three"}, {END, 0, NULL},
                      {CLOSED, 0, NULL}),
               CHAT("host"), EXIT_OK,
               after(joined, "[wait -1, reads]\n"
                             "[send 0: hello]\n"
                             "[wait -1, reads]\n"
                             "[send 3: three]\n"
                             "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

UNIT_TEST(lines_wait_for_the_name)
{
    run_script(SCRIPT({UP, 10, NULL}, {LINE, 0, "early"}, {MESSAGE, 0, "*** you are guest1\n"},
                      {MESSAGE, 0, "*** you are bob\n"}, {END, 0, NULL}, {PASS, 0, NULL},
                      {CLOSED, 0, NULL}),
               CHAT("bob@host"), EXIT_OK,
               after(opened, "[wait 10000]\n"
                             "[send 0: /echo on]\n"
                             "[send 0: /nick bob]\n"
                             "[wait 10000]\n"
                             "[wait 10000]\n"
                             "*** you are guest1\n"
                             "[wait 10000]\n"
                             "*** you are bob\n"
                             "[wait -1, reads]\n"
                             "[send 0: early]\n"
                             "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

UNIT_TEST(a_server_that_assigns_no_name_is_no_chat_server)
{
    run_script(SCRIPT({UP, 10, NULL}, {PASS, 9999, NULL}, {PASS, 1, NULL}, {LINE, 0, "x"},
                      {END, 0, NULL}, {CLOSED, 0, NULL}),
               CHAT("host"), EXIT_OK,
               after(opened, "[wait 10000]\n"
                             "[send 0: /echo on]\n"
                             "[wait 10000]\n"
                             "[wait 1]\n"
                             "chat: the server has not assigned a name; is it a chat server?\n"
                             "[wait -1, reads]\n"
                             "[send 0: x]\n"
                             "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

UNIT_TEST(a_line_that_finds_the_buffer_full_is_sent_when_there_is_room)
{
    run_script(SCRIPT(JOINED, {SENDING, EAGAIN, NULL}, {LINE, 0, "one"}, {PASS, 5, NULL},
                      {ROOM, 0, NULL}, {SENDING, 0, NULL}, {LINE, 0, "two"}, {END, 0, NULL},
                      {CLOSED, 0, NULL}),
               CHAT("host"), EXIT_OK,
               after(joined, "[wait -1, reads]\n"
                             "[send 0: one]\n"
                             "[wait -1, full]\n"
                             "[wait -1, full]\n"
                             "[send 0: one]\n"
                             "[wait -1, reads]\n"
                             "[send 0: two]\n"
                             "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

UNIT_TEST(a_line_that_is_too_long_is_skipped)
{
    run_script(SCRIPT(JOINED, {SENDING, EMSGSIZE, NULL}, {LINE, 0, "one"}, {PASS, 0, NULL},
                      {SENDING, 0, NULL}, {LINE, 0, "two"}, {END, 0, NULL}, {CLOSED, 0, NULL}),
               CHAT("host"), EXIT_INCOMPLETE,
               after(joined, "[wait -1, reads]\n"
                             "[send 0: one]\n"
                             "chat: line 1: send 3 bytes: Message too long; send less, raise "
                             "net.core.wmem_max, or leave the option disable_fragments off; the "
                             "line is skipped\n"
                             "[wait -1, reads]\n"
                             "[wait -1, reads]\n"
                             "[send 0: two]\n"
                             "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

UNIT_TEST(another_send_error_ends_the_client)
{
    run_script(SCRIPT(JOINED, {SENDING, EACCES, NULL}, {LINE, 0, "one"}), CHAT("host"), EXIT_SYSTEM,
               after(joined, "[wait -1, reads]\n"
                             "[send 0: one]\n"
                             "chat: send 3 bytes: Permission denied; do the socket options that "
                             "were set, or a firewall here, forbid it?\n"));
}

UNIT_TEST(no_input_is_read_while_the_server_shuts_down)
{
    run_script(SCRIPT(JOINED, {CLOSING, 0, NULL}, {CLOSED, 0, NULL}), CHAT("host"), EXIT_LOST,
               after(joined, "[wait -1, reads]\n"
                             "[wait -1]\n"
                             "chat: the server shut the association down; was it stopped?\n"
                             "[close]\n"));
}

/* ---- leaving ---------------------------------------------------------------------- */

UNIT_TEST(a_shutdown_without_an_answer_is_reported)
{
    run_script(SCRIPT(JOINED, {END, 0, NULL}, {PASS, 10000, NULL}), CHAT("host"), EXIT_LOST,
               after(joined, "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[abort: no answer]\n"
                             "chat: no answer for 10 s: leaving; the last messages may not have "
                             "arrived\n"
                             "[close]\n"));
}

UNIT_TEST(an_association_that_is_lost_while_leaving_is_reported)
{
    run_script(SCRIPT(JOINED, {END, 0, NULL}, {LOST, 0, "why"}), CHAT("host"), EXIT_LOST,
               after(joined, "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "chat: why\n"
                             "[close]\n"));
}

UNIT_TEST(messages_that_may_not_have_arrived_are_counted)
{
    run_script(
        SCRIPT(JOINED, {END, 0, NULL}, {LOST, 0, "why"}, {FAILED, 0, NULL}, {FAILED, 0, NULL}),
        CHAT("host"), EXIT_LOST,
        after(joined, "[wait -1, reads]\n"
                      "[eof 900 7]\n"
                      "[await the end 10000, extended]\n"
                      "chat: 2 of the last messages may not have arrived\n"
                      "chat: why\n"
                      "[close]\n"));
    run_script(SCRIPT(JOINED, {END, 0, NULL}, {CLOSED, 0, NULL}, {FAILED, 0, NULL}), CHAT("host"),
               EXIT_INCOMPLETE,
               after(joined, "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "chat: 1 of the last messages may not have arrived\n"
                             "[close]\n"));
}

UNIT_TEST(a_signal_shuts_the_association_down)
{
    run_script(SCRIPT(JOINED, {SIGNAL, SIGINT, NULL}, {CLOSED, 0, NULL}), CHAT("host"), 130,
               after(joined, "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
    run_script(SCRIPT(JOINED, {SIGNAL, SIGTERM, NULL}, {LOST, 0, "why"}), CHAT("host"), 143,
               after(joined, "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

UNIT_TEST(a_signal_while_leaving_ends_the_wait)
{
    run_script(SCRIPT(JOINED, {END, 0, NULL}, {SIGNAL, SIGTERM, NULL}), CHAT("host"), EXIT_LOST,
               after(joined, "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[abort: no answer]\n"
                             "chat: interrupted while leaving; the last messages may not have "
                             "arrived\n"
                             "[close]\n"));
}

UNIT_TEST(quit_waits_for_the_server_to_shut_down)
{
    run_script(SCRIPT(JOINED, {LINE, 0, "/quit"}, {CLOSED, 0, NULL}), CHAT("host"), EXIT_OK,
               after(joined, "[wait -1, reads]\n"
                             "[send 0: /quit]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

/* ---- the end by the server ---------------------------------------------------------- */

UNIT_TEST(the_server_s_reason_is_printed)
{
    run_script(SCRIPT(JOINED, {ABORTED, 0, "too slow"}), CHAT("host"), EXIT_LOST,
               after(joined, "[wait -1, reads]\n"
                             "chat: disconnected by the server: too slow; -R would reconnect\n"
                             "[close]\n"));
    run_script(SCRIPT({UP, 10, NULL}, {ABORTED, 0, "full"}), CHAT("host"), EXIT_REFUSED,
               after(opened, "[wait 10000]\n"
                             "[send 0: /echo on]\n"
                             "[wait 10000]\n"
                             "chat: refused by the server: full; -R would reconnect\n"
                             "[close]\n"));
    run_script(SCRIPT(JOINED, {LOST, 0, "the server is gone"}), CHAT("host"), EXIT_LOST,
               after(joined, "[wait -1, reads]\n"
                             "chat: the server is gone\n"
                             "[close]\n"));
}

UNIT_TEST(an_association_that_ends_before_quit_is_sent_is_lost)
{
    /* The association closes before the last line can be sent. */
    run_script(SCRIPT(JOINED, {SENDING, EPIPE, NULL}, {LINE, 0, "/quit"}, {CLOSED, 0, NULL}),
               CHAT("host"), EXIT_LOST,
               after(joined, "[wait -1, reads]\n"
                             "[send 0: /quit]\n"
                             "[wait -1]\n"
                             "chat: the server shut the association down; was it stopped?\n"
                             "[close]\n"));
}

UNIT_TEST(a_host_that_refuses_is_reported)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), CHAT("host"), EXIT_REFUSED,
               after(opened, "chat: refused\n"));
    run_script(SCRIPT({OPENING, EXIT_NO_ANSWER, "no answer"}), CHAT("-R", "host"), EXIT_NO_ANSWER,
               after(opened, "chat: no answer\n"));
}

/* ---- reconnecting ---------------------------------------------------------------------- */

static const char rejoined[] = "[open host:9878, wait 10]\n"
                               "chat: reconnected to host port 9878\n"
                               "[wait 10000]\n"
                               "[send 0: /echo on]\n"
                               "[wait 10000]\n"
                               "*** you are guest2\n";
#define REJOINED                                                                                   \
    {UP, 10, NULL},                                                                                \
    {                                                                                              \
        MESSAGE, 0, "*** you are guest2\n"                                                         \
    }

UNIT_TEST(pauses_grow_until_the_server_is_back)
{
    char text[4000];

    snprintf(text, sizeof(text),
             "[wait -1, reads]\n"
             "chat: gone; reconnecting in 1 s\n"
             "[close]\n"
             "[wait 1000, reads]\n"
             "[open host:9878, wait 10]\n"
             "chat: refused; reconnecting in 2 s\n"
             "[wait 2000, reads]\n"
             "[open host:9878, wait 10]\n"
             "chat: refused; reconnecting in 4 s\n"
             "[wait 4000, reads]\n"
             "[wait 1000, reads]\n"
             "%s"
             "[wait -1, reads]\n"
             "chat: gone; reconnecting in 1 s\n" /* it was there in between */
             "[close]\n"
             "[wait 1000, reads]\n"
             "%s"
             "[wait -1, reads]\n"
             "[eof 900 7]\n"
             "[await the end 10000, extended]\n"
             "[close]\n",
             rejoined, rejoined);
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {OPENING, EXIT_REFUSED, "refused"},
                      {PASS, 1000, NULL}, {PASS, 2000, NULL}, {PASS, 3000, NULL},
                      {OPENING, 0, NULL}, {PASS, 1000, NULL}, REJOINED, {LOST, 0, "gone"},
                      {PASS, 1000, NULL}, REJOINED, {END, 0, NULL}, {CLOSED, 0, NULL}),
               CHAT("-R", "host"), EXIT_OK, after(joined, text));
}

UNIT_TEST(the_first_pause_is_a_second)
{
    run_script(SCRIPT({UP, 10, NULL}, {LOST, 0, "gone"}, {SIGNAL, SIGINT, NULL}),
               CHAT("-R", "host"), 130,
               after(opened, "[wait 10000]\n"
                             "[send 0: /echo on]\n"
                             "[wait 10000]\n"
                             "chat: gone; reconnecting in 1 s\n"
                             "[close]\n"
                             "[wait 1000]\n"));
}

UNIT_TEST(pauses_are_at_most_30_s)
{
    static const int pauses[] = {1, 2, 4, 8, 16, 30, 30};
    char text[4000] = "[wait -1, reads]\nchat: gone; reconnecting in 1 s\n[close]\n"
                      "[wait 1000, reads]\n[open host:9878, wait 10]\n";

    for (size_t i = 1; i < COUNT(pauses); i++)
        sprintf(text + strlen(text), "chat: refused; reconnecting in %d s\n[wait %d000, reads]\n%s",
                pauses[i], pauses[i], i + 1 < COUNT(pauses) ? "[open host:9878, wait 10]\n" : "");
    strcat(text, "[close]\n");
    /* The end of the input ends the client while it is reconnecting. */
    *strstr(text + strlen(text) - 9, "[close]") = '\0';
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {OPENING, EXIT_REFUSED, "refused"},
                      {PASS, 1000, NULL}, {PASS, 2000, NULL}, {PASS, 4000, NULL},
                      {PASS, 8000, NULL}, {PASS, 16000, NULL}, {PASS, 30000, NULL}, {END, 0, NULL}),
               CHAT("-R", "host"), EXIT_OK, after(joined, text));
}

UNIT_TEST(unsent_lines_wait_for_the_next_association)
{
    char text[4000];

    snprintf(text, sizeof(text),
             "[wait -1, reads]\n"
             "[send 0: sent]\n"
             "[wait -1, reads]\n"
             "[wait -1, reads]\n"
             "[send 0: stopped by the full buffer]\n"
             "[wait -1, full]\n"
             "chat: 1 of the last messages may not have arrived\n"
             "chat: gone; reconnecting in 1 s\n"
             "[close]\n"
             "[wait 1000, full]\n"
             "%s"
             "[send 0: stopped by the full buffer]\n"
             "[wait -1, reads]\n"
             "[eof 900 7]\n"
             "[await the end 10000, extended]\n"
             "[close]\n",
             rejoined);
    run_script(SCRIPT(JOINED, {LINE, 0, "sent"}, {PASS, 0, NULL}, {SENDING, EAGAIN, NULL},
                      {LINE, 0, "stopped by the full buffer"}, {LOST, 0, "gone"},
                      {SENDING, 0, NULL}, {FAILED, 0, NULL}, {PASS, 1000, NULL}, REJOINED,
                      {END, 0, NULL}, {CLOSED, 0, NULL}),
               CHAT("-R", "host"), EXIT_INCOMPLETE, after(joined, text));
}

UNIT_TEST(a_channel_that_the_new_association_lacks_is_refused)
{
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {LINE, 0, "[9] nine"}, {PASS, 1000, NULL},
                      {UP, 9, NULL}, {MESSAGE, 0, "*** you are guest2\n"}, {END, 0, NULL},
                      {CLOSED, 0, NULL}),
               CHAT("-R", "host"), EXIT_INCOMPLETE,
               after(joined, "[wait -1, reads]\n"
                             "chat: gone; reconnecting in 1 s\n"
                             "[close]\n"
                             "[wait 1000, reads]\n"
                             "[wait 1000]\n"
                             "[open host:9878, wait 10]\n"
                             "chat: reconnected to host port 9878\n"
                             "[wait 10000]\n"
                             "[send 0: /echo on]\n"
                             "[wait 10000]\n"
                             "*** you are guest2\n"
                             "chat: line 1: channel 9 is out of range: this association has 9 "
                             "outbound streams, 0 to 8; the line is skipped\n"
                             "[wait -1, reads]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
}

UNIT_TEST(an_error_that_no_retry_mends_ends_the_client)
{
    run_script(
        SCRIPT(JOINED, {LOST, 0, "gone"}, {OPENING, EXIT_USAGE, "wrong"}, {PASS, 1000, NULL}),
        CHAT("-R", "host"), EXIT_USAGE,
        after(joined, "[wait -1, reads]\n"
                      "chat: gone; reconnecting in 1 s\n"
                      "[close]\n"
                      "[wait 1000, reads]\n"
                      "[open host:9878, wait 10]\n"
                      "chat: wrong\n"));
}

UNIT_TEST(messages_that_may_not_have_arrived_are_counted_once)
{
    run_script(SCRIPT(JOINED, {LOST, 0, "gone"}, {FAILED, 0, NULL}, {END, 0, NULL}),
               CHAT("-R", "host"), EXIT_INCOMPLETE,
               after(joined, "[wait -1, reads]\n"
                             "chat: 1 of the last messages may not have arrived\n"
                             "chat: gone; reconnecting in 1 s\n"
                             "[close]\n"
                             "[wait 1000, reads]\n"));
}

UNIT_TEST(after_a_message_that_is_too_large_the_client_reconnects)
{
    run_script(SCRIPT(JOINED, {TOO_LARGE, 0, NULL}, {SIGNAL, SIGINT, NULL}), CHAT("-R", "host"),
               130,
               after(joined, "[wait -1, reads]\n"
                             "chat: more than 16777216 bytes; is it a chat server?; reconnecting "
                             "in 1 s\n"
                             "[close]\n"
                             "[wait 1000, reads]\n"));
}

UNIT_TEST(a_signal_ends_the_pause)
{
    run_script(SCRIPT(JOINED, {ABORTED, 0, "had enough"}, {SIGNAL, SIGINT, NULL}),
               CHAT("-R", "host"), 130,
               after(joined, "[wait -1, reads]\n"
                             "chat: disconnected by the server: had enough; reconnecting in 1 s\n"
                             "[close]\n"
                             "[wait 1000, reads]\n"));
}

/* ---- output ---------------------------------------------------------------------------- */

UNIT_TEST(notifications_are_printed_with_v_and_j)
{
    run_script(SCRIPT({UP, 10, NULL}, {CLOSING, 0, NULL}, {CLOSED, 0, NULL}), CHAT("-v", "host"),
               EXIT_LOST,
               after(opened, "[wait 10000]\n"
                             "chat: association 7 up: 10 streams out, 10 in\n"
                             "[send 0: /echo on]\n"
                             "[wait 10000]\n"
                             "chat: association 7: the peer is shutting down\n"
                             "[wait 10000]\n"
                             "chat: association 7 shut down\n"
                             "chat: the server shut the association down; was it stopped?\n"
                             "[close]\n"));
    run_script(
        SCRIPT({UP, 10, NULL}, {MESSAGE, 3, "bob: hi\n"}, {CLOSING, 0, NULL}, {CLOSED, 0, NULL}),
        CHAT("-J", "host"), EXIT_LOST,
        after(opened,
              "[wait 10000]\n"
              "{\"event\":\"assoc_change\",\"state\":\"comm_up\",\"error\":0,"
              "\"outbound_streams\":10,\"inbound_streams\":10,\"assoc_id\":7,\"features\":[]}\n"
              "[send 0: /echo on]\n"
              "[wait 10000]\n"
              "{\"event\":\"said\",\"name\":\"bob\",\"channel\":3,\"text\":\"hi\","
              "\"assoc_id\":7}\n"
              "[wait 10000]\n"
              "{\"event\":\"shutdown\",\"assoc_id\":7}\n"
              "[wait 10000]\n"
              "{\"event\":\"assoc_change\",\"state\":\"shutdown_comp\",\"error\":0,"
              "\"outbound_streams\":0,\"inbound_streams\":0,\"assoc_id\":7,\"causes\":[]}\n"
              "chat: the server shut the association down; was it stopped?\n"
              "[close]\n"));
}

UNIT_TEST(on_a_terminal_a_prompt_is_printed)
{
    has_terminal = true;
    run_script(SCRIPT({UP, 10, NULL}, {LINE, 0, "early"}, {MESSAGE, 0, "*** you are guest1\n"},
                      {LINE, 0, "[3] x"}, {LINE, 0, "/join 3"}, {END, 0, NULL}, {CLOSED, 0, NULL}),
               CHAT("host"), EXIT_OK,
               after(opened, "chat: connected to host port 9878; /help lists the commands; Ctrl-D "
                             "leaves\n"
                             "[terminal]\n"
                             "[completes]\n"
                             "[show [0] ?> ]\n"
                             "[wait 10000, reads]\n"
                             "[send 0: /echo on]\n"
                             "[show [0] ?> ]\n"
                             "[wait 10000, reads]\n"
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
                             "[terminal closed]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[close]\n"));
    run_script(SCRIPT(JOINED, {END, 0, NULL}, {PASS, 10000, NULL}), CHAT("host"), EXIT_LOST,
               after(opened, "chat: connected to host port 9878; /help lists the commands; Ctrl-D "
                             "leaves\n"
                             "[terminal]\n"
                             "[completes]\n"
                             "[show [0] ?> ]\n"
                             "[wait 10000, reads]\n"
                             "[send 0: /echo on]\n"
                             "[show [0] ?> ]\n"
                             "[wait 10000, reads]\n"
                             "[hide]\n"
                             "*** you are guest1\n"
                             "[show [0] guest1> ]\n"
                             "[wait -1, reads]\n"
                             "[terminal closed]\n"
                             "[eof 900 7]\n"
                             "[await the end 10000, extended]\n"
                             "[abort: no answer]\n"
                             "chat: no answer for 10 s: leaving; the last messages may not have "
                             "arrived\n"
                             "[close]\n"));
    run_script(SCRIPT({UP, 10, NULL}, {CLOSED, 0, NULL}), CHAT("-J", "host"), EXIT_LOST,
               "[open host:9878, wait 10]\n[wait 10000]\n"
               "{\"event\":\"assoc_change\",\"state\":\"comm_up\",\"error\":0,"
               "\"outbound_streams\":10,\"inbound_streams\":10,\"assoc_id\":7,\"features\":[]}\n"
               "[send 0: /echo on]\n[wait 10000]\n"
               "{\"event\":\"assoc_change\",\"state\":\"shutdown_comp\",\"error\":0,"
               "\"outbound_streams\":0,\"inbound_streams\":0,\"assoc_id\":7,\"causes\":[]}\n"
               "chat: the server shut the association down; was it stopped?\n"
               "[close]\n");
    has_terminal = false;
}

UNIT_TEST(options_have_limits)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}),
               CHAT("-p", "65535", "-o", "65535", "-w", "86400", "host"), EXIT_REFUSED,
               "[open host:65535, wait 86400]\nchat: refused\n");
    run_script(SCRIPT({OPENING, 0, NULL}), CHAT("-o", "65536", "host"), EXIT_USAGE,
               "chat: -o \"65536\": not a number from 1 to 65535\nchat: try \"chat --help\"\n");
    run_script(SCRIPT({OPENING, 0, NULL}), CHAT("host", "other"), EXIT_USAGE,
               "chat: argument \"other\": only one host can be given\n"
               "chat: try \"chat --help\"\n");
    run_script(SCRIPT({OPENING, 0, NULL}), ARGS("chat"), EXIT_USAGE,
               "chat: no host given\nchat: try \"chat --help\"\n");
}

UNIT_TEST(options_are_taken_from_the_command_line)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), CHAT("-w", "3", "a@b@host:77"),
               EXIT_REFUSED, "[open host:77, wait 3]\nchat: refused\n");
    run_script(SCRIPT({OPENING, 0, NULL}), CHAT("-n", "a b", "host"), EXIT_USAGE,
               "chat: name \"a b\": a name has no white space and no colon; choose another\n");
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), CHAT("-n", "bob", "a b@host"),
               EXIT_REFUSED, "[open host:9878, wait 10]\nchat: refused\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
