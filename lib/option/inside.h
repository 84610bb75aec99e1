/* What the files of lib/ that know the options share. */
#ifndef OPTION_INSIDE_H
#define OPTION_INSIDE_H

#include "option.h"

/* ---- the words of values: words.c --------------------------------- */

extern const struct opt_word opt_send_flags[], opt_path_flags[], opt_policies[], opt_policies_of[],
    opt_events[], opt_states[], opt_path_states[], opt_chunks[], opt_hmacs[], opt_directions[],
    opt_resets[], opt_schedulers[], opt_expose[];

/* ---- fields in memory: field.c ------------------------------------ */

/* Numbers of 1, 2, 4 or 8 bytes, in the order of this machine; they need not be aligned. */
uint64_t opt_get(const unsigned char *at, size_t size);
void opt_put(unsigned char *at, size_t size, uint64_t n);
/* The largest number that the field takes. */
uint64_t opt_max(const struct opt_field *field);
/* Whether its value stands at the end of the structure, and has no length of its own. */
bool opt_varies(const struct opt_field *field);
/* A field of an answer; 0 where that is too short for it. */
uint64_t opt_number(const struct sctp_opt_reading *a, const struct opt_field *field);
/* The address at this place of an answer, without its port; "" when there is none.  Returns how
 * many bytes it takes there. */
size_t opt_address(const struct sctp_opt_reading *a, size_t offset, char *buf, size_t size);
/* The word for a number; NULL: it has none. */
const char *opt_word_of(const struct opt_word *words, uint64_t n);
/* Is called with each part of a value that is a list: its word, or "" and its number. */
typedef void opt_part(void *to, const char *text, uint64_t n, bool first);
void opt_each(const struct sctp_opt_reading *a, const struct opt_field *field, opt_part *part,
              void *to);
/* Whether fields, other than keys, were asked for by name. */
bool opt_any_named(const struct sctp_opt_reading *a);

/* ---- understanding values: value.c -------------------------------- */

/* A part of the text. */
struct opt_slice {
    const char *at;
    size_t len;
};

/* For a message. */
#define SHOW(s) ((s).len > 60 ? 60 : (int)(s).len), (s).at

/* What is being understood. */
struct opt_parse {
    struct sctp_opt_request *r;
    const struct opt_field *field; /* whose value is read; NULL: not there yet */
    char *why;
    size_t size;
};

bool opt_is_word(struct opt_slice s, const char *word);
/* The part before the next of `stops`, which is taken from *rest; the stop stays. */
struct opt_slice opt_take(struct opt_slice *rest, const char *stops);
/* Takes this one character, if it comes next. */
bool opt_skip(struct opt_slice *rest, char c);
/* Says what is wrong with the option, or its field.  Returns -1 with EINVAL. */
int opt_fail(const struct opt_parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts a value into p->field of the request. */
int opt_set_value(struct opt_parse *p, struct opt_slice s);

#endif
