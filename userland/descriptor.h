/* Which descriptor is which socket. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include "userland.h"

struct usock;

enum { DESCRIPTOR_LIMIT = 1 << 20 };

/* In the place of a socket: a descriptor of our own; one that was inherited over a fork. */
extern struct usock descriptor_own, descriptor_inherited;

/* Whether fd is a socket of ours or one of those two.  Costs a load and a test. */
bool descriptor_ours(int fd);
struct usock *descriptor_get(int fd); /* NULL: none of ours */
void descriptor_set(int fd, struct usock *s);
int descriptor_find(const struct usock *s); /* one that refers to s; -1: none */
/* Makes fd a descriptor of our own: moved out of the program's way, and not closed by it.  Returns
 * the new number. */
int descriptor_hide(int fd);
void descriptor_unhide(int fd);
/* Whether this process is a child that has our memory, or a copy of it, and no fork handler ran:
 * after vfork(2), say.  Our table is not changed for what it closes. */
bool descriptor_borrowed(void);
void descriptor_own_process(void); /* this process is not */
/* Closes those of our own, and makes those of the program's descriptor_inherited. */
void descriptor_drop_inherited(void);

#endif
