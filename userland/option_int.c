/*
 * Options whose value is an int, and for which libusrsctp has other values or conditions than
 * Linux.
 */
#include <errno.h>

#include "libusrsctp.h"
#include "option.h"
#include "usock.h"

/* libusrsctp has levels: 0; 1, for the fragments of several associations; and 2, for those of
 * several streams as well, which I-DATA needs (option_extension.c).  Level 0 is not used: while a
 * message of one association is incomplete, the socket would be readable, but receiving would fail
 * with EAGAIN. */
int option_set_interleave(struct usock *s, const void *value, socklen_t length)
{
    const struct sctp_assoc_value off = {0};
    if (option_take_flag(&s->interleave, value, length) < 0)
        return -1;
    if (!s->interleave)
        option_set_extension(s, SCTP_INTERLEAVING_SUPPORTED, &off, sizeof(off));
    return 0;
}

/* libusrsctp refuses both on a socket that is not bound to all addresses. */
int option_get_auto_asconf(struct usock *s, void *value, socklen_t *length)
{
    int on = 0;
    socklen_t size = sizeof(on);
    if (*length < sizeof(on))
        return refuse(EINVAL);
    option_get_by_table(s, SCTP_AUTO_ASCONF, &on, &size);
    return option_give_int(on, value, length);
}

int option_set_auto_asconf(struct usock *s, const void *value, socklen_t length)
{
    bool on;
    if (option_take_flag(&on, value, length) < 0)
        return -1;
    /* While libusrsctp's default is off (stack.c), it refuses to turn the option on. */
    usr.sysctl_set_sctp_auto_asconf(1);
    int result = option_set_by_table(s, SCTP_AUTO_ASCONF, value, length);
    usr.sysctl_set_sctp_auto_asconf(0);
    return on ? result : 0;
}

static bool one_to_one(const struct usock *s)
{
    return s->type == SOCK_STREAM && !s->peeled;
}

int option_get_reuse_port(struct usock *s, void *value, socklen_t *length)
{
    return one_to_one(s) ? option_get_by_table(s, SCTP_REUSE_PORT, value, length)
                         : option_give_int(0, value, length);
}

int option_set_reuse_port(struct usock *s, const void *value, socklen_t length)
{
    if (!one_to_one(s) || s->bound)
        return refuse(one_to_one(s) ? EFAULT : EOPNOTSUPP);
    return option_set_by_table(s, SCTP_REUSE_PORT, value, length);
}

/* It means nothing for a socket that is not AF_INET6. */
int option_set_mapped_v4(struct usock *s, const void *value, socklen_t length)
{
    bool on;
    if (option_take_flag(&on, value, length) < 0 ||
        (s->domain == AF_INET6 &&
         option_set_by_table(s, SCTP_I_WANT_MAPPED_V4_ADDR, value, length) < 0))
        return -1;
    s->plain_v4 = !on;
    return 0;
}

/* On Linux, 0 (the default) means that there is no partial delivery point; libusrsctp has one by
 * default. */
int option_set_delivery_point(struct usock *s, const void *value, socklen_t length)
{
    enum { STACK_DEFAULT = 65536 };
    int point;
    if (option_take_int(value, length, &point) < 0)
        return -1;
    if (point < 0 || point > s->receive_buffer / 2)
        return refuse(EINVAL);
    int in_stack = point ? point : STACK_DEFAULT;
    if (option_set_by_table(s, SCTP_PARTIAL_DELIVERY_POINT, &in_stack, sizeof(in_stack)) < 0)
        return -1;
    s->delivery_point = point;
    return 0;
}
