/*
 * Shutting down and closing: userland/close.c.
 */
#include "model_socket.h"

UNIT_TEST(shutdown_marks_the_directions)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    be_in(usr_SCTP_ESTABLISHED);
    assert_fails(usock_shutdown(s, -1), EINVAL);
    assert_fails(usock_shutdown(s, 3), EINVAL);
    while (usock_next_ready())
        ;
    udp_families[0].own_waiting = 1;
    assert_int_equal(usock_shutdown(s, SHUT_RD), 0);
    assert_int_equal(udp_families[0].own_waiting, 0); /* it waits for packets of our own */
    assert_true(s->no_receive && !s->no_send && !s->shut_down_first && so.how == 0);
    assert_ptr_equal(usock_next_ready(), s);
    s->no_receive = false;
    assert_int_equal(usock_shutdown(s, SHUT_WR), 0);
    assert_true(!s->no_receive && s->no_send && s->shut_down_first);
    assert_int_equal(so.how, SHUT_WR);
    s->shut_down_first = false;
    be_in(usr_SCTP_SHUTDOWN_RECEIVED);
    assert_int_equal(usock_shutdown(s, SHUT_RDWR), 0);
    assert_true(s->no_receive && s->no_send && !s->shut_down_first);
    so.shutdown_error = EPIPE;
    assert_fails(usock_shutdown(s, SHUT_WR), EPIPE);
    so.shutdown_error = 0;
    be_in(0);
    assert_fails(usock_shutdown(s, SHUT_RDWR), ENOTCONN);
    so.how = -1;
    s->listening = true;
    assert_int_equal(usock_shutdown(s, SHUT_RDWR), 0);
    assert_int_equal(so.how, -1);
    assert_false(s->shut_down_first);
    s->type = SOCK_SEQPACKET;
    assert_fails(usock_shutdown(s, SHUT_RDWR), ENOTCONN);
}

static bool aborts(void)
{
    struct linger linger = {0, 0};

    for (int i = 0; i < model.sets; i++)
        if (model.set[i].name == SO_LINGER)
            memcpy(&linger, model.set[i].value, sizeof(linger));
    return linger.l_onoff;
}

static const struct {
    int type;
    bool unread, listening;
    struct linger linger;
    int stack_state;
    uint32_t queued;
    bool established, aborted;
} closings[] = {
    {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_ESTABLISHED, 0, true, false},
    {SOCK_STREAM, true, false, {0, 0}, usr_SCTP_ESTABLISHED, 0, true, true},
    {SOCK_STREAM, false, false, {1, 0}, usr_SCTP_ESTABLISHED, 0, true, true},
    {SOCK_STREAM, false, false, {0, 5}, usr_SCTP_ESTABLISHED, 0, true, false},
    {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_COOKIE_WAIT, 0, false, true},
    {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_COOKIE_WAIT, 9, false, false},
    {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_ESTABLISHED, 0, false, false},
    {SOCK_STREAM, false, true, {0, 0}, 0, 0, false, true},
    {SOCK_SEQPACKET, false, true, {0, 0}, 0, 0, false, true},
    {SOCK_SEQPACKET, true, true, {0, 0}, usr_SCTP_ESTABLISHED, 0, false, true},
};

