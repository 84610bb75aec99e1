/*
 * Each system call on an SCTP socket: results, errors and side effects, on both stacks.
 */
#include "unit_pair.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <threads.h>

/* ---- sockets -------------------------------------------------------------------- */

WITH_PAIR(socket_refuses_what_SCTP_does_not_have)
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
    assert_fails(socket(AF_UNIX, SOCK_STREAM, IPPROTO_SCTP), EPROTONOSUPPORT);
    fd = socket(AF_INET, SOCK_RAW, IPPROTO_SCTP); /* for root */
    assert_true(fd >= 0 ? option_of(fd, SOL_SOCKET, SO_TYPE) == SOCK_RAW : errno == EPERM);
    close(fd);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
    close(fd);
}

/* A connection of AF_UNIX, in a process that also has SCTP sockets. */
WITH_PAIR(other_sockets_have_the_calls_of_the_c_library)
{
    struct sockaddr_storage at = {.ss_family = AF_UNIX}, other;
    socklen_t len = sizeof(sa_family_t), other_len = sizeof(other);
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), s, copy;
    char buf[20], more[20];
    struct iovec iov[] = {{buf, 2}, {more, 2}}, text = {(void *)"text", 4};
    struct msghdr in = {.msg_iov = iov, .msg_iovlen = 2}, out = {.msg_iov = &text, .msg_iovlen = 1};
    struct mmsghdr ins = {.msg_hdr = in}, outs = {.msg_hdr = out};

    assert_int_equal(bind(l, sockaddr_of(&at), len), 0); /* to a name that the kernel chooses */
    len = sizeof(at);
    assert_int_equal(getsockname(l, sockaddr_of(&at), &len), 0);
    assert_int_equal(listen(l, 1), 0);
    assert_int_equal(connect(c, sockaddr_of(&at), len), 0);
    assert_int_equal(getpeername(c, sockaddr_of(&other), &other_len), 0);
    assert_int_equal(other_len, len);
    assert_memory_equal(&other, &at, len);
    s = accept(l, NULL, NULL);
    assert_true(s >= 0);
    assert_int_equal(send(c, "text", 4, 0), 4);
    assert_int_equal(recv(s, buf, 1, 0), 1);
    assert_int_equal(recv(s, buf + 1, 9, 0), 3);
    assert_memory_equal(buf, "text", 4);
    assert_int_equal(sendto(c, "text", 4, 0, NULL, 0), 4);
    assert_int_equal(recvfrom(s, buf, sizeof(buf), 0, NULL, NULL), 4);
    assert_int_equal(write(c, "text", 4), 4);
    assert_int_equal(read(s, buf, sizeof(buf)), 4);
    assert_int_equal(writev(c, &text, 1), 4);
    assert_int_equal(readv(s, iov, 2), 4);
    assert_memory_equal(more, "xt", 2);
    assert_int_equal(sendmsg(c, &out, 0), 4);
    assert_int_equal(recvmsg(s, &in, 0), 4);
    assert_int_equal(sendmmsg(c, &outs, 1, 0), 1);
    assert_int_equal(recvmmsg(s, &ins, 1, 0, NULL), 1);
    assert_int_equal(ins.msg_len, 4);
    copy = dup(c);
    assert_int_equal(dup2(copy, 199), 199);
    assert_int_equal(close(copy), 0);
    assert_int_equal(write(199, "x", 1), 1);
    assert_int_equal(close(199), 0);
    assert_fails(fcntl(199, F_GETFD), EBADF);
    assert_int_equal(ioctl(s, FIONREAD, &copy), 0);
    assert_int_equal(copy, 1);
    assert_int_equal(shutdown(c, SHUT_WR), 0);
    assert_int_equal(read(s, buf, sizeof(buf)), 1);
    assert_int_equal(read(s, buf, sizeof(buf)), 0);
    close(s);
    close(c);
    close(l);
}

