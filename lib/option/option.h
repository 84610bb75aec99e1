/*
 * Socket options by name: what one can set and ask of an SCTP socket, as text
 *
 * The text that sets:
 *
 *   name=value                            nodelay=on   autoclose=60   hmac_ident=sha256,sha1
 *   name.field=value,field=value          rtoinfo.initial=500,max=2000,min=200
 *   name...@address                       peer_addr_params.hbinterval=1000@10.0.0.1
 *   name[key]=value                       event[association]=on   stream_scheduler_value[3]=10
 *   name                                  reset_assoc: an action that takes no value
 *
 * What does not end with "=" after a comma goes on with the value before it, so that a value may
 * be a list.  A field that is not named keeps its value.  Case does not matter in names and words.
 * Names are those of the API's constants, without SCTP_, SO_ or IP_, which may stand before them;
 * unp_opt_find() knows Erlang's (gen_sctp) as well.  Addresses are numbers, of the peer, or of
 * ours where the option says so, with ":port" (then IPv6 in brackets) where there is no
 * association to take the port from.
 *
 * The text that asks is the same without "=value": name, name.field, name[key], ...@address.
 */
#ifndef OPTION_H
#define OPTION_H

#include "unpsctp.h"
#include "json/json.h"

#include <stdio.h>

/* A word for a value, such as ttl, or for a bit of it.  A list of them ends with a NULL. */
struct unp_opt_word {
    const char *word;
    uint32_t value;
};

enum unp_opt_type {
    OPT_NUMBER,    /* without sign, host order */
    OPT_BOOL,      /* not 0 is on */
    OPT_ENUM,      /* one of the words, or a number up to max */
    OPT_FLAGS,     /* bits that have words: "a,b" or none */
    OPT_PPID,      /* network order */
    OPT_PORT,      /* network order */
    OPT_ADDRESS,   /* a sockaddr_storage */
    OPT_LIST,      /* numbers or words, at the end of the structure, with a count before them */
    OPT_BYTES,     /* the same as bytes: text, or 0x and hexadecimal digits */
    OPT_ADDRESSES, /* addresses one after the other */
};

enum unp_opt_field_is {
    FIELD_KEY = 1,       /* it says of what: name[key], or name@address */
    FIELD_READ_ONLY = 2, /* though others of the option can be set */
    FIELD_BARE = 4,      /* name=value means this one */
    FIELD_OURS = 8,      /* an address of this end, not of the peer's */
    FIELD_NEEDED = 16,   /* setting the option without it would mean something else */
};

/* A field of an option's structure; unused members are 0. */
struct unp_opt_field {
    const char *name; /* NULL: it is all that the option has */
    enum unp_opt_type type;
    size_t offset, size;   /* in the structure; of an OPT_LIST and OPT_BYTES those of one element */
    size_t count, countsz; /* offset and size of how many elements there are; countsz 0: the rest */
    const char *unit;      /* NULL: it has none */
    uint64_t min, max;     /* max 0: as its size allows */
    const struct unp_opt_word *words;
    const char *empty; /* the word for an empty list; NULL: none */
    unsigned is;       /* enum unp_opt_field_is */
    uint32_t implies;  /* flags (of the field called flags) that setting it sets... */
    uint32_t implies0; /* ...and setting it to 0, */
    uint32_t unless;   /* unless one of these is given */
};

enum unp_opt_is {
    OPT_GET = 1,
    OPT_SET = 2,
    OPT_BOTH = OPT_GET | OPT_SET,
    OPT_ZERO_KEEPS = 4,   /* a field of 0 stays as it is: set without asking first */
    OPT_ASSOC_ONLY = 8,   /* nothing to ask or set where there is no association */
    OPT_ADDR_NEEDED = 16, /* the same without an address */
    OPT_SET_OF = 32,      /* name=a,b turns these fields on and the others off */
};

/* An option.  RFC 6458, section 8, and those of later RFCs; socket(7), ip(7). */
struct unp_opt {
    const char *name, *constant;
    const char *aliases; /* with blanks between; NULL: none */
    int level, number;
    size_t size; /* of its structure, without what varies */
    unsigned is; /* enum unp_opt_is */
    int id;      /* where the association's id is in the structure; -1: nowhere */
    const struct unp_opt_field *fields;
    size_t count;
    const char *off;    /* what to do where the stack has it, switched off; may be NULL */
    const char *refuse; /* what its values have to obey; may be NULL */
};

/* All of them, in the order of their numbers. */
extern const struct unp_opt unp_opts[];
extern const size_t unp_opts_count;

