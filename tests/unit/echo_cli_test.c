/* Input lines and output of the echo client: echo/cli_input.c, cli_print.c. */
#include "../../echo/cli_input.h"
#include "../../echo/cli_print.h"
#include "blocks.h"
#include "output.h"
#include "terminal_model.h"
#include "unit.h"

#include <fcntl.h>

enum { MAX = 1000 };

static struct cli_options asked;
static struct cli_input in;
static int input; /* the writing end of the client's standard input */

/* ---- a terminal that shows nothing ------------------------------------------ */

static bool has_terminal;
static unsigned closed, hidden, filled;

bool unp_terminal_is_there(void)
{
    return has_terminal;
}

struct unp_terminal *unp_terminal_open(void)
{
    return terminal;
}

void unp_terminal_close(struct unp_terminal *t)
{
    closed += t == terminal;
}

void unp_terminal_hide(struct unp_terminal *t)
{
    hidden += t == terminal;
}

int unp_terminal_fill(struct unp_terminal *t)
{
    filled += t == terminal;
    return 0;
}

static int start(void **state)
{
    int fds[2];

    asked = (struct cli_options){0};
    has_terminal = false;
    closed = hidden = filled = 0;
    if (pipe2(fds, O_NONBLOCK) < 0 || dup2(fds[0], STDIN_FILENO) < 0)
        return -1;
    close(fds[0]);
    input = fds[1];
    return capture_output();
}

static int stop(void **state)
{
    if (input >= 0)
        close(input);
    release_output();
    return 0;
}

static void give(const char *text)
{
    assert_int_equal(write(input, text, strlen(text)), strlen(text));
    assert_int_equal(cli_input_fill(&in), 0);
}

static void end_input(void)
{
    close(input);
    input = -1;
    assert_int_equal(cli_input_fill(&in), 0);
}

/* Takes the next message, compares it and its stream, and marks it sent. */
static void assert_message(const char *text, uint16_t stream)
{
    size_t len = 0;
    const char *data;

    assert_true(cli_input_take(&in, 10));
    data = cli_input_message(&in, &len);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(data, text, len);
    assert_int_equal(in.next, stream);
    assert_false(cli_input_done(&in));
    cli_input_sent(&in);
}

/* ---- lines ------------------------------------------------------------------ */

UNIT_TEST(lines_are_sent_on_the_streams_that_they_name)
{
    Cli_input_open(&in, &asked, MAX);
    assert_int_equal(in.reader.max, MAX);
    assert_false(cli_input_take(&in, 10));
    give("[0] one\n[9] nine\n[3");
    assert_message("[0] one", 0);
    assert_message("[9] nine", 9);
    assert_false(cli_input_take(&in, 10));
    give("]");
    assert_false(cli_input_done(&in));
    end_input();
    assert_false(cli_input_done(&in));
    assert_message("[3]", 3);
    assert_true(cli_input_done(&in));
    assert_int_equal(in.skipped, 0);
    assert_told("");
    cli_input_close(&in);
}

UNIT_TEST(a_line_is_kept_until_it_is_sent)
{
    Cli_input_open(&in, &asked, MAX);
    give("[1] one\n[2] two\n");
    assert_true(cli_input_take(&in, 10));
    assert_true(cli_input_take(&in, 10));
    assert_int_equal(in.reader.number, 1);
    assert_message("[1] one", 1);
    assert_message("[2] two", 2);
    cli_input_close(&in);
}

UNIT_TEST(wrong_lines_are_skipped_with_the_reason)
{
    Cli_input_open(&in, &asked, MAX);
    give("hello\n[x] y\n[10] y\n\n[0] z\n");
    assert_message("[0] z", 0);
    assert_told(
        "line 1: \"hello\" has no stream number: write [n] text, for example [0] hello; "
        "the line is skipped\n"
        "line 2: \"[x] y\" has no stream number between its brackets: write [n] text, for example "
        "[0] hello; the line is skipped\n"
        "line 3: stream 10 is out of range: this association has 10 outbound streams, 0 to "
        "9; the line is skipped\n"
        "line 4: \"\" has no stream number: write [n] text, for example [0] hello; the "
        "line is skipped\n");
    assert_int_equal(in.skipped, 4);
    give("[1] x\n");
    assert_false(cli_input_take(&in, 1));
    assert_told("line 6: stream 1 is out of range: this association has 1 outbound stream, 0 to 0; "
                "the line is skipped\n");
    cli_input_close(&in);
}

