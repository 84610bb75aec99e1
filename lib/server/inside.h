/* The parts of a one-to-many server that its program does not call. */
#ifndef SERVER_INSIDE_H
#define SERVER_INSIDE_H

#include "program.h"
#include "receive/inside.h"

#pragma GCC visibility push(hidden)

/* ---- the table of associations: table.c ---------------------------------- */

/* Adds an entry for an id that the table does not have.  NULL: no memory. */
struct unp_association *unp_table_add(struct unp_table *t, sctp_assoc_t id);

/* ---- the sending side: sender.c ------------------------------------------ */

/* `max_queue` bounds the send queue of one association, in bytes, each message with its overhead
 * (unp_sender_weight()).  A message beyond it aborts the association, because the peer does not
 * read; but see unp_sender_relay().  NULL and errno on failure. */
struct unp_sender *unp_sender_new(int fd, size_t max_queue);
void unp_sender_free(struct unp_sender *out);
/* Counts the send queues in `memory`.  When it is short, make_room(arg) is called, which may abort
 * any association. */
void unp_sender_limit(struct unp_sender *out, struct unp_memory *memory,
                      void (*make_room)(void *arg), void *arg);
/* Handles a sender-dry notification: everything sent before it is acknowledged. */
void unp_sender_dry(struct unp_sender *out, struct unp_association *a);
/* Retries messages that the stack had no room for.  True when some are still blocked: call again
 * soon. */
bool unp_sender_retry(struct unp_sender *out);
/* Drops the queue of an association that has ended or restarted. */
void unp_sender_forget(struct unp_sender *out, struct unp_association *a);

/* Does a peer cause the length of its send queue?  Not where messages of others are relayed to it.
 */
bool unp_sender_own_fault(const struct unp_sender *out);
/* Is more than the memory limit in use, or where messages are relayed, more than half of it by what
 * peers have sent?  (The queues of relayed messages do not exceed the other half.) */
bool unp_sender_memory_short(const struct unp_sender *out);

/* ---- lines of output: report.c ------------------------------------------- */

/* Starts a thread that writes the lines to standard output, so that no other thread blocks on its
 * reader.  `json`: the count of dropped lines is printed as JSON.  Returns 0, or -1 and errno. */
int unp_report_start(bool json);

/* ---- the receive buffer: undelivered.c ------------------------------------ */

/* Aborts associations whose undelivered data fills the receive buffer.  Call it often: it checks
 * every 100 ms at most. */
void unp_server_evict_undelivered(struct unp_server *srv, int64_t now);
/* Are new associations refused, because the receive buffer was filled a short time ago? */
bool unp_server_refuses(const struct unp_server *srv);
/* The association has ended, and with it what it held. */
void unp_server_left_undelivered(struct unp_server *srv, const struct unp_association *a);

/* ---- reports of the server itself: verbose.c ------------------------------ */

/* Print, as text or JSON, that the server listens, and a notification (-v, -J). */
void unp_server_report_listening(const struct unp_server *srv);
void unp_server_report(struct unp_server *srv, const union sctp_notification *n, size_t len);

/* ---- the kernel's settings: kernel.c -------------------------------------- */

/* Do all associations of the socket share one send buffer (net.sctp.sndbuf_policy 0)?  True when
 * the setting cannot be read. */
bool unp_shared_sndbuf(int fd);
/* Most bytes of the socket's receive buffer that undeliverable data may fill; SIZE_MAX: the stack
 * has a limit of its own, or the buffer cannot be determined. */
size_t unp_undelivered_limit(int fd);
/* How many packets this host can send in one burst: nine tenths of net.core.netdev_max_backlog.
 * Beyond that setting, packets to the host itself or over a veth are dropped; the queue of a
 * network card is about as long. */
size_t unp_burst(void);
/* How many received packets wait in the queue that this setting limits, on the processor with most;
 * 0: not known. */
size_t unp_backlog(void);

#pragma GCC visibility pop

#endif
