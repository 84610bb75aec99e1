/* Parser of the server's lines: their sender, and our own nickname. */
#include "said.h"

#include <string.h>

static bool begins(const char *line, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

static bool take_name(const char *text, size_t len, char *name)
{
    if (len >= NAME_SIZE || memchr(text, '\0', len))
        return false;
    memcpy(name, text, len);
    name[len] = '\0';
    return !name_fault(name);
}

struct said said_line(const char *line, size_t len)
{
    struct said s = {.kind = SAID_OTHER};
    const char *end = NULL;
    char name[NAME_SIZE];

    if (begins(line, len, "*** ")) {
        s.kind = SAID_ANNOUNCE;
        return s;
    }
    if (begins(line, len, "* ")) {
        s.name = line + 2;
        end = memchr(s.name, ' ', len - 2);
        s.kind = SAID_ACTION;
    } else if (len) {
        s.name = line;
        end = memchr(line, ':', len);
        if (end && (end + 1 == line + len || end[1] != ' '))
            end = NULL;
        s.kind = SAID_TEXT;
    }
    if (!end || !take_name(s.name, (size_t)(end - s.name), name))
        return (struct said){.kind = SAID_OTHER};
    s.name_len = (size_t)(end - s.name);
    return s;
}

enum said_name said_name(const char *line, size_t len, char *name)
{
    static const char is[] = "*** you are ", still[] = "; you are still ";
    size_t n = sizeof(still) - 1;

    while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (!begins(line, len, "*** "))
        return NAME_NONE;
    if (begins(line, len, is))
        return take_name(line + sizeof(is) - 1, len - (sizeof(is) - 1), name) ? NAME_IS : NAME_NONE;
    for (size_t at = len; at-- > n;)
        if (memcmp(line + at - n, still, n) == 0)
            return take_name(line + at, len - at, name) ? NAME_STILL : NAME_NONE;
    return NAME_NONE;
}
