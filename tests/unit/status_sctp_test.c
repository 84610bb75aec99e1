/* Queries of an association, and its addresses as text: lib/status.c, lib/address.c. */
#include "unit_sctp.h"

#include <errno.h>
#include <poll.h>

#include "../tools/emulator.h"

/* Two endpoints with an association between them, and its id at each. */
struct couple {
    int a, b;
    struct sockaddr_storage at_a, at_b;
    sctp_assoc_t id_at_a, id_at_b;
};

/* Waits for the next association that comes up at `fd`. */
static sctp_assoc_t await_up(int fd)
{
    union sctp_notification n;

    for (int i = 0; i < 100; i++) {
        assert_true(recv(fd, &n, sizeof(n), 0) > 0);
        if (n.sn_header.sn_type == SCTP_ASSOC_CHANGE && n.sn_assoc_change.sac_state == SCTP_COMM_UP)
            return n.sn_assoc_change.sac_assoc_id;
    }
    fail_msg("no association comes up");
    return 0;
}

static struct couple join(const char *host, uint16_t a_out, uint16_t a_in, uint16_t b_out,
                          uint16_t b_in)
{
    struct couple c;

    c.a = open_endpoint(host, a_out, a_in, &c.at_a);
    c.b = open_endpoint(host, b_out, b_in, &c.at_b);
    assert_int_equal(unp_subscribe(c.b, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    c.id_at_a = associate(c.a, &c.at_b);
    c.id_at_b = await_up(c.b);
    return c;
}

static void part(struct couple *c)
{
    close(c->a);
    close(c->b);
}

static sctp_assoc_t id_by(int fd, struct sockaddr_storage *peer)
{
    return sctp_address_to_associd(fd, sockaddr_of(peer), unp_sock_len(sockaddr_of(peer)));
}

static int streams_by(int fd, struct sockaddr_storage *peer)
{
    return sctp_get_no_strms(fd, sockaddr_of(peer), unp_sock_len(sockaddr_of(peer)));
}

/* The two ends have different receive buffers. */
UNIT_TEST(each_end_knows_which_receive_window_is_the_peers)
{
    struct sockaddr_storage at_a, at_b;
    int a = open_endpoint("127.0.0.1", 5, 5, &at_a), b = open_endpoint("127.0.0.1", 5, 5, &at_b);
    const int small = 10000, large = 100000;
    struct sctp_assocparams at[2] = {{0}};
    socklen_t len = sizeof(at[0]);

    assert_int_equal(setsockopt(a, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    assert_int_equal(setsockopt(b, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large)), 0);
    assert_int_equal(unp_subscribe(b, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    at[0].sasoc_assoc_id = associate(a, &at_b);
    at[1].sasoc_assoc_id = await_up(b);
    assert_int_equal(getsockopt(a, IPPROTO_SCTP, SCTP_ASSOCINFO, &at[0], &len), 0);
    assert_int_equal(getsockopt(b, IPPROTO_SCTP, SCTP_ASSOCINFO, &at[1], &len), 0);
    assert_true(at[0].sasoc_peer_rwnd > at[0].sasoc_local_rwnd);
    assert_true(at[1].sasoc_peer_rwnd < at[1].sasoc_local_rwnd);
    assert_in_range(at[0].sasoc_local_rwnd, 1, 2 * small);
    close(a);
    close(b);
}

/* ---- ids and streams ------------------------------------------------------ */

UNIT_TEST(an_address_leads_to_the_id_at_each_end)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};

    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct couple c = join(hosts[i], 5, 5, 5, 5);

        assert_true(c.id_at_a > 0);
        assert_int_equal(id_by(c.a, &c.at_b), c.id_at_a);
        assert_int_equal(id_by(c.b, &c.at_a), c.id_at_b);
        /* The longest address is a sockaddr_storage. */
        assert_int_equal(sctp_address_to_associd(c.a, sockaddr_of(&c.at_b), 128), c.id_at_a);
        errno = 0;
        assert_int_equal(sctp_address_to_associd(c.a, sockaddr_of(&c.at_b), 129), -1);
        assert_int_equal(errno, EINVAL);
        part(&c);
    }
}

UNIT_TEST(an_ipv6_socket_finds_an_ipv4_peer_by_its_mapped_address)
{
    struct sockaddr_storage at_six, at_four, mapped;
    int six = open_endpoint("::", 5, 5, &at_six), four = open_endpoint("127.0.0.1", 5, 5, &at_four);
    struct sockaddr_storage six_by_four = address("127.0.0.1", port_of(&at_six));
    sctp_assoc_t id;

    assert_int_equal(unp_subscribe(six, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    associate(four, &six_by_four);
    id = await_up(six);
    mapped = address("::ffff:127.0.0.1", port_of(&at_four));
    assert_int_equal(id_by(six, &mapped), id);
    assert_int_equal(streams_by(six, &mapped), 5);
    close(six);
    close(four);
}

UNIT_TEST(each_address_of_a_peer_with_several_leads_to_it)
{
    struct sockaddr_storage at_a, at_b, second;
    int a = open_endpoint("127.0.0.1", 5, 5, &at_a), b = open_endpoint("127.0.0.1", 5, 5, &at_b);
    sctp_assoc_t id;

    second = address("127.0.0.2", port_of(&at_b));
    assert_int_equal(sctp_bindx(b, sockaddr_of(&second), 1, SCTP_BINDX_ADD_ADDR), 0);
    id = associate(a, &at_b);
    assert_int_equal(id_by(a, &at_b), id);
    assert_int_equal(id_by(a, &second), id);
    close(a);
    close(b);
}

UNIT_TEST(many_associations_of_a_socket_are_told_apart)
{
    enum { PEERS = 50 };
    struct sockaddr_storage at_server, at[PEERS];
    int server = open_endpoint("127.0.0.1", 9, 100, &at_server), peers[PEERS];
    sctp_assoc_t ids[PEERS];

    assert_int_equal(unp_subscribe(server, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    for (int i = 0; i < PEERS; i++) {
        peers[i] = open_endpoint("127.0.0.1", 5, (uint16_t)(1 + i % 12), &at[i]);
        associate(peers[i], &at_server);
        ids[i] = await_up(server);
    }
    for (int i = 0; i < PEERS; i++) {
        assert_int_equal(id_by(server, &at[i]), ids[i]);
        assert_int_equal(streams_by(server, &at[i]), 1 + i % 12 < 9 ? 1 + i % 12 : 9);
        close(peers[i]);
    }
    close(server);
}

UNIT_TEST(the_states_of_an_association_and_its_address_have_names)
{
    struct couple c = join("127.0.0.1", 5, 5, 5, 5);
    struct sctp_status status = {.sstat_assoc_id = c.id_at_a};
    const struct sctp_sndinfo snd = {.snd_assoc_id = c.id_at_a};
    socklen_t len = sizeof(status);
    char data[1000] = {0};
    int sent = 0;

    assert_int_equal(getsockopt(c.a, IPPROTO_SCTP, SCTP_STATUS, &status, &len), 0);
    assert_string_equal(unp_state_name(status.sstat_state), "established");
    assert_string_equal(unp_address_state_name(status.sstat_primary.spinfo_state), "active");
    /* Data that the peer has no room for delays the shutdown. */
    while (sent++ < 10000 && status.sstat_rwnd >= sizeof(data)) {
        assert_int_equal(unp_send_info(c.a, data, sizeof(data), &snd, NULL, 0), sizeof(data));
        assert_int_equal(getsockopt(c.a, IPPROTO_SCTP, SCTP_STATUS, &status, &len), 0);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(unp_send_info(c.a, data, sizeof(data), &snd, NULL, 0), sizeof(data));
    assert_int_equal(unp_eof(c.a, c.id_at_a), 0);
    assert_int_equal(getsockopt(c.a, IPPROTO_SCTP, SCTP_STATUS, &status, &len), 0);
    assert_string_equal(unp_state_name(status.sstat_state), "shutdown-pending");
    part(&c);
}

UNIT_TEST(each_end_has_outbound_streams_of_its_own_number)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};

    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct couple c = join(hosts[i], 3, 20, 7, 10);

        assert_int_equal(streams_by(c.a, &c.at_b), 3);
        assert_int_equal(streams_by(c.b, &c.at_a), 7);
        part(&c);
    }
}

UNIT_TEST(the_streams_are_no_more_than_the_other_end_takes)
{
    struct couple c = join("127.0.0.1", 100, 2, 7, 4);

    assert_int_equal(streams_by(c.a, &c.at_b), 4);
    assert_int_equal(streams_by(c.b, &c.at_a), 2);
    part(&c);
}

UNIT_TEST(there_may_be_65535_streams)
{
    struct couple c = join("127.0.0.1", 65535, 65535, 1, 65535);

    assert_int_equal(streams_by(c.a, &c.at_b), 65535);
    assert_int_equal(streams_by(c.b, &c.at_a), 1);
    part(&c);
}

UNIT_TEST(an_address_without_an_association_is_einval)
{
    struct couple c = join("127.0.0.1", 5, 5, 5, 5);
    struct sockaddr_storage unknown[] = {address("127.0.0.1", 1),
                                         address("127.0.0.9", port_of(&c.at_b)), c.at_a,
                                         address("::1", port_of(&c.at_b))};

    for (size_t i = 0; i < COUNT(unknown); i++) {
        errno = 0;
        assert_int_equal(id_by(c.a, &unknown[i]), -1);
        assert_int_equal(errno, EINVAL);
        errno = 0;
        assert_int_equal(streams_by(c.a, &unknown[i]), -1);
        assert_int_equal(errno, EINVAL);
    }
    part(&c);
}

UNIT_TEST(an_address_longer_than_any_is_einval)
{
    struct couple c = join("127.0.0.1", 5, 5, 5, 5);
    char long_address[300] = {0};

    memcpy(long_address, &c.at_b, sizeof(struct sockaddr_in));
    errno = 0;
    assert_int_equal(sctp_address_to_associd(c.a, (void *)long_address, sizeof(long_address)), -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
    assert_int_equal(sctp_get_no_strms(c.a, (void *)long_address, sizeof(long_address)), -1);
    assert_int_equal(errno, EINVAL);
    part(&c);
}

UNIT_TEST(a_closed_association_is_not_found)
{
    struct couple c = join("127.0.0.1", 5, 5, 5, 5);
    int64_t deadline = unp_now() + PATIENCE * 1000;

    assert_int_equal(unp_abort(c.a, c.id_at_a, "over"), 0);
    assert_int_equal(id_by(c.a, &c.at_b), -1);
    assert_int_equal(errno, EINVAL);
    while (id_by(c.b, &c.at_a) != -1 && unp_now() < deadline)
        poll(NULL, 0, 1);
    assert_int_equal(streams_by(c.b, &c.at_a), -1);
    assert_int_equal(errno, EINVAL);
    part(&c);
}

UNIT_TEST(an_invalid_descriptor_is_EBADF)
{
    struct sockaddr_storage at = address("127.0.0.1", 1);

    skip_because(lacks_sctp_options());
    assert_int_equal(id_by(-1, &at), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(streams_by(-1, &at), -1);
    assert_int_equal(errno, EBADF);
}

/* ---- addresses as text ---------------------------------------------------- */

UNIT_TEST(the_addresses_of_both_ends_are_listed_with_the_port)
{
    struct sockaddr_storage at_a, at_b, second;
    int a = open_endpoint("127.0.0.1", 5, 5, &at_a), b = open_endpoint("127.0.0.1", 5, 5, &at_b);
    char buf[256], expected[256];
    sctp_assoc_t id;

    second = address("127.0.0.2", port_of(&at_b));
    assert_int_equal(sctp_bindx(b, sockaddr_of(&second), 1, SCTP_BINDX_ADD_ADDR), 0);
    id = associate(a, &at_b);
    assert_int_equal(unp_peer_addresses(a, id, buf, sizeof(buf)), 0);
    snprintf(expected, sizeof(expected), "127.0.0.1, 127.0.0.2 port %u", port_of(&at_b));
    assert_string_equal(buf, expected);
    assert_int_equal(unp_local_addresses(a, id, buf, sizeof(buf)), 0);
    snprintf(expected, sizeof(expected), "127.0.0.1 port %u", port_of(&at_a));
    assert_string_equal(buf, expected);
    close(a);
    close(b);
}

UNIT_TEST(the_addresses_of_a_closed_association_are_not_found)
{
    struct couple c = join("127.0.0.1", 5, 5, 5, 5);
    char buf[256];

    assert_int_equal(unp_peer_addresses(c.a, c.id_at_a, buf, sizeof(buf)), 0);
    assert_int_equal(unp_abort(c.a, c.id_at_a, "over"), 0);
    assert_int_equal(unp_peer_addresses(c.a, c.id_at_a, buf, sizeof(buf)), -1);
    assert_int_equal(unp_local_addresses(c.a, c.id_at_a, buf, sizeof(buf)), -1);
    part(&c);
}

UNIT_TEST(addresses_are_truncated_at_the_end_of_the_buffer)
{
    struct sockaddr_storage at_a, at_b, more;
    int a = open_endpoint("127.0.0.1", 5, 5, &at_a), b = open_endpoint("127.0.0.1", 5, 5, &at_b);
    char whole[512], host[32];
    sctp_assoc_t id;

    for (int i = 2; i < 12; i++) {
        snprintf(host, sizeof(host), "127.0.0.%d", i);
        more = address(host, port_of(&at_b));
        assert_int_equal(sctp_bindx(b, sockaddr_of(&more), 1, SCTP_BINDX_ADD_ADDR), 0);
    }
    id = associate(a, &at_b);
    assert_int_equal(unp_peer_addresses(a, id, whole, sizeof(whole)), 0);
    assert_contains(whole, "127.0.0.11");
    for (size_t size = sizeof(whole); size >= 1; size--) {
        char buf[2 * sizeof(whole)];

        memset(buf, '#', sizeof(buf));
        assert_int_equal(unp_peer_addresses(a, id, buf, size), 0);
        assert_non_null(memchr(buf, '\0', size));
        for (size_t i = size; i < sizeof(buf); i++)
            if (buf[i] != '#')
                fail_msg("byte %zu of a buffer of %zu is written to", i, size);
        if (size >= 64 && strcmp(buf, whole) != 0)
            assert_contains(buf, ", ... port ");
    }
    close(a);
    close(b);
}

/* Each address has 9 characters and the port 10; ", ..." and the NUL have room reserved. */
UNIT_TEST(as_many_addresses_are_shown_as_there_is_room_for)
{
    static const char *const texts[] = {"... port 12345", "127.0.0.1, ... port 12345",
                                        "127.0.0.1, 127.0.0.1, ... port 12345",
                                        "127.0.0.1, 127.0.0.1, 127.0.0.1 port 12345"};
    struct sockaddr_storage at = address("127.0.0.1", 12345), more;
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    char buf[100];

    assert_int_equal(bind(fd, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    more = address("127.0.0.2", 12345);
    assert_int_equal(sctp_bindx(fd, sockaddr_of(&more), 1, SCTP_BINDX_ADD_ADDR), 0);
    more = address("127.0.0.3", 12345);
    assert_int_equal(sctp_bindx(fd, sockaddr_of(&more), 1, SCTP_BINDX_ADD_ADDR), 0);
    for (size_t size = 4; size < sizeof(buf); size++) {
        size_t room = size < 17 ? 0 : size - strlen(" port 12345") - sizeof(", ...");
        const char *text = texts[room >= 31 ? 3 : room >= 20 ? 2 : room >= 11 ? 1 : 0];

        assert_int_equal(unp_local_addresses(fd, 0, buf, size), 0);
        for (char *digit = buf; (digit = strstr(digit, "127.0.0.")); digit++)
            digit[8] = '1'; /* the stacks list them in different orders */
        assert_string_equal(buf, size < 22 ? "..." : text);
    }
    close(fd);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
