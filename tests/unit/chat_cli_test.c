/* The chat client between its input, the server's lines and the user: chat/cli_*.c. */
#include "../../chat/chat.h"
#include "../../chat/cli.h"
#include "blocks.h"
#include "output.h"
#include "unit.h"

#include <fcntl.h>

static struct client c;
static int input;             /* the writing end of the client's standard input */
static unsigned hidden;       /* calls of unp_terminal_hide() */
static const char *typed[10]; /* lines of the terminal */
static size_t typed_next;

/* A terminal that shows nothing. */
static struct unp_terminal *const terminal = (struct unp_terminal *)&c;

void unp_terminal_hide(struct unp_terminal *t)
{
    hidden += t != NULL;
}

enum unp_line_status unp_terminal_next(struct unp_terminal *t, char **text, size_t *len)
{
    static char line[100];

    assert_ptr_equal(t, terminal);
    if (!typed[typed_next])
        return LINE_MORE;
    strcpy(line, typed[typed_next++]);
    *text = line;
    *len = strlen(line);
    return LINE_READY;
}

static int start(void **state)
{
    int fds[2];

    memset(&c, 0, sizeof(c));
    memset(typed, 0, sizeof(typed));
    typed_next = 0;
    hidden = 0;
    if (pipe2(fds, O_NONBLOCK) < 0)
        return -1;
    fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
    input = fds[1];
    unp_line_init(&c.input, fds[0], CHAT_MAX_MESSAGE + sizeof("[65535] "));
    c.a.ostreams = 10;
    return capture_output();
}

static int stop(void **state)
{
    if (input >= 0)
        close(input);
    close(c.input.fd);
    unp_line_free(&c.input);
    present_clear(&c.present);
    release_output();
    return 0;
}

/* ---- input ---------------------------------------------------------------- */

/* Gives the client more input, and returns whether it has a line to send then. */
static bool take(const char *text)
{
    if (text) {
        assert_int_equal(write(input, text, strlen(text)), strlen(text));
        while (unp_line_fill(&c.input) == 0)
            ;
    }
    return cli_take_line(&c);
}

static void assert_line(const char *text, long channel)
{
    assert_non_null(c.line);
    assert_int_equal(c.len, strlen(text));
    assert_memory_equal(c.line, text, c.len);
    assert_int_equal(c.to, channel);
    c.line = NULL;
}

UNIT_TEST(lines_are_taken_one_at_a_time)
{
    assert_false(take(NULL));
    assert_true(take("one\n[3] two\n\n[9] three\nfo"));
    assert_true(take(NULL)); /* the first is not sent yet */
    assert_int_equal(c.number, 1);
    assert_line("one", 0);
    assert_true(take(NULL));
    assert_line("two", 3);
    assert_int_equal(c.number, 2);
    assert_true(take(NULL));
    assert_line("three", 9);
    assert_int_equal(c.number, 4);
    assert_false(take(NULL));
    assert_true(take("ur\n"));
    assert_line("four", 0);
    assert_told("");
    assert_int_equal(c.skipped, 0);
}

UNIT_TEST(a_channel_that_does_not_exist_is_refused)
{
    assert_false(take("[10] x\n/join 10\n/leave 10\n"));
    assert_told("line 1: channel 10 is out of range: this association has 10 outbound streams, 0 "
                "to 9; the line is skipped\n"
                "line 2: channel 10 is out of range: this association has 10 outbound streams, 0 "
                "to 9; the line is skipped\n"
                "line 3: channel 10 is out of range: this association has 10 outbound streams, 0 "
                "to 9; the line is skipped\n");
    assert_int_equal(c.skipped, 3);
    c.a.ostreams = 1;
    assert_false(take("[1] x\n"));
    assert_told("line 4: channel 1 is out of range: this association has 1 outbound stream, 0 to "
                "0; the line is skipped\n");
    c.a.ostreams = 2;
    assert_false(take("[2] x\n"));
    assert_told("line 5: channel 2 is out of range: this association has 2 outbound streams, 0 to "
                "1; the line is skipped\n");
    assert_int_equal(c.channel, 0);
    assert_false(show_is_hidden(&c.show, 10));
}

UNIT_TEST(join_and_leave_change_the_channel)
{
    show_hide(&c.show, 4, true);
    assert_true(take("/join 4\nx\n"));
    assert_line("x", 4);
    assert_int_equal(c.channel, 4);
    assert_false(show_is_hidden(&c.show, 4));
    assert_true(take("/leave 3\ny\n"));
    assert_line("y", 4);
    assert_true(show_is_hidden(&c.show, 3));
    assert_true(take("/leave\nz\n"));
    assert_line("z", 0);
    assert_true(show_is_hidden(&c.show, 4));
    assert_int_equal(c.channel, 0);
    assert_printed("");
    assert_false(take("/join\n/leave x\n"));
    assert_told("line 7: give the number of a channel, for example /join 3; the line is skipped\n"
                "line 8: give the number of a channel, for example /join 3; the line is skipped\n");
    assert_int_equal(c.skipped, 2);
}

