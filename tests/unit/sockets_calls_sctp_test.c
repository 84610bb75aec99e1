/*
 * Each system call on an SCTP socket: results, errors and side effects, on both stacks.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <threads.h>

enum { SOON = PATIENCE * 1000 /* ms */, UNTOUCHED = 77 };

/* An established one-to-one association: c connected to l and is s there. */
static struct {
    int l, c, s;
    struct sockaddr_in at, from;
} one;

static struct sockaddr_in loopback(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static struct sockaddr *sa(struct sockaddr_in *in)
{
    return (struct sockaddr *)in;
}

static int open_pair(void **state)
{
    socklen_t len = sizeof(one.at);

    one.at = loopback();
    one.l = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    one.c = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    assert_true(one.l >= 0 && one.c >= 0);
    set_timeouts(one.l);
    set_timeouts(one.c);
    assert_int_equal(bind(one.l, sa(&one.at), len), 0);
    assert_int_equal(listen(one.l, 5), 0);
    assert_int_equal(getsockname(one.l, sa(&one.at), &len), 0);
    assert_int_equal(connect(one.c, sa(&one.at), len), 0);
    one.s = accept(one.l, sa(&one.from), &len);
    assert_true(one.s >= 0);
    set_timeouts(one.s);
    return 0;
}

static int close_pair(void **state)
{
    close(one.c);
    close(one.s);
    close(one.l);
    return 0;
}

static short polled(int fd, short events, int ms)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, ms) > 0 ? p.revents : 0;
}

static int option_of(int fd, int level, int name)
{
    int n = -1;
    socklen_t len = sizeof(n);

    assert_int_equal(getsockopt(fd, level, name, &n, &len), 0);
    return n;
}

static void assert_fails(int result, int error)
{
    assert_int_equal(result, -1);
    assert_int_equal(errno, error);
}

/* ---- sockets -------------------------------------------------------------------- */

static void socket_refuses_what_SCTP_does_not_have(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_SCTP);

    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_fails(accept(fd, NULL, NULL), EINVAL);
    close(fd);
    fd = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_false(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_DOMAIN), AF_INET6);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_SNDBUF), 212992);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_RCVBUF), 212992);
    assert_fails(accept(fd, NULL, NULL), EOPNOTSUPP);
    assert_fails(shutdown(fd, SHUT_RDWR), ENOTCONN);
    close(fd);
    assert_fails(dup(fd), EBADF);
    assert_fails(socket(AF_INET, SOCK_DGRAM, IPPROTO_SCTP), EPROTONOSUPPORT);
    assert_fails(socket(AF_INET, 0, IPPROTO_SCTP), ESOCKTNOSUPPORT);
    assert_fails(socket(AF_INET6, SOCK_PACKET, IPPROTO_SCTP), ESOCKTNOSUPPORT);
    assert_fails(socket(AF_INET, SOCK_PACKET + 1, IPPROTO_SCTP), EINVAL);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
    close(fd);
}

static void invalid_pointers_fail_with_EFAULT(void **state)
{
    void *beyond = (void *)-1;
    struct iovec iov = {beyond, 10};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    socklen_t len = sizeof(one.at);
    char buf[10] = "";

#ifdef __SANITIZE_ADDRESS__ /* which itself looks at them */
    skip();
#endif
    assert_fails(bind(one.l, beyond, sizeof(one.at)), EFAULT);
    assert_fails(connect(one.c, beyond, sizeof(one.at)), EFAULT);
    assert_fails(getsockname(one.c, beyond, &len), EFAULT);
    assert_fails(getpeername(one.c, beyond, &len), EFAULT);
    assert_fails((int)send(one.c, beyond, 10, 0), EFAULT);
    assert_fails((int)sendmsg(one.c, &m, 0), EFAULT);
    assert_fails((int)sendmsg(one.c, beyond, 0), EFAULT);
    iov.iov_base = buf;
    m.msg_control = beyond;
    m.msg_controllen = 100;
    assert_fails((int)sendmsg(one.c, &m, 0), EFAULT);
    assert_fails(setsockopt(one.c, IPPROTO_SCTP, SCTP_NODELAY, beyond, 4), EFAULT);
    assert_fails(getsockopt(one.c, IPPROTO_SCTP, SCTP_NODELAY, buf, beyond), EFAULT);
    assert_int_equal(send(one.c, "x", 1, 0), 1); /* nothing was sent before */
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 1);
    assert_int_equal(buf[0], 'x');
}

