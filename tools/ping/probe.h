/* One INIT by hand: does SCTP answer natively, or over UDP, whatever stack this program has? */
#ifndef PING_PROBE_H
#define PING_PROBE_H

#include <stdint.h>
#include <sys/socket.h>

enum ping_probe {
    PROBE_CANNOT,      /* not from here: raw sockets are for root */
    PROBE_SILENT,      /* nothing came back */
    PROBE_UNREACHABLE, /* the host says that nobody is there (ICMP) */
    PROBE_REFUSED,     /* SCTP is there, and nobody serves the port (ABORT) */
    PROBE_SERVED,      /* somebody serves it (INIT ACK) */
};

/*
 * Sends an INIT to the address, whose port is SCTP's, in a UDP datagram to `udp_port` (RFC 6951),
 * or as IP protocol 132 if that is 0, and waits up to `ms` for the answer, to which it says
 * nothing: whoever answers an INIT keeps nothing of it (RFC 9260, section 5.1.3).
 */
enum ping_probe ping_probe(const struct sockaddr *sa, uint16_t udp_port, int ms);

#endif