WITH_PAIR(invalid_pointers_fail_with_EFAULT)
{
    void *beyond = (void *)-1;
    struct iovec iov = {beyond, 10};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    socklen_t len = sizeof(one.at);
    char buf[10] = "";
    int another;

#ifdef __SANITIZE_ADDRESS__ /* which itself looks at them */
    skip();
#endif
    another = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    assert_int_equal(connect(another, sa(&one.at), sizeof(one.at)), 0);
    assert_fails(bind(one.l, beyond, sizeof(one.at)), EFAULT);
    assert_fails(connect(one.c, beyond, sizeof(one.at)), EFAULT);
    assert_fails(getsockname(one.c, beyond, &len), EFAULT);
    assert_fails(getpeername(one.c, beyond, &len), EFAULT);
    assert_fails(accept(one.l, beyond, &len), EFAULT);
    assert_fails((int)send(one.c, beyond, 10, 0), EFAULT);
    assert_fails((int)sendmsg(one.c, &m, 0), EFAULT);
    assert_fails((int)sendmsg(one.c, beyond, 0), EFAULT);
    iov.iov_base = buf;
    m.msg_control = beyond;
    m.msg_controllen = 100;
    assert_fails((int)sendmsg(one.c, &m, 0), EFAULT);
    assert_fails(setsockopt(one.c, IPPROTO_SCTP, SCTP_NODELAY, beyond, 4), EFAULT);
    assert_fails(getsockopt(one.c, IPPROTO_SCTP, SCTP_NODELAY, buf, beyond), EFAULT);
    close(another);
    assert_int_equal(send(one.c, "x", 1, 0), 1); /* nothing was sent before */
    assert_int_equal(recv(one.s, buf, sizeof(buf), 0), 1);
    assert_int_equal(buf[0], 'x');
}

