/* The associations of the console, and which of them is the current one: tools/console/peers.c. */
#include "console_model.h"
#include "receive/inside.h"

/* ---- connecting --------------------------------------------------------------- */

UNIT_TEST(hosts_are_numbered_and_named_with_their_port)
{
    struct peer *one = peer_at("127.0.0.1"), *two = peer_at("127.0.0.2:5"), *three = peer_at("::1");

    assert_done("connect 127.0.0.1:9877|connect 127.0.0.2:5|connect [::1]:9877|");
    assert_string_equal(console_label(one), "#1 127.0.0.1:9877");
    assert_string_equal(console_label(two), "#2 127.0.0.2:5");
    assert_string_equal(console_label(three), "#3 [::1]:9877");
    assert_int_equal(two->port, 5);
    assert_int_equal(peer_count(&c, PEER_CONNECTING), 3);
    assert_ptr_equal(peer_number(&c, 2), two);
    assert_null(peer_number(&c, 4));
    assert_ptr_equal(peer_next(&c, NULL), one);
    assert_null(peer_next(&c, three));
    assert_int_equal(one->begun, now);
}

UNIT_TEST(a_malformed_host_is_refused)
{
    assert_false(peer_connect(&c, "127.0.0.1:x"));
    assert_told("line 0: \"127.0.0.1:x\" is not a host: write host, host:port or [IPv6]:port\n");
    assert_int_equal(c.failed, 1);
    assert_true(TAILQ_EMPTY(&c.peers));
    assert_true(peer_connect(&c, "127.0.0.1"));
}

UNIT_TEST(without_memory_for_a_host_the_console_exits)
{
    if (!CAN_FAIL)
        skip();
    for (volatile unsigned n = 1; n <= 2; n++) {
        fail_in = n;
        assert_quits(EXIT_SYSTEM, "connect", peer_connect(&c, "127.0.0.1"));
        assert_int_equal(fail_in, 0);
    }
}

UNIT_TEST(an_unknown_host_sets_the_exit_status)
{
    char name[80] = {0}; /* no label of a name is so long, so that no server is asked */

    memset(name, 'x', sizeof(name) - 1);
    assert_false(peer_connect(&c, name));
    assert_contains(told, "#1 xxx");
    assert_int_equal(c.failed, 1);
    assert_int_equal(c.refusal, EXIT_NO_HOST);
    assert_int_equal(peer_number(&c, 1)->state, PEER_CLOSED);
    c.refusal = EXIT_REFUSED; /* of the first host */
    assert_false(peer_connect(&c, name));
    assert_int_equal(c.refusal, EXIT_REFUSED);
}

UNIT_TEST(a_refusal_is_reported_and_the_first_exit_status_is_kept)
{
    struct peer *one = peer_at("127.0.0.1"), *two = peer_at("127.0.0.2");

    setenv("SCTP_STACK", "kernel", 1); /* the userland stack has another message */
    now += 2999;
    change(one, SCTP_CANT_STR_ASSOC);
    assert_told("#1 127.0.0.1:9877: connect to 127.0.0.1 port 9877: refused; is the server running "
                "there, on this port, and does its kernel have SCTP?\n");
    assert_int_equal(one->state, PEER_CLOSED);
    assert_int_equal(one->id, 0);
    assert_int_equal(c.failed, 1);
    assert_int_equal(c.refusal, EXIT_REFUSED);
    now += 1;
    change(two, SCTP_CANT_STR_ASSOC);
    assert_contains(told, "#2 127.0.0.2:9877: connect to 127.0.0.2 port 9877: no answer in 3 s;");
    assert_int_equal(c.failed, 2);
    assert_int_equal(c.refusal, EXIT_REFUSED);
    assert_false(c.lost);
    assert_int_equal(c.came_up, 0);
}

