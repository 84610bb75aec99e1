/* Sending (RFC 6458, 3.1.3, 4.1.8 and 5.3), with Linux's behaviour. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "call.h"
#include "event.h"
#include "libusrsctp.h"
#include "ready.h"
#include "send_request.h"
#include "socket.h"
#include "spin.h"
#include "stack.h"
#include "usock.h"

/* The data in one buffer: the program's own if it is a single one, otherwise *copy, to be freed. */
static const void *one_buffer(const struct msghdr *msg, size_t *size, void **copy)
{
    *copy = NULL;
    *size = 0;
    for (size_t i = 0; i < msg->msg_iovlen; i++)
        *size += msg->msg_iov[i].iov_len;
    if (*size == 0)
        return "";
    if (msg->msg_iovlen == 1)
        return msg->msg_iov[0].iov_base;
    unsigned char *p = *copy = malloc(*size);
    if (!p)
        return NULL;
    for (size_t i = 0; i < msg->msg_iovlen; i++)
        if (msg->msg_iov[i].iov_len) /* otherwise its address may be NULL */
            p = mempcpy(p, msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len);
    return *copy;
}

/* Whether the peer has aborted the association of a one-to-one socket, and no call has reported it.
 */
static bool take_reset(struct usock *s)
{
    if (s->type != SOCK_STREAM || !s->established || s->reset_reported ||
        usock_state(s, 0) != SCTP_CLOSED || usock_take_error(s) != ECONNRESET)
        return false;
    s->reset_reported = true;
    return true;
}

/* Linux's errno for libusrsctp's. */
static int send_error(struct usock *s, int error)
{
    if ((error == ENOENT || error == ENOTCONN || error == ECONNRESET) && take_reset(s))
        return ECONNRESET;
    switch (error) {
    case ENOENT:
    case ENOTCONN:
    case ECONNRESET:
        return EPIPE;
    case EINVAL: /* there is an address, and the only association has closed */
        if (s->type != SOCK_STREAM || !s->connected || usock_state(s, 0) != SCTP_CLOSED)
            return EINVAL;
        return s->accepted_closed ? EPIPE : EADDRNOTAVAIL;
    default:
        return error;
    }
}

static ssize_t send_once(struct usock *s, struct request *r, const void *data, size_t size)
{
    struct sockaddr *to = r->has_address ? &r->to.sa : NULL;
    if (r->how.sendv_flags == usr_SCTP_SEND_PRINFO_VALID) {
        /* The other fields are the socket's defaults. */
        struct usr_sctp_sndinfo usual = {0};
        socklen_t length = sizeof(usual);
        usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_DEFAULT_SNDINFO, &usual, &length);
        r->how.sendv_sndinfo = usual;
        r->how.sendv_flags |= usr_SCTP_SEND_SNDINFO_VALID;
    }
    if (!r->how.sendv_flags)
        return usr.sendv(s->so, data, size, to, to ? 1 : 0, NULL, 0, usr_SCTP_SENDV_NOINFO, 0);
    return usr.sendv(s->so, data, size, to, to ? 1 : 0, &r->how, sizeof(r->how), usr_SCTP_SENDV_SPA,
                     0);
}

/* Ends the association.  That uses no stream, but libusrsctp refuses it with EAGAIN on one that is
 * being reset, so the others are tried; EINVAL: there are no more. */
static ssize_t end_once(struct usock *s, struct request *r, const void *data, size_t size)
{
    uint16_t *stream = &r->how.sendv_sndinfo.snd_sid;
    ssize_t n = send_once(s, r, data, size);
    if (n >= 0 || errno != EAGAIN)
        return n;
    for (*stream = 0; n < 0 && errno == EAGAIN; ++*stream)
        n = send_once(s, r, data, size);
    if (n < 0 && errno == EINVAL)
        errno = EAGAIN;
    return n;
}

/* libusrsctp demands room in the send buffer for an ABORT, which needs none, so the limits are
 * lifted for the call. */
