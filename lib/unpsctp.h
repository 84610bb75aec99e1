/*
 * unpsctp.h - the wrapper library of this suite, in the manner of Unix Network Programming
 *
 * A function with a capital first letter prints a message and exits when its call fails, so its
 * caller needs no error handling.  (Sctp_sendmsg() and Sctp_send() return -1 when the association
 * has ended.)  A function in lower case that fails returns -1 with errno set, unless its comment
 * names another value; it prints no message and never exits, except err_msg(), err_quit() and
 * err_sys() of UNP.  A server that is running calls only functions in lower case, because no client
 * may end it.
 *
 * The terms are those of RFC 9260 (the protocol) and RFC 6458 (the sockets API).  Sizes are bytes
 * and times milliseconds unless the name says otherwise.  Ports and PPIDs are in network byte order
 * in the API's calls and structures, and in host order in unp_ functions and structures.
 */
#ifndef UNPSCTP_H
#define UNPSCTP_H

#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UNPSCTP_VERSION "0.2"

#define SERV_PORT           9877    /* the echo service: UNP's */
#define DEFAULT_OSTREAMS    10      /* outbound streams: UNP's SERV_MAX_SCTP_STRM */
#define DEFAULT_MAX_MESSAGE 1048576 /* bytes */
#define DEFAULT_WAIT        10      /* seconds */

/* ---- errors: error.c ----------------------------------------------------- */

/* Exit statuses of all programs. */
enum exit_status {
    EXIT_OK = 0,
    EXIT_INCOMPLETE = 1,  /* part of the work was not done: a message says which */
    EXIT_USAGE = 2,       /* an option or argument is wrong */
    EXIT_NO_SCTP = 3,     /* this machine has no SCTP */
    EXIT_NO_HOST = 4,     /* the host's name is unknown */
    EXIT_REFUSED = 5,     /* the peer refused the association */
    EXIT_NO_ANSWER = 6,   /* no answer from the peer, or no route to it */
    EXIT_LOST = 7,        /* the association ended before the work was done */
    EXIT_SYSTEM = 8,      /* a local failure: no memory, port in use, cannot write */
    EXIT_NO_ROUTE = 9,    /* sctp_ping --check: no route (elsewhere EXIT_NO_ANSWER) */
    EXIT_NO_ECHO = 10,    /* sctp_ping --check: an association, but no echo */
    EXIT_SOME_PATHS = 11, /* sctp_ping --check: some addresses cannot be reached */
    EXIT_DATA_LOST = 12,  /* sctp_ping --check: DATA is lost, or that of large messages */
};

/* Print "program: message" on stderr, with a newline; `fmt` is that of printf(3).  err_quit() then
 * exits with `status`, err_sys() adds the text of errno and exits with EXIT_SYSTEM. */
