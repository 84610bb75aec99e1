/*
 * The MTU of paths (RFC 6951, 5.5).
 *
 * libusrsctp takes 1500 for each path.  A router reports a smaller MTU with an ICMP message, which
 * icmp.c finds in the error queue of the UDP socket, and so does this kernel for an interface of
 * its own.  The stack is told by the option that sets the MTU of a path.  It then makes smaller
 * packets, and sends the larger ones that are outstanding once more.  A DATA chunk cannot be cut
 * any more, so such a packet has to be sent in fragments of IP.
 *
 * For a larger MTU the stack probes every ten minutes, as long as SPP_PMTUD_ENABLE is set.
 */
#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "libusrsctp.h"
#include "packet.h"
#include "path_mtu.h"
#include "usock.h"

enum {
    PATHS = 64,
    SECONDS = 60, /* until a path is forgotten: larger packets are then probes */
    LEAST_V4 = 512,
    LEAST_V6 = 1280,
    UDP = 8,
    /* IP and SCTP; in libusrsctp the MTU of a path does not include them. */
    HEADERS_V4 = 20 + PACKET_HEADER,
    HEADERS_V6 = 40 + PACKET_HEADER
};

static struct path {
    union address to;       /* UDP's port */
    unsigned char ports[4]; /* SCTP's, of a packet to the peer */
    uint32_t mtu;
    time_t until;
} paths[PATHS];
static int n_paths, next_path;

static time_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec;
}

static struct path *find(const union address *to, const unsigned char *packet)
{
    for (struct path *p = paths; p < paths + n_paths; p++)
        if (p->to.sa.sa_family == to->sa.sa_family && address_same_host(&p->to, to) &&
            memcmp(p->ports, packet, sizeof(p->ports)) == 0)
            return p->until > now() ? p : NULL;
    return NULL;
}

static void remember(const union address *to, const unsigned char *packet, uint32_t mtu)
{
    struct path *p = find(to, packet);
    if (!p)
        p = &paths[next_path++ % PATHS];
    if (n_paths < PATHS && next_path > n_paths)
        n_paths = next_path;
    p->to = *to;
    memcpy(p->ports, packet, sizeof(p->ports));
    p->mtu = mtu;
    p->until = now() + SECONDS;
}

/* Tells the stack, if the path is of an association of s. */
static bool tell(struct usock *s, const union address *peer, uint32_t mtu)
{
    struct usr_sctp_paddrparams params = {0}, present = {0};
    socklen_t size = sizeof(present);
    union address to = *peer;
    uint32_t id = usr.getassocid(s->so, &to.sa);
    if (!id)
        return false;
    memcpy(&params.spp_address, &to, sizeof(params.spp_address));
    params.spp_assoc_id = id;
    present = params;
    params.spp_pathmtu = mtu - UDP - (to.sa.sa_family == AF_INET ? HEADERS_V4 : HEADERS_V6);
    if (usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_PEER_ADDR_PARAMS, &present, &size) < 0 ||
        present.spp_flags & SPP_PMTUD_DISABLE || present.spp_pathmtu <= params.spp_pathmtu)
        return true;
    debug("the MTU of a path is %u", mtu);
    /* libusrsctp takes an MTU only together with this flag. */
    params.spp_flags = SPP_PMTUD_DISABLE;
    usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
    /* A heartbeat makes it send what is to be retransmitted at once. */
    params.spp_flags = SPP_PMTUD_ENABLE | SPP_HB_DEMAND;
    usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
    return true;
}

void path_mtu_reported(const union address *to, const unsigned char *packet, uint32_t mtu)
{
    uint32_t least = to->sa.sa_family == AF_INET ? LEAST_V4 : LEAST_V6;
    union address peer = *to;
    const struct path *known = find(to, packet);
    mtu = (mtu < least ? least : mtu) / 4 * 4;
    if (known && known->mtu <= mtu)
        return;
    remember(to, packet, mtu);
    memcpy(&peer.in.sin_port, packet + 2, sizeof(peer.in.sin_port)); /* the same offset in IPv6 */
    for (struct usock *s = usocks; s; s = s->next)
        if (s->so && s->bound && memcmp(&s->name.in.sin_port, packet, 2) == 0 &&
            tell(s, &peer, mtu))
            return;
}

bool path_mtu_exceeded(const union address *to, const unsigned char *packet, size_t size)
{
    if (!n_paths || size < LEAST_V4 - UDP - HEADERS_V4)
        return false;
    const struct path *p = find(to, packet);
    size_t ip = to->sa.sa_family == AF_INET ? 20 : 40;
    return p && size + UDP + ip > p->mtu;
}

void path_mtu_drop_inherited(void)
{
    n_paths = next_path = 0;
}
