/* A client: the options that all clients have, and connecting. */
#ifndef CLIENT_H
#define CLIENT_H

#include "cmdline/cmdline.h"
#include "unpsctp.h"

/* ---- connecting: host.c, and connect.c without waiting -------------------- */

/* Values of the options that all clients have: the server, and how to reach it. */
struct unp_client {
    struct unp_setup setup; /* except `buffer` */
    const char *host;
    const struct unp_addrs *found; /* its addresses; NULL: connecting resolves it */
    uint16_t port;
    bool port_given;       /* with -p */
    struct unp_addrs more; /* -C: further addresses of the host */
    unsigned wait;         /* s */
    bool verbose;
};

/* Rows of these options for Unp_options().  Those of -o, -w and -v are in each program, with its
 * own help text. */
#define UNP_CLIENT_PORT_OPTION(c, help)                                                            \
    {                                                                                              \
        "port", 'p', "=PORT", help " (default %lld)", UNP_NUMBER((c).port, 1, 65535),              \
            .given = &(c).port_given                                                               \
    }
#define UNP_CLIENT_OPTIONS(c)                                                                      \
    UNP_CLIENT_PORT_OPTION(c, "SCTP port of the server"), UNP_BIND_OPTION((c).setup.local),        \
    {                                                                                              \
        "connectx", 'C', "=ADDR", "another address of the server; may be repeated",                \
            UNP_TAKE(Unp_take_address, (c).more)                                                   \
    }
#define UNP_STREAMS(c) UNP_NUMBER((c).setup.ostreams, 1, 65535)
#define UNP_WAIT(c)    UNP_NUMBER((c).wait, 1, 86400)

void unp_client_free(struct unp_client *c);

/*
 * Opens a one-to-many socket with one association.  Tries the addresses of c->host in turn, each
 * together with those of -C, until one answers.  Each attempt may take c->wait, which restarts when
 * the program continues after a stop.  Returns the socket and sets *id, or returns minus the exit
 * status (EXIT_NO_HOST, EXIT_REFUSED, EXIT_NO_ANSWER...) and writes `why`.  Ends the program when
 * the socket cannot be opened, set up or bound: no SCTP on this machine, no descriptor left, an
 * option that the stack refuses, or an address of -B that is not local.
 */
int unp_client_connect(struct unp_client *c, sctp_assoc_t *id, char *why, size_t size);
/* The same, but ends the program with that status and message. */
int Unp_client_connect(struct unp_client *c, sctp_assoc_t *id);

/*
 * Begins an association with the peer that has these addresses, all with the same port, on a
 * one-to-many socket of Unp_open().  Does not wait: the association-change notification of *id says
 * that it is up or cannot start.  Returns 0, or -1 and errno, which unp_connect_why() explains: no
 * route (ENETUNREACH, EACCES), EISCONN or EALREADY (there is an association with the peer, or one
 * is being set up), EAFNOSUPPORT...  RFC 6458, section 9.9.
 */
int unp_connect_begin(int fd, const struct unp_addrs *peer, sctp_assoc_t *id);
/* Why an association could not start, which SCTP_CANT_STR_ASSOC does not tell: ETIMEDOUT if the
 * `ms` since unp_connect_begin() were enough for all INITs that SCTP_INITMSG allows, otherwise
 * ECONNREFUSED. */
int unp_connect_error(int fd, int64_t ms);

/* ---- routes, and why connecting failed: route.c --------------------------- */

/* Is there a route to the address?  0, or -1 with ENETUNREACH: there is none, or EACCES: a route of
 * this host refuses it (unreachable, prohibit, blackhole).  Asks with a UDP socket, which fails at
 * once where SCTP would retry until its time-out. */
int unp_check_route(const struct sockaddr *sa);
/* The same for several addresses: one with a route is enough.  EINVAL: the list is empty. */
int unp_check_routes(const struct unp_addrs *peer);
/* Writes why a route check failed with `err`, and what to do. */
void unp_route_why(int err, const struct unp_addrs *to, char *why, size_t size);
/* Writes "with the same SCTP_UDP_PORT as this program (9899)", or "... (not set)": the setting that
 * both ends must share on the userland stack.  Returns buf. */
const char *unp_udp_setting(char *buf, size_t size);
/* Writes why connecting, which took `ms`, failed with `err` (ETIMEDOUT: no answer).  Returns the
 * exit status: EXIT_REFUSED, EXIT_NO_ANSWER... */
int unp_connect_why(int err, const char *host, uint16_t port, int64_t ms, char *why, size_t size);

#endif
