/* Hints of a NAT in the verdicts of sctp_ping --check: tools/ping/nat.c. */
#include "../../tools/ping/check.h"
#include "blocks.h"
#include "unit.h"

#include <arpa/inet.h>

static struct ping p;
static struct check k;
static const char *local[4];
static char hint[CHECK_NAT_SIZE];

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    struct unp_addrs list = {0};

    for (size_t i = 0; i < COUNT(local) && local[i]; i++)
        unp_addrs_add(&list, local[i], 9877);
    *addrs = (struct sockaddr *)(void *)list.packed;
    return list.count;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

static int start(void **state)
{
    memset(local, 0, sizeof(local));
    k = (struct check){.p = &p};
    strcpy(k.address, "203.0.113.2");
    return 0;
}

UNIT_TEST(an_advertised_private_address_of_a_public_server_hints_at_a_nat)
{
    static const char *const private[] = {"10.0.0.1",    "10.255.255.255", "172.16.0.1",
                                          "172.31.9.9",  "192.168.0.1",    "100.64.0.1",
                                          "169.254.1.1", "fd00::1",        "fe80::1%eth0"};
    static const char *const public[] = {"9.255.255.255", "11.0.0.1",    "172.15.0.1",
                                         "172.32.0.1",    "192.167.0.1", "100.63.255.1",
                                         "100.128.0.1",   "2001:db8::1", "fe00::1"};
    char expected[CHECK_NAT_SIZE], list[200];

    for (size_t i = 0; i < COUNT(private); i++) {
        snprintf(list, sizeof(list), "198.51.100.1, %s", private[i]);
        snprintf(expected, sizeof(expected),
                 "; %s is private, 203.0.113.2 is not: is the server behind a NAT? Then it must "
                 "bind one address",
                 private[i]);
        assert_string_equal(check_hint_advertised(&k, list, hint, sizeof(hint)), expected);
    }
    for (size_t i = 0; i < COUNT(public); i++)
        assert_string_equal(check_hint_advertised(&k, public[i], hint, sizeof(hint)), "");
    strcpy(k.address, "192.168.1.1");
    assert_string_equal(check_hint_advertised(&k, "10.0.0.1", hint, sizeof(hint)), "");
}

UNIT_TEST(several_private_addresses_of_this_host_are_in_init)
{
    const long before = blocks;

    local[0] = "10.0.0.1";
    assert_string_equal(check_hint_told(&k, hint, sizeof(hint)), "");
    local[1] = "198.51.100.1";
    local[2] = "192.168.0.1";
    assert_string_equal(check_hint_told(&k, hint, sizeof(hint)),
                        "; INIT told the server this host's private addresses 10.0.0.1, "
                        "192.168.0.1: if there is a NAT on the way, bind one of them (-B)");
    k.over_udp = true; /* the userland stack does not list them */
    assert_string_equal(check_hint_told(&k, hint, sizeof(hint)), "");
    k.over_udp = false;
    strcpy(k.address, "10.0.0.2");
    assert_string_equal(check_hint_told(&k, hint, sizeof(hint)), "");
    strcpy(k.address, "203.0.113.2");
    local[0] = local[2] = "198.51.100.2";
    assert_string_equal(check_hint_told(&k, hint, sizeof(hint)), "");
    assert_int_equal(blocks, before);
}

/* The source is that of this machine. */
UNIT_TEST(a_private_source_is_named_when_a_public_server_does_not_answer)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    assert_string_equal(
        check_hint_translated(&k, (struct sockaddr *)&to, hint, sizeof(hint)),
        "; this host's address 127.0.0.1 is private: does the NAT on the way translate SCTP?");
    k.over_udp = true;
    assert_string_equal(check_hint_translated(&k, (struct sockaddr *)&to, hint, sizeof(hint)), "");
    k.over_udp = false;
    strcpy(k.address, "127.0.0.1");
    assert_string_equal(check_hint_translated(&k, (struct sockaddr *)&to, hint, sizeof(hint)), "");
}

int main(void)
{
    return run_all_tests(start, NULL);
}
