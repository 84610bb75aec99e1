/*
 * Reconnecting a one-to-one socket.
 *
 * On Linux a one-to-one socket whose connect was refused or timed out may connect or
 * listen.  libusrsctp's may not: once it has had an association it takes no other.  So it is
 * replaced by a new one with the same addresses and options; the descriptor and the UDP ports
 * stay.
 *
 * The options cannot be read from the old socket, because libusrsctp does not return some, such as
 * keys.  So they are kept (kept_option.c) and set in the same order.
 */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "libusrsctp.h"
#include "option.h"
#include "socket.h"
#include "userland.h"
#include "usock.h"

/* The error and unread notifications of the old socket are lost. */
static void replace_socket(struct usock *s, struct socket *so)
{
    s->attempted = s->connected = s->send_blocked = s->reset_reported = false;
    s->error = 0;
    memset(s->user_aborts, 0, sizeof(s->user_aborts));
    usock_equip(s, so);
    for (struct kept_option *o = s->options; o; o = o->next)
        if (option_set(s, o->name, o->value, o->length) < 0)
            debug("option %d, once more: %s", o->name, strerror(errno));
}

static int rebind(struct usock *s, struct sockaddr *list, int n)
{
    if (n > 0)
        return usr.bindx(s->so, list, n, usr_SCTP_BINDX_ADD_ADDR);
    return usr.bind(s->so, &s->name.sa, address_size(&s->name.sa));
}

int reconnect_prepare(struct usock *s)
{
    if (s->type != SOCK_STREAM || !s->attempted || s->established ||
        usock_state(s, 0) != SCTP_CLOSED)
        return 0;
    struct socket *old = s->so;
    struct socket *so = usr.socket(s->domain, s->type, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (!so)
        return -1;
    struct sockaddr *list = NULL;
    int n = address_is_wildcard(&s->name) ? 0 : usr.getladdrs(old, 0, &list);
    replace_socket(s, so);
    usr.close(old); /* frees its port */
    int result = rebind(s, list, n);
    int error = errno;
    s->attempted = result < 0;
    if (list)
        usr.freeladdrs(list);
    usock_mark_ready(s);
    errno = error;
    return result;
}
