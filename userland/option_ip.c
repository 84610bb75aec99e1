/* getsockopt and setsockopt at the levels of IP and IPv6. */
#include <errno.h>

#include "option.h"
#include "udp.h"
#include "usock.h"

static int set_v6only(struct usock *s, const void *value, socklen_t length)
{
    int on;
    if (option_take_int(value, length, &on) < 0)
        return -1;
    if (s->bound)
        return refuse(EINVAL);
    usock_set_v6only(s, on != 0);
    return 0;
}

static bool is_v6only(const struct usock *s, int level, int name)
{
    return level == IPPROTO_IPV6 && name == IPV6_V6ONLY && s->domain == AF_INET6;
}

int option_get_ip(struct usock *s, int level, int name, void *value, socklen_t *length)
{
    return is_v6only(s, level, name)
               ? option_give_int(s->v6only, value, length)
               : ip_options_get(&s->ip_options, s->domain, level, name, value, length);
}

int option_set_ip(struct usock *s, int level, int name, const void *value, socklen_t length)
{
    if (is_v6only(s, level, name))
        return set_v6only(s, value, length);
    if (ip_options_set(&s->ip_options, s->domain, level, name, value, length) < 0)
        return -1;
    for (int i = 0; i < s->n_ports; i++)
        udp_set_options(s->ports[i], &s->ip_options);
    return 0;
}
