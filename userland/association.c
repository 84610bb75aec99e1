/*
 * The filter before the stack: which packet belongs to which association.
 *
 * Over UDP any process can send a packet with the addresses and SCTP ports of another's
 * association; only the verification tag proves that the peer sent it.  libusrsctp 0.9.5 checks
 * the tag too late: by then it has recorded the packet's UDP port for the association with the
 * packet's source address, and sends there.  So the tags are checked here, and packets without a
 * tag of ours are not passed on, except those that without_tag() names.
 *
 * The tag does not protect the UDP port: a peer could forge the address of another peer and send
 * the tag of its own association.  So the table keeps the UDP port of each association, and the
 * stack is not told the UDP ports of packets, except that of an INIT from a port that is not in the
 * table.
 *
 * An association is known from the INIT or COOKIE ACK that this process sends for it: a received
 * INIT leaves no state.  A closed association is kept for a while, because the stack still answers
 * packets for it.
 */
#include "association.h"
#include "address.h"
#include "association_table.h"
#include "guardian.h"
#include "packet.h"

/* ---- sent packets --------------------------------------------------------- */

static bool has_chunk(const unsigned char *packet, size_t size, unsigned char type)
{
    return packet_chunk(packet, size, type) != NULL;
}

static void init_sent(const union address *to, const unsigned char *packet)
{
    struct key ours = key_sent(packet, packet + PACKET_HEADER + 4);
    struct association *a = association_find(BY_OUR_TAG, &ours);
    if (!a && !(a = association_new(&ours)))
        return;
    association_add_source(a, to);
}

/* While our INIT is unanswered, the stack answers an INIT with our INIT's tag, which only the peer
 * of that association may learn.  The INIT ACK must go where our INIT went. */
static bool init_ack_sent(const union address *to, const unsigned char *packet)
{
    struct key ours = key_sent(packet, packet + PACKET_HEADER + 4);
    struct place p = place_of(to);
    const struct association *a = association_find(BY_OUR_TAG, &ours);
    if (a && !association_is_source(a, &p))
        return false;
    cookie_remember(to, &ours);
    return true;
}

/* The peer has restarted, so its previous association has ended. */
static void close_restarted(const struct association *now)
{
    struct association *a = association_find(BY_PEER_HOST, &now->key[BY_PEER_HOST]);
    /* The next one is looked up last, because association_set_closed() may free it. */
    for (; a; a = association_next(a, BY_PEER_HOST))
        if (a != now && a->state == ESTABLISHED && IN6_ARE_ADDR_EQUAL(&a->local, &now->local))
            association_set_closed(a);
}

/* The COOKIE ECHO or COOKIE ACK answers the current packet, so both ends know both tags. */
static void set_established(const union address *to, const union address *from,
                            const unsigned char *packet)
{
    struct association *a = current_packet.of;
    struct key theirs = key_sent(packet, packet + 4);
    if (current_packet.cookie) {
        struct key ours = key_received(current_packet.cookie);
        a = association_find(BY_OUR_TAG, &ours);
        if (!a)
            a = association_new(&ours);
    }
    if (!a || (a->state == ESTABLISHED && key_same(&a->key[BY_PEER_TAG], &theirs)) ||
        a->key[BY_OUR_TAG].local != theirs.local || a->key[BY_OUR_TAG].remote != theirs.remote)
        return;
    struct place p = place_of(&current_packet.from);
    struct key host = key_host(&p, &theirs);
    association_list(a, BY_PEER_TAG, &theirs);
    association_list(a, BY_PEER_HOST, &host);
    a->local = place_of(&current_packet.to).host;
    a->streams = current_packet.streams;
    close_restarted(a);
    guardian_forget(a->note);
    association_set_state(a, ESTABLISHED);
    association_add_source(a, &current_packet.from);
    a->note = guardian_note(to, from, packet);
}

/* We ask the peer to reset or add streams.  If the peer restarted, libusrsctp would free this
 * request, and use it when the peer answers it. */
static void reconfig_sent(const unsigned char *packet)
{
    struct key theirs = key_sent(packet, packet + 4);
    struct association *a = association_find(BY_PEER_TAG, &theirs);
    for (; a; a = association_next(a, BY_PEER_TAG))
        a->streams = NO_RESTART;
}

