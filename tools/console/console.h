/* What the files of sctp_console share: one socket, its associations, and the person who steers. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "client/client.h"
#include "option/option.h"
#include "receive/receiver.h"
#include "tty/line.h"
#include "tty/terminal.h"

#include <sys/queue.h>

/* A message that is typed, and one that is put together from what comes. */
#define MAX_TYPED   1048576
#define MAX_MESSAGE 16777216

enum peer_state { PEER_CONNECTING, PEER_UP, PEER_CLOSING, PEER_OVER };

/* A host that an association was asked for with.  It stays when that is over: its number is told
 * to the person who steers, and is not used again. */
struct peer {
    TAILQ_ENTRY(peer) next;
    unsigned number; /* from 1 */
    char *name;      /* "host:port" */
    uint16_t port;
    enum peer_state state;
    sctp_assoc_t id; /* 0: none yet */
    uint16_t ostreams, istreams;
    struct unp_reassembly in;
    int64_t full_since;     /* it has no room for what is sent, ms; 0: it has */
    struct unp_addrs addrs; /* of the host, which are tried one after the other */
    struct sockaddr *trying;
    int64_t begun; /* with this one, ms */
    int err;       /* that the last ended with */
    bool asked_to_end;
};

struct console {
    /* what was asked for */
    struct unp_client asked;
    struct unp_opt_list options; /* of -O */
    char **hosts;                /* and after them a NULL */
    bool json;
    /* the socket and its associations */
    int fd;
    struct unp_receiver in;
    TAILQ_HEAD(peers, peer) peers;
    struct peer *chosen; /* for what names no association; NULL: none */
    bool adrift;         /* the one that was chosen is over */
    /* the person */
    struct unp_terminal *term; /* NULL: lines come from a file or a pipe */
    struct unp_line_reader input;
    unsigned long number; /* of the line */
    bool leaving;         /* no more lines */
    bool at_once;         /* /quit: without waiting for answers */
    /* how messages are sent */
    uint32_t ppid;               /* network order */
    uint16_t unordered;          /* SCTP_UNORDERED or 0 */
    struct sctp_prinfo lifetime; /* its value 0: for ever */
    const char *held;            /* a message that there is no room for; NULL: none */
    size_t held_len;
    struct peer *held_for;
    uint16_t held_stream;
    /* for the exit status */
    unsigned came_up, failed; /* associations; lines, commands and hosts */
    bool lost;
    int refusal;   /* why the first host could not be had */
    int64_t heard; /* when something last came, ms */
};

/* ---- the command line: options.c --------------------------------- */

/* Ends the program where that is --help, or wrong. */
void console_options(struct console *c, int argc, char **argv);

/* ---- what is said: say.c ----------------------------------------- */

/* An answer, on standard output; with -J that is for JSON, so on standard error. */
void console_say(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Something that went wrong, on standard error. */
void console_tell(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same about the line that was typed.  Returns false. */
bool console_refuse(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "#1 localhost:9877" */
const char *console_label(const struct peer *p);

/* ---- associations: peers.c --------------------------------------- */

/* Begins an association with "host", "host:port", "[v6]:port" or an IPv6 address.  False: it
 * cannot even be begun, and that was told. */
bool peer_connect(struct console *c, const char *host);
/* One that does not answer is left after -w seconds.  Milliseconds until the next would be; -1:
 * none is being connected. */
int64_t peer_look(struct console *c);
void peer_changed(struct console *c, const struct sctp_assoc_change *change);
/* The one after p, or the first for NULL; NULL after the last. */
struct peer *peer_next(const struct console *c, struct peer *p);
/* By what the stack calls it, and by the number that a person knows; NULL: there is none. */
struct peer *peer_of(struct console *c, sctp_assoc_t id);
struct peer *peer_number(struct console *c, long number);
/* The one that lines are for that name none; NULL, and it was told why: none is. */
struct peer *peer_current(struct console *c);
/* The same, without a word. */
struct peer *peer_default(struct console *c);
void peer_choose(struct console *c, struct peer *p);
void peer_over(struct console *c, struct peer *p);
unsigned peer_count(const struct console *c, enum peer_state state);
/* How many streams it has now. */
void peer_streams(struct console *c, struct peer *p);
void peer_free_all(struct console *c);

/* ---- what comes: receive.c --------------------------------------- */

void Console_hear(struct console *c); /* from now on; ends the program without memory for it */
void console_receive(struct console *c);

/* ---- lines: line.c ----------------------------------------------- */

/* Takes a line, if one has come whole, and does what it says.  False: none has. */
bool console_line(struct console *c);
bool console_wants_lines(const struct console *c);
/* Tries what there was no room for.  True when it still waits. */
bool console_held(struct console *c);

/* ---- commands: command.c, steer.c, status.c ------ */

/* Does what "/name arguments" says; `line` is cut apart.  False: it failed, which was told. */
bool console_command(struct console *c, char *line);

/* Each is one command, of the association `p` where it is of one. */
typedef bool console_act(struct console *c, struct peer *p, char *args);
console_act steer_primary, steer_peer_primary, steer_heartbeat, steer_reset, steer_streams;
console_act steer_bind, steer_unbind, steer_option, steer_abort, steer_eof;
console_act status_show, status_addrs, status_peers;

/* Cuts the first word off *args; NULL: there is none. */
char *console_word(char **args);

#endif
