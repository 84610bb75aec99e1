/*
 * Processes and their SCTP sockets, on both stacks: exit while a thread sleeps in a call, closing
 * all descriptors, running out of them, sharing a UDP port, and what close sends.  Each test runs
 * in a child, which reports by its exit status.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { FINE = 23, TOO_LONG = PATIENCE };

static int open_one(void)
{
    return socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
}

/* Binds fd to any port of this host, listens, and sets *me. */
static bool listens(int fd, struct sockaddr_in *me)
{
    socklen_t len = sizeof(*me);

    return fd >= 0 && bind(fd, (struct sockaddr *)me, len) == 0 && listen(fd, 1) == 0 &&
           getsockname(fd, (struct sockaddr *)me, &len) == 0;
}

/* Whether a message to itself arrives, which shows that the stack works. */
static bool hears(int fd, struct sockaddr_in *me)
{
    struct sctp_event_subscribe none = {0};
    struct timeval tv = {.tv_sec = PATIENCE};
    char buf[10];
    int to = open_one();
    bool ok;

    ok = to >= 0 && setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &none, sizeof(none)) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0 &&
         sctp_sendmsg(to, "hello", 5, (struct sockaddr *)me, sizeof(*me), 0, 0, 0, 0, 0) == 5 &&
         recv(fd, buf, sizeof(buf), 0) == 5;
    close(to);
    return ok;
}

static bool works(int fd)
{
    struct sockaddr_in me = any_port();
    bool ok = listens(fd, &me) && hears(fd, &me);

    close(fd);
    return ok;
}

/* The exit status of a child that calls what(); a child that hangs is killed. */
static int status_of(void (*what)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(TOO_LONG);
        what();
        _exit(FINE);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- the end of the process ------------------------------------------------ */

static int receiving;

static void *receive(void *arg)
{
    char buf[10];

    recv(receiving, buf, sizeof(buf), 0); /* for ever */
    _exit(1);
}

/* Another association has to be shut down after the sleeping thread was woken. */
static void end_with_a_thread_asleep(void)
{
    struct sockaddr_in me = any_port(), other = me;
    pthread_t thread;
    int listener = open_one(), to = open_one();

    if (!listens(listener, &other) ||
        sctp_sendmsg(to, "hello", 5, (struct sockaddr *)&other, sizeof(other), 0, 0, 0, 0, 0) != 5)
        _exit(3);
    receiving = open_one();
    if (!listens(receiving, &me) || pthread_create(&thread, NULL, receive, NULL) != 0)
        _exit(2);
    poll(NULL, 0, 50);
    exit(FINE);
}

UNIT_TEST(exit_ends_a_process_with_a_thread_in_a_blocked_call)
{
    assert_int_equal(status_of(end_with_a_thread_asleep), FINE);
}

/* ---- descriptors ------------------------------------------------------------ */

static void close_all(void)
{
    int fd;

    if (!works(open_one()))
        _exit(2);
    fd = open_one(); /* is open when all descriptors are closed */
    if (fd < 0)
        _exit(2);
    for (fd = 3; fd < 2000; fd++)
        close(fd);
    if (!works(open_one()))
        _exit(3);
}

UNIT_TEST(a_process_that_closed_all_descriptors_can_open_sockets)
{
    assert_int_equal(status_of(close_all), FINE);
}

static void have_no_stdin(void)
{
    close(STDIN_FILENO);
    if (!works(open_one()))
        _exit(2);
    if (fcntl(STDIN_FILENO, F_GETFD) >= 0) /* nothing of ours is left there */
        _exit(3);
}

UNIT_TEST(a_process_without_standard_input_can_open_sockets)
{
    assert_int_equal(status_of(have_no_stdin), FINE);
}

static void have_few(void)
{
    const struct rlimit few = {.rlim_cur = 8, .rlim_max = 2000};
    const struct rlimit enough = {.rlim_cur = 2000, .rlim_max = 2000};
    int fd;

    setrlimit(RLIMIT_NOFILE, &few);
    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        ;
    fd = open_one();
    if (fd >= 0 || errno != EMFILE)
        _exit(2);
    setrlimit(RLIMIT_NOFILE, &enough);
    if (!works(open_one()))
        _exit(3);
}

UNIT_TEST(socket_fails_with_EMFILE_and_works_when_descriptors_are_free)
{
    assert_int_equal(status_of(have_few), FINE);
}

/* A UDP port that is free at this moment. */
static struct sockaddr_in free_port(void)
{
    struct sockaddr_in at = any_port();
    socklen_t len = sizeof(at);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);

    if (bind(udp, (struct sockaddr *)&at, len) < 0 ||
        getsockname(udp, (struct sockaddr *)&at, &len) < 0)
        _exit(2);
    close(udp);
    return at;
}

