/* Routes to addresses, and explanations of failures to connect, with system calls replaced by this
 * file: lib/client/route.c. */
#include "blocks.h"
#include "client/client.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>

enum { FD = 1000 };

static struct {
    int socket_error, connect_error; /* errno; 0: none */
    int second_error;                /* of the second address */
    int calls;                       /* of connect() */
    bool broadcast;                  /* SO_BROADCAST is set */
    int open;                        /* sockets */
    bool userland;                   /* SCTP sockets are of the userland stack */
} os;

int socket(int family, int type, int protocol)
{
    assert_int_equal(type, protocol ? SOCK_SEQPACKET : SOCK_DGRAM);
    assert_true(protocol == 0 || protocol == IPPROTO_SCTP);
    errno = os.socket_error;
    os.open += !os.socket_error;
    return os.socket_error ? -1 : FD;
}

bool unp_is_kernel_socket(int fd)
{
    assert_int_equal(fd, FD);
    return !os.userland;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    assert_int_equal(fd, FD);
    assert_int_equal(len, sizeof(int));
    os.broadcast = level == SOL_SOCKET && name == SO_BROADCAST && *(const int *)value;
    return 0;
}

int connect(int fd, __CONST_SOCKADDR_ARG sa, socklen_t len)
{
    assert_int_equal(fd, FD);
    assert_int_equal(len, unp_sock_len(sa.__sockaddr__));
    assert_true(os.broadcast);
    errno = os.calls++ ? os.second_error : os.connect_error;
    return errno ? -1 : 0;
}

int close(int fd)
{
    assert_int_equal(fd, FD);
    os.open--;
    errno = EIO; /* the result must survive it */
    return 0;
}

static struct unp_addrs list_of(const char *first, const char *second)
{
    struct unp_addrs list = {0};

    assert_int_equal(unp_addrs_add(&list, first, 7), 0);
    if (second)
        assert_int_equal(unp_addrs_add(&list, second, 7), 0);
    memset(&os, 0, sizeof(os)); /* getaddrinfo() has used the system calls */
    return list;
}

