/*
 * A program with one thread that waits in its calls, in poll, select or epoll, on both stacks.  On
 * userland this thread reads UDP itself (userland/inline_reader.c, inline_poll.c): messages arrive,
 * signals interrupt as in a system call, and packets are acknowledged while the program is busy
 * elsewhere.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* An order to the peer, which is a process of its own: wait, then send the text. */
struct order {
    int after_ms;
    bool stop_first; /* first stop this process for a moment */
    bool said;       /* answer when the text is sent, not when it is acknowledged */
    char text[20];
};

static int orders[2], answers[2]; /* pipes; an answer means that the order has been done */
static int fd;
static volatile sig_atomic_t handled;
static timer_t timer;

/* ---- the peer -------------------------------------------------------------- */

static bool acknowledged(int to)
{
    struct sctp_status status = {.sstat_assoc_id = 0};
    socklen_t len = sizeof(status);

    if (getsockopt(to, IPPROTO_SCTP, SCTP_STATUS, &status, &len) < 0)
        _exit(2);
    return status.sstat_unackdata == 0 && status.sstat_penddata == 0;
}

__attribute__((noreturn)) static void peer(void)
{
    struct sockaddr_storage at;
    struct order o;
    const int on = 1;
    int to;

    close(orders[1]);
    if (read(orders[0], &at, sizeof(at)) != sizeof(at) ||
        (to = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)) < 0 ||
        setsockopt(to, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on)) < 0 ||
        connect(to, sockaddr_of(&at), sizeof(struct sockaddr_in)) < 0)
        _exit(1);
    while (read(orders[0], &o, sizeof(o)) == sizeof(o)) {
        poll(NULL, 0, o.after_ms);
        if (o.stop_first) {
            kill(getppid(), SIGSTOP);
            poll(NULL, 0, 100);
            kill(getppid(), SIGCONT);
            poll(NULL, 0, 100);
        }
        if (send(to, o.text, strlen(o.text), 0) < 0)
            _exit(3);
        while (!o.said && !acknowledged(to))
            poll(NULL, 0, 5);
        if (write(answers[1], "", 1) != 1)
            _exit(4);
    }
    _exit(0);
}

static void order(const struct order *o)
{
    assert_int_equal(write(orders[1], o, sizeof(*o)), sizeof(*o));
}

static void say(const char *text, int after_ms, bool stop_first)
{
    struct order o = {.after_ms = after_ms, .stop_first = stop_first};

    snprintf(o.text, sizeof(o.text), "%s", text);
    order(&o);
}

static void be_answered(void)
{
    char byte;

    assert_int_equal(read(answers[0], &byte, 1), 1);
}

static void hear(const char *text)
{
    char buf[20];

    assert_int_equal(recv(fd, buf, sizeof(buf), 0), (int)strlen(text));
    assert_memory_equal(buf, text, strlen(text));
}