UNIT_TEST(a_line_may_be_as_long_as_the_maximum_and_no_longer)
{
    char text[2 * MAX];

    Cli_input_open(&in, &asked, MAX);
    snprintf(text, sizeof(text), "[4]%0*d\n", MAX - 3, 0);
    give(text);
    assert_true(cli_input_take(&in, 10));
    assert_int_equal(in.len, MAX);
    cli_input_sent(&in);
    snprintf(text, sizeof(text), "[4]%0*d\n", MAX - 2, 0);
    give(text);
    assert_false(cli_input_take(&in, 10));
    assert_told("line 2: too long: a line may have 1000 bytes; the line is skipped\n");
    assert_int_equal(in.skipped, 1);
    cli_input_close(&in);
}

UNIT_TEST(with_echo_a_line_goes_on_all_streams)
{
    asked.all = true;
    asked.all_streams = 3;
    Cli_input_open(&in, &asked, MAX);
    assert_int_equal(in.reader.max, MAX - sizeof(".msg.65535"));
    give("text\n[x]\n");
    assert_message("text.msg.0", 0);
    assert_message("text.msg.1", 1);
    assert_message("text.msg.2", 2);
    assert_message("[x].msg.0", 0);
    assert_non_null(in.line);
    cli_input_sent(&in);
    cli_input_sent(&in);
    assert_null(in.line);
    cli_input_close(&in);
}

/* ---- a terminal ---------------------------------------------------------------- */

UNIT_TEST(at_a_terminal_a_wrong_line_does_not_count_as_skipped)
{
    static char line[MAX + 10];

    has_terminal = true;
    Cli_input_open(&in, &asked, MAX);
    assert_int_equal(cli_input_fill(&in), 0);
    assert_int_equal(filled, 1);
    typed = "hello";
    assert_false(cli_input_take(&in, 10));
    assert_told("not sent: begin with the stream, as in [0] hello; the up key recalls the line\n");
    typed = "hello";
    assert_false(cli_input_take(&in, 10));
    assert_told("not sent: begin with the stream, as in [0] hello\n");
    typed = "[10] x";
    assert_false(cli_input_take(&in, 10));
    assert_told("stream 10 is out of range: this association has 10 outbound streams, 0 to 9\n");
    typed = "[x";
    assert_false(cli_input_take(&in, 10));
    assert_told("\"[x\" has no ] after its [: write [n] text, for example [0] hello\n");
    typed = "hello";
    assert_false(cli_input_take(&in, 10));
    assert_told("not sent: begin with the stream, as in [0] hello\n");
    assert_int_equal(hidden, 5);
    assert_int_equal(in.reader.number, 5);
    snprintf(line, sizeof(line), "[2]%0*d", MAX - 3, 0);
    typed = line;
    assert_true(cli_input_take(&in, 10));
    cli_input_sent(&in);
    snprintf(line, sizeof(line), "[2]%0*d", MAX - 2, 0);
    typed = line;
    assert_false(cli_input_take(&in, 10));
    assert_told("too long: a line may have 1000 bytes\n");
    assert_int_equal(in.skipped, 0);
    cli_input_close(&in);
}

UNIT_TEST(the_end_of_the_input_restores_the_terminal)
{
    has_terminal = true;
    Cli_input_open(&in, &asked, MAX);
    assert_true(in.typed);
    typed = NULL;
    assert_false(cli_input_done(&in));
    assert_false(cli_input_take(&in, 10));
    assert_int_equal(closed, 1);
    assert_null(in.term);
    assert_true(cli_input_done(&in));
    cli_input_leave_terminal(&in);
    assert_int_equal(closed, 1);
    cli_input_close(&in);
}

