/*
 * The filter before the userland stack (userland/association.c), without the stack: packets are
 * made by hand, and the guardian and the random numbers are stubs.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>

#include "../../userland/association.h"
#include "../../userland/guardian.h"
#include "../../userland/packet.h"

enum {
    SACK = 3,
    MOST_CLOSED = 1 << 12, /* as in association_table.c */
    MOST_SETUP = 1 << 14,
    SIZE = 20,
    T = CHUNK_TAG_REFLECTED,
};

/* ---- stubs ------------------------------------------------------------------ */

/* association_drop_inherited() forgets the associations of the tests before. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

static struct {
    bool taken[10000];
    int last, n; /* n: how many are taken */
    union address to, from, moved;
    unsigned char header[PACKET_HEADER];
    int moves;
} notes;

int guardian_note(const union address *peer, const union address *from, const unsigned char *packet)
{
    notes.to = *peer;
    notes.from = *from;
    memcpy(notes.header, packet, sizeof(notes.header));
    notes.taken[++notes.last] = true;
    notes.n++;
    return notes.last;
}

void guardian_moved(int note, const union address *peer)
{
    notes.moved = *peer;
    notes.moves += note >= 0;
}

void guardian_forget(int note)
{
    if (note < 0)
        return;
    assert_true(notes.taken[note]);
    notes.taken[note] = false;
    notes.n--;
}

static int randoms;

/* The first call returns too few bytes, with which the table has to do. */
ssize_t getrandom(void *to, size_t size, unsigned flags)
{
    static const uint64_t words[] = {0, 0x9e3779b97f4a7c16, 0xbf58476d1ce4e5b8};

    assert_int_equal(size, sizeof(words));
    memcpy(to, words, size);
    if (++randoms == 1)
        return -1;
    memset(to, 1, size);
    return (ssize_t)size;
}

/* ---- packets ------------------------------------------------------------------ */

static union address address(const char *host, uint16_t port)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_port = htons(port)}};

    if (inet_pton(AF_INET, host, &a.in.sin_addr) != 1) {
        a = (union address){.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
        assert_int_equal(inet_pton(AF_INET6, host, &a.in6.sin6_addr), 1);
    }
    return a;
}

/* The peer and we, at the UDP ports. */
static union address peer, us;

/* A packet with one chunk, from SCTP port `from`; initiate: the tag in an INIT.  The other bytes
 * are never the same. */
static void make(unsigned char *packet, uint16_t from, uint16_t to, uint32_t tag, int chunk,
                 int flags, uint32_t initiate)
{
    const uint16_t ports[] = {htons(from), htons(to)};
    static unsigned char junk;

    memset(packet, ++junk, SIZE + 4);
    memcpy(packet, ports, sizeof(ports));
    memcpy(packet + 4, &tag, sizeof(tag));
    memcpy(packet + 12, (unsigned char[]){(unsigned char)chunk, (unsigned char)flags, 0, 8}, 4);
    memcpy(packet + 16, &initiate, sizeof(initiate));
}

static enum verdict receive_flags(uint16_t peer_port, uint32_t tag, int chunk, int flags)
{
    static unsigned char packet[SIZE + 4];

    make(packet, peer_port, 7, tag, chunk, flags, 0);
    return association_received(&peer, &us, packet, SIZE);
}

static enum verdict receive(uint16_t peer_port, uint32_t tag, int chunk)
{
    return receive_flags(peer_port, tag, chunk, 0);
}

static void send_flags(uint16_t peer_port, uint32_t tag, int chunk, int flags, uint32_t initiate)
{
    unsigned char packet[SIZE + 4];

    make(packet, 7, peer_port, tag, chunk, flags, initiate);
    association_sent(&peer, &us, packet, SIZE);
}

static void send_one(uint16_t peer_port, uint32_t tag, int chunk, uint32_t initiate)
{
    send_flags(peer_port, tag, chunk, 0, initiate);
}

/* The peer's tag is ours + 1000000. */
static uint32_t peers(uint32_t our_tag)
{
    return our_tag + 1000000;
}

