/* Each notification as one line of text. */
#include "notification.h"
#include "cause.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Room for the causes of one chunk as text; longer text is cut. */
#define CAUSES_SIZE 512
/* How much of a failed message is shown, in bytes. */
#define EXCERPT 60

uint16_t unp_notification_type(const union sctp_notification *n, size_t len)
{
    uint16_t type = len >= sizeof(n->sn_header) ? n->sn_header.sn_type : 0;

    switch (type) {
#define ROW(row_type, name, member, id, least, describe)                                           \
    case row_type:                                                                                 \
        return len >= (least) ? type : 0;
        NOTIFICATIONS(ROW)
#undef ROW
    default:
        return 0;
    }
}

sctp_assoc_t unp_notification_assoc(const union sctp_notification *n, size_t len)
{
    switch (unp_notification_type(n, len)) {
#define ROW(type, name, member, id, least, describe)                                               \
    case type:                                                                                     \
        return n->member.id;
        NOTIFICATIONS(ROW)
#undef ROW
    default:
        return 0;
    }
}

const char *unp_notification_feature(uint8_t feature)
{
    static const char *const features[] = {
        [1] = "pr", [2] = "auth", [3] = "asconf", [4] = "multibuf", [5] = "re_config",
    };

    return feature < sizeof(features) / sizeof(features[0]) ? features[feature] : NULL;
}

/* `error` is the first cause, in network order. */
static const char *error_text(uint16_t error, char *buf, size_t size)
{
    const char *name = unp_cause_name(ntohs(error));

    if (name)
        snprintf(buf, size, "%s", name);
    else if (error)
        snprintf(buf, size, "error cause %u", ntohs(error));
    else
        snprintf(buf, size, "no cause given");
    return buf;
}

/* sac_error is the first cause. sac_info has all causes of the ABORT, if there was one. */
static const char *write_causes(const struct sctp_assoc_change *c, size_t len, char *buf,
                                size_t size)
{
    if (*unp_causes_text(c->sac_info, len - offsetof(struct sctp_assoc_change, sac_info), buf,
                         size))
        return buf;
    return error_text(c->sac_error, buf, size);
}

