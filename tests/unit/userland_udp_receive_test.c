/*
 * Packets that arrive at a UDP socket: userland/udp_receive.c, udp_feed.c, icmp.c.
 */
#include "model_udp.h"

#include <linux/errqueue.h>

/* ---- receiving --------------------------------------------------------------------------- */

UNIT_TEST(a_packet_has_its_addresses)
{
    static const char *const hosts[][3] = {{"127.0.0.1", "127.0.0.1", "127.0.0.1"},
                                           {"0.0.0.0", "127.0.0.1", "127.0.0.5"},
                                           {"::1", "::1", "::1"}};
    unsigned char packet[20];

    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct udp_port *port = open_port(hosts[i][0]);
        const union address us = at(hosts[i][2], 0);

        begin(state);
        open_peer(hosts[i][1]);
        make(packet, port->number, 3);
        peer_sends(port, hosts[i][2], packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), sizeof(packet));
        assert_memory_equal(got, packet, sizeof(packet));
        assert_int_equal(got[20], 0);
        assert_memory_equal(&got_from, &at_peer, address_size(&at_peer.sa));
        assert_true(address_same_host(&got_to, &us));
        assert_int_equal(filter.received, 1);
        assert_memory_equal(&filter.from, &at_peer, address_size(&at_peer.sa));
        assert_true(address_same_host(&filter.to, &us));
        filter.hides_port = true;
        peer_sends(port, hosts[i][2], packet, sizeof(packet));
        udp_read_batch(port);
        deliver(port);
        assert_int_equal(address_port(&got_from), udp_peer_port());
        assert_true(address_same_host(&got_from, &at_peer));
        udp_close(port);
    }
}

UNIT_TEST(one_packet_is_read_at_first_and_up_to_16_while_more_have_arrived)
{
    static const int batches[] = {1, 2, 4, 8, 16, 16, 3, 0, 0};
    struct udp_port *port = open_port("127.0.0.1");
    struct family *f = &udp_families[0];
    unsigned char packet[20];
    int n = 0;

    for (int i = 0; i < 1 + 2 + 4 + 8 + 16 + 16 + 3; i++) {
        make(packet, port->number, 3);
        packet[16] = (unsigned char)i;
        peer_sends(port, "127.0.0.1", packet, sizeof(packet));
    }
    f->own_waiting = 8;
    for (size_t i = 0; i < COUNT(batches); i++) {
        udp_read_batch(port);
        assert_int_equal(f->own_waiting, i < 8 ? 7 - i : 0);
        assert_int_equal(f->n_received, batches[i]);
        for (int k = 0; k < batches[i]; k++) {
            deliver(port);
            assert_int_equal(got[16], n++);
        }
    }
    for (int i = 0; i < 2; i++)
        peer_sends(port, "127.0.0.1", packet, sizeof(packet));
    udp_read_batch(port);
    assert_int_equal(f->n_received, 1);
    deliver(port);
    udp_read_batch(port);
    assert_int_equal(f->n_received, 1);
    deliver(port);
    udp_read_batch(NULL);
    udp_close(port);
}

UNIT_TEST(closing_a_port_drops_what_was_read_from_it)
{
    struct udp_port *port = open_port("127.0.0.1"), *other = open_port("127.0.0.1");
    unsigned char packet[20];

    make(packet, port->number, 3);
    peer_sends(port, "127.0.0.1", packet, sizeof(packet));
    udp_read_batch(port);
    udp_close(other);
    assert_int_equal(udp_families[0].n_received, 1);
    udp_close(port);
    assert_int_equal(udp_families[0].n_received, 0);
    assert_int_equal(udp_families[0].next_received, 0);
}

