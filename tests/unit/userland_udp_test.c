/*
 * The ports of the userland stack on UDP sockets of the loopback interface: userland/udp.c.
 */
#include "descriptors.h"
#include "model_udp.h"

#include <sys/resource.h>

#include "../../userland/inline_reader.h"

/* ---- SCTP_UDP_PORT, before this process has read it -------------------------------- */

static void use_common_port(void *arg)
{
    union address a = at("127.0.0.1", 7001), b = at("127.0.0.1", 7002), c = at("127.0.0.2", 7003);
    struct family *f = &udp_families[0];
    struct udp_port *first, *second, *third, *ephemeral;
    char text[20];

    snprintf(text, sizeof(text), "%d", address_port(&at_peer));
    setenv("SCTP_UDP_PORT", text, 1);
    CHECK((first = udp_open(&a, false, NULL)) && (second = udp_open(&b, false, NULL)));
    CHECK((third = udp_open(&c, false, NULL)) && (ephemeral = open_port("127.0.0.1")));
    CHECK(first != second && first->fd == second->fd && third->fd != first->fd);
    CHECK(udp_port_number(first) == 7001 && udp_port_number(second) == 7002);
    CHECK(!udp_is_own(first) && !udp_is_own(third) && udp_is_own(ephemeral));
    CHECK(first->address.in.sin_port == at_peer.in.sin_port);
    CHECK(udp_at_common_port(f, NULL) == first && udp_at_common_port(f, &c) == third);
    CHECK(!udp_at_common_port(f, &(union address){.in = {.sin_family = AF_INET}}));
    CHECK(!udp_at_common_port(&udp_families[1], NULL));
    udp_close(first);
    CHECK(fcntl(second->fd, F_GETFD) >= 0 && udp_at_common_port(f, NULL) == second);
    /* epoll reports the socket as the other port now. */
    struct epoll_event event;
    int plain = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(sendto(plain, "x", 1, 0, &at_peer.sa, sizeof(at_peer.in)) == 1);
    CHECK(epoll_wait(f->epoll, &event, 1, SOON) == 1 && event.data.u64 == udp_epoll_key(second));
    const int fd = second->fd;
    udp_close(second);
    CHECK(fcntl(fd, F_GETFD) < 0);
    udp_close(third);
    CHECK(!udp_at_common_port(f, NULL));
}

UNIT_TEST(ports_behind_SCTP_UDP_PORT_share_a_UDP_socket)
{
    char err[300];

    close(peer); /* the child uses its UDP port */
    peer = -1;
    if (in_child(use_common_port, NULL, err, sizeof(err)) != 0)
        fail_msg("%s", err);
}

static void print_common_port(void *text)
{
    setenv("SCTP_UDP_PORT", text, 1);
    for (int i = 0; i < 2; i++) /* a message is printed once */
        fprintf(stderr, "=%d", udp_common_port());
}

UNIT_TEST(SCTP_UDP_PORT_is_a_number_up_to_65535)
{
    static const struct {
        const char *text;
        int port;
        bool told;
    } cases[] = {{"9899", 9899, false}, {"65535", 65535, false}, {"1", 1, false},
                 {"0", 0, false},       {"", 0, false},          {"65536", 0, true},
                 {"-1", 0, true},       {"9899x", 0, true},      {"x", 0, true}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        char err[300], expected[20];

        assert_int_equal(in_child(print_common_port, (void *)cases[i].text, err, sizeof(err)), 0);
        snprintf(expected, sizeof(expected), "=%d=%d", cases[i].port, cases[i].port);
        assert_contains(err, expected);
        assert_int_equal(strstr(err, "is not a port, 1 to 65535; ignored") != NULL, cases[i].told);
    }
    assert_int_equal(udp_common_port(), 0); /* without the variable */
    assert_int_equal(udp_peer_port(), 1);
}

/* ---- ports ------------------------------------------------------------------------ */

