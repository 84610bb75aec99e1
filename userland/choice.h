/* The kernel's SCTP or ours. */
#ifndef CHOICE_H
#define CHOICE_H

/* Whether sockets of IPPROTO_SCTP are ours.  Decided once, at the first one.  -1 and EINVAL:
 * SCTP_STACK names no stack. */
int choice_userland(void);
/* Prints, once, that the userland stack has started, unless SCTP_STACK asked for it. */
void choice_announce(void);

#endif
