/*
 * Sending on the userland stack: userland/send.c, send_request.c.
 */
#include "model_message.h"

/* ---- the request of a sendmsg ----------------------------------------------------- */

static void add(int type, const void *data, size_t size)
{
    struct cmsghdr *c = (void *)(control.bytes + control.size);

    c->cmsg_level = IPPROTO_SCTP;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), data, size);
    control.size += CMSG_SPACE(size);
}

/* Sends a text with the control messages that were added, which are used up. */
static int send_to(const void *to, socklen_t to_size, const char *text, int flags)
{
    struct iovec iov = {(void *)text, strlen(text)};
    struct msghdr m = {.msg_name = (void *)to,
                       .msg_namelen = to_size,
                       .msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = control.size};
    ssize_t n;

    errno = 0;
    n = usock_sendmsg(&s, &m, flags);
    assert_true(n >= -1);
    control.size = 0;
    if (n >= 0)
        assert_int_equal(n, strlen(text));
    return n < 0 ? error_of_call() : 0;
}

static int send_text(const char *text)
{
    return send_to(NULL, 0, text, 0);
}

static const struct model_message *last_sent(void)
{
    assert_true(model.n_sent > 0);
    return &model.sent[model.n_sent - 1];
}

UNIT_TEST(a_plain_message_has_no_information)
{
    assert_int_equal(send_text("hello"), 0);
    assert_int_equal(last_sent()->size, 5);
    assert_memory_equal(last_sent()->data, "hello", 5);
    assert_int_equal(send_text("x"), 0);
    assert_int_equal(last_sent()->size, 1);
    assert_int_equal(last_sent()->data[0], 'x');
    assert_int_equal(last_sent()->info, usr_SCTP_SENDV_NOINFO);
    assert_int_equal(last_sent()->addresses, 0);
    assert_false(s.attempted);
    assert_int_equal(send_to(&peer, sizeof(peer), "hello", 0), 0);
    assert_int_equal(last_sent()->addresses, 1);
    assert_memory_equal(&last_sent()->to, &peer, sizeof(peer));
    assert_true(s.attempted);
    assert_null(usock_next_ready());
}

UNIT_TEST(an_address_needs_its_length_and_a_known_family)
{
    const struct sockaddr_in other = {.sin_family = AF_UNIX};
    const struct sockaddr_in6 six = {.sin6_family = AF_INET6};

    assert_int_equal(send_to(&peer, sizeof(peer) - 1, "x", 0), EINVAL);
    assert_int_equal(send_to(&peer, sizeof(peer) + 100, "x", 0), 0);
    assert_int_equal(send_to(&peer, 1, "x", 0), EINVAL);
    assert_int_equal(send_to(&peer, 0, "x", 0), 0);
    assert_int_equal(last_sent()->addresses, 0);
    assert_int_equal(send_to(&peer, 2, "x", 0), EINVAL);
    assert_int_equal(send_to(&other, sizeof(other), "x", 0), EINVAL);
    assert_int_equal(send_to(&six, sizeof(six) - 1, "x", 0), EINVAL);
    assert_int_equal(send_to(&six, sizeof(six), "x", 0), 0);
}

