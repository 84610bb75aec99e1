/*
 * getsockopt and setsockopt of the userland stack: userland/option.c, option_sctp.c,
 * option_table.c, kept_option.c.
 */
#include "model_option.h"

/* ---- the table ---------------------------------------------------------------- */

enum { G = 1, S = 2 };

/* The options with the same layout, and those that are longer than their structure. */
static const struct {
    int name, stack_name, access;
    socklen_t size;
    bool id, longer;
} same[] = {
    {SCTP_RTOINFO, 1, G | S, 16, true, false},
    {SCTP_INITMSG, 3, G | S, 8, false, false},
    {SCTP_NODELAY, 4, G | S, 4, false, false},
    {SCTP_AUTOCLOSE, 5, G | S, 4, false, false},
    {SCTP_ADAPTATION_LAYER, 8, G | S, 4, false, false},
    {SCTP_DISABLE_FRAGMENTS, 9, G | S, 4, false, false},
    {SCTP_I_WANT_MAPPED_V4_ADDR, 13, G | S, 4, false, false},
    {SCTP_MAXSEG, 14, G | S, 8, true, false},
    {SCTP_DELAYED_SACK, 15, G | S, 12, true, false},
    {SCTP_CONTEXT, 26, G | S, 8, true, false},
    {SCTP_FRAGMENT_INTERLEAVE, 16, G | S, 4, false, false},
    {SCTP_PARTIAL_DELIVERY_POINT, 17, G | S, 4, false, false},
    {SCTP_MAX_BURST, 25, G | S, 8, true, false},
    {SCTP_AUTH_CHUNK, 18, S, 1, false, false},
    {SCTP_HMAC_IDENT, 20, G | S, 4, false, true},
    {SCTP_AUTH_KEY, 19, S, 8, true, true},
    {SCTP_AUTH_ACTIVE_KEY, 21, G | S, 8, true, false},
    {SCTP_AUTH_DELETE_KEY, 22, S, 8, true, false},
    {SCTP_AUTH_DEACTIVATE_KEY, 29, S, 8, true, false},
    {SCTP_GET_ASSOC_NUMBER, 0x104, G, 4, false, false},
    {SCTP_AUTO_ASCONF, 24, G | S, 4, false, false},
    {SCTP_REUSE_PORT, 28, G | S, 4, false, false},
    {SCTP_PR_SUPPORTED, 0x26, G | S, 8, true, false},
    {SCTP_RECONFIG_SUPPORTED, 0x29, G | S, 8, true, false},
    {SCTP_ENABLE_STREAM_RESET, 0x900, G | S, 8, true, false},
    {SCTP_RESET_STREAMS, 0x901, S, 8, true, true},
    {SCTP_RESET_ASSOC, 0x902, S, 4, true, false},
    {SCTP_ADD_STREAMS, 0x903, S, 8, true, false},
    {SCTP_STREAM_SCHEDULER_VALUE, 0x1204, G | S, 8, true, false},
    {SCTP_INTERLEAVING_SUPPORTED, 0x1206, G | S, 8, true, false},
    {SCTP_ASCONF_SUPPORTED, 0x28, G | S, 8, true, false},
    {SCTP_AUTH_SUPPORTED, 0x27, G | S, 8, true, false},
    {SCTP_ECN_SUPPORTED, 0x25, G | S, 8, true, false},
};