/* The option of that name, spelt in any of the ways above (`len` bytes of it); NULL: none. */
const struct unp_opt *unp_opt_find(const char *name, size_t len);
/* The field of an option that is an address to ask or set of; NULL: it has none. */
const struct unp_opt_field *unp_opt_address(const struct unp_opt *opt);

/* ---- the text, without a socket: parse.c -------------------------- */

enum { OPT_ROOM = 4096 }; /* bytes that a value may take */

/* What a text asks for. */
struct unp_opt_request {
    const struct unp_opt *opt;
    uint32_t named;                /* the fields that it names, a bit each */
    size_t len;                    /* of value */
    unsigned char value[OPT_ROOM]; /* the structure with those fields, the others 0 */
};

/*
 * Understands a text that sets, or one that asks.  0, or -1 and `why`: what is wrong, and what
 * would be right.  Needs no socket and looks nothing up.
 */
int unp_opt_parse_set(struct unp_opt_request *r, const char *text, char *why, size_t size);
int unp_opt_parse_get(struct unp_opt_request *r, const char *text, char *why, size_t size);

/* Whether it can be done only where there is an association: an action, or an address of one. */
bool unp_opt_needs_association(const struct unp_opt_request *r);

/* ---- on a socket: option.c ----------------------------------------------- */

/*
 * Sets what `text` says of association `id`, or with SCTP_FUTURE_ASSOC (0) of those to come; the
 * id does not matter to options of the socket, and on a one-to-one socket.  0, or -1 with errno
 * and `why`: EINVAL when the text is wrong, else what the stack said.
 */
int unp_opt_set(int fd, sctp_assoc_t id, const char *text, char *why, size_t size);
/* The same, of a text that has been understood. */
int unp_opt_apply(int fd, sctp_assoc_t id, const struct unp_opt_request *r, char *why, size_t size);

/* What the stack answered. */
struct unp_opt_reading {
    const struct unp_opt *opt;
    uint32_t named;      /* the fields that were asked for by name; 0: all */
    unsigned char *data; /* the structure: free() it */
    size_t len;
};

/* Asks for what has been understood; returns as unp_opt_set() does. */
int unp_opt_read(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                 struct unp_opt_reading *answer, char *why, size_t size);
/* Goes on to the next key, where a key that has words was not given: they are asked for one after
 * the other.  False after the last.  (A key that is a number is 0.) */
bool unp_opt_next_key(struct unp_opt_request *r);

/* ---- as text and JSON: text.c ------------------------------------- */

/* One field's value, as it would be set. */
void unp_opt_print_value(FILE *to, const struct unp_opt_reading *a, const struct unp_opt_field *f);
/* "name[key]" and "@address", as far as the option has them: what stands around a field's name. */
void unp_opt_print_key(FILE *to, const struct unp_opt_reading *a);
void unp_opt_print_address(FILE *to, const struct unp_opt_reading *a);
/*
 * The whole as a text that unp_opt_set() takes, without a newline.  Fields that cannot be set are
 * left out unless they were asked for by name, or are all that there is.
 */
void unp_opt_print(FILE *to, const struct unp_opt_reading *a);
/* The value as JSON: of a field that has no name itself, else an object of the fields.  `name` as
 * for unp_json_open(). */
void unp_opt_json(struct unp_json *j, const char *name, const struct unp_opt_reading *a);

/* What `text` asks for, into `buf`, a line for each key, the newline of the last left out.  Returns
 * as unp_opt_set() does; ENOSPC: `size` is too small. */
int unp_opt_get(int fd, sctp_assoc_t id, const char *text, char *buf, size_t size, char *why,
                size_t why_size);

/* ---- what -O of a program gives: list.c --------------------------- */

/* Texts as unp_opt_set() takes them, each list with a NULL at its end, or NULL: none. */
struct unp_opt_list {
    const char **before, **after; /* to be set before there is an association, and when there is */
    size_t before_count, after_count;
};

/* Adds a text, which must live on, to the list where it belongs; ends the program where it is
 * wrong. */
void Unp_opt_list_add(struct unp_opt_list *l, const char *text);
/* Sets one of the lists, ending the program where the stack refuses. */
void Unp_opt_list_set(int fd, sctp_assoc_t id, const char *const *texts);
/* The same of those that a socket starts with: for `more` of struct unp_setup. */
void Unp_opt_list_set_future(int fd, const void *texts);
void unp_opt_list_free(struct unp_opt_list *l);

#endif
