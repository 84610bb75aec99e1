/* Options of the one-to-one pair. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "unpsctp.h"

struct hello_options {
    uint16_t port;
    /* server */
    struct unp_addrs local; /* local addresses, with port 0; none: all */
    const char *text;       /* the line to send */
    /* client */
    const char *host;
    unsigned wait; /* timeout, s */
};

/* Both exit after --help and --version, and on a usage error. */
void get_server_options(struct hello_options *o, int argc, char **argv);
void get_client_options(struct hello_options *o, int argc, char **argv);

#endif
