/* The notifications of a real stack as text: lib/notification.c, lib/send.c. */
#include "unit_sctp.h"
#include "json/event.h"

#include <errno.h>
#include <poll.h>

/* Two endpoints that subscribe to all notifications, with an association between them. */
static struct {
    int a, b;
    struct sockaddr_storage at_a, at_b;
    sctp_assoc_t id_a, id_b;
} pair;

static void subscribe(int fd)
{
    static const uint16_t events[] = {SCTP_ASSOC_CHANGE,          SCTP_SEND_FAILED_EVENT,
                                      SCTP_REMOTE_ERROR,          SCTP_SHUTDOWN_EVENT,
                                      SCTP_ADAPTATION_INDICATION, SCTP_SENDER_DRY_EVENT,
                                      SCTP_STREAM_RESET_EVENT,    SCTP_STREAM_CHANGE_EVENT};

    for (size_t i = 0; i < COUNT(events); i++)
        assert_int_equal(unp_subscribe(fd, SCTP_FUTURE_ASSOC, events[i], true), 0);
}

/* The last notification that next() returned. */
static union {
    union sctp_notification n;
    char bytes[65536];
} u;
static ssize_t u_len;

/* The same as JSON. */
static void assert_json(const char *part)
{
    char *line = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&line, &size);

    assert_non_null(f);
    unp_notification_json(&u.n, (size_t)u_len, f);
    fclose(f);
    assert_contains(line, part);
    free(line);
}

/* The text of the next notification of a type; skips others. */
static const char *next(int fd, uint16_t type)
{
    static char text[1024];

    for (int i = 0; i < 1000; i++) {
        struct iovec iov = {.iov_base = &u, .iov_len = sizeof(u)};
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
        ssize_t len = recvmsg(fd, &m, 0);

        if (len < 0)
            fail_msg("notification 0x%04x does not come: %s", type, strerror(errno));
        if ((m.msg_flags & MSG_NOTIFICATION) && u.n.sn_header.sn_type == type) {
            if (type == SCTP_ASSOC_CHANGE && u.n.sn_assoc_change.sac_state == SCTP_COMM_UP)
                pair.id_b = u.n.sn_assoc_change.sac_assoc_id;
            u_len = len;
            return unp_notification_text(&u.n, (size_t)len, text, sizeof(text));
        }
    }
    fail_msg("notification 0x%04x does not come", type);
    return NULL;
}

static void assert_next(int fd, uint16_t type, sctp_assoc_t id, const char *words)
{
    const char *text = next(fd, type);
    char expected[1024];

    snprintf(expected, sizeof(expected), "association %d%s", id, words);
    assert_string_equal(text, expected);
}

static int open_pair(void **state)
{
    pair.a = open_endpoint("127.0.0.1", 3, 10, &pair.at_a);
    pair.b = open_endpoint("127.0.0.1", 7, 10, &pair.at_b);
    subscribe(pair.a);
    subscribe(pair.b);
    pair.id_a = associate(pair.a, &pair.at_b);
    assert_next(pair.a, SCTP_ASSOC_CHANGE, pair.id_a, " up: 3 streams out, 7 in");
    return 0;
}

static int close_pair(void **state)
{
    close(pair.a);
    close(pair.b);
    return 0;
}

UNIT_TEST(an_association_comes_up_at_both_ends_with_its_streams)
{
    const char *text = next(pair.b, SCTP_ASSOC_CHANGE);

    assert_contains(text, " up: 7 streams out, 3 in");
}

UNIT_TEST(an_abort_has_its_reason_at_the_peer)
{
    next(pair.b, SCTP_ASSOC_CHANGE);
    assert_int_equal(unp_abort(pair.a, pair.id_a, "the reason of it"), 0);
    assert_next(pair.b, SCTP_ASSOC_CHANGE, pair.id_b,
                " lost: user-initiated abort: the reason of it");
    assert_next(pair.a, SCTP_ASSOC_CHANGE, pair.id_a, " lost: user-initiated abort");
}

