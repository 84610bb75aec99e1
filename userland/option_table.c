/*
 * The options of SCTP (RFC 6458, 8): a table from Linux's to the stack's.
 *
 * The numbers are all different, the layouts mostly the same: then a row of the table says it
 * all.  Where they differ, the row names two functions that make one of the other.  What has no
 * row does not exist: ENOPROTOOPT, as for the kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userland.h"

enum { GET = 1, SET = 2, BOTH = 3, ROOM = 512 };

/* Makes one layout of the other; both are zero at first.  -1, errno: cannot be. */
typedef int conversion(struct usock *s, const void *from, void *to);

struct option {
    int name, stack_name;
    int access;
    socklen_t size, stack_size; /* stack_size 0: as size */
    bool has_id;                /* an association id comes first */
    bool longer;                /* the size is the least */
    conversion *to_stack, *to_linux;
};

/* --- conversions ----------------------------------------------------------------------------- */

static int assocparams_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_assocparams *f = from;
    struct usr_sctp_assocparams *t = to;
    t->sasoc_assoc_id = id_to_stack(s, f->sasoc_assoc_id);
    t->sasoc_asocmaxrxt = f->sasoc_asocmaxrxt;
    t->sasoc_cookie_life = f->sasoc_cookie_life;
    return 0;
}

static int assocparams_out(struct usock *s, const void *from, void *to)
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

static int primary_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_prim *f = from;
    struct usr_sctp_setprim *t = to;
    t->ssp_assoc_id = id_to_stack(s, f->ssp_assoc_id);
    t->ssp_addr = f->ssp_addr;
    return 0;
}

static int primary_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_setprim *f = from;
    struct sctp_prim *t = to;
    t->ssp_assoc_id = id_to_program(s, f->ssp_assoc_id);
    t->ssp_addr = f->ssp_addr;
    return 0;
}

/* SPP_… have the same values, but that the stack knows nothing of SACK delays here: see
 * option_sctp.c. */
enum { SPP_COMMON = ~SPP_SACKDELAY };

/* An association's parameters are those of no address; the stack wants a wildcard for that. */
static struct sockaddr_storage address_in(const struct usock *s, struct sockaddr_storage address)
{
    if (address.ss_family == AF_UNSPEC)
        address.ss_family = (sa_family_t)s->domain;
    return address;
}

static int paddrparams_in(struct usock *s, const void *from, void *to)
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

static int paddrparams_out(struct usock *s, const void *from, void *to)
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

static int paddrinfo_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_paddrinfo *f = from;
    struct usr_sctp_paddrinfo *t = to;
    t->spinfo_assoc_id = id_to_stack(s, f->spinfo_assoc_id);
    t->spinfo_address = f->spinfo_address;
    return 0;
}

static int paddrinfo_out(struct usock *s, const void *from, void *to)
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

int status_to_linux(int stack_state)
{
    static const struct {
        int bit, state;
    } states[] = {
        {usr_SCTP_SHUTDOWN_ACK_SENT, SCTP_SHUTDOWN_ACK_SENT},
        {usr_SCTP_SHUTDOWN_RECEIVED, SCTP_SHUTDOWN_RECEIVED},
        {usr_SCTP_SHUTDOWN_SENT, SCTP_SHUTDOWN_SENT},
        {usr_SCTP_SHUTDOWN_PENDING, SCTP_SHUTDOWN_PENDING},
        {usr_SCTP_ESTABLISHED, SCTP_ESTABLISHED},
        {usr_SCTP_COOKIE_ECHOED, SCTP_COOKIE_ECHOED},
        {usr_SCTP_COOKIE_WAIT, SCTP_COOKIE_WAIT},
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (stack_state & states[i].bit)
            return states[i].state;
    return SCTP_CLOSED;
}

static int status_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_status *f = from;
    struct usr_sctp_status *t = to;
    t->sstat_assoc_id = id_to_stack(s, f->sstat_assoc_id);
    return 0;
}

static int status_out(struct usock *s, const void *from, void *to)
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

static int sndinfo_in(struct usock *s, const void *from, void *to)
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

static int sndinfo_out(struct usock *s, const void *from, void *to)
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

