/* Sockets: create, listen, accept, peel off, connect. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userland.h"

enum {
    DEFAULT_BUFFER = 212992, /* net.core.wmem_default */
    MOST_BACKLOG = 4096,     /* net.core.somaxconn */
};

struct usock *usocks;

/* --- making and ending ----------------------------------------------------------------------- */

static struct usock *unused; /* by `next` */

static struct usock *allocate(void)
{
    struct usock *s = unused;
    if (s)
        unused = s->next;
    else
        s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    *s = (struct usock){
        .shadow = -1, .generation = s->generation, .event_sequence = s->event_sequence};
    s->next = usocks;
    if (usocks)
        usocks->prev = s;
    usocks = s;
    return s;
}

void usock_free(struct usock *s)
{
    usr.close(s->so);
    s->so = NULL;
    s->generation++;
    for (int i = 0; i < s->n_ports; i++) {
        if (i < s->n_removed)
            udp_unretire(s->ports[i]);
        udp_close(s->ports[i]);
    }
    free(s->ports);
    free(s->event);
    kept_options_free(s);
    if (s->prev)
        s->prev->next = s->next;
    else
        usocks = s->next;
    if (s->next)
        s->next->prev = s->prev;
    s->next = unused;
    unused = s;
}

static void free_keeping_errno(struct usock *s)
{
    int error = errno;
    usock_free(s);
    errno = error;
}

/* They are the parent's, and so is their stack. */
void usock_drop_inherited(void)
{
    for (struct usock *s = usocks, *next; s; s = next) {
        next = s->next;
        *s = (struct usock){.shadow = -1, .generation = s->generation + 1, .next = unused};
        unused = s; /* not freed: the fork may be a signal handler's, in a call that waits for it */
    }
    usocks = NULL;
}

/* Something happened to the stack's socket. */
static void upcall(struct socket *so, void *arg, int flags)
{
    (void)flags;
    struct usock *s = arg;
    if (s->so == so)
        ready_mark(s);
}

static void adopt(struct usock *s, struct socket *so)
{
    s->so = so;
    usr.set_non_blocking(so, 1);
    usr.set_upcall(so, upcall, s);
}

static void set_int(struct usock *s, int level, int name, int value)
{
    if (usr.setsockopt(s->so, level, name, &value, sizeof value) < 0)
        debug("option %d of the stack: %s", name, strerror(errno));
}

static void set_up(struct usock *s)
{
    struct usr_sctp_udpencaps encaps = {.sue_address.ss_family = (sa_family_t)s->domain,
                                        .sue_port = htons(udp_peer_port())};
    if (usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_REMOTE_UDP_ENCAPS_PORT, &encaps,
                       sizeof encaps) < 0)
        debug("cannot set the UDP port of peers: %s", strerror(errno));
    set_int(s, IPPROTO_SCTP, usr_SCTP_RECVRCVINFO, 1);
    set_int(s, IPPROTO_SCTP, usr_SCTP_RECVNXTINFO, 1);
    struct usr_sctp_initmsg init = {.sinit_max_instreams = 65535};
    usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_INITMSG, &init, sizeof init);
    if (s->domain == AF_INET6)
        set_int(s, IPPROTO_SCTP, usr_SCTP_I_WANT_MAPPED_V4_ADDR, 1);
    set_int(s, SOL_SOCKET, SO_SNDBUF, s->send_buffer);
    set_int(s, SOL_SOCKET, SO_RCVBUF, s->receive_buffer);
}

void usock_equip(struct usock *s, struct socket *so)
{
    /* libusrsctp numbers the associations of each socket from 3 on; Linux, those of all. */
    static uint32_t sockets;
    s->id_base = sockets++ % 2000 << 20;
    adopt(s, so);
    set_up(s);
}

