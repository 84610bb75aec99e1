/*
 * The options of SCTP (RFC 6458, 8): a table from Linux's to libusrsctp's.
 *
 * All numbers differ, but most layouts are the same.  Where the layout differs, the row names a
 * function of option_convert.c.  An option without a row does not exist: ENOPROTOOPT, as in the
 * kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libusrsctp.h"
#include "option.h"
#include "usock.h"

enum { GET = 1, SET = 2, BOTH = 3, ROOM = 512 };

struct option {
    int name, stack_name;
    int access;
    socklen_t size, stack_size; /* stack_size 0: the same */
    bool has_id;                /* an association id is the first field */
    bool longer;                /* size is the minimum */
    conversion *convert;
};

/* ---- the table ------------------------------------------------------------ */

#define INT(name, access)                                                                          \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(int), 0, false, false, NULL                   \
    }
#define PLAIN(name, access, type)                                                                  \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(struct type), 0, false, false, NULL           \
    }
#define WITH_ID(name, access, type)                                                                \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(struct type), 0, true, false, NULL            \
    }
#define LONGER(name, access, type, has_id)                                                         \
    {                                                                                              \
        SCTP_##name, usr_SCTP_##name, access, sizeof(struct type), 0, has_id, true, NULL           \
    }
#define VALUE(name) WITH_ID(name, BOTH, sctp_assoc_value)
#define CONVERT(name, stack_name, access, type, stack_type, how)                                   \
    {                                                                                              \
        SCTP_##name, stack_name, access, sizeof(struct type), sizeof(struct usr_##stack_type),     \
            true, false, convert_##how                                                             \
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
    {SCTP_RESET_ASSOC, usr_SCTP_RESET_ASSOC, SET, sizeof(sctp_assoc_t), 0, true, false, NULL},
    WITH_ID(ADD_STREAMS, SET, sctp_add_streams),
    CONVERT(STREAM_SCHEDULER, usr_SCTP_PLUGGABLE_SS, BOTH, sctp_assoc_value, sctp_assoc_value,
            scheduler),
    {SCTP_STREAM_SCHEDULER_VALUE, usr_SCTP_SS_VALUE, BOTH, sizeof(struct sctp_stream_value), 0,
     true, false, NULL},
    VALUE(INTERLEAVING_SUPPORTED),
    VALUE(ASCONF_SUPPORTED),
    VALUE(AUTH_SUPPORTED),
    VALUE(ECN_SUPPORTED),
    CONVERT(REMOTE_UDP_ENCAPS_PORT, usr_SCTP_REMOTE_UDP_ENCAPS_PORT, BOTH, sctp_udpencaps,
            sctp_udpencaps, encaps),
};

static const struct option *find(int name, int access)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        if (options[i].name == name && options[i].access & access)
            return &options[i];
    errno = ENOPROTOOPT;
    return NULL;
}

/* ---- get and set by the table --------------------------------------------- */

/* Makes libusrsctp's value of Linux's.  Returns its size; 0 and errno: the value is not valid. */
static socklen_t make_stack(struct usock *s, const struct option *o, const void *value,
                            socklen_t length, void *stack)
{
    sctp_assoc_t id;
    if (o->convert)
        return o->convert(s, (void *)value, stack, true) < 0 ? 0 : o->stack_size;
    memcpy(stack, value, length);
    if (o->has_id) {
        memcpy(&id, value, sizeof(id));
        uint32_t stack_id = id_to_stack(s, id);
        memcpy(stack, &stack_id, sizeof(stack_id));
    }
    return length;
}

static int make_linux(struct usock *s, const struct option *o, const void *stack, socklen_t size,
                      void *value, socklen_t *length)
{
    unsigned char made[ROOM] = {0};
    if (o->convert) {
        o->convert(s, made, (void *)stack, false);
        size = o->size;
    } else {
        memcpy(made, stack, size);
        if (o->has_id) {
            uint32_t id;
            memcpy(&id, stack, sizeof(id));
            sctp_assoc_t program_id = id_to_program(s, id);
            memcpy(made, &program_id, sizeof(program_id));
        }
    }
    if (size > *length)
        return refuse(EINVAL);
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
    unsigned char given[ROOM], stack[ROOM] = {0};
    const struct option *o = find(name, GET);
    if (!o)
        return -1;
    if (*length < o->size)
        return refuse(EINVAL);
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
    if (length < o->size || length > 0xffff)
        return refuse(EINVAL);
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
