/* Options of IP and IPv6 that a program sets on an SCTP socket: they act on its UDP sockets. */
#ifndef IP_OPTIONS_H
#define IP_OPTIONS_H

#include "userland.h"

struct ip_options {
    int n;
    struct {
        int level, name, value;
    } list[16]; /* more than there are */
};

/* setsockopt and getsockopt at IPPROTO_IP and IPPROTO_IPV6, for a socket of this domain.  0, or -1
 * and errno. */
int ip_options_set(struct ip_options *o, int domain, int level, int name, const void *value,
                   socklen_t length);
int ip_options_get(const struct ip_options *o, int domain, int level, int name, void *value,
                   socklen_t *length);
/* To a UDP socket; o NULL: none. */
void ip_options_apply(const struct ip_options *o, int fd, int domain);

#endif
