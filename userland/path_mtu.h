/* The MTU of paths: path_mtu.c.  Locked. */
#ifndef PATH_MTU_H
#define PATH_MTU_H

#include "address.h"

/* A packet that was sent (at least its header is given) is larger than the MTU of its path, which
 * is that of IP.  `to` has UDP's port. */
void path_mtu_reported(const union address *to, const unsigned char *packet, uint32_t mtu);
/* Whether a packet of size bytes must be sent in fragments of IP. */
bool path_mtu_exceeded(const union address *to, const unsigned char *packet, size_t size);
void path_mtu_drop_inherited(void);

#endif
