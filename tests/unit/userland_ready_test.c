/*
 * Readiness and waiting: userland/ready.c, shadow.c, usock_association.c, wait.c.
 */
#include "model_socket.h"

/* ---- readiness ----------------------------------------------------------- */

static short polled(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

    return poll(&p, 1, 0) > 0 ? p.revents : 0;
}

static int program_polls(int fd, bool edge_triggered)
{
    int instead;

    lock_release();
    instead = call_polled(fd, edge_triggered);
    lock_take();
    return instead;
}

UNIT_TEST(poll_sees_what_the_stack_reports)
{
    int fd;
    struct usock *s = make(AF_INET, SOCK_STREAM, &fd);

    while (usock_next_ready())
        ;
    assert_true(polled(fd) & POLLHUP); /* a system call that bypasses the interposed poll() */
    fd = program_polls(fd, false);
    assert_true(fd != s->fd && fd == s->shadow);
    assert_true(s->polled && !s->edge_triggered);
    assert_int_equal(polled(fd), 0);
    for (int i = 0; i < 8; i++) {
        so.events = i;
        shadow_update(s);
        assert_int_equal(polled(fd),
                         (i & (usr_SCTP_EVENT_READ | usr_SCTP_EVENT_ERROR) ? POLLIN : 0) |
                             (i & (usr_SCTP_EVENT_WRITE | usr_SCTP_EVENT_ERROR) ? POLLOUT : 0));
    }
    so.events = usr_SCTP_EVENT_WRITE;
    s->send_blocked = true;
    shadow_update(s);
    assert_int_equal(polled(fd), 0);
    s->send_blocked = false;
    s->listening = true;
    shadow_update(s);
    assert_int_equal(polled(fd), 0);
    s->type = SOCK_SEQPACKET; /* always writable: libusrsctp does not tell */
    so.events = 0;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLOUT);
    s->error = EPIPE;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLIN | POLLOUT);
    assert_int_equal(usock_take_error(s), EPIPE);
    assert_int_equal(usock_take_error(s), 0);
    shadow_update(s);
    assert_int_equal(polled(fd), POLLOUT);
    s->no_receive = true;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLIN | POLLOUT);
    s->no_send = true;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLIN | POLLOUT | POLLHUP);
    assert_int_equal(program_polls(s->fd, true), fd);
    assert_true(s->edge_triggered);
    program_polls(s->fd, false);
    assert_true(s->edge_triggered);
    assert_fails(program_polls(-1, false), EBADF);
}

/* Unix sockets can be addressed by all processes. */
UNIT_TEST(no_other_socket_can_make_a_socket_look_readable)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    const int fd = shadow_polled(s, false), other = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_storage name;

    for (int full = 0; full < 2; full++) {
        socklen_t size = sizeof(name);

        so.events = full ? 0 : usr_SCTP_EVENT_WRITE;
        shadow_update(s);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
        assert_fails((int)sendto(other, "x", 1, 0, (struct sockaddr *)&name, size), EPERM);
        assert_int_equal(polled(fd), full ? 0 : POLLOUT);
    }
    close(other);
}

UNIT_TEST(an_error_of_the_stack_is_cleared_by_receiving)
{
    static const int reset = ECONNRESET, other = EHOSTUNREACH, no_error = 0;
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    model_returns(SO_ERROR, &no_error, sizeof(no_error));
    model_gets("data", 4, MSG_EOR);
    assert_int_equal(usock_take_error(s), 0);
    assert_int_equal(model.input[0].given, 0);
    model_returns(SO_ERROR, &reset, sizeof(reset));
    model.input[0].error = ECONNRESET;
    assert_int_equal(usock_take_error(s), ECONNRESET);
    assert_int_equal(model.next_input, 1);
    assert_int_equal(model.last_room, 0);
    s->attempted = true;
    assert_int_equal(usock_take_error(s), ECONNREFUSED);
    s->established = true;
    assert_int_equal(usock_take_error(s), ECONNRESET);
    s->established = false;
    model_returns(SO_ERROR, &other, sizeof(other));
    assert_int_equal(usock_take_error(s), EHOSTUNREACH);
}