UNIT_TEST(a_reason_with_escape_sequences_is_escaped)
{
    next(pair.b, SCTP_ASSOC_CHANGE);
    assert_int_equal(unp_abort(pair.a, pair.id_a, "\x1b[2J\r\nx"), 0);
    assert_next(pair.b, SCTP_ASSOC_CHANGE, pair.id_b,
                " lost: user-initiated abort: \\x1b[2J\\x0d\\x0ax");
}

UNIT_TEST(an_abort_without_a_reason_is_shown)
{
    next(pair.b, SCTP_ASSOC_CHANGE);
    assert_int_equal(unp_abort(pair.a, pair.id_a, ""), 0);
    assert_next(pair.b, SCTP_ASSOC_CHANGE, pair.id_b, " lost: user-initiated abort");
}

UNIT_TEST(a_shutdown_completes_after_all_messages_have_arrived)
{
    char buf[100];
    const struct timeval tv = {.tv_sec = PATIENCE};

    next(pair.b, SCTP_ASSOC_CHANGE);
    assert_int_equal(setsockopt(pair.b, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
    assert_int_equal(send_on(pair.a, pair.id_a, 1, "last words", 10), 0);
    assert_int_equal(unp_eof(pair.a, pair.id_a), 0);
    assert_int_equal(recv(pair.b, buf, sizeof(buf), 0), 10);
    assert_memory_equal(buf, "last words", 10);
    assert_next(pair.b, SCTP_SHUTDOWN_EVENT, pair.id_b, ": the peer is shutting down");
    assert_next(pair.b, SCTP_ASSOC_CHANGE, pair.id_b, " shut down");
    assert_next(pair.a, SCTP_ASSOC_CHANGE, pair.id_a, " shut down");
}

UNIT_TEST(a_sender_is_dry_when_all_is_acknowledged)
{
    assert_int_equal(send_on(pair.a, pair.id_a, 1, "hello", 5), 0);
    assert_next(pair.a, SCTP_SENDER_DRY_EVENT, pair.id_a, ": all that was sent is acknowledged");
}

UNIT_TEST(an_association_that_is_refused_cannot_start)
{
    struct sockaddr_storage at, nobody;
    int fd = open_endpoint("127.0.0.1", 3, 3, &at),
        closed = open_endpoint("127.0.0.1", 3, 3, &nobody);
    sctp_assoc_t id = 0;

    close(closed);
    subscribe(fd);
    assert_int_equal(sctp_connectx(fd, sockaddr_of(&nobody), 1, &id), -1);
    assert_int_equal(errno, ECONNREFUSED);
    assert_contains(next(fd, SCTP_ASSOC_CHANGE), " cannot start: ");
    close(fd);
}

UNIT_TEST(the_adaptation_layer_of_the_peer_is_shown)
{
    const struct sctp_setadaptation layer = {.ssb_adaptation_ind = 0x12345678};

    assert_int_equal(setsockopt(pair.b, IPPROTO_SCTP, SCTP_ADAPTATION_LAYER, &layer, sizeof(layer)),
                     0);
    assert_int_equal(unp_abort(pair.a, pair.id_a, "once more"), 0);
    pair.id_a = associate(pair.a, &pair.at_b);
    assert_next(pair.a, SCTP_ADAPTATION_INDICATION, pair.id_a,
                ": the peer's adaptation layer is 0x12345678");
    assert_json("\"adaptation_ind\":305419896,");
}

/* Enables RFC 6525 for future associations, and starts one. */
static void begin_with_reconfiguration(void)
{
    const int fds[] = {pair.a, pair.b};

    assert_int_equal(unp_abort(pair.a, pair.id_a, "once more"), 0);
    for (size_t i = 0; i < COUNT(fds); i++) {
        struct sctp_assoc_value v = {.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = 1};

        assert_int_equal(setsockopt(fds[i], IPPROTO_SCTP, SCTP_RECONFIG_SUPPORTED, &v, sizeof(v)),
                         0);
        v.assoc_value = SCTP_ENABLE_STRRESET_MASK;
        assert_int_equal(setsockopt(fds[i], IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &v, sizeof(v)),
                         0);
    }
    next(pair.b, SCTP_ASSOC_CHANGE);
    next(pair.b, SCTP_ASSOC_CHANGE); /* the first one is over */
    pair.id_a = associate(pair.a, &pair.at_b);
    next(pair.b, SCTP_ASSOC_CHANGE);
}

UNIT_TEST(a_reset_of_streams_is_notified_at_both_ends)
{
    const size_t size = sizeof(struct sctp_reset_streams) + 2 * sizeof(uint16_t);
    struct sctp_reset_streams *reset = calloc(1, size);

    begin_with_reconfiguration();
    assert_non_null(reset);
    reset->srs_assoc_id = pair.id_a;
    reset->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    reset->srs_number_streams = 2;
    reset->srs_stream_list[1] = 2;
    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_RESET_STREAMS, reset, (socklen_t)size),
                     0);
    free(reset);
    assert_next(pair.a, SCTP_STREAM_RESET_EVENT, pair.id_a,
                ": reset of 2 outbound streams is done: 0, 2");
    assert_json("\"flags\":[\"outgoing_ssn\"]");
    assert_next(pair.b, SCTP_STREAM_RESET_EVENT, pair.id_b,
                ": reset of 2 inbound streams is done: 0, 2");
    assert_json("\"stream_list\":[0,2]");
}

