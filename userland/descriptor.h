/* The table from descriptors to sockets. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include "userland.h"

struct usock;

enum { DESCRIPTOR_LIMIT = 1 << 20 };

/* Entries that are no sockets: a descriptor of our own; a socket inherited over a fork. */
extern struct usock descriptor_own, descriptor_inherited;

/* Whether fd is in the table.  Costs a load and a test. */
bool descriptor_ours(int fd);
struct usock *descriptor_get(int fd);          /* NULL: not in the table */
bool descriptor_usable(const struct usock *s); /* an entry that is a socket; false for NULL */
void descriptor_set(int fd, struct usock *s);
int descriptor_find(const struct usock *s); /* one that refers to s; -1: none */
/* Makes fd a descriptor of our own: moved out of the program's way, and not closed by it.  Returns
 * the new number. */
int descriptor_hide(int fd);
void descriptor_unhide(int fd);
/* Whether this process is a child that shares or copied our memory without a fork handler having
 * run, for example after vfork(2).  Such a child must not change our table. */
bool descriptor_borrowed(void);
void descriptor_own_process(void); /* makes descriptor_borrowed() false in this process */
/* In the child of a fork: closes our own descriptors, and turns the program's sockets into
 * descriptor_inherited. */
void descriptor_drop_inherited(void);

#endif
