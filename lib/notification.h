/* What the decoders of notifications share: text (notification.c), JSON (fields.c). */
#ifndef NOTIFICATION_H
#define NOTIFICATION_H

#include "unpsctp.h"

/* The type of the notification if it is known, and not shorter than its type must be: up to the
 * array in which some end.  Else 0: it is not to be looked into. */
uint16_t notification_type(const union sctp_notification *n, size_t len);

/* The features of a peer in the sac_info of an association that comes up, in words; NULL for
 * others.  RFC 6458, section 6.1.1.  (Linux tells none.) */
const char *notification_feature(uint8_t feature);

#endif