UNIT_TEST(a_packet_that_the_stack_must_not_get_is_cut_to_its_header)
{
    struct udp_port *port = open_port("127.0.0.1");
    unsigned char packet[20], answer[2000];
    union address from;

    for (int i = 0; i < 5; i++) {
        static const enum verdict verdicts[] = {PACKET_PASS, PACKET_DROP, PACKET_ANSWER,
                                                PACKET_PASS, PACKET_PASS};

        begin(state);
        filter.verdict = verdicts[i];
        make(packet, port->number, i == 3 ? CHUNK_INIT : 3); /* the INIT is too short */
        if (i == 4)
            udp_retire(port);
        peer_sends(port, "127.0.0.1", packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), i == 0 ? 20 : 12);
        assert_memory_equal(got, packet, 12);
        assert_int_equal(filter.received, i < 3);
        assert_int_equal(peer_receives(answer, &from), i == 2 ? 16 : -1);
    }
    udp_unretire(port);
    peer_sends(port, "127.0.0.1", packet, 3);
    udp_read_batch(port);
    filter.verdict = PACKET_DROP;
    assert_int_equal(deliver(port), 3);
    udp_close(port);
}

/* Only the port that the packet came to counts. */
UNIT_TEST(a_retired_port_of_another_address_does_not_matter)
{
    struct udp_port *port = open_port("127.0.0.1"), *second;
    union address b = at("127.0.0.2", port->number);
    unsigned char packet[20];

    second = udp_open(&b, true, NULL);
    assert_non_null(second);
    make(packet, port->number, 3);
    for (int i = 0; i < 2; i++) {
        udp_retire(i ? port : second);
        peer_sends(port, "127.0.0.1", packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), i ? 12 : 20);
    }
    udp_unretire(port);
    udp_unretire(second);
    udp_close(port);
    udp_close(second);
}

UNIT_TEST(a_packet_out_of_the_blue_is_answered_from_the_address_that_it_came_to)
{
    struct udp_port *port = open_port("0.0.0.0");
    const union address us = at("127.0.0.5", port->number);
    unsigned char packet[20], answer[2000];
    union address from;

    filter.verdict = PACKET_ANSWER;
    for (int i = 0; i < 3; i++) {
        make(packet, port->number, i == 1 ? CHUNK_SHUTDOWN_ACK : 3);
        packet[10] ^= i == 2;
        peer_sends(port, "127.0.0.5", packet, sizeof(packet));
        udp_read_batch(port);
        assert_int_equal(deliver(port), 12);
        assert_int_equal(peer_receives(answer, &from), i == 2 ? -1 : 16);
        if (i == 2) /* its checksum is wrong */
            break;
        assert_memory_equal(&from, &us, sizeof(us.in));
        assert_memory_equal(answer, packet + 2, 2);
        assert_memory_equal(answer + 2, packet, 2);
        assert_memory_equal(answer + 4, packet + 4, 4);
        assert_memory_equal(answer + 12, i ? "\16\1\0\4" : "\6\1\0\4", 4);
        assert_true(packet_intact(answer, 16));
    }
    udp_close(port);
}

UNIT_TEST(multicast_addresses_are_recognised)
{
    static const struct {
        const char *host;
        bool multicast;
    } cases[] = {{"127.0.0.1", false}, {"224.0.0.1", true}, {"239.255.0.1", true},
                 {"240.0.0.1", false}, {"::1", false},      {"ff02::1", true}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        const union address a = at(cases[i].host, 0);

        assert_int_equal(udp_is_multicast(&a), cases[i].multicast);
    }
}

UNIT_TEST(ABORTs_are_counted_by_port)
{
    struct udp_port *port = open_port("127.0.0.1"), *other = open_port("127.0.0.1");
    struct udp_port *both[] = {port, other};
    unsigned char packet[20];

    for (int i = 0; i < 4; i++) {
        make(packet, port->number, i == 1 ? 3 : CHUNK_ABORT);
        filter.verdict = i == 2 ? PACKET_DROP : PACKET_PASS;
        peer_sends(port, "127.0.0.1", packet, i == 3 ? 13 : sizeof(packet));
        udp_read_batch(port);
        deliver(port);
    }
    assert_int_equal(udp_aborts(both, 1), 2);
    assert_int_equal(udp_aborts(both + 1, 1), 0);
    assert_int_equal(udp_aborts(both, 2), 2);
    peer_sends(port, "127.0.0.1", packet, 12);
    udp_read_batch(port);
    deliver(port);
    make(packet, other->number, CHUNK_ABORT);
    peer_sends(other, "127.0.0.1", packet, sizeof(packet));
    udp_read_batch(other);
    deliver(other);
    assert_int_equal(udp_aborts(both, 2), 3);
    udp_close(port);
    udp_close(other);
}