UNIT_TEST(SNDINFO_and_SNDRCV_have_stream_ppid_context_flags_and_id)
{
    const struct sctp_sndinfo info = {3, SCTP_UNORDERED | SCTP_SACK_IMMEDIATELY, 4, 5, ID};
    const struct sctp_sndrcvinfo old = {.sinfo_stream = 3,
                                        .sinfo_flags = SCTP_UNORDERED | SCTP_SACK_IMMEDIATELY,
                                        .sinfo_ppid = 4,
                                        .sinfo_context = 5,
                                        .sinfo_assoc_id = ID};

    for (int i = 0; i < 2; i++) {
        const struct usr_sctp_sndinfo *got;

        if (i)
            add(SCTP_SNDRCV, &old, sizeof(old));
        else
            add(SCTP_SNDINFO, &info, sizeof(info));
        assert_int_equal(send_text("x"), 0);
        assert_int_equal(last_sent()->info, usr_SCTP_SENDV_SPA);
        assert_int_equal(last_sent()->how.sendv_flags, usr_SCTP_SEND_SNDINFO_VALID);
        got = &last_sent()->how.sendv_sndinfo;
        assert_int_equal(got->snd_sid, 3);
        assert_int_equal(got->snd_flags, usr_SCTP_UNORDERED | usr_SCTP_SACK_IMMEDIATELY);
        assert_int_equal(got->snd_ppid, 4);
        assert_int_equal(got->snd_context, 5);
        assert_int_equal(got->snd_assoc_id, STACK_ID);
        if (i)
            add(SCTP_SNDRCV, &old, sizeof(old));
        else
            add(SCTP_SNDINFO, &info, sizeof(info));
        assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), 0);
        assert_int_equal(last_sent()->how.sendv_sndinfo.snd_assoc_id, 0); /* the address counts */
    }
}

UNIT_TEST(a_lifetime_has_a_policy_and_a_value)
{
    static const struct {
        uint16_t flags;
        uint32_t value;
        bool valid;
        uint16_t policy;
    } old_form[] = {
        {0, 0, false, 0},
        {0, 50, true, usr_SCTP_PR_SCTP_TTL}, /* as in RFC 6458 */
        {SCTP_PR_SCTP_RTX, 50, true, usr_SCTP_PR_SCTP_RTX},
        {SCTP_PR_SCTP_RTX, 0, true, usr_SCTP_PR_SCTP_RTX},
    };
    const struct usr_sctp_sndinfo usual = {.snd_sid = 9};
    struct sctp_prinfo info = {SCTP_PR_SCTP_PRIO, 6};

    for (size_t i = 0; i < COUNT(old_form); i++) {
        const struct sctp_sndrcvinfo old = {.sinfo_flags = old_form[i].flags,
                                            .sinfo_timetolive = old_form[i].value};

        add(SCTP_SNDRCV, &old, sizeof(old));
        assert_int_equal(send_text("x"), 0);
        assert_int_equal(last_sent()->how.sendv_flags,
                         usr_SCTP_SEND_SNDINFO_VALID |
                             (old_form[i].valid ? usr_SCTP_SEND_PRINFO_VALID : 0));
        if (old_form[i].valid) {
            assert_int_equal(last_sent()->how.sendv_prinfo.pr_policy, old_form[i].policy);
            assert_int_equal(last_sent()->how.sendv_prinfo.pr_value, old_form[i].value);
        }
    }
    model_returns(usr_SCTP_DEFAULT_SNDINFO, &usual, sizeof(usual));
    add(SCTP_PRINFO, &info, sizeof(info)); /* alone: the rest is the socket's default */
    assert_int_equal(send_text("x"), 0);
    assert_int_equal(last_sent()->how.sendv_flags,
                     usr_SCTP_SEND_SNDINFO_VALID | usr_SCTP_SEND_PRINFO_VALID);
    assert_int_equal(last_sent()->how.sendv_sndinfo.snd_sid, 9);
    assert_int_equal(last_sent()->how.sendv_prinfo.pr_policy, usr_SCTP_PR_SCTP_BUF);
    assert_int_equal(last_sent()->how.sendv_prinfo.pr_value, 6);
    info.pr_policy = SCTP_PR_SCTP_NONE;
    add(SCTP_PRINFO, &info, sizeof(info));
    assert_int_equal(send_text("x"), 0);
    assert_int_equal(last_sent()->info, usr_SCTP_SENDV_NOINFO);
}