UNIT_TEST(an_option_with_the_same_layout_is_copied_except_its_association_id)
{
    for (size_t i = 0; i < COUNT(same); i++) {
        const socklen_t size = same[i].size;
        unsigned char given[600] = {0}, got[600];
        const uint32_t id = ID, stack_id = same[i].id ? STACK_ID : ID;

        memset(given + 4, 5, sizeof(given) - 4);
        memcpy(given, &id, sizeof(id));
        begin(NULL);
        assert_int_equal(option_set_by_table(&s, same[i].name, given, size + 4) < 0 ? errno : 0,
                         same[i].access & S ? 0 : ENOPROTOOPT);
        if (same[i].access & S) {
            const unsigned char *value =
                was_set(same[i].stack_name, same[i].longer ? size + 4 : size);

            if (size >= 4)
                assert_memory_equal(value, &stack_id, 4);
            if (size > 4)
                assert_memory_equal(value + 4, given + 4, size - 4);
            assert_int_equal(option_set_by_table(&s, same[i].name, given, size), 0);
            assert_int_equal(option_set_by_table(&s, same[i].name, given, size - 1), -1);
            assert_int_equal(errno, EINVAL);
            assert_int_equal(model.sets, 2);
        }
        if (same[i].access & G) {
            socklen_t length = size - 1;

            assert_int_equal(option_get_by_table(&s, same[i].name, given, &length), -1);
            assert_int_equal(errno, EINVAL);
            assert_int_equal(model.gets, 0);
        }
        for (socklen_t room = size; room <= sizeof(got); room += (socklen_t)sizeof(got) - size) {
            socklen_t length = room;

            memcpy(got, given, sizeof(got));
            model.gets = 0;
            assert_int_equal(option_get_by_table(&s, same[i].name, got, &length) < 0 ? errno : 0,
                             !(same[i].access & G)            ? ENOPROTOOPT
                             : same[i].longer && room == size ? EINVAL /* it fills 512 bytes */
                                                              : 0);
            if (!(same[i].access & G) || errno == EINVAL)
                continue;
            assert_int_equal(model.get[0].name, same[i].stack_name);
            assert_int_equal(length, same[i].longer ? 512 : size);
            assert_memory_equal(model.get[0].value, &stack_id, size < 4 ? size : 4);
            assert_memory_equal(got, given, size); /* and its id is the program's */
            errno = 0;
        }
    }
}

UNIT_TEST(an_option_of_another_layout_is_converted)
{
    struct sctp_assocparams l = {.sasoc_assoc_id = ID, .sasoc_asocmaxrxt = 3};
    const struct usr_sctp_assocparams answer = {.sasoc_assoc_id = STACK_ID, .sasoc_peer_rwnd = 9};
    struct sctp_assoc_value scheduler = {.assoc_value = 99};
    const struct usr_sctp_assocparams *u;
    socklen_t size = sizeof(l) + 10;
    unsigned char room[sizeof(l) + 10] = {0};

    assert_int_equal(set(SCTP_ASSOCINFO, &l, sizeof(l)), 0);
    u = was_set(usr_SCTP_ASSOCINFO, sizeof(*u));
    assert_int_equal(u->sasoc_assoc_id, STACK_ID);
    assert_int_equal(u->sasoc_asocmaxrxt, 3);
    model_returns(usr_SCTP_ASSOCINFO, &answer, sizeof(answer));
    memcpy(room, &l, sizeof(l));
    assert_int_equal(get(SCTP_ASSOCINFO, room, &size), 0);
    assert_int_equal(size, sizeof(l));
    memcpy(&l, room, sizeof(l));
    assert_int_equal(l.sasoc_assoc_id, ID);
    assert_int_equal(l.sasoc_peer_rwnd, 9);
    assert_int_equal(set(SCTP_STREAM_SCHEDULER, &scheduler, sizeof(scheduler)), EINVAL);
    assert_int_equal(model.sets, 1);
}

UNIT_TEST(errors_of_libusrsctp_for_a_missing_association_become_EINVAL)
{
    static const int errors[][2] = {
        {ENOENT, EINVAL}, {ENOTCONN, EINVAL}, {EPERM, EPERM}, {EINVAL, EINVAL}};
    unsigned char value[16] = {0};

    for (size_t i = 0; i < COUNT(errors); i++) {
        socklen_t size = sizeof(value);

        begin(state);
        model_fails(usr_SCTP_RTOINFO, errors[i][0]);
        assert_int_equal(set(SCTP_RTOINFO, value, sizeof(value)), errors[i][1]);
        assert_int_equal(get(SCTP_RTOINFO, value, &size), errors[i][1]);
    }
    errno = ENOENT;
    assert_int_equal(option_no_association(0), 0);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(set(9999, value, sizeof(value)), ENOPROTOOPT);
}

static const struct usr_sctp_assoc_value value_on = {.assoc_value = 1};

UNIT_TEST(an_option_may_have_65535_bytes)
{
    static unsigned char key[65536];

    model_returns(usr_SCTP_AUTH_SUPPORTED, &value_on, sizeof(value_on));
    assert_int_equal(set(SCTP_AUTH_KEY, key, 65535), 0);
    was_set(usr_SCTP_AUTH_KEY, 65535);
    assert_int_equal(set(SCTP_AUTH_KEY, key, 65536), EINVAL);
}