UNIT_TEST(addresses_of_packets_that_pass_become_known)
{
    static const struct {
        const char *from, *to;
        int chunk;
        enum verdict verdict;
        bool intact, knows_from, knows_to, knows_all;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", 3, PACKET_PASS, true, false, false, false},
        {"127.0.0.6", "127.0.0.1", 3, PACKET_PASS, true, true, false, false},
        {"127.0.0.1", "127.0.0.7", 3, PACKET_PASS, true, false, true, false},
        {"127.0.0.6", "127.0.0.7", 3, PACKET_PASS, true, true, true, false},
        {"127.0.0.6", "127.0.0.7", 3, PACKET_PASS, false, false, false, false},
        {"127.0.0.6", "127.0.0.7", 3, PACKET_DROP, true, false, false, false},
        {"127.0.0.1", "127.0.0.1", CHUNK_INIT_ACK, PACKET_PASS, true, true, true, true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct udp_port *port = open_port("0.0.0.0");
        unsigned char packet[32] = {0};
        uint32_t check;

        begin(state);
        open_peer(cases[i].from);
        filter.verdict = cases[i].verdict;
        make(packet, port->number, (unsigned char)cases[i].chunk);
        packet[15] = 20;
        memset(packet + 8, 0, 4);
        check = sum(packet, sizeof(packet)) ^ !cases[i].intact;
        memcpy(packet + 8, &check, 4);
        peer_sends(port, cases[i].to, packet, sizeof(packet));
        udp_read_batch(port);
        deliver(port);
        if (knows(cases[i].from) != cases[i].knows_from ||
            knows(cases[i].to) != cases[i].knows_to || (lists_read > 0) != cases[i].knows_all)
            fail_msg("case %zu: %d addresses", i, stack.n);
        udp_close(port);
    }
}

/* ---- giving packets to libusrsctp in a thread of the program ------------------------------- */

static struct {
    int mbufs, left; /* left: how many there are */
    int n;
    unsigned char bytes[70000];
    int lengths[40], parts;
    union address from, to;
    uint16_t udp_port;
} fed;

static struct usr_mbuf *get_mbuf(unsigned space, int header, int how, int one, int type)
{
    struct usr_mbuf *m = calloc(1, sizeof(*m) + space);

    assert_true(space == 2048 && header == 0 && how == usr_M_NOWAIT && one == 1 &&
                type == usr_MT_DATA);
    if (fed.left-- <= 0) {
        free(m);
        return NULL;
    }
    fed.mbufs++;
    m->data = (char *)(m + 1);
    return m;
}

static void free_mbufs(struct usr_mbuf *m)
{
    while (m) {
        struct usr_mbuf *next = m->next;

        fed.mbufs--;
        free(m);
        m = next;
    }
}

static void input(struct usr_mbuf **packet, int ip_header, int offset, int length,
                  struct sockaddr *from, struct sockaddr *to, void *header, void *chunk,
                  uint8_t compute_crc, uint8_t ecn, uint32_t vrf, uint16_t udp_port)
{
    int at_byte = 0;

    assert_true(ip_header == 0 && offset == 12 && compute_crc == 1 && ecn == 0 && vrf == 0);
    assert_ptr_equal(header, (*packet)->data);
    assert_ptr_equal(chunk, (*packet)->data + 12);
    fed.parts = 0;
    for (const struct usr_mbuf *m = *packet; m; m = m->next) {
        memcpy(fed.bytes + at_byte, m->data, (size_t)m->len);
        at_byte += fed.lengths[fed.parts++] = m->len;
    }
    assert_int_equal(at_byte, length);
    assert_int_equal((*packet)->packet_len, length);
    memcpy(&fed.from, from, address_size(from));
    memcpy(&fed.to, to, address_size(to));
    fed.udp_port = udp_port;
    fed.n++;
}

UNIT_TEST(packets_are_given_to_the_stack_in_a_thread_of_the_program)
{
    static const size_t sizes[] = {20, 2048, 2049, 5000, 16, 15};
    static unsigned char packet[5000];
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    struct usock *s = usock_allocate();

    usr.get_mbuf = get_mbuf;
    usr.free_mbufs = free_mbufs;
    usr.input = input;
    for (size_t h = 0; h < COUNT(hosts); h++) {
        struct udp_port *port = open_port(hosts[h]);

        open_peer(hosts[h]);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            union address from = at_peer, to = port->address;

            memset(&fed, 0, sizeof(fed));
            fed.left = 10;
            filter.done = 0;
            for (size_t j = 20; j < sizeof(packet); j++)
                packet[j] = (unsigned char)(j / 7);
            make(packet, port->number, 3);
            peer_sends(port, hosts[h], packet, sizes[i]);
            ready_send_blocked(s);
            udp_give(udp_epoll_key(port));
            assert_false(s->send_blocked || s->ready); /* there may be room now */
            assert_int_equal(fed.mbufs, 0);
            assert_int_equal(filter.done, 1);
            assert_int_equal(fed.n, sizes[i] >= 16);
            if (sizes[i] < 16)
                continue;
            assert_memory_equal(fed.bytes, packet, sizes[i]);
            assert_int_equal(fed.parts, (sizes[i] + 2047) / 2048);
            from.in.sin_port = htons(5000);
            assert_memory_equal(&fed.from, &from, address_size(&from.sa));
            assert_int_equal(fed.udp_port, at_peer.in.sin_port);
            assert_memory_equal(&fed.to, &to, address_size(&to.sa));
        }
        memset(&fed, 0, sizeof(fed));
        fed.left = 2; /* no memory for the third part */
        make(packet, port->number, 3);
        peer_sends(port, hosts[h], packet, 5000);
        udp_give(udp_epoll_key(port));
        assert_int_equal(fed.mbufs, 0);
        assert_int_equal(fed.n, 0);
        udp_close(port);
    }
}

