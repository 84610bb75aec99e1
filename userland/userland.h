/*
 * libsctp_userland - SCTP sockets for programs whose kernel has none
 *
 * A program asks libc for a socket(…, IPPROTO_SCTP) and the kernel says "Protocol not
 * supported".  This library stands between the two.  It defines functions of the same names as
 * libc's (socket, bind, sendmsg, …); because the dynamic linker searches it before libc, the
 * program's calls come here.  This is called interposition; libc's own function is the next one
 * of that name (dlsym(RTLD_NEXT)).  A call on any descriptor but an SCTP socket of ours goes
 * straight there.
 *
 * The protocol itself is libusrsctp: the SCTP stack of FreeBSD as a library, with threads of
 * its own that receive packets and run timers.  It sends and receives over UDP (RFC 6951), for
 * which nobody needs privileges.  What is done here is to make Linux's sockets of it:
 *
 *   entry.c       the interposed functions: is it one of ours?  Then call into socket.c …
 *   choice.c      the kernel, or this?  SCTP_STACK says, or the kernel's answer
 *   libc.c        libc's own functions
 *   descriptor.c  which descriptor is which socket: close, dup, fork
 *   socket.c      create, listen, accept, connect
 *   bind.c        addresses and ports
 *   reconnect.c       another connect after one that failed
 *   close.c       shutdown, close, and the end of the process
 *   send.c, receive.c, flags.c  messages, with their control messages
 *   option….c     getsockopt and setsockopt: a table from Linux's options to the stack's
 *   address.c     lists of addresses: bindx, connectx, getpaddrs, getsockname
 *   event.c       notifications, from the stack's layout to Linux's
 *   stream.c      stdio on a socket
 *   ready.c       waiting, and what poll, select and epoll see
 *   stack.c       the life of the stack: start, fork, end
 *   lock.c        the one lock
 *   libusrsctp.c  loading libusrsctp
 *   threads.c     libusrsctp's threads
 *   udp.c         what libusrsctp believes to be its UDP socket: one per SCTP port in truth
 *   udp_send.c, udp_receive.c  packets out, from which of them; packets in, from all
 *   inline_reader.c        a program that waits reads them itself
 *   packet.c      what is to be seen of a packet from outside
 *   association.c which packets are whose: no others reach the stack
 *   icmp.c        "port unreachable", told to the stack as an ABORT
 *   guardian.c    tells the peers when the process was killed
 *
 * Three things are worth knowing before reading on.
 *
 * One lock.  libusrsctp has races of its own (two threads that receive on one socket corrupt
 * its heap; accept races with the arrival of an association).  Here only one thread is in it at
 * any time: a call of the program's holds the lock (lock_take) while it is inside, and the
 * stack's own threads hold it while they work on a packet or a timer.  As every socket is
 * non-blocking for the stack, no call sleeps with it.  It also protects all that is ours.
 *
 * A real descriptor.  What the program gets is one end of a socketpair.  While the program
 * polls it, our end ("the shadow") makes it readable or unwritable as the SCTP socket is: see
 * ready.c.  A program that never polls pays nothing for that; blocked calls sleep on a futex,
 * or read what comes themselves: inline_reader.c.
 *
 * Interposition cuts both ways.  libusrsctp calls libc's socket, sendmsg, recvmsg, nanosleep and
 * pthread_create as the program does, so those calls come here too.  That is how its one UDP
 * socket becomes many, with the right source address, and how the lock is taken and let go
 * around its threads' work without a change to it.
 */
#ifndef USERLAND_H
#define USERLAND_H

#include <netinet/in.h>
#include <netinet/sctp.h> /* Linux's names and layouts: struct sctp_…, SCTP_… */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "usrsctp_renamed.h" /* libusrsctp's: struct usr_sctp_…, usr_SCTP_…; made by the Makefile */

