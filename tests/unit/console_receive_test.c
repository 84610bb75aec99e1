/* What sctp_console prints of messages and notifications, and what it does about them:
 * tools/console/receive.c.  The test calls the receiver's callbacks. */
#include "console_model.h"

/* ---- the receiver, without a socket ---------------------------------------------- */

static struct unp_receiver *receiver;
static int taken; /* what unp_receiver_take() returns */

void Unp_receiver_open(struct unp_receiver *r)
{
    receiver = r;
}

void unp_receiver_close(struct unp_receiver *r)
{
}

int unp_receiver_take(struct unp_receiver *r, int fd, int flags)
{
    assert_ptr_equal(r, receiver);
    assert_int_equal(fd, FD);
    assert_int_equal(flags, MSG_DONTWAIT);
    return taken;
}

static int start(void **state)
{
    int rc = start_console(state);

    c.json = false;
    Console_receiver_open(&c);
    return rc;
}

static void message(struct sctp_rcvinfo rcv, const char *text)
{
    const size_t len = strlen(text);
    unsigned char *data = exact_copy(text, len);
    const struct unp_message msg = {.data = data, .len = len, .rcv = rcv, .owned = data};

    receiver->message(receiver->user, &msg, NULL);
}

static void notification(const union sctp_notification *n, size_t len)
{
    union sctp_notification whole = *n;

    whole.sn_header.sn_length = (uint32_t)len;
    receiver->notification(receiver->user, &whole, len);
}

static void assoc_change(sctp_assoc_t id, int state)
{
    const union sctp_notification n = {.sn_assoc_change = {.sac_type = SCTP_ASSOC_CHANGE,
                                                           .sac_state = (uint16_t)state,
                                                           .sac_outbound_streams = 3,
                                                           .sac_inbound_streams = 2,
                                                           .sac_assoc_id = id}};

    notification(&n, sizeof(n.sn_assoc_change));
}

static void shutdown_event(sctp_assoc_t id)
{
    const union sctp_notification n = {
        .sn_shutdown_event = {.sse_type = SCTP_SHUTDOWN_EVENT, .sse_assoc_id = id}};

    notification(&n, sizeof(n.sn_shutdown_event));
}

/* ---- messages --------------------------------------------------------------------- */

UNIT_TEST(a_message_is_printed_with_its_association_stream_and_ppid)
{
    struct peer *p = peer_up("127.0.0.1");
    const struct {
        struct sctp_rcvinfo rcv;
        const char *text, *line;
    } rows[] = {
        {{.rcv_sid = 3}, "one", "#1 127.0.0.1:9877 [3]: one\n"},
        {{.rcv_sid = 0}, "", "#1 127.0.0.1:9877 [0]: \n"},
        {{.rcv_ppid = 3}, "x", "#1 127.0.0.1:9877 [0] ppid:3(m3ua): x\n"},
        {{.rcv_ppid = 1}, "x", "#1 127.0.0.1:9877 [0] ppid:1(iua): x\n"},
        {{.rcv_ppid = 4000000000}, "x", "#1 127.0.0.1:9877 [0] ppid:4000000000: x\n"},
        {{.rcv_flags = SCTP_UNORDERED}, "x", "#1 127.0.0.1:9877 [0] unordered: x\n"},
        {{.rcv_sid = 9, .rcv_ppid = 3, .rcv_flags = SCTP_UNORDERED},
         "\033[31m",
         "#1 127.0.0.1:9877 [9] ppid:3(m3ua) unordered: \\x1b[31m\n"},
    };
    long before = blocks;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sctp_rcvinfo rcv = rows[i].rcv;

        rcv.rcv_ppid = htonl(rcv.rcv_ppid);
        rcv.rcv_assoc_id = p->id;
        message(rcv, rows[i].text);
        assert_printed(rows[i].line);
    }
    assert_int_equal(blocks, before);
}

UNIT_TEST(with_J_a_message_is_printed_as_JSON)
{
    struct peer *p = peer_up("127.0.0.1");

    c.json = true;
    message((struct sctp_rcvinfo){.rcv_sid = 2, .rcv_assoc_id = p->id}, "hi");
    assert_has_printed("{\"event\":\"message\",\"stream\":2,");
    assert_has_printed("\"length\":2,\"data\":\"hi\"}\n");
}

UNIT_TEST(with_t_messages_and_notifications_begin_with_the_time)
{
    struct peer *p = peer_up("127.0.0.1");

    unp_print_times = true;
    message((struct sctp_rcvinfo){.rcv_assoc_id = p->id}, "x");
    assert_has_printed(" #1 127.0.0.1:9877 [0]: x\n");
    forget_output();
    shutdown_event(p->id);
    unp_print_times = false;
    assert_has_printed(" #1 127.0.0.1:9877: association 11: the peer is shutting down\n");
}

UNIT_TEST(only_the_data_of_associations_that_have_not_closed_is_received)
{
    struct peer *connecting = peer_at("127.0.0.1"), *up = peer_up("127.0.0.2"),
                *closed = peer_up("127.0.0.3"), *closing = peer_up("127.0.0.4");

    closed->state = PEER_CLOSED; /* aborted; its data is still in the receive buffer */
    closing->state = PEER_CLOSING;
    assert_ptr_equal(receiver->reassembly_of(receiver->user, connecting->id), &connecting->in);
    assert_ptr_equal(receiver->reassembly_of(receiver->user, up->id), &up->in);
    assert_ptr_equal(receiver->reassembly_of(receiver->user, closing->id), &closing->in);
    assert_null(receiver->reassembly_of(receiver->user, closed->id));
    assert_null(receiver->reassembly_of(receiver->user, 4711));
}

