/* The option -I of sctp_ping: binds to the addresses of an interface, or to one address. */
#include "ping.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

/* Link-local addresses are of use on their link only: -B takes them. */
static bool is_bound(const struct ifaddrs *i, const char *name)
{
    const struct sockaddr_in6 *v6 = (const void *)i->ifa_addr;

    if (strcmp(i->ifa_name, name) != 0 || !i->ifa_addr || !unp_sock_len(i->ifa_addr))
        return false;
    return i->ifa_addr->sa_family == AF_INET || !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
}

void Ping_take_interface(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    struct ping_options *asked = o->to;
    struct unp_addrs *local = &asked->client.setup.local;
    int before = local->count;
    struct ifaddrs *all;

    if (!if_nametoindex(value)) {
        Ping_take_address(o, option, value);
        return;
    }
    if (getifaddrs(&all) < 0)
        err_sys("%s %s", option, value);
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        if (is_bound(i, value) && unp_addrs_append(local, i->ifa_addr) != 0)
            err_sys("%s %s", option, value);
    freeifaddrs(all);
    if (local->count == before)
        Unp_usage_error("%s \"%s\": this interface has no address", option, value);
}
