/* sctp_chat_cli: state of the client, and the interfaces of its files. */
#ifndef CHAT_CLI_H
#define CHAT_CLI_H

#include "cli_options.h"
#include "client/association.h"
#include "present.h"
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
    struct present present; /* only with `term` */
    bool ask_who;           /* send /who, for TAB */

    char wanted[NAME_SIZE]; /* the nickname to request; "": none */
    bool welcome;           /* the server has assigned a nickname: the client is a member */
    bool settled;           /* the server has answered /nick, if it was sent */

    long channel;          /* the current channel */
    const char *line;      /* to be sent; NULL: none */
    size_t len;            /* of the line, bytes */
    long to;               /* the line's channel */
    bool ended;            /* after the end of the input or /quit: `line` is the last */
    unsigned long number;  /* of the line, from 1 */
    unsigned long skipped; /* lines not sent */
    unsigned long doubted; /* messages that may not have been delivered */
};

/* ---- Messages to the user: cli_say.c -------------------------------------- */

/* Prints a message on standard error, and keeps the line being typed. */
void cli_tell(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints a "***" line on standard output, like an announcement of the server; with -J, a message on
 * standard error. */
void cli_note(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Tells why the current line is not sent; without a terminal, counts it as skipped. */
void cli_skip(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- Receiving: cli_hear.c ------------------------------------------------ */

/* Prints a message of the server, and takes our nickname from announcements. */
void cli_hear(struct client *c, const struct unp_message *msg);

/* ---- Input: cli_input.c --------------------------------------------------- */

/* Reads the next line to send into `line`, executing the client's own commands on the way.  False:
 * no line yet, or the end of the input. */
bool cli_take_line(struct client *c);
/* False: the association has no such channel; the reason was printed. */
bool cli_has_channel(struct client *c, long channel);

/* ---- Completion: cli_complete.c ------------------------------------------- */

/* For unp_terminal_complete(); `user` is the client. */
size_t cli_complete(void *user, const char *line, struct unp_words *words);

#endif
