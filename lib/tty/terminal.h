/* The line that is being typed, on a terminal that others write on meanwhile.  Programs that use it
 * are linked with -ledit; the others are not, because the library is an archive. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "line.h"

/* Those that take NULL do nothing then: there is no terminal. */
struct unp_terminal;

/* Standard input and output are one, which can move its cursor. */
bool unp_terminal_is_there(void);
/* Ends the program when there is no memory. */
struct unp_terminal *unp_terminal_open(void);
/* Erases the line that was being typed and makes the terminal what it was.  NULL is taken. */
void unp_terminal_close(struct unp_terminal *t);

/* Erases the line, to write something where it was; until unp_terminal_show().  NULL is taken. */
void unp_terminal_hide(struct unp_terminal *t);
/* Draws it as it was; to be called before each wait.  Sees to the window's size, and to Ctrl-Z.
 * NULL is taken. */
void unp_terminal_show(struct unp_terminal *t, const char *prompt);

/* What unp_line_fill() and unp_line_next() are for a file: never blocks for longer than a key's
 * escape sequence takes to come. */
int unp_terminal_fill(struct unp_terminal *t);
enum unp_line_status unp_terminal_next(struct unp_terminal *t, char **text, size_t *len);

#endif
