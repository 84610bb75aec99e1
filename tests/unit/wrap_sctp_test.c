/* The capital-letter wrappers, with calls that succeed and calls that fail: lib/wrap.c. */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

/* Without it, as in libsctp 1.0.18, Sctp_sendv() and Sctp_recvv() fail. */
#ifdef HAVE_SCTP_SENDV
enum { HAS_SENDV = 1 };
#else
enum { HAS_SENDV = 0, SCTP_SENDV_SNDINFO };
#endif

/* ---- calls that succeed --------------------------------------------------- */

/* A server and a client, made with the wrappers only. */
static struct pair {
    int server, client;
    struct sockaddr_storage at;
} p;

static int open_pair(void **state)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1};
    socklen_t len = sizeof(p.at);
    const int on = 1;

    p.at = address("127.0.0.1", 0);
    p.server = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    p.client = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    set_timeouts(p.server);
    set_timeouts(p.client);
    Bind(p.server, sockaddr_of(&p.at), sizeof(struct sockaddr_in));
    Listen(p.server, 10);
    assert_int_equal(getsockname(p.server, sockaddr_of(&p.at), &len), 0);
    Setsockopt(p.server, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Setsockopt(p.client, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on));
    return 0;
}

static int close_pair(void **state)
{
    close(p.server);
    close(p.client);
    return 0;
}

/* The client sends, and so starts the association. */
static void say(const char *text)
{
    assert_int_equal(Sctp_sendmsg(p.client, text, strlen(text), sockaddr_of(&p.at),
                                  sizeof(struct sockaddr_in), 0, 0, 0, 0, 0),
                     strlen(text));
}

UNIT_TEST(sendmsg_and_recvmsg_carry_a_message_with_its_information)
{
    struct sctp_sndrcvinfo info;
    struct sockaddr_storage from;
    socklen_t len = sizeof(from);
    char buf[100];
    int flags;

    assert_int_equal(Sctp_sendmsg(p.client, "hello", 5, sockaddr_of(&p.at),
                                  sizeof(struct sockaddr_in), htonl(42), SCTP_UNORDERED, 3, 0, 0),
                     5);
    assert_int_equal(
        Sctp_recvmsg(p.server, buf, sizeof(buf), sockaddr_of(&from), &len, &info, &flags), 5);
    assert_memory_equal(buf, "hello", 5);
    assert_int_equal(info.sinfo_stream, 3);
    assert_int_equal(ntohl(info.sinfo_ppid), 42);
    assert_true(info.sinfo_flags & SCTP_UNORDERED);
    assert_true(flags & MSG_EOR);
    assert_int_equal(len, sizeof(struct sockaddr_in));
    assert_int_equal(from.ss_family, AF_INET);
    /* A reply to its source address. */
    assert_int_equal(Sctp_sendmsg(p.server, "world", 5, sockaddr_of(&from), len, 0, 0, 0, 1000, 0),
                     5);
    len = sizeof(from);
    assert_int_equal(
        Sctp_recvmsg(p.client, buf, sizeof(buf), sockaddr_of(&from), &len, &info, &flags), 5);
    assert_memory_equal(buf, "world", 5);
}

/* The association ends, and each call has sent 0 bytes. */
UNIT_TEST(a_shutdown_is_sent_without_data)
{
    struct sctp_sndinfo eof = {.snd_flags = SCTP_EOF};
    struct sctp_sndrcvinfo info = {.sinfo_flags = SCTP_EOF};

    for (int way = 0; way < 2 + HAS_SENDV; way++) {
        sctp_assoc_t id;

        Sctp_connectx(p.client, sockaddr_of(&p.at), 1, &id);
        eof.snd_assoc_id = info.sinfo_assoc_id = id;
        errno = ENOMEM;
        assert_int_equal(way == 0   ? Sctp_sendmsg(p.client, NULL, 0, sockaddr_of(&p.at),
                                                   sizeof(struct sockaddr_in), 0, SCTP_EOF, 0, 0, 0)
                         : way == 1 ? Sctp_send(p.client, NULL, 0, &info, 0)
                                    : Sctp_sendv(p.client, NULL, 0, NULL, 0, &eof, sizeof(eof),
                                                 SCTP_SENDV_SNDINFO, 0),
                         0);
        close_pair(NULL);
        open_pair(NULL);
    }
}

