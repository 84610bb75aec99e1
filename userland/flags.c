/* Flags of a message (RFC 6458, 5.3.2, 5.3.4, 5.3.7) and states of an association: their numbers on
 * Linux and in libusrsctp differ. */
#include "event.h"
#include "libusrsctp.h"

static const struct {
    uint16_t linux_flag, stack_flag;
} flag_table[] = {
    {SCTP_UNORDERED, usr_SCTP_UNORDERED},
    {SCTP_ADDR_OVER, usr_SCTP_ADDR_OVER},
    {SCTP_ABORT, usr_SCTP_ABORT},
    {SCTP_SACK_IMMEDIATELY, usr_SCTP_SACK_IMMEDIATELY},
    {SCTP_EOF, usr_SCTP_EOF},
};

uint16_t flags_to_stack(uint16_t flags)
{
    uint16_t result = 0;
    for (size_t i = 0; i < sizeof(flag_table) / sizeof(*flag_table); i++)
        if (flags & flag_table[i].linux_flag)
            result |= flag_table[i].stack_flag;
    return result;
}

uint16_t flags_to_linux(uint16_t flags)
{
    uint16_t result = 0;
    for (size_t i = 0; i < sizeof(flag_table) / sizeof(*flag_table); i++)
        if (flags & flag_table[i].stack_flag)
            result |= flag_table[i].linux_flag;
    return result;
}

uint16_t policy_to_stack(uint16_t policy)
{
    switch (policy & SCTP_PR_SCTP_MASK) {
    case SCTP_PR_SCTP_TTL:
        return usr_SCTP_PR_SCTP_TTL;
    case SCTP_PR_SCTP_RTX:
        return usr_SCTP_PR_SCTP_RTX;
    case SCTP_PR_SCTP_PRIO:
        return usr_SCTP_PR_SCTP_BUF;
    default:
        return usr_SCTP_PR_SCTP_NONE;
    }
}

uint16_t policy_to_linux(uint16_t policy)
{
    switch (policy & 0xf) {
    case usr_SCTP_PR_SCTP_TTL:
        return SCTP_PR_SCTP_TTL;
    case usr_SCTP_PR_SCTP_RTX:
        return SCTP_PR_SCTP_RTX;
    case usr_SCTP_PR_SCTP_BUF:
        return SCTP_PR_SCTP_PRIO;
    default:
        return SCTP_PR_SCTP_NONE;
    }
}

int status_to_linux(int stack_state)
{
    static const struct {
        int bit, state;
    } states[] = {
        {usr_SCTP_SHUTDOWN_ACK_SENT, SCTP_SHUTDOWN_ACK_SENT},
        {usr_SCTP_SHUTDOWN_RECEIVED, SCTP_SHUTDOWN_RECEIVED},
        {usr_SCTP_SHUTDOWN_SENT, SCTP_SHUTDOWN_SENT},
        {usr_SCTP_SHUTDOWN_PENDING, SCTP_SHUTDOWN_PENDING},
        {usr_SCTP_ESTABLISHED, SCTP_ESTABLISHED},
        {usr_SCTP_COOKIE_ECHOED, SCTP_COOKIE_ECHOED},
        {usr_SCTP_COOKIE_WAIT, SCTP_COOKIE_WAIT},
    };
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
        if (stack_state & states[i].bit)
            return states[i].state;
    return SCTP_CLOSED;
}