/* What libusrsctp has and its header does not tell. */
enum {
    usr_SCTP_PEER_ADDR_THLDS = 0x23,
    usr_SCTP_GET_SNDBUF_USE = 0x1101,
    usr_SCTP_INTERLEAVING_SUPPORTED = 0x1206,
    usr_SCTP_PR_SCTP_ALL = 0xf,
    usr_M_NOWAIT = 1,
    usr_MT_DATA = 1,
    usr_CHUNK_HEADER = 4,
    usr_HEADERS = 12 + usr_CHUNK_HEADER, /* the common one, and that of the first chunk */
};
struct usr_mbuf {
    struct usr_mbuf *next, *next_packet;
    char *data;
    int len;
};
struct usr_sctp_sockstat {
    usr_sctp_assoc_t ss_assoc_id;
    uint32_t ss_total_sndbuf;
    uint32_t ss_total_recv_buf;
};
struct usr_sctp_paddrthlds {
    struct sockaddr_storage spt_address;
    usr_sctp_assoc_t spt_assoc_id;
    uint16_t spt_pathmaxrxt;
    uint16_t spt_pathpfthld;
    uint16_t spt_pathcpthld;
};

union address {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_storage ss;
};

struct udp_port;
struct kept_option;

enum { N_USER_ABORTS = 16 };

/* An SCTP socket of the program's.  It lives from socket() until the stack has no association
 * of it left, which may be after its last descriptor was closed; its memory is used again, never
 * returned, as the stack may hold its address a little longer. */
struct usock {
    struct socket *so;    /* the stack's; NULL: free, or inherited over a fork */
    int domain;           /* AF_INET or AF_INET6 */
    int type;             /* SOCK_STREAM (one-to-one) or SOCK_SEQPACKET (one-to-many) */
    bool peeled;          /* from a one-to-many socket: in some ways still one */
    bool has_peeled;      /* one of its associations was peeled off */
    bool accepted_closed; /* when it was accepted, its association had ended already */
    int descriptors;      /* how many refer to it */
    int fd;               /* one of them */
    int shadow;           /* our end of the socketpair whose other end is fd; -1: none */
    uint32_t generation;  /* another one when it is freed, and its memory used again */
    uint32_t id_base;     /* association id of the program's = the stack's + this */

    bool nonblocking; /* O_NONBLOCK */
    bool bound, listening, connecting, connected, v6only;
    bool begun;               /* of a one-to-one socket: an association was begun … */
    bool established;         /* … and has come up: it will have no other */
    bool aborted;             /* … or is to abort what is left */
    bool closed;              /* by the program; the stack may still be shutting down */
    bool no_receive, no_send; /* shutdown(2) */
    bool shut_down_first;     /* … before the peer did */
    bool reset_reported;      /* ECONNRESET was given: what follows is an end of file */
    int error;                /* SO_ERROR */

    /* ready.c */
    uint32_t event_sequence; /* futex: grows whenever something may have changed */
    bool awaited;            /* a thread may be asleep on it */
    bool read_inline;        /* a thread that waits for it reads UDP */
    bool polled, edge_triggered;
    bool send_blocked;         /* a send found no room, and no packet came since */
    bool shows_in, shows_full; /* what fd is made to look like */
    bool hung_up;              /* for ever */
    bool ready;                /* on the list of those to look at when the lock is let go */
    struct usock *next_ready;
    struct usock *next, *prev; /* all that are in use */

    struct timeval receive_timeout, send_timeout;
    struct linger linger;
    int send_buffer, receive_buffer; /* as getsockopt tells them */
    bool want_sndrcv, want_rcvinfo, want_nxtinfo;
    bool failed_old;             /* SCTP_SEND_FAILED wanted, not SCTP_SEND_FAILED_EVENT */
    uint32_t events;             /* subscribed: bit n for SCTP_SN_TYPE_BASE + n */
    struct kept_option *options; /* those of SCTP that the program set: see reconnect.c */

    union address name; /* bound to; family 0 while unbound */
    struct udp_port **ports;
    int n_ports;
    int n_removed; /* so many of them, the first, are of addresses that were removed */

    uint32_t user_aborts[N_USER_ABORTS]; /* the stack's ids of the last that the program aborted */
    unsigned n_user_aborts;

    unsigned char *event; /* a notification that was translated and not read to its end */
    size_t event_size, event_read;
    union address event_from;
};

/* --- libc.c: libc's own functions ------------------------------------------------------------ */