/* We set an association up. */
static void establish(uint16_t peer_port, uint32_t our_tag)
{
    send_one(peer_port, 0, CHUNK_INIT, our_tag);
    assert_int_equal(receive(peer_port, our_tag, CHUNK_INIT_ACK), PACKET_PASS);
    send_one(peer_port, peers(our_tag), CHUNK_COOKIE_ECHO, 0);
    association_packet_done();
}

/* The peer sets it up. */
static void accept_one(uint16_t peer_port, uint32_t our_tag)
{
    assert_int_equal(receive(peer_port, 0, CHUNK_INIT), PACKET_PASS);
    send_one(peer_port, peers(our_tag), CHUNK_INIT_ACK, our_tag);
    assert_int_equal(receive(peer_port, our_tag, CHUNK_COOKIE_ECHO), PACKET_PASS);
    send_one(peer_port, peers(our_tag), CHUNK_COOKIE_ACK, 0);
    association_packet_done();
}

static void end(uint16_t peer_port, uint32_t our_tag)
{
    assert_int_equal(receive(peer_port, our_tag, CHUNK_ABORT), PACKET_PASS);
    association_packet_done();
}

static enum verdict receive_from(const union address *from, uint16_t peer_port, uint32_t tag,
                                 int chunk, int flags)
{
    const union address usual = peer;
    enum verdict verdict;

    peer = *from;
    verdict = receive_flags(peer_port, tag, chunk, flags);
    association_packet_done();
    peer = usual;
    return verdict;
}

static int begin(void **state)
{
    association_drop_inherited();
    memset(&notes, 0, sizeof(notes));
    peer = address("10.0.0.1", 9899);
    us = address("10.0.0.2", 9899);
    return 0;
}

/* ---- which packets belong to an association ----------------------------------- */

UNIT_TEST(an_abort_passes_only_with_the_tag_and_the_ports_of_an_association)
{
    establish(60000, 60000);
    assert_int_equal(receive(60000, 60001, CHUNK_ABORT), PACKET_DROP);
    assert_int_equal(receive(60001, 60000, CHUNK_ABORT), PACKET_DROP);
    assert_int_equal(receive(60000, 60000, CHUNK_ABORT), PACKET_PASS);
    assert_int_equal(randoms, 1);
}

UNIT_TEST(an_association_is_noted_from_the_cookie_to_its_end)
{
    static const struct {
        bool sent;
        int chunk, flags, notes;
    } ends[] = {
        {false, CHUNK_ABORT, 0, 0},
        {false, CHUNK_SHUTDOWN_COMPLETE, 0, 0},
        {false, CHUNK_ABORT, T, 1}, /* with our tag, it is not reflected */
        {false, SACK, 0, 1},
        {true, CHUNK_ABORT, 0, 0},
        {true, CHUNK_SHUTDOWN_COMPLETE, 0, 0},
        {true, CHUNK_ABORT, T, 1}, /* an answer to another packet */
        {true, SACK, 0, 1},
    };

    for (size_t i = 0; i < COUNT(ends); i++) {
        const uint32_t tag = 100 + (uint32_t)i;

        begin(state);
        (i % 2 ? accept_one : establish)(1, tag);
        assert_int_equal(notes.n, 1);
        assert_memory_equal(&notes.to, &peer, sizeof(peer));
        assert_memory_equal(&notes.from, &us, sizeof(us));
        assert_memory_equal(notes.header, "\0\7\0\1", 4);
        if (ends[i].sent)
            send_flags(1, peers(tag), ends[i].chunk, ends[i].flags, 0);
        else
            assert_int_equal(receive_flags(1, tag, ends[i].chunk, ends[i].flags), PACKET_PASS);
        if (notes.n != ends[i].notes)
            fail_msg("case %zu: %d notes", i, notes.n);
        assert_int_equal(receive(1, tag, SACK), PACKET_PASS); /* also after its end */
    }
    send_one(1, 4711, CHUNK_ABORT, 0); /* for an association that never was */
}

UNIT_TEST(an_INIT_shorter_than_its_tag_is_not_learnt)
{
    unsigned char packet[SIZE + 4];

    make(packet, 7, 1, 0, CHUNK_INIT, 0, 5);
    association_sent(&peer, &us, packet, SIZE - 1);
    assert_int_equal(receive(1, 5, CHUNK_INIT_ACK), PACKET_DROP);
}

