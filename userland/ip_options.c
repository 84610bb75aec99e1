/*
 * Options of IP and IPv6.
 *
 * The kernel checks and converts the values: each is first set on a UDP socket that is made for
 * this.  Before the program binds its SCTP socket there is no other.
 */
#include <errno.h>

#include "ip_options.h"
#include "libc.h"

static bool is_known(int domain, int level, int name)
{
    if (level == IPPROTO_IP)
        return name == IP_TOS || name == IP_TTL || name == IP_MTU_DISCOVER || name == IP_FREEBIND ||
               name == IP_TRANSPARENT;
    return domain == AF_INET6 &&
           (name == IPV6_TCLASS || name == IPV6_UNICAST_HOPS || name == IPV6_MTU_DISCOVER ||
            name == IPV6_FREEBIND || name == IPV6_TRANSPARENT);
}

void ip_options_apply(const struct ip_options *o, int fd, int domain)
{
    for (int i = 0; o && i < o->n; i++)
        if (o->list[i].level == IPPROTO_IP || domain == AF_INET6)
            libc.setsockopt(fd, o->list[i].level, o->list[i].name, &o->list[i].value,
                            sizeof(o->list[i].value));
}

static int probe(const struct ip_options *o, int domain)
{
    int fd = libc.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        ip_options_apply(o, fd, domain);
    return fd;
}

static int close_with(int fd, int result)
{
    int error = errno;
    libc.close(fd);
    errno = error;
    return result;
}

/* The newest goes last, so that it is applied last: IP_FREEBIND and IPV6_FREEBIND, for example, set
 * the same flag. */
static void put(struct ip_options *o, int level, int name, int value)
{
    int n = 0;
    for (int i = 0; i < o->n; i++)
        if (o->list[i].level != level || o->list[i].name != name)
            o->list[n++] = o->list[i];
    o->list[n].level = level;
    o->list[n].name = name;
    o->list[n].value = value;
    o->n = n + 1;
}

int ip_options_set(struct ip_options *o, int domain, int level, int name, const void *value,
                   socklen_t length)
{
    int now;
    socklen_t size = sizeof(now);
    if (!is_known(domain, level, name))
        return refuse(ENOPROTOOPT);
    int fd = probe(o, domain);
    if (fd < 0)
        return -1;
    if (libc.setsockopt(fd, level, name, value, length) < 0 ||
        libc.getsockopt(fd, level, name, &now, &size) < 0)
        return close_with(fd, -1);
    put(o, level, name, now);
    return close_with(fd, 0);
}

int ip_options_get(const struct ip_options *o, int domain, int level, int name, void *value,
                   socklen_t *length)
{
    if (level == IPPROTO_IPV6 && domain != AF_INET6)
        return refuse(EOPNOTSUPP);
    if (!is_known(domain, level, name))
        return refuse(ENOPROTOOPT);
    int fd = probe(o, domain);
    return fd < 0 ? -1 : close_with(fd, libc.getsockopt(fd, level, name, value, length));
}
