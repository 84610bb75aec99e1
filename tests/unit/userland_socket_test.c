/*
 * Sockets of the userland stack, and their names: userland/socket.c, usock.c, socket_name.c.
 */
#include "blocks.h"
#include "model_socket.h"

#include <sys/resource.h>

/* ---- new sockets -------------------------------------------------------------------- */

UNIT_TEST(a_new_socket_has_linux_defaults)
{
    int fd;
    struct usock *s = make(AF_INET6, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, &fd);
    socklen_t size;
    const struct usr_sctp_udpencaps *encaps;
    const struct usr_sctp_initmsg *init;

    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(s->nonblocking);
    assert_int_equal(s->type, SOCK_SEQPACKET);
    assert_int_equal(s->domain, AF_INET6);
    assert_int_equal(s->fd, fd);
    assert_int_equal(s->descriptors, 1);
    encaps = model_last_set(usr_SCTP_REMOTE_UDP_ENCAPS_PORT, &size);
    assert_int_equal(size, sizeof(*encaps));
    assert_int_equal(encaps->sue_address.ss_family, AF_INET6);
    assert_int_equal(ntohs(encaps->sue_port), udp_peer_port());
    init = model_last_set(usr_SCTP_INITMSG, &size);
    assert_int_equal(init->sinit_max_instreams, 65535);
    assert_int_equal(init->sinit_num_ostreams, 0);
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_RECVRCVINFO), 1);
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_RECVNXTINFO), 1);
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_I_WANT_MAPPED_V4_ADDR), 1);
    assert_int_equal(model_last_int(SOL_SOCKET, SO_SNDBUF), 212992);
    assert_int_equal(model_last_int(SOL_SOCKET, SO_RCVBUF), 212992);
    model.sets = 0;
    assert_int_not_equal(make(AF_INET, SOCK_STREAM, &fd)->id_base, s->id_base);
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_I_WANT_MAPPED_V4_ADDR), -1);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_false(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_fails(usock_create(AF_INET, SOCK_DGRAM), EPROTONOSUPPORT);
}

UNIT_TEST(only_a_one_to_many_socket_has_large_hash_tables)
{
    make(AF_INET, SOCK_SEQPACKET, NULL);
    assert_int_equal(so.lists, 1024);
    make(AF_INET, SOCK_STREAM, NULL);
    assert_int_equal(so.lists, 1);
    make(AF_INET6, SOCK_SEQPACKET | SOCK_CLOEXEC, NULL);
    assert_int_equal(so.lists, 1024);
    assert_int_equal(least_lists, 1); /* again */
}

static void make_with_errors(void *arg)
{
    debugging = true;
    make(AF_INET, SOCK_STREAM, NULL);
    fprintf(stderr, "[errors]\n");
    model_fails(usr_SCTP_REMOTE_UDP_ENCAPS_PORT, EPERM);
    model_fails(usr_SCTP_RECVNXTINFO, EPERM);
    make(AF_INET, SOCK_STREAM, NULL);
}

UNIT_TEST(options_that_libusrsctp_refuses_are_traced)
{
    char err[500], expected[500];

    assert_int_equal(in_child(make_with_errors, NULL, err, sizeof(err)), 0);
    snprintf(expected, sizeof(expected),
             "[errors]\n"
             "libsctp_userland: cannot set the UDP port of peers: Operation not permitted\n"
             "libsctp_userland: option %d of the stack: Operation not permitted\n",
             usr_SCTP_RECVNXTINFO);
    assert_string_equal(err, expected);
}

