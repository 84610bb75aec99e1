/* Line editing on a terminal where other output appears while the user types.  Programs that use it
 * need -ledit. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "line.h"
#include "words.h"

/* "Takes NULL": the function does nothing without a terminal (NULL). */
struct unp_terminal;

/* Are standard input and output a terminal that can move its cursor? */
bool unp_terminal_is_there(void);
/* Ends the program when there is no memory. */
struct unp_terminal *unp_terminal_open(void);
/* Erases the line and restores the terminal.  Takes NULL. */
void unp_terminal_close(struct unp_terminal *t);

/* Erases the line until unp_terminal_show(); call it before other output.  Takes NULL. */
void unp_terminal_hide(struct unp_terminal *t);
/* Draws the line again, and handles a new window size and Ctrl-Z.  Call it before each wait.  Takes
 * NULL. */
void unp_terminal_show(struct unp_terminal *t, const char *prompt);

/* Like unp_line_fill() and unp_line_next().  Block briefly for the rest of an escape sequence, and
 * end the program when there is no memory. */
int unp_terminal_fill(struct unp_terminal *t);
enum unp_line_status unp_terminal_next(struct unp_terminal *t, char **text, size_t *len);

/* Adds candidates for the last word of `line`, the text before the cursor, and returns the offset
 * of that word.  Candidates that do not begin with the word are ignored. */
typedef size_t unp_complete(void *user, const char *line, struct unp_words *words);
/* Makes TAB complete words; otherwise it is a character.  `user` is passed to `complete`. */
void unp_terminal_complete(struct unp_terminal *t, unp_complete *complete, void *user);

#endif
