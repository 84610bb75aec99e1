/* What comes on a socket as lines of JSON: sctp_events(7). */
#ifndef EVENT_H
#define EVENT_H

#include "receive/receive.h"
#include "unpsctp.h"

/*
 * What comes on a socket as JSON (RFC 8259), one object on one line with its newline.  The fields
 * are those of RFC 6458 without what their names begin with (sac_, spc_...); sctp_events(7) has
 * them all.  Text of any origin is made fit to be shown; bytes that are not UTF-8 become U+FFFD.
 *
 *   {"event":"assoc_change","state":"comm_lost","error":12,"error_text":"user-initiated abort",
 *    "outbound_streams":10,"inbound_streams":10,"assoc_id":3,
 *    "causes":[{"code":12,"name":"user-initiated abort","text":"too slow"}]}
 *   {"event":"message","stream":1,"ssn":0,"tsn":7,"cumtsn":0,"flags":[],"ppid":60,
 *    "ppid_name":"ngap","context":0,"assoc_id":3,"length":5,"data":"hello"}
 *
 * Several threads may write to f.  Failures to write show in ferror(f).
 */
/* A whole notification of `len` bytes. */
void unp_notification_json(const union sctp_notification *n, size_t len, FILE *f);
/* The same with what the program knows of it: when an association of socket `fd` comes up, the
 * addresses of both ends; unless it is NULL, why the program `ended` the association. */
void unp_event_json(int fd, const union sctp_notification *n, size_t len, const char *ended,
                    FILE *f);
/* A whole message. */
void unp_message_json(const struct unp_message *msg, FILE *f);

#endif
