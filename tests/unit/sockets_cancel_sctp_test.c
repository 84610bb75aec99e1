/*
 * Threads that are cancelled (pthread_cancel(3)) in a call on an SCTP socket, on both stacks: the
 * thread ends, and the other threads can go on.
 */
#include "unit_many.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/uio.h>

static void assert_works(void)
{
    char buf[100];

    assert_int_equal(send_on(pair.a, pair.id_a, 0, "hello", 5), 0);
    while (recv(pair.b, buf, sizeof(buf), 0) != 5)
        assert_true(errno != EAGAIN);
}

static void *receive(void *arg)
{
    char buf[100];

    for (;;)
        if (recv(pair.b, buf, sizeof(buf), 0) < 0)
            return arg;
}

static void *send_for_ever(void *arg)
{
    for (;;)
        if (send_on(pair.a, pair.id_a, 0, "x", 1) < 0)
            return arg;
}

static void cancel_each(void *(*start)(void *), int times)
{
    for (int i = 0; i < times; i++) {
        pthread_t thread;
        void *result;

        assert_int_equal(pthread_create(&thread, NULL, start, NULL), 0);
        poll(NULL, 0, i % 5);
        assert_int_equal(pthread_cancel(thread), 0);
        assert_int_equal(pthread_join(thread, &result), 0);
        assert_ptr_equal(result, PTHREAD_CANCELED);
    }
}

UNIT_TEST(a_thread_that_waits_in_recv_can_be_cancelled)
{
    cancel_each(receive, 20);
    assert_works();
}

UNIT_TEST(a_thread_that_is_cancelled_in_send_leaves_the_stack_usable)
{
    pthread_t reader;

    assert_int_equal(pthread_create(&reader, NULL, receive, NULL), 0);
    cancel_each(send_for_ever, 50);
    assert_int_equal(pthread_cancel(reader), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_works();
}

/* Receives nothing, and returns whether it is cancelled where it was before. */
static void *wait_in_vain(void *arg)
{
    const struct timeval shortly = {.tv_usec = 20000};
    char buf[10];
    int type;

    setsockopt(pair.b, SOL_SOCKET, SO_RCVTIMEO, &shortly, sizeof(shortly));
    while (recv(pair.b, buf, sizeof(buf), 0) >= 0)
        ;
    return !pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type) && type == PTHREAD_CANCEL_DEFERRED
               ? arg
               : NULL;
}

UNIT_TEST(a_thread_that_has_waited_is_cancelled_at_a_cancellation_point_only)
{
    pthread_t thread;
    void *result;

    assert_int_equal(pthread_create(&thread, NULL, wait_in_vain, &pair), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &pair);
}

/* ---- each call is a cancellation point --------------------------------------------- */

/* The sockets that each call is on: of b nothing can be read, and a cannot be written to. */
static int listener = -1;
static volatile int entered;

static void block_in_accept(void)
{
    accept(listener, NULL, NULL);
}

static void block_in_accept4(void)
{
    accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static void block_in_read(void)
{
    char c;

    assert_true(read(pair.b, &c, 1) < 2);
}

static void block_in_readv(void)
{
    char c;
    struct iovec iov = {&c, 1};

    assert_true(readv(pair.b, &iov, 1) < 2);
}

static void block_in_recvfrom(void)
{
    char c;

    recvfrom(pair.b, &c, 1, 0, NULL, NULL);
}

static void block_in_recvmsg(void)
{
    struct msghdr m = {0};

    recvmsg(pair.b, &m, 0);
}

static void block_in_recvmmsg(void)
{
    struct mmsghdr m = {0};

    recvmmsg(pair.b, &m, 1, 0, NULL);
}

static void block_in_sctp_recvmsg(void)
{
    struct sctp_sndrcvinfo info;
    int flags = 0;
    char c;

    sctp_recvmsg(pair.b, &c, 1, NULL, NULL, &info, &flags);
}

static void block_in_poll(void)
{
    struct pollfd p = {.fd = pair.b, .events = POLLIN};

    poll(&p, 1, -1);
}

static void block_in_ppoll(void)
{
    struct pollfd p = {.fd = pair.b, .events = POLLIN};

    ppoll(&p, 1, NULL, NULL);
}

static void block_in_select(void)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(pair.b, &set);
    select(pair.b + 1, &set, NULL, NULL, NULL);
}

static void block_in_pselect(void)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(pair.b, &set);
    pselect(pair.b + 1, &set, NULL, NULL, NULL, NULL);
}

