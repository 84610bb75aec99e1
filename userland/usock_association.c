/* The associations of a socket. */
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "libusrsctp.h"
#include "usock.h"

int usock_state(struct usock *s, uint32_t stack_id)
{
    struct usr_sctp_status status = {.sstat_assoc_id = stack_id};
    socklen_t size = sizeof(status);
    if (usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_STATUS, &status, &size) < 0)
        return SCTP_CLOSED;
    return status_to_linux(status.sstat_state);
}

void usock_note_established(struct usock *s)
{
    if (s->type != SOCK_STREAM || !s->attempted || s->established ||
        usock_state(s, 0) < SCTP_ESTABLISHED)
        return;
    s->established = true;
    kept_options_free(s);
}

/* libusrsctp counts the associations of one-to-many sockets only. */
static uint32_t *only_association(struct usock *s, uint32_t *n)
{
    struct usr_sctp_status status = {0};
    socklen_t size = sizeof(status);
    uint32_t *id = malloc(sizeof(*id));
    *n = id && usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_STATUS, &status, &size) == 0;
    if (*n)
        *id = status.sstat_assoc_id;
    return id;
}

uint32_t usock_associations(struct usock *s)
{
    uint32_t n = 0;
    socklen_t size = sizeof(n);
    if (s->type == SOCK_STREAM)
        return usock_state(s, 0) != SCTP_CLOSED;
    return usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_GET_ASSOC_NUMBER, &n, &size) < 0 ? 0 : n;
}

uint32_t *usock_association_ids(struct usock *s, uint32_t *n)
{
    if (s->type == SOCK_STREAM)
        return only_association(s, n);
    *n = usock_associations(s);
    socklen_t size = (socklen_t)((*n + 1) * sizeof(uint32_t));
    uint32_t *ids = malloc(size); /* a struct sctp_assoc_ids, which begins with the number */
    if (!ids || !*n ||
        usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_GET_ASSOC_ID_LIST, ids, &size) < 0) {
        *n = 0;
        return ids;
    }
    *n = ids[0];
    memmove(ids, ids + 1, *n * sizeof(*ids));
    return ids;
}
