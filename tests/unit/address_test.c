/* Addresses as text, and packed one after the other: lib/address.c. */
#include "blocks.h"
#include "cmdline/cmdline.h"
#include "unit.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>

/* The addresses of any association: so many; 0 or below: what the calls return. */
static int how_many;

static int some_addresses(struct sockaddr **addrs)
{
    struct sockaddr_in *list = calloc(2, sizeof(*list));

    for (int i = 0; i < how_many; i++)
        list[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(7)};
    if (how_many <= 0)
        free(list);
    else
        *addrs = (struct sockaddr *)list;
    return how_many;
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    return some_addresses(addrs);
}

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    return some_addresses(addrs);
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

static struct sockaddr_in v4(const char *host, uint16_t port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};

    assert_int_equal(inet_pton(AF_INET, host, &sa.sin_addr), 1);
    return sa;
}

static struct sockaddr_in6 v6(const char *host, uint16_t port, unsigned scope)
{
    struct sockaddr_in6 sa = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = scope};

    assert_int_equal(inet_pton(AF_INET6, host, &sa.sin6_addr), 1);
    return sa;
}

/* The text of an address, in memory of just its size, so that ASan sees reads beyond it. */
static const char *text_of(const void *sa, size_t len, bool with_port)
{
    static char buf[SOCK_NTOP_SIZE];
    struct sockaddr *copy = exact_copy(sa, len);
    const char *text =
        with_port ? sock_ntop(copy, buf, sizeof(buf)) : sock_ntop_host(copy, buf, sizeof(buf));

    free(copy);
    assert_ptr_equal(text, buf);
    return text;
}

/* ---- as text -------------------------------------------------------------- */

static const char *shown(const char *host, uint16_t port, unsigned scope, bool with_port)
{
    if (strchr(host, ':')) {
        const struct sockaddr_in6 six = v6(host, port, scope);

        return text_of(&six, sizeof(six), with_port);
    } else {
        const struct sockaddr_in four = v4(host, port);

        return text_of(&four, sizeof(four), with_port);
    }
}

UNIT_TEST(an_address_is_shown_with_or_without_its_port)
{
    const unsigned lo = if_nametoindex("lo");
    const struct {
        const char *host;
        uint16_t port;
        unsigned scope;
        const char *text, *alone;
    } rows[] = {
        {"10.0.0.1", 9877, 0, "10.0.0.1:9877", "10.0.0.1"},
        {"255.255.255.255", 65535, 0, "255.255.255.255:65535", "255.255.255.255"},
        {"0.0.0.0", 0, 0, "0.0.0.0:0", "0.0.0.0"},
        {"::1", 9877, 0, "[::1]:9877", "::1"},
        {"2001:db8::a:b", 1, 0, "[2001:db8::a:b]:1", "2001:db8::a:b"},
        {"::ffff:192.0.2.7", 9877, 0, "192.0.2.7:9877", "192.0.2.7"},
        {"fe80::1", 9877, lo, "[fe80::1%lo]:9877", "fe80::1%lo"},
        {"fe80::1", 9877, 0x7ffffff0, "[fe80::1]:9877", "fe80::1"},     /* no such interface */
        {"2001:db8::1", 9877, lo, "[2001:db8::1]:9877", "2001:db8::1"}, /* a global address */
    };

    assert_int_not_equal(lo, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(shown(rows[i].host, rows[i].port, rows[i].scope, true), rows[i].text);
        assert_string_equal(shown(rows[i].host, rows[i].port, rows[i].scope, false), rows[i].alone);
    }
}

UNIT_TEST(an_unknown_family_is_named_by_its_number)
{
    const sa_family_t family = AF_UNIX;

    assert_string_equal(text_of(&family, sizeof(family), true), "(address family 1)");
    assert_string_equal(text_of(&family, sizeof(family), false), "(address family 1)");
}

UNIT_TEST(the_longest_address_fits_in_the_size_the_header_gives)
{
    /* An interface's name has at most IF_NAMESIZE - 1 characters. */
    struct sockaddr_in6 sa = v6("fe80:1111:2222:3333:4444:5555:6666:7777", 65535, 0);
    size_t len = strlen(text_of(&sa, sizeof(sa), true));

    assert_true(len + strlen("%") + IF_NAMESIZE <= SOCK_NTOP_SIZE);
    assert_string_equal(text_of(&sa, sizeof(sa), true),
                        "[fe80:1111:2222:3333:4444:5555:6666:7777]:65535");
}

