/*
 * A one-to-many server: the table of its associations, their send queues, the event loop.
 *
 * One thread uses a server: it calls unp_server_run(), which calls the callbacks.  Other threads
 * may only print lines (unp_line_new(), unp_line_print()) and count memory (struct unp_memory).  A
 * process has one server, because SIGINT and SIGTERM end it.
 *
 * A program calls, in this order: Unp_open_standard_files(), or a socket may
 * get the number of a closed standard descriptor; setvbuf(stdout, NULL, _IOLBF, 0) if it prints
 * lines of its own, or they stay in a buffer when the output is a file or a pipe;
 * Unp_server_start(); unp_server_run(); and unp_report_finish(), or the last lines may be lost.
 */
#ifndef UNP_SERVER_H
#define UNP_SERVER_H

#include "receive/receiver.h"

#include <sys/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a server's associations: table.c, sender.c -------------------------- */

/* Private: messages that wait. */
struct unp_queued;
TAILQ_HEAD(unp_queue, unp_queued);

/* Private: counters that change while a peer acknowledges or reads: progress.c. */
struct unp_progress {
    uint32_t unacked, rwnd; /* chunks; bytes */
    uint64_t acked;         /* most chunks; where it is known, the others are 0 */
};

/* Private, except `queued`, `lost` and `lost_why`, which a program may read: the sending side of
 * one association.  See sender.c. */
struct unp_sendq {
    struct unp_queue queue;
    size_t queued;         /* bytes in queue, with each message's overhead */
    int64_t waiting_since; /* when the queue ceased to be empty, or last shrank, ms */
    int64_t behind_since;  /* when the queue exceeded half of its limit, ms; 0: not since it was
                            * empty */
    unsigned lost;         /* messages that were dropped: unp_sender_relay() */
    const char *lost_why;  /* why the last one was dropped; static text */
    struct unp_progress seen;
    int64_t last_progress; /* when `seen` last changed, ms */
    bool window_closed;    /* the peer's receive window was closed when `seen` was read */
    size_t unacked;        /* bytes given to the stack and not acknowledged: an estimate, too large
                            * until the stack is asked */
    int64_t stalled_since; /* nothing was sent or acknowledged since then, ms; 0: unknown */
    bool in_sent_to;       /* it is in the sender's list `sent_to` */
    bool dry_on;           /* sender-dry notifications are subscribed to */
    int64_t ending_since;  /* when the stack first refused: the association ends, ms; 0: it is up */
    enum { SENDQ_OPEN, SENDQ_BLOCKED_ON_PEER, SENDQ_BLOCKED_ON_BUFFER } state;
    TAILQ_ENTRY(unp_association) sent_to_link, blocked_link;
};

/* A server's record of an association, from its COMM_UP notification until it ends.  Nothing is
 * sent to it once it has a close_reason. */
struct unp_association {
    sctp_assoc_t id;
    uint16_t ostreams, istreams;
    struct unp_reassembly in;
    struct unp_sendq out;
    int own;   /* a socket of its own: unp_server_peel(); 0: it uses the server's */
    bool held; /* with a socket of its own: the program takes no more data now */
    LIST_ENTRY(unp_association) own_link;
    const char *close_reason; /* why the server ended it, static text; NULL: it has not */
    void *user;               /* the program's data */
    size_t user_bytes;        /* bytes that the program holds for it, and counts in unp_memory */
    size_t undelivered;       /* bytes that it holds in the receive buffer: undelivered.c */
    size_t delivered;         /* bytes of its messages since these were first read */
};

/* Private. */
LIST_HEAD(unp_own_list, unp_association);

/* The memory of all associations of a server: incomplete messages, send queues, and data that the
 * program holds for them.  Any thread may add to `used`; unp_server_make_room() brings it down to
 * `limit`. */
struct unp_memory {
    unp_atomic_size used; /* bytes */
    size_t limit;         /* bytes */
};

/* The default limit in bytes: a quarter of the machine's memory, or of what a control group or the
 * limits of this process allow. */
size_t unp_memory_default(void);

/* The associations of a socket by id.  All zero: an empty table. */
struct unp_table {
    void *root;
    size_t count;
};

/* The entry with this id; NULL: there is none. */
struct unp_association *unp_table_find(const struct unp_table *t, sctp_assoc_t id);
/* Calls f for each association; f may not add or remove any. */
void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg);

