/* Receiving in batches, and reassembly of messages. */
#ifndef UNP_RECEIVE_H
#define UNP_RECEIVE_H

#include "unpsctp.h"

/* A count of bytes that several threads change. */
#ifdef __cplusplus
#include <atomic>
typedef std::atomic<std::size_t> unp_atomic_size;
#else
#include <stdatomic.h>
typedef atomic_size_t unp_atomic_size;
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A whole message or notification. */
struct unp_message {
    unsigned char *data;
    size_t len;
    struct sctp_rcvinfo rcv;
    unsigned char *owned; /* free() this after use; NULL: data is in the inbox */
};

/* The incomplete messages of one association.  All zero: none. */
struct unp_reassembly {
    struct unp_part *parts;
    size_t size;            /* bytes of data in parts */
    size_t allocated;       /* bytes of memory in use … */
    unp_atomic_size *total; /* … which are added here as well; may be NULL */
    bool aborted;           /* set by receiver.c: the association is aborted, drop its data */
};

/* Drops all incomplete messages: the association has ended. */
void unp_reassembly_clear(struct unp_reassembly *a);

#ifdef __cplusplus
}
#endif

#endif
