/* Parts of events as JSON.  The caller opens and closes the object. */
#ifndef FIELDS_H
#define FIELDS_H

#include "json.h"
#include "unpsctp.h"

/* "event" and all fields of a whole notification of `len` bytes. */
void unp_json_notification(struct unp_json *j, const union sctp_notification *n, size_t len);

/* "ppid", given in network order, and "ppid_name" if it has one; "length" in bytes, and "data". */
void unp_json_ppid(struct unp_json *j, uint32_t ppid);
void unp_json_data(struct unp_json *j, const unsigned char *data, size_t len);

#endif
