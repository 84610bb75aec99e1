/*
 * Linux's layouts and numbers and libusrsctp's, in both directions: userland/option_convert.c,
 * flags.c, address.c, option_value.c.
 */
#include "unit_address.h"

#include <errno.h>
#include <sys/mman.h>

#include "../../userland/event.h"
#include "../../userland/libusrsctp.h"
#include "../../userland/option.h"
#include "../../userland/udp.h"

/* Association 7 of the stack is 1007 of the program. */
static struct usock s = {.id_base = 1000, .domain = AF_INET6, .plain_v4 = true};

#define EQUAL(a, b) assert_int_equal(a, b)

/* 127.0.0.1 port 7. */
#define FOUR                                                                                       \
    {                                                                                              \
        .ss_family = AF_INET, .__ss_padding = "\0\7\x7f\0\0\1"                                     \
    }

/* ---- options ------------------------------------------------------------------ */

/* The value `from` must be converted to this one; what is not set is 0. */
static void assert_converts(conversion convert, bool to_stack, const void *from, size_t from_size,
                            const void *to, size_t to_size)
{
    _Alignas(8) unsigned char given[500] = {0}, got[500] = {0};

    memcpy(given, from, from_size);
    EQUAL(convert(&s, to_stack ? given : got, to_stack ? got : given, to_stack), 0);
    assert_memory_equal(got, to, to_size);
    for (size_t i = to_size; i < sizeof(got); i++)
        EQUAL(got[i], 0);
}
#define TO_STACK(how, l, u) assert_converts(convert_##how, true, &(l), sizeof(l), &(u), sizeof(u))
#define TO_LINUX(how, u, l) assert_converts(convert_##how, false, &(u), sizeof(u), &(l), sizeof(l))

UNIT_TEST(association_parameters_are_converted)
{
    static const struct sctp_assocparams l = {1007, 1, 2, 3, 4, 5};
    static const struct usr_sctp_assocparams u = {.sasoc_assoc_id = 7,
                                                  .sasoc_asocmaxrxt = 1,
                                                  .sasoc_number_peer_destinations = 2,
                                                  .sasoc_peer_rwnd = 3,
                                                  .sasoc_local_rwnd = 4,
                                                  .sasoc_cookie_life = 5},
                                             set = {.sasoc_assoc_id = 7,
                                                    .sasoc_asocmaxrxt = 1,
                                                    .sasoc_cookie_life = 5};

    TO_STACK(assocparams, l, set); /* the others are read only */
    TO_LINUX(assocparams, u, l);
}

UNIT_TEST(a_primary_address_is_converted)
{
    static const struct sctp_prim l = {1007, FOUR};
    static const struct usr_sctp_setprim u = {.ssp_assoc_id = 7, .ssp_addr = FOUR};

    TO_STACK(primary, l, u);
    TO_LINUX(primary, u, l);
}

UNIT_TEST(path_parameters_are_converted)
{
    static const struct sctp_paddrparams
        l = {1007, FOUR, 1, 2, 3, 0, SPP_HB_ENABLE, 6, 7},
        delay = {1007, FOUR, 1, 2, 3, 4, SPP_HB_ENABLE | SPP_SACKDELAY, 6, 7},
        none = {.spp_assoc_id = 1007}; /* the association's */
    static const struct usr_sctp_paddrparams
        u = {FOUR, 7, 1, 3, SPP_HB_ENABLE, 6, 2, 7},
        with_delay = {FOUR, 7, 1, 3, SPP_HB_ENABLE | SPP_SACKDELAY, 6, 2, 7},
        any = {.spp_assoc_id = 7, .spp_address.ss_family = AF_INET6};

    TO_STACK(paddrparams, delay, u);
    TO_LINUX(paddrparams, with_delay, l);
    TO_STACK(paddrparams, none, any);
}

