/* sctp_ping: its state, and the interfaces of its files. */
#ifndef PING_H
#define PING_H

#include "client/association.h"
#include "count.h"
#include "option/option.h"
#include "paths.h"

/* Length of the payload's header, "1f2e3d4c 00000000000012 ": identifier and sequence number. */
#define PING_HEAD 24

/* What is sent: messages to an echo server; no DATA at all; or messages that must not be
 * fragmented. */
enum ping_mode { PING_ECHO, PING_CONNECT, PING_HEARTBEAT, PING_MTU, PING_WATCH };

struct ping_target {
    char *name; /* as given */
    char *host;
    uint16_t port;
};

/* The value of -B, -C or -I: an address, or a name, which is resolved within the time of -w. */
struct ping_address {
    char option;
    const char *text;
};

/* Times are microseconds. */
struct ping_options {
    const char *file; /* that lists targets; NULL: none */
    struct ping_target *targets;
    size_t target_count;
    struct ping_address *addresses;
    size_t address_count;
    enum ping_mode mode;
    struct unp_client client; /* its wait is -W */
    uint64_t count;           /* 0: no end */
    int64_t interval;
    int64_t deadline; /* 0: none */
    size_t size;      /* of the payload, at least PING_HEAD */
    unsigned streams;
    uint16_t unordered; /* SCTP_UNORDERED or 0 */
    uint32_t ppid;      /* network order */
    bool flood, quiet, json, check, times, unix_times;
    int64_t summaries;           /* -Q: time between two; 0: none */
    uint64_t preload;            /* -l: messages that are sent without waiting */
    bool udp;                    /* SCTP over UDP */
    bool data;                   /* --watch sends messages */
    bool given_paths;            /* --check does not judge what else the server advertises */
    struct unp_opt_list options; /* -O */
};

/* ---- Several targets: targets.c --------------------------------------- */

/* "host" or "host:port", of which `text` is changed. */
void Ping_add_target(struct ping_options *o, char *text);
/* Adds the targets that a file lists, or standard input if `path` is "-". */
void Ping_read_targets(struct ping_options *o, const char *path);
void ping_free_targets(struct ping_options *o);
/* Calls run() for each target, at once, in processes.  Returns the status of the first target that
 * has another than 0. */
int ping_run_targets(struct ping_options *o, int (*run)(struct ping_options *));

/* ---- Addresses of the command line: interface.c, resolve.c ------------ */

/* -B, -C and -I, for Unp_options(): the variable is struct ping_options, and the value of -I is an
 * interface or an address. */
void Ping_take_address(const struct unp_cmdline_option *o, const char *option, const char *value);
void Ping_take_interface(const struct unp_cmdline_option *o, const char *option, const char *value);
/* Appends the addresses of a host as unp_addrs_add() does.  EAI_AGAIN: not within `us` (INT64_MAX:
 * no limit). */
int ping_resolve(struct unp_addrs *list, const char *host, uint16_t port, int64_t us);
/* The same for what Ping_take_address() has taken.  Returns 0, or an exit status and the reason in
 * `why`. */
int ping_resolve_options(struct ping_options *o, int64_t us, char *why, size_t size);

/* Parses the command line; exits after --help and --version, and on a usage error. */
void get_ping_options(struct ping_options *o, int argc, char **argv);

struct ping {
    struct ping_options asked;
    int64_t began; /* start of the program */

    /* association */
    struct unp_client_assoc a;
    bool started;      /* it came up, and ping_print_start() was called */
    bool leaving;      /* sctp_ping has begun the shutdown */
    unsigned restarts; /* by the peer */
    struct ping_paths paths;
    struct sctp_rtoinfo rto; /* before the first heartbeat */
    unsigned beat_round;     /* of heartbeats */
    uint32_t beat_min;       /* minimum and maximum RTO of this round, ms */
    uint32_t beat_max;

    /* messages and replies */
    uint32_t ident; /* random identifier of this run, in each payload */
    char *payload;
    struct ping_count count;
    unsigned credit;           /* -f: messages that may be sent at once */
    int64_t last_sent;         /* 0: nothing sent yet */
    int64_t last_reply;        /* 0: none yet */
    char from[SOCK_NTOP_SIZE]; /* source address of the last reply */
    int64_t longest;           /* longest time between two replies */
    int64_t waited;            /* when ping_wait() last returned */
    int64_t continued;         /* last SIGCONT after a stop; 0: never */
    int64_t stopped;           /* total time stopped, an upper bound */

    /* terminal */
    bool live;         /* the counter is on the last line */
    int64_t live_next; /* time of its next update */
};

/* ---- The run: sctp_ping.c -------------------------------------------- */

/* Catches the signals that end the run, and SIGQUIT. */
void ping_catch_signals(void);
/* Sends SIGQUIT to the program in each interval of -Q. */
void ping_start_summaries(const struct ping *p);
/* Prints the statistics that SIGQUIT has asked for, and the counter of -q. */
void ping_show(struct ping *p);
/* Have as many been sent as -c says? */
bool ping_all_sent(const struct ping *p);