UNIT_TEST(a_second_association_with_a_host_fails_and_is_no_refusal)
{
    call_error = EISCONN;
    assert_false(peer_connect(&c, "127.0.0.1"));
    assert_told("#1 127.0.0.1:9877: an association with this host exists or is connecting; /peers "
                "lists them\n");
    call_error = EALREADY;
    assert_false(peer_connect(&c, "127.0.0.1"));
    assert_told("#2 127.0.0.1:9877: an association with this host exists or is connecting; /peers "
                "lists them\n");
    assert_int_equal(c.failed, 2);
    assert_int_equal(c.refusal, 0);
    assert_int_equal(peer_number(&c, 1)->state, PEER_CLOSED);
}

/* A host with two addresses. */
static struct peer *peer_at_two(void)
{
    struct peer *p = peer_at("127.0.0.1");
    struct unp_addrs two = {0};

    assert_int_equal(unp_addrs_add(&two, "127.0.0.7", 9877), 0);
    assert_int_equal(unp_addrs_append(&p->addrs, unp_addrs_next(&two, NULL)), 0);
    unp_addrs_free(&two);
    p->trying = unp_addrs_next(&p->addrs, NULL);
    done[0] = '\0';
    return p;
}

static union sctp_notification assoc_change(int state)
{
    return (union sctp_notification){
        .sn_assoc_change = {.sac_type = SCTP_ASSOC_CHANGE,
                            .sac_length = sizeof(struct sctp_assoc_change),
                            .sac_state = (uint16_t)state}};
}

UNIT_TEST(the_next_address_is_tried_when_one_refuses)
{
    struct peer *p = peer_at_two();
    union sctp_notification n = assoc_change(SCTP_CANT_STR_ASSOC);

    assert_true(peer_reports(p, &n));
    now += 700;
    change(p, SCTP_CANT_STR_ASSOC);
    assert_done("connect 127.0.0.7:9877|");
    assert_told("");
    assert_int_equal(p->begun, now);
    assert_int_equal(p->id, ids);
    assert_int_equal(p->state, PEER_CONNECTING);
    assert_true(peer_reports(p, &n));
    change(p, SCTP_CANT_STR_ASSOC);
    assert_contains(told, "refused; is the server running");
    assert_int_equal(c.failed, 1);
}

UNIT_TEST(an_event_without_a_cause_is_left_to_the_console_s_report)
{
    struct peer *p = peer_at("127.0.0.1");
    union sctp_notification failed = assoc_change(SCTP_CANT_STR_ASSOC),
                            other = assoc_change(SCTP_COMM_LOST), aborted = failed,
                            shutdown = {.sn_header.sn_type = SCTP_SHUTDOWN_EVENT};

    aborted.sn_assoc_change.sac_length += 4; /* a cause follows, which must be printed */
    assert_true(peer_reports(p, &failed));
    assert_false(peer_reports(p, &aborted));
    assert_false(peer_reports(p, &other));
    assert_false(peer_reports(p, &shutdown));
    assert_false(peer_reports(NULL, &failed));
    change(p, SCTP_COMM_UP);
    assert_false(peer_reports(p, &failed));
}

UNIT_TEST(connecting_is_abandoned_after_the_wait)
{
    struct peer *one = peer_at_two(), *two;

    assert_int_equal(peer_timeouts(&c), 5000);
    now += 1000;
    two = peer_at("127.0.0.2");
    assert_int_equal(peer_timeouts(&c), 4000);
    now += 3999;
    done[0] = '\0';
    assert_int_equal(peer_timeouts(&c), 1);
    assert_done("");
    now += 1;
    assert_int_equal(peer_timeouts(&c), 1000);
    assert_done("abort 11 too late|connect 127.0.0.7:9877|");
    assert_int_equal(one->id, 13);
    now += 1000;
    assert_int_equal(peer_timeouts(&c), 4000);
    assert_done("abort 12 too late|");
    assert_contains(told, "#2 127.0.0.2:9877: connect to 127.0.0.2 port 9877: no answer in 5 s;");
    assert_int_equal(two->state, PEER_CLOSED);
    assert_int_equal(two->id, 0);
    assert_int_equal(c.refusal, EXIT_NO_ANSWER);
    change(one, SCTP_COMM_UP);
    now += 60000;
    assert_int_equal(peer_timeouts(&c), -1);
    assert_done("");
}

