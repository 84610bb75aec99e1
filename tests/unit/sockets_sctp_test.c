/*
 * The socket calls of SCTP on both stacks: waiting, signals, polling, descriptors, associations and
 * errors.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>

enum { SOON = PATIENCE * 1000 }; /* ms */

/* A one-to-many socket b with an association from a, and its id at each. */
static struct {
    int a, b;
    sctp_assoc_t id_a, id_b;
    struct sockaddr_storage at_a, at_b;
} many;

static void forget_notifications(int fd)
{
    struct sctp_event_subscribe none = {0};

    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &none, sizeof(none)), 0);
}

static void drain(int fd)
{
    char buf[2000];

    while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
        ;
}

static int open_many(void **state)
{
    many.a = open_endpoint("127.0.0.1", 10, 10, &many.at_a);
    many.b = open_endpoint("127.0.0.1", 10, 10, &many.at_b);
    many.id_a = associate(many.a, &many.at_b);
    for (int i = 0; i < 100 && !many.id_b; i++) {
        many.id_b = sctp_address_to_associd(many.b, sockaddr_of(&many.at_a),
                                            unp_sock_len(sockaddr_of(&many.at_a)));
        poll(NULL, 0, many.id_b > 0 ? 0 : 20);
    }
    poll(NULL, 0, 50); /* until the notifications of its start have arrived */
    forget_notifications(many.a);
    forget_notifications(many.b);
    drain(many.a);
    drain(many.b);
    return 0;
}

static int close_many(void **state)
{
    close(many.a);
    close(many.b);
    memset(&many, 0, sizeof(many));
    return 0;
}

static void say_to_b(const char *text)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = many.id_a};

    assert_int_equal(unp_send_info(many.a, text, strlen(text), &snd, NULL, 0), strlen(text));
}

/* ---- waiting -------------------------------------------------------------- */

UNIT_TEST(a_nonblocking_receive_without_data_fails_with_EAGAIN)
{
    char buf[10];

    assert_would_block(recv(many.b, buf, sizeof(buf), MSG_DONTWAIT));
    assert_int_equal(fcntl(many.b, F_SETFL, O_NONBLOCK), 0);
    assert_true(fcntl(many.b, F_GETFL) & O_NONBLOCK);
    assert_would_block(read(many.b, buf, sizeof(buf)));
    assert_int_equal(fcntl(many.b, F_SETFL, 0), 0);
}

