/* The error causes of ABORT and ERROR chunks one by one.  RFC 9260, section 3.3.10. */
#ifndef CAUSE_H
#define CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unp_cause {
    uint16_t code; /* host order */
    const unsigned char *info;
    size_t len; /* of info, without header and padding */
};

/* Takes the cause that the `*len` bytes at *p begin with.  False: there is no whole one. */
bool unp_cause_next(const unsigned char **p, size_t *len, struct unp_cause *cause);
/* Whether its info is text that the peer wrote: a user's reason, an explanation. */
bool unp_cause_is_text(const struct unp_cause *c);
/* What its info says, as "stream 99" or a user's reason, made harmless; empty where that is nothing
 * to a person.  Returns buf. */
const char *unp_cause_detail(const struct unp_cause *c, char *buf, size_t size);
/* "invalid stream identifier: stream 99".  Returns buf. */
const char *unp_cause_text(const struct unp_cause *c, char *buf, size_t size);
/* The reason that the peer's program gave for its abort: the first that is not empty among these
 * causes, made harmless.  False: it gave none, and `buf` stays as it is.  RFC 9260, section
 * 3.3.10.12. */
bool unp_cause_abort_reason(const unsigned char *causes, size_t len, char *buf, size_t size);

#endif
