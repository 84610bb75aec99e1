/*
 * The addresses of this machine.
 *
 * libusrsctp asks for them once, with getifaddrs(3), when it starts.  It refuses to bind to an
 * address that is not listed, and drops packets to it.  Not listed are addresses that come up
 * later, and those of 127.0.0.0/8 other than 127.0.0.1.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "libc.h"
#include "libusrsctp.h"
#include "userland.h"

enum { MOST_ADDED = 256 }; /* addresses that no interface lists */
static int n_added;

static bool is_known(const union address *address)
{
    union address a = *address;
    return usr.find_address && usr.find_address(&a.sa, 0, 0);
}

/* Adds the listed addresses, as libusrsctp does when it starts; it ignores those that it knows. */
static void read_again(void)
{
    struct ifaddrs *all;
    if (!usr.add_address || getifaddrs(&all) < 0)
        return;
    for (struct ifaddrs *a = all; a; a = a->ifa_next)
        if (a->ifa_addr && address_size(a->ifa_addr))
            usr.add_address(0, NULL, if_nametoindex(a->ifa_name), 0, a->ifa_name, NULL, a->ifa_addr,
                            0, 0);
    freeifaddrs(all);
}

bool local_address_add(const union address *address)
{
    union address a = *address;
    a.in.sin_port = 0;
    if (!is_known(&a) && !(a.sa.sa_family == AF_INET && address_is_loopback(a.in.sin_addr)))
        read_again();
    if (is_known(&a))
        return true;
    if (n_added == MOST_ADDED || !usr.add_address)
        return false;
    n_added++;
    debug("another address of ours");
    return usr.add_address(0, NULL, 1, 0, "lo", NULL, &a.sa, 0, 0) != NULL;
}

bool local_address_is_ours(const union address *address)
{
    union address a = *address;
    a.in.sin_port = 0;
    return (a.sa.sa_family == AF_INET && address_is_loopback(a.in.sin_addr)) || is_known(&a);
}

void local_address_met(const union address *address)
{
    static time_t last;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (is_known(address) || now.tv_sec == last)
        return;
    last = now.tv_sec;
    read_again();
}

void local_address_drop_inherited(void)
{
    n_added = 0;
}

void local_address_add_loopback(struct in_addr host)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_addr = host}};
    if (address_is_loopback(host) && host.s_addr != htonl(INADDR_LOOPBACK))
        local_address_add(&a);
}

void local_address_add_target(const union address *peer)
{
    struct in_addr v4;
    if (peer->sa.sa_family == AF_INET) {
        local_address_add_loopback(peer->in.sin_addr);
    } else if (IN6_IS_ADDR_V4MAPPED(&peer->in6.sin6_addr)) {
        memcpy(&v4, &peer->in6.sin6_addr.s6_addr[12], sizeof(v4));
        local_address_add_loopback(v4);
    }
}

bool local_address_by_route(const union address *to, union address *from)
{
    socklen_t length = sizeof(*from);
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