/* ---- options that need more than a row --------------------------------------------- */

UNIT_TEST(autoclose_is_an_option_of_one_to_many_and_peeled_off_sockets)
{
    int n = 5;
    socklen_t size = sizeof(n);

    assert_int_equal(set(SCTP_AUTOCLOSE, &n, size), 0);
    s.type = SOCK_STREAM;
    assert_int_equal(set(SCTP_AUTOCLOSE, &n, size), EOPNOTSUPP);
    assert_int_equal(get(SCTP_AUTOCLOSE, &n, &size), EOPNOTSUPP);
    assert_int_equal(set(SCTP_NODELAY, &n, size), 0);
    s.peeled = true;
    assert_int_equal(set(SCTP_AUTOCLOSE, &n, size), 0);
    assert_int_equal(get(SCTP_AUTOCLOSE, &n, &size), 0);
}

UNIT_TEST(the_list_of_associations_has_the_program_s_ids)
{
    static const uint32_t number = 2, list[] = {2, 3, STACK_ID};
    uint32_t room[4] = {0, 0, 0, 77};
    socklen_t size = sizeof(room);

    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &number, sizeof(number));
    model_returns(usr_SCTP_GET_ASSOC_ID_LIST, list, sizeof(list));
    assert_int_equal(get(SCTP_GET_ASSOC_ID_LIST, room, &size), 0);
    assert_int_equal(size, 12);
    assert_int_equal(room[0], 2);
    assert_int_equal(room[1], 1003);
    assert_int_equal(room[2], ID);
    assert_int_equal(room[3], 77);
    size = 12;
    room[1] = 0;
    assert_int_equal(get(SCTP_GET_ASSOC_ID_LIST, room, &size), 0);
    assert_int_equal(room[1], 1003);
    size = 11;
    room[1] = 0;
    assert_int_equal(get(SCTP_GET_ASSOC_ID_LIST, room, &size), EINVAL);
    assert_int_equal(room[1], 0);
}

UNIT_TEST(a_list_of_chunks_is_copied_as_far_as_there_is_room)
{
    static const struct {
        int name, stack_name;
    } lists[] = {{SCTP_PEER_AUTH_CHUNKS, 0x102}, {SCTP_LOCAL_AUTH_CHUNKS, 0x103}};

    for (size_t i = 0; i < COUNT(lists); i++) {
        static const unsigned char answer[] = "\7\0\0\0\3\0\0\0\1\2\3";
        _Alignas(struct sctp_authchunks) unsigned char room[sizeof(struct sctp_authchunks) + 5] = {
            0};
        struct sctp_authchunks *chunks = (void *)room;
        socklen_t size = sizeof(room);

        begin(state);
        model_returns(usr_SCTP_AUTH_SUPPORTED, &value_on, sizeof(value_on));
        model_returns(lists[i].stack_name, answer, 11);
        chunks->gauth_assoc_id = ID;
        assert_int_equal(get(lists[i].name, room, &size), 0);
        assert_memory_equal(model.get[1].value, "\7\0\0\0", 4);
        assert_int_equal(size, 11);
        assert_int_equal(chunks->gauth_assoc_id, ID);
        assert_int_equal(chunks->gauth_number_of_chunks, 3);
        assert_memory_equal(chunks->gauth_chunks, "\1\2\3", 3);
        size = 11;
        assert_int_equal(get(lists[i].name, room, &size), 0);
        size = 10;
        assert_int_equal(get(lists[i].name, room, &size), EINVAL);
        size = 7;
        assert_int_equal(get(lists[i].name, room, &size), EINVAL);
        model_returns(lists[i].stack_name, answer, 8); /* none */
        size = 8;
        assert_int_equal(get(lists[i].name, room, &size), 0);
        assert_int_equal(chunks->gauth_number_of_chunks, 0);
        model_returns(lists[i].stack_name, answer, 4); /* without a count */
        size = 8;
        assert_int_equal(get(lists[i].name, room, &size), 0);
        assert_int_equal(chunks->gauth_number_of_chunks, 0);
        model_fails(lists[i].stack_name, ENOENT);
        size = sizeof(room);
        assert_int_equal(get(lists[i].name, room, &size), EINVAL);
    }
}

