/* Any bytes as the error causes of an ABORT or ERROR chunk: lib/cause.c. */
#include "unpsctp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char whole[4096];
    size_t cut = 1 + size % 256;
    char *buf = malloc(cut); /* exactly this size, so that ASan sees writes beyond it */

    if (!buf)
        abort();
    unp_causes_text(data, size, whole, sizeof(whole));
    for (const char *c = whole; *c; c++)
        if (*c < ' ' || *c > '~')
            abort();
    unp_causes_text(data, size, buf, cut);
    if (strlen(buf) >= cut)
        abort();
    free(buf);
    return 0;
}
