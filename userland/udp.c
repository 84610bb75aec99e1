/*
 * The UDP side (RFC 6951): SCTP packets are the payload of UDP datagrams.
 *
 * libusrsctp has one UDP socket for each family, at the same port in every process: of two servers
 * on a host, one would get the packets of both.  Here each bound SCTP port has a UDP socket of its
 * own with the same number: SCTP port 9877 is reached at UDP port 9877.  An ephemeral port is any
 * free UDP port.  So no two processes have the same port, and the second one to bind it gets
 * EADDRINUSE.  If a socket that is not of a stack like this has the UDP port, an alternative is
 * used (udp_elsewhere.c).  With SCTP_UDP_PORT=9899 in the environment, all ports that programs
 * choose are behind that one UDP port, as in RFC 6951 and the kernel (net.sctp.udp_port,
 * encap_port). Ephemeral ports still have their own, so that clients do not compete for it.
 *
 * libusrsctp gets an eventfd, the handle, in place of its UDP socket.  sendmsg on the handle sends
 * a packet from the UDP socket of the SCTP source port; recvmsg on it returns the packets of all
 * UDP sockets of its family.  libusrsctp is told that peers have UDP port SENTINEL, which
 * udp_sendmsg() replaces by the port that the peer's packets come from (association.c), or by the
 * SCTP destination port before the first one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "address.h"
#include "descriptor.h"
#include "libc.h"
#include "reader.h"
#include "udp_port.h"
#include "userland.h"

struct family udp_families[2];

uint16_t udp_common_port(void)
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

/* ---- ports ---------------------------------------------------------------- */

static void set_options(int fd, int domain)
{
    int on = 1, buffer = 4 * 1024 * 1024;
    /* Packets are not fragmented, and the kernel's idea of the path's MTU, which it takes from any
     * ICMP message, is ignored: see icmp.c. */
    int discover = domain == AF_INET ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE;
    if (domain == AF_INET) {
        libc.setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof(discover));
        libc.setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
        libc.setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
    } else {
        libc.setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover, sizeof(discover));
        libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
        libc.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
        libc.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    }
    /* A thousand clients that join at once overflow the default. */
    if (libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) < 0)
        libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
    if (libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) < 0)
        libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
}

int udp_bound_socket(union address *address, const struct ip_options *options)
{
    int domain = address->sa.sa_family;
    int fd = libc.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    set_options(fd, domain);
    ip_options_apply(options, fd, domain);
    socklen_t length = sizeof(*address);
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

void udp_watch(const struct udp_port *port, int command)
{
    struct family *f = udp_family_of(port->address.sa.sa_family);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = udp_epoll_key(port)};
    libc.epoll_ctl(f->epoll, command, port->fd, &event);
    reader_watch(command, port->fd, event.data.u64);
}

static void put_port(struct udp_port *port)
{
    static uint32_t serial;
    struct family *f = udp_family_of(port->address.sa.sa_family);
    port->sharers = 1;
    port->serial = ++serial;
    port->next = f->ports[port->number];
    f->ports[port->number] = port;
    /* This fails if the UDP socket is shared, and already reported as another port. */
    udp_watch(port, EPOLL_CTL_ADD);
}

struct udp_port *udp_at_common_port(struct family *f, const union address *host)
{
    for (int i = 0; udp_common_port() && i < 65536; i++)
        for (struct udp_port *p = f->ports[i]; p; p = p->next)
            if (address_port(&p->address) == udp_common_port() &&
                (!host || address_same_host(&p->address, host)))
                return p;
    return NULL;
}

void udp_set_options(struct udp_port *port, const struct ip_options *options)
{
    ip_options_apply(options, port->fd, port->address.sa.sa_family);
}

/* A port of this process that is bound to this address; NULL: none. */
static struct udp_port *find_port(const struct family *f, uint16_t number,
                                  const union address *address)
{
    struct udp_port *p = number ? f->ports[number] : NULL;
    while (p && !address_same_host(&p->address, address))
        p = p->next;
    return p;
}

