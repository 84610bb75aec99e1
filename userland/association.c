/*
 * The filter before the stack: which packet belongs to which association.
 *
 * Over UDP any process can send a packet with the addresses and SCTP ports of somebody else's
 * association; only the verification tag proves that it is the peer's.  libusrsctp 0.9.5 looks
 * at the tag late: by then it has taken the UDP port of the packet for the peer's, and sends
 * there.  So the tags are looked at here, and what has none of ours does not reach it.
 *
 * An association is known from the INIT or COOKIE ACK that this process sends for it: an
 * INIT that comes in makes nothing to remember.  It is found by our tag, by the peer's, and by the
 * peer's address, each together with the SCTP ports.  One that has ended is kept for a while: the
 * stack still answers what comes for it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "userland.h"

enum {
    HEADER = 12,
    INIT = 1,
    INIT_ACK = 2,
    ABORT = 6,
    SHUTDOWN_ACK = 8,
    COOKIE_ECHO = 10,
    COOKIE_ACK = 11,
    SHUTDOWN_COMPLETE = 14,
    PACKET_DROPPED = 0x81,
    TAG_REFLECTED = 1,
};

struct place {
    struct in6_addr host; /* an IPv4 one is mapped */
    in_port_t port;       /* UDP's, network byte order */
};

/* What an association is found by; local and remote are SCTP's ports as they are in a packet. */
struct key {
    uint32_t word[4]; /* a tag, or an address */
    uint16_t local, remote;
};

enum index { BY_OURS, BY_THEIRS, BY_HOST, N_INDEXES };
enum state { SETUP, ESTABLISHED, CLOSED, N_STATES };

struct association {
    enum state state;
    struct key key[N_INDEXES]; /* of a tag or host that is not known yet: 0, and not listed */
    struct association *next[N_INDEXES];
    TAILQ_ENTRY(association) by_age;
    struct in6_addr local; /* of ours, that the handshake came to */
    time_t init_at;        /* when its last INIT went out */
    int note;              /* the guardian's; -1: none */
    unsigned n_sources;
    struct place sources[8]; /* the last places from which packets with our tag came */
};

enum { BUCKETS = 1 << 14 };
TAILQ_HEAD(list, association);
static struct association *buckets[N_INDEXES][BUCKETS];
static struct {
    struct list list; /* longest silent first */
    size_t n, most;
} of_state[N_STATES] = {
    [SETUP] = {.list = TAILQ_HEAD_INITIALIZER(of_state[SETUP].list), .most = 1 << 14},
    [ESTABLISHED] = {.list = TAILQ_HEAD_INITIALIZER(of_state[ESTABLISHED].list),
                     .most = GUARDIAN_NOTES},
    [CLOSED] = {.list = TAILQ_HEAD_INITIALIZER(of_state[CLOSED].list), .most = 1 << 12}};

/* The packet that the stack works on. */
static struct {
    struct association *of; /* it carries our tag */
    union address from;
    struct in6_addr to;
    const unsigned char *cookie; /* a packet with a COOKIE ECHO */
} current;

/* --- keys -------------------------------------------------------------------------------- */

static uint64_t hash(const struct key *k)
{
    static uint64_t seed[3];
    while (!seed[0])
        if (getrandom(seed, sizeof seed, 0) != sizeof seed)
            seed[0] = 1;
    uint64_t sum = seed[0];
    const uint64_t words[] = {(uint64_t)k->word[0] << 32 | k->word[1],
                              (uint64_t)k->word[2] << 32 | k->word[3],
                              (uint64_t)k->local << 16 | k->remote};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        sum = (sum ^ words[i]) * (seed[1] | 1);
        sum ^= sum >> 32;
    }
    sum *= seed[2] | 1;
    return sum ^ sum >> 29;
}

