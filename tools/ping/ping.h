/* sctp_ping: what its files share. */
#ifndef PING_H
#define PING_H

#include "client/association.h"
#include "count.h"
#include "option/option.h"
#include "paths.h"

/* What the payload begins with: "1f2e3d4c 00000000000012 ", who sent it and its number. */
#define PING_HEAD 24

/* Times are microseconds. */
struct ping_options {
    struct unp_client client; /* its wait is -W */
    uint64_t count;           /* 0: no end */
    int64_t interval;
    int64_t deadline; /* 0: none */
    size_t size;      /* of the payload, at least PING_HEAD */
    unsigned streams;
    uint16_t unordered; /* SCTP_UNORDERED or 0 */
    uint32_t ppid;      /* network order */
    bool flood, quiet, json, check;
    struct unp_opt_list options; /* -O */
};

/* What the command line says; ends the program where that is --help, or wrong. */
void get_ping_options(struct ping_options *o, int argc, char **argv);

struct ping {
    struct ping_options asked;
    int64_t began; /* ping_now() when the program did */

    /* the association */
    struct unp_client_assoc a;
    bool started; /* it came up, and ping_print_start() was called */
    bool leaving; /* we shut it down */
    struct ping_paths paths;

    /* messages and replies */
    uint32_t ident; /* of this run, in each payload */
    char *payload;
    struct ping_count count;
    unsigned credit;           /* with -f: messages that may go out at once */
    int64_t last_sent;         /* 0: nothing yet */
    int64_t last_reply;        /* 0: none yet */
    char from[SOCK_NTOP_SIZE]; /* of the last reply */
    int64_t longest;           /* time without a reply, while some were due */
    int64_t looked;            /* when ping_wait() returned last */
    int64_t continued;         /* when we were stopped and went on last; 0: never */
    int64_t stopped;           /* for how long we were, at most */

    /* the terminal */
    bool live;         /* a counter is on its last line */
    int64_t live_next; /* not before */
};

/* ---- what lines share: line.c ---------------------------------------- */

/* Microseconds of the monotonic clock. */
int64_t ping_now(void);
/* "18:22:01.123", now, in local time. */
const char *ping_clock(char *buf, size_t size);
/* "time", seconds since 1970. */
void ping_json_time(struct unp_json *j);
/* Opens a line of JSON: "event" and "time". */
void ping_json_begin(struct unp_json *j, const char *event);
void ping_json_end(struct unp_json *j);
/* "paths", an array of all. */
void ping_json_paths(struct unp_json *j, const struct ping *p);

/* The counter of -q on a terminal; to be removed before anything else is printed. */
void ping_print_live(struct ping *p);
void ping_clear_live(struct ping *p);

/* ---- the association: talk.c ----------------------------------------- */

/* Makes the payload and the room for what is counted; ends the program where there is no memory. */
void Ping_init(struct ping *p);
void ping_free(struct ping *p);
/* Connects to c->host and c->port, with the options of -O.  0, or an exit status and why. */
int ping_connect(struct ping *p, const struct unp_client *c, char *why, size_t size);
/* Sends the next message on the next stream, without waiting.  False: no room, or no association.
 */
bool ping_send(struct ping *p);
/* Waits for what comes, for room if there was none, or for a signal, for `us` at most, and takes
 * it. */
void ping_wait(struct ping *p, int64_t us);
/* Messages that have not come back. */
uint64_t ping_due(const struct ping *p);
/* Shuts the association down; aborts it when that takes longer than `us`. */
void ping_shut_down(struct ping *p, int64_t us);

/* ---- what is printed: print.c, summary.c ------------------------ */

struct ping_arrival {
    uint64_t seq;
    uint16_t stream, back; /* which it went out on, and came back on */
    int64_t us;            /* how long that took; -1: not known */
    size_t len;
    const char *from;
    bool duplicate;
};

void ping_print_start(struct ping *p);
void ping_print_reply(struct ping *p, const struct ping_arrival *a);
/* A whole notification of `len` bytes, if it is worth it. */
void ping_print_event(struct ping *p, const union sctp_notification *n, size_t len);
/* For `us` no reply had come, and then one from `from`. */
void ping_print_gap(struct ping *p, int64_t us, const char *from);
/* We were stopped, and go on. */
void ping_print_continued(struct ping *p);
/* All that was counted: in one line, or, at the end, in several. */
void ping_print_interim(struct ping *p);
void ping_print_summary(struct ping *p);

/* ---- --check: check.c ------------------------------------------------ */

/* Prints the verdict and returns its exit status. */
int ping_check(struct ping *p);

#endif