/* The peer is forked before there is a socket, and learns its address from the first order. */
static void start(void)
{
    struct sockaddr_storage at = address("127.0.0.1", 0);
    socklen_t len = sizeof(at);

    alarm(3 * PATIENCE); /* instead of time limits, which change what signals do */
    assert_true(pipe(orders) == 0 && pipe(answers) == 0);
    if (fork() == 0)
        peer();
    fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(getsockname(fd, sockaddr_of(&at), &len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(write(orders[1], &at, sizeof(at)), sizeof(at));
}

static void end(void)
{
    int status;

    close(orders[1]);
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
    close(fd);
}

/* ---- signals --------------------------------------------------------------- */

static void caught_one(int signal)
{
    handled++;
}

/* Sends SIGUSR1 repeatedly, because the first may arrive before the call that it is to interrupt.
 */
static void signal_soon(void (*handler)(int), int flags)
{
    const struct sigaction act = {.sa_handler = handler, .sa_flags = flags};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct itimerspec in = {.it_value = {.tv_nsec = 100000000},
                                  .it_interval = {.tv_nsec = 100000000}};
    static bool made;

    handled = 0;
    sigaction(SIGUSR1, &act, NULL);
    if (!made)
        assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    made = true;
    assert_int_equal(timer_settime(timer, 0, &in, NULL), 0);
}

static void no_more_signals(void)
{
    assert_int_equal(timer_settime(timer, 0, &(struct itimerspec){0}, NULL), 0);
}

UNIT_TEST(a_waiting_call_receives_a_message)
{
    for (int i = 0; i < 4; i++) {
        say("a word", i % 2 * 20, false);
        hear("a word");
        be_answered();
    }
}

UNIT_TEST(a_signal_interrupts_a_waiting_call)
{
    char buf[20];

    signal_soon(caught_one, 0);
    assert_fails(recv(fd, buf, sizeof(buf), 0), EINTR);
    no_more_signals();
    assert_true(handled > 0);
}

UNIT_TEST(a_signal_with_SA_RESTART_does_not_interrupt)
{
    signal_soon(caught_one, SA_RESTART);
    say("late", 300, false);
    hear("late");
    no_more_signals();
    be_answered();
    assert_true(handled > 0);
}

UNIT_TEST(a_signal_with_SA_RESTART_interrupts_a_call_with_a_timeout)
{
    const struct timeval patience = {.tv_sec = PATIENCE}, forever = {0};
    char buf[20];

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    signal_soon(caught_one, SA_RESTART);
    assert_fails(recv(fd, buf, sizeof(buf), 0), EINTR);
    no_more_signals();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever));
}

UNIT_TEST(a_receive_timeout_ends_the_wait)
{
    const struct timeval soon = {.tv_usec = 50000}, forever = {0};
    char buf[20];

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    assert_fails(recv(fd, buf, sizeof(buf), 0), EAGAIN);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever));
}

UNIT_TEST(an_ignored_signal_does_not_interrupt)
{
    signal_soon(SIG_IGN, 0);
    say("late", 300, false);
    hear("late");
    be_answered();
    no_more_signals();
}

/* It stays pending, and the wait uses no processor time. */
UNIT_TEST(a_blocked_signal_does_not_interrupt)
{
    struct timespec from, to;
    sigset_t usr1;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    signal_soon(caught_one, 0);
    say("late", 400, false);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    hear("late");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    be_answered();
    assert_int_equal(handled, 0);
    assert_true(to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9 < 0.2);
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    no_more_signals();
    assert_true(handled > 0);
}

UNIT_TEST(a_stopped_and_continued_process_waits_on)
{
    say("late", 100, true);
    hear("late");
    be_answered();
}

/* ---- poll ------------------------------------------------------------------ */

