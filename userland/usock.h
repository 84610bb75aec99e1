/* The socket object and its associations: usock*.c and kept_option.c.  Locked. */
#ifndef USOCK_H
#define USOCK_H

#include <sys/time.h>

#include "address.h"
#include "ip_options.h"

struct kept_option;
struct socket;
struct udp_port;
struct watch;

enum { N_USER_ABORTS = 16 };

/* An SCTP socket of the program's.  It lives until the stack has no association of it left, which
 * may be after its last descriptor was closed.  Its memory is reused but never freed, as libusrsctp
 * may keep its address a little longer. */
struct usock {
    struct socket *so;    /* the stack's; NULL: free, or inherited over a fork */
    int domain;           /* AF_INET or AF_INET6 */
    int type;             /* SOCK_STREAM (one-to-one) or SOCK_SEQPACKET (one-to-many) */
    bool peeled;          /* from a one-to-many socket, whose SO_TYPE it keeps */
    bool from_tcp;        /* the program has asked for TCP: it sends a stream of bytes */
    bool has_peeled;      /* one of its associations was peeled off */
    bool accepted_closed; /* its association had closed before accept() */
    int descriptors;      /* how many refer to it */
    int fd;               /* one of them */
    int shadow;           /* is polled in place of fd; -1: none */
    uint32_t generation;  /* incremented when it is freed */
    uint32_t id_base;     /* the program's association id = the stack's + this */

    bool nonblocking; /* O_NONBLOCK */
    bool bound, listening, connecting, connected, v6only;
    bool chose_pr;            /* the program has set SCTP_PR_SUPPORTED */
    bool asconf;              /* … and SCTP_ASCONF_SUPPORTED, which needs AUTH in the stack */
    bool plain_v4;            /* SCTP_I_WANT_MAPPED_V4_ADDR is off */
    bool interleave;          /* SCTP_FRAGMENT_INTERLEAVE */
    int delivery_point;       /* SCTP_PARTIAL_DELIVERY_POINT; 0: the stack's default */
    bool attempted;           /* of a one-to-one socket: an association was attempted … */
    bool established;         /* … and established: it will have no other */
    bool aborted;             /* its associations are aborted when it is freed */
    bool closed;              /* by the program; the stack may still be shutting down */
    bool no_receive, no_send; /* shutdown(2) */
    bool shut_down_first;     /* … before the peer did */
    bool reset_reported;      /* ECONNRESET was reported: end of file follows */
    int error;                /* SO_ERROR */

    /* ready.c */
    uint32_t event_sequence; /* futex: incremented when the state of s may have changed */
    bool awaited;            /* a thread may be sleeping on it */
    bool read_inline;        /* a thread that waits for it reads UDP */
    bool polled, edge_triggered;
    bool send_blocked;         /* a send found no room, and no packet was received since */
    bool shows_in, shows_full; /* what poll sees */
    struct watch *watches;     /* of epoll_watch.c */
    bool ready;                /* on the list of usock_next_ready() */
    struct usock *next_ready;
    struct usock *next, *prev; /* of usocks */

    struct timeval receive_timeout, send_timeout;
    struct linger linger;
    int send_buffer, receive_buffer; /* as getsockopt returns them */
    bool want_sndrcv, want_rcvinfo, want_nxtinfo;
    bool failed_old; /* SCTP_SEND_FAILED wanted, not SCTP_SEND_FAILED_EVENT */
    uint32_t events; /* subscribed: bit n for SCTP_SN_TYPE_BASE + n */
    struct ip_options ip_options;
    struct kept_option *options; /* that the program has set: see reconnect.c */

    union address name; /* the first address bound to; family 0: none */
    struct udp_port **ports;
    int n_ports;
    int n_removed; /* so many ports, the first ones, are of addresses that were removed */

    uint32_t user_aborts[N_USER_ABORTS]; /* stack's ids of associations the program aborted */
    unsigned n_user_aborts;

    unsigned char *event; /* Linux's notification that was not read to its end */
    size_t event_size, event_read, event_end;
    size_t event_fragment; /* event_fragment.c; 0: it is one notification */
    union address event_from;
};

extern struct usock *usocks;       /* all in use, by `next` */
struct usock *usock_in_turn(void); /* the next one, round-robin; NULL: there is none */

struct usock *usock_allocate(void); /* NULL: no memory */
void usock_free(struct usock *s);
void usock_drop_inherited(void);
/* Makes `so` the stack's socket of s.  usock_equip() also gives a new one Linux's defaults. */
void usock_adopt(struct usock *s, struct socket *so);
void usock_equip(struct usock *s, struct socket *so);

/* IPV6_V6ONLY, of a socket that is not bound. */
void usock_set_v6only(struct usock *s, bool on);

/* To be called when the state of s may have changed: ready_process() will handle s. */
void usock_mark_ready(struct usock *s);
struct usock *usock_next_ready(void); /* takes one; NULL: no more */

bool usock_readable(struct usock *s);
int usock_take_error(struct usock *s); /* SO_ERROR, which it clears */
/* Reads and drops everything.  Returns whether any of it was data, not a notification. */
bool usock_discard_unread(struct usock *s);
/* Whether a closed socket has no association left. */
bool usock_finished(struct usock *s);

uint32_t usock_associations(struct usock *s); /* how many */
/* Their ids, the stack's; to be freed.  *n is 0 where there is no memory. */
uint32_t *usock_association_ids(struct usock *s, uint32_t *n);
/* SCTP_CLOSED, SCTP_ESTABLISHED, … of an association (0: the only one). */
int usock_state(struct usock *s, uint32_t stack_id);
/* Sets `established` once the association of a one-to-one socket is established. */
void usock_note_established(struct usock *s);

static inline uint32_t id_to_stack(const struct usock *s, sctp_assoc_t id)
{
    return id <= SCTP_ALL_ASSOC ? (uint32_t)id : (uint32_t)id - s->id_base;
}

static inline sctp_assoc_t id_to_program(const struct usock *s, uint32_t id)
{
    return id <= SCTP_ALL_ASSOC ? (sctp_assoc_t)id : (sctp_assoc_t)(id + s->id_base);
}

struct kept_option {
    struct kept_option *next;
    int name;
    socklen_t length;
    unsigned char value[];
};
int kept_option_add(struct usock *s, int name, const void *value, socklen_t length);
void kept_options_free(struct usock *s);

#endif
