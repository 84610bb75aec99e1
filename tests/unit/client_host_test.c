/* Connecting to a host, with system calls replaced by this file: lib/client/host.c. */
#include "blocks.h"
#include "client/client.h"
#include "client/interrupt.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

enum { FD = 1000, ID = 3, MOST = 8 };

static struct {
    int64_t now;       /* ms */
    int results[MOST]; /* errno of each attempt; 0: it succeeds */
    int attempts;
    int64_t each;         /* ms that each takes */
    char to[MOST][100];   /* the addresses of each attempt */
    int family[MOST];     /* of its socket */
    int64_t limit;        /* the last time limit that was set, us; 0: none */
    int64_t limits[MOST]; /* of each attempt */
    int no_route;         /* errno of the route check; 0: there is one */
    unsigned opened, closed;
    unsigned char events[4][200]; /* what arrives when an attempt has been refused */
    size_t lens[4];
    int flags[4];
    int count, at;
} os;

int Unp_open(struct unp_setup *setup, int family)
{
    os.family[os.attempts] = family;
    os.opened++;
    return FD;
}

int unp_check_routes(const struct unp_addrs *peer)
{
    assert_true(peer->count > 0);
    errno = os.no_route;
    return os.no_route ? -1 : 0;
}

int unp_connect_why(int err, const char *host, uint16_t port, int64_t ms, char *why, size_t size)
{
    snprintf(why, size, "%s, %s %u, %lld ms", strerror(err), host, port, (long long)ms);
    return err == ECONNREFUSED ? EXIT_REFUSED : EXIT_NO_ANSWER;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct timeval *tv = value;

    assert_int_equal(fd, FD);
    assert_int_equal(level, SOL_SOCKET);
    assert_int_equal(name, SO_SNDTIMEO);
    assert_int_equal(len, sizeof(*tv));
    os.limit = tv->tv_sec * 1000000 + tv->tv_usec;
    errno = ENOPROTOOPT; /* left behind by a call that succeeds */
    return 0;
}

int sctp_connectx(int fd, struct sockaddr *addrs, int count, sctp_assoc_t *id)
{
    const struct unp_addrs list = {
        .packed = (unsigned char *)addrs, .size = SIZE_MAX, .count = count};
    const struct sockaddr *sa = NULL;
    int n = os.attempts++;

    assert_int_equal(fd, FD);
    assert_int_equal(errno, 0);
    assert_true(n < MOST);
    os.limits[n] = os.limit;
    for (int i = 0; i < count; i++) {
        size_t used = strlen(os.to[n]);

        sa = unp_addrs_next(&list, sa);
        if (i)
            os.to[n][used++] = ' ';
        sock_ntop(sa, os.to[n] + used, sizeof(os.to[n]) - used);
    }
    os.now += os.each;
    *id = ID;
    errno = os.results[n];
    return os.results[n] ? -1 : 0;
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
    assert_int_equal(fd, FD);
    assert_true(flags & MSG_DONTWAIT);
    errno = EAGAIN;
    if (os.at == os.count)
        return -1;
    memcpy(m->msg_iov->iov_base, os.events[os.at], os.lens[os.at]);
    m->msg_flags = os.flags[os.at];
    return (ssize_t)os.lens[os.at++];
}

int close(int fd)
{
    os.closed += fd == FD;
    if (fd == FD)
        errno = EIO; /* the reason of the failure must survive it */
    return fd == FD ? 0 : (int)syscall(SYS_close, fd);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = os.now / 1000, .tv_nsec = os.now % 1000 * 1000000};
    return 0;
}

/* The host "both" has two addresses. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    static struct sockaddr_in six_or_four[4];
    static struct addrinfo list[2];
    static struct sockaddr_in6 six;
    const bool both = strcmp(host, "both") == 0;
    int i = 0;

    errno = EMFILE;
    if (strcmp(host, "nowhere") == 0)
        return EAI_SYSTEM;
    memset(&six, 0, sizeof(six));
    memset(list, 0, sizeof(list));
    six.sin6_family = AF_INET6;
    six.sin6_port = htons((uint16_t)atoi(service));
    six_or_four[0] =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(service))};
    if (both || strchr(host, ':'))
        inet_pton(AF_INET6, both ? "::1" : host, &six.sin6_addr);
    if (both || strchr(host, ':'))
        list[i++].ai_addr = (struct sockaddr *)&six;
    if (both || !strchr(host, ':'))
        inet_pton(AF_INET, both ? "10.0.0.1" : host, &six_or_four[0].sin_addr);
    if (both || !strchr(host, ':'))
        list[i++].ai_addr = (struct sockaddr *)&six_or_four[0];
    list[0].ai_next = i == 2 ? &list[1] : NULL;
    *found = list;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
}

/* ---- the client ------------------------------------------------------------------ */

