/*
 * Options whose layout differs.  A function converts in both directions: from Linux's layout to
 * libusrsctp's (to_stack) and back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "event.h"
#include "libusrsctp.h"
#include "option.h"
#include "udp.h"
#include "usock.h"

/* Linux's structure is l, libusrsctp's u. */
#define LAYOUTS(linux_type, stack_type)                                                            \
    struct linux_type *l = linux_value;                                                            \
    struct usr_##stack_type *u = stack_value

/* Convert a field: in one direction; in both; in both, with a function for each direction. */
#define TO_STACK(stack_field, value)                                                               \
    do {                                                                                           \
        if (to_stack)                                                                              \
            u->stack_field = (value);                                                              \
    } while (0)
#define TO_LINUX(linux_field, value)                                                               \
    do {                                                                                           \
        if (!to_stack)                                                                             \
            l->linux_field = (value);                                                              \
    } while (0)
#define BOTH(linux_field, linux_value, stack_field, stack_value)                                   \
    do {                                                                                           \
        if (to_stack)                                                                              \
            u->stack_field = (stack_value);                                                        \
        else                                                                                       \
            l->linux_field = (linux_value);                                                        \
    } while (0)
#define MOVE(linux_field, stack_field)                                                             \
    BOTH(linux_field, u->stack_field, stack_field, l->linux_field)
#define COPY(field) MOVE(field, field)
#define ID(linux_field, stack_field)                                                               \
    BOTH(linux_field, id_to_program(s, u->stack_field), stack_field, id_to_stack(s, l->linux_field))
#define FLAGS(linux_field, stack_field)                                                            \
    BOTH(linux_field, flags_to_linux(u->stack_field), stack_field, flags_to_stack(l->linux_field))
/* Linux takes no address for the parameters of an association; libusrsctp wants a wildcard. */
#define ADDRESS(field) BOTH(field, u->field, field, or_wildcard(s, l->field))

static struct sockaddr_storage or_wildcard(const struct usock *s, struct sockaddr_storage address)
{
    if (address.ss_family == AF_UNSPEC)
        address.ss_family = (sa_family_t)s->domain;
    return address;
}

int convert_assocparams(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_assocparams, sctp_assocparams);
    ID(sasoc_assoc_id, sasoc_assoc_id);
    COPY(sasoc_asocmaxrxt);
    COPY(sasoc_cookie_life);
    TO_LINUX(sasoc_number_peer_destinations, u->sasoc_number_peer_destinations);
    TO_LINUX(sasoc_peer_rwnd, u->sasoc_peer_rwnd);
    TO_LINUX(sasoc_local_rwnd, u->sasoc_local_rwnd);
    return 0;
}

int convert_primary(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_prim, sctp_setprim);
    ID(ssp_assoc_id, ssp_assoc_id);
    COPY(ssp_addr);
    return 0;
}

/* The values of SPP_… are the same, but libusrsctp has no SACK delay here: see option_path.c. */
int convert_paddrparams(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_paddrparams, sctp_paddrparams);
    ID(spp_assoc_id, spp_assoc_id);
    ADDRESS(spp_address);
    COPY(spp_hbinterval);
    COPY(spp_pathmaxrxt);
    COPY(spp_pathmtu);
    BOTH(spp_flags, u->spp_flags & ~SPP_SACKDELAY, spp_flags, l->spp_flags & ~SPP_SACKDELAY);
    COPY(spp_ipv6_flowlabel);
    COPY(spp_dscp);
    return 0;
}

int convert_paddrinfo(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_paddrinfo, sctp_paddrinfo);
    ID(spinfo_assoc_id, spinfo_assoc_id);
    COPY(spinfo_address);
    TO_LINUX(spinfo_state, u->spinfo_state & usr_SCTP_UNCONFIRMED ? SCTP_UNCONFIRMED
                           : u->spinfo_state & usr_SCTP_INACTIVE  ? SCTP_INACTIVE
                                                                  : SCTP_ACTIVE);
    TO_LINUX(spinfo_cwnd, u->spinfo_cwnd);
    TO_LINUX(spinfo_srtt, u->spinfo_srtt);
    TO_LINUX(spinfo_rto, u->spinfo_rto);
    TO_LINUX(spinfo_mtu, u->spinfo_mtu);
    return 0;
}

/* Linux gives an IPv6 socket the primary address as a mapped one.  address: of a packed
 * sockaddr_storage. */
static void map_v4(void *address)
{
    struct sockaddr_in in;
    memcpy(&in, address, sizeof(in));
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = in.sin_port};
    if (in.sin_family != AF_INET)
        return;
    six.sin6_addr.s6_addr[10] = six.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&six.sin6_addr.s6_addr[12], &in.sin_addr, sizeof(in.sin_addr));
    memcpy(address, &six, sizeof(six));
}