UNIT_TEST(a_handshake_is_not_completed_by_a_cookie_for_another)
{
    send_one(1, 0, CHUNK_INIT, 5);
    assert_int_equal(receive(1, 5, CHUNK_INIT_ACK), PACKET_PASS);
    send_one(2, peers(5), CHUNK_COOKIE_ECHO, 0); /* to another port */
    assert_int_equal(notes.n, 0);
    association_packet_done();
    send_one(1, peers(5), CHUNK_COOKIE_ECHO, 0); /* answers nothing */
    assert_int_equal(notes.n, 0);
    send_one(1, peers(6), CHUNK_INIT_ACK, 6);
    assert_int_equal(receive(1, 6, CHUNK_COOKIE_ECHO), PACKET_PASS);
    send_one(2, peers(6), CHUNK_COOKIE_ACK, 0);
    assert_int_equal(notes.n, 0);
    association_packet_done();
    send_one(1, peers(6), CHUNK_COOKIE_ACK, 0);
    assert_int_equal(notes.n, 0);
    assert_int_equal(receive(1, 7, CHUNK_COOKIE_ECHO), PACKET_DROP); /* a tag that was not sent */
    send_one(1, peers(7), CHUNK_COOKIE_ACK, 0);
    assert_int_equal(notes.n, 0);
}

/* From and to the same SCTP ports, but from another of ours. */
UNIT_TEST(a_cookie_for_another_of_our_ports_completes_nothing)
{
    unsigned char packet[SIZE + 4];

    send_one(1, 0, CHUNK_INIT, 5);
    assert_int_equal(receive(1, 5, CHUNK_INIT_ACK), PACKET_PASS);
    make(packet, 8, 1, peers(5), CHUNK_COOKIE_ECHO, 0, 0);
    association_sent(&peer, &us, packet, SIZE);
    assert_int_equal(notes.n, 0);
    association_packet_done();
    send_one(1, peers(6), CHUNK_INIT_ACK, 6);
    assert_int_equal(receive(1, 6, CHUNK_COOKIE_ECHO), PACKET_PASS);
    make(packet, 8, 1, peers(6), CHUNK_COOKIE_ACK, 0, 0);
    association_sent(&peer, &us, packet, SIZE);
    assert_int_equal(notes.n, 0);
}

UNIT_TEST(a_repeated_cookie_changes_nothing)
{
    accept_one(1, 5);
    assert_int_equal(receive(1, 5, CHUNK_COOKIE_ECHO), PACKET_PASS);
    send_one(1, peers(5), CHUNK_COOKIE_ACK, 0);
    assert_int_equal(notes.last, 1);
    association_packet_done();
    end(1, 5);
    assert_int_equal(notes.n, 0);
}

/* RFC 9260, 5.2.4, B: both have sent an INIT. */
UNIT_TEST(an_association_whose_peer_has_another_tag_is_noted_anew)
{
    establish(1, 5);
    assert_int_equal(receive(1, 5, CHUNK_COOKIE_ECHO), PACKET_PASS);
    send_one(1, 4711, CHUNK_COOKIE_ACK, 0);
    association_packet_done();
    assert_int_equal(notes.last, 2);
    assert_int_equal(notes.n, 1);
    assert_int_equal(receive_from(&peer, 1, peers(5), CHUNK_ABORT, T), PACKET_DROP);
    assert_int_equal(receive_from(&peer, 1, 4711, CHUNK_ABORT, T), PACKET_PASS);
    assert_int_equal(notes.n, 0);
}

/* ---- packets without a tag of ours ---------------------------------------------- */

