/*
 * The calls that send and receive on an SCTP socket: vectors, several messages, glibc's checked
 * forms, on both stacks.
 */
#include "unit_pair.h"

#include <signal.h>
#include <sys/uio.h>

WITH_PAIR(vectors_are_gathered_and_the_sender_is_reported)
{
    char a[3], b[10];
    struct iovec out[] = {{(void *)"abc", 3}, {(void *)"de", 2}}, in[] = {{a, 3}, {b, 10}};
    struct sockaddr_in from;
    socklen_t len = sizeof(from);

    assert_int_equal(writev(one.c, out, 2), 5);
    assert_int_equal(readv(one.s, in, 2), 5);
    assert_memory_equal(a, "abc", 3);
    assert_memory_equal(b, "de", 2);
    assert_int_equal(sendto(one.c, "x", 1, 0, sa(&one.at), sizeof(one.at)), 1);
    assert_int_equal(recvfrom(one.s, b, sizeof(b), 0, sa(&from), &len), 1);
    assert_int_equal(len, sizeof(from));
    assert_int_equal(from.sin_port, one.from.sin_port);
    assert_int_equal(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(writev(one.c, out, 1), 3);
    assert_int_equal(readv(one.s, in, 1), 3);
    assert_int_equal(write(one.c, "y", 1), 1);
    assert_int_equal(recvfrom(one.s, b, sizeof(b), 0, NULL, NULL), 1);
    assert_int_equal(write(one.c, "y", 1), 1);
    len = 77; /* without an address it is left alone */
    assert_int_equal(recvfrom(one.s, b, sizeof(b), 0, NULL, &len), 1);
    assert_int_equal(len, 77);
}

/* Some programs, such as Java's, leave the address in msg_name and set its length to 0. */
WITH_PAIR(an_address_of_length_0_is_none_for_sendmsg_and_EINVAL_for_sendto)
{
    char buf[10];
    struct iovec iov = {(void *)"hello", 5};
    struct sockaddr_in other = any_port();
    struct msghdr m = {.msg_name = &other, .msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr several = {.msg_hdr = m};

    assert_int_equal(sendmsg(one.c, &m, 0), 5);
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 5);
    assert_int_equal(sendmmsg(one.c, &several, 1, 0), 1);
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 5);
    assert_fails(sendto(one.c, "hello", 5, 0, sa(&one.at), 0), EINVAL);
    assert_int_equal(sendto(one.c, "hello", 5, 0, NULL, 0), 5);
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 5);
}

/* UIO_MAXIOV; the last buffer has the byte. */
WITH_PAIR(a_message_may_have_1024_buffers)
{
    static struct iovec iov[1024];
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = COUNT(iov)};
    char byte = 'x';

    iov[COUNT(iov) - 1] = (struct iovec){&byte, 1};
    assert_int_equal(writev(one.c, iov, 0), 0);
    assert_int_equal(readv(one.s, iov, 0), 0); /* it does not wait */
    assert_int_equal(writev(one.c, iov, COUNT(iov)), 1);
    assert_int_equal(readv(one.s, iov, COUNT(iov)), 1);
    assert_int_equal(sendmsg(one.c, &m, 0), 1);
    byte = 0;
    assert_int_equal(recvmsg(one.s, &m, 0), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(send(one.c, "yz", 2, 0), 2);
    assert_int_equal(recv(one.s, &byte, 0, MSG_PEEK), 0); /* and the message stays */
    assert_int_equal(recv(one.s, &byte, 1, 0), 1);
    assert_int_equal(byte, 'y');
}