bool association_sent(const union address *to, const union address *from,
                      const unsigned char *packet, size_t size)
{
    unsigned char type = packet[PACKET_HEADER];
    if ((type == CHUNK_INIT || type == CHUNK_INIT_ACK) && size >= PACKET_HEADER + 8) {
        if (type == CHUNK_INIT_ACK)
            return init_ack_sent(to, packet);
        init_sent(to, packet);
    } else if (has_chunk(packet, size, CHUNK_COOKIE_ECHO) ||
               has_chunk(packet, size, CHUNK_COOKIE_ACK)) {
        set_established(to, from, packet);
    } else {
        const unsigned char *end = packet_chunk(packet, size, CHUNK_ABORT);
        if (!end)
            end = packet_chunk(packet, size, CHUNK_SHUTDOWN_COMPLETE);
        struct key theirs = key_sent(packet, packet + 4);
        struct association *a =
            end && !(end[1] & CHUNK_TAG_REFLECTED) ? association_find(BY_PEER_TAG, &theirs) : NULL;
        if (a && a->state == ESTABLISHED)
            association_set_closed(a);
    }
    if (has_chunk(packet, size, CHUNK_RECONFIG))
        reconfig_sent(packet);
    return true;
}

in_port_t association_port(const union address *to, const unsigned char *packet)
{
    struct key theirs = key_sent(packet, packet + 4);
    struct place p = place_of(to), sender = place_of(&current_packet.from);
    const struct association *first = association_find(BY_PEER_TAG, &theirs), *a = first;
    for (; a; a = association_next(a, BY_PEER_TAG)) {
        in_port_t port = association_port_at(a, &p.host);
        if (port)
            return port;
    }
    if (current_packet.from.sa.sa_family && IN6_ARE_ADDR_EQUAL(&sender.host, &p.host))
        return sender.port;
    /* An address that has sent nothing yet has the UDP port of the peer's other addresses. */
    a = first ? first : current_packet.of;
    return a ? a->sources[0].port : 0;
}

bool association_is_at(const union address *to, const unsigned char *packet)
{
    struct key theirs = key_sent(packet, packet + 4);
    struct place p = place_of(to);
    const struct association *a = association_find(BY_PEER_TAG, &theirs);
    for (; a; a = association_next(a, BY_PEER_TAG))
        if (a->state == ESTABLISHED && association_is_source(a, &p))
            return true;
    return false;
}

/* ---- received packets ----------------------------------------------------- */

/* Does an association with this address exist, at this UDP port or at another? */
static enum {
    NOWHERE,
    AT_THIS_PORT,
    AT_ANOTHER_PORT
} where(const struct place *from, const struct key *ports)
{
    struct key host = key_host(from, ports);
    const struct association *a = association_find(BY_PEER_HOST, &host);
    bool there = false;
    for (; a; a = association_next(a, BY_PEER_HOST))
        if (a->state == ESTABLISHED) {
            there = true;
            if (association_is_source(a, from))
                return AT_THIS_PORT;
        }
    return there ? AT_ANOTHER_PORT : NOWHERE;
}

static bool is_end(const unsigned char *chunk)
{
    return chunk[0] == CHUNK_ABORT || chunk[0] == CHUNK_SHUTDOWN_COMPLETE;
}

/* Whether the stack may see a COOKIE ECHO.  When a peer restarts with fewer streams than before,
 * libusrsctp replaces the array of streams by a smaller one.  If a message on a higher stream is
 * still unread, it writes beyond the end of that array when the program receives the message. */
static bool may_restart(const struct place *from, const struct key *ports,
                        const unsigned char *echo, size_t size)
{
    struct key host = key_host(from, ports);
    const struct association *a = association_find(BY_PEER_HOST, &host);
    bool there = false;
    if (!packet_restarts(echo, size, &current_packet.streams))
        return true;
    for (; a; a = association_next(a, BY_PEER_HOST))
        if (a->state == ESTABLISHED) {
            if (a->streams > current_packet.streams)
                return false;
            there |= association_is_source(a, from);
        }
    return there;
}

/* Our tag proves that the packet is the peer's. */
static void from_peer(struct association *a, const union address *from, const unsigned char *packet,
                      size_t size)
{
    const unsigned char *end = packet_chunk(packet, size, CHUNK_ABORT);
    if (!end)
        end = packet_chunk(packet, size, CHUNK_SHUTDOWN_COMPLETE);
    current_packet.of = a;
    if (packet[PACKET_HEADER] == CHUNK_INIT_ACK && size >= PACKET_HEADER + 20)
        current_packet.streams =
            (unsigned)packet[PACKET_HEADER + 12] << 8 | packet[PACKET_HEADER + 13];
    if (has_chunk(packet, size, CHUNK_RECONFIG)) /* which may add streams (RFC 6525) */
        a->streams = NO_RESTART;
    association_add_source(a, from);
    association_set_state(a, a->state); /* now the most recently used of its state */
    if (end && !(end[1] & CHUNK_TAG_REFLECTED) && a->state == ESTABLISHED)
        association_set_closed(a);
}