static ssize_t abort_at_once(struct usock *s, struct request *r, const void *data, size_t size)
{
    int room = INT_MAX;
    usr.setsockopt(s->so, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    usr.sysctl_set_sctp_max_chunks_on_queue(UINT32_MAX);
    ssize_t n = end_once(s, r, data, size);
    int error = errno;
    usr.sysctl_set_sctp_max_chunks_on_queue(STACK_MAX_CHUNKS);
    usr.setsockopt(s->so, SOL_SOCKET, SO_SNDBUF, &s->send_buffer, sizeof(s->send_buffer));
    errno = error;
    return n;
}

/* The stack's id of the association that a request is for; 0: none. */
static uint32_t target_association(struct usock *s, struct request *r)
{
    uint32_t n = 0, id = r->how.sendv_sndinfo.snd_assoc_id;
    if (s->type == SOCK_SEQPACKET)
        return r->has_address ? usr.getassocid(s->so, &r->to.sa) : id;
    uint32_t *ids = usock_association_ids(s, &n);
    id = n ? ids[0] : 0;
    free(ids);
    return id;
}

/* libusrsctp cannot choose a key for one message, so SCTP_AUTHINFO must name the active one. */
static bool key_is_active(struct usock *s, struct request *r)
{
    struct usr_sctp_authkeyid active = {.scact_assoc_id = target_association(s, r)};
    socklen_t length = sizeof(active);
    usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_AUTH_ACTIVE_KEY, &active, &length);
    return active.scact_keynumber == r->key;
}

/* Sends, and waits for room in the send buffer unless the socket or the call is non-blocking. */
static ssize_t send_waiting(struct usock *s, struct request *r, const void *data, size_t size,
                            int flags)
{
    struct timespec space;
    const struct timespec *until = wait_deadline(&s->send_timeout, &space);
    for (;;) {
        if (s->closed || s->no_send)
            return refuse(s->closed ? EBADF : EPIPE);
        if (r->flags & SCTP_ABORT)
            event_user_abort(s, target_association(s, r));
        ssize_t n = r->flags & SCTP_ABORT          ? abort_at_once(s, r, data, size)
                    : r->flags & SCTP_EOF && !size ? end_once(s, r, data, size)
                                                   : send_once(s, r, data, size);
        spin_after_message(n >= 0);
        if (n >= 0)
            return (ssize_t)size; /* with SCTP_ABORT libusrsctp returns 0 or less */
        if (errno != EAGAIN)
            return refuse(send_error(s, errno));
        ready_send_blocked(s);
        if (s->nonblocking || flags & MSG_DONTWAIT)
            return -1;
        int error = wait_for_event(s, until);
        if (error)
            return refuse(error);
    }
}

/* TCP has no limit for a send, and a non-blocking one takes what there is room for. */
static ssize_t send_stream(struct usock *s, struct request *r, const void *data, size_t size,
                           int flags)
{
    enum { MOST = 16384 };
    size_t most = s->send_buffer / 2 < MOST ? (size_t)s->send_buffer / 2 : MOST, done = 0;
    while (done < size) {
        size_t part = size - done < most ? size - done : most;
        if (send_waiting(s, r, (const char *)data + done, part, flags) < 0)
            return done ? (ssize_t)done : -1;
        done += part;
    }
    return (ssize_t)done;
}

/* SCTP_SENDALL.  libusrsctp's own takes 1432 bytes at most, and returns EBUSY while an earlier one
 * is being sent. */
static ssize_t send_to_all(struct usock *s, struct request *r, const void *data, size_t size,
                           int flags)
{
    uint32_t n, *ids = usock_association_ids(s, &n);
    ssize_t result = n ? (ssize_t)size : 0; /* as in the kernel */
    r->has_address = false;
    for (uint32_t i = 0; i < n && result >= 0; i++) {
        r->how.sendv_sndinfo.snd_assoc_id = ids[i];
        result = send_waiting(s, r, data, size, flags);
        if (result < 0 && (errno == EPIPE || errno == ENOTCONN))
            result = (ssize_t)size; /* the association has closed in the meantime */
    }
    int error = errno;
    free(ids);
    errno = error;
    return result;
}