UNIT_TEST(without_a_descriptor_there_is_no_socket)
{
    struct rlimit before, few;

    getrlimit(RLIMIT_NOFILE, &before);
    few = (struct rlimit){3, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    errno = 0;
    const int fd = usock_create(AF_INET, SOCK_STREAM), error = errno;
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(fd, -1);
    assert_int_equal(error, EMFILE);
    assert_int_equal(so.n_closed, 1); /* that of the stack */
    assert_null(usocks);
}

static struct socket *no_socket(int domain, int type, int protocol,
                                int (*receive)(struct socket *, union usr_sctp_sockstore, void *,
                                               size_t, struct usr_sctp_rcvinfo, int, void *),
                                int (*send)(struct socket *, uint32_t, void *), uint32_t threshold,
                                void *info)
{
    errno = ENOBUFS;
    return NULL;
}

UNIT_TEST(without_a_socket_of_libusrsctp_there_is_none)
{
    usr.socket = no_socket;
    assert_fails(usock_create(AF_INET, SOCK_STREAM), ENOBUFS);
    usr.socket = so_socket;
    assert_null(usocks);
}

UNIT_TEST(without_a_descriptor_none_is_accepted_or_peeled_off)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *many = make(AF_INET, SOCK_SEQPACKET, NULL);
    struct rlimit before, few;
    int result[2], error[2];

    assert_int_equal(usock_listen(s, 5), 0);
    be_in(usr_SCTP_ESTABLISHED);
    getrlimit(RLIMIT_NOFILE, &before);
    few = (struct rlimit){3, before.rlim_max};
    for (int i = 0; i < 2; i++) {
        setrlimit(RLIMIT_NOFILE, &few);
        errno = 0;
        result[i] =
            i ? usock_peeloff(many, id_to_program(many, 7), 0) : usock_accept(s, NULL, NULL, 0);
        error[i] = errno;
        setrlimit(RLIMIT_NOFILE, &before);
        ready_process();
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(result[i], -1);
        assert_int_equal(error[i], EMFILE);
    }
    assert_int_equal(so.n_closed, 2); /* those of the stack */
    assert_true(usocks == many && many->next == s && !s->next);
}

UNIT_TEST(without_memory_there_is_no_socket)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *many = make(AF_INET, SOCK_SEQPACKET, NULL);

    assert_int_equal(usock_listen(s, 5), 0);
    be_in(usr_SCTP_ESTABLISHED);
    so.stale = EIO;
    for (int i = 0; CAN_FAIL && i < 2; i++) { /* the list of ports; the socket may be one freed */
        fail_in = 1;
        if (i)
            assert_fails(usock_accept(s, NULL, NULL, 0), ENOMEM);
        else
            assert_fails(usock_peeloff(many, id_to_program(many, 7), 0), ENOMEM);
        assert_int_equal(so.n_closed, i + 1);
        assert_true(usocks == many && many->next == s && !s->next);
    }
}

static void take_descriptor_0(void *arg)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *many = make(AF_INET, SOCK_SEQPACKET, NULL);
    sctp_peeloff_arg_t peel = {.associd = id_to_program(many, 7)};
    socklen_t size = sizeof(peel);

    if (usock_listen(s, 5) != 0)
        _exit(1);
    be_in(usr_SCTP_ESTABLISHED);
    close(STDIN_FILENO);
    if (usock_accept(s, NULL, NULL, 0) != 0)
        _exit(2);
    descriptor_set(0, NULL);
    close(STDIN_FILENO);
    if (usock_getsockopt(many, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, &peel, &size) != 0 ||
        peel.sd != 0)
        _exit(3);
    descriptor_set(0, NULL);
    close(STDIN_FILENO);
    if (usock_create(AF_INET, SOCK_STREAM) != 0)
        _exit(4);
}

UNIT_TEST(a_socket_may_have_descriptor_0)
{
    char err[500];

    assert_int_equal(in_child(take_descriptor_0, NULL, err, sizeof(err)), 0);
}

UNIT_TEST(an_upcall_marks_its_socket_ready_unless_it_was_replaced)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    ready_process();
    so.upcall(s->so, so.upcall_arg, 0);
    assert_ptr_equal(usock_next_ready(), s);
    assert_null(usock_next_ready());
    so.upcall(number(99), so.upcall_arg, 0);
    assert_null(usock_next_ready());
    usock_mark_ready(s);
    usock_mark_ready(s); /* twice is once */
    assert_ptr_equal(usock_next_ready(), s);
    assert_null(usock_next_ready());
}

UNIT_TEST(a_freed_socket_is_off_the_list_and_its_memory_is_reused)
{
    struct usock *a = make(AF_INET, SOCK_STREAM, NULL), *b = make(AF_INET, SOCK_STREAM, NULL),
                 *c = make(AF_INET, SOCK_STREAM, NULL);
    const uint32_t generation = b->generation;

    assert_true(usocks == c && c->next == b && b->next == a && !a->next);
    usock_free(b);
    assert_int_equal(b->generation, generation + 1);
    assert_true(usocks == c && c->next == a && !a->next && a->prev == c);
    usock_free(c);
    assert_true(usocks == a && !a->prev && !a->next);
    usock_free(a);
    assert_null(usocks);
    assert_int_equal(so.n_closed, 3);
    assert_ptr_equal(usock_allocate(), a);
    assert_int_equal(a->shadow, -1);
    assert_ptr_equal(usocks, a);
    usock_free(a);
}