#define LIBC_FUNCTIONS(X)                                                                          \
    X(int, socket, (int, int, int))                                                                \
    X(int, bind, (int, const struct sockaddr *, socklen_t))                                        \
    X(int, listen, (int, int))                                                                     \
    X(int, accept, (int, struct sockaddr *, socklen_t *))                                          \
    X(int, accept4, (int, struct sockaddr *, socklen_t *, int))                                    \
    X(int, connect, (int, const struct sockaddr *, socklen_t))                                     \
    X(int, shutdown, (int, int))                                                                   \
    X(int, getsockname, (int, struct sockaddr *, socklen_t *))                                     \
    X(int, getpeername, (int, struct sockaddr *, socklen_t *))                                     \
    X(int, getsockopt, (int, int, int, void *, socklen_t *))                                       \
    X(int, setsockopt, (int, int, int, const void *, socklen_t))                                   \
    X(ssize_t, send, (int, const void *, size_t, int))                                             \
    X(ssize_t, sendto, (int, const void *, size_t, int, const struct sockaddr *, socklen_t))       \
    X(ssize_t, sendmsg, (int, const struct msghdr *, int))                                         \
    X(int, sendmmsg, (int, struct mmsghdr *, unsigned, int))                                       \
    X(ssize_t, recv, (int, void *, size_t, int))                                                   \
    X(ssize_t, recvfrom, (int, void *, size_t, int, struct sockaddr *, socklen_t *))               \
    X(ssize_t, recvmsg, (int, struct msghdr *, int))                                               \
    X(int, recvmmsg, (int, struct mmsghdr *, unsigned, int, struct timespec *))                    \
    X(ssize_t, read, (int, void *, size_t))                                                        \
    X(ssize_t, readv, (int, const struct iovec *, int))                                            \
    X(ssize_t, write, (int, const void *, size_t))                                                 \
    X(ssize_t, writev, (int, const struct iovec *, int))                                           \
    X(int, close, (int))                                                                           \
    X(int, close_range, (unsigned, unsigned, int))                                                 \
    X(FILE *, fdopen, (int, const char *))                                                         \
    X(int, dup, (int))                                                                             \
    X(int, dup2, (int, int))                                                                       \
    X(int, dup3, (int, int, int))                                                                  \
    X(int, fcntl, (int, int, ...))                                                                 \
    X(int, fcntl64, (int, int, ...))                                                               \
    X(int, ioctl, (int, unsigned long, ...))                                                       \
    X(int, poll, (struct pollfd *, nfds_t, int))                                                   \
    X(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *))            \
    X(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *))                          \
    X(int, pselect,                                                                                \
      (int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *))              \
    X(int, epoll_ctl, (int, int, int, struct epoll_event *))                                       \
    X(int, nanosleep, (const struct timespec *, struct timespec *))                                \
    X(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))       \
    X(int, thrd_create, (thrd_t *, thrd_start_t, void *))

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <threads.h>

#define X(type, name, args) type(*name) args;
struct libc_calls {
    LIBC_FUNCTIONS(X)
};
#undef X
/* libc.send(…) calls libc's.  The table is filled at the start, or when it is first needed, which
 * may be before our constructors run.  Where a function is missing the process ends, with a
 * message. */
extern struct libc_calls libc_table;
extern bool libc_known;
void libc_find(void);
#define libc                                                                                       \
    (*(__atomic_load_n(&libc_known, __ATOMIC_ACQUIRE) ? &libc_table : (libc_find(), &libc_table)))

/* --- choice.c -------------------------------------------------------------------------------- */

/* Whether the sockets of IPPROTO_SCTP are to be ours.  Decided once, at the first one.  -1 and
 * errno when SCTP_STACK cannot be followed. */
int choice_userland(void);
/* Writes "libsctp_userland: …" to stderr, always / if SCTP_USERLAND_DEBUG is set. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern bool debugging;

/* --- descriptor.c ---------------------------------------------------------------------------- */

/* Whether fd is more than a descriptor of the program's that is none of our business.  Costs a
 * load and a test. */
bool descriptor_ours(int fd);
/* The socket of fd, with the lock taken; NULL and errno (lock not taken).
 * EBADF: one of our own, which is none for the program; EBADFD: inherited over a fork. */
