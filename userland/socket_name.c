/* The addresses of a socket: getsockname, getpeername, sctp_getpaddrs, sctp_getladdrs. */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "libusrsctp.h"
#include "socket.h"
#include "usock.h"

/* SCTP_GET_PEER_ADDRS, SCTP_GET_LOCAL_ADDRS: struct sctp_getaddrs. */
int usock_addresses(struct usock *s, bool peer, void *value, socklen_t *length)
{
    struct sctp_getaddrs *to = value;
    if (*length < sizeof(*to))
        return refuse(EINVAL);
    uint32_t id = id_to_stack(s, to->assoc_id);
    struct sockaddr *list = NULL;
    int n = peer ? usr.getpaddrs(s->so, id, &list) : usr.getladdrs(s->so, id, &list);
    if (!peer && !s->bound)
        n = 0;
    if (n < 0 || (peer && n == 0)) {
        errno = EINVAL; /* Linux's errno for an association that does not exist */
        return -1;
    }
    const void *p = list;
    unsigned char *out = to->addrs;
    size_t room = *length - sizeof(*to);
    int result = 0;
    to->addr_num = 0;
    for (int i = 0; i < n; i++) {
        union address address;
        p = address_next(p, &address);
        socklen_t size = address_size(&address.sa);
        if (size > room) {
            errno = ENOMEM; /* libsctp retries with more room */
            result = -1;
            break;
        }
        memcpy(out, &address, size);
        out += size;
        room -= size;
        to->addr_num++;
    }
    if (list)
        peer ? usr.freepaddrs(list) : usr.freeladdrs(list);
    *length = (socklen_t)(out - (unsigned char *)value);
    return result;
}

/* The peer's first address; false: there is no association. */
static bool peer_name(struct usock *s, union address *name)
{
    struct sockaddr *list = NULL;
    if (usr.getpaddrs(s->so, 0, &list) < 1)
        return false;
    address_next(list, name);
    usr.freepaddrs(list);
    return true;
}

int usock_name(struct usock *s, bool peer, struct sockaddr *address, socklen_t *length)
{
    union address name = s->name, remote;
    bool connected = s->type == SOCK_STREAM && !s->listening && peer_name(s, &remote);
    if (peer && !connected)
        return refuse(ENOTCONN);
    if (peer)
        name = remote;
    else if (!s->bound)
        name.sa.sa_family = (sa_family_t)s->domain;
    else if (connected && address_is_wildcard(&name) && local_address_by_route(&remote, &name))
        name.in.sin_port = s->name.in.sin_port;
    /* The program may have connected to an address with any scope id. */
    if (name.sa.sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&name.in6.sin6_addr))
        name.in6.sin6_scope_id = 0;
    address_copy(&name, address, length);
    return 0;
}
