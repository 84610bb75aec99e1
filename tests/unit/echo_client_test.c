/* The echo client's association: window, replies, ends, exit status: echo/sctp_echo_cli.c. */
#include "client_model.h"

#define ECHO(...) ARGS("echo", __VA_ARGS__)

/* Parts of transcripts. */
#define CONNECT    "[open host:9877, wait 10]\n[wait 10000]\n"
#define UP_AT_ONCE CONNECT "[wait -1, reads]\n"
#define ONE_SENT   UP_AT_ONCE "[send 0 context 1: [0] one]\n[wait -1, reads]\n"
#define LEAVE      "[eof 900 7]\n[await the end 10000]\n[close]\n"
#define NOTHING_FROM(line)                                                                         \
    "echo: received nothing for 10 s (is this an echo server?): 1 message has not come back, the " \
    "first from line " #line "\n"
#define UNANSWERED                                                                                 \
    "[eof 900 7]\n[await the end 10000]\n[abort: no answer]\n"                                     \
    "echo: no answer to the shutdown: the association is aborted\n[close]\n"

static bool terminals; /* standard input and output are */

int isatty(int fd)
{
    return terminals && (fd == STDIN_FILENO || fd == STDOUT_FILENO);
}

UNIT_TEST(every_line_is_sent_and_its_reply_awaited)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {LINE, 0, "[9] two"}, {END},
                      {MESSAGE, 1, "[0] one"}, {MESSAGE, 0, "[9] two"}, {CLOSED}),
               ECHO("host"), EXIT_OK, ONE_SENT,

               "[send 9 context 2: [9] two]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "From str:1 seq:0 (assoc:0x7):[0] one\n"
               "[wait 10000]\n"
               "From str:0 seq:0 (assoc:0x7):[9] two\n",
               LEAVE);
}

UNIT_TEST(messages_have_the_options_of_the_command_line)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[3] one"}, {END}, {MESSAGE, 1, "[3] one"}, {CLOSED}),
               ECHO("-q", "-U", "-P", "ngap", "-t", "700", "-w", "5", "host:77"), EXIT_OK,
               "[open host:77, wait 5]\n"
               "[wait 5000]\n"
               "[wait -1, reads]\n"
               "[send 3 ppid 60 flags 1 context 1 lifetime 16/700: [3] one]\n"
               "[wait 5000, reads]\n"
               "[wait 5000]\n"
               "[eof 900 7]\n"
               "[await the end 5000]\n"
               "[close]\n");
}

UNIT_TEST(with_echo_each_line_goes_on_all_streams)
{
    run_script(SCRIPT({UP, 2}, {LINE, 0, "x"}, {END}, {MESSAGE, 1, "x.msg.0"},
                      {MESSAGE, 0, "x.msg.1"}, {CLOSED}),
               ECHO("-q", "host", "echo"), EXIT_OK, UP_AT_ONCE,
               "[send 0 context 1: x.msg.0]\n"
               "[send 1 context 2: x.msg.1]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "[wait 10000]\n",
               LEAVE);
    run_script(SCRIPT({UP, 2}, {LINE, 0, "x"}, {END}, {MESSAGE, 1, "x.msg.0"}, {CLOSED}),
               ECHO("-q", "-s", "1", "host", "echo"), EXIT_OK, UP_AT_ONCE,
               "[send 0 context 1: x.msg.0]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n",
               LEAVE);
    run_script(SCRIPT({UP, 2}, {LINE, 0, "x"}, {END}, {MESSAGE, 1, "x.msg.0"},
                      {MESSAGE, 1, "x.msg.1"}, {CLOSED}),
               ECHO("-q", "-s", "2", "host", "echo"), EXIT_OK, UP_AT_ONCE,
               "[send 0 context 1: x.msg.0]\n"
               "[send 1 context 2: x.msg.1]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "[wait 10000]\n",
               LEAVE);
    run_script(SCRIPT({UP, 2}), ECHO("-s", "3", "host", "echo"), EXIT_USAGE, CONNECT,
               "echo: -s 3 is out of range: this association has 2 outbound streams; request more "
               "with -o, up to the server's limit\n");
    run_script(SCRIPT({UP, 2}, {LINE, 0, "[1] x"}, {END}, {MESSAGE, 1, "[1] x"}, {CLOSED}),
               ECHO("-q", "host"), EXIT_OK, UP_AT_ONCE,
               "[send 1 context 1: [1] x]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n",
               LEAVE);
}

