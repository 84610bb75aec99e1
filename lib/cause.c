/* The error causes of RFC 9260, section 3.3.10, and of its extensions, as text. */
#include "cause.h"
#include "unpsctp.h"

#include <stdio.h>
#include <string.h>

enum {
    CAUSE_INVALID_STREAM = 1,
    CAUSE_STALE_COOKIE = 3,
    CAUSE_CHUNK_TYPE = 6,
    CAUSE_PARAMETERS = 8,
    CAUSE_NO_USER_DATA = 9,
    CAUSE_USER_ABORT = 12,
    CAUSE_PROTOCOL_VIOLATION = 13,
};

static const struct {
    uint16_t code;
    const char *name;
} causes[] = {
    {CAUSE_INVALID_STREAM, "invalid stream identifier"},
    {2, "missing mandatory parameter"},
    {CAUSE_STALE_COOKIE, "stale cookie"},
    {4, "out of resource"},
    {5, "unresolvable address"},
    {CAUSE_CHUNK_TYPE, "unrecognized chunk type"},
    {7, "invalid mandatory parameter"},
    {CAUSE_PARAMETERS, "unrecognized parameters"},
    {CAUSE_NO_USER_DATA, "no user data"},
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

const char *unp_cause_name(uint16_t code)
{
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (causes[i].code == code)
            return causes[i].name;
    return NULL;
}

const char *unp_strerror(int code)
{
    static _Thread_local char unknown[32];
    const char *name = code < 0 || code > UINT16_MAX ? NULL : unp_cause_name((uint16_t)code);

    if (code == 0)
        return "no error";
    if (name)
        return name;
    snprintf(unknown, sizeof(unknown), "unknown cause %d", code);
    return unknown;
}

static uint32_t get16(const unsigned char *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) << 16 | get16(p + 2);
}

bool unp_cause_next(const unsigned char **p, size_t *len, struct unp_cause *cause)
{
    size_t clen, padded;

    if (*len < 4)
        return false;
    clen = get16(*p + 2);
    if (clen < 4 || clen > *len) /* malformed: the next cause cannot be found */
        return false;
    *cause = (struct unp_cause){.code = (uint16_t)get16(*p), .info = *p + 4, .len = clen - 4};
    padded = (clen + 3) & ~(size_t)3;
    padded = padded < *len ? padded : *len;
    *p += padded;
    *len -= padded;
    return true;
}

bool unp_cause_is_text(const struct unp_cause *c)
{
    return c->code == CAUSE_USER_ABORT || c->code == CAUSE_PROTOCOL_VIOLATION;
}

const char *unp_cause_detail(const struct unp_cause *c, char *buf, size_t size)
{
    buf[0] = '\0';
    switch (c->code) {
    case CAUSE_INVALID_STREAM:
        if (c->len >= 2)
            snprintf(buf, size, "stream %u", get16(c->info));
        break;
    case CAUSE_STALE_COOKIE:
        if (c->len >= 4)
            snprintf(buf, size, "by %u microseconds", get32(c->info));
        break;
    case CAUSE_CHUNK_TYPE:
        if (c->len >= 1)
            snprintf(buf, size, "type 0x%02x", c->info[0]);
        break;
    case CAUSE_PARAMETERS:
        if (c->len >= 2)
            snprintf(buf, size, "type 0x%04x", get16(c->info));
        break;
    case CAUSE_NO_USER_DATA:
        if (c->len >= 4)
            snprintf(buf, size, "TSN %u", get32(c->info));
        break;
    default:
        if (unp_cause_is_text(c))
            unp_printable(c->info, c->len, buf, size);
    }
    return buf;
}

const char *unp_cause_text(const struct unp_cause *c, char *buf, size_t size)
{
    const char *name = unp_cause_name(c->code);
    size_t used;

    if (name)
        used = (size_t)snprintf(buf, size, "%s", name);
    else
        used = (size_t)snprintf(buf, size, "error cause %u", c->code);
    if (used + sizeof(": ") < size) {
        unp_cause_detail(c, buf + used + 2, size - used - 2);
        if (buf[used + 2]) {
            buf[used] = ':';
            buf[used + 1] = ' ';
        }
    }
    return buf;
}

const char *unp_causes_text(const unsigned char *p, size_t len, char *buf, size_t size)
{
    size_t used = 0;
    struct unp_cause cause;

    buf[0] = '\0';
    while (used + 1 < size && unp_cause_next(&p, &len, &cause)) {
        if (used)
            used += (size_t)snprintf(buf + used, size - used, ", ");
        if (used < size)
            used += strlen(unp_cause_text(&cause, buf + used, size - used));
    }
    return buf;
}

bool unp_cause_abort_reason(const unsigned char *p, size_t len, char *buf, size_t size)
{
    struct unp_cause cause;

    while (unp_cause_next(&p, &len, &cause))
        if (cause.code == CAUSE_USER_ABORT && cause.len) {
            unp_cause_detail(&cause, buf, size);
            return true;
        }
    return false;
}
