/* Sending a packet of libusrsctp's: from which UDP socket, and to which UDP port. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "address.h"
#include "association.h"
#include "capture.h"
#include "libc.h"
#include "packet.h"
#include "path_mtu.h"
#include "udp_notice.h"
#include "udp_port.h"
#include "userland.h"

enum { BATCHES = 16 };

/* Copies the first bytes of a packet. */
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

/* The UDP side of an SCTP port: the one with the source address, otherwise any.  A packet from an
 * SCTP port that is not bound answers one that came to SCTP_UDP_PORT, and is sent from there. */
static struct udp_port *port_for(struct family *f, uint16_t number, const union address *from)
{
    struct udp_port *any = f->ports[number] ? f->ports[number] : udp_at_common_port(f, NULL);
    for (struct udp_port *p = any; p; p = p->next)
        if (address_same_host(&p->address, from))
            return p;
    return any;
}

/* Whether this process will receive the packet, or an ICMP error for it. */
static bool sent_to_self(const struct family *f, const union address *to, const union address *from,
                         const unsigned char *packet)
{
    bool init = packet[PACKET_HEADER] == CHUNK_INIT;
    bool here = to->sa.sa_family == AF_INET ? address_is_loopback(to->in.sin_addr)
                                            : IN6_IS_ADDR_LOOPBACK(&to->in6.sin6_addr);
    return (here || address_same_host(to, from)) &&
           (init || f->ports[packet[2] << 8 | packet[3]] || address_port(to) == udp_common_port());
}

/* The UDP port of a peer: that of its packets, or before the first one, the default (udp.c). */
static in_port_t peer_port(const union address *to, const unsigned char *packet)
{
    in_port_t port = association_port(to, packet);
    if (port)
        return port;
    if (udp_common_port())
        return htons(udp_common_port());
    memcpy(&port, packet + 2, sizeof(port));
    uint16_t number = ntohs(port);
    return local_address_is_ours(to) && notice_elsewhere(number) ? htons(notice_alternative(number))
                                                                 : port;
}

bool udp_own_waiting(void)
{
    struct epoll_event event;
    for (struct family *f = udp_families; f < udp_families + 2; f++)
        if (f->own_waiting && libc.epoll_wait(f->epoll, &event, 1, 0) <= 0)
            f->own_waiting = 0;
    return udp_families[0].own_waiting || udp_families[1].own_waiting;
}

/* Sends a packet in fragments of IP, unless the program has set IP_MTU_DISCOVER. */
static ssize_t send_in_fragments(int fd, const struct msghdr *msg)
{
    bool v4 = ((const struct sockaddr *)msg->msg_name)->sa_family == AF_INET;
    int level = v4 ? IPPROTO_IP : IPPROTO_IPV6, name = v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER;
    int before = 0, dont = v4 ? IP_PMTUDISC_DONT : IPV6_PMTUDISC_DONT;
    socklen_t size = sizeof(before);
    libc.getsockopt(fd, level, name, &before, &size);
    bool ours = before == (v4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE);
    if (ours)
        libc.setsockopt(fd, level, name, &dont, sizeof(dont));
    ssize_t n = libc.sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    int error = errno;
    if (ours)
        libc.setsockopt(fd, level, name, &before, sizeof(before));
    errno = error;
    return n;
}

/* Sends a packet; `packet` is its beginning. */
static ssize_t send_packet(struct family *f, int fd, const struct msghdr *msg,
                           const unsigned char *packet)
{
    const union address *to = msg->msg_name;
    if (path_mtu_exceeded(to, packet, size_of(msg)))
        return send_in_fragments(fd, msg);
    ssize_t n = libc.sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    /* The error may be about an earlier packet, and is also in the error queue. */
    if (n < 0 && (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == EMSGSIZE))
        n = libc.sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0 || errno != EMSGSIZE)
        return n;
    /* The error queue has the interface's MTU, but not the packet. */
    memcpy(f->too_large, packet, sizeof(f->too_large));
    memcpy(&f->too_large_to, to, msg->msg_namelen);
    return send_in_fragments(fd, msg);
}

ssize_t udp_sendmsg(int fd, const struct msghdr *msg)
{
    struct family *f = udp_family(fd);
    unsigned char packet[128];
    size_t size = head(msg, packet, sizeof(packet));
    if (size < 13) {
        errno = EINVAL;
        return -1;
    }
    union address from, to;
    memset(&to, 0, sizeof(to));
    memcpy(&to, msg->msg_name, msg->msg_namelen);
    udp_source_address(msg, &from);
    struct udp_port *port = port_for(f, (uint16_t)(packet[0] << 8 | packet[1]), &from);
    if (!port) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    udp_source_by_route(f->ports[port->number], &to, packet, &from);
    port = port_for(f, port->number, &from);
    if (to.in.sin_port == htons(SENTINEL))
        to.in.sin_port = peer_port(&to, packet);
    if (sent_to_self(f, &to, &from, packet))
        f->own_waiting = BATCHES;
    if (!association_sent(&to, &from, packet, size))
        return (ssize_t)size_of(msg);
    trace_packet("sent", &to, packet, size);
    capture_packet(&from, &to, msg->msg_iov, msg->msg_iovlen);
    _Alignas(struct cmsghdr) unsigned char control[UDP_SOURCE_ROOM];
    struct msghdr out = {.msg_name = &to,
                         .msg_namelen = msg->msg_namelen,
                         .msg_iov = msg->msg_iov,
                         .msg_iovlen = msg->msg_iovlen};
    udp_set_source(&out, &from, control);
    ssize_t n = send_packet(f, port->fd, &out, packet);
    if (n < 0)
        debug("UDP send: %s", strerror(errno));
    /* A packet without a route is lost, as on the wire.  Given the error, libusrsctp would
     * retransmit to the same address forever, instead of trying another. */
    if (n < 0 && (errno == ENETUNREACH || errno == EHOSTUNREACH || errno == ENETDOWN))
        return (ssize_t)size_of(msg);
    return n;
}
