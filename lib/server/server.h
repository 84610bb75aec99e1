/* A one-to-many server: its associations, what is sent to them, its loop. */
#ifndef SERVER_H
#define SERVER_H

#include "receive/receiver.h"

#include <sys/queue.h>

#include <stdatomic.h>

/* ---- a server's associations: table.c, sender.c -------------------------- */

struct unp_queued;
TAILQ_HEAD(unp_queue, unp_queued);

/* What changes when a peer takes what it is sent: progress.c. */
struct unp_progress {
    uint32_t unacked, rwnd; /* chunks; bytes */
    uint64_t sent;          /* chunks, once each */
};

/* What waits to be sent to one association, and is under way; see sender.c for how it works. */
struct unp_sendq {
    struct unp_queue queue;
    size_t queued;         /* bytes in queue, counting what each message costs us */
    int64_t waiting_since; /* when something began to wait, or last moved on from the queue, ms */
    unsigned lost;         /* messages that could not be sent: unp_sender_relay() */
    const char *lost_why;  /* why the last of them could not; static text */
    struct unp_progress seen;
    int64_t last_progress; /* when that was last seen to change, ms */
    bool window_closed;    /* then the peer's receive window was closed */
    size_t unacked;        /* bytes given to the stack and not acknowledged (an estimate) */
    int64_t stalled_since; /* since then nothing was sent nor acknowledged, ms; 0: not looked */
    bool served;           /* something was sent to it */
    int64_t ending_since;  /* since then the stack takes no more for it, ms; 0: it does */
    enum { SENDQ_OPEN, SENDQ_BLOCKED_ON_PEER, SENDQ_BLOCKED_ON_BUFFER } state;
    TAILQ_ENTRY(unp_association) among_served, among_blocked;
};

/* What a server keeps of an association, from its association-up to its end. */
struct unp_association {
    sctp_assoc_t id;
    uint16_t ostreams, istreams;
    struct unp_reassembly in;
    struct unp_sendq out;
    const char
        *close_reason; /* why we aborted it or shut it down, or NULL: nothing more is sent to it */
    void *user;        /* the program's own */
    size_t user_bytes; /* bytes that the program has for it besides, which sctp_memory knows of */
};

/*
 * The memory that all associations of a server take: messages that have begun to arrive, send
 * queues, what the program keeps for them.  Any thread may add to `held`; unp_server_make_room()
 * then keeps it within `most`.
 */
struct unp_memory {
    atomic_size_t used; /* bytes */
    size_t limit;       /* bytes */
};

/* A quarter of what this machine, or the limits of this process, have. */
size_t unp_memory_default(void);

/* The associations of a socket by id.  All zero: none. */
struct unp_table {
    void *root;
    size_t count;
};

/* A new entry for an id that the table does not have; NULL: no memory. */
struct unp_association *unp_table_add(struct unp_table *t, sctp_assoc_t id);
struct unp_association *unp_table_find(const struct unp_table *t, sctp_assoc_t id);
/* Calls f for each association, which may not add or remove any. */
void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg);

/* The sending side of a server's socket: never blocks, batches, queues, bounds.  See sender.c. */
struct unp_sender;

/* `max_queue` bounds what waits for one association, in bytes.  NULL and errno on failure. */
struct unp_sender *unp_sender_new(int fd, size_t max_queue);
void unp_sender_free(struct unp_sender *out);
/* From now on `memory` counts the queues; beyond its limit make_room(arg) is called, which may
 * abort any association. */
void unp_sender_limit(struct unp_sender *out, struct unp_memory *memory,
                      void (*make_room)(void *arg), void *arg);
/* Sends msg to a->id with `snd`, in order after what went before; takes over msg->owned.  The data
 * of a message without it must stay where it is until unp_sender_flush(). */
void unp_sender_send(struct unp_sender *out, struct unp_association *a,
                     const struct unp_message *msg, const struct sctp_sndinfo *snd);
void unp_sender_flush(struct unp_sender *out);
/* Its sender-dry notification came: the peer had acknowledged all that was sent. */
void unp_sender_dry(struct unp_sender *out, struct unp_association *a);
/* Tries again what the stack had no room for.  True when some of it still waits: call again soon.
 */
bool unp_sender_retry(struct unp_sender *out);
/* From now on what is sent is what peers say to each other: little of it may be under way to one,
 * and no error of sending, nor a full queue, ends an association; a->out.lost counts what it
 * missed. */
void unp_sender_relay(struct unp_sender *out);
/* What a message of this length takes of `max_queue`, in bytes. */
size_t unp_sender_weight(size_t len);
/*
 * Asks the stack whether the peer takes what waits for it, and sends on if it has: for how long,
 * ms, it has made no progress at all; 0: nothing waits for it.  The time is as exact as the calls
 * are frequent.  A shutdown that the peer has not agreed to waits too.
 */
int64_t unp_sender_stalled(struct unp_sender *out, struct unp_association *a, int64_t now);
/*
 * Sends msg to all associations of the table at once, those of the whole socket, with SCTP_SENDALL,
 * and returns 1; or sends nothing and returns 0 where that cannot be trusted to reach each one
 * exactly once: see sendall.c.  -1: it failed (errno), and nobody can tell who has got it, so it
 * must not be sent again.  The data is free to go afterwards.
 */
int unp_sender_sendall(struct unp_sender *out, const struct unp_table *all,
                       const struct unp_message *msg, const struct sctp_sndinfo *snd);
