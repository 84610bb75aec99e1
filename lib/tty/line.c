/* Lines of input, and the stream number at their beginning. */
#include "line.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

void unp_line_init(struct unp_line_reader *r, int fd, size_t max)
{
    memset(r, 0, sizeof(*r));
    r->fd = fd;
    r->max = max;
}

void unp_line_free(struct unp_line_reader *r)
{
    free(r->buf);
}

/* Makes room for another chunk.  The buffer stays near `max` bytes, because longer lines are
 * dropped. */
static int make_room(struct unp_line_reader *r)
{
    size_t room = r->have + 2 * CHUNK + r->have / 2;
    char *grown;

    if (r->start) {
        memmove(r->buf, r->buf + r->start, r->have);
        r->start = 0;
    }
    if (r->room - r->have >= CHUNK)
        return 0;
    grown = realloc(r->buf, room);
    if (!grown)
        return -1;
    r->buf = grown;
    r->room = room;
    return 0;
}

int unp_line_fill(struct unp_line_reader *r)
{
    ssize_t n;

    if (make_room(r) < 0)
        return -1;
    n = read(r->fd, r->buf + r->have, CHUNK);
    if (n < 0)
        return -1;
    if (n == 0)
        r->eof = true;
    r->have += (size_t)n;
    return 0;
}

static void consume(struct unp_line_reader *r, size_t n)
{
    r->start += n;
    r->have -= n;
}

/* Drops the rest of a line that is too long.  False: its end has not been read yet. */
static bool skip(struct unp_line_reader *r)
{
    char *newline = r->have ? memchr(r->buf + r->start, '\n', r->have) : NULL;

    if (newline)
        consume(r, (size_t)(newline + 1 - (r->buf + r->start)));
    else
        consume(r, r->have);
    r->skipping = !newline;
    return newline != NULL;
}

enum unp_line_status unp_line_next(struct unp_line_reader *r, char **text, size_t *len)
{
    char *newline;
    size_t n;

    if (r->skipping && !skip(r))
        return r->eof ? LINE_END : LINE_MORE;
    newline = r->have ? memchr(r->buf + r->start, '\n', r->have) : NULL;
    n = newline ? (size_t)(newline - (r->buf + r->start)) : r->have;
    if (n > r->max) {
        r->number++;
        r->skipping = true;
        return LINE_TOO_LONG;
    }
    if (!newline && !r->eof)
        return LINE_MORE;
    if (!newline && n == 0)
        return LINE_END;
    *text = r->buf + r->start;
    *len = n;
    r->number++;
    consume(r, newline ? n + 1 : n);
    return LINE_READY;
}

bool unp_line_number(const char **at, const char *end, long *number)
{
    const char *from = *at;

    *number = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
        *number = *number > (LONG_MAX - 9) / 10 ? LONG_MAX : *number * 10 + (**at - '0');
    return *at > from;
}

enum unp_line_stream unp_line_stream(const char *text, size_t len, long *stream)
{
    const char *at;

    if (len == 0 || text[0] != '[' || !memchr(text, ']', len))
        return STREAM_MISSING;
    at = text + 1;
    return unp_line_number(&at, text + len, stream) && *at == ']' ? STREAM_OK : STREAM_BAD;
}
