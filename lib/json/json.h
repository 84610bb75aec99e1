/* Writes JSON (RFC 8259): names, values and commas.  The caller closes what it opens. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Initialize with {.f = stream}. */
struct unp_json {
    FILE *f;
    bool needs_comma; /* before the next value */
};

/* The brackets are '{' '}' or '[' ']'.  `name` is NULL in an array and at the top level. */
void unp_json_open(struct unp_json *j, const char *name, char bracket);
void unp_json_close(struct unp_json *j, char bracket);

void unp_json_number(struct unp_json *j, const char *name, int64_t value);
void unp_json_real(struct unp_json *j, const char *name, double value, int decimals);
/* "time", seconds since 1970, if unp_print_times is set. */
void unp_json_time(struct unp_json *j);
void unp_json_bool(struct unp_json *j, const char *name, bool value);
void unp_json_string(struct unp_json *j, const char *name, const char *text);
/* Any bytes as a string.  Bytes that are not UTF-8 become U+FFFD.  Characters that are not
 * unp_text_is_printable() are escaped, so that a terminal can show the line. */
void unp_json_bytes(struct unp_json *j, const char *name, const void *data, size_t len);

#endif
