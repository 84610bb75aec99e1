/* Single addresses, and the packed lists of bindx, connectx and getpaddrs. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "address.h"

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
    return ntohs(address->in.sin_port); /* sin6_port has the same offset */
}

void address_copy(const union address *from, struct sockaddr *to, socklen_t *length)
{
    if (!to || !length)
        return;
    socklen_t size = address_size(&from->sa);
    memcpy(to, from, *length < size ? *length : size);
    *length = size;
}

bool address_is_loopback(struct in_addr host)
{
    return ntohl(host.s_addr) >> 24 == IN_LOOPBACKNET;
}

int address_count(const void *list, socklen_t size)
{
    const unsigned char *p = list;
    int n = 0;
    while (size > 0) {
        const struct sockaddr *sa = (const void *)p;
        socklen_t length = size >= sizeof(sa->sa_family) ? address_size(sa) : 0;
        if (length == 0 || length > size || ++n > MOST_ADDRESSES)
            return refuse(EINVAL);
        p += length;
        size -= length;
    }
    if (n == 0)
        return refuse(EINVAL);
    return n;
}

const void *address_next(const void *list, union address *address)
{
    socklen_t size = address_size(list);
    memset(address, 0, sizeof(*address));
    memcpy(address, list, size);
    return (const unsigned char *)list + size;
}

bool address_is_wildcard(const union address *a)
{
    if (a->sa.sa_family == AF_INET)
        return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}

bool address_same_host(const union address *a, const union address *b)
{
    if (a->sa.sa_family == AF_INET)
        return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr);
}
