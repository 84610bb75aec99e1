/* Socket addresses of the userland stack. */
#ifndef UNIT_ADDRESS_H
#define UNIT_ADDRESS_H

#include "unit.h"

#include <arpa/inet.h>

#include "../../userland/address.h"

static inline union address at(const char *host, uint16_t port)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_port = htons(port)}};

    if (inet_pton(AF_INET, host, &a.in.sin_addr) != 1) {
        a = (union address){.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
        assert_int_equal(inet_pton(AF_INET6, host, &a.in6.sin6_addr), 1);
    }
    return a;
}

#endif