UNIT_TEST(replies_that_do_not_come_are_reported_after_w)
{
    run_script(SCRIPT({UP, 10}, {PASS, 20000}, {LINE, 0, "[0] one"}, {END}, {PASS, 9999}, {PASS, 1},
                      {CLOSED}),
               ECHO("host"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "[wait -1, reads]\n"
               "[send 0 context 1: [0] one]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "[wait 1]\n",
               NOTHING_FROM(1), LEAVE);
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one\n[0] two"}, {END}, {PASS, 6000},
                      {MESSAGE, 1, "[0] one"}, {PASS, 9000}, {PASS, 1000}, {CLOSED}),
               ECHO("host"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "[send 0 context 1: [0] one]\n"
               "[send 0 context 2: [0] two]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "[wait 4000]\n"
               "From str:1 seq:0 (assoc:0x7):[0] one\n"
               "[wait 10000]\n"
               "[wait 1000]\n",
               NOTHING_FROM(2), LEAVE);
}

UNIT_TEST(a_message_that_is_no_echo_is_reported_once_and_counted)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {MESSAGE, 1, "other"}, {MESSAGE, 1, "other"},
                      {END}, {MESSAGE, 1, "[0] one"}, {CLOSED}),
               ECHO("host"), EXIT_OK, ONE_SENT,

               "echo: the next message is no echo of a message sent; is this an echo server?\n"
               "From str:1 seq:0 (assoc:0x7):other\n"
               "[wait -1, reads]\n"
               "From str:1 seq:0 (assoc:0x7):other\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "From str:1 seq:0 (assoc:0x7):[0] one\n"
               "echo: 2 received messages are no echo of a message sent\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {MESSAGE, 1, "other"}, {END}, {PASS, 5000},
                      {MESSAGE, 1, "other"}, {PASS, 4000}, {PASS, 1000}, {CLOSED}),
               ECHO("-q", "host"), EXIT_INCOMPLETE, ONE_SENT,

               "echo: the next message is no echo of a message sent; is this an echo server?\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "[wait 5000]\n"
               "[wait 5000]\n"
               "[wait 1000]\n"
               "echo: 2 received messages are no echo of a message sent\n",
               NOTHING_FROM(1), LEAVE);
}

UNIT_TEST(a_full_send_buffer_is_waited_for)
{
    run_script(SCRIPT({UP, 10}, {SENDING, EAGAIN}, {LINE, 0, "[0] one\n[1] two"}, {ROOM}, {SENDING},
                      {END}, {MESSAGE, 1, "[0] one"}, {MESSAGE, 2, "[1] two"}, {CLOSED}),
               ECHO("-q", "host"), EXIT_OK, UP_AT_ONCE,
               "[send 0 context 1: [0] one]\n"
               "[wait 10000, full]\n"
               "[send 0 context 1: [0] one]\n"
               "[send 1 context 2: [1] two]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n"
               "[wait 10000]\n",
               LEAVE);
    /* … as long as -w allows. */
    run_script(
        SCRIPT({UP, 10}, {SENDING, EAGAIN}, {LINE, 0, "[0] one\n[1] two"}, {PASS, 10000}, {CLOSED}),
        ECHO("-q", "host"), EXIT_INCOMPLETE, UP_AT_ONCE,
        "[send 0 context 1: [0] one]\n"
        "[wait 10000, full]\n"
        "echo: received nothing for 10 s (is this an echo server?): input from line 1 on was not "
        "sent\n",
        LEAVE);
}

UNIT_TEST(a_line_that_cannot_be_sent_is_skipped)
{
    run_script(SCRIPT({UP, 10}, {SENDING, EMSGSIZE}, {LINE, 0, "[0] one"}, {PASS, 0}, {SENDING},
                      {LINE, 0, "[1] two"}, {END}, {MESSAGE, 1, "[1] two"}, {CLOSED}),
               ECHO("-q", "host"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "[send 0 context 1: [0] one]\n"
               "echo: line 1: send 7 bytes: Message too long; send less, raise net.core.wmem_max, "
               "or leave the option disable_fragments off; the line is skipped\n"
               "[wait -1, reads]\n"
               "[wait -1, reads]\n"
               "[send 1 context 1: [1] two]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {LINE, 0, "no stream"}, {END}, {CLOSED}), ECHO("-q", "host"),
               EXIT_INCOMPLETE, UP_AT_ONCE,
               "echo: line 1: \"no stream\" has no stream number: write [n] text, for example [0] "
               "hello; the line is skipped\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(another_send_error_ends_the_client)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {PASS, 0}, {SENDING, EACCES},
                      {LINE, 0, "[1] two\n[2] three"}, {CLOSED}),
               ECHO("-q", "host"), EXIT_SYSTEM, ONE_SENT,

               "[wait -1, reads]\n"
               "[send 1 context 2: [1] two]\n"
               "echo: send 7 bytes: Permission denied; do the socket options that were set, or a "
               "firewall here, forbid it?: 1 message has not come back, the first from line 1; "
               "input from line 2 on was not sent\n",
               LEAVE);
}

