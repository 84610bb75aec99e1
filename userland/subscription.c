/* Subscribing to notifications: SCTP_EVENTS and SCTP_EVENT (RFC 6458, 6.2). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "libusrsctp.h"
#include "option.h"
#include "usock.h"

static int subscribe(struct usock *s, uint32_t stack_id, uint16_t stack_type, bool on)
{
    struct usr_sctp_event event = {.se_assoc_id = stack_id, .se_type = stack_type, .se_on = on};
    return usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_EVENT, &event, sizeof(event));
}

static int subscribe_to(struct usock *s, sctp_assoc_t id, unsigned type, bool on)
{
    uint16_t stack_type = event_stack_type(type);
    if (!stack_type)
        return refuse(EINVAL);
    /* libusrsctp refuses this type for all associations at once, because a storm of notifications
     * may follow. */
    if (type == SCTP_SENDER_DRY_EVENT && id == SCTP_ALL_ASSOC && s->type == SOCK_SEQPACKET) {
        uint32_t n, *ids = usock_association_ids(s, &n);
        for (uint32_t i = 0; i < n; i++)
            subscribe(s, ids[i], stack_type, on);
        free(ids);
        id = SCTP_FUTURE_ASSOC;
    }
    if (subscribe(s, id_to_stack(s, id), stack_type, on) < 0)
        return -1;
    const uint32_t bit = 1u << (type - SCTP_SN_TYPE_BASE);
    if (id == SCTP_FUTURE_ASSOC || id == SCTP_ALL_ASSOC || s->type == SOCK_STREAM)
        s->events = on ? s->events | bit : s->events & ~bit;
    return 0;
}

/* One byte for each type of notification; programs built with older headers pass fewer. */
int subscription_set_all(struct usock *s, const unsigned char *wanted, socklen_t length)
{
    if (length < 1 || length > sizeof(struct sctp_event_subscribe))
        return refuse(EINVAL);
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
        if (SCTP_SN_TYPE_BASE + i == SCTP_SEND_FAILED_EVENT) /* libusrsctp has one type for both */
            on = failed || failed_event;
        if (SCTP_SN_TYPE_BASE + i != SCTP_SEND_FAILED &&
            subscribe_to(s, target_association, SCTP_SN_TYPE_BASE + i, on) < 0)
            return -1;
    }
    s->events = 0;
    for (unsigned i = 1; i < length; i++)
        s->events |= wanted[i] ? 1u << i : 0;
    return 0;
}

int subscription_get_all(struct usock *s, unsigned char *to, socklen_t *length)
{
    if (*length < 1)
        return refuse(EINVAL);
    if (*length > sizeof(struct sctp_event_subscribe))
        *length = sizeof(struct sctp_event_subscribe);
    to[0] = s->want_sndrcv;
    for (unsigned i = 1; i < *length; i++)
        to[i] = s->events >> i & 1;
    return 0;
}

/* SCTP_EVENT: one type, of one association or of all. */
int subscription_set(struct usock *s, const void *value, socklen_t length)
{
    struct sctp_event event;
    if (length < sizeof(event))
        return refuse(EINVAL);
    memcpy(&event, value, sizeof(event));
    if (event.se_type == SCTP_DATA_IO_EVENT) {
        s->want_sndrcv = event.se_on;
        return 0;
    }
    if (event.se_type == SCTP_SEND_FAILED || event.se_type == SCTP_SEND_FAILED_EVENT)
        s->failed_old = event.se_on && event.se_type == SCTP_SEND_FAILED;
    return option_no_association(subscribe_to(s, event.se_assoc_id, event.se_type, event.se_on));
}

/* Of one association of a one-to-many socket.  The stack has one type for both of SEND_FAILED. */
static int subscribed(struct usock *s, const struct sctp_event *event)
{
    struct usr_sctp_event asked = {.se_assoc_id = id_to_stack(s, event->se_assoc_id),
                                   .se_type = event_stack_type(event->se_type)};
    socklen_t size = sizeof(asked);
    if (usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_EVENT, &asked, &size) < 0)
        return -1;
    if (event->se_type == SCTP_SEND_FAILED || event->se_type == SCTP_SEND_FAILED_EVENT)
        return asked.se_on && s->failed_old == (event->se_type == SCTP_SEND_FAILED);
    return asked.se_on;
}

int subscription_get(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_event event;
    if (*length < sizeof(event))
        return refuse(EINVAL);
    memcpy(&event, value, sizeof(event));
    unsigned place = (unsigned)event.se_type - SCTP_SN_TYPE_BASE;
    if (event.se_type < SCTP_SN_TYPE_BASE || event.se_type > SCTP_SN_TYPE_MAX)
        return refuse(EINVAL);
    if (place && s->type == SOCK_SEQPACKET && event.se_assoc_id > SCTP_ALL_ASSOC) {
        int on = subscribed(s, &event);
        if (on < 0)
            return option_no_association(on);
        event.se_on = (uint8_t)on;
    } else {
        event.se_on = place == 0 ? s->want_sndrcv : s->events >> place & 1;
    }
    memcpy(value, &event, sizeof(event));
    *length = sizeof(event);
    return 0;
}
