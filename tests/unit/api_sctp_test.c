/*
 * Corner cases of the API on both stacks: adding and removing addresses, connecting twice, peeling
 * off, closing with and without lingering, errors.
 */
#include "receive/inside.h"
#include "unit_sctp.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

/* A one-to-many socket a with an association to b, which has a second address, 127.0.0.2. */
static struct {
    int a, b;
    sctp_assoc_t id_a, id_b;
    struct sockaddr_storage at_a, at_b, second;
} pair;

static int open_pair(void **state)
{
    pair.a = open_endpoint("127.0.0.1", 10, 10, &pair.at_a);
    pair.b = open_endpoint("127.0.0.1", 10, 10, &pair.at_b);
    pair.second = address("127.0.0.2", port_of(&pair.at_b));
    assert_int_equal(sctp_bindx(pair.b, sockaddr_of(&pair.second), 1, SCTP_BINDX_ADD_ADDR), 0);
    pair.id_a = associate(pair.a, &pair.at_b);
    pair.id_b = sctp_address_to_associd(pair.b, sockaddr_of(&pair.at_a),
                                        unp_sock_len(sockaddr_of(&pair.at_a)));
    assert_true(pair.id_b > 0);
    return 0;
}

static int close_pair(void **state)
{
    close(pair.a);
    close(pair.b);
    memset(&pair, 0, sizeof(pair));
    return 0;
}

static void expect(int fd, const char *text)
{
    char buf[100] = "";

    assert_int_equal(recv(fd, buf, sizeof(buf), 0), strlen(text));
    assert_memory_equal(buf, text, strlen(text));
}

static void say(int fd, sctp_assoc_t id, const char *text)
{
    assert_int_equal(send_on(fd, id, 0, text, strlen(text)), 0);
}

static uint32_t associations_of(int fd)
{
    uint32_t n = 0;
    socklen_t len = sizeof(n);

    assert_int_equal(getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER, &n, &len), 0);
    return n;
}

/* Waits for the association to end; returns its state then. */
static uint16_t end_of(int fd)
{
    union sctp_notification n;

    do
        assert_true(recv(fd, &n, sizeof(n), 0) > 0);
    while (n.sn_header.sn_type != SCTP_ASSOC_CHANGE || n.sn_assoc_change.sac_state == SCTP_COMM_UP);
    return n.sn_assoc_change.sac_state;
}

/* ---- addresses -------------------------------------------------------------- */

static int bindx(int fd, const char *host, uint16_t port, int flags)
{
    struct sockaddr_storage at = address(host, port);

    return sctp_bindx(fd, sockaddr_of(&at), 1, flags);
}

static int how_many_are_bound(int fd)
{
    struct sockaddr *addrs;
    int n = sctp_getladdrs(fd, 0, &addrs);

    if (n > 0)
        sctp_freeladdrs(addrs);
    return n;
}

UNIT_TEST(addresses_are_added_and_removed_at_one_port)
{
    struct sockaddr_storage at;
    int fd = open_endpoint("127.0.0.1", 5, 5, &at);
    uint16_t port = port_of(&at), other = (uint16_t)(port ^ 1);

    assert_int_equal(bindx(fd, "127.0.0.2", port, SCTP_BINDX_ADD_ADDR), 0);
    assert_int_equal(bindx(fd, "127.0.0.3", 0, SCTP_BINDX_ADD_ADDR), 0); /* the same port */
    assert_int_equal(how_many_are_bound(fd), 3);
    assert_fails(bindx(fd, "127.0.0.4", other, SCTP_BINDX_ADD_ADDR), EINVAL);
    assert_fails(bindx(fd, "192.0.2.1", port, SCTP_BINDX_ADD_ADDR), EADDRNOTAVAIL);
    assert_fails(bindx(fd, "127.0.0.5", port, SCTP_BINDX_REM_ADDR), EINVAL);
    assert_fails(bindx(fd, "127.0.0.4", port, SCTP_BINDX_ADD_ADDR | SCTP_BINDX_REM_ADDR), EINVAL);
    assert_int_equal(bindx(fd, "127.0.0.2", port, SCTP_BINDX_REM_ADDR), 0);
    assert_int_equal(bindx(fd, "127.0.0.1", port, SCTP_BINDX_REM_ADDR), 0);
    assert_int_equal(how_many_are_bound(fd), 1);
    assert_fails(bindx(fd, "127.0.0.3", port, SCTP_BINDX_REM_ADDR), EBUSY); /* the last one */
    close(fd);
}
#define WITH_PAIR(f) UNIT_TEST_WITH(f, open_pair, close_pair, NULL)