struct usock *call_enter(int fd);
/* The opposite.  Looks after everything that has happened; leaves errno alone. */
void call_leave(struct usock *s);
/* A descriptor for s, with SOCK_NONBLOCK and SOCK_CLOEXEC of flags.  -1, errno.  Locked. */
int reference_new(struct usock *s, int flags);
int reference_close(int fd);
int reference_close_range(unsigned first, unsigned last, int flags);
/* fd, which libc has just made, refers to what old does. */
int reference_copied(int old, int fd);
/* Before libc makes target another's: what it was is closed.  -1, EBUSY: it is one of our own. */
int reference_replaced(int target);
/* A descriptor of our own: moved out of the program's way, and not closed by it.  Returns the
 * new number. */
int descriptor_hide(int fd);
void descriptor_unhide(int fd);
/* Whether this process is a child that has our memory, or a copy of it, without the handlers of a
 * fork: vfork(2).  What it closes, we do not. */
bool descriptor_borrowed(void);
void descriptor_own_process(void);
/* Closes those of our own, and makes those of the program's EBADFD. */
void descriptor_drop_inherited(void);

/* --- libusrsctp.c ---------------------------------------------------------------------------- */

/* clang-format off */
#define USRSCTP_FUNCTIONS(X) \
    X(init) X(socket) X(setsockopt) X(getsockopt) X(getpaddrs) X(freepaddrs) X(getladdrs) \
    X(freeladdrs) X(sendv) X(recvv) X(bind) X(bindx) X(listen) X(accept) X(peeloff) X(connect) \
    X(connectx) X(close) X(getassocid) X(finish) X(shutdown) X(set_non_blocking) X(set_upcall) \
    X(get_events) X(crc32c) X(sysctl_set_sctp_blackhole) X(sysctl_set_sctp_max_chunks_on_queue) X(sysctl_set_sctp_ecn_enable) \
    X(sysctl_set_sctp_auth_enable) X(sysctl_set_sctp_asconf_enable) \
    X(sysctl_set_sctp_default_ss_module) X(sysctl_set_sctp_abort_if_one_2_one_hits_limit) \
    X(sysctl_set_sctp_sendspace) X(sysctl_set_sctp_recvspace)
/* clang-format on */

#define X(name) __typeof__(usrsctp_##name) *name;
struct usrsctp {
    USRSCTP_FUNCTIONS(X)
    /* Not in usrsctp.h; makes local_addresses an address that was not there when the stack began.
     */
    void *(*add_address)(uint32_t vrf, void *ifn, uint32_t index, uint32_t type, const char *name,
                         void *ifa, struct sockaddr *address, uint32_t flags, int dynamic);
    /* Nor these: what its receive threads do with a packet. */
    struct usr_mbuf *(*get_mbuf)(unsigned space, int header, int how, int one, int type);
    void (*free_mbufs)(struct usr_mbuf *m);
    void (*input)(struct usr_mbuf **packet, int ip_header, int offset, int length,
                  struct sockaddr *from, struct sockaddr *to, void *header, void *chunk,
                  uint8_t compute_crc, uint8_t ecn, uint32_t vrf, uint16_t udp_port);
};
#undef X
enum { STACK_MAX_CHUNKS = 65536 }; /* that wait to be sent or acknowledged, of one association */
extern struct usrsctp usr;         /* libusrsctp's functions, once stack_start() has succeeded */

bool libusrsctp_load(void); /* false: a message was printed */
bool libusrsctp_loaded(void);
void libusrsctp_reset(void); /* its variables are as they were before it was started */

/* --- stack.c --------------------------------------------------------------------------------- */

/* Loads and starts libusrsctp, once.  0, or -1 and errno, and a message.  Unlocked. */
int stack_start(void);
/* Whether this thread is starting libusrsctp: its calls of libc are then libusrsctp's. */
extern __thread bool stack_starting;

/* --- lock.c ---------------------------------------------------------------------------------- */

