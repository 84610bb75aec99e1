/* A client: the options that all clients have, and connecting. */
#ifndef CLIENT_H
#define CLIENT_H

#include "unpsctp.h"

/* ---- a client: client.c -------------------------------------------------- */

/* Values of the options that all clients have: the server, and how to reach it. */
struct unp_client {
    const char *name;       /* of the program */
    struct unp_setup setup; /* except `buffer` */
    const char *host;
    uint16_t port;
    bool port_given;       /* with -p */
    struct unp_addrs more; /* of the host's addresses */
    unsigned wait;         /* s */
    bool verbose;
};

/* Those options, for getopt_long(3). */
#define CLIENT_OPTIONS "p:B:C:o:w:vV"
#define CLIENT_LONG_OPTIONS                                                                        \
    {"port", required_argument, NULL, 'p'}, {"bind", required_argument, NULL, 'B'},                \
        {"connect", required_argument, NULL, 'C'}, {"streams", required_argument, NULL, 'o'},      \
        {"wait", required_argument, NULL, 'w'}, {"verbose", no_argument, NULL, 'v'},               \
    {                                                                                              \
        "version", no_argument, NULL, 'V'                                                          \
    }
/* Handles one of these options; ends the program when its value is wrong.  False: it is none of
 * them. */
bool unp_client_option(struct unp_client *c, int option, const char *value);
void unp_client_free(struct unp_client *c);

/*
 * Opens a one-to-many socket with one association.  Tries the addresses of c->host in turn, each
 * together with those of -C, until one answers.  Each attempt may take c->wait, which restarts when
 * the program continues after a stop.  Returns the socket and sets *id, or returns minus the exit
 * status (EXIT_NO_HOST, EXIT_REFUSED, EXIT_NO_ANSWER...) and writes `why`.  Ends the program only
 * for what cannot change while it runs: no SCTP on this machine, or an address of -B that is not
 * local.
 */
int unp_client_connect(struct unp_client *c, sctp_assoc_t *id, char *why, size_t size);
/* The same, but ends the program with that status and message. */
int Unp_client_connect(struct unp_client *c, sctp_assoc_t *id);

/*
 * Begins an association with the peer that has these addresses, all with the same port, on a
 * one-to-many socket of Unp_open().  Does not wait: the association-change notification of *id says
 * that it is up or cannot start.  Returns 0, or -1 and errno, which unp_connect_why() explains: no
 * route (ENETUNREACH...), EISCONN or EALREADY (there is an association with the peer, or one is
 * being set up), EAFNOSUPPORT...  RFC 6458, section 9.9.
 */
int unp_connect_begin(int fd, const struct unp_addrs *peer, sctp_assoc_t *id);
/* Why an association could not start (SCTP_CANT_STR_ASSOC) `ms` after it was begun: ETIMEDOUT when
 * there was time for all INITs that SCTP_INITMSG allows, otherwise ECONNREFUSED.  The notification
 * does not distinguish them. */
int unp_connect_error(int fd, int64_t ms);

/* ---- routes, and why connecting failed: route.c --------------------------- */

/* 0, or -1 with ENETUNREACH or EHOSTUNREACH when there is no route to the address.  SCTP would
 * retry until its time-out; a UDP socket fails at once. */
int unp_check_route(const struct sockaddr *sa);
/* The same for several addresses: one with a route is enough.  EINVAL: the list is empty. */
int unp_check_routes(const struct unp_addrs *peer);
/* Writes why connecting, which took `ms`, failed with `err` (ETIMEDOUT: no answer).  Returns the
 * exit status: EXIT_REFUSED, EXIT_NO_ANSWER... */
int unp_connect_why(int err, const char *host, uint16_t port, int64_t ms, char *why, size_t size);

#endif
