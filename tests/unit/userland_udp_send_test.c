/*
 * Packets that leave a UDP socket: userland/udp_send.c, udp_source.c.
 */
#include "model_udp.h"

UNIT_TEST(a_packet_leaves_from_the_UDP_port_of_its_SCTP_port)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    unsigned char packet[20], came[2000];
    union address from;

    for (size_t h = 0; h < COUNT(hosts); h++) {
        struct udp_port *port = open_port(hosts[h]);
        union address us = port->address, sentinel;

        open_peer(hosts[h]);
        for (int i = 0; i < 3; i++) {
            sentinel = at_peer;
            if (i)
                sentinel.in.sin_port = htons(1);
            filter.sent = 0;
            filter.port = i == 2 ? at_peer.in.sin_port : 0;
            /* As long as the UDP port is not known, it is the SCTP port. */
            make_sent(packet, port->number, i == 1 ? address_port(&at_peer) : 4711, 3);
            assert_int_equal(stack_sends(&us, &sentinel, packet, 20), 20);
            assert_int_equal(peer_receives(came, &from), 20);
            assert_memory_equal(came, packet, 20);
            assert_memory_equal(&from, &us, address_size(&us.sa));
            assert_int_equal(filter.sent, 1);
            assert_memory_equal(&filter.sent_to, &at_peer, address_size(&at_peer.sa));
            assert_true(address_same_host(&filter.sent_from, &us));
        }
        filter.forbids = true;
        assert_int_equal(stack_sends(&us, &at_peer, packet, 20), 20);
        assert_int_equal(peer_receives(came, &from), -1);
        filter.forbids = false;
        packet[0] ^= 0x80; /* an SCTP port that is not bound */
        assert_fails(stack_sends(&us, &at_peer, packet, 20), EADDRNOTAVAIL);
        packet[0] ^= 0x80;
        assert_fails(stack_sends(&us, &at_peer, packet, 12), EINVAL);
        assert_int_equal(stack_sends(&us, &at_peer, packet, 13), 13);
        udp_close(port);
    }
}

UNIT_TEST(a_packet_of_any_size_is_sent_whole)
{
    struct udp_port *port = open_port("127.0.0.1");
    const union address us = port->address;
    unsigned char packet[1500], came[2000];
    union address from;

    for (size_t i = 0; i < sizeof(packet); i++)
        packet[i] = (unsigned char)(i / 3);
    make_sent(packet, port->number, 4711, 3);
    for (size_t size = 100; size <= sizeof(packet); size += 28) {
        assert_int_equal(stack_sends(&us, &at_peer, packet, size), size);
        assert_int_equal(peer_receives(came, &from), size);
        assert_memory_equal(came, packet, size);
    }
    udp_close(port);
}

UNIT_TEST(a_packet_that_cannot_be_sent_is_lost_or_an_error)
{
    static const struct {
        int errors[2], result, error, sends;
    } cases[] = {
        {{ENETUNREACH}, 20, 0, 1},
        {{ENETDOWN}, 20, 0, 1},
        {{EHOSTUNREACH}, 1, 0, 2},
        {{ECONNREFUSED}, 1, 0, 2}, /* of an earlier packet */
        {{EHOSTUNREACH, EHOSTUNREACH}, 20, 0, 2},
        {{ECONNREFUSED, ECONNREFUSED}, -1, ECONNREFUSED, 2},
        {{EMSGSIZE}, 1, 0, 2},           /* of an earlier packet */
        {{EMSGSIZE, EMSGSIZE}, 1, 0, 3}, /* then in fragments */
    };
    struct udp_port *port = open_port("127.0.0.1");
    const union address us = port->address;
    unsigned char packet[1000], came[2000];
    union address from;

    make_sent(packet, port->number, 4711, 3);
    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(&calls, 0, sizeof(calls));
        memcpy(calls.errors, cases[i].errors, sizeof(cases[i].errors));
        calls.n_errors = 2;
        libc_table.sendmsg = sendmsg_fails;
        assert_int_equal(stack_sends(&us, &at_peer, packet, 20), cases[i].result);
        if (cases[i].error)
            assert_int_equal(errno, cases[i].error);
        libc_table.sendmsg = sendmsg;
        assert_int_equal(calls.sends, cases[i].sends);
    }
    assert_int_equal(stack_sends(&us, &at_peer, packet, sizeof(packet)), sizeof(packet));
    assert_int_equal(peer_receives(came, &from), sizeof(packet));
    udp_close(port);
}

