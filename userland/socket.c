/* Creating sockets: socket, listen and accept, and peeling off. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "call.h"
#include "libusrsctp.h"
#include "socket.h"
#include "udp.h"
#include "usock.h"

enum {
    DEFAULT_BUFFER = 212992, /* net.core.wmem_default */
    MOST_BACKLOG = 4096,     /* net.core.somaxconn */
};

/* ---- creating ------------------------------------------------------------- */

static void free_keeping_errno(struct usock *s)
{
    int error = errno;
    usock_free(s);
    errno = error;
}

/* libusrsctp's socket has a table of its associations by id, and one by their port.  They have 32
 * and 256 lists, too few for thousands of associations. */
static struct socket *new_socket(int domain, int type)
{
    enum { LISTS = 1024 };
    least_lists = type == SOCK_SEQPACKET ? LISTS : 1;
    struct socket *so = usr.socket(domain, type, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    least_lists = 1;
    return so;
}

int usock_create(int domain, int type)
{
    int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
    type &= ~flags;
    if (type != SOCK_STREAM && type != SOCK_SEQPACKET)
        return refuse(type == SOCK_DGRAM                 ? EPROTONOSUPPORT
                      : type >= 0 && type <= SOCK_PACKET ? ESOCKTNOSUPPORT
                                                         : EINVAL);
    struct socket *so = new_socket(domain, type);
    if (!so)
        return -1;
    struct usock *s = usock_allocate();
    if (!s) {
        usr.close(so);
        return refuse(ENOMEM);
    }
    s->domain = domain;
    s->type = type;
    s->send_buffer = s->receive_buffer = DEFAULT_BUFFER;
    usock_equip(s, so);
    int fd = reference_new(s, flags);
    if (fd < 0)
        free_keeping_errno(s);
    return fd;
}

/* The socket of an association that was accepted or peeled off, with its parent's settings.  NULL
 * and ENOMEM. */
static struct usock *wrap(struct usock *parent, struct socket *so)
{
    struct usock *s = usock_allocate();
    struct udp_port **ports = calloc((size_t)parent->n_ports, sizeof(*ports));
    if (!s || !ports) {
        usr.close(so);
        free(ports);
        if (s) {
            s->so = NULL;
            usock_free(s);
        }
        errno = ENOMEM;
        return NULL;
    }
    s->domain = parent->domain;
    s->type = SOCK_STREAM;
    s->from_tcp = parent->from_tcp;
    s->id_base = parent->id_base;
    s->bound = s->connected = s->attempted = s->established = true;
    s->name = parent->name;
    s->v6only = parent->v6only;
    s->plain_v4 = parent->plain_v4;
    s->interleave = parent->interleave;
    s->delivery_point = parent->delivery_point;
    s->send_buffer = parent->send_buffer;
    s->receive_buffer = parent->receive_buffer;
    s->receive_timeout = parent->receive_timeout;
    s->send_timeout = parent->send_timeout;
    s->linger = parent->linger;
    s->ip_options = parent->ip_options;
    s->want_sndrcv = parent->want_sndrcv;
    s->want_rcvinfo = parent->want_rcvinfo;
    s->want_nxtinfo = parent->want_nxtinfo;
    s->events = parent->events;
    s->failed_old = parent->failed_old;
    s->ports = ports;
    for (int i = 0; i < parent->n_ports; i++)
        s->ports[s->n_ports++] = udp_share(parent->ports[i]);
    for (; s->n_removed < parent->n_removed; s->n_removed++)
        udp_retire(s->ports[s->n_removed]);
    usock_adopt(s, so);
    usock_mark_ready(s);
    return s;
}

/* ---- listen, accept and peel off ------------------------------------------ */

/* The associations of a one-to-many socket share its receive queue.  When a FORWARD TSN skips a
 * message (RFC 3758), libusrsctp takes any association's message with that stream and sequence
 * number.  If that message is large and incomplete, its association ends.  So peers that connect
 * are not offered partial reliability. */
static void withhold_pr(struct usock *s)
{
    struct usr_sctp_assoc_value off = {0};
    if (s->type == SOCK_SEQPACKET && !s->chose_pr)
        usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_PR_SUPPORTED, &off, sizeof(off));
}

int usock_listen(struct usock *s, int backlog)
{
    if (s->established || (s->connected && usock_state(s, 0) != SCTP_CLOSED))
        return refuse(EINVAL);
    if (backlog == 0 && !s->listening)
        return refuse(EINVAL);
    if (usock_bind_to_listen(s) < 0 || reconnect_prepare(s) < 0)
        return -1;
    /* A backlog of n is n for libusrsctp, and 0 stops listening.  For Linux it is n + 1, with a
     * limit. */
    if (backlog < 0 || backlog > MOST_BACKLOG)
        backlog = MOST_BACKLOG;
    withhold_pr(s);
    if (usr.listen(s->so, backlog ? backlog + 1 : 0) < 0)
        return -1;
    s->listening = backlog != 0;
    return 0;
}

int usock_accept(struct usock *s, struct sockaddr *address, socklen_t *length, int flags)
{
    struct timespec space;
    const struct timespec *until = wait_deadline(&s->receive_timeout, &space);
    if (s->type != SOCK_STREAM || !s->listening)
        return refuse(s->type != SOCK_STREAM ? EOPNOTSUPP : EINVAL);
    union address peer;
    struct socket *so;
    for (;;) {
        socklen_t size = sizeof(peer);
        so = usr.accept(s->so, &peer.sa, &size);
        if (so)
            break;
        if (errno != EAGAIN || s->nonblocking)
            return -1;
        int error = wait_for_event(s, until);
        if (error || s->closed)
            return refuse(error ? error : EBADF);
    }
    usock_mark_ready(s); /* it may be no longer readable: libusrsctp does not call back for that */
    struct usock *accepted = wrap(s, so);
    if (!accepted)
        return -1;
    int fd = reference_new(accepted, flags);
    if (fd < 0) {
        free_keeping_errno(accepted);
        return -1;
    }
    accepted->accepted_closed = usock_state(accepted, 0) == SCTP_CLOSED;
    address_copy(&peer, address, length);
    return fd;
}

int usock_peeloff(struct usock *s, sctp_assoc_t id, int flags)
{
    if (s->type != SOCK_SEQPACKET)
        return refuse(EINVAL);
    struct socket *so = usr.peeloff(s->so, id_to_stack(s, id));
    if (!so)
        return refuse(errno == ENOMEM ? ENOMEM : EINVAL);
    struct usock *peeled = wrap(s, so);
    if (!peeled)
        return -1;
    peeled->peeled = s->has_peeled = true;
    int fd = reference_new(peeled, flags);
    if (fd < 0)
        free_keeping_errno(peeled);
    return fd;
}
