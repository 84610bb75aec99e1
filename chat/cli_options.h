/* The options of sctp_chat_cli. */
#ifndef CHAT_CLI_OPTIONS_H
#define CHAT_CLI_OPTIONS_H

#include "client/client.h"

struct cli_options {
    struct unp_client client;
    const char *name; /* -n or user@; NULL: the server gives one */
    bool reconnect;
    bool json;
};

/* Parses the command line; exits after --help and --version, and on a usage error. */
void get_cli_options(struct cli_options *o, int argc, char **argv);

#endif
