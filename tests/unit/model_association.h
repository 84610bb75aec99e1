/*
 * Packets of associations, and what the table of associations is told of them.
 */
#ifndef MODEL_ASSOCIATION_H
#define MODEL_ASSOCIATION_H

#include "unit_address.h"

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
    assert_int_equal(flags, 0); /* waits until there are random bytes */
    memcpy(to, words, size);
    if (++randoms == 1)
        return -1;
    memset(to, 1, size);
    return (ssize_t)size;
}

/* ---- packets ------------------------------------------------------------------ */

/* The peer and we, at the UDP ports. */
static union address peer, us;

/* A packet with one chunk, from SCTP port `from`; initiate: the tag in an INIT.  The other bytes
 * are never the same. */
static inline void make(unsigned char *packet, uint16_t from, uint16_t to, uint32_t tag, int chunk,
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

static inline enum verdict receive_flags(uint16_t peer_port, uint32_t tag, int chunk, int flags)
{
    static unsigned char packet[SIZE + 4];

    make(packet, peer_port, 7, tag, chunk, flags, 0);
    return association_received(&peer, &us, packet, SIZE);
}

static inline enum verdict receive(uint16_t peer_port, uint32_t tag, int chunk)
{
    return receive_flags(peer_port, tag, chunk, 0);
}

static inline void send_flags(uint16_t peer_port, uint32_t tag, int chunk, int flags,
                              uint32_t initiate)
{
    unsigned char packet[SIZE + 4];

    make(packet, 7, peer_port, tag, chunk, flags, initiate);
    association_sent(&peer, &us, packet, SIZE);
}

static inline void send_one(uint16_t peer_port, uint32_t tag, int chunk, uint32_t initiate)
{
    send_flags(peer_port, tag, chunk, 0, initiate);
}

/* The peer's tag is ours + 1000000. */
static inline uint32_t peers(uint32_t our_tag)
{
    return our_tag + 1000000;
}

/* We set an association up. */
static inline void establish(uint16_t peer_port, uint32_t our_tag)
{
    send_one(peer_port, 0, CHUNK_INIT, our_tag);
    assert_int_equal(receive(peer_port, our_tag, CHUNK_INIT_ACK), PACKET_PASS);
    send_one(peer_port, peers(our_tag), CHUNK_COOKIE_ECHO, 0);
    association_packet_done();
}

/* The peer sets it up. */
static inline void accept_one(uint16_t peer_port, uint32_t our_tag)
{
    assert_int_equal(receive(peer_port, 0, CHUNK_INIT), PACKET_PASS);
    send_one(peer_port, peers(our_tag), CHUNK_INIT_ACK, our_tag);
    assert_int_equal(receive(peer_port, our_tag, CHUNK_COOKIE_ECHO), PACKET_PASS);
    send_one(peer_port, peers(our_tag), CHUNK_COOKIE_ACK, 0);
    association_packet_done();
}

static inline void end(uint16_t peer_port, uint32_t our_tag)
{
    assert_int_equal(receive(peer_port, our_tag, CHUNK_ABORT), PACKET_PASS);
    association_packet_done();
}

static inline enum verdict receive_from(const union address *from, uint16_t peer_port, uint32_t tag,
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

static inline int begin(void **state)
{
    association_drop_inherited();
    memset(&notes, 0, sizeof(notes));
    peer = at("10.0.0.1", 9899);
    us = at("10.0.0.2", 9899);
    return 0;
}

#endif
