/* The options that all clients have. */
#include "client.h"
#include "cmdline/cmdline.h"

#include <stdio.h>
#include <stdlib.h>

bool sctp_client_option(struct sctp_client *c, int option, const char *value)
{
    switch (option) {
    case 'p':
        c->port = (uint16_t)Parse_number("-p", value, 1, 65535);
        return true;
    case 'B':
        Sctp_addrs_add(&c->setup.local, "-B", value, 0);
        return true;
    case 'C':
        Sctp_addrs_add(&c->more, "-C", value, 0);
        return true;
    case 'o':
        c->setup.ostreams = (uint16_t)Parse_number("-o", value, 1, 65535);
        return true;
    case 'w':
        c->wait = (unsigned)Parse_number("-w", value, 1, 86400);
        return true;
    case 'v':
        c->verbose = true;
        return true;
    case 'V':
        printf("%s (onetomany) " UNPSCTP_VERSION "\n", c->name);
        exit(EXIT_OK);
    default:
        return false;
    }
}

void sctp_client_free(struct sctp_client *c)
{
    sctp_addrs_free(&c->setup.local);
    sctp_addrs_free(&c->more);
}
