/* What a member may be called. */
#ifndef NAME_H
#define NAME_H

#define NAME_CHARS 32
#define NAME_SIZE  (4 * NAME_CHARS + 1) /* its bytes, with the NUL */

/* Why this cannot be a member's name; NULL: it can.  1 to NAME_CHARS printable characters, no white
 * space, no ":", and not one of "*", "/", "[" as the first: so a line of the room can be taken
 * apart. */
const char *name_fault(const char *name);

#endif
