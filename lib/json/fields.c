/* Each notification as a JSON object; event.h has the format. */
#include "fields.h"
#include "cause.h"
#include "event.h"
#include "notification.h"

#include <stddef.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* names[value], or the number where it has no name. */
static void json_name(struct unp_json *j, const char *field, const char *const *names, size_t count,
                      int64_t value)
{
    if (value >= 0 && (size_t)value < count && names[value])
        unp_json_string(j, field, names[value]);
    else
        unp_json_number(j, field, value);
}
#define NAME(field, names, value) json_name(j, field, names, COUNT(names), value)

/* The bits that are set in flags, as an array of names; names[i] is that of bit i. */
static void json_flags(struct unp_json *j, const char *const *names, size_t count, unsigned flags)
{
    unp_json_open(j, "flags", '[');
    for (size_t i = 0; i < count; i++)
        if (flags & 1U << i && names[i])
            unp_json_string(j, NULL, names[i]);
    unp_json_close(j, ']');
}

/* An error cause in network order, as the API has it. */
static void json_error(struct unp_json *j, uint16_t error)
{
    unp_json_number(j, "error", ntohs(error));
    if (error)
        unp_json_string(j, "error_text", unp_strerror(ntohs(error)));
}

static void json_cause(struct unp_json *j, const struct unp_cause *cause)
{
    char text[40];

    unp_json_open(j, NULL, '{');
    unp_json_number(j, "code", cause->code);
    unp_json_string(j, "name", unp_strerror(cause->code));
    if (unp_cause_is_text(cause) && cause->len)
        unp_json_bytes(j, "text", cause->info, cause->len);
    else if (*unp_cause_detail(cause, text, sizeof(text)))
        unp_json_string(j, "text", text);
    unp_json_close(j, '}');
}

void unp_json_ppid(struct unp_json *j, uint32_t ppid)
{
    unp_json_number(j, "ppid", ntohl(ppid));
    if (unp_ppid_name(ntohl(ppid)))
        unp_json_string(j, "ppid_name", unp_ppid_name(ntohl(ppid)));
}

void unp_json_data(struct unp_json *j, const unsigned char *data, size_t len)
{
    unp_json_number(j, "length", (int64_t)len);
    unp_json_bytes(j, "data", data, len);
}

/* ---- each type of notification -------------------------------------------- */

static void assoc_change(struct unp_json *j, const struct sctp_assoc_change *c, size_t len)
{
    static const char *const states[] = {
        [SCTP_COMM_UP] = "comm_up",
        [SCTP_COMM_LOST] = "comm_lost",
        [SCTP_RESTART] = "restart",
        [SCTP_SHUTDOWN_COMP] = "shutdown_comp",
        [SCTP_CANT_STR_ASSOC] = "cant_str_assoc",
    };
    const unsigned char *info = c->sac_info;
    size_t left = len - offsetof(struct sctp_assoc_change, sac_info);
    bool up = c->sac_state == SCTP_COMM_UP || c->sac_state == SCTP_RESTART;
    struct unp_cause cause;

    NAME("state", states, c->sac_state);
    json_error(j, c->sac_error);
    unp_json_number(j, "outbound_streams", c->sac_outbound_streams);
    unp_json_number(j, "inbound_streams", c->sac_inbound_streams);
    unp_json_number(j, "assoc_id", c->sac_assoc_id);
    unp_json_open(j, up ? "features" : "causes", '[');
    for (; up && left; info++, left--)
        if (unp_notification_feature(*info))
            unp_json_string(j, NULL, unp_notification_feature(*info));
        else
            unp_json_number(j, NULL, *info);
    while (!up && unp_cause_next(&info, &left, &cause))
        json_cause(j, &cause);
    unp_json_close(j, ']');
}