UNIT_TEST(a_control_message_of_another_type_or_size_is_refused)
{
    static const struct {
        int type;
        size_t size;
    } right[] = {{SCTP_INIT, sizeof(struct sctp_initmsg)},
                 {SCTP_SNDRCV, sizeof(struct sctp_sndrcvinfo)},
                 {SCTP_SNDINFO, sizeof(struct sctp_sndinfo)},
                 {SCTP_PRINFO, sizeof(struct sctp_prinfo)},
                 {SCTP_AUTHINFO, sizeof(struct sctp_authinfo)},
                 {SCTP_DSTADDRV4, 4},
                 {SCTP_DSTADDRV6, 16}};
    static const unsigned char zeros[64];
    struct cmsghdr *c = (void *)control.bytes;

    for (size_t i = 0; i < COUNT(right); i++) {
        add(right[i].type, zeros, right[i].size);
        assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), 0);
        add(right[i].type, zeros, right[i].size - 1);
        assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), EINVAL);
        add(right[i].type, zeros, right[i].size + 1);
        assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), EINVAL);
    }
    add(SCTP_RCVINFO, zeros, 0);
    assert_int_equal(send_text("x"), EINVAL);
    add(SCTP_NXTINFO, zeros, 0);
    assert_int_equal(send_text("x"), EINVAL);
    add(SCTP_DSTADDRV6 + 1, zeros, 16);
    assert_int_equal(send_text("x"), EINVAL);
    add(-1, zeros, 16);
    assert_int_equal(send_text("x"), EINVAL);
    add(SCTP_SNDINFO, zeros, sizeof(struct sctp_sndinfo));
    control.size = CMSG_LEN(sizeof(struct sctp_sndinfo)) - 1; /* it ends before its last byte */
    assert_int_equal(send_text("x"), EINVAL);
    add(SCTP_SNDINFO, zeros, sizeof(struct sctp_sndinfo));
    control.size = CMSG_LEN(sizeof(struct sctp_sndinfo));
    assert_int_equal(send_text("x"), 0);
    add(77, zeros, 16); /* of another level */
    c->cmsg_level = SOL_SOCKET;
    assert_int_equal(send_text("x"), 0);
}

UNIT_TEST(INIT_sets_the_streams_of_the_association)
{
    const struct sctp_initmsg init = {5, 6, 7, 8};
    socklen_t size;

    add(SCTP_INIT, &init, sizeof(init));
    assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), 0);
    assert_memory_equal(model_last_set(usr_SCTP_INITMSG, &size), &init, sizeof(init));
    assert_int_equal(size, sizeof(init));
    model_fails(usr_SCTP_INITMSG, EPERM);
    add(SCTP_INIT, &init, sizeof(init));
    assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), EPERM);
}

