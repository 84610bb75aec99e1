/* The memory of sctp_getpaddrs(3) and sctp_getladdrs(3), which a test defines. */
#ifndef UNIT_GETPADDRS_H
#define UNIT_GETPADDRS_H

#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>

/* Sets *addrs to a list of this IPv4 address, with port 7.  Returns their number. */
static inline int one_address(const char *host, struct sockaddr **addrs)
{
    struct sockaddr_in *sa = calloc(1, sizeof(*sa));

    assert_non_null(sa);
    *sa = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(7)};
    inet_pton(AF_INET, host, &sa->sin_addr);
    *addrs = (struct sockaddr *)sa;
    return 1;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

#endif