UNIT_TEST(the_state_of_a_path_is_converted)
{
    static const struct {
        int32_t stack, linux_state;
    } states[] = {{usr_SCTP_ACTIVE, SCTP_ACTIVE},
                  {usr_SCTP_INACTIVE, SCTP_INACTIVE},
                  {usr_SCTP_UNCONFIRMED, SCTP_UNCONFIRMED},
                  {usr_SCTP_UNCONFIRMED | usr_SCTP_INACTIVE, SCTP_UNCONFIRMED}};
    static const struct usr_sctp_paddrinfo asked = {.spinfo_assoc_id = 7, .spinfo_address = FOUR};

    for (size_t i = 0; i < COUNT(states); i++) {
        const struct sctp_paddrinfo l = {1007, FOUR, states[i].linux_state, 1, 2, 3, 4};
        const struct usr_sctp_paddrinfo u = {FOUR, 7, states[i].stack, 1, 2, 3, 4};

        TO_STACK(paddrinfo, l, asked);
        TO_LINUX(paddrinfo, u, l);
    }
}

UNIT_TEST(the_status_of_an_association_is_converted)
{
    static const struct sctp_status l = {
        1007,
        SCTP_ESTABLISHED,
        1,
        2,
        3,
        4,
        5,
        6,
        {.spinfo_assoc_id = 1007, .spinfo_address = FOUR, .spinfo_state = SCTP_ACTIVE}};
    static const struct usr_sctp_status u = {7,
                                             usr_SCTP_ESTABLISHED,
                                             1,
                                             2,
                                             3,
                                             4,
                                             5,
                                             6,
                                             {.spinfo_assoc_id = 7, .spinfo_address = FOUR}},
                                        asked = {.sstat_assoc_id = 7};

    TO_STACK(status, l, asked);
    TO_LINUX(status, u, l);
}