/* The one lock.  No signal is delivered to a thread that holds it. */
void lock_take(void);
void lock_release(void);
/* Whether this thread is one of libusrsctp's. */
extern __thread bool stack_thread;
/* In a child of fork(2): the next lock_take() calls this first.  Locked, by the next function. */
void lock_next_in_child(void (*first)(void));
void lock_take_in_program(void); /* by a thread of the program; without that call */
/* The signal mask of the program's thread that has the lock, as it was before. */
const sigset_t *lock_program_mask(void);
/* epoll_wait(2) for one event, without the lock, but with the program's signals still blocked. */
int lock_epoll_wait(int epoll, struct epoll_event *event, int ms);
/* Wakes the threads that sleep on a futex when the lock is released: before, they would only find
 * it taken, and sleep again.  Locked. */
void lock_wake(uint32_t *futex);
/* This thread ends the process: no other thread will get the lock, or return from its call. */
void lock_exit(void);
bool lock_exiting(void);

/* --- threads.c: libusrsctp's threads, and what they call ------------------------------------- */

int threads_socket(int domain, int type, int protocol);
int threads_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *arg);
int threads_nanosleep(const struct timespec *duration);
void threads_prepare(void);    /* before libusrsctp is started */
void threads_first_wait(void); /* this thread is about to wait */
void threads_wait(void);       /* until all have come to that */
void threads_end(void);        /* before libusrsctp is finished: the timers stop */

/* --- udp.c, udp_send.c, udp_receive.c --------------------------------------------------------- */

/* Opens, or shares, the UDP side of an SCTP port: address is what the SCTP socket is bound to;
 * port 0: any free one.  NULL, errno.  Locked, as all of these. */
struct udp_port *udp_open(const union address *address, bool ephemeral);
bool udp_is_own(const struct udp_port *port);          /* not behind SCTP_UDP_PORT */
uint16_t udp_port_number(const struct udp_port *port); /* SCTP's, host byte order */
/* How many ABORTs came for these ports. */
uint64_t udp_aborts(struct udp_port **ports, int n);
struct udp_port *udp_share(struct udp_port *port);
void udp_close(struct udp_port *port);
/* Of one of its sharers: the address is none of the socket's any more; and before that sharer
 * closes it, its word is taken back.  When all have said so, nothing leaves from there, and what
 * comes is thrown away. */
void udp_retire(struct udp_port *port);
void udp_unretire(struct udp_port *port);
bool udp_is_at(const struct udp_port *port, const union address *address); /* without the port */
/* The port to give to the stack for peers that were not heard from yet. */
uint16_t udp_peer_port(void);
/* What libusrsctp's calls on "its" UDP sockets do: see udp.c. */
int udp_handle(int family); /* makes one; -1, errno */
bool udp_is_handle(int fd);
ssize_t udp_sendmsg(int fd, const struct msghdr *msg);
ssize_t udp_recvmsg(int fd, struct msghdr *msg);
/* A thread of the program's reads what has come for this port, and gives it to the stack. */
void udp_give(uint64_t known_by);
/* Whether packets that this process sent to itself wait to be given to the stack. */
bool udp_own_waiting(void);
int udp_close_handle(int fd);
/* Makes a UDP message leave from an address of ours.  control: of UDP_SOURCE_ROOM bytes. */
#define UDP_SOURCE_ROOM CMSG_SPACE(sizeof(struct in6_pktinfo))
void udp_set_source(struct msghdr *msg, const union address *from, void *control);
void udp_drop_inherited(void);

/* --- inline_reader.c
 * ---------------------------------------------------------------------------------- */

/* This thread of the program's is about to wait, and will read UDP itself if so it is told, until
 * reader_end(). */
bool reader_begin(void);
void reader_end(void);
/* Waits, without the lock, for packets, which it gives to the stack.  0, or as wait_for_event()
 * EAGAIN, or EINTR when signals are to be delivered: reader_signals(), after reader_end(), as a
 * handler may jump away; it returns EINTR if that interrupts the call, which may be one with a time
 * limit, else 0. */
int reader_read(const struct timespec *until);
int reader_signals(bool limited);
/* What came while this program was busy elsewhere, before one of its calls. */
void reader_poll(void);
void reader_wake(void); /* what is waited for has happened without a packet */
void reader_stop(void); /* the stack's own threads are to read, from now on */
void reader_park(void); /* one of these: sleeps while the program reads.  Unlocked. */
void reader_tick(void);
/* epoll_ctl(2) for a UDP socket: udp_give() will find it by this. */
void reader_watch(int command, int fd, uint64_t known_by);
void reader_drop_inherited(void);

