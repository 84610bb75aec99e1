/* The meaning of send's errno for the association: lib/send.c. */
#include "unit.h"
#include "unpsctp.h"

#include <errno.h>

UNIT_TEST(a_full_buffer_and_a_signal_are_no_failure)
{
    static const int errors[] = {EAGAIN, ENOMEM, ENOBUFS, EINTR};

    for (size_t i = 0; i < COUNT(errors); i++)
        assert_int_equal(unp_send_failure(errors[i]), SEND_AGAIN);
}

UNIT_TEST(errors_that_end_an_association_are_left_to_its_notification)
{
    static const int errors[] = {EPIPE,      ESRCH,        ESHUTDOWN,    ENOTCONN,
                                 ECONNRESET, ECONNABORTED, ECONNREFUSED, ETIMEDOUT};

    for (size_t i = 0; i < COUNT(errors); i++)
        assert_int_equal(unp_send_failure(errors[i]), SEND_ENDING);
}

UNIT_TEST(other_send_errors_are_reported)
{
    static const struct {
        int err;
        const char *text;
    } told[] = {
        {EMSGSIZE, "send 70000 bytes: Message too long; send less, raise net.core.wmem_max, "},
        {EINVAL, "send 70000 bytes: Invalid argument; do the socket options that were set, "},
        {EACCES, "send 70000 bytes: Permission denied; do the socket options that were set, "},
        {EPERM, "send 70000 bytes: Operation not permitted; do the socket options that were "},
        {EHOSTUNREACH, "send 70000 bytes: No route to host; is there a route"},
        {ENETUNREACH, "send 70000 bytes: Network is unreachable; is there a route"},
        {EBADF, "send 70000 bytes: Bad file descriptor; connect again"},
    };
    char why[200];

    for (size_t i = 0; i < COUNT(told); i++) {
        assert_int_equal(unp_send_failure(told[i].err), SEND_FAILED);
        assert_contains(unp_send_why(told[i].err, 70000, why, sizeof(why)), told[i].text);
    }
}

/* ---- the call ------------------------------------------------------------------------ */

static struct call {
    unsigned char data[20];
    size_t len, parts;
    struct sctp_sndinfo snd;
    struct sctp_prinfo pr;
    bool has_snd, has_pr;
    int flags, fd;
    bool fails;
} call;

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct msghdr copy = *m;

    memset(&call, 0, offsetof(struct call, fails));
    call.fd = fd;
    call.flags = flags;
    call.parts = m->msg_iovlen;
    if (m->msg_iovlen)
        memcpy(call.data, m->msg_iov->iov_base, call.len = m->msg_iov->iov_len);
    assert_null(m->msg_name);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c; c = CMSG_NXTHDR(&copy, c)) {
        assert_int_equal(c->cmsg_level, IPPROTO_SCTP);
        assert_true(c->cmsg_type == SCTP_SNDINFO || c->cmsg_type == SCTP_PRINFO);
        if (c->cmsg_type == SCTP_SNDINFO) {
            assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(call.snd)));
            memcpy(&call.snd, CMSG_DATA(c), sizeof(call.snd));
            call.has_snd = true;
        } else {
            assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(call.pr)));
            memcpy(&call.pr, CMSG_DATA(c), sizeof(call.pr));
            call.has_pr = true;
        }
    }
    errno = EAGAIN;
    return call.fails ? -1 : (ssize_t)call.len;
}

UNIT_TEST(a_message_is_sent_with_its_information)
{
    const struct sctp_sndinfo snd = {.snd_sid = 1, .snd_ppid = 2, .snd_assoc_id = 3};
    const struct sctp_prinfo pr = {.pr_policy = SCTP_PR_SCTP_TTL, .pr_value = 5};

    assert_int_equal(unp_send_info(7, "hello", 5, &snd, NULL, MSG_MORE), 5);
    assert_int_equal(call.fd, 7);
    assert_int_equal(call.flags, MSG_MORE | MSG_NOSIGNAL);
    assert_memory_equal(call.data, "hello", 5);
    assert_memory_equal(&call.snd, &snd, sizeof(snd));
    assert_true(call.has_snd && !call.has_pr);
    assert_int_equal(unp_send_info(7, "hello", 1, &snd, &pr, 0), 1);
    assert_int_equal(call.len, 1);
    assert_memory_equal(&call.snd, &snd, sizeof(snd));
    assert_memory_equal(&call.pr, &pr, sizeof(pr));
    assert_true(call.has_snd && call.has_pr);
}

UNIT_TEST(an_abort_has_its_reason)
{
    assert_int_equal(unp_abort(7, 3, "enough"), 0);
    assert_int_equal(call.snd.snd_flags, SCTP_ABORT);
    assert_int_equal(call.snd.snd_assoc_id, 3);
    assert_int_equal(call.len, 6);
    assert_memory_equal(call.data, "enough", 6);
    assert_int_equal(call.flags, MSG_DONTWAIT | MSG_NOSIGNAL);
    call.fails = true;
    assert_int_equal(unp_abort(7, 3, "enough"), -1);
    call.fails = false;
}

UNIT_TEST(a_shutdown_has_no_data)
{
    assert_int_equal(unp_eof(7, 3), 0);
    assert_int_equal(call.snd.snd_flags, SCTP_EOF);
    assert_int_equal(call.snd.snd_assoc_id, 3);
    assert_int_equal(call.parts, 0);
    assert_int_equal(call.flags, MSG_DONTWAIT | MSG_NOSIGNAL);
    call.fails = true;
    assert_int_equal(unp_eof(7, 3), -1);
    call.fails = false;
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
