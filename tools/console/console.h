/* sctp_console: one socket, its associations, and the interactive user. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "client/client.h"
#include "option/option.h"
#include "receive/receiver.h"
#include "tty/line.h"
#include "tty/terminal.h"

#include <sys/queue.h>

#define MAX_TYPED   1048576  /* largest message to send, bytes */
#define MAX_MESSAGE 16777216 /* largest message to reassemble, bytes */

enum peer_state { PEER_CONNECTING, PEER_UP, PEER_CLOSING, PEER_CLOSED };

/* A host and its association.  Kept when the association is closed, because the user knows its
 * number, which is never reused. */
struct peer {
    TAILQ_ENTRY(peer) next;
    unsigned number; /* from 1 */
    char *name;      /* "host:port" */
    uint16_t port;
    enum peer_state state;
    sctp_assoc_t id; /* 0: none yet */
    uint16_t ostreams, istreams;
    struct unp_reassembly in;
    int64_t full_since;     /* when the send buffer became full, ms; 0: it is not */
    struct unp_addrs addrs; /* of the host, tried one after the other */
    struct sockaddr *trying;
    int64_t begun;     /* when connecting to this address began, ms */
    int err;           /* of the last attempt */
    bool asked_to_end; /* by /abort or /eof */
};

struct console {
    /* command line */
    struct unp_client asked;
    struct unp_opt_list options; /* of -O */
    char **hosts;                /* NULL-terminated */
    bool json;
    /* socket and associations */
    int fd;
    struct unp_receiver in;
    TAILQ_HEAD(peers, peer) peers;
    struct peer *chosen; /* the current association; NULL: the first */
    bool must_choose;    /* the current association has closed; the user must choose another */
    /* input */
    struct unp_terminal *term; /* NULL: input is a file or a pipe */
    struct unp_line_reader input;
    unsigned long number; /* of the line */
    bool leaving;         /* no more lines */
    bool at_once;         /* /quit: leave without waiting for replies */
    /* options of messages */
    uint32_t ppid;               /* network order */
    uint16_t unordered;          /* SCTP_UNORDERED or 0 */
    struct sctp_prinfo lifetime; /* value 0: unlimited */
    const char *blocked;         /* a message that waits for room in the send buffer; NULL: none */
    size_t blocked_len;
    struct peer *blocked_peer;
    uint16_t blocked_stream;
    /* exit status */
    unsigned came_up; /* associations */
    unsigned failed;  /* lines, commands and hosts */
    bool lost;
    int refusal;   /* exit status of the first host that failed */
    int64_t heard; /* when anything last arrived, ms */
};

/* ---- Command line: options.c ------------------------------------- */

/* Exits after --help and --version, and on a usage error. */
void console_options(struct console *c, int argc, char **argv);

/* ---- Output: say.c ----------------------------------------------- */

/* Prints the answer to a command on standard output; with -J, on standard error. */
void console_say(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints an error on standard error. */
void console_tell(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints an error about the current line and counts it as failed.  Returns false. */
bool console_refuse(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "#1 localhost:9877" */
const char *console_label(const struct peer *p);

/* ---- Associations: peers.c --------------------------------------- */

/* Starts an association with "host", "host:port", "[v6]:port" or an IPv6 address, without waiting.
 * False: it could not be started; the reason was printed. */
bool peer_connect(struct console *c, const char *host);
/* Abandons associations that have been connecting for -w seconds.  Returns the milliseconds until
 * the next one is due; -1: none is connecting. */
int64_t peer_timeouts(struct console *c);
void peer_changed(struct console *c, const struct sctp_assoc_change *change);
/* Is this the notification, without a cause, that an address of the host failed?  It is not
 * printed: peer_changed() tries the next address, or prints why the last one failed. */
bool peer_reports(const struct peer *p, const union sctp_notification *n);
/* The peer after p, or the first for NULL; NULL after the last. */
struct peer *peer_next(const struct console *c, struct peer *p);
/* Find a peer by association id, and by the user's number; NULL: none. */
struct peer *peer_of(struct console *c, sctp_assoc_t id);
struct peer *peer_number(struct console *c, long number);
/* The current association; NULL: none, and the reason was printed. */
struct peer *peer_current(struct console *c);
/* The same without a message. */
struct peer *peer_default(struct console *c);
void peer_choose(struct console *c, struct peer *p);
void peer_closed(struct console *c, struct peer *p);
unsigned peer_count(const struct console *c, enum peer_state state);
/* Updates the peer's numbers of streams. */
void peer_streams(struct console *c, struct peer *p);
void peer_free_all(struct console *c);

/* ---- Receiving: receive.c ---------------------------------------- */

/* Exits when there is no memory. */
void Console_receiver_open(struct console *c);
void console_receive(struct console *c);

/* ---- Input lines: line.c ----------------------------------------- */

/* Executes the next complete line.  False: there is none. */
bool console_line(struct console *c);
/* Can a line be read?  Lines of a file or pipe wait while a host is connecting. */
bool console_wants_lines(const struct console *c);
/* Retries the message that waits for room.  True: it still waits. */
bool console_retry_blocked(struct console *c);

/* ---- Completion: complete.c -------------------------------------- */

/* For unp_terminal_complete(); `user` is the console. */
size_t console_complete(void *user, const char *line, struct unp_words *words);

/* ---- Commands: command.c, steer.c, status.c ---------------------- */

/* Executes "/name arguments"; modifies `line`.  False: it failed; the reason was printed. */
bool console_command(struct console *c, char *line);

/* The name of command `i` of /help, and its arguments as shown there; NULL: there is none. */
const char *console_command_name(size_t i, const char **args);

/* One command; `p` is the current association for commands that need one, else NULL. */
typedef bool console_act(struct console *c, struct peer *p, char *args);
console_act steer_primary, steer_peer_primary, steer_heartbeat, steer_reset, steer_streams;
console_act steer_bind, steer_unbind, steer_option, steer_abort, steer_eof;
console_act status_show, status_addrs, status_peers;

/* Splits the first word off *args; NULL: there is none. */
char *console_word(char **args);

#endif