UNIT_TEST(an_int_sets_and_gets_an_option_of_future_associations)
{
    static const int names[] = {SCTP_MAXSEG, SCTP_MAX_BURST};
    const struct usr_sctp_assoc_value answer = {0, 77};
    const struct usr_sctp_assoc_value *u;
    socklen_t size;
    int n;

    for (size_t i = 0; i < COUNT(names); i++) {
        const int stack_name = i ? usr_SCTP_MAX_BURST : usr_SCTP_MAXSEG;
        struct sctp_assoc_value v = {ID, 6};

        begin(state);
        n = 5;
        assert_int_equal(set(names[i], &n, sizeof(n)), 0);
        u = was_set(stack_name, sizeof(*u));
        assert_int_equal(u->assoc_id, 0);
        assert_int_equal(u->assoc_value, 5);
        model.sets = 0;
        assert_int_equal(set(names[i], &v, sizeof(v)), 0);
        u = was_set(stack_name, sizeof(*u));
        assert_int_equal(u->assoc_id, STACK_ID);
        model_returns(stack_name, &answer, sizeof(answer));
        size = 7;
        unsigned char room[8] = {0};
        assert_int_equal(get(names[i], room, &size), 0);
        assert_int_equal(size, 4);
        memcpy(&n, room, sizeof(n));
        assert_int_equal(n, 77);
        size = sizeof(n);
        n = 0;
        assert_int_equal(get(names[i], &n, &size), 0);
        assert_int_equal(n, 77);
        size = 3;
        assert_int_equal(get(names[i], &n, &size), EINVAL);
        size = sizeof(v);
        assert_int_equal(get(names[i], &v, &size), 0);
        assert_int_equal(size, 8);
        assert_int_equal(v.assoc_value, 77);
        model_fails(stack_name, EPERM);
        size = sizeof(n);
        assert_int_equal(get(names[i], &n, &size), EPERM);
    }
    model_returns(usr_SCTP_CONTEXT, &answer, sizeof(answer));
    size = sizeof(n);
    n = 0;
    assert_int_equal(get(SCTP_CONTEXT, &n, &size), 0);
    assert_int_equal(n, 77);
}

UNIT_TEST(a_delay_of_SACKs_without_a_frequency_sets_and_gets_it)
{
    const struct usr_sctp_sack_info answer = {STACK_ID, 80, 3};
    const struct usr_sctp_sack_info *u;
    struct sctp_sack_info sack = {ID, 500, 5};
    struct sctp_assoc_value v = {ID, 500};
    socklen_t size = sizeof(v);
    uint32_t room[3] = {ID, 0, 99};

    assert_int_equal(set(SCTP_DELAYED_SACK, &v, sizeof(v)), 0);
    u = was_set(usr_SCTP_DELAYED_SACK, sizeof(*u));
    assert_int_equal(u->sack_assoc_id, STACK_ID);
    assert_int_equal(u->sack_delay, 500);
    assert_int_equal(u->sack_freq, 2);
    model.sets = 0;
    v.assoc_value = 0;
    assert_int_equal(set(SCTP_DELAYED_SACK, &v, sizeof(v)), 0);
    u = was_set(usr_SCTP_DELAYED_SACK, sizeof(*u));
    assert_int_equal(u->sack_freq, 1); /* none is delayed */
    model.sets = 0;
    v.assoc_value = 501;
    assert_int_equal(set(SCTP_DELAYED_SACK, &v, sizeof(v)), EINVAL);
    assert_int_equal(set(SCTP_DELAYED_SACK, &sack, sizeof(sack)), 0);
    u = was_set(usr_SCTP_DELAYED_SACK, sizeof(*u));
    assert_int_equal(u->sack_freq, 5);
    sack.sack_delay = 501;
    assert_int_equal(set(SCTP_DELAYED_SACK, &sack, sizeof(sack)), EINVAL);
    assert_int_equal(set(SCTP_DELAYED_SACK, &sack, 7), EINVAL);
    model_returns(usr_SCTP_DELAYED_SACK, &answer, sizeof(answer));
    for (socklen_t given = 8; given <= 11; given += 3) {
        size = given;
        memcpy(room, (uint32_t[]){ID, 0, 99}, sizeof(room));
        model.gets = 0;
        assert_int_equal(get(SCTP_DELAYED_SACK, room, &size), 0);
        assert_memory_equal(model.get[0].value, "\7\0\0\0", 4);
        assert_int_equal(size, 8);
        assert_int_equal(room[0], ID);
        assert_int_equal(room[1], 80);
        assert_int_equal(room[2], 99);
    }
    size = 12;
    assert_int_equal(get(SCTP_DELAYED_SACK, room, &size), 0);
    assert_int_equal(size, 12);
    assert_int_equal(room[2], 3);
    size = 7;
    assert_int_equal(get(SCTP_DELAYED_SACK, room, &size), EINVAL);
    size = 4;
    assert_int_equal(get(SCTP_DELAYED_SACK, room, &size), EINVAL);
    model_fails(usr_SCTP_DELAYED_SACK, EPERM);
    size = 8;
    assert_int_equal(get(SCTP_DELAYED_SACK, room, &size), EPERM);
}