/* The routes to 16 addresses are known for a second. */
UNIT_TEST(a_route_is_asked_for_once_a_second)
{
    struct udp_port *first = open_port("127.0.0.1"), *second;
    union address b = at("127.0.0.3", first->number), to = at_peer;
    unsigned char packet[20];

    second = udp_open(&b, true, NULL);
    assert_non_null(second);
    libc_table.connect = connect_counted;
    make_sent(packet, first->number, 4711, 3);
    now.tv_sec = 5000;
    for (int i = 0; i < 3; i++)
        stack_sends(&b, &at_peer, packet, 20);
    assert_int_equal(calls.connects, 1);
    now.tv_sec++;
    stack_sends(&b, &at_peer, packet, 20);
    assert_int_equal(calls.connects, 2);
    for (int round = 0; round < 3; round++) /* the third time another is forgotten */
        for (int i = 0; i < 16 + round / 2; i++) {
            to.in.sin_addr.s_addr = htonl(0x7f000100 + (uint32_t)i);
            stack_sends(&b, &to, packet, 20);
        }
    libc_table.connect = connect;
    assert_int_equal(calls.connects, 2 + 16 + 1);
    udp_close(first);
    udp_close(second);
}

UNIT_TEST(packets_to_this_process_are_waited_for)
{
    struct udp_port *port = open_port("127.0.0.1"), *wild = open_port("0.0.0.0");
    struct family *f = &udp_families[0];
    union address us = at("127.0.0.1", port->number), nobody = at("127.0.0.1", 2),
                  elsewhere = at("192.0.2.1", port->number);
    unsigned char packet[20];

    f->own_waiting = 0;
    make_sent(packet, port->number, 2, 3);
    stack_sends(&us, &nobody, packet, 20);
    assert_int_equal(f->own_waiting, 0);
    make_sent(packet, port->number, 2, CHUNK_INIT); /* an error will come */
    stack_sends(&us, &nobody, packet, 20);
    assert_int_equal(f->own_waiting, 16);
    f->own_waiting = 0;
    make_sent(packet, port->number, port->number, 3);
    stack_sends(&us, &us, packet, 20);
    assert_int_equal(f->own_waiting, 16);
    assert_true(udp_own_waiting());
    udp_read_batch(port);
    deliver(port);
    udp_read_batch(port); /* and the errors */
    udp_read_batch(port);
    udp_read_batch(port);
    assert_false(udp_own_waiting());
    assert_int_equal(f->own_waiting, 0);
    make_sent(packet, wild->number, port->number, CHUNK_INIT);
    stack_sends(&us, &elsewhere, packet, 20);
    assert_int_equal(f->own_waiting, 0);
    udp_close(port);
    udp_close(wild);
}

