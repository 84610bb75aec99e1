/* Parser of the server's lines. */
#ifndef SAID_H
#define SAID_H

#include "name.h"

#include <stdbool.h>
#include <stddef.h>

enum said_kind {
    SAID_TEXT,     /* "name: text" */
    SAID_ACTION,   /* "* name text", of /me */
    SAID_ANNOUNCE, /* "*** text", by the server */
    SAID_OTHER,    /* not a line of a chat server */
};

struct said {
    enum said_kind kind;
    const char *name; /* sender of SAID_TEXT and SAID_ACTION; within the line */
    size_t name_len;
};

struct said said_line(const char *line, size_t len);

/* Announcements about our nickname. */
enum said_name {
    NAME_NONE,  /* nothing */
    NAME_IS,    /* "*** you are NAME" */
    NAME_STILL, /* "*** the name X is taken; you are still NAME" */
};

/* Copies NAME to `name`, of NAME_SIZE bytes.  Another member can forge NAME_STILL, for example in
 * its abort reason: trust it only if NAME is already ours. */
enum said_name said_name(const char *line, size_t len, char *name);

#endif