static void a_call_that_succeeds_leaves_errno_alone(void **state)
{
    struct sockaddr_in at = loopback();
    socklen_t len = sizeof(at);
    struct timeval at_once = {0};
    int fd, on = 1, n;
    char buf[10];
    fd_set plain;

#define LEAVES(call)                                                                               \
    do {                                                                                           \
        errno = UNTOUCHED;                                                                         \
        assert_true((call) >= 0);                                                                  \
        assert_int_equal(errno, UNTOUCHED);                                                        \
    } while (0)
    LEAVES(fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
    LEAVES(setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on)));
    LEAVES(bind(fd, sa(&at), sizeof(at)));
    LEAVES(connect(fd, sa(&one.at), sizeof(one.at)));
    LEAVES(getsockname(fd, sa(&at), &len));
    LEAVES(send(fd, "x", 1, 0));
    LEAVES(n = accept(one.l, NULL, NULL));
    LEAVES(recv(n, buf, sizeof(buf), 0));
    LEAVES(fcntl(n, F_SETFL, 0));
    LEAVES(ioctl(n, FIONREAD, buf));
    FD_ZERO(&plain);
    FD_SET(STDERR_FILENO, &plain);
    LEAVES(select(STDERR_FILENO + 1, &plain, NULL, NULL, &at_once));
    LEAVES(poll(&(struct pollfd){STDERR_FILENO, POLLIN, 0}, 1, 0));
    LEAVES(poll(&(struct pollfd){n, POLLIN, 0}, 1, 0));
    LEAVES(dup2(n, 100));
    LEAVES(close(100));
    LEAVES(shutdown(n, SHUT_WR));
    LEAVES(close(n));
    LEAVES(close(fd));
}

/* ---- names -------------------------------------------------------------------------- */

static void names_are_those_of_both_ends(void **state)
{
    struct sockaddr_in got;
    struct sockaddr_in6 six;
    socklen_t len = sizeof(got);
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    assert_int_equal(getsockname(one.c, sa(&got), &len), 0);
    assert_int_equal(got.sin_port, one.from.sin_port);
    assert_int_equal(got.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(getpeername(one.s, sa(&got), &len), 0);
    assert_int_equal(got.sin_port, one.from.sin_port);
    assert_int_equal(getsockname(one.s, sa(&got), &len), 0);
    assert_int_equal(got.sin_port, one.at.sin_port);
    assert_int_equal(len, sizeof(got));
    memset(&got, 0, sizeof(got));
    len = 4;
    assert_int_equal(getpeername(one.c, sa(&got), &len), 0);
    assert_int_equal(len, sizeof(got));
    assert_int_equal(got.sin_port, one.at.sin_port);
    assert_int_equal(got.sin_addr.s_addr, 0);
    assert_fails(getpeername(one.l, sa(&got), &len), ENOTCONN);
    assert_fails(getpeername(fd, sa(&got), &len), ENOTCONN);
    len = sizeof(got);
    got.sin_port = 1;
    assert_int_equal(getsockname(fd, sa(&got), &len), 0); /* not bound */
    assert_int_equal(got.sin_family, AF_INET);
    assert_int_equal(got.sin_port, 0);
    assert_int_equal(got.sin_addr.s_addr, 0);
    close(fd);
    fd = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    len = sizeof(six);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&six, &len), 0);
    assert_int_equal(six.sin6_family, AF_INET6);
    close(fd);
}

