/* The capture of SCTP packets: capture.c.  Locked. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <sys/uio.h>

#include "address.h"

void capture_open(void); /* the stack starts */
/* To be called for each packet that is sent or received. */
void capture_packet(const union address *from, const union address *to, const struct iovec *iov,
                    size_t n);
void capture_drop_inherited(void);

#endif
