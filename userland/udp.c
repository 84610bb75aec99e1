/*
 * The UDP side (RFC 6951): SCTP packets are the payload of UDP datagrams.
 *
 * libusrsctp has one UDP socket for each family, so that of two servers on a host one gets the
 * other's packets.  Here each SCTP port that is bound has a UDP socket of its own with the same
 * number: SCTP port 9877 is reached at UDP port 9877.  A port that the program did not choose is
 * whatever UDP port is free, so that two processes never have the same one, and "address already
 * in use" means what it says.  With SCTP_UDP_PORT=9899 in the environment, all ports are behind
 * that one UDP port, as RFC 6951 has it and as the kernel does (net.sctp.udp_port, encap_port);
 * ports that the program did not choose still have their own, so that clients do not compete.
 *
 * What libusrsctp takes for its UDP socket is an eventfd, the handle.  Its sendmsg and recvmsg
 * come here: a packet goes out of the socket of its SCTP source port, and recvmsg returns the
 * packets of all sockets of its family.  It is told that unknown peers are at UDP port `SENTINEL`;
 * in its place the packet's own destination port is put.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "userland.h"

enum { SENTINEL = 1, BATCH = 16, BATCHES = 16, PACKET = 65536, CONTROL = 256 };

struct udp_port {
    union address address; /* bound to; the port is UDP's */
    uint16_t number;       /* SCTP's */
    int fd;
    int sharers, retired; /* retired: of how many sharers the address was removed */
    uint64_t aborts;      /* ABORT chunks that came for it */
    uint32_t serial;      /* what epoll knows it by: it may be gone when epoll tells */
    struct udp_port *next;
};

static struct family {
    int handle, epoll, own_waiting; /* own_waiting: in how many batches at most is our packet */
    bool ending;
    /* Received and not yet handed to the stack. */
    struct mmsghdr got[BATCH];
    struct iovec iov[BATCH];
    union address from[BATCH];
    unsigned char control[BATCH][CONTROL];
    unsigned char *buffers;
    int n_got, next_got, source;   /* source: the descriptor that they came from */
    struct udp_port *ports[65536]; /* by SCTP port */
} families[2];                     /* IPv4, IPv6 */

static struct family *family_of(int domain)
{
    return &families[domain == AF_INET6];
}

/* 0: each SCTP port has its own. */
static uint16_t common_port(void)
{
    static int port = -1;
    if (port < 0) {
        const char *text = getenv("SCTP_UDP_PORT");
        char *end = NULL;
        long n = text && *text ? strtol(text, &end, 10) : 0;
        if (n < 0 || n > 65535 || (end && *end)) {
            say("SCTP_UDP_PORT=%s is not a port, 1 to 65535; ignored", text);
            n = 0;
        }
        port = (int)n;
    }
    return (uint16_t)port;
}

uint16_t udp_peer_port(void)
{
    return SENTINEL;
}

/* --- ports ------------------------------------------------------------------------------- */

static bool same_host(const union address *a, const union address *b)
{
    if (a->sa.sa_family == AF_INET)
        return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr);
}

static void set_options(int fd, int domain)
{
    int on = 1, buffer = 4 * 1024 * 1024;
    if (domain == AF_INET) {
        libc.setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        libc.setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    } else {
        libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        libc.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
        libc.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    }
    /* A thousand clients that join at once overflow the default. */
    if (libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0)
        libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer) < 0)
        libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
}

/* A bound UDP socket; sets the port of address when it was 0. */
static int bound_socket(union address *address)
{
    int domain = address->sa.sa_family;
    int fd = libc.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    set_options(fd, domain);
    socklen_t length = sizeof *address;
    if (libc.bind(fd, &address->sa, address_size(&address->sa)) < 0 ||
        libc.getsockname(fd, &address->sa, &length) < 0) {
        int error = errno;
        debug("cannot bind UDP port %d: %s", address_port(address), strerror(error));
        libc.close(fd);
        errno = error;
        return -1;
    }
    return descriptor_hide(fd);
}

static void put_port(struct udp_port *port)
{
    static uint32_t serial;
    struct family *f = family_of(port->address.sa.sa_family);
    port->sharers = 1;
    port->serial = ++serial;
    port->next = f->ports[port->number];
    f->ports[port->number] = port;
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = (uint64_t)port->serial << 16 | port->number};
    libc.epoll_ctl(f->epoll, EPOLL_CTL_ADD, port->fd, &event);
}

