/* sctp_ping --check: its state, and the interfaces of its files. */
#ifndef PING_CHECK_H
#define PING_CHECK_H

#include "ping.h"

struct check {
    struct ping *p;
    int64_t end;             /* deadline of the steps */
    int64_t last;            /* … and of the probes after them */
    int64_t spare;           /* time for each probe, and for the shutdown after `end` */
    bool over_udp;           /* this stack runs over UDP */
    bool instead;            /* … although the check is not about SCTP over UDP */
    struct sctp_rtoinfo rto; /* as set by -O */
    struct sctp_initmsg initmsg;
    int64_t handshake, echo;      /* their durations, us */
    struct unp_addrs found;       /* addresses of the host */
    char address[SOCK_NTOP_SIZE]; /* the current one */
};

/* ---- check.c ----------------------------------------------------------- */

/* Time until `end`, which is postponed by the time for which the program was stopped. */
int64_t check_time_left(const struct check *k);

/* ---- verdict.c --------------------------------------------------------- */

/* Prints the verdict: with -J as an object, with -q not at all.  Returns its exit status.  A
 * verdict of SCTP over UDP, if that was tried instead, becomes a part of the verdict "no SCTP
 * here". */
int check_tell(const struct check *k, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The association has ended. */
int check_tell_lost(const struct check *k);

/* ---- check_echo.c ------------------------------------------------------ */

/* Sends a message and waits for its echo.  Returns EXIT_OK, or prints the verdict. */
int check_echo(struct check *k);
/* Has the server acknowledged all DATA? */
bool check_is_acknowledged(const struct ping *p);
/* Sends a heartbeat to each address. */
void check_demand_heartbeats(struct check *k);
/* Has an address answered since ping_paths_watch()? */
bool check_heartbeats_pass(const struct check *k);

/* ---- check_mtu.c ------------------------------------------------------- */

/* The last step of --mtu: finds the largest message that arrives, and prints the verdict. */
int check_mtu(struct check *k);

/* ---- nat.c ------------------------------------------------------------- */

enum { CHECK_NAT_SIZE = 600 };

/* Hints for the end of a verdict, as "; ..."; empty if nothing hints at a NAT.  Return buf. */
/* INIT had private addresses of this host. */
const char *check_hint_told(const struct check *k, char *buf, size_t size);
/* Packets to this address have a private source, and are not answered. */
const char *check_hint_translated(const struct check *k, const struct sockaddr *to, char *buf,
                                  size_t size);
/* The server has advertised the addresses in `list`, separated by ", ", and they do not answer. */
const char *check_hint_advertised(const struct check *k, const char *list, char *buf, size_t size);

/* ---- check_paths.c ------------------------------------------------------ */

/* The last step: sends heartbeats until each address that is judged has answered, and prints the
 * verdict. */
int check_paths(struct check *k);

#endif