/* The older form has the lifetime too: see option_sctp.c. */
static int sndrcv_in(struct usock *s, const void *from, void *to)
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

static int sndrcv_out(struct usock *s, const void *from, void *to)
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

static int prinfo_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_default_prinfo *f = from;
    struct usr_sctp_default_prinfo *t = to;
    t->pr_policy = policy_to_stack(f->pr_policy);
    t->pr_value = f->pr_value;
    t->pr_assoc_id = id_to_stack(s, f->pr_assoc_id);
    return 0;
}

static int prinfo_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_default_prinfo *f = from;
    struct sctp_default_prinfo *t = to;
    t->pr_policy = policy_to_linux(f->pr_policy);
    t->pr_value = f->pr_value;
    t->pr_assoc_id = id_to_program(s, f->pr_assoc_id);
    return 0;
}

static int prstatus_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_prstatus *f = from;
    struct usr_sctp_prstatus *t = to;
    t->sprstat_assoc_id = id_to_stack(s, f->sprstat_assoc_id);
    t->sprstat_sid = f->sprstat_sid;
    t->sprstat_policy = f->sprstat_policy & SCTP_PR_SCTP_ALL ? usr_SCTP_PR_SCTP_ALL
                                                             : policy_to_stack(f->sprstat_policy);
    return 0;
}

static int prstatus_out(struct usock *s, const void *from, void *to)
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

static int thresholds_in(struct usock *s, const void *from, void *to)
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

static int thresholds_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_paddrthlds *f = from;
    struct sctp_paddrthlds *t = to;
    t->spt_assoc_id = id_to_program(s, f->spt_assoc_id);
    t->spt_address = f->spt_address;
    t->spt_pathmaxrxt = f->spt_pathmaxrxt;
    t->spt_pathpfthld = f->spt_pathpfthld;
    return 0;
}

static int thresholds2_in(struct usock *s, const void *from, void *to)
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

static int thresholds2_out(struct usock *s, const void *from, void *to)
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

static int encaps_in(struct usock *s, const void *from, void *to)
{
    const struct sctp_udpencaps *f = from;
    struct usr_sctp_udpencaps *t = to;
    t->sue_assoc_id = id_to_stack(s, f->sue_assoc_id);
    t->sue_address = address_in(s, f->sue_address);
    t->sue_port = f->sue_port;
    return 0;
}

static int encaps_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_udpencaps *f = from;
    struct sctp_udpencaps *t = to;
    t->sue_assoc_id = id_to_program(s, f->sue_assoc_id);
    t->sue_address = f->sue_address;
    t->sue_port = ntohs(f->sue_port) == udp_peer_port() ? 0 : f->sue_port;
    return 0;
}

static int scheduler_in(struct usock *s, const void *from, void *to)
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

static int scheduler_out(struct usock *s, const void *from, void *to)
{
    const struct usr_sctp_assoc_value *f = from;
    struct sctp_assoc_value *t = to;
    t->assoc_id = id_to_program(s, f->assoc_id);
    t->assoc_value = f->assoc_value == usr_SCTP_SS_FIRST_COME ? SCTP_SS_FCFS
                     : f->assoc_value == usr_SCTP_SS_PRIORITY ? SCTP_SS_PRIO
                                                              : SCTP_SS_RR;
    return 0;
}

/* --- the table
 * ------------------------------------------------------------------------------- */

#define INT(name, access)                                                                          \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(int), 0, false, false, NULL, NULL             \
    }
#define PLAIN(name, access, type)                                                                  \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(struct type), 0, false, false, NULL, NULL     \
    }
#define WITH_ID(name, access, type)                                                                \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(struct type), 0, true, false, NULL, NULL      \
    }
#define LONGER(name, access, type, has_id)                                                         \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(struct type), 0, has_id, true, NULL, NULL     \
    }
#define VALUE(name) WITH_ID(name, BOTH, sctp_assoc_value)
#define CONVERT(name, stack_name, access, type, stack_type, how)                                   \
    {                                                                                              \
        SCTP_##name, stack_name, access, sizeof(struct type), sizeof(struct usr_##stack_type),     \
            true, false, how##_in, how##_out                                                       \
    }