UNIT_TEST(unknown_and_contradictory_flags_are_refused)
{
    static const struct {
        int type;
        bool peeled;
        uint16_t flags;
        int error;
    } cases[] = {
        {SOCK_SEQPACKET, false, SCTP_UNORDERED | SCTP_ADDR_OVER | SCTP_SACK_IMMEDIATELY, 0},
        {SOCK_SEQPACKET, false, SCTP_PR_SCTP_MASK | SCTP_PR_SCTP_ALL, 0},
        {SOCK_SEQPACKET, false, SCTP_EOF, 0},
        {SOCK_SEQPACKET, false, SCTP_ABORT, 0},
        {SOCK_SEQPACKET, false, SCTP_ABORT | SCTP_EOF, EINVAL},
        {SOCK_SEQPACKET, false, 0x100, EINVAL},
        {SOCK_SEQPACKET, false, 0x8000, EINVAL},
        {SOCK_STREAM, false, SCTP_UNORDERED, 0},
        {SOCK_STREAM, false, SCTP_EOF, EINVAL},
        {SOCK_STREAM, false, SCTP_ABORT, EINVAL},
        {SOCK_STREAM, true, SCTP_EOF, 0},
        {SOCK_STREAM, true, SCTP_ABORT, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sctp_sndinfo info = {.snd_flags = cases[i].flags};

        begin(state);
        s.type = cases[i].type;
        s.listening = false;
        s.peeled = cases[i].peeled;
        add(SCTP_SNDINFO, &info, sizeof(info));
        if (send_text(cases[i].flags & SCTP_EOF ? "" : "x") != cases[i].error)
            fail_msg("case %zu", i);
    }
}

UNIT_TEST(a_message_to_several_addresses_connects_to_them)
{
    const struct in_addr second = {0x0200007f};
    const struct in6_addr third = IN6ADDR_LOOPBACK_INIT;
    const struct sockaddr_in *list = (void *)model.connected_to;
    const struct sockaddr_in6 *six = (void *)(list + 2);

    add(SCTP_DSTADDRV4, &second, sizeof(second));
    assert_int_equal(send_text("x"), EINVAL); /* without a port */
    model.connect_error = EINPROGRESS;
    add(SCTP_DSTADDRV4, &second, sizeof(second));
    add(SCTP_DSTADDRV6, &third, sizeof(third));
    assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), 0);
    assert_int_equal(model.n_connected, 3);
    assert_memory_equal(&list[0], &peer, sizeof(peer));
    assert_int_equal(list[1].sin_family, AF_INET);
    assert_int_equal(list[1].sin_port, peer.sin_port);
    assert_int_equal(list[1].sin_addr.s_addr, second.s_addr);
    assert_int_equal(six->sin6_family, AF_INET6);
    assert_int_equal(six->sin6_port, peer.sin_port);
    model.n_connected = 0;
    model.id = STACK_ID; /* there is the association */
    add(SCTP_DSTADDRV4, &second, sizeof(second));
    assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), 0);
    assert_int_equal(model.n_connected, 0);
    model.id = 0;
    for (int i = 0; i < 16; i++)
        add(SCTP_DSTADDRV4, &second, sizeof(second));
    assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), 0);
    assert_int_equal(model.n_connected, 17);
    for (int i = 0; i < 17; i++)
        add(SCTP_DSTADDRV4, &second, sizeof(second));
    assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), EINVAL);
    model.connect_error = EHOSTUNREACH;
    model.n_sent = 0;
    add(SCTP_DSTADDRV4, &second, sizeof(second));
    assert_int_equal(send_to(&peer, sizeof(peer), "x", 0), EHOSTUNREACH);
    assert_int_equal(model.n_sent, 0);
}

UNIT_TEST(AUTHINFO_must_name_the_active_key)
{
    const struct usr_sctp_authkeyid active = {.scact_assoc_id = STACK_ID, .scact_keynumber = 5};
    const struct sctp_sndinfo to = {.snd_assoc_id = ID};
    struct sctp_authinfo key = {5};

    model_returns(usr_SCTP_AUTH_ACTIVE_KEY, &active, sizeof(active));
    add(SCTP_AUTHINFO, &key, sizeof(key));
    add(SCTP_SNDINFO, &to, sizeof(to));
    assert_int_equal(send_text("x"), 0);
    assert_memory_equal(model.get[0].value, &active, 4);
    key.auth_keynumber = 6;
    add(SCTP_AUTHINFO, &key, sizeof(key));
    assert_int_equal(send_text("x"), EINVAL);
    key.auth_keynumber = 0; /* not the same as no key */
    add(SCTP_AUTHINFO, &key, sizeof(key));
    assert_int_equal(send_text("x"), EINVAL);
    assert_int_equal(model.n_sent, 1);
}

/* ---- sending ------------------------------------------------------------------------ */

UNIT_TEST(a_message_in_parts_is_joined)
{
    struct iovec iov[] = {{(void *)"ab", 2}, {NULL, 0}, {(void *)"cde", 3}};
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = 3};

    assert_int_equal(usock_sendmsg(&s, &m, 0), 5);
    assert_int_equal(last_sent()->size, 5);
    assert_memory_equal(last_sent()->data, "abcde", 5);
    iov[0].iov_len = iov[2].iov_len = 0;
    assert_fails(usock_sendmsg(&s, &m, 0), EINVAL);
    m.msg_iovlen = 0;
    assert_fails(usock_sendmsg(&s, &m, 0), EINVAL);
}