UNIT_TEST(default_send_parameters_include_a_lifetime)
{
    struct sctp_sndrcvinfo info = {.sinfo_stream = 3, .sinfo_assoc_id = ID};
    const struct usr_sctp_default_prinfo *lifetime;
    socklen_t size;

    assert_int_equal(set(SCTP_DEFAULT_SEND_PARAM, &info, sizeof(info)), 0);
    was_set(usr_SCTP_DEFAULT_SNDINFO, sizeof(struct usr_sctp_sndinfo));
    info.sinfo_timetolive = 50;
    assert_int_equal(set(SCTP_DEFAULT_SEND_PARAM, &info, sizeof(info)), 0);
    assert_int_equal(model.sets, 3);
    lifetime = model_last_set(usr_SCTP_DEFAULT_PRINFO, &size);
    assert_int_equal(lifetime->pr_assoc_id, STACK_ID);
    assert_int_equal(lifetime->pr_value, 50);
    assert_int_equal(lifetime->pr_policy, usr_SCTP_PR_SCTP_TTL);
    assert_int_equal(set(SCTP_DEFAULT_SEND_PARAM, &info, sizeof(info) - 1), EINVAL);
    model_fails(usr_SCTP_DEFAULT_PRINFO, EPERM);
    assert_int_equal(set(SCTP_DEFAULT_SEND_PARAM, &info, sizeof(info)), EPERM);
}

UNIT_TEST(RECVRCVINFO_and_RECVNXTINFO_are_not_passed_to_libusrsctp)
{
    int on = 1, off = 0, got = -1;
    socklen_t size = sizeof(got);

    assert_int_equal(set(SCTP_RECVRCVINFO, &on, sizeof(on)), 0);
    assert_true(s.want_rcvinfo && !s.want_nxtinfo);
    assert_int_equal(get(SCTP_RECVRCVINFO, &got, &size), 0);
    assert_int_equal(got, 1);
    assert_int_equal(get(SCTP_RECVNXTINFO, &got, &size), 0);
    assert_int_equal(got, 0);
    assert_int_equal(set(SCTP_RECVRCVINFO, &off, sizeof(off)), 0);
    assert_int_equal(set(SCTP_RECVNXTINFO, &on, sizeof(on)), 0);
    assert_true(!s.want_rcvinfo && s.want_nxtinfo);
    assert_int_equal(model.sets, 0);
}

/* ---- SOL_SOCKET, and other levels ------------------------------------------------------ */

static int get_int(int name)
{
    int n = -1;
    socklen_t size = sizeof(n);

    assert_int_equal(usock_getsockopt(&s, SOL_SOCKET, name, &n, &size), 0);
    assert_int_equal(size, sizeof(n));
    return n;
}

UNIT_TEST(the_kind_of_a_socket_and_its_error_can_be_read)
{
    s.domain = AF_INET6;
    assert_int_equal(get_int(SO_DOMAIN), AF_INET6);
    assert_int_equal(get_int(SO_TYPE), SOCK_SEQPACKET);
    assert_int_equal(get_int(SO_PROTOCOL), IPPROTO_SCTP);
    assert_int_equal(get_int(SO_ACCEPTCONN), 0);
    s.type = SOCK_STREAM;
    s.listening = true;
    assert_int_equal(get_int(SO_TYPE), SOCK_STREAM);
    assert_int_equal(get_int(SO_ACCEPTCONN), 1);
    s.peeled = true;
    assert_int_equal(get_int(SO_TYPE), SOCK_SEQPACKET);
    s.error = EPIPE;
    assert_int_equal(get_int(SO_ERROR), EPIPE);
    assert_int_equal(get_int(SO_ERROR), 0);
}

