/* What the server sent, taken apart. */
#ifndef SAID_H
#define SAID_H

#include "name.h"

#include <stdbool.h>
#include <stddef.h>

enum said_kind {
    SAID_TEXT,     /* "name: text" */
    SAID_ACTION,   /* "* name text", of /me */
    SAID_ANNOUNCE, /* "*** text", by the server */
    SAID_OTHER,    /* by something that is no chat server */
};

struct said {
    enum said_kind kind;
    const char *name; /* who, of SAID_TEXT and SAID_ACTION; within the line */
    size_t name_len;
};

struct said said_line(const char *line, size_t len);

/* What an announcement says of our own name. */
enum said_name {
    NAME_NONE,  /* nothing */
    NAME_IS,    /* "*** you are NAME" */
    NAME_STILL, /* "*** the name X is taken; you are still NAME" */
};

/* NAME goes to `name`, which has room for NAME_SIZE.  NAME_STILL may be in what others wrote, such
 * as their reason to leave: what it names is to be believed if it is our name already. */
enum said_name said_name(const char *line, size_t len, char *name);

#endif
