/* Processing ready sockets (ready.c), and what poll sees of them (shadow.c).  Locked. */
#ifndef READY_H
#define READY_H

#include "usock.h"

void ready_process(void); /* handles all sockets marked ready; most calls of the program end so */
/* A send found no room: s is not writable until the next packet. */
void ready_send_blocked(struct usock *s);
/* An association is being set up: s is marked ready after the next packet. */
void ready_connecting(struct usock *s);
void ready_after_packet(void); /* the stack has handled a packet … */
void ready_tick(void);         /* … or its timers */

bool usock_writable(struct usock *s);
/* Makes the program's descriptor for s, with SOCK_NONBLOCK and SOCK_CLOEXEC of flags.  -1 and
 * errno. */
int shadow_new(struct usock *s, int flags);
/* poll or the like is about to be called: returns the descriptor to poll in place of the program's.
 * -1 and errno: there are too many. */
int shadow_polled(struct usock *s, bool edge_triggered);
void shadow_update(struct usock *s);
void shadow_close(struct usock *s);
void shadow_drop_inherited(void);

#endif