UNIT_TEST(poll_waits_for_a_message)
{
    for (int i = 0; i < 4; i++) {
        say("a word", i % 2 * 20, false);
        assert_int_equal(polled(fd, POLLIN, PATIENCE * 1000), POLLIN);
        assert_int_equal(polled(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
        hear("a word");
        be_answered();
        assert_int_equal(polled(fd, POLLIN, i % 2 * 20), 0);
        assert_int_equal(polled(fd, POLLIN | POLLOUT, -1), POLLOUT);
    }
}

UNIT_TEST(poll_waits_for_other_descriptors_as_well)
{
    int others[2];
    struct pollfd p[] = {
        {.fd = -1, .events = POLLIN}, {.events = POLLIN}, {.fd = fd, .events = POLLIN}};

    assert_int_equal(pipe(others), 0);
    p[1].fd = others[0];
    say("one", 20, false);
    assert_int_equal(poll(p, 3, PATIENCE * 1000), 1);
    assert_true(p[0].revents == 0 && p[1].revents == 0 && p[2].revents == POLLIN);
    assert_int_equal(write(others[1], "x", 1), 1);
    assert_int_equal(poll(p, 3, PATIENCE * 1000), 2);
    assert_true(p[0].revents == 0 && p[1].revents == POLLIN && p[2].revents == POLLIN);
    hear("one");
    be_answered();
    assert_int_equal(poll(p, 3, PATIENCE * 1000), 1);
    assert_true(p[0].revents == 0 && p[1].revents == POLLIN && p[2].revents == 0);
    close(others[0]);
    assert_int_equal(poll(p, 3, PATIENCE * 1000), 1);
    assert_int_equal(p[1].revents, POLLNVAL);
    close(others[1]);
}

UNIT_TEST(a_signal_interrupts_poll)
{
    for (int i = 0; i < 2; i++) {
        signal_soon(caught_one, i ? SA_RESTART : 0);
        assert_fails(poll(&(struct pollfd){fd, POLLIN, 0}, 1, i ? -1 : PATIENCE * 1000), EINTR);
        no_more_signals();
        assert_true(handled > 0);
    }
}

UNIT_TEST(poll_waits_on_after_an_ignored_signal_or_a_stop)
{
    for (int i = 0; i < 2; i++) {
        signal_soon(SIG_IGN, 0);
        say("late", 300, i);
        assert_int_equal(polled(fd, POLLIN, PATIENCE * 1000), POLLIN);
        hear("late");
        be_answered();
        no_more_signals();
    }
}

UNIT_TEST(poll_ignores_a_negative_descriptor_before_a_socket)
{
    struct pollfd p[2] = {{.fd = -1, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    int ready;

    say("one", 0, false);
    while ((ready = poll(p, 2, 0)) == 0)
        ;
    assert_int_equal(ready, 1);
    assert_int_equal(p[0].revents, 0);
    assert_int_equal(p[1].revents, POLLIN);
    hear("one");
    be_answered();
}

/* ---- select ---------------------------------------------------------------- */

/* What select tells of two descriptors: "ro-": the first is readable and writable, the second has
 * urgent data. */
static const char *selected(int a, int b, struct timeval *timeout)
{
    static char text[8];
    fd_set in, out, except;
    const int n = (a > b ? a : b) + 1;
    int ready, set;

    FD_ZERO(&in);
    FD_SET(a, &in);
    FD_SET(b, &in);
    except = out = in;
    ready = select(n, &in, b < a ? NULL : &out, &except, timeout);
    if (ready < 0)
        return errno == EBADF ? "EBADF" : "another error";
    if (b < a)
        FD_ZERO(&out);
    set = snprintf(text, sizeof(text), "%s%s%s %s%s%s", FD_ISSET(a, &in) ? "r" : "",
                   FD_ISSET(a, &out) ? "o" : "", FD_ISSET(a, &except) ? "-" : "",
                   FD_ISSET(b, &in) ? "r" : "", FD_ISSET(b, &out) ? "o" : "",
                   FD_ISSET(b, &except) ? "-" : "");
    assert_int_equal(set, ready + 1);
    return text;
}

UNIT_TEST(select_waits_for_a_message_and_other_descriptors)
{
    struct timeval patience = {.tv_sec = PATIENCE}, soon = {.tv_usec = 20000}, now = {0};
    int others[2], low, high;

    assert_int_equal(pipe(others), 0);
    low = dup2(others[0], 200); /* the sets are examined in words of 64 */
    high = dup2(fd, 300);
    assert_string_equal(selected(low, high, &soon), " o"); /* it is writable at once */
    assert_true(soon.tv_usec > 0);
    assert_string_equal(selected(high, low, &soon), " ");
    assert_true(soon.tv_sec == 0 && soon.tv_usec == 0); /* how much time is left */
    say("one", 20, false);
    assert_string_equal(selected(high, low, &patience), "r ");
    assert_true(patience.tv_sec < PATIENCE);
    assert_int_equal(write(others[1], "x", 1), 1);
    assert_string_equal(selected(low, high, NULL), "r ro");
    assert_string_equal(selected(low, high, &now), "r ro");
    hear("one");
    be_answered();
    assert_string_equal(selected(high, low, NULL), " r");
    close(low);
    assert_string_equal(selected(low, high, NULL), "EBADF");
    close(high);
    close(others[0]);
    close(others[1]);
}

UNIT_TEST(pselect_without_a_mask_waits_for_a_message)
{
    const struct timespec ever = {.tv_sec = LONG_MAX}, soon = {.tv_nsec = 300000};
    fd_set in;

    FD_ZERO(&in);
    FD_SET(fd, &in);
    assert_int_equal(pselect(fd + 1, &in, NULL, NULL, &soon, NULL), 0);
    assert_false(FD_ISSET(fd, &in));
    FD_SET(fd, &in);
    say("one", 20, false);
    assert_int_equal(pselect(fd + 1, &in, NULL, NULL, &ever, NULL), 1);
    assert_true(FD_ISSET(fd, &in));
    hear("one");
    be_answered();
}

/* ---- epoll ----------------------------------------------------------------- */

static int instance; /* with fd, and the flags of the last change */

static void watch(uint32_t events)
{
    struct epoll_event e = {.events = events, .data.u64 = 12345678901};

    if (!instance)
        instance = epoll_create1(0);
    if (epoll_ctl(instance, EPOLL_CTL_MOD, fd, &e) < 0)
        assert_int_equal(epoll_ctl(instance, EPOLL_CTL_ADD, fd, &e), 0);
}

/* What epoll_wait reports of fd; 0: nothing. */
static uint32_t reported(int timeout_ms)
{
    struct epoll_event e[3];
    const int n = epoll_wait(instance, e, 3, timeout_ms);

    assert_true(n == 0 || (n == 1 && e[0].data.u64 == 12345678901));
    return n ? e[0].events : 0;
}

UNIT_TEST(epoll_reports_a_message_until_it_is_read)
{
    watch(EPOLLIN);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(reported(i % 2 * 20), 0);
        say("one", i % 2 * 20, false);
        assert_int_equal(reported(i < 2 ? -1 : PATIENCE * 1000), EPOLLIN);
        assert_int_equal(reported(-1), EPOLLIN);
        assert_int_equal(reported(0), EPOLLIN);
        hear("one");
        be_answered();
    }
    watch(EPOLLIN | EPOLLOUT);
    assert_int_equal(reported(-1), EPOLLOUT);
    say("one", 0, false);
    be_answered();
    assert_int_equal(reported(-1), EPOLLIN | EPOLLOUT);
    hear("one");
}

UNIT_TEST(epoll_reports_an_edge_once)
{
    watch(EPOLLIN | EPOLLET);
    for (int i = 0; i < 2; i++) {
        say("one", 20, false);
        assert_int_equal(reported(PATIENCE * 1000), EPOLLIN);
        be_answered();
        assert_int_equal(reported(20), 0);
    }
    hear("one");
    hear("one");
    assert_int_equal(reported(0), 0);
}

UNIT_TEST(epoll_reports_one_shot_until_the_next_change)
{
    watch(EPOLLIN | EPOLLONESHOT);
    say("one", 20, false);
    assert_int_equal(reported(PATIENCE * 1000), EPOLLIN);
    be_answered();
    assert_int_equal(reported(20), 0);
    watch(EPOLLIN | EPOLLONESHOT);
    assert_int_equal(reported(PATIENCE * 1000), EPOLLIN);
    hear("one");
}

UNIT_TEST(epoll_waits_for_other_descriptors_as_well)
{
    struct epoll_event pipe_event = {.events = EPOLLIN}, e[3];
    int others[2];

    assert_int_equal(pipe(others), 0);
    watch(EPOLLIN);
    assert_int_equal(epoll_ctl(instance, EPOLL_CTL_ADD, others[0], &pipe_event), 0);
    say("one", 20, false);
    assert_int_equal(reported(PATIENCE * 1000), EPOLLIN);
    assert_int_equal(write(others[1], "x", 1), 1);
    assert_int_equal(epoll_wait(instance, e, 3, -1), 2);
    assert_int_equal(epoll_wait(instance, e, 1, -1), 1);
    hear("one");
    be_answered();
    assert_int_equal(epoll_wait(instance, e, 3, PATIENCE * 1000), 1);
    assert_int_equal(e[0].data.u64, 0);
    close(others[0]);
    close(others[1]);
}

/* The program asks for the instance itself, or for a copy of it. */
UNIT_TEST(an_epoll_instance_is_polled_selected_copied_and_nested)
{
    struct epoll_event inner = {.events = EPOLLIN}, e;
    const int copy = dup(instance), outer = epoll_create1(0);
    fd_set in;

    watch(EPOLLIN);
    assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, instance, &inner), 0);
    for (int way = 0; way < 5; way++) {
        say("one", 20, false);
        FD_ZERO(&in);
        FD_SET(instance, &in);
        assert_int_equal(way == 0   ? poll(&(struct pollfd){instance, POLLIN, 0}, 1, -1)
                         : way == 1 ? select(instance + 1, &in, NULL, NULL, NULL)
                         : way == 2 ? epoll_wait(copy, &e, 1, -1)
                         : way == 3 ? syscall(SYS_epoll_pwait, copy, &e, 1, -1, NULL, _NSIG / 8)
                                    : epoll_wait(outer, &e, 1, PATIENCE * 1000),
                         1);
        assert_int_equal(reported(0), EPOLLIN);
        hear("one");
        be_answered();
    }
    close(copy);
    close(outer);
}

UNIT_TEST(a_signal_interrupts_epoll_and_select_but_not_if_it_is_ignored)
{
    struct epoll_event e;
    struct timeval patience = {.tv_sec = PATIENCE};
    fd_set in;

    for (int i = 0; i < 2; i++) {
        signal_soon(caught_one, i ? SA_RESTART : 0);
        assert_fails(epoll_wait(instance, &e, 1, i ? -1 : PATIENCE * 1000), EINTR);
        FD_ZERO(&in);
        FD_SET(fd, &in);
        assert_fails(select(fd + 1, &in, NULL, NULL, &patience), EINTR);
        no_more_signals();
        assert_true(handled > 0);
    }
    signal_soon(SIG_IGN, 0);
    say("late", 300, false);
    assert_int_equal(reported(PATIENCE * 1000), EPOLLIN);
    no_more_signals();
    hear("late");
    be_answered();
}

UNIT_TEST(epoll_refuses_what_the_kernel_refuses)
{
    struct epoll_event e;
    int others[2];

    assert_int_equal(pipe(others), 0);
    assert_fails(epoll_wait(instance, &e, 0, -1), EINVAL);
    assert_fails(epoll_wait(others[0], &e, 1, -1), EINVAL);
    assert_fails(epoll_wait(fd, &e, 1, -1), EINVAL);
    close(others[0]);
    close(others[1]);
    assert_fails(epoll_wait(others[0], &e, 1, -1), EBADF);
}

/* ---- a program that is busy elsewhere -------------------------------------- */

UNIT_TEST(a_message_to_a_busy_program_is_acknowledged)
{
    for (int i = 0; i < 2; i++) {
        say("one", 0, false);
        hear("one");
        be_answered();
        say("two", 20, false);
        be_answered(); /* the program waits in a pipe */
        hear("two");
    }
}

UNIT_TEST(a_message_to_a_busy_program_is_received_without_waiting)
{
    const struct order one = {.said = true, .text = "one"}, two = {.said = true, .text = "there"};
    char buf[20];
    const int times = userland() ? 50 : 3; /* the kernel is only the reference */

    for (int i = 0; i < times; i++) {
        order(&one);
        hear("one"); /* the program has waited in a call, and so reads UDP itself */
        be_answered();
        order(&two);
        be_answered();
        assert_int_equal(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), 5);
    }
}

