/* The filter before the stack: which packet belongs to which association. */
#ifndef ASSOCIATION_H
#define ASSOCIATION_H

#include "address.h"

/* Must be called for each packet that is sent: learns tags and addresses from it.  False: the
 * packet must not be sent. */
bool association_sent(const union address *to, const union address *from,
                      const unsigned char *packet, size_t size);
/* The UDP port, in network byte order, to which a packet of the stack is sent; 0: not known. */
in_port_t association_port(const union address *to, const unsigned char *packet);
/* Whether a packet that was sent to this address and UDP port belongs to an association that is
 * there: it has the peer's tag. */
bool association_is_at(const union address *to, const unsigned char *packet);
/* The verdict on a received packet: give it to the stack, drop it, or drop it and answer
 * (packet_answer).  A packet that passes is not changed until association_packet_done(). */
enum verdict { PACKET_PASS, PACKET_DROP, PACKET_ANSWER };
enum verdict association_received(const union address *from, const union address *to,
                                  const unsigned char *packet, size_t size);
/* Sets *to to the destination address of the last packet received.  False: that packet did not come
 * from the address `from`. */
bool association_destination(const union address *from, union address *to);
/* Is the stack told the UDP port of the last packet received?  Otherwise it is told SENTINEL. */
bool association_shows_port(void);
void association_packet_done(void); /* the stack has handled the packet */
void association_drop_inherited(void);

#endif
