/* What the files of lib/ that know the options share. */
#ifndef OPTION_INSIDE_H
#define OPTION_INSIDE_H

#include "option.h"

/* ---- the words of values: words.c --------------------------------- */

extern const struct unp_opt_word unp_opt_send_flags[], unp_opt_path_flags[], unp_opt_policies[],
    unp_opt_policies_of[], unp_opt_events[], unp_opt_states[], unp_opt_path_states[],
    unp_opt_chunks[], unp_opt_hmacs[], unp_opt_directions[], unp_opt_resets[], unp_opt_schedulers[],
    unp_opt_expose[];

/* ---- fields in memory: field.c ------------------------------------ */

/* Numbers of 1, 2, 4 or 8 bytes, in the order of this machine; they need not be aligned. */
uint64_t unp_field_get(const unsigned char *at, size_t size);
void unp_field_put(unsigned char *at, size_t size, uint64_t n);
/* The largest number that the field takes. */
uint64_t unp_opt_max(const struct unp_opt_field *field);
/* Whether its value stands at the end of the structure, and has no length of its own. */
bool unp_opt_varies(const struct unp_opt_field *field);
/* A field of an answer; 0 where that is too short for it. */
uint64_t unp_field_number(const struct unp_opt_reading *a, const struct unp_opt_field *field);
/* The address at this place of an answer, without its port; "" when there is none.  Returns how
 * many bytes it takes there. */
size_t unp_field_address(const struct unp_opt_reading *a, size_t offset, char *buf, size_t size);
/* The word for a number; NULL: it has none. */
const char *unp_opt_word_of(const struct unp_opt_word *words, uint64_t n);
/* Is called with each part of a value that is a list: its word, or "" and its number. */
typedef void opt_part(void *to, const char *text, uint64_t n, bool first);
void unp_opt_each(const struct unp_opt_reading *a, const struct unp_opt_field *field,
                  opt_part *part, void *to);
/* Whether fields, other than keys, were asked for by name. */
bool unp_opt_any_named(const struct unp_opt_reading *a);

/* ---- understanding values: value.c -------------------------------- */

/* A part of the text. */
struct unp_opt_slice {
    const char *at;
    size_t len;
};

/* For a message. */
#define SHOW(s) ((s).len > 60 ? 60 : (int)(s).len), (s).at

/* What is being understood. */
struct unp_opt_parse {
    struct unp_opt_request *r;
    const struct unp_opt_field *field; /* whose value is read; NULL: not there yet */
    char *why;
    size_t size;
};

bool unp_opt_is_word(struct unp_opt_slice s, const char *word);
/* The part before the next of `stops`, which is taken from *rest; the stop stays. */
struct unp_opt_slice unp_opt_take(struct unp_opt_slice *rest, const char *stops);
/* Takes this one character, if it comes next. */
bool unp_opt_skip(struct unp_opt_slice *rest, char c);
/* Says what is wrong with the option, or its field.  Returns -1 with EINVAL. */
int unp_opt_fail(const struct unp_opt_parse *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts a value into p->field of the request. */
int unp_opt_set_value(struct unp_opt_parse *p, struct unp_opt_slice s);

#endif
