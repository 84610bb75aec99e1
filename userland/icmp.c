/*
 * ICMP messages: "port unreachable", and "fragmentation needed" or, in IPv6, "packet too big".
 *
 * "Port unreachable" means that no process has the peer's UDP port.  The kernel reports it in the
 * error queue of the UDP socket (IP_RECVERR, ip(7)), with the packet
 * that could not be delivered.  With SCTP on IP itself, the peer's SCTP would have answered that
 * packet with an ABORT (RFC 9260, 8.4), so the stack is given that ABORT.  Otherwise a connect to
 * a host without a server would be retried for a minute.
 *
 * A packet that is too big has the MTU of its path with it, for path_mtu.c.
 *
 * Anybody can send ICMP messages.  Like a received packet, the ABORT goes through association.c. It
 * is accepted only from the address and UDP port of the association's packets, and only if the
 * quoted tag is the peer's, or that of an INIT of ours.  So is an MTU, except from this kernel, for
 * an interface of its own.
 */
#include <time.h> /* for errqueue.h */

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <errno.h>

#include "address.h"
#include "association.h"
#include "libc.h"
#include "packet.h"
#include "path_mtu.h"
#include "udp_port.h"
#include "userland.h"

static bool port_unreachable(const struct sock_extended_err *e)
{
    return (e->ee_origin == SO_EE_ORIGIN_ICMP && e->ee_type == ICMP_DEST_UNREACH &&
            e->ee_code == ICMP_PORT_UNREACH) ||
           (e->ee_origin == SO_EE_ORIGIN_ICMP6 && e->ee_type == ICMP6_DST_UNREACH &&
            e->ee_code == ICMP6_DST_UNREACH_NOPORT);
}

/* Takes the MTU from a report about a packet of ours, of which n bytes are quoted. */
static void take_mtu(const struct sock_extended_err *e, const union address *to,
                     const unsigned char *sent, size_t n)
{
    const struct family *f = udp_family_of(to->sa.sa_family);
    if (e->ee_errno != EMSGSIZE || !e->ee_info)
        return;
    if (e->ee_origin == SO_EE_ORIGIN_LOCAL && address_same_host(to, &f->too_large_to))
        path_mtu_reported(to, f->too_large, e->ee_info);
    else if ((e->ee_origin == SO_EE_ORIGIN_ICMP || e->ee_origin == SO_EE_ORIGIN_ICMP6) &&
             n >= PACKET_HEADER && association_is_at(to, sent))
        path_mtu_reported(to, sent, e->ee_info);
}

/* Makes the ABORT that answers a packet of ours.  Returns its size; 0: it must not be answered. */
static size_t make_abort(const unsigned char *sent, size_t size, unsigned char *answer)
{
    if (size < PACKET_HEADER + 4 || sent[PACKET_HEADER] == CHUNK_ABORT ||
        (sent[PACKET_HEADER] == CHUNK_INIT && size < PACKET_HEADER + 8))
        return 0;
    return packet_answer(sent, size, CHUNK_ABORT, answer);
}

size_t icmp_read(int fd, unsigned char *packet, size_t size, union address *from, void *control,
                 size_t *control_size)
{
    unsigned char sent[512];
    for (int i = 0; i < 64; i++) {
        struct iovec iov = {sent, sizeof(sent)};
        struct msghdr msg = {.msg_name = from,
                             .msg_namelen = sizeof(*from),
                             .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = *control_size};
        ssize_t n = libc.recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
        if (n < 0)
            return 0;
        bool refused = false;
        struct cmsghdr *c;
        for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
            if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
                const struct sock_extended_err *e = (const void *)CMSG_DATA(c);
                refused = port_unreachable(e);
                take_mtu(e, from, sent, (size_t)n);
            }
        size_t length =
            refused && size >= PACKET_HEADER + 4 ? make_abort(sent, (size_t)n, packet) : 0;
        if (length) {
            debug("UDP port %d is unreachable: an ABORT for SCTP port %d", address_port(from),
                  sent[0] << 8 | sent[1]);
            *control_size = msg.msg_controllen;
            return length;
        }
    }
    return 0;
}
