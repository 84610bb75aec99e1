/*
 * Linux's layouts and numbers and libusrsctp's, in both directions: userland/option_convert.c,
 * flags.c, address.c, option_value.c.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>

#include "../../userland/address.h"
#include "../../userland/event.h"
#include "../../userland/libusrsctp.h"
#include "../../userland/option.h"
#include "../../userland/udp.h"

/* Association 7 of the stack is 1007 of the program. */
static struct usock s = {.id_base = 1000, .domain = AF_INET6};

/* Sets u from l, or l from u; both are zero otherwise. */
#define TO_STACK(how)                                                                              \
    do {                                                                                           \
        memset(&u, 0, sizeof(u));                                                                  \
        assert_int_equal(convert_##how(&s, &l, &u, true), 0);                                      \
    } while (0)
#define TO_LINUX(how)                                                                              \
    do {                                                                                           \
        memset(&l, 0, sizeof(l));                                                                  \
        assert_int_equal(convert_##how(&s, &l, &u, false), 0);                                     \
    } while (0)
#define EQUAL(a, b) assert_int_equal(a, b)

static struct sockaddr_storage four(void)
{
    union address a = {.in = {.sin_family = AF_INET,
                              .sin_port = htons(7),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};

    return a.ss;
}

static void assert_four(struct sockaddr_storage got)
{
    const struct sockaddr_storage expected = four();

    assert_memory_equal(&got, &expected, sizeof(got));
}

/* ---- options ------------------------------------------------------------------ */

UNIT_TEST(association_parameters_are_converted)
{
    struct sctp_assocparams l = {.sasoc_assoc_id = 1007,
                                 .sasoc_asocmaxrxt = 1,
                                 .sasoc_number_peer_destinations = 2,
                                 .sasoc_peer_rwnd = 3,
                                 .sasoc_local_rwnd = 4,
                                 .sasoc_cookie_life = 5};
    struct usr_sctp_assocparams u;

    TO_STACK(assocparams);
    EQUAL(u.sasoc_assoc_id, 7);
    EQUAL(u.sasoc_asocmaxrxt, 1);
    EQUAL(u.sasoc_cookie_life, 5);
    EQUAL(u.sasoc_number_peer_destinations, 0); /* read only, as the next ones */
    EQUAL(u.sasoc_peer_rwnd, 0);
    EQUAL(u.sasoc_local_rwnd, 0);
    u.sasoc_number_peer_destinations = 2;
    u.sasoc_peer_rwnd = 3;
    u.sasoc_local_rwnd = 4;
    TO_LINUX(assocparams);
    EQUAL(l.sasoc_assoc_id, 1007);
    EQUAL(l.sasoc_asocmaxrxt, 1);
    EQUAL(l.sasoc_number_peer_destinations, 2);
    EQUAL(l.sasoc_peer_rwnd, 3);
    EQUAL(l.sasoc_local_rwnd, 4);
    EQUAL(l.sasoc_cookie_life, 5);
}

UNIT_TEST(a_primary_address_is_converted)
{
    struct sctp_prim l = {.ssp_assoc_id = 1007, .ssp_addr = four()};
    struct usr_sctp_setprim u;

    TO_STACK(primary);
    EQUAL(u.ssp_assoc_id, 7);
    assert_four(u.ssp_addr);
    TO_LINUX(primary);
    EQUAL(l.ssp_assoc_id, 1007);
    assert_four(l.ssp_addr);
}

UNIT_TEST(path_parameters_are_converted)
{
    struct sctp_paddrparams l = {.spp_assoc_id = 1007,
                                 .spp_address = four(),
                                 .spp_hbinterval = 1,
                                 .spp_pathmaxrxt = 2,
                                 .spp_pathmtu = 3,
                                 .spp_sackdelay = 4,
                                 .spp_flags = SPP_HB_ENABLE | SPP_SACKDELAY,
                                 .spp_ipv6_flowlabel = 6,
                                 .spp_dscp = 7};
    struct usr_sctp_paddrparams u;

    TO_STACK(paddrparams);
    EQUAL(u.spp_assoc_id, 7);
    assert_four(u.spp_address);
    EQUAL(u.spp_hbinterval, 1);
    EQUAL(u.spp_pathmaxrxt, 2);
    EQUAL(u.spp_pathmtu, 3);
    EQUAL(u.spp_flags, SPP_HB_ENABLE);
    EQUAL(u.spp_ipv6_flowlabel, 6);
    EQUAL(u.spp_dscp, 7);
    u.spp_flags |= SPP_SACKDELAY;
    TO_LINUX(paddrparams);
    EQUAL(l.spp_assoc_id, 1007);
    assert_four(l.spp_address);
    EQUAL(l.spp_hbinterval, 1);
    EQUAL(l.spp_pathmaxrxt, 2);
    EQUAL(l.spp_pathmtu, 3);
    EQUAL(l.spp_flags, SPP_HB_ENABLE);
    EQUAL(l.spp_ipv6_flowlabel, 6);
    EQUAL(l.spp_dscp, 7);
    memset(&l.spp_address, 0, sizeof(l.spp_address)); /* none: the association's */
    TO_STACK(paddrparams);
    EQUAL(u.spp_address.ss_family, AF_INET6);
}

UNIT_TEST(the_state_of_a_path_is_converted)
{
    static const struct {
        int32_t stack, linux_state;
    } states[] = {{usr_SCTP_ACTIVE, SCTP_ACTIVE},
                  {usr_SCTP_INACTIVE, SCTP_INACTIVE},
                  {usr_SCTP_UNCONFIRMED, SCTP_UNCONFIRMED},
                  {usr_SCTP_UNCONFIRMED | usr_SCTP_INACTIVE, SCTP_UNCONFIRMED}};
    struct sctp_paddrinfo l = {.spinfo_assoc_id = 1007, .spinfo_address = four()};
    struct usr_sctp_paddrinfo u;

    TO_STACK(paddrinfo);
    EQUAL(u.spinfo_assoc_id, 7);
    assert_four(u.spinfo_address);
    u.spinfo_cwnd = 1;
    u.spinfo_srtt = 2;
    u.spinfo_rto = 3;
    u.spinfo_mtu = 4;
    for (size_t i = 0; i < COUNT(states); i++) {
        u.spinfo_state = states[i].stack;
        TO_LINUX(paddrinfo);
        EQUAL(l.spinfo_state, states[i].linux_state);
    }
    EQUAL(l.spinfo_assoc_id, 1007);
    assert_four(l.spinfo_address);
    EQUAL(l.spinfo_cwnd, 1);
    EQUAL(l.spinfo_srtt, 2);
    EQUAL(l.spinfo_rto, 3);
    EQUAL(l.spinfo_mtu, 4);
}

UNIT_TEST(the_status_of_an_association_is_converted)
{
    struct sctp_status l = {.sstat_assoc_id = 1007, .sstat_rwnd = 1};
    struct usr_sctp_status u;

    TO_STACK(status);
    EQUAL(u.sstat_assoc_id, 7);
    EQUAL(u.sstat_rwnd, 0);
    u.sstat_state = usr_SCTP_ESTABLISHED;
    u.sstat_rwnd = 1;
    u.sstat_unackdata = 2;
    u.sstat_penddata = 3;
    u.sstat_instrms = 4;
    u.sstat_outstrms = 5;
    u.sstat_fragmentation_point = 6;
    u.sstat_primary.spinfo_assoc_id = 7;
    u.sstat_primary.spinfo_address = four();
    TO_LINUX(status);
    EQUAL(l.sstat_assoc_id, 1007);
    EQUAL(l.sstat_state, SCTP_ESTABLISHED);
    EQUAL(l.sstat_rwnd, 1);
    EQUAL(l.sstat_unackdata, 2);
    EQUAL(l.sstat_penddata, 3);
    EQUAL(l.sstat_instrms, 4);
    EQUAL(l.sstat_outstrms, 5);
    EQUAL(l.sstat_fragmentation_point, 6);
    EQUAL(l.sstat_primary.spinfo_assoc_id, 1007);
    assert_four(l.sstat_primary.spinfo_address);
}

UNIT_TEST(default_send_parameters_are_converted)
{
    {
        struct sctp_sndinfo l = {1, SCTP_UNORDERED, 2, 3, 1007};
        struct usr_sctp_sndinfo u;

        TO_STACK(sndinfo);
        EQUAL(u.snd_sid, 1);
        EQUAL(u.snd_flags, usr_SCTP_UNORDERED);
        EQUAL(u.snd_ppid, 2);
        EQUAL(u.snd_context, 3);
        EQUAL(u.snd_assoc_id, 7);
        TO_LINUX(sndinfo);
        EQUAL(l.snd_sid, 1);
        EQUAL(l.snd_flags, SCTP_UNORDERED);
        EQUAL(l.snd_ppid, 2);
        EQUAL(l.snd_context, 3);
        EQUAL(l.snd_assoc_id, 1007);
    }
    {
        struct sctp_sndrcvinfo l = {.sinfo_stream = 1,
                                    .sinfo_flags = SCTP_UNORDERED,
                                    .sinfo_ppid = 2,
                                    .sinfo_context = 3,
                                    .sinfo_assoc_id = 1007};
        struct usr_sctp_sndinfo u;

        TO_STACK(sndrcv);
        EQUAL(u.snd_sid, 1);
        EQUAL(u.snd_flags, usr_SCTP_UNORDERED);
        EQUAL(u.snd_ppid, 2);
        EQUAL(u.snd_context, 3);
        EQUAL(u.snd_assoc_id, 7);
        TO_LINUX(sndrcv);
        EQUAL(l.sinfo_stream, 1);
        EQUAL(l.sinfo_flags, SCTP_UNORDERED);
        EQUAL(l.sinfo_ppid, 2);
        EQUAL(l.sinfo_context, 3);
        EQUAL(l.sinfo_assoc_id, 1007);
    }
    {
        struct sctp_default_prinfo l = {1007, 1, SCTP_PR_SCTP_RTX};
        struct usr_sctp_default_prinfo u;

        TO_STACK(prinfo);
        EQUAL(u.pr_policy, usr_SCTP_PR_SCTP_RTX);
        EQUAL(u.pr_value, 1);
        EQUAL(u.pr_assoc_id, 7);
        TO_LINUX(prinfo);
        EQUAL(l.pr_policy, SCTP_PR_SCTP_RTX);
        EQUAL(l.pr_value, 1);
        EQUAL(l.pr_assoc_id, 1007);
    }
}

UNIT_TEST(the_status_of_partial_reliability_is_converted)
{
    struct sctp_prstatus l = {
        .sprstat_assoc_id = 1007, .sprstat_sid = 1, .sprstat_policy = SCTP_PR_SCTP_PRIO};
    struct usr_sctp_prstatus u;

    TO_STACK(prstatus);
    EQUAL(u.sprstat_assoc_id, 7);
    EQUAL(u.sprstat_sid, 1);
    EQUAL(u.sprstat_policy, usr_SCTP_PR_SCTP_BUF);
    u.sprstat_abandoned_unsent = 2;
    u.sprstat_abandoned_sent = 3;
    TO_LINUX(prstatus);
    EQUAL(l.sprstat_assoc_id, 1007);
    EQUAL(l.sprstat_sid, 1);
    EQUAL(l.sprstat_policy, SCTP_PR_SCTP_PRIO);
    EQUAL(l.sprstat_abandoned_unsent, 2);
    EQUAL(l.sprstat_abandoned_sent, 3);
    l.sprstat_policy = SCTP_PR_SCTP_ALL;
    TO_STACK(prstatus);
    EQUAL(u.sprstat_policy, usr_SCTP_PR_SCTP_ALL);
    TO_LINUX(prstatus);
    EQUAL(l.sprstat_policy, SCTP_PR_SCTP_ALL);
}

UNIT_TEST(path_thresholds_are_converted)
{
    {
        struct sctp_paddrthlds l = {1007, four(), 1, 2};
        struct usr_sctp_paddrthlds u;

        TO_STACK(thresholds);
        EQUAL(u.spt_assoc_id, 7);
        assert_four(u.spt_address);
        EQUAL(u.spt_pathmaxrxt, 1);
        EQUAL(u.spt_pathpfthld, 2);
        EQUAL(u.spt_pathcpthld, 0xffff);
        TO_LINUX(thresholds);
        EQUAL(l.spt_assoc_id, 1007);
        assert_four(l.spt_address);
        EQUAL(l.spt_pathmaxrxt, 1);
        EQUAL(l.spt_pathpfthld, 2);
    }
    {
        struct sctp_paddrthlds_v2 l = {1007, four(), 1, 2, 3};
        struct usr_sctp_paddrthlds u;

        TO_STACK(thresholds2);
        EQUAL(u.spt_assoc_id, 7);
        assert_four(u.spt_address);
        EQUAL(u.spt_pathmaxrxt, 1);
        EQUAL(u.spt_pathpfthld, 2);
        EQUAL(u.spt_pathcpthld, 3);
        TO_LINUX(thresholds2);
        EQUAL(l.spt_assoc_id, 1007);
        assert_four(l.spt_address);
        EQUAL(l.spt_pathmaxrxt, 1);
        EQUAL(l.spt_pathpfthld, 2);
        EQUAL(l.spt_pathcpthld, 3);
    }
}

UNIT_TEST(the_UDP_port_of_a_peer_is_converted)
{
    struct sctp_udpencaps l = {1007, four(), htons(9899)};
    struct usr_sctp_udpencaps u;

    TO_STACK(encaps);
    EQUAL(u.sue_assoc_id, 7);
    assert_four(u.sue_address);
    EQUAL(u.sue_port, htons(9899));
    TO_LINUX(encaps);
    EQUAL(l.sue_assoc_id, 1007);
    assert_four(l.sue_address);
    EQUAL(l.sue_port, htons(9899));
    u.sue_port = htons(udp_peer_port()); /* not known yet */
    TO_LINUX(encaps);
    EQUAL(l.sue_port, 0);
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
        TO_STACK(scheduler);
        EQUAL(u.assoc_id, 7);
        EQUAL(u.assoc_value, schedulers[i][1]);
        TO_LINUX(scheduler);
        EQUAL(l.assoc_id, 1007);
        EQUAL(l.assoc_value, schedulers[i][0]);
    }
    l.assoc_value = SCTP_SS_MAX + 1;
    EQUAL(convert_scheduler(&s, &l, &u, true), -1);
    EQUAL(errno, EINVAL);
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

static union address address(const char *host)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_port = htons(4711)}};

    if (inet_pton(AF_INET, host, &a.in.sin_addr) != 1) {
        a = (union address){.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(4711)}};
        assert_int_equal(inet_pton(AF_INET6, host, &a.in6.sin6_addr), 1);
    }
    return a;
}

