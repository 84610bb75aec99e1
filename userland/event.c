/* Notifications, from libusrsctp's layout to Linux's (RFC 6458, 6.1). */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "libusrsctp.h"
#include "usock.h"

/* ---- translations by layout ----------------------------------------------- */

/* The layout is the same; the association id, which differs, is at id_at. */
static unsigned char *same_but_id(struct usock *s, const unsigned char *event, const size_t *size,
                                  size_t id_at)
{
    uint32_t id;
    unsigned char *to = malloc(*size);
    if (!to)
        return NULL;
    memcpy(to, event, *size);
    memcpy(&id, event + id_at, sizeof(id));
    id = (uint32_t)id_to_program(s, id);
    memcpy(to + id_at, &id, sizeof(id));
    return to;
}

/* The id follows the header. */
static unsigned char *same(struct usock *s, const unsigned char *event, size_t *size)
{
    return same_but_id(s, event, size, offsetof(struct sctp_shutdown_event, sse_assoc_id));
}

static unsigned char *adaptation(struct usock *s, const unsigned char *event, size_t *size)
{
    return same_but_id(s, event, size, offsetof(struct sctp_adaptation_event, sai_assoc_id));
}

/* Linux reports that the program itself has aborted an association; libusrsctp does not. */
enum { USER_INITIATED_ABORT = 12 }; /* RFC 9260, 3.3.10 */

void event_user_abort(struct usock *s, uint32_t stack_id)
{
    s->user_aborts[s->n_user_aborts++ % N_USER_ABORTS] = stack_id;
}

static bool user_aborted(const struct usock *s, uint32_t stack_id)
{
    for (int i = 0; i < N_USER_ABORTS; i++)
        if (s->user_aborts[i] == stack_id)
            return true;
    return false;
}

static unsigned char *assoc_change(struct usock *s, const unsigned char *event, size_t *size)
{
    enum { ABORT_CHUNK_HEADER = 4 };
    const struct usr_sctp_assoc_change *from = (const void *)event;
    struct sctp_assoc_change *to = calloc(1, *size);
    if (!to)
        return NULL;
    to->sac_flags = from->sac_flags;
    to->sac_state = from->sac_state - 1;
    to->sac_error = htons(from->sac_error);
    if (to->sac_state == SCTP_COMM_LOST && !from->sac_error && user_aborted(s, from->sac_assoc_id))
        to->sac_error = htons(USER_INITIATED_ABORT);
    if (to->sac_state == SCTP_COMM_UP ||
        to->sac_state == SCTP_RESTART) { /* 0 in other states on Linux */
        to->sac_outbound_streams = from->sac_outbound_streams;
        to->sac_inbound_streams = from->sac_inbound_streams;
    }
    to->sac_assoc_id = id_to_program(s, from->sac_assoc_id);
    size_t info = *size - sizeof(*from);
    *size = sizeof(*to);
    /* libusrsctp gives the whole ABORT chunk, Linux the causes in it.  On SCTP_COMM_UP libusrsctp
     * gives a list of the peer's features, Linux nothing. */
    if (to->sac_state == SCTP_COMM_LOST && info > ABORT_CHUNK_HEADER) {
        info -= ABORT_CHUNK_HEADER;
        memcpy(to->sac_info, from->sac_info + ABORT_CHUNK_HEADER, info);
        *size += info;
    }
    return (unsigned char *)to;
}

static unsigned char *paddr_change(struct usock *s, const unsigned char *event, size_t *size)
{
    const struct usr_sctp_paddr_change *from = (const void *)event;
    struct sctp_paddr_change *to = calloc(1, sizeof(*to));
    if (!to)
        return NULL;
    to->spc_flags = from->spc_flags;
    to->spc_aaddr = from->spc_aaddr;
    to->spc_state = (int)from->spc_state - 1;
    to->spc_error = (int)from->spc_error;
    to->spc_assoc_id = id_to_program(s, from->spc_assoc_id);
    *size = sizeof(*to);
    return (unsigned char *)to;
}

