/*
 * Socket options by name: sets and gets every option of an SCTP socket as text.
 *
 * Text that sets an option:
 *
 *   name=value                            nodelay=on   autoclose=60   hmac_ident=sha256,sha1
 *   name.field=value,field=value          rtoinfo.initial=500,max=2000,min=200
 *   name...@address                       peer_addr_params.hbinterval=1000@10.0.0.1
 *   name[key]=value                       event[association]=on   stream_scheduler_value[3]=10
 *   name                                  reset_assoc: an action that takes no value
 *
 * Text after a comma that is not `field=` continues the previous value, so values may be
 * comma-separated lists.  A field that is not named keeps its value.  Names and words are not
 * case-sensitive.  Names are those of the API's constants, with or without SCTP_, SO_ or IP_, or
 * those of Erlang's gen_sctp.  Addresses are numeric, and the peer's unless the option is about a
 * local one.  Without an association to take the port from, an address needs ":port" (and IPv6
 * brackets).
 *
 * Text that gets an option is the same without "=value": name, name.field, name[key], ...@address.
 */
#ifndef OPTION_H
#define OPTION_H

#include "cmdline/cmdline.h"
#include "unpsctp.h"
#include "json/json.h"

#include <stdio.h>

/* A word for a value, such as ttl, or for one bit.  A list ends with a NULL word. */
struct unp_opt_word {
    const char *word;
    uint32_t value;
};

enum unp_opt_type {
    OPT_NUMBER,    /* unsigned, host order */
    OPT_BOOL,      /* any value but 0 is on */
    OPT_ENUM,      /* one of the words, or a number up to max */
    OPT_FLAGS,     /* bits with words: "a,b", or none */
    OPT_PPID,      /* network order */
    OPT_PORT,      /* network order */
    OPT_ADDRESS,   /* a sockaddr_storage */
    OPT_LIST,      /* numbers or words at the end of the structure, after their count */
    OPT_BYTES,     /* the same with bytes: text, or 0x and hexadecimal digits */
    OPT_ADDRESSES, /* packed addresses at the end of the structure */
};

enum unp_opt_field_is {
    FIELD_KEY = 1,       /* selects the instance: name[key], or name@address */
    FIELD_READ_ONLY = 2, /* cannot be set, although the option can */
    FIELD_BARE = 4,      /* name=value sets this field */
    FIELD_OURS = 8,      /* a local address, not the peer's */
    FIELD_NEEDED = 16,   /* must be given when the option is set */
};

/* A field of an option's structure; unused members are 0. */
struct unp_opt_field {
    const char *name; /* NULL: the option's only field */
    enum unp_opt_type type;
    size_t offset, size;   /* in the structure; for OPT_LIST and OPT_BYTES, of one element */
    size_t count, countsz; /* offset and size of the element count; countsz 0: no count */
    const char *unit;      /* NULL: none */
    uint64_t min, max;     /* max 0: what its size allows */
    const struct unp_opt_word *words;
    const char *empty; /* word for an empty list; NULL: none */
    unsigned is;       /* enum unp_opt_field_is */
    uint32_t implies;  /* bits that a value other than 0 sets in the option's OPT_FLAGS field */
    uint32_t implies0; /* bits that a value of 0 sets there */
    uint32_t unless;   /* if the text gives one of these bits, none is set */
};

enum unp_opt_is {
    OPT_GET = 1,
    OPT_SET = 2,
    OPT_BOTH = OPT_GET | OPT_SET,
    OPT_ZERO_KEEPS = 4,   /* setting a field to 0 keeps its value: no need to get it first */
    OPT_ASSOC_ONLY = 8,   /* needs an association */
    OPT_ADDR_NEEDED = 16, /* needs an address */
    OPT_SET_OF = 32,      /* name=a,b turns these fields on and all others off */
};

/* An option.  RFC 6458, section 8, and those of later RFCs; socket(7), ip(7). */
struct unp_opt {
    const char *name, *constant;
    const char *aliases; /* separated by blanks; NULL: none */
    int level, number;
    size_t size; /* of its structure, without a variable part */
    unsigned is; /* enum unp_opt_is */
    int id;      /* offset of the association's id; -1: none */
    const struct unp_opt_field *fields;
    size_t count;
    const char *off;    /* what to do when the stack has it switched off; may be NULL */
    const char *refuse; /* why the stack may refuse its values; may be NULL */
};

/* All options: SCTP's in the order of their numbers, then those of socket(7), ip(7), ipv6(7). */
extern const struct unp_opt unp_opts[];
extern const size_t unp_opts_count;