UNIT_TEST(an_association_that_comes_up_too_late_is_aborted)
{
    struct peer *p = peer_at("127.0.0.1");
    const struct peer late = {.id = 77};

    done[0] = '\0';
    change((struct peer *)(uintptr_t)&late, SCTP_COMM_UP);
    assert_done("abort 77 too late|");
    change((struct peer *)(uintptr_t)&late, SCTP_COMM_LOST);
    assert_done("");
    peer_closed(&c, p);
    change(p, SCTP_COMM_UP);
    assert_done("abort 11 too late|");
    assert_int_equal(p->state, PEER_CLOSED);
    assert_int_equal(c.came_up, 0);
}

/* ---- up, closed ------------------------------------------------------------------ */

UNIT_TEST(an_association_that_comes_up_gets_the_options_of_O)
{
    const char *after[] = {"primary_addr=127.0.0.1", "rtoinfo.max=5", NULL};
    struct peer *p;

    c.options.after = after;
    p = peer_at("127.0.0.1");
    done[0] = '\0';
    change(p, SCTP_COMM_UP);
    assert_done("set 11 primary_addr=127.0.0.1|set 11 rtoinfo.max=5|");
    assert_int_equal(p->state, PEER_UP);
    assert_int_equal(p->ostreams, 4);
    assert_int_equal(p->istreams, 6);
    assert_int_equal(c.came_up, 1);
    p->ostreams = 0;
    change(p, SCTP_RESTART);
    assert_done("");
    assert_int_equal(p->ostreams, 4);
    assert_int_equal(c.came_up, 1);
    call_error = EINVAL;
    p = peer_at("127.0.0.2"); /* connecting fails at once */
    assert_int_equal(p->state, PEER_CLOSED);
    call_error = 0;
    p = peer_at("127.0.0.3");
    call_error = EINVAL;
    told[0] = '\0';
    c.failed = 0;
    change(p, SCTP_COMM_UP);
    assert_told("#3 127.0.0.3:9877: -O \"primary_addr=127.0.0.1\": why\n"
                "#3 127.0.0.3:9877: -O \"rtoinfo.max=5\": why\n");
    assert_int_equal(c.failed, 2);
}

UNIT_TEST(an_association_is_lost_unless_it_shut_down_or_the_user_aborted_it)
{
    struct peer *one = peer_up("127.0.0.1"), *two = peer_up("127.0.0.2"),
                *three = peer_up("127.0.0.3");

    change(one, SCTP_SHUTDOWN_COMP);
    assert_false(c.lost);
    assert_int_equal(one->state, PEER_CLOSED);
    two->asked_to_end = true;
    change(two, SCTP_COMM_LOST);
    assert_false(c.lost);
    assert_int_equal(two->state, PEER_CLOSED);
    change(three, SCTP_COMM_LOST);
    assert_true(c.lost);
}

UNIT_TEST(an_id_belongs_to_the_latest_peer_that_had_it)
{
    struct peer *one = peer_up("127.0.0.1"), *two;

    change(one, SCTP_COMM_LOST);
    two = peer_up("127.0.0.2");
    one->id = two->id = 5;
    assert_ptr_equal(peer_of(&c, 5), two);
    one->id = two->id = 0;
    assert_null(peer_of(&c, 0));
}

UNIT_TEST(the_numbers_of_streams_are_read_from_the_stack)
{
    struct peer *p = peer_up("127.0.0.1");

    call_error = EINVAL;
    peer_streams(&c, p);
    assert_int_equal(p->ostreams, 4);
    call_error = 0;
    peer_streams(&c, p);
    assert_int_equal(p->ostreams, 21);
    assert_int_equal(p->istreams, 22);
}

