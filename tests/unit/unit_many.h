/* Shared by tests of one-to-many sockets: an association from a to b, in one process. */
#ifndef UNIT_MANY_H
#define UNIT_MANY_H

#include "unit_sctp.h"

static struct {
    int a, b;
    sctp_assoc_t id_a; /* at a */
    struct sockaddr_storage at_a, at_b;
} pair;

static inline int open_pair(void **state)
{
    pair.a = open_endpoint("127.0.0.1", 10, 10, &pair.at_a);
    pair.b = open_endpoint("127.0.0.1", 10, 10, &pair.at_b);
    pair.id_a = associate(pair.a, &pair.at_b);
    return 0;
}

static inline int close_pair(void **state)
{
    close(pair.a);
    close(pair.b);
    memset(&pair, 0, sizeof(pair));
    return 0;
}

#endif
