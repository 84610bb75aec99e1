/* Writes JSON (RFC 8259): names, values and commas; the caller closes what it opens. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Begin with {.f = where to}. */
struct json {
    FILE *f;
    bool more; /* something came before in the same brackets: a comma is due */
};

/* The brackets are '{' and '}', or '[' and ']'.  `name` is NULL in an array, and outermost. */
void json_open(struct json *j, const char *name, char bracket);
void json_close(struct json *j, char bracket);

void json_number(struct json *j, const char *name, int64_t value);
void json_real(struct json *j, const char *name, double value, int decimals);
void json_bool(struct json *j, const char *name, bool value);
void json_string(struct json *j, const char *name, const char *text);
/* Any bytes as a string: those that are not UTF-8 become U+FFFD.  What text_harmless() is not is
 * escaped, so that the line may be shown on a terminal. */
void json_bytes(struct json *j, const char *name, const void *data, size_t len);

#endif
