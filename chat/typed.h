/* What a line of input means. */
#ifndef TYPED_H
#define TYPED_H

#include <stdbool.h>
#include <stddef.h>

enum typed_kind {
    TYPED_SAY,     /* text goes to the server, in the channel */
    TYPED_QUIT,    /* so it does, and is the last */
    TYPED_HELP,    /* so it does, and the commands of our own are told too */
    TYPED_JOIN,    /* the channel becomes the one that is talked in */
    TYPED_LEAVE,   /* the channel is hidden */
    TYPED_NOTHING, /* an empty line */
    TYPED_BAD,     /* a command of ours without the number of a channel */
};

struct typed {
    enum typed_kind kind;
    long channel;     /* cut at LONG_MAX */
    const char *text; /* within the line */
    size_t len;
};

/* Takes "[n] text" and "/command" apart; where no channel is given, it is the `current` one. */
struct typed typed_line(const char *line, size_t len, long current);

#endif