UNIT_TEST(a_reflected_tag_passes_from_where_our_packets_go)
{
    const union address elsewhere = address("10.0.0.1", 9900), other = address("10.0.0.3", 9899);
    static const int chunks[] = {CHUNK_ABORT, CHUNK_SHUTDOWN_COMPLETE, CHUNK_PACKET_DROPPED};

    for (size_t i = 0; i < COUNT(chunks); i++) {
        begin(state);
        accept_one(1, 5);
        assert_int_equal(receive_from(&elsewhere, 1, peers(5), chunks[i], T), PACKET_DROP);
        assert_int_equal(receive_from(&other, 1, peers(5), chunks[i], T), PACKET_DROP);
        assert_int_equal(receive_from(&peer, 1, peers(6), chunks[i], T), PACKET_DROP);
        assert_int_equal(receive_from(&peer, 1, peers(5), chunks[i], 0), PACKET_DROP);
        assert_int_equal(notes.n, 1);
        assert_int_equal(receive_from(&peer, 1, peers(5), chunks[i], T), PACKET_PASS);
        assert_int_equal(notes.n, chunks[i] == CHUNK_PACKET_DROPPED);
        assert_int_equal(receive_from(&peer, 1, peers(5), chunks[i], T), PACKET_PASS);
    }
}

UNIT_TEST(the_peer_may_move_to_another_port)
{
    const union address moved = address("10.0.0.1", 9900);

    establish(1, 5);
    assert_int_equal(notes.moves, 0);
    assert_int_equal(receive_from(&moved, 1, 5, SACK, 0), PACKET_PASS);
    assert_int_equal(notes.moves, 1);
    assert_memory_equal(&notes.moved, &moved, sizeof(moved));
    assert_int_equal(receive_from(&moved, 1, 5, SACK, 0), PACKET_PASS);
    assert_int_equal(notes.moves, 1);
    assert_int_equal(receive_from(&peer, 1, peers(5), CHUNK_ABORT, T), PACKET_DROP);
    assert_int_equal(receive_from(&moved, 1, peers(5), CHUNK_ABORT, T), PACKET_PASS);
}

UNIT_TEST(eight_addresses_of_a_peer_are_remembered)
{
    union address at[10];

    establish(1, 5); /* from the first one */
    for (int i = 0; i < 10; i++) {
        char host[40];

        snprintf(host, sizeof(host), i % 2 ? "10.0.1.%d" : "2001:db8::%d", i);
        at[i] = address(host, 9899);
        assert_int_equal(receive_from(&at[i], 1, 5, SACK, 0), PACKET_PASS);
    }
    assert_int_equal(receive_from(&peer, 1, peers(5), CHUNK_PACKET_DROPPED, T), PACKET_DROP);
    for (int i = 0; i < 10; i++)
        assert_int_equal(receive_from(&at[i], 1, peers(5), CHUNK_PACKET_DROPPED, T),
                         i < 2 ? PACKET_DROP : PACKET_PASS);
    assert_int_equal(receive_from(&peer, 1, 5, SACK, 0), PACKET_PASS);
    assert_int_equal(receive_from(&at[2], 1, peers(5), CHUNK_PACKET_DROPPED, T), PACKET_DROP);
    assert_int_equal(receive_from(&at[3], 1, peers(5), CHUNK_PACKET_DROPPED, T), PACKET_PASS);
}

/* While our INIT is unanswered, the stack answers the peer's with the same tag. */
UNIT_TEST(an_INIT_ACK_with_the_tag_of_our_INIT_is_sent_to_its_peer_only)
{
    const union address elsewhere = address("10.0.0.1", 9900), other = address("10.0.0.3", 9899);
    unsigned char packet[SIZE + 4];

    send_one(1, 0, CHUNK_INIT, 905);
    send_one(1, 0, CHUNK_INIT, 905); /* a retransmission */
    make(packet, 7, 1, 1, CHUNK_INIT_ACK, 0, 905);
    assert_true(association_sent(&peer, &us, packet, SIZE));
    assert_false(association_sent(&elsewhere, &us, packet, SIZE));
    assert_false(association_sent(&other, &us, packet, SIZE));
    assert_int_equal(receive_from(&other, 1, 905, CHUNK_COOKIE_ECHO, 0), PACKET_PASS); /* our tag */
    make(packet, 7, 1, 1, CHUNK_INIT_ACK, 0, 906);
    assert_true(association_sent(&other, &us, packet, SIZE));
    assert_true(association_sent(&other, &us, packet, 13));
}

