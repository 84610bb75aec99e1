/* What a member may be called. */
#include "name.h"
#include "text.h"

#include <string.h>

const char *name_fault(const char *name)
{
    const unsigned char *at = (const unsigned char *)name;
    size_t left = strlen(name), n, count = 0;
    uint32_t c;

    if (left == 0)
        return "a name has at least one character";
    if (strchr("*/[", name[0]))
        return "a name begins with none of * / [";
    for (; left; at += n, left -= n) {
        n = text_character(at, left, &c);
        if (n == 0 || !text_harmless(c))
            return "a name has printable UTF-8 characters only";
        /* White space of Unicode, as far as it is not harmful anyway. */
        if (c == ' ' || c == ':' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
            c == 0x202f || c == 0x205f || c == 0x3000)
            return "a name has no white space and no colon";
        if (++count > NAME_CHARS)
            return "a name has at most 32 characters";
    }
    return NULL;
}
