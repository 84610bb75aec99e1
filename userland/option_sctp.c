/*
 * The options of SCTP (RFC 6458, 8).  Most are a row of the table in option_table.c; those here
 * need more than another number and layout.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libusrsctp.h"
#include "option.h"
#include "usock.h"

static int get_ids(struct usock *s, void *value, socklen_t *length)
{
    uint32_t n, *ids = usock_association_ids(s, &n);
    struct sctp_assoc_ids *to = value;
    socklen_t size = (socklen_t)(sizeof(*to) + n * sizeof(*ids));
    if (*length >= size) {
        to->gaids_number_of_ids = n;
        for (uint32_t i = 0; i < n; i++)
            to->gaids_assoc_id[i] = id_to_program(s, ids[i]);
    }
    free(ids);
    if (*length < size)
        return refuse(EINVAL);
    *length = size;
    return 0;
}

/* libusrsctp 0.9.5 also has a count before the chunk types, though its header leaves it out. */
static int get_chunks(struct usock *s, int stack_name, void *value, socklen_t *length)
{
    unsigned char stack[sizeof(struct sctp_authchunks) + 256] = {0};
    socklen_t size = sizeof(stack);
    struct sctp_authchunks *to = value;
    if (*length < sizeof(*to))
        return refuse(EINVAL);
    uint32_t id = id_to_stack(s, to->gauth_assoc_id);
    memcpy(stack, &id, sizeof(id));
    if (option_no_association(usr.getsockopt(s->so, IPPROTO_SCTP, stack_name, stack, &size)) < 0)
        return -1;
    uint32_t n = size > sizeof(*to) ? size - (socklen_t)sizeof(*to) : 0;
    if (*length < sizeof(*to) + n)
        return refuse(EINVAL);
    to->gauth_number_of_chunks = n;
    memcpy(to->gauth_chunks, stack + sizeof(*to), n);
    *length = (socklen_t)(sizeof(*to) + n);
    return 0;
}

/* Linux also takes a shorter form of these options: an int, or a delay without a frequency. */
static int set_short(struct usock *s, int name, const void *value, socklen_t length)
{
    struct sctp_assoc_value v = {0};
    if (name == SCTP_DELAYED_SACK && length >= sizeof(v)) {
        memcpy(&v, value, sizeof(v));
        if (v.assoc_value > MOST_SACK_DELAY) { /* the second field of both forms */
            return refuse(EINVAL);
        }
    }
    if (name == SCTP_DELAYED_SACK && length == sizeof(v)) {
        const struct sctp_sack_info sack = {v.assoc_id, v.assoc_value, v.assoc_value ? 2 : 1};
        return option_set_by_table(s, name, &sack, sizeof(sack));
    }
    if (length == sizeof(int)) {
        memcpy(&v.assoc_value, value, sizeof(int));
        return option_set_by_table(s, name, &v, sizeof(v));
    }
    return option_set_by_table(s, name, value, length);
}

static int get_short(struct usock *s, int name, void *value, socklen_t *length)
{
    struct sctp_assoc_value v = {0};
    struct sctp_sack_info sack = {0};
    socklen_t size = sizeof(v);
    if (name == SCTP_DELAYED_SACK && *length >= sizeof(v) && *length < sizeof(sack)) {
        memcpy(&sack.sack_assoc_id, value, sizeof(sack.sack_assoc_id));
        size = sizeof(sack);
        if (option_get_by_table(s, name, &sack, &size) < 0)
            return -1;
        v = (struct sctp_assoc_value){sack.sack_assoc_id, sack.sack_delay};
        memcpy(value, &v, sizeof(v));
        *length = sizeof(v);
        return 0;
    }
    if (name != SCTP_DELAYED_SACK && *length >= sizeof(int) && *length < sizeof(v)) {
        if (option_get_by_table(s, name, &v, &size) < 0)
            return -1;
        return option_give_int((int)v.assoc_value, value, length);
    }
    return option_get_by_table(s, name, value, length);
}

/* Later versions of libusrsctp than 0.9.5 give 0 for an association of which nothing was set. */
static int get_maxseg(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_assoc_value v;
    struct sctp_status status = {0};
    socklen_t size = sizeof(status);
    if (get_short(s, SCTP_MAXSEG, value, length) < 0)
        return -1;
    if (*length < sizeof(v))
        return 0;
    memcpy(&v, value, sizeof(v));
    status.sstat_assoc_id = v.assoc_id;
    if (v.assoc_value == 0 && option_get_by_table(s, SCTP_STATUS, &status, &size) == 0)
        v.assoc_value = (uint32_t)status.sstat_fragmentation_point;
    memcpy(value, &v, sizeof(v));
    return 0;
}

/* The default lifetime is an option of its own in libusrsctp. */
static int set_send_param(struct usock *s, const void *value, socklen_t length)
{
    struct sctp_sndrcvinfo info;
    if (option_set_by_table(s, SCTP_DEFAULT_SEND_PARAM, value, length) < 0)
        return -1;
    memcpy(&info, value, sizeof(info));
    struct sctp_default_prinfo lifetime = {.pr_assoc_id = info.sinfo_assoc_id,
                                           .pr_value = info.sinfo_timetolive,
                                           .pr_policy = SCTP_PR_SCTP_TTL};
    if (!info.sinfo_timetolive)
        return 0;
    return option_set_by_table(s, SCTP_DEFAULT_PRINFO, &lifetime, sizeof(lifetime));
}

