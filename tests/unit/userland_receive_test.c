/*
 * Receiving on the userland stack: userland/receive.c.
 */
#include "model_message.h"

/* ---- receiving ---------------------------------------------------------------------- */

static unsigned char data[1000];
static struct msghdr m;
static struct sockaddr_storage from;

/* Fills the stack below the caller, so that what a call does not initialize shows. */
static __attribute__((noinline)) void dirty_the_stack(void)
{
    unsigned char bytes[16384];

    memset(bytes, 0xa5, sizeof(bytes));
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

/* Receives with `room` bytes for data and `control_room` for control messages. */
static int receive(size_t room, size_t control_room, int flags)
{
    static struct iovec iov;
    ssize_t n;

    iov = (struct iovec){data, room};
    memset(data, 0, sizeof(data));
    memset(&from, 0, sizeof(from));
    m = (struct msghdr){.msg_name = &from,
                        .msg_namelen = sizeof(from),
                        .msg_iov = &iov,
                        .msg_iovlen = 1,
                        .msg_control = control_room ? control.bytes : NULL,
                        .msg_controllen = control_room};
    errno = 0;
    dirty_the_stack();
    n = usock_recvmsg(&s, &m, flags);
    assert_true(n >= -1);
    return n < 0 ? -error_of_call() : (int)n;
}

static const struct usr_sctp_recvv_rn information = {
    .recvv_rcvinfo = {1, 2, usr_SCTP_UNORDERED | 3, 4, 5, 6, 7, STACK_ID},
    .recvv_nxtinfo = {11, usr_SCTP_UNORDERED | usr_SCTP_NOTIFICATION, 12, 13, STACK_ID + 1}};

static void expect_message(void)
{
    struct model_input *i = model_gets("hello", 5, MSG_EOR);

    i->type = usr_SCTP_RECVV_RN;
    i->info = information;
    i->from = peer;
}

/* The control message must have this type and contents.  Returns the next one. */
static struct cmsghdr *check(struct cmsghdr *c, int type, const void *info, size_t size)
{
    assert_non_null(c);
    assert_int_equal(c->cmsg_level, IPPROTO_SCTP);
    assert_int_equal(c->cmsg_type, type);
    assert_int_equal(c->cmsg_len, CMSG_LEN(size));
    assert_memory_equal(CMSG_DATA(c), info, size);
    return CMSG_NXTHDR(&m, c);
}

UNIT_TEST(a_message_has_the_information_that_is_wanted)
{
    static const struct sctp_nxtinfo next = {11, SCTP_UNORDERED | SCTP_NOTIFICATION, 12, 13,
                                             ID + 1};
    static const struct sctp_rcvinfo info = {1, 2, SCTP_UNORDERED, 4, 5, 6, 7, ID};
    static const struct sctp_sndrcvinfo old = {.sinfo_stream = 1,
                                               .sinfo_ssn = 2,
                                               .sinfo_flags = SCTP_UNORDERED,
                                               .sinfo_ppid = 4,
                                               .sinfo_context = 7,
                                               .sinfo_tsn = 5,
                                               .sinfo_cumtsn = 6,
                                               .sinfo_assoc_id = ID};
    struct cmsghdr *c;

    expect_message();
    s.want_nxtinfo = s.want_sndrcv = true;
    assert_int_equal(receive(sizeof(data), sizeof(control.bytes), 0), 5);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(m.msg_flags, MSG_EOR);
    assert_int_equal(m.msg_namelen, sizeof(peer));
    assert_memory_equal(&from, &peer, sizeof(peer));
    assert_int_equal(m.msg_controllen,
                     CMSG_SPACE(sizeof(next)) + CMSG_SPACE(sizeof(info)) + CMSG_SPACE(sizeof(old)));
    c = check(CMSG_FIRSTHDR(&m), SCTP_NXTINFO, &next, sizeof(next));
    c = check(c, SCTP_RCVINFO, &info, sizeof(info));
    assert_null(check(c, SCTP_SNDRCV, &old, sizeof(old)));
    assert_ptr_equal(usock_next_ready(), &s);
}

UNIT_TEST(information_that_is_not_wanted_or_not_there_is_left_out)
{
    s.want_rcvinfo = false;
    expect_message();
    assert_int_equal(receive(sizeof(data), sizeof(control.bytes), 0), 5);
    assert_int_equal(m.msg_controllen, 0);
    s.want_nxtinfo = true;
    expect_message();
    model.input[model.n_input - 1].type = usr_SCTP_RECVV_RCVINFO; /* there is no next message yet */
    assert_int_equal(receive(sizeof(data), sizeof(control.bytes), 0), 5);
    assert_int_equal(m.msg_controllen, 0);
    for (int i = 0; i < 3; i++) {
        static const uint16_t flags[][2] = {{0, 0},
                                            {usr_SCTP_UNORDERED, SCTP_UNORDERED},
                                            {usr_SCTP_NOTIFICATION, SCTP_NOTIFICATION}};

        expect_message();
        model.input[model.n_input - 1].info.recvv_nxtinfo.nxt_flags = flags[i][0];
        assert_int_equal(receive(sizeof(data), sizeof(control.bytes), 0), 5);
        assert_int_equal(m.msg_controllen, CMSG_SPACE(sizeof(struct sctp_nxtinfo)));
        assert_int_equal(((struct sctp_nxtinfo *)CMSG_DATA(CMSG_FIRSTHDR(&m)))->nxt_flags,
                         flags[i][1]);
    }
    s.want_rcvinfo = true;
    s.want_nxtinfo = false;
    expect_message();
    model.input[model.n_input - 1].info.recvv_rcvinfo.rcv_flags = 3;
    assert_int_equal(receive(sizeof(data), sizeof(control.bytes), 0), 5);
    assert_int_equal(((struct sctp_rcvinfo *)CMSG_DATA(CMSG_FIRSTHDR(&m)))->rcv_flags, 0);
}

UNIT_TEST(control_messages_are_cut_to_the_room)
{
    const size_t whole = CMSG_LEN(sizeof(struct sctp_rcvinfo));
    const size_t space = CMSG_SPACE(sizeof(struct sctp_rcvinfo)); /* on i386, whole */
    const struct {
        size_t room;
        bool truncated;
        size_t length, used;
    } cases[] = {
        {0, true, 0, 0},
        {CMSG_LEN(0) - 1, true, 0, 0},
        {CMSG_LEN(0), true, CMSG_LEN(0), CMSG_LEN(0)},
        {CMSG_LEN(0) + 3, true, CMSG_LEN(0) + 3, CMSG_LEN(0) + 3},
        {whole - 1, true, whole - 1, whole - 1},
        {whole, false, whole, whole},
        {whole + 1, false, whole, whole < space ? whole + 1 : space},
        {whole + 100, false, whole, space},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_message();
        memset(control.bytes, 0x55, sizeof(control.bytes));
        assert_int_equal(receive(sizeof(data), cases[i].room, 0), 5);
        assert_int_equal(m.msg_flags & MSG_CTRUNC, cases[i].truncated ? MSG_CTRUNC : 0);
        assert_int_equal(m.msg_controllen, cases[i].used);
        if (cases[i].length)
            assert_int_equal(((struct cmsghdr *)(void *)control.bytes)->cmsg_len, cases[i].length);
        for (size_t at = cases[i].length; at < sizeof(control.bytes); at++)
            assert_int_equal(control.bytes[at], 0x55);
    }
    s.want_sndrcv = true; /* no room for the second one */
    expect_message();
    assert_int_equal(receive(sizeof(data), CMSG_SPACE(sizeof(struct sctp_rcvinfo)), 0), 5);
    assert_true(m.msg_flags & MSG_CTRUNC);
    assert_int_equal(m.msg_controllen, CMSG_SPACE(sizeof(struct sctp_rcvinfo)));
}

UNIT_TEST(a_message_is_scattered_over_the_buffers)
{
    char a[3], b[10], c[4] = "...";
    struct iovec iov[] = {{a, 3}, {b, 1}, {c, 3}, {NULL, 0}};
    struct msghdr into = {.msg_iov = iov, .msg_iovlen = 4, .msg_namelen = 77};

    expect_message();
    assert_int_equal(usock_recvmsg(&s, &into, 0), 5);
    assert_memory_equal(a, "hel", 3);
    assert_memory_equal(b, "l", 1);
    assert_string_equal(c, "o..");
    assert_int_equal(into.msg_namelen, 0);
    expect_message();
    iov[2].iov_len = 0;
    assert_int_equal(usock_recvmsg(&s, &into, 0), 4);
    assert_false(into.msg_flags & MSG_EOR);
    assert_int_equal(receive(10, 0, 0), 1); /* the rest */
    assert_true(m.msg_flags & MSG_EOR);
    into.msg_iovlen = 0;
    expect_message();
    assert_int_equal(usock_recvmsg(&s, &into, 0), 0);
}

UNIT_TEST(a_peeked_message_is_read_again)
{
    expect_message();
    assert_int_equal(receive(sizeof(data), 0, MSG_PEEK), 5);
    assert_int_equal(receive(sizeof(data), 0, MSG_PEEK | MSG_WAITALL), 5);
    assert_int_equal(receive(3, 0, 0), 3);
    assert_int_equal(m.msg_flags & MSG_EOR, 0);
    assert_int_equal(receive(sizeof(data), 0, 0), 2);
    assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
    assert_int_equal(usock_readable_bytes(&s), 0);
    expect_message();
    assert_int_equal(usock_readable_bytes(&s), 5);
    assert_int_equal(receive(sizeof(data), 0, 0), 5);
}

/* ---- notifications -------------------------------------------------------------------- */

static const struct usr_sctp_shutdown_event shutdown_event = {.sse_type = usr_SCTP_SHUTDOWN_EVENT,
                                                              .sse_length = sizeof(shutdown_event),
                                                              .sse_assoc_id = STACK_ID};

static void expect_event(const void *event, size_t size)
{
    model_gets(event, size, usr_MSG_NOTIFICATION | MSG_EOR)->from = peer;
}

UNIT_TEST(a_notification_is_read_in_parts_and_without_control_messages)
{
    struct sctp_shutdown_event got;

    for (int peek = 0; peek < 2; peek++) {
        begin(state);
        expect_event(&shutdown_event, sizeof(shutdown_event));
        for (int i = 0; i < 2 * peek; i++) {
            assert_int_equal(receive(5, sizeof(control.bytes), MSG_PEEK), 5);
            assert_int_equal(m.msg_flags, MSG_NOTIFICATION);
            assert_int_equal(usock_readable_bytes(&s), 12);
        }
        assert_int_equal(receive(5, sizeof(control.bytes), 0), 5);
        assert_int_equal(m.msg_flags, MSG_NOTIFICATION);
        assert_int_equal(m.msg_controllen, 0);
        assert_memory_equal(&from, &peer, sizeof(peer));
        memcpy(&got, data, 5);
        assert_int_equal(usock_readable_bytes(&s), 7);
        assert_int_equal(receive(sizeof(data), 0, MSG_PEEK), 7);
        assert_int_equal(m.msg_flags, MSG_NOTIFICATION | MSG_EOR);
        assert_int_equal(receive(7, 0, 0), 7);
        assert_int_equal(m.msg_flags, MSG_NOTIFICATION | MSG_EOR);
        memcpy((char *)&got + 5, data, 7);
        assert_int_equal(got.sse_type, SCTP_SHUTDOWN_EVENT);
        assert_int_equal(got.sse_length, sizeof(got));
        assert_int_equal(got.sse_assoc_id, ID);
        assert_null(s.event);
        assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
    }
}

UNIT_TEST(a_notification_is_received_into_several_buffers_or_none)
{
    char a[6], b[20];
    struct iovec iov[] = {{a, 6}, {b, 20}};
    struct msghdr into = {.msg_iov = iov, .msg_iovlen = 2};
    static unsigned char whole[sizeof(struct usr_sctp_send_failed_event) + 5000];
    struct usr_sctp_send_failed_event *failed = (void *)whole;

    expect_event(&shutdown_event, sizeof(shutdown_event));
    assert_int_equal(usock_recvmsg(&s, &into, 0), 12);
    assert_memory_equal(b + 2, "\xef\3\0\0", 4);
    failed->ssfe_type = usr_SCTP_SEND_FAILED_EVENT;
    memset(failed->ssfe_data, 'd', 5000);
    expect_event(whole, sizeof(whole));
    assert_int_equal(receive(0, 0, 0), 0); /* the stack's form is read to its end */
    assert_true(m.msg_flags & MSG_NOTIFICATION);
    assert_int_equal(model.next_input, model.n_input);
    assert_int_equal(usock_readable_bytes(&s), sizeof(struct sctp_send_failed_event) + 5000);
    for (size_t left = sizeof(struct sctp_send_failed_event) + 5000, n; left; left -= n) {
        n = (size_t)receive(sizeof(data), 0, 0);
        assert_int_equal(n, left < sizeof(data) ? left : sizeof(data));
        assert_int_equal(m.msg_flags & MSG_EOR, left == n ? MSG_EOR : 0);
        for (size_t i = left > 5000 ? left - 5000 : 0; i < n; i++)
            assert_int_equal(data[i], 'd');
    }
}

UNIT_TEST(a_notification_that_linux_does_not_have_is_skipped)
{
    const struct usr_sctp_shutdown_event stopped = {.sse_type =
                                                        usr_SCTP_NOTIFICATIONS_STOPPED_EVENT};

    expect_event(&stopped, sizeof(stopped));
    expect_message();
    assert_int_equal(receive(sizeof(data), 0, 0), 5);
    expect_event(&stopped, sizeof(stopped));
    assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
}

/* The notification is lost, and what follows is received. */
UNIT_TEST(without_memory_a_notification_is_skipped)
{
    static unsigned char whole[sizeof(struct usr_sctp_send_failed_event) + 5000];
    struct usr_sctp_send_failed_event *failed = (void *)whole;
    char a[3], b[10];
    struct iovec iov[] = {{a, 3}, {b, 10}};
    struct msghdr into = {.msg_iov = iov, .msg_iovlen = 2};

    failed->ssfe_type = usr_SCTP_SEND_FAILED_EVENT;
    for (unsigned i = 1; CAN_FAIL && i <= 6; i++) { /* for a part, for more, and for Linux's form */
        begin(state);
        expect_event(whole, sizeof(whole));
        expect_message();
        fail_in = i;
        assert_int_equal(receive(100, 0, 0), 5);
        assert_int_equal(fail_in, 0);
        end(state);
    }
    expect_message();
    fail_in = CAN_FAIL;
    if (CAN_FAIL)
        assert_fails(usock_recvmsg(&s, &into, 0), ENOMEM);
}

/* ---- the end ---------------------------------------------------------------------------- */

static void fails_with(int error)
{
    model_gets("", 0, 0)->error = error;
}

UNIT_TEST(the_bytes_that_can_be_read_are_those_of_the_next_message)
{
    assert_int_equal(usock_readable_bytes(&s), 0);
    model_gets("x", 1, MSG_EOR);
    model_gets("hello", 5, MSG_EOR);
    assert_int_equal(usock_readable_bytes(&s), 1);
    assert_int_equal(receive(sizeof(data), 0, 0), 1);
    assert_int_equal(usock_readable_bytes(&s), 5);
}

UNIT_TEST(a_receive_that_may_not_wait_says_why)
{
    static const uint32_t none = 0, one = 1;

    udp_families[0].own_waiting = 1;
    assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
    assert_int_equal(udp_families[0].own_waiting, 0); /* it waits for packets of our own */
    assert_true(s.ready);                             /* poll() must no longer report it */
    s.no_receive = true;
    assert_int_equal(receive(sizeof(data), 0, 0), 0);
    s.type = SOCK_STREAM; /* a one-to-one socket does not ask the stack */
    expect_message();
    assert_int_equal(receive(sizeof(data), 0, 0), 0);
    assert_int_equal(model.next_input + 1, model.n_input);
    begin(state);
    s.closed = true;
    assert_int_equal(receive(sizeof(data), 0, 0), -EBADF);
    begin(state);
    s.nonblocking = s.listening = false;
    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &none, sizeof(none));
    assert_int_equal(receive(sizeof(data), 0, 0), -ENOTCONN);
    assert_int_equal(receive(sizeof(data), 0, MSG_DONTWAIT), -EAGAIN);
    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &one, sizeof(one));
    s.receive_timeout.tv_usec = 1;
    assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
    s.listening = true;
    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &none, sizeof(none));
    assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
    fails_with(EIO);
    assert_int_equal(receive(sizeof(data), 0, 0), -EIO);
}

