/*
 * Associations that are noted, restarted and forgotten: userland/association_table.c.
 */
#include "model_association.h"

/* ---- restarts, and full tables --------------------------------------------------- */

UNIT_TEST(a_restart_ends_the_association_with_the_same_addresses_and_ports)
{
    establish(1, 1);
    us = at("10.0.0.4", 9899);
    establish(1, 2); /* with another address of ours */
    us = at("10.0.0.2", 9899);
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
    const union address six = at("2001:db8:1:2:3:4:5:6", 9899);

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
