/* Options whose layout differs: from Linux's to libusrsctp's (…_in) and back (…_out). */
#include <arpa/inet.h>
#include <errno.h>

#include "event.h"
#include "libusrsctp.h"
#include "option_convert.h"
#include "udp.h"
#include "usock.h"

int assocparams_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_assocparams *f = from;
    struct usr_sctp_assocparams *t = to;
    t->sasoc_assoc_id = id_to_stack(s, f->sasoc_assoc_id);
    t->sasoc_asocmaxrxt = f->sasoc_asocmaxrxt;
    t->sasoc_cookie_life = f->sasoc_cookie_life;
    return 0;
}

int assocparams_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_assocparams *f = from;
    struct sctp_assocparams *t = to;
    t->sasoc_assoc_id = id_to_program(s, f->sasoc_assoc_id);
    t->sasoc_asocmaxrxt = f->sasoc_asocmaxrxt;
    t->sasoc_number_peer_destinations = f->sasoc_number_peer_destinations;
    t->sasoc_peer_rwnd = f->sasoc_peer_rwnd;
    t->sasoc_local_rwnd = f->sasoc_local_rwnd;
    t->sasoc_cookie_life = f->sasoc_cookie_life;
    return 0;
}

int primary_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_prim *f = from;
    struct usr_sctp_setprim *t = to;
    t->ssp_assoc_id = id_to_stack(s, f->ssp_assoc_id);
    t->ssp_addr = f->ssp_addr;
    return 0;
}

int primary_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_setprim *f = from;
    struct sctp_prim *t = to;
    t->ssp_assoc_id = id_to_program(s, f->ssp_assoc_id);
    t->ssp_addr = f->ssp_addr;
    return 0;
}

/* The values of SPP_… are the same, but libusrsctp has no SACK delay here: see option_path.c. */
enum { SPP_COMMON = ~SPP_SACKDELAY };

/* Linux takes no address for the parameters of an association; libusrsctp wants a wildcard. */
static struct sockaddr_storage address_in(const struct usock *s, struct sockaddr_storage address)
{
    if (address.ss_family == AF_UNSPEC)
        address.ss_family = (sa_family_t)s->domain;
    return address;
}

int paddrparams_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_paddrparams *f = from;
    struct usr_sctp_paddrparams *t = to;
    t->spp_assoc_id = id_to_stack(s, f->spp_assoc_id);
    t->spp_address = address_in(s, f->spp_address);
    t->spp_hbinterval = f->spp_hbinterval;
    t->spp_pathmaxrxt = f->spp_pathmaxrxt;
    t->spp_pathmtu = f->spp_pathmtu;
    t->spp_flags = f->spp_flags & SPP_COMMON;
    t->spp_ipv6_flowlabel = f->spp_ipv6_flowlabel;
    t->spp_dscp = f->spp_dscp;
    return 0;
}

int paddrparams_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_paddrparams *f = from;
    struct sctp_paddrparams *t = to;
    t->spp_assoc_id = id_to_program(s, f->spp_assoc_id);
    t->spp_address = f->spp_address;
    t->spp_hbinterval = f->spp_hbinterval;
    t->spp_pathmaxrxt = f->spp_pathmaxrxt;
    t->spp_pathmtu = f->spp_pathmtu;
    t->spp_flags = f->spp_flags & SPP_COMMON;
    t->spp_ipv6_flowlabel = f->spp_ipv6_flowlabel;
    t->spp_dscp = f->spp_dscp;
    return 0;
}

int paddrinfo_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_paddrinfo *f = from;
    struct usr_sctp_paddrinfo *t = to;
    t->spinfo_assoc_id = id_to_stack(s, f->spinfo_assoc_id);
    t->spinfo_address = f->spinfo_address;
    return 0;
}

