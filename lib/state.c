/* Names of the states of associations and of their addresses. */
#include "unpsctp.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *name_of(const char *const *names, size_t count, int state)
{
    static _Thread_local char unknown[32];

    if (state >= 0 && (size_t)state < count)
        return names[state];
    snprintf(unknown, sizeof(unknown), "unknown state %d", state);
    return unknown;
}

const char *unp_state_name(int32_t state)
{
    static const char *const names[] = {
        [SCTP_EMPTY] = "empty",
        [SCTP_CLOSED] = "closed",
        [SCTP_COOKIE_WAIT] = "cookie-wait",
        [SCTP_COOKIE_ECHOED] = "cookie-echoed",
        [SCTP_ESTABLISHED] = "established",
        [SCTP_SHUTDOWN_PENDING] = "shutdown-pending",
        [SCTP_SHUTDOWN_SENT] = "shutdown-sent",
        [SCTP_SHUTDOWN_RECEIVED] = "shutdown-received",
        [SCTP_SHUTDOWN_ACK_SENT] = "shutdown-ack-sent",
    };

    return name_of(names, COUNT(names), state);
}

const char *unp_address_state_name(int state)
{
    static const char *const names[] = {
        [SCTP_INACTIVE] = "inactive",
        [SCTP_PF] = "potentially failed",
        [SCTP_ACTIVE] = "active",
        [SCTP_UNCONFIRMED] = "unconfirmed",
    };

    return state == SCTP_UNKNOWN ? "unknown" : name_of(names, COUNT(names), state);
}