/* Finds an option by its name of `len` bytes, in any spelling above.  NULL: none. */
const struct unp_opt *unp_opt_find(const char *name, size_t len);
/* The option's key that is an address; NULL: none. */
const struct unp_opt_field *unp_opt_address(const struct unp_opt *opt);

/* ---- parsing, without a socket: parse.c ----------------------------------- */

enum { OPT_ROOM = 4096 }; /* bytes of the largest value */

/* A parsed text. */
struct unp_opt_request {
    const struct unp_opt *opt;
    uint32_t named;                /* bit i: the text names field i */
    size_t len;                    /* of value */
    unsigned char value[OPT_ROOM]; /* the structure; fields that are not named are 0 */
};

/*
 * Parse a text that sets an option, or one that gets one.  Return 0, or -1 and `why`: the error and
 * how to correct it.  Use no socket and resolve no names.
 */
int unp_opt_parse_set(struct unp_opt_request *r, const char *text, char *why, size_t size);
int unp_opt_parse_get(struct unp_opt_request *r, const char *text, char *why, size_t size);

/* Must an association exist, because the option applies to one, or the text names an address? */
bool unp_opt_needs_association(const struct unp_opt_request *r);

/* ---- on a socket: option.c ----------------------------------------------- */

/*
 * Sets the option in `text` for association `id`, or with SCTP_FUTURE_ASSOC (0) for future ones.
 * Options of the whole socket, and one-to-one sockets, ignore the id.  Returns 0, or -1 with errno
 * and `why`: EINVAL when the text is wrong, otherwise the stack's error.
 */
int unp_opt_set(int fd, sctp_assoc_t id, const char *text, char *why, size_t size);

/* The value of an option. */
struct unp_opt_reading {
    const struct unp_opt *opt;
    uint32_t named;      /* bit i: field i was asked for by name; 0: all fields */
    unsigned char *data; /* the structure; free() it after use */
    size_t len;
};

/* Gets the value of a parsed option.  Returns as unp_opt_set() does. */
int unp_opt_read(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                 struct unp_opt_reading *answer, char *why, size_t size);
/* If the text omits a key that has words, sets the key to its next word, so that a loop gets the
 * value for each word.  False after the last word, and when no such key is omitted.  An omitted key
 * that is a number stays 0. */
bool unp_opt_next_key(struct unp_opt_request *r);

/* ---- as text and JSON: text.c, json.c -------------------------------------- */

/* Prints a field's value as the text that sets it. */
void unp_opt_print_value(FILE *to, const struct unp_opt_reading *a, const struct unp_opt_field *f);
/* Print "name[key]" and "@address", as far as the option has them. */
void unp_opt_print_key(FILE *to, const struct unp_opt_reading *a);
void unp_opt_print_address(FILE *to, const struct unp_opt_reading *a);
/*
 * Prints the option as a text that unp_opt_set() takes, without a newline.  Fields that cannot be
 * set are left out, unless they were asked for by name or there are no others.
 */
void unp_opt_print(FILE *to, const struct unp_opt_reading *a);
/* Prints the value as JSON: a plain value if the option's only field has no name, otherwise an
 * object of its fields.  `name` as for unp_json_open(). */
void unp_opt_json(struct unp_json *j, const char *name, const struct unp_opt_reading *a);

/* Gets the option in `text` as text in `buf`: a line for each key, without the last newline.
 * Returns as unp_opt_set() does; ENOSPC: `size` is too small. */
int unp_opt_get(int fd, sctp_assoc_t id, const char *text, char *buf, size_t size, char *why,
                size_t why_size);

/* ---- the -O option of programs: list.c ------------------------------------ */

/* Texts for unp_opt_set(), as arrays that end with a NULL; NULL: none. */
struct unp_opt_list {
    const char **before, **after; /* to set before and after an association is set up */
    size_t before_count, after_count;
};

/* The row of -O for Unp_options().  Appends the text, without copying it, to the array that suits
 * it; ends the program when the text is wrong. */
#define UNP_OPT_OPTION(list)                                                                       \
    {                                                                                              \
        "option", 'O', "=OPTION", "set a socket option, NAME.FIELD=VALUE: see sctp_opts(1)",       \
            UNP_TAKE(Unp_take_opt, list)                                                           \
    }
void Unp_take_opt(const struct unp_cmdline_option *o, const char *option, const char *text);
/* Sets the options of one array.  Ends the program when the stack refuses one. */
void Unp_opt_list_set(int fd, sctp_assoc_t id, const char *const *texts);
/* The same for a new socket, as a value for `set_options` of struct unp_setup. */
void Unp_opt_list_set_future(int fd, const void *texts);
void unp_opt_list_free(struct unp_opt_list *l);

#endif