UNIT_TEST(a_message_to_a_busy_program_is_seen_by_poll)
{
    say("three", 20, false);
    assert_int_equal(poll(&(struct pollfd){fd, POLLIN, 0}, 1, PATIENCE * 1000), 1);
    hear("three");
    be_answered();
}

/* poll reports the end of the pipe; select does not, as it is in the except set only. */
UNIT_TEST(select_waits_on_after_what_only_poll_reports)
{
    fd_set in, except;
    int others[2];

    assert_int_equal(pipe(others), 0);
    close(others[1]);
    FD_ZERO(&in);
    FD_ZERO(&except);
    FD_SET(fd, &in);
    FD_SET(others[0], &except);
    say("one", 20, false);
    assert_int_equal(select((fd > others[0] ? fd : others[0]) + 1, &in, NULL, &except, NULL), 1);
    assert_true(FD_ISSET(fd, &in));
    assert_false(FD_ISSET(others[0], &except));
    hear("one");
    be_answered();
    close(others[0]);
}

/* ---- signal masks ----------------------------------------------------------- */

enum { EPOLL_PWAIT, PSELECT, PPOLL, WAYS };

static int wait_with_mask(int way, const sigset_t *mask)
{
    const struct timespec patience = {.tv_sec = PATIENCE};
    struct epoll_event e;
    fd_set in;

    FD_ZERO(&in);
    FD_SET(fd, &in);
    return way == EPOLL_PWAIT ? epoll_pwait(instance, &e, 1, PATIENCE * 1000, mask)
           : way == PSELECT   ? pselect(fd + 1, &in, NULL, NULL, &patience, mask)
                              : ppoll(&(struct pollfd){fd, POLLIN, 0}, 1, &patience, mask);
}