/* The UDP port that a packet of ours goes to; 0: not known. */
static uint16_t port_to(const char *host, uint16_t peer_port, uint32_t tag)
{
    const union address to = address(host, 1);
    unsigned char packet[SIZE + 4];

    make(packet, 7, peer_port, tag, SACK, 0, 0);
    return ntohs(association_port(&to, packet));
}

UNIT_TEST(packets_go_to_the_port_from_which_the_peer_sent_its_tag)
{
    const union address moved = address("10.0.0.1", 5000), second = address("10.0.0.3", 6000);

    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 0);
    establish(1, 5);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 9899);
    receive_from(&moved, 1, 5, SACK, 0);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 5000);
    receive_from(&second, 1, 5, SACK, 0);
    assert_int_equal(port_to("10.0.0.3", 1, peers(5)), 6000);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 5000);
    assert_int_equal(port_to("10.0.0.4", 1, peers(5)), 5000); /* has sent nothing yet */
    establish(1, 6);                                          /* does not change it */
    assert_int_equal(port_to("10.0.0.1", 1, peers(6)), 9899);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 5000);
    assert_int_equal(port_to("10.0.0.1", 1, 4711), 0);
    peer = moved;
    receive(2, 8, SACK); /* the answer to it goes to where it came from */
    assert_int_equal(port_to("10.0.0.1", 2, 4711), 5000);
    assert_int_equal(port_to("10.0.0.9", 2, 4711), 0);
    receive(1, 6, SACK);
    assert_int_equal(port_to("10.0.0.9", 2, 4711), 5000); /* of this association's peer */
    association_packet_done();
    assert_int_equal(port_to("10.0.0.1", 2, 4711), 0);
    assert_int_equal(port_to("10.0.0.9", 2, 4711), 0);
}

UNIT_TEST(the_stack_is_told_the_port_of_an_INIT_from_another_place)
{
    static const struct {
        int chunk;
        bool before, after, other_port;
    } cases[] = {{CHUNK_INIT, true, false, true}, {SACK, false, false, false}};
    const union address usual = peer, elsewhere = address("10.0.0.1", 9900);

    for (size_t i = 0; i < COUNT(cases); i++) {
        begin(state);
        receive(1, 0, cases[i].chunk);
        assert_int_equal(association_shows_port(), cases[i].before);
        association_packet_done();
        assert_false(association_shows_port());
        accept_one(1, 5);
        receive(1, 0, cases[i].chunk);
        assert_int_equal(association_shows_port(), cases[i].after);
        peer = elsewhere;
        receive(1, 0, cases[i].chunk);
        assert_int_equal(association_shows_port(), cases[i].other_port);
        peer = usual;
    }
}

UNIT_TEST(a_cookie_passes_from_the_address_and_port_of_the_association)
{
    const union address elsewhere = address("10.0.0.1", 9900), other = address("10.0.0.3", 9899);

    send_one(1, peers(6), CHUNK_INIT_ACK, 6);
    assert_int_equal(receive_from(&other, 1, 6, CHUNK_COOKIE_ECHO, 0), PACKET_DROP);
    assert_int_equal(receive_from(&elsewhere, 1, 6, CHUNK_COOKIE_ECHO, 0), PACKET_PASS);
    accept_one(1, 5);
    send_one(1, peers(6), CHUNK_INIT_ACK, 6);
    assert_int_equal(receive_from(&elsewhere, 1, 6, CHUNK_COOKIE_ECHO, 0), PACKET_DROP);
    assert_int_equal(receive_from(&peer, 1, 6, CHUNK_COOKIE_ECHO, 0), PACKET_PASS);
    end(1, 5);
    assert_int_equal(receive_from(&elsewhere, 1, 6, CHUNK_COOKIE_ECHO, 0), PACKET_PASS);
}

