/*
 * The parameters of a path: userland/option_path.c.
 */
#include "model_option.h"

static struct sockaddr_storage host(const char *text)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_port = htons(9)}};

    assert_int_equal(inet_pton(AF_INET, text, &a.in.sin_addr), 1);
    return a.ss;
}

UNIT_TEST(only_addresses_of_the_peer_have_information_about_a_path)
{
    struct sctp_paddrinfo info = {.spinfo_address = host("127.0.0.1")};
    socklen_t size = sizeof(info);

    assert_int_equal(get(SCTP_GET_PEER_ADDR_INFO, &info, &size), EINVAL);
    model.id = STACK_ID;
    assert_int_equal(get(SCTP_GET_PEER_ADDR_INFO, &info, &size), 0);
    info.spinfo_assoc_id = ID + 1;
    assert_int_equal(get(SCTP_GET_PEER_ADDR_INFO, &info, &size), EINVAL);
    s.type = SOCK_STREAM; /* which ignores the id */
    assert_int_equal(get(SCTP_GET_PEER_ADDR_INFO, &info, &size), 0);
    s.type = SOCK_SEQPACKET;
    info.spinfo_assoc_id = ID;
    assert_int_equal(get(SCTP_GET_PEER_ADDR_INFO, &info, &size), 0);
    info.spinfo_address.ss_family = 0;
    assert_int_equal(get(SCTP_GET_PEER_ADDR_INFO, &info, &size), EINVAL);
    size--;
    assert_int_equal(get(SCTP_GET_PEER_ADDR_INFO, &info, &size), EINVAL);
}

UNIT_TEST(the_parameters_of_a_path_have_the_delay_of_its_association_s_SACKs)
{
    static const struct {
        uint32_t frequency, flag;
    } cases[] = {{1, SPP_SACKDELAY_DISABLE}, {2, SPP_SACKDELAY_ENABLE}, {3, SPP_SACKDELAY_ENABLE}};
    const struct {
        sctp_assoc_t id;
        struct sockaddr_storage address;
        uint32_t asked;
    } whose[] = {{ID, host("127.0.0.1"), STACK_ID},
                 {0, host("127.0.0.1"), 9},
                 {0, host("0.0.0.0"), 0},
                 {0, {0}, 0}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct usr_sctp_sack_info sack = {0, 80, cases[i].frequency};
        struct sctp_paddrparams p = {.spp_assoc_id = ID};
        socklen_t size = sizeof(p);

        begin(state);
        model_returns(usr_SCTP_DELAYED_SACK, &sack, sizeof(sack));
        assert_int_equal(get(SCTP_PEER_ADDR_PARAMS, &p, &size), 0);
        assert_int_equal(p.spp_sackdelay, 80);
        assert_int_equal(p.spp_flags, cases[i].flag);
    }
    for (size_t i = 0; i < COUNT(whose); i++) {
        struct sctp_paddrparams p = {.spp_assoc_id = whose[i].id, .spp_address = whose[i].address};
        socklen_t size = sizeof(p);

        begin(state);
        model.id = 9;
        assert_int_equal(get(SCTP_PEER_ADDR_PARAMS, &p, &size), 0);
        assert_int_equal(model.get[1].name, usr_SCTP_DELAYED_SACK);
        assert_memory_equal(model.get[1].value, &whose[i].asked, 4);
    }
    for (int i = 0; i < 2; i++) {
        struct sctp_paddrparams p = {0};
        socklen_t size = sizeof(p);

        begin(state);
        model_fails(i ? usr_SCTP_DELAYED_SACK : usr_SCTP_PEER_ADDR_PARAMS, EPERM);
        assert_int_equal(get(SCTP_PEER_ADDR_PARAMS, &p, &size), EPERM);
    }
}

