/*
 * SCTP_PEER_ADDR_PARAMS and SCTP_GET_PEER_ADDR_INFO (RFC 6458, 8.1.12 and 8.2.2).
 *
 * On Linux the parameters of a path include the delay of SACKs; libusrsctp has one delay for an
 * association or a socket, as an option of its own.
 */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "libusrsctp.h"
#include "option.h"
#include "usock.h"

enum { LEAST_PATH_MTU = 512 };

/* The address must be the peer's.  libusrsctp ignores it if there is an association id. */
int option_get_peer_info(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_paddrinfo info;
    union address peer;
    if (*length >= sizeof(info)) {
        memcpy(&info, value, sizeof(info));
        memcpy(&peer, &info.spinfo_address, sizeof(peer));
        uint32_t id = address_size(&peer.sa) ? usr.getassocid(s->so, &peer.sa) : 0;
        if (!id || (s->type == SOCK_SEQPACKET && info.spinfo_assoc_id &&
                    info.spinfo_assoc_id != id_to_program(s, id)))
            return refuse(EINVAL);
    }
    return option_get_by_table(s, SCTP_GET_PEER_ADDR_INFO, value, length);
}

/* The delayed SACK of the association that the path belongs to. */
static int get_sack(struct usock *s, const struct sctp_paddrparams *p, struct sctp_sack_info *sack)
{
    union address to;
    socklen_t size = sizeof(*sack);
    memcpy(&to, &p->spp_address, sizeof(to));
    *sack = (struct sctp_sack_info){.sack_assoc_id = p->spp_assoc_id};
    if (!p->spp_assoc_id && address_size(&to.sa) && !address_is_wildcard(&to))
        sack->sack_assoc_id = id_to_program(s, usr.getassocid(s->so, &to.sa));
    return option_get_by_table(s, SCTP_DELAYED_SACK, sack, &size);
}

int option_get_path(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_paddrparams p;
    struct sctp_sack_info sack;
    if (option_get_by_table(s, SCTP_PEER_ADDR_PARAMS, value, length) < 0)
        return -1;
    memcpy(&p, value, sizeof(p));
    if (get_sack(s, &p, &sack) < 0)
        return -1;
    p.spp_sackdelay = sack.sack_delay;
    p.spp_flags |= sack.sack_freq > 1 ? SPP_SACKDELAY_ENABLE : SPP_SACKDELAY_DISABLE;
    memcpy(value, &p, sizeof(p));
    return 0;
}

/* Whether Linux refuses p: contradictory flags, values out of range, a heartbeat without a peer. */
static bool path_is_invalid(const struct usock *s, const struct sctp_paddrparams *p)
{
    union address to;
    memcpy(&to, &p->spp_address, sizeof(to));
    bool nobody = s->type == SOCK_SEQPACKET && !p->spp_assoc_id &&
                  (!address_size(&to.sa) || address_is_wildcard(&to));
    return (nobody && p->spp_flags & SPP_HB_DEMAND) || (p->spp_flags & SPP_HB) == SPP_HB ||
           (p->spp_flags & SPP_PMTUD) == SPP_PMTUD ||
           (p->spp_flags & SPP_SACKDELAY) == SPP_SACKDELAY || p->spp_sackdelay > MOST_SACK_DELAY ||
           (p->spp_pathmtu && p->spp_pathmtu < LEAST_PATH_MTU);
}

/* libusrsctp disables the discovery of the path MTU only together with a fixed MTU; Linux keeps the
 * present one. */
static int keep_path_mtu(struct usock *s, struct sctp_paddrparams *p)
{
    struct sctp_paddrparams now = *p;
    socklen_t size = sizeof(now);
    if (!(p->spp_flags & SPP_PMTUD_DISABLE) || p->spp_pathmtu)
        return 0;
    if (option_get_by_table(s, SCTP_PEER_ADDR_PARAMS, &now, &size) < 0)
        return -1;
    p->spp_pathmtu = now.spp_pathmtu;
    return 0;
}

int option_set_path(struct usock *s, const void *value, socklen_t length)
{
    struct sctp_paddrparams p;
    struct sctp_sack_info sack;
    if (length >= sizeof(p))
        memcpy(&p, value, sizeof(p));
    if (length < sizeof(p) || path_is_invalid(s, &p))
        return refuse(EINVAL);
    if (keep_path_mtu(s, &p) < 0 ||
        option_set_by_table(s, SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)) < 0)
        return -1;
    if (!(p.spp_flags & SPP_SACKDELAY))
        return 0;
    if (get_sack(s, &p, &sack) < 0)
        return -1;
    bool on = p.spp_flags & SPP_SACKDELAY_ENABLE;
    if (on && p.spp_sackdelay)
        sack.sack_delay = p.spp_sackdelay;
    sack.sack_freq = !on ? 1 : sack.sack_freq > 1 ? sack.sack_freq : 2;
    return option_set_by_table(s, SCTP_DELAYED_SACK, &sack, sizeof(sack));
}
