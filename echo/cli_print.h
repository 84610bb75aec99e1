/* Output of sctp_echo_cli. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "cli_options.h"
#include "receive/receive.h"

/* Prints a reply on stdout. */
void cli_print_reply(const struct cli_options *asked, const struct unp_message *msg);
/* Prints a complete notification of socket `fd`: with -v on stderr, with -J on stdout. */
void cli_print_event(const struct cli_options *asked, int fd, const union sctp_notification *n,
                     size_t len);
/* The beginning of a line, escaped, for a message about it; valid until the next call. */
const char *cli_excerpt(const char *text, size_t len);

#endif
