/* Notifications and messages as JSON lines: sctp_events(7). */
#ifndef EVENT_H
#define EVENT_H

#include "receive/receive.h"
#include "unpsctp.h"

/*
 * Each function prints a JSON object (RFC 8259) and a newline.  The fields have the names of RFC
 * 6458 without their prefixes (sac_, spc_...); sctp_events(7) describes them.  Unprintable
 * characters are escaped, and bytes that are not UTF-8 become U+FFFD.
 *
 *   {"event":"assoc_change","state":"comm_lost","error":12,"error_text":"user-initiated abort",
 *    "outbound_streams":0,"inbound_streams":0,"assoc_id":3,
 *    "causes":[{"code":12,"name":"user-initiated abort","text":"too slow"}]}
 *   {"event":"message","stream":1,"ssn":0,"tsn":7,"cumtsn":0,"flags":[],"ppid":60,
 *    "ppid_name":"ngap","context":0,"assoc_id":3,"length":5,"data":"hello"}
 *
 * Several threads may write to f.  Write errors show in ferror(f).
 */
/* A whole notification of `len` bytes. */
void unp_notification_json(const union sctp_notification *n, size_t len, FILE *f);
/* The same, with the addresses of both ends when an association of socket `fd` comes up, and with
 * the reason why this program ended the association, unless that is NULL. */
void unp_event_json(int fd, const union sctp_notification *n, size_t len, const char *close_reason,
                    FILE *f);
/* A whole message. */
void unp_message_json(const struct unp_message *msg, FILE *f);
/* An event of the program with one number: {"event":"listening","port":9877}. */
void unp_number_json(const char *event, const char *field, int64_t value, FILE *f);

#endif
