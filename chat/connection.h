/* The client's association with the server. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "client/client.h"

struct connection {
    int fd; /* -1: none */
    sctp_assoc_t id;
    uint16_t ostreams;         /* 0: not up yet */
    bool closing;              /* it is ending, mostly by the server: nothing more can be sent */
    int error;                 /* errno of the last send, when that failed otherwise */
    bool over;                 /* there is no association any more */
    bool full;                 /* the send buffer is: wait for POLLOUT */
    bool lost;                 /* it ended otherwise than by a shutdown */
    bool unreachable;          /* an address of the server did not answer */
    bool put_out;              /* the server aborted it, and said why: */
    char reason[600];          /* of its loss */
    unsigned long undelivered; /* messages that were sent and perhaps never arrived */
    struct sctp_receiver in;

    /* Told of each message, and of each notification (NULL: of none). */
    void (*on_message)(void *user, unsigned channel, const void *text, size_t len);
    void (*on_notice)(void *user, const char *text);
    void *user;
};

/* Connects, as the options ask; what on_message, on_notice and user are stays.  Returns 0, or an
 * exit status and why. */
int connection_open(struct connection *c, struct sctp_client *asked, char *why, size_t size);
/* Closes it, without a shutdown if there was none. */
void connection_close(struct connection *c);

/* Sends a line.  False when that has to wait (`full`), can no longer be (`closing`), or cannot be
 * at all (`error`). */
bool connection_send(struct connection *c, unsigned channel, const char *text, size_t len);
/* Takes what has come. */
void connection_receive(struct connection *c);

/* Messages that the server has not acknowledged, those that were not sent among them. */
unsigned connection_unacked(const struct connection *c);

#endif