static sigset_t of_handler;

static void caught_with_mask(int signal)
{
    handled++;
    sigprocmask(SIG_BLOCK, NULL, &of_handler);
}

static sigset_t set_of(int a, int b)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, a);
    sigaddset(&set, b);
    return set;
}

UNIT_TEST(a_wait_with_a_mask_is_interrupted_by_a_signal_that_the_program_blocks)
{
    const sigset_t both = set_of(SIGUSR1, SIGUSR2), other = set_of(SIGHUP, SIGHUP);
    sigset_t mask;

    watch(EPOLLIN);
    sigprocmask(SIG_BLOCK, &both, NULL);
    for (int way = 0; way < WAYS; way++) {
        signal_soon(caught_with_mask, way == PPOLL ? SA_RESTART : 0);
        assert_fails(wait_with_mask(way, &other), EINTR);
        assert_int_equal(handled, 1);
        assert_true(sigismember(&of_handler, SIGUSR1) && sigismember(&of_handler, SIGHUP));
        assert_false(sigismember(&of_handler, SIGUSR2));
        sigprocmask(SIG_BLOCK, NULL, &mask);
        assert_true(sigismember(&mask, SIGUSR1) && sigismember(&mask, SIGUSR2));
        assert_false(sigismember(&mask, SIGHUP));
        say("one", 20, false);
        hear("one");
        be_answered();
        assert_int_equal(handled, 1);
        no_more_signals();
    }
    sigprocmask(SIG_UNBLOCK, &both, NULL);
}