/* "; the peer supports pr, auth": the peer's features, where the stack reports them. */
static void add_features(const struct sctp_assoc_change *c, size_t len, char *buf, size_t size)
{
    size_t count = len - offsetof(struct sctp_assoc_change, sac_info);
    const char *before = "; the peer supports ";

    for (size_t i = 0; i < count; i++) {
        const char *name = unp_notification_feature(c->sac_info[i]);
        size_t used = strlen(buf);

        if (name)
            snprintf(buf + used, size - used, "%s%s", before, name);
        before = name ? ", " : before;
    }
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void assoc_change(const struct sctp_assoc_change *c, size_t len, char *buf, size_t size)
{
    char causes[CAUSES_SIZE];
    int id = c->sac_assoc_id;

    write_causes(c, len, causes, sizeof(causes));
    switch (c->sac_state) {
    case SCTP_COMM_UP:
        snprintf(buf, size, "association %d up: %u stream%s out, %u in", id,
                 c->sac_outbound_streams, plural(c->sac_outbound_streams), c->sac_inbound_streams);
        add_features(c, len, buf, size);
        break;
    case SCTP_COMM_LOST:
        snprintf(buf, size, "association %d lost: %s", id, causes);
        break;
    case SCTP_RESTART:
        snprintf(buf, size, "association %d restarted by the peer: %u stream%s out, %u in", id,
                 c->sac_outbound_streams, plural(c->sac_outbound_streams), c->sac_inbound_streams);
        add_features(c, len, buf, size);
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

/* The contents of SCTP_SEND_FAILED and SCTP_SEND_FAILED_EVENT. */
struct failed {
    int id;
    bool sent;
    uint16_t stream;
    uint32_t ppid, context; /* in host order */
    const unsigned char *data;
    size_t len;
};

/* Appends " (ppid 60 ngap, context 7)", without values of 0. */
static void add_marks(const struct failed *f, char *buf, size_t size)
{
    const char *name = unp_ppid_name(f->ppid);
    char ppid[48] = "", context[24] = "";
    size_t used = strlen(buf);

    if (f->ppid)
        snprintf(ppid, sizeof(ppid), "ppid %u%s%s", f->ppid, name ? " " : "", name ? name : "");
    if (f->context)
        snprintf(context, sizeof(context), "context %u", f->context);
    if (*ppid || *context)
        snprintf(buf + used, size - used, " (%s%s%s)", ppid, *ppid && *context ? ", " : "",
                 context);
}

static void failed_send(const struct failed *f, const char *cause, char *buf, size_t size)
{
    size_t used, n = f->len < EXCERPT ? f->len : EXCERPT;
    char text[4 * EXCERPT + 1];

    snprintf(buf, size, "association %d: message of %zu byte%s on stream %u %s%s", f->id, f->len,
             plural(f->len), f->stream, f->sent ? "was sent but not acknowledged" : "was not sent",
             cause);
    add_marks(f, buf, size);
    used = strlen(buf);
    unp_printable(f->data, n, text, sizeof(text));
    if (n)
        snprintf(buf + used, size - used, ": \"%s\"%s", text, n < f->len ? "..." : "");
}

static void send_failed(const struct sctp_send_failed_event *e, size_t len, char *buf, size_t size)
{
    const struct failed f = {.id = e->ssf_assoc_id,
                             .sent = e->ssf_flags == SCTP_DATA_SENT,
                             .stream = e->ssfe_info.snd_sid,
                             .ppid = ntohl(e->ssfe_info.snd_ppid),
                             .context = e->ssfe_info.snd_context,
                             .data = e->ssf_data,
                             .len = len - offsetof(struct sctp_send_failed_event, ssf_data)};
    char cause[80] = ": its lifetime or its association ended";

    if (e->ssf_error) /* a cause, in network order as elsewhere */
        error_text((uint16_t)e->ssf_error, cause + 2, sizeof(cause) - 2);
    failed_send(&f, cause, buf, size);
}

static void old_send_failed(const struct sctp_send_failed *e, size_t len, char *buf, size_t size)
{
    const struct failed f = {.id = e->ssf_assoc_id,
                             .sent = e->ssf_flags == SCTP_DATA_SENT,
                             .stream = e->ssf_info.sinfo_stream,
                             .ppid = ntohl(e->ssf_info.sinfo_ppid),
                             .context = e->ssf_info.sinfo_context,
                             .data = e->ssf_data,
                             .len = len - offsetof(struct sctp_send_failed, ssf_data)};
    char cause[80] = ": ";

    if (e->ssf_error)
        error_text((uint16_t)e->ssf_error, cause + 2, sizeof(cause) - 2);
    failed_send(&f, e->ssf_error ? cause : "", buf, size);
}

/* Linux reports each cause of an ERROR chunk in a notification of its own; sre_data is the cause's
 * info. */
static void remote_error(const struct sctp_remote_error *e, size_t len, char *buf, size_t size)
{
    const struct unp_cause cause = {.code = ntohs(e->sre_error),
                                    .info = e->sre_data,
                                    .len = len - offsetof(struct sctp_remote_error, sre_data)};
    char text[CAUSES_SIZE];

    snprintf(buf, size, "association %d: the peer reports an error: %s", e->sre_assoc_id,
             cause.code ? unp_cause_text(&cause, text, sizeof(text)) : "no cause given");
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
    snprintf(buf, size, "association %d: partial delivery of a message on stream %u was aborted",
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
    snprintf(buf, size, "association %d: reset of %s %s stream%s %s", e->strreset_assoc_id, which,
             e->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN ? "inbound" : "outbound",
             plural(count), outcome(e->strreset_flags));
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(buf);

        snprintf(buf + used, size - used, "%s%u", i ? ", " : ": ", e->strreset_stream_list[i]);
    }
}

static void assoc_reset(const struct sctp_assoc_reset_event *e, size_t len, char *buf, size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: reset of the association %s", e->assocreset_assoc_id,
             outcome(e->assocreset_flags));
}

/* Linux reports how many streams were added, the userland stack how many there are now. */
static void stream_change(const struct sctp_stream_change_event *e, size_t len, char *buf,
                          size_t size)
{
    (void)len;
    snprintf(buf, size, "association %d: change of streams (%u out, %u in) %s",
             e->strchange_assoc_id, e->strchange_outstrms, e->strchange_instrms,
             outcome(e->strchange_flags));
}

const char *unp_notification_text(const union sctp_notification *n, size_t len, char *buf,
                                  size_t size)
{
    switch (unp_notification_type(n, len)) {
#define ROW(type, name, member, id, least, describe)                                               \
    case type:                                                                                     \
        describe(&n->member, len, buf, size);                                                      \
        break;
        NOTIFICATIONS(ROW)
#undef ROW
    default:
        snprintf(buf, size, "notification of unknown type 0x%04x (%zu bytes)",
                 len >= sizeof(n->sn_header) ? n->sn_header.sn_type : 0, len);
    }
    return buf;
}