/* libusrsctp gives the whole ERROR chunk, Linux one notification for each cause, with its contents.
 * Only the first cause is reported here. */
static unsigned char *remote_error(struct usock *s, const unsigned char *event, size_t *size)
{
    enum { CHUNK_AND_CAUSE_HEADER = 4 + 4 };
    const struct usr_sctp_remote_error *from = (const void *)event;
    struct sctp_remote_error *to = calloc(1, *size);
    if (!to)
        return NULL;
    to->sre_error = htons(from->sre_error);
    to->sre_assoc_id = id_to_program(s, from->sre_assoc_id);
    size_t data = *size - sizeof(*from), carried = 0;
    if (data >= CHUNK_AND_CAUSE_HEADER) {
        carried = (size_t)from->sre_data[6] << 8 | from->sre_data[7]; /* the cause's length */
        carried = carried < 4 ? 0 : carried - 4;
        if (carried > data - CHUNK_AND_CAUSE_HEADER)
            carried = data - CHUNK_AND_CAUSE_HEADER;
        memcpy(to->sre_data, from->sre_data + CHUNK_AND_CAUSE_HEADER, carried);
    }
    *size = sizeof(*to) + carried;
    return (unsigned char *)to;
}

static unsigned char *send_failed(struct usock *s, const unsigned char *event, size_t *size)
{
    const struct usr_sctp_send_failed_event *from = (const void *)event;
    size_t data = *size - sizeof(*from);
    size_t header =
        s->failed_old ? sizeof(struct sctp_send_failed) : sizeof(struct sctp_send_failed_event);
    unsigned char *to = calloc(1, header + data);
    if (!to)
        return NULL;
    const struct usr_sctp_sndinfo *info = &from->ssfe_info;
    const uint16_t flags = info->snd_flags & 0xff; /* of the DATA chunk, as on Linux */
    const sctp_assoc_t id = id_to_program(s, from->ssfe_assoc_id);
    if (s->failed_old)
        *(struct sctp_send_failed *)(void *)to = (struct sctp_send_failed){
            .ssf_flags = from->ssfe_flags - 1,
            .ssf_error = htons((uint16_t)from->ssfe_error),
            .ssf_info.sinfo_stream = info->snd_sid,
            .ssf_info.sinfo_flags = flags,
            .ssf_info.sinfo_ppid = info->snd_ppid,
            .ssf_info.sinfo_context = info->snd_context,
            .ssf_info.sinfo_assoc_id = id_to_program(s, info->snd_assoc_id),
            .ssf_assoc_id = id};
    else
        *(struct sctp_send_failed_event *)(void *)to = (struct sctp_send_failed_event){
            .ssf_flags = from->ssfe_flags - 1,
            .ssf_error = htons((uint16_t)from->ssfe_error),
            .ssfe_info = {.snd_sid = info->snd_sid,
                          .snd_flags = flags,
                          .snd_ppid = info->snd_ppid,
                          .snd_context = info->snd_context,
                          .snd_assoc_id = id_to_program(s, info->snd_assoc_id)},
            .ssf_assoc_id = id};
    memcpy(to + header, from->ssfe_data, data);
    *size = header + data;
    return to;
}

static unsigned char *partial_delivery(struct usock *s, const unsigned char *event, size_t *size)
{
    const struct usr_sctp_pdapi_event *from = (const void *)event;
    struct sctp_pdapi_event *to = calloc(1, sizeof(*to));
    if (!to)
        return NULL;
    to->pdapi_indication = SCTP_PARTIAL_DELIVERY_ABORTED;
    to->pdapi_assoc_id = id_to_program(s, from->pdapi_assoc_id);
    to->pdapi_stream = from->pdapi_stream;
    to->pdapi_seq = from->pdapi_seq;
    *size = sizeof(*to);
    return (unsigned char *)to;
}

