/* Text of any origin, escaped so that a terminal can show it. */
#include "text.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define ESCAPED_SIZE sizeof("<U+10FFFF>")

size_t unp_text_character(const unsigned char *text, size_t len, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n;

    if (len == 0)
        return 0;
    n = text[0] < 0x80       ? 1
        : text[0] >> 5 == 6  ? 2
        : text[0] >> 4 == 14 ? 3
        : text[0] >> 3 == 30 ? 4
                             : 0;
    if (n == 0 || n > len)
        return 0;
    *c = n == 1 ? text[0] : text[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if (text[i] >> 6 != 2)
            return 0;
        *c = *c << 6 | (text[i] & 0x3f);
    }
    return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff) ? 0 : n;
}

/* Characters of Unicode's categories Cc, Cf, Zl and Zp, and codes without a character, are
 * unprintable, except U+200C and U+200D, the zero-width non-joiner and joiner, which Persian, Hindi
 * and emoji need. */
bool unp_text_is_printable(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } unprintable[] = {
        {0x00, 0x1f},        {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
        {0x61c, 0x61c},      {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
        {0x8e2, 0x8e2},      {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180e, 0x180e},
        {0x200b, 0x200b},    {0x200e, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
        {0x3164, 0x3164},    {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
        {0xffa0, 0xffa0},    {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
        {0x110cd, 0x110cd},  {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0x10ffff},
    };

    for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++)
        if (c >= unprintable[i].first && c <= unprintable[i].last)
            return false;
    return true;
}

/* Writes "\x1b"; sprintf() would slow down a server in a flood of such bytes. */
static size_t show_byte(unsigned char c, char *to)
{
    static const char digits[] = "0123456789abcdef";

    memcpy(to, "\\x", 2);
    to[2] = digits[c >> 4];
    to[3] = digits[c & 15];
    return 4;
}

/* Escapes the first character of the text that ends at `end`.  Returns the bytes written; *used:
 * the bytes read. */
static size_t escape_one(const unsigned char *text, const unsigned char *end, size_t *used,
                         char to[ESCAPED_SIZE])
{
    uint32_t c = 0;
    size_t n = unp_text_character(text, (size_t)(end - text), &c);

    *used = n ? n : 1;
    if (n && (unp_text_is_printable(c) || c == '\t')) {
        memcpy(to, text, n);
        return n;
    }
    if (n && c == '\n') {
        memcpy(to, "\n\t", 2);
        return 2;
    }
    return n > 1 ? (size_t)sprintf(to, "<U+%04X>", (unsigned)c) : show_byte(*text, to);
}

static const unsigned char *without_newlines(const unsigned char *text, size_t len)
{
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    return text + len;
}

size_t unp_text_escape(const void *text, size_t len, char *to)
{
    const unsigned char *from = text, *end = without_newlines(text, len);
    char one[ESCAPED_SIZE], *at = to;
    size_t used, n;

    for (; from < end; from += used, at += n) {
        n = escape_one(from, end, &used, one);
        memcpy(at, one, n);
    }
    *at = '\0';
    return (size_t)(at - to);
}

size_t unp_text_escaped_len(const void *text, size_t len)
{
    const unsigned char *from = text, *end = without_newlines(text, len);
    char one[ESCAPED_SIZE];
    size_t used, sum = 0;

    for (; from < end; from += used)
        sum += escape_one(from, end, &used, one);
    return sum;
}

void unp_text_use_utf8(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}
