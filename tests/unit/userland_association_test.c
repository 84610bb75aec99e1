/*
 * Which packets belong to an association: userland/association.c.
 */
#include "model_association.h"

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
    const union address elsewhere = at("10.0.0.1", 9900), other = at("10.0.0.3", 9899);
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
    const union address moved = at("10.0.0.1", 9900);

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
    union address from[10];

    establish(1, 5); /* from the first one */
    for (int i = 0; i < 10; i++) {
        char host[40];

        snprintf(host, sizeof(host), i % 2 ? "10.0.1.%d" : "2001:db8::%d", i);
        from[i] = at(host, 9899);
        assert_int_equal(receive_from(&from[i], 1, 5, SACK, 0), PACKET_PASS);
    }
    assert_int_equal(receive_from(&peer, 1, peers(5), CHUNK_PACKET_DROPPED, T), PACKET_DROP);
    for (int i = 0; i < 10; i++)
        assert_int_equal(receive_from(&from[i], 1, peers(5), CHUNK_PACKET_DROPPED, T),
                         i < 2 ? PACKET_DROP : PACKET_PASS);
    assert_int_equal(receive_from(&peer, 1, 5, SACK, 0), PACKET_PASS);
    assert_int_equal(receive_from(&from[2], 1, peers(5), CHUNK_PACKET_DROPPED, T), PACKET_DROP);
    assert_int_equal(receive_from(&from[3], 1, peers(5), CHUNK_PACKET_DROPPED, T), PACKET_PASS);
}

/* While our INIT is unanswered, the stack answers the peer's with the same tag. */
UNIT_TEST(an_INIT_ACK_with_the_tag_of_our_INIT_is_sent_to_its_peer_only)
{
    const union address elsewhere = at("10.0.0.1", 9900), other = at("10.0.0.3", 9899);
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
    const union address to = at(host, 1);
    unsigned char packet[SIZE + 4];

    make(packet, 7, peer_port, tag, SACK, 0, 0);
    return ntohs(association_port(&to, packet));
}

UNIT_TEST(packets_go_to_the_port_from_which_the_peer_sent_its_tag)
{
    const union address moved = at("10.0.0.1", 5000), second = at("10.0.0.3", 6000);

    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 0);
    establish(1, 5);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 9899);
    receive_from(&moved, 1, 5, SACK, 0);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 5000);
    receive_from(&second, 1, 5, SACK, 0);
    assert_int_equal(port_to("10.0.0.3", 1, peers(5)), 6000);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 5000);
    assert_int_equal(port_to("10.0.0.4", 1, peers(5)), 5000); /* has sent nothing yet */
    establish(1, 6); /* another association does not change the port of this one */
    assert_int_equal(port_to("10.0.0.1", 1, peers(6)), 9899);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 5000);
    assert_int_equal(port_to("10.0.0.1", 1, 4711), 0);
    peer = moved;
    receive(2, 8, SACK); /* an answer goes to the port that the packet came from */
    assert_int_equal(port_to("10.0.0.1", 2, 4711), 5000);
    assert_int_equal(port_to("10.0.0.9", 2, 4711), 0);
    peer.in.sin_port = htons(5001);
    receive(2, 8, SACK);
    assert_int_equal(port_to("10.0.0.1", 1, peers(5)), 5000);
    peer = moved;
    receive(1, 6, SACK);
    assert_int_equal(port_to("10.0.0.9", 2, 4711), 5000); /* of this association's peer */
    association_packet_done();
    assert_int_equal(port_to("10.0.0.1", 2, 4711), 0);
    assert_int_equal(port_to("10.0.0.9", 2, 4711), 0);
}

