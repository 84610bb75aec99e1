/*
 * Programs that have a UDP socket with the number of an SCTP port.  With the kernel's SCTP the two
 * have nothing to do with each other.  The userland stack needs another UDP port then, and its
 * peers have to find it.
 */
#include "unit_sctp.h"

#include <sys/un.h>

static struct {
    int udp, server, family;
    uint16_t port;
    struct sockaddr_storage at; /* of the server, for clients */
} t;

static struct sockaddr_storage at_any(int family, uint16_t port)
{
    return address(family == AF_INET ? "0.0.0.0" : "::", port);
}

static socklen_t size_of(const struct sockaddr_storage *ss)
{
    return unp_sock_len((const struct sockaddr *)(const void *)ss);
}

static int bind_to(int fd, uint16_t port)
{
    struct sockaddr_storage any = at_any(t.family, port);

    return bind(fd, sockaddr_of(&any), size_of(&any));
}

/* The stack frees a port when it has read the last packet of the association, which is under way.
 */
static int udp_socket(uint16_t port)
{
    int64_t deadline = unp_now() + PATIENCE * 1000;
    int fd = socket(t.family, SOCK_DGRAM, 0), bound;

    while ((bound = bind_to(fd, port)) < 0 && errno == EADDRINUSE && unp_now() < deadline)
        poll(NULL, 0, 1);
    assert_int_equal(bound, 0);
    return fd;
}

/* A UDP socket at any port that has an alternative. */
static void choose_port(void)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);

    for (;;) {
        t.udp = udp_socket(0);
        assert_int_equal(getsockname(t.udp, sockaddr_of(&name), &len), 0);
        t.port = port_of(&name);
        if (t.port >= 33792)
            return;
        close(t.udp);
    }
}

static int begin(void **state)
{
    t.family = *state ? AF_INET6 : AF_INET;
    t.server = -1;
    choose_port();
    t.at = address(t.family == AF_INET ? "127.0.0.1" : "::1", t.port);
    return 0;
}

static int end(void **state)
{
    close(t.udp);
    close(t.server);
    return 0;
}

/* The SCTP port is bound; -1 and errno. */
static int bind_server(void)
{
    t.server = socket(t.family, SOCK_STREAM, IPPROTO_SCTP);
    set_timeouts(t.server);
    return bind_to(t.server, t.port) < 0 ? -1 : listen(t.server, 5);
}

/* Without assertions: it also runs in a child. */
static int talk_to_server(void)
{
    char text[10];
    int fd = socket(t.family, SOCK_STREAM, IPPROTO_SCTP);
    const struct timeval tv = {.tv_sec = 60};

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    if (connect(fd, sockaddr_of(&t.at), size_of(&t.at)) < 0)
        return errno;
    if (send(fd, "hello", 5, 0) != 5 || recv(fd, text, sizeof(text), 0) != 4)
        return 200;
    return close(fd) == 0 ? 0 : 201;
}

static int exit_status(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Another process reaches the server. */
static void assert_reachable(void)
{
    char text[10];
    int fd;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        _exit(talk_to_server());
    fd = accept(t.server, NULL, NULL);
    assert_true(fd >= 0);
    if (recv(fd, text, sizeof(text), 0) == 5)
        send(fd, "back", 4, 0);
    assert_int_equal(exit_status(pid), 0);
    close(fd);
}

static int bind_in_child(void)
{
    int fd = socket(t.family, SOCK_STREAM, IPPROTO_SCTP);

    return bind_to(fd, t.port) < 0 && errno == EADDRINUSE ? 0 : 1;
}

/* Another process cannot have the SCTP port, and so no other server is taken for this one. */
static void assert_taken(void)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        _exit(bind_in_child());
    assert_int_equal(exit_status(pid), 0);
}

#define IN_BOTH_FAMILIES(f)                                                                        \
    UNIT_TEST_AGAIN(v6_##f, f, #f " (IPv6)", begin, end, 1)                                        \
    UNIT_TEST_WITH(f, begin, end, NULL)

IN_BOTH_FAMILIES(a_server_whose_udp_port_is_in_use_is_found)
{
    assert_int_equal(bind_server(), 0);
    assert_reachable();
    assert_taken();
    assert_reachable();
}

IN_BOTH_FAMILIES(a_server_is_found_after_the_other_udp_socket_was_closed)
{
    assert_int_equal(bind_server(), 0);
    close(t.udp);
    assert_taken();
    assert_reachable();
    t.udp = udp_socket(t.port); /* the program can have it again */
    assert_reachable();
}

IN_BOTH_FAMILIES(a_program_gets_the_udp_port_of_a_server_that_has_no_association)
{
    close(t.udp);
    assert_int_equal(bind_server(), 0);
    assert_reachable();
    t.udp = udp_socket(t.port);
    assert_reachable();
    assert_taken();
}

UNIT_TEST_WITH(a_program_does_not_get_the_udp_port_of_an_association, begin, end, NULL)
{
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), accepted, udp;
    char text[10];

    close(t.udp);
    assert_int_equal(bind_server(), 0);
    assert_int_equal(connect(fd, sockaddr_of(&t.at), size_of(&t.at)), 0);
    accepted = accept(t.server, NULL, NULL);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (userland())
        assert_fails(bind_to(udp, t.port), EADDRINUSE);
    assert_int_equal(send(fd, "hello", 5, 0), 5);
    assert_int_equal(recv(accepted, text, sizeof(text), 0), 5);
    close(accepted);
    close(fd);
    close(udp);
}

/* Any user can bind such a name. */
UNIT_TEST_WITH(a_forged_notice_does_not_lead_clients_away, begin, end, NULL)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    uint16_t other = t.port ^ 0x8000;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0), udp;
    int n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "libsctp_userland/%d/%d", t.port,
                     other);

    close(t.udp);
    for (int chosen = 1; chosen >= 0; chosen--) {
        struct sockaddr_storage at;
        socklen_t len = sizeof(at);

        if (chosen) {
            assert_int_equal(bind_server(), 0);
        } else { /* the port is an ephemeral one */
            close(t.server);
            t.server = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
            assert_int_equal(listen(t.server, 5), 0);
            assert_int_equal(getsockname(t.server, sockaddr_of(&at), &len), 0);
            t.port = port_of(&at);
            t.at = address("127.0.0.1", t.port);
            other = t.port ^ 0x8000;
            n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "libsctp_userland/%d/%d",
                         t.port, other);
            close(fd);
            fd = socket(AF_UNIX, SOCK_DGRAM, 0);
        }
        assert_int_equal(bind(fd, (struct sockaddr *)&name,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)),
                         0);
        udp = other < 1024 ? -1 : udp_socket(other);
        assert_reachable();
        if (udp >= 0)
            close(udp);
    }
    close(fd);
    t.udp = -1;
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
