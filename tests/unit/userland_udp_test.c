/*
 * The UDP side of the userland stack on real UDP sockets of the loopback interface, without the
 * stack: userland/udp….c, icmp.c, guardian.c, local_address.c.  The filter is a stub.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

#include "../../userland/address.h"
#include "../../userland/association.h"
#include "../../userland/descriptor.h"
#include "../../userland/guardian.h"
#include "../../userland/libusrsctp.h"
#include "../../userland/lock.h"
#include "../../userland/packet.h"
#include "../../userland/udp_port.h"

enum { SOON = 60000 }; /* ms */

/* ---- stubs ------------------------------------------------------------------------ */

static struct {
    enum verdict verdict;
    int received, sent, done;
    bool hides_port, forbids; /* the port of a received packet; to send a packet */
    in_port_t port;           /* of the peer */
    union address from, to, sent_to, sent_from;
    union address destination; /* of the last packet; family 0: of another sender */
} filter;

enum verdict association_received(const union address *from, const union address *to,
                                  const unsigned char *packet, size_t size)
{
    filter.received++;
    filter.from = *from;
    filter.to = *to;
    return filter.verdict;
}

bool association_sent(const union address *to, const union address *from,
                      const unsigned char *packet, size_t size)
{
    filter.sent++;
    filter.sent_to = *to;
    filter.sent_from = *from;
    return !filter.forbids;
}

in_port_t association_port(const union address *to, const unsigned char *packet)
{
    return filter.port;
}

bool association_shows_port(void)
{
    return !filter.hides_port;
}

bool association_destination(const union address *from, union address *to)
{
    *to = filter.destination;
    return to->sa.sa_family != 0;
}

void association_packet_done(void)
{
    filter.done++;
}

void association_drop_inherited(void)
{
}

static uint32_t sum(void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint32_t n = 0;

    for (size_t i = 0; i < size; i++)
        n = n * 31 + bytes[i];
    return n;
}

/* The addresses that libusrsctp knows. */
static struct {
    union address known[400];
    int n, lists; /* lists: how many of interfaces with more than one */
    bool full;
} stack;

static union address *known(struct sockaddr *address)
{
    const union address *a = (void *)address;

    for (int i = 0; i < stack.n; i++)
        if (stack.known[i].sa.sa_family == a->sa.sa_family && address_same_host(&stack.known[i], a))
            return &stack.known[i];
    return NULL;
}

static void *find_address(struct sockaddr *address, uint32_t vrf, int locked)
{
    assert_int_equal(vrf, 0);
    assert_int_equal(locked, 0);
    return known(address);
}

static void *add_address(uint32_t vrf, void *ifn, uint32_t index, uint32_t type, const char *name,
                         void *ifa, struct sockaddr *address, uint32_t flags, int dynamic)
{
    assert_true(vrf == 0 && index > 0 && type == 0 && flags == 0 && dynamic == 0);
    if (stack.full)
        return NULL;
    if (!known(address)) {
        memset(&stack.known[stack.n], 0, sizeof(union address));
        memcpy(&stack.known[stack.n++], address, address_size(address));
    }
    return stack.known;
}

static union address at(const char *host, uint16_t port)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_port = htons(port)}};

    if (inet_pton(AF_INET, host, &a.in.sin_addr) != 1) {
        a = (union address){.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
        assert_int_equal(inet_pton(AF_INET6, host, &a.in6.sin6_addr), 1);
    }
    return a;
}

static bool knows(const char *host)
{
    union address a = at(host, 0);

    return known(&a.sa) != NULL;
}

/* libc's functions as the stack calls them. */
static struct {
    int errors[4], n_errors, sends; /* what sendmsg() fails with; then it succeeds */
    int connects;
    bool unprivileged;
    int options[4], n_options; /* the sizes of buffers that were set without privilege */
} calls;

static ssize_t sendmsg_fails(int fd, const struct msghdr *m, int flags)
{
    assert_int_equal(flags, MSG_DONTWAIT | MSG_NOSIGNAL);
    errno = calls.sends < calls.n_errors ? calls.errors[calls.sends] : 0;
    calls.sends++;
    return errno ? -1 : 1;
}

static int connect_counted(int fd, const struct sockaddr *to, socklen_t length)
{
    calls.connects++;
    return connect(fd, to, length);
}

static int setsockopt_unprivileged(int fd, int level, int name, const void *value, socklen_t length)
{
    if (level == SOL_SOCKET && (name == SO_RCVBUFFORCE || name == SO_SNDBUFFORCE)) {
        errno = EPERM;
        return -1;
    }
    if (level == SOL_SOCKET) {
        calls.options[calls.n_options++] = name;
        memcpy(&calls.options[calls.n_options++], value, sizeof(int));
    }
    return setsockopt(fd, level, name, value, length);
}

static int lists, lists_read; /* of interfaces; lists: that have not been freed */

int getifaddrs(struct ifaddrs **list)
{
    static struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f};
    static struct sockaddr other = {.sa_family = AF_PACKET};
    static struct ifaddrs interfaces[] = {
        {.ifa_name = (char *)"lo", .ifa_next = &interfaces[1]},
        {.ifa_name = (char *)"lo", .ifa_next = &interfaces[2], .ifa_addr = &other},
        {.ifa_name = (char *)"lo", .ifa_addr = (struct sockaddr *)&address}};

    lists++;
    lists_read++;
    *list = interfaces;
    return 0;
}

void freeifaddrs(struct ifaddrs *list)
{
    assert_string_equal(list->ifa_name, "lo");
    lists--;
}

static struct timespec now; /* 0: the real time */

int clock_gettime(clockid_t clock, struct timespec *to)
{
    if (!now.tv_sec)
        return (int)syscall(SYS_clock_gettime, clock, to);
    *to = now;
    return 0;
}

/* ---- the peer: a plain UDP socket ---------------------------------------------------- */

static int peer = -1;
static union address at_peer;

static void open_peer(const char *host)
{
    socklen_t length = sizeof(at_peer);

    if (peer >= 0)
        close(peer);
    at_peer = at(host, 0);
    peer = socket(at_peer.sa.sa_family, SOCK_DGRAM, 0);
    assert_int_equal(bind(peer, &at_peer.sa, address_size(&at_peer.sa)), 0);
    assert_int_equal(getsockname(peer, &at_peer.sa, &length), 0);
}

