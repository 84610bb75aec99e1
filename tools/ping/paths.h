/* The paths of sctp_ping's association: the addresses of the peer. */
#ifndef PING_PATHS_H
#define PING_PATHS_H

#include "unpsctp.h"

struct ping_path {
    char name[SOCK_NTOP_SIZE]; /* of the address, without its port */
    struct sockaddr_storage addr;
    uint64_t replies;           /* received from this address */
    bool known;                 /* the association has this address, and `info` is valid */
    struct sctp_paddrinfo info; /* ms and bytes; on Linux spinfo_srtt is in clock ticks */
    uint32_t rto_before;        /* RTO at the previous query; 0: none yet */
    uint32_t srtt_before;
    bool answers; /* the address has answered since ping_paths_watch() */

    /* The last heartbeat: beat.c */
    int64_t beat_sent; /* us; 0: none is outstanding */
    int64_t beat_free; /* us; no other is sent before */
    int64_t beat_us;   /* its time, if it was answered */
    uint64_t beat_seq; /* its number among those to this address */
    uint64_t beat_id;  /* its number among all */
    uint32_t beat_rto; /* RTO and smoothed round-trip time of the path before it */
    uint32_t beat_srtt;
};

/* All zero: no paths. */
struct ping_paths {
    struct ping_path *path;
    size_t count;
    char primary[SOCK_NTOP_SIZE];
    struct sctp_rtoinfo rto; /* of the association, since ping_paths_watch() */
};

/* Queries all paths of the association.  0, or -1 and errno if it has ended. */
int ping_paths_ask(struct ping_paths *p, int fd, sctp_assoc_t id);
/* Lowers the association's minimum RTO, so that ping_paths_ask() updates `answers` from now on.
 * 0, or -1 and errno. */
int ping_paths_watch(struct ping_paths *p, int fd, sctp_assoc_t id);
/* The path of this address, added if it is new; NULL: no memory. */
struct ping_path *ping_paths_at(struct ping_paths *p, const struct sockaddr *sa);
void ping_paths_free(struct ping_paths *p);

/* "active", ..., or "not in the association". */
const char *ping_path_state(const struct ping_path *path);

#endif