WITH_PAIR(a_call_that_succeeds_leaves_errno_alone)
{
    struct sockaddr_in at = any_port();
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

WITH_PAIR(names_are_those_of_both_ends)
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

WITH_PAIR(bind_and_connect_refuse_impossible_addresses)
{
    struct sockaddr_in at = any_port();
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

WITH_PAIR(an_accepted_socket_has_the_settings_of_its_listener)
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
    assert_would_block(recv(fd, buf, sizeof(buf), 0));
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

WITH_PAIR(a_listener_is_readable_until_all_were_accepted)
{
    int c = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), fd;

    assert_int_equal(polled(one.l, POLLIN | POLLOUT, 0), 0);
    assert_int_equal(connect(c, sa(&one.at), sizeof(one.at)), 0);
    assert_int_equal(polled(one.l, POLLIN | POLLOUT, SOON), POLLIN);
    fd = accept(one.l, NULL, NULL);
    assert_int_equal(polled(one.l, POLLIN | POLLOUT, 0), 0);
    assert_int_equal(fcntl(one.l, F_SETFL, O_NONBLOCK), 0);
    assert_would_block(accept(one.l, NULL, NULL));
    close(fd);
    close(c);
    assert_int_equal(listen(one.l, 0), 0);
}

/* ---- shutdown and close ------------------------------------------------------------------- */

WITH_PAIR(shutdown_ends_one_direction_or_both)
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

WITH_PAIR(the_end_is_readable_and_a_shutdown_of_both_directions_hangs_up)
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

WITH_PAIR(unread_data_or_no_linger_make_close_an_abort)
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

WITH_PAIR(close_lingers_until_the_association_has_shut_down)
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

WITH_PAIR(dup_and_fcntl_make_another_descriptor_of_the_socket)
{
    int plain = open("/dev/null", O_RDONLY), copy = dup(one.c), high;
    struct rlimit usual, few;

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
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    few = (struct rlimit){0, usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_fails(dup(201), EMFILE); /* and the socket has no descriptor more */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    close(201);
    assert_ended(one.s);
    assert_fails(dup(201), EBADF);
}

WITH_PAIR(dup2_and_dup3_close_the_socket_that_they_replace)
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

WITH_PAIR(close_range_and_closefrom_close_sockets_and_others)
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

WITH_PAIR(O_NONBLOCK_is_set_by_fcntl_and_ioctl)
{
    int on = 1, off = 0, plain = open("/dev/null", O_RDONLY);
    char buf[10];

    for (int i = 0; i < 2; i++) {
        set_timeouts(one.s);
        assert_int_equal(i ? ioctl(one.s, FIONBIO, &on) : fcntl(one.s, F_SETFL, O_NONBLOCK), 0);
        assert_would_block(recv(one.s, buf, sizeof(buf), 0));
        assert_int_equal(i ? ioctl(one.s, FIONBIO, &off) : fcntl(one.s, F_SETFL, 0), 0);
        assert_false(fcntl(one.s, F_GETFL) & O_NONBLOCK);
        const struct timeval soon = {.tv_usec = 20000}; /* it waits */
        setsockopt(one.s, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
        assert_fails((int)recv(one.s, buf, sizeof(buf), 0), EAGAIN);
    }
    set_timeouts(one.s);
    assert_int_equal(fcntl64(one.s, F_SETFL, O_NONBLOCK), 0); /* of large files */
    assert_would_block(recv(one.s, buf, sizeof(buf), 0));
    assert_int_equal(fcntl64(plain, F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(fcntl64(plain, F_GETFD), FD_CLOEXEC);
    close(plain);
    assert_int_equal(ioctl(one.s, FIONREAD, &on), 0);
    assert_int_equal(on, 0);
    assert_fails(fcntl(one.s, F_DUPFD, -1), EINVAL);
    assert_fails(ioctl(one.s, 0x5401 /* TCGETS */, buf), ENOTTY);
}

/* ---- polling ------------------------------------------------------------- */

WITH_PAIR(each_way_to_poll_sees_a_message)
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

WITH_PAIR(addresses_are_added_and_removed)
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

WITH_PAIR(a_peeled_off_socket_has_its_own_flags)
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

    return recv(one.s, buf, sizeof(buf), 0) == 1 && send(one.s, "y", 1, 0) == 1 ? 7 : 0;
}

/* Both ends of an association wait in a call at the same time. */
WITH_PAIR(a_thread_of_C11_answers_another)
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

static int shut_down_later(void *arg)
{
    poll(NULL, 0, 100);
    return shutdown(one.s, SHUT_RDWR);
}

WITH_PAIR(a_shutdown_wakes_a_thread_that_waits)
{
    thrd_t thread;
    char buf[10];

    assert_int_equal(thrd_create(&thread, shut_down_later, NULL), thrd_success);
    assert_int_equal(read(one.s, buf, sizeof(buf)), 0);
    assert_int_equal(thrd_join(thread, NULL), thrd_success);
}

/* ---- what libusrsctp calls --------------------------------------------------------- */

/* The first fields of its struct mbuf. */
struct chain {
    struct chain *next, *next_packet;
    const char *data;
    int len;
};

/* "123456789" is the check of CRC32c. */
WITH_PAIR(the_checksum_is_that_of_a_packet_in_parts)
{
    static const char text[] = "123456789";
    uint32_t (*checksum)(struct chain *, uint32_t);

    *(void **)&checksum = dlsym(RTLD_DEFAULT, "sctp_calculate_cksum");
    if (!userland() || !checksum)
        skip();
    for (int at = 0; at <= 9; at++) {
        struct chain last = {.data = text + at, .len = 9 - at};
        struct chain middle = {.next = &last, .data = text, .len = at};
        struct chain first = {.next = &middle, .data = "header", .len = 6};

        assert_int_equal(checksum(&middle, 0), 0xe3069283);
        assert_int_equal(checksum(&first, 6), 0xe3069283);
    }
    struct chain odd = {.data = "headers123456789", .len = 16};
    assert_int_equal(checksum(&odd, 7), 0xe3069283);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