UNIT_TEST(a_receive_timeout_ends_the_wait)
{
    const struct timeval tv = {.tv_usec = 100000};
    struct timeval told;
    socklen_t len = sizeof(told);
    char buf[10];
    int64_t from;

    assert_int_equal(setsockopt(many.b, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
    assert_int_equal(getsockopt(many.b, SOL_SOCKET, SO_RCVTIMEO, &told, &len), 0);
    assert_int_equal(told.tv_usec, 100000);
    from = unp_now();
    assert_fails(recv(many.b, buf, sizeof(buf), 0), EAGAIN);
    assert_true(unp_now() - from > 90);
}

static void nothing(int signal)
{
}

static void interrupt_in(int ms, int flags)
{
    const struct sigaction act = {.sa_handler = nothing, .sa_flags = flags};
    const struct itimerval timer = {.it_value = {.tv_usec = ms * 1000}};

    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

UNIT_TEST(a_signal_interrupts_the_wait)
{
    char buf[10];

    interrupt_in(100, 0);
    assert_fails(recv(many.b, buf, sizeof(buf), 0), EINTR);
}

static void *say_later(void *text)
{
    poll(NULL, 0, 300);
    say_to_b(text);
    return NULL;
}

UNIT_TEST(with_SA_RESTART_the_wait_goes_on)
{
    const struct timeval forever = {0}; /* with a timeout SA_RESTART has no effect: signal(7) */
    pthread_t thread;
    char buf[10];

    assert_int_equal(setsockopt(many.b, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever)), 0);
    assert_int_equal(pthread_create(&thread, NULL, say_later, "late"), 0);
    interrupt_in(100, SA_RESTART);
    assert_int_equal(recv(many.b, buf, sizeof(buf), 0), 4);
    pthread_join(thread, NULL);
}

/* ---- polling -------------------------------------------------------------- */

UNIT_TEST(poll_reports_a_readable_socket)
{
    char buf[10];

    assert_int_equal(polled(many.b, POLLIN | POLLOUT, 100), POLLOUT);
    say_to_b("one");
    assert_int_equal(polled(many.b, POLLIN, SOON), POLLIN);
    assert_int_equal(recv(many.b, buf, sizeof(buf), MSG_PEEK), 3);
    assert_int_equal(polled(many.b, POLLIN, 0), POLLIN);
    assert_int_equal(recv(many.b, buf, sizeof(buf), 0), 3);
    assert_int_equal(polled(many.b, POLLIN, 0), 0);
}

UNIT_TEST(select_reports_a_readable_socket)
{
    struct timeval tv = {.tv_sec = SOON / 1000};
    fd_set set;
    char buf[10];

    FD_ZERO(&set);
    FD_SET(many.b, &set);
    say_to_b("one");
    assert_int_equal(select(many.b + 1, &set, NULL, NULL, &tv), 1);
    assert_int_equal(recv(many.b, buf, sizeof(buf), 0), 3);
}

UNIT_TEST(an_edge_triggered_epoll_reports_each_arrival)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int epoll = epoll_create1(0);
    char buf[10];

    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, many.b, &event), 0);
    assert_int_equal(epoll_wait(epoll, &event, 1, 50), 0);
    for (int i = 0; i < 3; i++) { /* without reading the previous message */
        say_to_b("one");
        assert_int_equal(epoll_wait(epoll, &event, 1, SOON), 1);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(recv(many.b, buf, sizeof(buf), 0), 3);
    assert_int_equal(recv(many.b, buf, sizeof(buf), MSG_DONTWAIT), -1);
    while (epoll_wait(epoll, &event, 1, 0) > 0)
        ;
    say_to_b("two");
    assert_int_equal(epoll_wait(epoll, &event, 1, SOON), 1);
    close(epoll);
}

static volatile sig_atomic_t arrivals;

static void count_arrival(int signal)
{
    arrivals++;
}

UNIT_TEST(a_message_raises_SIGIO_if_O_ASYNC_is_set)
{
    signal(SIGIO, count_arrival);
    arrivals = 0;
    assert_int_equal(fcntl(many.b, F_SETOWN, getpid()), 0);
    assert_int_equal(fcntl(many.b, F_SETFL, O_ASYNC), 0);
    arrivals = 0;
    say_to_b("one");
    for (int i = 0; i < SOON / 20 && !arrivals; i++)
        poll(NULL, 0, 20);
    assert_true(arrivals > 0);
    assert_int_equal(fcntl(many.b, F_SETFL, 0), 0);
}

UNIT_TEST(FIONREAD_returns_the_size_of_the_next_message)
{
    int n = -1;

    say_to_b("twelve bytes");
    assert_int_equal(polled(many.b, POLLIN, SOON), POLLIN);
    assert_int_equal(ioctl(many.b, FIONREAD, &n), 0);
    assert_int_equal(n, 12);
}

UNIT_TEST(a_full_socket_is_not_writable_until_the_peer_reads)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = many.id_a};
    static char data[10000];
    int sent = 0;

    while (sent < 10000 && unp_send_info(many.a, data, sizeof(data), &snd, NULL, MSG_DONTWAIT) > 0)
        sent++;
    assert_in_range(sent, 5, 9999);
    assert_int_equal(errno, EAGAIN);
    for (int i = 0; i < sent; i++)
        assert_true(recv(many.b, data, sizeof(data), 0) > 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(polled(many.a, POLLOUT, SOON), POLLOUT);
        if (unp_send_info(many.a, data, sizeof(data), &snd, NULL, MSG_DONTWAIT) > 0)
            return;
        poll(NULL, 0, 20);
    }
    fail_msg("the peer has read all, and there is still no room");
}

/* ---- descriptors ---------------------------------------------------------- */

