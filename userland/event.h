/* Conversion of notifications, flags and states between Linux and libusrsctp (event.c,
 * event_fragment.c, flags.c). */
#ifndef EVENT_H
#define EVENT_H

#include "usock.h"

/* Translates libusrsctp's notification of *size bytes.  Returns Linux's, allocated, and sets *size
 * to its size.  NULL: Linux has none for it, or there is no memory. */
unsigned char *event_translate(struct usock *s, const unsigned char *event, size_t *size);
/* Makes a notification, allocated, the one that the program reads next. */
void event_begin(struct usock *s, unsigned char *event, size_t size);
void event_next(struct usock *s);         /* it was read to event_end */
uint16_t event_stack_type(unsigned type); /* libusrsctp's type of Linux's; 0: none */
/* The program aborts this association: SCTP_COMM_LOST will have the error "user-initiated abort".
 */
void event_user_abort(struct usock *s, uint32_t stack_id);

uint16_t flags_to_stack(uint16_t flags); /* of SCTP_SNDINFO: SCTP_UNORDERED, … */
uint16_t flags_to_linux(uint16_t flags);
uint16_t policy_to_stack(uint16_t policy); /* SCTP_PR_SCTP_TTL, … */
uint16_t policy_to_linux(uint16_t policy);
int status_to_linux(int stack_state); /* sstat_state */

#endif
