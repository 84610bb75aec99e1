/* The lines of sctp_echo_cli's input: on which streams each goes. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli_options.h"
#include "tty/line.h"

struct cli_input {
    const struct cli_options *asked;
    struct unp_line_reader reader;
    char *line; /* being sent; NULL: none */
    size_t len;
    uint16_t next, last;   /* streams it has still to go on */
    char *suffixed;        /* line and suffix, for all */
    unsigned long skipped; /* lines */
};

/* Standard input, for messages of `max` bytes; ends the program where there is no memory. */
void Cli_input_open(struct cli_input *in, const struct cli_options *asked, size_t max);
void cli_input_close(struct cli_input *in);
/* Takes a line for an association of so many streams.  False when there is none yet, or none any
 * more. */
bool cli_input_take(struct cli_input *in, uint16_t ostreams);
/* What goes on the next stream, *len bytes; until the next call. */
const char *cli_input_message(struct cli_input *in, size_t *len);
/* It went: the next is that of the next stream, or there is no line any more. */
void cli_input_sent(struct cli_input *in);
/* The line, or the one that was just read, is not sent: says why. */
void cli_input_skip(struct cli_input *in, const char *why);
/* Nothing is left to be sent. */
bool cli_input_done(const struct cli_input *in);

#endif