UNIT_TEST(a_duplicate_descriptor_keeps_the_socket_open)
{
    int copy = dup(many.b);
    char buf[10];

    assert_true(copy >= 0);
    close(many.b);
    say_to_b("still");
    assert_int_equal(recv(copy, buf, sizeof(buf), 0), 5);
    assert_fails(recv(many.b, buf, sizeof(buf), MSG_DONTWAIT), EBADF);
    many.b = fcntl(copy, F_DUPFD_CLOEXEC, 100);
    assert_true(many.b >= 100 && fcntl(many.b, F_GETFD) & FD_CLOEXEC);
    close(copy);
    say_to_b("again");
    assert_int_equal(recv(many.b, buf, sizeof(buf), 0), 5);
}

/* Daemons do so at their start. */
UNIT_TEST(closing_all_descriptors_closes_the_socket_and_keeps_the_stack_working)
{
    struct sockaddr_storage at;
    int high = fcntl(many.b, F_DUPFD, 400), fd;

    assert_true(high >= 400);
    assert_int_equal(close_range(400, ~0u, 0), 0);
    assert_int_equal(fcntl(high, F_GETFD), -1);
    say_to_b("still");
    fd = open_endpoint("127.0.0.1", 5, 5, &at);
    associate(many.b, &at);
    close(fd);
}

/* ---- ancillary data ---------------------------------------------------------- */

static ssize_t receive_at_b(struct msghdr *m, void *data, size_t size, void *control, size_t room,
                            int flags)
{
    struct iovec iov = {.iov_base = data, .iov_len = size};

    *m = (struct msghdr){
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
    return recvmsg(many.b, m, flags);
}

/* libusrsctp's form of a notification differs in size, so a peek must not lose a part of it. */
UNIT_TEST(a_notification_that_is_peeked_at_is_read_whole_afterwards)
{
    union sctp_notification first, second;
    struct msghdr m;
    ssize_t n;

    assert_int_equal(unp_subscribe(many.b, many.id_b, SCTP_ASSOC_CHANGE, true), 0);
    assert_int_equal(unp_abort(many.a, many.id_a, "a reason"), 0);
    for (int i = 0; i < 2; i++) {
        memset(&first, 0, sizeof(first));
        n = receive_at_b(&m, &first, sizeof(first), NULL, 0, MSG_PEEK);
        assert_true(n >= (ssize_t)sizeof(first.sn_assoc_change));
        assert_true(m.msg_flags & MSG_NOTIFICATION && m.msg_flags & MSG_EOR);
        assert_int_equal(first.sn_header.sn_type, SCTP_ASSOC_CHANGE);
        assert_int_equal(first.sn_header.sn_length, n);
    }
    memset(&second, 0, sizeof(second));
    assert_int_equal(receive_at_b(&m, &second, sizeof(second), NULL, 0, 0), n);
    assert_true(m.msg_flags & MSG_NOTIFICATION && m.msg_flags & MSG_EOR);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_int_equal(receive_at_b(&m, &second, sizeof(second), NULL, 0, MSG_DONTWAIT), -1);
}

UNIT_TEST(MSG_CTRUNC_says_that_there_was_no_room_for_the_information)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct sctp_rcvinfo))];
    const size_t needed = CMSG_LEN(sizeof(struct sctp_rcvinfo));
    struct msghdr m;
    char buf[10];

    for (int i = 0; i < 4; i++)
        say_to_b("hello");
    assert_int_equal(receive_at_b(&m, buf, sizeof(buf), control, needed, 0), 5);
    assert_false(m.msg_flags & MSG_CTRUNC);
    assert_int_equal(CMSG_FIRSTHDR(&m)->cmsg_type, SCTP_RCVINFO);
    assert_int_equal(receive_at_b(&m, buf, sizeof(buf), control, needed - 1, 0), 5);
    assert_true(m.msg_flags & MSG_CTRUNC);
    assert_int_equal(receive_at_b(&m, buf, sizeof(buf), NULL, 0, 0), 5);
    assert_true(m.msg_flags & MSG_CTRUNC);
    assert_int_equal(receive_at_b(&m, buf, sizeof(buf), control, sizeof(control), 0), 5);
    assert_false(m.msg_flags & MSG_CTRUNC);
}

/* ---- associations ----------------------------------------------------------- */