UNIT_TEST(a_reset_is_reported_once_and_then_the_end_of_file)
{
    s.type = SOCK_STREAM;
    s.connected = true;
    for (int i = 0; i < 3; i++)
        fails_with(ECONNRESET);
    fails_with(ENOTCONN);
    fails_with(EIO);
    assert_int_equal(receive(sizeof(data), 0, 0), -ECONNRESET);
    assert_true(s.reset_reported);
    assert_int_equal(receive(sizeof(data), 0, 0), 0);
    assert_int_equal(receive(sizeof(data), 0, 0), 0);
    assert_int_equal(receive(sizeof(data), 0, 0), 0);
    assert_int_equal(receive(sizeof(data), 0, 0), -EIO);
    assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
    s.reset_reported = s.connected = false;
    fails_with(ENOTCONN);
    assert_int_equal(receive(sizeof(data), 0, 0), -ENOTCONN);
    s.type = SOCK_SEQPACKET;
    s.connected = true;
    fails_with(ECONNRESET);
    assert_int_equal(receive(sizeof(data), 0, 0), -ECONNRESET);
    assert_false(s.reset_reported);
}

UNIT_TEST(a_socket_that_shut_down_first_gets_ENOTCONN_at_the_end)
{
    static const struct {
        bool first, no_receive, nonblocking;
        int flags, expected;
    } cases[] = {
        {false, false, false, 0, 0},
        {true, false, false, 0, -ENOTCONN},
        {true, false, true, 0, 0},
        {true, false, false, MSG_DONTWAIT, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        for (int by_error = 0; by_error < 2; by_error++) {
            begin(state);
            s.type = SOCK_STREAM;
            s.connected = true;
            s.shut_down_first = cases[i].first;
            s.nonblocking = cases[i].nonblocking;
            if (by_error)
                fails_with(ENOTCONN);
            else
                model_gets("", 0, MSG_EOR);
            assert_int_equal(receive(sizeof(data), 100, cases[i].flags), cases[i].expected);
            if (!by_error && !cases[i].expected) {
                assert_int_equal(m.msg_flags, 0);
                assert_int_equal(m.msg_controllen, 0);
            }
        }
    expect_message();
    assert_int_equal(receive(0, 100, 0), 0); /* not the end */
}

int main(void)
{
    lock_take(); /* all calls here have the lock */
    return run_all_tests(begin, end);
}
