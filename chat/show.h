/* Display of lines. */
#ifndef SHOW_H
#define SHOW_H

#include "name.h"
#include "receive/receive.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <limits.h>

struct show {
    char name[NAME_SIZE]; /* our nickname, from the server; "": not yet known */
    bool colours;
    unsigned char hidden[(65535 + 1) / CHAR_BIT]; /* a bit for each channel */
};

/* True if `fd` is a terminal with colours and NO_COLOR is not set (https://no-color.org). */
bool show_wants_colours(int fd);

void show_hide(struct show *s, unsigned channel, bool hide);
bool show_is_hidden(const struct show *s, unsigned channel);

/*
 * A line of the server as printed: escaped, with the channel in front if it is not 0, in the colour
 * of its sender, newline-terminated.  malloc'd.  NULL with errno 0: nothing to print, since it is a
 * copy of our own line or its channel is hidden.  NULL with ENOMEM: no memory.
 */
char *show_line(const struct show *s, unsigned channel, const void *line, size_t len);

/* The same as an object of JSON on `f`, without escapes for a terminal: sctp_chat_cli(1).  Returns
 * -1 and ENOMEM, else 0. */
int show_json(const struct show *s, const struct unp_message *msg, FILE *f);

#endif
