/* Constants shared by the chat server and client. */
#ifndef CHAT_H
#define CHAT_H

#define CHAT_PORT 9878 /* SCTP; UNP's echo uses 9877 */
/* Default limit of a line, bytes. */
#define CHAT_MAX_MESSAGE 65536

#endif