/* SCTP_UDP_PORT is an option of the userland stack. */
static void share_a_udp_port(void)
{
    struct sockaddr_in common = free_port(), a = free_port(), b = free_port();
    int first = open_one(), second = open_one();
    char text[10];

    snprintf(text, sizeof(text), "%d", ntohs(common.sin_port));
    setenv("SCTP_UDP_PORT", text, 1);
    if (!listens(first, &a) || !listens(second, &b) || close(first) < 0)
        _exit(3);
    if (!hears(second, &b))
        _exit(4);
}

UNIT_TEST(closing_one_of_two_sockets_behind_a_UDP_port_keeps_the_other_open)
{
    assert_int_equal(status_of(share_a_udp_port), FINE);
}

static void fork_off(void)
{
    int fd = open_one(), status;

    if (!works(open_one()))
        _exit(2);
    status = status_of(end_with_a_thread_asleep);
    if (status != FINE)
        _exit(3);
    if (!works(fd)) /* the end of the child must not close fd */
        _exit(4);
}

UNIT_TEST(the_end_of_a_child_leaves_the_parent_s_sockets_open)
{
    assert_int_equal(status_of(fork_off), FINE);
}

/* ---- close ------------------------------------------------------------------ */

/* Whether the association of fd ends, and by SHUTDOWN. */
static bool is_shut_down(int fd)
{
    union sctp_notification n;
    ssize_t len;

    do
        len = recv(fd, &n, sizeof(n), 0);
    while (len > 0 && n.sn_assoc_change.sac_state == SCTP_COMM_UP);
    return len > 0 && n.sn_assoc_change.sac_state == SCTP_SHUTDOWN_COMP;
}

/* On the kernel's stack every address of this host answers, so the INIT is always answered. */
UNIT_TEST(close_shuts_down_an_association_and_sends_nothing_for_an_unanswered_INIT)
{
    const struct sctp_event_subscribe ends = {.sctp_association_event = 1};
    struct sockaddr_storage at, mine;
    struct sockaddr_in silent = any_port();
    socklen_t len = sizeof(silent);
    int server, fd, udp = socket(AF_INET, SOCK_DGRAM, 0), heard = 0;
    unsigned char packet[2000];

    if (!userland())
        skip();
    assert_int_equal(bind(udp, (struct sockaddr *)&silent, len), 0);
    assert_int_equal(getsockname(udp, (struct sockaddr *)&silent, &len), 0);
    server = open_endpoint("127.0.0.1", 1, 1, &at);
    fd = open_endpoint("127.0.0.1", 1, 1, &mine);
    assert_int_equal(setsockopt(server, IPPROTO_SCTP, SCTP_EVENTS, &ends, sizeof(ends)), 0);
    associate(fd, &at);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_fails(connect(fd, (struct sockaddr *)&silent, sizeof(silent)), EINPROGRESS);
    assert_int_equal(close(fd), 0);
    assert_true(is_shut_down(server));
    while (recv(udp, packet, sizeof(packet), MSG_DONTWAIT) > 12) {
        assert_int_equal(packet[12], 1); /* INIT, the first chunk */
        heard++;
    }
    assert_true(heard > 0);
    close(server);
    close(udp);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