int usock_create(int domain, int type)
{
    int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
    type &= ~flags;
    if (type != SOCK_STREAM && type != SOCK_SEQPACKET) {
        errno = type >= 0 && type <= SOCK_PACKET ? ESOCKTNOSUPPORT : EINVAL;
        return -1;
    }
    struct socket *so = usr.socket(domain, type, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (!so)
        return -1;
    struct usock *s = allocate();
    if (!s) {
        usr.close(so);
        errno = ENOMEM;
        return -1;
    }
    s->domain = domain;
    s->type = type;
    s->send_buffer = s->receive_buffer = DEFAULT_BUFFER;
    usock_equip(s, so);
    int fd = descriptor_new(s, flags);
    if (fd < 0)
        free_keeping_errno(s);
    return fd;
}

struct usock *usock_wrap(struct usock *parent, struct socket *so)
{
    struct usock *s = allocate();
    struct udp_port **ports = calloc((size_t)parent->n_ports, sizeof *ports);
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
    s->id_base = parent->id_base;
    s->bound = s->connected = s->begun = s->established = true;
    s->name = parent->name;
    s->v6only = parent->v6only;
    s->send_buffer = parent->send_buffer;
    s->receive_buffer = parent->receive_buffer;
    s->receive_timeout = parent->receive_timeout;
    s->send_timeout = parent->send_timeout;
    s->linger = parent->linger;
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
    adopt(s, so);
    ready_mark(s);
    return s;
}

/* --- listen and accept ------------------------------------------------------------------- */

int usock_listen(struct usock *s, int backlog)
{
    if (s->established || (s->connected && usock_state(s, 0) != SCTP_CLOSED)) {
        errno = EINVAL;
        return -1;
    }
    if (usock_autobind(s) < 0 || reconnect_prepare(s) < 0)
        return -1;
    /* For the stack n means n, and 0 stops it; Linux, which means one more, has a limit. */
    if (backlog < 0 || backlog > MOST_BACKLOG)
        backlog = MOST_BACKLOG;
    if (usr.listen(s->so, backlog ? backlog + 1 : 0) < 0)
        return -1;
    s->listening = backlog != 0;
    return 0;
}

int usock_accept(struct usock *s, struct sockaddr *address, socklen_t *length, int flags)
{
    struct timespec space;
    const struct timespec *until = ready_deadline(&s->receive_timeout, &space);
    if (s->type != SOCK_STREAM || !s->listening) {
        errno = s->type != SOCK_STREAM ? EOPNOTSUPP : EINVAL;
        return -1;
    }
    union address peer;
    struct socket *so;
    for (;;) {
        socklen_t size = sizeof peer;
        so = usr.accept(s->so, &peer.sa, &size);
        if (so)
            break;
        if (errno != EAGAIN || s->nonblocking)
            return -1;
        int error = ready_wait(s, until);
        if (error || s->closed) {
            errno = error ? error : EBADF;
            return -1;
        }
    }
    ready_mark(s); /* there may be no more to accept: epoll is not told otherwise */
    struct usock *accepted = usock_wrap(s, so);
    if (!accepted)
        return -1;
    int fd = descriptor_new(accepted, flags);
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
    if (s->type != SOCK_SEQPACKET) {
        errno = EINVAL;
        return -1;
    }
    struct socket *so = usr.peeloff(s->so, id_to_stack(s, id));
    if (!so) {
        if (errno == EOPNOTSUPP || errno == ENOENT || errno == ENOTCONN)
            errno = EINVAL;
        return -1;
    }
    struct usock *peeled = usock_wrap(s, so);
    if (!peeled)
        return -1;
    peeled->peeled = s->has_peeled = true;
    int fd = descriptor_new(peeled, flags);
    if (fd < 0)
        free_keeping_errno(peeled);
    return fd;
}

/* --- connect ----------------------------------------------------------------------------- */

int usock_state(struct usock *s, uint32_t stack_id)
{
    struct usr_sctp_status status = {.sstat_assoc_id = stack_id};
    socklen_t size = sizeof status;
    if (usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_STATUS, &status, &size) < 0)
        return SCTP_CLOSED;
    return status_to_linux(status.sstat_state);
}

void usock_note_established(struct usock *s)
{
    if (s->type != SOCK_STREAM || !s->begun || s->established ||
        usock_state(s, 0) < SCTP_ESTABLISHED)
        return;
    s->established = true;
    kept_options_free(s);
}

bool usock_is_connected(struct usock *s)
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

int usock_begin_error(struct usock *s, const union address *peer, int error)
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

int usock_connect(struct usock *s, const struct sockaddr *address, socklen_t length)
{
    union address to;
    memset(&to, 0, sizeof to);
    if (length < sizeof to.in || address_size(address) == 0 || length < address_size(address)) {
        errno = EINVAL;
        return -1;
    }
    memcpy(&to, address, address_size(address));
    if (to.in.sin_port == 0) {
        errno = EINVAL;
        return -1;
    }
    if (usock_is_connected(s) || usock_is_peeled_off(s, &to) || usock_autobind(s) < 0 ||
        reconnect_prepare(s) < 0)
        return -1;
    address_know_peer(&to);
    if (usr.connect(s->so, &to.sa, address_size(&to.sa)) < 0 && errno != EINPROGRESS) {
        errno = usock_begin_error(s, &to, errno);
        return -1;
    }
    return usock_connect_wait(s, &to);
}

/* Why the association could not be made.  Of a one-to-many socket the stack does not say; of a
 * one-to-one socket, if there is no error, it was made, and the peer has shut it down since: 0. */
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

int usock_connect_wait(struct usock *s, const union address *peer)
{
    struct timespec space;
    const struct timespec *until = ready_deadline(&s->send_timeout, &space);
    uint64_t aborts = udp_aborts(s->ports, s->n_ports);
    union address to = *peer;
    s->connected |= s->type == SOCK_STREAM;
    s->begun = true;
    if (s->nonblocking) {
        ready_catch_up(NULL);
        errno = EINPROGRESS;
        return -1;
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
        error = ready_wait(s, until);
        if (error == EBADF) {
            errno = EBADF;
            return -1;
        }
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
