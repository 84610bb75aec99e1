/* The echo server: the reply to a message, --eof, --peeloff, -e, -M: echo/sctp_echo_srv.c. */
#include "../../echo/peel.h"
#include "server_model.h"

#define ECHO(...) ARGS("echo", __VA_ARGS__)

/* Parts of transcripts. */
#define START "[start: port 9877, 10 streams, messages of 1048576, queues of 0, memory 1000000]\n"
#define END   "[shut down]\n[the peeled ones have ended]\n"
#define STOP  "[shut down the peeled ones]\n" END

/* ---- echo/peel.c ------------------------------------------------------------------- */

static unsigned peeled;

void peel_mark(struct unp_association *a)
{
    printf("[%d is to be peeled off]\n", a->id);
    peeled++;
}

bool peel_tick(struct unp_server *srv, answer_to *answer)
{
    const struct unp_association client = {.id = 77, .ostreams = 5};
    const struct unp_message msg = {.rcv = {.rcv_sid = 3}};

    printf("[to a peeled one on %u]\n", answer(&client, &msg).snd_sid);
    return false;
}

unsigned peel_count(void)
{
    return peeled;
}

bool peel_evict(struct unp_server *srv, size_t least, const char *why)
{
    printf("[evict a peeled one above %zu: %s]\n", least, why);
    return true;
}

void peel_shut_down(struct unp_server *srv)
{
    puts("[shut down the peeled ones]");
}

void peel_wait(void)
{
    puts("[the peeled ones have ended]");
}

/* ---- replies -------------------------------------------------------------------------- */

UNIT_TEST(a_message_is_sent_back_on_the_next_stream_with_its_ppid_and_flag)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {SAYS, 1, "on 0"}, {SAYS, 2, "3>on 3"}, {SAYS, 2, "4>on 4"},
                      {SAYS, 1, "9>on 9"}, {PASS, 10}),
               ECHO(NULL), 0, START,
               "[to 1 on 1: on 0]\n"
               "[to 2 on 4 unordered with a PPID: on 3]\n"
               "[to 2 on 0 unordered with a PPID: on 4]\n"
               "[to 1 on 0 unordered with a PPID: on 9]\n"
               "[to a peeled one on 4]\n"
               "[tick: later]\n",
               STOP);
    run_script(SCRIPT({UP, 1}, {SAYS, 1, "0>on 0"}, {SAYS, 1, "4>on 4"}, {SAYS, 1, "5>on 5"}),
               ECHO("0"), 0, START,
               "[to 1 on 0 unordered with a PPID: on 0]\n"
               "[to 1 on 4 unordered with a PPID: on 4]\n"
               "[to 1 on 0 unordered with a PPID: on 5]\n",
               STOP);
    run_script(SCRIPT({UP, 1}, {SAYS, 1, "0>on 0"}), ECHO("1"), 0, START,
               "[to 1 on 1 unordered with a PPID: on 0]\n", STOP);
}

UNIT_TEST(with_eof_an_association_ends_with_its_first_reply)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {PASS, 10}, {SAYS, 1, "one"}, {SAYS, 1, "two"}, {PASS, 10},
                      {QUEUED, 2, "5"}, {SAYS, 2, "three"}, {PASS, 10}, {QUEUED, 2, "0"},
                      {PASS, 10}, {PASS, 10}),
               ECHO("--eof"), 0, START,
               "[to a peeled one on 4]\n"
               "[tick: later]\n"
               "[to 1 on 1: one]\n"
               "[finish 1: answered]\n"
               "[to 1 on 1: two]\n"
               "[to a peeled one on 4]\n"
               "[tick: later]\n"
               "[to 2 on 1: three]\n"
               "[to a peeled one on 4]\n"
               "[tick: soon]\n"
               "[finish 2: answered]\n"
               "[to a peeled one on 4]\n"
               "[tick: later]\n"
               "[to a peeled one on 4]\n"
               "[tick: later]\n",
               STOP);
}

UNIT_TEST(with_peeloff_an_association_is_peeled_off_after_its_first_message)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {SAYS, 1, "one"}, {SHORT, 7}, {UP, 3}),
               ECHO("--peeloff", "-M", "3"), 0, START,
               "[to 1 on 1: one]\n"
               "[1 is to be peeled off]\n"
               "[evict a peeled one above 7: memory]\n"
               "[evict: yes]\n"
               "[abort 3: the server is full (3 associations)]\n",
               STOP);
}

UNIT_TEST(a_full_server_refuses_new_associations)
{
    run_script(SCRIPT({UP, 1}, {UP, 2}, {UP, 3}, {SAYS, 3, "x"}), ECHO("-M", "2"), 0, START,
               "[abort 3: the server is full (2 associations)]\n"
               "[to 3 on 1: x]\n",
               STOP);
}

