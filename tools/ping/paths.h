/* The paths of sctp_ping's association: the addresses of the peer. */
#ifndef PING_PATHS_H
#define PING_PATHS_H

#include "unpsctp.h"

struct ping_path {
    char name[SOCK_NTOP_SIZE]; /* of the address, without its port */
    struct sockaddr_storage addr;
    uint64_t replies;           /* that came from there */
    bool known;                 /* the association has it, and `info` was answered */
    struct sctp_paddrinfo info; /* ms and bytes; on Linux spinfo_srtt is ticks of its clock */
    uint32_t rto_before;        /* its RTO when it was asked for last; 0: not yet */
    uint32_t srtt_before;
    bool answers; /* when we watch: something came back from there since then */
};

/* All zero: none. */
struct ping_paths {
    struct ping_path *path;
    size_t count;
    char primary[SOCK_NTOP_SIZE];
    struct sctp_rtoinfo rto; /* of the association, when we watch */
};

/* Asks the stack for all paths of the association.  0, or -1 and errno: it is over. */
int ping_paths_ask(struct ping_paths *p, int fd, sctp_assoc_t id);
/* From now on `answers` is kept up to date whenever they are asked for; lowers the minimum of the
 * association's RTO.  0, or -1 and errno. */
int ping_paths_watch(struct ping_paths *p, int fd, sctp_assoc_t id);
/* The one of this address, which is added if it is new; NULL: no memory. */
struct ping_path *ping_paths_at(struct ping_paths *p, const struct sockaddr *sa);
void ping_paths_free(struct ping_paths *p);

/* "active", ..., or "not of the association". */
const char *ping_path_state(const struct ping_path *path);

#endif