/* packet.c: shows a packet, for SCTP_USERLAND_DEBUG; `what` is "sent" to peer or "received" from
 * it. */
void trace_packet(const char *what, const union address *peer, const unsigned char *packet,
                  size_t size);

/* The first chunk of a type in a packet; NULL: none. */
const unsigned char *packet_chunk(const unsigned char *packet, size_t size, unsigned char type);
/* Makes what answers a packet of at least 16 bytes to which there is no association, an ABORT or a
 * SHUTDOWN COMPLETE: its size. */
enum { PACKET_ANSWER_SIZE = 16 };
size_t packet_answer(const unsigned char *packet, size_t size, unsigned char type,
                     unsigned char *answer);
bool packet_intact(unsigned char *packet, size_t size); /* its checksum is right */

/* Whether it is an INIT or INIT ACK that would hang the stack, or end an association that it has no
 * business with (RFC 9260, 3.3.2): to be dropped. */
bool packet_harmful(const unsigned char *packet, size_t size);

/* association.c: a packet goes out to this UDP port. */
void association_sent(const union address *to, const union address *from,
                      const unsigned char *packet, size_t size);
/* One came in: the stack is to see it; it is to be thrown away; it is that, and to be answered
 * (packet_answer).  A packet that passes is the stack's, and is not touched, until
 * association_packet_done(). */
enum verdict { PACKET_PASS, PACKET_DROP, PACKET_ANSWER };
enum verdict association_received(const union address *from, const union address *to,
                                  const unsigned char *packet, size_t size);
void association_packet_done(void);
void association_drop_inherited(void);

/* icmp.c: reads the error queue of a UDP socket; if it says that a peer's port is closed, makes
 * of it the ABORT that the peer's SCTP would have sent: its length, 0 if there is none.  from
 * and control (of *control_size bytes) become those of a packet that was received. */
size_t icmp_read(int fd, unsigned char *packet, size_t size, union address *from, void *control,
                 size_t *control_size);

/* --- ready.c --------------------------------------------------------------------------------- */

/* Something may have happened to s: look at it when the lock is let go. */
void usock_mark_ready(struct usock *s);
/* A send found no room: s is not writable until the next packet. */
void ready_send_blocked(struct usock *s);
/* An association begins: look at s after the next packet. */
void ready_connecting(struct usock *s);
/* Looks at all that were ready: before the lock is let go. */
void ready_process(void);
/* The stack is done with a packet, with what was due. */
void ready_after_packet(void);
void ready_tick(void);
/* Sleeps, without the lock, until something happened to s.  0; or errno: EINTR, EAGAIN when
 * the monotonic clock passed *until (NULL: never), EBADF when s is no more: touch it not.  A
 * signal handler may jump out of it (siglongjmp): whoever calls this has nothing to undo. */
int wait_for_event(struct usock *s, const struct timespec *until);
/* now + the timeout of a socket; NULL for 0, which is for ever. */
const struct timespec *wait_deadline(const struct timeval *timeout, struct timespec *until);
/* Lets the stack work on what this process sent to itself, but not when s (NULL: none) has become
 * readable.  Whether there was something; the lock was let go then. */
bool wait_catch_up(struct usock *s);
bool usock_readable(struct usock *s);
/* The program is about to ask poll and the like about fd. */
void call_polled(int fd, bool edge_triggered);
int shadow_pair(int flags, int *shadow); /* a new socketpair; returns the program's end */

/* --- socket.c, bind.c, close.c: as the system calls of the same names; -1 and errno.  Locked.  */

