/* The error causes of ABORT and ERROR chunks, one by one.  RFC 9260, section 3.3.10. */
#ifndef CAUSE_H
#define CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

struct unp_cause {
    uint16_t code; /* host order */
    const unsigned char *info;
    size_t len; /* of info, without header and padding */
};

/* Takes the first cause of the *len bytes at *p.  False: there is no complete one. */
bool unp_cause_next(const unsigned char **p, size_t *len, struct unp_cause *cause);
/* Is its info a text from the peer: a user's abort reason, or an explanation? */
bool unp_cause_is_text(const struct unp_cause *c);
/* Its info as text, "stream 99" or a user's reason, made printable; empty when there is nothing to
 * tell a user.  Returns buf. */
const char *unp_cause_detail(const struct unp_cause *c, char *buf, size_t size);
/* "invalid stream identifier: stream 99".  Returns buf. */
const char *unp_cause_text(const struct unp_cause *c, char *buf, size_t size);
/* The abort reason of the peer's program, made printable: the first user-initiated-abort cause with
 * text.  False: there is none, and `buf` is unchanged.  RFC 9260, section 3.3.10.12. */
bool unp_cause_abort_reason(const unsigned char *causes, size_t len, char *buf, size_t size);

#pragma GCC visibility pop

#endif
