/*
 * The table of associations.  Each is found by our tag, by the peer's tag, and by the peer's
 * address, together with the SCTP ports.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "address.h"
#include "association_table.h"
#include "guardian.h"

enum { BUCKETS = 1 << 14 };
TAILQ_HEAD(list, association);
static struct association *buckets[N_INDEXES][BUCKETS];
static struct {
    struct list list; /* least recently used first: by the last packet received */
    size_t n, most;
} of_state[N_STATES] = {
    [SETUP] = {.list = TAILQ_HEAD_INITIALIZER(of_state[SETUP].list), .most = 1 << 14},
    [ESTABLISHED] = {.list = TAILQ_HEAD_INITIALIZER(of_state[ESTABLISHED].list),
                     .most = GUARDIAN_NOTES},
    [CLOSED] = {.list = TAILQ_HEAD_INITIALIZER(of_state[CLOSED].list), .most = 1 << 12}};

struct current_packet current_packet;

/* ---- keys ----------------------------------------------------------------- */

static uint64_t hash(const struct key *k)
{
    static uint64_t seed[3];
    while (!seed[0])
        if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
            seed[0] = 1;
    uint64_t sum = seed[0];
    const uint64_t words[] = {(uint64_t)k->word[0] << 32 | k->word[1],
                              (uint64_t)k->word[2] << 32 | k->word[3],
                              (uint64_t)k->local << 16 | k->remote};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        sum = (sum ^ words[i]) * (seed[1] | 1);
        sum ^= sum >> 32;
    }
    sum *= seed[2] | 1;
    return sum ^ sum >> 29;
}

bool key_same(const struct key *a, const struct key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static struct key key_of(const void *word, size_t size, const void *local, const void *remote)
{
    struct key k = {0};
    memcpy(k.word, word, size);
    memcpy(&k.local, local, sizeof(k.local));
    memcpy(&k.remote, remote, sizeof(k.remote));
    return k;
}

struct key key_received(const unsigned char *packet)
{
    return key_of(packet + 4, 4, packet + 2, packet);
}

struct key key_sent(const unsigned char *packet, const unsigned char *tag)
{
    return key_of(tag, 4, packet, packet + 2);
}

struct place place_of(const union address *a)
{
    struct place p = {.port = a->in.sin_port}; /* sin6_port has the same offset */
    if (a->sa.sa_family == AF_INET) {
        p.host.s6_addr16[5] = 0xffff;
        p.host.s6_addr32[3] = a->in.sin_addr.s_addr;
    } else {
        p.host = a->in6.sin6_addr;
    }
    return p;
}

struct key key_host(const struct place *p, const struct key *ports)
{
    return key_of(&p->host, sizeof(p->host), &ports->local, &ports->remote);
}

static bool same_place(const struct place *a, const struct place *b)
{
    return IN6_ARE_ADDR_EQUAL(&a->host, &b->host) && a->port == b->port;
}

/* ---- the table ------------------------------------------------------------ */

struct association *association_find(enum index i, const struct key *k)
{
    struct association *a = buckets[i][hash(k) % BUCKETS];
    while (a && !key_same(&a->key[i], k))
        a = a->next[i];
    return a;
}

struct association *association_next(const struct association *a, enum index i)
{
    struct association *next = a->next[i];
    while (next && !key_same(&next->key[i], &a->key[i]))
        next = next->next[i];
    return next;
}

static void unlist(struct association *a, enum index i)
{
    static const struct key none;
    if (key_same(&a->key[i], &none))
        return;
    struct association **link = &buckets[i][hash(&a->key[i]) % BUCKETS];
    while (*link != a)
        link = &(*link)->next[i];
    *link = a->next[i];
}

void association_list(struct association *a, enum index i, const struct key *k)
{
    if (key_same(&a->key[i], k))
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
    free(a);
}

/* If the state is full, removes its least recently used association.  This is never the association
 * of the current packet, which is the most recently used one. */
static void enter_state(struct association *a, enum state state)
{
    if (of_state[state].n == of_state[state].most)
        remove_association(TAILQ_FIRST(&of_state[state].list));
    a->state = state;
    TAILQ_INSERT_TAIL(&of_state[state].list, a, by_age);
    of_state[state].n++;
}

void association_set_state(struct association *a, enum state state)
{
    leave_state(a);
    enter_state(a, state);
}

struct association *association_new(const struct key *ours)
{
    struct association *a = calloc(1, sizeof(*a));
    if (!a)
        return NULL;
    a->note = -1;
    association_list(a, BY_OUR_TAG, ours);
    enter_state(a, SETUP);
    return a;
}

void association_set_closed(struct association *a)
{
    guardian_forget(a->note);
    a->note = -1;
    association_set_state(a, CLOSED);
}

bool association_is_source(const struct association *a, const struct place *p)
{
    for (unsigned i = 0; i < PLACES; i++)
        if (same_place(&a->sources[i], p))
            return true;
    return false;
}

in_port_t association_port_at(const struct association *a, const struct in6_addr *host)
{
    for (unsigned i = 0; i < PLACES; i++)
        if (IN6_ARE_ADDR_EQUAL(&a->sources[i].host, host))
            return a->sources[i].port;
    return 0;
}

/* The port of a peer behind a NAT may have changed (RFC 6951, 5.4). */
void association_add_source(struct association *a, const union address *from)
{
    struct place p = place_of(from);
    if (association_is_source(a, &p))
        return;
    unsigned i = 0;
    while (i < PLACES && !IN6_ARE_ADDR_EQUAL(&a->sources[i].host, &p.host))
        i++;
    if (i == PLACES)
        i = a->next_source++ % PLACES;
    a->sources[i] = p;
    guardian_moved(a->note, from);
}

/* ---- cookies -------------------------------------------------------------- */

/* The tags that were sent in an INIT ACK, with the address they were sent to, as fingerprints.  The
 * tag determines the bucket, so that a flood of INITs can push out another peer's tag only by
 * filling all buckets. */
enum { COOKIE_BUCKETS = 1 << 13, COOKIES = 8 };
static struct cookies {
    uint32_t prints[COOKIES];
    uint8_t next;
} cookies[COOKIE_BUCKETS];

static struct cookies *cookies_by(const union address *peer, const struct key *tag, uint32_t *print)
{
    struct place p = place_of(peer);
    struct key k = key_host(&p, tag);
    uint64_t words[2] = {hash(&k), tag->word[0]};
    k = key_of(words, sizeof(words), &tag->local, &tag->remote);
    words[0] = hash(&k);
    *print = (uint32_t)(words[0] >> 32) | 1;
    return &cookies[words[0] % COOKIE_BUCKETS];
}

void cookie_remember(const union address *peer, const struct key *tag)
{
    uint32_t print;
    struct cookies *bucket = cookies_by(peer, tag, &print);
    bucket->prints[bucket->next++ % COOKIES] = print;
}

bool cookie_known(const union address *peer, const struct key *tag)
{
    uint32_t print;
    const struct cookies *bucket = cookies_by(peer, tag, &print);
    for (int i = 0; i < COOKIES; i++)
        if (bucket->prints[i] == print)
            return true;
    return false;
}

void association_table_drop_inherited(void)
{
    memset(buckets, 0, sizeof(buckets));
    for (enum state s = 0; s < N_STATES; s++) {
        TAILQ_INIT(&of_state[s].list);
        of_state[s].n = 0;
    }
}