UNIT_TEST(buffers_are_doubled_and_have_limits)
{
    static const struct {
        int name, read_as, given, kept;
    } cases[] = {
        {SO_SNDBUF, SO_SNDBUF, 10000, 20000},
        {SO_SNDBUF, SO_SNDBUF, 2304, 4608},
        {SO_SNDBUF, SO_SNDBUF, 2303, 4608},
        {SO_SNDBUF, SO_SNDBUF, 0, 4608},
        {SO_SNDBUF, SO_SNDBUF, -1, 4608},
        {SO_RCVBUF, SO_RCVBUF, 10000, 20000},
        {SO_RCVBUF, SO_RCVBUF, 1152, 2304},
        {SO_RCVBUF, SO_RCVBUF, 1, 2304},
        {SO_RCVBUF, SO_RCVBUF, 1 << 29, 1 << 30},
        {SO_RCVBUF, SO_RCVBUF, (1 << 29) + 1, 1 << 30},
        {SO_RCVBUF, SO_RCVBUF, 536870911, 1073741822},
        {SO_SNDBUF, SO_SNDBUF, 2147483647, 1 << 30},
        {SO_SNDBUFFORCE, SO_SNDBUF, 5000, 10000},
        {SO_RCVBUFFORCE, SO_RCVBUF, 5000, 10000},
    };
    char byte = 0;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const int *n;
        socklen_t size;

        begin(state);
        s.send_buffer = s.receive_buffer = 1;
        assert_int_equal(usock_setsockopt(&s, SOL_SOCKET, cases[i].name, &cases[i].given, 4), 0);
        assert_int_equal(get_int(cases[i].read_as), cases[i].kept);
        assert_int_equal(get_int(cases[i].read_as == SO_SNDBUF ? SO_RCVBUF : SO_SNDBUF), 1);
        assert_int_equal(model.set[0].level, SOL_SOCKET);
        n = model_last_set(cases[i].read_as, &size);
        assert_int_equal(*n, cases[i].kept);
        assert_fails(usock_setsockopt(&s, SOL_SOCKET, cases[i].name, &byte, 1), EINVAL);
    }
}

UNIT_TEST(timeouts_and_linger_read_back_as_set)
{
    static const struct timeval one = {1, 2}, most = {0, 999999}, over = {0, 1000000},
                                under = {0, -1};
    const struct linger linger = {1, 5};
    struct timeval told;
    struct linger linger_told;
    socklen_t size = sizeof(told);

    assert_int_equal(usock_setsockopt(&s, SOL_SOCKET, SO_RCVTIMEO, &one, sizeof(one)), 0);
    assert_int_equal(usock_setsockopt(&s, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)), 0);
    for (int i = 0; i < 2; i++) {
        const int name = i ? SO_SNDTIMEO : SO_RCVTIMEO;

        assert_int_equal(usock_getsockopt(&s, SOL_SOCKET, name, &told, &size), 0);
        assert_memory_equal(&told, i ? &most : &one, sizeof(told));
        assert_fails(usock_setsockopt(&s, SOL_SOCKET, name, &over, sizeof(over)), EDOM);
        assert_fails(usock_setsockopt(&s, SOL_SOCKET, name, &under, sizeof(under)), EDOM);
        assert_fails(usock_setsockopt(&s, SOL_SOCKET, name, &one, sizeof(one) - 1), EINVAL);
        assert_int_equal(usock_setsockopt(&s, SOL_SOCKET, name, &(struct timeval){0}, size), 0);
    }
    assert_int_equal(usock_setsockopt(&s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    assert_fails(usock_setsockopt(&s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger) - 1), EINVAL);
    size = sizeof(linger_told);
    assert_int_equal(usock_getsockopt(&s, SOL_SOCKET, SO_LINGER, &linger_told, &size), 0);
    assert_memory_equal(&linger_told, &linger, sizeof(linger));
}