UNIT_TEST(sockets_have_their_turn_while_others_are_freed)
{
    struct usock *a, *b, *c;

    assert_null(usock_in_turn());
    a = usock_allocate();
    b = usock_allocate();
    c = usock_allocate();
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(usock_in_turn(), c);
        assert_ptr_equal(usock_in_turn(), b);
        assert_ptr_equal(usock_in_turn(), a);
    }
    assert_ptr_equal(usock_in_turn(), c);
    usock_free(b); /* whose turn it is */
    assert_ptr_equal(usock_in_turn(), a);
    assert_ptr_equal(usock_in_turn(), c);
    usock_free(a); /* the last */
    assert_ptr_equal(usock_in_turn(), c);
    usock_free(c);
    assert_null(usock_in_turn());
    a = usock_allocate();
    b = usock_allocate();
    assert_ptr_equal(usock_in_turn(), b);
    usock_drop_inherited();
    assert_null(usock_in_turn());
}

UNIT_TEST(a_freed_socket_leaves_no_memory)
{
    const int one = 1;
    long before = 0;

    for (int i = 0; i < 2; i++) { /* the second time in the memory of the first */
        int fd;
        struct usock *s;

        before = blocks;
        s = make(AF_INET, SOCK_STREAM, &fd);
        assert_int_equal(bind_to(s, "127.0.0.1", 0), 0);
        assert_int_equal(kept_option_add(s, SCTP_NODELAY, &one, sizeof(one)), 0);
        s->event = malloc(5);
        descriptor_set(fd, NULL);
        close(fd);
        usock_free(s);
    }
    assert_int_equal(blocks, before);
}

UNIT_TEST(a_freed_socket_no_longer_retires_its_ports)
{
    struct usock *l = make(AF_INET, SOCK_SEQPACKET, NULL), *s;
    union address first, second = at("127.0.0.2", 0);
    struct udp_port *ports[2];
    int fd;

    assert_int_equal(bind_to(l, "127.0.0.1", 0), 0);
    assert_int_equal(bindx(l, &second, true), 0);
    memcpy(ports, l->ports, sizeof(ports));
    be_in(usr_SCTP_ESTABLISHED);
    fd = usock_peeloff(l, id_to_program(l, 7), 0);
    assert_true(fd >= 0);
    s = descriptor_get(fd);
    assert_int_equal(bindx(s, &second, false), 0);
    descriptor_set(fd, NULL);
    close(fd);
    usock_free(s);
    assert_true(udp_in_use(ports[0]) && udp_in_use(ports[1]));
    first = l->name;
    assert_int_equal(bindx(l, &first, false), 0);
    assert_true(!udp_in_use(ports[0]) && udp_in_use(ports[1]));
    assert_int_equal(bindx(l, &second, false), 0);
    assert_false(udp_in_use(ports[1]));
}

/* Linux's ids are unique; those of a socket of libusrsctp begin with 3. */
UNIT_TEST(the_ids_of_2000_sockets_are_positive_and_differ)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    const uint32_t first = s->id_base;

    for (int i = 1; i <= 2000; i++) {
        model.sets = 0;
        usock_equip(s, s->so);
        assert_int_equal(s->id_base == first, i == 2000);
        assert_in_range(s->id_base, 0, INT32_MAX - (1 << 20));
    }
}

/* ---- accepting and listening ------------------------------------------------------------ */

UNIT_TEST(libusrsctp_gets_a_backlog_of_one_more)
{
    static const int backlogs[][2] = {{5, 6},     {1, 2},       {0, 0},
                                      {-1, 4097}, {4096, 4097}, {4097, 4097}};
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    for (size_t i = 0; i < COUNT(backlogs); i++) {
        assert_int_equal(usock_listen(s, backlogs[i][0]), 0);
        assert_int_equal(so.backlog, backlogs[i][1]);
        assert_int_equal(s->listening, backlogs[i][0] != 0);
    }
    assert_true(s->bound);
    so.bind_error = EACCES;
    assert_fails(usock_listen(make(AF_INET, SOCK_STREAM, NULL), 5), EACCES);
    so.listen_error = EADDRINUSE;
    assert_int_equal(usock_listen(s, 5), -1);
    s->connected = true;
    be_in(usr_SCTP_ESTABLISHED);
    assert_fails(usock_listen(s, 5), EINVAL);
    assert_asked_about(0);
    so.listen_error = 0;
    be_in(0);
    assert_int_equal(usock_listen(s, 5), 0);
    s->established = true;
    assert_fails(usock_listen(s, 5), EINVAL);
}