UNIT_TEST(an_IPv6_socket_gets_the_primary_address_as_a_mapped_one)
{
    static const struct usr_sctp_status u = {.sstat_primary = {.spinfo_address = FOUR}};
    struct sctp_status l = {0};
    struct sockaddr_in6 six;

    s.plain_v4 = false;
    EQUAL(convert_status(&s, &l, (void *)&u, false), 0);
    s.plain_v4 = true;
    memcpy(&six, (char *)&l.sstat_primary + 4, sizeof(six)); /* it is packed */
    EQUAL(six.sin6_family, AF_INET6);
    EQUAL(ntohs(six.sin6_port), 7);
    assert_memory_equal(&six.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
}

UNIT_TEST(default_send_parameters_are_converted)
{
    static const struct sctp_sndinfo l = {1, SCTP_UNORDERED, 2, 3, 1007};
    static const struct sctp_sndrcvinfo old = {.sinfo_stream = 1,
                                               .sinfo_flags = SCTP_UNORDERED,
                                               .sinfo_ppid = 2,
                                               .sinfo_context = 3,
                                               .sinfo_assoc_id = 1007};
    static const struct usr_sctp_sndinfo u = {1, usr_SCTP_UNORDERED, 2, 3, 7};
    static const struct sctp_default_prinfo l_pr = {1007, 1, SCTP_PR_SCTP_RTX};
    static const struct usr_sctp_default_prinfo u_pr = {usr_SCTP_PR_SCTP_RTX, 1, 7};

    TO_STACK(sndinfo, l, u);
    TO_LINUX(sndinfo, u, l);
    TO_STACK(sndrcv, old, u);
    TO_LINUX(sndrcv, u, old);
    TO_STACK(prinfo, l_pr, u_pr);
    TO_LINUX(prinfo, u_pr, l_pr);
}

UNIT_TEST(the_status_of_partial_reliability_is_converted)
{
    static const uint16_t policies[][2] = {{SCTP_PR_SCTP_PRIO, usr_SCTP_PR_SCTP_BUF},
                                           {SCTP_PR_SCTP_ALL, usr_SCTP_PR_SCTP_ALL}};

    for (size_t i = 0; i < COUNT(policies); i++) {
        const struct sctp_prstatus l = {1007, 1, policies[i][0], 2, 3};
        const struct usr_sctp_prstatus u = {7, 1, policies[i][1], 2, 3},
                                       asked = {7, 1, policies[i][1], 0, 0};

        TO_STACK(prstatus, l, asked);
        TO_LINUX(prstatus, u, l);
    }
}

UNIT_TEST(path_thresholds_are_converted)
{
    static const struct sctp_paddrthlds l = {1007, FOUR, 1, 2};
    static const struct sctp_paddrthlds_v2 l2 = {1007, FOUR, 1, 2, 3};
    static const struct usr_sctp_paddrthlds u = {.spt_assoc_id = 7,
                                                 .spt_address = FOUR,
                                                 .spt_pathmaxrxt = 1,
                                                 .spt_pathpfthld = 2,
                                                 .spt_pathcpthld = 0xffff},
                                            u2 = {.spt_assoc_id = 7,
                                                  .spt_address = FOUR,
                                                  .spt_pathmaxrxt = 1,
                                                  .spt_pathpfthld = 2,
                                                  .spt_pathcpthld = 3};

    TO_STACK(thresholds, l, u);
    TO_LINUX(thresholds, u, l);
    TO_STACK(thresholds2, l2, u2);
    TO_LINUX(thresholds2, u2, l2);
}

UNIT_TEST(the_UDP_port_of_a_peer_is_converted)
{
    static const struct sctp_udpencaps l = {1007, FOUR, 0x1234}, not_known = {1007, FOUR, 0};
    static const struct usr_sctp_udpencaps u = {FOUR, 7, 0x1234};
    const struct usr_sctp_udpencaps peer_port = {FOUR, 7, htons(udp_peer_port())};

    TO_STACK(encaps, l, u);
    TO_LINUX(encaps, u, l);
    TO_LINUX(encaps, peer_port, not_known);
}

UNIT_TEST(the_scheduler_is_converted)
{
    static const uint32_t schedulers[][2] = {{SCTP_SS_FCFS, usr_SCTP_SS_FIRST_COME},
                                             {SCTP_SS_PRIO, usr_SCTP_SS_PRIORITY},
                                             {SCTP_SS_RR, usr_SCTP_SS_ROUND_ROBIN}};
    struct sctp_assoc_value l;
    struct usr_sctp_assoc_value u;

    for (size_t i = 0; i < COUNT(schedulers); i++) {
        l = (struct sctp_assoc_value){1007, schedulers[i][0]};
        u = (struct usr_sctp_assoc_value){7, schedulers[i][1]};
        TO_STACK(scheduler, l, u);
        TO_LINUX(scheduler, u, l);
    }
    l.assoc_value = SCTP_SS_RR + 1;
    assert_fails(convert_scheduler(&s, &l, &u, true), EINVAL);
    EQUAL(convert_scheduler(&s, &l, &u, false), 0);
}

UNIT_TEST(association_ids_up_to_SCTP_ALL_ASSOC_are_no_associations)
{
    for (sctp_assoc_t id = 0; id <= SCTP_ALL_ASSOC; id++) {
        EQUAL(id_to_stack(&s, id), id);
        EQUAL(id_to_program(&s, (uint32_t)id), id);
    }
    EQUAL(id_to_stack(&s, 1003), 3);
    EQUAL(id_to_program(&s, 3), 1003);
}

/* ---- numbers --------------------------------------------------------------------- */

UNIT_TEST(the_flags_of_a_message_are_converted)
{
    static const uint16_t flags[][2] = {{SCTP_UNORDERED, usr_SCTP_UNORDERED},
                                        {SCTP_ADDR_OVER, usr_SCTP_ADDR_OVER},
                                        {SCTP_ABORT, usr_SCTP_ABORT},
                                        {SCTP_SACK_IMMEDIATELY, usr_SCTP_SACK_IMMEDIATELY},
                                        {SCTP_EOF, usr_SCTP_EOF}};
    uint16_t all[2] = {0};

    for (size_t i = 0; i < COUNT(flags); i++) {
        EQUAL(flags_to_stack(flags[i][0]), flags[i][1]);
        EQUAL(flags_to_linux(flags[i][1]), flags[i][0]);
        all[0] |= flags[i][0];
        all[1] |= flags[i][1];
    }
    EQUAL(flags_to_stack(0xffff), all[1]);
    EQUAL(flags_to_linux(0xffff), all[0]);
    EQUAL(flags_to_stack(0), 0);
    EQUAL(flags_to_linux(0), 0);
}

UNIT_TEST(the_policies_of_partial_reliability_are_converted)
{
    static const uint16_t policies[][2] = {{SCTP_PR_SCTP_NONE, usr_SCTP_PR_SCTP_NONE},
                                           {SCTP_PR_SCTP_TTL, usr_SCTP_PR_SCTP_TTL},
                                           {SCTP_PR_SCTP_RTX, usr_SCTP_PR_SCTP_RTX},
                                           {SCTP_PR_SCTP_PRIO, usr_SCTP_PR_SCTP_BUF}};

    for (size_t i = 0; i < COUNT(policies); i++) {
        EQUAL(policy_to_stack(policies[i][0]), policies[i][1]);
        EQUAL(policy_to_stack(policies[i][0] | SCTP_UNORDERED), policies[i][1]);
        EQUAL(policy_to_linux(policies[i][1]), policies[i][0]);
        EQUAL(policy_to_linux(policies[i][1] | 0x10), policies[i][0]);
    }
}

UNIT_TEST(the_states_of_an_association_are_converted)
{
    static const int states[][2] = {{0, SCTP_CLOSED},
                                    {usr_SCTP_LISTEN, SCTP_CLOSED},
                                    {usr_SCTP_COOKIE_WAIT, SCTP_COOKIE_WAIT},
                                    {usr_SCTP_COOKIE_ECHOED, SCTP_COOKIE_ECHOED},
                                    {usr_SCTP_ESTABLISHED, SCTP_ESTABLISHED},
                                    {usr_SCTP_SHUTDOWN_PENDING, SCTP_SHUTDOWN_PENDING},
                                    {usr_SCTP_SHUTDOWN_SENT, SCTP_SHUTDOWN_SENT},
                                    {usr_SCTP_SHUTDOWN_RECEIVED, SCTP_SHUTDOWN_RECEIVED},
                                    {usr_SCTP_SHUTDOWN_ACK_SENT, SCTP_SHUTDOWN_ACK_SENT}};

    for (size_t i = 0; i < COUNT(states); i++)
        EQUAL(status_to_linux(states[i][0]), states[i][1]);
    EQUAL(status_to_linux(usr_SCTP_ESTABLISHED | usr_SCTP_SHUTDOWN_PENDING), SCTP_SHUTDOWN_PENDING);
}

/* ---- addresses --------------------------------------------------------------------- */

UNIT_TEST(hosts_are_compared_and_classified)
{
    static const struct {
        const char *host;
        bool loopback, wildcard;
    } hosts[] = {{"127.0.0.1", true, false},  {"127.255.0.1", true, false},
                 {"126.0.0.1", false, false}, {"0.0.0.0", false, true},
                 {"::", false, true},         {"::1", false, false}};

    for (size_t i = 0; i < COUNT(hosts); i++) {
        const union address a = at(hosts[i].host, 4711);

        EQUAL(address_port(&a), 4711);
        EQUAL(address_size(&a.sa), strchr(hosts[i].host, ':') ? sizeof(a.in6) : sizeof(a.in));
        EQUAL(address_is_wildcard(&a), hosts[i].wildcard);
        if (a.sa.sa_family == AF_INET)
            EQUAL(address_is_loopback(a.in.sin_addr), hosts[i].loopback);
        for (size_t j = 0; j < COUNT(hosts); j++) {
            union address b = at(hosts[j].host, 4711);

            b.in.sin_port = 0;
            if (a.sa.sa_family == b.sa.sa_family)
                EQUAL(address_same_host(&a, &b), i == j);
        }
    }
    EQUAL(address_size(&(struct sockaddr){.sa_family = AF_UNIX}), 0);
}

UNIT_TEST(an_address_is_cut_to_the_room)
{
    const union address a = at("127.0.0.1", 4711);
    struct sockaddr_in to;
    socklen_t length = 4;

    memset(&to, 'x', sizeof(to));
    address_copy(&a, (struct sockaddr *)&to, &length);
    EQUAL(length, sizeof(to));
    assert_memory_equal(&to, &a, 4);
    EQUAL(to.sin_addr.s_addr, 0x78787878);
    length = 100;
    address_copy(&a, (struct sockaddr *)&to, &length);
    EQUAL(length, sizeof(to));
    assert_memory_equal(&to, &a, sizeof(to));
    address_copy(&a, NULL, &length);
    address_copy(&a, (struct sockaddr *)&to, NULL);
}

UNIT_TEST(a_list_of_1_to_64_whole_addresses_is_counted_and_read)
{
    const union address a = at("127.0.0.1", 4711), b = at("::1", 4711);
    unsigned char list[65 * sizeof(struct sockaddr_in6)];
    socklen_t size = 0;
    union address got;
    const void *next;

    EQUAL(address_count(list, 0), -1);
    EQUAL(errno, EINVAL);
    memcpy(list, &a, sizeof(a.in));
    memcpy(list + sizeof(a.in), &b, sizeof(b.in6));
    size = sizeof(a.in) + sizeof(b.in6);
    EQUAL(address_count(list, size), 2);
    EQUAL(address_count(list, size - 1), -1);
    EQUAL(address_count(list, sizeof(a.in)), 1);
    EQUAL(address_count(list, sizeof(a.in) + 1), -1);
    EQUAL(address_count(list, sizeof(a.in) + 2), -1);
    memset(&got, 'x', sizeof(got));
    next = address_next(list, &got);
    assert_memory_equal(&got, &a, sizeof(got));
    assert_ptr_equal(address_next(next, &got), list + size);
    assert_memory_equal(&got, &b, sizeof(got));
    list[0] = list[1] = 0; /* no family */
    EQUAL(address_count(list, size), -1);
    for (int i = 0; i < 65; i++)
        memcpy(list + (size_t)i * sizeof(a.in), &a, sizeof(a.in));
    EQUAL(address_count(list, 64 * sizeof(a.in)), 64);
    EQUAL(address_count(list, 65 * sizeof(a.in)), -1);
}

/* The page after the list cannot be read. */
UNIT_TEST(nothing_is_read_beyond_a_list)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const union address a = at("127.0.0.1", 4711);
    unsigned char *pages = aligned_alloc(page, 2 * page);

    assert_non_null(pages);
    EQUAL(mprotect(pages + page, page, PROT_NONE), 0);
    for (size_t size = sizeof(a.in); size > 0; size -= 2) {
        memcpy(pages + page - size, &a, size);
        EQUAL(address_count(pages + page - size, (socklen_t)size), size == sizeof(a.in) ? 1 : -1);
    }
    EQUAL(mprotect(pages + page, page, PROT_READ | PROT_WRITE), 0);
    free(pages);
}

