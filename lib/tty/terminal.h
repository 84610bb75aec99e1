/* Line editing on a terminal where other output appears while the user types.  Programs that use it
 * are linked with -ledit; others are not, because the library is an archive. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "line.h"
#include "words.h"

/* Functions that take NULL do nothing then: there is no terminal. */
struct unp_terminal;

/* Are standard input and output a terminal that can move its cursor? */
bool unp_terminal_is_there(void);
/* Ends the program when there is no memory. */
struct unp_terminal *unp_terminal_open(void);
/* Erases the line and restores the terminal.  Takes NULL. */
void unp_terminal_close(struct unp_terminal *t);

/* Erases the line until unp_terminal_show(), to make room for other output.  Takes NULL. */
void unp_terminal_hide(struct unp_terminal *t);
/* Draws the line again.  To be called before each wait; handles a new window size, and Ctrl-Z.
 * Takes NULL. */
void unp_terminal_show(struct unp_terminal *t, const char *prompt);

/* Like unp_line_fill() and unp_line_next().  Block at most for the time that the escape sequence of
 * a key takes to arrive. */
int unp_terminal_fill(struct unp_terminal *t);
enum unp_line_status unp_terminal_next(struct unp_terminal *t, char **text, size_t *len);

/* Adds the candidates for the last word of `line`, the text before the cursor, and returns where in
 * it that word begins.  Others may be among them: those that do not begin like the word are left
 * out. */
typedef size_t unp_complete(void *user, const char *line, struct unp_words *words);
/* Makes TAB complete words; without it, TAB is a character.  `user` is for `complete`. */
void unp_terminal_complete(struct unp_terminal *t, unp_complete *complete, void *user);

#endif
