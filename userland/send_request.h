/* A request of sendmsg: send_request.c reads it, send.c executes it. */
#ifndef SEND_REQUEST_H
#define SEND_REQUEST_H

#include "address.h"
#include "libusrsctp.h"

struct usock;

struct request {
    struct usr_sctp_sendv_spa how;
    uint16_t flags; /* Linux's */
    bool has_key;   /* SCTP_AUTHINFO */
    uint16_t key;
    bool has_address;
    union address to;
    union address more[16]; /* SCTP_DSTADDRV4/6 */
    int n_more;
};

/* 0; -1 and EINVAL: the message asks for what Linux refuses. */
int request_take(struct usock *s, struct request *r, const struct msghdr *msg);

#endif
