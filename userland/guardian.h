/* The guardian: a process that aborts this process's associations when this process is killed. */
#ifndef GUARDIAN_H
#define GUARDIAN_H

#include "address.h"

enum { GUARDIAN_NOTES = 1 << 17 };

void guardian_start(void);
/* Notes an association by a packet that is sent on it: destination (with the UDP port), source, and
 * common header.  Returns the number of the note; -1: none, which the other functions accept. */
int guardian_note(const union address *peer, const union address *from,
                  const unsigned char *packet);
/* A packet came from this address of the peer.  If the note has the same address, takes over its
 * UDP port, which may have changed. */
void guardian_moved(int note, const union address *peer);
void guardian_forget(int note);
void guardian_end(void);
void guardian_after_fork(void);

#endif
