/* The one association of a client. */
#ifndef CLIENT_ASSOCIATION_H
#define CLIENT_ASSOCIATION_H

#include "client.h"
#include "receive/receiver.h"

/* Settings and callbacks of the program; all functions but `message` may be NULL. */
struct unp_client_service {
    size_t buffer;      /* bytes of socket buffer to ask for, each way */
    size_t max_message; /* bytes; a larger message aborts the association … */
    bool reconnects;    /* … and ends the program (EXIT_LOST), unless it reconnects */
    const char *server; /* what the peer should be, for messages: "an echo server" */
    const char *output; /* for Unp_flush_stdout() before each wait; NULL: do not flush */
    bool want_addresses;
    /* The message is freed afterwards.  A notification is passed on after it has updated struct
     * unp_client_assoc. */
    void (*message)(void *user, const struct unp_message *msg, const struct sockaddr *from);
    void (*notification)(void *user, const union sctp_notification *n, size_t len);
    /* The program was stopped (Ctrl-Z) and continues. */
    void (*continued)(void *user);
};

struct unp_client_assoc {
    const struct unp_client_service *service;
    void *user;
    int64_t wait; /* -w, ms */
    int fd;       /* -1: none */
    sctp_assoc_t id;
    uint16_t ostreams, istreams; /* 0: it is not up yet */
    bool full;                   /* the send buffer is full: wait for POLLOUT */
    bool closing;                /* the association is ending: nothing more can be sent */
    int error;                   /* errno of the last send, if it failed for another reason; or 0 */
    unsigned long undelivered;   /* messages that may not have arrived */

    bool closed;           /* the association has ended, or could not start */
    bool lost;             /* it ended without a graceful shutdown */
    bool aborted;          /* the server aborted it with a reason */
    char reason[600];      /* the server's reason, or what happened and what to check */
    char close_text[1024]; /* the notification of its end, as text */
    bool unreachable;      /* an address of the server does not answer */

    bool received;         /* data or a notification arrived during the last wait */
    bool progressed;       /* restart the -w time-out */
    int64_t last_progress; /* when that time-out last started, ms */
    int64_t continued;     /* when the program last continued after a stop, ms; 0: never */
    struct unp_receiver in;
};

/* Connects as the options say.  Returns 0, or an exit status and `why`; then fd is -1 and `closed`
 * is set.  Ends the program where unp_client_connect() does, and when there is no memory. */
int unp_client_assoc_open(struct unp_client_assoc *a, const struct unp_client_service *service,
                          void *user, const struct unp_client *asked, char *why, size_t size);
/* Closes the socket, without waiting for a shutdown. */
void unp_client_assoc_close(struct unp_client_assoc *a);

/* Can a message be sent now? */
bool unp_client_assoc_ready(const struct unp_client_assoc *a);
/* Sends a message without blocking; sets snd->snd_assoc_id.  False: see full, closing, error. */
bool unp_client_assoc_send(struct unp_client_assoc *a, const void *data, size_t len,
                           struct sctp_sndinfo *snd, const struct sctp_prinfo *pr);
/* Time left until -w has passed without progress, in ms, at least 0. */
int64_t unp_client_assoc_time_left(struct unp_client_assoc *a);

/* The next three end the program when there is no memory for a message and, unless the service
 * reconnects, when a message is too large. */
/*
 * Waits for messages and notifications, for room to send if `full`, for data on `input` (-1: none),
 * or for a signal; for `ms` at most (-1: no limit).  Handles what has arrived.  Returns whether
 * `input` is readable.
 */
bool Unp_client_assoc_wait(struct unp_client_assoc *a, int input, int64_t ms);
/* Handles what has arrived, without waiting.  False: nothing had arrived. */
bool Unp_client_assoc_take(struct unp_client_assoc *a);
/*
 * Waits up to `ms` until an association that was shut down or aborted has ended.  The time restarts
 * when the program continues after a stop and, with `extend`, whenever something is acknowledged or
 * arrives; the latter for ten times `ms` at most.  False: it did not end in time, or a signal came;
 * it has been aborted.
 */
bool Unp_client_assoc_await_end(struct unp_client_assoc *a, int64_t ms, bool extend);

/* The text of unp_notification_text(), with the addresses of both ends when an association of `fd`
 * comes up.  Returns buf. */
const char *unp_client_event_text(int fd, const union sctp_notification *n, size_t len, char *buf,
                                  size_t size);

#endif
