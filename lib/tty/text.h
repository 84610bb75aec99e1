/* Text of any origin, escaped so that a terminal can show it. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_GROWTH 4 /* escaped text is at most this many times as long */

/* The first character of `text`: returns its length, 1 to 4 bytes, and *c; 0 if it is not UTF-8
 * (RFC 3629). */
size_t unp_text_character(const unsigned char *text, size_t len, uint32_t *c);

/* False for control characters, for those that change the direction of writing, and for invisible
 * ones that text does not need. */
bool unp_text_is_printable(uint32_t c);

/*
 * Copies text and escapes what is not printable: a byte as \x1b, a character as <U+202E>.  A tab
 * follows each newline, so that only the first line can look like the beginning of a message;
 * newlines at the end are dropped.  `to` needs TEXT_GROWTH * len + 1 bytes.  Returns the length
 * without the NUL.
 */
size_t unp_text_escape(const void *text, size_t len, char *to);
/* The length that unp_text_escape() would return. */
size_t unp_text_escaped_len(const void *text, size_t len);

/* Makes the program treat text as UTF-8, whatever the locale is. */
void unp_text_use_utf8(void);

#endif