UNIT_TEST(hosts_are_compared_and_classified)
{
    static const struct {
        const char *host;
        bool loopback, wildcard;
    } hosts[] = {{"127.0.0.1", true, false},  {"127.255.0.1", true, false},
                 {"126.0.0.1", false, false}, {"0.0.0.0", false, true},
                 {"::", false, true},         {"::1", false, false}};

    for (size_t i = 0; i < COUNT(hosts); i++) {
        const union address a = address(hosts[i].host);

        EQUAL(address_port(&a), 4711);
        EQUAL(address_size(&a.sa), strchr(hosts[i].host, ':') ? sizeof(a.in6) : sizeof(a.in));
        EQUAL(address_is_wildcard(&a), hosts[i].wildcard);
        if (a.sa.sa_family == AF_INET)
            EQUAL(address_is_loopback(a.in.sin_addr), hosts[i].loopback);
        for (size_t j = 0; j < COUNT(hosts); j++) {
            union address b = address(hosts[j].host);

            b.in.sin_port = 0;
            if (a.sa.sa_family == b.sa.sa_family)
                EQUAL(address_same_host(&a, &b), i == j);
        }
    }
    EQUAL(address_size(&(struct sockaddr){.sa_family = AF_UNIX}), 0);
}

UNIT_TEST(an_address_is_cut_to_the_room)
{
    const union address a = address("127.0.0.1");
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
    const union address a = address("127.0.0.1"), b = address("::1");
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
