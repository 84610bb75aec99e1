/*
 * The one association of a client, with system calls replaced by this file:
 * lib/client/association.c.  client_assoc_sctp_test.c tests it on real stacks.
 */
#include "blocks.h"
#include "client/association.h"
#include "client/interrupt.h"
#include "receive/receive.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

enum { FD = 1000, ID = 3, LIMIT = 1000 };

static struct {
    int64_t now;              /* ms */
    int refused;              /* what connecting returns; 0: FD */
    size_t buffer;            /* that connecting was asked to set */
    int send_error;           /* errno of the next message; 0: it is sent */
    struct sctp_sndinfo sent; /* the last message */
    int send_flags;
    char reason[100];          /* of an abort */
    unsigned char event[200];  /* a notification that arrives */
    size_t len;                /* of it; 0: none */
    unsigned char data[2000];  /* or a message that arrives, */
    size_t data_len;           /* 0: none, */
    bool in_parts;             /* which is only its beginning */
    uint16_t unacked, pending; /* of SCTP_STATUS */
    bool unknown;              /* SCTP_STATUS fails */
    short ready, input;        /* what ppoll() finds */
    short asked;               /* what it was asked for */
    int64_t waited;            /* ms of the last wait; -1: no limit */
    unsigned waits;
    void (*during)(void);   /* called in each wait */
    bool no_local, no_peer; /* addresses cannot be read */
    bool closed;
} os;

int unp_client_connect(struct unp_client *c, sctp_assoc_t *id, char *why, size_t size)
{
    os.buffer = c->setup.buffer;
    *id = ID;
    if (os.refused)
        snprintf(why, size, "refused");
    return os.refused ? os.refused : FD;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    assert_int_equal(fd, FD);
    memcpy(&os.sent, CMSG_DATA(CMSG_FIRSTHDR(m)), sizeof(os.sent));
    os.send_flags = flags;
    if (os.sent.snd_flags & SCTP_ABORT)
        snprintf(os.reason, sizeof(os.reason), "%.*s", (int)m->msg_iov->iov_len,
                 (const char *)m->msg_iov->iov_base);
    errno = os.send_error;
    return os.send_error ? -1 : (ssize_t)m->msg_iov->iov_len;
}

int recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout)
{
    struct msghdr *m = &headers[0].msg_hdr;

    assert_int_equal(fd, FD);
    assert_true(flags & MSG_DONTWAIT);
    m->msg_controllen = 0;
    errno = EAGAIN;
    if (os.len) {
        memcpy(m->msg_iov->iov_base, os.event, os.len);
        m->msg_flags = MSG_EOR | MSG_NOTIFICATION;
        headers[0].msg_len = (unsigned)os.len;
        os.len = 0;
        return 1;
    }
    if (!os.data_len)
        return -1;
    memcpy(m->msg_iov->iov_base, os.data, os.data_len);
    m->msg_flags = os.in_parts ? 0 : MSG_EOR;
    headers[0].msg_len = (unsigned)os.data_len;
    os.data_len = 0;
    return 1;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *status = value;

    assert_int_equal(fd, FD);
    assert_int_equal(level, IPPROTO_SCTP);
    assert_int_equal(name, SCTP_STATUS);
    assert_int_equal(status->sstat_assoc_id, ID);
    assert_int_equal(*len, sizeof(*status));
    errno = EINVAL;
    status->sstat_unackdata = os.unacked;
    status->sstat_penddata = os.pending;
    return os.unknown ? -1 : 0;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *limit, const sigset_t *mask)
{
    assert_int_equal(n, 2);
    assert_int_equal(fds[0].fd, FD);
    assert_int_equal(fds[1].events, POLLIN);
    os.asked = fds[0].events;
    os.waited = limit ? limit->tv_sec * 1000 + limit->tv_nsec / 1000000 : -1;
    os.waits++;
    assert_true(os.waits < 1000);
    fds[0].revents = os.ready;
    fds[1].revents = fds[1].fd >= 0 ? os.input : 0;
    if (!os.ready && !fds[1].revents && limit)
        os.now += os.waited;
    if (os.during)
        os.during();
    return 1;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = os.now / 1000, .tv_nsec = os.now % 1000 * 1000000};
    return 0;
}

