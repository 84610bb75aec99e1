/* Shared by the files of lib/option. */
#ifndef OPTION_INSIDE_H
#define OPTION_INSIDE_H

#include "newer.h"
#include "option.h"

#pragma GCC visibility push(hidden)

/* ---- the words of values: words.c --------------------------------- */

extern const struct unp_opt_word unp_opt_send_flags[], unp_opt_path_flags[], unp_opt_policies[],
    unp_opt_policies_of[], unp_opt_events[], unp_opt_states[], unp_opt_path_states[],
    unp_opt_chunks[], unp_opt_hmacs[], unp_opt_directions[], unp_opt_resets[], unp_opt_schedulers[],
    unp_opt_expose[];

/* ---- fields in memory: field.c ------------------------------------ */

/* Numbers of 1, 2, 4 or 8 bytes in host order; they need not be aligned. */
uint64_t unp_field_get(const unsigned char *at, size_t size);
void unp_field_put(unsigned char *at, size_t size, uint64_t n);
/* The largest number that a field can be set to. */
uint64_t unp_opt_max(const struct unp_opt_field *field);
/* Is the field the part of variable length at the end of the structure? */
bool unp_opt_varies(const struct unp_opt_field *field);
/* The number in a field; 0 when the value is too short for it: older kernels have fewer fields. */
uint64_t unp_field_number(const struct unp_opt_reading *a, const struct unp_opt_field *field);
/* Writes the address at this offset of a value, without its port; "" when there is none.  Returns
 * its size in the structure, in bytes. */
size_t unp_field_address(const struct unp_opt_reading *a, size_t offset, char *buf, size_t size);
/* The word for a number; NULL: none. */
const char *unp_opt_word_of(const struct unp_opt_word *words, uint64_t n);
/* Called for each element of a list, with its word, or "" and its number. */
typedef void opt_part(void *to, const char *text, uint64_t n, bool first);
void unp_opt_each(const struct unp_opt_reading *a, const struct unp_opt_field *field,
                  opt_part *part, void *to);
/* Were fields asked for by name, other than keys? */
bool unp_opt_any_named(const struct unp_opt_reading *a);

/* ---- parsing values: value.c ---------------------------------------------- */

/* A part of the text. */
struct unp_opt_slice {
    const char *at;
    size_t len;
};

/* Arguments for "%.*s" in a message, cut at 60 bytes. */
#define SHOW(s) ((s).len > 60 ? 60 : (int)(s).len), (s).at

/* The state of the parser. */
struct unp_opt_parse {
    struct unp_opt_request *r;
    const struct unp_opt_field *field; /* whose value is parsed; NULL: none yet */
    char *why;
    size_t size;
};

bool unp_opt_is_word(struct unp_opt_slice s, const char *word);
/* Takes the text before the next of `stops` from *rest; the stop stays. */
struct unp_opt_slice unp_opt_take(struct unp_opt_slice *rest, const char *stops);
/* Takes this character, if it comes next. */
bool unp_opt_skip(struct unp_opt_slice *rest, char c);
/* Writes what is wrong with the option or its field.  Returns -1 with EINVAL. */
int unp_opt_fail(const struct unp_opt_parse *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Parses a value into p->field of the request. */
int unp_opt_set_value(struct unp_opt_parse *p, struct unp_opt_slice s);

/* ---- names: name.c -------------------------------------------------------- */

/* Writes that there is no such option, and suggests names that contain this one, or differ from it
 * in one or two letters.  Returns -1 with EINVAL. */
int unp_opt_unknown(struct unp_opt_slice name, char *why, size_t size);
/* Set p->field to the field of this name, or to the field that "name=value" sets: the one with
 * FIELD_BARE, or without a name.  Return 0, or -1 as unp_opt_fail() does. */
int unp_opt_find_field(struct unp_opt_parse *p, struct unp_opt_slice name);
int unp_opt_find_bare(struct unp_opt_parse *p);

#pragma GCC visibility pop

#endif
