/*
 * The event loop of a server and its end: lib/server/server.c.
 */
#include "server/own.h"
#include "server_kernel.h"

#include <sys/stat.h>

/* ---- start ------------------------------------------------------------------- */

SERVES(a_started_server_prints_its_port_and_waits_for_a_second)
{
    assert_int_equal(srv.fd, FD);
    assert_int_equal(srv.setup.port, PORT);
    assert_string_equal(printed, "server_test: listening on port 4711; Ctrl-C ends it\n");
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(os.backlog, 4096);
    assert_int_equal(os.set_buffer, 8388608);
    assert_false(os.dry);
    assert_int_equal(os.events,
                     EVENT_BIT(SCTP_ASSOC_CHANGE) | EVENT_BIT(SCTP_PARTIAL_DELIVERY_EVENT));
    assert_int_equal(srv.setup.ostreams, 10);
    assert_int_equal(srv.max_message, 2000);
    assert_int_equal(srv.max_queue, DEFAULT_MAX_QUEUE);
    assert_int_equal(srv.memory.limit, 1000000);
}

static bool ignores(int signo)
{
    struct sigaction act;

    sigaction(signo, NULL, &act);
    return act.sa_handler == SIG_IGN;
}

SERVES(signals_interrupt_a_call)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction act;

    for (size_t i = 0; i < COUNT(signals); i++) {
        assert_int_equal(sigaction(signals[i], NULL, &act), 0);
        assert_true(act.sa_handler != SIG_DFL && act.sa_handler != SIG_IGN);
        assert_false(act.sa_flags & SA_RESTART);
    }
    assert_false(ignores(SIGPIPE)); /* this server blocks on its output */
}

/* Writes the settings of a server after its start. */
static void start_other(void *arg)
{
    struct unp_server *other = arg;
    struct unp_line *line;

    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    memset(&os, 0, sizeof(os));
    os.buffer = 1500000;
    os.shared = other->memory.limit == 1;
    os.no_addresses = other->memory.limit == 3;
    other->service = &service;
    Unp_server_start(other);
    fprintf(stderr, "max_message %zu, max_queue %zu, buffer %d, streams %u, %d events, ",
            other->max_message, other->max_queue, os.set_buffer, other->setup.ostreams,
            __builtin_popcount(os.events));
    fprintf(stderr, "default limit %d, SIGPIPE %s, ", other->memory.limit == unp_memory_default(),
            ignores(SIGPIPE) ? "ignored" : "ends it");
    line = unp_line_new();
    fprintf(stderr, "%s\n", line->f == stdout ? "blocks" : "a thread prints");
}

