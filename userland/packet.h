/* SCTP packets, as they are on the wire. */
#ifndef PACKET_H
#define PACKET_H

#include "address.h"

enum {
    PACKET_HEADER = 12, /* the common header's size */
    CHUNK_HEADER = 4,
    CHUNK_INIT = 1, /* types of chunks */
    CHUNK_INIT_ACK = 2,
    CHUNK_ABORT = 6,
    CHUNK_SHUTDOWN_ACK = 8,
    CHUNK_COOKIE_ECHO = 10,
    CHUNK_COOKIE_ACK = 11,
    CHUNK_SHUTDOWN_COMPLETE = 14,
    CHUNK_PACKET_DROPPED = 0x81,
    CHUNK_RECONFIG = 0x82,
    CHUNK_TAG_REFLECTED = 1, /* a flag, the T bit */
};

/* Prints a packet, if debugging; `what` is "sent" to the peer or "received" from it. */
void trace_packet(const char *what, const union address *peer, const unsigned char *packet,
                  size_t size);
/* The first chunk of a type; NULL: none. */
const unsigned char *packet_chunk(const unsigned char *packet, size_t size, unsigned char type);
/* Whether the cookie in a COOKIE ECHO, of which size bytes are there, was made for the restart of
 * an association that existed (RFC 9260, 5.2.2).  *streams: how many the peer will send on. */
bool packet_restarts(const unsigned char *echo, size_t size, unsigned *streams);
/* Makes the answer to a packet (of 16 bytes at least) that belongs to no association, an ABORT or a
 * SHUTDOWN COMPLETE.  Returns its size. */
enum { PACKET_ANSWER_SIZE = 16 };
size_t packet_answer(const unsigned char *packet, size_t size, unsigned char type,
                     unsigned char *answer);
bool packet_intact(unsigned char *packet, size_t size); /* its checksum is right */
/* Whether it is an INIT or INIT ACK that would hang the stack, or end an association that its
 * sender has no part in (RFC 9260, 3.3.2).  Such a packet has to be dropped. */
bool packet_harmful(const unsigned char *packet, size_t size);

#endif