struct udp_port *udp_open_at(const union address *address, uint16_t udp, bool common,
                             const struct ip_options *options)
{
    struct family *f = udp_family_of(address->sa.sa_family);
    uint16_t number = address_port(address);
    struct udp_port *port = find_port(f, number, address);
    if (port) {
        udp_set_options(port, options);
        return udp_share(port);
    }
    port = calloc(1, sizeof(*port));
    if (!port)
        return NULL;
    port->room = 1;
    port->address = *address;
    port->address.in.sin_port = htons(udp); /* the same offset in IPv6 */
    struct udp_port *shared = common ? udp_at_common_port(f, address) : NULL;
    port->fd = shared ? shared->fd : udp_bound_socket(&port->address, options);
    if (port->fd < 0) {
        free(port);
        return NULL;
    }
    if (shared)
        udp_set_options(port, options);
    port->number = number ? number : address_port(&port->address);
    put_port(port);
    debug("SCTP port %d is UDP port %d", port->number, address_port(&port->address));
    return port;
}

struct udp_port *udp_open(const union address *address, bool ephemeral,
                          const struct ip_options *options)
{
    uint16_t common = ephemeral ? 0 : udp_common_port();
    return udp_open_at(address, common ? common : address_port(address), common, options);
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

bool udp_in_use(const struct udp_port *port)
{
    return port->retired < port->sharers;
}

bool udp_is_at(const struct udp_port *port, const union address *address)
{
    return port->address.sa.sa_family == address->sa.sa_family &&
           address_same_host(&port->address, address);
}

/* A port that has this UDP socket; NULL: none. */
static struct udp_port *port_at(const struct family *f, int fd)
{
    for (int i = 0; udp_common_port() && i < 65536; i++)
        for (struct udp_port *p = f->ports[i]; p; p = p->next)
            if (p->fd == fd)
                return p;
    return NULL;
}

void udp_close(struct udp_port *port)
{
    struct family *f = udp_family_of(port->address.sa.sa_family);
    if (--port->sharers > 0)
        return;
    struct udp_port **link = &f->ports[port->number];
    while (*link != port)
        link = &(*link)->next;
    *link = port->next;
    udp_pass_notice_on(port);
    const struct udp_port *other = port_at(f, port->fd);
    if (other) {
        udp_watch(other, EPOLL_CTL_MOD);
    } else {
        if (f->source == port->fd)
            f->n_received = f->next_received = 0;
        /* A child may have the socket open as well; then close() would not remove it from epoll. */
        udp_watch(port, EPOLL_CTL_DEL);
        descriptor_unhide(port->fd);
        libc.close(port->fd);
    }
    free(port);
}

/* ---- handles -------------------------------------------------------------- */

int udp_handle(int family)
{
    struct family *f = udp_family_of(family);
    if (family == AF_INET6) { /* libusrsctp does without IPv6 if this fails */
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
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0};
    libc.epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->handle, &event);
    return f->handle;
}

bool udp_is_handle(int fd)
{
    return fd > 0 && (fd == udp_families[0].handle || fd == udp_families[1].handle);
}

int udp_close_handle(int fd)
{
    struct family *f = udp_family(fd);
    uint64_t one = 1;
    __atomic_store_n(&f->ending, true, __ATOMIC_SEQ_CST);
    ssize_t written = libc.write(fd, &one, sizeof(one));
    (void)written;
    return 0;
}

void udp_drop_inherited(void)
{
    for (int i = 0; i < 2; i++) {
        struct family *f = &udp_families[i];
        memset(f, 0, offsetof(struct family, ports));
        for (int n = 0; n < 65536; n++)
            if (f->ports[n]) /* pages that are only read take no memory */
                f->ports[n] = NULL;
    }
}