UNIT_TEST(only_the_end_of_an_association_may_be_without_data)
{
    static const uint16_t flags[] = {SCTP_EOF, SCTP_ABORT};

    assert_int_equal(send_text(""), EINVAL);
    for (size_t i = 0; i < COUNT(flags); i++) {
        const struct sctp_sndinfo info = {.snd_flags = flags[i], .snd_assoc_id = ID};

        add(SCTP_SNDINFO, &info, sizeof(info));
        udp_families[0].own_waiting = 1;
        assert_int_equal(send_text(""), 0);
        assert_int_equal(udp_families[0].own_waiting, 0); /* it waits for packets of our own */
        assert_int_equal(last_sent()->size, 0);
        assert_int_equal(last_sent()->how.sendv_sndinfo.snd_flags,
                         i ? usr_SCTP_ABORT : usr_SCTP_EOF);
        assert_ptr_equal(usock_next_ready(), &s);
    }
}

static int nodelay;

/* A call that succeeds may leave any errno. */
static int set_and_leave_errno(struct socket *so, int level, int name, const void *value,
                               socklen_t size)
{
    int result = model_setsockopt(so, level, name, value, size);

    if (name == usr_SCTP_NODELAY)
        memcpy(&nodelay, value, sizeof(nodelay));
    errno = EIO;
    return result;
}

UNIT_TEST(an_abort_needs_no_room_and_is_remembered)
{
    const struct sctp_sndinfo info = {.snd_flags = SCTP_ABORT, .snd_assoc_id = ID};

    model.chunks = STACK_MAX_CHUNKS;
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_text("reason"), 0);
    assert_int_equal(last_sent()->send_buffer, INT_MAX);
    assert_int_equal(last_sent()->chunks, UINT32_MAX);
    assert_int_equal(model_last_int(SOL_SOCKET, SO_SNDBUF), 4711);
    assert_int_equal(model.chunks, STACK_MAX_CHUNKS);
    assert_int_equal(s.user_aborts[0], STACK_ID);
    model.errors[model.n_errors++] = ENOENT;
    usr.setsockopt = set_and_leave_errno;
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_text("reason"), EPIPE);
    model.id = 9; /* the association of the address */
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_to(&peer, sizeof(peer), "reason", 0), 0);
    assert_int_equal(s.user_aborts[2], 9);
}

UNIT_TEST(an_abort_of_a_peeled_off_association_is_remembered)
{
    const struct sctp_sndinfo info = {.snd_flags = SCTP_ABORT};
    const struct usr_sctp_status status = {.sstat_assoc_id = STACK_ID};

    s.type = SOCK_STREAM;
    s.listening = false;
    s.peeled = true;
    model_returns(usr_SCTP_STATUS, &status, sizeof(status));
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_text("reason"), 0);
    assert_int_equal(s.user_aborts[0], STACK_ID);
    model_fails(usr_SCTP_STATUS, EINVAL);
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_text("reason"), 0);
    assert_int_equal(s.user_aborts[1], 0);
}

/* It refuses all messages on a stream that is being reset with EAGAIN, on one that does not exist
 * with EINVAL. */
