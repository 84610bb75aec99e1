/*
 * Both ends of an association in one process, on both stacks.  The kernel's loopback is
 * synchronous: when a call returns, the other end has handled its packets.  Nothing here waits.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>

static const char *loopback = "127.0.0.1";

/* A one-to-one listener; *addr is where it is. */
static int open_listener(struct sockaddr_storage *addr)
{
    struct sockaddr_storage local = address(loopback, 0);
    socklen_t len = sizeof(*addr);
    int fd = socket(local.ss_family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, sockaddr_of(&local), unp_sock_len(sockaddr_of(&local))), 0);
    assert_int_equal(listen(fd, 5), 0);
    memset(addr, 0, sizeof(*addr));
    assert_int_equal(getsockname(fd, sockaddr_of(addr), &len), 0);
    return fd;
}

/* The errno of a non-blocking connect. */
static int connect_fails(int fd, struct sockaddr_storage *to)
{
    assert_int_equal(connect(fd, sockaddr_of(to), unp_sock_len(sockaddr_of(to))), -1);
    return errno;
}

/* A busy machine may pause between two calls, but not in each of 20 attempts. */
static void at_once(bool (*was)(void))
{
    for (int tries = 0; tries < 20; tries++)
        if (was())
            return;
    fail_msg("not at once in any of 20 tries");
}

static bool is_connected(void)
{
    struct sockaddr_storage at;
    int listener = open_listener(&at), accepted, error;
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);

    assert_int_equal(connect_fails(fd, &at), EINPROGRESS);
    error = connect_fails(fd, &at);
    accepted = accept(listener, NULL, NULL);
    close(accepted);
    close(fd);
    close(listener);
    return error == EISCONN && accepted >= 0;
}

UNIT_TEST(a_nonblocking_connect_returns_with_the_association_established)
{
    at_once(is_connected);
}

UNIT_TEST(a_nonblocking_connect_over_IPv6_returns_with_the_association_established)
{
    loopback = "::1";
    at_once(is_connected);
    loopback = "127.0.0.1";
}

static bool is_associated(void)
{
    struct sockaddr_storage at_a, at_b;
    int a = open_endpoint("127.0.0.1", 10, 10, &at_a);
    int b = open_endpoint("127.0.0.1", 10, 10, &at_b);
    sctp_assoc_t id;
    int error;

    assert_int_equal(fcntl(a, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(connect_fails(a, &at_b), EINPROGRESS);
    error = connect_fails(a, &at_b);
    if (error == EISCONN) {
        assert_fails(sctp_connectx(a, sockaddr_of(&at_b), 1, &id), EISCONN);
    }
    id = sctp_address_to_associd(b, sockaddr_of(&at_a), sizeof(struct sockaddr_in));
    close(a);
    close(b);
    return error == EISCONN && id > 0;
}

UNIT_TEST(a_nonblocking_one_to_many_connect_returns_with_the_association_established)
{
    at_once(is_associated);
}

static bool is_refused(void)
{
    struct sockaddr_storage at;
    int error = 0;
    socklen_t len = sizeof(error);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);

    close(open_listener(&at)); /* the port is free now */
    assert_int_equal(connect_fails(fd, &at), EINPROGRESS);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    close(fd);
    return error == ECONNREFUSED;
}

UNIT_TEST(a_nonblocking_connect_returns_with_the_refusal_known)
{
    at_once(is_refused);
}

static bool is_there(void)
{
    struct sockaddr_storage at;
    int listener = open_listener(&at), accepted;
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    char buf[100];
    bool came;

    assert_int_equal(connect(fd, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    accepted = accept(listener, NULL, NULL);
    came = accepted >= 0 && send(accepted, "hello", 5, 0) == 5 &&
           recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 5 && send(fd, "hi", 2, 0) == 2 &&
           recv(accepted, buf, sizeof(buf), MSG_DONTWAIT) == 2;
    if (came) {
        assert_would_block(recv(accepted, buf, sizeof(buf), MSG_DONTWAIT));
    }
    close(accepted);
    close(fd);
    close(listener);
    return came;
}

UNIT_TEST(a_sent_message_can_be_read_without_waiting)
{
    at_once(is_there);
}

static bool is_broken(void)
{
    struct sockaddr_storage at, from;
    socklen_t len = sizeof(from);
    int listener = open_listener(&at), accepted;
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    bool broken;

    assert_int_equal(connect(fd, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(send(fd, "bye", 3, 0), 3);
    close(fd);
    accepted = accept(listener, sockaddr_of(&from), &len);
    broken = accepted >= 0 && send(accepted, "hello", 5, MSG_NOSIGNAL) == -1 && errno == EPIPE;
    if (broken) {
        assert_fails(sendto(accepted, "hello", 5, MSG_NOSIGNAL, sockaddr_of(&from), len), EPIPE);
    }
    close(accepted);
    close(listener);
    return broken;
}

UNIT_TEST(a_send_to_a_peer_that_closed_before_accept_fails_with_EPIPE)
{
    at_once(is_broken);
}

static bool is_gone(void)
{
    struct sockaddr_storage at_a, at_b;
    int a = open_endpoint("127.0.0.1", 10, 10, &at_a);
    int b = open_endpoint("127.0.0.1", 10, 10, &at_b);
    struct sctp_sndinfo end = {.snd_flags = SCTP_EOF};
    struct sctp_status status;
    socklen_t len = sizeof(status);
    bool gone;

    end.snd_assoc_id = associate(a, &at_b);
    /* A call that succeeds leaves errno alone, and raises no SIGPIPE because of it. */
    errno = EPIPE;
    assert_int_equal(sctp_send(a, NULL, 0,
                               &(struct sctp_sndrcvinfo){.sinfo_flags = SCTP_EOF,
                                                         .sinfo_assoc_id = end.snd_assoc_id},
                               0),
                     0);
    assert_int_equal(errno, EPIPE);
    status.sstat_assoc_id = end.snd_assoc_id;
    gone = getsockopt(a, IPPROTO_SCTP, SCTP_STATUS, &status, &len) == -1 && errno == EINVAL &&
           sctp_address_to_associd(b, sockaddr_of(&at_a), sizeof(struct sockaddr_in)) <= 0;
    close(a);
    close(b);
    return gone;
}

UNIT_TEST(an_association_has_closed_when_a_send_with_EOF_returns)
{
    at_once(is_gone);
}

UNIT_TEST(a_second_association_with_a_peeled_off_peer_is_refused)
{
    struct sockaddr_storage at_a, at_b;
    int a = open_endpoint("127.0.0.1", 10, 10, &at_a);
    int b = open_endpoint("127.0.0.1", 10, 10, &at_b);
    int peeled = sctp_peeloff(a, associate(a, &at_b));
    const socklen_t size = sizeof(struct sockaddr_in);

    assert_true(peeled >= 0);
    assert_int_equal(connect_fails(a, &at_b), EADDRNOTAVAIL);
    assert_fails(sctp_connectx(a, sockaddr_of(&at_b), 1, NULL), EADDRNOTAVAIL);
    assert_fails(sendto(a, "x", 1, 0, sockaddr_of(&at_b), size), EADDRNOTAVAIL);
    assert_int_equal(send(peeled, "x", 1, 0), 1);
    close(peeled);
    assert_int_equal(sendto(a, "x", 1, 0, sockaddr_of(&at_b), size),
                     1); /* now there is an association */
    close(a);
    close(b);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