UNIT_TEST(the_error_of_connect_tells_whether_there_is_a_route)
{
    static const struct {
        const char *host;
        unsigned scope;
        int err, result; /* errno; 0: there is a route */
    } cases[] = {
        {"10.0.0.1", 0, 0, 0},
        {"10.0.0.1", 0, ENETUNREACH, ENETUNREACH},
        {"10.0.0.1", 0, EHOSTUNREACH, EACCES},
        {"10.0.0.1", 0, EACCES, EACCES},
        {"10.0.0.1", 0, EINVAL, EACCES},
        {"2001:db8::1", 0, EINVAL, EACCES},
        {"fe80::1", 0, EINVAL, 0},
        {"fe80::1", 1, EINVAL, EACCES},
        {"ff02::1", 0, EINVAL, 0},
        {"ff02::1", 1, EINVAL, EACCES},
        {"2001:db8::1", 0, EADDRNOTAVAIL, ENETUNREACH},
        {"10.0.0.1", 0, ECONNREFUSED, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct unp_addrs list = list_of(cases[i].host, NULL);
        struct sockaddr_in6 sa = {0};
        int rc;

        memcpy(&sa, list.packed, list.size);
        if (cases[i].scope)
            sa.sin6_scope_id = cases[i].scope;
        os.connect_error = cases[i].err;
        rc = unp_check_route((struct sockaddr *)&sa);
        if (rc != (cases[i].result ? -1 : 0) || (cases[i].result && errno != cases[i].result))
            fail_msg("%s, %s: %d, %s", cases[i].host, strerror(cases[i].err), rc, strerror(errno));
        assert_int_equal(os.open, 0);
        unp_addrs_free(&list);
    }
}

UNIT_TEST(without_ipv6_there_is_no_route)
{
    struct unp_addrs list = list_of("::1", NULL);

    os.socket_error = EAFNOSUPPORT;
    assert_int_equal(unp_check_routes(&list), -1);
    assert_int_equal(errno, ENETUNREACH);
    os.socket_error = EMFILE; /* says nothing about routes */
    assert_int_equal(unp_check_routes(&list), 0);
    assert_int_equal(os.calls, 0);
    unp_addrs_free(&list);
}

UNIT_TEST(one_address_with_a_route_is_enough)
{
    struct unp_addrs list = list_of("10.0.0.1", "10.0.0.2");
    const struct unp_addrs none = {0};

    os.connect_error = ENETUNREACH;
    assert_int_equal(unp_check_routes(&list), 0);
    assert_int_equal(os.calls, 2);
    os.calls = os.connect_error = 0;
    os.second_error = EACCES;
    assert_int_equal(unp_check_routes(&list), 0);
    assert_int_equal(os.calls, 1);
    os.calls = 0;
    os.connect_error = ENETUNREACH;
    assert_int_equal(unp_check_routes(&list), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(unp_check_routes(&none), -1);
    assert_int_equal(errno, EINVAL);
    unp_addrs_free(&list);
}

UNIT_TEST(a_route_that_refuses_is_explained_with_the_command_that_shows_it)
{
    struct unp_addrs four = list_of("10.0.0.1", NULL), six = list_of("2001:db8::1", NULL);
    const struct unp_addrs none = {0};
    char why[300];

    unp_route_why(EACCES, &four, why, sizeof(why));
    assert_string_equal(why, "a route of this host refuses it (unreachable, prohibit or "
                             "blackhole); see 'ip -4 route show match 10.0.0.1'");
    unp_route_why(EACCES, &six, why, sizeof(why));
    assert_contains(why, "'ip -6 route show match 2001:db8::1'");
    unp_route_why(EACCES, &none, why, sizeof(why));
    assert_contains(why, "'ip -4 route show match ADDRESS'");
    unp_route_why(ENETUNREACH, &four, why, sizeof(why));
    assert_string_equal(why, "Network is unreachable; is there a route ('ip route get')?");
    unp_addrs_free(&four);
    unp_addrs_free(&six);
}

UNIT_TEST(a_failure_to_connect_has_a_status_and_advice)
{
    static const struct {
        int err, status;
        const char *why;
    } cases[] = {
        {ECONNREFUSED, EXIT_REFUSED, "connect to 10.0.0.1 port 7: refused; is the server running"},
        {EAFNOSUPPORT, EXIT_USAGE, "connect to 10.0.0.1 port 7: none of the addresses given with"},
        {ENETUNREACH, EXIT_NO_ANSWER,
         "connect to 10.0.0.1 port 7: Network is unreachable; is there"},
        {EHOSTUNREACH, EXIT_NO_ANSWER, "connect to 10.0.0.1 port 7: No route to host; is there"},
        {EACCES, EXIT_NO_ANSWER, "connect to 10.0.0.1 port 7: a route of this host refuses it"},
        {EPERM, EXIT_SYSTEM, "connect to 10.0.0.1 port 7: Operation not permitted"},
        {EAGAIN, EXIT_SYSTEM,
         "connect to 10.0.0.1 port 7: Resource temporarily unavailable; all local ports are in "
         "use"},
        {EADDRINUSE, EXIT_SYSTEM,
         "connect to 10.0.0.1 port 7: Address already in use; all local ports are in use: end"},
        {EMFILE, EXIT_SYSTEM,
         "connect to 10.0.0.1 port 7: Too many open files; raise the limit of descriptors"},
    };
    char why[600];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(unp_connect_why(cases[i].err, "10.0.0.1", 7, 0, why, sizeof(why)),
                         cases[i].status);
        assert_ptr_equal(strstr(why, cases[i].why), why);
    }
    assert_null(strstr(why, "unicast"));
    unp_connect_why(EACCES, "::1", 7, 0, why, sizeof(why));
    assert_contains(why, "'ip -6 route show match ::1'");
}

UNIT_TEST(an_address_that_is_no_unicast_address_is_explained)
{
    static const struct {
        const char *host;
        bool unicast;
    } cases[] = {
        {"224.0.0.1", false},       {"239.255.255.255", false},
        {"255.255.255.255", false}, {"0.0.0.0", false},
        {"ff02::1", false},         {"::", false},
        {"223.255.255.255", true},  {"255.255.255.254", true},
        {"0.0.0.1", true},          {"::1", true},
        {"fe80::1", true},          {"[", true},
    };
    char why[600];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(unp_connect_why(EINVAL, cases[i].host, 7, 0, why, sizeof(why)),
                         EXIT_SYSTEM);
        assert_contains(why, "Invalid argument");
        if (!strstr(why, "; it is no unicast address: an association is with one host") !=
            cases[i].unicast)
            fail_msg("%s", why);
    }
}