/* Options that mean the same on all sockets are those of the descriptor, but for its memory. */
UNIT_TEST(other_socket_options_are_the_descriptor_s)
{
    uint32_t memory[9];
    socklen_t size;
    int pair[2], on = 1;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    s.fd = pair[0];
    assert_int_equal(usock_setsockopt(&s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(get_int(SO_REUSEADDR), 1);
    size = sizeof(memory);
    assert_fails(usock_getsockopt(&s, SOL_SOCKET, SO_MEMINFO, memory, &size), ENOPROTOOPT);
    close(pair[0]);
    close(pair[1]);
}

UNIT_TEST(an_IPv6_socket_that_is_not_bound_can_be_made_v6only)
{
    int on = 5, got;
    socklen_t size = sizeof(got);

    assert_fails(usock_setsockopt(&s, IPPROTO_IPV6, IPV6_V6ONLY, &on, size), ENOPROTOOPT);
    assert_fails(usock_getsockopt(&s, IPPROTO_IPV6, IPV6_V6ONLY, &got, &size), EOPNOTSUPP);
    s.domain = AF_INET6;
    assert_int_equal(usock_setsockopt(&s, IPPROTO_IPV6, IPV6_V6ONLY, &on, size), 0);
    assert_int_equal(usock_getsockopt(&s, IPPROTO_IPV6, IPV6_V6ONLY, &got, &size), 0);
    assert_int_equal(got, 1);
    assert_int_equal(usock_setsockopt(&s, IPPROTO_IPV6, IPV6_V6ONLY, &on, size - 1), -1);
    assert_fails(usock_setsockopt(&s, IPPROTO_IPV6, IPV6_RECVERR, &on, size), ENOPROTOOPT);
    assert_fails(usock_getsockopt(&s, IPPROTO_IP, IPV6_V6ONLY, &got, &size), ENOPROTOOPT);
    s.bound = true;
    on = 0;
    assert_fails(usock_setsockopt(&s, IPPROTO_IPV6, IPV6_V6ONLY, &on, size), EINVAL);
    assert_true(s.v6only);
}

/* ---- options that are kept for another attempt ----------------------------------------- */

UNIT_TEST(options_of_a_one_to_one_socket_are_kept_once_and_in_order)
{
    const int one = 1, two = 2;
    const struct kept_option *o;

    assert_int_equal(set(SCTP_NODELAY, &one, sizeof(one)), 0);
    assert_null(s.options);
    s.type = SOCK_STREAM;
    assert_int_equal(set(SCTP_NODELAY, &one, sizeof(one)), 0);
    assert_int_equal(set(SCTP_NODELAY, &two, sizeof(two)), 0);
    assert_int_equal(set(SCTP_DISABLE_FRAGMENTS, &one, sizeof(one)), 0);
    assert_int_equal(set(SCTP_NODELAY, &one, sizeof(one)), 0); /* now the last */
    assert_int_equal(set(9999, &one, sizeof(one)), ENOPROTOOPT);
    assert_int_equal(usock_setsockopt(&s, SOL_SOCKET, SO_SNDBUF, &one, sizeof(one)), 0);
    o = s.options;
    assert_int_equal(o->name, SCTP_NODELAY);
    assert_int_equal(o->length, sizeof(two));
    assert_memory_equal(o->value, &two, sizeof(two));
    o = o->next;
    assert_int_equal(o->name, SCTP_DISABLE_FRAGMENTS);
    o = o->next;
    assert_int_equal(o->name, SCTP_NODELAY);
    assert_memory_equal(o->value, &one, sizeof(one));
    assert_null(o->next);
    kept_options_free(&s);
    assert_null(s.options);
    s.established = true;
    assert_int_equal(set(SCTP_NODELAY, &one, sizeof(one)), 0);
    assert_null(s.options);
}

UNIT_TEST(without_memory_an_option_is_not_set)
{
    const int one = 1;

    s.type = SOCK_STREAM;
    for (unsigned i = 1; CAN_FAIL && i <= 2; i++) { /* its copy for libusrsctp, or the kept one */
        fail_in = i;
        assert_fails(usock_setsockopt(&s, IPPROTO_SCTP, SCTP_NODELAY, &one, sizeof(one)), ENOMEM);
    }
    assert_null(s.options);
}

int main(void)
{
    return run_all_tests(begin, end);
}