int usock_create(int domain, int type);
/* Makes so, a new one of the stack's, the socket of s. */
void usock_equip(struct usock *s, struct socket *so);
struct usock *usock_wrap(struct usock *parent, struct socket *so); /* accepted, peeled off */
int usock_bind(struct usock *s, const struct sockaddr *address, socklen_t length);
int usock_autobind(struct usock *s);
int usock_bind_more(struct usock *s, const union address *address, bool add);
int usock_listen(struct usock *s, int backlog);
int usock_accept(struct usock *s, struct sockaddr *address, socklen_t *length, int flags);
int usock_connect(struct usock *s, const struct sockaddr *address, socklen_t length);
/* Whether it is a one-to-one socket that listens or had its association: EISCONN. */
bool usock_is_connected(struct usock *s);
/* What Linux says for what the stack says of a connect that it did not begin. */
int connect_start_error(struct usock *s, const union address *peer, int error);
/* Whether the association with peer was peeled off: EADDRNOTAVAIL, there is to be no other. */
bool usock_is_peeled_off(struct usock *s, const union address *peer);
/* Waits for the association that was begun, unless non-blocking: 0, or -1 and EINPROGRESS. */
int usock_connect_wait(struct usock *s, const union address *peer);
int usock_shutdown(struct usock *s, int how);
int usock_peeloff(struct usock *s, sctp_assoc_t id, int flags);
void usock_release(struct usock *s); /* the last descriptor is closed */
int usock_take_error(struct usock *s);
/* For the closed ones whose associations still shut down. */
bool usock_finished(struct usock *s);
void usock_free(struct usock *s);
void usock_drop_inherited(void);
extern struct usock *usocks; /* all in use */
void usock_drain(void);      /* at exit */
uint32_t usock_associations(struct usock *s);
/* Their ids, the stack's; to be freed. */
uint32_t *usock_association_ids(struct usock *s, uint32_t *n);
/* SCTP_CLOSED, SCTP_ESTABLISHED, … of an association (0: the only one). */
int usock_state(struct usock *s, uint32_t stack_id);
/* Something happened: the association of a one-to-one socket may have come up. */
void usock_note_established(struct usock *s);

static inline uint32_t id_to_stack(const struct usock *s, sctp_assoc_t id)
{
    return id <= SCTP_ALL_ASSOC ? (uint32_t)id : (uint32_t)id - s->id_base;
}

static inline sctp_assoc_t id_to_program(const struct usock *s, uint32_t id)
{
    return id <= SCTP_ALL_ASSOC ? (sctp_assoc_t)id : (sctp_assoc_t)(id + s->id_base);
}

/* reconnect.c: before an association is begun: if an earlier one could not be made, replaces the
 * stack's socket, which takes no other.  -1, errno. */
int reconnect_prepare(struct usock *s);
int kept_option_add(struct usock *s, int name, const void *value, socklen_t length); /* an option */
void kept_options_free(struct usock *s);

/* --- send.c, receive.c, flags.c, event.c ----------------------------------------------------- */

ssize_t usock_sendmsg(struct usock *s, const struct msghdr *msg, int flags);
ssize_t usock_recvmsg(struct usock *s, struct msghdr *msg, int flags);
size_t usock_readable_bytes(struct usock *s); /* FIONREAD */
uint16_t flags_to_stack(uint16_t flags);      /* of SCTP_SNDINFO: SCTP_UNORDERED, … */
uint16_t flags_to_linux(uint16_t flags);
uint16_t policy_to_stack(uint16_t policy); /* SCTP_PR_SCTP_TTL, … */
uint16_t policy_to_linux(uint16_t policy);
/* Makes Linux's notification of the stack's (size bytes): allocated, *size set; NULL: there is
 * none for it. */
unsigned char *event_translate(struct usock *s, const unsigned char *event, size_t *size);
uint16_t event_stack_type(unsigned type); /* the stack's number of Linux's; 0: none */
/* SCTP_EVENTS, SCTP_EVENT. */
int subscription_set_all(struct usock *s, const unsigned char *wanted, socklen_t length);
int subscription_get_all(struct usock *s, unsigned char *to, socklen_t *length);
int subscription_set(struct usock *s, const void *value, socklen_t length);
int subscription_get(struct usock *s, void *value, socklen_t *length);
/* The program has aborted this association: its end is to say so. */
void event_user_abort(struct usock *s, uint32_t stack_id);

/* --- option….c, address.c -------------------------------------------------------------------- */

