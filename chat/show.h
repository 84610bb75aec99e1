/* How what came is shown. */
#ifndef SHOW_H
#define SHOW_H

#include "name.h"

#include <stdbool.h>
#include <stddef.h>

#include <limits.h>

struct show {
    char name[NAME_SIZE]; /* ours, as the server told it; "": not told yet */
    bool colours;
    unsigned char hidden[(65535 + 1) / CHAR_BIT]; /* a bit for each channel */
};

/* Whether a terminal is to get colours: it has them, and the user has not forbidden them
 * (https://no-color.org). */
bool show_wants_colours(int fd);

void show_hide(struct show *s, unsigned channel, bool hide);
bool show_is_hidden(const struct show *s, unsigned channel);

/*
 * A message of the server as it goes to the terminal, or to a pipe: harmless, with
 * the channel in front where that is not 0, in the colour of who said it; a
 * newline at its end.  malloc'd; NULL with errno 0 when there is nothing to show:
 * a copy of what we said ourselves, or a channel that is hidden.  NULL with ENOMEM.
 */
char *show_line(const struct show *s, unsigned channel, const void *line, size_t len);

#endif
