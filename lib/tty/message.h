/* What a person is told of a message before its text. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "receive/receive.h"
#include "unpsctp.h"

/* What goes before the text of a message for a person, as UNP's client has it, with what is
 * unusual of it: "From str:1 seq:0 (assoc:0x3) ppid:60(ngap) unordered:". */
void unp_message_head(const struct unp_message *msg, FILE *f);

#endif
