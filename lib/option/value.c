/* Parses the values of an option's fields. */
#include "cmdline/cmdline.h"
#include "inside.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The message begins with the option and its field: "rtoinfo.initial: ...". */
int unp_opt_fail(const struct unp_opt_parse *p, const char *fmt, ...)
{
    const char *field = p->field && p->field->name ? p->field->name : NULL;
    va_list ap;
    int n;

    n = snprintf(p->why, p->size, "%s%s%s: ", p->r->opt->name, field ? "." : "",
                 field ? field : "");
    if (n >= 0 && (size_t)n < p->size) {
        va_start(ap, fmt);
        vsnprintf(p->why + n, p->size - (size_t)n, fmt, ap);
        va_end(ap);
    }
    errno = EINVAL;
    return -1;
}

bool unp_opt_is_word(struct unp_opt_slice s, const char *word)
{
    return strlen(word) == s.len && strncasecmp(s.at, word, s.len) == 0;
}

struct unp_opt_slice unp_opt_take(struct unp_opt_slice *rest, const char *stops)
{
    struct unp_opt_slice s = {.at = rest->at};

    while (s.len < rest->len && !strchr(stops, rest->at[s.len]))
        s.len++;
    rest->at += s.len;
    rest->len -= s.len;
    return s;
}

bool unp_opt_skip(struct unp_opt_slice *rest, char c)
{
    if (!rest->len || *rest->at != c)
        return false;
    rest->at++;
    rest->len--;
    return true;
}

static unsigned char *place(const struct unp_opt_parse *p)
{
    return p->r->value + p->field->offset;
}

/* Decimal or 0x...; within the limits of the field. */
static bool number(const struct unp_opt_field *field, struct unp_opt_slice s, uint64_t *n)
{
    char text[32], *end;

    if (s.len == 0 || s.len >= sizeof(text) || !isdigit((unsigned char)s.at[0]))
        return false;
    memcpy(text, s.at, s.len);
    text[s.len] = '\0';
    errno = 0;
    *n = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
    return !errno && !*end && *n >= field->min && *n <= unp_opt_max(field);
}

static bool word(const struct unp_opt_word *words, struct unp_opt_slice s, uint64_t *n)
{
    for (; words && words->word; words++)
        if (unp_opt_is_word(s, words->word)) {
            *n = words->value;
            return true;
        }
    return false;
}

static int not_a_number(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    return unp_opt_fail(p, "\"%.*s\" is not a number from %llu to %llu%s%s%s", SHOW(s),
                        (unsigned long long)p->field->min,
                        (unsigned long long)unp_opt_max(p->field), p->field->unit ? " (" : "",
                        p->field->unit ? p->field->unit : "", p->field->unit ? ")" : "");
}

static int not_a_word(const struct unp_opt_parse *p, struct unp_opt_slice s, const char *suffix)
{
    char words[400] = "";
    size_t used = 0;

    for (const struct unp_opt_word *w = p->field->words; w->word; w++) {
        int n = snprintf(words + used, sizeof(words) - used, "%s%s", used ? ", " : "", w->word);

        if (n > 0)
            used += (size_t)n;
        if (used >= sizeof(words))
            break;
    }
    return unp_opt_fail(p, "\"%.*s\" is none of %s%s", SHOW(s), words, suffix);
}

static int set_number(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    uint64_t n;

    if (!number(p->field, s, &n))
        return not_a_number(p, s);
    unp_field_put(place(p), p->field->size, p->field->type == OPT_PORT ? htons((uint16_t)n) : n);
    return 0;
}

static int set_bool(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    static const struct unp_opt_word words[] = {{"on", 1},    {"off", 0}, {"true", 1},
                                                {"false", 0}, {"yes", 1}, {"no", 0},
                                                {"1", 1},     {"0", 0},   {NULL, 0}};
    uint64_t n;

    if (!word(words, s, &n))
        return unp_opt_fail(p, "\"%.*s\" is neither on nor off (1, 0, true, false, yes, no)",
                            SHOW(s));
    unp_field_put(place(p), p->field->size, n);
    return 0;
}

static int set_enum(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    uint64_t n;

    if (!word(p->field->words, s, &n) && !(p->field->max && number(p->field, s, &n)))
        return not_a_word(p, s, p->field->max ? ", nor a number up to 255" : "");
    unp_field_put(place(p), p->field->size, n);
    return 0;
}

static int set_flags(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    uint64_t flags = 0, n;

    if (!unp_opt_is_word(s, "none"))
        do {
            struct unp_opt_slice one = unp_opt_take(&s, ",");

            if (!word(p->field->words, one, &n))
                return not_a_word(p, one, ", nor none");
            flags |= n;
        } while (unp_opt_skip(&s, ','));
    unp_field_put(place(p), p->field->size, flags);
    return 0;
}

