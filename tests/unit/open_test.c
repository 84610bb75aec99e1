/* The options of a new socket, with system calls replaced by this file: lib/open.c. */
#include "unit.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>

enum { FD = 1000 };

static char calls[3000]; /* a line for each */
static int buffer;       /* SO_RCVBUF and SO_SNDBUF */
static bool unprivileged, no_ipv6, fails;
static int no_socket; /* errno of socket(); 0: it succeeds */
static int refused;   /* an option that cannot be set; 0: none */

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *fmt, ...)
{
    size_t used = strlen(calls);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(calls + used, sizeof(calls) - used, fmt, ap);
    va_end(ap);
}

int socket(int family, int type, int protocol)
{
    note("socket %d %d %d\n", family, type, protocol);
    errno = no_socket ? no_socket : EAFNOSUPPORT;
    return no_socket || (family == AF_INET6 && no_ipv6) ? -1 : FD;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct sctp_event *event = value;
    const struct sctp_initmsg *init = value;
    static const unsigned char zero[8];
    const int n = *(const int *)value;

    assert_int_equal(fd, FD);
    if (level == IPPROTO_SCTP && name == SCTP_EVENT) {
        assert_int_equal(len, sizeof(*event));
        assert_memory_equal((const unsigned char *)value + 7, zero, len - 7); /* padding */
        note("event %d %x %d\n", event->se_assoc_id, event->se_type, event->se_on);
    } else if (level == IPPROTO_SCTP && name == SCTP_INITMSG) {
        assert_int_equal(len, sizeof(*init));
        note("init %d %d\n", init->sinit_num_ostreams,
             init->sinit_max_instreams + init->sinit_max_attempts + init->sinit_max_init_timeo);
    } else {
        assert_int_equal(len, sizeof(int));
        note("%s %d %d\n",
             level == SOL_SOCKET     ? "SO"
             : level == IPPROTO_SCTP ? "SCTP"
                                     : "IPV6",
             name, n);
    }
    errno = EPERM;
    if (level == SOL_SOCKET && (name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE) && unprivileged)
        return -1;
    return name == refused ? -1 : 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    assert_int_equal(fd, FD);
    assert_int_equal(level, SOL_SOCKET);
    assert_true(name == SO_RCVBUF || name == SO_SNDBUF);
    assert_int_equal(*len, sizeof(int));
    *(int *)value = name == SO_SNDBUF ? buffer + 1 : buffer;
    return fails ? -1 : 0;
}

static const char *text_of(const struct sockaddr *sa)
{
    static char text[SOCK_NTOP_SIZE];

    return sock_ntop(sa, text, sizeof(text));
}

int bind(int fd, __CONST_SOCKADDR_ARG sa, socklen_t len)
{
    assert_int_equal(fd, FD);
    assert_int_equal(len, unp_sock_len(sa.__sockaddr__));
    note("bind %s\n", text_of(sa.__sockaddr__));
    return 0;
}

int sctp_bindx(int fd, struct sockaddr *addrs, int count, int flags)
{
    assert_int_equal(fd, FD);
    assert_int_equal(flags, SCTP_BINDX_ADD_ADDR);
    note("bindx %d %s\n", count, text_of(addrs));
    return 0;
}

int listen(int fd, int backlog)
{
    assert_int_equal(fd, FD);
    note("listen %d\n", backlog);
    return 0;
}

static int start(void **state)
{
    calls[0] = '\0';
    buffer = 1 << 20;
    unprivileged = no_ipv6 = fails = false;
    refused = 0;
    return 0;
}

#define LINE(...) note_to(expected, sizeof(expected), __VA_ARGS__)
static void note_to(char *text, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void note_to(char *text, size_t size, const char *fmt, ...)
{
    size_t used = strlen(text);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text + used, size - used, fmt, ap);
    va_end(ap);
}

/* The calls for options that every socket has, after those for its buffers. */
static void common(char *text, size_t size, int point)
{
    static const int events[] = {SCTP_ASSOC_CHANGE,          SCTP_PEER_ADDR_CHANGE,
                                 SCTP_SEND_FAILED_EVENT,     SCTP_REMOTE_ERROR,
                                 SCTP_SHUTDOWN_EVENT,        SCTP_PARTIAL_DELIVERY_EVENT,
                                 SCTP_ADAPTATION_INDICATION, SCTP_STREAM_RESET_EVENT,
                                 SCTP_ASSOC_RESET_EVENT,     SCTP_STREAM_CHANGE_EVENT};

    note_to(text, size, "SCTP %d 1\n", SCTP_FRAGMENT_INTERLEAVE);
    note_to(text, size, "SCTP %d %d\n", SCTP_PARTIAL_DELIVERY_POINT, point);
    note_to(text, size, "SCTP %d 1\n", SCTP_RECVRCVINFO);
    for (size_t i = 0; i < COUNT(events); i++)
        note_to(text, size, "event 0 %x 1\n", events[i]);
}

