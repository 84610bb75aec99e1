/*
 * A signal handler that jumps out of a waiting call, as programs do for a timeout, on both stacks.
 * The socket works as before, and closing it frees its port.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf out;

static void jump(int signal)
{
    siglongjmp(out, 1);
}

/* If the signal arrives before the call, the test passes without proving anything. */
static void jump_soon(void)
{
    const struct sigaction act = {.sa_handler = jump};
    const struct itimerval timer = {.it_value = {.tv_usec = 100000}};

    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

#define LEAVE(call)                                                                                \
    do {                                                                                           \
        if (sigsetjmp(out, 1) == 0) {                                                              \
            jump_soon();                                                                           \
            (void)!(call);                                                                         \
            fail_msg(#call " returned: %s", strerror(errno));                                      \
        }                                                                                          \
    } while (0)

static void assert_no_signal_blocked(void)
{
    sigset_t blocked;

    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
    for (int i = 1; i < SIGRTMIN; i++)
        assert_int_equal(sigismember(&blocked, i), 0);
}

static int bound(int type, struct sockaddr_storage *at)
{
    int fd = socket(AF_INET, type, IPPROTO_SCTP);
    socklen_t len = sizeof(*at);

    assert_true(fd >= 0);
    set_timeouts(fd);
    assert_int_equal(bind(fd, sockaddr_of(at), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(getsockname(fd, sockaddr_of(at), &len), 0);
    return fd;
}

/* The port may stay in use until an association has shut down. */
static void assert_free(struct sockaddr_storage *at)
{
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), result = -1;

    for (int i = 0; i < PATIENCE * 50 && result < 0; i++) {
        result = bind(fd, sockaddr_of(at), sizeof(struct sockaddr_in));
        poll(NULL, 0, result < 0 ? 20 : 0);
    }
    assert_int_equal(result, 0);
    close(fd);
}

UNIT_TEST(a_handler_can_jump_out_of_recv)
{
    struct sockaddr_storage at_a, at_b;
    int a = open_endpoint("127.0.0.1", 5, 5, &at_a), b = open_endpoint("127.0.0.1", 5, 5, &at_b);
    char buf[10];

    for (int i = 0; i < 3; i++)
        LEAVE(recv(b, buf, sizeof(buf), 0));
    assert_no_signal_blocked();
    send_on(a, associate(a, &at_b), 0, "hello", 5);
    assert_int_equal(recv(b, buf, sizeof(buf), 0), 5);
    close(a);
    close(b);
    assert_free(&at_b);
    assert_free(&at_a);
}

UNIT_TEST(a_handler_can_jump_out_of_accept)
{
    struct sockaddr_storage at = address("127.0.0.1", 0);
    int fd = bound(SOCK_STREAM, &at), client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    assert_int_equal(listen(fd, 5), 0);
    LEAVE(accept(fd, NULL, NULL));
    assert_no_signal_blocked();
    assert_int_equal(connect(client, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    close(accept(fd, NULL, NULL));
    close(client);
    close(fd);
    assert_free(&at);
}

UNIT_TEST(a_handler_can_jump_out_of_send)
{
    static char data[10000];
    struct sockaddr_storage at = address("127.0.0.1", 0), from = at;
    int fd = bound(SOCK_STREAM, &at), client = bound(SOCK_STREAM, &from), accepted;

    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(connect(client, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    accepted = accept(fd, NULL, NULL);
    if (sigsetjmp(out, 1) == 0) {
        jump_soon();
        for (;;) /* until there is no room */
            assert_int_equal(send(client, data, sizeof(data), 0), sizeof(data));
    }
    assert_no_signal_blocked();
    assert_true(recv(accepted, data, sizeof(data), 0) > 0);
    close(accepted); /* unread data: close sends an ABORT */
    close(client);
    close(fd);
    assert_free(&from);
    assert_free(&at);
}

/* The peer never answers. */
UNIT_TEST(a_handler_can_jump_out_of_connect)
{
    struct sockaddr_storage at = address("127.0.0.1", 0), to = at;
    int silent = socket(AF_INET, SOCK_DGRAM, 0), fd = bound(SOCK_STREAM, &at);
    socklen_t len = sizeof(to);

    if (userland()) { /* on the kernel's loopback every address answers */
        assert_int_equal(bind(silent, sockaddr_of(&to), sizeof(struct sockaddr_in)), 0);
        assert_int_equal(getsockname(silent, sockaddr_of(&to), &len), 0);
        LEAVE(connect(fd, sockaddr_of(&to), sizeof(struct sockaddr_in)));
        assert_no_signal_blocked();
        assert_fails(connect(fd, sockaddr_of(&to), sizeof(struct sockaddr_in)), EALREADY);
    }
    close(silent);
    close(fd);
    assert_free(&at);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
