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
 * A line of the server as printed: escaped, after its channel unless that is 0, in the colour of
 * its sender, newline-terminated.  malloc'd.  NULL with errno 0: the line is not printed, because
 * it is a copy of our own or its channel is hidden.  NULL with ENOMEM: no memory.
 */
char *show_line(const struct show *s, unsigned channel, const void *line, size_t len);

/* Prints the line on `f` as a JSON object, without escapes for a terminal: sctp_chat_cli(1).
 * Returns 0, or -1 and ENOMEM. */
int show_json(const struct show *s, const struct unp_message *msg, FILE *f);

#endif
