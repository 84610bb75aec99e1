/* What is to be seen of a packet from outside. */
#include <arpa/inet.h>
#include <stdio.h>

#include "userland.h"

/* The chunks of a packet, as far as they can be seen. */
static void name_chunks(const unsigned char *packet, size_t size, char *to, size_t room)
{
    static const char *const names[] = {
        "DATA",          "INIT",       "INIT ACK", "SACK",         "HEARTBEAT",
        "HEARTBEAT ACK", "ABORT",      "SHUTDOWN", "SHUTDOWN ACK", "ERROR",
        "COOKIE ECHO",   "COOKIE ACK", "ECNE",     "CWR",          "SHUTDOWN COMPLETE"};
    size_t used = 0;
    for (size_t at = 12; at + 4 <= size && used < room - 20;) {
        size_t length = (size_t)packet[at + 2] << 8 | packet[at + 3];
        if (packet[at] < sizeof names / sizeof *names)
            used += (size_t)snprintf(to + used, room - used, " %s", names[packet[at]]);
        else
            used += (size_t)snprintf(to + used, room - used, " chunk %d", packet[at]);
        at += length < 4 ? 4 : (length + 3) / 4 * 4;
    }
}

void trace_packet(const char *what, const union address *peer, const unsigned char *packet,
                  size_t size)
{
    char host[INET6_ADDRSTRLEN], chunks[160] = "";
    if (!debugging || size < 13)
        return;
    inet_ntop(peer->sa.sa_family,
              peer->sa.sa_family == AF_INET ? (const void *)&peer->in.sin_addr
                                            : (const void *)&peer->in6.sin6_addr,
              host, sizeof host);
    name_chunks(packet, size, chunks, sizeof chunks);
    debug("%s%s, port %d to %d, %s UDP port %d", what, chunks, packet[0] << 8 | packet[1],
          packet[2] << 8 | packet[3], host, address_port(peer));
}

/* A parameter of an INIT or INIT ACK has less than no contents: on such a one, of a peer that it
 * knows, libusrsctp 0.9.5 loops for ever, and with it all that wait for the lock. */
bool packet_malformed(const unsigned char *packet, size_t size)
{
    enum { HEADER = 12, INIT = 1, INIT_ACK = 2, FIXED = 20, PARAMETER = 4 };
    if (size < HEADER + FIXED || (packet[HEADER] != INIT && packet[HEADER] != INIT_ACK))
        return false;
    size_t end = HEADER + ((size_t)packet[HEADER + 2] << 8 | packet[HEADER + 3]);
    for (size_t at = HEADER + FIXED; at + PARAMETER <= (end < size ? end : size);) {
        size_t length = (size_t)packet[at + 2] << 8 | packet[at + 3];
        if (length < PARAMETER)
            return true;
        at += (length + 3) / 4 * 4;
    }
    return false;
}
