/* Parser of input lines. */
#ifndef TYPED_H
#define TYPED_H

#include <stdbool.h>
#include <stddef.h>

enum typed_kind {
    TYPED_SAY,     /* send the text to the channel */
    TYPED_QUIT,    /* send the text as the last line */
    TYPED_HELP,    /* list the client's own commands, then send the text */
    TYPED_JOIN,    /* switch to the channel */
    TYPED_LEAVE,   /* hide the channel */
    TYPED_NOTHING, /* an empty line */
    TYPED_BAD,     /* /join without a channel number, or either with other text */
};

struct typed {
    enum typed_kind kind;
    long channel;     /* saturates at LONG_MAX */
    const char *text; /* within the line */
    size_t len;
};

/* Parses "[n] text" and "/command"; without "[n]" the channel is `current`. */
struct typed typed_line(const char *line, size_t len, long current);

#endif