WITH_PAIR(one_call_sends_and_one_receives_several_messages)
{
    char data[4][10] = {{0}};
    struct iovec out[3], in[4];
    struct mmsghdr sent[3] = {0}, got[4] = {0};
    struct timespec brief = {.tv_nsec = 1}, hour = {.tv_sec = 3600},
                    centuries = {.tv_sec = sizeof(time_t) == 4 ? INT32_MAX : (int64_t)1 << 40};
    int n, on = 1;

    assert_int_equal(setsockopt(one.c, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on)), 0);
    for (int i = 0; i < 3; i++) {
        out[i] = (struct iovec){(void *)"hello", (size_t)i + 1};
        sent[i].msg_hdr = (struct msghdr){.msg_iov = &out[i], .msg_iovlen = 1};
    }
    for (int i = 0; i < 4; i++) {
        in[i] = (struct iovec){data[i], sizeof(data[i])};
        got[i].msg_hdr = (struct msghdr){.msg_iov = &in[i], .msg_iovlen = 1};
    }
    errno = UNTOUCHED;
    assert_int_equal(sendmmsg(one.c, sent, 3, 0), 3);
    assert_int_equal(errno, UNTOUCHED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sent[i].msg_len, i + 1);
    assert_int_equal(recvmmsg(one.s, got, 1, 0, NULL), 1);
    assert_int_equal(got[0].msg_len, 1);
    for (int i = 0; i < 2; i += n) {
        n = recvmmsg(one.s, got, 4, MSG_WAITFORONE, NULL);
        assert_in_range(n, 1, 2 - i);
        assert_int_equal(got[0].msg_len, i + 2);
        assert_int_equal(got[n - 1].msg_len, i + n + 1);
    }
    assert_would_block(recvmmsg(one.s, got, 4, MSG_DONTWAIT, NULL));
    assert_int_equal(sendmmsg(one.c, sent, 0, 0), 0);
    assert_int_equal(recvmmsg(one.s, got, 0, 0, NULL), 0);
    sent[1].msg_hdr.msg_iov = (void *)-1;
    assert_int_equal(sendmmsg(one.c, sent, 3, 0), 1);
    assert_int_equal(recvmmsg(one.s, got, 4, 0, &brief), 1); /* the time is up after one */
    sent[1].msg_hdr.msg_iov = &out[1];
    assert_int_equal(sendmmsg(one.c, sent, 3, 0), 3);
    assert_int_equal(recvmmsg(one.s, got, 3, 0, &centuries), 3);
    assert_int_equal(sendmmsg(one.c, sent, 3, 0), 3);
    assert_int_equal(recvmmsg(one.s, got, 3, 0, &hour), 3);
    sent[0].msg_hdr.msg_iov = (void *)-1;
    assert_fails(sendmmsg(one.c, sent, 3, 0), EFAULT);
    close(one.c);
    assert_int_equal(recvmmsg(one.s, got, 1, 0, NULL), 1); /* the end of file */
    assert_int_equal(got[0].msg_len, 0);
}

static volatile sig_atomic_t pipes;

static void count(int number)
{
    pipes++;
}

WITH_PAIR(a_send_after_the_end_raises_SIGPIPE_once)
{
    struct iovec out = {(void *)"hello", 5};
    struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = &out, .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &out, .msg_iovlen = 1}}};
    char buf[10];

    close(one.c);
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 0);
    signal(SIGPIPE, count);
    pipes = 0;
    assert_fails(sendmmsg(one.s, m, 2, MSG_NOSIGNAL), EPIPE);
    assert_fails((int)send(one.s, "x", 1, MSG_NOSIGNAL), EPIPE);
    assert_int_equal(pipes, 0);
    assert_fails(sendmmsg(one.s, m, 2, 0), EPIPE);
    assert_int_equal(pipes, 1);
    assert_fails((int)send(one.s, "x", 1, 0), EPIPE);
    assert_int_equal(pipes, 2);
    signal(SIGPIPE, SIG_DFL);
}

/* glibc's checked forms, which _FORTIFY_SOURCE calls. */
ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *data, size_t size, size_t room, int flags,
                       struct sockaddr *from, socklen_t *length);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
                size_t room);

static void overflow(void *number)
{
    struct pollfd p = {.fd = one.s, .events = POLLIN};
    char buf[10];

    switch (*(int *)number) {
    case 0:
        (void)!__read_chk(one.s, buf, 10, 9);
        break;
    case 1:
        (void)!__recv_chk(one.s, buf, 10, 9, 0);
        break;
    case 2:
        (void)!__recvfrom_chk(one.s, buf, 10, 9, 0, NULL, NULL);
        break;
    case 3:
        (void)!__poll_chk(&p, 1, 0, sizeof(p) - 1);
        break;
    default:
        (void)!__ppoll_chk(&p, 1, NULL, NULL, sizeof(p) - 1);
    }
}

WITH_PAIR(checked_calls_receive_and_end_a_program_that_overflows)
{
    struct pollfd p = {.fd = one.s, .events = POLLIN};
    const struct timespec soon = {.tv_sec = PATIENCE};
    char buf[10], err[1000];

    assert_int_equal(send(one.c, "abc", 3, 0), 3);
    assert_int_equal(__poll_chk(&p, 1, SOON, sizeof(p)), 1);
    assert_int_equal(__read_chk(one.s, buf, 10, 10), 3);
    assert_int_equal(send(one.c, "abc", 3, 0), 3);
    assert_int_equal(__ppoll_chk(&p, 1, &soon, NULL, sizeof(p)), 1);
    assert_int_equal(__recv_chk(one.s, buf, 10, 10, MSG_PEEK), 3);
    assert_int_equal(__recvfrom_chk(one.s, buf, 10, 10, 0, NULL, NULL), 3);
    for (int i = 0; i < 5; i++)
        assert_int_equal(in_child(overflow, &i, err, sizeof(err)), 128 + SIGABRT);
}

WITH_PAIR(the_rest_of_a_message_comes_next_and_the_end_last)
{
    char buf[20];

    assert_int_equal(send(one.s, "hello yourself", 14, 0), 14);
    assert_int_equal(read(one.c, buf, 5), 5);
    assert_int_equal(recv(one.c, buf, sizeof(buf), 0), 9);
    assert_memory_equal(buf, " yourself", 9);
    close(one.s);
    assert_int_equal(read(one.c, buf, sizeof(buf)), 0);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
