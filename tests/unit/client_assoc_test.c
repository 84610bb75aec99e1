/* The one association of a client: its beginning, messages, notifications and end:
 * lib/client/association.c. client_assoc_sctp_test.c tests it on real stacks. */
#include "client_assoc_model.h"

/* ---- opening and closing ---------------------------------------------------------- */

UNIT_TEST(an_opened_association_waits_to_come_up)
{
    assert_int_equal(a.fd, FD);
    assert_int_equal(a.id, ID);
    assert_int_equal(a.wait, 30000);
    assert_true(a.progressed);
    assert_false(a.closed || a.closing || a.lost || a.full);
    assert_int_equal(os.buffer, 70000);
    assert_int_equal(a.in.max_message, LIMIT);
    assert_false(a.in.want_addresses);
    assert_false(unp_client_assoc_ready(&a));
}

UNIT_TEST(a_refused_association_is_closed)
{
    const struct unp_client asked = {.wait = 30};
    struct unp_client_assoc b;
    char why[100];

    os.refused = -EXIT_REFUSED;
    assert_int_equal(unp_client_assoc_open(&b, &service, NULL, &asked, why, sizeof(why)),
                     EXIT_REFUSED);
    assert_string_equal(why, "refused");
    assert_int_equal(b.fd, -1);
    assert_true(b.closed);
    unp_client_assoc_close(&b); /* no descriptor */
    assert_false(os.closed);
}

UNIT_TEST(a_closed_association_is_no_longer_closing)
{
    a.closing = true;
    unp_client_assoc_close(&a);
    assert_true(os.closed);
    assert_int_equal(a.fd, -1);
    assert_false(a.closing);
}

/* ---- sending ----------------------------------------------------------------------- */

UNIT_TEST(an_association_is_ready_when_it_is_up_and_has_room)
{
    a.ostreams = 1;
    assert_true(unp_client_assoc_ready(&a));
    a.full = true;
    assert_false(unp_client_assoc_ready(&a));
    a.full = false;
    a.closing = true;
    assert_false(unp_client_assoc_ready(&a));
    a.closing = false;
    a.closed = true;
    assert_false(unp_client_assoc_ready(&a));
}

static bool say(void)
{
    struct sctp_sndinfo snd = {.snd_sid = 2};

    a.full = a.closing = false;
    a.error = 99;
    return unp_client_assoc_send(&a, "hello", 5, &snd, NULL);
}

UNIT_TEST(a_message_is_sent_without_blocking)
{
    assert_true(say());
    assert_int_equal(os.sent.snd_assoc_id, ID);
    assert_int_equal(os.sent.snd_sid, 2);
    assert_true(os.send_flags & MSG_DONTWAIT);
    assert_int_equal(a.error, 0);
}

UNIT_TEST(a_failed_send_is_classified_by_its_errno)
{
    static const struct {
        int err;
        bool full, closing;
        int error;
    } cases[] = {
        {EAGAIN, true, false, 0}, {ENOBUFS, true, false, 0},    {EINTR, false, false, 0},
        {EPIPE, false, true, 0},  {ECONNRESET, false, true, 0}, {EMSGSIZE, false, false, EMSGSIZE},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        os.send_error = cases[i].err;
        assert_false(say());
        assert_int_equal(a.full, cases[i].full);
        assert_int_equal(a.closing, cases[i].closing);
        assert_int_equal(a.error, cases[i].error);
    }
}

UNIT_TEST(nothing_is_sent_to_an_association_that_ends)
{
    struct sctp_sndinfo snd = {0};

    a.closing = true;
    assert_false(unp_client_assoc_send(&a, "x", 1, &snd, NULL));
    a.closing = false;
    a.closed = true;
    assert_false(unp_client_assoc_send(&a, "x", 1, &snd, NULL));
    assert_int_equal(os.sent.snd_assoc_id, 0);
}

/* ---- notifications ------------------------------------------------------------------- */

static void notify(const void *n, size_t len)
{
    unsigned before = notifications;

    memcpy(os.event, n, len);
    os.len = len;
    assert_true(Unp_client_assoc_take(&a));
    assert_int_equal(notifications, before + (service.notification != NULL));
    assert_int_equal(notification_len, len);
    assert_false(Unp_client_assoc_take(&a)); /* nothing more */
}