/* The sending side of a server's socket, which never blocks: sender.c. */
struct unp_sender;

/* Sends msg to the association with `snd`, except for snd_assoc_id, in order after earlier
 * messages.  Takes over msg->owned.  Data that is not owned must stay valid until
 * unp_sender_flush(), which the server calls after the callback; a received message does, and other
 * data should be malloc'd and owned. */
void unp_sender_send(struct unp_sender *out, struct unp_association *a,
                     const struct unp_message *msg, const struct sctp_sndinfo *snd);
/* Sends the batch of messages that unp_sender_send() has begun. */
void unp_sender_flush(struct unp_sender *out);
/* Declares that messages are relayed from one peer to others.  Fewer bytes may then be in flight to
 * one association, and a send error or a full queue drops the message instead of aborting the
 * association; a->out.lost counts.  After one dropped message all are dropped until the queue is
 * empty, so that there is a single gap, of which the peer can be told. */
void unp_sender_relay(struct unp_sender *out);
/* Bytes of max_queue (struct unp_server) that a message of this length uses. */
size_t unp_sender_weight(size_t len);
/*
 * Returns how long the peer has made no progress, in ms; 0: its queue is empty.  Asks the stack at
 * each call: the time is as exact as the calls are frequent.  Sends from the queue when everything
 * is acknowledged.  An unfinished shutdown counts as a queued message.
 */
int64_t unp_sender_stalled(struct unp_sender *out, struct unp_association *a, int64_t now);
/* Are n associations a crowd?  Packets of a crowd, if sent at the same moment, can fill the
 * network's queue; messages to a crowd can fill the send buffer that all associations share. */
bool unp_sender_crowd(const struct unp_sender *out, size_t n);
/*
 * Sends msg with SCTP_SENDALL to all associations of the table.  Returns 1 when it was sent; 0 when
 * it was not, because the call might not reach each association exactly once (sendall.c); -1 and
 * errno when the call failed: some peers may have the message, so it must not be sent again.  The
 * data may be freed afterwards.
 */
int unp_sender_sendall(struct unp_sender *out, const struct unp_table *all,
                       const struct unp_message *msg, const struct sctp_sndinfo *snd);
/* Aborts the association and drops its queue.  `reason` must be static text. */
void unp_sender_abort(struct unp_sender *out, struct unp_association *a, const char *reason);

/* ---- lines of a server's output: report.c --------------------------------- */

/* A line under construction: print to `f`, in the thread that began it. */
struct unp_line {
    FILE *f;
    /* Private to report.c: */
    char *text;
    size_t len;
    unsigned long events; /* how many notifications it reports */
    STAILQ_ENTRY(unp_line) link;
};

/* Begins a line, in any thread.  NULL: it is dropped and counted, because too many wait to be
 * written.  With blocks_on_output of struct unp_server, `f` is stdout, and printing blocks. */
struct unp_line *unp_line_new(void);
/* Hands the line, with its newline, to the writing thread, or flushes stdout; frees it. */
void unp_line_print(struct unp_line *line);
/* Waits until the last lines are written, for at most one second each and five in all.  Later lines
 * are printed directly. */
void unp_report_finish(void);

/* ---- a one-to-many server: server.c -------------------------------------- */

struct unp_server;

/* Callbacks of the program; all but `message` may be NULL. */
struct unp_service {
    /* An association is about to be added or removed, or to restart. */
    void (*changing)(struct unp_server *srv);
    /* An association is up. */
    void (*up)(struct unp_server *srv, struct unp_association *a);
    /* A whole message has arrived.  Frees msg->owned or passes it on, as to unp_sender_send(). */
    void (*message)(struct unp_server *srv, struct unp_association *a,
                    const struct unp_message *msg);
    /* The association has ended, as `why` says (SCTP_RESTART: the peer has restarted it).  Its
     * entry is removed afterwards.  Also called for one that was refused before up(). */
    void (*closed)(struct unp_server *srv, struct unp_association *a,
                   const struct sctp_assoc_change *why);
    /* Called after each batch, and at least once a second.  True: call again within 20 ms. */
    bool (*tick)(struct unp_server *srv);
    /* Called before all associations are shut down; it may still send. */
    void (*shutting_down)(struct unp_server *srv);
    /* Memory is short, and this association has been aborted: frees what the program holds for it
     * (a->user_bytes). */
    void (*forget)(struct unp_server *srv, struct unp_association *a);
    /* Memory is short: frees the largest item that srv->memory counts but that belongs to no entry
     * of the table, if it has more than `least` bytes.  `why` is an abort reason.  False: there is
     * none. */
    bool (*evict)(struct unp_server *srv, size_t least, const char *why);
};

