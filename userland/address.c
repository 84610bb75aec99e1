/* Addresses: names, and the packed lists of bindx, connectx and getpaddrs. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userland.h"

enum { MOST_ADDRESSES = 64 };

socklen_t address_size(const struct sockaddr *address)
{
    switch (address->sa_family) {
    case AF_INET:
        return sizeof(struct sockaddr_in);
    case AF_INET6:
        return sizeof(struct sockaddr_in6);
    default:
        return 0;
    }
}

uint16_t address_port(const union address *address)
{
    return ntohs(address->in.sin_port); /* in IPv6's the same place */
}

void address_copy(const union address *from, struct sockaddr *to, socklen_t *length)
{
    if (!to || !length)
        return;
    socklen_t size = address_size(&from->sa);
    memcpy(to, from, *length < size ? *length : size);
    *length = size;
}

enum { MOST_KNOWN = 256 };
static union address known[MOST_KNOWN];
static int n_known;

/* The stack knows the addresses that were there when it began.  127.0.0.2 is never among them, and
 * what comes from there, or goes there, would be refused. */
bool address_know(const union address *address)
{
    union address a = *address;
    a.in.sin_port = 0;
    for (int i = 0; i < n_known; i++)
        if (memcmp(&known[i], &a, address_size(&a.sa)) == 0)
            return true;
    if (n_known == MOST_KNOWN || !usr.add_address)
        return false;
    known[n_known++] = a;
    debug("another address of ours");
    return usr.add_address(0, NULL, 1, 0, "lo", NULL, &a.sa, 0, 0) != NULL;
}

void address_drop_inherited(void)
{
    n_known = 0;
}

bool address_is_loopback(struct in_addr host)
{
    return ntohl(host.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* All of 127.0.0.0/8 is ours, but no list of addresses has more than 127.0.0.1. */
void address_know_loopback(struct in_addr host)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_addr = host}};
    if (address_is_loopback(host) && host.s_addr != htonl(INADDR_LOOPBACK))
        address_know(&a);
}

void address_know_peer(const union address *peer)
{
    struct in_addr v4;
    if (peer->sa.sa_family == AF_INET) {
        address_know_loopback(peer->in.sin_addr);
    } else if (IN6_IS_ADDR_V4MAPPED(&peer->in6.sin6_addr)) {
        memcpy(&v4, &peer->in6.sin6_addr.s6_addr[12], sizeof v4);
        address_know_loopback(v4);
    }
}

/* How many addresses a packed list of size bytes has; -1 and EINVAL if it is malformed. */
static int count(const void *list, socklen_t size)
{
    const unsigned char *p = list;
    int n = 0;
    while (size > 0) {
        const struct sockaddr *sa = (const void *)p;
        socklen_t length = size >= sizeof sa->sa_family ? address_size(sa) : 0;
        if (length == 0 || length > size || ++n > MOST_ADDRESSES) {
            errno = EINVAL;
            return -1;
        }
        p += length;
        size -= length;
    }
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    return n;
}

static const void *next_address(const void *list, union address *address)
{
    socklen_t size = address_size(list);
    memset(address, 0, sizeof *address);
    memcpy(address, list, size);
    return (const unsigned char *)list + size;
}

/* sctp_bindx(3): of a socket that is not bound yet, the first address binds it. */
int address_bindx(struct usock *s, const void *list, socklen_t size, bool add)
{
    int n = count(list, size);
    if (n < 0)
        return -1;
    while (n-- > 0) {
        union address address;
        list = next_address(list, &address);
        if (add && !s->bound) {
            if (usock_bind(s, &address.sa, address_size(&address.sa)) < 0)
                return -1;
            continue;
        }
        if (usock_bind_more(s, &address, add) < 0)
            return -1;
    }
    return 0;
}

/* sctp_connectx(3).  *id is the program's association id; errno may be EINPROGRESS. */
int address_connectx(struct usock *s, const void *list, socklen_t size, sctp_assoc_t *id)
{
    int n = count(list, size);
    union address first;
    uint32_t stack_id = 0;
    if (n < 0 || usock_autobind(s) < 0)
        return -1;
    next_address(list, &first);
    if (first.in.sin_port == 0) {
        errno = EINVAL;
        return -1;
    }
    const void *next = list;
    for (int i = 0; i < n; i++) {
        union address a;
        next = next_address(next, &a);
        address_know_peer(&a);
    }
    if (usock_is_connected(s) || usock_is_peeled_off(s, &first) || reconnect_prepare(s) < 0)
        return -1;
    int result = usr.connectx(s->so, list, n, &stack_id);
    if (result < 0 && errno != EINPROGRESS) {
        errno = usock_begin_error(s, &first, errno);
        return -1;
    }
    stack_id = usr.getassocid(s->so, &first.sa);
    *id = id_to_program(s, stack_id);
    return usock_connect_wait(s, &first);
}

/* SCTP_GET_PEER_ADDRS, SCTP_GET_LOCAL_ADDRS: struct sctp_getaddrs. */
int address_get(struct usock *s, bool peer, void *value, socklen_t *length)
{
    struct sctp_getaddrs *to = value;
    if (*length < sizeof *to) {
        errno = EINVAL;
        return -1;
    }
    uint32_t id = id_to_stack(s, to->assoc_id);
    struct sockaddr *list = NULL;
    int n = peer ? usr.getpaddrs(s->so, id, &list) : usr.getladdrs(s->so, id, &list);
    if (n < 0) {
        errno = EINVAL; /* there is no such association, whatever the stack calls that */
        return -1;
    }
    const void *p = list;
    unsigned char *out = to->addrs;
    size_t room = *length - sizeof *to;
    int result = 0;
    to->addr_num = 0;
    for (int i = 0; i < n; i++) {
        union address address;
        p = next_address(p, &address);
        socklen_t size = address_size(&address.sa);
        if (size > room) {
            errno = ENOMEM; /* libsctp tries again with more */
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
    next_address(list, name);
    usr.freepaddrs(list);
    return true;
}

bool address_by_route(const union address *to, union address *from)
{
    socklen_t length = sizeof *from;
    union address peer = *to;
    if (peer.in.sin_port == 0)
        peer.in.sin_port = htons(9);
    int probe = libc.socket(peer.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool found = probe >= 0 && libc.connect(probe, &peer.sa, address_size(&peer.sa)) == 0 &&
                 libc.getsockname(probe, &from->sa, &length) == 0;
    if (probe >= 0)
        libc.close(probe);
    return found;
}

/* getsockname, getpeername. */
int address_name(struct usock *s, bool peer, struct sockaddr *address, socklen_t *length)
{
    union address name = s->name, remote;
    bool connected = s->type == SOCK_STREAM && !s->listening && peer_name(s, &remote);
    if (peer && !connected) {
        errno = ENOTCONN;
        return -1;
    }
    if (peer)
        name = remote;
    else if (!s->bound)
        name.sa.sa_family = (sa_family_t)s->domain;
    else if (connected && address_is_wildcard(&name) && address_by_route(&remote, &name))
        name.in.sin_port = s->name.in.sin_port;
    address_copy(&name, address, length);
    return 0;
}

bool address_is_wildcard(const union address *a)
{
    if (a->sa.sa_family == AF_INET)
        return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}