UNIT_TEST(the_window_has_1024_messages)
{
    static char lines[20000];
    static char expected[60000] = "[open host:9877, wait 10]\n[wait 10000]\n[wait -1, reads]\n";

    for (int i = 1; i <= 1026; i++)
        sprintf(lines + strlen(lines), "%s[0] %d", i > 1 ? "\n" : "", i);
    for (int i = 1; i <= 1024; i++)
        sprintf(expected + strlen(expected), "[send 0 context %d: [0] %d]\n", i, i);
    strcat(expected,
           "[wait 10000]\n"
           "[wait 10000]\n"
           "[send 0 context 1025: [0] 1025]\n"
           "[wait 10000]\n"
           "echo: received nothing for 10 s (is this an echo server?): 1024 messages have not come "
           "back, the first from line 1; nothing after line 1025 was sent\n");
    run_script(
        SCRIPT({UP, 10}, {LINE, 0, lines}, {END}, {MESSAGE, 1, "[0] 7"}, {PASS, 10000}, {CLOSED}),
        ECHO("-q", "host"), EXIT_INCOMPLETE, expected, LEAVE);
}

/* ---- ends ------------------------------------------------------------------------- */

UNIT_TEST(an_end_by_the_server_is_reported)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {CLOSING}, {CLOSED}), ECHO("host"), EXIT_LOST,
               ONE_SENT,

               "[wait 10000]\n"
               "echo: the server shut the association down: 1 message has not come back, the first "
               "from line 1; nothing after line 1 was sent\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one\n[1] two"}, {ABORTED, 0, "had enough"}),
               ECHO("host"), EXIT_LOST, UP_AT_ONCE,
               "[send 0 context 1: [0] one]\n"
               "[send 1 context 2: [1] two]\n"
               "[wait -1, reads]\n"
               "echo: closed: had enough: 2 messages have not come back, the first from line 1; "
               "nothing after line 2 was sent\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {LOST, 0, "gone"}), ECHO("host"), EXIT_LOST,
               ONE_SENT,

               "echo: closed: gone; was the server stopped, or the network cut?\n"
               "echo: the association ended too early: 1 message has not come back, the first from "
               "line 1; nothing after line 1 was sent\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {ABORTED, 0, "full"}), ECHO("host"), EXIT_LOST, UP_AT_ONCE,
               "echo: closed: full: no line was sent\n"
               "[close]\n");
    /* The association ends after all replies. */
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {MESSAGE, 1, "[0] one"}, {LOST, 0, "gone"}),
               ECHO("-q", "host"), EXIT_LOST, ONE_SENT,

               "[wait -1, reads]\n"
               "echo: closed: gone; was the server stopped, or the network cut?\n"
               "echo: the association ended too early: nothing after line 1 was sent\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {CLOSING}, {PASS, 10000}, {PASS, 10000}),
               ECHO("host"), EXIT_INCOMPLETE, ONE_SENT,

               "[wait 10000]\n"
               "echo: received nothing for 10 s (does the server hang in its shutdown?): 1 message "
               "has not come back, the first from line 1; nothing after line 1 was sent\n",
               UNANSWERED);
}

UNIT_TEST(a_signal_shuts_the_association_down)
{
    run_script(
        SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {SIGNAL, SIGINT}, {MESSAGE, 1, "[0] one"}, {CLOSED}),
        ECHO("host"), 130, ONE_SENT,

        "[eof 900 7]\n"
        "[await the end 10000]\n"
        "From str:1 seq:0 (assoc:0x7):[0] one\n"
        "[close]\n");
    run_script(SCRIPT({UP, 10}, {SIGNAL, SIGTERM}, {PASS, 10000}), ECHO("host"), 143, UP_AT_ONCE,
               UNANSWERED);
}

