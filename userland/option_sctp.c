/*
 * The options of SCTP (RFC 6458, 8).  Most are a row of the table in option_table.c; here are those
 * that are more than another number and layout.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userland.h"

enum { MOST_SACK_DELAY = 500, LEAST_PATH_MTU = 512 };

static int get_ids(struct usock *s, void *value, socklen_t *length)
{
    uint32_t n, *ids = usock_association_ids(s, &n);
    struct sctp_assoc_ids *to = value;
    socklen_t size = (socklen_t)(sizeof *to + n * sizeof *ids);
    if (*length >= size) {
        to->gaids_number_of_ids = n;
        for (uint32_t i = 0; i < n; i++)
            to->gaids_assoc_id[i] = id_to_program(s, ids[i]);
    }
    free(ids);
    if (*length < size) {
        errno = EINVAL;
        return -1;
    }
    *length = size;
    return 0;
}

/* The count before the chunk types is there in libusrsctp 0.9.5 too, though its header
 * leaves it out. */
static int get_chunks(struct usock *s, int stack_name, void *value, socklen_t *length)
{
    unsigned char stack[sizeof(struct sctp_authchunks) + 256] = {0};
    socklen_t size = sizeof stack;
    struct sctp_authchunks *to = value;
    if (*length < sizeof *to) {
        errno = EINVAL;
        return -1;
    }
    uint32_t id = id_to_stack(s, to->gauth_assoc_id);
    memcpy(stack, &id, sizeof id);
    if (option_no_association(usr.getsockopt(s->so, IPPROTO_SCTP, stack_name, stack, &size)) < 0)
        return -1;
    uint32_t n = size > sizeof *to ? size - (socklen_t)sizeof *to : 0;
    if (*length < sizeof *to + n) {
        errno = EINVAL;
        return -1;
    }
    to->gauth_number_of_chunks = n;
    memcpy(to->gauth_chunks, stack + sizeof *to, n);
    *length = (socklen_t)(sizeof *to + n);
    return 0;
}

/* SCTP_EVENTS: a byte for each type; older programs know fewer. */
static int set_events(struct usock *s, const unsigned char *wanted, socklen_t length)
{
    if (length < 1 || length > sizeof(struct sctp_event_subscribe)) {
        errno = EINVAL;
        return -1;
    }
    s->want_sndrcv = wanted[0] != 0;
    bool failed = length > SCTP_SEND_FAILED - SCTP_SN_TYPE_BASE &&
                  wanted[SCTP_SEND_FAILED - SCTP_SN_TYPE_BASE];
    bool failed_event = length > SCTP_SEND_FAILED_EVENT - SCTP_SN_TYPE_BASE &&
                        wanted[SCTP_SEND_FAILED_EVENT - SCTP_SN_TYPE_BASE];
    s->failed_old = failed && !failed_event;
    sctp_assoc_t target_association =
        s->type == SOCK_SEQPACKET ? SCTP_ALL_ASSOC : SCTP_FUTURE_ASSOC;
    for (unsigned i = 1; i < sizeof(struct sctp_event_subscribe); i++) {
        bool on = i < length && wanted[i];
        if (SCTP_SN_TYPE_BASE + i == SCTP_SEND_FAILED_EVENT) /* the stack has one for both */
            on = failed || failed_event;
        if (SCTP_SN_TYPE_BASE + i != SCTP_SEND_FAILED &&
            event_subscribe(s, target_association, SCTP_SN_TYPE_BASE + i, on) < 0)
            return -1;
    }
    s->events = 0;
    for (unsigned i = 1; i < length; i++)
        s->events |= wanted[i] ? 1u << i : 0;
    return 0;
}

static int get_events(struct usock *s, unsigned char *to, socklen_t *length)
{
    if (*length < 1) {
        errno = EINVAL;
        return -1;
    }
    if (*length > sizeof(struct sctp_event_subscribe))
        *length = sizeof(struct sctp_event_subscribe);
    to[0] = s->want_sndrcv;
    for (unsigned i = 1; i < *length; i++)
        to[i] = s->events >> i & 1;
    return 0;
}

