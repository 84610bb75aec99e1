/* Any bytes as a notification, in text and as JSON: lib/notification.c, lib/json/fields.c. */
#include "tty/text.h"
#include "unpsctp.h"
#include "json/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text must be one line of UTF-8 without control characters. */
static void check_line(const char *line, size_t len)
{
    uint32_t c;

    if (len == 0 || line[len - 1] != '\n')
        abort();
    for (size_t i = 0, n; i < len - 1; i += n) {
        n = unp_text_character((const unsigned char *)line + i, len - 1 - i, &c);
        if (n == 0 || !unp_text_is_printable(c))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    union sctp_notification *n = malloc(size ? size : 1); /* aligned, and exactly this size */
    char text[1024], *json = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&json, &len);

    if (!n || !f)
        abort();
    if (size)
        memcpy(n, data, size);
    unp_notification_text(n, size, text, sizeof(text));
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            abort();
    unp_notification_text(n, size, text, 1 + size % sizeof(text));
    unp_notification_json(n, size, f);
    fclose(f);
    check_line(json, len);
    free(json);
    free(n);
    return 0;
}