static void bind_and_connect_refuse_impossible_addresses(void **state)
{
    struct sockaddr_in at = loopback();
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP),
        other = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    assert_fails(bind(fd, sa(&at), sizeof(at) - 1), EINVAL);
    assert_fails(bind(fd, (struct sockaddr *)&six, sizeof(six)), EINVAL);
    assert_fails(connect(fd, sa(&at), sizeof(at) - 1), EINVAL);
    assert_fails(connect(other, sa(&at), sizeof(at)), userland() ? EINVAL : ECONNREFUSED);
    close(other);
    assert_int_equal(bind(fd, sa(&at), sizeof(at)), 0);
    assert_fails(bind(fd, sa(&at), sizeof(at)), EINVAL); /* again */
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    at.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 */
    assert_fails(bind(fd, sa(&at), sizeof(at)), EADDRNOTAVAIL);
    assert_fails(bind(fd, sa(&one.at), sizeof(one.at)), EADDRINUSE);
    assert_fails(connect(one.l, sa(&one.at), sizeof(one.at)), EISCONN);
    assert_fails(connect(one.c, sa(&one.at), sizeof(one.at)), EISCONN);
    assert_fails(listen(one.c, 5), EINVAL);
    assert_fails(listen(one.s, 5), EINVAL);
    close(fd);
}

/* ---- accept ------------------------------------------------------------------------------ */

static void an_accepted_socket_has_the_settings_of_its_listener(void **state)
{
    const struct timeval tv = {.tv_sec = 5};
    const struct linger linger = {1, 7};
    struct timeval told = {0};
    struct linger linger_told = {0};
    socklen_t len = sizeof(told);
    int fd, buffer = 100000, on = 1, c = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct sctp_rcvinfo))];
    } control;
    char buf[10];
    struct iovec iov = {buf, sizeof(buf)};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};

    setsockopt(one.l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    setsockopt(one.l, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
    setsockopt(one.l, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    setsockopt(one.l, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    setsockopt(one.l, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
    setsockopt(one.l, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
    assert_int_equal(connect(c, sa(&one.at), sizeof(one.at)), 0);
    fd = accept4(one.l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_fails((int)recv(fd, buf, sizeof(buf), 0), EAGAIN);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &told, &len), 0);
    assert_int_equal(told.tv_sec, 5);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &told, &len), 0);
    assert_int_equal(told.tv_sec, 5);
    len = sizeof(linger_told);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger_told, &len), 0);
    assert_int_equal(linger_told.l_linger, 7);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_SNDBUF), 200000);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_RCVBUF), 200000);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    assert_int_equal(option_of(one.l, SOL_SOCKET, SO_ACCEPTCONN), 1);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    assert_int_equal(write(c, "hello", 5), 5);
    assert_true(polled(fd, POLLIN, SOON) & POLLIN);
    assert_int_equal(recvmsg(fd, &m, 0), 5);
    assert_int_equal(CMSG_FIRSTHDR(&m)->cmsg_type, SCTP_RCVINFO);
    close(fd);
    close(c);
}

static void a_listener_is_readable_until_all_were_accepted(void **state)
{
    int c = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), fd;

    assert_int_equal(polled(one.l, POLLIN | POLLOUT, 0), 0);
    assert_int_equal(connect(c, sa(&one.at), sizeof(one.at)), 0);
    assert_int_equal(polled(one.l, POLLIN | POLLOUT, SOON), POLLIN);
    fd = accept(one.l, NULL, NULL);
    assert_int_equal(polled(one.l, POLLIN | POLLOUT, 0), 0);
    close(fd);
    close(c);
    assert_int_equal(listen(one.l, 0), 0);
}

/* ---- shutdown and close ------------------------------------------------------------------- */

static void shutdown_ends_one_direction_or_both(void **state)
{
    char buf[10];

    assert_fails(shutdown(one.c, 3), EINVAL);
    assert_fails(shutdown(one.c, -1), EINVAL);
    assert_int_equal(shutdown(one.s, SHUT_RD), 0);
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 0);
    assert_int_equal(send(one.s, "x", 1, 0), 1);
    assert_int_equal(recv(one.c, buf, sizeof(buf), 0), 1);
    assert_int_equal(shutdown(one.c, SHUT_WR), 0);
    assert_fails((int)send(one.c, "x", 1, MSG_NOSIGNAL), EPIPE);
}