/* A FORWARD TSN of one peer could end the association of another. */
UNIT_TEST(a_one_to_many_listener_offers_partial_reliability_only_if_the_program_asked_for_it)
{
    static const struct usr_sctp_assoc_value off;

    for (int i = 0; i < 3; i++) {
        struct usock *s = make(AF_INET, i == 2 ? SOCK_STREAM : SOCK_SEQPACKET, NULL);
        int before = model.sets;
        socklen_t size;

        s->chose_pr = i == 1;
        assert_int_equal(usock_listen(s, 5), 0);
        assert_int_equal(model.sets, before + (i == 0));
        if (i > 0)
            continue;
        assert_memory_equal(model_last_set(usr_SCTP_PR_SUPPORTED, &size), &off, sizeof(off));
        assert_int_equal(size, sizeof(off));
    }
}

UNIT_TEST(an_accepted_or_peeled_off_socket_has_its_parent_s_settings)
{
    const union address second = at("127.0.0.2", 0);

    for (int peel = 0; peel < 2; peel++) {
        int fd;
        struct usock *l = make(AF_INET, peel ? SOCK_SEQPACKET : SOCK_STREAM, NULL), *s;
        struct sockaddr_in peer;
        socklen_t length = sizeof(peer);

        assert_int_equal(bind_to(l, "127.0.0.1", 0), 0);
        assert_int_equal(bindx(l, &second, true), 0);
        assert_int_equal(bindx(l, &second, false), 0);
        l->listening = l->v6only = l->want_rcvinfo = true;
        l->want_sndrcv = l->want_nxtinfo = l->failed_old = true;
        l->receive_timeout.tv_sec = 1;
        l->send_timeout.tv_sec = 2;
        l->linger.l_onoff = 3;
        l->send_buffer = 4;
        l->receive_buffer = 5;
        l->events = 6;
        so.paddrs[0] = at("127.0.0.9", 7);
        be_in(peel ? usr_SCTP_ESTABLISHED : 0);
        while (usock_next_ready())
            ;
        fd = peel ? usock_peeloff(l, id_to_program(l, 7), SOCK_CLOEXEC)
                  : usock_accept(l, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK);
        assert_true(fd >= 0);
        s = descriptor_get(fd);
        assert_int_equal((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, peel);
        assert_int_equal(s->nonblocking, !peel);
        assert_int_equal(s->type, SOCK_STREAM);
        assert_int_equal(s->domain, AF_INET);
        assert_int_equal(s->id_base, l->id_base);
        assert_true(s->bound && s->connected && s->attempted && s->established && s->v6only);
        assert_memory_equal(&s->name, &l->name, sizeof(s->name));
        assert_true(s->want_rcvinfo && s->want_sndrcv && s->want_nxtinfo && s->failed_old);
        assert_int_equal(s->receive_timeout.tv_sec, 1);
        assert_int_equal(s->send_timeout.tv_sec, 2);
        assert_int_equal(s->linger.l_onoff, 3);
        assert_int_equal(s->send_buffer, 4);
        assert_int_equal(s->receive_buffer, 5);
        assert_int_equal(s->events, 6);
        assert_int_equal(s->n_ports, 2);
        assert_int_equal(s->n_removed, 1);
        assert_ptr_equal(s->ports[0], l->ports[0]);
        assert_ptr_equal(s->ports[1], l->ports[1]);
        assert_false(udp_in_use(s->ports[0]));
        assert_true(udp_in_use(s->ports[1]));
        assert_int_equal(s->peeled, peel);
        assert_int_equal(l->has_peeled, peel);
        assert_int_equal(s->accepted_closed, !peel);
        assert_true(s->ready);
        assert_int_equal(l->ready, !peel);
        if (peel)
            assert_int_equal(so.peeled, 7);
        else
            assert_memory_equal(&peer, &so.paddrs[0], sizeof(peer));
        s->linger.l_onoff = l->linger.l_onoff = 0;
    }
}

UNIT_TEST(accept_and_peeloff_fail_with_linux_errno)
{
    static const int errors[][2] = {
        {EOPNOTSUPP, EINVAL}, {ENOENT, EINVAL}, {EMFILE, EINVAL}, {ENOMEM, ENOMEM}};
    struct usock *s = make(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, NULL),
                 *many = make(AF_INET, SOCK_SEQPACKET, NULL);

    assert_fails(usock_accept(s, NULL, NULL, 0), EINVAL);
    assert_fails(usock_accept(many, NULL, NULL, 0), EOPNOTSUPP);
    assert_fails(usock_peeloff(s, 3, 0), EINVAL);
    s->listening = true;
    so.accept_error = EAGAIN;
    assert_fails(usock_accept(s, NULL, NULL, 0), EAGAIN);
    s->nonblocking = false;
    s->receive_timeout.tv_usec = 1;
    assert_fails(usock_accept(s, NULL, NULL, 0), EAGAIN);
    so.accept_error = EPERM;
    assert_fails(usock_accept(s, NULL, NULL, 0), EPERM);
    for (size_t i = 0; i < COUNT(errors); i++) {
        so.peeloff_error = errors[i][0];
        assert_int_equal(usock_peeloff(many, 3, 0), -1);
        assert_int_equal(errno, errors[i][1]);
    }
}

/* ---- names ------------------------------------------------------------------------------- */

UNIT_TEST(addresses_are_listed_as_far_as_there_is_room)
{
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL);
    _Alignas(struct sctp_getaddrs) unsigned char room[8 + 16 + 28] = {0};
    struct sctp_getaddrs *list = (void *)room;
    socklen_t length = sizeof(room);

    assert_int_equal(usock_addresses(s, false, room, &length), 0);
    assert_int_equal(length, 8); /* it is not bound */
    s->bound = true;
    so.paddrs[0] = at("127.0.0.1", 7);
    so.paddrs[1] = at("::1", 7);
    for (int peer = 0; peer < 2; peer++) {
        so.n_paddrs = peer ? 2 : -1;
        so.n_laddrs = peer ? -1 : 2;
        length = sizeof(room);
        assert_int_equal(usock_addresses(s, peer, room, &length), 0);
        assert_int_equal(length, sizeof(room));
        assert_int_equal(list->addr_num, 2);
        assert_memory_equal(list->addrs, &so.paddrs[0], 16);
        assert_memory_equal(list->addrs + 16, &so.paddrs[1], 28);
        length = sizeof(room) - 1;
        assert_fails(usock_addresses(s, peer, room, &length), ENOMEM);
        length = 8 + 15;
        assert_fails(usock_addresses(s, peer, room, &length), ENOMEM);
        length = 7;
        assert_fails(usock_addresses(s, peer, room, &length), EINVAL);
        length = sizeof(room);
        assert_fails(usock_addresses(s, !peer, room, &length), EINVAL);
        assert_int_equal(so.freed, 0);
    }
    so.n_paddrs = 0; /* later versions of libusrsctp, without an association */
    assert_fails(usock_addresses(s, true, room, &length), EINVAL);
    so.n_laddrs = 0;
    assert_int_equal(usock_addresses(s, false, room, &length), 0);
    assert_int_equal(length, 8);
    assert_int_equal(list->addr_num, 0);
}

