/* The line that is being typed, on a terminal that others write on meanwhile.  Programs that use it
 * are linked with -ledit; the others are not, because the library is an archive. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "line.h"

/* Those that take NULL do nothing then: there is no terminal. */
struct terminal;

/* Standard input and output are one, which can move its cursor. */
bool terminal_is_there(void);
/* Ends the program when there is no memory. */
struct terminal *terminal_open(void);
/* Erases the line that was being typed and makes the terminal what it was.  NULL is taken. */
void terminal_close(struct terminal *t);

/* Erases the line, to write something where it was; until terminal_show().  NULL is taken. */
void terminal_hide(struct terminal *t);
/* Draws it as it was; to be called before each wait.  Sees to the window's size, and to Ctrl-Z.
 * NULL is taken. */
void terminal_show(struct terminal *t, const char *prompt);

/* What line_fill() and line_next() are for a file: never blocks for longer than a key's escape
 * sequence takes to come. */
int terminal_fill(struct terminal *t);
enum line_status terminal_next(struct terminal *t, char **text, size_t *len);

#endif