static void peer_addr_change(struct unp_json *j, const struct sctp_paddr_change *c, size_t len)
{
    static const char *const states[] = {
        [SCTP_ADDR_AVAILABLE] = "addr_available",
        [SCTP_ADDR_UNREACHABLE] = "addr_unreachable",
        [SCTP_ADDR_REMOVED] = "addr_removed",
        [SCTP_ADDR_ADDED] = "addr_added",
        [SCTP_ADDR_MADE_PRIM] = "addr_made_prim",
        [SCTP_ADDR_CONFIRMED] = "addr_confirmed",
        [SCTP_ADDR_POTENTIALLY_FAILED] = "addr_potentially_failed",
    };
    char name[SOCK_NTOP_SIZE];

    (void)len;
    unp_json_string(
        j, "addr",
        sock_ntop_host((const struct sockaddr *)(const void *)&c->spc_aaddr, name, sizeof(name)));
    NAME("state", states, c->spc_state);
    unp_json_number(j, "error", c->spc_error); /* in no RFC; on Linux an sctp_sn_error_t */
    unp_json_number(j, "assoc_id", c->spc_assoc_id);
}

static void remote_error(struct unp_json *j, const struct sctp_remote_error *e, size_t len)
{
    const struct unp_cause cause = {.code = ntohs(e->sre_error),
                                    .info = e->sre_data,
                                    .len = len - offsetof(struct sctp_remote_error, sre_data)};

    json_error(j, e->sre_error);
    unp_json_number(j, "assoc_id", e->sre_assoc_id);
    unp_json_open(j, "causes", '[');
    if (cause.code)
        json_cause(j, &cause);
    unp_json_close(j, ']');
}

static const char *const ssf_flags[] = {
    [SCTP_DATA_UNSENT] = "data_unsent",
    [SCTP_DATA_SENT] = "data_sent",
};

/* Linux reports the flags of the failed message's DATA chunk (RFC 9260, section 3.3.1). */
static void chunk_flags(struct unp_json *j, unsigned flags)
{
    static const char *const names[] = {"last_fragment", "first_fragment", "unordered",
                                        "immediate"};

    json_flags(j, names, COUNT(names), flags);
}

static void send_failed(struct unp_json *j, const struct sctp_send_failed_event *f, size_t len)
{
    NAME("flags", ssf_flags, f->ssf_flags);
    json_error(j, (uint16_t)f->ssf_error);
    unp_json_number(j, "assoc_id", f->ssf_assoc_id);
    unp_json_open(j, "info", '{');
    unp_json_number(j, "stream", f->ssfe_info.snd_sid);
    chunk_flags(j, f->ssfe_info.snd_flags);
    unp_json_ppid(j, f->ssfe_info.snd_ppid);
    unp_json_number(j, "context", f->ssfe_info.snd_context);
    unp_json_close(j, '}');
    unp_json_data(j, f->ssf_data, len - offsetof(struct sctp_send_failed_event, ssf_data));
}

static void old_send_failed(struct unp_json *j, const struct sctp_send_failed *f, size_t len)
{
    NAME("flags", ssf_flags, f->ssf_flags);
    json_error(j, (uint16_t)f->ssf_error);
    unp_json_number(j, "assoc_id", f->ssf_assoc_id);
    unp_json_open(j, "info", '{');
    unp_json_number(j, "stream", f->ssf_info.sinfo_stream);
    chunk_flags(j, f->ssf_info.sinfo_flags);
    unp_json_ppid(j, f->ssf_info.sinfo_ppid);
    unp_json_number(j, "context", f->ssf_info.sinfo_context);
    unp_json_number(j, "timetolive", f->ssf_info.sinfo_timetolive);
    unp_json_close(j, '}');
    unp_json_data(j, f->ssf_data, len - offsetof(struct sctp_send_failed, ssf_data));
}

static void shutdown_event(struct unp_json *j, const struct sctp_shutdown_event *e, size_t len)
{
    (void)len;
    unp_json_number(j, "assoc_id", e->sse_assoc_id);
}

static void adaptation(struct unp_json *j, const struct sctp_adaptation_event *e, size_t len)
{
    (void)len;
    unp_json_number(j, "adaptation_ind", e->sai_adaptation_ind);
    unp_json_number(j, "assoc_id", e->sai_assoc_id);
}

static void partial_delivery(struct unp_json *j, const struct sctp_pdapi_event *e, size_t len)
{
    static const char *const indications[] = {[SCTP_PARTIAL_DELIVERY_ABORTED] = "aborted"};

    (void)len;
    NAME("indication", indications, e->pdapi_indication);
    unp_json_number(j, "stream", e->pdapi_stream);
    unp_json_number(j, "seq", e->pdapi_seq);
    unp_json_number(j, "assoc_id", e->pdapi_assoc_id);
}

