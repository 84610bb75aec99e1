/*
 * random_events - random notifications and messages, as lines of JSON
 *
 *   random_events COUNT
 *
 * They have every type, random lengths and bytes, and texts of every byte value.  The output is the
 * same each time.
 */
#include "receive/receive.h"
#include "unpsctp.h"
#include "json/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t next(void)
{
    static uint32_t x = 1;

    return (x = x * 1664525 + 1013904223) >> 8;
}

int main(int argc, char **argv)
{
    int count = argc == 2 ? atoi(argv[1]) : 0;

    if (count < 1)
        err_quit(EXIT_USAGE, "usage: random_events COUNT");
    for (int i = 0; i < count; i++) {
        union {
            union sctp_notification n;
            unsigned char bytes[400];
        } u;
        size_t len = next() % (sizeof(u) + 1);
        struct unp_message msg = {.data = u.bytes, .len = len};

        for (size_t k = 0; k < sizeof(u); k++)
            u.bytes[k] = (unsigned char)(i & 1 ? next() : next() % 8);
        unp_message_json(&msg, stdout);
        u.n.sn_header.sn_type = (uint16_t)(SCTP_SN_TYPE_BASE + i % 16);
        unp_notification_json(&u.n, len, stdout);
    }
    return 0;
}