UNIT_TEST(a_buffer_of_any_size_is_not_overrun_and_terminated)
{
    const struct sockaddr_in6 six = v6("2001:db8::1", 9877, 0);
    const struct sockaddr_in four = v4("192.0.2.1", 9877);
    const struct sockaddr_in unknown = {.sin_family = AF_UNIX};
    const struct sockaddr *all[] = {(const void *)&six, (const void *)&four,
                                    (const void *)&unknown};

    for (size_t i = 0; i < COUNT(all); i++) {
        char whole[SOCK_NTOP_SIZE];

        sock_ntop(all[i], whole, sizeof(whole));
        for (size_t size = 1; size <= sizeof(whole); size++) {
            char *buf = guarded(size);

            sock_ntop(all[i], buf, size);
            assert_int_equal(strlen(buf), size <= strlen(whole) ? size - 1 : strlen(whole));
            assert_memory_equal(buf, whole, strlen(buf));
            free_guarded(buf, size);
        }
    }
}

UNIT_TEST(an_address_is_as_long_as_the_structure_of_its_family)
{
    assert_int_equal(unp_sock_len(&(struct sockaddr){.sa_family = AF_INET}), 16);
    assert_int_equal(unp_sock_len(&(struct sockaddr){.sa_family = AF_INET6}), 28);
    assert_int_equal(unp_sock_len(&(struct sockaddr){.sa_family = AF_UNIX}), 0);
    assert_int_equal(unp_sock_len(&(struct sockaddr){.sa_family = AF_UNSPEC}), 0);
}

/* ---- packed --------------------------------------------------------------- */

static void append(struct unp_addrs *list, const void *sa, size_t len)
{
    struct sockaddr *copy = exact_copy(sa, len);

    assert_int_equal(unp_addrs_append(list, copy), 0);
    free(copy);
}

UNIT_TEST(an_empty_list_has_no_addresses)
{
    struct unp_addrs list = {0};

    assert_null(unp_addrs_next(&list, NULL));
    assert_int_equal(unp_addrs_family(&list), AF_INET);
    unp_addrs_set_port(&list, 9877);
    unp_addrs_free(&list);
}

UNIT_TEST(addresses_lie_one_after_the_other_without_gaps)
{
    const struct sockaddr_in first = v4("192.0.2.1", 1), third = v4("192.0.2.3", 3);
    const struct sockaddr_in6 second = v6("2001:db8::2", 2, 0);
    struct unp_addrs list = {0};
    struct sockaddr *sa = NULL;

    append(&list, &first, sizeof(first));
    append(&list, &second, sizeof(second));
    append(&list, &third, sizeof(third));
    assert_int_equal(list.count, 3);
    assert_int_equal(list.size, 16 + 28 + 16);
    assert_memory_equal(list.packed, &first, 16);
    assert_memory_equal(list.packed + 16, &second, 28);
    assert_memory_equal(list.packed + 44, &third, 16);
    assert_ptr_equal(sa = unp_addrs_next(&list, sa), list.packed);
    assert_ptr_equal(sa = unp_addrs_next(&list, sa), list.packed + 16);
    assert_ptr_equal(sa = unp_addrs_next(&list, sa), list.packed + 44);
    assert_null(unp_addrs_next(&list, sa));
    unp_addrs_free(&list);
}

UNIT_TEST(the_port_is_set_in_all_addresses_and_nothing_else_changes)
{
    struct sockaddr_in first = v4("192.0.2.1", 1);
    struct sockaddr_in6 second = v6("fe80::2", 2, 7);
    struct unp_addrs list = {0};

    append(&list, &second, sizeof(second));
    append(&list, &first, sizeof(first));
    unp_addrs_set_port(&list, 9877);
    first.sin_port = second.sin6_port = htons(9877);
    assert_memory_equal(list.packed, &second, 28);
    assert_memory_equal(list.packed + 28, &first, 16);
    unp_addrs_free(&list);
}

UNIT_TEST(one_ipv6_address_makes_the_family_of_a_list_ipv6)
{
    const struct sockaddr_in four = v4("192.0.2.1", 1);
    const struct sockaddr_in6 six = v6("2001:db8::2", 2, 0);
    struct unp_addrs list = {0};

    append(&list, &four, sizeof(four));
    append(&list, &four, sizeof(four));
    assert_int_equal(unp_addrs_family(&list), AF_INET);
    append(&list, &six, sizeof(six));
    assert_int_equal(unp_addrs_family(&list), AF_INET6);
    append(&list, &four, sizeof(four));
    assert_int_equal(unp_addrs_family(&list), AF_INET6);
    unp_addrs_free(&list);
}

