/* Display of lines: escaped, with the channel in front and a colour for each member. */
#include "show.h"
#include "said.h"
#include "tty/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIM     "\033[2m"
#define NORMAL  "\033[0m"
#define DRESSES 40 /* most bytes that channel and colours add */

bool show_wants_colours(int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fd) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

void show_hide(struct show *s, unsigned channel, bool hide)
{
    unsigned char bit = (unsigned char)(1U << channel % CHAR_BIT);

    if (hide)
        s->hidden[channel / CHAR_BIT] |= bit;
    else
        s->hidden[channel / CHAR_BIT] &= (unsigned char)~bit;
}

bool show_is_hidden(const struct show *s, unsigned channel)
{
    return s->hidden[channel / CHAR_BIT] >> channel % CHAR_BIT & 1;
}

/* The same colour for a name on every machine: FNV-1a.  All are legible on black or white. */
static const char *colour_of(const char *name, size_t len)
{
    static const char *const colours[] = {"\033[31m", "\033[32m", "\033[33m",
                                          "\033[35m", "\033[36m", "\033[94m"};
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619U;
    return colours[(hash ^ hash >> 16) % (sizeof(colours) / sizeof(colours[0]))];
}

/* The server has put a tab after each newline, and so does unp_text_escape(): drop the first. */
static size_t drop_tabs(const char *from, size_t len, char *to)
{
    char *at = to;

    for (size_t i = 0; i < len; i++)
        if (!(from[i] == '\t' && i > 0 && from[i - 1] == '\n'))
            *at++ = from[i];
    return (size_t)(at - to);
}

/* The line in colours.  A valid name needs no escapes, so it has the same offset in `escaped`. */
static void dress(char *to, const char *channel, const char *escaped, const struct said *said,
                  size_t name_at)
{
    if (said->kind == SAID_ANNOUNCE)
        sprintf(to, "%s" DIM "%s" NORMAL "\n", channel, escaped);
    else if (said->name)
        sprintf(to, "%s%.*s%s%.*s" NORMAL "%s\n", channel, (int)name_at, escaped,
                colour_of(said->name, said->name_len), (int)said->name_len, escaped + name_at,
                escaped + name_at + said->name_len);
    else
        sprintf(to, "%s%s\n", channel, escaped);
}

char *show_line(const struct show *s, unsigned channel, const void *line, size_t len)
{
    struct said said = said_line(line, len);
    char prefix[16] = "", *flat, *escaped, *shown = NULL;

    errno = 0;
    if (said.name && said.name_len == strlen(s->name) &&
        memcmp(said.name, s->name, said.name_len) == 0)
        return NULL;
    if (said.kind != SAID_ANNOUNCE && show_is_hidden(s, channel))
        return NULL;
    if (said.kind != SAID_ANNOUNCE && channel)
        snprintf(prefix, sizeof(prefix), "[%u] ", channel);
    flat = malloc(len + 1);
    escaped = malloc(TEXT_GROWTH * len + 1);
    if (flat && escaped) {
        size_t n = unp_text_escape(flat, drop_tabs(line, len, flat), escaped);

        shown = malloc(n + DRESSES);
        if (shown && s->colours)
            dress(shown, prefix, escaped, &said,
                  said.name ? (size_t)(said.name - (char *)line) : 0);
        else if (shown)
            sprintf(shown, "%s%s\n", prefix, escaped);
    }
    free(flat);
    free(escaped);
    return shown;
}