UNIT_TEST(close_shuts_down_or_aborts)
{
    for (size_t i = 0; i < COUNT(closings); i++) {
        struct usr_sctp_sockstat queued = {.ss_total_sndbuf = closings[i].queued};
        int fd, shadow;
        struct usock *s;

        begin(state);
        s = make(AF_INET, closings[i].type, &fd);
        shadow = shadow_polled(s, false);
        while (usock_next_ready())
            ;
        s->listening = closings[i].listening;
        s->linger = closings[i].linger;
        s->established = closings[i].established;
        s->attempted = closings[i].established;
        be_in(closings[i].stack_state);
        model_returns(usr_SCTP_GET_SNDBUF_USE, &queued, sizeof(queued));
        model_returns(usr_SCTP_GET_ASSOC_NUMBER, &none, sizeof(none));
        if (closings[i].unread)
            model_gets("d", 1, MSG_EOR);
        model_gets("event", 5, MSG_EOR | usr_MSG_NOTIFICATION);
        so.backlog = so.how = -1;
        usock_release(s);
        assert_true(s->closed && s->ready);
        assert_int_equal(s->shadow, -1);
        assert_null(descriptor_get(shadow));
        assert_int_equal(fcntl(shadow, F_GETFD), -1);
        assert_int_equal(so.backlog, closings[i].listening ? 0 : -1);
        if (aborts() != closings[i].aborted || s->aborted != closings[i].aborted)
            fail_msg("case %zu", i);
        if (closings[i].type == SOCK_STREAM)
            assert_asked_about(0);
        if (closings[i].type == SOCK_STREAM && !closings[i].listening)
            assert_int_equal(so.how, closings[i].aborted ? -1 : SHUT_WR);
        ready_process();
        assert_int_equal(so.n_closed, closings[i].aborted); /* if not aborted, after the shutdown */
        if (!closings[i].aborted) {
            be_in(0);
            usock_mark_ready(s);
            ready_process();
            assert_int_equal(so.n_closed, 1);
        }
        descriptor_set(fd, NULL);
        close(fd);
    }
}

UNIT_TEST(close_ends_each_association_of_a_one_to_many_socket)
{
    static const uint32_t two = 2, list[] = {2, 3, 4};
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL);
    const struct usr_sctp_sockstat queued = {0};

    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &two, sizeof(two));
    model_returns(usr_SCTP_GET_ASSOC_ID_LIST, list, sizeof(list));
    be_in(usr_SCTP_ESTABLISHED);
    usock_release(s);
    assert_int_equal(model.n_sent, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(model.sent[i].info, usr_SCTP_SENDV_SNDINFO);
        assert_int_equal(model.sent[i].how.sendv_sndinfo.snd_flags, usr_SCTP_EOF);
        assert_int_equal(model.sent[i].how.sendv_sndinfo.snd_assoc_id, 3 + i);
        assert_int_equal(model.sent[i].size, 0);
    }
    assert_false(s->aborted || aborts());
    s = make(AF_INET, SOCK_SEQPACKET, NULL);
    model_returns(usr_SCTP_GET_SNDBUF_USE, &queued, sizeof(queued));
    be_in(usr_SCTP_COOKIE_ECHOED); /* the handshakes could last for minutes */
    model.n_sent = 0;
    usock_release(s);
    assert_int_equal(model.n_sent, 0);
    assert_int_equal(so.peeled, 4);
    assert_int_equal(so.n_closed, 2);
    assert_true(aborts());
    assert_false(s->aborted);
}

UNIT_TEST(close_lingers_for_the_time_that_was_set)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    struct timespec from, to;

    s->established = s->attempted = true;
    s->linger = (struct linger){1, 1};
    be_in(usr_SCTP_SHUTDOWN_SENT);
    clock_gettime(CLOCK_MONOTONIC, &from);
    usock_release(s);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9 >= 0.99);
    assert_false(s->aborted);
    s = make(AF_INET, SOCK_STREAM, NULL);
    s->established = s->attempted = true;
    s->linger = (struct linger){1, 1000};
    be_in(0); /* it has closed already */
    usock_release(s);
}

/* AT_EXIT_SECONDS is 3. */
UNIT_TEST(at_exit_an_association_that_does_not_end_in_time_is_aborted)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    s->established = s->attempted = true;
    be_in(usr_SCTP_SHUTDOWN_SENT);
    lock_release();
    usock_drain();
    lock_take();
    assert_true(aborts());
    assert_int_equal(so.n_closed, 1);
}

int main(void)
{
    return run_all_tests(begin, end);
}