static void the_end_is_readable_and_a_shutdown_of_both_directions_hangs_up(void **state)
{
    char buf[10];

    assert_int_equal(polled(one.s, POLLIN | POLLOUT, 0), POLLOUT);
    assert_int_equal(close(one.c), 0);
    assert_int_equal(polled(one.s, POLLIN, SOON), POLLIN);
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 0);
    assert_int_equal(polled(one.s, POLLIN | POLLOUT, SOON), POLLIN | POLLOUT);
    close_pair(state);
    open_pair(state);
    assert_int_equal(shutdown(one.s, SHUT_RDWR), 0);
    assert_int_equal(polled(one.s, POLLIN | POLLOUT, SOON), POLLIN | POLLOUT | POLLHUP);
}

static void unread_data_or_no_linger_make_close_an_abort(void **state)
{
    const struct linger at_once = {1, 0};
    char buf[10];

    for (int unread = 0; unread < 2; unread++) {
        if (unread) {
            open_pair(state);
            assert_int_equal(send(one.s, "unread", 6, 0), 6);
            assert_int_equal(polled(one.c, POLLIN, SOON), POLLIN);
        } else {
            setsockopt(one.c, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        }
        assert_int_equal(close(one.c), 0);
        assert_true(polled(one.s, POLLIN, SOON) & (userland() ? POLLIN : POLLERR));
        assert_fails((int)recv(one.s, buf, sizeof(buf), 0), ECONNRESET);
        if (!unread)
            close_pair(state);
    }
}

static void close_lingers_until_the_association_has_shut_down(void **state)
{
    const struct linger long_enough = {1, 60};
    char buf[10];

    setsockopt(one.c, SOL_SOCKET, SO_LINGER, &long_enough, sizeof(long_enough));
    assert_int_equal(send(one.c, "last", 4, 0), 4);
    assert_int_equal(close(one.c), 0);
    assert_int_equal(recv(one.s, buf, sizeof(buf), MSG_DONTWAIT), 4);
    assert_int_equal(recv(one.s, buf, sizeof(buf), MSG_DONTWAIT), 0);
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void assert_alive(int from, int to)
{
    char buf[10];

    assert_int_equal(send(from, "x", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(recv(to, buf, sizeof(buf), 0), 1);
}

static void assert_ended(int fd)
{
    char buf[10];

    assert_int_equal(recv(fd, buf, sizeof(buf), 0), 0);
}

static void dup_and_fcntl_make_another_descriptor_of_the_socket(void **state)
{
    int plain = open("/dev/null", O_RDONLY), copy = dup(one.c), high;

    close(one.c);
    assert_alive(one.s, copy);
    high = fcntl(copy, F_DUPFD, 200);
    assert_true(high >= 200);
    assert_false(fcntl(high, F_GETFD) & FD_CLOEXEC);
    close(copy);
    assert_alive(high, one.s);
    assert_int_equal(dup2(high, high), high);
    assert_int_equal(dup2(high, plain), plain);
    close(high);
    assert_alive(one.s, plain);
    assert_int_equal(dup3(plain, 201, O_CLOEXEC), 201);
    assert_true(fcntl(201, F_GETFD) & FD_CLOEXEC);
    close(plain);
    assert_alive(201, one.s);
    close(201);
    assert_ended(one.s);
    assert_fails(dup(201), EBADF);
}

static void dup2_and_dup3_close_the_socket_that_they_replace(void **state)
{
    int plain = open("/dev/null", O_RDONLY);

    assert_fails(dup2(999, one.c), EBADF);
    assert_fails(dup3(999, one.c, 0), EBADF);
    assert_fails(dup3(one.c, one.c, 0), EINVAL);
    assert_fails(dup3(plain, one.c, O_APPEND), EINVAL);
    assert_alive(one.c, one.s);
    assert_int_equal(dup2(one.c, one.c), one.c);
    assert_alive(one.c, one.s);
    assert_int_equal(dup2(plain, one.c), one.c);
    assert_ended(one.s);
    assert_true(is_open(one.c));
    close_pair(state);
    open_pair(state);
    assert_int_equal(dup3(one.l, one.c, 0), one.c); /* another socket */
    assert_ended(one.s);
    assert_int_equal(option_of(one.c, SOL_SOCKET, SO_ACCEPTCONN), 1);
    close(plain);
}

static void close_range_and_closefrom_close_sockets_and_others(void **state)
{
    for (int how = 0; how < 3; how++) {
        int plain, sockets[2], first = how == 1 ? 300 : 301;

        if (how) {
            close_pair(state);
            open_pair(state);
        }
        plain = open("/dev/null", O_RDONLY);
        sockets[0] = fcntl(one.c, F_DUPFD, 301);
        sockets[1] = fcntl(plain, F_DUPFD, 300);
        assert_int_equal(fcntl(one.l, F_DUPFD, 302), 302);
        assert_int_equal(fcntl(plain, F_DUPFD, 303), 303);
        close(one.c);
        assert_true(sockets[0] == 301 && sockets[1] == 300);
        if (how == 2)
            closefrom(301);
        else
            assert_int_equal(close_range((unsigned)first, how ? ~0u : 301, 0), 0);
        assert_int_equal(is_open(300), how != 1);
        assert_false(is_open(301));
        assert_int_equal(is_open(302), how == 0);
        assert_int_equal(is_open(303), how == 0);
        assert_ended(one.s);
        for (int fd = 300; fd <= 303; fd++)
            close(fd);
        close(plain);
        assert_int_equal(option_of(one.l, SOL_SOCKET, SO_ACCEPTCONN), 1);
    }
    assert_fails(close_range(5, 4, 0), EINVAL);
}

static void O_NONBLOCK_is_set_by_fcntl_and_ioctl(void **state)
{
    int on = 1, off = 0, plain = open("/dev/null", O_RDONLY);
    char buf[10];

    for (int i = 0; i < 2; i++) {
        set_timeouts(one.s);
        assert_int_equal(i ? ioctl(one.s, FIONBIO, &on) : fcntl(one.s, F_SETFL, O_NONBLOCK), 0);
        assert_fails((int)recv(one.s, buf, sizeof(buf), 0), EAGAIN);
        assert_int_equal(i ? ioctl(one.s, FIONBIO, &off) : fcntl(one.s, F_SETFL, 0), 0);
        assert_false(fcntl(one.s, F_GETFL) & O_NONBLOCK);
        const struct timeval soon = {.tv_usec = 20000}; /* it waits */
        setsockopt(one.s, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
        assert_fails((int)recv(one.s, buf, sizeof(buf), 0), EAGAIN);
    }
    assert_int_equal(fcntl64(one.s, F_SETFL, O_NONBLOCK), 0); /* of large files */
    assert_fails((int)recv(one.s, buf, sizeof(buf), 0), EAGAIN);
    assert_int_equal(fcntl64(plain, F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(fcntl64(plain, F_GETFD), FD_CLOEXEC);
    close(plain);
    assert_int_equal(ioctl(one.s, FIONREAD, &on), 0);
    assert_int_equal(on, 0);
    assert_fails(fcntl(one.s, F_DUPFD, -1), EINVAL);
    assert_fails(ioctl(one.s, 0x5401 /* TCGETS */, buf), ENOTTY);
}

/* ---- messages ------------------------------------------------------------ */

static void vectors_are_gathered_and_the_sender_is_reported(void **state)
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
    assert_int_equal(write(one.c, "y", 1), 1);
    assert_int_equal(recvfrom(one.s, b, sizeof(b), 0, NULL, NULL), 1);
}

static void one_call_sends_and_one_receives_several_messages(void **state)
{
    char data[4][10] = {{0}};
    struct iovec out[3], in[4];
    struct mmsghdr sent[3] = {0}, got[4] = {0};
    struct timespec brief = {.tv_nsec = 1};
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
    assert_fails(recvmmsg(one.s, got, 4, MSG_DONTWAIT, NULL), EAGAIN);
    assert_int_equal(sendmmsg(one.c, sent, 0, 0), 0);
    assert_int_equal(recvmmsg(one.s, got, 0, 0, NULL), 0);
    sent[1].msg_hdr.msg_iov = (void *)-1;
    assert_int_equal(sendmmsg(one.c, sent, 3, 0), 1);
    assert_int_equal(recvmmsg(one.s, got, 4, 0, &brief), 1); /* the time is up after one */
    sent[0].msg_hdr.msg_iov = (void *)-1;
    assert_fails(sendmmsg(one.c, sent, 3, 0), EFAULT);
}

static volatile sig_atomic_t pipes;

static void count(int number)
{
    (void)number;
    pipes++;
}

static void a_send_after_the_end_raises_SIGPIPE_once(void **state)
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

static void checked_calls_receive_and_end_a_program_that_overflows(void **state)
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

/* ---- polling ------------------------------------------------------------- */

static void each_way_to_poll_sees_a_message(void **state)
{
    const struct timespec soon = {.tv_sec = PATIENCE};
    struct timeval tv = {.tv_sec = PATIENCE}, now = {0};
    struct epoll_event event = {.events = EPOLLIN};
    struct pollfd p = {.fd = one.s, .events = POLLIN};
    int epoll = epoll_create1(0);
    fd_set in, out;
    char buf[10];

    FD_ZERO(&in);
    FD_ZERO(&out);
    for (int i = 0; i < 5; i++) {
        if (i == 4) {
            assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, one.s, &event), 0);
            assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_MOD, one.s, &event), 0);
        }
        assert_int_equal(send(one.c, "x", 1, 0), 1);
        FD_SET(one.s, &in);
        switch (i) {
        case 0:
            assert_int_equal(ppoll(&p, 1, &soon, NULL), 1);
            break;
        case 1:
            assert_int_equal(select(one.s + 1, &in, NULL, NULL, &tv), 1);
            break;
        case 2:
            assert_int_equal(pselect(one.s + 1, &in, NULL, NULL, &soon, NULL), 1);
            break;
        case 3:
            FD_SET(one.s, &out);
            assert_int_equal(select(one.s + 1, NULL, &out, NULL, &tv), 1);
            assert_true(FD_ISSET(one.s, &out));
            break;
        default:
            assert_int_equal(epoll_wait(epoll, &event, 1, SOON), 1);
        }
        assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 1);
        FD_SET(one.s, &in);
        FD_SET(one.s, &out);
        assert_int_equal(select(one.s + 1, &in, NULL, &out, &now), 0);
    }
    assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_DEL, one.s, NULL), 0);
    assert_fails(epoll_ctl(epoll, EPOLL_CTL_DEL, one.s, NULL), ENOENT);
    close(epoll);
}

