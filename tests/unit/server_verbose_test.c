/*
 * The output of a server with -v: lib/server/verbose.c.
 */
#include "server_kernel.h"

/* Sends standard output to a stream in memory. */
static void catch_output(void)
{
    free(printed);
    console = stdout;
    stdout = open_memstream(&printed, &printed_len);
}

static const char *caught(void)
{
    fclose(stdout);
    stdout = console;
    return printed;
}

/* The line about a notification; "": none. */
static const char *report(const void *notification, size_t len)
{
    union sctp_notification n;

    memcpy(&n, notification, len);
    catch_output();
    unp_server_report(&srv, &n, len);
    return caught();
}

static const char *report_change(sctp_assoc_t id, uint16_t state)
{
    struct item item;

    make_change(&item, id, state);
    return report(item.bytes, item.len);
}

SERVES(an_association_is_reported_with_its_peer_when_it_comes_up)
{
    assert_string_equal(report_change(3, SCTP_COMM_UP),
                        "association 3 up: 7 streams out, 9 in, peer 0.0.0.0 port 4711\n");
    assert_string_equal(report_change(3, SCTP_RESTART),
                        "association 3 restarted by the peer: 7 streams out, 9 in, peer 0.0.0.0 "
                        "port 4711\n");
    assert_string_equal(report_change(4, SCTP_COMM_UP),
                        "association 4 up: 7 streams out, 9 in\n"); /* it has ended already */
    assert_string_equal(report_change(3, SCTP_COMM_LOST), "association 3 lost: no cause given\n");
}

SERVES(a_restart_on_a_socket_of_its_own_is_reported_with_its_peer)
{
    three_associations();
    association(3)->own = os.own = FD + 1;
    assert_contains(report_change(3, SCTP_RESTART), ", peer 0.0.0.0 port 4711\n");
    srv.json = true;
    assert_contains(report_change(3, SCTP_RESTART), "\"peer\":[\"0.0.0.0:4711\"]");
}

SERVES(an_end_is_reported_with_the_reason_of_this_server)
{
    three_associations();
    assert_string_equal(report_change(3, SCTP_COMM_LOST), "association 3 lost: no cause given\n");
    association(3)->close_reason = "enough";
    assert_string_equal(report_change(3, SCTP_COMM_LOST),
                        "association 3 lost: no cause given (by this server: enough)\n");
    srv.json = true;
    assert_string_equal(report_change(3, SCTP_COMM_LOST),
                        "{\"event\":\"assoc_change\",\"state\":\"comm_lost\",\"error\":0,"
                        "\"outbound_streams\":7,\"inbound_streams\":9,\"assoc_id\":3,"
                        "\"causes\":[],\"ended_here\":\"enough\"}\n");
    assert_null(strstr(report_change(2, SCTP_COMM_LOST), "ended_here"));
}

SERVES(a_failed_send_is_reported_while_its_association_is_up)
{
    const struct sctp_send_failed_event failed = {
        .ssf_type = SCTP_SEND_FAILED_EVENT, .ssf_length = sizeof(failed), .ssf_assoc_id = 3};
    struct sctp_send_failed_event unknown = failed;

    three_associations();
    unknown.ssf_assoc_id = 9;
    assert_contains(report(&failed, sizeof(failed)), "association 3: message of 0 bytes");
    assert_string_equal(report(&unknown, sizeof(unknown)), "");
    association(3)->close_reason = "enough";
    assert_string_equal(report(&failed, sizeof(failed)), "");
    srv.json = true;
    assert_contains(report(&failed, sizeof(failed)), "\"send_failed\"");
    assert_contains(report(&unknown, sizeof(unknown)), "\"send_failed\"");
}

SERVES(an_acknowledgement_is_not_reported)
{
    const struct sctp_sender_dry_event d = {.sender_dry_type = SCTP_SENDER_DRY_EVENT,
                                            .sender_dry_length = sizeof(d)};

    assert_string_equal(report(&d, sizeof(d)), "");
    srv.json = true;
    assert_string_equal(report(&d, sizeof(d)), "");
}

SERVES(only_a_verbose_server_reports)
{
    batch(NULL);
    change(4, SCTP_COMM_UP);
    catch_output();
    run();
    assert_string_equal(caught(), "");
    srv.verbose = true;
    batch(NULL);
    change(5, SCTP_COMM_UP);
    catch_output();
    run();
    assert_string_equal(caught(), "association 5 up: 7 streams out, 9 in\n");
}

SERVES(reports_may_begin_with_the_time)
{
    unp_print_times = true;
    os.now = 0;
    assert_contains(report_change(4, SCTP_COMM_UP), "1970-01-01T");
    catch_output();
    unp_server_report_listening(&srv);
    assert_contains(caught(), "1970-01-01T");
    unp_print_times = false;
    srv.json = true;
    catch_output();
    unp_server_report_listening(&srv);
    assert_string_equal(caught(), "{\"event\":\"listening\",\"port\":4711}\n");
}

int main(void)
{
    tzset(); /* which keeps memory */
    return run_all_tests(NULL, NULL);
}