UNIT_TEST(the_advice_without_an_answer_depends_on_whether_the_host_is_local)
{
    static const struct {
        const char *host;
        bool here;
    } cases[] = {{"127.0.0.1", true}, {"127.9.9.9", true},  {"::1", true}, {"126.0.0.1", false},
                 {"::2", false},      {"128.0.0.1", false}, {"[", false}};
    static const int errors[] = {ETIMEDOUT, EACCES, EINVAL};
    char why[600];
    long before;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(unp_connect_why(ETIMEDOUT, cases[i].host, 7, 0, why, sizeof(why)),
                         EXIT_NO_ANSWER);
        assert_contains(why, cases[i].here
                                 ? "; is the server stopped or stuck, or does a firewall here drop"
                                 : "; is the host up, and does a firewall on the way drop");
    }
    before = blocks; /* with what the resolver keeps */
    for (size_t i = 0; i < COUNT(errors); i++)
        unp_connect_why(errors[i], "127.0.0.1", 7, 0, why, sizeof(why));
    assert_int_equal(blocks, before);
}

static void assert_question(int err, const char *question)
{
    char why[600];

    unp_connect_why(err, "10.0.0.1", 7, 0, why, sizeof(why));
    assert_string_equal(strchr(why, ';'), question);
    assert_int_equal(os.open, 0);
}

UNIT_TEST(the_question_depends_on_the_stack_and_on_sctp_udp_port)
{
    memset(&os, 0, sizeof(os));
    assert_question(ECONNREFUSED, "; is the server running there, on this port, and does its "
                                  "kernel have SCTP?");
    assert_question(ETIMEDOUT, "; is the host up, and does a firewall on the way drop SCTP (IP "
                               "protocol 132)?");
    os.userland = true;
    assert_question(ECONNREFUSED, "; is the server running there, on this port, over UDP, and "
                                  "with the same SCTP_UDP_PORT as this program (not set)?");
    setenv("SCTP_UDP_PORT", "9899", 1);
    assert_question(ECONNREFUSED, "; is the server running there, on this port, over UDP, and "
                                  "with the same SCTP_UDP_PORT as this program (9899)?");
    assert_question(ETIMEDOUT, "; is the host up, and does a firewall on the way drop SCTP over "
                               "UDP; is the server running with the same SCTP_UDP_PORT "
                               "as this program (9899)?");
    unsetenv("SCTP_UDP_PORT");
    os.socket_error = EMFILE;
    assert_question(ECONNREFUSED, "; is the server running there, on this port, and does its "
                                  "kernel have SCTP?");
    memset(&os, 0, sizeof(os));
}

UNIT_TEST(the_time_without_an_answer_is_rounded)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, " in 0 s;"},    {499, " in 0 s;"},  {500, " in 1 s;"},
                 {1499, " in 1 s;"}, {1500, " in 2 s;"}, {30000, " in 30 s;"}};
    char why[600];

    for (size_t i = 0; i < COUNT(cases); i++) {
        unp_connect_why(ETIMEDOUT, "10.0.0.1", 7, cases[i].ms, why, sizeof(why));
        assert_contains(why, cases[i].text);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
