/* What the servers of this tree share, besides the framework: their options and lines of output. */
#ifndef SERVER_PROGRAM_H
#define SERVER_PROGRAM_H

#include "cmdline/cmdline.h"
#include "server.h"

/* Rows of these options for Unp_options().  Set srv.memory.limit before: --help prints it. */
#define UNP_SERVER_OPTIONS(srv)                                                                    \
    {"port", 'p', "=PORT", "SCTP port (default %lld)", UNP_NUMBER((srv).setup.port, 1, 65535)},    \
        UNP_BIND_OPTION((srv).setup.local),                                                        \
        {"max", 'm', "=BYTES",                                                                     \
         "largest message (default %lld); a larger one aborts its association",                    \
         UNP_NUMBER((srv).max_message, 1, 256 << 20)},                                             \
        {"memory", 0, "=BYTES",                                                                    \
         "limit of memory for queued and partly received messages (default %lld, a quarter of "    \
         "what this process may use); above it, the association that uses most is aborted",        \
         UNP_NUMBER((srv).memory.limit, 1, INT64_MAX)},                                            \
        UNP_TIME_OPTION,                                                                           \
    {                                                                                              \
        "verbose", 'v', NULL, "print one line for each notification",                              \
            UNP_FLAG((srv).verbose, true)                                                          \
    }

/* Prints, as text or JSON, that an association has `what` of its own: "a socket". */
void unp_report_peeled(sctp_assoc_t id, const char *what, bool json);

/* Removes and frees the entry, with its send queue and incomplete messages. */
void unp_table_remove(struct unp_table *t, struct unp_sender *out, struct unp_association *a);

/* Where messages are relayed: the part of the memory limit that each send queue is sure of, bytes.
 * Otherwise SIZE_MAX. */
size_t unp_sender_share(const struct unp_sender *out);
/* The limit of a send queue, bytes: max_queue, or its share when memory for the queues is short;
 * but an empty queue takes any message up to max_queue that this memory has room for. */
size_t unp_sender_max_queue(const struct unp_sender *out);

/* Bytes up to which Linux does not limit the memory of its SCTP, the first number of
 * net.sctp.sctp_mem; SIZE_MAX: the socket is not the kernel's, or this cannot be read. */
size_t unp_sctp_memory(int fd);

#endif