UNIT_TEST(a_freed_list_is_empty_and_can_be_used_again)
{
    const struct sockaddr_in four = v4("192.0.2.1", 1);
    struct unp_addrs list = {0};

    append(&list, &four, sizeof(four));
    unp_addrs_free(&list);
    assert_null(list.packed);
    assert_int_equal(list.size, 0);
    assert_int_equal(list.count, 0);
    unp_addrs_free(&list);
    append(&list, &four, sizeof(four));
    assert_int_equal(list.count, 1);
    unp_addrs_free(&list);
}

UNIT_TEST(a_thousand_addresses_of_both_families_stay_in_order)
{
    struct unp_addrs list = {0};
    struct sockaddr *sa = NULL;

    for (unsigned i = 0; i < 1000; i++) {
        struct sockaddr_in four = v4("192.0.2.1", (uint16_t)i);
        struct sockaddr_in6 six = v6("2001:db8::2", (uint16_t)i, 0);

        append(&list, i % 3 ? (void *)&four : (void *)&six, i % 3 ? sizeof(four) : sizeof(six));
    }
    assert_int_equal(list.count, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        sa = unp_addrs_next(&list, sa);
        assert_non_null(sa);
        assert_int_equal(sa->sa_family, i % 3 ? AF_INET : AF_INET6);
        assert_int_equal(ntohs(((struct sockaddr_in *)(void *)sa)->sin_port), i);
    }
    assert_null(unp_addrs_next(&list, sa));
    unp_addrs_free(&list);
}

UNIT_TEST(without_memory_an_address_is_refused_and_the_list_stays)
{
    const struct sockaddr_in four = v4("192.0.2.1", 1);
    struct unp_addrs list = {0};

    if (!CAN_FAIL)
        skip();
    append(&list, &four, sizeof(four));
    fail_in = 1;
    assert_int_equal(unp_addrs_append(&list, (const struct sockaddr *)&four), EAI_MEMORY);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.size, sizeof(four));
    unp_addrs_free(&list);
}

UNIT_TEST(an_address_of_an_unknown_family_is_refused)
{
    struct unp_addrs list = {0};

    assert_int_equal(unp_addrs_append(&list, &(struct sockaddr){.sa_family = AF_UNIX}), EAI_FAMILY);
    assert_int_equal(list.count, 0);
    assert_null(unp_addrs_next(&list, NULL));
    unp_addrs_free(&list);
}

/* ---- of an association ------------------------------------------------------ */

UNIT_TEST(an_association_without_addresses_has_no_text)
{
    struct unp_addrs list = {0};
    char buf[100];

    how_many = 2;
    assert_int_equal(unp_peer_addresses(1, 2, buf, sizeof(buf)), 0);
    assert_string_equal(buf, "0.0.0.0, 0.0.0.0 port 7");
    assert_int_equal(unp_addrs_local(&list, 1, 2), 2);
    assert_int_equal(list.count, 2);
    unp_addrs_free(&list);
    for (how_many = 0; how_many >= -1; how_many--) {
        assert_int_equal(unp_peer_addresses(1, 2, buf, sizeof(buf)), -1);
        assert_int_equal(unp_local_addresses(1, 2, buf, sizeof(buf)), -1);
        assert_int_equal(unp_addrs_peer(&list, 1, 2), how_many);
    }
}

UNIT_TEST(the_list_of_an_association_is_freed)
{
    struct unp_addrs list = {0};
    long before = blocks;
    char buf[200];

    for (how_many = 1; how_many <= 2; how_many++) {
        assert_int_equal(unp_addrs_peer(&list, 1, 2), how_many);
        unp_addrs_free(&list);
        assert_int_equal(unp_peer_addresses(1, 2, buf, sizeof(buf)), 0);
        assert_int_equal(blocks, before);
    }
}

UNIT_TEST(without_memory_the_addresses_of_an_association_are_not_known)
{
    struct unp_addrs list = {0};
    long before = blocks;

    if (!CAN_FAIL)
        skip();
    how_many = 2;
    for (unsigned i = 2; i <= 3; i++) { /* the first one is sctp_getpaddrs() */
        fail_in = i;
        errno = 0;
        assert_int_equal(unp_addrs_peer(&list, 1, 2), -1);
        assert_int_equal(errno, ENOMEM);
        assert_int_equal(list.count, i - 2);
        unp_addrs_free(&list);
        assert_int_equal(blocks, before);
    }
}