/* ---- several addresses --------------------------------------------------- */

static int n_addresses(int fd)
{
    struct sockaddr *list = NULL;
    int n = sctp_getladdrs(fd, 0, &list);

    sctp_freeladdrs(list);
    return n;
}

static void addresses_are_added_and_removed(void **state)
{
    struct sockaddr_storage at, second, other;
    int fd = open_endpoint("127.0.0.1", 5, 5, &at);

    second = address("127.0.0.2", port_of(&at));
    other = address("127.0.0.3", (uint16_t)(port_of(&at) + 1));
    assert_int_equal(n_addresses(fd), 1);
    assert_int_equal(sctp_bindx(fd, sockaddr_of(&second), 1, SCTP_BINDX_ADD_ADDR), 0);
    assert_int_equal(n_addresses(fd), 2);
    assert_fails(sctp_bindx(fd, sockaddr_of(&other), 1, SCTP_BINDX_ADD_ADDR), EINVAL);
    assert_fails(sctp_bindx(fd, sockaddr_of(&other), 1, SCTP_BINDX_REM_ADDR), EINVAL);
    assert_int_equal(sctp_bindx(fd, sockaddr_of(&at), 1, SCTP_BINDX_REM_ADDR), 0);
    assert_int_equal(n_addresses(fd), 1);
    assert_fails(sctp_bindx(fd, sockaddr_of(&second), 1, SCTP_BINDX_REM_ADDR), EBUSY);
    other = address("127.0.0.3", 0); /* the port is the socket's */
    assert_int_equal(sctp_bindx(fd, sockaddr_of(&other), 1, SCTP_BINDX_ADD_ADDR), 0);
    assert_int_equal(n_addresses(fd), 2);
    other = address("127.0.0.9", 0);
    assert_fails(sctp_bindx(fd, sockaddr_of(&other), 1, SCTP_BINDX_REM_ADDR), EINVAL);
    close(fd);
}

