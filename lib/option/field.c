/* Fields of the options' structures in memory. */
#include "inside.h"

#include <string.h>

uint64_t unp_field_get(const unsigned char *at, size_t size)
{
    uint8_t n8;
    uint16_t n16;
    uint32_t n32;
    uint64_t n64;

    switch (size) {
    case sizeof(n8):
        return *at;
    case sizeof(n16):
        memcpy(&n16, at, size);
        return n16;
    case sizeof(n32):
        memcpy(&n32, at, size);
        return n32;
    case sizeof(n64):
        memcpy(&n64, at, size);
        return n64;
    default:
        return 0;
    }
}

void unp_field_put(unsigned char *at, size_t size, uint64_t n)
{
    const uint8_t n8 = (uint8_t)n;
    const uint16_t n16 = (uint16_t)n;
    const uint32_t n32 = (uint32_t)n;
    const void *from = size == 1   ? (const void *)&n8
                       : size == 2 ? (const void *)&n16
                       : size == 4 ? (const void *)&n32
                                   : (const void *)&n;

    memcpy(at, from, size);
}

uint64_t unp_opt_max(const struct unp_opt_field *f)
{
    if (f->max)
        return f->max;
    return f->size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * f->size) - 1;
}

bool unp_opt_varies(const struct unp_opt_field *f)
{
    return f->type == OPT_LIST || f->type == OPT_BYTES || f->type == OPT_ADDRESSES;
}

uint64_t unp_field_number(const struct unp_opt_reading *a, const struct unp_opt_field *f)
{
    if (f->offset + f->size > a->len)
        return 0;
    return unp_field_get(a->data + f->offset, f->size);
}

/* The number of elements in a list, bounded by the length of the answer. */
static size_t elements(const struct unp_opt_reading *a, const struct unp_opt_field *f)
{
    size_t room = a->len > f->offset ? (a->len - f->offset) / f->size : 0, n = 0;

    if (f->count + f->countsz <= a->len)
        n = (size_t)unp_field_get(a->data + f->count, f->countsz);
    return n < room ? n : room;
}

const char *unp_opt_word_of(const struct unp_opt_word *words, uint64_t n)
{
    for (; words && words->word; words++)
        if (words->value == n)
            return words->word;
    return NULL;
}

size_t unp_field_address(const struct unp_opt_reading *a, size_t offset, char *buf, size_t size)
{
    struct sockaddr_storage ss = {0};
    size_t room = a->len > offset ? a->len - offset : 0, len;

    *buf = '\0';
    if (room < sizeof(struct sockaddr_in))
        return 0;
    memcpy(&ss, a->data + offset, room < sizeof(ss) ? room : sizeof(ss));
    len = unp_sock_len((struct sockaddr *)&ss);
    if (len && len <= room)
        sock_ntop_host((struct sockaddr *)&ss, buf, size);
    return len <= room ? len : 0;
}

/* ---- elements of a value -------------------------------------------------- */

static void each_flag(const struct unp_opt_reading *a, const struct unp_opt_field *f,
                      opt_part *part, void *to)
{
    uint64_t flags = unp_field_number(a, f);
    bool first = true;

    for (const struct unp_opt_word *w = f->words; w->word; w++)
        if (flags & w->value) {
            part(to, w->word, w->value, first);
            first = false;
        }
}

static void each_element(const struct unp_opt_reading *a, const struct unp_opt_field *f,
                         opt_part *part, void *to)
{
    for (size_t i = 0; i < elements(a, f); i++) {
        uint64_t n = unp_field_get(a->data + f->offset + i * f->size, f->size);
        const char *text = unp_opt_word_of(f->words, n);

        part(to, text ? text : "", n, i == 0);
    }
}

static void each_address(const struct unp_opt_reading *a, const struct unp_opt_field *f,
                         opt_part *part, void *to)
{
    char text[SOCK_NTOP_SIZE];
    bool first = true;

    for (size_t at = f->offset, len; (len = unp_field_address(a, at, text, sizeof(text))) > 0;
         at += len) {
        part(to, text, 0, first);
        first = false;
    }
}

void unp_opt_each(const struct unp_opt_reading *a, const struct unp_opt_field *f, opt_part *part,
                  void *to)
{
    (f->type == OPT_FLAGS       ? each_flag
     : f->type == OPT_ADDRESSES ? each_address
                                : each_element)(a, f, part, to);
}

bool unp_opt_any_named(const struct unp_opt_reading *a)
{
    for (size_t i = 0; i < a->opt->count; i++)
        if (a->named & 1U << i && !(a->opt->fields[i].is & FIELD_KEY))
            return true;
    return false;
}