int paddrinfo_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_paddrinfo *f = from;
    struct sctp_paddrinfo *t = to;
    t->spinfo_assoc_id = id_to_program(s, f->spinfo_assoc_id);
    t->spinfo_address = f->spinfo_address;
    t->spinfo_state = f->spinfo_state & usr_SCTP_UNCONFIRMED ? SCTP_UNCONFIRMED
                      : f->spinfo_state & usr_SCTP_INACTIVE  ? SCTP_INACTIVE
                                                             : SCTP_ACTIVE;
    t->spinfo_cwnd = f->spinfo_cwnd;
    t->spinfo_srtt = f->spinfo_srtt;
    t->spinfo_rto = f->spinfo_rto;
    t->spinfo_mtu = f->spinfo_mtu;
    return 0;
}

int status_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_status *f = from;
    struct usr_sctp_status *t = to;
    t->sstat_assoc_id = id_to_stack(s, f->sstat_assoc_id);
    return 0;
}

int status_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_status *f = from;
    struct sctp_status *t = to;
    t->sstat_assoc_id = id_to_program(s, f->sstat_assoc_id);
    t->sstat_state = status_to_linux(f->sstat_state);
    t->sstat_rwnd = f->sstat_rwnd;
    t->sstat_unackdata = f->sstat_unackdata;
    t->sstat_penddata = f->sstat_penddata;
    t->sstat_instrms = f->sstat_instrms;
    t->sstat_outstrms = f->sstat_outstrms;
    t->sstat_fragmentation_point = f->sstat_fragmentation_point;
    return paddrinfo_out(s, &f->sstat_primary, &t->sstat_primary);
}

int sndinfo_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_sndinfo *f = from;
    struct usr_sctp_sndinfo *t = to;
    t->snd_sid = f->snd_sid;
    t->snd_flags = flags_to_stack(f->snd_flags);
    t->snd_ppid = f->snd_ppid;
    t->snd_context = f->snd_context;
    t->snd_assoc_id = id_to_stack(s, f->snd_assoc_id);
    return 0;
}

int sndinfo_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_sndinfo *f = from;
    struct sctp_sndinfo *t = to;
    t->snd_sid = f->snd_sid;
    t->snd_flags = flags_to_linux(f->snd_flags);
    t->snd_ppid = f->snd_ppid;
    t->snd_context = f->snd_context;
    t->snd_assoc_id = id_to_program(s, f->snd_assoc_id);
    return 0;
}

/* The older form also has the lifetime: see option_sctp.c. */
int sndrcv_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_sndrcvinfo *f = from;
    struct usr_sctp_sndinfo *t = to;
    t->snd_sid = f->sinfo_stream;
    t->snd_flags = flags_to_stack(f->sinfo_flags);
    t->snd_ppid = f->sinfo_ppid;
    t->snd_context = f->sinfo_context;
    t->snd_assoc_id = id_to_stack(s, f->sinfo_assoc_id);
    return 0;
}

int sndrcv_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_sndinfo *f = from;
    struct sctp_sndrcvinfo *t = to;
    t->sinfo_stream = f->snd_sid;
    t->sinfo_flags = flags_to_linux(f->snd_flags);
    t->sinfo_ppid = f->snd_ppid;
    t->sinfo_context = f->snd_context;
    t->sinfo_assoc_id = id_to_program(s, f->snd_assoc_id);
    return 0;
}

int prinfo_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_default_prinfo *f = from;
    struct usr_sctp_default_prinfo *t = to;
    t->pr_policy = policy_to_stack(f->pr_policy);
    t->pr_value = f->pr_value;
    t->pr_assoc_id = id_to_stack(s, f->pr_assoc_id);
    return 0;
}

int prinfo_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_default_prinfo *f = from;
    struct sctp_default_prinfo *t = to;
    t->pr_policy = policy_to_linux(f->pr_policy);
    t->pr_value = f->pr_value;
    t->pr_assoc_id = id_to_program(s, f->pr_assoc_id);
    return 0;
}

int prstatus_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_prstatus *f = from;
    struct usr_sctp_prstatus *t = to;
    t->sprstat_assoc_id = id_to_stack(s, f->sprstat_assoc_id);
    t->sprstat_sid = f->sprstat_sid;
    t->sprstat_policy = f->sprstat_policy & SCTP_PR_SCTP_ALL ? usr_SCTP_PR_SCTP_ALL
                                                             : policy_to_stack(f->sprstat_policy);
    return 0;
}