UNIT_TEST(a_packet_wakes_sockets_that_have_no_room_or_connect)
{
    struct usock *a = make(AF_INET, SOCK_STREAM, NULL), *b = make(AF_INET, SOCK_STREAM, NULL),
                 *c = make(AF_INET, SOCK_STREAM, NULL);

    while (usock_next_ready())
        ;
    ready_after_packet();
    assert_null(usock_next_ready());
    for (int tick = 0; tick < 2; tick++) {
        ready_send_blocked(a);
        ready_connecting(b);
        assert_true(a->send_blocked && b->connecting);
        tick ? ready_tick() : ready_after_packet();
        assert_true(!a->send_blocked && !b->connecting);
        assert_true(a->ready && b->ready && !c->ready);
        assert_non_null(usock_next_ready());
        assert_non_null(usock_next_ready());
        assert_null(usock_next_ready());
        if (!tick) { /* once only */
            a->send_blocked = true;
            ready_after_packet();
            assert_null(usock_next_ready());
            a->send_blocked = false;
        }
    }
}

UNIT_TEST(a_tick_finds_what_no_callback_reports)
{
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL);

    while (usock_next_ready())
        ;
    for (int i = 0; i < 16; i++) {
        bool readable = i & 8;

        so.events = readable ? usr_SCTP_EVENT_READ : 0;
        s->awaited = i % 8 == 1;
        s->read_inline = i % 8 == 2;
        s->polled = i % 8 == 3 || i % 8 == 4;
        s->shows_in = i % 8 == 4;
        s->closed = i % 8 == 5;
        ready_tick();
        assert_int_equal(usock_next_ready() == s,
                         (readable && i % 8 >= 1 && i % 8 <= 3) || s->closed);
    }
    s->closed = s->awaited = s->read_inline = s->polled = false;
}

static unsigned checked_at_a_tick(void)
{
    unsigned n = 0;

    ready_tick();
    while (usock_next_ready())
        n++;
    return n;
}

/* A tick stays short, and no socket is left out. */
UNIT_TEST(a_tick_checks_all_of_256_sockets_and_of_600_each_in_three_ticks)
{
    struct usock *all[600];

    while (usock_next_ready())
        ;
    for (int n = 256; n <= 600; n += 600 - 256) {
        for (int i = 0; i < n; i++)
            assert_non_null(all[i] = usock_allocate());
        for (int again = 0; again < 4; again++) {
            for (int i = 0; i < n; i++)
                all[i]->connecting = true; /* until it is checked */
            assert_int_equal(checked_at_a_tick(), 256);
            assert_int_equal(checked_at_a_tick(), n == 256 ? 0 : 256);
            assert_int_equal(checked_at_a_tick(), n == 256 ? 0 : 600 - 2 * 256);
        }
        for (int i = 0; i < n; i++)
            usock_free(all[i]);
        assert_int_equal(checked_at_a_tick(), 0);
    }
}

UNIT_TEST(processing_a_ready_socket_wakes_frees_or_shows_it)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    const uint32_t sequence = s->event_sequence;
    int fd;

    ready_process();
    fd = shadow_polled(s, false);
    s->polled = false;
    s->awaited = true;
    so.events = usr_SCTP_EVENT_READ;
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(s->event_sequence, sequence + 1);
    assert_false(s->awaited);
    assert_int_equal(polled(fd), 0); /* not polled */
    s->polled = true;
    s->attempted = true;
    be_in(usr_SCTP_ESTABLISHED);
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(polled(fd), POLLIN);
    assert_true(s->established);
    s->closed = true;
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(so.n_closed, 0);
    be_in(0);
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(so.n_closed, 1);
    assert_null(s->so);
    usock_mark_ready(s); /* it was freed in the meantime */
    ready_process();
}

