/* Each packet in a line, for SCTP_USERLAND_DEBUG. */
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
