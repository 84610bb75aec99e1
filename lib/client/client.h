/* A client: the options that all have, and how it connects. */
#ifndef CLIENT_H
#define CLIENT_H

#include "unpsctp.h"

/* ---- a client: client.c -------------------------------------------------- */

/* What the options that all clients have say: which server, and how to reach it. */
struct unp_client {
    const char *name;       /* of the program */
    struct unp_setup setup; /* but for `buffer` */
    const char *host;
    uint16_t port;
    struct unp_addrs more; /* of the host's addresses */
    unsigned wait;         /* s */
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
bool unp_client_option(struct unp_client *c, int option, const char *value);
void unp_client_free(struct unp_client *c);

/*
 * A one-to-many socket with one association: tries the addresses of c->host in turn, each together
 * with those of -C, until one answers.  Gives up after c->wait for each, which begins anew when the
 * program was stopped and continues.  Sets *id.  When there is no association, returns minus the
 * exit status (EXIT_NO_HOST, EXIT_REFUSED, EXIT_NO_ANSWER...) and says why.  Only what cannot
 * change while a program runs (no SCTP here, an address of -B that is not ours) ends it.
 */
int unp_client_connect(struct unp_client *c, sctp_assoc_t *id, char *why, size_t size);
/* The same, ending the program with that status and message. */
int Unp_client_connect(struct unp_client *c, sctp_assoc_t *id);

/*
 * Begins an association with the peer that has these addresses, with one and the same port, on a
 * one-to-many socket of Unp_open(), and does not wait for it: the association-change notification
 * of *id tells that it is up, or that it cannot start.  Returns 0, or -1 and errno, which
 * unp_connect_why() puts into words: no route (ENETUNREACH...), EISCONN or EALREADY (there is an
 * association with it, or one begins), EAFNOSUPPORT...  RFC 6458, section 9.9.
 */
int unp_connect_begin(int fd, const struct unp_addrs *peer, sctp_assoc_t *id);
/* What an association that could not start (SCTP_CANT_STR_ASSOC) `ms` after it was begun has met:
 * ECONNREFUSED, or ETIMEDOUT when all the INITs were sent that SCTP_INITMSG allows.  The
 * notification is the same for both. */
int unp_connect_error(int fd, int64_t ms);

/* ---- whether there is a way, and why connecting failed: route.c ---------- */

/* 0, or -1 with ENETUNREACH or EHOSTUNREACH when there is no route to the address.  SCTP itself
 * would try it until it runs out of time; UDP, which is asked, tells at once. */
int unp_check_route(const struct sockaddr *sa);
/* The same of several, of which one that there is a route to is enough.  EINVAL: there are none. */
int unp_check_routes(const struct unp_addrs *peer);
/* Says why connecting, which took `ms`, ended with `err` (ETIMEDOUT: no answer).  Returns the exit
 * status: EXIT_REFUSED, EXIT_NO_ANSWER... */
int unp_connect_why(int err, const char *host, uint16_t port, int64_t ms, char *why, size_t size);

#endif
