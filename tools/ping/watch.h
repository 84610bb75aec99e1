/* sctp_ping --watch: its state, and the interfaces of its files. */
#ifndef PING_WATCH_H
#define PING_WATCH_H

#include "ping.h"

/* What is known of a path since the last look. */
struct watch_path {
    bool known;
    int state;
    uint32_t rto;    /* ms; 0: not known */
    bool backed_off; /* its RTO has doubled, and not fallen since */
};

/* Times are microseconds. */
struct watch {
    struct ping *p;
    struct watch_path *path; /* as many as p->paths has, as far as `paths` */
    size_t paths;
    char primary[SOCK_NTOP_SIZE];
    bool up;
    int64_t since;     /* the present state, up or not, began */
    int64_t up_time;   /* of past associations */
    int64_t stalled;   /* when the unacknowledged message was sent; 0: none is */
    bool no_progress;  /* … and that was printed */
    unsigned restarts; /* of the association, at the last look */

    uint64_t changes; /* printed, without the first association */
    uint64_t associations, losses, paths_down, stalls;
    int failure; /* status of the last failure to connect */
};

/* ---- watch_changes.c ----------------------------------------------------- */

/* The association is up: prints that, and looks at its paths for the first time. */
void Watch_up(struct watch *w);
/* Compares the association and its paths with the last look, and prints what has changed. */
void Watch_look(struct watch *w);

/* ---- watch_print.c ------------------------------------------------------- */

/* The line of a change, "18:22:01.123 TEXT".  With -J, an object with `what`, the address and the
 * number unless they are NULL and negative, and the text. */
void watch_print(struct watch *w, const char *what, const char *addr, const char *name,
                 int64_t number, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void watch_print_summary(const struct watch *w, int status);

#endif