static struct unp_client client;
static char why[600];

static int start(void **state)
{
    blocks_before = blocks;
    memset(&os, 0, sizeof(os));
    os.now = 1000000;
    os.each = 250;
    unp_pending_signal = 0;
    client = (struct unp_client){.host = "10.0.0.1", .port = 7, .wait = 30};
    why[0] = '\0';
    return 0;
}

static int stop(void **state)
{
    unp_client_free(&client);
    assert_null(client.more.packed);
    assert_null(client.setup.local.packed);
    return check_blocks(state);
}

static int connecting(void)
{
    sctp_assoc_t id = 0;
    int rc = unp_client_connect(&client, &id, why, sizeof(why));

    if (rc >= 0)
        assert_int_equal(id, ID);
    return rc;
}

UNIT_TEST(a_connected_socket_has_no_time_limit)
{
    assert_int_equal(connecting(), FD);
    assert_string_equal(os.to[0], "10.0.0.1:7");
    assert_int_equal(os.family[0], AF_INET);
    assert_int_equal(os.limits[0], 30000000);
    assert_int_equal(os.limit, 0);
    assert_int_equal(os.closed, 0);
}

UNIT_TEST(the_addresses_of_a_host_are_tried_in_turn)
{
    client.host = "both";
    os.results[0] = ECONNREFUSED;
    assert_int_equal(connecting(), FD);
    assert_int_equal(os.attempts, 2);
    assert_string_equal(os.to[0], "[::1]:7");
    assert_int_equal(os.family[0], AF_INET6);
    assert_string_equal(os.to[1], "10.0.0.1:7");
    assert_int_equal(os.closed, 1);
    start(state);
    client.host = "both";
    assert_int_equal(connecting(), FD);
    assert_int_equal(os.attempts, 1);
}

UNIT_TEST(further_addresses_are_tried_in_the_same_attempt)
{
    assert_int_equal(unp_addrs_add(&client.more, "10.0.0.2", 0), 0);
    assert_int_equal(unp_addrs_add(&client.more, "10.0.0.3", 0), 0);
    assert_int_equal(connecting(), FD);
    assert_string_equal(os.to[0], "10.0.0.1:7 10.0.0.2:7 10.0.0.3:7");
}

UNIT_TEST(an_attempt_that_fails_tells_why_and_how_long_it_took)
{
    os.results[0] = ETIMEDOUT;
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_string_equal(why, "Connection timed out, 10.0.0.1 7, 250 ms");
    assert_int_equal(os.closed, 1);
    os.results[1] = EINPROGRESS; /* Linux reports a timeout by this */
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_string_equal(why, "Connection timed out, 10.0.0.1 7, 250 ms");
    os.results[2] = EPERM;
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_string_equal(why, "Operation not permitted, 10.0.0.1 7, 250 ms");
}

UNIT_TEST(without_a_route_nothing_is_tried)
{
    os.no_route = ENETUNREACH;
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_string_equal(why, "Network is unreachable, 10.0.0.1 7, 0 ms");
    assert_int_equal(os.opened, 0);
}

UNIT_TEST(a_lookup_that_fails_here_is_reported_as_a_system_error)
{
    client.host = "nowhere";
    assert_int_equal(connecting(), -EXIT_SYSTEM);
    assert_string_equal(why, "host \"nowhere\": Too many open files");
    assert_int_equal(os.attempts, 0);
}

UNIT_TEST(only_addresses_of_a_bound_family_are_tried)
{
    client.host = "both";
    assert_int_equal(unp_addrs_add(&client.setup.local, "10.0.0.9", 0), 0);
    assert_int_equal(connecting(), FD);
    assert_string_equal(os.to[0], "10.0.0.1:7");
    client.host = "::1";
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_contains(why, "Address family not supported");
    assert_int_equal(os.opened, 1);
    assert_int_equal(unp_addrs_add(&client.setup.local, "::9", 0), 0);
    assert_int_equal(connecting(), FD);
    assert_string_equal(os.to[1], "[::1]:7");
}

/* ---- time --------------------------------------------------------------------------- */

