/* What the chat's server and client agree on. */
#ifndef CHAT_H
#define CHAT_H

#define CHAT_PORT 9878 /* SCTP; UNP's echo has the one before */
/* The longest line that a member may say, in bytes, unless the server is told otherwise. */
#define CHAT_MAX_MESSAGE 65536

#endif