/* A one-to-one socket whose peer has shut the association down. */
static int open_ended(void)
{
    struct sockaddr_storage at = address("127.0.0.1", 0);
    socklen_t len = sizeof(at);
    int listening = Socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), server;
    int client = Socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    Bind(listening, sockaddr_of(&at), sizeof(struct sockaddr_in));
    Listen(listening, 1);
    assert_int_equal(getsockname(listening, sockaddr_of(&at), &len), 0);
    assert_int_equal(connect(client, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    server = accept(listening, NULL, NULL);
    assert_true(server >= 0);
    set_timeouts(server);
    close(client);
    close(listening);
    return server;
}

UNIT_TEST(the_end_of_a_one_to_one_association_is_0_bytes)
{
    char buf[10];
    const struct iovec iov = {.iov_base = buf, .iov_len = sizeof(buf)};
    struct sctp_rcvinfo info;
    socklen_t infolen = sizeof(info);
    unsigned int type;
    int fd = open_ended(), flags;

    assert_int_equal(Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, NULL, &flags), 0);
    close(fd);
    if (!HAS_SENDV)
        return;
    fd = open_ended();
    assert_int_equal(Sctp_recvv(fd, &iov, 1, NULL, NULL, &info, &infolen, &type, &flags), 0);
    close(fd);
}

UNIT_TEST(sctp_send_sends_to_the_association)
{
    struct sctp_sndrcvinfo info, reply = {.sinfo_stream = 2, .sinfo_ppid = htonl(42)};
    char buf[100];
    int flags;

    say("hello");
    Sctp_recvmsg(p.server, buf, sizeof(buf), NULL, NULL, &info, &flags);
    reply.sinfo_assoc_id = info.sinfo_assoc_id;
    assert_int_equal(Sctp_send(p.server, "world", 5, &reply, 0), 5);
    assert_int_equal(Sctp_recvmsg(p.client, buf, sizeof(buf), NULL, NULL, NULL, &flags), 5);
    assert_memory_equal(buf, "world", 5);
}

UNIT_TEST(sending_to_a_peer_that_has_left_does_not_end_the_program)
{
    const struct sctp_sndrcvinfo nobody_there = {.sinfo_assoc_id = 99999};
    int one_to_many = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    int one_to_one = Socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    assert_int_equal(Sctp_send(one_to_many, "x", 1, &nobody_there, MSG_NOSIGNAL), -1);
    assert_int_equal(errno, EPIPE);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(Sctp_sendmsg(one_to_one, "x", 1, NULL, 0, 0, 0, 0, 0, 0), -1);
    assert_int_equal(unp_send_failure(errno), SEND_ENDING);
    signal(SIGPIPE, SIG_DFL);
    close(one_to_many);
    close(one_to_one);
}

