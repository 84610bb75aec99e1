/* The UDP port that an SCTP port is at: udp_notice.c. */
#ifndef UDP_NOTICE_H
#define UDP_NOTICE_H

#include "userland.h"

/* The UDP port of an SCTP port whose number another socket has; 0: none. */
uint16_t notice_alternative(uint16_t sctp);
/* Tells the processes of this machine that the SCTP port is at that UDP port, until the descriptor
 * that is returned is closed.  -1 and errno. */
int notice_post(uint16_t sctp, uint16_t udp);
/* Whether a process has the SCTP port at the UDP port of its number, or may have it. */
bool notice_at_own_number(uint16_t sctp);
/* Whether the SCTP port is at its alternative. */
bool notice_elsewhere(uint16_t sctp);

#endif