static const struct option options[] = {
    WITH_ID(RTOINFO, BOTH, sctp_rtoinfo),
    CONVERT(ASSOCINFO, usr_SCTP_ASSOCINFO, BOTH, sctp_assocparams, sctp_assocparams, assocparams),
    PLAIN(INITMSG, BOTH, sctp_initmsg),
    INT(NODELAY, BOTH),
    INT(AUTOCLOSE, BOTH),
    CONVERT(SET_PEER_PRIMARY_ADDR, usr_SCTP_SET_PEER_PRIMARY_ADDR, SET, sctp_prim, sctp_setprim,
            primary),
    CONVERT(PRIMARY_ADDR, usr_SCTP_PRIMARY_ADDR, BOTH, sctp_prim, sctp_setprim, primary),
    PLAIN(ADAPTATION_LAYER, BOTH, sctp_setadaptation),
    INT(DISABLE_FRAGMENTS, BOTH),
    CONVERT(PEER_ADDR_PARAMS, usr_SCTP_PEER_ADDR_PARAMS, BOTH, sctp_paddrparams, sctp_paddrparams,
            paddrparams),
    CONVERT(DEFAULT_SEND_PARAM, usr_SCTP_DEFAULT_SNDINFO, BOTH, sctp_sndrcvinfo, sctp_sndinfo,
            sndrcv),
    CONVERT(DEFAULT_SNDINFO, usr_SCTP_DEFAULT_SNDINFO, BOTH, sctp_sndinfo, sctp_sndinfo, sndinfo),
    CONVERT(DEFAULT_PRINFO, usr_SCTP_DEFAULT_PRINFO, BOTH, sctp_default_prinfo, sctp_default_prinfo,
            prinfo),
    INT(I_WANT_MAPPED_V4_ADDR, BOTH),
    WITH_ID(MAXSEG, BOTH, sctp_assoc_value),
    CONVERT(STATUS, usr_SCTP_STATUS, GET, sctp_status, sctp_status, status),
    CONVERT(GET_PEER_ADDR_INFO, usr_SCTP_GET_PEER_ADDR_INFO, GET, sctp_paddrinfo, sctp_paddrinfo,
            paddrinfo),
    WITH_ID(DELAYED_SACK, BOTH, sctp_sack_info),
    WITH_ID(CONTEXT, BOTH, sctp_assoc_value),
    INT(FRAGMENT_INTERLEAVE, BOTH),
    INT(PARTIAL_DELIVERY_POINT, BOTH),
    WITH_ID(MAX_BURST, BOTH, sctp_assoc_value),
    PLAIN(AUTH_CHUNK, SET, sctp_authchunk),
    LONGER(HMAC_IDENT, BOTH, sctp_hmacalgo, false),
    LONGER(AUTH_KEY, SET, sctp_authkey, true),
    WITH_ID(AUTH_ACTIVE_KEY, BOTH, sctp_authkeyid),
    WITH_ID(AUTH_DELETE_KEY, SET, sctp_authkeyid),
    WITH_ID(AUTH_DEACTIVATE_KEY, SET, sctp_authkeyid),
    INT(GET_ASSOC_NUMBER, GET),
    INT(AUTO_ASCONF, BOTH),
    CONVERT(PEER_ADDR_THLDS, usr_SCTP_PEER_ADDR_THLDS, BOTH, sctp_paddrthlds, sctp_paddrthlds,
            thresholds),
    CONVERT(PEER_ADDR_THLDS_V2, usr_SCTP_PEER_ADDR_THLDS, BOTH, sctp_paddrthlds_v2, sctp_paddrthlds,
            thresholds2),
    INT(REUSE_PORT, BOTH),
    VALUE(PR_SUPPORTED),
    CONVERT(PR_ASSOC_STATUS, usr_SCTP_PR_ASSOC_STATUS, GET, sctp_prstatus, sctp_prstatus, prstatus),
    CONVERT(PR_STREAM_STATUS, usr_SCTP_PR_STREAM_STATUS, GET, sctp_prstatus, sctp_prstatus,
            prstatus),
    VALUE(RECONFIG_SUPPORTED),
    VALUE(ENABLE_STREAM_RESET),
    LONGER(RESET_STREAMS, SET, sctp_reset_streams, true),
    {SCTP_RESET_ASSOC, usr_SCTP_RESET_ASSOC, SET, sizeof(sctp_assoc_t), 0, true, false, NULL, NULL},
    WITH_ID(ADD_STREAMS, SET, sctp_add_streams),
    CONVERT(STREAM_SCHEDULER, usr_SCTP_PLUGGABLE_SS, BOTH, sctp_assoc_value, sctp_assoc_value,
            scheduler),
    {SCTP_STREAM_SCHEDULER_VALUE, usr_SCTP_SS_VALUE, BOTH, sizeof(struct sctp_stream_value), 0,
     true, false, NULL, NULL},
    VALUE(INTERLEAVING_SUPPORTED),
    VALUE(ASCONF_SUPPORTED),
    VALUE(AUTH_SUPPORTED),
    VALUE(ECN_SUPPORTED),
    CONVERT(REMOTE_UDP_ENCAPS_PORT, usr_SCTP_REMOTE_UDP_ENCAPS_PORT, BOTH, sctp_udpencaps,
            sctp_udpencaps, encaps),
};