#ifdef HAVE_SCTP_SENDV
UNIT_TEST(sendv_and_recvv_carry_a_message_with_its_information)
{
    struct sctp_sendv_spa spa = {.sendv_flags = SCTP_SEND_SNDINFO_VALID | SCTP_SEND_PRINFO_VALID,
                                 .sendv_sndinfo = {.snd_sid = 3, .snd_ppid = htonl(42)},
                                 .sendv_prinfo = {.pr_policy = SCTP_PR_SCTP_TTL, .pr_value = 5000}};
    struct iovec out[] = {{.iov_base = (char[]){"hel"}, .iov_len = 3},
                          {.iov_base = (char[]){"lo"}, .iov_len = 2}};
    char first[2], second[100];
    struct iovec in[] = {{.iov_base = first, .iov_len = sizeof(first)},
                         {.iov_base = second, .iov_len = sizeof(second)}};
    struct sockaddr_storage from;
    socklen_t fromlen = sizeof(from), infolen = sizeof(struct sctp_rcvinfo);
    struct sctp_rcvinfo info;
    unsigned int type = 0;
    sctp_assoc_t id;
    const int on = 1;
    int flags;

    Setsockopt(p.server, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
    /* Linux 6.1 loses a message with SCTP_PRINFO that sets its association up implicitly. */
    Sctp_connectx(p.client, sockaddr_of(&p.at), 1, &id);
    assert_int_equal(
        Sctp_sendv(p.client, out, 2, sockaddr_of(&p.at), 1, &spa, sizeof(spa), SCTP_SENDV_SPA, 0),
        5);
    assert_int_equal(
        Sctp_recvv(p.server, in, 2, sockaddr_of(&from), &fromlen, &info, &infolen, &type, &flags),
        5);
    assert_memory_equal(first, "he", 2);
    assert_memory_equal(second, "llo", 3);
    assert_int_equal(type, SCTP_RECVV_RCVINFO);
    assert_int_equal(info.rcv_sid, 3);
    assert_int_equal(ntohl(info.rcv_ppid), 42);
    assert_true(info.rcv_assoc_id > 0);
    assert_true(flags & MSG_EOR);
    assert_int_equal(from.ss_family, AF_INET);
}
#endif

UNIT_TEST(the_flags_of_a_receiving_call_are_only_an_output)
{
    static const char *const texts[] = {"one", "two", "three", "four"};

    for (size_t i = 0; i < COUNT(texts); i++)
        say(texts[i]);
    for (size_t i = 0; i < COUNT(texts); i++) {
        char buf[100] = "";
        struct iovec iov = {.iov_base = buf, .iov_len = sizeof(buf)};
        int flags = MSG_PEEK | MSG_DONTWAIT;
        struct sctp_rcvinfo info;
        socklen_t infolen = sizeof(info);
        unsigned int type = 0;

        if (i % 2 || !HAS_SENDV)
            Sctp_recvmsg(p.server, buf, sizeof(buf), NULL, NULL, NULL, &flags);
        else
            Sctp_recvv(p.server, &iov, 1, NULL, NULL, &info, &infolen, &type, &flags);
        assert_string_equal(buf, texts[i]);
    }
}

UNIT_TEST(several_addresses_are_bound_connected_to_and_listed)
{
    int server = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    int client = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    struct unp_addrs list = {0};
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);
    struct sockaddr *addrs;
    sctp_assoc_t id = 0;
    char buf[100], expected[100];

    set_timeouts(server);
    set_timeouts(client);
    at = address("127.0.0.1", 0);
    Bind(server, sockaddr_of(&at), sizeof(struct sockaddr_in));
    assert_int_equal(getsockname(server, sockaddr_of(&at), &len), 0);
    assert_int_equal(unp_addrs_add(&list, "127.0.0.2", port_of(&at)), 0);
    assert_int_equal(unp_addrs_add(&list, "127.0.0.3", port_of(&at)), 0);
    Sctp_bindx(server, unp_addrs_next(&list, NULL), 2, SCTP_BINDX_ADD_ADDR);
    Listen(server, 10);
    assert_int_equal(Sctp_getladdrs(server, 0, &addrs), 3);
    sctp_freeladdrs(addrs);

    errno = ENOPROTOOPT; /* from before: libsctp would connect twice, and fail */
    Sctp_connectx(client, unp_addrs_next(&list, NULL), 2, &id);
    assert_true(id > 0);
    assert_int_equal(Sctp_getpaddrs(client, id, &addrs), 3);
    sctp_freepaddrs(addrs);
    assert_int_equal(unp_peer_addresses(client, id, buf, sizeof(buf)), 0);
    snprintf(expected, sizeof(expected), "port %u", port_of(&at));
    assert_contains(buf, expected);
    unp_addrs_free(&list);
    close(server);
    close(client);
}

UNIT_TEST(a_peeled_off_association_goes_on_by_itself)
{
    sctp_assoc_t id;
    char buf[100];
    int peeled, flags;

    Sctp_connectx(p.client, sockaddr_of(&p.at), 1, &id);
    peeled = Sctp_peeloff(p.client, id);
    set_timeouts(peeled);
    assert_int_equal(send(peeled, "hello", 5, 0), 5);
    assert_int_equal(Sctp_recvmsg(p.server, buf, sizeof(buf), NULL, NULL, NULL, &flags), 5);
    close(peeled);
}

UNIT_TEST(options_are_set_and_read)
{
    struct sctp_status status = {0};
    socklen_t len = sizeof(status);
    sctp_assoc_t id;
    int on = 0;

    Sctp_connectx(p.client, sockaddr_of(&p.at), 1, &id);
    Sctp_opt_info(p.client, id, SCTP_STATUS, &status, &len);
    assert_int_equal(status.sstat_assoc_id, id);
    assert_int_equal(status.sstat_state, SCTP_ESTABLISHED);
    len = sizeof(on);
    Getsockopt(p.client, IPPROTO_SCTP, SCTP_NODELAY, &on, &len);
    assert_int_equal(on, 1);
    assert_int_equal(len, sizeof(on));
}