UNIT_TEST(an_association_ends_on_a_stream_that_is_not_being_reset)
{
    struct sctp_sndinfo info = {.snd_sid = 1, .snd_assoc_id = ID};

    for (int i = 0; i < 3; i++) {
        begin(state);
        info.snd_flags = i == 1 ? SCTP_ABORT : SCTP_EOF;
        add(SCTP_SNDINFO, &info, sizeof(info));
        model.errors[0] = model.errors[1] = EAGAIN;
        model.errors[2] = EINVAL;
        model.n_errors = i == 2 ? 3 : 2;
        assert_int_equal(send_to(NULL, 0, "", MSG_DONTWAIT), i == 2 ? EAGAIN : 0);
        assert_int_equal(model.n_sent, 3);
        assert_int_equal(model.sent[0].how.sendv_sndinfo.snd_sid, 1);
        assert_int_equal(model.sent[1].how.sendv_sndinfo.snd_sid, 0);
        assert_int_equal(model.sent[2].how.sendv_sndinfo.snd_sid, 1);
    }
    begin(state);
    add(SCTP_SNDINFO, &info, sizeof(info)); /* a stream that does not exist */
    model.errors[0] = EINVAL;
    model.n_errors = 1;
    assert_int_equal(send_text(""), EINVAL);
    assert_int_equal(model.n_sent, 1);
    begin(state);
    info.snd_flags = SCTP_EOF; /* with data */
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_text("x"), EINVAL);
    assert_int_equal(model.n_sent, 0);
}

UNIT_TEST(errors_of_sending_are_linux_errno)
{
    static const struct {
        int type;
        bool connected, listening, accepted_closed;
        int stack_state, error, expected;
    } cases[] = {
        {SOCK_SEQPACKET, false, true, false, 0, ENOENT, EPIPE},
        {SOCK_STREAM, true, false, false, 0, ENOENT, EPIPE},
        {SOCK_STREAM, false, false, false, 0, ENOENT, EPIPE},
        {SOCK_STREAM, true, false, false, 0, ECONNRESET, EPIPE},
        {SOCK_SEQPACKET, true, false, false, 0, EINVAL, EINVAL},
        {SOCK_STREAM, false, false, false, 0, EINVAL, EINVAL},
        {SOCK_STREAM, true, false, false, usr_SCTP_ESTABLISHED, EINVAL, EINVAL},
        {SOCK_STREAM, true, false, false, 0, EINVAL, EADDRNOTAVAIL},
        {SOCK_STREAM, true, false, true, 0, EINVAL, EPIPE},
        {SOCK_STREAM, true, false, false, 0, ENOTCONN, EPIPE},
        {SOCK_STREAM, false, false, false, 0, ENOTCONN, EPIPE},
        {SOCK_SEQPACKET, false, true, false, 0, ENOTCONN, EPIPE},
        {SOCK_SEQPACKET, false, true, false, 0, EMSGSIZE, EMSGSIZE},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct usr_sctp_status status = {.sstat_state = cases[i].stack_state};

        begin(state);
        s.type = cases[i].type;
        s.connected = cases[i].connected;
        s.listening = cases[i].listening;
        s.accepted_closed = cases[i].accepted_closed;
        model_returns(usr_SCTP_STATUS, &status, sizeof(status));
        model.errors[model.n_errors++] = cases[i].error;
        if (send_text("x") != cases[i].expected)
            fail_msg("case %zu: %s", i, strerror(errno));
        assert_asked_about(0);
    }
    s.no_send = true;
    assert_int_equal(send_text("x"), EPIPE);
    s.closed = true;
    assert_int_equal(send_text("x"), EBADF);
}

UNIT_TEST(a_send_without_room_fails_with_EAGAIN_if_it_may_not_wait)
{
    model.errors[model.n_errors++] = EAGAIN;
    assert_int_equal(send_text("x"), EAGAIN);
    assert_true(s.send_blocked);
    begin(state);
    s.nonblocking = false;
    model.errors[model.n_errors++] = EAGAIN;
    assert_int_equal(send_to(NULL, 0, "x", MSG_DONTWAIT), EAGAIN);
    assert_true(s.send_blocked);
    begin(state);
    s.nonblocking = false;
    s.send_timeout.tv_usec = 1;
    for (int i = 0; i < 3; i++)
        model.errors[model.n_errors++] = EAGAIN;
    assert_int_equal(send_text("x"), EAGAIN);
    assert_int_equal(model.n_sent, 1);
}