/* Makes a packet to an SCTP port with one chunk. */
static size_t make(unsigned char *packet, uint16_t to, unsigned char type)
{
    uint32_t check;

    memset(packet, 0, 20);
    memcpy(packet, (uint16_t[]){htons(5000), htons(to)}, 4);
    memcpy(packet + 4, "\1\2\3\4", 4);
    memcpy(packet + 12, (unsigned char[]){type, 0, 0, 8}, 4);
    check = sum(packet, 20);
    memcpy(packet + 8, &check, 4);
    return 20;
}

static void peer_sends(const struct udp_port *port, const char *host, const void *packet,
                       size_t size)
{
    const union address to = at(host, address_port(&port->address));
    struct pollfd readable = {.fd = port->fd, .events = POLLIN};

    assert_int_equal(sendto(peer, packet, size, 0, &to.sa, address_size(&to.sa)), size);
    assert_int_equal(poll(&readable, 1, SOON), 1);
}

/* What the peer has received, and from where; -1: nothing. */
static ssize_t peer_receives(void *packet, union address *from)
{
    socklen_t length = sizeof(*from);

    memset(from, 0, sizeof(*from));
    return recvfrom(peer, packet, 2000, MSG_DONTWAIT, &from->sa, &length);
}

/* ---- the stack's side ------------------------------------------------------------------ */

static unsigned char got[70000];
static struct msghdr got_msg;
static union address got_from, got_to;

/* What recvmsg() gives libusrsctp of a port's next packet: its size. */
static ssize_t deliver(struct udp_port *port)
{
    struct family *f = udp_family_of(port->address.sa.sa_family);
    static struct iovec iov[2];
    static _Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    ssize_t n;

    iov[0] = (struct iovec){got, 13};
    iov[1] = (struct iovec){got + 13, sizeof(got) - 13};
    memset(got, 0, sizeof(got));
    memset(&got_from, 0, sizeof(got_from));
    got_msg = (struct msghdr){.msg_name = &got_from,
                              .msg_namelen =
                                  f == udp_families ? sizeof(got_from.in) : sizeof(got_from.in6),
                              .msg_iov = iov,
                              .msg_iovlen = 2,
                              .msg_control = control,
                              .msg_controllen = sizeof(control)};
    n = udp_deliver(f, &got_msg);
    udp_take_destination(&got_msg, f == udp_families ? AF_INET : AF_INET6, &got_to);
    return n;
}

static struct udp_port *open_port(const char *host)
{
    const union address a = at(host, 0);
    struct udp_port *port = udp_open(&a, true);

    assert_non_null(port);
    return port;
}

static int begin(void **state)
{
    static bool begun;

    if (!begun) {
        usr.crc32c = sum;
        usr.find_address = find_address;
        usr.add_address = add_address;
        assert_true(udp_handle(AF_INET) > 0);
        assert_true(udp_handle(AF_INET6) > 0);
        begun = true;
    }
    memset(&filter, 0, sizeof(filter));
    memset(&stack, 0, sizeof(stack));
    memset(&calls, 0, sizeof(calls));
    now.tv_sec = lists_read = 0;
    local_address_drop_inherited();
    open_peer("127.0.0.1");
    return 0;
}

static int option_of(int fd, int level, int name)
{
    int n = -1;
    socklen_t size = sizeof(n);

    assert_int_equal(getsockopt(fd, level, name, &n, &size), 0);
    return n;
}

/* ---- SCTP_UDP_PORT, before this process has read it -------------------------------- */

/* Prints what is wrong. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: " #condition "\n", __LINE__);                                \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void use_common_port(void *arg)
{
    union address a = at("127.0.0.1", 7001), b = at("127.0.0.1", 7002), c = at("127.0.0.2", 7003);
    struct family *f = &udp_families[0];
    struct udp_port *first, *second, *third, *ephemeral;
    char text[20];

    snprintf(text, sizeof(text), "%d", address_port(&at_peer));
    setenv("SCTP_UDP_PORT", text, 1);
    CHECK((first = udp_open(&a, false)) && (second = udp_open(&b, false)));
    CHECK((third = udp_open(&c, false)) && (ephemeral = open_port("127.0.0.1")));
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

    close(peer); /* whose UDP port is used */
    peer = -1;
    if (in_child(use_common_port, NULL, err, sizeof(err)) != 0)
        fail_msg("%s", err);
}

static void print_common_port(void *text)
{
    setenv("SCTP_UDP_PORT", text, 1);
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
        snprintf(expected, sizeof(expected), "=%d", cases[i].port);
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
    same = udp_open(&a, false);
    assert_ptr_equal(same, port);
    other = udp_open(&b, false);
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
    port = udp_open(&a, false); /* at the same place, and yet another */
    assert_non_null(port);
    assert_null(udp_find_port(key));
    udp_close(port);
    udp_close(other);
    a = at_peer; /* which has the UDP port */
    errno = 0;
    assert_null(udp_open(&a, false));
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
    libc_table.setsockopt = setsockopt_unprivileged;
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

    make(packet, port->number, 3);
    for (int i = 0; i < 2; i++) {
        CHECK(sendto(peer, packet, 20, 0, &port->address.sa, sizeof(port->address.in)) == 20);
        m.msg_namelen = sizeof(from.in);
        m.msg_controllen = sizeof(control);
        CHECK(udp_recvmsg(f->handle, &m) == 20 && filter.received == i + 1 && filter.done == i);
    }
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

/* ---- receiving --------------------------------------------------------------------------- */

UNIT_TEST(a_packet_has_its_addresses)
{
    static const char *const hosts[][3] = {{"127.0.0.1", "127.0.0.1", "127.0.0.1"},
                                           {"0.0.0.0", "127.0.0.1", "127.0.0.5"},
                                           {"::1", "::1", "::1"}};
    unsigned char packet[20];

    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct udp_port *port = open_port(hosts[i][0]);
        const union address us = at(hosts[i][2], 0);

        begin(state);
        open_peer(hosts[i][1]);
        make(packet, port->number, 3);
        peer_sends(port, hosts[i][2], packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), sizeof(packet));
        assert_memory_equal(got, packet, sizeof(packet));
        assert_int_equal(got[20], 0);
        assert_memory_equal(&got_from, &at_peer, address_size(&at_peer.sa));
        assert_true(address_same_host(&got_to, &us));
        assert_int_equal(filter.received, 1);
        assert_memory_equal(&filter.from, &at_peer, address_size(&at_peer.sa));
        assert_true(address_same_host(&filter.to, &us));
        filter.hides_port = true;
        peer_sends(port, hosts[i][2], packet, sizeof(packet));
        udp_read_batch(port);
        deliver(port);
        assert_int_equal(address_port(&got_from), udp_peer_port());
        assert_true(address_same_host(&got_from, &at_peer));
        udp_close(port);
    }
}