UNIT_TEST(a_server_notes_what_its_settings_mean_or_why_it_cannot_start)
{
    static const struct {
        struct unp_server server;
        int status;
        const char *told;
    } cases[] = {
        {{0}, /* the defaults */
         0,
         "max_message 1048576, max_queue 4194304, buffer 8388608, streams 10, 2 events, "
         "default limit 1, SIGPIPE ignored, blocks\n"},
        {{.max_message = 1000000}, /* a queue holds four of the largest messages */
         0,
         "max_message 1000000, max_queue 4194304, buffer 8388608,"},
        {{.max_message = 1048577, .setup.ostreams = 3, .memory.limit = 5, .verbose = true},
         0,
         "max_message 1048577, max_queue 4194308, buffer 8388616, streams 3, 10 events, "
         "default limit 0, SIGPIPE ignored, a thread prints\n"},
        {{.max_message = 1500000, .max_queue = 70000, .verbose = true, .blocks_on_output = true},
         0,
         "max_message 1500000, max_queue 70000, buffer 12000000, streams 10, 10 events, "
         "default limit 1, SIGPIPE ends it, blocks\n"},
        {{.max_message = 1500001},
         0,
         "server_test: note: messages above 1500000 bytes cannot be sent back here, and abort "
         "their association; as root, 'sysctl -w net.core.wmem_max=1500001' allows 1500001\n"
         "max_message 1500000,"},
        {{.memory.limit = 1},
         0,
         "server_test: note: net.sctp.sndbuf_policy is 0: all clients share one"},
        {{.memory.limit = 3}, 8, "getsockname: Bad file descriptor"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct unp_server other = cases[i].server;
        char err[2000];

        assert_int_equal(in_child(start_other, &other, err, sizeof(err)), cases[i].status);
        assert_contains(err, cases[i].told);
        if (i < 4) /* and no note */
            assert_memory_equal(err, cases[i].told, 12);
    }
}

static void start_without_memory(void *allocation)
{
    struct unp_server other = {.service = &service, .memory.limit = 5};

    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    memset(&os, 0, sizeof(os));
    os.buffer = 1 << 24;
    fail_in = *(unsigned *)allocation;
    Unp_server_start(&other);
}

UNIT_TEST(without_memory_a_server_does_not_start)
{
    bool told = false;

    if (!CAN_FAIL)
        skip();
    for (unsigned i = 1; i <= 10 && !told; i++) {
        char err[2000];
        int status = in_child(start_without_memory, &i, err, sizeof(err));

        told = status == EXIT_SYSTEM && strstr(err, "server_test: start: Cannot allocate memory");
    }
    assert_true(told);
}

/* ---- associations ------------------------------------------------------------- */

SERVES(an_association_is_known_from_its_start_to_its_end)
{
    static const uint16_t ends[] = {SCTP_COMM_LOST, SCTP_SHUTDOWN_COMP, SCTP_CANT_STR_ASSOC};

    for (size_t i = 0; i < COUNT(ends); i++) {
        batch(NULL);
        change(3, SCTP_COMM_UP);
        message(3, "hi");
        change(3, ends[i]);
        message(3, "late");
    }
    run();
    assert_string_equal(events, "up 3 7/9;3 says hi;closed 3 1;up 3 7/9;3 says hi;closed 3 3;"
                                "up 3 7/9;3 says hi;closed 3 4;");
    assert_int_equal(srv.associations.count, 0);
}

SERVES(a_restart_closes_the_old_association)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    fragment(3, "half", 4, false);
    change(3, SCTP_RESTART);
    message(3, "hi");
    batch(NULL);
    change(3, 99); /* a state of a later kernel */
    change(4, SCTP_COMM_LOST);
    run();
    assert_string_equal(events, "up 3 7/9;closed 3 2;up 3 7/9;3 says hi;");
    assert_int_equal(srv.associations.count, 1);
}

static void note_count(struct unp_server *s)
{
    note("%zu here;", s->associations.count);
}

SERVES(the_program_is_told_before_its_associations_change)
{
    static const struct unp_service watches = {.changing = note_count, .message = take_message};

    srv.service = &watches;
    batch(NULL);
    change(3, SCTP_COMM_UP);
    change(4, SCTP_COMM_UP);
    change(3, SCTP_RESTART);
    change(4, SCTP_COMM_LOST);
    run();
    assert_string_equal(events, "0 here;1 here;2 here;2 here;");
    assert_int_equal(srv.associations.count, 1);
}

static bool note_received(struct unp_server *s)
{
    note("%s;", s->received ? "received" : "nothing");
    return false;
}

SERVES(the_program_knows_whether_something_had_arrived)
{
    static const struct unp_service ticks = {.message = take_message, .tick = note_received};

    srv.service = &ticks;
    batch(NULL);
    change(3, SCTP_COMM_UP);
    batch(NULL);
    batch(NULL);
    message(3, "hi");
    run();
    assert_string_equal(events, "received;nothing;3;received;");
}

static void give_socket(void)
{
    os.own = dup(STDIN_FILENO);
    unp_own_give(&srv, unp_table_find(&srv.associations, 3), os.own);
}

static void still_has_it(void)
{
    assert_int_equal(os.timeout, 20); /* its own socket is read every 20 ms */
    assert_int_equal(unp_table_find(&srv.associations, 3)->own, os.own);
    assert_in_range(os.own_reads, 1, 3);
}

SERVES(a_socket_of_its_own_outlives_a_restart_and_is_closed_with_its_association)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    batch(give_socket);
    batch(NULL);
    change(3, SCTP_RESTART);
    batch(still_has_it);
    change(3, SCTP_COMM_LOST);
    batch(NULL);
    run();
    assert_string_equal(events, "up 3 7/9;closed 3 2;up 3 7/9;closed 3 1;");
    assert_int_equal(fcntl(os.own, F_GETFD), -1);
    assert_int_equal(srv.own_count, 0);
    assert_int_equal(os.timeout, 1000);
}

