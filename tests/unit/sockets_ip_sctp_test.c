/*
 * Options of IP and IPv6 on an SCTP socket, on both stacks: those of the userland stack act on the
 * UDP packets.
 */
#include "unit_sctp.h"

static int get_int(int fd, int level, int name)
{
    int n = -1;
    socklen_t size = sizeof(n);

    assert_int_equal(getsockopt(fd, level, name, &n, &size), 0);
    assert_int_equal(size, sizeof(n));
    return n;
}

static void set_int(int fd, int level, int name, int n)
{
    if (setsockopt(fd, level, name, &n, sizeof(n)) < 0)
        fail_msg("option %d of level %d: %s", name, level, strerror(errno));
}

UNIT_TEST(options_of_IP_read_back_as_set)
{
    static const struct {
        int level, name, usual, other;
    } options[] = {
        {IPPROTO_IP, IP_TOS, 0, 0xb8},
        {IPPROTO_IP, IP_TTL, 64, 7},
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT, IP_PMTUDISC_DONT},
        {IPPROTO_IP, IP_FREEBIND, 0, 1},
        {IPPROTO_IPV6, IPV6_TCLASS, 0, 0xb8},
        {IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64, 7},
    };
    const int domains[] = {AF_INET, AF_INET6};

    for (size_t i = 0; i < COUNT(options); i++)
        for (size_t d = 0; d < COUNT(domains); d++) {
            const int level = options[i].level, name = options[i].name;
            int fd = socket(domains[d], SOCK_SEQPACKET, IPPROTO_SCTP), n = options[i].other;
            socklen_t size = sizeof(n);

            assert_true(fd >= 0);
            if (domains[d] == AF_INET && level == IPPROTO_IPV6) {
                assert_fails(setsockopt(fd, level, name, &n, size), ENOPROTOOPT);
                assert_int_equal(getsockopt(fd, level, name, &n, &size), -1);
            } else {
                assert_int_equal(get_int(fd, level, name), options[i].usual);
                set_int(fd, level, name, n);
                assert_int_equal(get_int(fd, level, name), n);
            }
            close(fd);
        }
}

UNIT_TEST(values_that_IP_refuses_are_refused)
{
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), n = 256;

    assert_fails(setsockopt(fd, IPPROTO_IP, IP_TTL, &n, sizeof(n)), EINVAL);
    assert_fails(setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &n, sizeof(n)), EINVAL);
    assert_fails(setsockopt(fd, IPPROTO_IP, IP_TTL, &n, 0), EINVAL);
    assert_fails(setsockopt(fd, IPPROTO_IP, 9999, &n, sizeof(n)), ENOPROTOOPT);
    close(fd);
}

/* 203.0.113.0/24 is for documentation (RFC 5737). */
UNIT_TEST(with_IP_FREEBIND_a_socket_is_bound_to_an_address_that_this_machine_does_not_have)
{
    struct sockaddr_storage other = address("203.0.113.9", 0), at;
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    assert_fails(bind(fd, sockaddr_of(&other), sizeof(struct sockaddr_in)), EADDRNOTAVAIL);
    set_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
    assert_int_equal(bind(fd, sockaddr_of(&other), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, sockaddr_of(&at), &size), 0);
    assert_int_equal(((struct sockaddr_in *)(void *)&at)->sin_addr.s_addr, htonl(0xcb007109));
    close(fd);
}

/* ---- IPV6_V6ONLY ------------------------------------------------------------------ */

static int listen_at(int type, struct sockaddr_storage *at, bool v6only)
{
    const struct sctp_initmsg init = {.sinit_num_ostreams = 3};
    struct sctp_initmsg kept = {0};
    socklen_t size = sizeof(*at);
    int fd = socket(at->ss_family, type, IPPROTO_SCTP);

    set_timeouts(fd);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init)), 0);
    if (v6only)
        set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    assert_int_equal(bind(fd, sockaddr_of(at), unp_sock_len(sockaddr_of(at))), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, sockaddr_of(at), &size), 0);
    size = sizeof(kept);
    assert_int_equal(getsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &kept, &size), 0);
    assert_int_equal(kept.sinit_num_ostreams, 3);
    return fd;
}