UNIT_TEST(a_peeled_off_association_keeps_its_id_and_unread_data)
{
    struct sctp_status status = {0};
    socklen_t len = sizeof(status);
    char buf[10];
    int fd;

    say_to_b("first");
    assert_int_equal(polled(many.b, POLLIN, SOON), POLLIN);
    fd = sctp_peeloff(many.b, many.id_b);
    assert_true(fd >= 0);
    assert_int_equal(recv(fd, buf, sizeof(buf), 0), 5);
    say_to_b("more");
    assert_int_equal(recv(fd, buf, sizeof(buf), 0), 4);
    assert_int_equal(getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &len), 0);
    assert_int_equal(status.sstat_assoc_id, many.id_b);
    assert_int_equal(status.sstat_state, SCTP_ESTABLISHED);
    assert_fails(sctp_peeloff(many.b, many.id_b), EINVAL);
    assert_int_equal(unp_abort(fd, many.id_b, "enough"), 0);
    close(fd);
}

UNIT_TEST(SENDALL_reaches_all_associations)
{
    const struct sctp_sndinfo all = {.snd_flags = SCTP_SENDALL, .snd_sid = 3};
    struct sockaddr_storage at;
    int other = open_endpoint("127.0.0.1", 10, 10, &at);
    char buf[2000];

    associate(many.b, &at);
    poll(NULL, 0, 50);
    forget_notifications(other);
    drain(other);
    assert_int_equal(unp_send_info(many.b, "to all", 6, &all, NULL, 0), 6);
    assert_int_equal(recv(many.a, buf, sizeof(buf), 0), 6);
    assert_int_equal(recv(other, buf, sizeof(buf), 0), 6);
    close(other);
}

UNIT_TEST(an_invalid_option_or_association_fails_with_linux_errno)
{
    struct sctp_status status = {.sstat_assoc_id = 99999};
    socklen_t len = sizeof(status);
    int value = 1;

    assert_fails(setsockopt(many.b, IPPROTO_SCTP, 99, &value, sizeof(value)), ENOPROTOOPT);
    len = sizeof(value);
    assert_fails(getsockopt(many.b, IPPROTO_SCTP, 99, &value, &len), ENOPROTOOPT);
    len = sizeof(status);
    assert_fails(getsockopt(many.b, IPPROTO_SCTP, SCTP_STATUS, &status, &len), EINVAL);
    assert_fails(setsockopt(many.b, IPPROTO_SCTP, SCTP_RTOINFO, &value, sizeof(value)), EINVAL);
    assert_int_equal(send(many.b, "", 0, 0), -1);
}

/* ---- processes ---------------------------------------------------------------- */

static void talk_in_child(void *arg)
{
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    sigset_t blocked;

    sigprocmask(SIG_BLOCK, NULL, &blocked);
    if (sigismember(&blocked, SIGTERM))
        _exit(2);
    if (fd < 0 || sctp_sendmsg(fd, "child", 5, sockaddr_of(&many.at_b), sizeof(struct sockaddr_in),
                               0, 0, 0, 0, 0) != 5)
        _exit(1);
    exit(0); /* it shuts its association down */
}

UNIT_TEST(a_child_opens_its_own_sockets)
{
    char err[5000], buf[2000];

    if (in_child(talk_in_child, NULL, err, sizeof(err)) != 0)
        fail_msg("the child: %s", err);
    assert_int_equal(recv(many.b, buf, sizeof(buf), 0), 5);
    say_to_b("parent"); /* the child's exit has not closed the parent's sockets */
    assert_int_equal(recv(many.b, buf, sizeof(buf), 0), 6);
}

static void use_in_child(void *arg)
{
    char buf[10];

    if (recv(*(int *)arg, buf, sizeof(buf), MSG_DONTWAIT) < 0)
        _exit(errno == EBADFD ? 7 : errno == EAGAIN ? 8 : 1);
}

UNIT_TEST(an_inherited_socket_works_or_on_userland_fails_with_a_message)
{
    char err[500];

    assert_int_equal(in_child(use_in_child, &many.b, err, sizeof(err)), userland() ? 7 : 8);
    assert_contains(err, userland() ? "was opened before fork" : "");
}

int main(void)
{
    return run_all_tests(open_many, close_many);
}
