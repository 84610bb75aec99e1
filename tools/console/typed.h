/* Parser of sctp_console's input lines. */
#ifndef CONSOLE_TYPED_H
#define CONSOLE_TYPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum console_kind {
    CONSOLE_NOTHING, /* an empty line */
    CONSOLE_TEXT,
    CONSOLE_COMMAND, /* /name arguments */
    CONSOLE_BAD,     /* "[" and a digit, without a valid prefix */
};

struct console_typed {
    enum console_kind kind;
    long stream, peer; /* saturate at LONG_MAX; peer 0: none given */
    const char *text;  /* within the line, after the prefix */
    size_t len;
};

/* Parses "text", "[n] text" and "[n@peer] text". */
struct console_typed console_typed(const char *line, size_t len);

#endif