static int set_ppid(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    char text[32];
    int64_t ppid = -1;

    if (s.len < sizeof(text)) {
        memcpy(text, s.at, s.len);
        text[s.len] = '\0';
        ppid = unp_ppid_parse(text);
    }
    if (ppid < 0)
        return unp_opt_fail(
            p,
            "\"%.*s\" is not a PPID; give a number from 0 to 4294967295 or an IANA name "
            "such as ngap, s1ap, m3ua, diameter",
            SHOW(s));
    unp_field_put(place(p), p->field->size, htonl((uint32_t)ppid));
    return 0;
}

/* 10.0.0.1, 10.0.0.1:9877, ::1, [::1]:9877.  The port is 0 where none is given. */
static int read_address(const struct unp_opt_parse *p, struct unp_opt_slice s,
                        struct sockaddr_storage *ss)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    char text[100] = "", *host = text, *port = NULL, *end;
    struct addrinfo *found = NULL;
    int rc = EAI_NONAME;

    if (s.len < sizeof(text))
        memcpy(text, s.at, s.len);
    if (text[0] == '[' && (end = strchr(text, ']')) && (end[1] == ':' || !end[1])) {
        host = text + 1;
        port = end[1] ? end + 2 : NULL;
        *end = '\0';
    } else if ((end = strchr(text, ':')) && end == strrchr(text, ':')) {
        port = end + 1;
        *end = '\0';
    }
    if (*host && (!port || unp_parse_number(port, 1, 65535) > 0))
        rc = getaddrinfo(host, port ? port : "0", &hints, &found);
    if (rc)
        return unp_opt_fail(p, "\"%.*s\" is not an address such as 10.0.0.1, ::1, 10.0.0.1:9877",
                            SHOW(s));
    memset(ss, 0, sizeof(*ss));
    memcpy(ss, found->ai_addr, unp_sock_len(found->ai_addr));
    freeaddrinfo(found);
    return 0;
}

static int set_address(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    struct sockaddr_storage ss;

    if (read_address(p, s, &ss) < 0)
        return -1;
    memcpy(place(p), &ss, sizeof(ss));
    return 0;
}

/* Appends to the part of variable length at the end of the structure. */
static int append(const struct unp_opt_parse *p, const void *data, size_t len)
{
    if (len > sizeof(p->r->value) - p->r->len)
        return unp_opt_fail(p, "it is longer than %d bytes", OPT_ROOM);
    memcpy(p->r->value + p->r->len, data, len);
    p->r->len += len;
    return 0;
}

static int set_addresses(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    struct sockaddr_storage ss;

    do {
        if (read_address(p, unp_opt_take(&s, ","), &ss) < 0 ||
            append(p, &ss, unp_sock_len((struct sockaddr *)&ss)) < 0)
            return -1;
    } while (unp_opt_skip(&s, ','));
    return 0;
}

static int set_list(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    const struct unp_opt_field *f = p->field;
    unsigned char element[8];
    uint64_t count = 0, n;

    if (!unp_opt_is_word(s, f->empty ? f->empty : "none"))
        do {
            struct unp_opt_slice one = unp_opt_take(&s, ",");

            if (!word(f->words, one, &n) && !number(f, one, &n))
                return f->words ? not_a_word(p, one, ", nor a number") : not_a_number(p, one);
            unp_field_put(element, f->size, n);
            if (append(p, element, f->size) < 0)
                return -1;
            count++;
        } while (unp_opt_skip(&s, ','));
    unp_field_put(p->r->value + f->count, f->countsz, count);
    return 0;
}

static int hexadecimal(unsigned char c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

static int set_bytes(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    uint64_t count = s.len;

    if (s.len < 2 || strncasecmp(s.at, "0x", 2) != 0) {
        if (append(p, s.at, s.len) < 0)
            return -1;
    } else {
        count = s.len / 2 - 1;
        for (size_t i = 2; i < s.len; i += 2) {
            int high = hexadecimal((unsigned char)s.at[i]);
            int low = i + 1 < s.len ? hexadecimal((unsigned char)s.at[i + 1]) : -1;
            unsigned char byte = (unsigned char)(high * 16 + low);

            if (high < 0 || low < 0)
                return unp_opt_fail(p, "after 0x, bytes have two hexadecimal digits each");
            if (append(p, &byte, 1) < 0)
                return -1;
        }
    }
    unp_field_put(p->r->value + p->field->count, p->field->countsz, count);
    return 0;
}

int unp_opt_set_value(struct unp_opt_parse *p, struct unp_opt_slice s)
{
    static int (*const setters[])(const struct unp_opt_parse *, struct unp_opt_slice) = {
        [OPT_NUMBER] = set_number,       [OPT_BOOL] = set_bool, [OPT_ENUM] = set_enum,
        [OPT_FLAGS] = set_flags,         [OPT_PPID] = set_ppid, [OPT_PORT] = set_number,
        [OPT_ADDRESS] = set_address,     [OPT_LIST] = set_list, [OPT_BYTES] = set_bytes,
        [OPT_ADDRESSES] = set_addresses,
    };
    uint32_t bit = 1U << (p->field - p->r->opt->fields);

    if (p->r->named & bit)
        return unp_opt_fail(p, "it is given twice");
    p->r->named |= bit;
    return setters[p->field->type](p, s);
}