UNIT_TEST(an_association_that_sends_too_large_a_message_is_aborted)
{
    struct peer *p = peer_up("127.0.0.1");

    receiver->failed(receiver->user, p->id, EMSGSIZE);
    assert_done("abort 11 message too large|");
    assert_told("#1 127.0.0.1:9877: received a message of more than 16777216 bytes: the "
                "association is aborted\n");
    assert_int_equal(receiver->max_message, 16777216);
}

UNIT_TEST(without_memory_the_console_exits)
{
    struct peer *p = peer_up("127.0.0.1");

    assert_quits(EXIT_SYSTEM, "reassemble a message",
                 receiver->failed(receiver->user, p->id, ENOMEM));
    assert_done("");
    if (CAN_FAIL) {
        struct unp_message msg = {.data = (unsigned char *)"x", .len = 1};

        msg.rcv.rcv_assoc_id = p->id;
        fail_in = 1;
        assert_quits(EXIT_SYSTEM, "print a message", receiver->message(receiver->user, &msg, NULL));
        fail_in = 0;
    }
}

/* ---- notifications ----------------------------------------------------------------- */

UNIT_TEST(a_notification_is_printed_with_its_association)
{
    struct peer *p = peer_at("127.0.0.1");

    assoc_change(p->id, SCTP_COMM_UP);
    assert_has_printed("#1 127.0.0.1:9877: association 11 up: 3 streams out, 2 in");
    assert_int_equal(p->state, PEER_UP);
    assert_int_equal(p->ostreams, 3);
    forget_output();
    assoc_change(4711, SCTP_COMM_LOST); /* of a host that was given up */
    assert_printed("association 4711 lost: no cause given\n");
    assoc_change(p->id, SCTP_SHUTDOWN_COMP);
    assert_printed("#1 127.0.0.1:9877: association 11 shut down\n");
    assert_int_equal(p->state, PEER_CLOSED);
}

UNIT_TEST(with_J_a_notification_is_printed_as_JSON_and_has_its_effect)
{
    struct peer *p = peer_up("127.0.0.1");

    c.json = true;
    assoc_change(p->id, SCTP_COMM_LOST);
    assert_has_printed("{\"event\":\"assoc_change\",\"state\":\"comm_lost\",");
    assert_int_equal(p->state, PEER_CLOSED);
    assert_true(c.lost);
}

UNIT_TEST(a_refusal_is_printed_once)
{
    struct peer *p = peer_at("127.0.0.1");

    setenv("SCTP_STACK", "kernel", 1); /* the userland stack has another message */
    assoc_change(p->id, SCTP_CANT_STR_ASSOC);
    assert_printed("");
    assert_contains(told, "#1 127.0.0.1:9877: connect to 127.0.0.1 port 9877: refused");
}

UNIT_TEST(an_association_that_the_peer_shuts_down_takes_no_more_messages)
{
    struct peer *up = peer_up("127.0.0.1"), *connecting = peer_at("127.0.0.2"),
                *closed = peer_up("127.0.0.3");

    closed->state = PEER_CLOSED;
    shutdown_event(up->id);
    shutdown_event(connecting->id);
    shutdown_event(closed->id);
    shutdown_event(4711);
    assert_int_equal(up->state, PEER_CLOSING);
    assert_int_equal(connecting->state, PEER_CONNECTING);
    assert_int_equal(closed->state, PEER_CLOSED);
}

UNIT_TEST(after_a_change_of_streams_their_numbers_are_read_anew)
{
    struct peer *p = peer_up("127.0.0.1"), *other = peer_up("127.0.0.2");
    union sctp_notification n = {.sn_strchange_event = {.strchange_type = SCTP_STREAM_CHANGE_EVENT,
                                                        .strchange_assoc_id = p->id}};

    notification(&n, sizeof(n.sn_strchange_event));
    assert_int_equal(p->ostreams, 21);
    assert_int_equal(p->istreams, 22);
    assert_int_equal(other->ostreams, 4);
    n.sn_strchange_event.strchange_assoc_id = 4711;
    notification(&n, sizeof(n.sn_strchange_event));
    n.sn_header.sn_type = SCTP_SENDER_DRY_EVENT; /* changes nothing */
    n.sn_sender_dry_event.sender_dry_assoc_id = other->id;
    notification(&n, sizeof(n.sn_sender_dry_event));
    assert_int_equal(other->ostreams, 4);
    assert_int_equal(other->state, PEER_UP);
}

UNIT_TEST(the_input_line_is_hidden_before_something_is_printed)
{
    struct peer *p = peer_up("127.0.0.1");

    c.term = terminal;
    message((struct sctp_rcvinfo){.rcv_assoc_id = p->id}, "x");
    assert_done("hide|");
    receiver->failed(receiver->user, p->id, EMSGSIZE);
    assert_done("abort 11 message too large|hide|");
    assoc_change(p->id, SCTP_COMM_LOST);
    assert_done("hide|");
}

UNIT_TEST(the_wait_for_the_last_reply_starts_again_when_something_arrives)
{
    c.heard = 5;
    taken = -1;
    console_receive(&c);
    taken = 0;
    console_receive(&c);
    assert_int_equal(c.heard, 5);
    taken = 1;
    console_receive(&c);
    assert_int_equal(c.heard, now);
}

int main(void)
{
    return run_all_tests(start, stop_console);
}