int usock_getsockopt(struct usock *s, int level, int name, void *value, socklen_t *length);
int usock_setsockopt(struct usock *s, int level, int name, const void *value, socklen_t length);
int option_get(struct usock *s, int name, void *value, socklen_t *length); /* level IPPROTO_SCTP */
int option_set(struct usock *s, int name, const void *value, socklen_t length);
int option_get_by_table(struct usock *s, int name, void *value, socklen_t *length);
int option_set_by_table(struct usock *s, int name, const void *value, socklen_t length);
/* -1 with the errno that Linux has for an association that does not exist. */
int option_no_association(int result);
int option_give_int(int n, void *value, socklen_t *length);
int option_take_int(const void *value, socklen_t length, int *n);
int option_take_flag(bool *flag, const void *value, socklen_t length);
int option_give(const void *from, socklen_t size, void *value, socklen_t *length);
int option_get_peer_info(struct usock *s, void *value, socklen_t *length);
enum { MOST_SACK_DELAY = 500 }; /* ms */
int option_get_path(struct usock *s, void *value, socklen_t *length);
int option_set_path(struct usock *s, const void *value, socklen_t length);
int status_to_linux(int stack_state); /* sstat_state */
int usock_bindx(struct usock *s, const void *list, socklen_t size, bool add);
int usock_connectx(struct usock *s, const void *list, socklen_t size, sctp_assoc_t *id);
int usock_addresses(struct usock *s, bool peer, void *value, socklen_t *length);
int usock_name(struct usock *s, bool peer, struct sockaddr *address, socklen_t *length);
socklen_t address_size(const struct sockaddr *address);
void address_copy(const union address *from, struct sockaddr *to, socklen_t *length);
uint16_t address_port(const union address *address); /* host byte order */
/* The address of ours from which the kernel would send to `to`. */
bool local_address_by_route(const union address *to, union address *from);
bool address_is_loopback(struct in_addr host);
bool address_is_wildcard(const union address *address);
bool address_same_host(const union address *a, const union address *b); /* whatever the ports */
/* Makes an address of this machine local_addresses to the stack, which asked for them at its start.
 */
bool local_address_add(const union address *address);
void local_address_drop_inherited(void);
void local_address_add_loopback(struct in_addr host); /* if it is one */
void local_address_add_target(const union address *peer);

/* --- stream.c -------------------------------------------------------------------------------- */

FILE *stream_open(int fd, const char *mode); /* fdopen(3) */
/* The process ends: what was printed into streams and not flushed is sent.  Unlocked. */
void stream_flush(void);

/* --- guardian.c ------------------------------------------------------------------------------ */

enum { GUARDIAN_NOTES = 1 << 17 };
void guardian_start(void);
/* Notes an association: what a packet of it is sent to (with UDP's port), from where, and begins
 * with.  The number of the note; -1: there is none, which the others take, too. */
int guardian_note(const union address *peer, const union address *from,
                  const unsigned char *packet);
/* The peer was heard from this address; if it is the one that is noted, its port may be new. */
void guardian_moved(int note, const union address *peer);
void guardian_forget(int note);
void guardian_end(void);
void guardian_after_fork(void);

/* new */
enum { DESCRIPTOR_LIMIT = 1 << 20 };
/* In the place of a socket: a descriptor of our own; one that was inherited over a fork. */
extern struct usock descriptor_own, descriptor_inherited;
struct usock *descriptor_get(int fd); /* NULL: none of ours */
void descriptor_set(int fd, struct usock *s);
int descriptor_find(const struct usock *s); /* one that refers to s; -1: none */
struct usock *usock_next_ready(void);
struct usock *usock_allocate(void);
void usock_adopt(struct usock *s, struct socket *so);
bool usock_discard_unread(struct usock *s);
void shadow_update(struct usock *s);
void shadow_polled(struct usock *s, bool edge_triggered);
struct kept_option {
    struct kept_option *next;
    int name;
    socklen_t length;
    unsigned char value[];
};
/* How many addresses a packed list of size bytes has; -1 and EINVAL if it is malformed. */
int address_count(const void *list, socklen_t size);
/* Copies the first address of a packed list; returns the rest. */
const void *address_next(const void *list, union address *address);
#endif
