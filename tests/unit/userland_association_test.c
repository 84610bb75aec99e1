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

/* The UDP port that a packet of ours to the peer's address goes to; 0: not known. */
static uint16_t port_to(const char *host, uint16_t peer_port, uint32_t our_tag)
{
    const union address peer = address(host, 1);
    unsigned char packet[SIZE];

    make(packet, 7, peer_port, our_tag + 1000000, 0, 0);
    return ntohs(association_port(&peer, packet));
}

static void receive_from(const char *host, uint16_t udp_port, uint16_t peer_port, uint32_t our_tag)
{
    const union address peer = address(host, udp_port), us = address("10.0.0.2", 9899);
    unsigned char packet[SIZE];

    make(packet, peer_port, 7, our_tag, 0, 0);
    assert_int_equal(association_received(&peer, &us, packet, sizeof(packet)), PACKET_PASS);
    assert_false(association_shows_port());
    association_packet_done();
}

static void packets_go_to_the_port_from_which_the_peer_sent_its_tag(void **state)
{
    establish(61000, 61000);
    assert_int_equal(port_to("10.0.0.1", 61000, 61000), 9899);
    receive_from("10.0.0.1", 5000, 61000, 61000);
    assert_int_equal(port_to("10.0.0.1", 61000, 61000), 5000);
    receive_from("10.0.0.3", 6000, 61000, 61000);
    assert_int_equal(port_to("10.0.0.3", 61000, 61000), 6000);
    assert_int_equal(port_to("10.0.0.1", 61000, 61000), 5000);
    assert_int_equal(port_to("10.0.0.4", 61000, 61000), 5000); /* has sent nothing yet */
}

static void the_tag_of_one_association_does_not_change_the_port_of_another(void **state)
{
    establish(62000, 62000);
    establish(62000, 62001);
    receive_from("10.0.0.1", 5000, 62000, 62001);
    assert_int_equal(port_to("10.0.0.1", 62000, 62001), 5000);
    assert_int_equal(port_to("10.0.0.1", 62000, 62000), 9899);
}

static void an_INIT_ACK_with_the_tag_of_our_INIT_is_sent_to_its_peer_only(void **state)
{
    const union address peer = address("10.0.0.1", 9899), us = address("10.0.0.2", 9899),
                        other_port = address("10.0.0.1", 9898), other = address("10.0.0.3", 9899);
    unsigned char packet[SIZE];

    send_one(63000, 0, INIT, 63000);
    make(packet, 7, 63000, 1, INIT_ACK, 63000);
    assert_true(association_sent(&peer, &us, packet, sizeof(packet)));
    assert_false(association_sent(&other_port, &us, packet, sizeof(packet)));
    assert_false(association_sent(&other, &us, packet, sizeof(packet)));
    make(packet, 7, 63000, 1, INIT_ACK, 63001);
    assert_true(association_sent(&other, &us, packet, sizeof(packet)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_does_not_use_a_closed_association_that_it_freed),
        cmocka_unit_test(an_abort_passes_only_with_the_tag_and_the_ports_of_an_association),
        cmocka_unit_test(packets_go_to_the_port_from_which_the_peer_sent_its_tag),
        cmocka_unit_test(the_tag_of_one_association_does_not_change_the_port_of_another),
        cmocka_unit_test(an_INIT_ACK_with_the_tag_of_our_INIT_is_sent_to_its_peer_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
