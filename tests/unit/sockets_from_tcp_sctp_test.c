/* TCP's calls with SCTP below them, as withuserland --from-tcp arranges.  On the kernel's stack the
 * sockets are TCP's. */
#include "unit_sctp.h"

#include <fcntl.h>
#include <netinet/tcp.h>

static int client, server;

static int begin(void **state)
{
    struct sockaddr_in at = any_port();
    socklen_t len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&at, len), 0);
    server = accept(listener, NULL, NULL);
    assert_true(server >= 0);
    close(listener);
    set_timeouts(client);
    set_timeouts(server);
    return 0;
}

static int end(void **state)
{
    close(client);
    close(server);
    return 0;
}

#define CONNECTED(f) UNIT_TEST_WITH(f, begin, end, NULL)

CONNECTED(the_sockets_look_like_tcp_s)
{
    int n = 0;
    socklen_t len = sizeof(n);

    assert_int_equal(getsockopt(server, SOL_SOCKET, SO_PROTOCOL, &n, &len), 0);
    assert_int_equal(n, IPPROTO_TCP);
    for (int on = 1; on >= 0; on--) {
        assert_int_equal(setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
        assert_int_equal(getsockopt(server, IPPROTO_TCP, TCP_NODELAY, &n, &len), 0);
        assert_int_equal(n != 0, on);
    }
    n = 60;
    assert_int_equal(setsockopt(server, IPPROTO_TCP, TCP_KEEPIDLE, &n, sizeof(n)), 0);
    assert_int_equal(getsockopt(server, IPPROTO_TCP, TCP_MAXSEG, &n, &len), 0);
    assert_true(n > 500);
    assert_int_equal(send(client, "", 0, 0), 0);
}

/* Any number of bytes, in any parts: what was not accepted was not sent. */
CONNECTED(a_nonblocking_send_takes_what_there_is_room_for)
{
    static char data[3000000], got[sizeof(data)];
    size_t sent = 0, received = 0;
    bool refused = false;

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i / 251);
    assert_int_equal(fcntl(client, F_SETFL, O_NONBLOCK), 0);
    while (received < sizeof(data)) {
        ssize_t n = sent < sizeof(data) ? send(client, data + sent, sizeof(data) - sent, 0) : 0;

        if (n > 0)
            sent += (size_t)n;
        refused |= n < 0;
        if (n < 0)
            assert_int_equal(errno, EAGAIN);
        if (n <= 0) {
            n = recv(server, got + received, sizeof(got) - received, 0);
            assert_true(n > 0);
            received += (size_t)n;
        }
    }
    assert_true(refused || !userland()); /* the buffers of TCP grow */
    assert_memory_equal(got, data, sizeof(data));
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    assert_int_equal(recv(server, got, sizeof(got), 0), 0);
}

CONNECTED(a_send_may_be_larger_than_the_send_buffer)
{
    static char data[100000], got[sizeof(data)];
    int small = 5000;
    size_t received = 0, sent = 0;

    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    assert_int_equal(fcntl(client, F_SETFL, O_NONBLOCK), 0);
    memset(data, 'x', sizeof(data));
    while (received < sizeof(data)) {
        ssize_t n = send(client, data + sent, sizeof(data) - sent, 0);

        sent += n > 0 ? (size_t)n : 0;
        n = recv(server, got, sizeof(got), 0);
        assert_true(n > 0);
        received += (size_t)n;
    }
}

int main(void)
{
    if (userland())
        setenv("SCTP_USERLAND_FROM_TCP", "1", 1);
    return run_all_tests(NULL, NULL);
}
