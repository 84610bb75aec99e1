/* The parts of events as JSON: fields.c.  The caller opens and closes the object. */
#ifndef FIELDS_H
#define FIELDS_H

#include "json.h"
#include "unpsctp.h"

/* "event" and all fields of a whole notification of `len` bytes. */
void json_notification(struct json *j, const union sctp_notification *n, size_t len);

/* "ppid", given in network order, and "ppid_name" if it has one; "length" in bytes, and "data". */
void json_ppid(struct json *j, uint32_t ppid);
void json_data(struct json *j, const unsigned char *data, size_t len);

#endif