UNIT_TEST(a_deadline_shortens_the_time)
{
    client.setup.until = os.now + 1234;
    assert_int_equal(connecting(), FD);
    assert_int_equal(os.limits[0], 1234000);
    client.setup.until = os.now + 30001;
    assert_int_equal(connecting(), FD);
    assert_int_equal(os.limits[1], 30000000);
    client.setup.until = os.now - 5; /* it has passed: the least limit that is not "none" */
    assert_int_equal(connecting(), FD);
    assert_int_equal(os.limits[2], 1000);
    client.setup.until = os.now + 1;
    assert_int_equal(connecting(), FD);
    assert_int_equal(os.limits[3], 1000);
}

UNIT_TEST(after_a_stop_an_attempt_is_repeated)
{
    os.results[0] = os.results[1] = EINTR;
    assert_int_equal(connecting(), FD);
    assert_int_equal(os.attempts, 3);
    assert_int_equal(os.closed, 2);
}

UNIT_TEST(after_a_signal_no_attempt_is_repeated)
{
    os.results[0] = EINTR;
    unp_pending_signal = SIGINT;
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_int_equal(os.attempts, 1);
}

/* ---- the server's reason ---------------------------------------------------------------- */

/* A notification about an association, followed by error causes. */
static void arrives(uint16_t type, uint16_t state, int flags, const char *causes, size_t len)
{
    const struct sctp_assoc_change c = {.sac_type = type, .sac_state = state};

    memcpy(os.events[os.count], &c, sizeof(c));
    memcpy(os.events[os.count] + sizeof(c), causes, len);
    os.flags[os.count] = flags;
    os.lens[os.count++] = sizeof(c) + len;
}

#define TOO_SLOW "\0\x0c\0\x0ctoo slow"
#define FULL                                                                                       \
    "\0\x0c\0\x08"                                                                                 \
    "full"

UNIT_TEST(a_refusal_has_the_servers_reason)
{
    static const uint16_t states[] = {SCTP_COMM_LOST, SCTP_CANT_STR_ASSOC};

    for (size_t i = 0; i < COUNT(states); i++) {
        start(state);
        os.results[0] = ECONNREFUSED;
        arrives(SCTP_SHUTDOWN_EVENT, states[i], MSG_NOTIFICATION, FULL, 8);
        arrives(SCTP_ASSOC_CHANGE, SCTP_COMM_UP, MSG_NOTIFICATION, FULL, 8);
        arrives(SCTP_ASSOC_CHANGE, states[i], MSG_NOTIFICATION, TOO_SLOW, 12);
        arrives(SCTP_SHUTDOWN_EVENT, states[i], MSG_NOTIFICATION, FULL, 8);
        assert_int_equal(connecting(), -EXIT_REFUSED);
        assert_string_equal(why, "connect to 10.0.0.1 port 7: refused by the server: too slow");
    }
}

UNIT_TEST(other_data_gives_no_reason)
{
    os.results[0] = ECONNREFUSED;
    arrives(SCTP_ASSOC_CHANGE, SCTP_COMM_LOST, MSG_EOR, FULL, 8); /* a message */
    arrives(SCTP_ASSOC_CHANGE, SCTP_COMM_LOST, MSG_NOTIFICATION, "", 0);
    os.lens[1]--; /* too short */
    arrives(SCTP_ASSOC_CHANGE, SCTP_COMM_LOST, MSG_NOTIFICATION, "", 0);
    assert_int_equal(connecting(), -EXIT_REFUSED);
    assert_string_equal(why, "Connection refused, 10.0.0.1 7, 250 ms");
    assert_int_equal(os.at, 3);
}

UNIT_TEST(only_a_refusal_has_a_reason)
{
    os.results[0] = ETIMEDOUT;
    arrives(SCTP_ASSOC_CHANGE, SCTP_COMM_LOST, MSG_NOTIFICATION, TOO_SLOW, 12);
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_int_equal(os.at, 0);
    os.results[1] = ECONNREFUSED;
    os.results[2] = ETIMEDOUT;
    client.host = "both";
    assert_int_equal(connecting(), -EXIT_NO_ANSWER);
    assert_contains(why, "timed out");
}

static void end_if_refused(void *arg)
{
    sctp_assoc_t id;

    Unp_client_connect(&client, &id);
}

UNIT_TEST(Unp_client_connect_ends_the_program_on_failure)
{
    char err[600];

    assert_int_equal(in_child(end_if_refused, NULL, err, sizeof(err)), 0);
    os.results[0] = ECONNREFUSED;
    assert_int_equal(in_child(end_if_refused, NULL, err, sizeof(err)), EXIT_REFUSED);
    assert_string_equal(err, "client_host_test: Connection refused, 10.0.0.1 7, 250 ms\n");
}

int main(void)
{
    return run_all_tests(start, stop);
}