/* ---- the current association --------------------------------------------------------- */

UNIT_TEST(the_first_association_that_is_up_is_the_current_one)
{
    struct peer *one, *two, *three;

    assert_null(peer_default(&c));
    one = peer_at("127.0.0.1");
    assert_ptr_equal(peer_default(&c), one);
    two = peer_up("127.0.0.2");
    two->state = PEER_CLOSING;
    assert_ptr_equal(peer_default(&c), two);
    three = peer_up("127.0.0.3");
    assert_ptr_equal(peer_default(&c), three);
    change(one, SCTP_COMM_UP);
    assert_ptr_equal(peer_default(&c), one);
    peer_choose(&c, two);
    assert_ptr_equal(peer_default(&c), two);
}

UNIT_TEST(the_association_that_was_used_remains_the_current_one)
{
    struct peer *one = peer_at("127.0.0.1"), *two = peer_up("127.0.0.2");

    assert_ptr_equal(peer_current(&c), two);
    change(one, SCTP_COMM_UP);
    assert_ptr_equal(peer_current(&c), two);
    assert_told("");
}

UNIT_TEST(without_an_association_there_is_no_current_one)
{
    assert_null(peer_current(&c));
    assert_told("line 0: there is no association: /connect HOST starts one\n");
    assert_int_equal(c.failed, 1);
}

UNIT_TEST(after_the_current_association_another_is_taken_only_if_it_is_the_last)
{
    struct peer *one = peer_up("127.0.0.1"), *two = peer_up("127.0.0.2"),
                *three = peer_up("127.0.0.3"), *four = peer_up("127.0.0.4");

    change(four, SCTP_COMM_LOST); /* not in use */
    assert_ptr_equal(peer_default(&c), one);
    assert_false(c.must_choose);
    change(one, SCTP_COMM_LOST);
    assert_true(c.must_choose);
    assert_null(peer_current(&c));
    assert_told("line 0: the current association is closed: choose another with /use N or [n@N] "
                "text; /peers lists them\n");
    peer_choose(&c, three);
    assert_false(c.must_choose);
    assert_ptr_equal(peer_current(&c), three);
    two->state = PEER_CLOSING;
    change(three, SCTP_COMM_LOST);
    assert_ptr_equal(c.chosen, two);
    assert_ptr_equal(peer_current(&c), two);
    change(two, SCTP_SHUTDOWN_COMP);
    assert_null(c.chosen);
    assert_false(c.must_choose);
    assert_null(peer_current(&c));
    assert_contains(told, "there is no association");
}

UNIT_TEST(the_last_association_is_taken_when_the_others_have_ended)
{
    struct peer *one = peer_up("127.0.0.1"), *two = peer_up("127.0.0.2"),
                *three = peer_up("127.0.0.3");

    change(one, SCTP_COMM_LOST);
    assert_null(peer_default(&c));
    change(two, SCTP_COMM_LOST);
    assert_ptr_equal(peer_default(&c), three);
}

/* Data of an incomplete message. */
static void receive_a_part(struct peer *p)
{
    const struct unp_fragment part = {
        .data = (unsigned char *)"part", .len = 4, .rcv.rcv_assoc_id = p->id};
    struct unp_message msg;

    assert_int_equal(unp_reassemble(&p->in, &part, 100, &msg), 0);
    assert_int_equal(p->in.size, 4);
}

UNIT_TEST(incomplete_messages_are_dropped_with_their_association)
{
    long before = blocks;
    struct peer *p = peer_up("127.0.0.1");

    receive_a_part(p);
    change(p, SCTP_RESTART);
    assert_int_equal(p->in.size, 0);
    receive_a_part(p);
    change(p, SCTP_COMM_LOST);
    assert_int_equal(p->in.size, 0);
    receive_a_part(peer_up("127.0.0.2"));
    peer_free_all(&c);
    assert_int_equal(blocks, before);
}

int main(void)
{
    return run_all_tests(start_console, stop_console);
}
