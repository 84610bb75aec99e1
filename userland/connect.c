/* connect and sctp_connectx. */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "call.h"
#include "libusrsctp.h"
#include "ready.h"
#include "socket.h"
#include "udp.h"
#include "usock.h"

/* True, with errno EISCONN, if a one-to-one socket listens or has had its association. */
static bool is_connected(struct usock *s)
{
    usock_note_established(s);
    if (s->type != SOCK_STREAM || !(s->listening || s->established))
        return false;
    errno = EISCONN;
    return true;
}

static uint32_t association_with(struct usock *s, const union address *peer)
{
    return usr.getassocid(s->so, (struct sockaddr *)(uintptr_t)peer);
}

/* Linux's errno for a connect that libusrsctp refused to start. */
static int start_error(struct usock *s, const union address *peer, int error)
{
    if (error == ECONNRESET)
        return ECONNREFUSED;
    if (error != EADDRINUSE && error != EALREADY)
        return error;
    int state = usock_state(s, s->type == SOCK_SEQPACKET ? association_with(s, peer) : 0);
    return state == SCTP_COOKIE_WAIT || state == SCTP_COOKIE_ECHOED ? EALREADY : EISCONN;
}

bool usock_is_peeled_off(struct usock *s, const union address *peer)
{
    if (!s->has_peeled || association_with(s, peer))
        return false;
    for (struct usock *p = usocks; p; p = p->next)
        if (p->peeled && address_port(&p->name) == address_port(&s->name) &&
            association_with(p, peer)) {
            errno = EADDRNOTAVAIL;
            return true;
        }
    return false;
}

/* The errno for an association that is closed.  libusrsctp reports none for a one-to-many socket.
 * If a one-to-one socket has no error, the association was established and the peer has already
 * shut it down: 0. */
static int connect_error(struct usock *s, uint64_t aborts)
{
    int error = s->type == SOCK_STREAM ? usock_take_error(s) : 0;
    if (s->type == SOCK_STREAM && !error) {
        s->established = true;
        kept_options_free(s);
        return 0;
    }
    if (error == ECONNRESET || (!error && udp_aborts(s->ports, s->n_ports) != aborts))
        error = ECONNREFUSED;
    return error ? error : ETIMEDOUT;
}

/* Waits for the end of the handshake.  0; or -1 and an errno, EINPROGRESS if the socket is
 * non-blocking or SO_SNDTIMEO has expired. */
static int wait_for_handshake(struct usock *s, const union address *peer)
{
    struct timespec space;
    const struct timespec *until = wait_deadline(&s->send_timeout, &space);
    uint64_t aborts = udp_aborts(s->ports, s->n_ports);
    union address to = *peer;
    s->connected |= s->type == SOCK_STREAM;
    s->attempted = true;
    if (s->nonblocking) {
        wait_catch_up(NULL);
        return refuse(EINPROGRESS);
    }
    int error = 0;
    for (;;) {
        uint32_t id = s->type == SOCK_SEQPACKET ? usr.getassocid(s->so, &to.sa) : 0;
        int state = s->type == SOCK_SEQPACKET && !id ? SCTP_CLOSED : usock_state(s, id);
        if (state == SCTP_CLOSED)
            error = connect_error(s, aborts);
        if (state == SCTP_CLOSED || state >= SCTP_ESTABLISHED || error)
            break;
        ready_connecting(s);
        error = wait_for_event(s, until);
        if (error == EBADF)
            return refuse(EBADF);
        if (error == EAGAIN)
            error = EINPROGRESS;
        if (s->closed)
            error = EBADF;
        if (error)
            break;
    }
    s->connecting = false;
    usock_note_established(s);
    if (error == ECONNREFUSED || error == ETIMEDOUT)
        s->connected = false;
    errno = error;
    return error ? -1 : 0;
}

int usock_connect(struct usock *s, const struct sockaddr *address, socklen_t length)
{
    union address to;
    memset(&to, 0, sizeof(to));
    if (length < sizeof(to.in) || address_size(address) == 0 || length < address_size(address))
        return refuse(EINVAL);
    memcpy(&to, address, address_size(address));
    if (to.in.sin_port == 0)
        return refuse(EINVAL);
    if (is_connected(s) || usock_is_peeled_off(s, &to) || usock_autobind(s) < 0 ||
        reconnect_prepare(s) < 0)
        return -1;
    local_address_add_target(&to);
    if (usr.connect(s->so, &to.sa, address_size(&to.sa)) < 0 && errno != EINPROGRESS)
        return refuse(start_error(s, &to, errno));
    return wait_for_handshake(s, &to);
}

/* Sets *id to the program's association id, also with EINPROGRESS. */
int usock_connectx(struct usock *s, const void *list, socklen_t size, sctp_assoc_t *id)
{
    int n = address_count(list, size);
    union address first;
    uint32_t stack_id = 0;
    if (n < 0 || usock_autobind(s) < 0)
        return -1;
    address_next(list, &first);
    if (first.in.sin_port == 0)
        return refuse(EINVAL);
    const void *next = list;
    for (int i = 0; i < n; i++) {
        union address a;
        next = address_next(next, &a);
        local_address_add_target(&a);
    }
    if (is_connected(s) || usock_is_peeled_off(s, &first) || reconnect_prepare(s) < 0)
        return -1;
    int result = usr.connectx(s->so, list, n, &stack_id);
    if (result < 0 && errno != EINPROGRESS)
        return refuse(start_error(s, &first, errno));
    stack_id = usr.getassocid(s->so, &first.sa);
    *id = id_to_program(s, stack_id);
    return wait_for_handshake(s, &first);
}
