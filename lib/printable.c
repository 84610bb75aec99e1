/* Bytes of any origin as printable ASCII. */
#include "unpsctp.h"

#include <stdio.h>

size_t unp_printable(const void *text, size_t len, char *to, size_t size)
{
    const unsigned char *from = text;
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        bool plain = from[i] >= ' ' && from[i] <= '~';

        if (used + (plain ? sizeof("x") : sizeof("\\xNN")) > size)
            break;
        if (plain)
            to[used++] = (char)from[i];
        else
            used += (size_t)sprintf(to + used, "\\x%02x", from[i]);
    }
    to[used] = '\0';
    return used;
}