UNIT_TEST(packets_are_read_in_batches_of_16)
{
    struct udp_port *port = open_port("127.0.0.1");
    struct family *f = &udp_families[0];
    unsigned char packet[20];

    for (int i = 0; i < 20; i++) {
        make(packet, port->number, 3);
        packet[16] = (unsigned char)i;
        peer_sends(port, "127.0.0.1", packet, sizeof(packet));
    }
    for (int i = 0; i < 20; i++) {
        if (i % 16 == 0) {
            f->own_waiting = 2;
            udp_read_batch(port);
            assert_int_equal(f->own_waiting, 1);
            assert_int_equal(f->n_received, i ? 4 : 16);
        }
        deliver(port);
        assert_int_equal(got[16], i);
    }
    f->own_waiting = 0;
    udp_read_batch(port);
    assert_int_equal(f->own_waiting, 0);
    assert_int_equal(f->n_received, 0);
    udp_read_batch(NULL);
    udp_close(port);
}

UNIT_TEST(closing_a_port_drops_what_was_read_from_it)
{
    struct udp_port *port = open_port("127.0.0.1"), *other = open_port("127.0.0.1");
    unsigned char packet[20];

    make(packet, port->number, 3);
    peer_sends(port, "127.0.0.1", packet, sizeof(packet));
    udp_read_batch(port);
    udp_close(other);
    assert_int_equal(udp_families[0].n_received, 1);
    udp_close(port);
    assert_int_equal(udp_families[0].n_received, 0);
    assert_int_equal(udp_families[0].next_received, 0);
}

UNIT_TEST(a_packet_that_the_stack_must_not_get_is_cut_to_its_header)
{
    struct udp_port *port = open_port("127.0.0.1");
    unsigned char packet[20], answer[2000];
    union address from;

    for (int i = 0; i < 5; i++) {
        static const enum verdict verdicts[] = {PACKET_PASS, PACKET_DROP, PACKET_ANSWER,
                                                PACKET_PASS, PACKET_PASS};

        begin(state);
        filter.verdict = verdicts[i];
        make(packet, port->number, i == 3 ? CHUNK_INIT : 3); /* the INIT is too short */
        if (i == 4)
            udp_retire(port);
        peer_sends(port, "127.0.0.1", packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), i == 0 ? 20 : 12);
        assert_memory_equal(got, packet, 12);
        assert_int_equal(filter.received, i < 3);
        assert_int_equal(peer_receives(answer, &from), i == 2 ? 16 : -1);
    }
    udp_unretire(port);
    peer_sends(port, "127.0.0.1", packet, 3);
    udp_read_batch(port);
    filter.verdict = PACKET_DROP;
    assert_int_equal(deliver(port), 3);
    udp_close(port);
}

/* Only the port that the packet came to counts. */
UNIT_TEST(a_retired_port_of_another_address_does_not_matter)
{
    struct udp_port *port = open_port("127.0.0.1"), *second;
    union address b = at("127.0.0.2", port->number);
    unsigned char packet[20];

    second = udp_open(&b, true);
    assert_non_null(second);
    make(packet, port->number, 3);
    for (int i = 0; i < 2; i++) {
        udp_retire(i ? port : second);
        peer_sends(port, "127.0.0.1", packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), i ? 12 : 20);
    }
    udp_unretire(port);
    udp_unretire(second);
    udp_close(port);
    udp_close(second);
}

UNIT_TEST(a_packet_out_of_the_blue_is_answered_from_the_address_that_it_came_to)
{
    struct udp_port *port = open_port("0.0.0.0");
    const union address us = at("127.0.0.5", port->number);
    unsigned char packet[20], answer[2000];
    union address from;

    filter.verdict = PACKET_ANSWER;
    for (int i = 0; i < 3; i++) {
        make(packet, port->number, i == 1 ? CHUNK_SHUTDOWN_ACK : 3);
        packet[10] ^= i == 2;
        peer_sends(port, "127.0.0.5", packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), 12);
        assert_int_equal(peer_receives(answer, &from), i == 2 ? -1 : 16);
        if (i == 2) /* its checksum is wrong */
            break;
        assert_memory_equal(&from, &us, sizeof(us.in));
        assert_memory_equal(answer, packet + 2, 2);
        assert_memory_equal(answer + 2, packet, 2);
        assert_memory_equal(answer + 4, packet + 4, 4);
        assert_memory_equal(answer + 12, i ? "\16\1\0\4" : "\6\1\0\4", 4);
        assert_true(packet_intact(answer, 16));
    }
    udp_close(port);
}

UNIT_TEST(multicast_is_told_by_address)
{
    static const struct {
        const char *host;
        bool multicast;
    } cases[] = {{"127.0.0.1", false}, {"224.0.0.1", true}, {"239.255.0.1", true},
                 {"240.0.0.1", false}, {"::1", false},      {"ff02::1", true}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        const union address a = at(cases[i].host, 0);

        assert_int_equal(udp_is_multicast(&a), cases[i].multicast);
    }
}