/* ---- --connect: connect.c -------------------------------------------- */

/* The run of --connect.  Returns the exit status. */
int ping_run_connect(struct ping *p);

/* ---- --watch: watch.c ------------------------------------------------- */

/* The run of --watch.  Returns the exit status. */
int ping_run_watch(struct ping *p);

/* ---- --heartbeat: beat.c, heartbeat.c --------------------------------- */

/* Sends a heartbeat to the address. */
void ping_demand_heartbeat(const struct ping *p, const struct ping_path *path);
/* Counts heartbeats by path from now on.  Call once, when the association is up. */
void Ping_beats_open(struct ping *p);
/* When the first of the paths that want a heartbeat may get one, us; 0: now. */
int64_t ping_beats_free(const struct ping *p);
/* Sends a heartbeat to each path that has none outstanding, had fewer than -c says, and may get
 * one. */
void ping_beats_send(struct ping *p);
bool ping_beats_all_sent(const struct ping *p);
/* Waits for answers, a signal or an event, for `us` at most, and counts and prints the answers.  A
 * heartbeat that is not answered within the RTO is lost. */
void ping_beats_wait(struct ping *p, int64_t us);
/* Number of outstanding heartbeats. */
size_t ping_beats_outstanding(const struct ping *p);
void ping_print_beat(struct ping *p, const struct ping_path *path, bool answered);

/* The run of --heartbeat, on an association that is up. */
void ping_run_heartbeats(struct ping *p);

/* ---- Output helpers: line.c ------------------------------------------ */

/* Microseconds of the monotonic clock. */
int64_t ping_now(void);
/* "18:22:01.123", now, in local time. */
const char *ping_clock(char *buf, size_t size);
/* This process is for one of several targets: each line says for which. */
void ping_set_target(const char *name);
bool ping_has_target(void);
/* The beginning of a line, "name: ", or "" if there is one target only. */
const char *ping_target(void);
/* "time", seconds since 1970. */
void ping_json_time(struct unp_json *j);
/* "target", if there are several. */
void ping_json_target(struct unp_json *j);
/* Opens a line of JSON: "event", "target" and "time". */
void ping_json_begin(struct unp_json *j, const char *event);
void ping_json_end(struct unp_json *j);
/* "mode". */
void ping_json_mode(struct unp_json *j, const struct ping *p);
/* "paths", an array. */
void ping_json_paths(struct unp_json *j, const struct ping *p);

/* The words for what is counted. */
struct ping_words {
    const char *sent, *received, *lost;
};
const struct ping_words *ping_words(const struct ping *p);

/* Begins a line: the target, if there are several, and the time of -t and -D. */
void ping_print_time(const struct ping *p);
/* The counter of -q on a terminal; clear it before printing anything else. */
void ping_print_live(struct ping *p);
void ping_clear_live(struct ping *p);

/* ---- Association: talk.c --------------------------------------------- */

/* Allocates the payload and the counters; exits when there is no memory. */
void Ping_init(struct ping *p);
void ping_free(struct ping *p);
/* Time until the end that -w sets, us; INT64_MAX: there is none. */
int64_t ping_time_left(const struct ping *p);
/* Connects to c->host and c->port with the options of -O.  Returns 0, or an exit status and the
 * reason in `why`. */
int ping_connect(struct ping *p, const struct unp_client *c, char *why, size_t size);
/* Sends the next message on the next stream, without waiting.  False: the send buffer is full, or
 * the association has ended. */
bool ping_send(struct ping *p);
/* Waits at most `us` for messages, room in a full send buffer, or a signal, and processes them. */
void ping_wait(struct ping *p, int64_t us);
/* Number of outstanding messages. */
uint64_t ping_outstanding(const struct ping *p);
/* Shuts the association down; aborts it when that takes longer than `us`. */
void ping_shut_down(struct ping *p, int64_t us);

/* ---- Output: print.c, summary.c -------------------------------------- */

struct ping_arrival {
    uint64_t seq;
    uint16_t stream, back; /* streams of the message and of its reply */
    int64_t us;            /* round-trip time; -1: not known */
    size_t len;
    const char *from;
    bool duplicate;
};

void ping_print_start(struct ping *p);
void ping_print_reply(struct ping *p, const struct ping_arrival *a);
/* Prints a complete notification of `len` bytes; some only with -v. */
void ping_print_event(struct ping *p, const union sctp_notification *n, size_t len);
/* Reports that a reply from `from` ended a gap of `us`. */
void ping_print_gap(struct ping *p, int64_t us, const char *from);
/* Reports that the program was stopped and has continued. */
void ping_print_continued(struct ping *p);
/* Prints the counters: one line, or the final summary. */
void ping_print_interim(struct ping *p);
void ping_print_summary(struct ping *p);

/* ---- --check: check.c ------------------------------------------------ */

/* Prints the verdict and returns its exit status. */
int ping_check(struct ping *p);

#endif
