/* Nicknames. */
#include "name.h"
#include "tty/text.h"

#include <string.h>

/* White space of Unicode that unp_text_is_printable() accepts, and the Braille blank. */
static bool is_blank(uint32_t c)
{
    return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
           c == 0x205f || c == 0x2800 || c == 0x3000;
}

/* Invisible characters.  Text needs them (joiners, emoji variations, Mongolian), but a nickname
 * with one would look like another member's. */
static bool is_unseen(uint32_t c)
{
    return c == 0x34f || c == 0x200c || c == 0x200d || (c >= 0x180b && c <= 0x180f) ||
           (c >= 0xfe00 && c <= 0xfe0f);
}

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
        n = unp_text_character(at, left, &c);
        if (n == 0 || !unp_text_is_printable(c) || is_unseen(c))
            return "a name has printable UTF-8 characters only";
        if (c == ':' || is_blank(c))
            return "a name has no white space and no colon";
        if (++count > NAME_CHARS)
            return "a name has at most 32 characters";
    }
    return NULL;
}
