/* Each notification of the kernel in one line of text. */
#include "unpsctp.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Room for the causes of one chunk in words; longer ones are cut. */
#define CAUSES_SIZE 512

/* sac_error and sre_error hold the first cause in network order; sac_info or sre_data, where
 * there are any, all causes as they came. */
static const char *why(uint16_t error, const unsigned char *info, size_t len, char *buf,
                       size_t size)
{
    const char *name = sctp_cause_name(ntohs(error));

    if (*sctp_causes_text(info, len, buf, size))
        return buf;
    if (name)
        snprintf(buf, size, "%s", name);
    else if (error)
        snprintf(buf, size, "error cause %u", ntohs(error));
    else
        snprintf(buf, size, "no cause given");
    return buf;
}

static void assoc_change(const struct sctp_assoc_change *c, size_t len, char *buf, size_t size)
{
    size_t info = offsetof(struct sctp_assoc_change, sac_info);
    char causes[CAUSES_SIZE];
    int id = c->sac_assoc_id;

    why(c->sac_error, c->sac_info, len - info, causes, sizeof(causes));
    switch (c->sac_state) {
    case SCTP_COMM_UP:
        snprintf(buf, size, "association %d up: %u streams out, %u in", id, c->sac_outbound_streams,
                 c->sac_inbound_streams);
        break;
    case SCTP_COMM_LOST:
        snprintf(buf, size, "association %d lost: %s", id, causes);
        break;
    case SCTP_RESTART:
        snprintf(buf, size, "association %d restarted by the peer: %u streams out, %u in", id,
                 c->sac_outbound_streams, c->sac_inbound_streams);
        break;
    case SCTP_SHUTDOWN_COMP:
        snprintf(buf, size, "association %d shut down", id);
        break;
    case SCTP_CANT_STR_ASSOC:
        snprintf(buf, size, "association %d cannot start: %s", id, causes);
        break;
    default:
        snprintf(buf, size, "association %d changed to state %u", id, c->sac_state);
    }
}

static void peer_addr_change(const struct sctp_paddr_change *c, size_t len, char *buf, size_t size)
{
    static const char *const states[] = {
        [SCTP_ADDR_AVAILABLE] = "is available",
        [SCTP_ADDR_UNREACHABLE] = "is unreachable",
        [SCTP_ADDR_REMOVED] = "was removed",
        [SCTP_ADDR_ADDED] = "was added",
        [SCTP_ADDR_MADE_PRIM] = "was made primary",
        [SCTP_ADDR_CONFIRMED] = "is confirmed",
        [SCTP_ADDR_POTENTIALLY_FAILED] = "has potentially failed",
    };
    size_t state = (size_t)c->spc_state;
    char name[SOCK_NTOP_SIZE];

    (void)len;
    sock_ntop_host((const struct sockaddr *)(const void *)&c->spc_aaddr, name, sizeof(name));
    if (state < sizeof(states) / sizeof(states[0]))
        snprintf(buf, size, "association %d: address %s %s", c->spc_assoc_id, name, states[state]);
    else
        snprintf(buf, size, "association %d: address %s changed to state %d", c->spc_assoc_id, name,
                 c->spc_state);
}

static void send_failed(const struct sctp_send_failed_event *f, size_t len, char *buf, size_t size)
{
    size_t header = offsetof(struct sctp_send_failed_event, ssf_data);
    char cause[CAUSES_SIZE] = "its lifetime or its association ended";

    if (f->ssf_error) /* a cause, in network order as elsewhere */
        why((uint16_t)f->ssf_error, (const unsigned char *)"", 0, cause, sizeof(cause));
    snprintf(buf, size, "association %d: message of %zu bytes on stream %u %s: %s", f->ssf_assoc_id,
             len - header, f->ssfe_info.snd_sid,
             f->ssf_flags == SCTP_DATA_SENT ? "was sent but not acknowledged" : "was not sent",
             cause);
}

static void old_send_failed(const struct sctp_send_failed *f, size_t len, char *buf, size_t size)
{
    size_t header = offsetof(struct sctp_send_failed, ssf_data);

    snprintf(buf, size, "association %d: message of %zu bytes on stream %u %s", f->ssf_assoc_id,
             len - header, f->ssf_info.sinfo_stream,
             f->ssf_flags == SCTP_DATA_SENT ? "was sent but not acknowledged" : "was not sent");
}

static void remote_error(const struct sctp_remote_error *e, size_t len, char *buf, size_t size)
{
    char causes[CAUSES_SIZE];

    why(e->sre_error, e->sre_data, len - offsetof(struct sctp_remote_error, sre_data), causes,
        sizeof(causes));
    snprintf(buf, size, "association %d: the peer reports an error: %s", e->sre_assoc_id, causes);
}

static void shutdown_event(const struct sctp_shutdown_event *e, size_t len, char *buf, size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: the peer is shutting down", e->sse_assoc_id);
}

static void adaptation(const struct sctp_adaptation_event *e, size_t len, char *buf, size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: the peer's adaptation layer is 0x%08x", e->sai_assoc_id,
             e->sai_adaptation_ind);
}