UNIT_TEST(other_packets_without_our_tag_are_answered_or_dropped)
{
    const union address elsewhere = address("10.0.0.1", 9900);
    static const int dropped[] = {CHUNK_ABORT, CHUNK_SHUTDOWN_COMPLETE, CHUNK_COOKIE_ACK,
                                  CHUNK_INIT_ACK, CHUNK_PACKET_DROPPED};
    unsigned char packet[SIZE + 4];

    for (size_t i = 0; i < COUNT(dropped); i++) {
        assert_int_equal(receive(1, 6, dropped[i]), PACKET_DROP);
        make(packet, 1, 7, 6, SACK, 0, 0); /* as the second chunk */
        memcpy(packet + 12, "\3\0\0\4", 4);
        memcpy(packet + 16, (unsigned char[]){(unsigned char)dropped[i], 0, 0, 4}, 4);
        assert_int_equal(association_received(&peer, &us, packet, SIZE), PACKET_DROP);
    }
    assert_int_equal(receive(1, 6, CHUNK_SHUTDOWN_ACK), PACKET_ANSWER);
    assert_int_equal(receive(1, 6, SACK), PACKET_ANSWER);
    accept_one(1, 5);
    assert_int_equal(receive_from(&elsewhere, 1, 6, CHUNK_SHUTDOWN_ACK, 0), PACKET_ANSWER);
    assert_int_equal(receive_from(&elsewhere, 1, 6, SACK, 0), PACKET_DROP);
    assert_int_equal(receive_from(&peer, 1, 6, SACK, 0), PACKET_ANSWER);
    assert_int_equal(receive_from(&elsewhere, 2, 6, SACK, 0), PACKET_ANSWER);
    end(1, 5);
    assert_int_equal(receive_from(&elsewhere, 1, 6, SACK, 0), PACKET_ANSWER);
}

UNIT_TEST(a_packet_without_a_whole_chunk_is_dropped)
{
    unsigned char packet[SIZE + 4];

    make(packet, 1, 7, 6, CHUNK_SHUTDOWN_ACK, 0, 0);
    assert_int_equal(association_received(&peer, &us, packet, 15), PACKET_DROP);
    assert_int_equal(association_received(&peer, &us, packet, 16), PACKET_ANSWER);
}

UNIT_TEST(the_destination_of_the_last_packet_is_told_to_its_sender)
{
    const union address mapped = address("::ffff:10.0.0.1", 1), other = address("10.0.0.3", 9899),
                        six = address("2001:db8::1", 9899);
    union address to;

    receive(1, 6, SACK);
    assert_true(association_destination(&peer, &to));
    assert_memory_equal(&to, &us, sizeof(us));
    assert_true(association_destination(&mapped, &to));
    assert_false(association_destination(&other, &to));
    assert_false(association_destination(&six, &to));
    peer = six;
    receive(1, 6, SACK);
    assert_true(association_destination(&six, &to));
    assert_false(association_destination(&other, &to));
}

/* ---- restarts, and full tables --------------------------------------------------- */

UNIT_TEST(a_restart_ends_the_association_with_the_same_addresses_and_ports)
{
    establish(1, 1);
    us = address("10.0.0.4", 9899);
    establish(1, 2); /* with another address of ours */
    us = address("10.0.0.2", 9899);
    establish(2, 3);
    assert_int_equal(notes.n, 3);
    accept_one(1, 4);
    assert_int_equal(notes.n, 3);
    end(1, 1);
    assert_int_equal(notes.n, 3);
    end(1, 2);
    end(2, 3);
    end(1, 4);
    assert_int_equal(notes.n, 0);
}

/* The table of closed associations is full when the restart closes one more.  That frees the
 * oldest, which is also the next one with the peer's address. */
UNIT_TEST(a_restart_does_not_use_a_closed_association_that_it_freed)
{
    establish(1, 1);
    end(1, 1);
    establish(1, 2);
    for (uint32_t i = 1; i < MOST_CLOSED; i++) {
        establish((uint16_t)(1 + i), 1000 + i);
        end((uint16_t)(1 + i), 1000 + i);
    }
    establish(1, 3);
    assert_int_equal(receive(1, 1, CHUNK_ABORT), PACKET_DROP); /* freed, so unknown */
    assert_int_equal(receive(1, 2, CHUNK_ABORT), PACKET_PASS); /* closed by the restart */
    assert_int_equal(receive(1, 3, CHUNK_ABORT), PACKET_PASS);
}

static void fill_setup(void)
{
    for (uint32_t i = 0; i < MOST_SETUP; i++)
        send_one((uint16_t)(1 + i), 0, CHUNK_INIT, 1 + i);
}

