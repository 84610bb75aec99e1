/* Nicknames. */
#ifndef NAME_H
#define NAME_H

#define NAME_CHARS 32
#define NAME_SIZE  (4 * NAME_CHARS + 1) /* its bytes, with the NUL */

/* Why this is not a valid nickname; NULL: it is.  1 to NAME_CHARS printable characters, no white
 * space, no ":", and none of "*", "/", "[" as the first, so that lines of the room can be parsed.
 */
const char *name_fault(const char *name);

#endif
