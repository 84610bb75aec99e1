/* A client waits for its association, for input, and for the end: lib/client/association.c.
 * client_assoc_sctp_test.c tests it on real stacks. */
#include "client_assoc_model.h"

/* ---- waiting ------------------------------------------------------------------------------ */

UNIT_TEST(a_wait_ends_with_input_or_its_time)
{
    assert_false(Unp_client_assoc_wait(&a, 5, 700));
    assert_int_equal(os.waited, 700);
    assert_false(a.received);
    os.input = POLLIN;
    assert_true(Unp_client_assoc_wait(&a, 5, -1));
    assert_int_equal(os.waited, -1);
    assert_int_equal(os.asked, POLLIN);
    assert_false(Unp_client_assoc_wait(&a, -1, 700)); /* no input */
}

UNIT_TEST(a_wait_takes_what_has_arrived)
{
    os.ready = POLLIN;
    os.data_len = 5;
    Unp_client_assoc_wait(&a, -1, -1);
    assert_true(a.received);
    assert_int_equal(messages, 1);
    Unp_client_assoc_wait(&a, -1, -1); /* readable, but there is no message */
    assert_false(a.received);
    os.data_len = 5;
    os.ready = 0;
    Unp_client_assoc_wait(&a, -1, 0);
    assert_false(a.received);
    assert_int_equal(messages, 1);
}

UNIT_TEST(a_full_buffer_waits_for_room)
{
    a.full = true;
    os.ready = POLLIN;
    Unp_client_assoc_wait(&a, -1, -1);
    assert_int_equal(os.asked, POLLIN | POLLOUT);
    assert_true(a.full);
    os.ready = POLLOUT;
    os.data_len = 5;
    Unp_client_assoc_wait(&a, -1, -1);
    assert_false(a.full);
    assert_false(a.received); /* there was room, but nothing to receive */
    os.ready = POLLIN | POLLOUT;
    Unp_client_assoc_wait(&a, -1, -1);
    assert_true(a.received);
}

UNIT_TEST(output_is_flushed_before_a_wait)
{
    FILE *console = stdout;
    char *text = NULL;
    size_t len = 0;

    stdout = open_memstream(&text, &len);
    fputs("out", stdout);
    Unp_client_assoc_wait(&a, -1, 0);
    assert_int_equal(len, 0);
    service.output = "write";
    Unp_client_assoc_wait(&a, -1, 0);
    assert_int_equal(len, 3);
    fclose(stdout);
    stdout = console;
    free(text);
}

UNIT_TEST(the_time_left_counts_from_the_last_progress)
{
    assert_int_equal(unp_client_assoc_time_left(&a), 30000);
    assert_false(a.progressed);
    os.now += 10000;
    assert_int_equal(unp_client_assoc_time_left(&a), 20000);
    os.now += 19999;
    assert_int_equal(unp_client_assoc_time_left(&a), 1);
    os.now += 2;
    assert_int_equal(unp_client_assoc_time_left(&a), 0);
    a.progressed = true;
    assert_int_equal(unp_client_assoc_time_left(&a), 30000);
}

/* ---- stopped and continued ----------------------------------------------------------------- */

static void be_continued(void)
{
    raise(SIGCONT);
    os.during = NULL;
}

UNIT_TEST(a_continued_program_restarts_its_timeouts)
{
    unp_catch_continue();
    a.progressed = false;
    os.during = be_continued;
    Unp_client_assoc_wait(&a, -1, 100);
    assert_true(a.progressed);
    assert_int_equal(a.continued, 100100);
    assert_int_equal(stops, 1);
    service.continued = NULL;
    os.during = be_continued;
    Unp_client_assoc_wait(&a, -1, 100);
    assert_int_equal(a.continued, 100200);
    assert_int_equal(stops, 1);
}

static void continue_in_take(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    messages = stops; /* noticed before the message is handled */
    assert_int_equal(msg->len, 5);
}

UNIT_TEST(a_message_that_is_handled_after_a_stop_finds_new_timeouts)
{
    unp_catch_continue();
    service.message = continue_in_take;
    raise(SIGCONT);
    arrive(5, false);
    assert_int_equal(messages, 1);
}

static void stop_at_the_end(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    raise(SIGCONT);
}

UNIT_TEST(a_stop_while_messages_are_handled_is_noticed)
{
    unp_catch_continue();
    service.message = stop_at_the_end;
    os.ready = POLLIN;
    os.data_len = 5;
    Unp_client_assoc_wait(&a, -1, 100);
    assert_int_equal(stops, 1);
}