UNIT_TEST(with_A_the_association_is_aborted_with_the_reason)
{
    run_script(SCRIPT({UP, 10}, {END}, {LOST, 0, "by us"}), ECHO("-A", "host"), EXIT_OK, UP_AT_ONCE,
               "[abort 900 7: ]\n"
               "[await the end 10000]\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {END}, {LOST, 0, "by us"}), ECHO("-Ahad enough", "host"), EXIT_OK,
               UP_AT_ONCE,
               "[abort 900 7: had enough]\n"
               "[await the end 10000]\n"
               "[close]\n");
}

UNIT_TEST(an_option_of_the_association_is_set_when_it_is_there)
{
    run_script(
        SCRIPT({CLOSED}), ECHO("-O", "primary_addr=127.0.0.1", "host"), EXIT_SYSTEM,
        "[open host:9877, wait 10]\n"
        "echo: option \"primary_addr=127.0.0.1\": primary_addr: there is no association 7\n");
}

UNIT_TEST(a_host_that_refuses_is_reported)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), ECHO("host"), EXIT_REFUSED,
               "[open host:9877, wait 10]\n"
               "echo: refused\n");
}

/* ---- lifetimes ----------------------------------------------------------------------- */

UNIT_TEST(a_message_that_was_not_delivered_in_time_is_reported)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[2] one\n[2] two"}, {FAILED, 2}, {END},
                      {MESSAGE, 3, "[2] one"}, {CLOSED}),
               ECHO("-q", "-t", "700", "host"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "[send 2 context 1 lifetime 16/700: [2] one]\n"
               "[send 2 context 2 lifetime 16/700: [2] two]\n"
               "[wait 10000, reads]\n"
               "echo: line 2: not delivered on stream 2 within its lifetime of 700 ms\n"
               "[wait 10000, reads]\n"
               "[wait 10000]\n",
               LEAVE);
    /* Without a lifetime the end of the association says so. */
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[2] one"}, {FAILED, 1}, {END}, {MESSAGE, 3, "[2] one"},
                      {CLOSED}),
               ECHO("-q", "host"), EXIT_OK, UP_AT_ONCE,
               "[send 2 context 1: [2] one]\n"
               "[wait -1, reads]\n"
               "[wait -1, reads]\n"
               "[wait 10000]\n",
               LEAVE);
}

UNIT_TEST(a_message_that_was_not_delivered_counts_as_progress)
{
    run_script(
        SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {PASS, 0}, {SENDING, EAGAIN}, {LINE, 0, "[0] two"},
               {PASS, 6000}, {FAILED, 1}, {PASS, 10000}, {CLOSED}),
        ECHO("-t", "700", "host"), EXIT_INCOMPLETE, UP_AT_ONCE,
        "[send 0 context 1 lifetime 16/700: [0] one]\n"
        "[wait 10000, reads]\n"
        "[wait 10000, reads]\n"
        "[send 0 context 2 lifetime 16/700: [0] two]\n"
        "[wait 10000, full]\n"
        "[wait 4000, full]\n"
        "echo: line 1: not delivered on stream 2 within its lifetime of 700 ms\n"
        "[wait 10000, full]\n"
        "echo: received nothing for 10 s (is this an echo server?): input from line 2 on was "
        "not sent\n",
        LEAVE);
}

UNIT_TEST(an_input_that_cannot_be_read_ends_the_client)
{
    run_script(SCRIPT({UP, 10}, {UNREADABLE}), ECHO("host"), EXIT_SYSTEM, UP_AT_ONCE,
               "echo: read the input: Is a directory\n");
}