/* One that is behind SCTP_UDP_PORT, at this address of ours (NULL: at any), if there is. */
static struct udp_port *at_common_port(struct family *f, const union address *host)
{
    for (int i = 0; common_port() && i < 65536; i++)
        for (struct udp_port *p = f->ports[i]; p; p = p->next)
            if (address_port(&p->address) == common_port() &&
                (!host || same_host(&p->address, host)))
                return p;
    return NULL;
}

struct udp_port *udp_open(const union address *address, bool ephemeral)
{
    struct family *f = family_of(address->sa.sa_family);
    uint16_t number = address_port(address), common = ephemeral ? 0 : common_port();
    for (struct udp_port *p = number ? f->ports[number] : NULL; p; p = p->next)
        if (same_host(&p->address, address))
            return udp_share(p);

    struct udp_port *port = calloc(1, sizeof *port);
    if (!port)
        return NULL;
    port->address = *address;
    if (common)
        port->address.in.sin_port = htons(common); /* in IPv6's the same place */
    struct udp_port *shared = common ? at_common_port(f, address) : NULL;
    port->fd = shared ? shared->fd : bound_socket(&port->address); /* shared: see udp_close */
    if (port->fd < 0) {
        free(port);
        return NULL;
    }
    port->number = number ? number : address_port(&port->address);
    put_port(port);
    debug("SCTP port %d is UDP port %d", port->number, address_port(&port->address));
    return port;
}

bool udp_is_own(const struct udp_port *port)
{
    return address_port(&port->address) == port->number;
}

uint16_t udp_port_number(const struct udp_port *port)
{
    return port->number;
}

struct udp_port *udp_share(struct udp_port *port)
{
    port->sharers++;
    return port;
}

void udp_retire(struct udp_port *port)
{
    port->retired++;
}

void udp_unretire(struct udp_port *port)
{
    port->retired--;
}

static bool in_use(const struct udp_port *port)
{
    return port->retired < port->sharers;
}

bool udp_is_at(const struct udp_port *port, const union address *address)
{
    return port->address.sa.sa_family == address->sa.sa_family &&
           same_host(&port->address, address);
}

static bool fd_in_use(const struct family *f, int fd)
{
    if (!common_port())
        return false;
    for (int i = 0; i < 65536; i++)
        for (struct udp_port *p = f->ports[i]; p; p = p->next)
            if (p->fd == fd)
                return true;
    return false;
}

void udp_close(struct udp_port *port)
{
    struct family *f = family_of(port->address.sa.sa_family);
    if (--port->sharers > 0)
        return;
    struct udp_port **link = &f->ports[port->number];
    while (*link != port)
        link = &(*link)->next;
    *link = port->next;
    if (!fd_in_use(f, port->fd)) {
        if (f->source == port->fd)
            f->n_got = f->next_got = 0;
        descriptor_unhide(port->fd);
        libc.close(port->fd);
    }
    free(port);
}

/* --- the handles ----------------------------------------------------------------------------- */

int udp_handle(int family)
{
    struct family *f = family_of(family);
    if (family == AF_INET6) { /* without IPv6 the stack does without, too */
        int probe = libc.socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (probe < 0)
            return -1;
        libc.close(probe);
    }
    f->buffers = malloc((size_t)BATCH * PACKET);
    int handle = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!f->buffers || handle < 0 || epoll < 0)
        return -1;
    f->handle = descriptor_hide(handle);
    f->epoll = descriptor_hide(epoll);
    f->ending = false;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0};
    libc.epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->handle, &event);
    return f->handle;
}

bool udp_is_handle(int fd)
{
    return fd > 0 && (fd == families[0].handle || fd == families[1].handle);
}

int udp_close_handle(int fd)
{
    struct family *f = fd == families[0].handle ? &families[0] : &families[1];
    uint64_t one = 1;
    __atomic_store_n(&f->ending, true, __ATOMIC_SEQ_CST);
    ssize_t written = libc.write(fd, &one, sizeof one);
    (void)written;
    return 0;
}

/* In the child of a fork: none of this is its. */
void udp_after_fork(void)
{
    for (int i = 0; i < 2; i++) {
        struct family *f = &families[i];
        for (int n = 0; n < 65536; n++)
            while (f->ports[n]) {
                struct udp_port *port = f->ports[n];
                f->ports[n] = port->next;
                libc.close(port->fd);
                free(port);
            }
        if (f->handle) {
            libc.close(f->handle);
            libc.close(f->epoll);
        }
        free(f->buffers);
        memset(f, 0, offsetof(struct family, ports));
    }
}

