/*
 * One-to-one sockets, which work much like TCP's, on both stacks.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

enum { SOON = PATIENCE * 1000 }; /* ms */

static short polled(int fd, short events, int ms)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, ms) > 0 ? p.revents : 0;
}

static int listener(struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    socklen_t len = sizeof(*at);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
    assert_true(at->sin_port != 0);
    return fd;
}

static void connected_pair(int *client, int *server)
{
    struct sockaddr_in at, peer;
    socklen_t len = sizeof(peer);
    int listening = listener(&at);

    *client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    assert_int_equal(connect(*client, (struct sockaddr *)&at, sizeof(at)), 0);
    *server = accept(listening, (struct sockaddr *)&peer, &len);
    assert_true(*server >= 0);
    assert_int_equal(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    len = sizeof(peer);
    assert_int_equal(getpeername(*client, (struct sockaddr *)&peer, &len), 0);
    assert_int_equal(peer.sin_port, at.sin_port);
    len = sizeof(peer);
    assert_int_equal(getsockname(*client, (struct sockaddr *)&peer, &len), 0);
    assert_int_equal(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    close(listening);
}

static void read_and_write_work_until_end_of_file(void **state)
{
    int client, server;
    char buf[20];

    connected_pair(&client, &server);
    assert_int_equal(write(client, "hello", 5), 5);
    assert_int_equal(read(server, buf, sizeof(buf)), 5);
    assert_int_equal(send(server, "hello yourself", 14, 0), 14);
    assert_int_equal(recv(client, buf, 5, 0), 5); /* the rest of a message comes next */
    assert_int_equal(recv(client, buf, sizeof(buf), 0), 9);
    assert_memory_equal(buf, " yourself", 9);
    close(client);
    assert_int_equal(read(server, buf, sizeof(buf)), 0);
    close(server);
}

static void a_nonblocking_connect_completes_with_poll_and_SO_ERROR(void **state)
{
    struct sockaddr_in at;
    int listening = listener(&at), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);
    int error = -1;
    socklen_t len = sizeof(error);

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), -1);
    assert_int_equal(errno, EINPROGRESS);
    assert_true(polled(fd, POLLOUT, SOON) & POLLOUT);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    assert_int_equal(error, 0);
    close(fd);
    close(listening);
}

static void a_connect_without_a_listener_is_refused(void **state)
{
    struct sockaddr_in at;
    int fd = listener(&at);

    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(fd);
}

static void a_nonblocking_accept_fails_with_EAGAIN(void **state)
{
    struct sockaddr_in at;
    int fd = listener(&at);

    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(accept(fd, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
    close(fd);
}

static void binding_a_used_port_fails_with_EADDRINUSE(void **state)
{
    struct sockaddr_in at;
    int first = listener(&at), fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), -1);
    assert_int_equal(errno, EADDRINUSE);
    close(fd);
    close(first);
}

static void a_write_after_the_peer_closed_raises_SIGPIPE_and_fails_with_EPIPE(void **state)
{
    int client, server;
    char buf[10];

    connected_pair(&client, &server);
    close(client);
    assert_int_equal(read(server, buf, sizeof(buf)), 0);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(write(server, "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(send(server, "x", 1, MSG_NOSIGNAL), -1);
    assert_int_equal(errno, EPIPE);
    close(server);
}

static void *close_later(void *fd)
{
    poll(NULL, 0, 100);
    shutdown(*(int *)fd, SHUT_RDWR);
    return NULL;
}

static void a_shutdown_wakes_a_thread_that_waits(void **state)
{
    int client, server;
    pthread_t thread;
    char buf[10];

    connected_pair(&client, &server);
    assert_int_equal(pthread_create(&thread, NULL, close_later, &server), 0);
    assert_int_equal(read(server, buf, sizeof(buf)), 0);
    pthread_join(thread, NULL);
    close(client);
    close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_and_write_work_until_end_of_file),
        cmocka_unit_test(a_nonblocking_connect_completes_with_poll_and_SO_ERROR),
        cmocka_unit_test(a_connect_without_a_listener_is_refused),
        cmocka_unit_test(a_nonblocking_accept_fails_with_EAGAIN),
        cmocka_unit_test(binding_a_used_port_fails_with_EADDRINUSE),
        cmocka_unit_test(a_write_after_the_peer_closed_raises_SIGPIPE_and_fails_with_EPIPE),
        cmocka_unit_test(a_shutdown_wakes_a_thread_that_waits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