UNIT_TEST(impossible_parameters_of_a_path_are_refused)
{
    const struct {
        int type;
        sctp_assoc_t id;
        const char *host;
        uint32_t flags, delay, mtu;
        int error;
    } cases[] = {
        {SOCK_SEQPACKET, ID, NULL, SPP_HB_ENABLE, 0, 0, 0},
        {SOCK_SEQPACKET, ID, NULL, SPP_HB_DISABLE, 0, 0, 0},
        {SOCK_SEQPACKET, ID, NULL, SPP_HB, 0, 0, EINVAL},
        {SOCK_SEQPACKET, ID, NULL, SPP_PMTUD_ENABLE, 0, 0, 0},
        {SOCK_SEQPACKET, ID, NULL, SPP_PMTUD_DISABLE, 0, 1000, 0},
        {SOCK_SEQPACKET, ID, NULL, SPP_PMTUD, 0, 1000, EINVAL},
        {SOCK_SEQPACKET, ID, NULL, SPP_SACKDELAY_ENABLE, 0, 0, 0},
        {SOCK_SEQPACKET, ID, NULL, SPP_SACKDELAY, 0, 0, EINVAL},
        {SOCK_SEQPACKET, ID, NULL, 0, 500, 0, 0},
        {SOCK_SEQPACKET, ID, NULL, 0, 501, 0, EINVAL},
        {SOCK_SEQPACKET, ID, NULL, 0, 0, 512, 0},
        {SOCK_SEQPACKET, ID, NULL, 0, 0, 511, EINVAL},
        {SOCK_SEQPACKET, ID, NULL, 0, 0, 1, EINVAL},
        {SOCK_SEQPACKET, ID, NULL, SPP_HB_DEMAND, 0, 0, 0},
        {SOCK_SEQPACKET, 0, NULL, SPP_HB_DEMAND, 0, 0, EINVAL},
        {SOCK_SEQPACKET, 0, "0.0.0.0", SPP_HB_DEMAND, 0, 0, EINVAL},
        {SOCK_SEQPACKET, 0, "127.0.0.1", SPP_HB_DEMAND, 0, 0, 0},
        {SOCK_SEQPACKET, 0, NULL, SPP_HB_ENABLE, 0, 0, 0},
        {SOCK_STREAM, 0, NULL, SPP_HB_DEMAND, 0, 0, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sctp_paddrparams p = {.spp_assoc_id = cases[i].id,
                                     .spp_flags = cases[i].flags,
                                     .spp_sackdelay = cases[i].delay,
                                     .spp_pathmtu = cases[i].mtu};

        begin(state);
        s.type = cases[i].type;
        if (cases[i].host)
            p.spp_address = host(cases[i].host);
        if (set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)) != cases[i].error)
            fail_msg("case %zu", i);
        assert_int_equal(model.sets != 0, cases[i].error == 0);
        assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p) - 1), EINVAL);
    }
}

UNIT_TEST(disabling_the_discovery_of_the_path_MTU_keeps_the_present_one)
{
    const struct usr_sctp_paddrparams now = {.spp_pathmtu = 1234};
    struct sctp_paddrparams p = {.spp_assoc_id = ID, .spp_flags = SPP_PMTUD_DISABLE};
    const struct usr_sctp_paddrparams *u;

    model_returns(usr_SCTP_PEER_ADDR_PARAMS, &now, sizeof(now));
    assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), 0);
    u = was_set(usr_SCTP_PEER_ADDR_PARAMS, sizeof(*u));
    assert_int_equal(u->spp_pathmtu, 1234);
    model.sets = 0;
    p.spp_pathmtu = 1000;
    assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), 0);
    u = was_set(usr_SCTP_PEER_ADDR_PARAMS, sizeof(*u));
    assert_int_equal(u->spp_pathmtu, 1000);
    model.sets = 0;
    p.spp_pathmtu = 0;
    p.spp_flags = SPP_PMTUD_ENABLE;
    assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), 0);
    u = was_set(usr_SCTP_PEER_ADDR_PARAMS, sizeof(*u));
    assert_int_equal(u->spp_pathmtu, 0);
    model_fails(usr_SCTP_PEER_ADDR_PARAMS, EPERM);
    assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), EPERM);
    p.spp_flags = SPP_PMTUD_DISABLE;
    model.sets = 0;
    assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), EPERM);
    assert_int_equal(model.sets, 0);
}

UNIT_TEST(the_delay_of_SACKs_is_set_with_the_parameters_of_a_path)
{
    static const struct {
        uint32_t flags, delay, frequency; /* frequency: before */
        uint32_t set_delay, set_frequency;
    } cases[] = {
        {SPP_SACKDELAY_ENABLE, 300, 2, 300, 2}, {SPP_SACKDELAY_ENABLE, 300, 1, 300, 2},
        {SPP_SACKDELAY_ENABLE, 300, 5, 300, 5}, {SPP_SACKDELAY_ENABLE, 0, 2, 80, 2},
        {SPP_SACKDELAY_DISABLE, 300, 2, 80, 1},
    };
    struct sctp_paddrparams p = {.spp_assoc_id = ID, .spp_sackdelay = 300};

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct usr_sctp_sack_info sack = {STACK_ID, 80, cases[i].frequency};
        const struct usr_sctp_sack_info *u;
        socklen_t size;

        begin(state);
        model_returns(usr_SCTP_DELAYED_SACK, &sack, sizeof(sack));
        p.spp_flags = cases[i].flags;
        p.spp_sackdelay = cases[i].delay;
        assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), 0);
        assert_int_equal(model.sets, 2);
        u = model_last_set(usr_SCTP_DELAYED_SACK, &size);
        assert_int_equal(u->sack_assoc_id, STACK_ID);
        assert_int_equal(u->sack_delay, cases[i].set_delay);
        assert_int_equal(u->sack_freq, cases[i].set_frequency);
    }
    model_fails(usr_SCTP_DELAYED_SACK, EPERM);
    assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), EPERM);
    begin(state);
    p.spp_flags = SPP_HB_ENABLE;
    assert_int_equal(set(SCTP_PEER_ADDR_PARAMS, &p, sizeof(p)), 0);
    was_set(usr_SCTP_PEER_ADDR_PARAMS, sizeof(struct usr_sctp_paddrparams));
}

int main(void)
{
    return run_all_tests(begin, end);
}