UNIT_TEST(SENDALL_is_a_send_for_each_association)
{
    static const uint32_t number = 3, list[] = {3, 3, 4, 5};
    const struct sctp_sndinfo info = {.snd_flags = SCTP_SENDALL, .snd_sid = 2, .snd_assoc_id = ID};

    for (int i = 0; i < 2; i++) {
        begin(state);
        model_returns(usr_SCTP_GET_ASSOC_NUMBER, &number, sizeof(number));
        model_returns(usr_SCTP_GET_ASSOC_ID_LIST, list, sizeof(list));
        model.errors[0] = i ? ENOTCONN : ENOENT; /* one has just closed */
        model.n_errors = 1;
        add(SCTP_SNDINFO, &info, sizeof(info));
        assert_int_equal(send_to(i ? &peer : NULL, i ? sizeof(peer) : 0, "x", 0), 0);
        assert_int_equal(model.n_sent, 3);
        for (int j = 0; j < 3; j++) {
            assert_int_equal(model.sent[j].how.sendv_sndinfo.snd_assoc_id, 3 + j);
            assert_int_equal(model.sent[j].how.sendv_sndinfo.snd_sid, 2);
            assert_int_equal(model.sent[j].how.sendv_flags, usr_SCTP_SEND_SNDINFO_VALID);
            assert_int_equal(model.sent[j].addresses, 0);
        }
    }
    model.errors[model.n_errors++] = EAGAIN;
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_text("x"), EAGAIN);
    assert_int_equal(model.n_sent, 4);
    s.type = SOCK_STREAM;
    s.listening = false;
    add(SCTP_SNDINFO, &info, sizeof(info));
    assert_int_equal(send_text("x"), 0);
    assert_int_equal(model.n_sent, 5);
}

UNIT_TEST(MSG_MORE_bundles_by_suspending_NODELAY)
{
    static const int on = 1, off = 0;

    assert_int_equal(send_to(NULL, 0, "x", 0), 0);
    assert_int_equal(model.sets, 0);
    model_returns(usr_SCTP_NODELAY, &off, sizeof(off));
    assert_int_equal(send_to(NULL, 0, "x", MSG_MORE), 0);
    assert_int_equal(model.sets, 0);
    model_returns(usr_SCTP_NODELAY, &on, sizeof(on));
    model.errors[model.n_errors++] = ENOENT;
    assert_int_equal(send_to(NULL, 0, "x", MSG_MORE), EPIPE);
    assert_int_equal(model.sets, 1); /* set once: getsockopt() still says that it is on */
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_NODELAY), 0);
    model_fails(usr_SCTP_NODELAY, EPERM);
    assert_int_equal(send_to(NULL, 0, "x", MSG_MORE), 0);
    assert_int_equal(model.sets, 1);
    begin(state);
    usr.setsockopt = set_and_leave_errno;
    nodelay = 1;
    model_returns(usr_SCTP_NODELAY, &nodelay, sizeof(nodelay));
    assert_int_equal(send_to(NULL, 0, "x", MSG_MORE), 0);
    assert_int_equal(model.sets, 2);
    assert_memory_equal(model.set[0].value, &off, sizeof(off));
    assert_int_equal(nodelay, 1); /* as before */
}

UNIT_TEST(without_memory_a_message_in_parts_is_not_sent)
{
    struct iovec iov[] = {{(void *)"ab", 2}, {(void *)"cde", 3}};
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};

    fail_in = CAN_FAIL;
    if (CAN_FAIL)
        assert_fails(usock_sendmsg(&s, &m, 0), ENOMEM);
    assert_int_equal(model.n_sent, 0);
}

int main(void)
{
    lock_take(); /* all calls here have the lock */
    return run_all_tests(begin, end);
}