/* Aborts the association and throws its queue away.  `reason` must be static text. */
void unp_sender_abort(struct unp_sender *out, struct unp_association *a, const char *reason);
/* Throws the queue of an association away: it is over, or restarted. */
void unp_sender_forget(struct unp_sender *out, struct unp_association *a);

/* Ends the association's entry: what waits for it and what has come in parts goes too. */
void unp_table_remove(struct unp_table *t, struct unp_sender *out, struct unp_association *a);

/* ---- lines of a server's output: report.c --------------------------------- */

/* A line that is being made: print to `f`, from the thread that has it. */
struct unp_line {
    FILE *f;
    /* report.c's own: */
    char *text;
    size_t len;
    STAILQ_ENTRY(unp_line) link;
};

/* From now on a thread writes the lines to standard output, so that nobody else ever waits for
 * whoever reads that.  `json`: how it says that lines were left out.  0, or -1 and errno. */
int unp_report_start(bool json);
/* A line, from any thread; NULL: it is left out, as too many wait for their reader, and counted.
 * Without unp_report_start(), `f` is stdout, and printing waits. */
struct unp_line *unp_line_new(void);
/* Gives it to the thread, with its newline; frees it. */
void unp_line_print(struct unp_line *line);
/* Waits for the last lines to be written as long as somebody reads them, for five seconds at most;
 * then lines go to stdout again. */
void unp_report_finish(void);

/* ---- a one-to-many server: server.c -------------------------------------- */

struct unp_server;

/* What a program does with what comes; all but `message` may be NULL. */
struct unp_service {
    /* An association is up. */
    void (*up)(struct unp_server *srv, struct unp_association *a);
    /* A whole message came.  Frees msg->owned or gives it away, as to unp_sender_send(). */
    void (*message)(struct unp_server *srv, struct unp_association *a,
                    const struct unp_message *msg);
    /* It is over, for the reason in `why` (SCTP_RESTART: the peer begins afresh), and its entry is
     * about to go. */
    void (*closed)(struct unp_server *srv, struct unp_association *a,
                   const struct sctp_assoc_change *why);
    /* After what has come, and at least once a second.  True: call again within 20 ms. */
    bool (*tick)(struct unp_server *srv);
    /* Before all associations are shut down: the last words. */
    void (*shutting_down)(struct unp_server *srv);
    /* Memory is short, and this association has been aborted: frees what the program holds of it
     * (a->held). */
    void (*forget)(struct unp_server *srv, struct unp_association *a);
    /* Memory is short: frees what holds most of all that is in srv->memory and not in the table, if
     * that is more than `least` bytes; `why` is for its peer.  False: nothing is. */
    bool (*evict)(struct unp_server *srv, size_t least, const char *why);
};

struct unp_server {
    /* To be set: */
    const char *name; /* of the program */
    const struct unp_service *service;
    struct unp_setup setup;   /* but for `buffer` */
    size_t max_message;       /* bytes; a larger one aborts its association */
    size_t max_queue;         /* bytes that may wait for one association */
    struct unp_memory memory; /* of all of them; most 0: unp_memory_default() */
    bool verbose;             /* a line on stdout for each notification */
    bool json;                /* and what else is said there, as JSON: sctp_events(7) */
    bool blocks_on_output;    /* those lines wait for their reader: else see report.c */
    /* To be used: */
    int fd;
    struct unp_sender *out;
    struct unp_table associations;
    /* server.c's own: */
    struct unp_receiver in;
    struct unp_association *from; /* of the message that comes */
    char too_large[80];           /* why a message beyond max_message ends its association */
    int timeout;                  /* SO_RCVTIMEO as it is set, ms */
};

/* The options that all servers have: for getopt_long(3). */
#define SERVER_OPTIONS "p:B:o:m:vV"
#define SERVER_LONG_OPTIONS                                                                        \
    {"port", required_argument, NULL, 'p'}, {"bind", required_argument, NULL, 'B'},                \
        {"streams", required_argument, NULL, 'o'}, {"max", required_argument, NULL, 'm'},          \
        {"verbose", no_argument, NULL, 'v'}, {"memory", required_argument, NULL, SERVER_MEMORY},   \
    {                                                                                              \
        "version", no_argument, NULL, 'V'                                                          \
    }
#define SERVER_MEMORY 256 /* it has no letter */
/* Takes one of them, ending the program when its value is wrong.  False: it is none of them. */
bool unp_server_option(struct unp_server *srv, int option, const char *value);

/* Opens the socket and says so on stdout.  Ends the program when it cannot be had. */
void Unp_server_start(struct unp_server *srv);
/* Begins the shutdown of an association that has been sent all that waited for it; false: something
 * waits, or it has ended.  `why` must be static text. */
bool unp_server_finish(struct unp_server *srv, struct unp_association *a, const char *why);
/* Aborts associations until all together hold no more than srv->memory allows, the one that holds
 * most first. */
void unp_server_make_room(struct unp_server *srv);
/* Serves until SIGINT or SIGTERM, then shuts all associations down and frees everything.  The last
 * lines of its output wait for unp_report_finish(). */
void unp_server_run(struct unp_server *srv);

/* ---- the kernel's settings: kernel.c -------------------------------------- */

/* Do all associations of such a socket created now share one send buffer (net.sctp.sndbuf_policy
 * 0)?  True where that cannot be read. */
bool unp_shared_sndbuf(int fd);
/* How many packets this host can be given at one moment, with some room for others': what goes to
 * itself, or to a veth, is dropped beyond net.core.netdev_max_backlog, and a network card's queue
 * is mostly as long. */
size_t unp_burst(void);

#endif