UNIT_TEST(an_association_is_noted_as_established_once)
{
    static const struct {
        int type;
        bool attempted;
        int stack_state;
        bool expected;
    } cases[] = {{SOCK_STREAM, true, usr_SCTP_ESTABLISHED, true},
                 {SOCK_STREAM, true, usr_SCTP_SHUTDOWN_SENT, true},
                 {SOCK_STREAM, true, usr_SCTP_COOKIE_ECHOED, false},
                 {SOCK_STREAM, false, usr_SCTP_ESTABLISHED, false},
                 {SOCK_SEQPACKET, true, usr_SCTP_ESTABLISHED, false}};
    const int one = 1;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct usock *s;

        begin(state);
        s = make(AF_INET, SOCK_STREAM, NULL);
        assert_int_equal(kept_option_add(s, SCTP_NODELAY, &one, sizeof(one)), 0);
        s->type = cases[i].type;
        s->attempted = cases[i].attempted;
        be_in(cases[i].stack_state);
        usock_note_established(s);
        assert_int_equal(s->established, cases[i].expected);
        assert_int_equal(s->options == NULL, cases[i].expected);
    }
}

UNIT_TEST(the_associations_of_a_socket_are_counted_and_listed)
{
    static const uint32_t two = 2, list[] = {2, 3, 4}, zero = 0;
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL), *one = make(AF_INET, SOCK_STREAM, NULL);
    uint32_t n = 99, *ids;

    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &two, sizeof(two));
    model_returns(usr_SCTP_GET_ASSOC_ID_LIST, list, sizeof(list));
    assert_int_equal(usock_associations(s), 2);
    ids = usock_association_ids(s, &n);
    assert_int_equal(n, 2);
    assert_int_equal(ids[0], 3);
    assert_int_equal(ids[1], 4);
    free(ids);
    model_fails(usr_SCTP_GET_ASSOC_ID_LIST, EINVAL);
    free(usock_association_ids(s, &n));
    assert_int_equal(n, 0);
    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &zero, sizeof(zero));
    n = 99;
    free(usock_association_ids(s, &n));
    assert_int_equal(n, 0);
    model_fails(usr_SCTP_GET_ASSOC_NUMBER, EINVAL);
    assert_int_equal(usock_associations(s), 0);
    be_in(0);
    assert_int_equal(usock_associations(one), 0);
    free(usock_association_ids(one, &n));
    assert_int_equal(n, 0);
    be_in(usr_SCTP_ESTABLISHED);
    assert_int_equal(usock_associations(one), 1);
    ids = usock_association_ids(one, &n);
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], 7);
    free(ids);
}

/* ---- waiting ------------------------------------------------------------- */

UNIT_TEST(a_deadline_is_now_and_the_timeout)
{
    static const struct {
        struct timeval timeout;
        bool never;
        struct timespec until;
    } cases[] = {
        {{0, 0}, true, {0, 0}},
        {{0, 1}, false, {1000, 999001000}},
        {{1, 0}, false, {1001, 999000000}},
        {{1, 999}, false, {1001, 999999000}},
        {{1, 1000}, false, {1002, 0}},
        {{0, 999999}, false, {1001, 998999000}},
        {{1 << 30, 0}, false, {1000 + (1 << 30), 999000000}},
        {{(1 << 30) + 1, 0}, true, {0, 0}},
    };

    real_time = false;
    now = (struct timespec){1000, 999000000};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct timespec space;
        const struct timespec *until = wait_deadline(&cases[i].timeout, &space);

        assert_int_equal(until == NULL, cases[i].never);
        if (until &&
            (until->tv_sec != cases[i].until.tv_sec || until->tv_nsec != cases[i].until.tv_nsec))
            fail_msg("case %zu: %ld.%09ld", i, (long)until->tv_sec, until->tv_nsec);
    }
}

UNIT_TEST(a_wait_ends_by_an_event_or_at_the_deadline)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    const struct timespec past = {0};

    ready_process();
    assert_int_equal(wait_for_event(s, &past), EAGAIN);
    usock_mark_ready(s); /* processed before the wait sleeps */
    assert_int_equal(wait_for_event(s, NULL), 0);
    assert_false(wait_catch_up(s)); /* no packet of our own is under way */
    s->closed = s->aborted = true;
    usock_mark_ready(s);
    assert_int_equal(wait_for_event(s, NULL), EBADF);
}

int main(void)
{
    return run_all_tests(begin, end);
}