static int name_of(struct usock *s, bool peer, union address *name)
{
    socklen_t length = sizeof(*name);

    memset(name, 0, sizeof(*name));
    return error_of(usock_name(s, peer, &name->sa, &length));
}

UNIT_TEST(the_name_of_a_socket_is_the_bound_address_or_that_of_the_route)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *six = make(AF_INET6, SOCK_STREAM, NULL);
    union address name, loopback = at("127.0.0.1", 0);

    assert_int_equal(name_of(six, false, &name), 0);
    assert_int_equal(name.sa.sa_family, AF_INET6);
    assert_int_equal(address_port(&name), 0);
    assert_int_equal(name_of(s, true, &name), ENOTCONN);
    assert_int_equal(bind_to(s, "0.0.0.0", 0), 0);
    assert_int_equal(name_of(s, false, &name), 0);
    assert_true(address_is_wildcard(&name));
    assert_int_equal(address_port(&name), address_port(&s->name));
    so.paddrs[0] = at("127.0.0.9", 7);
    so.n_paddrs = 1;
    assert_int_equal(name_of(s, false, &name), 0);
    assert_false(address_is_wildcard(&name));
    assert_int_equal(address_port(&name), address_port(&s->name));
    assert_int_equal(name_of(s, true, &name), 0);
    assert_memory_equal(&name, &so.paddrs[0], sizeof(name.in));
    s->name = at("127.0.0.1", 8);
    assert_int_equal(name_of(s, false, &name), 0);
    assert_true(address_same_host(&name, &loopback));
    assert_int_equal(so.freed, 0);
    s->listening = true;
    assert_int_equal(name_of(s, true, &name), ENOTCONN);
    s->listening = false;
    s->type = SOCK_SEQPACKET;
    assert_int_equal(name_of(s, true, &name), ENOTCONN);
}

int main(void)
{
    return run_all_tests(begin, end);
}