/* Linux refuses these on a one-to-one socket, with any value. */
static bool unsupported(const struct usock *s, int name)
{
    if ((name != SCTP_AUTOCLOSE && name != SCTP_GET_ASSOC_NUMBER &&
         name != SCTP_GET_ASSOC_ID_LIST) ||
        s->type != SOCK_STREAM || s->peeled)
        return false;
    errno = EOPNOTSUPP;
    return true;
}

int option_get(struct usock *s, int name, void *value, socklen_t *length)
{
    if (unsupported(s, name) || option_lacks_auth(s, name, value, *length))
        return -1;
    switch (name) {
    case SCTP_GET_ASSOC_ID_LIST:
        return get_ids(s, value, length);
    case SCTP_PEER_AUTH_CHUNKS:
        return get_chunks(s, usr_SCTP_PEER_AUTH_CHUNKS, value, length);
    case SCTP_LOCAL_AUTH_CHUNKS:
        return get_chunks(s, usr_SCTP_LOCAL_AUTH_CHUNKS, value, length);
    case SCTP_EVENTS:
        return subscription_get_all(s, value, length);
    case SCTP_EVENT:
        return subscription_get(s, value, length);
    case SCTP_RECVRCVINFO:
        return option_give_int(s->want_rcvinfo, value, length);
    case SCTP_RECVNXTINFO:
        return option_give_int(s->want_nxtinfo, value, length);
    case SCTP_AUTO_ASCONF:
        return option_get_auto_asconf(s, value, length);
    case SCTP_REUSE_PORT:
        return option_get_reuse_port(s, value, length);
    case SCTP_I_WANT_MAPPED_V4_ADDR:
        return option_give_int(!s->plain_v4, value, length);
    case SCTP_PARTIAL_DELIVERY_POINT:
        return option_give_int(s->delivery_point, value, length);
    case SCTP_FRAGMENT_INTERLEAVE:
        return option_give_int(s->interleave, value, length);
    case SCTP_PR_SUPPORTED:
    case SCTP_AUTH_SUPPORTED:
    case SCTP_ASCONF_SUPPORTED:
    case SCTP_ECN_SUPPORTED:
    case SCTP_RECONFIG_SUPPORTED:
    case SCTP_INTERLEAVING_SUPPORTED:
        return option_get_extension(s, name, value, length);
    case SCTP_GET_PEER_ADDR_INFO:
        return option_get_peer_info(s, value, length);
    case SCTP_PEER_ADDR_PARAMS:
        return option_get_path(s, value, length);
    case SCTP_MAXSEG:
        return get_maxseg(s, value, length);
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
    if (unsupported(s, name) || option_lacks_auth(s, name, value, length))
        return -1;
    switch (name) {
    case SCTP_EVENTS:
        return subscription_set_all(s, value, length);
    case SCTP_EVENT:
        return subscription_set(s, value, length);
    case SCTP_RECVRCVINFO:
        return option_take_flag(&s->want_rcvinfo, value, length);
    case SCTP_RECVNXTINFO:
        return option_take_flag(&s->want_nxtinfo, value, length);
    case SCTP_PEER_ADDR_PARAMS:
        return option_set_path(s, value, length);
    case SCTP_DEFAULT_SEND_PARAM:
        return set_send_param(s, value, length);
    case SCTP_AUTO_ASCONF:
        return option_set_auto_asconf(s, value, length);
    case SCTP_REUSE_PORT:
        return option_set_reuse_port(s, value, length);
    case SCTP_I_WANT_MAPPED_V4_ADDR:
        return option_set_mapped_v4(s, value, length);
    case SCTP_PARTIAL_DELIVERY_POINT:
        return option_set_delivery_point(s, value, length);
    case SCTP_FRAGMENT_INTERLEAVE:
        return option_set_interleave(s, value, length);
    case SCTP_PR_SUPPORTED:
    case SCTP_AUTH_SUPPORTED:
    case SCTP_ASCONF_SUPPORTED:
    case SCTP_ECN_SUPPORTED:
    case SCTP_RECONFIG_SUPPORTED:
    case SCTP_INTERLEAVING_SUPPORTED:
        return option_set_extension(s, name, value, length);
    case SCTP_SET_PEER_PRIMARY_ADDR:
        return option_set_peer_primary(s, value, length);
    case SCTP_RESET_STREAMS:
    case SCTP_RESET_ASSOC:
    case SCTP_ADD_STREAMS:
        return option_request_reset(s, name, value, length);
    case SCTP_MAXSEG:
    case SCTP_MAX_BURST:
    case SCTP_DELAYED_SACK:
        return set_short(s, name, value, length);
    default:
        return option_set_by_table(s, name, value, length);
    }
}
