/* Parser of sctp_console's input lines. */
#include "typed.h"
#include "tty/line.h"

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
    if (t.kind != CONSOLE_TEXT || line[0] != '[' || !unp_line_number(&at, end, &t.stream))
        return t;
    t.kind = CONSOLE_BAD;
    if (at < end && *at == '@') {
        at++;
        if (!unp_line_number(&at, end, &t.peer) || t.peer == 0)
            return t;
    }
    if (at == end || *at++ != ']' || (at < end && *at++ != ' '))
        return t;
    t.kind = CONSOLE_TEXT;
    t.text = at;
    t.len = (size_t)(end - at);
    return t;
}
