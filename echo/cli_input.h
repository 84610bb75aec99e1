/* Input lines of sctp_echo_cli, and the streams that each is sent on. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli_options.h"
#include "tty/line.h"
#include "tty/terminal.h"

struct cli_input {
    const struct cli_options *asked;
    struct unp_terminal *term; /* NULL: plain lines, or the end of the input */
    bool typed;                /* the user types, and corrects a skipped line */
    bool hinted;               /* the user was told the syntax of a line */
    struct unp_line_reader reader;
    char *line; /* being sent; NULL: none */
    size_t len;
    uint16_t next, last;   /* streams that the line must still be sent on */
    char *suffixed;        /* line with ".msg.N", for the argument echo */
    unsigned long skipped; /* lines, unless the user types */
};

/* Reads standard input for messages of at most `max` bytes; exits when there is no memory. */
void Cli_input_open(struct cli_input *in, const struct cli_options *asked, size_t max);
void cli_input_close(struct cli_input *in);
/* Restores the terminal, if there is one; no more lines are read from it. */
void cli_input_leave_terminal(struct cli_input *in);
/* Reads available input.  0, or -1 and errno. */
int cli_input_fill(struct cli_input *in);
/* Reads the next valid line for an association of `ostreams` streams, unless one is being sent.
 * False: no line yet, or the end of the input. */
bool cli_input_take(struct cli_input *in, uint16_t ostreams);
/* The message for the next stream, *len bytes; valid until the next call. */
const char *cli_input_message(struct cli_input *in, size_t *len);
/* That message was sent: continue with the next stream, or with the next line. */
void cli_input_sent(struct cli_input *in);
/* Skips the current line and tells why. */
void cli_input_skip(struct cli_input *in, const char *why);
/* True at the end of the input, when every line was sent or skipped. */
bool cli_input_done(const struct cli_input *in);

#endif
