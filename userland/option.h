/* The options of SCTP (RFC 6458, 8): option*.c and subscription.c.  Functions return 0, or -1 with
 * errno. */
#ifndef OPTION_H
#define OPTION_H

#include "usock.h"

int option_get(struct usock *s, int name, void *value, socklen_t *length); /* level IPPROTO_SCTP */
int option_set(struct usock *s, int name, const void *value, socklen_t length);

int option_get_ip(struct usock *s, int level, int name, void *value, socklen_t *length);
int option_set_ip(struct usock *s, int level, int name, const void *value, socklen_t length);

int option_get_by_table(struct usock *s, int name, void *value, socklen_t *length);
int option_set_by_table(struct usock *s, int name, const void *value, socklen_t length);
/* Returns result; if it is -1, replaces libusrsctp's errno for an unknown association by Linux's.
 */
int option_no_association(int result);

/* SCTP_GET_PEER_ADDR_INFO, SCTP_PEER_ADDR_PARAMS. */
enum { MOST_SACK_DELAY = 500 }; /* ms */
int option_get_peer_info(struct usock *s, void *value, socklen_t *length);
int option_get_path(struct usock *s, void *value, socklen_t *length);
int option_set_path(struct usock *s, const void *value, socklen_t length);

/* SCTP_…_SUPPORTED. */
int option_get_extension(struct usock *s, int name, void *value, socklen_t *length);
int option_set_extension(struct usock *s, int name, const void *value, socklen_t length);

/* True, with errno EACCES, if the option needs SCTP_AUTH_SUPPORTED, which is off. */
bool option_lacks_auth(struct usock *s, int name, const void *value, socklen_t length);
int option_set_peer_primary(struct usock *s, const void *value, socklen_t length);
/* SCTP_RESET_STREAMS, SCTP_RESET_ASSOC, SCTP_ADD_STREAMS. */
int option_request_reset(struct usock *s, int name, const void *value, socklen_t length);

/* option_int.c */
int option_set_interleave(struct usock *s, const void *value, socklen_t length);
int option_get_auto_asconf(struct usock *s, void *value, socklen_t *length);
int option_set_auto_asconf(struct usock *s, const void *value, socklen_t length);
int option_get_reuse_port(struct usock *s, void *value, socklen_t *length);
int option_set_reuse_port(struct usock *s, const void *value, socklen_t length);
int option_set_mapped_v4(struct usock *s, const void *value, socklen_t length);
int option_set_delivery_point(struct usock *s, const void *value, socklen_t length);

/* SCTP_EVENTS, SCTP_EVENT. */
int subscription_set_all(struct usock *s, const unsigned char *wanted, socklen_t length);
int subscription_get_all(struct usock *s, unsigned char *to, socklen_t *length);
int subscription_set(struct usock *s, const void *value, socklen_t length);
int subscription_get(struct usock *s, void *value, socklen_t *length);

/* Of option_convert.c: makes libusrsctp's layout of Linux's (to_stack), or the reverse; the target
 * is zero at first. */
typedef int conversion(struct usock *s, void *linux_value, void *stack_value, bool to_stack);
conversion convert_assocparams, convert_primary, convert_paddrparams, convert_paddrinfo,
    convert_status, convert_sndinfo, convert_sndrcv, convert_prinfo, convert_prstatus,
    convert_thresholds, convert_thresholds2, convert_encaps, convert_scheduler;

int option_give_int(int n, void *value, socklen_t *length);
int option_give(const void *from, socklen_t size, void *value, socklen_t *length);
int option_take_int(const void *value, socklen_t length, int *n);
int option_take_flag(bool *flag, const void *value, socklen_t length);

#endif