UNIT_TEST(help_lists_our_commands_and_requests_those_of_the_server)
{
    assert_true(take("/help\n"));
    assert_line("/help", 0);
    assert_printed("*** /join n    switch to channel n, 0 to 9\n"
                   "*** /leave n   hide channel n\n"
                   "*** [n] text   send text to channel n\n"
                   "*** and the commands of the server:\n");
}

UNIT_TEST(no_line_is_taken_after_quit)
{
    assert_true(take("/quit\nmore\n"));
    assert_true(c.ended);
    assert_line("/quit", 0);
    assert_false(take(NULL));
    assert_int_equal(c.number, 1);
}

UNIT_TEST(the_client_ends_at_the_end_of_its_input)
{
    close(input);
    input = -1;
    while (!c.input.eof)
        assert_int_equal(unp_line_fill(&c.input), 0);
    assert_false(take(NULL));
    assert_true(c.ended);
    assert_int_equal(c.number, 0);
}

UNIT_TEST(a_line_may_have_at_most_65536_bytes)
{
    char *text = malloc(2 * CHAT_MAX_MESSAGE);

    assert_non_null(text);
    memset(text, 'x', 2 * CHAT_MAX_MESSAGE);
    memcpy(text, "[7] ", 4);
    text[4 + CHAT_MAX_MESSAGE] = '\n';
    text[4 + CHAT_MAX_MESSAGE + 1] = '\0';
    assert_true(take(text));
    assert_int_equal(c.len, CHAT_MAX_MESSAGE);
    assert_int_equal(c.to, 7);
    c.line = NULL;
    text[4 + CHAT_MAX_MESSAGE] = 'x';
    text[4 + CHAT_MAX_MESSAGE + 1] = '\n';
    text[4 + CHAT_MAX_MESSAGE + 2] = '\0';
    assert_false(take(text));
    assert_told("line 2: too long: a line may have 65536 bytes; the line is skipped\n");
    text[4 + CHAT_MAX_MESSAGE + 1] = 'x';
    text[4 + CHAT_MAX_MESSAGE + 2] = 'x';
    text[CHAT_MAX_MESSAGE + 10] = '\n';
    text[CHAT_MAX_MESSAGE + 11] = '\0';
    assert_false(take(text)); /* longer than the reader's buffer */
    assert_told("line 3: too long: a line may have 65545 bytes; the line is skipped\n");
    assert_int_equal(c.skipped, 2);
    assert_int_equal(c.number, 3);
    free(text);
}

UNIT_TEST(at_a_terminal_errors_have_no_line_number_and_no_line_counts_as_skipped)
{
    c.term = terminal;
    typed[0] = "[10] x";
    typed[1] = "/leave 3";
    typed[2] = "hello";
    assert_true(cli_take_line(&c));
    assert_line("hello", 0);
    assert_told("channel 10 is out of range: this association has 10 outbound streams, 0 to 9\n");
    assert_printed("*** channel 3 is hidden; /join 3 shows it again\n");
    assert_int_equal(c.skipped, 0);
    assert_int_equal(hidden, 2);
    c.show.colours = true;
    cli_note(&c, "note %d", 1);
    assert_printed("\033[2m*** note 1\033[0m\n");
    assert_false(cli_take_line(&c));
}

/* ---- lines of the server ---------------------------------------------------- */

static void hear(const char *text, uint16_t channel)
{
    unsigned char *exact = exact_copy(text, strlen(text));
    const struct unp_message msg = {
        .data = exact, .len = strlen(text), .rcv = {.rcv_sid = channel, .rcv_assoc_id = 9}};

    cli_hear(&c, &msg);
    free(exact);
}

UNIT_TEST(the_first_name_is_given_by_the_server)
{
    hear("*** you are guest7\n", 0);
    assert_string_equal(c.show.name, "guest7");
    assert_string_equal(c.wanted, "");
    assert_true(c.welcome);
    assert_true(c.settled);
    assert_printed("*** you are guest7\n");
    hear("*** you are bob\n", 0);
    assert_string_equal(c.show.name, "bob");
    assert_string_equal(c.wanted, "bob"); /* requested after a reconnect */
}

UNIT_TEST(lines_wait_for_the_requested_name)
{
    strcpy(c.wanted, "alice");
    hear("*** welcome\n", 0);
    assert_false(c.welcome);
    hear("*** you are guest7\n", 0);
    assert_true(c.welcome);
    assert_false(c.settled);
    assert_string_equal(c.wanted, "alice");
    hear("*** you are alice\n", 0);
    assert_true(c.settled);
    assert_string_equal(c.show.name, "alice");
    hear("*** the name bob is taken; you are still alice\n", 0);
    assert_told(""); /* an answer to the user's own /nick */
    assert_int_equal(c.skipped, 0);
}

