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

UNIT_TEST(read_and_write_work_until_end_of_file)
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

UNIT_TEST(a_nonblocking_connect_completes_with_poll_and_SO_ERROR)
{
    struct sockaddr_in at;
    int listening = listener(&at), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);
    int error = -1;
    socklen_t len = sizeof(error);

    assert_fails(connect(fd, (struct sockaddr *)&at, sizeof(at)), EINPROGRESS);
    assert_true(polled(fd, POLLOUT, SOON) & POLLOUT);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    assert_int_equal(error, 0);
    close(fd);
    close(listening);
}

UNIT_TEST(a_connect_without_a_listener_is_refused)
{
    struct sockaddr_in at;
    int fd = listener(&at);

    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    assert_fails(connect(fd, (struct sockaddr *)&at, sizeof(at)), ECONNREFUSED);
    close(fd);
}

UNIT_TEST(a_nonblocking_accept_fails_with_EAGAIN)
{
    struct sockaddr_in at;
    int fd = listener(&at);

    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_fails(accept(fd, NULL, NULL), EAGAIN);
    close(fd);
}

UNIT_TEST(binding_a_used_port_fails_with_EADDRINUSE)
{
    struct sockaddr_in at;
    int first = listener(&at), fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    assert_fails(bind(fd, (struct sockaddr *)&at, sizeof(at)), EADDRINUSE);
    close(fd);
    close(first);
}

UNIT_TEST(a_write_after_the_peer_closed_raises_SIGPIPE_and_fails_with_EPIPE)
{
    int client, server;
    char buf[10];

    connected_pair(&client, &server);
    close(client);
    assert_int_equal(read(server, buf, sizeof(buf)), 0);
    signal(SIGPIPE, SIG_IGN);
    assert_fails(write(server, "x", 1), EPIPE);
    signal(SIGPIPE, SIG_DFL);
    assert_fails(send(server, "x", 1, MSG_NOSIGNAL), EPIPE);
    close(server);
}

static void *close_later(void *fd)
{
    poll(NULL, 0, 100);
    shutdown(*(int *)fd, SHUT_RDWR);
    return NULL;
}

UNIT_TEST(a_shutdown_wakes_a_thread_that_waits)
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
    return run_all_tests(NULL, NULL);
}