static void become_busy(void)
{
    srv.busy = true;
}

SERVES(a_busy_program_does_not_wait_for_messages)
{
    int64_t before = os.now;

    batch(become_busy);
    for (int i = 0; i < 10; i++)
        batch(NULL);
    run();
    assert_in_range(os.now - before, 0, 1000); /* the first wait */
}

SERVES_LEAST(without_callbacks_associations_begin_and_end)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    message(3, "hi");
    change(3, SCTP_RESTART);
    change(3, SCTP_COMM_LOST);
    run();
    assert_string_equal(events, "3;");
    assert_int_equal(srv.associations.count, 0);
}

SERVES(an_association_without_memory_is_aborted)
{
    if (!CAN_FAIL)
        skip();
    for (unsigned i = 1; i <= 2; i++) { /* the entry, and its node of the tree */
        batch(NULL);
        change((sctp_assoc_t)i, SCTP_COMM_UP);
        fail_in = i;
        run();
        assert_int_equal(fail_in, 0);
        assert_string_equal(events, "");
        assert_string_equal(os.reason[i], "the server is out of memory");
    }
}

static void next_allocation_fails(void)
{
    fail_in = 1;
}

SERVES(a_restart_without_memory_ends_the_association_and_its_own_socket)
{
    if (!CAN_FAIL)
        skip();
    batch(NULL);
    change(3, SCTP_COMM_UP);
    batch(give_socket);
    batch(next_allocation_fails);
    change(3, SCTP_RESTART);
    batch(NULL);
    run();
    assert_string_equal(os.reason[3], "the server is out of memory");
    assert_int_equal(fcntl(os.own, F_GETFD), -1);
}

SERVES(a_sender_dry_notification_clears_only_its_association)
{
    replies = 1;
    batch(NULL);
    change(3, SCTP_COMM_UP);
    change(4, SCTP_COMM_UP);
    message(3, "a");
    message(4, "b");
    batch(NULL);
    dry(4);
    dry(5);
    run();
    assert_true(association(3)->out.unacked > 0);
    assert_int_equal(association(4)->out.unacked, 0);
}

/* ---- messages ------------------------------------------------------------------- */

SERVES(a_message_above_the_limit_aborts_its_association)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    change(4, SCTP_COMM_UP);
    fragment(3, "just", 2000, true);
    fragment(3, "more", 2001, true);
    batch(NULL);
    message(3, "after it");
    message(4, "hi");
    run();
    assert_string_equal(events, "up 3 7/9;up 4 7/9;3 says just;4 says hi;");
    assert_string_equal(os.reason[3], "message larger than 2000 bytes");
    assert_string_equal(association(3)->close_reason, "message larger than 2000 bytes");
}

SERVES(other_failures_to_receive_are_for_want_of_memory)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    run();
    assert_ptr_equal(srv.in.reassembly_of(&srv, 3), &association(3)->in);
    srv.in.failed(&srv, 0, ENOMEM); /* a notification: no association */
    assert_string_equal(os.reason[3], "");
    srv.in.failed(&srv, 3, ENOMEM);
    assert_string_equal(os.reason[3], "the server is out of memory");
}

/* ---- waiting ---------------------------------------------------------------------- */

static void is_busy(void)
{
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(os.timeouts, 1);
    busy = true;
}

static void is_idle(void)
{
    assert_int_equal(os.timeout, 20);
    assert_int_equal(os.timeouts, 2);
    busy = false;
}

SERVES(the_server_waits_20_ms_when_the_program_is_busy)
{
    batch(NULL);
    batch(is_busy);
    batch(NULL);
    batch(is_idle);
    run();
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(os.timeouts, 3);
    assert_int_equal(os.polls, 0);
}

static void has_no_room(void)
{
    os.send_error = EAGAIN;
}

static void has_room(void)
{
    assert_int_equal(os.timeout, 20);
    os.send_error = 0;
}

SERVES(the_server_waits_20_ms_while_the_stack_has_no_room)
{
    replies = 1;
    batch(has_no_room);
    change(3, SCTP_COMM_UP);
    message(3, "hi");
    batch(has_room);
    run();
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(association(3)->out.queued, 0);
}