/* SCTP_EVENT: one type, of one association or all. */
static int set_event(struct usock *s, const void *value, socklen_t length)
{
    struct sctp_event event;
    if (length < sizeof event) {
        errno = EINVAL;
        return -1;
    }
    memcpy(&event, value, sizeof event);
    if (event.se_type == SCTP_DATA_IO_EVENT) {
        s->want_sndrcv = event.se_on;
        return 0;
    }
    if (event.se_type == SCTP_SEND_FAILED || event.se_type == SCTP_SEND_FAILED_EVENT)
        s->failed_old = event.se_on && event.se_type == SCTP_SEND_FAILED;
    return option_no_association(event_subscribe(s, event.se_assoc_id, event.se_type, event.se_on));
}

static int get_event(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_event event;
    if (*length < sizeof event) {
        errno = EINVAL;
        return -1;
    }
    memcpy(&event, value, sizeof event);
    unsigned place = (unsigned)event.se_type - SCTP_SN_TYPE_BASE;
    if (event.se_type < SCTP_SN_TYPE_BASE || event.se_type > SCTP_SN_TYPE_MAX) {
        errno = EINVAL;
        return -1;
    }
    event.se_on = place == 0 ? s->want_sndrcv : s->events >> place & 1;
    memcpy(value, &event, sizeof event);
    *length = sizeof event;
    return 0;
}

/* The address decides, and has to be the peer's; where there is an association id, the stack does
 * not look at it. */
static int get_peer_info(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_paddrinfo info;
    union address peer;
    if (*length >= sizeof info) {
        memcpy(&info, value, sizeof info);
        memcpy(&peer, &info.spinfo_address, sizeof peer);
        uint32_t id = address_size(&peer.sa) ? usr.getassocid(s->so, &peer.sa) : 0;
        if (!id || (s->type == SOCK_SEQPACKET && info.spinfo_assoc_id &&
                    info.spinfo_assoc_id != id_to_program(s, id))) {
            errno = EINVAL;
            return -1;
        }
    }
    return option_get_by_table(s, SCTP_GET_PEER_ADDR_INFO, value, length);
}

/* The delay of SACKs is among the parameters of a path on Linux; the stack has one for all of an
 * association, or of a socket: that of the association whose path it is. */
static int get_sack(struct usock *s, const struct sctp_paddrparams *p, struct sctp_sack_info *sack)
{
    union address to;
    socklen_t size = sizeof *sack;
    memcpy(&to, &p->spp_address, sizeof to);
    *sack = (struct sctp_sack_info){.sack_assoc_id = p->spp_assoc_id};
    if (!p->spp_assoc_id && address_size(&to.sa) && !address_is_wildcard(&to))
        sack->sack_assoc_id = id_to_program(s, usr.getassocid(s->so, &to.sa));
    return option_get_by_table(s, SCTP_DELAYED_SACK, sack, &size);
}

static int get_path(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_paddrparams p;
    struct sctp_sack_info sack;
    if (option_get_by_table(s, SCTP_PEER_ADDR_PARAMS, value, length) < 0)
        return -1;
    memcpy(&p, value, sizeof p);
    if (get_sack(s, &p, &sack) < 0)
        return -1;
    p.spp_sackdelay = sack.sack_delay;
    p.spp_flags |= sack.sack_freq > 1 ? SPP_SACKDELAY_ENABLE : SPP_SACKDELAY_DISABLE;
    memcpy(value, &p, sizeof p);
    return 0;
}