UNIT_TEST(a_message_without_a_reply_is_given_up)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[2] one"}, {PASS, 4000}, {LINE, 0, "[2] two"}, {END},
                      {PASS, 6000}, {PASS, 4000}, {CLOSED}),
               ECHO("-q", "-t", "700", "host"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "[send 2 context 1 lifetime 16/700: [2] one]\n"
               "[wait 10000, reads]\n"
               "[wait 6000, reads]\n"
               "[send 2 context 2 lifetime 16/700: [2] two]\n"
               "[wait 6000, reads]\n"
               "[wait 6000]\n"
               "echo: line 1: has not come back within 10 s; its lifetime was 700 ms\n"
               "[wait 4000]\n"
               "echo: line 2: has not come back within 10 s; its lifetime was 700 ms\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[2] one"}, {PASS, 4000}, {STOPPED, 60000}, {PASS, 9999},
                      {PASS, 1}, {END}, {CLOSED}),
               ECHO("-q", "-t", "700", "host"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "[send 2 context 1 lifetime 16/700: [2] one]\n"
               "[wait 10000, reads]\n"
               "[wait 6000, reads]\n"
               "[wait 10000, reads]\n"
               "[wait 1, reads]\n"
               "echo: line 1: has not come back within 10 s; its lifetime was 700 ms\n"
               "[wait -1, reads]\n",
               LEAVE);
}

/* ---- output --------------------------------------------------------------------------- */

UNIT_TEST(notifications_are_printed_with_v_and_j)
{
    run_script(SCRIPT({UP, 10}, {END}, {CLOSED}), ECHO("-v", "host"), EXIT_OK, CONNECT,
               "echo: association 7 up: 10 streams out, 10 in\n"
               "[wait -1, reads]\n"
               "[eof 900 7]\n"
               "[await the end 10000]\n"
               "echo: association 7 shut down\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] x"}, {MESSAGE, 1, "[0] x"}, {END}, {CLOSED}),
               ECHO("-J", "host"), EXIT_OK, CONNECT, JSON_UP,
               "[wait -1, reads]\n"
               "[send 0 context 1: [0] x]\n"
               "[wait -1, reads]\n"
               "{\"event\":\"message\",\"stream\":1,\"ssn\":0,\"tsn\":0,\"cumtsn\":0,\"flags\":[],"
               "\"ppid\":0,\"context\":0,\"assoc_id\":7,\"length\":5,\"data\":\"[0] x\"}\n"
               "[wait -1, reads]\n"
               "[eof 900 7]\n"
               "[await the end 10000]\n",
               JSON_DOWN, "[close]\n");
}

UNIT_TEST(a_full_output_ends_the_client)
{
    run_script(SCRIPT({UP, 10}, {NO_SPACE}, {PASS, 1}), ECHO("host"), EXIT_SYSTEM, UP_AT_ONCE,
               "echo: write the replies: No space left on device\n");
    run_script(SCRIPT({UP, 10}, {NO_SPACE}, {END}), ECHO("host"), EXIT_SYSTEM, UP_AT_ONCE,
               "echo: write the replies: No space left on device\n");
    run_script(SCRIPT({UP, 10}, {END}, {NO_SPACE}, {MESSAGE, 1, "x"}, {CLOSED}), ECHO("host"),
               EXIT_SYSTEM, UP_AT_ONCE,
               "[eof 900 7]\n"
               "[await the end 10000]\n"
               "echo: the next message is no echo of a message sent; is this an echo server?\n"
               "echo: write the replies: No space left on device\n");
}

UNIT_TEST(at_a_terminal_the_streams_are_named_and_replies_escaped)
{
    terminals = true;
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] \033"}, {MESSAGE, 1, "[0] \033"}, {END}, {CLOSED}),
               ECHO("host"), EXIT_OK, CONNECT,
               "echo: connected to host port 9877; type [n] text, for streams 0 to 9; Ctrl-D ends\n"
               "[wait -1, reads]\n"
               "[send 0 context 1: [0] \033]\n"
               "[wait -1, reads]\n"
               "From str:1 seq:0 (assoc:0x7):[0] \\x1b\n"
               "[wait -1, reads]\n",
               LEAVE);
    run_script(SCRIPT({UP, 2}, {END}, {CLOSED}), ECHO("host", "echo"), EXIT_OK, CONNECT,
               "echo: connected to host port 9877; type text, for streams 0 to 1; Ctrl-D ends\n"
               "[wait -1, reads]\n",
               LEAVE);
    run_script(SCRIPT({UP, 1}, {END}, {CLOSED}), ECHO("host"), EXIT_OK, CONNECT,
               "echo: connected to host port 9877; type [n] text, for stream 0; Ctrl-D ends\n"
               "[wait -1, reads]\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {END}, {CLOSED}), ECHO("-q", "host"), EXIT_OK, UP_AT_ONCE, LEAVE);
    terminals = false;
}