static void authentication(struct unp_json *j, const struct sctp_authkey_event *e, size_t len)
{
    static const char *const indications[] = {
        [SCTP_AUTH_NEW_KEY] = "new_key",
        [SCTP_AUTH_FREE_KEY] = "free_key",
        [SCTP_AUTH_NO_AUTH] = "no_auth",
    };

    (void)len;
    NAME("indication", indications, e->auth_indication);
    unp_json_number(j, "keynumber", e->auth_keynumber);
    unp_json_number(j, "altkeynumber", e->auth_altkeynumber);
    unp_json_number(j, "assoc_id", e->auth_assoc_id);
}

static void sender_dry(struct unp_json *j, const struct sctp_sender_dry_event *e, size_t len)
{
    (void)len;
    unp_json_number(j, "assoc_id", e->sender_dry_assoc_id);
}

/* The three events of RFC 6525 share their flags; the first two are for streams only. */
static void reset_flags(struct unp_json *j, unsigned flags)
{
    static const char *const names[] = {"incoming_ssn", "outgoing_ssn", "denied", "failed"};

    _Static_assert(SCTP_STREAM_RESET_OUTGOING_SSN == 1 << 1 && SCTP_STREAM_RESET_DENIED == 1 << 2 &&
                       SCTP_ASSOC_RESET_FAILED == 1 << 3 && SCTP_STREAM_CHANGE_FAILED == 1 << 3,
                   "the bits have these places");
    json_flags(j, names, COUNT(names), flags);
}

static void stream_reset(struct unp_json *j, const struct sctp_stream_reset_event *e, size_t len)
{
    size_t header = offsetof(struct sctp_stream_reset_event, strreset_stream_list);

    reset_flags(j, e->strreset_flags);
    unp_json_number(j, "assoc_id", e->strreset_assoc_id);
    unp_json_open(j, "stream_list", '[');
    for (size_t i = 0; i < (len - header) / sizeof(e->strreset_stream_list[0]); i++)
        unp_json_number(j, NULL, e->strreset_stream_list[i]);
    unp_json_close(j, ']');
}

static void assoc_reset(struct unp_json *j, const struct sctp_assoc_reset_event *e, size_t len)
{
    (void)len;
    reset_flags(j, e->assocreset_flags);
    unp_json_number(j, "assoc_id", e->assocreset_assoc_id);
    unp_json_number(j, "local_tsn", e->assocreset_local_tsn);
    unp_json_number(j, "remote_tsn", e->assocreset_remote_tsn);
}

static void stream_change(struct unp_json *j, const struct sctp_stream_change_event *e, size_t len)
{
    (void)len;
    reset_flags(j, e->strchange_flags);
    unp_json_number(j, "assoc_id", e->strchange_assoc_id);
    unp_json_number(j, "instrms", e->strchange_instrms);
    unp_json_number(j, "outstrms", e->strchange_outstrms);
}

/* ---- any notification ----------------------------------------------------- */

void unp_json_notification(struct unp_json *j, const union sctp_notification *n, size_t len)
{
    switch (unp_notification_type(n, len)) {
#define ROW(type, name, member, id, least, describe)                                               \
    case type:                                                                                     \
        unp_json_string(j, "event", name);                                                         \
        describe(j, &n->member, len);                                                              \
        break;
        NOTIFICATIONS(ROW)
#undef ROW
    default:
        unp_json_string(j, "event", "unknown");
        unp_json_number(j, "type", len >= sizeof(n->sn_header) ? n->sn_header.sn_type : 0);
        unp_json_number(j, "length", (int64_t)len);
    }
}

void unp_notification_json(const union sctp_notification *n, size_t len, FILE *f)
{
    struct unp_json j = {.f = f};

    flockfile(f);
    unp_json_open(&j, NULL, '{');
    unp_json_notification(&j, n, len);
    unp_json_close(&j, '}');
    fputc('\n', f);
    funlockfile(f);
}
