/*
 * The filter before the userland stack (userland/association.c), without the stack: packets are
 * made by hand, and the guardian is a stub.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "../../userland/association.h"
#include "../../userland/guardian.h"

enum {
    INIT = 1,
    INIT_ACK = 2,
    ABORT = 6,
    COOKIE_ECHO = 10,
    MOST_CLOSED = 1 << 12, /* as in association_table.c */
    SIZE = 20,
};

int guardian_note(const union address *peer, const union address *from, const unsigned char *packet)
{
    (void)peer, (void)from, (void)packet;
    return 0;
}

void guardian_moved(int note, const union address *peer)
{
    (void)note, (void)peer;
}

void guardian_forget(int note)
{
    (void)note;
}

/* These packets have one chunk. */
const unsigned char *packet_chunk(const unsigned char *packet, size_t size, unsigned char type)
{
    return size > 12 && packet[12] == type ? packet + 12 : NULL;
}

static union address address(const char *host, uint16_t port)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_port = htons(port)}};

    assert_int_equal(inet_pton(AF_INET, host, &a.in.sin_addr), 1);
    return a;
}

/* A packet with one chunk, from SCTP port `from`; initiate: the tag in an INIT. */
static void make(unsigned char *packet, uint16_t from, uint16_t to, uint32_t tag, int chunk,
                 uint32_t initiate)
{
    const uint16_t ports[] = {htons(from), htons(to)};

    memset(packet, 0, SIZE);
    memcpy(packet, ports, sizeof(ports));
    memcpy(packet + 4, &tag, sizeof(tag));
    packet[12] = (unsigned char)chunk;
    memcpy(packet + 16, &initiate, sizeof(initiate));
}

static enum verdict receive(uint16_t peer_port, uint32_t our_tag, int chunk)
{
    const union address peer = address("10.0.0.1", 9899), us = address("10.0.0.2", 9899);
    unsigned char packet[SIZE];

    make(packet, peer_port, 7, our_tag, chunk, 0);
    return association_received(&peer, &us, packet, sizeof(packet));
}

static void send_one(uint16_t peer_port, uint32_t tag, int chunk, uint32_t initiate)
{
    const union address peer = address("10.0.0.1", 9899), us = address("10.0.0.2", 9899);
    unsigned char packet[SIZE];

    make(packet, 7, peer_port, tag, chunk, initiate);
    association_sent(&peer, &us, packet, sizeof(packet));
}

/* Sets an association up; the peer's tag is ours + 1000000. */
static void establish(uint16_t peer_port, uint32_t our_tag)
{
    send_one(peer_port, 0, INIT, our_tag);
    assert_int_equal(receive(peer_port, our_tag, INIT_ACK), PACKET_PASS);
    send_one(peer_port, our_tag + 1000000, COOKIE_ECHO, 0);
    association_packet_done();
}

static void end(uint16_t peer_port, uint32_t our_tag)
{
    assert_int_equal(receive(peer_port, our_tag, ABORT), PACKET_PASS);
    association_packet_done();
}

/* The table of closed associations is full when the restart closes one more.  That frees the
 * oldest, which is also the next one with the peer's address. */
static void a_restart_does_not_use_a_closed_association_that_it_freed(void **state)
{
    establish(1, 1);
    end(1, 1);
    establish(1, 2);
    for (uint32_t i = 1; i < MOST_CLOSED; i++) {
        establish((uint16_t)(1 + i), 1000 + i);
        end((uint16_t)(1 + i), 1000 + i);
    }
    establish(1, 3);
    assert_int_equal(receive(1, 1, ABORT), PACKET_DROP); /* freed, so unknown */
    assert_int_equal(receive(1, 2, ABORT), PACKET_PASS); /* closed by the restart */
    assert_int_equal(receive(1, 3, ABORT), PACKET_PASS);
}

static void an_abort_passes_only_with_the_tag_and_the_ports_of_an_association(void **state)
{
    establish(60000, 60000);
    assert_int_equal(receive(60000, 60001, ABORT), PACKET_DROP);
    assert_int_equal(receive(60001, 60000, ABORT), PACKET_DROP);
    assert_int_equal(receive(60000, 60000, ABORT), PACKET_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_does_not_use_a_closed_association_that_it_freed),
        cmocka_unit_test(an_abort_passes_only_with_the_tag_and_the_ports_of_an_association),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
