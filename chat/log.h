/* What the room does, as lines of JSON (-J): sctp_chat_srv(1).  Print nothing without -J. */
#ifndef CHAT_LOG_H
#define CHAT_LOG_H

#include "member.h"
#include "server/server.h"

/* "joined", "renamed" or "left"; `value` NULL: without the field. */
void log_member(const struct unp_server *srv, const char *event, const struct member *m,
                const char *field, const char *value);
/* "said" or, by /me, "action". */
void log_said(const struct unp_server *srv, const char *event, const struct member *m,
              uint16_t channel, const char *text, size_t len);

#endif
