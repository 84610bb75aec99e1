/* The error causes of RFC 9260, section 3.3.10, and of its extensions, in words. */
#include "unpsctp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { CAUSE_USER_ABORT = 12, CAUSE_PROTOCOL_VIOLATION = 13 };

static const struct {
    uint16_t code;
    const char *name;
} causes[] = {
    {1, "invalid stream identifier"},
    {2, "missing mandatory parameter"},
    {3, "stale cookie"},
    {4, "out of resource"},
    {5, "unresolvable address"},
    {6, "unrecognized chunk type"},
    {7, "invalid mandatory parameter"},
    {8, "unrecognized parameters"},
    {9, "no user data"},
    {10, "cookie received while shutting down"},
    {11, "restart of an association with new addresses"},
    {CAUSE_USER_ABORT, "user-initiated abort"},
    {CAUSE_PROTOCOL_VIOLATION, "protocol violation"},
    {0x00a0, "request to delete last remaining IP address"},   /* RFC 5061 */
    {0x00a1, "operation refused due to resource shortage"},    /* RFC 5061 */
    {0x00a2, "request to delete source IP address"},           /* RFC 5061 */
    {0x00a3, "association aborted due to illegal ASCONF-ACK"}, /* RFC 5061 */
    {0x00a4, "request refused: no authorization"},             /* RFC 5061 */
    {0x0105, "unsupported HMAC identifier"},                   /* RFC 4895 */
};

const char *sctp_cause_name(uint16_t code)
{
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (causes[i].code == code)
            return causes[i].name;
    return NULL;
}

/* Appends what the peer wrote so that a terminal shows it and does not obey it. */
static size_t append_printable(char *buf, size_t used, size_t size, const unsigned char *text,
                               size_t len)
{
    for (size_t i = 0; i < len && used + sizeof("\\xNN") <= size; i++) {
        if (isascii(text[i]) && isprint(text[i]))
            buf[used++] = (char)text[i];
        else
            used += (size_t)snprintf(buf + used, size - used, "\\x%02x", text[i]);
    }
    buf[used] = '\0';
    return used;
}

static size_t append(char *buf, size_t used, size_t size, const char *text)
{
    int n = snprintf(buf + used, size - used, "%s", text);

    used += (size_t)n;
    return used < size ? used : size - 1;
}

static uint16_t get16(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

const char *sctp_causes_text(const unsigned char *p, size_t len, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    while (len >= 4) {
        uint16_t code = get16(p);
        size_t clen = get16(p + 2), padded = (clen + 3) & ~(size_t)3;
        const char *name = sctp_cause_name(code);
        char unknown[24];

        if (clen < 4 || clen > len) /* malformed: what follows cannot be told apart */
            break;
        snprintf(unknown, sizeof(unknown), "error cause %u", code);
        if (used)
            used = append(buf, used, size, ", ");
        used = append(buf, used, size, name ? name : unknown);
        if ((code == CAUSE_USER_ABORT || code == CAUSE_PROTOCOL_VIOLATION) && clen > 4) {
            used = append(buf, used, size, ": ");
            used = append_printable(buf, used, size, p + 4, clen - 4);
        }
        if (padded >= len)
            break;
        p += padded;
        len -= padded;
    }
    return buf;
}
