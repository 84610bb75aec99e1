/* Parser of sctp_console's input lines. */
#include "typed.h"

#include <limits.h>

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Parses at least one digit and advances *at; saturates at LONG_MAX. */
static bool take_number(const char **at, const char *end, long *number)
{
    const char *from = *at;

    *number = 0;
    for (; *at < end && digit(**at); (*at)++)
        *number = *number > (LONG_MAX - 9) / 10 ? LONG_MAX : *number * 10 + (**at - '0');
    return *at > from;
}

struct console_typed console_typed(const char *line, size_t len)
{
    struct console_typed t = {.kind = CONSOLE_TEXT, .text = line, .len = len};
    const char *at = line + 1, *end;

    if (t.len && line[t.len - 1] == '\r') /* of a file with CRLF line ends */
        t.len--;
    end = line + t.len;
    if (t.len == 0)
        t.kind = CONSOLE_NOTHING;
    else if (line[0] == '/')
        t.kind = CONSOLE_COMMAND;
    if (t.len < 2 || line[0] != '[' || !digit(line[1]))
        return t;
    t.kind = CONSOLE_BAD;
    take_number(&at, end, &t.stream);
    if (at < end && *at == '@') {
        at++;
        if (!take_number(&at, end, &t.peer) || t.peer == 0)
            return t;
    }
    if (at == end || *at++ != ']' || (at < end && *at++ != ' '))
        return t;
    t.kind = CONSOLE_TEXT;
    t.text = at;
    t.len = (size_t)(end - at);
    return t;
}