UNIT_TEST(ABORTs_are_counted_by_port)
{
    struct udp_port *port = open_port("127.0.0.1"), *other = open_port("127.0.0.1");
    struct udp_port *both[] = {port, other};
    unsigned char packet[20];

    for (int i = 0; i < 4; i++) {
        make(packet, port->number, i == 1 ? 3 : CHUNK_ABORT);
        filter.verdict = i == 2 ? PACKET_DROP : PACKET_PASS;
        peer_sends(port, "127.0.0.1", packet, i == 3 ? 13 : sizeof(packet));
        udp_read_batch(port);
        deliver(port);
    }
    assert_int_equal(udp_aborts(both, 1), 2);
    assert_int_equal(udp_aborts(both + 1, 1), 0);
    assert_int_equal(udp_aborts(both, 2), 2);
    peer_sends(port, "127.0.0.1", packet, 12);
    udp_read_batch(port);
    deliver(port);
    make(packet, other->number, CHUNK_ABORT);
    peer_sends(other, "127.0.0.1", packet, sizeof(packet));
    udp_read_batch(other);
    deliver(other);
    assert_int_equal(udp_aborts(both, 2), 3);
    udp_close(port);
    udp_close(other);
}

UNIT_TEST(addresses_of_packets_that_pass_become_known)
{
    static const struct {
        const char *from, *to;
        int chunk;
        enum verdict verdict;
        bool intact, knows_from, knows_to, knows_all;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", 3, PACKET_PASS, true, false, false, false},
        {"127.0.0.6", "127.0.0.1", 3, PACKET_PASS, true, true, false, false},
        {"127.0.0.1", "127.0.0.7", 3, PACKET_PASS, true, false, true, false},
        {"127.0.0.6", "127.0.0.7", 3, PACKET_PASS, true, true, true, false},
        {"127.0.0.6", "127.0.0.7", 3, PACKET_PASS, false, false, false, false},
        {"127.0.0.6", "127.0.0.7", 3, PACKET_DROP, true, false, false, false},
        {"127.0.0.1", "127.0.0.1", CHUNK_INIT_ACK, PACKET_PASS, true, true, true, true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct udp_port *port = open_port("0.0.0.0");
        unsigned char packet[32] = {0};
        uint32_t check;

        begin(state);
        open_peer(cases[i].from);
        filter.verdict = cases[i].verdict;
        make(packet, port->number, (unsigned char)cases[i].chunk);
        packet[15] = 20;
        memset(packet + 8, 0, 4);
        check = sum(packet, sizeof(packet)) ^ !cases[i].intact;
        memcpy(packet + 8, &check, 4);
        peer_sends(port, cases[i].to, packet, sizeof(packet));
        udp_read_batch(port);
        deliver(port);
        if (knows(cases[i].from) != cases[i].knows_from ||
            knows(cases[i].to) != cases[i].knows_to || (lists_read > 0) != cases[i].knows_all)
            fail_msg("case %zu: %d addresses", i, stack.n);
        udp_close(port);
    }
}

/* ---- giving packets to libusrsctp in a thread of the program ------------------------------- */

static struct {
    int mbufs, left; /* left: how many there are */
    int n;
    unsigned char bytes[70000];
    int lengths[40], parts;
    union address from, to;
    uint16_t udp_port;
} fed;

static struct usr_mbuf *get_mbuf(unsigned space, int header, int how, int one, int type)
{
    struct usr_mbuf *m = calloc(1, sizeof(*m) + space);

    assert_true(space == 2048 && header == 0 && how == usr_M_NOWAIT && one == 1 &&
                type == usr_MT_DATA);
    if (fed.left-- <= 0) {
        free(m);
        return NULL;
    }
    fed.mbufs++;
    m->data = (char *)(m + 1);
    return m;
}

static void free_mbufs(struct usr_mbuf *m)
{
    while (m) {
        struct usr_mbuf *next = m->next;

        fed.mbufs--;
        free(m);
        m = next;
    }
}

static void input(struct usr_mbuf **packet, int ip_header, int offset, int length,
                  struct sockaddr *from, struct sockaddr *to, void *header, void *chunk,
                  uint8_t compute_crc, uint8_t ecn, uint32_t vrf, uint16_t udp_port)
{
    int at_byte = 0;

    assert_true(ip_header == 0 && offset == 12 && compute_crc == 1 && ecn == 0 && vrf == 0);
    assert_ptr_equal(header, (*packet)->data);
    assert_ptr_equal(chunk, (*packet)->data + 12);
    fed.parts = 0;
    for (const struct usr_mbuf *m = *packet; m; m = m->next) {
        memcpy(fed.bytes + at_byte, m->data, (size_t)m->len);
        at_byte += fed.lengths[fed.parts++] = m->len;
    }
    assert_int_equal(at_byte, length);
    memcpy(&fed.from, from, address_size(from));
    memcpy(&fed.to, to, address_size(to));
    fed.udp_port = udp_port;
    fed.n++;
}

UNIT_TEST(packets_are_given_to_the_stack_in_a_thread_of_the_program)
{
    static const size_t sizes[] = {20, 2048, 2049, 5000, 16, 15};
    static unsigned char packet[5000];
    static const char *const hosts[] = {"127.0.0.1", "::1"};

    usr.get_mbuf = get_mbuf;
    usr.free_mbufs = free_mbufs;
    usr.input = input;
    for (size_t h = 0; h < COUNT(hosts); h++) {
        struct udp_port *port = open_port(hosts[h]);

        open_peer(hosts[h]);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            union address from = at_peer, to = port->address;

            memset(&fed, 0, sizeof(fed));
            fed.left = 10;
            filter.done = 0;
            for (size_t j = 20; j < sizeof(packet); j++)
                packet[j] = (unsigned char)(j / 7);
            make(packet, port->number, 3);
            peer_sends(port, hosts[h], packet, sizes[i]);
            udp_give(udp_epoll_key(port));
            assert_int_equal(fed.mbufs, 0);
            assert_int_equal(filter.done, 1);
            assert_int_equal(fed.n, sizes[i] >= 16);
            if (sizes[i] < 16)
                continue;
            assert_memory_equal(fed.bytes, packet, sizes[i]);
            assert_int_equal(fed.parts, (sizes[i] + 2047) / 2048);
            from.in.sin_port = htons(5000);
            assert_memory_equal(&fed.from, &from, address_size(&from.sa));
            assert_int_equal(fed.udp_port, at_peer.in.sin_port);
            assert_memory_equal(&fed.to, &to, address_size(&to.sa));
        }
        memset(&fed, 0, sizeof(fed));
        fed.left = 2; /* no memory for the third part */
        make(packet, port->number, 3);
        peer_sends(port, hosts[h], packet, 5000);
        udp_give(udp_epoll_key(port));
        assert_int_equal(fed.mbufs, 0);
        assert_int_equal(fed.n, 0);
        udp_close(port);
    }
}