int convert_status(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_status, sctp_status);
    ID(sstat_assoc_id, sstat_assoc_id);
    if (to_stack)
        return 0;
    l->sstat_state = status_to_linux(u->sstat_state);
    l->sstat_rwnd = u->sstat_rwnd;
    l->sstat_unackdata = u->sstat_unackdata;
    l->sstat_penddata = u->sstat_penddata;
    l->sstat_instrms = u->sstat_instrms;
    l->sstat_outstrms = u->sstat_outstrms;
    l->sstat_fragmentation_point = u->sstat_fragmentation_point;
    convert_paddrinfo(s, &l->sstat_primary, &u->sstat_primary, false);
    if (s->domain == AF_INET6 && !s->plain_v4)
        map_v4((char *)&l->sstat_primary + offsetof(struct sctp_paddrinfo, spinfo_address));
    return 0;
}

int convert_sndinfo(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_sndinfo, sctp_sndinfo);
    COPY(snd_sid);
    FLAGS(snd_flags, snd_flags);
    COPY(snd_ppid);
    COPY(snd_context);
    ID(snd_assoc_id, snd_assoc_id);
    return 0;
}

/* The older form also has the lifetime: see option_sctp.c. */
int convert_sndrcv(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_sndrcvinfo, sctp_sndinfo);
    MOVE(sinfo_stream, snd_sid);
    FLAGS(sinfo_flags, snd_flags);
    MOVE(sinfo_ppid, snd_ppid);
    MOVE(sinfo_context, snd_context);
    ID(sinfo_assoc_id, snd_assoc_id);
    return 0;
}

int convert_prinfo(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_default_prinfo, sctp_default_prinfo);
    BOTH(pr_policy, policy_to_linux(u->pr_policy), pr_policy, policy_to_stack(l->pr_policy));
    COPY(pr_value);
    ID(pr_assoc_id, pr_assoc_id);
    return 0;
}

int convert_prstatus(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_prstatus, sctp_prstatus);
    ID(sprstat_assoc_id, sprstat_assoc_id);
    COPY(sprstat_sid);
    TO_STACK(sprstat_policy, l->sprstat_policy & SCTP_PR_SCTP_ALL
                                 ? usr_SCTP_PR_SCTP_ALL
                                 : policy_to_stack(l->sprstat_policy));
    TO_LINUX(sprstat_policy, u->sprstat_policy == usr_SCTP_PR_SCTP_ALL
                                 ? SCTP_PR_SCTP_ALL
                                 : policy_to_linux(u->sprstat_policy));
    TO_LINUX(sprstat_abandoned_unsent, u->sprstat_abandoned_unsent);
    TO_LINUX(sprstat_abandoned_sent, u->sprstat_abandoned_sent);
    return 0;
}

int convert_thresholds(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_paddrthlds, sctp_paddrthlds);
    ID(spt_assoc_id, spt_assoc_id);
    ADDRESS(spt_address);
    COPY(spt_pathmaxrxt);
    COPY(spt_pathpfthld);
    TO_STACK(spt_pathcpthld, 0xffff);
    return 0;
}

int convert_thresholds2(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_paddrthlds_v2, sctp_paddrthlds);
    ID(spt_assoc_id, spt_assoc_id);
    ADDRESS(spt_address);
    COPY(spt_pathmaxrxt);
    COPY(spt_pathpfthld);
    COPY(spt_pathcpthld);
    return 0;
}

int convert_encaps(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_udpencaps, sctp_udpencaps);
    ID(sue_assoc_id, sue_assoc_id);
    ADDRESS(sue_address);
    BOTH(sue_port, ntohs(u->sue_port) == udp_peer_port() ? 0 : u->sue_port, sue_port, l->sue_port);
    return 0;
}

int convert_scheduler(struct usock *s, void *linux_value, void *stack_value, bool to_stack)
{
    LAYOUTS(sctp_assoc_value, sctp_assoc_value);
    static const uint32_t schedulers[] = {[SCTP_SS_FCFS] = usr_SCTP_SS_FIRST_COME,
                                          [SCTP_SS_PRIO] = usr_SCTP_SS_PRIORITY,
                                          [SCTP_SS_RR] = usr_SCTP_SS_ROUND_ROBIN};
    ID(assoc_id, assoc_id);
    if (to_stack && l->assoc_value > SCTP_SS_RR)
        return refuse(EINVAL);
    TO_STACK(assoc_value, schedulers[l->assoc_value]);
    TO_LINUX(assoc_value, u->assoc_value == usr_SCTP_SS_FIRST_COME ? SCTP_SS_FCFS
                          : u->assoc_value == usr_SCTP_SS_PRIORITY ? SCTP_SS_PRIO
                                                                   : SCTP_SS_RR);
    return 0;
}