static unsigned char *authentication(struct usock *s, const unsigned char *event, size_t *size)
{
    const struct usr_sctp_authkey_event *from = (const void *)event;
    struct sctp_authkey_event *to = calloc(1, sizeof(*to));
    if (!to)
        return NULL;
    to->auth_keynumber = from->auth_keynumber;
    to->auth_indication = from->auth_indication == usr_SCTP_AUTH_FREE_KEY  ? SCTP_AUTH_FREE_KEY
                          : from->auth_indication == usr_SCTP_AUTH_NO_AUTH ? SCTP_AUTH_NO_AUTH
                                                                           : SCTP_AUTH_NEW_KEY;
    to->auth_assoc_id = id_to_program(s, from->auth_assoc_id);
    *size = sizeof(*to);
    return (unsigned char *)to;
}

/* ---- the table ------------------------------------------------------------ */

#define PLACE(type) [SCTP_##type - SCTP_SN_TYPE_BASE]
#define ROW(type, structure, function)                                                             \
    PLACE(type) = {usr_SCTP_##type, sizeof(struct usr_sctp_##structure), function}

/* Indexed by Linux's type: libusrsctp's type, and the least size of its structure. */
static const struct {
    uint16_t stack_type;
    size_t least;
    unsigned char *(*translate)(struct usock *s, const unsigned char *event, size_t *size);
} events[] = {
    ROW(ASSOC_CHANGE, assoc_change, assoc_change),
    /* Its padding is not in libusrsctp's own declaration, of which the header has a copy. */
    PLACE(PEER_ADDR_CHANGE) = {usr_SCTP_PEER_ADDR_CHANGE,
                               offsetof(struct usr_sctp_paddr_change, spc_padding), paddr_change},
    ROW(REMOTE_ERROR, remote_error, remote_error),
    ROW(SHUTDOWN_EVENT, shutdown_event, same),
    ROW(PARTIAL_DELIVERY_EVENT, pdapi_event, partial_delivery),
    ROW(ADAPTATION_INDICATION, adaptation_event, adaptation),
    ROW(AUTHENTICATION_EVENT, authkey_event, authentication),
    ROW(SENDER_DRY_EVENT, shutdown_event, same),
    ROW(STREAM_RESET_EVENT, shutdown_event, same),
    ROW(ASSOC_RESET_EVENT, shutdown_event, same),
    ROW(STREAM_CHANGE_EVENT, shutdown_event, same),
    ROW(SEND_FAILED_EVENT, send_failed_event, send_failed),
    PLACE(SEND_FAILED) = {usr_SCTP_SEND_FAILED_EVENT, sizeof(struct usr_sctp_send_failed_event),
                          send_failed},
};

enum { N_TYPES = sizeof(events) / sizeof(*events) };

uint16_t event_stack_type(unsigned type)
{
    unsigned place = type - SCTP_SN_TYPE_BASE;
    return place < N_TYPES ? events[place].stack_type : 0;
}

unsigned char *event_translate(struct usock *s, const unsigned char *event, size_t *size)
{
    uint16_t stack_type;
    unsigned i = 1;
    memcpy(&stack_type, event, sizeof(stack_type));
    while (i < N_TYPES && events[i].stack_type != stack_type)
        i++;
    if (i == N_TYPES || *size < events[i].least)
        return NULL;
    unsigned char *to = events[i].translate(s, event, size);
    if (!to)
        return NULL;
    unsigned type = SCTP_SN_TYPE_BASE + i;
    if (stack_type == usr_SCTP_SEND_FAILED_EVENT)
        type = s->failed_old ? SCTP_SEND_FAILED : SCTP_SEND_FAILED_EVENT;
    union sctp_notification *n = (void *)to;
    n->sn_header.sn_type = (uint16_t)type;
    n->sn_header.sn_length = (uint32_t)*size;
    return to;
}