/* What Linux refuses: contradictions, too much, too little, a heartbeat to nobody. */
static bool impossible_path(const struct usock *s, const struct sctp_paddrparams *p)
{
    union address to;
    memcpy(&to, &p->spp_address, sizeof to);
    bool nobody = s->type == SOCK_SEQPACKET && !p->spp_assoc_id &&
                  (!address_size(&to.sa) || address_is_wildcard(&to));
    return (nobody && p->spp_flags & SPP_HB_DEMAND) || (p->spp_flags & SPP_HB) == SPP_HB ||
           (p->spp_flags & SPP_PMTUD) == SPP_PMTUD ||
           (p->spp_flags & SPP_SACKDELAY) == SPP_SACKDELAY || p->spp_sackdelay > MOST_SACK_DELAY ||
           (p->spp_pathmtu && p->spp_pathmtu < LEAST_PATH_MTU);
}

/* The stack does not switch the discovery of the path MTU off without an MTU that holds then:
 * Linux keeps the one that there is. */
static int keep_path_mtu(struct usock *s, struct sctp_paddrparams *p)
{
    struct sctp_paddrparams now = *p;
    socklen_t size = sizeof now;
    if (!(p->spp_flags & SPP_PMTUD_DISABLE) || p->spp_pathmtu)
        return 0;
    if (option_get_by_table(s, SCTP_PEER_ADDR_PARAMS, &now, &size) < 0)
        return -1;
    p->spp_pathmtu = now.spp_pathmtu;
    return 0;
}

static int set_path(struct usock *s, const void *value, socklen_t length)
{
    struct sctp_paddrparams p;
    struct sctp_sack_info sack;
    if (length >= sizeof p)
        memcpy(&p, value, sizeof p);
    if (length < sizeof p || impossible_path(s, &p)) {
        errno = EINVAL;
        return -1;
    }
    if (keep_path_mtu(s, &p) < 0 || option_set_by_table(s, SCTP_PEER_ADDR_PARAMS, &p, sizeof p) < 0)
        return -1;
    if (!(p.spp_flags & SPP_SACKDELAY))
        return 0;
    if (get_sack(s, &p, &sack) < 0)
        return -1;
    bool on = p.spp_flags & SPP_SACKDELAY_ENABLE;
    if (on && p.spp_sackdelay)
        sack.sack_delay = p.spp_sackdelay;
    sack.sack_freq = !on ? 1 : sack.sack_freq > 1 ? sack.sack_freq : 2;
    return option_set_by_table(s, SCTP_DELAYED_SACK, &sack, sizeof sack);
}

/* Those for which Linux takes a shorter form as well: an int, or a delay without a frequency. */
static int set_short(struct usock *s, int name, const void *value, socklen_t length)
{
    struct sctp_assoc_value v = {0, 0};
    struct sctp_sack_info sack = {0, 0, 0};
    if (name == SCTP_DELAYED_SACK && length >= sizeof v) {
        memcpy(&v, value, sizeof v);
        if (v.assoc_value > MOST_SACK_DELAY) { /* in both forms it comes second */
            errno = EINVAL;
            return -1;
        }
    }
    if (name == SCTP_DELAYED_SACK && length == sizeof v) {
        sack = (struct sctp_sack_info){v.assoc_id, v.assoc_value, v.assoc_value ? 2 : 1};
        return option_set_by_table(s, name, &sack, sizeof sack);
    }
    if (length == sizeof(int)) {
        memcpy(&v.assoc_value, value, sizeof(int));
        return option_set_by_table(s, name, &v, sizeof v);
    }
    return option_set_by_table(s, name, value, length);
}

static int get_short(struct usock *s, int name, void *value, socklen_t *length)
{
    struct sctp_assoc_value v = {0, 0};
    struct sctp_sack_info sack = {0, 0, 0};
    socklen_t size = sizeof v;
    if (name == SCTP_DELAYED_SACK && *length >= sizeof v && *length < sizeof sack) {
        memcpy(&sack.sack_assoc_id, value, sizeof sack.sack_assoc_id);
        size = sizeof sack;
        if (option_get_by_table(s, name, &sack, &size) < 0)
            return -1;
        v = (struct sctp_assoc_value){sack.sack_assoc_id, sack.sack_delay};
        memcpy(value, &v, sizeof v);
        *length = sizeof v;
        return 0;
    }
    if (name != SCTP_DELAYED_SACK && *length >= sizeof(int) && *length < sizeof v) {
        if (option_get_by_table(s, name, &v, &size) < 0)
            return -1;
        return option_give_int((int)v.assoc_value, value, length);
    }
    return option_get_by_table(s, name, value, length);
}

