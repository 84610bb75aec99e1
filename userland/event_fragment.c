/*
 * The notification that a program reads.
 *
 * libusrsctp reports in one notification that it has not sent a message, Linux in one for each
 * fragment.  After a fragment was read, the header is copied to before the data of the next one.
 */
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "libusrsctp.h"

enum { LAST = 1, FIRST = 2 }; /* flags of a DATA chunk */

/* The places of fields in both forms of the notification. */
static const struct layout {
    size_t header, flags, id;
} old_layout = {sizeof(struct sctp_send_failed),
                offsetof(struct sctp_send_failed, ssf_info.sinfo_flags),
                offsetof(struct sctp_send_failed, ssf_assoc_id)},
  new_layout = {sizeof(struct sctp_send_failed_event),
                offsetof(struct sctp_send_failed_event, ssfe_info.snd_flags),
                offsetof(struct sctp_send_failed_event, ssf_assoc_id)};

/* NULL: a notification of another type. */
static const struct layout *layout_of(const unsigned char *event)
{
    uint16_t type;
    memcpy(&type, event, sizeof(type));
    return type == SCTP_SEND_FAILED ? &old_layout
                                    : (type == SCTP_SEND_FAILED_EVENT ? &new_layout : NULL);
}

/* The most data of a fragment; 0: the association has closed. */
static size_t fragment_size(const struct usock *s, const unsigned char *event,
                            const struct layout *l)
{
    sctp_assoc_t id;
    memcpy(&id, event + l->id, sizeof(id));
    struct usr_sctp_status status = {.sstat_assoc_id = id_to_stack(s, id)};
    socklen_t size = sizeof(status);
    if (usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_STATUS, &status, &size) < 0)
        return 0;
    return status.sstat_fragmentation_point;
}

/* Cuts the notification at event_read after the first fragment. */
static void cut(struct usock *s, const struct layout *l, uint16_t flags)
{
    unsigned char *event = s->event + s->event_read;
    size_t left = s->event_size - s->event_read - l->header;
    if (left <= s->event_fragment)
        flags |= LAST;
    else
        left = s->event_fragment;
    uint32_t length = (uint32_t)(l->header + left);
    memcpy(event + offsetof(struct sctp_send_failed, ssf_length), &length, sizeof(length));
    memcpy(event + l->flags, &flags, sizeof(flags));
    s->event_end = s->event_read + length;
}

void event_begin(struct usock *s, unsigned char *event, size_t size)
{
    const struct layout *l = layout_of(event);
    s->event = event;
    s->event_size = s->event_end = size;
    s->event_read = 0;
    s->event_fragment = l ? fragment_size(s, event, l) : 0;
    if (s->event_fragment && size - l->header > s->event_fragment) {
        uint16_t flags;
        memcpy(&flags, event + l->flags, sizeof(flags));
        cut(s, l, flags & FIRST);
    }
}

void event_next(struct usock *s)
{
    const struct layout *l = layout_of(s->event);
    if (s->event_end == s->event_size) {
        free(s->event);
        s->event = NULL;
        return;
    }
    s->event_read = s->event_end - l->header;
    memmove(s->event + s->event_read, s->event + s->event_read - s->event_fragment, l->header);
    cut(s, l, 0);
}