/* --- sending --------------------------------------------------------------------------------- */

/* The first bytes of a packet, wherever they are. */
static size_t head(const struct msghdr *msg, unsigned char *to, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < msg->msg_iovlen && n < size; i++) {
        size_t part = msg->msg_iov[i].iov_len < size - n ? msg->msg_iov[i].iov_len : size - n;
        memcpy(to + n, msg->msg_iov[i].iov_base, part);
        n += part;
    }
    return n;
}

static size_t size_of(const struct msghdr *msg)
{
    size_t n = 0;
    for (size_t i = 0; i < msg->msg_iovlen; i++)
        n += msg->msg_iov[i].iov_len;
    return n;
}

/* The stack has made the IP and UDP headers too and cut them off: they still stand before the
 * packet.  The kernel would choose a source address of its own. */
static void source_address(const struct msghdr *msg, union address *from)
{
    const unsigned char *packet = msg->msg_iov[0].iov_base;
    const union address *to = msg->msg_name;
    memset(from, 0, sizeof *from);
    from->sa.sa_family = to->sa.sa_family;
    if (to->sa.sa_family == AF_INET)
        memcpy(&from->in.sin_addr, packet - 8 - 20 + 12, 4);
    else
        memcpy(&from->in6.sin6_addr, packet - 8 - 40 + 8, 16);
}

/* Of several addresses that the socket is bound to, the stack takes any; the kernel, the one of the
 * route, so that a cut link is one path's and not half of two. */
static void source_of_several(const struct udp_port *port, const union address *to,
                              union address *from)
{
    enum { ROUTES = 16 };
    static struct {
        union address to, from;
        time_t asked;
    } routes[ROUTES];
    static int next;
    struct timespec now;
    int i = 0;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    while (i < ROUTES && !(routes[i].to.sa.sa_family == to->sa.sa_family &&
                           same_host(&routes[i].to, to) && routes[i].asked == now.tv_sec))
        i++;
    if (i == ROUTES) {
        i = next++ % ROUTES;
        routes[i].to = *to;
        routes[i].asked = now.tv_sec;
        if (!address_by_route(to, &routes[i].from))
            routes[i].from.sa.sa_family = 0;
    }
    for (; port; port = port->next)
        if (routes[i].from.sa.sa_family && in_use(port) &&
            same_host(&port->address, &routes[i].from))
            *from = routes[i].from;
}

/* Of a socket that is bound to no address, the stack takes any that it knows; the kernel takes
 * the one of the route, and the peer was told of that one only.  But who calls 127.0.0.7 wants
 * the first answer from there. */
static void source_by_route(const struct udp_port *port, const union address *to,
                            const unsigned char *packet, union address *from)
{
    enum { INIT_ACK = 2, ABORT = 6 };
    if (port->next && packet[12] != INIT_ACK && packet[12] != ABORT)
        source_of_several(port, to, from);
    if (to->sa.sa_family != AF_INET || port->address.in.sin_addr.s_addr != htonl(INADDR_ANY) ||
        packet[12] == INIT_ACK || packet[12] == ABORT)
        return;
    if (address_is_loopback(to->in.sin_addr))
        from->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (address_is_loopback(from->in.sin_addr))
        from->in.sin_addr.s_addr = htonl(INADDR_ANY);
}

void udp_set_source(struct msghdr *msg, const union address *from, void *control)
{
    memset(control, 0, UDP_SOURCE_ROOM);
    msg->msg_control = control;
    msg->msg_controllen = UDP_SOURCE_ROOM;
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
    if (from->sa.sa_family == AF_INET && from->in.sin_addr.s_addr) {
        struct in_pktinfo info = {.ipi_spec_dst = from->in.sin_addr};
        cmsg->cmsg_level = IPPROTO_IP;
        cmsg->cmsg_type = IP_PKTINFO;
        cmsg->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(cmsg), &info, sizeof info);
        msg->msg_controllen = CMSG_SPACE(sizeof info);
    } else if (from->sa.sa_family == AF_INET6 && !IN6_IS_ADDR_UNSPECIFIED(&from->in6.sin6_addr)) {
        struct in6_pktinfo info = {.ipi6_addr = from->in6.sin6_addr};
        cmsg->cmsg_level = IPPROTO_IPV6;
        cmsg->cmsg_type = IPV6_PKTINFO;
        cmsg->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(cmsg), &info, sizeof info);
        msg->msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        msg->msg_control = NULL;
        msg->msg_controllen = 0;
    }
}

