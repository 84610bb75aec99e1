/* The heading of a printed message. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "receive/receive.h"
#include "unpsctp.h"

/* Prints the heading of UNP's client, with the marks: "From str:1 seq:0 (assoc:0x3) ppid:60(ngap)
 * unordered:". */
void unp_message_head(const struct unp_message *msg, FILE *f);
/* Prints a message's PPID and flag, if they are set: " ppid:60(ngap) unordered". */
void unp_message_marks(const struct unp_message *msg, FILE *f);

#endif
