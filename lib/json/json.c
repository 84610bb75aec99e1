/* Writes JSON: names, values and commas. */
#include "json.h"
#include "tty/text.h"
#include "unpsctp.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* Escapes a character as UTF-16 code units. */
static void escape(FILE *f, uint32_t c)
{
    if (c > 0xffff)
        fprintf(f, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
    else
        fprintf(f, "\\u%04x", c);
}

static void quote(FILE *f, const unsigned char *text, size_t len)
{
    fputc('"', f);
    for (size_t i = 0, n; i < len; i += n) {
        uint32_t c;

        n = unp_text_character(text + i, len - i, &c);
        if (n == 0) {
            fputs("\\ufffd", f);
            n = 1;
        } else if (text[i] == '"' || text[i] == '\\') {
            fprintf(f, "\\%c", text[i]);
        } else if (!unp_text_is_printable(c)) {
            escape(f, c);
        } else {
            fwrite(text + i, 1, n, f);
        }
    }
    fputc('"', f);
}

static void begin(struct unp_json *j, const char *name)
{
    if (j->needs_comma)
        fputc(',', j->f);
    j->needs_comma = true;
    if (name) {
        quote(j->f, (const unsigned char *)name, strlen(name));
        fputc(':', j->f);
    }
}

void unp_json_open(struct unp_json *j, const char *name, char bracket)
{
    begin(j, name);
    fputc(bracket, j->f);
    j->needs_comma = false;
}

void unp_json_close(struct unp_json *j, char bracket)
{
    fputc(bracket, j->f);
    j->needs_comma = true;
}

void unp_json_number(struct unp_json *j, const char *name, int64_t value)
{
    begin(j, name);
    fprintf(j->f, "%" PRId64, value);
}

void unp_json_real(struct unp_json *j, const char *name, double value, int decimals)
{
    begin(j, name);
    if (isfinite(value))
        fprintf(j->f, "%.*f", decimals, value);
    else
        fputs("null", j->f); /* JSON has neither NaN nor infinity */
}

void unp_json_time(struct unp_json *j)
{
    struct timespec ts;

    if (!unp_print_times)
        return;
    clock_gettime(CLOCK_REALTIME, &ts);
    unp_json_real(j, "time", (double)ts.tv_sec + (double)ts.tv_nsec / 1e9, 6);
}

void unp_json_bool(struct unp_json *j, const char *name, bool value)
{
    begin(j, name);
    fputs(value ? "true" : "false", j->f);
}

void unp_json_string(struct unp_json *j, const char *name, const char *text)
{
    unp_json_bytes(j, name, text, strlen(text));
}

void unp_json_bytes(struct unp_json *j, const char *name, const void *data, size_t len)
{
    begin(j, name);
    quote(j->f, data, len);
}
