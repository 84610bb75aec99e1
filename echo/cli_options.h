/* The options of sctp_echo_cli. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "client/client.h"
#include "option/option.h"

struct cli_options {
    struct unp_client client;
    uint32_t ppid;               /* network order */
    uint16_t unordered;          /* SCTP_UNORDERED or 0 */
    struct sctp_prinfo lifetime; /* value 0: unlimited */
    bool all;                    /* argument echo: send each line on several streams */
    unsigned all_streams;        /* their number; 0: all of the association */
    bool quiet, json;
    bool terminal;               /* standard output is a terminal */
    struct unp_opt_list options; /* -O */
    const char *abort;           /* -A: reason of the final ABORT; NULL: shut down */
};

/* Parses the command line; exits after --help and --version, and on a usage error. */
void get_cli_options(struct cli_options *o, int argc, char **argv);

#endif