/* ---- sending ------------------------------------------------------------------------------- */

/* Sends as libusrsctp does: the packet stands after the headers that it has made, in two parts. */
static ssize_t stack_sends(const union address *from, const union address *to,
                           const unsigned char *packet, size_t size)
{
    static unsigned char bytes[48 + 2000];
    struct iovec iov[] = {{bytes + 48, 12}, {bytes + 60, size - 12}};
    const struct msghdr m = {.msg_name = (void *)to,
                             .msg_namelen = address_size(&to->sa),
                             .msg_iov = iov,
                             .msg_iovlen = 2};

    memset(bytes, 0xaa, 48);
    if (from->sa.sa_family == AF_INET)
        memcpy(bytes + 48 - 28 + 12, &from->in.sin_addr, 4);
    else
        memcpy(bytes + 48 - 48 + 8, &from->in6.sin6_addr, 16);
    memcpy(bytes + 48, packet, size);
    errno = 0;
    return udp_sendmsg(udp_families[to->sa.sa_family == AF_INET6].handle, &m);
}

/* A packet with a chunk from an SCTP port to one. */
static size_t make_sent(unsigned char *packet, uint16_t from, uint16_t to, unsigned char type)
{
    make(packet, to, type);
    memcpy(packet, (uint16_t[]){htons(from)}, 2);
    return 20;
}

UNIT_TEST(a_packet_leaves_from_the_UDP_port_of_its_SCTP_port)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    unsigned char packet[20], came[2000];
    union address from;

    for (size_t h = 0; h < COUNT(hosts); h++) {
        struct udp_port *port = open_port(hosts[h]);
        union address us = port->address, sentinel;

        open_peer(hosts[h]);
        for (int i = 0; i < 3; i++) {
            sentinel = at_peer;
            if (i)
                sentinel.in.sin_port = htons(1);
            filter.sent = 0;
            filter.port = i == 2 ? at_peer.in.sin_port : 0;
            /* As long as the UDP port is not known, it is the SCTP port. */
            make_sent(packet, port->number, i == 1 ? address_port(&at_peer) : 4711, 3);
            assert_int_equal(stack_sends(&us, &sentinel, packet, 20), 20);
            assert_int_equal(peer_receives(came, &from), 20);
            assert_memory_equal(came, packet, 20);
            assert_memory_equal(&from, &us, address_size(&us.sa));
            assert_int_equal(filter.sent, 1);
            assert_memory_equal(&filter.sent_to, &at_peer, address_size(&at_peer.sa));
            assert_true(address_same_host(&filter.sent_from, &us));
        }
        filter.forbids = true;
        assert_int_equal(stack_sends(&us, &at_peer, packet, 20), 20);
        assert_int_equal(peer_receives(came, &from), -1);
        filter.forbids = false;
        packet[0] ^= 0x80; /* an SCTP port that is not bound */
        assert_fails(stack_sends(&us, &at_peer, packet, 20), EADDRNOTAVAIL);
        packet[0] ^= 0x80;
        assert_fails(stack_sends(&us, &at_peer, packet, 12), EINVAL);
        assert_int_equal(stack_sends(&us, &at_peer, packet, 13), 13);
        udp_close(port);
    }
}

UNIT_TEST(a_packet_that_cannot_be_sent_is_lost_or_an_error)
{
    static const struct {
        int errors[2], result, error, sends;
    } cases[] = {
        {{ENETUNREACH}, 20, 0, 1},
        {{ENETDOWN}, 20, 0, 1},
        {{EHOSTUNREACH}, 1, 0, 2},
        {{ECONNREFUSED}, 1, 0, 2}, /* of an earlier packet */
        {{EHOSTUNREACH, EHOSTUNREACH}, 20, 0, 2},
        {{ECONNREFUSED, ECONNREFUSED}, -1, ECONNREFUSED, 2},
        {{EMSGSIZE}, -1, EMSGSIZE, 1},
    };
    struct udp_port *port = open_port("127.0.0.1");
    const union address us = port->address;
    unsigned char packet[1000], came[2000];
    union address from;

    make_sent(packet, port->number, 4711, 3);
    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(&calls, 0, sizeof(calls));
        memcpy(calls.errors, cases[i].errors, sizeof(cases[i].errors));
        calls.n_errors = 2;
        libc_table.sendmsg = sendmsg_fails;
        assert_int_equal(stack_sends(&us, &at_peer, packet, 20), cases[i].result);
        if (cases[i].error)
            assert_int_equal(errno, cases[i].error);
        libc_table.sendmsg = sendmsg;
        assert_int_equal(calls.sends, cases[i].sends);
    }
    assert_int_equal(stack_sends(&us, &at_peer, packet, sizeof(packet)), sizeof(packet));
    assert_int_equal(peer_receives(came, &from), sizeof(packet));
    udp_close(port);
}

/* The routes to 16 addresses are known for a second. */
UNIT_TEST(a_route_is_asked_for_once_a_second)
{
    struct udp_port *first = open_port("127.0.0.1"), *second;
    union address b = at("127.0.0.3", first->number), to = at_peer;
    unsigned char packet[20];

    second = udp_open(&b, true);
    assert_non_null(second);
    libc_table.connect = connect_counted;
    make_sent(packet, first->number, 4711, 3);
    now.tv_sec = 5000;
    for (int i = 0; i < 3; i++)
        stack_sends(&b, &at_peer, packet, 20);
    assert_int_equal(calls.connects, 1);
    now.tv_sec++;
    stack_sends(&b, &at_peer, packet, 20);
    assert_int_equal(calls.connects, 2);
    for (int round = 0; round < 3; round++) /* the third time another is forgotten */
        for (int i = 0; i < 16 + round / 2; i++) {
            to.in.sin_addr.s_addr = htonl(0x7f000100 + (uint32_t)i);
            stack_sends(&b, &to, packet, 20);
        }
    libc_table.connect = connect;
    assert_int_equal(calls.connects, 2 + 16 + 1);
    udp_close(first);
    udp_close(second);
}