UNIT_TEST(a_change_of_the_number_of_streams_is_notified)
{
    struct sctp_add_streams more = {.sas_outstrms = 2};

    begin_with_reconfiguration();
    more.sas_assoc_id = pair.id_a;
    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_ADD_STREAMS, &more, sizeof(more)), 0);
    assert_next(pair.a, SCTP_STREAM_CHANGE_EVENT, pair.id_a,
                userland() ? ": change of streams (5 out, 7 in) is done"
                           : ": change of streams (2 out, 0 in) is done");
}

/* Sends more than the peer's receive buffer holds, so that the peer's abort finds unsent messages.
 */
UNIT_TEST(messages_unsent_at_an_abort_are_returned_with_its_cause)
{
    char data[1000] = "some data";
    const struct sctp_sndinfo snd = {
        .snd_assoc_id = pair.id_a, .snd_sid = 2, .snd_ppid = htonl(60), .snd_context = 4711};
    char expected[200];
    int sent = 0;

    next(pair.b, SCTP_ASSOC_CHANGE);
    while (sent < 10000 && unp_send_info(pair.a, data, sizeof(data), &snd, NULL, MSG_DONTWAIT) > 0)
        sent++;
    assert_in_range(sent, 10, 9999);
    assert_int_equal(unp_abort(pair.b, pair.id_b, "no more"), 0);
    snprintf(expected, sizeof(expected), "association %d: message of 1000 bytes on stream 2 was ",
             pair.id_a);
    for (int i = 0; i < 10; i++) {
        const char *text = next(pair.a, SCTP_SEND_FAILED_EVENT);

        assert_contains(text, expected);
        assert_contains(text,
                        ": user-initiated abort (ppid 60 ngap, context 4711): \"some data\\x00");
        assert_json("\"info\":{\"stream\":2,\"flags\":[\"last_fragment\",\"first_fragment\"],"
                    "\"ppid\":60,\"ppid_name\":\"ngap\",\"context\":4711},\"length\":1000,"
                    "\"data\":\"some data\\u0000");
    }
}

/* Messages whose lifetime ends before they are sent: each is of three fragments. */
static struct {
    char data[1200];
    int sent, arrived, returned; /* whole messages */
    size_t fragment;             /* the next one of the message that is being returned */
} expiring;