UNIT_TEST(peers_with_the_same_tag_are_told_apart_by_their_addresses)
{
    static const char *const hosts[] = {"10.0.0.1", "10.0.0.3"};

    for (uint16_t i = 0; i < 2; i++) {
        peer = at(hosts[i], 5000 + i);
        send_one(1, 0, CHUNK_INIT, 5 + i);
        assert_int_equal(receive(1, 5 + i, CHUNK_INIT_ACK), PACKET_PASS);
        send_one(1, 4711, CHUNK_COOKIE_ECHO, 0);
        association_packet_done();
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(port_to(hosts[i], 1, 4711), 5000 + i);
}

UNIT_TEST(the_stack_is_told_the_port_of_an_INIT_from_another_place)
{
    static const struct {
        int chunk;
        bool before, after, other_port;
    } cases[] = {{CHUNK_INIT, true, false, true}, {SACK, false, false, false}};
    const union address usual = peer, elsewhere = at("10.0.0.1", 9900);

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
    receive(2, 0, CHUNK_INIT);
    receive(2, 0, SACK); /* the next packet, although nothing said that the INIT is done */
    assert_false(association_shows_port());
    receive(2, 0, CHUNK_INIT);
    association_drop_inherited();
    assert_false(association_shows_port());
}

UNIT_TEST(a_cookie_passes_from_the_address_and_port_of_the_association)
{
    const union address elsewhere = at("10.0.0.1", 9900), other = at("10.0.0.3", 9899);

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

/* A COOKIE ECHO of a peer with these outbound streams; tie: that restarts an association. */
static enum verdict receive_cookie(uint16_t peer_port, uint32_t tag, uint16_t streams, bool tie)
{
    enum {
        TIE_TAGS = 24 + sizeof(struct timeval),
        STREAMS = TIE_TAGS + 88,
        LENGTH = TIE_TAGS + 96
    };
    unsigned char packet[PACKET_HEADER + LENGTH] = {0};
    enum verdict verdict;

    make(packet, peer_port, 7, tag, CHUNK_COOKIE_ECHO, 0, 0);
    packet[PACKET_HEADER + 3] = LENGTH;
    packet[PACKET_HEADER + TIE_TAGS] = tie;
    packet[PACKET_HEADER + STREAMS] = (unsigned char)(streams >> 8);
    packet[PACKET_HEADER + STREAMS + 1] = (unsigned char)streams;
    send_one(peer_port, peers(tag), CHUNK_INIT_ACK, tag);
    verdict = association_received(&peer, &us, packet, sizeof(packet));
    if (verdict == PACKET_PASS && !tie)
        send_one(peer_port, peers(tag), CHUNK_COOKIE_ACK, 0);
    association_packet_done();
    return verdict;
}

UNIT_TEST(an_association_is_not_restarted_with_fewer_streams)
{
    unsigned char init_ack[PACKET_HEADER + 20] = {0};

    assert_int_equal(receive_cookie(1, 5, 300, false), PACKET_PASS);
    assert_int_equal(receive_cookie(1, 6, 299, true), PACKET_DROP);
    assert_int_equal(receive_cookie(1, 6, 300, true), PACKET_PASS);
    assert_int_equal(receive_cookie(1, 6, 299, false), PACKET_PASS); /* it restarts */
    assert_int_equal(receive_cookie(1, 7, 299, true), PACKET_PASS);
    assert_int_equal(receive_cookie(1, 7, 65535, true), PACKET_PASS);
    receive(1, 6, CHUNK_RECONFIG); /* it may have any number of streams now */
    assert_int_equal(receive_cookie(1, 7, 65535, true), PACKET_DROP);
    end(1, 6);
    assert_int_equal(receive_cookie(1, 7, 65535, true), PACKET_DROP); /* there is none */
    send_one(2, 0, CHUNK_INIT, 8);
    make(init_ack, 2, 7, 8, CHUNK_INIT_ACK, 0, 0);
    init_ack[PACKET_HEADER + 12] = 1;
    init_ack[PACKET_HEADER + 13] = 44;
    association_received(&peer, &us, init_ack, sizeof(init_ack));
    send_one(2, peers(8), CHUNK_COOKIE_ECHO, 0);
    association_packet_done();
    assert_int_equal(receive_cookie(2, 9, 299, true), PACKET_DROP);
    assert_int_equal(receive_cookie(2, 9, 300, true), PACKET_PASS);
    send_one(3, 0, CHUNK_INIT, 10);
    make(init_ack, 3, 7, 10, CHUNK_INIT_ACK, 0, 0);
    init_ack[PACKET_HEADER + 12] = 1;
    association_received(&peer, &us, init_ack, sizeof(init_ack) - 1); /* it has no streams */
    send_one(3, peers(10), CHUNK_COOKIE_ECHO, 0);
    association_packet_done();
    assert_int_equal(receive_cookie(3, 11, 1, true), PACKET_PASS);
}

UNIT_TEST(an_association_is_not_restarted_after_a_request_to_reset_streams)
{
    assert_int_equal(receive_cookie(1, 5, 10, false), PACKET_PASS);
    assert_int_equal(receive_cookie(2, 5, 10, false), PACKET_PASS);
    send_one(1, peers(5), CHUNK_RECONFIG, 0);
    assert_int_equal(receive_cookie(1, 6, 65535, true), PACKET_DROP);
    assert_int_equal(receive_cookie(2, 6, 10, true), PACKET_PASS);
}

UNIT_TEST(other_packets_without_our_tag_are_answered_or_dropped)
{
    const union address elsewhere = at("10.0.0.1", 9900);
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
    const union address mapped = at("::ffff:10.0.0.1", 1), other = at("10.0.0.3", 9899),
                        six = at("2001:db8::1", 9899);
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

int main(void)
{
    return run_all_tests(begin, NULL);
}
