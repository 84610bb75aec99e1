/* What sctp_echo_cli prints of what comes, and of its input. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "cli_options.h"
#include "receive/receive.h"

/* A reply, on stdout. */
void cli_print_reply(const struct cli_options *asked, const struct unp_message *msg);
/* A whole notification of socket `fd`, as far as it was asked for: -v on stderr, -J on stdout. */
void cli_print_event(const struct cli_options *asked, int fd, const union sctp_notification *n,
                     size_t len);
/* The first bytes of a line, for a message about it; until the next call. */
const char *cli_excerpt(const char *text, size_t len);

#endif