UNIT_TEST(a_refused_name_is_reported_once)
{
    strcpy(c.wanted, "alice");
    hear("*** you are guest7\n", 0);
    hear("*** x has left: y; you are still guest8\n", 0); /* forged */
    assert_false(c.settled);
    assert_told("");
    hear("*** the name alice is taken; you are still guest7\n", 0);
    assert_true(c.settled);
    assert_told("name \"alice\": the name alice is taken; you are still guest7; choose another "
                "with /nick\n");
    assert_int_equal(c.skipped, 1);
}

UNIT_TEST(at_a_terminal_a_refused_name_is_only_printed)
{
    c.term = terminal;
    strcpy(c.wanted, "alice");
    hear("*** you are guest7\n", 0);
    hear("*** the name alice is taken; you are still guest7\n", 0);
    assert_true(c.settled);
    assert_told("");
    assert_int_equal(c.skipped, 0);
    assert_printed("*** you are guest7\n*** the name alice is taken; you are still guest7\n");
}

UNIT_TEST(lines_of_others_are_printed_and_our_own_are_not)
{
    hear("*** you are me\n", 0);
    hear("bob: hi\n", 3);
    hear("me: hi\n", 0);
    hear("* bob waves\n", 0);
    assert_printed("*** you are me\n[3] bob: hi\n* bob waves\n");
    assert_int_equal(c.present.count, 0);
}

UNIT_TEST(at_a_terminal_senders_are_added_to_the_list_of_members)
{
    c.term = terminal;
    hear("bob: hi\n", 3);
    assert_int_equal(c.present.count, 1);
    assert_int_equal(hidden, 1);
}

UNIT_TEST(lines_are_printed_as_json)
{
    c.asked.json = true;
    hear("*** you are me\n", 0);
    hear("bob: hi\n", 3);
    hear("me: hi\n", 3);
    hear("* bob waves\n\tto all\n", 3);
    hear("no chat line", 3);
    assert_printed("{\"event\":\"announcement\",\"channel\":0,\"text\":\"you are me\","
                   "\"assoc_id\":9}\n"
                   "{\"event\":\"said\",\"name\":\"bob\",\"channel\":3,\"text\":\"hi\","
                   "\"assoc_id\":9}\n"
                   "{\"event\":\"action\",\"name\":\"bob\",\"channel\":3,"
                   "\"text\":\"waves\\u000ato all\",\"assoc_id\":9}\n"
                   "{\"event\":\"other\",\"channel\":3,\"text\":\"no chat line\","
                   "\"assoc_id\":9}\n");
    assert_string_equal(c.show.name, "me");
}

UNIT_TEST(without_memory_the_client_ends)
{
    long before = blocks;

    hear("bob: hi\n", 3);
    c.asked.json = true;
    hear("bob: hi\n", 3);
    assert_int_equal(blocks, before);
    forget_output();
    if (!CAN_FAIL)
        return;
    fail_in = 2; /* the first is hear()'s own */
    assert_quits(EXIT_SYSTEM, "print a message", hear("bob: hi\n", 3));
    c.asked.json = false;
    fail_in = 2;
    assert_quits(EXIT_SYSTEM, "print a message", hear("bob: hi\n", 3));
    fail_in = 3;
    assert_quits(EXIT_SYSTEM, "print a message", hear("bob: hi\n", 3));
    fail_in = 4;
    assert_quits(EXIT_SYSTEM, "print a message", hear("bob: hi\n", 3));
    strcpy(c.wanted, "x");
    strcpy(c.show.name, "me");
    fail_in = 2;
    assert_quits(EXIT_SYSTEM, "report a refused name",
                 hear("*** the name x is taken; you are still me\n", 0));
    assert_printed("");
}

/* ---- completion ------------------------------------------------------------- */

/* Compares the words that complete the last word of `line`, which begins at `at`. */
static void assert_offered(const char *line, size_t at, const char *expected)
{
    struct unp_words words = {0};
    char all[200] = "";

    assert_int_equal(cli_complete(&c, line, &words), at);
    for (size_t i = 0; i < words.count; i++)
        sprintf(all + strlen(all), "%s|", words.list[i]);
    unp_words_free(&words);
    assert_string_equal(all, expected);
}

UNIT_TEST(commands_and_names_are_offered)
{
    static const char commands[] = "/help|/join |/leave |/me |/nick |/quit|/who|";

    c.term = terminal;
    hear("*** you are me\n", 0);
    hear("bob: hi\n", 0);
    hear("me: hi\n", 0);
    assert_offered("/", 0, commands);
    assert_offered("/jo", 0, commands);
    assert_offered("[3] /jo", 4, commands);
    assert_false(c.ask_who);
    assert_offered("", 0, "bob: |");
    assert_true(c.ask_who);
    assert_offered("b", 0, "bob: |");
    assert_offered("[3] b", 4, "bob: |");
    assert_offered("a /b", 2, "bob |");
    assert_offered("[3] a b", 6, "bob |");
    assert_offered("[3]a b", 5, "bob |");
    assert_offered("a] b", 3, "bob |");
    hear("*** 2 here: me bob\n", 0);
    assert_offered("b", 0, "bob: |");
    assert_false(c.ask_who);
}

int main(void)
{
    return run_all_tests(start, stop);
}