/* It stays pending, the message comes nevertheless, and the wait uses no processor time. */
UNIT_TEST(a_wait_with_a_mask_is_not_interrupted_by_a_signal_that_the_mask_blocks)
{
    const sigset_t blocked = set_of(SIGUSR1, SIGUSR1);
    struct timespec from, to;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int way = 0; way < WAYS; way++) {
        signal_soon(caught_one, 0);
        say("late", 250, false);
        assert_int_equal(wait_with_mask(way, &blocked), 1);
        no_more_signals();
        assert_true(handled > 0); /* now it is delivered */
        hear("late");
        be_answered();
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    assert_true(to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9 < 0.4);
}

UNIT_TEST(a_mask_that_cannot_be_read_is_refused)
{
#ifdef __SANITIZE_ADDRESS__ /* which itself reads it */
    skip();
#endif
    for (int way = 0; way < WAYS; way++)
        assert_fails(wait_with_mask(way, (const sigset_t *)(uintptr_t)-1), EFAULT);
}

UNIT_TEST(an_invalid_timeout_is_refused)
{
    const struct timespec wrong[] = {{.tv_sec = -1}, {.tv_nsec = -1}, {.tv_nsec = 1000000000}};

    for (int i = 0; i < 3; i++) {
        assert_fails(ppoll(&(struct pollfd){fd, POLLIN, 0}, 1, &wrong[i], NULL), EINVAL);
        assert_fails(pselect(0, NULL, NULL, NULL, &wrong[i], NULL), EINVAL);
    }
}

int main(void)
{
    int failed;

    start();
    failed = run_all_tests(NULL, NULL);
    end();
    return failed;
}
