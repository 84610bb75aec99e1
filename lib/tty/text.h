/* What others wrote, made fit to be shown. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_GROWTH 4 /* so many times longer text may get, at most */

/* The character that `text` begins with: its bytes, 1 to 4, and *c; 0 if it is no UTF-8 (RFC 3629).
 */
size_t unp_text_character(const unsigned char *text, size_t len, uint32_t *c);

/* Whether a terminal shows the character as itself and does nothing else: no control character,
 * none that turns the direction of writing, or is invisible and not a part of text. */
bool unp_text_is_printable(uint32_t c);

/*
 * Copies text, showing what is not harmless instead of doing it: a byte as \x1b, a character as
 * <U+202E>.  A newline is followed by a tab, so that no line but the first can look like the
 * beginning of a message; newlines at the end are left out.  `to` has room for
 * TEXT_GROWTH * len + 1 bytes; returns how many are used without the NUL that ends them.
 */
size_t unp_text_escape(const void *text, size_t len, char *to);
/* What unp_text_escape() would return. */
size_t unp_text_escaped_len(const void *text, size_t len);

/* From now on the text is UTF-8, whatever the locale is. */
void unp_text_use_utf8(void);

#endif