/* ---- calls that fail ------------------------------------------------------ */

/* A socket without associations, an address without a server, an address of another host. */
static int fd;
static struct sockaddr_storage nobody, foreign;

static void open_lonely(void)
{
    socklen_t len = sizeof(nobody);

    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    set_timeouts(fd);
    nobody = address("127.0.0.1", 0);
    Bind(fd, sockaddr_of(&nobody), sizeof(struct sockaddr_in));
    getsockname(fd, sockaddr_of(&nobody), &len);
    foreign = address("192.0.2.1", 0);
}

static void bad_socket(void *arg)
{
    Socket(AF_INET, SOCK_STREAM, IPPROTO_UDP);
}

static void socket_of_no_family(void *arg)
{
    Socket(AF_MAX + 1, SOCK_SEQPACKET, IPPROTO_SCTP);
}

static void socket_without_descriptors(void *arg)
{
    const rlim_t next = (rlim_t)dup(fd);
    const struct rlimit none = {next, next};

    close((int)next);
    setrlimit(RLIMIT_NOFILE, &none);
    Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
}

static void bad_bind(void *arg)
{
    Bind(Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP), sockaddr_of(&nobody),
         sizeof(struct sockaddr_in));
}

static void foreign_bind(void *arg)
{
    Bind(Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP), sockaddr_of(&foreign),
         sizeof(struct sockaddr_in));
}

static void bad_listen(void *arg)
{
    Listen(STDIN_FILENO, 1);
}

static void bad_setsockopt(void *arg)
{
    Setsockopt(fd, IPPROTO_SCTP, 9999, "", 0);
}

static void bad_getsockopt(void *arg)
{
    socklen_t len = sizeof(int);
    int value;

    Getsockopt(fd, IPPROTO_SCTP, 9999, &value, &len);
}

static void bad_bindx(void *arg)
{
    Sctp_bindx(Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP), sockaddr_of(&foreign), 1,
               SCTP_BINDX_ADD_ADDR);
}

static void bad_bindx_of_two(void *arg)
{
    struct unp_addrs list = {0};

    unp_addrs_add(&list, "192.0.2.1", 0);
    unp_addrs_add(&list, "192.0.2.2", 0);
    Sctp_bindx(Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP), unp_addrs_next(&list, NULL), 2,
               SCTP_BINDX_ADD_ADDR);
}

static void bad_connectx(void *arg)
{
    sctp_assoc_t id;

    Sctp_connectx(Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP), sockaddr_of(&nobody), 1, &id);
}

static void bad_peeloff(void *arg)
{
    Sctp_peeloff(fd, 99);
}

static void bad_getpaddrs(void *arg)
{
    struct sockaddr *addrs = NULL;

    Sctp_getpaddrs(fd, 99, &addrs);
}

static void bad_getladdrs(void *arg)
{
    struct sockaddr *addrs = NULL;

    Sctp_getladdrs(fd, 99, &addrs);
}

static void bad_opt_info(void *arg)
{
    struct sctp_status status = {0};
    socklen_t len = sizeof(status);

    Sctp_opt_info(fd, 99, SCTP_STATUS, &status, &len);
}

static void unknown_opt_info(void *arg)
{
    struct sctp_assoc_value value = {0};
    socklen_t len = sizeof(value);

    Sctp_opt_info(fd, 0, 9999, &value, &len);
}

static void bad_sendmsg(void *arg)
{
    Sctp_sendmsg(fd, "x", 1, sockaddr_of(&nobody), sizeof(struct sockaddr_in), 0, 0, 99, 0, 0);
}

static void bad_send(void *arg)
{
    const struct sctp_sndrcvinfo empty = {.sinfo_stream = 3};

    Sctp_send(fd, "", 0, &empty, 0);
}

static void bad_recvmsg(void *arg)
{
    char buf[10];
    int flags;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, NULL, &flags);
}

static void bad_sendv(void *arg)
{
    const struct iovec iov = {.iov_base = (char[]){"x"}, .iov_len = 1};
    struct sctp_sndinfo snd = {.snd_sid = 99};

    Sctp_sendv(fd, &iov, 1, sockaddr_of(&nobody), 1, &snd, sizeof(snd), SCTP_SENDV_SNDINFO, 0);
}