static void block_in_epoll_wait(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);

    epoll_ctl(epoll, EPOLL_CTL_ADD, pair.b, &event);
    epoll_wait(epoll, &event, 1, -1);
}

/* Nobody reads from b, so that a's buffer and the window fill. */
static void block_in_send(void)
{
    static const char data[10000];

    while (send_on(pair.a, pair.id_a, 0, data, sizeof(data)) == 0)
        ;
}

/* Over UDP, to a socket that does not answer.  The kernel's loopback peer answers at once. */
static void block_in_connect(void)
{
    struct sockaddr_storage silent = address("127.0.0.1", 0);
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), udp = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t size = sizeof(silent);

    bind(udp, sockaddr_of(&silent), sizeof(struct sockaddr_in));
    getsockname(udp, sockaddr_of(&silent), &size);
    connect(fd, sockaddr_of(&silent), sizeof(struct sockaddr_in));
    close(udp);
    close(fd);
}

static const struct {
    const char *name;
    void (*call)(void);
} calls[] = {
    {"accept", block_in_accept},
    {"accept4", block_in_accept4},
    {"read", block_in_read},
    {"readv", block_in_readv},
    {"recvfrom", block_in_recvfrom},
    {"recvmsg", block_in_recvmsg},
    {"recvmmsg", block_in_recvmmsg},
    {"sctp_recvmsg", block_in_sctp_recvmsg},
    {"poll", block_in_poll},
    {"ppoll", block_in_ppoll},
    {"select", block_in_select},
    {"pselect", block_in_pselect},
    {"epoll_wait", block_in_epoll_wait},
    {"send", block_in_send},
    {"connect", block_in_connect},
};

static void *call_for_ever(void *call)
{
    entered = 1;
    for (;;)
        ((void (*)(void))(uintptr_t)call)();
    return NULL;
}

/* The cancellation is pending when the call is made. */
static void *call_later(void *call)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    entered = 1;
    while (entered != 2)
        sched_yield();
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    ((void (*)(void))(uintptr_t)call)();
    return NULL;
}

/* AddressSanitizer does not learn that a cancelled thread leaves its functions. */
static void skip_if_sanitized(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
}

static void assert_cancelled(const char *name, void *(*start)(void *), void (*call)(void))
{
    struct timespec until;
    pthread_t thread;
    void *result = NULL;

    entered = 0;
    assert_int_equal(pthread_create(&thread, NULL, start, (void *)(uintptr_t)call), 0);
    while (!entered)
        sched_yield();
    if (start == call_for_ever)
        poll(NULL, 0, 20); /* it should be in the call, but may also be cancelled before */
    assert_int_equal(pthread_cancel(thread), 0);
    entered = 2;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    if (pthread_timedjoin_np(thread, &result, &until) != 0)
        fail_msg("%s is no cancellation point", name);
    if (result != PTHREAD_CANCELED)
        fail_msg("%s returned although a cancellation was pending", name);
}

static void drain(int fd)
{
    char buf[100];

    while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
        ;
}

static int open_all(void **state)
{
    struct sockaddr_storage at = address("127.0.0.1", 0);

    open_pair(state);
    drain(pair.b);
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    return bind(listener, sockaddr_of(&at), sizeof(struct sockaddr_in)) || listen(listener, 5);
}

static int close_all(void **state)
{
    close(listener);
    return close_pair(state);
}

UNIT_TEST_WITH(a_thread_is_cancelled_in_each_call_that_waits, open_all, close_all, NULL)
{
    skip_if_sanitized();
    for (size_t i = 0; i < COUNT(calls); i++)
        assert_cancelled(calls[i].name, call_for_ever, calls[i].call);
}

UNIT_TEST_WITH(a_call_with_a_pending_cancellation_is_cancelled, open_all, close_all, NULL)
{
    skip_if_sanitized();
    for (size_t i = 0; i < COUNT(calls); i++)
        assert_cancelled(calls[i].name, call_later, calls[i].call);
}

/* It has data to read, or room to send, so that it would not wait. */
UNIT_TEST_WITH(a_call_that_need_not_wait_is_a_cancellation_point, open_all, close_all, NULL)
{
    skip_if_sanitized();
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (strstr(calls[i].name, "accept") || strcmp(calls[i].name, "connect") == 0)
            continue;
        assert_int_equal(send_on(pair.a, pair.id_a, 0, "x", 1), 0);
        while (!(polled(pair.b, POLLIN, PATIENCE * 1000) & POLLIN))
            ;
        assert_cancelled(calls[i].name, call_later, calls[i].call);
    }
}

int main(void)
{
    alarm(PATIENCE);
    return run_all_tests(open_pair, close_pair);
}