WITH_PAIR(SCTP_ADDR_OVER_sends_to_a_further_address)
{
    for (int i = 0; i < 10; i++)
        assert_int_equal(sctp_sendmsg(pair.a, "over", 4, sockaddr_of(&pair.second),
                                      sizeof(struct sockaddr_in), 0, SCTP_ADDR_OVER, 0, 0, 0),
                         4);
    say(pair.a, pair.id_a, "not over");
    for (int i = 0; i < 10; i++)
        expect(pair.b, "over");
    expect(pair.b, "not over");
    assert_int_equal(associations_of(pair.a), 1);
}

/* ---- connecting twice, and too many ------------------------------------------- */

WITH_PAIR(a_connected_socket_cannot_connect_again)
{
    sctp_assoc_t id = 0;

    assert_fails(sctp_connectx(pair.a, sockaddr_of(&pair.at_b), 1, &id), EISCONN);
    assert_fails(connect(pair.a, sockaddr_of(&pair.at_b), sizeof(struct sockaddr_in)), EISCONN);
    assert_fails(sctp_connectx(pair.a, sockaddr_of(&pair.second), 1, &id), EISCONN);
    assert_int_equal(associations_of(pair.a), 1);
    say(pair.a, pair.id_a, "still");
    expect(pair.b, "still");
}

UNIT_TEST(a_full_backlog_refuses_further_associations)
{
    enum { MANY = 8 };
    struct sockaddr_storage at = address("127.0.0.1", 0);
    socklen_t len = sizeof(at);
    int listening = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), fds[MANY], taken = 0;

    assert_int_equal(bind(listening, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(listen(listening, 2), 0);
    assert_int_equal(getsockname(listening, sockaddr_of(&at), &len), 0);
    for (int i = 0; i < MANY; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
        set_timeouts(fds[i]);
        if (connect(fds[i], sockaddr_of(&at), sizeof(struct sockaddr_in)) == 0)
            taken++;
        else
            assert_int_equal(errno, ECONNREFUSED);
    }
    assert_in_range(taken, 2, 3); /* Linux: one more than the backlog */
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    close(listening);
}

/* ---- peeling off --------------------------------------------------------------- */

/* Debian 12's libsctp declares sctp_peeloff_flags(), but does not define it. */
static int peeloff_flags(int fd, sctp_assoc_t id, unsigned flags)
{
    sctp_peeloff_flags_arg_t arg = {.p_arg.associd = id, .flags = flags};
    socklen_t len = sizeof(arg);

    return getsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF_FLAGS, &arg, &len);
}