SERVES(an_error_of_the_socket_makes_the_server_pause)
{
    static const int errors[] = {EAGAIN, EINTR, EBADF, ENOMEM};

    for (size_t i = 0; i < COUNT(errors); i++) {
        batch(NULL);
        os.script[i].err = errors[i];
    }
    run();
    assert_int_equal(os.polls, 2);
    assert_int_equal(os.now, 1 + 4 * 1000 + 2 * 20);
}

/* ---- the end of an association ----------------------------------------------------- */

SERVES(an_association_with_an_empty_queue_is_shut_down_once)
{
    static const char why[] = "enough";
    const struct sctp_sndinfo snd = {.snd_assoc_id = 2};
    const struct unp_message last = {.data = (unsigned char *)(uintptr_t) "last", .len = 4};

    three_associations();
    unp_sender_send(srv.out, association(2), &last, &snd);
    assert_true(unp_server_finish(&srv, association(2), why));
    assert_true(os.eof[2]);
    assert_ptr_equal(association(2)->close_reason, why);
    os.eof[2] = 0;
    assert_false(unp_server_finish(&srv, association(2), "again"));
    assert_false(os.eof[2]);
    association(3)->out.state = SENDQ_BLOCKED_ON_PEER;
    assert_false(unp_server_finish(&srv, association(3), why));
    assert_null(association(3)->close_reason);
    assert_false(os.eof[3]);
}

/* The stack has no room for what is in the batch, which the shutdown may not overtake. */
SERVES(a_shutdown_does_not_overtake_messages)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = 2};
    const struct unp_message last = {.data = (unsigned char *)(uintptr_t) "last", .len = 4};

    three_associations();
    unp_sender_send(srv.out, association(2), &last, &snd);
    os.send_error = EAGAIN;
    assert_false(unp_server_finish(&srv, association(2), "enough"));
    assert_false(os.eof[2]);
}

/* ---- an output that blocks -------------------------------------------------------- */

static bool output_is_discarded(void)
{
    struct stat is, null;

    return fstat(STDOUT_FILENO, &is) == 0 && stat("/dev/null", &null) == 0 &&
           is.st_rdev == null.st_rdev;
}

static volatile sig_atomic_t next_alarm; /* s */

unsigned alarm(unsigned seconds)
{
    next_alarm = (sig_atomic_t)seconds;
    return 0;
}

/* '1', '2': a signal; 'a': an alarm; 'b': the output blocks from now on.  The status is 0 if the
 * output is then discarded, or else the seconds to the next alarm. */
static void signals_come(void *arg)
{
    os.unreadable = false;
    dup2(STDERR_FILENO, STDOUT_FILENO);
    for (const char *c = arg; *c; c++) {
        errno = EDOM;
        if (*c == 'b')
            os.unreadable = true;
        else
            raise(*c == '1' ? SIGTERM : *c == '2' ? SIGINT : SIGALRM);
        if (errno != EDOM)
            _exit(99);
    }
    _exit(output_is_discarded() ? 0 : next_alarm);
}

SERVES(output_that_blocks_is_discarded_when_time_is_up_or_at_a_second_signal)
{
    static const struct {
        const char *signals;
        int status;
    } rows[] = {{"1", 5},  {"b1", 5}, {"b1a", 0},  {"b12", 0}, {"b22", 0},
                {"1a", 1}, {"12", 5}, {"1aba", 0}, {"1aa", 1}, {"ba", 0}};
    char err[10];

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(
            in_child(signals_come, (void *)(uintptr_t)rows[i].signals, err, sizeof(err)),
            rows[i].status);
}

/* ---- the end of the server, which these tests reach by a signal: they come last ------ */

static void interrupt(void)
{
    raise(SIGTERM);
}

/* Associations 1 and 2 are up. */
static void up_and_signalled(void)
{
    os.goes_on = true;
    batch(NULL);
    change(1, SCTP_COMM_UP);
    change(2, SCTP_COMM_UP);
}

