/* What is typed at sctp_console, taken apart. */
#ifndef CONSOLE_TYPED_H
#define CONSOLE_TYPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum console_kind {
    CONSOLE_NOTHING, /* an empty line */
    CONSOLE_TEXT,
    CONSOLE_COMMAND, /* /name arguments */
    CONSOLE_BAD,     /* it begins with "[" and a digit, and is not as below */
};

struct console_typed {
    enum console_kind kind;
    long stream, peer; /* cut at LONG_MAX; peer 0: none is named */
    const char *text;  /* within the line, without what names them */
    size_t len;
};

/* Understands "text", "[n] text" and "[n@peer] text". */
struct console_typed console_typed(const char *line, size_t len);

/*
 * Takes "host", "host:port", "[v6]", "[v6]:port" or an IPv6 address apart: copies the host to
 * `host`, of `size` bytes; *port stays as it is where there is none.  False: it is none of them,
 * or too long.
 */
bool console_host(const char *text, char *host, size_t size, uint16_t *port);

#endif
