/* Input lines of the console, and messages that wait for the send buffer: tools/console/line.c. */
#include "console_model.h"

#include <limits.h>

UNIT_TEST(text_is_sent_with_the_options_of_messages)
{
    peer_up("127.0.0.1");
    peer_up("127.0.0.2");
    assert_true(enter("hello"));
    assert_done("send 0@11 0 0 hello|");
    assert_true(enter("[3@2] to two"));
    assert_done("send 3@12 0 0 to two|");
    c.ppid = htonl(60);
    c.unordered = SCTP_UNORDERED;
    c.lifetime.pr_value = 700;
    enter("[1] more");
    assert_done("send 1@11 60 U 700 more|");
    assert_told("");
    assert_int_equal(c.number, 3);
    assert_false(console_line(&c));
}

UNIT_TEST(a_line_that_cannot_be_sent_is_refused)
{
    struct peer *p = peer_up("127.0.0.1");

    enter("[4] x");
    assert_told("line 1: #1 127.0.0.1:9877: stream 4 is out of range: the association has 4 "
                "outbound streams, 0 to 3; /streams adds some\n");
    enter("[3] x");
    assert_done("send 3@11 0 0 x|");
    enter("[0]");
    assert_told("line 3: no text to send\n");
    enter("[0@7] x");
    assert_told("line 4: no association has number 7; /peers lists them\n");
    p->state = PEER_CLOSING;
    enter("x");
    assert_told("line 5: #1 127.0.0.1:9877: shutting down; no more messages can be sent\n");
    p->state = PEER_CLOSED;
    enter("[0@1] x");
    assert_told("line 6: #1 127.0.0.1:9877: closed; /connect 127.0.0.1:9877 starts a new "
                "association\n");
    p->state = PEER_UP;
    assert_int_equal(c.failed, 5);
    send_error = EACCES;
    enter("[1] x");
    assert_told("line 7: #1 127.0.0.1:9877: send: Permission denied; the text is not sent\n");
    assert_null(c.blocked);
    assert_int_equal(c.failed, 6);
    assert_done("send 1@11 0 0 x|");
}

UNIT_TEST(a_message_may_be_as_long_as_the_send_buffer)
{
    char line[SNDBUF + 10];

    peer_up("127.0.0.1");
    snprintf(line, sizeof(line), "%0*d", SNDBUF, 0);
    enter(line);
    assert_done("send 0@11 0 0 00000000000000000000|");
    assert_told("");
    snprintf(line, sizeof(line), "%0*d", SNDBUF + 1, 0);
    enter(line);
    assert_done("");
    assert_told("line 2: #1 127.0.0.1:9877: too long: the largest message is 2000 bytes (/opt "
                "sndbuf)\n");
}

UNIT_TEST(a_line_that_is_too_long_is_skipped_whole)
{
    char line[4000];

    peer_up("127.0.0.1");
    snprintf(line, sizeof(line), "%03500d", 0);
    enter(line);
    assert_told("line 1: too long: a line may have 3000 bytes; the line is skipped\n");
    enter("after");
    assert_done("send 0@11 0 0 after|");
    assert_int_equal(c.number, 2);
    assert_int_equal(c.failed, 1);
}

UNIT_TEST(a_malformed_prefix_a_nul_and_an_unknown_command_are_refused)
{
    peer_up("127.0.0.1");
    enter("[1 \033x");
    assert_told("line 1: \"[1 \\x1bx\" does not begin with [stream] or [stream@association]; to "
                "send it as text, put [0] before it\n");
    assert_int_equal(write(input, "/use\0 1\n", 8), 8);
    while (unp_line_fill(&c.input) == 0)
        ;
    assert_true(console_line(&c));
    assert_told("line 2: a command contains a NUL byte; it is not executed\n");
    assert_true(enter(""));
    assert_told("");
    assert_done("");
    assert_true(enter("/nonsense"));
    assert_contains(told, "line 4: no such command");
}

/* ---- a full send buffer ---------------------------------------------------------- */