static int one_address(const char *host, struct sockaddr **addrs)
{
    struct sockaddr_in *sa = calloc(1, sizeof(*sa));

    assert_non_null(sa);
    *sa = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(7)};
    inet_pton(AF_INET, host, &sa->sin_addr);
    *addrs = (struct sockaddr *)sa;
    return 1;
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    return os.no_peer ? -1 : one_address("10.0.0.2", addrs);
}

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    return os.no_local ? -1 : one_address("10.0.0.1", addrs);
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

int close(int fd)
{
    os.closed |= fd == FD;
    return fd == FD ? 0 : (int)syscall(SYS_close, fd);
}

/* ---- the program ---------------------------------------------------------------- */

static struct unp_client_assoc a;
static unsigned messages, notifications, stops;
static size_t message_len, notification_len;

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    assert_ptr_equal(user, &messages);
    assert_null(from);
    messages++;
    message_len = msg->len;
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    assert_ptr_equal(user, &messages);
    assert_non_null(n);
    notifications++;
    notification_len = len;
}

static void on_continued(void *user)
{
    assert_ptr_equal(user, &messages);
    stops++;
}

static struct unp_client_service service;
static long blocks_before;

static int start(void **state)
{
    const struct unp_client asked = {.wait = 30};
    char why[100];

    memset(&os, 0, sizeof(os));
    os.now = 100000;
    messages = notifications = stops = 0;
    unp_pending_signal = 0;
    blocks_before = blocks;
    service = (struct unp_client_service){.buffer = 70000,
                                          .max_message = LIMIT,
                                          .reconnects = true,
                                          .server = "a tested server",
                                          .message = on_message,
                                          .notification = on_notification,
                                          .continued = on_continued};
    assert_int_equal(unp_client_assoc_open(&a, &service, &messages, &asked, why, sizeof(why)), 0);
    return 0;
}

static int stop(void **state)
{
    unp_client_assoc_close(&a);
    if (blocks != blocks_before)
        print_error("%ld blocks of memory are not freed\n", blocks - blocks_before);
    return blocks == blocks_before && os.closed ? 0 : -1;
}

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

/* An association change with error causes behind it. */
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
        assert_true(a.progressed);
        assert_false(a.closed);
    }
    change(99, 0, "", 0); /* a state of a later kernel */
    assert_false(a.closed || a.lost);
}

UNIT_TEST(a_graceful_end_is_no_loss)
{
    change(SCTP_SHUTDOWN_COMP, 0, "", 0);
    assert_true(a.closed);
    assert_false(a.lost || a.aborted);
    assert_string_equal(a.close_text, "association 3 shut down");
    assert_string_equal(a.reason, "");
}

UNIT_TEST(an_abort_by_the_server_is_reported_with_its_reason)
{
    change(SCTP_COMM_LOST, 12, "\0\x0c\0\x0ctoo slow", 12);
    assert_true(a.closed && a.lost && a.aborted);
    assert_string_equal(a.reason, "too slow");
    assert_string_equal(a.close_text, "association 3 lost: user-initiated abort: too slow");
}

UNIT_TEST(a_loss_without_a_reason_has_the_cause)
{
    change(SCTP_CANT_STR_ASSOC, 4, "\0\4\0\4", 4);
    assert_true(a.closed && a.lost);
    assert_false(a.aborted);
    assert_string_equal(a.reason,
                        "the association was lost: out of resource; was the server killed?");
}

UNIT_TEST(a_loss_without_a_cause_says_so)
{
    change(SCTP_COMM_LOST, 0, "", 0);
    assert_true(a.lost);
    assert_string_equal(a.reason,
                        "the association was lost: no cause given; was the server killed?");
    assert_string_equal(a.close_text, "association 3 lost: no cause given");
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

static void arrive(size_t len, bool in_parts)
{
    os.data_len = len;
    os.in_parts = in_parts;
    assert_true(Unp_client_assoc_take(&a));
}

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
    Unp_client_assoc_wait(&a, -1, -1); /* ppoll() was wrong */
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