WITH_PAIR(the_other_associations_go_on_after_one_is_peeled_off)
{
    struct sockaddr_storage at_c, at_d;
    int c = open_endpoint("127.0.0.1", 5, 5, &at_c), d, fd;
    sctp_assoc_t id_c = associate(c, &pair.at_b), id_d;

    fd = peeloff_flags(pair.b, pair.id_b, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_fails(sctp_peeloff(pair.b, pair.id_b), EINVAL);
    assert_fails(sctp_peeloff(fd, pair.id_b), EINVAL);
    d = open_endpoint("127.0.0.1", 5, 5, &at_d); /* an association that is made afterwards */
    id_d = associate(d, &pair.at_b);
    say(c, id_c, "from c");
    expect(pair.b, "from c");
    say(d, id_d, "from d");
    expect(pair.b, "from d");
    say(fd, pair.id_b, "from who was peeled off");
    expect(pair.a, "from who was peeled off");
    assert_int_equal(associations_of(pair.b), 2);
    close(c);
    close(d);
    close(fd);
}

static void *send_until_it_fails(void *arg)
{
    static char data[10000];

    (void)arg;
    while (send_on(pair.a, pair.id_a, 0, data, sizeof(data)) == 0)
        ;
    return NULL;
}

/* The stack may peel off or refuse (Linux: EBUSY), but neither thread hangs. */
WITH_PAIR(an_association_may_be_peeled_off_while_a_sender_waits)
{
    static char data[10000];
    pthread_t sender;
    int fd;

    assert_int_equal(pthread_create(&sender, NULL, send_until_it_fails, NULL), 0);
    while (recv(pair.b, data, 1, MSG_PEEK) < 0)
        ;
    poll(NULL, 0, 200); /* the sender waits by now, because nothing is read */
    fd = sctp_peeloff(pair.a, pair.id_a);
    if (fd < 0)
        assert_int_equal(errno, EBUSY);
    assert_int_equal(unp_abort(fd < 0 ? pair.a : fd, pair.id_a, "enough"), 0);
    assert_int_equal(pthread_join(sender, NULL), 0);
    if (fd >= 0)
        close(fd);
}

/* ---- ending --------------------------------------------------------------------- */

WITH_PAIR(close_shuts_down_and_with_a_linger_time_of_0_aborts)
{
    const struct linger at_once = {.l_onoff = 1};
    struct sockaddr_storage at;
    int fd;

    assert_int_equal(unp_subscribe(pair.b, SCTP_ALL_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    say(pair.a, pair.id_a, "last words");
    close(pair.a);
    expect(pair.b, "last words");
    assert_int_equal(end_of(pair.b), SCTP_SHUTDOWN_COMP);
    fd = pair.a = open_endpoint("127.0.0.1", 5, 5, &at);
    associate(fd, &pair.at_b);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    close(fd);
    assert_int_equal(end_of(pair.b), SCTP_COMM_LOST);
}

UNIT_TEST(shutdown_ends_both_directions_of_a_one_to_one_socket)
{
    struct sockaddr_storage at = address("127.0.0.1", 0);
    socklen_t len = sizeof(at);
    int listening = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), server;
    int client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    char buf[10];

    assert_fails(shutdown(client, SHUT_WR), ENOTCONN);
    assert_int_equal(bind(listening, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(listen(listening, 2), 0);
    assert_int_equal(getsockname(listening, sockaddr_of(&at), &len), 0);
    assert_int_equal(connect(client, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    server = accept(listening, NULL, NULL);
    set_timeouts(client);
    set_timeouts(server);
    assert_int_equal(send(client, "ask", 3, 0), 3);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    expect(server, "ask");
    assert_int_equal(recv(server, buf, sizeof(buf), 0), 0);
    assert_fails(send(server, "answer", 6, MSG_NOSIGNAL), EPIPE); /* TCP would send it */
    /* Linux reports a closed association, not end of file. */
    assert_fails(recv(client, buf, sizeof(buf), 0), ENOTCONN);
    close(client);
    close(server);
    close(listening);
}

/* ---- send parameters -------------------------------------------------------------- */

static struct sctp_rcvinfo expect_info(int fd, const char *text)
{
    struct unp_inbox *in = unp_inbox_new(1, 100);
    struct sctp_rcvinfo info;

    assert_int_equal(unp_inbox_recv(in, fd, 0), 1);
    assert_int_equal(unp_inbox_fragment(in, 0)->len, strlen(text));
    info = unp_inbox_fragment(in, 0)->rcv;
    unp_inbox_free(in);
    return info;
}

WITH_PAIR(send_parameters_default_to_the_association_s_then_the_socket_s)
{
    struct sctp_sndinfo snd = {.snd_sid = 2, .snd_ppid = htonl(2)};
    struct sctp_rcvinfo got;
    struct sockaddr_storage at;
    int c = open_endpoint("127.0.0.1", 10, 10, &at);

    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, &snd, sizeof(snd)), 0);
    snd = (struct sctp_sndinfo){.snd_sid = 3, .snd_ppid = htonl(3), .snd_assoc_id = pair.id_a};
    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, &snd, sizeof(snd)), 0);
    assert_int_equal(sendto(pair.a, "a", 1, 0, sockaddr_of(&pair.at_b), sizeof(struct sockaddr_in)),
                     1);
    got = expect_info(pair.b, "a");
    assert_int_equal(got.rcv_sid, 3);
    assert_int_equal(ntohl(got.rcv_ppid), 3);
    say(pair.a, pair.id_a, "m");
    assert_int_equal(expect_info(pair.b, "m").rcv_sid, 0);
    assert_int_equal(sendto(pair.a, "s", 1, 0, sockaddr_of(&at), sizeof(struct sockaddr_in)), 1);
    got = expect_info(c, "s"); /* an association that is made afterwards */
    assert_int_equal(got.rcv_sid, 2);
    assert_int_equal(ntohl(got.rcv_ppid), 2);
    close(c);
}

WITH_PAIR(a_peer_without_authentication_is_notified)
{
    struct sockaddr_storage at;
    int fd = open_endpoint("127.0.0.1", 5, 5, &at);
    union sctp_notification n;

    assert_int_equal(unp_subscribe(fd, SCTP_FUTURE_ASSOC, SCTP_AUTHENTICATION_EVENT, true), 0);
    associate(fd, &pair.at_b);
    assert_true(recv(fd, &n, sizeof(n), 0) > 0);
    assert_int_equal(n.sn_header.sn_type, SCTP_AUTHENTICATION_EVENT);
    assert_int_equal(n.sn_authkey_event.auth_indication, SCTP_AUTH_NO_AUTH);
    close(fd);
}

WITH_PAIR(an_invalid_pointer_is_EFAULT)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = pair.id_a};
    const void *beyond = (void *)(UINTPTR_MAX - 4);

    (void)state; /* the userland stack recognises only these invalid pointers */
    assert_fails(unp_send_info(pair.a, NULL, 10, &snd, NULL, 0), EFAULT);
    assert_fails(unp_send_info(pair.a, beyond, 10, &snd, NULL, 0), EFAULT);
    say(pair.a, pair.id_a, "good");
    expect(pair.b, "good");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
