/*
 * Surroundings of the UDP side of the userland stack: a filter of packets, the addresses that
 * libusrsctp knows, libc, a peer with a plain UDP socket of the loopback interface.
 */
#ifndef MODEL_UDP_H
#define MODEL_UDP_H

#include "unit_address.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

#include "../../userland/association.h"
#include "../../userland/descriptor.h"
#include "../../userland/guardian.h"
#include "../../userland/libusrsctp.h"
#include "../../userland/lock.h"
#include "../../userland/packet.h"
#include "../../userland/ready.h"
#include "../../userland/udp_port.h"
#include "../../userland/usock.h"

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
    assert_in_range(size, 13, 128); /* the first bytes */
    filter.sent++;
    filter.sent_to = *to;
    filter.sent_from = *from;
    return !filter.forbids;
}

bool association_is_at(const union address *to, const unsigned char *packet)
{
    return true;
}

void path_mtu_reported(const union address *to, const unsigned char *packet, uint32_t mtu)
{
}

bool path_mtu_exceeded(const union address *to, const unsigned char *packet, size_t size)
{
    return false;
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

static inline uint32_t sum(void *data, size_t size)
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

static inline union address *known(struct sockaddr *address)
{
    const union address *a = (void *)address;

    for (int i = 0; i < stack.n; i++)
        if (stack.known[i].sa.sa_family == a->sa.sa_family && address_same_host(&stack.known[i], a))
            return &stack.known[i];
    return NULL;
}

static inline void *find_address(struct sockaddr *address, uint32_t vrf, int locked)
{
    assert_int_equal(vrf, 0);
    assert_int_equal(locked, 0);
    return known(address);
}

static inline void *add_address(uint32_t vrf, void *ifn, uint32_t index, uint32_t type,
                                const char *name, void *ifa, struct sockaddr *address,
                                uint32_t flags, int dynamic)
{
    assert_true(strcmp(name, "lo") != 0 || index == 1);
    assert_true(vrf == 0 && index > 0 && type == 0 && flags == 0 && dynamic == 0);
    assert_int_equal(((struct sockaddr_in *)(void *)address)->sin_port, 0);
    if (stack.full)
        return NULL;
    if (!known(address)) {
        memset(&stack.known[stack.n], 0, sizeof(union address));
        memcpy(&stack.known[stack.n++], address, address_size(address));
    }
    return stack.known;
}

static inline bool knows(const char *host)
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

static inline ssize_t sendmsg_fails(int fd, const struct msghdr *m, int flags)
{
    assert_int_equal(flags, MSG_DONTWAIT | MSG_NOSIGNAL);
    errno = calls.sends < calls.n_errors ? calls.errors[calls.sends] : 0;
    calls.sends++;
    return errno ? -1 : 1;
}

static inline int connect_counted(int fd, const struct sockaddr *to, socklen_t length)
{
    calls.connects++;
    return connect(fd, to, length);
}

static inline int setsockopt_recorded(int fd, int level, int name, const void *value,
                                      socklen_t length)
{
    if (level == SOL_SOCKET && (name == SO_RCVBUFFORCE || name == SO_SNDBUFFORCE)) {
        errno = EPERM;
        return calls.unprivileged ? -1 : 0;
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

static inline void open_peer(const char *host)
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
static inline size_t make(unsigned char *packet, uint16_t to, unsigned char type)
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

static inline void peer_sends(const struct udp_port *port, const char *host, const void *packet,
                              size_t size)
{
    const union address to = at(host, address_port(&port->address));
    struct pollfd readable = {.fd = port->fd, .events = POLLIN};

    assert_int_equal(sendto(peer, packet, size, 0, &to.sa, address_size(&to.sa)), size);
    assert_int_equal(poll(&readable, 1, SOON), 1);
}

/* The length of the data that the peer has received, and its source; -1: none. */
static inline ssize_t peer_receives(void *packet, union address *from)
{
    socklen_t length = sizeof(*from);

    memset(from, 0, sizeof(*from));
    return recvfrom(peer, packet, 2000, MSG_DONTWAIT, &from->sa, &length);
}

/* ---- the stack's side ------------------------------------------------------------------ */

static unsigned char got[70000];
static struct msghdr got_msg;
static union address got_from, got_to;

/* recvmsg() of libusrsctp for the next packet of a port.  Returns its size. */
static inline ssize_t deliver(struct udp_port *port)
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

static inline struct udp_port *open_port(const char *host)
{
    const union address a = at(host, 0);
    struct udp_port *port = udp_open(&a, true, NULL);

    assert_non_null(port);
    return port;
}

static inline int begin(void **state)
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

static inline int option_of(int fd, int level, int name)
{
    int n = -1;
    socklen_t size = sizeof(n);

    assert_int_equal(getsockopt(fd, level, name, &n, &size), 0);
    return n;
}

/* Sends as libusrsctp does: the packet stands after the headers that it has made, in two parts. */
static inline ssize_t stack_sends(const union address *from, const union address *to,
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
static inline size_t make_sent(unsigned char *packet, uint16_t from, uint16_t to,
                               unsigned char type)
{
    make(packet, to, type);
    memcpy(packet, (uint16_t[]){htons(from)}, 2);
    return 20;
}

#endif
