/* What the files of sctp_chat_cli share. */
#ifndef CHAT_CLI_H
#define CHAT_CLI_H

#include "cli_options.h"
#include "client/association.h"
#include "receive/receive.h"
#include "show.h"
#include "tty/line.h"
#include "tty/terminal.h"

struct client {
    struct cli_options asked;
    struct unp_client_assoc a;
    struct show show;
    struct unp_terminal *term; /* NULL: plain lines */
    struct unp_line_reader input;

    char wanted[NAME_SIZE]; /* the name that we have asked for; "": none */
    bool welcome;           /* the server has told a name: we are in the room */
    bool settled;           /* and answered to the one we want: what is said is said by it */

    long channel;                   /* that is talked in */
    const char *line;               /* to be sent; NULL: none */
    size_t len;                     /* its bytes */
    long to;                        /* its channel */
    bool ended;                     /* nothing comes after it */
    unsigned long number;           /* of the line, from 1 */
    unsigned long skipped, doubted; /* lines not sent; messages that perhaps did not arrive */
};

/* ---- what is said to the person: cli_say.c -------------------------------- */

/* A message about what goes on, beside the line that is being typed. */
void cli_tell(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same in the room, for the one who talks in it. */
void cli_note(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Why the line that came last is not sent; without a terminal it counts as skipped. */
void cli_skip(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- what the server sends: cli_hear.c ------------------------------------ */

/* Shows it, and learns from it what our name is. */
void cli_hear(struct client *c, const struct unp_message *msg);

/* ---- what is typed: cli_input.c ------------------------------------------- */

/* Takes a line to send from the input, doing what those before it ask of the client itself.  False
 * when there is none yet, or none any more. */
bool cli_take_line(struct client *c);
/* False, and it was told: the association has no such channel. */
bool cli_has_channel(struct client *c, long channel);

#endif
