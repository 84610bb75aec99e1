/*
 * SCTP_PR_SUPPORTED, SCTP_AUTH_SUPPORTED and the like: extensions that are negotiated when an
 * association is set up.
 *
 * On Linux, setting one is about later associations of the socket, whichever association it names;
 * libusrsctp refuses it for an association.  Where one extension needs another (ASCONF needs AUTH),
 * Linux lets a program set them in either order.
 */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "libusrsctp.h"
#include "option.h"
#include "usock.h"

/* Whether the option, which has this association id, is about an association. */
static bool of_association(struct usock *s, sctp_assoc_t id)
{
    if (s->type == SOCK_STREAM)
        return usock_associations(s) > 0;
    return id > SCTP_ALL_ASSOC && usock_state(s, id_to_stack(s, id)) != SCTP_CLOSED;
}

static int set(struct usock *s, int name, bool on)
{
    const struct sctp_assoc_value value = {.assoc_value = on};
    return option_set_by_table(s, name, &value, sizeof(value));
}

static bool is_on(struct usock *s, int name)
{
    struct sctp_assoc_value value = {0};
    socklen_t size = sizeof(value);
    return option_get_by_table(s, name, &value, &size) == 0 && value.assoc_value;
}

/* libusrsctp has ASCONF only together with AUTH. */
static int set_auth(struct usock *s, bool on)
{
    if (!on && set(s, SCTP_ASCONF_SUPPORTED, false) < 0)
        return -1;
    if (set(s, SCTP_AUTH_SUPPORTED, on) < 0)
        return -1;
    return on && s->asconf ? set(s, SCTP_ASCONF_SUPPORTED, true) : 0;
}

static int set_asconf(struct usock *s, bool on)
{
    s->asconf = on;
    return on && !is_on(s, SCTP_AUTH_SUPPORTED) ? 0 : set(s, SCTP_ASCONF_SUPPORTED, on);
}

static int set_interleaving(struct usock *s, bool on)
{
    enum { ASSOCIATIONS = 1, STREAMS = 2 };
    const int level = on ? STREAMS : ASSOCIATIONS;
    if (set(s, SCTP_INTERLEAVING_SUPPORTED, false) < 0 ||
        option_set_by_table(s, SCTP_FRAGMENT_INTERLEAVE, &level, sizeof(level)) < 0)
        return -1;
    return on ? set(s, SCTP_INTERLEAVING_SUPPORTED, true) : 0;
}

/* ---- what needs an extension ---------------------------------------------- */

bool option_lacks_auth(struct usock *s, int name, const void *value, socklen_t length)
{
    struct sctp_assoc_value v = {0};
    socklen_t size = sizeof(v);
    switch (name) {
    case SCTP_AUTH_KEY:
    case SCTP_AUTH_ACTIVE_KEY:
    case SCTP_AUTH_DELETE_KEY:
    case SCTP_AUTH_DEACTIVATE_KEY:
    case SCTP_PEER_AUTH_CHUNKS:
    case SCTP_LOCAL_AUTH_CHUNKS: /* in all of them the id is the first field */
        if (length < sizeof(v.assoc_id))
            return false;
        memcpy(&v.assoc_id, value, sizeof(v.assoc_id));
        break;
    case SCTP_AUTH_CHUNK:
    case SCTP_HMAC_IDENT:
        break;
    default:
        return false;
    }
    if (option_get_by_table(s, SCTP_AUTH_SUPPORTED, &v, &size) < 0 || v.assoc_value ||
        (name == SCTP_PEER_AUTH_CHUNKS && !of_association(s, v.assoc_id)))
        return false; /* without an association, getting it fails with the right error */
    errno = EACCES;
    return true;
}

/* The id is the first field. */
int option_set_peer_primary(struct usock *s, const void *value, socklen_t length)
{
    struct sctp_assoc_value asconf = {0};
    socklen_t size = sizeof(asconf);
    if (length >= sizeof(asconf.assoc_id))
        memcpy(&asconf.assoc_id, value, sizeof(asconf.assoc_id));
    if (option_get_by_table(s, SCTP_ASCONF_SUPPORTED, &asconf, &size) == 0 && !asconf.assoc_value)
        return refuse(EPERM);
    return option_set_by_table(s, SCTP_SET_PEER_PRIMARY_ADDR, value, length);
}

/* On Linux, a peer on the same machine has answered when the call returns, so the next request can
 * follow at once.  wait_catch_up() does the same here. */
int option_request_reset(struct usock *s, int name, const void *value, socklen_t length)
{
    struct sctp_assoc_value allowed = {0};
    socklen_t size = sizeof(allowed);
    if (length >= sizeof(allowed.assoc_id))
        memcpy(&allowed.assoc_id, value, sizeof(allowed.assoc_id));
    const uint32_t needed = name == SCTP_RESET_STREAMS ? SCTP_ENABLE_RESET_STREAM_REQ
                            : name == SCTP_RESET_ASSOC ? SCTP_ENABLE_RESET_ASSOC_REQ
                                                       : SCTP_ENABLE_CHANGE_ASSOC_REQ;
    if (length >= sizeof(allowed.assoc_id) && of_association(s, allowed.assoc_id) &&
        option_get_by_table(s, SCTP_ENABLE_STREAM_RESET, &allowed, &size) == 0 &&
        !(allowed.assoc_value & needed))
        return refuse(ENOPROTOOPT);
    if (option_set_by_table(s, name, value, length) < 0)
        return refuse(errno == EALREADY ? EINPROGRESS : errno == EOPNOTSUPP ? ENOPROTOOPT : errno);
    wait_catch_up(NULL);
    return 0;
}

/* ---- setting and getting them ------------------------------------------------ */

int option_get_extension(struct usock *s, int name, void *value, socklen_t *length)
{
    struct sctp_assoc_value v;
    if (option_get_by_table(s, name, value, length) < 0)
        return -1;
    memcpy(&v, value, sizeof(v));
    if (name == SCTP_ASCONF_SUPPORTED && !of_association(s, v.assoc_id)) {
        v.assoc_value = s->asconf;
        memcpy(value, &v, sizeof(v));
    }
    return 0;
}

int option_set_extension(struct usock *s, int name, const void *value, socklen_t length)
{
    struct sctp_assoc_value v;
    if (length != sizeof(v))
        return refuse(EINVAL);
    memcpy(&v, value, sizeof(v));
    if (name == SCTP_INTERLEAVING_SUPPORTED && v.assoc_value && !s->interleave)
        return refuse(EPERM);
    if (s->type == SOCK_STREAM && of_association(s, 0))
        return 0; /* it will have no other */
    if (s->type == SOCK_SEQPACKET && v.assoc_id && !of_association(s, v.assoc_id))
        return refuse(EINVAL);
    switch (name) {
    case SCTP_AUTH_SUPPORTED:
        return set_auth(s, v.assoc_value);
    case SCTP_ASCONF_SUPPORTED:
        return set_asconf(s, v.assoc_value);
    case SCTP_INTERLEAVING_SUPPORTED:
        return set_interleaving(s, v.assoc_value);
    case SCTP_PR_SUPPORTED:
        s->chose_pr = true;
        break;
    default:
        break;
    }
    return set(s, name, v.assoc_value);
}