static void a_peeled_off_socket_has_its_own_flags(void **state)
{
    struct sockaddr_storage at_a, at_b;
    int a = open_endpoint("127.0.0.1", 5, 5, &at_a), b = open_endpoint("127.0.0.1", 5, 5, &at_b);
    sctp_peeloff_flags_arg_t peel = {.p_arg.associd = associate(a, &at_b),
                                     .flags = SOCK_NONBLOCK | SOCK_CLOEXEC};
    socklen_t len = sizeof(peel) - 1;
    int fd;

    assert_fails(getsockopt(a, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF_FLAGS, &peel, &len), EINVAL);
    len++;
    fd = getsockopt(a, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF_FLAGS, &peel, &len);
    assert_true(fd >= 0);
    assert_int_equal(peel.p_arg.sd, fd);
    assert_int_equal(len, sizeof(peel));
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_TYPE), SOCK_SEQPACKET);
    assert_fails(sctp_peeloff(one.c, 0), EINVAL);
    assert_fails(sctp_peeloff(b, 99999), EINVAL);
    close(fd);
    close(a);
    close(b);
}

/* ---- threads ------------------------------------------------------------- */

static int answer(void *arg)
{
    char buf[10];

    (void)arg;
    return recv(one.s, buf, sizeof(buf), 0) == 1 && send(one.s, "y", 1, 0) == 1 ? 7 : 0;
}

