/* Control messages, shared by the files of lib/ that send. */
#ifndef CMSG_H
#define CMSG_H

#include <stddef.h>
#include <sys/socket.h>

#pragma GCC visibility push(hidden)

/* Appends an SCTP control message to *m; msg_control must have room after msg_controllen. */
void unp_cmsg_put(struct msghdr *m, int type, const void *data, size_t len);

#pragma GCC visibility pop

#endif