UNIT_TEST(a_message_that_finds_the_buffer_full_waits)
{
    static const int full[] = {EAGAIN, ENOMEM, ENOBUFS};

    peer_up("127.0.0.1");
    for (size_t i = 0; i < COUNT(full); i++) {
        assert_false(console_retry_blocked(&c));
        send_error = full[i];
        assert_true(enter("[2] first\n[1] second"));
        assert_false(console_wants_lines(&c));
        assert_false(console_line(&c));
        assert_done("send 2@11 0 0 first|");
        assert_true(console_retry_blocked(&c));
        assert_done("send 2@11 0 0 first|");
        send_error = 0;
        assert_false(console_retry_blocked(&c));
        assert_done("send 2@11 0 0 first|");
        assert_true(console_wants_lines(&c));
        assert_true(console_line(&c));
        assert_done("send 1@11 0 0 second|");
    }
    assert_told("");
    assert_int_equal(c.failed, 0);
}

UNIT_TEST(a_message_waits_for_w_seconds_at_most)
{
    struct peer *p = peer_up("127.0.0.1");

    send_error = EAGAIN;
    enter("one");
    now += WAIT * 1000 - 1;
    assert_true(console_retry_blocked(&c));
    assert_told("");
    now++;
    assert_false(console_retry_blocked(&c));
    assert_told("line 1: #1 127.0.0.1:9877: the send buffer has been full for 5 s: does the peer "
                "read?  The text is not sent\n");
    assert_int_equal(c.failed, 1);
    enter("two"); /* the buffer is still full */
    assert_false(console_retry_blocked(&c));
    assert_contains(told, "line 2: #1 127.0.0.1:9877: the send buffer has been full for 5 s");
    told[0] = '\0';
    send_error = 0;
    enter("three");
    assert_int_equal(p->full_since, 0);
    send_error = EAGAIN;
    enter("four");
    assert_true(console_retry_blocked(&c));
    assert_told("");
}

UNIT_TEST(a_message_waits_no_longer_once_its_association_has_ended)
{
    struct peer *p = peer_up("127.0.0.1");

    send_error = EAGAIN;
    enter("one");
    change(p, SCTP_COMM_LOST);
    assert_false(console_retry_blocked(&c));
    assert_told("line 1: #1 127.0.0.1:9877: closed; /connect 127.0.0.1:9877 starts a new "
                "association\n");
    p = peer_up("127.0.0.2");
    enter("two");
    send_error = EPIPE;
    assert_false(console_retry_blocked(&c));
    assert_contains(told, "send: Broken pipe; the text is not sent");
}

UNIT_TEST(at_a_terminal_a_full_buffer_is_reported_at_once)
{
    peer_up("127.0.0.1");
    c.term = terminal;
    typed = strcpy((char[20]){0}, "[2] first");
    send_error = EAGAIN;
    assert_true(console_line(&c));
    assert_told("#1 127.0.0.1:9877: the send buffer is full: the peer does not read; the text is "
                "not sent, the up key recalls it\n");
    assert_null(c.blocked);
    assert_int_equal(c.failed, 0);
    assert_false(console_line(&c));
    assert_false(c.leaving);
    typed = NULL;
    assert_false(console_line(&c));
    assert_true(c.leaving);
}

/* ---- when a line is read ------------------------------------------------------------ */

UNIT_TEST(lines_of_a_pipe_wait_while_a_host_is_connecting)
{
    struct peer *p = peer_at("127.0.0.1");

    assert_false(console_wants_lines(&c));
    assert_false(enter("x"));
    assert_told("");
    c.term = terminal;
    assert_true(console_wants_lines(&c));
    typed = strcpy((char[20]){0}, "x");
    assert_true(console_line(&c));
    assert_told("#1 127.0.0.1:9877: it is not up yet; wait for its notification\n");
    c.term = NULL;
    change(p, SCTP_COMM_UP);
    assert_true(console_wants_lines(&c));
    c.leaving = true;
    assert_false(console_wants_lines(&c));
}

UNIT_TEST(the_console_leaves_at_the_end_of_its_input)
{
    close(input);
    input = open("/dev/null", O_WRONLY);
    assert_int_equal(unp_line_fill(&c.input), 0);
    assert_false(console_line(&c));
    assert_true(c.leaving);
    assert_int_equal(c.number, 0);
}

int main(void)
{
    return run_all_tests(start_console, stop_console);
}
