/*
 * Sending and receiving on the userland stack, with a stand-in for libusrsctp: userland/send.c,
 * send_request.c, receive.c.  No call here waits.
 */
#include "model_usrsctp.h"

#include <arpa/inet.h>
#include <limits.h>

#include "../../userland/event.h"
#include "../../userland/lock.h"
#include "../../userland/socket.h"
#include "../../userland/stack.h"

enum { ID = 1007, STACK_ID = 7 };
static struct usock s;
static const struct sockaddr_in peer = {
    .sin_family = AF_INET, .sin_port = 0x1234, .sin_addr = {0x0100007f}};

static int begin(void **state)
{
    while (usock_next_ready())
        ;
    free(s.event);
    model_begin();
    model.so = (struct socket *)&s; /* any but NULL */
    s = (struct usock){.so = model.so,
                       .type = SOCK_SEQPACKET,
                       .domain = AF_INET,
                       .id_base = 1000,
                       .nonblocking = true,
                       .listening = true,
                       .bound = true,
                       .want_rcvinfo = true,
                       .send_buffer = 4711};
    return 0;
}

/* ---- the request of a sendmsg ----------------------------------------------------- */

static struct {
    _Alignas(struct cmsghdr) unsigned char bytes[1000];
    size_t size;
} control;

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
        s.peeled = cases[i].peeled;
        add(SCTP_SNDINFO, &info, sizeof(info));
        if (send_text("x") != cases[i].error)
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
        assert_int_equal(send_text(""), 0);
        assert_int_equal(last_sent()->size, 0);
        assert_int_equal(last_sent()->how.sendv_sndinfo.snd_flags,
                         i ? usr_SCTP_ABORT : usr_SCTP_EOF);
        assert_ptr_equal(usock_next_ready(), &s);
    }
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

UNIT_TEST(errors_of_sending_are_linux_errno)
{
    static const struct {
        int type;
        bool connected, listening, accepted_closed;
        int stack_state, error, expected;
    } cases[] = {
        {SOCK_SEQPACKET, false, true, false, 0, ENOENT, EPIPE},
        {SOCK_STREAM, true, false, false, 0, ENOENT, EPIPE},
        {SOCK_STREAM, false, false, false, 0, ENOENT, ENOTCONN},
        {SOCK_STREAM, true, false, false, 0, ECONNRESET, EPIPE},
        {SOCK_SEQPACKET, true, false, false, 0, EINVAL, EINVAL},
        {SOCK_STREAM, false, false, false, 0, EINVAL, EINVAL},
        {SOCK_STREAM, true, false, false, usr_SCTP_ESTABLISHED, EINVAL, EINVAL},
        {SOCK_STREAM, true, false, false, 0, EINVAL, EADDRNOTAVAIL},
        {SOCK_STREAM, true, false, true, 0, EINVAL, EPIPE},
        {SOCK_STREAM, true, false, false, 0, ENOTCONN, EPIPE},
        {SOCK_STREAM, false, true, false, 0, ENOTCONN, EPIPE},
        {SOCK_STREAM, false, false, false, 0, ENOTCONN, ENOTCONN},
        {SOCK_SEQPACKET, false, true, false, 0, ENOTCONN, ENOTCONN},
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
    assert_int_equal(model.sets, 1); /* the stand-in says that it is still on */
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_NODELAY), 0);
    model_fails(usr_SCTP_NODELAY, EPERM);
    assert_int_equal(send_to(NULL, 0, "x", MSG_MORE), 0);
    assert_int_equal(model.sets, 1);
}

/* ---- receiving ---------------------------------------------------------------------- */

static unsigned char data[1000];
static struct msghdr m;
static struct sockaddr_storage from;

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

UNIT_TEST(a_message_has_the_information_that_is_wanted)
{
    const struct sctp_rcvinfo *info;
    const struct sctp_nxtinfo *next;
    const struct sctp_sndrcvinfo *old;
    struct cmsghdr *c;

    expect_message();
    s.want_nxtinfo = s.want_sndrcv = true;
    assert_int_equal(receive(sizeof(data), sizeof(control.bytes), 0), 5);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(m.msg_flags, MSG_EOR);
    assert_int_equal(m.msg_namelen, sizeof(peer));
    assert_memory_equal(&from, &peer, sizeof(peer));
    assert_int_equal(m.msg_controllen, CMSG_SPACE(sizeof(*next)) + CMSG_SPACE(sizeof(*info)) +
                                           CMSG_SPACE(sizeof(*old)));
    c = CMSG_FIRSTHDR(&m);
    assert_int_equal(c->cmsg_level, IPPROTO_SCTP);
    assert_int_equal(c->cmsg_type, SCTP_NXTINFO);
    assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(*next)));
    next = (void *)CMSG_DATA(c);
    assert_int_equal(next->nxt_sid, 11);
    assert_int_equal(next->nxt_flags, SCTP_UNORDERED | SCTP_NOTIFICATION);
    assert_int_equal(next->nxt_ppid, 12);
    assert_int_equal(next->nxt_length, 13);
    assert_int_equal(next->nxt_assoc_id, ID + 1);
    c = CMSG_NXTHDR(&m, c);
    assert_int_equal(c->cmsg_type, SCTP_RCVINFO);
    info = (void *)CMSG_DATA(c);
    assert_int_equal(info->rcv_sid, 1);
    assert_int_equal(info->rcv_ssn, 2);
    assert_int_equal(info->rcv_flags, SCTP_UNORDERED);
    assert_int_equal(info->rcv_ppid, 4);
    assert_int_equal(info->rcv_tsn, 5);
    assert_int_equal(info->rcv_cumtsn, 6);
    assert_int_equal(info->rcv_context, 7);
    assert_int_equal(info->rcv_assoc_id, ID);
    c = CMSG_NXTHDR(&m, c);
    assert_int_equal(c->cmsg_type, SCTP_SNDRCV);
    old = (void *)CMSG_DATA(c);
    assert_int_equal(old->sinfo_stream, 1);
    assert_int_equal(old->sinfo_ssn, 2);
    assert_int_equal(old->sinfo_flags, SCTP_UNORDERED);
    assert_int_equal(old->sinfo_ppid, 4);
    assert_int_equal(old->sinfo_context, 7);
    assert_int_equal(old->sinfo_tsn, 5);
    assert_int_equal(old->sinfo_cumtsn, 6);
    assert_int_equal(old->sinfo_assoc_id, ID);
    assert_null(CMSG_NXTHDR(&m, c));
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
    model.input[model.n_input - 1].type = usr_SCTP_RECVV_RCVINFO; /* no other has come yet */
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
        {whole + 1, false, whole, whole + 1},
        {whole + 100, false, whole, CMSG_SPACE(sizeof(struct sctp_rcvinfo))},
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
    while (receive(sizeof(data), 0, 0) == sizeof(data))
        assert_false(m.msg_flags & MSG_EOR);
    assert_true(m.msg_flags & MSG_EOR);
    assert_int_equal(data[0], 'd');
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

/* ---- the end ---------------------------------------------------------------------------- */

static void fails_with(int error)
{
    model_gets("", 0, 0)->error = error;
}

UNIT_TEST(a_receive_that_may_not_wait_says_why)
{
    static const uint32_t none = 0, one = 1;

    assert_int_equal(receive(sizeof(data), 0, 0), -EAGAIN);
    s.no_receive = true;
    assert_int_equal(receive(sizeof(data), 0, 0), 0);
    s.type = SOCK_STREAM; /* which does not even look */
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
                model_gets("", 0, 0);
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
    return run_all_tests(begin, NULL);
}
