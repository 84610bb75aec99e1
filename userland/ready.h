/* Processing ready sockets (ready.c), and what poll sees of them (shadow.c).  Locked. */
#ifndef READY_H
#define READY_H

#include "usock.h"

void ready_process(void); /* handles all sockets marked ready; called before the lock is released */
/* A send found no room: s is not writable until the next packet. */
void ready_send_blocked(struct usock *s);
/* An association is being set up: s is marked ready after the next packet. */
void ready_connecting(struct usock *s);
void ready_after_packet(void); /* the stack has handled a packet … */
void ready_tick(void);         /* … or its timers */

int shadow_pair(int flags, int *shadow); /* a new socketpair; returns the program's end */
/* poll or the like is about to be called. */
void shadow_polled(struct usock *s, bool edge_triggered);
void shadow_update(struct usock *s);

#endif
