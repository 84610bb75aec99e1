/* Why a host refused, or does not answer. */
#ifndef PING_HINT_H
#define PING_HINT_H

#include "unpsctp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { PING_HINT_SIZE = 600 };

struct ping_hint {
    const struct sockaddr *sa; /* the host, with the SCTP port */
    uint16_t port;             /* the same port */
    bool over_udp;             /* this stack runs over UDP */
    bool udp_only;             /* … and SCTP without UDP is not probed */
    int ms;                    /* time for each probe; at most three are sent */
    int64_t until;             /* end of the last one, in ms of unp_now(); 0: no limit */
};

/* Time for the next probe, ms. */
static inline int ping_hint_ms(const struct ping_hint *h)
{
    int64_t left = h->until ? h->until - unp_now() : h->ms;

    return left >= h->ms ? h->ms : left > 0 ? (int)left : 1;
}

/* Writes the text after "refused": the protocol or port that answers, or what to check; empty if
 * the probes found nothing.  Returns buf. */
const char *ping_hint_refused(const struct ping_hint *h, char *buf, size_t size);
/* Writes the text after "no INIT ACK came".  Returns buf. */
const char *ping_hint_no_answer(const struct ping_hint *h, char *buf, size_t size);
/* Writes that something on the way seems to have sent the ABORT, which took `us`, as "; something
 * ..."; empty if nothing tells so.  Sends at most three probes.  Returns buf. */
const char *ping_hint_between(const struct ping_hint *h, int64_t us, char *buf, size_t size);
/* Writes whether the host answers natively, as "; the host ..."; empty where that needs root. */
const char *ping_hint_natively(const struct ping_hint *h, char *buf, size_t size);

#endif