/* ---- values ------------------------------------------------------------------------- */

UNIT_TEST(values_are_cut_or_refused)
{
    unsigned char room[12];
    socklen_t length = sizeof(room);
    int n = 0x01020304, got;
    bool flag = false;

    memset(room, 'x', sizeof(room));
    EQUAL(option_give_int(n, room, &length), 0);
    EQUAL(length, 4);
    assert_memory_equal(room, &n, 4);
    EQUAL(room[4], 'x');
    length = 1;
    n = 9;
    EQUAL(option_give_int(n, room, &length), 0);
    EQUAL(length, 1);
    EQUAL(room[0], 9);
    EQUAL(room[1], 3);
    n = 5;
    EQUAL(option_take_int(&n, 3, &got), -1);
    EQUAL(errno, EINVAL);
    EQUAL(option_take_int(&n, 4, &got), 0);
    EQUAL(got, 5);
    length = 3;
    EQUAL(option_give("abcd", 4, room, &length), -1);
    EQUAL(errno, EINVAL);
    length = 12;
    EQUAL(option_give("abcd", 4, room, &length), 0);
    EQUAL(length, 4);
    assert_memory_equal(room, "abcd", 4);
    length = 4;
    EQUAL(option_give("abcd", 4, room, &length), 0);
    EQUAL(option_take_flag(&flag, &n, 3), -1);
    assert_false(flag);
    EQUAL(option_take_flag(&flag, &n, 4), 0);
    assert_true(flag);
    n = 0;
    EQUAL(option_take_flag(&flag, &n, 4), 0);
    assert_false(flag);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
