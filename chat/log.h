/* Events of the room as lines of JSON (-J): sctp_chat_srv(1).  Nothing is printed without -J. */
#ifndef CHAT_LOG_H
#define CHAT_LOG_H

#include "member.h"
#include "server/server.h"

/* Prints event "joined", "renamed" or "left", with one more field unless `value` is NULL. */
void log_member(const struct unp_server *srv, const char *event, const struct member *m,
                const char *field, const char *value);
/* Prints event "said" or, for /me, "action". */
void log_said(const struct unp_server *srv, const char *event, const struct member *m,
              uint16_t channel, const char *text, size_t len);

#endif