int prstatus_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_prstatus *f = from;
    struct sctp_prstatus *t = to;
    t->sprstat_assoc_id = id_to_program(s, f->sprstat_assoc_id);
    t->sprstat_sid = f->sprstat_sid;
    t->sprstat_policy = f->sprstat_policy == usr_SCTP_PR_SCTP_ALL
                            ? SCTP_PR_SCTP_ALL
                            : policy_to_linux(f->sprstat_policy);
    t->sprstat_abandoned_unsent = f->sprstat_abandoned_unsent;
    t->sprstat_abandoned_sent = f->sprstat_abandoned_sent;
    return 0;
}

int thresholds_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_paddrthlds *f = from;
    struct usr_sctp_paddrthlds *t = to;
    t->spt_assoc_id = id_to_stack(s, f->spt_assoc_id);
    t->spt_address = address_in(s, f->spt_address);
    t->spt_pathmaxrxt = f->spt_pathmaxrxt;
    t->spt_pathpfthld = f->spt_pathpfthld;
    t->spt_pathcpthld = 0xffff;
    return 0;
}

int thresholds_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_paddrthlds *f = from;
    struct sctp_paddrthlds *t = to;
    t->spt_assoc_id = id_to_program(s, f->spt_assoc_id);
    t->spt_address = f->spt_address;
    t->spt_pathmaxrxt = f->spt_pathmaxrxt;
    t->spt_pathpfthld = f->spt_pathpfthld;
    return 0;
}

int thresholds2_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_paddrthlds_v2 *f = from;
    struct usr_sctp_paddrthlds *t = to;
    t->spt_assoc_id = id_to_stack(s, f->spt_assoc_id);
    t->spt_address = address_in(s, f->spt_address);
    t->spt_pathmaxrxt = f->spt_pathmaxrxt;
    t->spt_pathpfthld = f->spt_pathpfthld;
    t->spt_pathcpthld = f->spt_pathcpthld;
    return 0;
}

int thresholds2_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_paddrthlds *f = from;
    struct sctp_paddrthlds_v2 *t = to;
    t->spt_assoc_id = id_to_program(s, f->spt_assoc_id);
    t->spt_address = f->spt_address;
    t->spt_pathmaxrxt = f->spt_pathmaxrxt;
    t->spt_pathpfthld = f->spt_pathpfthld;
    t->spt_pathcpthld = f->spt_pathcpthld;
    return 0;
}

int encaps_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_udpencaps *f = from;
    struct usr_sctp_udpencaps *t = to;
    t->sue_assoc_id = id_to_stack(s, f->sue_assoc_id);
    t->sue_address = address_in(s, f->sue_address);
    t->sue_port = f->sue_port;
    return 0;
}

int encaps_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_udpencaps *f = from;
    struct sctp_udpencaps *t = to;
    t->sue_assoc_id = id_to_program(s, f->sue_assoc_id);
    t->sue_address = f->sue_address;
    t->sue_port = ntohs(f->sue_port) == udp_peer_port() ? 0 : f->sue_port;
    return 0;
}

int scheduler_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_assoc_value *f = from;
    struct usr_sctp_assoc_value *t = to;
    static const uint32_t schedulers[] = {[SCTP_SS_FCFS] = usr_SCTP_SS_FIRST_COME,
                                          [SCTP_SS_PRIO] = usr_SCTP_SS_PRIORITY,
                                          [SCTP_SS_RR] = usr_SCTP_SS_ROUND_ROBIN};
    t->assoc_id = id_to_stack(s, f->assoc_id);
    if (f->assoc_value > SCTP_SS_MAX) {
        errno = EINVAL;
        return -1;
    }
    t->assoc_value = schedulers[f->assoc_value];
    return 0;
}

int scheduler_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_assoc_value *f = from;
    struct sctp_assoc_value *t = to;
    t->assoc_id = id_to_program(s, f->assoc_id);
    t->assoc_value = f->assoc_value == usr_SCTP_SS_FIRST_COME ? SCTP_SS_FCFS
                     : f->assoc_value == usr_SCTP_SS_PRIORITY ? SCTP_SS_PRIO
                                                              : SCTP_SS_RR;
    return 0;
}
