/*
 * Hints of a NAT in a verdict of sctp_ping --check.
 *
 * A NAT translates the addresses of packets, but not those that INIT and INIT ACK list (RFC 9260,
 * section 3.3.2): an end that lists private addresses gives the other end some that it cannot
 * reach.  A single address is not listed.  Linux lists private addresses to a public host if it has
 * no others, and ignores those that a public host lists, unless net.sctp.addr_scope_policy is 0.
 * The userland stack lists none, but heeds them.
 */
#include "check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* RFC 1918, RFC 6598, RFC 4193; also loopback and link-local addresses. */
static bool is_private(const char *name)
{
    static const struct {
        uint32_t net, mask;
    } nets[] = {{0x0a000000, 0xff000000}, {0xac100000, 0xfff00000}, {0xc0a80000, 0xffff0000},
                {0x64400000, 0xffc00000}, {0x7f000000, 0xff000000}, {0xa9fe0000, 0xffff0000}};
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, name, &v4) == 1) {
        for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
            if ((ntohl(v4.s_addr) & nets[i].mask) == nets[i].net)
                return true;
        return false;
    }
    return strchr(name, '%') || (inet_pton(AF_INET6, name, &v6) == 1 &&
                                 ((v6.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LOOPBACK(&v6)));
}

/* Lists the private addresses.  Empty: there are none. */
static void list_private(const struct unp_addrs *all, char *buf, size_t size)
{
    char name[SOCK_NTOP_SIZE];
    size_t used = 0;

    *buf = '\0';
    for (struct sockaddr *sa = NULL; used < size && (sa = unp_addrs_next(all, sa));)
        if (is_private(sock_ntop_host(sa, name, sizeof(name))))
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", name);
}

const char *check_hint_told(const struct check *k, char *buf, size_t size)
{
    struct unp_addrs local = {0};
    char list[400] = "";

    if (!k->over_udp && !is_private(k->address) &&
        unp_addrs_local(&local, k->p->a.fd, k->p->a.id) > 1)
        list_private(&local, list, sizeof(list));
    unp_addrs_free(&local);
    *buf = '\0';
    if (*list)
        snprintf(
            buf, size,
            "; INIT told the server this host's private addresses %s: if there is a NAT on the "
            "way, bind one of them (-B)",
            list);
    return buf;
}

/* The address from which this host sends to `to`; empty: not known. */
static const char *source_of(const struct sockaddr *to, char *buf, size_t size)
{
    struct sockaddr_storage from;
    socklen_t len = sizeof(from);
    int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *buf = '\0';
    if (fd < 0)
        return buf;
    if (connect(fd, to, unp_sock_len(to)) == 0 &&
        getsockname(fd, (struct sockaddr *)&from, &len) == 0)
        sock_ntop_host((struct sockaddr *)&from, buf, size);
    close(fd);
    return buf;
}

const char *check_hint_translated(const struct check *k, const struct sockaddr *to, char *buf,
                                  size_t size)
{
    char from[SOCK_NTOP_SIZE];

    *buf = '\0';
    if (!k->over_udp && !is_private(k->address) && is_private(source_of(to, from, sizeof(from))))
        snprintf(buf, size,
                 "; this host's address %s is private: does the NAT on the way translate SCTP?",
                 from);
    return buf;
}

const char *check_hint_advertised(const struct check *k, const char *list, char *buf, size_t size)
{
    char copy[600], *next = copy;

    *buf = '\0';
    snprintf(copy, sizeof(copy), "%s", list);
    for (char *name; !*buf && !is_private(k->address) && (name = strsep(&next, ", "));)
        if (*name && is_private(name))
            snprintf(
                buf, size,
                "; %s is private, %s is not: is the server behind a NAT? Then it must bind one "
                "address",
                name, k->address);
    return buf;
}
