/* Shared by the files of lib/tty that use libedit. */
#ifndef TTY_INSIDE_H
#define TTY_INSIDE_H

#include "terminal.h"

#include <histedit.h>
#include <termios.h>
#include <wchar.h>

#define PROMPT  300 /* bytes */
#define PATTERN 40  /* characters */

/* The search of the history that Ctrl-R began. */
struct unp_search {
    bool on, failed;
    wchar_t pattern[PATTERN + 1];
    size_t len;
    size_t at;            /* the line found; the newest is 0; SIZE_MAX: none yet */
    wchar_t *before;      /* the line when the search began … */
    size_t before_cursor; /* … and its cursor */
    cc_t interrupt;       /* the key that sends SIGINT outside a search, mostly Ctrl-C */
    char prompt[PROMPT];
};

struct unp_terminal {
    EditLine *el;
    HistoryW *history;
    char prompt[PROMPT];
    bool shown;     /* prompt and line are on the screen, with the cursor in them */
    bool line_done; /* the line was taken: libedit must begin another */
    bool eof;
    unsigned char keys[4096]; /* read, but not yet passed to libedit */
    size_t used, have;
    char *line; /* the last line that was taken */
    struct unp_search search;
    unp_complete *complete; /* NULL: TAB is a character */
    void *user;
};

/* Characters as *bytes bytes of text, to be freed, with a NUL at the end.  Ends the program when
 * there is no memory. */
char *Unp_terminal_text(const wchar_t *from, size_t count, size_t *bytes);

/* The program's prompt, or that of the search. */
const char *unp_terminal_prompt(const struct unp_terminal *t);
/* Draws prompt and line unless they are on the screen. */
void unp_terminal_draw(struct unp_terminal *t);
/* Rows from the beginning of the prompt to the cursor.  Uses the current width of the window,
 * because terminals rewrap lines when it changes. */
unsigned unp_terminal_rows_above(const struct unp_terminal *t);

/* Ends a search.  The line is the one found or, with `restore`, the one that was typed. */
void unp_search_end(struct unp_terminal *t, bool restore);

/* Handle a key, or return false: pass it to libedit. */
bool unp_search_key(struct unp_terminal *t, wchar_t key);
bool unp_complete_key(struct unp_terminal *t, wchar_t key);

#endif