static const struct option *find(int name, int access)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].name == name && options[i].access & access)
            return &options[i];
    errno = ENOPROTOOPT;
    return NULL;
}

/* --- get and set by the table
 * ---------------------------------------------------------------- */

/* The stack's value, of Linux's of `length` bytes.  Returns its size; 0, errno. */
static socklen_t make_stack(struct usock *s, const struct option *o, const void *value,
                            socklen_t length, void *stack)
{
    sctp_assoc_t id;
    if (o->to_stack)
        return o->to_stack(s, value, stack) < 0 ? 0 : o->stack_size;
    memcpy(stack, value, length);
    if (o->has_id) {
        memcpy(&id, value, sizeof id);
        uint32_t stack_id = id_to_stack(s, id);
        memcpy(stack, &stack_id, sizeof stack_id);
    }
    return length;
}

static int make_linux(struct usock *s, const struct option *o, const void *stack, socklen_t size,
                      void *value, socklen_t *length)
{
    unsigned char made[ROOM] = {0};
    if (o->to_linux) {
        o->to_linux(s, stack, made);
        size = o->size;
    } else {
        memcpy(made, stack, size);
        if (o->has_id) {
            uint32_t id;
            memcpy(&id, stack, sizeof id);
            sctp_assoc_t program_id = id_to_program(s, id);
            memcpy(made, &program_id, sizeof program_id);
        }
    }
    if (size > *length) {
        errno = EINVAL;
        return -1;
    }
    memcpy(value, made, size);
    *length = size;
    return 0;
}

int option_no_association(int result)
{
    if (result < 0 && (errno == ENOENT || errno == ENOTCONN))
        errno = EINVAL;
    return result;
}

int option_get_by_table(struct usock *s, int name, void *value, socklen_t *length)
{
    unsigned char given[ROOM] = {0}, stack[ROOM] = {0};
    const struct option *o = find(name, GET);
    if (!o)
        return -1;
    if (*length < o->size || !value) {
        errno = EINVAL;
        return -1;
    }
    memcpy(given, value, o->size);
    if (!make_stack(s, o, given, o->size, stack))
        return -1;
    socklen_t size = o->longer ? ROOM : o->stack_size ? o->stack_size : o->size;
    if (option_no_association(usr.getsockopt(s->so, IPPROTO_SCTP, o->stack_name, stack, &size)) < 0)
        return -1;
    return make_linux(s, o, stack, size, value, length);
}

int option_set_by_table(struct usock *s, int name, const void *value, socklen_t length)
{
    const struct option *o = find(name, SET);
    if (!o)
        return -1;
    if (length < o->size || length > 0xffff || !value) {
        errno = EINVAL;
        return -1;
    }
    if (!o->longer)
        length = o->size;
    unsigned char *stack = calloc(1, length > ROOM ? length : ROOM);
    if (!stack)
        return -1;
    socklen_t size = make_stack(s, o, value, length, stack);
    int result = size ? usr.setsockopt(s->so, IPPROTO_SCTP, o->stack_name, stack, size) : -1;
    int error = errno;
    free(stack);
    errno = error;
    return option_no_association(result);
}