static void bad_recvv(void *arg)
{
    char buf[10];
    const struct iovec iov = {.iov_base = buf, .iov_len = sizeof(buf)};
    struct sctp_rcvinfo info;
    socklen_t infolen = sizeof(info);
    unsigned int type;
    int flags;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    Sctp_recvv(fd, &iov, 1, NULL, NULL, &info, &infolen, &type, &flags);
}

/* Runs in the child, which on userland cannot use its parent's socket. */
static void make_alone(void *call)
{
    open_lonely();
    (*(void (**)(void *))call)(NULL);
}

UNIT_TEST(a_failed_call_ends_the_program_with_its_name)
{
    static const struct {
        void (*call)(void *);
        const char *name;
        int err;
    } calls[] = {
        {bad_socket, "socket: ", EPROTONOSUPPORT},
        {socket_of_no_family, "socket: ", EAFNOSUPPORT},
        {socket_without_descriptors, "socket: ", EMFILE},
        {bad_bind, "bind 127.0.0.1:", EADDRINUSE},
        {foreign_bind, "bind 192.0.2.1:0: ", EADDRNOTAVAIL},
        {bad_listen, "listen: ", ENOTSOCK},
        {bad_setsockopt, "setsockopt (level 132, option 9999): ", ENOPROTOOPT},
        {bad_getsockopt, "getsockopt (level 132, option 9999): ", ENOPROTOOPT},
        {bad_bindx, "sctp_bindx 192.0.2.1:0: ", EADDRNOTAVAIL},
        {bad_bindx_of_two,
         "sctp_bindx of several addresses, the first 192.0.2.1:0: ", EADDRNOTAVAIL},
        {bad_connectx, "sctp_connectx 127.0.0.1:", ECONNREFUSED},
        {bad_peeloff, "sctp_peeloff (association 99): ", EINVAL},
        {bad_getpaddrs, "sctp_getpaddrs (association 99): ", EINVAL},
        {bad_getladdrs, "sctp_getladdrs (association 99): ", EINVAL},
        {bad_opt_info, "sctp_opt_info (association 99, option 14): ", EINVAL},
        {unknown_opt_info, "sctp_opt_info (association 0, option 9999): ", ENOTSUP},
        {bad_sendmsg, "sctp_sendmsg (stream 99): ", EINVAL},
        {bad_send, "sctp_send (association 0, stream 3): ", EINVAL},
        {bad_recvmsg, "sctp_recvmsg: ", EAGAIN},
        {bad_sendv, "sctp_sendv: ", HAS_SENDV ? EINVAL : ENOSYS},
        {bad_recvv, "sctp_recvv: ", HAS_SENDV ? EAGAIN : ENOSYS},
    };
    char err[1024], expected[100];

    for (size_t i = 0; i < COUNT(calls); i++) {
        int status = in_child(make_alone, (void *)(uintptr_t)&calls[i].call, err, sizeof(err));

        snprintf(expected, sizeof(expected), "wrap_sctp_test: %s", calls[i].name);
        assert_contains(err, expected);
        assert_contains(err, strerror(calls[i].err));
        if (calls[i].err == EADDRINUSE)
            assert_contains(err, "; another program has this port: choose another port");
        if (calls[i].err == EMFILE)
            assert_contains(err, "; raise the limit of descriptors (ulimit -n)");
        if (calls[i].err == EADDRNOTAVAIL)
            assert_contains(err, "; it is not an address of this machine");
        if (status != EXIT_SYSTEM)
            fail_msg("%s: the status is %d", err, status);
        assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1); /* one line */
    }
}

static void no_protocol(void *arg)
{
    Socket(AF_INET, SOCK_DGRAM, IPPROTO_SCTP);
}

UNIT_TEST(a_kernel_without_sctp_has_an_exit_status_of_its_own)
{
    char err[2048];

    assert_int_equal(in_child(no_protocol, NULL, err, sizeof(err)), EXIT_NO_SCTP);
    assert_contains(err, "wrap_sctp_test: no SCTP socket: ");
    assert_contains(err, userland() ? "the userland stack cannot start, for the reason in its own"
                                    : "this kernel has SCTP loaded");
}

int main(void)
{
    return run_all_tests(open_pair, close_pair);
}