static void send_expiring(void)
{
    const struct sctp_assoc_value fragments = {.assoc_id = pair.id_a, .assoc_value = 500};
    const struct sctp_sndinfo snd = {.snd_assoc_id = pair.id_a, .snd_sid = 2};
    const struct sctp_prinfo pr = {.pr_policy = SCTP_PR_SCTP_TTL, .pr_value = 10};
    const size_t size = sizeof(expiring.data);
    /* More than the peer's window, and room for all notifications at once. */
    const int room = 1 << 20;

    memset(&expiring, 0, sizeof(expiring));
    assert_int_equal(setsockopt(pair.a, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)), 0);
    assert_int_equal(setsockopt(pair.a, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_MAXSEG, &fragments, sizeof(fragments)),
                     0);
    while (expiring.sent < 300 && unp_send_info(pair.a, expiring.data, size, &snd,
                                                expiring.sent < 40 ? NULL : &pr, MSG_DONTWAIT) > 0)
        expiring.sent++;
    assert_in_range(expiring.sent, 60, 300);
    poll(NULL, 0, 30); /* the lifetime */
}

/* Each fragment of a message is returned in a notification of its own. */
static void take_returned(void)
{
    static const struct {
        size_t size;
        uint16_t flags;
    } fragments[] = {{500, 2}, {500, 0}, {200, 1}};
    const struct sctp_send_failed_event *e = &u.n.sn_send_failed_event;
    ssize_t len = recv(pair.a, &u, sizeof(u), MSG_DONTWAIT);

    if (len < 0 || u.n.sn_header.sn_type != SCTP_SEND_FAILED_EVENT)
        return;
    assert_int_equal(len, sizeof(*e) + fragments[expiring.fragment].size);
    assert_int_equal(e->ssf_length, len);
    assert_int_equal(e->ssfe_info.snd_flags, fragments[expiring.fragment].flags);
    assert_int_equal(e->ssfe_info.snd_sid, 2);
    expiring.fragment = (expiring.fragment + 1) % COUNT(fragments);
    expiring.returned += expiring.fragment == 0;
}

/* The next message arrives.  With Linux 6.1 it does not within seconds. */
UNIT_TEST(messages_that_expire_before_they_are_sent_are_returned)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = pair.id_a, .snd_sid = 2};
    bool last_sent = false, last_arrived = false;

    send_expiring();
    /* Reading frees room in the receive buffer, so that the stack handles the queued messages. */
    while (!expiring.returned || (userland() && !last_arrived)) {
        static char buf[65536];
        struct pollfd fds[] = {{.fd = pair.a, .events = last_sent ? POLLIN : POLLIN | POLLOUT},
                               {.fd = pair.b, .events = POLLIN}};
        ssize_t len;

        assert_true(poll(fds, 2, PATIENCE * 1000) > 0);
        if (fds[0].revents & POLLIN)
            take_returned();
        if (fds[0].revents & POLLOUT)
            last_sent = unp_send_info(pair.a, "last", 4, &snd, NULL, MSG_DONTWAIT) == 4;
        if (!(fds[1].revents & POLLIN))
            continue;
        len = recv(pair.b, buf, sizeof(buf), MSG_DONTWAIT);
        expiring.arrived += len == sizeof(expiring.data);
        last_arrived |= len == 4 && memcmp(buf, "last", 4) == 0;
    }
    assert_in_range(expiring.arrived, 40, expiring.sent - 1);
}

UNIT_TEST(sending_to_a_closed_association_fails_without_a_signal)
{
    assert_int_equal(unp_abort(pair.a, pair.id_a, "over"), 0);
    assert_int_equal(send_on(pair.a, pair.id_a, 0, "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(unp_abort(pair.a, pair.id_a, "over"), -1);
    assert_int_equal(unp_eof(pair.a, pair.id_a), -1);
}

int main(void)
{
    return run_all_tests(open_pair, close_pair);
}
