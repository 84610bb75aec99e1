/* The guardian: a process that aborts the associations of this one when this one was killed. */
#ifndef GUARDIAN_H
#define GUARDIAN_H

#include "address.h"

enum { GUARDIAN_NOTES = 1 << 17 };

void guardian_start(void);
/* Notes an association: where a packet of it is sent to (with UDP's port) and from, and its first
 * bytes.  Returns the number of the note; -1: none, which the other functions accept. */
int guardian_note(const union address *peer, const union address *from,
                  const unsigned char *packet);
/* A packet came from this address of the peer.  If it is the one that is noted, its UDP port may
 * have changed. */
void guardian_moved(int note, const union address *peer);
void guardian_forget(int note);
void guardian_end(void);
void guardian_after_fork(void);

#endif
