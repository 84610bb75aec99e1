/* The source address of a packet: libusrsctp chooses it, and not always as the kernel would. */
#include <arpa/inet.h>
#include <string.h>

#include "address.h"
#include "association.h"
#include "packet.h"
#include "udp_port.h"

/* libusrsctp has also made IP and UDP headers, and skips them: they stand before the packet in
 * memory. */
void udp_source_address(const struct msghdr *msg, union address *from)
{
    const unsigned char *packet = msg->msg_iov[0].iov_base;
    const union address *to = msg->msg_name;
    memset(from, 0, sizeof(*from));
    from->sa.sa_family = to->sa.sa_family;
    if (to->sa.sa_family == AF_INET)
        memcpy(&from->in.sin_addr, packet - 8 - 20 + 12, 4);
    else
        memcpy(&from->in6.sin6_addr, packet - 8 - 40 + 8, 16);
}

/* A socket may be bound to several addresses.  libusrsctp takes any of them; the kernel takes the
 * one of the route, so that a broken link breaks one path and not half of two. */
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
                           address_same_host(&routes[i].to, to) && routes[i].asked == now.tv_sec))
        i++;
    if (i == ROUTES) {
        i = next++ % ROUTES;
        routes[i].to = *to;
        routes[i].asked = now.tv_sec;
        if (!local_address_by_route(to, &routes[i].from))
            routes[i].from.sa.sa_family = 0;
    }
    for (; port; port = port->next)
        if (routes[i].from.sa.sa_family && udp_in_use(port) &&
            address_same_host(&port->address, &routes[i].from))
            *from = routes[i].from;
}

/* Does the packet answer a received one, from the address that the received one was sent to (RFC
 * 9260, 3.3.3 and 8.4)?  libusrsctp chooses that address for ABORT and SHUTDOWN COMPLETE; for INIT
 * ACK this function sets it. */
static bool source_of_answer(const union address *to, const unsigned char *packet,
                             union address *from)
{
    union address destination;
    unsigned char type = packet[PACKET_HEADER];
    if ((type != CHUNK_INIT_ACK && type != CHUNK_ABORT && type != CHUNK_SHUTDOWN_COMPLETE) ||
        !association_destination(to, &destination))
        return false;
    if (type == CHUNK_INIT_ACK)
        *from = destination;
    return address_same_host(from, &destination);
}

/* For a socket that is bound to no address, libusrsctp takes any address that it knows, such as
 * that of an interface which does not lead to the peer.  The kernel takes the one of the route,
 * which is 127.0.0.1 for all of 127.0.0.0/8. */
void udp_source_by_route(const struct udp_port *port, const union address *to,
                         const unsigned char *packet, union address *from)
{
    if (source_of_answer(to, packet, from))
        return;
    if (port->next)
        source_of_several(port, to, from);
    if (!address_is_wildcard(&port->address))
        return;
    memset(from, 0, sizeof(*from));
    from->sa.sa_family = to->sa.sa_family;
    if (to->sa.sa_family == AF_INET && address_is_loopback(to->in.sin_addr))
        from->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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
        cmsg->cmsg_len = CMSG_LEN(sizeof(info));
        memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
        msg->msg_controllen = CMSG_SPACE(sizeof(info));
    } else if (from->sa.sa_family == AF_INET6 && !IN6_IS_ADDR_UNSPECIFIED(&from->in6.sin6_addr)) {
        struct in6_pktinfo info = {.ipi6_addr = from->in6.sin6_addr};
        cmsg->cmsg_level = IPPROTO_IPV6;
        cmsg->cmsg_type = IPV6_PKTINFO;
        cmsg->cmsg_len = CMSG_LEN(sizeof(info));
        memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
        msg->msg_controllen = CMSG_SPACE(sizeof(info));
    } else {
        msg->msg_control = NULL;
        msg->msg_controllen = 0;
    }
}