UNIT_TEST(with_time_each_reply_begins_with_it)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] one"}, {MESSAGE, 1, "[0] one"}, {END}, {CLOSED}),
               ECHO("--time", "host"), EXIT_OK, ONE_SENT,
               "1970-01-01T00:16:40.000+00:00 From str:1 seq:0 (assoc:0x7):[0] one\n"
               "[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(signals_are_caught)
{
    run_script(SCRIPT({UP, 10}, {CAUGHT, SIGINT}, {CAUGHT, SIGCONT}, {END}, {CLOSED}), ECHO("host"),
               EXIT_OK, UP_AT_ONCE,
               "[Interrupt is caught]\n[wait -1, reads]\n"
               "[Continued is caught]\n[wait -1, reads]\n",
               LEAVE);
}

UNIT_TEST(a_line_has_at_most_the_bytes_that_can_be_sent)
{
    sndbuf = 20;
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] 6789012345678901"},
                      {MESSAGE, 1, "[0] 6789012345678901"}, {LINE, 0, "[0] 67890123456789012"},
                      {END}, {CLOSED}),
               ECHO("-q", "host"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "[send 0 context 1: [0] 6789012345678901]\n"
               "[wait -1, reads]\n"
               "[wait -1, reads]\n"
               "echo: line 2: too long: a line may have 20 bytes; the line is skipped\n"
               "[wait -1, reads]\n",
               LEAVE);
    sndbuf = 1 << 21;
}

UNIT_TEST(options_have_limits)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}),
               ECHO("-o", "65535", "-s", "65535", "-t", "4294967295", "-w", "86400", "-O",
                    "nodelay=on", "host", "echo"),
               EXIT_REFUSED,
               "[open host:9877, wait 86400, 65535 streams, option nodelay=on]\n"
               "echo: refused\n");
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}),
               ECHO("-o", "1", "-s", "1", "-t", "1", "-w", "1", "host", "echo"), EXIT_REFUSED,
               "[open host:9877, wait 1, 1 streams]\necho: refused\n");
    refuses("echo", "-s", "0", "1 to 65535");
    refuses("echo", "-s", "65536", "1 to 65535");
    refuses("echo", "-t", "0", "1 to 4294967295");
    refuses("echo", "-t", "4294967296", "1 to 4294967295");
    run_script(SCRIPT({END_OF_SCRIPT}), ECHO("-s", "1", "host"), EXIT_USAGE,
               "echo: -s needs the argument echo\necho: try \"echo --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), ARGS("echo"), EXIT_USAGE,
               "echo: no host given\necho: try \"echo --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), ECHO("host", "x"), EXIT_USAGE,
               "echo: argument \"x\": only echo can follow the host\n"
               "echo: try \"echo --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), ECHO("host", "echo", "77"), EXIT_USAGE,
               "echo: argument \"77\": only echo can follow the host; if it is the port, write it "
               "after -p\necho: try \"echo --help\"\n");
}

UNIT_TEST(on_a_terminal_a_prompt_is_printed)
{
    has_terminal = true;
    frees_all = false; /* the locale stays, and so does the model's line */
    run_script(SCRIPT({UP, 10}, {LINE, 0, "[0] x"}, {MESSAGE, 1, "[0] x"}, {LINE, 0, "[11] y"},
                      {END}, {CLOSED}),
               ECHO("host"), EXIT_OK,
               "[open host:9877, wait 10]\n"
               "[terminal]\n"
               "[wait 10000]\n"
               "[hide]\n"
               "[show > ]\n"
               "[wait -1, reads]\n"
               "[send 0 context 1: [0] x]\n"
               "[show > ]\n"
               "[wait -1, reads]\n"
               "[hide]\n"
               "From str:1 seq:0 (assoc:0x7):[0] x\n"
               "[show > ]\n"
               "[wait -1, reads]\n"
               "[hide]\n"
               "echo: stream 11 is out of range: this association has 10 outbound streams, 0 to 9\n"
               "[show > ]\n"
               "[wait -1, reads]\n"
               "[terminal closed]\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {SIGNAL, SIGINT}, {CLOSED}), ECHO("host"), 130,
               "[open host:9877, wait 10]\n"
               "[terminal]\n"
               "[wait 10000]\n"
               "[hide]\n"
               "[show > ]\n"
               "[wait -1, reads]\n"
               "[terminal closed]\n",
               LEAVE);
    has_terminal = false;
    frees_all = true;
}

int main(void)
{
    frees_all = true;
    return run_all_tests(NULL, NULL);
}
