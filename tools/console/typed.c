/* Parser of sctp_console's input lines and hosts. */
#include "typed.h"

#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <limits.h>
#include <string.h>

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

static bool take_port(const char *text, uint16_t *port)
{
    int64_t n = unp_parse_number(text, 1, 65535);

    if (n > 0)
        *port = (uint16_t)n;
    return n > 0;
}

bool console_host(const char *text, char *host, size_t size, uint16_t *port)
{
    const char *colon = strchr(text, ':'), *end = text + strlen(text), *rest = "";

    if (*text == '[') {
        text++;
        end = strchr(text, ']');
        if (!end)
            return false;
        rest = end + 1;
    } else if (colon && !strchr(colon + 1, ':')) { /* several: it is an IPv6 address */
        end = rest = colon;
    }
    if (end == text || (size_t)(end - text) >= size)
        return false;
    memcpy(host, text, (size_t)(end - text));
    host[end - text] = '\0';
    return *rest == '\0' || (*rest == ':' && take_port(rest + 1, port));
}