static void partial_delivery(const struct sctp_pdapi_event *e, size_t len, char *buf, size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: the message arriving in parts on stream %u was aborted",
             e->pdapi_assoc_id, e->pdapi_stream);
}

static void authentication(const struct sctp_authkey_event *e, size_t len, char *buf, size_t size)
{
    static const char *const what[] = {
        [SCTP_AUTH_NEW_KEY] = "a new key is in use",
        [SCTP_AUTH_FREE_KEY] = "a key is no longer in use",
        [SCTP_AUTH_NO_AUTH] = "the peer does not authenticate chunks",
    };
    size_t i = e->auth_indication;

    (void)len;
    snprintf(buf, size, "association %d: authentication: %s (key %u)", e->auth_assoc_id,
             i < sizeof(what) / sizeof(what[0]) ? what[i] : "changed", e->auth_keynumber);
}

static void sender_dry(const struct sctp_sender_dry_event *e, size_t len, char *buf, size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: all that was sent is acknowledged",
             e->sender_dry_assoc_id);
}

/* The three events of RFC 6525 share the values of "denied" and "failed". */
static const char *outcome(uint16_t flags)
{
    if (flags & SCTP_STREAM_RESET_DENIED)
        return "was denied";
    if (flags & SCTP_STREAM_RESET_FAILED)
        return "failed";
    return "is done";
}

static void stream_reset(const struct sctp_stream_reset_event *e, size_t len, char *buf,
                         size_t size)
{
    size_t header = offsetof(struct sctp_stream_reset_event, strreset_stream_list);
    size_t count = (len - header) / sizeof(uint16_t);
    char which[32] = "all";

    if (count)
        snprintf(which, sizeof(which), "%zu", count);
    snprintf(buf, size, "association %d: reset of %s %s streams %s", e->strreset_assoc_id, which,
             e->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN ? "inbound" : "outbound",
             outcome(e->strreset_flags));
}

static void assoc_reset(const struct sctp_assoc_reset_event *e, size_t len, char *buf, size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: reset of the association %s", e->assocreset_assoc_id,
             outcome(e->assocreset_flags));
}

static void stream_change(const struct sctp_stream_change_event *e, size_t len, char *buf,
                          size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: change to %u streams out, %u in %s", e->strchange_assoc_id,
             e->strchange_outstrms, e->strchange_instrms, outcome(e->strchange_flags));
}

const char *sctp_notification_text(const union sctp_notification *n, size_t len, char *buf,
                                   size_t size)
{
/* A notification shorter than its type must be is not looked into.  What ends in an array must be
 * whole up to that. */
#define DECODE(type, member, function, least)                                                      \
    case type:                                                                                     \
        if (len < (least))                                                                         \
            break;                                                                                 \
        function(&n->member, len, buf, size);                                                      \
        return buf;
#define UP_TO(member, array) offsetof(__typeof__(n->member), array)

    uint16_t type = len >= sizeof(n->sn_header) ? n->sn_header.sn_type : 0;

    switch (type) {
        DECODE(SCTP_ASSOC_CHANGE, sn_assoc_change, assoc_change, UP_TO(sn_assoc_change, sac_info))
        DECODE(SCTP_PEER_ADDR_CHANGE, sn_paddr_change, peer_addr_change, sizeof(n->sn_paddr_change))
        DECODE(SCTP_SEND_FAILED, sn_send_failed, old_send_failed, UP_TO(sn_send_failed, ssf_data))
        DECODE(SCTP_SEND_FAILED_EVENT, sn_send_failed_event, send_failed,
               UP_TO(sn_send_failed_event, ssf_data))
        DECODE(SCTP_REMOTE_ERROR, sn_remote_error, remote_error, UP_TO(sn_remote_error, sre_data))
        DECODE(SCTP_SHUTDOWN_EVENT, sn_shutdown_event, shutdown_event, sizeof(n->sn_shutdown_event))
        DECODE(SCTP_ADAPTATION_INDICATION, sn_adaptation_event, adaptation,
               sizeof(n->sn_adaptation_event))
        DECODE(SCTP_PARTIAL_DELIVERY_EVENT, sn_pdapi_event, partial_delivery,
               sizeof(n->sn_pdapi_event))
        DECODE(SCTP_AUTHENTICATION_EVENT, sn_authkey_event, authentication,
               sizeof(n->sn_authkey_event))
        DECODE(SCTP_SENDER_DRY_EVENT, sn_sender_dry_event, sender_dry,
               sizeof(n->sn_sender_dry_event))
        DECODE(SCTP_STREAM_RESET_EVENT, sn_strreset_event, stream_reset,
               UP_TO(sn_strreset_event, strreset_stream_list))
        DECODE(SCTP_ASSOC_RESET_EVENT, sn_assocreset_event, assoc_reset,
               sizeof(n->sn_assocreset_event))
        DECODE(SCTP_STREAM_CHANGE_EVENT, sn_strchange_event, stream_change,
               sizeof(n->sn_strchange_event))
    default:
        break;
    }
#undef UP_TO
#undef DECODE
    snprintf(buf, size, "notification of unknown type 0x%04x (%zu bytes)", type, len);
    return buf;
}
