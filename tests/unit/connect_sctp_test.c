/* Starting associations without waiting for them: lib/client/connect.c, Unp_open(). */
#include "client/client.h"
#include "unit_sctp.h"

#include <fcntl.h>
#include <poll.h>

static int open_client(const char *local)
{
    struct unp_setup setup = {.ostreams = 3, .buffer = 65536};
    int fd;

    if (local)
        assert_int_equal(unp_addrs_add(&setup.local, local, 0), 0);
    fd = Unp_open(&setup, local ? AF_INET : AF_INET6);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    unp_addrs_free(&setup.local);
    return fd;
}

static int begin(int fd, const char *host, uint16_t port, sctp_assoc_t *id)
{
    struct unp_addrs peer = {0};
    int rc, err;

    assert_int_equal(unp_addrs_add(&peer, host, port), 0);
    rc = unp_connect_begin(fd, &peer, id);
    err = errno;
    unp_addrs_free(&peer);
    errno = err;
    return rc;
}

/* Waits for the next association-change notification, *n; returns its state. */
static uint16_t await_change(int fd, union sctp_notification *n)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    for (int i = 0; i < 100; i++) {
        assert_int_equal(poll(&p, 1, PATIENCE * 1000), 1);
        if (recv(fd, n, sizeof(*n), 0) > 0 && n->sn_header.sn_type == SCTP_ASSOC_CHANGE)
            return n->sn_assoc_change.sac_state;
    }
    fail_msg("no association changes");
    return 0;
}

UNIT_TEST(several_associations_are_started_and_come_up)
{
    enum { PEERS = 3 };
    struct sockaddr_storage at;
    int peers[PEERS], fd = open_client(NULL), up = 0;
    sctp_assoc_t ids[PEERS];

    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    for (int i = 0; i < PEERS; i++) {
        peers[i] = open_endpoint(i ? "127.0.0.1" : "::1", 5, 5, &at);
        assert_int_equal(begin(fd, i ? "127.0.0.1" : "::1", port_of(&at), &ids[i]), 0);
        assert_true(ids[i] > 0);
    }
    for (int k = 0; k < PEERS; k++) {
        union sctp_notification n;

        assert_int_equal(await_change(fd, &n), SCTP_COMM_UP);
        assert_int_equal(n.sn_assoc_change.sac_outbound_streams, 3);
        for (int i = 0; i < PEERS; i++)
            if (n.sn_assoc_change.sac_assoc_id == ids[i])
                up |= 1 << i;
    }
    assert_int_equal(up, (1 << PEERS) - 1);
    for (int i = 0; i < PEERS; i++)
        close(peers[i]);
    close(fd);
}

UNIT_TEST(a_refused_association_is_reported_by_an_event)
{
    struct sockaddr_storage at;
    int peer = open_endpoint("127.0.0.1", 5, 5, &at), fd = open_client(NULL);
    int64_t from = unp_now();
    union sctp_notification n;
    sctp_assoc_t id;

    close(peer); /* its port is free now */
    assert_int_equal(begin(fd, "127.0.0.1", port_of(&at), &id), 0);
    assert_int_equal(await_change(fd, &n), SCTP_CANT_STR_ASSOC);
    assert_int_equal(n.sn_assoc_change.sac_assoc_id, id);
    assert_int_equal(unp_connect_error(fd, unp_now() - from), ECONNREFUSED);
    close(fd);
}

UNIT_TEST(an_association_that_used_all_attempts_had_no_answer)
{
    const struct sctp_initmsg init = {.sinit_max_attempts = 2, .sinit_max_init_timeo = 300};
    const struct sctp_rtoinfo rto = {.srto_initial = 200, .srto_min = 100, .srto_max = 400};
    int fd = open_client(NULL);

    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init)), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof(rto)), 0);
    assert_int_equal(unp_connect_error(fd, 0), ECONNREFUSED);
    assert_int_equal(unp_connect_error(fd, 600), ECONNREFUSED);
    assert_int_equal(unp_connect_error(fd, 800), ETIMEDOUT); /* 200, 300 and 300 ms */
    close(fd);
}

UNIT_TEST(a_second_association_with_the_same_peer_is_refused)
{
    struct sockaddr_storage at;
    int peer = open_endpoint("127.0.0.1", 5, 5, &at), fd = open_client(NULL);
    union sctp_notification n;
    sctp_assoc_t id, second;

    assert_int_equal(begin(fd, "127.0.0.1", port_of(&at), &id), 0);
    assert_int_equal(await_change(fd, &n), SCTP_COMM_UP);
    assert_int_equal(begin(fd, "127.0.0.1", port_of(&at), &second), -1);
    assert_true(errno == EISCONN || errno == EALREADY);
    close(peer);
    close(fd);
}

UNIT_TEST(an_ipv4_socket_has_no_ipv6_peers)
{
    int fd = open_client("127.0.0.1");
    sctp_assoc_t id;

    assert_int_equal(begin(fd, "::1", 1, &id), -1);
    assert_int_equal(errno, EAFNOSUPPORT);
    close(fd);
}

UNIT_TEST(a_multicast_address_is_told_from_other_invalid_addresses)
{
    static const struct {
        const char *host;
        bool unicast;
    } cases[] = {
        {"255.255.255.255", false},
        {"224.0.0.1", false},
        {"239.255.255.255", false},
        {"0.0.0.0", false},
        {"ff02::1", false},
        {"::", false},
        {"223.255.255.255", true},
        {"255.255.255.254", true},
        {"fe80::1", true},
        {"::1", true},
        {"[", true},
    };
    char why[600];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(unp_connect_why(EINVAL, cases[i].host, 9877, 0, why, sizeof(why)),
                         EXIT_SYSTEM);
        assert_contains(why, cases[i].host);
        if (cases[i].unicast != !strstr(why, "; it is no unicast address"))
            fail_msg("%s", why);
    }
    unp_connect_why(EBADF, "224.0.0.1", 9877, 0, why, sizeof(why));
    assert_null(strstr(why, "unicast"));
}

UNIT_TEST(an_invalid_peer_address_is_refused_at_once)
{
    const struct unp_addrs none = {0};
    int fd = open_client(NULL);
    sctp_assoc_t id;

    assert_int_equal(begin(fd, "255.255.255.255", 1, &id), -1);
    assert_int_equal(unp_connect_begin(fd, &none, &id), -1);
    assert_int_equal(errno, EINVAL);
    close(fd);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