/* Both ends of an association wait in a call at the same time. */
static void a_thread_of_C11_answers_another(void **state)
{
    thrd_t thread;
    int result = 0;
    char buf[10];

    assert_int_equal(thrd_create(&thread, answer, NULL), thrd_success);
    assert_int_equal(send(one.c, "x", 1, 0), 1);
    assert_int_equal(recv(one.c, buf, sizeof(buf), 0), 1);
    assert_int_equal(thrd_join(thread, &result), thrd_success);
    assert_int_equal(result, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_PAIR(f) cmocka_unit_test_setup_teardown(f, open_pair, close_pair)
        /* Before a thread or poll makes the stack's threads read. */
        WITH_PAIR(vectors_are_gathered_and_the_sender_is_reported),
        WITH_PAIR(one_call_sends_and_one_receives_several_messages),
        WITH_PAIR(socket_refuses_what_SCTP_does_not_have),
        WITH_PAIR(invalid_pointers_fail_with_EFAULT),
        WITH_PAIR(a_call_that_succeeds_leaves_errno_alone),
        WITH_PAIR(names_are_those_of_both_ends),
        WITH_PAIR(bind_and_connect_refuse_impossible_addresses),
        WITH_PAIR(shutdown_ends_one_direction_or_both),
        WITH_PAIR(close_lingers_until_the_association_has_shut_down),
        WITH_PAIR(dup_and_fcntl_make_another_descriptor_of_the_socket),
        WITH_PAIR(dup2_and_dup3_close_the_socket_that_they_replace),
        WITH_PAIR(close_range_and_closefrom_close_sockets_and_others),
        WITH_PAIR(O_NONBLOCK_is_set_by_fcntl_and_ioctl),
        WITH_PAIR(a_send_after_the_end_raises_SIGPIPE_once),
        WITH_PAIR(addresses_are_added_and_removed),
        WITH_PAIR(a_peeled_off_socket_has_its_own_flags),
        WITH_PAIR(a_thread_of_C11_answers_another),
        WITH_PAIR(an_accepted_socket_has_the_settings_of_its_listener),
        WITH_PAIR(a_listener_is_readable_until_all_were_accepted),
        WITH_PAIR(the_end_is_readable_and_a_shutdown_of_both_directions_hangs_up),
        WITH_PAIR(unread_data_or_no_linger_make_close_an_abort),
        WITH_PAIR(checked_calls_receive_and_end_a_program_that_overflows),
        WITH_PAIR(each_way_to_poll_sees_a_message),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
