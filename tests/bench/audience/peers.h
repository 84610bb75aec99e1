/* How many connections a server on this host still has. */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stdint.h>

/* The established connections, or SCTP associations, at this local port.  A client that does not
 * read does not notice that the server has closed the connection, so the kernel is asked. */
int established(bool sctp, uint16_t port);

#endif
