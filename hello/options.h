/* The options of the one-to-one pair. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "unpsctp.h"

struct hello_options {
    uint16_t port;
    /* of the server */
    struct unp_addrs local; /* addresses to serve on, with port 0; none: all */
    const char *text;       /* what it says */
    /* of the client */
    const char *host;
    unsigned wait; /* s */
};

/* Both end the program when an option or argument is wrong. */
void get_server_options(struct hello_options *o, int argc, char **argv);
void get_client_options(struct hello_options *o, int argc, char **argv);

#endif