UNIT_TEST(a_socket_has_buffers_nodelay_and_notifications)
{
    struct unp_setup setup = {.ostreams = 7, .buffer = 300000};
    char expected[3000] = "";

    assert_int_equal(Unp_open(&setup, AF_INET6), FD);
    LINE("socket %d %d %d\n", AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    LINE("IPV6 %d 0\n", IPV6_V6ONLY);
    LINE("init 7 1024\n");
    LINE("SO %d 300000\n", SO_SNDBUFFORCE);
    LINE("SO %d 300000\n", SO_RCVBUFFORCE);
    LINE("SCTP %d 1\n", SCTP_NODELAY);
    common(expected, sizeof(expected), 65536);
    assert_string_equal(calls, expected);
}

UNIT_TEST(without_privilege_buffers_are_set_within_the_limits)
{
    struct unp_setup setup = {.ostreams = 7, .buffer = SIZE_MAX};
    char expected[3000] = "";

    unprivileged = true;
    buffer = 100000;
    assert_int_equal(Unp_open(&setup, AF_INET), FD);
    LINE("socket %d %d %d\n", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    LINE("init 7 1024\n");
    LINE("SO %d %d\n", SO_SNDBUFFORCE, INT32_MAX / 2);
    LINE("SO %d %d\n", SO_SNDBUF, INT32_MAX / 2);
    LINE("SO %d %d\n", SO_RCVBUFFORCE, INT32_MAX / 2);
    LINE("SO %d %d\n", SO_RCVBUF, INT32_MAX / 2);
    LINE("SCTP %d 1\n", SCTP_NODELAY);
    common(expected, sizeof(expected), 50000); /* half of the buffer */
    assert_string_equal(calls, expected);
}

static void set_more(int fd, const void *arg)
{
    assert_int_equal(fd, FD);
    note("more %s\n", (const char *)arg);
}

UNIT_TEST(a_program_can_keep_the_defaults_and_set_its_own_options)
{
    struct unp_setup setup = {.ostreams = 7,
                              .stack_defaults = true,
                              .port = 7,
                              .set_options = set_more,
                              .options = "of it"};
    char expected[3000] = "";

    buffer = 131072; /* half of it is the wanted partial delivery point */
    assert_int_equal(Unp_open(&setup, AF_INET), FD);
    LINE("socket %d %d %d\n", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    LINE("init 7 1024\n");
    common(expected, sizeof(expected), 65536);
    LINE("more of it\n");
    LINE("SO %d 1\n", SO_REUSEADDR);
    LINE("bind 0.0.0.0:7\n");
    assert_string_equal(calls, expected);
}

/* The calls after those for the options. */
static const char *last_calls(void)
{
    char mark[100];

    snprintf(mark, sizeof(mark), "event 0 %x 1\n", SCTP_STREAM_CHANGE_EVENT);
    assert_contains(calls, mark);
    return strstr(calls, mark) + strlen(mark);
}

UNIT_TEST(a_server_listens_on_all_addresses)
{
    struct unp_setup setup = {.ostreams = 7, .port = 7};
    char expected[100] = "";

    assert_int_equal(Unp_listen(&setup), FD);
    LINE("SO %d 1\nbind [::]:7\nlisten 4096\n", SO_REUSEADDR);
    assert_string_equal(last_calls(), expected);
}

UNIT_TEST(without_ipv6_a_server_listens_on_all_ipv4_addresses)
{
    struct unp_setup setup = {.ostreams = 7, .port = 7};

    no_ipv6 = true;
    assert_int_equal(Unp_listen(&setup), FD);
    assert_contains(last_calls(), "bind 0.0.0.0:7\n");
}

UNIT_TEST(a_message_is_delivered_in_fragments_of_64_kib)
{
    static const struct {
        int buffer, point;
    } cases[] = {{131070, 65535}, {131072, 65536}, {150000, 65536}, {200000, 65536}, {2, 1}};
    struct unp_setup setup = {.ostreams = 7, .stack_defaults = true};
    char expected[100];

    for (size_t i = 0; i < COUNT(cases); i++) {
        start(state);
        buffer = cases[i].buffer;
        Unp_open(&setup, AF_INET);
        snprintf(expected, sizeof(expected), "SCTP %d %d\n", SCTP_PARTIAL_DELIVERY_POINT,
                 cases[i].point);
        assert_contains(calls, expected);
    }
}

UNIT_TEST(addresses_are_bound_at_the_port)
{
    struct unp_setup setup = {.ostreams = 7, .port = 7};
    char expected[100] = "";

    assert_int_equal(unp_addrs_add(&setup.local, "127.0.0.1", 0), 0);
    assert_int_equal(Unp_listen(&setup), FD);
    LINE("SO %d 1\nbindx 1 127.0.0.1:7\nlisten 4096\n", SO_REUSEADDR);
    assert_string_equal(last_calls(), expected);
    assert_contains(calls, "socket 2 "); /* AF_INET */
    start(state);
    setup.port = 0;
    assert_int_equal(unp_addrs_add(&setup.local, "::1", 0), 0);
    assert_int_equal(Unp_open(&setup, AF_INET), FD);
    assert_string_equal(last_calls(), "bindx 2 127.0.0.1:0\n");
    assert_contains(calls, "socket 10 "); /* AF_INET6 */
    unp_addrs_free(&setup.local);
}

static void open_one(void *arg)
{
    struct unp_setup setup = {.ostreams = 7, .buffer = 300000};

    refused = *(int *)arg;
    unprivileged = refused == SO_SNDBUF;
    fails = refused == -1;
    Unp_open(&setup, AF_INET);
}

UNIT_TEST(an_option_that_is_refused_ends_the_program)
{
    int event = SCTP_EVENT, nodelay = SCTP_NODELAY, sndbuf = SO_SNDBUF, unreadable = -1;
    char err[200];

    assert_int_equal(in_child(open_one, &event, err, sizeof(err)), EXIT_SYSTEM);
    assert_contains(err, "setsockopt SCTP_EVENT 0x8001: Operation not permitted");
    assert_int_equal(in_child(open_one, &nodelay, err, sizeof(err)), EXIT_SYSTEM);
    assert_contains(err, "setsockopt (level 132, option 3): Operation not permitted");
    assert_int_equal(in_child(open_one, &sndbuf, err, sizeof(err)), EXIT_SYSTEM);
    assert_contains(err, "setsockopt (level 1, option 7): Operation not permitted");
    assert_int_equal(in_child(open_one, &unreadable, err, sizeof(err)), EXIT_SYSTEM);
    assert_contains(err, "getsockopt (level 1, option 8)");
}

UNIT_TEST(the_largest_message_is_the_send_buffer)
{
    assert_int_equal(unp_max_message(FD), (1 << 20) + 1);
    fails = true;
    assert_int_equal(unp_max_message(FD), 0);
}

UNIT_TEST(a_subscription_is_made_for_the_given_association)
{
    assert_int_equal(unp_subscribe(FD, 9, SCTP_SENDER_DRY_EVENT, true), 0);
    refused = SCTP_EVENT;
    assert_int_equal(unp_subscribe(FD, 0, SCTP_SENDER_DRY_EVENT, false), -1);
    assert_string_equal(calls, "event 9 8009 1\nevent 0 8009 0\n");
}

static void open_socket(void *protocol)
{
    Socket(AF_INET, SOCK_STREAM, *(int *)protocol);
}

UNIT_TEST(a_socket_that_cannot_be_opened_is_no_lack_of_SCTP_when_memory_or_descriptors_lack)
{
    static const struct {
        int err, protocol, status;
    } cases[] = {
        {EMFILE, IPPROTO_SCTP, EXIT_SYSTEM},           {ENFILE, IPPROTO_SCTP, EXIT_SYSTEM},
        {ENOMEM, IPPROTO_SCTP, EXIT_SYSTEM},           {ENOBUFS, IPPROTO_SCTP, EXIT_SYSTEM},
        {EAFNOSUPPORT, IPPROTO_SCTP, EXIT_SYSTEM},     {EPROTONOSUPPORT, 0, EXIT_SYSTEM},
        {EPROTONOSUPPORT, IPPROTO_SCTP, EXIT_NO_SCTP},
    };
    char err[2000], line[200];

    for (size_t i = 0; i < COUNT(cases); i++) {
        int protocol = cases[i].protocol;

        no_socket = cases[i].err;
        assert_int_equal(in_child(open_socket, &protocol, err, sizeof(err)), cases[i].status);
        snprintf(line, sizeof(line), "open_test: socket: %s%s\n", strerror(cases[i].err),
                 cases[i].err == EMFILE ? "; raise the limit of descriptors (ulimit -n)" : "");
        if (cases[i].status == EXIT_SYSTEM)
            assert_string_equal(err, line);
        else
            assert_contains(err, "open_test: no SCTP socket: ");
    }
    no_socket = 0;
}

int main(void)
{
    return run_all_tests(start, NULL);
}
