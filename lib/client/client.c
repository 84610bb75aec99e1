/* The options that all clients have. */
#include "client.h"
#include "cmdline/cmdline.h"

#include <stdio.h>
#include <stdlib.h>

bool unp_client_option(struct unp_client *c, int option, const char *value)
{
    switch (option) {
    case 'p':
        c->port = (uint16_t)Unp_parse_number("-p", value, 1, 65535);
        c->port_given = true;
        return true;
    case 'B':
        Unp_addrs_add(&c->setup.local, "-B", value, 0);
        return true;
    case 'C':
        Unp_addrs_add(&c->more, "-C", value, 0);
        return true;
    case 'o':
        c->setup.ostreams = (uint16_t)Unp_parse_number("-o", value, 1, 65535);
        return true;
    case 'w':
        c->wait = (unsigned)Unp_parse_number("-w", value, 1, 86400);
        return true;
    case 'v':
        c->verbose = true;
        return true;
    case 'V':
        Unp_print_version();
    default:
        return false;
    }
}

void unp_client_free(struct unp_client *c)
{
    unp_addrs_free(&c->setup.local);
    unp_addrs_free(&c->more);
}