/*
 * Judges a packet without a tag of ours by its chunks.  The letters are the rules of RFC 9260,
 * 8.5.1.
 *
 * INIT has no tag (A).  It is passed on, with its UDP port unless an association has it: the stack
 * refuses an INIT from another port that would restart an association.
 *
 * COOKIE ECHO has the tag that we sent in an INIT ACK (D), for an association that does not exist
 * yet or that the peer restarts.  The address must be the one that was sent this tag, and if there
 * is an association with it, the port must be that association's.
 *
 * ABORT, SHUTDOWN COMPLETE and PACKET DROPPED with the T bit have the peer's tag, reflected (B,
 * C).  They answer a packet of ours, and so must come from where our packets go.
 *
 * SHUTDOWN ACK is answered (E, and 8.4), because the peer may be ending an association that we no
 * longer know.  The answer has that packet's tag, which no other peer would accept.
 *
 * Any other packet is answered if it is out of the blue, and dropped if it claims to belong to an
 * association.
 */
static enum verdict without_tag(const union address *from, const unsigned char *packet, size_t size)
{
    const unsigned char *chunk = packet + PACKET_HEADER;
    struct key tag = key_received(packet);
    struct place place = place_of(from);
    if (chunk[0] == CHUNK_INIT) {
        current_packet.shows_port = where(&place, &tag) != AT_THIS_PORT;
        return PACKET_PASS;
    }
    if (has_chunk(packet, size, CHUNK_COOKIE_ECHO))
        return cookie_known(from, &tag) && where(&place, &tag) != AT_ANOTHER_PORT ? PACKET_PASS
                                                                                  : PACKET_DROP;
    if ((is_end(chunk) || chunk[0] == CHUNK_PACKET_DROPPED) && chunk[1] & CHUNK_TAG_REFLECTED) {
        struct association *a = association_find(BY_PEER_TAG, &tag);
        if (!a || !association_is_source(a, &place))
            return PACKET_DROP;
        if (is_end(chunk) && a->state == ESTABLISHED)
            association_set_closed(a);
        return PACKET_PASS;
    }
    if (has_chunk(packet, size, CHUNK_ABORT) || has_chunk(packet, size, CHUNK_SHUTDOWN_COMPLETE) ||
        has_chunk(packet, size, CHUNK_COOKIE_ACK) || has_chunk(packet, size, CHUNK_INIT_ACK) ||
        has_chunk(packet, size, CHUNK_PACKET_DROPPED))
        return PACKET_DROP;
    if (has_chunk(packet, size, CHUNK_SHUTDOWN_ACK))
        return PACKET_ANSWER;
    return where(&place, &tag) == AT_ANOTHER_PORT ? PACKET_DROP : PACKET_ANSWER;
}

enum verdict association_received(const union address *from, const union address *to,
                                  const unsigned char *packet, size_t size)
{
    association_packet_done();
    if (size < PACKET_HEADER + 4)
        return PACKET_DROP;
    current_packet.from = *from;
    current_packet.to = *to;
    struct key ours = key_received(packet);
    struct association *a = association_find(BY_OUR_TAG, &ours);
    enum verdict verdict = PACKET_PASS;
    if (a)
        from_peer(a, from, packet, size);
    else
        verdict = without_tag(from, packet, size);
    const unsigned char *echo =
        verdict == PACKET_PASS ? packet_chunk(packet, size, CHUNK_COOKIE_ECHO) : NULL;
    struct place place = place_of(from);
    if (echo && !may_restart(&place, &ours, echo, size - (size_t)(echo - packet)))
        return PACKET_DROP;
    if (echo)
        current_packet.cookie = packet;
    return verdict;
}

bool association_destination(const union address *from, union address *to)
{
    struct place sender = place_of(&current_packet.from), peer = place_of(from);
    *to = current_packet.to;
    return IN6_ARE_ADDR_EQUAL(&sender.host, &peer.host);
}

bool association_shows_port(void)
{
    return current_packet.shows_port;
}

void association_packet_done(void)
{
    current_packet = (struct current_packet){.of = NULL};
}

void association_drop_inherited(void)
{
    association_table_drop_inherited();
    association_packet_done();
}