UNIT_TEST(a_port_is_shared_by_address_and_closed_with_its_last_sharer)
{
    struct udp_port *port = open_port("127.0.0.1"), *other, *same;
    const uint16_t number = udp_port_number(port);
    union address a = at("127.0.0.1", number), b = at("127.0.0.2", number);
    const int fd = port->fd;

    assert_int_equal(address_port(&port->address), number);
    assert_true(udp_is_own(port));
    assert_true(udp_is_at(port, &a));
    assert_false(udp_is_at(port, &b));
    a = at("::1", number);
    assert_false(udp_is_at(port, &a));
    a = at("127.0.0.1", number);
    same = udp_open(&a, false, NULL);
    assert_ptr_equal(same, port);
    other = udp_open(&b, false, NULL);
    assert_non_null(other);
    assert_ptr_not_equal(other, port);
    assert_ptr_equal(udp_find_port(udp_epoll_key(port)), port);
    assert_ptr_equal(udp_find_port(udp_epoll_key(other)), other);
    udp_close(port);
    assert_ptr_equal(udp_find_port(udp_epoll_key(port)), port);
    assert_ptr_equal(descriptor_get(fd), &descriptor_own);
    const uint64_t key = udp_epoll_key(port);
    udp_close(port);
    assert_null(udp_find_port(key));
    assert_null(descriptor_get(fd));
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_ptr_equal(udp_find_port(udp_epoll_key(other)), other);
    port = udp_open(&a, false, NULL); /* the same address and number, but another port */
    assert_non_null(port);
    assert_null(udp_find_port(key));
    udp_close(port);
    udp_close(other);
    a = at_peer; /* a UDP port that is in use */
    errno = 0;
    assert_null(udp_open(&a, false, NULL));
    assert_int_equal(errno, EADDRINUSE);
}

UNIT_TEST(the_UDP_sockets_have_the_options_that_are_needed)
{
    struct udp_port *four = open_port("127.0.0.1"), *six = open_port("::1");

    assert_int_equal(option_of(four->fd, IPPROTO_IP, IP_PKTINFO), 1);
    assert_int_equal(option_of(four->fd, IPPROTO_IP, IP_RECVERR), 1);
    assert_int_equal(option_of(six->fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    assert_int_equal(option_of(six->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO), 1);
    assert_int_equal(option_of(six->fd, IPPROTO_IPV6, IPV6_RECVERR), 1);
    for (int i = 0; i < 2; i++) {
        const int buffer = 4 * 1024 * 1024, name = i ? SO_RCVBUF : SO_SNDBUF;
        int plain = socket(AF_INET, SOCK_DGRAM, 0);

        if (setsockopt(plain, SOL_SOCKET, i ? SO_RCVBUFFORCE : SO_SNDBUFFORCE, &buffer,
                       sizeof(buffer)) < 0)
            setsockopt(plain, SOL_SOCKET, name, &buffer, sizeof(buffer));
        assert_int_equal(option_of(four->fd, SOL_SOCKET, name), option_of(plain, SOL_SOCKET, name));
        close(plain);
    }
    assert_true(fcntl(four->fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(four->fd, F_GETFL) & O_NONBLOCK);
    assert_true(four->fd >= 512 || fcntl(512, F_GETFD) >= 0);
    assert_int_equal(udp_epoll_key(six) >> 16 & 1, 1);
    assert_ptr_equal(udp_find_port(udp_epoll_key(six)), six);
    udp_close(four);
    udp_close(six);
    libc_table.setsockopt = setsockopt_recorded;
    udp_close(open_port("127.0.0.1"));
    assert_int_equal(calls.n_options, 0);
    calls.unprivileged = true;
    four = open_port("127.0.0.1");
    libc_table.setsockopt = setsockopt;
    assert_int_equal(calls.n_options, 4);
    assert_int_equal(calls.options[0], SO_RCVBUF);
    assert_int_equal(calls.options[1], 4 * 1024 * 1024);
    assert_int_equal(calls.options[2], SO_SNDBUF);
    assert_int_equal(calls.options[3], 4 * 1024 * 1024);
    udp_close(four);
}

UNIT_TEST(a_port_is_in_use_until_all_sharers_have_retired_it)
{
    struct udp_port *port = udp_share(open_port("127.0.0.1"));

    assert_true(udp_in_use(port));
    udp_retire(port);
    assert_true(udp_in_use(port));
    udp_retire(port);
    assert_false(udp_in_use(port));
    udp_unretire(port);
    assert_true(udp_in_use(port));
    udp_unretire(port);
    udp_close(port);
    udp_close(port);
}

static void drop(void *arg)
{
    struct udp_port *port = arg;
    const uint64_t key = udp_epoll_key(port);

    udp_drop_inherited();
    CHECK(!udp_find_port(key) && !udp_is_handle(udp_families[0].epoll));
    CHECK(udp_families[0].handle == 0 && udp_families[1].handle == 0);
    CHECK(!udp_families[1].buffers);
}

UNIT_TEST(handles_are_told_from_descriptors)
{
    struct udp_port *port = open_port("::1");
    char err[300];

    assert_true(udp_is_handle(udp_families[0].handle));
    assert_true(udp_is_handle(udp_families[1].handle));
    assert_false(udp_is_handle(0));
    assert_false(udp_is_handle(-1));
    assert_false(udp_is_handle(port->fd));
    assert_ptr_equal(descriptor_get(udp_families[0].handle), &descriptor_own);
    assert_int_equal(in_child(drop, port, err, sizeof(err)), 0);
    udp_close(port);
}

static void close_handle(void *arg)
{
    struct msghdr m = {0};

    CHECK(udp_close_handle(udp_families[1].handle) == 0);
    CHECK(udp_families[1].ending && !udp_families[0].ending);
    CHECK(udp_recvmsg(udp_families[1].handle, &m) == -1 && errno == EBADF);
}

static void read_by_a_thread_of_the_stack(void *arg)
{
    struct udp_port *port = arg;
    struct family *f = &udp_families[0];
    unsigned char packet[20], room[100];
    struct iovec iov = {room, sizeof(room)};
    union address from;
    _Alignas(struct cmsghdr) unsigned char control[100];
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_name = &from, .msg_control = control};

    struct usock *s = usock_allocate();

    ready_send_blocked(s);
    make(packet, port->number, 3);
    for (int i = 0; i < 2; i++) {
        CHECK(s->send_blocked);
        CHECK(sendto(peer, packet, 20, 0, &port->address.sa, sizeof(port->address.in)) == 20);
        m.msg_namelen = sizeof(from.in);
        m.msg_controllen = sizeof(control);
        CHECK(udp_recvmsg(f->handle, &m) == 20 && filter.received == i + 1 && filter.done == i);
    }
    CHECK(!s->send_blocked && !s->ready); /* since the second call */
    lock_release();
}

static void have_no_stdin(void *arg)
{
    union address from;

    close(STDIN_FILENO);
    CHECK(udp_handle(AF_INET) > 0);
    CHECK(udp_handle(AF_INET6) > 0);
    close(STDIN_FILENO);
    CHECK(local_address_by_route(&at_peer, &from) && fcntl(STDIN_FILENO, F_GETFD) < 0);
    CHECK(open_port("127.0.0.1")->fd > 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, 100}) == 0);
    CHECK(open_port("127.0.0.1")->fd == 0); /* there is no descriptor that is out of the way */
}