/* An association change followed by error causes. */
static void change(uint16_t state, uint16_t error, const char *causes, size_t len)
{
    union {
        struct sctp_assoc_change c;
        unsigned char bytes[200];
    } u;

    memset(&u, 0, sizeof(u));
    u.c = (struct sctp_assoc_change){.sac_type = SCTP_ASSOC_CHANGE,
                                     .sac_length = (uint32_t)(sizeof(u.c) + len),
                                     .sac_state = state,
                                     .sac_error = htons(error),
                                     .sac_outbound_streams = 7,
                                     .sac_inbound_streams = 9,
                                     .sac_assoc_id = ID};
    memcpy(u.bytes + sizeof(u.c), causes, len);
    notify(&u, sizeof(u.c) + len);
}

UNIT_TEST(an_association_that_comes_up_or_restarts_has_streams)
{
    static const uint16_t states[] = {SCTP_COMM_UP, SCTP_RESTART};

    for (size_t i = 0; i < COUNT(states); i++) {
        a.ostreams = a.istreams = 0;
        a.progressed = false;
        change(states[i], 0, "", 0);
        assert_int_equal(a.ostreams, 7);
        assert_int_equal(a.istreams, 9);
        assert_true(a.progressed == (states[i] == SCTP_COMM_UP)); /* a peer can restart for ever */
        assert_false(a.closed);
    }
    change(99, 0, "", 0); /* a state of a later kernel */
    assert_false(a.closed || a.lost);
}

#define MORE(literal) literal, sizeof(literal) - 1

