/* The address family of the names that the programs of this tree resolve. */
#ifndef FAMILY_H
#define FAMILY_H

/* AF_INET or AF_INET6: unp_addrs_add() appends only addresses of this family; AF_UNSPEC (0): all */
extern int unp_resolve_family;

#endif