static int no_socket(int domain, int type, int protocol)
{
    errno = EAFNOSUPPORT;
    return -1;
}

/* libusrsctp compares the result with -1. */
static void fail_to_make_handles(void *arg)
{
    struct rlimit few;

    libc_table.socket = no_socket;
    CHECK(udp_handle(AF_INET6) == -1 && errno == EAFNOSUPPORT);
    libc_table.socket = socket;
    CHECK(getrlimit(RLIMIT_NOFILE, &few) == 0);
    few.rlim_cur = 1;
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    CHECK(udp_handle(AF_INET) == -1 && errno == EMFILE);
}

UNIT_TEST(without_IPv6_or_descriptors_there_is_no_handle)
{
    char err[300];

    if (in_child(fail_to_make_handles, NULL, err, sizeof(err)) != 0)
        fail_msg("%s", err);
}

UNIT_TEST(a_thread_of_the_stack_reads_packets_and_ends_with_its_handle)
{
    struct udp_port *port = open_port("127.0.0.1");
    char err[300];

    if (in_child(close_handle, NULL, err, sizeof(err)) != 0)
        fail_msg("%s", err);
    if (in_child(read_by_a_thread_of_the_stack, port, err, sizeof(err)) != 0)
        fail_msg("%s", err);
    if (in_child(have_no_stdin, NULL, err, sizeof(err)) != 0)
        fail_msg("%s", err);
    udp_close(port);
}

UNIT_TEST(without_a_function_of_libusrsctp_the_reader_leaves_no_descriptor_open)
{
    const struct reader before = reader;
    const int open_before = open_descriptors();

    assert_null(usr.input);
    reader = (struct reader){0};
    reader_watch(EPOLL_CTL_ADD, peer, 5);
    assert_true(reader.never);
    assert_false(reader.ready);
    assert_int_equal(open_descriptors(), open_before);
    reader = before;
}

int main(void)
{
    alarm(120);
    unsetenv("SCTP_UDP_PORT");
    return run_all_tests(begin, NULL);
}
