/* A client: the options that all have, its association, what comes to it. */
#ifndef CLIENT_H
#define CLIENT_H

#include "unpsctp.h"

/* ---- a client: client.c -------------------------------------------------- */

/* What the options that all clients have say: which server, and how to reach it. */
struct sctp_client {
    const char *name;        /* of the program */
    struct sctp_setup setup; /* but for `buffer` */
    const char *host;
    uint16_t port;
    struct sctp_addrs more; /* of the host's addresses */
    unsigned wait;          /* s */
    bool verbose;
};

/* Those options: for getopt_long(3). */
#define CLIENT_OPTIONS "p:B:C:o:w:vV"
#define CLIENT_LONG_OPTIONS                                                                        \
    {"port", required_argument, NULL, 'p'}, {"bind", required_argument, NULL, 'B'},                \
        {"connect", required_argument, NULL, 'C'}, {"streams", required_argument, NULL, 'o'},      \
        {"wait", required_argument, NULL, 'w'}, {"verbose", no_argument, NULL, 'v'},               \
    {                                                                                              \
        "version", no_argument, NULL, 'V'                                                          \
    }
/* Takes one of them, ending the program when its value is wrong.  False: it is none of them. */
bool sctp_client_option(struct sctp_client *c, int option, const char *value);
void sctp_client_free(struct sctp_client *c);

/* sctp_connect_host() and Sctp_connect_host() with what the options say. */
int sctp_client_connect(struct sctp_client *c, sctp_assoc_t *id, char *why, size_t size);
int Sctp_client_connect(struct sctp_client *c, sctp_assoc_t *id);

/* ---- what comes to it: receiver.c ---------------------------------------- */

/* What a client does with what comes on its socket. */
struct sctp_receiver {
    /* To be set: */
    size_t max_message; /* bytes */
    /* A whole message, and where from: the peer's address if `want_addresses`, else NULL.  It is
     * gone afterwards, as is a notification, of `len` bytes. */
    void (*message)(void *user, const struct sctp_message *msg, const struct sockaddr *from);
    void (*notification)(void *user, const union sctp_notification *n, size_t len);
    /* A message of more than max_message bytes: its association has been aborted for that. */
    void (*too_large)(void *user, sctp_assoc_t id);
    /* With several associations: where the messages of this one are put together; NULL: what it
     * sends is thrown away. */
    struct sctp_assembly *(*assembly_of)(void *user, sctp_assoc_t id);
    void *user;
    bool want_addresses;
    /* receiver.c's own: */
    struct sctp_inbox *in;
    struct sctp_assembly data, notice;
};

/* Ends the program when there is no memory. */
void Sctp_receiver_open(struct sctp_receiver *r);
void sctp_receiver_close(struct sctp_receiver *r);
/* Takes what has come, without waiting.  How many pieces that was, or -1 and errno. */
int sctp_receiver_take(struct sctp_receiver *r, int fd);

#endif