/* ---- by name -------------------------------------------------------------- */

static void assert_one(const char *host, uint16_t port, const char *expected)
{
    struct unp_addrs list = {0};
    char buf[SOCK_NTOP_SIZE];

    assert_int_equal(unp_addrs_add(&list, host, port), 0);
    assert_int_equal(list.count, 1); /* once, not once for each socket type */
    assert_string_equal(sock_ntop(unp_addrs_next(&list, NULL), buf, sizeof(buf)), expected);
    unp_addrs_free(&list);
}

UNIT_TEST(a_number_is_one_address_with_the_port_given)
{
    assert_one("127.0.0.1", 9877, "127.0.0.1:9877");
    assert_one("192.0.2.255", 0, "192.0.2.255:0");
    assert_one("0.0.0.0", 65535, "0.0.0.0:65535");
    assert_one("::1", 9877, "[::1]:9877");
    assert_one("2001:DB8:0::1", 65535, "[2001:db8::1]:65535");
    assert_one("fe80::1%lo", 9877, "[fe80::1%lo]:9877");
}

UNIT_TEST(localhost_is_loopback_addresses_each_of_them_once)
{
    struct unp_addrs list = {0};
    struct sockaddr *sa = NULL;

    assert_int_equal(unp_addrs_add(&list, "localhost", 9877), 0);
    assert_in_range(list.count, 1, 16);
    while ((sa = unp_addrs_next(&list, sa))) {
        char buf[SOCK_NTOP_SIZE];

        sock_ntop(sa, buf, sizeof(buf));
        if (strcmp(buf, "[::1]:9877") != 0 && strncmp(buf, "127.", 4) != 0)
            fail_msg("%s is not a loopback address", buf);
        for (struct sockaddr *o = NULL; (o = unp_addrs_next(&list, o)) != sa;)
            assert_false(unp_sock_len(o) == unp_sock_len(sa) &&
                         memcmp(o, sa, unp_sock_len(sa)) == 0);
    }
    unp_addrs_free(&list);
}

UNIT_TEST(a_bad_name_gives_an_eai_code_and_adds_nothing)
{
    char long_label[300];
    const char *const bad[] = {
        "",         "no-such-host.invalid", "256.256.256.256", "1.2.3.4.5", "[::1]",
        "bad name", "2001:db8::g",          "::1%nosuchif",    long_label};
    struct unp_addrs list = {0};

    memset(long_label, 'x', sizeof(long_label) - 1);
    long_label[sizeof(long_label) - 1] = '\0';
    assert_int_equal(unp_addrs_add(&list, "192.0.2.1", 1), 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        int rc = unp_addrs_add(&list, bad[i], 9877);

        /* Which one depends on whether a name server can be asked. */
        if (rc != EAI_NONAME && rc != EAI_AGAIN && rc != EAI_FAIL && rc != EAI_NODATA)
            fail_msg("\"%s\" gives %d (%s)", bad[i], rc, gai_strerror(rc));
        assert_int_equal(list.count, 1);
        assert_int_equal(list.size, 16);
    }
    unp_addrs_free(&list);
}

static void add_or_end(void *host)
{
    struct unp_addrs list = {0};

    Unp_addrs_add(&list, "-B", host, 9877);
    _exit(list.count == 1 ? 0 : 99);
}

UNIT_TEST(a_bad_name_ends_the_program_in_the_capital_function)
{
    char err[512];

    assert_int_equal(in_child(add_or_end, (char[]){"127.0.0.1"}, err, sizeof(err)), 0);
    assert_string_equal(err, "");
    assert_int_equal(in_child(add_or_end, (char[]){"::1::"}, err, sizeof(err)), EXIT_NO_HOST);
    assert_contains(err, "address_test: -B \"::1::\": ");
    assert_contains(err, "address");
}

UNIT_TEST(a_port_after_an_address_is_refused_with_a_hint)
{
    char why[600];

    assert_int_equal(unp_addrs_why(EAI_NONAME, "-B", "127.0.0.1:9877", why, sizeof(why)),
                     EXIT_NO_HOST);
    assert_contains(why, "; give it without a port: 127.0.0.1");
    unp_addrs_why(EAI_NONAME, "-B", "no-such-host", why, sizeof(why));
    assert_contains(why, "; check the name, or give its address");
}

int main(void)
{
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1); /* a name server may not answer */
    return run_all_tests(NULL, NULL);
}