UNIT_TEST(the_source_is_that_of_the_route_for_a_socket_bound_to_any_address)
{
    struct udp_port *port = open_port("0.0.0.0");
    const union address chosen = at("127.0.0.9", 0);
    unsigned char packet[20], came[2000];
    union address from, asked = at("127.0.0.5", port->number),
                        loopback = at("127.0.0.1", port->number);
    static const struct {
        unsigned char chunk;
        bool answer, kept;
    } cases[] = {
        {3, false, false},
        {CHUNK_INIT, true, false},
        {CHUNK_INIT_ACK, true, true},
        {CHUNK_INIT_ACK, false, false},
        {CHUNK_ABORT, false, false},
        {CHUNK_ABORT, true, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        make_sent(packet, port->number, address_port(&at_peer), cases[i].chunk);
        filter.destination = cases[i].answer ? asked : (union address){0};
        assert_int_equal(stack_sends(&chosen, &at_peer, packet, 20), 20);
        assert_int_equal(peer_receives(came, &from), 20);
        assert_memory_equal(&from, cases[i].kept ? &asked : &loopback, sizeof(from.in));
    }
    /* libusrsctp has chosen the address that the packet came to. */
    for (int i = 0; i < 2; i++) {
        make_sent(packet, port->number, address_port(&at_peer),
                  i ? CHUNK_ABORT : CHUNK_SHUTDOWN_COMPLETE);
        filter.destination = asked;
        assert_int_equal(stack_sends(&asked, &at_peer, packet, 20), 20);
        assert_int_equal(peer_receives(came, &from), 20);
        assert_memory_equal(&from, &asked, sizeof(from.in));
    }
    udp_close(port);
}

UNIT_TEST(the_source_is_that_of_the_route_among_several_addresses)
{
    struct udp_port *first = open_port("127.0.0.1"), *second;
    union address b = at("127.0.0.3", first->number), a = first->address;
    unsigned char packet[20], came[2000];
    union address from;

    second = udp_open(&b, true, NULL);
    assert_non_null(second);
    struct pollfd failed = {0};
    union address nobody;
    make_sent(packet, first->number, address_port(&at_peer), 3);
    assert_int_equal(stack_sends(&b, &at_peer, packet, 20), 20);
    assert_int_equal(peer_receives(came, &from), 20);
    assert_memory_equal(&from, &a, sizeof(from.in)); /* not b, which libusrsctp chose */
    nobody = at_peer;
    nobody.in.sin_port = htons(9); /* discard */
    assert_int_equal(stack_sends(&b, &nobody, packet, 20), 20);
    failed.fd = first->fd; /* the packet left from the socket of a */
    assert_int_equal(poll(&failed, 1, SOON), 1);
    udp_retire(first);
    assert_int_equal(stack_sends(&b, &at_peer, packet, 20), 20);
    assert_int_equal(peer_receives(came, &from), 20);
    assert_memory_equal(&from, &b, sizeof(from.in));
    assert_int_equal(stack_sends(&b, &nobody, packet, 20), 20);
    failed.fd = second->fd;
    assert_int_equal(poll(&failed, 1, SOON), 1);
    udp_unretire(first);
    udp_close(first);
    udp_close(second);
}

UNIT_TEST(a_message_has_a_source_only_if_there_is_one)
{
    static const char *const hosts[] = {"127.0.0.5", "0.0.0.0", "2001:db8::1", "::"};
    _Alignas(struct cmsghdr) unsigned char control[UDP_SOURCE_ROOM];

    for (size_t i = 0; i < COUNT(hosts); i++) {
        const union address from = at(hosts[i], 0);
        struct msghdr m = {0};
        struct cmsghdr *c;

        udp_set_source(&m, &from, control);
        if (i % 2) {
            assert_null(m.msg_control);
            assert_int_equal(m.msg_controllen, 0);
            continue;
        }
        c = CMSG_FIRSTHDR(&m);
        assert_int_equal(c->cmsg_level, i ? IPPROTO_IPV6 : IPPROTO_IP);
        assert_int_equal(c->cmsg_type, i ? IPV6_PKTINFO : IP_PKTINFO);
        if (i) {
            assert_int_equal(m.msg_controllen, CMSG_SPACE(sizeof(struct in6_pktinfo)));
            assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(struct in6_pktinfo)));
            assert_memory_equal(CMSG_DATA(c), &from.in6.sin6_addr, 16);
            assert_memory_equal(CMSG_DATA(c) + 16, "\0\0\0\0", 4); /* any interface */
        } else {
            assert_int_equal(m.msg_controllen, CMSG_SPACE(sizeof(struct in_pktinfo)));
            assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(struct in_pktinfo)));
            assert_memory_equal(CMSG_DATA(c), "\0\0\0\0\x7f\0\0\5\0\0\0\0", 12);
        }
    }
}

/* ---- SCTP_USERLAND_DEBUG --------------------------------------------------------------- */

static void trace(void *arg)
{
    struct udp_port *port = open_port("127.0.0.1");
    const union address us = port->address;
    unsigned char packet[20];

    debugging = true;
    make_sent(packet, port->number, 4711, 3);
    stack_sends(&us, &at_peer, packet, 20);
    fprintf(stderr, "[no route]\n");
    calls.errors[0] = ENETUNREACH;
    calls.n_errors = 1;
    libc_table.sendmsg = sendmsg_fails;
    stack_sends(&us, &at_peer, packet, 20);
    libc_table.sendmsg = sendmsg;
    fprintf(stderr, "[received]\n");
    filter.verdict = PACKET_ANSWER;
    make(packet, port->number, 3);
    peer_sends(port, "127.0.0.1", packet, sizeof(packet));
    udp_read_batch(port);
    deliver(port);
    fprintf(stderr, "[ports]\n");
    udp_close(port);
    debugging = false;
    port = open_port("127.0.0.1");
    debugging = true;
    udp_share(udp_open(&port->address, false, NULL));
    udp_open(&at_peer, false, NULL);
    open_port("127.0.0.1");
}

UNIT_TEST(packets_and_ports_are_traced)
{
    static const char sent[] = "libsctp_userland: sent SACK, port ";
    char err[3000], *line;

    assert_int_equal(in_child(trace, NULL, err, sizeof(err)), 0);
    assert_memory_equal(err, sent, strlen(sent));
    line = strstr(err, "\n[no route]\nlibsctp_userland: sent SACK, port ");
    assert_ptr_equal(line, strchr(err, '\n'));
    assert_contains(line, "\nlibsctp_userland: UDP send: Network is unreachable\n[received]\n"
                          "libsctp_userland: received SACK, port 5000 to ");
    assert_contains(line, "\nlibsctp_userland: answered by ABORT, port ");
    line = strstr(line, "\n[ports]\n");
    assert_non_null(line);
    assert_contains(line, "\n[ports]\nlibsctp_userland: cannot bind UDP port ");
    assert_contains(line, ": Address already in use\nlibsctp_userland: SCTP port ");
    assert_contains(line, " is UDP port ");
}

int main(void)
{
    alarm(120);
    return run_all_tests(begin, NULL);
}