static bool same_key(const struct key *a, const struct key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static struct key key_of(const void *word, size_t size, const void *local, const void *remote)
{
    struct key k = {0};
    memcpy(k.word, word, size);
    memcpy(&k.local, local, sizeof k.local);
    memcpy(&k.remote, remote, sizeof k.remote);
    return k;
}

/* The keys of a packet that comes in, or goes out. */
static struct key tag_in(const unsigned char *packet)
{
    return key_of(packet + 4, 4, packet + 2, packet);
}

static struct key tag_out(const unsigned char *packet, const unsigned char *tag)
{
    return key_of(tag, 4, packet, packet + 2);
}

static struct place place_of(const union address *a)
{
    struct place p = {.port = a->in.sin_port}; /* in IPv6's address the same place */
    if (a->sa.sa_family == AF_INET) {
        p.host.s6_addr16[5] = 0xffff;
        p.host.s6_addr32[3] = a->in.sin_addr.s_addr;
    } else {
        p.host = a->in6.sin6_addr;
    }
    return p;
}

static struct key host_key(const struct place *p, const struct key *ports)
{
    return key_of(&p->host, sizeof p->host, &ports->local, &ports->remote);
}

static bool same_place(const struct place *a, const struct place *b)
{
    return IN6_ARE_ADDR_EQUAL(&a->host, &b->host) && a->port == b->port;
}

/* --- the table --------------------------------------------------------------------------- */

static struct association *find(enum index i, const struct key *k)
{
    struct association *a = buckets[i][hash(k) % BUCKETS];
    while (a && !same_key(&a->key[i], k))
        a = a->next[i];
    return a;
}

static void unlist(struct association *a, enum index i)
{
    static const struct key none;
    if (same_key(&a->key[i], &none))
        return;
    struct association **link = &buckets[i][hash(&a->key[i]) % BUCKETS];
    while (*link != a)
        link = &(*link)->next[i];
    *link = a->next[i];
    a->key[i] = none;
}

static void list(struct association *a, enum index i, const struct key *k)
{
    if (same_key(&a->key[i], k))
        return;
    unlist(a, i);
    a->key[i] = *k;
    struct association **first = &buckets[i][hash(k) % BUCKETS];
    a->next[i] = *first;
    *first = a;
}

static void leave_state(struct association *a)
{
    TAILQ_REMOVE(&of_state[a->state].list, a, by_age);
    of_state[a->state].n--;
}

static void remove_association(struct association *a)
{
    for (enum index i = 0; i < N_INDEXES; i++)
        unlist(a, i);
    leave_state(a);
    guardian_forget(a->note);
    if (current.of == a)
        current.of = NULL;
    free(a);
}

/* The one that has been silent for longest makes room. */
static void enter_state(struct association *a, enum state state)
{
    if (of_state[state].n == of_state[state].most)
        remove_association(TAILQ_FIRST(&of_state[state].list));
    a->state = state;
    TAILQ_INSERT_TAIL(&of_state[state].list, a, by_age);
    of_state[state].n++;
}

static void change_state(struct association *a, enum state state)
{
    leave_state(a);
    enter_state(a, state);
}

static struct association *new_one(const struct key *ours)
{
    struct association *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->note = -1;
    list(a, BY_OURS, ours);
    enter_state(a, SETUP);
    return a;
}

static void set_closed(struct association *a)
{
    guardian_forget(a->note);
    a->note = -1;
    change_state(a, CLOSED);
}

static bool is_source(const struct association *a, const struct place *p)
{
    for (unsigned i = 0; i < a->n_sources && i < sizeof a->sources / sizeof *a->sources; i++)
        if (same_place(&a->sources[i], p))
            return true;
    return false;
}

/* A peer behind a NAT may have another port now (RFC 6951, 5.4). */
static void remember_source(struct association *a, const union address *from)
{
    enum { PLACES = sizeof a->sources / sizeof *a->sources };
    struct place p = place_of(from);
    if (is_source(a, &p))
        return;
    unsigned i = 0;
    while (i < a->n_sources && i < PLACES && !IN6_ARE_ADDR_EQUAL(&a->sources[i].host, &p.host))
        i++;
    if (i == a->n_sources || i == PLACES)
        i = a->n_sources++ % PLACES;
    a->sources[i] = p;
    guardian_moved(a->note, from);
}

/* --- cookies ----------------------------------------------------------------------------- */

/* The tags that were given out in an INIT ACK, and to target_association: of many, the last.  Where
 * one is kept depends on the tag, so that nobody can push out another's but by all of them. */
enum { COOKIE_BUCKETS = 1 << 13, COOKIES = 8 };
static uint32_t cookies[COOKIE_BUCKETS][COOKIES];
static uint8_t next_cookie[COOKIE_BUCKETS];

static uint32_t *cookies_by(const union address *peer, const struct key *tag, uint32_t *print)
{
    struct place p = place_of(peer);
    struct key k = host_key(&p, tag);
    uint64_t words[2] = {hash(&k), tag->word[0]};
    k = key_of(words, sizeof words, &tag->local, &tag->remote);
    words[0] = hash(&k);
    *print = (uint32_t)(words[0] >> 32) | 1;
    return cookies[words[0] % COOKIE_BUCKETS];
}

static void remember_cookie(const union address *peer, const struct key *tag)
{
    uint32_t print, *bucket = cookies_by(peer, tag, &print);
    bucket[next_cookie[(bucket - cookies[0]) / COOKIES]++ % COOKIES] = print;
}

static bool cookie_known(const union address *peer, const struct key *tag)
{
    uint32_t print;
    const uint32_t *bucket = cookies_by(peer, tag, &print);
    for (int i = 0; i < COOKIES; i++)
        if (bucket[i] == print)
            return true;
    return false;
}

/* --- packets go out ---------------------------------------------------------------------- */

static bool has_chunk(const unsigned char *packet, size_t size, unsigned char type)
{
    return packet_chunk(packet, size, type) != NULL;
}

static time_t seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

static void init_sent(const union address *to, const unsigned char *packet)
{
    struct key ours = tag_out(packet, packet + HEADER + 4);
    struct association *a = find(BY_OURS, &ours);
    if (!a && !(a = new_one(&ours)))
        return;
    struct place p = place_of(to);
    struct key host = host_key(&p, &ours);
    list(a, BY_HOST, &host);
    remember_source(a, to);
    a->init_at = seconds();
}

/* The peer has restarted: the one before has ended. */
static void close_restarted(const struct association *now)
{
    struct association *a = buckets[BY_HOST][hash(&now->key[BY_HOST]) % BUCKETS], *next;
    for (; a; a = next) {
        next = a->next[BY_HOST];
        if (a != now && a->state == ESTABLISHED && same_key(&a->key[BY_HOST], &now->key[BY_HOST]) &&
            IN6_ARE_ADDR_EQUAL(&a->local, &now->local))
            set_closed(a);
    }
}

/* A COOKIE ECHO or COOKIE ACK is the answer to the packet that the stack works on: both ends know
 * both tags. */
static void set_established(const union address *to, const union address *from,
                            const unsigned char *packet)
{
    struct association *a = current.of;
    struct key theirs = tag_out(packet, packet + 4);
    if (current.cookie) {
        struct key ours = tag_in(current.cookie);
        if (ours.local != theirs.local || ours.remote != theirs.remote)
            return;
        a = find(BY_OURS, &ours);
        if (!a)
            a = new_one(&ours);
    }
    if (!a || (a->state == ESTABLISHED && same_key(&a->key[BY_THEIRS], &theirs)) ||
        a->key[BY_OURS].local != theirs.local || a->key[BY_OURS].remote != theirs.remote)
        return;
    struct place p = place_of(&current.from);
    struct key host = host_key(&p, &theirs);
    list(a, BY_THEIRS, &theirs);
    list(a, BY_HOST, &host);
    a->local = current.to;
    close_restarted(a);
    guardian_forget(a->note);
    change_state(a, ESTABLISHED);
    remember_source(a, &current.from);
    a->note = guardian_note(to, from, packet);
}

void association_sent(const union address *to, const union address *from,
                      const unsigned char *packet, size_t size)
{
    unsigned char type = packet[HEADER];
    if ((type == INIT || type == INIT_ACK) && size >= HEADER + 8) {
        if (type == INIT) {
            init_sent(to, packet);
        } else {
            struct key ours = tag_out(packet, packet + HEADER + 4);
            remember_cookie(to, &ours);
        }
    } else if (has_chunk(packet, size, COOKIE_ECHO) || has_chunk(packet, size, COOKIE_ACK)) {
        set_established(to, from, packet);
    } else {
        const unsigned char *end = packet_chunk(packet, size, ABORT);
        if (!end)
            end = packet_chunk(packet, size, SHUTDOWN_COMPLETE);
        struct key theirs = tag_out(packet, packet + 4);
        struct association *a = end && !(end[1] & TAG_REFLECTED) ? find(BY_THEIRS, &theirs) : NULL;
        if (a && a->state == ESTABLISHED)
            set_closed(a);
    }
}

/* --- packets come in --------------------------------------------------------------------- */

/* While our INIT waits for its answer, the stack answers an INIT with the tag of ours: that is for
 * the peer that it was sent to only.  (Later it refuses one from another port itself.) */
static bool answer_would_tell_our_tag(const struct place *from, const struct key *ports)
{
    enum { LONGEST = 64 }; /* seconds between two INITs */
    struct key host = host_key(from, ports);
    const struct association *a = buckets[BY_HOST][hash(&host) % BUCKETS];
    for (; a; a = a->next[BY_HOST])
        if (a->state == SETUP && same_key(&a->key[BY_HOST], &host) && !is_source(a, from) &&
            seconds() - a->init_at < LONGEST)
            return true;
    return false;
}

/* There is an association with this address, but it is at another UDP port. */
static bool at_another_port(const struct place *from, const struct key *ports)
{
    struct key host = host_key(from, ports);
    const struct association *a = buckets[BY_HOST][hash(&host) % BUCKETS];
    bool there = false;
    for (; a; a = a->next[BY_HOST])
        if (a->state == ESTABLISHED && same_key(&a->key[BY_HOST], &host)) {
            there = true;
            if (is_source(a, from))
                return false;
        }
    return there;
}

static bool is_end(const unsigned char *chunk)
{
    return chunk[0] == ABORT || chunk[0] == SHUTDOWN_COMPLETE;
}

/* What has our tag is the peer's. */
static void from_peer(struct association *a, const union address *from, const unsigned char *packet,
                      size_t size)
{
    const unsigned char *end = packet_chunk(packet, size, ABORT);
    if (!end)
        end = packet_chunk(packet, size, SHUTDOWN_COMPLETE);
    current.of = a;
    remember_source(a, from);
    change_state(a, a->state); /* it is not silent */
    if (end && !(end[1] & TAG_REFLECTED) && a->state == ESTABLISHED)
        set_closed(a);
}

/*
 * Of a packet without a tag of ours, by its first chunk (RFC 9260, 8.5.1):
 *
 * INIT has no tag (A).  It reaches the stack, which learns nothing from the UDP port of one, and
 * refuses to restart an association from another.
 *
 * COOKIE ECHO has the tag that we gave out in an INIT ACK (D), for an association that does not
 * exist yet, or that the peer restarts.  The stack believes its port before it looks whether the
 * cookie is its own; so only the address that was given this tag may come with it, and where there
 * is an association, with the port of that.
 *
 * ABORT and SHUTDOWN COMPLETE with the T bit have the peer's tag, which they send back (B, C); so
 * has PACKET DROPPED.  They are what answers a packet of ours, and so come from where those go.
 *
 * SHUTDOWN ACK is answered (E, 8.4), as the peer may be at the end of an association that we know
 * nothing of.  The answer has the tag of that packet: no other peer would believe it.
 *
 * All others are answered if they are out of the blue, and not if there is an association that they
 * claim to be of.
 */
static enum verdict without_tag(const union address *from, const unsigned char *packet, size_t size)
{
    const unsigned char *chunk = packet + HEADER;
    struct key tag = tag_in(packet);
    struct place place = place_of(from);
    if (chunk[0] == INIT)
        return answer_would_tell_our_tag(&place, &tag) ? PACKET_DROP : PACKET_PASS;
    if (has_chunk(packet, size, COOKIE_ECHO))
        return cookie_known(from, &tag) && !at_another_port(&place, &tag) ? PACKET_PASS
                                                                          : PACKET_DROP;
    if ((is_end(chunk) || chunk[0] == PACKET_DROPPED) && chunk[1] & TAG_REFLECTED) {
        struct association *a = find(BY_THEIRS, &tag);
        if (!a || !is_source(a, &place))
            return PACKET_DROP;
        if (is_end(chunk) && a->state == ESTABLISHED)
            set_closed(a);
        return PACKET_PASS;
    }
    if (has_chunk(packet, size, ABORT) || has_chunk(packet, size, SHUTDOWN_COMPLETE) ||
        has_chunk(packet, size, COOKIE_ACK) || has_chunk(packet, size, INIT_ACK) ||
        has_chunk(packet, size, PACKET_DROPPED))
        return PACKET_DROP;
    if (has_chunk(packet, size, SHUTDOWN_ACK))
        return PACKET_ANSWER;
    return at_another_port(&place, &tag) ? PACKET_DROP : PACKET_ANSWER;
}

enum verdict association_received(const union address *from, const union address *to,
                                  const unsigned char *packet, size_t size)
{
    association_packet_done();
    if (size < HEADER + 4)
        return PACKET_DROP;
    current.from = *from;
    current.to = place_of(to).host;
    struct key ours = tag_in(packet);
    struct association *a = find(BY_OURS, &ours);
    enum verdict verdict = PACKET_PASS;
    if (a)
        from_peer(a, from, packet, size);
    else
        verdict = without_tag(from, packet, size);
    if (verdict == PACKET_PASS && has_chunk(packet, size, COOKIE_ECHO))
        current.cookie = packet;
    return verdict;
}

void association_packet_done(void)
{
    current.of = NULL;
    current.cookie = NULL;
}

void association_drop_inherited(void)
{
    memset(buckets, 0, sizeof buckets);
    for (enum state s = 0; s < N_STATES; s++) {
        TAILQ_INIT(&of_state[s].list);
        of_state[s].n = 0;
    }
    association_packet_done();
}
