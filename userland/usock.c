/*
 * The socket object: allocation, the stack's socket behind it, and the list of sockets that are
 * marked ready.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libusrsctp.h"
#include "udp.h"
#include "userland.h"
#include "usock.h"

struct usock *usocks;

static struct usock *turn;   /* the next one of usock_in_turn(); NULL: the first */
static struct usock *unused; /* by `next` */
static struct usock *ready;  /* by `next_ready` */

void usock_mark_ready(struct usock *s)
{
    if (s->ready)
        return;
    s->ready = true;
    s->next_ready = ready;
    ready = s;
}

struct usock *usock_next_ready(void)
{
    struct usock *s = ready;
    if (s) {
        ready = s->next_ready;
        s->ready = false;
    }
    return s;
}

struct usock *usock_in_turn(void)
{
    struct usock *s = turn ? turn : usocks;
    turn = s ? s->next : NULL;
    return s;
}

/* ---- allocation ----------------------------------------------------------- */

struct usock *usock_allocate(void)
{
    struct usock *s = unused;
    if (s)
        unused = s->next;
    else
        s = calloc(1, sizeof(*s));
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
    if (turn == s)
        turn = s->next;
    if (s->prev)
        s->prev->next = s->next;
    else
        usocks = s->next;
    if (s->next)
        s->next->prev = s->prev;
    s->next = unused;
    unused = s;
}

/* Their memory is not freed, because the fork may be in a signal handler that interrupted a call on
 * one of them. */
void usock_drop_inherited(void)
{
    for (struct usock *s = usocks, *next; s; s = next) {
        next = s->next;
        *s = (struct usock){.shadow = -1, .generation = s->generation + 1, .next = unused};
        unused = s;
    }
    usocks = turn = ready = NULL;
}

/* ---- the stack's socket --------------------------------------------------- */

/* libusrsctp's callback for an event on its socket. */
static void upcall(struct socket *so, void *arg, int flags)
{
    (void)flags;
    struct usock *s = arg;
    if (s->so == so)
        usock_mark_ready(s);
}

void usock_adopt(struct usock *s, struct socket *so)
{
    s->so = so;
    usr.set_non_blocking(so, 1);
    usr.set_upcall(so, upcall, s);
}

static void set_int(struct usock *s, int level, int name, int value)
{
    if (usr.setsockopt(s->so, level, name, &value, sizeof(value)) < 0)
        debug("option %d of the stack: %s", name, strerror(errno));
}

/* libusrsctp has no function that sets IPV6_V6ONLY, so the flag is set in its structures, unless
 * these are not as expected. */
void usock_set_v6only(struct usock *s, bool on)
{
    const struct usr_socket *so = (const void *)s->so;
    s->v6only = on;
    if (!so || so->type != s->type || !so->pcb || so->pcb->socket != s->so)
        return;
    if (on)
        so->pcb->flags |= usr_IN6P_IPV6_V6ONLY;
    else
        so->pcb->flags &= ~usr_IN6P_IPV6_V6ONLY;
}

static void set_up(struct usock *s)
{
    struct usr_sctp_udpencaps encaps = {.sue_address.ss_family = (sa_family_t)s->domain,
                                        .sue_port = htons(udp_peer_port())};
    if (usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_REMOTE_UDP_ENCAPS_PORT, &encaps,
                       sizeof(encaps)) < 0)
        debug("cannot set the UDP port of peers: %s", strerror(errno));
    set_int(s, IPPROTO_SCTP, usr_SCTP_RECVRCVINFO, 1);
    set_int(s, IPPROTO_SCTP, usr_SCTP_RECVNXTINFO, 1);
    struct usr_sctp_initmsg init = {.sinit_max_instreams = 65535};
    usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_INITMSG, &init, sizeof(init));
    if (s->domain == AF_INET6)
        set_int(s, IPPROTO_SCTP, usr_SCTP_I_WANT_MAPPED_V4_ADDR, 1);
    if (s->v6only)
        usock_set_v6only(s, true);
    set_int(s, SOL_SOCKET, SO_SNDBUF, s->send_buffer);
    set_int(s, SOL_SOCKET, SO_RCVBUF, s->receive_buffer);
}

void usock_equip(struct usock *s, struct socket *so)
{
    /* libusrsctp numbers the associations of each socket from 3; Linux's ids are unique. */
    static uint32_t sockets;
    s->id_base = sockets++ % 2000 << 20;
    usock_adopt(s, so);
    set_up(s);
}

bool usock_discard_unread(struct usock *s)
{
    static char rest[65536];
    bool data = false;
    for (;;) {
        struct usr_sctp_rcvinfo info;
        socklen_t size = sizeof(info);
        unsigned type;
        int flags = 0;
        ssize_t n = usr.recvv(s->so, rest, sizeof(rest), NULL, NULL, &info, &size, &type, &flags);
        if (n <= 0)
            return data;
        data |= !(flags & usr_MSG_NOTIFICATION);
    }
}

/* Drops what is received after close(), which no program will read. */
bool usock_finished(struct usock *s)
{
    if (!s->aborted)
        usock_discard_unread(s);
    return s->aborted || usock_associations(s) == 0;
}

int usock_take_error(struct usock *s)
{
    int error = s->error;
    socklen_t size = sizeof(error);
    s->error = 0;
    if (error)
        return error;
    usr.getsockopt(s->so, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { /* getsockopt does not clear it; receiving does */
        char byte;
        int flags = 0;
        unsigned type;
        socklen_t none = 0;
        usr.recvv(s->so, &byte, 0, NULL, NULL, NULL, &none, &type, &flags);
    }
    return error == ECONNRESET && s->attempted && !s->established ? ECONNREFUSED : error;
}

bool usock_readable(struct usock *s)
{
    if (s->event || s->error || s->no_receive)
        return true;
    return usr.get_events(s->so) & (usr_SCTP_EVENT_READ | usr_SCTP_EVENT_ERROR);
}