/* ---- awaiting the end ------------------------------------------------------------------------ */

UNIT_TEST(an_end_in_time_is_awaited)
{
    const struct sctp_assoc_change end = {.sac_type = SCTP_ASSOC_CHANGE,
                                          .sac_length = sizeof(end),
                                          .sac_state = SCTP_SHUTDOWN_COMP,
                                          .sac_assoc_id = ID};

    memcpy(os.event, &end, sizeof(end));
    os.len = sizeof(end);
    os.ready = POLLIN;
    a.full = true;
    unp_pending_signal = SIGINT; /* the one that made it shut down */
    assert_true(Unp_client_assoc_await_end(&a, 1000, false));
    assert_int_equal(os.asked, POLLIN);
    assert_string_equal(os.reason, "");
    assert_int_equal(os.waits, 1);
}

UNIT_TEST(an_end_that_does_not_come_is_forced)
{
    assert_false(Unp_client_assoc_await_end(&a, 1000, false));
    assert_int_equal(os.now, 101000);
    assert_int_equal(os.waits, 1);
    assert_string_equal(os.reason, "no answer to the shutdown");
}

static void acknowledge_for_two_seconds(void)
{
    os.unacked = (uint16_t)(os.now < 102000 ? os.now / 500 % 2 : 0);
}

static void fill_for_two_seconds(void)
{
    os.pending += os.now < 102000;
}

UNIT_TEST(progress_restarts_the_time)
{
    os.during = acknowledge_for_two_seconds;
    assert_false(Unp_client_assoc_await_end(&a, 1000, true));
    assert_int_equal(os.now, 103000); /* the last progress was at 102000 */
    os.now = 100000;
    os.during = fill_for_two_seconds;
    assert_false(Unp_client_assoc_await_end(&a, 1000, true));
    assert_int_equal(os.now, 102500);
    os.now = 100000;
    assert_false(Unp_client_assoc_await_end(&a, 1000, false)); /* progress is not looked for */
    assert_int_equal(os.now, 101000);
    os.during = NULL;
    os.now = 100000;
    assert_false(Unp_client_assoc_await_end(&a, 1001, true)); /* to the last millisecond */
    assert_int_equal(os.now, 101001);
}

UNIT_TEST(an_unknown_status_is_no_progress)
{
    os.unknown = true;
    os.during = fill_for_two_seconds;
    assert_false(Unp_client_assoc_await_end(&a, 1000, true));
    assert_int_equal(os.now, 101000);
}

static void say_three_times(void)
{
    os.now += 400;
    os.ready = os.waits < 3 ? POLLIN : 0;
    os.data_len = os.waits <= 3 ? 5 : 0;
}

UNIT_TEST(messages_restart_the_time)
{
    os.ready = POLLIN;
    os.during = say_three_times;
    os.data_len = 5;
    assert_false(Unp_client_assoc_await_end(&a, 1000, true));
    assert_int_equal(messages, 3);
    assert_true(os.now >= 101200 + 1000);
    assert_true(os.now < 101200 + 2000);
}

static void say_for_ever(void)
{
    os.now += 400;
    os.data_len = 5;
    os.unacked = os.now < 105000;
}

UNIT_TEST(messages_without_acknowledgements_restart_the_time_for_a_limited_time)
{
    os.ready = POLLIN;
    os.during = say_for_ever;
    os.data_len = 5;
    os.unacked = 1;
    assert_false(Unp_client_assoc_await_end(&a, 1000, true));
    assert_true(os.now >= 105000 + 10 * 1000); /* the last acknowledgement was at 105000 */
    assert_true(os.now < 105000 + 11 * 1000);
    assert_string_equal(os.reason, "no answer to the shutdown");
}

static void continue_after_the_first_wait(void)
{
    os.now += 800; /* stopped for so long */
    be_continued();
}

UNIT_TEST(a_stop_restarts_the_time)
{
    unp_catch_continue();
    os.during = continue_after_the_first_wait;
    a.continued = 77;
    assert_false(Unp_client_assoc_await_end(&a, 1000, false));
    assert_int_equal(os.now, 100000 + 1000 + 800 + 1000);
}

static void be_interrupted(void)
{
    unp_pending_signal = SIGINT;
}

UNIT_TEST(a_signal_ends_the_wait)
{
    os.during = be_interrupted;
    assert_false(Unp_client_assoc_await_end(&a, 60000, true));
    assert_int_equal(os.waits, 1);
    assert_string_equal(os.reason, "no answer to the shutdown");
}

int main(void)
{
    return run_all_tests(start, stop);
}
