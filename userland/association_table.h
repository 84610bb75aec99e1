/* The table of associations, which only association.c uses. */
#ifndef ASSOCIATION_TABLE_H
#define ASSOCIATION_TABLE_H

#include <sys/queue.h>

#include "address.h"

struct place {
    struct in6_addr host; /* an IPv4 address is mapped */
    in_port_t port;       /* UDP's, network byte order */
};

/* local and remote are SCTP's ports in network byte order. */
struct key {
    uint32_t word[4]; /* a tag, or an address */
    uint16_t local, remote;
};

enum index { BY_OUR_TAG, BY_PEER_TAG, BY_PEER_HOST, N_INDEXES };
enum state { SETUP, ESTABLISHED, CLOSED, N_STATES };
enum { PLACES = 8, NO_RESTART = UINT16_MAX + 1 /* streams */ };

struct association {
    enum state state;
    struct key key[N_INDEXES]; /* 0: not known yet, and not listed */
    struct association *next[N_INDEXES];
    TAILQ_ENTRY(association) by_age;
    struct in6_addr local;        /* the address of ours that the handshake came to */
    int note;                     /* the guardian's; -1: none */
    struct place sources[PLACES]; /* from which packets with our tag came last; 0: none */
    unsigned next_source;         /* the one to replace next */
    unsigned streams;             /* on which the peer sends; it cannot restart with fewer */
};

/* The packet that the stack works on. */
extern struct current_packet {
    struct association *of;      /* it carries our tag; NULL: none */
    union address from, to;      /* from's family 0: there is no packet */
    const unsigned char *cookie; /* a packet with a COOKIE ECHO */
    unsigned streams;            /* of the peer, by the packet's INIT ACK or cookie */
    bool shows_port;             /* the stack is told its UDP port */
} current_packet;

/* The key of a received packet, from its own tag; of a packet that is sent, from `tag`; of the
 * peer's address. */
struct key key_received(const unsigned char *packet);
struct key key_sent(const unsigned char *packet, const unsigned char *tag);
struct key key_host(const struct place *p, const struct key *ports);
bool key_same(const struct key *a, const struct key *b);
struct place place_of(const union address *a);

/* The first association with this key, and the next one with the same key; NULL: none. */
struct association *association_find(enum index i, const struct key *k);
struct association *association_next(const struct association *a, enum index i);
void association_list(struct association *a, enum index i, const struct key *k);
struct association *association_new(const struct key *our_tag); /* NULL: no memory */
/* Makes a the most recently used of a state.  May free the least recently used one of that state,
 * never a. */
void association_set_state(struct association *a, enum state state);
void association_set_closed(struct association *a);
bool association_is_source(const struct association *a, const struct place *p);
/* The UDP port, in network byte order, from which a host last sent with our tag; 0: never. */
in_port_t association_port_at(const struct association *a, const struct in6_addr *host);
void association_add_source(struct association *a, const union address *from);
void association_table_drop_inherited(void);

/* The tags that were sent in an INIT ACK, and the peers that they were sent to. */
void cookie_remember(const union address *peer, const struct key *tag);
bool cookie_known(const union address *peer, const struct key *tag);

#endif