/* Default of max_queue, bytes; four times max_message if that is more. */
#define DEFAULT_MAX_QUEUE 4194304

/* Private: the check of the receive buffer, undelivered.c. */
struct unp_undelivered {
    size_t limit;         /* bytes; SIZE_MAX: no check */
    int64_t checked;      /* time of the last check, ms */
    int64_t since;        /* when the bytes of each association were first read, ms; 0: not yet */
    int64_t was_read;     /* when they were last read, ms */
    int64_t not_full;     /* for how long it was not full since then, ms */
    size_t left;          /* bytes of associations that have ended since then */
    unsigned events;      /* since the last check: batches, and notifications several times */
    int64_t refuse_until; /* ms: no new associations before; 0: none were refused yet */
    int64_t refuse_ms;    /* for how long */
};

/* All but `service` may be 0, which means the default. */
struct unp_server {
    /* Set by the program: */
    const struct unp_service *service;
    /* All but `buffer`.  `port` 0: any; Unp_server_start() sets it to the chosen one. */
    struct unp_setup setup;
    /* Bytes; a larger message from a peer aborts its association.  Default: DEFAULT_MAX_MESSAGE. */
    size_t max_message;
    /* Most bytes in the send queue of an association, each message with its overhead.  A message
     * beyond it aborts the association, because the peer does not read; but see unp_sender_relay().
     * Default: DEFAULT_MAX_QUEUE. */
    size_t max_queue;
    struct unp_memory memory; /* of all associations; limit 0: unp_memory_default() */
    bool verbose;             /* print a line on stdout for each notification */
    bool json;                /* print lines as JSON: sctp_events(7) */
    /* Print directly: the reader of the output may block the server, except during a shutdown.
     * Otherwise report.c prints, and may drop lines. */
    bool blocks_on_output;
    bool received; /* the last batch was not empty */
    bool busy;     /* set by tick(): it is to be called again without waiting for messages */
    /* For the program's use: */
    int fd;
    struct unp_sender *out;
    struct unp_table associations;
    /* Private to server.c: */
    struct unp_receiver in;
    struct unp_own_list own; /* associations with a socket of their own */
    unsigned own_count;
    int64_t own_checked;          /* when the associations were last checked, ms */
    struct unp_association *from; /* the sender of the current message */
    struct unp_undelivered undelivered;
    char too_large[80]; /* abort reason for a message above max_message */
    int timeout;        /* current SO_RCVTIMEO, ms */
};

/* Replaces members that are 0 by their defaults, opens the socket, and prints the port.
 * Ends the program on failure, as Unp_listen() does. */
void Unp_server_start(struct unp_server *srv);
/* Shuts down an association whose queue is empty.  False: messages are queued, or it has ended.
 * `why` must be static text. */
bool unp_server_finish(struct unp_server *srv, struct unp_association *a, const char *why);
/* Aborts associations, those with most memory first, until srv->memory is within its limit. */
void unp_server_make_room(struct unp_server *srv);
/* Serves until SIGINT or SIGTERM, then shuts down all associations and frees everything.
 * unp_report_finish() then writes the last lines. */
void unp_server_run(struct unp_server *srv);

/* ---- associations with a socket of their own: own.c ------------------------ */

/* Moves an association of the kernel's stack to a socket of its own, which is not read while
 * a->held; its id stays valid.  It stays on the server's when there are 64 others, or no
 * descriptor is left, or on the userland stack, where no buffer is shared. */
void unp_server_peel(struct unp_server *srv, struct unp_association *a);
/* The association's socket, where `shared` is that of the server. */
static inline int unp_socket_of(const struct unp_association *a, int shared)
{
    return a->own ? a->own : shared;
}
/* sctp_peeloff(3) when enough descriptors are left; otherwise -1 and EMFILE or ENFILE. */
int unp_peeloff(int fd, sctp_assoc_t id);

#ifdef __cplusplus
}
#endif

#endif