UNIT_TEST(with_e_messages_are_shown_and_not_answered)
{
    run_script(SCRIPT({UP, 1}, {SAYS, 1, "3>a\033b"}, {SAYS, 1, "plain"}, {UP, 2}),
               ECHO("-e", "-M", "1"), 0,
               "[start: port 9877, 10 streams, messages of 1048576, queues of 0, memory 1000000, "
               "verbose, blocks]\n"
               "From str:3 seq:0 (assoc:0x1) ppid:60(ngap) unordered:a\\x1bb\n"
               "From str:0 seq:0 (assoc:0x1):plain\n"
               "[abort 2: the server is full (1 association)]\n",
               END);
    run_script(SCRIPT({UP, 1}, {SAYS, 1, "3>a\033b"}, {SAYS, 1, "x"}, {ENDS, 1}), ECHO("-e", "-t"),
               0,
               "[start: port 9877, 10 streams, messages of 1048576, queues of 0, memory 1000000, "
               "verbose, blocks]\n"
               "2023-11-14T22:13:20.500+00:00 From str:3 seq:0 (assoc:0x1) ppid:60(ngap) "
               "unordered:a\\x1bb\n"
               "2023-11-14T22:13:20.500+00:00 From str:0 seq:0 (assoc:0x1):x\n",
               END);
    run_script(SCRIPT({UP, 1}, {SAYS, 1, "3>a\033b"}), ECHO("-e", "-J"), 0,
               "[start: port 9877, 10 streams, messages of 1048576, queues of 0, memory 1000000, "
               "verbose, json, blocks]\n"
               "{\"event\":\"message\",\"stream\":3,\"ssn\":0,\"tsn\":0,\"cumtsn\":0,\"flags\":["
               "\"unordered\"],\"ppid\":60,\"ppid_name\":\"ngap\",\"context\":0,\"assoc_id\":1,"
               "\"length\":3,\"data\":\"a\\u001bb\"}\n",
               END);
}

UNIT_TEST(options_are_passed_on_to_the_library)
{
    run_script(SCRIPT({TERM}),
               ECHO("-p", "7", "-o", "3", "-m", "5", "-v", "--autoclose=9", "-O", "nodelay=on"), 0,
               "[start: port 7, 3 streams, messages of 5, queues of 0, memory 1000000, verbose, "
               "option autoclose=9, option nodelay=on]\n",
               STOP);
    run_script(SCRIPT({TERM}), ECHO("-J", "--memory=5"), 0,
               "[start: port 9877, 10 streams, messages of 1048576, queues of 0, memory 5, "
               "verbose, json]\n",
               STOP);
    run_script(SCRIPT({TERM}), ECHO("-o", "65535", "-M", "1000000", "--autoclose=2147483647"), 0,
               "[start: port 9877, 65535 streams, messages of 1048576, queues of 0, memory "
               "1000000, option autoclose=2147483647]\n",
               STOP);
    run_script(SCRIPT({TERM}), ECHO("--autoclose=0"), 0,
               "[start: port 9877, 10 streams, messages of 1048576, queues of 0, memory 1000000, "
               "option autoclose=0]\n",
               STOP);
    refuses("echo", "-o", "65536", "1 to 65535");
    refuses("echo", "-o", "0", "1 to 65535");
    refuses("echo", "-M", "1000001", "1 to 1000000");
    refuses("echo", "-M", "0", "1 to 1000000");
    refuses("echo", "--autoclose", "2147483648", "0 to 2147483647");
    refuses("echo", "--autoclose", "x", "0 to 2147483647");
    run_script(SCRIPT({TERM}), ECHO("-O", "primary_addr=127.0.0.1"), 2,
               "echo: -O \"primary_addr=127.0.0.1\": this option needs an association, and there "
               "is none yet\n");
    run_script(SCRIPT({TERM}), ECHO("-e", "--eof"), 2,
               "echo: -e sends no replies, so it excludes --eof and --peeloff\n");
    run_script(SCRIPT({TERM}), ECHO("-e", "--peeloff"), 2,
               "echo: -e sends no replies, so it excludes --eof and --peeloff\n");
    run_script(SCRIPT({TERM}), ECHO("--eof", "--peeloff"), 2,
               "echo: --eof and --peeloff exclude each other\n");
    run_script(SCRIPT({TERM}), ECHO("2"), 2,
               "echo: argument \"2\": neither 0 nor 1; if it is the port, write it after -p\n"
               "echo: try \"echo --help\"\n");
    run_script(SCRIPT({TERM}), ECHO("0", "0"), 2,
               "echo: too many arguments: \"0\"\n"
               "echo: try \"echo --help\"\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
