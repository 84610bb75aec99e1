/* Display of lines: escaped, with the channel in front and a colour for each member. */
#include "show.h"
#include "said.h"
#include "tty/text.h"
#include "json/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIM         "\033[2m"
#define NORMAL      "\033[0m"
#define COLOUR_ROOM 40 /* most bytes that channel and colours add */

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

/* Copies text without the tab that the server has put after each newline. */
static size_t drop_tabs(const char *from, size_t len, char *to)
{
    char *at = to;

    for (size_t i = 0; i < len; i++)
        if (!(from[i] == '\t' && i > 0 && from[i - 1] == '\n'))
            *at++ = from[i];
    return (size_t)(at - to);
}

/* The line in colours.  A valid name needs no escapes, so it has the same offset in `escaped`. */
static void colour_line(char *to, const char *channel, const char *escaped, const struct said *said,
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

/* Is the line printed?  Copies of our own lines are not, nor are those of hidden channels. */
static bool is_wanted(const struct show *s, unsigned channel, const struct said *said)
{
    if (said->name && said->name_len == strlen(s->name) &&
        memcmp(said->name, s->name, said->name_len) == 0)
        return false;
    return said->kind == SAID_ANNOUNCE || !show_is_hidden(s, channel);
}

char *show_line(const struct show *s, unsigned channel, const void *line, size_t len)
{
    struct said said = said_line(line, len);
    char prefix[16] = "", *flat, *escaped, *shown = NULL;

    errno = 0;
    if (!is_wanted(s, channel, &said))
        return NULL;
    if (said.kind != SAID_ANNOUNCE && channel)
        snprintf(prefix, sizeof(prefix), "[%u] ", channel);
    flat = malloc(len + 1);
    escaped = malloc(TEXT_GROWTH * len + 1);
    if (flat && escaped) {
        size_t n = unp_text_escape(flat, drop_tabs(line, len, flat), escaped);

        shown = malloc(n + COLOUR_ROOM);
        if (shown && s->colours)
            colour_line(shown, prefix, escaped, &said,
                        said.name ? (size_t)(said.name - (char *)line) : 0);
        else if (shown)
            sprintf(shown, "%s%s\n", prefix, escaped);
    }
    free(flat);
    free(escaped);
    return shown;
}

int show_json(const struct show *s, const struct unp_message *msg, FILE *f)
{
    static const char *const events[] = {[SAID_TEXT] = "said",
                                         [SAID_ACTION] = "action",
                                         [SAID_ANNOUNCE] = "announcement",
                                         [SAID_OTHER] = "other"};
    static const size_t after_name[] = {[SAID_TEXT] = 2, [SAID_ACTION] = 1};
    const char *line = (const char *)msg->data, *text = line, *end = line + msg->len;
    struct said said = said_line(line, msg->len);
    struct unp_json j = {.f = f};
    char *flat;

    if (!is_wanted(s, msg->rcv.rcv_sid, &said))
        return 0;
    if (said.name)
        text = said.name + said.name_len + after_name[said.kind];
    else if (said.kind == SAID_ANNOUNCE)
        text += strlen("*** ");
    if (text < end && end[-1] == '\n')
        end--;
    if (text > end)
        text = end;
    flat = malloc((size_t)(end - text) + 1);
    if (!flat)
        return -1;
    unp_json_open(&j, NULL, '{');
    unp_json_string(&j, "event", events[said.kind]);
    if (said.name)
        unp_json_bytes(&j, "name", said.name, said.name_len);
    unp_json_number(&j, "channel", msg->rcv.rcv_sid);
    unp_json_bytes(&j, "text", flat, drop_tabs(text, (size_t)(end - text), flat));
    unp_json_number(&j, "assoc_id", msg->rcv.rcv_assoc_id);
    unp_json_time(&j);
    unp_json_close(&j, '}');
    fputc('\n', f);
    free(flat);
    return 0;
}