ENDS(received_messages_are_answered_before_the_shutdown)
{
    os.goes_on = true;
    batch(NULL);
    change(1, SCTP_COMM_UP);
    change(2, SCTP_COMM_UP);
    batch(interrupt);
    message(1, "a");
    batch(NULL);
    message(2, "b");
    batch(NULL);
    message(1, "c");
    batch(NULL); /* nothing more */
    batch(NULL);
    change(2, SCTP_SHUTDOWN_COMP);
    batch(NULL);
    change(1, SCTP_SHUTDOWN_COMP);
    run();
    assert_string_equal(events, "up 1 7/9;up 2 7/9;1 says a;2 says b;1 says c;shutting down;"
                                "closed 2 3;closed 1 3;");
    assert_true(os.eof[1] && os.eof[2] && os.closed);
    assert_string_equal(os.reason[1], "");
    assert_string_equal(os.reason[2], "");
    assert_int_equal(os.backlog, 0);
    assert_int_equal(os.at, os.length);
}

/* From here on the signal has come before the server runs. */
ENDS(a_server_without_associations_ends_at_once)
{
    os.goes_on = true;
    run();
    assert_string_equal(events, "shutting down;");
    assert_true(os.closed);
    assert_int_equal(os.now, 1);
}

UNIT_TEST_WITH(without_callbacks_a_server_ends, start, is_freed, &least_service)
{
    os.goes_on = true;
    run();
    assert_string_equal(events, "");
    assert_true(os.closed);
}

ENDS(peers_that_do_not_answer_are_aborted_after_5_s)
{
    up_and_signalled();
    run();
    assert_true(os.eof[1] && os.eof[2]);
    assert_string_equal(os.reason[1], "the server is leaving");
    assert_string_equal(os.reason[2], "the server is leaving");
    assert_in_range(os.aborted[1], 5001, 5020);
    assert_int_equal(os.waits, 250); /* 20 ms each */
    assert_string_equal(events, "up 1 7/9;up 2 7/9;shutting down;closed 1 1;closed 2 1;");
}

ENDS(a_busy_program_does_not_delay_the_end)
{
    up_and_signalled();
    busy = true;
    run();
    assert_in_range(os.aborted[1], 5001, 5020);
}

static int64_t interrupted_at;

static void interrupt_late(void)
{
    interrupted_at = os.now;
    raise(SIGINT);
}

ENDS(a_second_signal_aborts_at_once)
{
    up_and_signalled();
    batch(NULL);
    batch(NULL);
    batch(interrupt_late);
    run();
    assert_string_equal(os.reason[1], "the server is leaving");
    assert_in_range(os.aborted[1], interrupted_at, interrupted_at + 20);
    assert_in_range(interrupted_at, 1, 100);
    /* The notifications of the aborts are read. */
    assert_string_equal(events, "up 1 7/9;up 2 7/9;shutting down;closed 1 1;closed 2 1;");
}

ENDS(a_flood_does_not_keep_a_server_from_ending)
{
    up_and_signalled();
    os.flood_ms = 400;
    run();
    assert_string_equal(os.reason[1], "the server is leaving");
    assert_in_range(os.aborted[1], 5001, 5800);
}

ENDS(messages_that_come_for_ever_before_the_end_do_not_keep_a_server_from_ending)
{
    up_and_signalled();
    os.flood_ms = 400;
    os.for_ever = true;
    run();
    assert_in_range(os.aborted[1], 5001, 5800);
    assert_in_range(os.now, os.aborted[1], os.aborted[1] + 2000);
}

ENDS(a_second_signal_ends_a_flood)
{
    up_and_signalled();
    batch(interrupt_late);
    message(1, "a");
    os.flood_ms = 400;
    run();
    assert_int_equal(os.aborted[1], 1);
}

ENDS(queued_messages_are_sent_before_the_shutdown)
{
    replies = 1;
    os.goes_on = true;
    batch(NULL);
    change(1, SCTP_COMM_UP);
    batch(has_no_room);
    message(1, "a");
    for (int i = 0; i < 5; i++)
        batch(NULL);
    batch(has_room);
    run();
    assert_in_range(os.eof[1], 80, 120);
    assert_in_range(os.aborted[1], 5001, 5020);
}

int main(void)
{
    tzset(); /* which keeps memory */
    return run_all_tests(NULL, NULL);
}
