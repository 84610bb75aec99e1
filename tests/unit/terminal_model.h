/* A terminal on which the test types. */
#ifndef TERMINAL_MODEL_H
#define TERMINAL_MODEL_H

#include "tty/terminal.h"
#include "unit.h"

static char *typed; /* the next line; "": none yet; NULL: the end */
static struct unp_terminal *const terminal = (struct unp_terminal *)&typed;

enum unp_line_status unp_terminal_next(struct unp_terminal *t, char **text, size_t *len)
{
    assert_ptr_equal(t, terminal);
    if (!typed)
        return LINE_END;
    if (!*typed)
        return LINE_MORE;
    *text = typed;
    *len = strlen(typed);
    typed = "";
    return LINE_READY;
}

#endif