UNIT_TEST(the_end_of_an_association_has_a_reason)
{
    static const struct {
        uint16_t state, error;
        const char *causes;
        size_t len;
        bool lost, aborted;
        const char *reason, *close_text;
    } rows[] = {
        {SCTP_SHUTDOWN_COMP, 0, MORE(""), false, false, "", "association 3 shut down"},
        {SCTP_COMM_LOST, 12, MORE("\0\x0c\0\x0ctoo slow"), true, true, "too slow",
         "association 3 lost: user-initiated abort: too slow"},
        {SCTP_CANT_STR_ASSOC, 4, MORE("\0\4\0\4"), true, false,
         "the association was lost: out of resource; was the server killed?",
         "association 3 cannot start: out of resource"},
        {SCTP_COMM_LOST, 0, MORE(""), true, false,
         "the association was lost: no cause given; was the server killed?",
         "association 3 lost: no cause given"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        a.closed = a.lost = a.aborted = false;
        change(rows[i].state, rows[i].error, rows[i].causes, rows[i].len);
        assert_true(a.closed);
        assert_int_equal(a.lost, rows[i].lost);
        assert_int_equal(a.aborted, rows[i].aborted);
        assert_string_equal(a.reason, rows[i].reason);
        assert_string_equal(a.close_text, rows[i].close_text);
    }
}

static void path(int state)
{
    const struct sctp_paddr_change c = {.spc_type = SCTP_PEER_ADDR_CHANGE,
                                        .spc_length = sizeof(c),
                                        .spc_state = state,
                                        .spc_assoc_id = ID};

    notify(&c, sizeof(c));
}

UNIT_TEST(a_server_whose_address_is_unreachable_no_longer_answers)
{
    path(SCTP_ADDR_UNREACHABLE);
    assert_true(a.unreachable);
    change(SCTP_COMM_LOST, 0, "", 0);
    assert_string_equal(a.close_text, "association 3 lost: the server no longer answers");
    assert_string_equal(a.reason,
                        "the server no longer answers; was it stopped, or the network cut?");
    assert_false(a.aborted);
}

UNIT_TEST(a_server_that_answers_again_is_not_silent)
{
    path(SCTP_ADDR_UNREACHABLE);
    path(SCTP_ADDR_AVAILABLE);
    assert_false(a.unreachable);
    path(SCTP_ADDR_UNREACHABLE);
    change(SCTP_COMM_LOST, 4, "\0\4\0\4", 4); /* it has sent an ABORT */
    assert_string_equal(a.reason,
                        "the association was lost: out of resource; was the server killed?");
}

UNIT_TEST(a_loss_of_our_own_keeps_its_reason)
{
    a.lost = true;
    snprintf(a.reason, sizeof(a.reason), "ours");
    change(SCTP_COMM_LOST, 12, "\0\x0c\0\x0ctoo slow", 12);
    assert_true(a.closed);
    assert_false(a.aborted);
    assert_string_equal(a.reason, "ours");
}

UNIT_TEST(a_shutdown_of_the_server_and_failed_messages_are_noted)
{
    const struct sctp_shutdown_event shutdown = {
        .sse_type = SCTP_SHUTDOWN_EVENT, .sse_length = sizeof(shutdown), .sse_assoc_id = ID};
    const struct sctp_send_failed_event failed = {
        .ssf_type = SCTP_SEND_FAILED_EVENT, .ssf_length = sizeof(failed), .ssf_assoc_id = ID};

    assert_int_equal(a.undelivered, 0);
    notify(&failed, sizeof(failed));
    notify(&failed, sizeof(failed));
    assert_int_equal(a.undelivered, 2);
    assert_false(a.closing);
    notify(&shutdown, sizeof(shutdown));
    assert_true(a.closing);
    assert_false(a.closed);
    assert_int_equal(a.undelivered, 2);
}

UNIT_TEST(a_program_needs_no_callback_for_notifications)
{
    service.notification = NULL;
    notification_len = sizeof(struct sctp_assoc_change);
    change(SCTP_COMM_UP, 0, "", 0);
    assert_int_equal(a.ostreams, 7);
}

/* ---- messages -------------------------------------------------------------------------- */

UNIT_TEST(a_message_is_passed_on_and_freed)
{
    arrive(LIMIT - 1, true);
    assert_int_equal(messages, 0);
    arrive(1, false);
    assert_int_equal(messages, 1);
    assert_int_equal(message_len, LIMIT);
}

UNIT_TEST(a_message_that_is_too_large_ends_the_association)
{
    arrive(LIMIT + 1, false);
    assert_true(a.closed && a.lost);
    assert_string_equal(os.reason, "message too large");
    assert_string_equal(
        a.reason, "the server sends a message larger than 1000 bytes; is it a tested server?");
    assert_int_equal(messages, 0);
}

static void fail_to_receive(void *arg)
{
    service.reconnects = false;
    errno = *(int *)arg;
    a.in.failed(&a, ID, errno);
}

UNIT_TEST(other_failures_to_receive_end_the_program)
{
    int large = EMSGSIZE, memory = ENOMEM;
    char err[500];

    assert_int_equal(in_child(fail_to_receive, &large, err, sizeof(err)), EXIT_LOST);
    assert_string_equal(err, "client_assoc_test: the server sends a message larger than 1000 "
                             "bytes; is it a tested server?\n");
    assert_int_equal(in_child(fail_to_receive, &memory, err, sizeof(err)), EXIT_SYSTEM);
    assert_contains(err, "reassemble a message: Cannot allocate memory");
}

/* ---- addresses --------------------------------------------------------------------------- */

static const char *event_text(uint16_t type, uint16_t state)
{
    static char text[600];
    const struct sctp_assoc_change c = {.sac_type = type,
                                        .sac_length = sizeof(c),
                                        .sac_state = state,
                                        .sac_outbound_streams = 7,
                                        .sac_inbound_streams = 9,
                                        .sac_assoc_id = ID};
    union sctp_notification n;

    memset(&n, 0, sizeof(n));
    memcpy(&n, &c, sizeof(c));
    assert_ptr_equal(unp_client_event_text(FD, &n, sizeof(c), text, sizeof(text)), text);
    return text;
}

UNIT_TEST(an_association_that_comes_up_is_shown_with_its_addresses)
{
    assert_string_equal(event_text(SCTP_ASSOC_CHANGE, SCTP_COMM_UP),
                        "association 3 up: 7 streams out, 9 in, peer 10.0.0.2 port 7, local "
                        "10.0.0.1 port 7");
    assert_null(strstr(event_text(SCTP_ASSOC_CHANGE, SCTP_COMM_LOST), "10.0.0"));
    assert_null(strstr(event_text(SCTP_SHUTDOWN_EVENT, SCTP_COMM_UP), "10.0.0"));
    os.no_local = true;
    assert_string_equal(event_text(SCTP_ASSOC_CHANGE, SCTP_COMM_UP),
                        "association 3 up: 7 streams out, 9 in");
    os.no_local = false;
    os.no_peer = true;
    assert_string_equal(event_text(SCTP_ASSOC_CHANGE, SCTP_COMM_UP),
                        "association 3 up: 7 streams out, 9 in");
}

int main(void)
{
    return run_all_tests(start, stop);
}