UNIT_TEST(the_oldest_handshake_gives_way)
{
    fill_setup();
    assert_int_equal(receive(1, 1, CHUNK_INIT_ACK), PACKET_PASS); /* now the newest */
    association_packet_done();
    send_one(60000, 0, CHUNK_INIT, 60000);
    assert_int_equal(receive(2, 2, CHUNK_INIT_ACK), PACKET_DROP);
    assert_int_equal(receive(1, 1, CHUNK_INIT_ACK), PACKET_PASS);
    assert_int_equal(receive(3, 3, CHUNK_INIT_ACK), PACKET_PASS);
    assert_int_equal(receive(60000, 60000, CHUNK_INIT_ACK), PACKET_PASS);
    assert_int_equal(notes.n, 0);
    association_drop_inherited();
    assert_int_equal(receive(1, 1, CHUNK_INIT_ACK), PACKET_DROP);
    fill_setup();
    for (uint32_t i = MOST_SETUP; i > 0; i--) /* the last one is now the oldest */
        assert_int_equal(receive((uint16_t)i, i, CHUNK_INIT_ACK), PACKET_PASS);
    for (uint32_t i = 0; i < 100; i++)
        send_one((uint16_t)(60000 + i), 0, CHUNK_INIT, 60000 + i);
    for (uint32_t i = 1; i <= MOST_SETUP; i++)
        assert_int_equal(receive((uint16_t)i, i, CHUNK_INIT_ACK),
                         i <= MOST_SETUP - 100 ? PACKET_PASS : PACKET_DROP);
}

UNIT_TEST(a_busy_association_pushes_no_other_out)
{
    send_one(1, 0, CHUNK_INIT, 1);
    send_one(2, 0, CHUNK_INIT, 2);
    for (int i = 0; i <= MOST_SETUP; i++)
        assert_int_equal(receive(2, 2, CHUNK_INIT_ACK), PACKET_PASS);
    assert_int_equal(receive(1, 1, CHUNK_INIT_ACK), PACKET_PASS);
}

/* ---- cookies ------------------------------------------------------------------------ */

static bool knows_cookie(uint16_t peer_port, uint32_t tag)
{
    enum verdict verdict = receive(peer_port, tag, CHUNK_COOKIE_ECHO);

    association_packet_done();
    return verdict == PACKET_PASS;
}

UNIT_TEST(a_cookie_is_known_by_each_bit_of_address_ports_and_tag)
{
    const union address six = address("2001:db8:1:2:3:4:5:6", 9899);

    peer = six;
    send_one(0x1234, 4711, CHUNK_INIT_ACK, 0x12345678);
    assert_true(knows_cookie(0x1234, 0x12345678));
    for (unsigned bit = 0; bit < 32; bit++)
        assert_false(knows_cookie(0x1234, 0x12345678 ^ 1u << bit));
    for (unsigned bit = 0; bit < 16; bit++)
        assert_false(knows_cookie((uint16_t)(0x1234 ^ 1u << bit), 0x12345678));
    for (unsigned bit = 0; bit < 128; bit++) {
        peer = six;
        peer.in6.sin6_addr.s6_addr[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_false(knows_cookie(0x1234, 0x12345678));
    }
}

UNIT_TEST(many_later_cookies_push_one_out_and_few_do_not)
{
    enum { FEW = 1 << 14, MANY = 3 << 16, MINE = 1000 };
    int known = 0;

    for (uint32_t i = 0; i < MINE; i++)
        send_one(1, 4711, CHUNK_INIT_ACK, i);
    for (uint32_t i = 0; i < FEW; i++)
        send_one(1, 4711, CHUNK_INIT_ACK, MINE + i);
    for (uint32_t i = 0; i < MINE; i++)
        known += knows_cookie(1, i);
    assert_in_range(known, MINE - 20, MINE);
    for (uint32_t i = 0; i < MANY; i++)
        send_one(1, 4711, CHUNK_INIT_ACK, MINE + FEW + i);
    known = 0;
    for (uint32_t i = 0; i < MINE; i++)
        known += knows_cookie(1, i);
    assert_in_range(known, 0, 20);
}

int main(void)
{
    return run_all_tests(begin, NULL);
}