UNIT_TEST(packets_to_this_process_are_waited_for)
{
    struct udp_port *port = open_port("127.0.0.1"), *wild = open_port("0.0.0.0");
    struct family *f = &udp_families[0];
    union address us = at("127.0.0.1", port->number), nobody = at("127.0.0.1", 2),
                  elsewhere = at("192.0.2.1", port->number);
    unsigned char packet[20];

    f->own_waiting = 0;
    make_sent(packet, port->number, 2, 3);
    stack_sends(&us, &nobody, packet, 20);
    assert_int_equal(f->own_waiting, 0);
    make_sent(packet, port->number, 2, CHUNK_INIT); /* an error will come */
    stack_sends(&us, &nobody, packet, 20);
    assert_int_equal(f->own_waiting, 16);
    f->own_waiting = 0;
    make_sent(packet, port->number, port->number, 3);
    stack_sends(&us, &us, packet, 20);
    assert_int_equal(f->own_waiting, 16);
    assert_true(udp_own_waiting());
    udp_read_batch(port);
    deliver(port);
    udp_read_batch(port); /* and the errors */
    udp_read_batch(port);
    udp_read_batch(port);
    assert_false(udp_own_waiting());
    assert_int_equal(f->own_waiting, 0);
    make_sent(packet, wild->number, port->number, CHUNK_INIT);
    stack_sends(&us, &elsewhere, packet, 20);
    assert_int_equal(f->own_waiting, 0);
    udp_close(port);
    udp_close(wild);
}

UNIT_TEST(the_source_is_that_of_the_route_for_a_socket_bound_to_any_address)
{
    struct udp_port *port = open_port("0.0.0.0");
    const union address chosen = at("127.0.0.9", 0);
    unsigned char packet[20], came[2000];
    union address from, asked = at("127.0.0.5", port->number),
                        loopback = at("127.0.0.1", port->number);
    static const struct {
        unsigned char chunk;
        bool answer, kept;
    } cases[] = {
        {3, false, false},
        {CHUNK_INIT, true, false},
        {CHUNK_INIT_ACK, true, true},
        {CHUNK_INIT_ACK, false, false},
        {CHUNK_ABORT, false, false},
        {CHUNK_ABORT, true, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        make_sent(packet, port->number, address_port(&at_peer), cases[i].chunk);
        filter.destination = cases[i].answer ? asked : (union address){0};
        assert_int_equal(stack_sends(&chosen, &at_peer, packet, 20), 20);
        assert_int_equal(peer_receives(came, &from), 20);
        assert_memory_equal(&from, cases[i].kept ? &asked : &loopback, sizeof(from.in));
    }
    /* libusrsctp has chosen the address that the packet came to. */
    for (int i = 0; i < 2; i++) {
        make_sent(packet, port->number, address_port(&at_peer),
                  i ? CHUNK_ABORT : CHUNK_SHUTDOWN_COMPLETE);
        filter.destination = asked;
        assert_int_equal(stack_sends(&asked, &at_peer, packet, 20), 20);
        assert_int_equal(peer_receives(came, &from), 20);
        assert_memory_equal(&from, &asked, sizeof(from.in));
    }
    udp_close(port);
}

UNIT_TEST(the_source_is_that_of_the_route_among_several_addresses)
{
    struct udp_port *first = open_port("127.0.0.1"), *second;
    union address b = at("127.0.0.3", first->number), a = first->address;
    unsigned char packet[20], came[2000];
    union address from;

    second = udp_open(&b, true);
    assert_non_null(second);
    struct pollfd failed = {0};
    union address nobody;
    make_sent(packet, first->number, address_port(&at_peer), 3);
    assert_int_equal(stack_sends(&b, &at_peer, packet, 20), 20);
    assert_int_equal(peer_receives(came, &from), 20);
    assert_memory_equal(&from, &a, sizeof(from.in)); /* not the chosen one */
    nobody = at_peer;
    nobody.in.sin_port = htons(9); /* discard */
    assert_int_equal(stack_sends(&b, &nobody, packet, 20), 20);
    failed.fd = first->fd; /* and it left from that one's socket */
    assert_int_equal(poll(&failed, 1, SOON), 1);
    udp_retire(first);
    assert_int_equal(stack_sends(&b, &at_peer, packet, 20), 20);
    assert_int_equal(peer_receives(came, &from), 20);
    assert_memory_equal(&from, &b, sizeof(from.in));
    assert_int_equal(stack_sends(&b, &nobody, packet, 20), 20);
    failed.fd = second->fd;
    assert_int_equal(poll(&failed, 1, SOON), 1);
    udp_unretire(first);
    udp_close(first);
    udp_close(second);
}

UNIT_TEST(a_message_has_a_source_only_if_there_is_one)
{
    static const char *const hosts[] = {"127.0.0.5", "0.0.0.0", "2001:db8::1", "::"};
    _Alignas(struct cmsghdr) unsigned char control[UDP_SOURCE_ROOM];

    for (size_t i = 0; i < COUNT(hosts); i++) {
        const union address from = at(hosts[i], 0);
        struct msghdr m = {0};
        struct cmsghdr *c;

        udp_set_source(&m, &from, control);
        if (i % 2) {
            assert_null(m.msg_control);
            assert_int_equal(m.msg_controllen, 0);
            continue;
        }
        c = CMSG_FIRSTHDR(&m);
        assert_int_equal(c->cmsg_level, i ? IPPROTO_IPV6 : IPPROTO_IP);
        assert_int_equal(c->cmsg_type, i ? IPV6_PKTINFO : IP_PKTINFO);
        if (i) {
            assert_int_equal(m.msg_controllen, CMSG_SPACE(sizeof(struct in6_pktinfo)));
            assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(struct in6_pktinfo)));
            assert_memory_equal(CMSG_DATA(c), &from.in6.sin6_addr, 16);
            assert_memory_equal(CMSG_DATA(c) + 16, "\0\0\0\0", 4); /* any interface */
        } else {
            assert_int_equal(m.msg_controllen, CMSG_SPACE(sizeof(struct in_pktinfo)));
            assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(struct in_pktinfo)));
            assert_memory_equal(CMSG_DATA(c), "\0\0\0\0\x7f\0\0\5\0\0\0\0", 12);
        }
    }
}

/* ---- "port unreachable" ---------------------------------------------------------------------- */

