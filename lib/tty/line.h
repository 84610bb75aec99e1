/* Lines of input, and "[n] text", where n is the stream. */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Reads lines from a descriptor.  Never blocks once poll(2) has reported it readable. */
struct unp_line_reader {
    int fd;
    size_t max;           /* longest line, bytes without its newline */
    unsigned long number; /* of the line last returned, from 1 */
    bool eof;             /* no more input */
    bool skipping;        /* inside a line that is too long */
    char *buf;
    size_t start, have, room;
};

enum unp_line_status {
    LINE_MORE,     /* no whole line yet: poll, then unp_line_fill() */
    LINE_READY,    /* *text, *len: a line, perhaps with NULs, valid until unp_line_fill() */
    LINE_TOO_LONG, /* a line above max, which is skipped */
    LINE_END,      /* no more lines */
};

void unp_line_init(struct unp_line_reader *r, int fd, size_t max);
void unp_line_free(struct unp_line_reader *r);
/* One read(2).  0, or -1 and errno (EINTR, EIO, ENOMEM...). */
int unp_line_fill(struct unp_line_reader *r);
enum unp_line_status unp_line_next(struct unp_line_reader *r, char **text, size_t *len);

enum unp_line_stream {
    STREAM_OK,
    STREAM_MISSING, /* the line does not begin with [...] */
    STREAM_BAD,     /* the text in the brackets is not a number */
};

/* Parses the n of "[n] text", as unp_line_number() does.  Stream n need not exist. */
enum unp_line_stream unp_line_stream(const char *text, size_t len, long *stream);
/* Parses the digits from *at on, at most to `end`, and advances *at.  Larger numbers than LONG_MAX
 * become LONG_MAX.  False: there is no digit. */
bool unp_line_number(const char **at, const char *end, long *number);

#endif
