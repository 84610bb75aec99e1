/*
 * A one-to-one socket whose connect failed can connect, listen or send to an address.  The userland
 * stack replaces libusrsctp's socket for that (userland/reconnect.c).
 */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

enum { SOON = PATIENCE * 1000 }; /* ms */

static int one_to_one(const struct sockaddr_storage *like)
{
    int fd = socket(like->ss_family, SOCK_STREAM, IPPROTO_SCTP);

    assert_true(fd >= 0);
    set_timeouts(fd);
    return fd;
}

static struct sockaddr_storage name_of(int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof(at);

    assert_int_equal(getsockname(fd, sockaddr_of(&at), &len), 0);
    return at;
}

static uint16_t port_bound(int fd)
{
    const struct sockaddr_storage at = name_of(fd);

    return port_of(&at);
}

static int connect_to(int fd, struct sockaddr_storage *at)
{
    return connect(fd, sockaddr_of(at), unp_sock_len(sockaddr_of(at)));
}

/* A listener at this address, which gets a port if it has none. */
static int listen_at(struct sockaddr_storage *at)
{
    int fd = one_to_one(at);

    assert_int_equal(bind(fd, sockaddr_of(at), unp_sock_len(sockaddr_of(at))), 0);
    assert_int_equal(listen(fd, 5), 0);
    *at = name_of(fd);
    return fd;
}

/* An address without a listener. */
static struct sockaddr_storage nobody_at(const char *host)
{
    struct sockaddr_storage at = address(host, 0);

    close(listen_at(&at));
    return at;
}

static int pending_error(int fd)
{
    int error = -1;
    socklen_t len = sizeof(error);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    return error;
}

static void be_refused(int fd, struct sockaddr_storage *at)
{
    assert_fails(connect_to(fd, at), ECONNREFUSED);
}

/* Sends a message each way; *from is the address of the client. */
static void talk(int fd, int listening, struct sockaddr_storage *from)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    int accepted = accept(listening, sockaddr_of(&peer), &len);
    char buf[10];

    assert_true(accepted >= 0);
    assert_int_equal(write(fd, "hello", 5), 5);
    assert_int_equal(read(accepted, buf, sizeof(buf)), 5);
    if (from)
        *from = peer;
    close(accepted);
}

static void refuse_then_connect(const char *host)
{
    struct sockaddr_storage at = nobody_at(host), from;
    int fd = one_to_one(&at), listening;
    uint16_t port;

    be_refused(fd, &at);
    be_refused(fd, &at);
    port = port_bound(fd);
    listening = listen_at(&at);
    assert_int_equal(connect_to(fd, &at), 0);
    assert_int_equal(pending_error(fd), 0);
    talk(fd, listening, &from);
    assert_int_equal(port_of(&from), port);
    close(fd);
    close(listening);
}

UNIT_TEST(a_refused_socket_can_connect)
{
    refuse_then_connect("127.0.0.1");
    refuse_then_connect("::1");
}

static void wait_until(int fd, short event)
{
    struct pollfd p = {.fd = fd, .events = event};

    assert_int_equal(poll(&p, 1, SOON), 1);
}

UNIT_TEST(a_refused_nonblocking_socket_can_connect)
{
    struct sockaddr_storage at = nobody_at("127.0.0.1");
    int fd = one_to_one(&at), listening;

    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    for (int i = 0; i < 2; i++) {
        assert_fails(connect_to(fd, &at), EINPROGRESS);
        wait_until(fd, POLLOUT);
        assert_int_equal(pending_error(fd), ECONNREFUSED);
    }
    listening = listen_at(&at);
    assert_fails(connect_to(fd, &at), EINPROGRESS);
    wait_until(fd, POLLOUT);
    assert_int_equal(pending_error(fd), 0);
    talk(fd, listening, NULL);
    close(fd);
    close(listening);
}

UNIT_TEST(a_refused_socket_can_connectx)
{
    struct sockaddr_storage at = nobody_at("127.0.0.1");
    int fd = one_to_one(&at), listening;

    assert_fails(sctp_connectx(fd, sockaddr_of(&at), 1, NULL), ECONNREFUSED);
    listening = listen_at(&at);
    assert_int_equal(sctp_connectx(fd, sockaddr_of(&at), 1, NULL), 0);
    talk(fd, listening, NULL);
    close(fd);
    close(listening);
}

UNIT_TEST(a_connectx_that_does_not_wait_returns_the_association_id)
{
    struct sockaddr_storage at = address("127.0.0.1", 0);
    int listening = listen_at(&at);
    int fd = socket(AF_INET, SOCK_SEQPACKET | SOCK_NONBLOCK, IPPROTO_SCTP);
    sctp_assoc_t id = 0;

    assert_fails(sctp_connectx(fd, sockaddr_of(&at), 1, &id), EINPROGRESS);
    assert_true(id > 0);
    assert_int_equal(sctp_address_to_associd(fd, sockaddr_of(&at), sizeof(struct sockaddr_in)), id);
    close(fd);
    close(listening);
}