void err_msg(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void err_quit(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
void err_sys(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Writes why socket(2) failed with `err` and what to do: SCTP is not built, installed or loaded, is
 * blacklisted or denied, or SCTP_STACK is wrong.  `root` is a prefix of the paths that are read (""
 * outside tests).  The text is cut to `size` bytes; 1024 are enough. */
void unp_why_missing(int err, const char *root, char *buf, size_t size);
/* The same for the kernel's stack alone, whatever SCTP_STACK says. */
void unp_why_not_in_kernel(int err, const char *root, char *buf, size_t size);

/* ---- checked calls: wrap.c ----------------------------------------------- */

/* socket(2), bind(2), listen(2), setsockopt(2) and getsockopt(2).  A call that fails ends the
 * program with EXIT_SYSTEM and a message that names the call; Bind() names the address and what to
 * do.  Socket() exits with EXIT_NO_SCTP and the text of unp_why_missing() if this machine has no
 * SCTP. */
int Socket(int family, int type, int protocol);
void Bind(int fd, const struct sockaddr *sa, socklen_t salen);
void Listen(int fd, int backlog);
void Setsockopt(int fd, int level, int name, const void *value, socklen_t len);
void Getsockopt(int fd, int level, int name, void *value, socklen_t *len);

/* sctp_bindx(3) and so on, which exit with EXIT_SYSTEM when they fail.  The arrays are packed: an
 * IPv4 address takes the room of a struct sockaddr_in.  Sctp_getpaddrs() and Sctp_getladdrs()
 * return the number of addresses in *addrs, which sctp_freepaddrs(3) frees.  `id` of
 * Sctp_connectx() may be NULL.  UNP chapter 9; RFC 6458, sections 8 and 9. */
void Sctp_bindx(int fd, struct sockaddr *addrs, int count, int flags);
void Sctp_connectx(int fd, struct sockaddr *addrs, int count, sctp_assoc_t *id);
int Sctp_peeloff(int fd, sctp_assoc_t id);
int Sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs);
int Sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs);
void Sctp_opt_info(int fd, sctp_assoc_t id, int opt, void *arg, socklen_t *size);

/*
 * sctp_sendmsg(3): sends a message of `len` bytes and returns that number.  `ppid` is in network
 * byte order, `lifetime` in milliseconds (0: no limit).
 *
 * A peer may leave at any time: Sctp_sendmsg() and Sctp_send() return -1 with errno EPIPE,
 * ESRCH, ESHUTDOWN, ... (SEND_ENDING of unp_send_failure()) when the association has ended or is
 * ending.  Other failures end the program with EXIT_SYSTEM.  SIGPIPE ends it unless it is ignored.
 * RFC 6458, section 9.7.
 */
ssize_t Sctp_sendmsg(int fd, const void *msg, size_t len, struct sockaddr *to, socklen_t tolen,
                     uint32_t ppid, uint32_t flags, uint16_t stream, uint32_t lifetime,
                     uint32_t context);
/* sctp_send(3): sends to association info->sinfo_assoc_id or, with SCTP_SENDALL in
 * info->sinfo_flags, to all associations of the socket.  `flags` are those of sendmsg(2).  Fails as
 * Sctp_sendmsg() does. */
ssize_t Sctp_send(int fd, const void *msg, size_t len, const struct sctp_sndrcvinfo *info,
                  int flags);
/* sctp_recvmsg(3): waits for a message, a fragment of one (no MSG_EOR in *msg_flags) or a
 * notification (MSG_NOTIFICATION), and returns its length in bytes.  A call that fails ends the
 * program with EXIT_SYSTEM.  `from`, `fromlen` and `info` may be NULL.  RFC 6458, section 9.8.
 *
 * *msg_flags is an output only, here and in Sctp_recvv(): unlike sctp_recvmsg(3), its old value is
 * not passed to recvmsg(2).  It may not be NULL. */
ssize_t Sctp_recvmsg(int fd, void *msg, size_t len, struct sockaddr *from, socklen_t *fromlen,
                     struct sctp_sndrcvinfo *info, int *msg_flags);

/* sctp_sendv(3) and sctp_recvv(3), which end the program with EXIT_SYSTEM when they fail.  RFC
 * 6458, sections 9.12 and 9.13.  libsctp before 1.0.20 overruns a buffer when an SCTP_SENDV_SPA has
 * all three parts valid: set at most two.  With libsctp before 1.0.19 (Debian 11) they fail with
 * ENOSYS. */
ssize_t Sctp_sendv(int fd, const struct iovec *iov, int iovcnt, struct sockaddr *addrs, int count,
                   void *info, socklen_t infolen, unsigned int infotype, int flags);
ssize_t Sctp_recvv(int fd, const struct iovec *iov, int iovcnt, struct sockaddr *from,
                   socklen_t *fromlen, void *info, socklen_t *infolen, unsigned int *infotype,
                   int *msg_flags);

/* ---- an association: status.c -------------------------------------------- */

/* UNP: the id of the association of one-to-many socket `fd` with the peer that has this address, of
 * `len` bytes; -1 and EINVAL when there is none.  Linux fills in the id for
 * SCTP_GET_PEER_ADDR_INFO, and not for SCTP_PEER_ADDR_PARAMS, which UNP asks. */
sctp_assoc_t sctp_address_to_associd(int fd, const struct sockaddr *peer, socklen_t len);
/* UNP: the number of outbound streams of that association, 1 to 65535; -1 and EINVAL when there is
 * none. */
int sctp_get_no_strms(int fd, const struct sockaddr *peer, socklen_t len);

/* SCTP_STATUS: state, streams, windows (bytes), unacknowledged chunks.  Return 0, or -1 and EINVAL
 * when there is no association `id` (which a one-to-one socket ignores).  RFC 6458, section 8.2.1.
 */
int unp_get_status(int fd, sctp_assoc_t id, struct sctp_status *status);
/* SCTP_GET_PEER_ADDR_INFO: state, round-trip time and RTO (ms), congestion window and MTU (bytes)
 * of the path to an address of the peer.  With `id` 0, the address finds the association.  Returns
 * 0, or -1 and EINVAL: there is no such association or address.  RFC 6458, section 8.2.2.
 */
int unp_get_path(int fd, sctp_assoc_t id, const struct sockaddr *peer, struct sctp_paddrinfo *path);
/* DATA chunks sent to the peer, without retransmissions; 0 if the stack does not count them: only
 * Linux does (SCTP_GET_ASSOC_STATS). */
uint64_t unp_chunks_sent(int fd, sctp_assoc_t id);

/* ---- addresses: address.c ------------------------------------------------ */

#define SOCK_NTOP_SIZE 80 /* room for "[an IPv6 address%scope]:port" and its NUL */

/* UNP: "10.0.0.1:9877", "[::1]:9877"; without the port: "10.0.0.1", "::1".  An IPv4-mapped address
 * is written as IPv4.  SOCK_NTOP_SIZE bytes are enough.  Return buf. */
const char *sock_ntop(const struct sockaddr *sa, char *buf, size_t size);
const char *sock_ntop_host(const struct sockaddr *sa, char *buf, size_t size);
/* Length of the address's structure, by its family; 0 for a family that SCTP does not have. */
socklen_t unp_sock_len(const struct sockaddr *sa);

/* Packed addresses, as sctp_bindx(3) and sctp_connectx(3) take them.  All zero: an empty list. */
struct unp_addrs {
    unsigned char *packed; /* malloc'd */
    size_t size;           /* bytes */
    int count;
};

/* Append all addresses of a host name or number, or one address.  `port` is in host byte order.
 * Return 0, or an EAI_ code of getaddrinfo(3); addresses appended before the failure stay. */
int unp_addrs_add(struct unp_addrs *list, const char *host, uint16_t port);
int unp_addrs_append(struct unp_addrs *list, const struct sockaddr *sa);
/* Append the peer's or the local addresses of an association.  Return their number, or -1 and
 * errno: EINVAL (no association `id`), ENOMEM.  RFC 6458, sections 9.3 and 9.5. */
int unp_addrs_peer(struct unp_addrs *list, int fd, sctp_assoc_t id);
int unp_addrs_local(struct unp_addrs *list, int fd, sctp_assoc_t id);
/* Frees the addresses; the list is then empty. */
void unp_addrs_free(struct unp_addrs *list);
/* The address after `sa`, or the first for NULL; NULL after the last.  It is part of the list, and
 * valid until an address is appended. */
struct sockaddr *unp_addrs_next(const struct unp_addrs *list, const struct sockaddr *sa);
/* Sets the port, in host byte order, of all addresses. */
void unp_addrs_set_port(struct unp_addrs *list, uint16_t port);
/* The family of a socket for these addresses: AF_INET when all are IPv4, else AF_INET6. */
int unp_addrs_family(const struct unp_addrs *list);

/* The addresses of an association as text, "10.0.0.1, 10.0.1.1 port 9877"; "..." stands for those
 * that do not fit.  Return 0, or -1 and errno: EINVAL (no association `id`), ENOMEM. */
int unp_peer_addresses(int fd, sctp_assoc_t id, char *buf, size_t size);
int unp_local_addresses(int fd, sctp_assoc_t id, char *buf, size_t size);

/* ---- opening sockets: files.c, open.c ------------------------------------ */

/* Opens /dev/null as standard input, output and error where they are closed, so that no socket gets
 * their descriptors. */
void Unp_open_standard_files(void);

/* Turns notifications of `type` (SCTP_ASSOC_CHANGE, ...) on or off, for an association or, with
 * SCTP_FUTURE_ASSOC, for the socket.  Returns 0, or -1 and errno of setsockopt(2).  RFC 6458,
 * section 6.2.2. */
int unp_subscribe(int fd, sctp_assoc_t id, uint16_t type, bool on);

/* Settings of a new one-to-many socket. */
struct unp_setup {
    uint16_t port;          /* SCTP port to bind; 0: any */
    uint16_t ostreams;      /* outbound streams to request, 1 to 65535; as many
                               inbound streams are accepted, at least 1024 */
    size_t buffer;          /* SO_SNDBUF and SO_RCVBUF, each */
    struct unp_addrs local; /* to bind; Unp_open() sets their port; none: all */
    bool stack_defaults;    /* keep the stack's buffer sizes, and no SCTP_NODELAY */
    void (*set_options)(int fd, const void *arg); /* called before bind(2); may be NULL */
    const void *options;                          /* its second argument */
    int64_t until; /* deadline of connecting, in ms of unp_now(); 0: none */
};

/* Open a one-to-many socket, and bind it if the setup has a port or addresses; Unp_listen() also
 * listens.  A socket of family AF_INET6 takes IPv4 as well.  The socket has SCTP_NODELAY,
 * SCTP_FRAGMENT_INTERLEAVE 1, SCTP_PARTIAL_DELIVERY_POINT 65536, SCTP_RECVRCVINFO, and all
 * notifications except sender-dry and authentication.  Return the descriptor, which the caller
 * closes; end the program as Socket(), Bind() and Setsockopt() do.  setup->ostreams must be set. */
int Unp_open(struct unp_setup *setup, int family);
int Unp_listen(struct unp_setup *setup);

/* The largest message that the socket can send, in bytes: its send buffer.  0 and errno: an error.
 */
size_t unp_max_message(int fd);

/* ---- sending: send.c ----------------------------------------------------- */

/* sendmsg(2) with SCTP_SNDINFO and, unless `pr` is NULL, SCTP_PRINFO; with MSG_NOSIGNAL.  `flags`
 * are those of sendmsg(2).  Returns `len`, or -1 and errno, for unp_send_failure().  RFC 6458,
 * sections 5.3.4 and 5.3.7. */
ssize_t unp_send_info(int fd, const void *data, size_t len, const struct sctp_sndinfo *snd,
                      const struct sctp_prinfo *pr, int flags);
/* What a failed send means for the association. */
enum unp_send_failure {
    SEND_AGAIN,  /* it is unaffected: the send buffer is full (wait for POLLOUT), or EINTR */
    SEND_ENDING, /* it is ending or has ended: its notification follows */
    SEND_FAILED, /* this message cannot be sent; unp_send_why() tells the user */
};
/* The meaning of errno `err` of unp_send_info(), unp_abort() or unp_eof(). */
enum unp_send_failure unp_send_failure(int err);
/* The text for the user: "send 5000 bytes: Message too long; what to do".  Returns buf. */
const char *unp_send_why(int err, size_t len, char *buf, size_t size);
/* Aborts the association; the peer gets `reason` with the ABORT.  Returns 0, or -1 and errno: the
 * association has ended or is ending (SEND_ENDING).  RFC 9260, section 3.3.10.12. */
int unp_abort(int fd, sctp_assoc_t id, const char *reason);
/* Begins a graceful shutdown: messages already sent are still delivered.  Returns 0, or -1 and
 * errno as unp_abort() does.  RFC 6458, section 5.3.4, SCTP_EOF. */
int unp_eof(int fd, sctp_assoc_t id);

/* ---- the stack and the clock: stack.c, clock.c, time.c ------------------- */

/* True for an SCTP socket of the kernel, false for one of libsctp_userland. */
bool unp_is_kernel_socket(int fd);
/* Milliseconds of the monotonic clock. */
int64_t unp_now(void);
#define UNP_TIME_SIZE 40
/* Local time in ISO 8601, in at most UNP_TIME_SIZE bytes: "2026-11-28T17:05:12.123+01:00".  Returns
 * buf. */
const char *unp_time_text(char *buf, size_t size);
/* If true, messages on standard error begin with the time, objects of JSON have it, and
 * unp_print_time() prints it with a space, to begin a line. */
extern bool unp_print_times;
void unp_print_time(FILE *f);

/* ---- as text: notification.c, cause.c, state.c, ppid.c, printable.c ------ */

/* A notification of `len` bytes in one line: "association 3 up: 10 streams out, 5 in".  Returns
 * buf.  RFC 6458, section 6.1. */
const char *unp_notification_text(const union sctp_notification *n, size_t len, char *buf,
                                  size_t size);

/* The name of an error cause, "user-initiated abort"; NULL for an unknown one. */
const char *unp_cause_name(uint16_t code);
/* The same for an error of the API (sac_error, ssf_error, after ntohs()): never NULL, "no error"
 * for 0, "unknown cause 99" in a buffer of the thread. */
const char *unp_strerror(int code);
/* The causes of an ABORT or ERROR chunk with what they carry: "user-initiated abort: too slow,
 * invalid stream identifier: stream 99".  ASCII.  Returns buf.  RFC 9260, section 3.3.10. */
const char *unp_causes_text(const unsigned char *causes, size_t len, char *buf, size_t size);

/* States in lower case: of an association (sstat_state) "established"; of a path (spinfo_state)
 * "active", "unconfirmed".  Never NULL: "unknown state 99", in a buffer of the thread. */
const char *unp_state_name(int32_t state);
const char *unp_address_state_name(int state);

/* A PPID's name in IANA's registry, in lower case; NULL when it has none. */
const char *unp_ppid_name(uint32_t ppid);
/* A PPID from a number (decimal or 0x...) or a name such as ngap; -1 when it is neither. */
int64_t unp_ppid_parse(const char *text);

/* Copies bytes as one line of printable ASCII, any others as \xNN, cut to `size` bytes (at least
 * 1).  Returns the length without the NUL. */
size_t unp_printable(const void *text, size_t len, char *to, size_t size);

#ifdef __cplusplus
}
#endif

#endif
