/* The options of sctp_echo_cli. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "client/client.h"
#include "option/option.h"

struct cli_options {
    struct unp_client client;
    uint32_t ppid;               /* network order */
    uint16_t unordered;          /* SCTP_UNORDERED or 0 */
    struct sctp_prinfo lifetime; /* its value 0: for ever */
    bool all;                    /* each line on all streams */
    unsigned all_streams;        /* how many those are; 0: all that there are */
    bool quiet, json;
    bool terminal;               /* standard output is one */
    struct unp_opt_list options; /* -O */
    const char *abort;           /* -A: how it ends, and why; NULL: with a shutdown */
};

/* What the command line says; ends the program where that is --help, or wrong. */
void get_cli_options(struct cli_options *o, int argc, char **argv);

#endif
