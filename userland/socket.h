/* The system calls on a socket; they return what those of the same names do.  Locked. */
#ifndef SOCKET_H
#define SOCKET_H

#include "usock.h"

int usock_create(int domain, int type); /* socket(2) */
int usock_bind(struct usock *s, const struct sockaddr *address, socklen_t length);
int usock_listen(struct usock *s, int backlog);
int usock_accept(struct usock *s, struct sockaddr *address, socklen_t *length, int flags);
int usock_connect(struct usock *s, const struct sockaddr *address, socklen_t length);
int usock_shutdown(struct usock *s, int how);
ssize_t usock_sendmsg(struct usock *s, const struct msghdr *msg, int flags);
ssize_t usock_recvmsg(struct usock *s, struct msghdr *msg, int flags);
int usock_getsockopt(struct usock *s, int level, int name, void *value, socklen_t *length);
int usock_setsockopt(struct usock *s, int level, int name, const void *value, socklen_t length);
size_t usock_readable_bytes(struct usock *s); /* FIONREAD */
/* getsockname, getpeername. */
int usock_name(struct usock *s, bool peer, struct sockaddr *address, socklen_t *length);

/* sctp_bindx, sctp_connectx, sctp_getladdrs, sctp_getpaddrs (struct sctp_getaddrs), sctp_peeloff.
 */
int usock_bindx(struct usock *s, const void *list, socklen_t size, bool add);
int usock_connectx(struct usock *s, const void *list, socklen_t size, sctp_assoc_t *id);
int usock_addresses(struct usock *s, bool peer, void *value, socklen_t *length);
int usock_peeloff(struct usock *s, sctp_assoc_t id, int flags);

/* Parts of several system calls. */
/* Moves the SCTP port of this number to another UDP port, because the program wants to bind a UDP
 * socket to this one.  False: it has associations, or there is no such port. */
bool usock_leave_port(uint16_t number);
int usock_bind_to_listen(struct usock *s); /* as usock_autobind(); tells other processes of it */
int usock_autobind(struct usock *s); /* binds to the wildcard and an ephemeral port, if unbound */
/* To be called before an association is started: replaces the stack's socket if an earlier attempt
 * failed. */
int reconnect_prepare(struct usock *s);
/* True, with errno EADDRNOTAVAIL, if the association with peer was peeled off: the endpoint can
 * have no other with it. */
bool usock_is_peeled_off(struct usock *s, const union address *peer);

void usock_release(struct usock *s); /* its last descriptor is closed */
void usock_drain(void);              /* the process exits.  Unlocked. */

#endif
