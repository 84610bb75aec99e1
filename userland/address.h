/* Addresses: address.c, and local_address.c for those of this machine. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "userland.h"

union address {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_storage ss;
};

socklen_t address_size(const struct sockaddr *address); /* 0: neither IPv4 nor IPv6 */
uint16_t address_port(const union address *address);    /* host byte order */
/* As getsockname(2) gives an address: cut to *length, which becomes the full length. */
void address_copy(const union address *from, struct sockaddr *to, socklen_t *length);
bool address_is_loopback(struct in_addr host);
bool address_is_wildcard(const union address *address);
bool address_same_host(const union address *a, const union address *b); /* ignores ports */
/* How many addresses a packed list of size bytes has; -1 and EINVAL: none, or it is malformed. */
int address_count(const void *list, socklen_t size);
/* Copies the first address of a packed list; returns the rest. */
const void *address_next(const void *list, union address *address);

/* Makes an address of this machine known to the stack.  False on failure. */
bool local_address_add(const union address *address);
bool local_address_is_ours(const union address *address); /* of this machine, or so it seems */
/* Adds a loopback address, which is always of this machine; other addresses are ignored. */
void local_address_add_loopback(struct in_addr host);
void local_address_add_target(const union address *target);
/* A packet arrived at this address.  If the stack does not know it, reads the addresses of this
 * machine again, at most once a second. */
void local_address_met(const union address *address);
/* Sets *from to the source address that the kernel's route to `to` has.  False: no route. */
bool local_address_by_route(const union address *to, union address *from);
void local_address_drop_inherited(void);

#endif