/* A client of the host reaches fd, and not other. */
static void assert_reaches(const char *host, uint16_t port, int fd, int other)
{
    struct sockaddr_storage to = address(host, port);
    int client = socket(to.ss_family, SOCK_STREAM, IPPROTO_SCTP);

    set_timeouts(client);
    assert_int_equal(connect(client, sockaddr_of(&to), unp_sock_len(sockaddr_of(&to))), 0);
    assert_int_equal(send(client, "x", 1, 0), 1);
    assert_int_equal(polled(fd, POLLIN, PATIENCE * 1000), POLLIN);
    assert_int_equal(polled(other, POLLIN, 0), 0);
    close(client);
}

/* As ncat(1) -l does it. */
UNIT_TEST(IPv6_only_and_IPv4_sockets_listen_at_the_same_port)
{
    const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};

    for (size_t i = 0; i < COUNT(types); i++) {
        struct sockaddr_storage six = address("::", 0), four;
        int fd6 = listen_at(types[i], &six, true), fd4, mixed;

        four = address("0.0.0.0", port_of(&six));
        fd4 = listen_at(types[i], &four, false);
        assert_reaches("127.0.0.1", port_of(&six), fd4, fd6);
        close(fd6);
        six = address("::", port_of(&four));
        fd6 = listen_at(types[i], &six, true);
        assert_reaches("::1", port_of(&six), fd6, -1);
        close(fd6);
        mixed = socket(AF_INET6, types[i], IPPROTO_SCTP);
        six = address("::", port_of(&four));
        assert_fails(bind(mixed, sockaddr_of(&six), sizeof(struct sockaddr_in6)), EADDRINUSE);
        close(mixed);
        close(fd4);
    }
}

/* ---- on the wire: what the userland stack sends is received as UDP -------------- */

enum { CONTROL = 200 };

static int udp_receiver(int domain, struct sockaddr_storage *at)
{
    socklen_t size = sizeof(*at);
    const int on = 1;
    int fd = socket(domain, SOCK_DGRAM, 0);

    *at = address(domain == AF_INET ? "127.0.0.1" : "::1", 0);
    if (domain == AF_INET) {
        setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on));
        setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on));
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof(on));
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on));
    }
    set_timeouts(fd);
    assert_int_equal(bind(fd, sockaddr_of(at), unp_sock_len(sockaddr_of(at))), 0);
    assert_int_equal(getsockname(fd, sockaddr_of(at), &size), 0);
    return fd;
}

/* The value of a control message of the next packet. */
static int received(int fd, int level, int type, int other)
{
    unsigned char data[2000];
    _Alignas(struct cmsghdr) unsigned char control[CONTROL];
    struct iovec iov = {data, sizeof(data)};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};

    assert_true(recvmsg(fd, &m, 0) > 0);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == level && c->cmsg_type == type)
            return c->cmsg_len >= CMSG_LEN(sizeof(int)) ? *(int *)(void *)CMSG_DATA(c)
                                                        : *CMSG_DATA(c);
    return other;
}

/* before: the option is set before the socket is bound. */
static void assert_acts(int domain, int level, int name, int type, bool before)
{
    enum { VALUE = 0x20 };
    struct sockaddr_storage at;
    int udp = udp_receiver(domain, &at);
    int fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);
    struct sockaddr_storage local = address(domain == AF_INET ? "127.0.0.1" : "::1", 0);

    if (before)
        set_int(fd, level, name, VALUE);
    assert_int_equal(bind(fd, sockaddr_of(&local), unp_sock_len(sockaddr_of(&local))), 0);
    if (!before)
        set_int(fd, level, name, VALUE);
    assert_fails(connect(fd, sockaddr_of(&at), unp_sock_len(sockaddr_of(&at))), EINPROGRESS);
    assert_int_equal(received(udp, level, type, -1), VALUE);
    close(fd);
    close(udp);
}

UNIT_TEST(the_userland_stack_s_packets_have_the_TOS_and_TTL)
{
    if (!userland())
        skip();
    for (int before = 0; before < 2; before++) {
        assert_acts(AF_INET, IPPROTO_IP, IP_TOS, IP_TOS, before);
        assert_acts(AF_INET, IPPROTO_IP, IP_TTL, IP_TTL, before);
        assert_acts(AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, IPV6_TCLASS, before);
        assert_acts(AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, IPV6_HOPLIMIT, before);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