UNIT_TEST(an_unreachable_UDP_port_is_an_ABORT_of_the_peer)
{
    static const struct {
        const char *host;
        unsigned char chunk;
        size_t size;
        bool answered;
    } cases[] = {
        {"127.0.0.1", 3, 20, true},
        {"127.0.0.1", CHUNK_INIT, 20, true},
        {"127.0.0.1", CHUNK_ABORT, 20, false},
        {"::1", 3, 20, true},
        {"::1", CHUNK_INIT, 20, true},
        {"127.0.0.1", 3, 16, true},
        {"127.0.0.1", 3, 15, false},
        {"127.0.0.1", CHUNK_INIT, 19, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct udp_port *port = open_port(cases[i].host);
        union address us = port->address, gone;
        unsigned char packet[20];
        struct pollfd failed = {.fd = port->fd};

        open_peer(cases[i].host);
        gone = at_peer;
        close(peer);
        peer = -1;
        make_sent(packet, port->number, 4711, cases[i].chunk);
        memcpy(packet + 16, "\5\6\7\x8", 4);
        assert_int_equal(stack_sends(&us, &gone, packet, cases[i].size), cases[i].size);
        assert_int_equal(poll(&failed, 1, SOON), 1);
        udp_read_batch(port);
        assert_int_equal(udp_families[strchr(cases[i].host, ':') != NULL].n_received,
                         cases[i].answered);
        if (cases[i].answered) {
            assert_int_equal(deliver(port), 16);
            assert_memory_equal(got, packet + 2, 2);
            assert_memory_equal(got + 2, packet, 2);
            assert_memory_equal(got + 4, cases[i].chunk == CHUNK_INIT ? "\5\6\7\x8" : "\1\2\3\4",
                                4);
            assert_memory_equal(got + 12, cases[i].chunk == CHUNK_INIT ? "\6\0\0\4" : "\6\1\0\4",
                                4);
            assert_memory_equal(&got_from, &gone, address_size(&gone.sa));
            udp_read_batch(port);
            assert_int_equal(udp_families[strchr(cases[i].host, ':') != NULL].n_received, 0);
        }
        udp_close(port);
    }
}

/* What the peer sent before its end comes first. */
UNIT_TEST(packets_come_before_the_error)
{
    struct udp_port *port = open_port("127.0.0.1"), *second, *third;
    union address us = port->address, gone, b = at("127.0.0.3", port->number),
                  six = at("::1", port->number);
    unsigned char packet[20];
    struct pollfd failed = {.fd = port->fd};

    second = udp_open(&b, true);
    assert_non_null(second);
    open_peer("127.0.0.1");
    gone = at_peer;
    make(packet, port->number, 3);
    peer_sends(port, "127.0.0.1", packet, 20);
    peer_sends(second, "127.0.0.3", packet, 20);
    close(peer);
    peer = -1;
    make_sent(packet, port->number, 4711, 3);
    assert_int_equal(stack_sends(&us, &gone, packet, 20), 20);
    do
        assert_int_equal(poll(&failed, 1, SOON), 1);
    while (!(failed.revents & POLLERR));
    udp_read_batch(port);
    assert_int_equal(deliver(port), 20);
    udp_read_batch(port); /* the other socket of the SCTP port has a packet */
    assert_int_equal(udp_families[0].n_received, 0);
    udp_read_batch(second);
    assert_int_equal(udp_families[0].n_received, 1);
    deliver(second);
    open_peer("::1");
    third = udp_open(&six, true);
    assert_non_null(third);
    peer_sends(third, "::1", packet, 20);
    udp_read_batch(third); /* and a packet was read, but not given to the stack yet */
    udp_read_batch(port);
    assert_int_equal(udp_families[0].n_received, 0);
    deliver(third);
    udp_read_batch(port);
    assert_int_equal(udp_families[0].n_received, 1);
    assert_int_equal(deliver(port), 16);
    assert_int_equal(got[12], CHUNK_ABORT);
    udp_close(port);
    udp_close(second);
    udp_close(third);
}

/* The peer's ABORT with its reason may wait at another socket. */
UNIT_TEST(an_ABORT_with_the_T_bit_does_not_overtake_a_packet)
{
    struct udp_port *port = open_port("127.0.0.1"), *second;
    union address six = at("::1", port->number);
    unsigned char packet[20];

    second = udp_open(&six, true);
    assert_non_null(second);
    for (int i = 0; i < 4; i++) {
        const unsigned char flags = i < 2 ? 1 : 0;

        begin(state);
        open_peer("::1");
        make(packet, port->number, CHUNK_ABORT);
        packet[13] = flags;
        peer_sends(second, "::1", packet, 20);
        open_peer("127.0.0.1");
        if (i % 2 == 0)
            peer_sends(port, "127.0.0.1", packet, 20);
        udp_read_batch(second);
        assert_int_equal(deliver(second), i == 0 ? 12 : 20);
        assert_int_equal(filter.received, i != 0);
        if (i % 2 == 0) {
            udp_read_batch(port);
            assert_int_equal(deliver(port), 20);
        }
    }
    udp_close(port);
    udp_close(second);
}

/* The next packet goes out although the socket has an error of the previous one. */
UNIT_TEST(an_error_of_an_earlier_packet_keeps_none_back)
{
    struct udp_port *port = open_port("127.0.0.1");
    union address us = port->address, gone;
    unsigned char packet[20], came[2000];
    union address from;
    struct pollfd failed = {.fd = port->fd};

    gone = at_peer;
    open_peer("127.0.0.1");
    gone.in.sin_port = htons(9); /* discard: nothing listens there */
    make_sent(packet, port->number, 4711, 3);
    assert_int_equal(stack_sends(&us, &gone, packet, 20), 20);
    assert_int_equal(poll(&failed, 1, SOON), 1);
    assert_int_equal(stack_sends(&us, &at_peer, packet, 20), 20);
    assert_int_equal(peer_receives(came, &from), 20);
    udp_close(port);
}

/* ---- addresses of this machine ------------------------------------------- */

UNIT_TEST(loopback_addresses_are_added_and_others_looked_up)
{
    union address five = at("127.0.0.5", 7), mapped = at("::ffff:127.0.0.6", 7),
                  one = at("127.0.0.1", 7), far = at("192.0.2.1", 7), six = at("::1", 7), from;

    local_address_add_target(&one);
    local_address_add_target(&far);
    local_address_add_target(&six);
    assert_int_equal(stack.n, 0);
    local_address_add_target(&five);
    local_address_add_target(&mapped);
    assert_int_equal(stack.n, 2);
    assert_true(knows("127.0.0.5") && knows("127.0.0.6"));
    assert_int_equal(stack.known[0].in.sin_port, 0);
    assert_true(local_address_add(&five));
    assert_int_equal(stack.n, 2);
    assert_true(local_address_add(&far)); /* after it has read the list again */
    assert_int_equal(stack.n, 4);
    assert_true(knows("192.0.2.1") && knows("127.0.0.1"));
    assert_int_equal(lists, 0);
    begin(state);
    stack.full = true;
    assert_false(local_address_add(&five));
    begin(state);
    for (int i = 0; i < 256; i++) {
        five.in.sin_addr.s_addr = htonl(0x7f010000 + (uint32_t)i);
        assert_true(local_address_add(&five));
    }
    five.in.sin_addr.s_addr = htonl(0x7f020000);
    assert_false(local_address_add(&five)); /* there is room for 256 */
    assert_true(local_address_by_route(&one, &from));
    assert_true(address_same_host(&one, &from));
    six.in.sin_port = 0;
    assert_true(local_address_by_route(&six, &from));
    assert_true(address_same_host(&six, &from));
}

UNIT_TEST(an_unknown_address_that_a_packet_came_to_is_looked_up_once_a_second)
{
    const union address one = at("127.0.0.1", 7), far = at("192.0.2.1", 7);

    now.tv_sec = 1000;
    local_address_met(&one);
    assert_true(knows("127.0.0.1"));
    memset(&stack, 0, sizeof(stack));
    local_address_met(&far);
    assert_int_equal(stack.n, 0);
    now.tv_sec++;
    local_address_met(&far);
    assert_int_equal(stack.n, 1);
}

/* ---- the guardian -------------------------------------------------------- */

static const unsigned char header[] = "\1\2\3\4abcd????";
static const unsigned char abort_packet[] =
    "\1\2\3\4abcd????\6\0\0\x1d\0\xc\0\x19the process has ended\0\0\0";

UNIT_TEST(the_guardian_aborts_the_associations_that_are_noted_at_the_end)
{
    const union address us = at("127.0.0.5", 0), any = at("0.0.0.0", 0), six = at("::1", 0);
    unsigned char came[2000], check[4];
    union address from, moved, to_six;
    int notes[4], four = peer, lost;

    guardian_start();
    notes[0] = guardian_note(&at_peer, &us, header);
    moved = at_peer;
    moved.in.sin_port = htons(9);
    notes[1] = guardian_note(&moved, &any,
                             (const unsigned char *)"\5\6\7\x8"
                                                    "efgh????");
    notes[2] = guardian_note(&moved, &us, header);
    assert_true(notes[0] == 0 && notes[1] == 1 && notes[2] == 2);
    guardian_forget(notes[0]);
    guardian_forget(-1);
    notes[0] = guardian_note(&at_peer, &us, header);
    assert_int_equal(notes[0], 0);      /* the place of the forgotten one */
    guardian_moved(notes[1], &at_peer); /* the peer has another UDP port */
    from = at("127.0.0.7", address_port(&at_peer));
    guardian_moved(notes[2], &from); /* another address, and another family */
    peer = -1;
    open_peer("::1");
    guardian_moved(notes[2], &at_peer);
    guardian_moved(-1, &at_peer);
    to_six = at_peer;
    to_six.in6.sin6_port = htons(9);
    notes[3] = guardian_note(&to_six, &six, header);
    guardian_moved(notes[3], &at_peer);
    guardian_end();
    assert_int_equal(peer_receives(came, &from), sizeof(abort_packet) - 1);
    assert_true(address_same_host(&from, &six));
    assert_int_equal(peer_receives(came, &from), -1);
    close(peer);
    peer = four;
    lost = 0;
    for (int i = 0; i < 2; i++) {
        uint32_t expected;

        assert_int_equal(peer_receives(came, &from), sizeof(abort_packet) - 1);
        memcpy(check, came + 8, 4);
        memset(came + 8, 0, 4);
        expected = sum(came, sizeof(abort_packet) - 1);
        assert_memory_equal(check, &expected, 4);
        assert_memory_equal(came + 12, abort_packet + 12, sizeof(abort_packet) - 13);
        assert_memory_equal(came,
                            i ? "\5\6\7\x8"
                                "efgh"
                              : "\1\2\3\4abcd",
                            8);
        assert_int_equal(address_same_host(&from, &us), i == 0);
    }
    assert_int_equal(peer_receives(came, &from), -1);
    assert_int_equal(lost, 0);
}

UNIT_TEST(the_guardian_keeps_no_file_open_and_is_left_alone_after_a_fork)
{
    int ends[2], end;
    char byte;

    assert_int_equal(pipe(ends), 0);
    guardian_start();
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    for (end = 512; descriptor_get(end) != &descriptor_own || fcntl(end, F_GETFL) != O_WRONLY;
         end++)
        assert_true(end < 2000); /* our end of its pipe */
    guardian_after_fork();
    assert_int_equal(fcntl(end, F_GETFD), -1);
    assert_null(descriptor_get(end));
    assert_int_equal(dup2(ends[0], end), end);
    guardian_end();
    assert_true(fcntl(end, F_GETFD) >= 0);
    close(end);
    close(ends[0]);
}

UNIT_TEST(without_a_guardian_nothing_is_noted)
{
    guardian_after_fork();
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), -1);
    guardian_forget(0);
    guardian_moved(0, &at_peer);
    guardian_end();
    guardian_start();
    for (int i = 0; i < GUARDIAN_NOTES; i++)
        if (guardian_note(&(union address){.sa.sa_family = 0}, &at_peer, header) != i)
            fail_msg("note %d", i);
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), -1);
    guardian_forget(5);
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), 5);
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), -1);
    guardian_forget(5);
    guardian_end();
}

int main(void)
{
    alarm(120);
    unsetenv("SCTP_UDP_PORT");
    return run_all_tests(begin, NULL);
}
