/* The heading of a printed message. */
#include "message.h"
#include "receive/receive.h"

#include <stdio.h>

void unp_message_marks(const struct unp_message *msg, FILE *f)
{
    uint32_t ppid = ntohl(msg->rcv.rcv_ppid);

    if (ppid && unp_ppid_name(ppid))
        fprintf(f, " ppid:%u(%s)", ppid, unp_ppid_name(ppid));
    else if (ppid)
        fprintf(f, " ppid:%u", ppid);
    if (msg->rcv.rcv_flags & SCTP_UNORDERED)
        fputs(" unordered", f);
}

void unp_message_head(const struct unp_message *msg, FILE *f)
{
    fprintf(f, "From str:%u seq:%u (assoc:0x%x)", msg->rcv.rcv_sid, msg->rcv.rcv_ssn,
            (unsigned)msg->rcv.rcv_assoc_id);
    unp_message_marks(msg, f);
    putc(':', f);
}
