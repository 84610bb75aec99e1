/* A hand-made INIT, independent of this machine's stack: does SCTP answer natively, or over UDP? */
#ifndef PING_PROBE_H
#define PING_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum ping_probe {
    PROBE_CANNOT,      /* cannot send: raw sockets need root */
    PROBE_SILENT,      /* no answer */
    PROBE_UNREACHABLE, /* ICMP error: no such port or protocol there */
    PROBE_REFUSED,     /* ABORT: SCTP without a server on the port */
    PROBE_SERVED,      /* INIT ACK: a server */
};

/*
 * Sends an INIT to the address (its port is the SCTP port), in a UDP datagram to `udp_port` (RFC
 * 6951), or as IP protocol 132 if that is 0, and waits up to `ms` for the answer.  Does not
 * continue the handshake: a peer keeps no state for an answered INIT (RFC 9260, section 5.1.3).
 */
enum ping_probe ping_probe(const struct sockaddr *sa, uint16_t udp_port, int ms);

struct ping_answer {
    int64_t us;   /* time until the answer arrived; -1: none did */
    int ttl;      /* with which it arrived, or the hop limit; -1: not known */
    bool by_host; /* false: a router on the way reported an ICMP error */
};

/* The same, and fills in *answer. */
enum ping_probe ping_probe_timed(const struct sockaddr *sa, uint16_t udp_port, int ms,
                                 struct ping_answer *answer);

#endif