/* The socket of SCTP port number that has the source address, or any.  A packet from a port that is
 * nobody's is an ABORT: it goes out where the packet that it answers came in. */
static struct udp_port *port_for(struct family *f, uint16_t number, const union address *from)
{
    struct udp_port *any = f->ports[number] ? f->ports[number] : at_common_port(f, NULL);
    for (struct udp_port *p = any; p; p = p->next)
        if (same_host(&p->address, from))
            return p;
    return any;
}

/* A packet that this process will find in its own sockets, or the refusal of it. */
static bool to_ourselves(const struct family *f, const union address *to, const union address *from,
                         bool init)
{
    bool here = to->sa.sa_family == AF_INET && address_is_loopback(to->in.sin_addr);
    return (here || same_host(to, from)) &&
           (init || f->ports[address_port(to)] || address_port(to) == common_port());
}

bool udp_own_waiting(void)
{
    struct epoll_event event;
    for (struct family *f = families; f < families + 2; f++)
        if (f->own_waiting && epoll_wait(f->epoll, &event, 1, 0) <= 0)
            f->own_waiting = 0;
    return families[0].own_waiting || families[1].own_waiting;
}

ssize_t udp_sendmsg(int fd, const struct msghdr *msg)
{
    struct family *f = fd == families[0].handle ? &families[0] : &families[1];
    unsigned char packet[128];
    size_t size = head(msg, packet, sizeof packet);
    if (size < 13) {
        errno = EINVAL;
        return -1;
    }
    union address from, to;
    memset(&to, 0, sizeof to);
    memcpy(&to, msg->msg_name, msg->msg_namelen);
    source_address(msg, &from);
    struct udp_port *port = port_for(f, (uint16_t)(packet[0] << 8 | packet[1]), &from);
    if (!port) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    source_by_route(f->ports[port->number], &to, packet, &from);
    port = port_for(f, port->number, &from);
    if (to.in.sin_port == htons(SENTINEL)) {
        if (common_port())
            to.in.sin_port = htons(common_port());
        else
            memcpy(&to.in.sin_port, packet + 2, 2);
    }
    if (to_ourselves(f, &to, &from, packet[12] == 1 /* INIT */))
        f->own_waiting = BATCHES;
    trace_packet("sent", &to, packet, size);
    guardian_packet(&to, &from, packet, size, true);
    _Alignas(struct cmsghdr) unsigned char control[UDP_SOURCE_ROOM];
    struct msghdr out = {.msg_name = &to,
                         .msg_namelen = msg->msg_namelen,
                         .msg_iov = msg->msg_iov,
                         .msg_iovlen = msg->msg_iovlen};
    udp_set_source(&out, &from, control);
    ssize_t n = libc.sendmsg(port->fd, &out, MSG_DONTWAIT | MSG_NOSIGNAL);
    /* The answer to an earlier packet, which the error queue has as well. */
    if (n < 0 && (errno == ECONNREFUSED || errno == EHOSTUNREACH))
        n = libc.sendmsg(port->fd, &out, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
        debug("UDP send: %s", strerror(errno));
    /* A packet without a way is lost, as on the wire: told of it, libusrsctp would send it again to
     * the same address, and again, and not look for another. */
    if (n < 0 && (errno == ENETUNREACH || errno == EHOSTUNREACH || errno == ENETDOWN))
        return (ssize_t)size_of(msg);
    return n;
}

/* --- receiving ------------------------------------------------------------------------------- */

static struct udp_port *find_port(struct family *f, uint64_t known_by)
{
    for (struct udp_port *p = f->ports[known_by & 0xffff]; p; p = p->next)
        if (p->serial == known_by >> 16)
            return p;
    return NULL;
}

/* Something that was sent to an SCTP port has not been given to the stack yet. */
static bool more_waits(uint16_t number)
{
    char byte;
    for (int i = 0; i < 2; i++)
        for (struct udp_port *p = families[i].ports[number]; p; p = p->next)
            if ((families[i].source == p->fd && families[i].next_got < families[i].n_got) ||
                libc.recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
                return true;
    return false;
}

/* Reads what has come for one port. */
static void read_batch(struct family *f, struct udp_port *port)
{
    for (int i = 0; i < BATCH; i++) {
        f->iov[i] = (struct iovec){f->buffers + (size_t)i * PACKET, PACKET};
        f->got[i].msg_hdr = (struct msghdr){.msg_name = &f->from[i],
                                            .msg_namelen = sizeof f->from[i],
                                            .msg_iov = &f->iov[i],
                                            .msg_iovlen = 1,
                                            .msg_control = f->control[i],
                                            .msg_controllen = CONTROL};
    }
    int n = libc.recvmmsg(port->fd, f->got, BATCH, MSG_DONTWAIT, NULL);
    if (n < 0 && errno != EAGAIN) /* an error comes first, and once */
        n = libc.recvmmsg(port->fd, f->got, BATCH, MSG_DONTWAIT, NULL);
    f->source = port->fd;
    f->next_got = 0;
    f->n_got = n > 0 && in_use(port) ? n : 0;
    f->own_waiting -= f->own_waiting > 0;
    if (n > 0)
        return;
    /* "Port unreachable" is news only after all that the peer had sent before it went. */
    if (more_waits(port->number)) {
        sched_yield();
        return;
    }
    size_t control_size = CONTROL;
    size_t size =
        icmp_read(port->fd, f->buffers, PACKET, &f->from[0], f->control[0], &control_size);
    if (size) {
        f->got[0].msg_len = (unsigned)size;
        f->got[0].msg_hdr.msg_controllen = control_size;
        f->n_got = 1;
    }
}

/* Tells the stack where the packet was sent to.  There is room for no other control message. */
static void copy_destination(struct msghdr *got, struct msghdr *msg)
{
    struct cmsghdr *c;
    for (c = CMSG_FIRSTHDR(got); c; c = CMSG_NXTHDR(got, c))
        if (((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) ||
             (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)) &&
            CMSG_ALIGN(c->cmsg_len) <= msg->msg_controllen) {
            memcpy(msg->msg_control, c, c->cmsg_len);
            msg->msg_controllen = CMSG_ALIGN(c->cmsg_len);
            if (c->cmsg_type == IP_PKTINFO)
                address_know_loopback(((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr);
            return;
        }
    msg->msg_controllen = 0;
}

/* How an association ended that never began, the stack does not tell of every socket. */
static void count_abort(struct family *f, const unsigned char *packet, size_t size)
{
    if (size > 12 && packet[12] == 6 /* ABORT */)
        for (struct udp_port *p = f->ports[packet[2] << 8 | packet[3]]; p; p = p->next)
            p->aborts++;
}

uint64_t udp_aborts(struct udp_port **ports, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += ports[i]->aborts;
    return sum;
}

/* Hands one to the stack, as if it had been received just so. */
static ssize_t deliver(struct family *f, struct msghdr *msg)
{
    struct mmsghdr *got = &f->got[f->next_got];
    const unsigned char *from = f->buffers + (size_t)f->next_got * PACKET;
    size_t size = got->msg_len, done = 0;
    trace_packet("received", &f->from[f->next_got], from, size);
    if (packet_harmful(from, size))
        size = 12; /* no chunk: thrown away */
    guardian_packet(&f->from[f->next_got], NULL, from, size, false);
    count_abort(f, from, size);
    for (size_t i = 0; i < msg->msg_iovlen && done < size; i++) {
        size_t part = msg->msg_iov[i].iov_len < size - done ? msg->msg_iov[i].iov_len : size - done;
        memcpy(msg->msg_iov[i].iov_base, from + done, part);
        done += part;
    }
    memcpy(msg->msg_name, &f->from[f->next_got], msg->msg_namelen);
    if (f->from[f->next_got].sa.sa_family == AF_INET)
        address_know_loopback(f->from[f->next_got].in.sin_addr);
    copy_destination(&got->msg_hdr, msg);
    f->next_got++;
    return (ssize_t)done;
}

/* The next packet for the stack, which comes here when it is done with the one before. */
ssize_t udp_recvmsg(int fd, struct msghdr *msg)
{
    struct family *f = fd == families[0].handle ? &families[0] : &families[1];
    static __thread bool locked;

    if (locked) {
        ready_after_packet();
        ready_settle();
    } else {
        stack_lock();
        locked = true;
    }
    while (f->next_got >= f->n_got) {
        struct epoll_event event;
        stack_unlock();
        int n = epoll_wait(f->epoll, &event, 1, -1);
        if (__atomic_load_n(&f->ending, __ATOMIC_SEQ_CST) || (n < 0 && errno == EBADF)) {
            locked = false;
            errno = EBADF;
            return -1;
        }
        stack_lock();
        struct udp_port *port = n == 1 ? find_port(f, event.data.u64) : NULL;
        if (port)
            read_batch(f, port);
    }
    return deliver(f, msg);
}