static int set_flag(bool *flag, const void *value, socklen_t length)
{
    int n;
    if (option_take_int(value, length, &n) < 0)
        return -1;
    *flag = n != 0;
    return 0;
}

/* The default lifetime, which the stack has apart. */
static int set_send_param(struct usock *s, const void *value, socklen_t length)
{
    struct sctp_sndrcvinfo info;
    if (option_set_by_table(s, SCTP_DEFAULT_SEND_PARAM, value, length) < 0)
        return -1;
    memcpy(&info, value, sizeof info);
    struct sctp_default_prinfo lifetime = {.pr_assoc_id = info.sinfo_assoc_id,
                                           .pr_value = info.sinfo_timetolive,
                                           .pr_policy = SCTP_PR_SCTP_TTL};
    if (!info.sinfo_timetolive)
        return 0;
    return option_set_by_table(s, SCTP_DEFAULT_PRINFO, &lifetime, sizeof lifetime);
}

/* A one-to-one socket has no SCTP_AUTOCLOSE, whatever the value. */
static bool unsupported(const struct usock *s, int name)
{
    if (name != SCTP_AUTOCLOSE || s->type != SOCK_STREAM || s->peeled)
        return false;
    errno = EOPNOTSUPP;
    return true;
}

int option_get(struct usock *s, int name, void *value, socklen_t *length)
{
    if (unsupported(s, name))
        return -1;
    switch (name) {
    case SCTP_GET_ASSOC_ID_LIST:
        return get_ids(s, value, length);
    case SCTP_PEER_AUTH_CHUNKS:
        return get_chunks(s, usr_SCTP_PEER_AUTH_CHUNKS, value, length);
    case SCTP_LOCAL_AUTH_CHUNKS:
        return get_chunks(s, usr_SCTP_LOCAL_AUTH_CHUNKS, value, length);
    case SCTP_EVENTS:
        return get_events(s, value, length);
    case SCTP_EVENT:
        return get_event(s, value, length);
    case SCTP_RECVRCVINFO:
        return option_give_int(s->want_rcvinfo, value, length);
    case SCTP_RECVNXTINFO:
        return option_give_int(s->want_nxtinfo, value, length);
    case SCTP_GET_PEER_ADDR_INFO:
        return get_peer_info(s, value, length);
    case SCTP_PEER_ADDR_PARAMS:
        return get_path(s, value, length);
    case SCTP_MAXSEG:
    case SCTP_MAX_BURST:
    case SCTP_DELAYED_SACK:
    case SCTP_CONTEXT:
        return get_short(s, name, value, length);
    default:
        return option_get_by_table(s, name, value, length);
    }
}

int option_set(struct usock *s, int name, const void *value, socklen_t length)
{
    if (unsupported(s, name))
        return -1;
    switch (name) {
    case SCTP_EVENTS:
        return set_events(s, value, length);
    case SCTP_EVENT:
        return set_event(s, value, length);
    case SCTP_RECVRCVINFO:
        return set_flag(&s->want_rcvinfo, value, length);
    case SCTP_RECVNXTINFO:
        return set_flag(&s->want_nxtinfo, value, length);
    case SCTP_PEER_ADDR_PARAMS:
        return set_path(s, value, length);
    case SCTP_DEFAULT_SEND_PARAM:
        return set_send_param(s, value, length);
    case SCTP_MAXSEG:
    case SCTP_MAX_BURST:
    case SCTP_DELAYED_SACK:
        return set_short(s, name, value, length);
    default:
        return option_set_by_table(s, name, value, length);
    }
}