/* Several addresses of one peer (sctp_sendv(3)): connects to all of them first. */
static int connect_all(struct usock *s, struct request *r)
{
    unsigned char list[17 * sizeof(struct sockaddr_in6)];
    socklen_t size = 0;
    sctp_assoc_t id;
    if (usr.getassocid(s->so, &r->to.sa))
        return 0;
    for (int i = -1; i < r->n_more; i++) {
        const union address *a = i < 0 ? &r->to : &r->more[i];
        memcpy(list + size, a, address_size(&a->sa));
        size += address_size(&a->sa);
    }
    return usock_connectx(s, list, size, &id) < 0 && errno != EINPROGRESS ? -1 : 0;
}

/* Whether a message to an address is for another peer than that of a one-to-one socket.  libusrsctp
 * would send it to the socket's peer, as the kernel does on a socket that was peeled off. */
static bool is_for_another(struct usock *s, const struct request *r)
{
    union address peer;
    socklen_t size = sizeof(peer);
    return s->type == SOCK_STREAM && !s->peeled && usock_name(s, true, &peer.sa, &size) == 0 &&
           (address_port(&peer) != address_port(&r->to) ||
            !usr.getassocid(s->so, (struct sockaddr *)&r->to.sa));
}

/* Before an implicit connect: a message to an address. */
static int prepare_association(struct usock *s)
{
    if (usock_autobind(s) < 0 || reconnect_prepare(s) < 0)
        return -1;
    s->attempted = true;
    return 0;
}

/* Sets SCTP_NODELAY; returns what it was. */
static int set_nodelay(struct usock *s, int on)
{
    int was = on;
    socklen_t size = sizeof(was);
    if (usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_NODELAY, &was, &size) == 0 && was != on)
        usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_NODELAY, &on, sizeof(on));
    return was;
}

/* With MSG_MORE the message may share a packet with the next one.  libusrsctp bundles them, while
 * data is outstanding, if SCTP_NODELAY is not set. */
static ssize_t send_or_bundle(struct usock *s, struct request *r, const void *data, size_t size,
                              int flags)
{
    if (!(flags & MSG_MORE))
        return send_waiting(s, r, data, size, flags);
    int nodelay = set_nodelay(s, 0);
    ssize_t result = send_waiting(s, r, data, size, flags);
    int error = errno;
    set_nodelay(s, nodelay);
    errno = error;
    return result;
}

ssize_t usock_sendmsg(struct usock *s, const struct msghdr *msg, int flags)
{
    struct request r;
    size_t size;
    void *copy = NULL;
    ssize_t result = -1;
    if (s->listening && s->type == SOCK_STREAM)
        return refuse(EPIPE);
    if (request_take(s, &r, msg) < 0)
        return -1;
    const void *data = one_buffer(msg, &size, &copy);
    if (!data)
        return -1;
    if (s->from_tcp)
        result = send_stream(s, &r, data, size, flags);
    else if ((size == 0 && !(r.flags & (SCTP_EOF | SCTP_ABORT))) || (size && r.flags & SCTP_EOF) ||
             (r.has_key && !key_is_active(s, &r)))
        errno = EINVAL;
    else if (size > (size_t)s->send_buffer)
        errno = EMSGSIZE;
    else if (r.has_address && is_for_another(s, &r))
        errno = EADDRNOTAVAIL;
    else if (r.has_address && (usock_is_peeled_off(s, &r.to) || prepare_association(s) < 0))
        result = -1;
    else if (r.n_more && connect_all(s, &r) < 0)
        result = -1;
    else if (r.flags & SCTP_SENDALL && s->type == SOCK_SEQPACKET)
        result = send_to_all(s, &r, data, size, flags);
    else
        result = send_or_bundle(s, &r, data, size, flags);
    int error = errno;
    free(copy);
    if (result >= 0 && r.flags & (SCTP_EOF | SCTP_ABORT)) {
        usock_mark_ready(s); /* it may have closed at once, without a callback */
        wait_catch_up(NULL);
    }
    errno = error;
    return result;
}