/* ---- "port unreachable" ---------------------------------------------------------------------- */

UNIT_TEST(an_unreachable_UDP_port_is_an_ABORT_of_the_peer)
{
    static const struct {
        const char *host;
        unsigned char chunk;
        size_t size;
        bool answered;
    } cases[] = {
        {"127.0.0.1", 3, 20, true},
        {"127.0.0.1", CHUNK_INIT, 20, true},
        {"127.0.0.1", CHUNK_ABORT, 20, false},
        {"::1", 3, 20, true},
        {"::1", CHUNK_INIT, 20, true},
        {"127.0.0.1", 3, 16, true},
        {"127.0.0.1", 3, 15, false},
        {"127.0.0.1", CHUNK_INIT, 19, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct udp_port *port = open_port(cases[i].host);
        union address us = port->address, gone;
        unsigned char packet[20];
        struct pollfd failed = {.fd = port->fd};

        open_peer(cases[i].host);
        gone = at_peer;
        close(peer);
        peer = -1;
        make_sent(packet, port->number, 4711, cases[i].chunk);
        memcpy(packet + 16, "\5\6\7\x8", 4);
        assert_int_equal(stack_sends(&us, &gone, packet, cases[i].size), cases[i].size);
        assert_int_equal(poll(&failed, 1, SOON), 1);
        udp_read_batch(port);
        assert_int_equal(udp_families[strchr(cases[i].host, ':') != NULL].n_received,
                         cases[i].answered);
        if (cases[i].answered) {
            assert_in_range(
                udp_families[strchr(cases[i].host, ':') != NULL].received[0].msg_hdr.msg_controllen,
                1, CONTROL - 1);
            assert_int_equal(deliver(port), 16);
            assert_memory_equal(got, packet + 2, 2);
            assert_memory_equal(got + 2, packet, 2);
            assert_memory_equal(got + 4, cases[i].chunk == CHUNK_INIT ? "\5\6\7\x8" : "\1\2\3\4",
                                4);
            assert_memory_equal(got + 12, cases[i].chunk == CHUNK_INIT ? "\6\0\0\4" : "\6\1\0\4",
                                4);
            assert_memory_equal(&got_from, &gone, address_size(&gone.sa));
            udp_read_batch(port);
            assert_int_equal(udp_families[strchr(cases[i].host, ':') != NULL].n_received, 0);
        }
        udp_close(port);
    }
}

static struct sock_extended_err icmp; /* the entry of the error queue, about a packet of ours */
static int errors_left;

static ssize_t recvmsg_of_errors(int fd, struct msghdr *m, int flags)
{
    const bool six = icmp.ee_origin == SO_EE_ORIGIN_ICMP6;
    struct cmsghdr *c = CMSG_FIRSTHDR(m);

    assert_int_equal(flags, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (errors_left-- <= 0)
        return -1;
    if (errors_left > 0) { /* the first is about an empty packet */
        m->msg_controllen = 0;
        return 0;
    }
    c->cmsg_level = six ? IPPROTO_IPV6 : IPPROTO_IP;
    c->cmsg_type = six ? IPV6_RECVERR : IP_RECVERR;
    c->cmsg_len = CMSG_LEN(sizeof(icmp));
    memcpy(CMSG_DATA(c), &icmp, sizeof(icmp));
    m->msg_controllen = CMSG_SPACE(sizeof(icmp));
    return (ssize_t)make_sent(m->msg_iov->iov_base, 5000, 4711, 3);
}

UNIT_TEST(no_other_ICMP_message_ends_an_association)
{
    static const struct {
        unsigned char origin, type, code;
        bool refused;
    } cases[] = {
        {SO_EE_ORIGIN_ICMP, 3, 3, true},   {SO_EE_ORIGIN_ICMP6, 1, 4, true},
        {SO_EE_ORIGIN_ICMP, 3, 1, false}, /* host unreachable */
        {SO_EE_ORIGIN_ICMP, 3, 4, false}, /* a packet is too large */
        {SO_EE_ORIGIN_ICMP, 11, 3, false}, {SO_EE_ORIGIN_ICMP, 1, 4, false},
        {SO_EE_ORIGIN_ICMP6, 1, 3, false}, /* address unreachable */
        {SO_EE_ORIGIN_ICMP6, 2, 4, false}, /* a packet is too large */
        {SO_EE_ORIGIN_ICMP6, 3, 3, false}, {SO_EE_ORIGIN_LOCAL, 3, 3, false},
        {SO_EE_ORIGIN_LOCAL, 1, 4, false},
    };
    unsigned char packet[100];
    _Alignas(struct cmsghdr) unsigned char control[100];
    union address from;

    libc_table.recvmsg = recvmsg_of_errors;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size = sizeof(control);

        icmp = (struct sock_extended_err){
            .ee_origin = cases[i].origin, .ee_type = cases[i].type, .ee_code = cases[i].code};
        errors_left = i % 2 + 1;
        if (icmp_read(9, packet, sizeof(packet), &from, control, &size) !=
            (cases[i].refused ? 16 : 0))
            fail_msg("case %zu", i);
        if (cases[i].refused)
            assert_int_equal(size, CMSG_SPACE(sizeof(icmp)));
    }
    errors_left = 1000; /* a flood of them does not keep a call for ever */
    assert_int_equal(icmp_read(9, packet, sizeof(packet), &from, control, &(size_t){100}), 0);
    assert_int_equal(errors_left, 1000 - 64);
    libc_table.recvmsg = recvmsg;
}

/* Packets that the peer sent before its end come first. */
UNIT_TEST(packets_come_before_the_error)
{
    struct udp_port *port = open_port("127.0.0.1"), *second, *third;
    union address us = port->address, gone, b = at("127.0.0.3", port->number),
                  six = at("::1", port->number);
    unsigned char packet[20];
    struct pollfd failed = {.fd = port->fd};

    second = udp_open(&b, true, NULL);
    assert_non_null(second);
    open_peer("127.0.0.1");
    gone = at_peer;
    make(packet, port->number, 3);
    peer_sends(port, "127.0.0.1", packet, 20);
    peer_sends(second, "127.0.0.3", packet, 20);
    close(peer);
    peer = -1;
    make_sent(packet, port->number, 4711, 3);
    assert_int_equal(stack_sends(&us, &gone, packet, 20), 20);
    do
        assert_int_equal(poll(&failed, 1, SOON), 1);
    while (!(failed.revents & POLLERR));
    udp_read_batch(port);
    assert_int_equal(deliver(port), 20);
    udp_read_batch(port); /* the other socket of the SCTP port has a packet */
    assert_int_equal(udp_families[0].n_received, 0);
    udp_read_batch(second);
    assert_int_equal(udp_families[0].n_received, 1);
    deliver(second);
    open_peer("::1");
    third = udp_open(&six, true, NULL);
    assert_non_null(third);
    peer_sends(third, "::1", packet, 20);
    udp_read_batch(third); /* and a packet was read, but not given to the stack yet */
    udp_read_batch(port);
    assert_int_equal(udp_families[0].n_received, 0);
    deliver(third);
    udp_read_batch(port);
    assert_int_equal(udp_families[0].n_received, 1);
    assert_int_equal(deliver(port), 16);
    assert_int_equal(got[12], CHUNK_ABORT);
    udp_close(port);
    udp_close(second);
    udp_close(third);
}

/* The peer's ABORT with its reason may wait at another socket. */
UNIT_TEST(an_ABORT_with_the_T_bit_does_not_overtake_a_packet)
{
    struct udp_port *port = open_port("127.0.0.1"), *second;
    union address six = at("::1", port->number);
    unsigned char packet[20];

    second = udp_open(&six, true, NULL);
    assert_non_null(second);
    for (int i = 0; i < 4; i++) {
        const unsigned char flags = i < 2 ? 1 : 0;

        begin(state);
        open_peer("::1");
        make(packet, port->number, CHUNK_ABORT);
        packet[13] = flags;
        peer_sends(second, "::1", packet, 20);
        open_peer("127.0.0.1");
        if (i % 2 == 0)
            peer_sends(port, "127.0.0.1", packet, 20);
        udp_read_batch(second);
        assert_int_equal(deliver(second), i == 0 ? 12 : 20);
        assert_int_equal(filter.received, i != 0);
        if (i % 2 == 0) {
            udp_read_batch(port);
            assert_int_equal(deliver(port), 20);
        }
    }
    udp_close(port);
    udp_close(second);
}

UNIT_TEST(a_packet_is_sent_in_spite_of_an_error_of_the_previous_one)
{
    struct udp_port *port = open_port("127.0.0.1");
    union address us = port->address, gone;
    unsigned char packet[20], came[2000];
    union address from;
    struct pollfd failed = {.fd = port->fd};

    gone = at_peer;
    open_peer("127.0.0.1");
    gone.in.sin_port = htons(9); /* discard: nothing listens there */
    make_sent(packet, port->number, 4711, 3);
    assert_int_equal(stack_sends(&us, &gone, packet, 20), 20);
    assert_int_equal(poll(&failed, 1, SOON), 1);
    assert_int_equal(stack_sends(&us, &at_peer, packet, 20), 20);
    assert_int_equal(peer_receives(came, &from), 20);
    udp_close(port);
}

int main(void)
{
    alarm(120);
    return run_all_tests(begin, NULL);
}