/* ---- output --------------------------------------------------------------------- */

static void assert_excerpt(const char *text, const char *expected)
{
    char *exact = exact_copy(text, strlen(text));

    assert_string_equal(cli_excerpt(exact, strlen(text)), expected);
    free(exact);
}

UNIT_TEST(an_excerpt_has_40_bytes_of_whole_characters)
{
    assert_excerpt("", "");
    assert_excerpt("\033[31m", "\\x1b[31m");
    assert_excerpt("0123456789012345678901234567890123456789",
                   "0123456789012345678901234567890123456789");
    assert_excerpt("01234567890123456789012345678901234567890",
                   "0123456789012345678901234567890123456789...");
    assert_excerpt("012345678901234567890123456789012345678\303\274x",
                   "012345678901234567890123456789012345678...");
    assert_excerpt("01234567890123456789012345678901234567\303\274x",
                   "01234567890123456789012345678901234567\303\274...");
    assert_excerpt("\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200"
                   "\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200\200"
                   "\200\200\200\200",
                   "...");
}

UNIT_TEST(an_excerpt_has_room_for_40_control_characters)
{
    char text[42], expected[200] = "";

    memset(text, 27, 41);
    text[41] = '\0';
    for (int i = 0; i < 40; i++)
        strcat(expected, "\\x1b");
    assert_excerpt(text, strcat(expected, "..."));
}

static void print(const char *text)
{
    unsigned char *exact = exact_copy(text, strlen(text));
    const struct unp_message msg = {
        .data = exact, .len = strlen(text), .rcv = {.rcv_sid = 2, .rcv_ssn = 7, .rcv_assoc_id = 9}};

    cli_print_reply(&asked, &msg);
    free(exact);
}

UNIT_TEST(a_reply_ends_with_one_newline)
{
    print("text");
    assert_printed("From str:2 seq:7 (assoc:0x9):text\n");
    print("text\n");
    assert_printed("From str:2 seq:7 (assoc:0x9):text\n");
    print("\n");
    assert_printed("From str:2 seq:7 (assoc:0x9):\n");
    print("");
    assert_printed("From str:2 seq:7 (assoc:0x9):\n");
    print("\033x");
    assert_printed("From str:2 seq:7 (assoc:0x9):\033x\n");
}

UNIT_TEST(replies_are_escaped_on_a_terminal)
{
    long before;

    asked.terminal = true;
    print("\033x\n");
    assert_printed("From str:2 seq:7 (assoc:0x9):\\x1bx\n");
    before = blocks;
    print("\033x\n");
    assert_int_equal(blocks, before);
    assert_printed("From str:2 seq:7 (assoc:0x9):\\x1bx\n");
    asked.json = true;
    print("\033x");
    assert_has_printed("\"length\":2,\"data\":\"\\u001bx\"}\n");
}

UNIT_TEST(events_are_printed_with_v_and_as_json)
{
    union sctp_notification n = {.sn_shutdown_event = {.sse_type = SCTP_SHUTDOWN_EVENT,
                                                       .sse_length = sizeof(n.sn_shutdown_event),
                                                       .sse_assoc_id = 5}};

    cli_print_event(&asked, -1, &n, sizeof(n.sn_shutdown_event));
    assert_told("");
    assert_printed("");
    asked.client.verbose = true;
    cli_print_event(&asked, -1, &n, sizeof(n.sn_shutdown_event));
    assert_told("association 5: the peer is shutting down\n");
    assert_printed("");
    asked.client.verbose = false;
    asked.json = true;
    cli_print_event(&asked, -1, &n, sizeof(n.sn_shutdown_event));
    assert_told("");
    assert_printed("{\"event\":\"shutdown\",\"assoc_id\":5}\n");
}

int main(void)
{
    return run_all_tests(start, stop);
}
