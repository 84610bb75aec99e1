/* The one association of a client. */
#ifndef CLIENT_ASSOCIATION_H
#define CLIENT_ASSOCIATION_H

#include "client.h"
#include "receive/receiver.h"

/* What a program does with its association; all functions but `message` may be NULL. */
struct unp_client_service {
    size_t buffer;      /* bytes wanted of the socket, each way */
    size_t max_message; /* bytes; a larger one of the server aborts the association … */
    bool reconnects;    /* … and is the end of the program (EXIT_LOST), unless it reconnects */
    const char *server; /* what should be at the other end: "an echo server" */
    const char *output; /* for Unp_flush_stdout() before each wait; NULL: the program does that */
    bool want_addresses;
    /* A message is gone afterwards; a notification comes when the fields below tell what it says.
     */
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
    bool full;                   /* the send buffer is: POLLOUT is waited for */
    bool closing;                /* it ends, mostly by the server: nothing more can be sent */
    int error;                   /* errno of the last send, if that failed otherwise; or 0 */
    unsigned long undelivered;   /* messages that were sent and perhaps never arrived */

    bool closed;           /* there is no association any more */
    bool lost;             /* it ended otherwise than by a shutdown: */
    bool aborted;          /* by the server's program, which said why */
    char reason[600];      /* what it said; else what happened, and what to look at */
    char close_text[1024]; /* what a notification says of the end */
    bool unreachable;      /* an address of the server does not answer */

    bool received;         /* something came in the last wait */
    bool progressed;       /* something went forward: patience begins anew */
    int64_t last_progress; /* when it last began, ms */
    int64_t continued;     /* when the program was stopped and went on last, ms; 0: never */
    struct unp_receiver in;
};

/* Connects, as the options ask.  0, or an exit status and why; then fd is -1, and it is over.  Ends
 * the program where unp_client_connect() does, and when there is no memory. */
int unp_client_assoc_open(struct unp_client_assoc *a, const struct unp_client_service *service,
                          void *user, const struct unp_client *asked, char *why, size_t size);
/* Closes it, without a shutdown if there was none. */
void unp_client_assoc_close(struct unp_client_assoc *a);

/* It is up, and takes messages now. */
bool unp_client_assoc_ready(const struct unp_client_assoc *a);
/* Sends a message without waiting; fills in snd->snd_assoc_id.  False: see full, closing, error. */
bool unp_client_assoc_send(struct unp_client_assoc *a, const void *data, size_t len,
                           struct sctp_sndinfo *snd, const struct sctp_prinfo *pr);
/* How long `moved` may still stay unset until -w has passed, in ms, at least 0. */
int64_t unp_client_assoc_time_left(struct unp_client_assoc *a);

/* These three end the program when there is no memory for a message, or one is too large. */
/*
 * Waits for what comes, for room to send if there was none, for something to read on `input` (-1:
 * nothing), for a signal; for `ms` at most, or for ever if -1.  Takes what has come.  Returns
 * whether `input` can be read.
 */
bool Unp_client_assoc_wait(struct unp_client_assoc *a, int input, int64_t ms);
/* Takes what has come, without waiting.  False: nothing has. */
bool Unp_client_assoc_take(struct unp_client_assoc *a);
/*
 * Waits until an association that was shut down or aborted is over: for `ms`, again if the program
 * is stopped meanwhile; `patient`: again whenever something comes or is acknowledged.  False: it
 * was not over in time, or a signal came; it is aborted.
 */
bool Unp_client_assoc_await_end(struct unp_client_assoc *a, int64_t ms, bool patient);

/* What unp_notification_text() says, and when an association of `fd` comes up, the addresses of
 * both ends.  Returns buf. */
const char *unp_client_event_text(int fd, const union sctp_notification *n, size_t len, char *buf,
                                  size_t size);

#endif