/* The peer sends nothing, not even an ABORT. */
UNIT_TEST(a_socket_whose_connect_timed_out_can_connect)
{
    const struct sctp_initmsg init = {.sinit_max_attempts = 1, .sinit_max_init_timeo = 50};
    const struct sctp_initmsg longer = {.sinit_max_attempts = 1000, .sinit_max_init_timeo = 50};
    const struct sctp_rtoinfo rto = {.srto_initial = 50, .srto_min = 50, .srto_max = 50};
    struct sockaddr_storage at = address("127.0.0.1", 0);
    socklen_t len = sizeof(at);
    int silent = socket(AF_INET, SOCK_DGRAM, 0), fd = one_to_one(&at), listening;

    if (!userland()) { /* on the kernel's loopback every address answers */
        close(silent);
        close(fd);
        return;
    }
    assert_int_equal(bind(silent, sockaddr_of(&at), unp_sock_len(sockaddr_of(&at))), 0);
    assert_int_equal(getsockname(silent, sockaddr_of(&at), &len), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init)), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof(rto)), 0);
    assert_fails(connect_to(fd, &at), ETIMEDOUT);
    close(silent);
    /* a peer that answers may take longer */
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &longer, sizeof(longer)), 0);
    listening = listen_at(&at);
    assert_int_equal(connect_to(fd, &at), 0);
    talk(fd, listening, NULL);
    close(fd);
    close(listening);
}

static void expect_comm_up(int fd)
{
    union sctp_notification n;
    struct iovec iov = {&n, sizeof(n)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    do { /* the kernel still has the notification of the first attempt */
        assert_true(recvmsg(fd, &msg, 0) > 0);
        assert_true(msg.msg_flags & MSG_NOTIFICATION);
        assert_int_equal(n.sn_header.sn_type, SCTP_ASSOC_CHANGE);
    } while (n.sn_assoc_change.sac_state == SCTP_CANT_STR_ASSOC);
    assert_int_equal(n.sn_assoc_change.sac_state, SCTP_COMM_UP);
}

static void bind_to_both(int fd)
{
    struct sockaddr_storage local = address("127.0.0.1", 0);

    assert_int_equal(bind(fd, sockaddr_of(&local), unp_sock_len(sockaddr_of(&local))), 0);
    local = address("127.0.0.2", port_bound(fd));
    assert_int_equal(sctp_bindx(fd, sockaddr_of(&local), 1, SCTP_BINDX_ADD_ADDR), 0);
    assert_int_equal(n_addresses(fd), 2);
}

UNIT_TEST(options_and_addresses_survive_a_refused_connect)
{
    const struct sctp_initmsg streams = {.sinit_num_ostreams = 7},
                              tries = {.sinit_max_attempts = 3};
    const struct sctp_event_subscribe events = {.sctp_association_event = 1};
    struct sockaddr_storage at = nobody_at("127.0.0.1");
    struct sctp_status status = {0};
    struct sctp_initmsg told;
    socklen_t len = sizeof(told);
    int fd = one_to_one(&at), listening, buffer = 50000, before, after;

    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &streams, sizeof(streams)), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &tries, sizeof(tries)), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)), 0);
    len = sizeof(before);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &before, &len), 0);
    bind_to_both(fd);
    be_refused(fd, &at);
    listening = listen_at(&at);
    assert_int_equal(connect_to(fd, &at), 0);
    assert_int_equal(n_addresses(fd), 2);
    expect_comm_up(fd);
    len = sizeof(status);
    assert_int_equal(getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &len), 0);
    assert_int_equal(status.sstat_outstrms, 7);
    len = sizeof(told);
    assert_int_equal(getsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &told, &len), 0);
    assert_int_equal(told.sinit_num_ostreams, 7);
    assert_int_equal(told.sinit_max_attempts, 3);
    len = sizeof(after);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &after, &len), 0);
    assert_int_equal(after, before);
    close(fd);
    close(listening);
}

UNIT_TEST(a_refused_socket_can_listen)
{
    struct sockaddr_storage at = nobody_at("127.0.0.1"), here;
    int fd = one_to_one(&at), client = one_to_one(&at);

    be_refused(fd, &at);
    assert_int_equal(listen(fd, 5), 0);
    here = address("127.0.0.1", port_bound(fd));
    assert_int_equal(connect_to(client, &here), 0);
    talk(client, fd, NULL);
    close(client);
    close(fd);
}

UNIT_TEST(a_refused_socket_can_send_to_an_address)
{
    struct sockaddr_storage at = nobody_at("127.0.0.1");
    int fd = one_to_one(&at), listening, accepted;
    char buf[10];

    be_refused(fd, &at);
    listening = listen_at(&at);
    assert_int_equal(sendto(fd, "hello", 5, 0, sockaddr_of(&at), sizeof(struct sockaddr_in)), 5);
    accepted = accept(listening, NULL, NULL);
    assert_int_equal(read(accepted, buf, sizeof(buf)), 5);
    close(accepted);
    close(fd);
    close(listening);
}

UNIT_TEST(a_socket_that_was_connected_cannot_reconnect)
{
    struct sockaddr_storage at = address("127.0.0.1", 0);
    int listening = listen_at(&at), fd = one_to_one(&at);
    char buf[10];

    assert_int_equal(connect_to(fd, &at), 0);
    assert_fails(connect_to(fd, &at), EISCONN);
    talk(fd, listening, NULL);
    assert_int_equal(read(fd, buf, sizeof(buf)), 0);
    assert_fails(connect_to(fd, &at), EISCONN);
    assert_fails(listen(fd, 5), EINVAL);
    close(fd);
    close(listening);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
