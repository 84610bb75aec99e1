/* Writes JSON (RFC 8259): names, values and commas; the caller closes what it opens. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Begin with {.f = where to}. */
struct unp_json {
    FILE *f;
    bool more; /* something came before in the same brackets: a comma is due */
};

/* The brackets are '{' and '}', or '[' and ']'.  `name` is NULL in an array, and outermost. */
void unp_json_open(struct unp_json *j, const char *name, char bracket);
void unp_json_close(struct unp_json *j, char bracket);

void unp_json_number(struct unp_json *j, const char *name, int64_t value);
void unp_json_real(struct unp_json *j, const char *name, double value, int decimals);
void unp_json_bool(struct unp_json *j, const char *name, bool value);
void unp_json_string(struct unp_json *j, const char *name, const char *text);
/* Any bytes as a string: those that are not UTF-8 become U+FFFD.  What unp_text_is_printable() is
 * not is escaped, so that the line may be shown on a terminal. */
void unp_json_bytes(struct unp_json *j, const char *name, const void *data, size_t len);

#endif
