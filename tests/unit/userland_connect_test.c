/*
 * Connecting: userland/connect.c, reconnect.c.
 */
#include "model_socket.h"

static int connect_to(struct usock *s, const union address *a)
{
    return error_of(usock_connect(s, &a->sa, address_size(&a->sa)));
}

UNIT_TEST(a_connect_reports_the_state_of_the_association)
{
    static const struct {
        int type, error, stack_state;
        uint32_t id;
        int expected;
    } cases[] = {
        {SOCK_STREAM, 0, usr_SCTP_ESTABLISHED, 0, 0},
        {SOCK_STREAM, EINPROGRESS, usr_SCTP_ESTABLISHED, 0, 0},
        {SOCK_STREAM, ECONNRESET, 0, 0, ECONNREFUSED},
        {SOCK_STREAM, EHOSTUNREACH, 0, 0, EHOSTUNREACH},
        {SOCK_STREAM, EADDRINUSE, usr_SCTP_COOKIE_WAIT, 0, EALREADY},
        {SOCK_STREAM, EALREADY, usr_SCTP_COOKIE_ECHOED, 0, EALREADY},
        {SOCK_STREAM, EALREADY, usr_SCTP_SHUTDOWN_SENT, 0, EISCONN},
        {SOCK_SEQPACKET, EADDRINUSE, usr_SCTP_COOKIE_WAIT, 7, EALREADY},
        {SOCK_SEQPACKET, EADDRINUSE, usr_SCTP_ESTABLISHED, 7, EISCONN},
        {SOCK_SEQPACKET, 0, usr_SCTP_ESTABLISHED, 7, 0},
        {SOCK_SEQPACKET, 0, usr_SCTP_SHUTDOWN_PENDING, 7, 0},
        {SOCK_SEQPACKET, 0, 0, 0, ETIMEDOUT},
    };
    const union address to = at("127.0.0.1", 4711);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct usock *s;

        begin(state);
        s = make(AF_INET, cases[i].type, NULL);
        be_in(cases[i].stack_state);
        model.id = cases[i].id;
        so.connect_error = cases[i].error;
        if (connect_to(s, &to) != cases[i].expected)
            fail_msg("case %zu: %s", i, strerror(errno));
        assert_memory_equal(&so.connected, &to, sizeof(to.in));
        assert_true(s->bound);
        assert_int_equal(s->attempted, !cases[i].error || cases[i].error == EINPROGRESS);
        assert_int_equal(s->established, cases[i].type == SOCK_STREAM && s->attempted);
        assert_int_equal(s->connected, cases[i].type == SOCK_STREAM && s->attempted);
        if (cases[i].type == SOCK_SEQPACKET && cases[i].id)
            assert_memory_equal(model.get[model.gets - 1].value, &cases[i].id, 4);
        assert_false(s->connecting);
    }
}

UNIT_TEST(a_connect_whose_association_closes_has_the_socket_s_error)
{
    static const struct {
        int pending, expected;
        bool connected, established;
    } cases[] = {{ECONNRESET, ECONNREFUSED, false, false},
                 {ECONNREFUSED, ECONNREFUSED, false, false},
                 {ETIMEDOUT, ETIMEDOUT, false, false},
                 {EHOSTUNREACH, EHOSTUNREACH, true, false},
                 {0, 0, true, true}}; /* it was established, and the peer has shut it down */
    const union address to = at("127.0.0.1", 4711);
    const int one = 1;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct usock *s;

        begin(state);
        s = make(AF_INET, SOCK_STREAM, NULL);
        assert_int_equal(kept_option_add(s, SCTP_NODELAY, &one, sizeof(one)), 0);
        be_in(0);
        model_returns(SO_ERROR, &cases[i].pending, sizeof(cases[i].pending));
        assert_int_equal(connect_to(s, &to), cases[i].expected);
        assert_int_equal(s->connected, cases[i].connected);
        assert_int_equal(s->established, cases[i].established);
        assert_int_equal(s->options == NULL, cases[i].established);
    }
}

static struct usock *refused;

/* While connect() waits, an ABORT is received. */
static usr_sctp_assoc_t receive_abort(struct socket *socket, struct sockaddr *address)
{
    refused->ports[refused->n_ports - 1]->aborts++;
    return 0;
}

UNIT_TEST(a_one_to_many_connect_is_refused_by_an_ABORT)
{
    const union address to = at("127.0.0.1", 4711);

    refused = make(AF_INET6, SOCK_SEQPACKET, NULL); /* IPv6, so that it has two ports */
    usr.getassocid = receive_abort;
    assert_int_equal(connect_to(refused, &to), ECONNREFUSED);
    assert_int_equal(refused->n_ports, 2);
}

UNIT_TEST(a_connect_refuses_invalid_addresses_and_connected_sockets)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    union address to = at("127.0.0.1", 4711);
    sctp_assoc_t id;

    assert_fails(usock_connect(s, &to.sa, sizeof(to.in) - 1), EINVAL);
    to.in.sin_port = 0;
    assert_int_equal(connect_to(s, &to), EINVAL);
    assert_fails(usock_connectx(s, &to, sizeof(to.in), &id), EINVAL);
    assert_fails(usock_connectx(s, &to, 3, &id), EINVAL);
    to = at("::1", 4711);
    assert_fails(usock_connect(s, &to.sa, sizeof(to.in)), EINVAL);
    to.sa.sa_family = AF_UNIX;
    assert_fails(usock_connect(s, &to.sa, sizeof(to)), EINVAL);
    to = at("127.0.0.1", 4711);
    s->listening = true;
    assert_int_equal(connect_to(s, &to), EISCONN);
    assert_fails(usock_connectx(s, &to, sizeof(to.in), &id), EISCONN);
    s->listening = false;
    s->attempted = true; /* and `established` has not been updated since */
    be_in(usr_SCTP_ESTABLISHED);
    assert_int_equal(connect_to(s, &to), EISCONN);
    assert_true(s->established);
    assert_asked_about(0);
}

UNIT_TEST(a_connect_that_may_not_wait_is_in_progress)
{
    struct usock *s = make(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, NULL),
                 *many = make(AF_INET, SOCK_SEQPACKET | SOCK_NONBLOCK, NULL),
                 *brief = make(AF_INET, SOCK_STREAM, NULL);
    union address to[2] = {at("127.0.0.1", 4711), at("127.0.0.1", 4712)};
    unsigned char list[2 * sizeof(struct sockaddr_in)];
    sctp_assoc_t id = 0;

    be_in(usr_SCTP_COOKIE_WAIT);
    udp_families[0].own_waiting = 1;
    assert_int_equal(connect_to(s, &to[0]), EINPROGRESS);
    assert_int_equal(udp_families[0].own_waiting, 0); /* but it handles packets of our own */
    assert_true(s->connected && s->attempted && !s->established);
    memcpy(list, &to[0], sizeof(to[0].in));
    memcpy(list + sizeof(to[0].in), &to[1], sizeof(to[1].in));
    model.id = 7;
    model.connect_error = EINPROGRESS;
    assert_fails(usock_connectx(many, list, sizeof(list), &id), EINPROGRESS);
    assert_int_equal(id, id_to_program(many, 7));
    assert_int_equal(model.n_connected, 2);
    assert_memory_equal(model.connected_to, list, sizeof(list));
    assert_false(many->connected);
    model.connect_error = EADDRINUSE;
    assert_fails(usock_connectx(many, list, sizeof(list), &id), EALREADY);
    brief->send_timeout.tv_usec = 1;
    assert_int_equal(connect_to(brief, &to[0]), EINPROGRESS);
    assert_true(brief->connected);
}

/* sctp_connectx(3) of older libraries. */
UNIT_TEST(the_option_of_sctp_connectx_returns_the_association_and_the_older_one_0)
{
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL);
    const union address to = at("127.0.0.1", 4711);
    const socklen_t size = sizeof(to.in);

    model.id = 7;
    be_in(usr_SCTP_ESTABLISHED);
    assert_int_equal(usock_setsockopt(s, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, &to, size),
                     id_to_program(s, 7));
    assert_int_equal(usock_setsockopt(s, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX_OLD, &to, size), 0);
    model.connect_error = EHOSTUNREACH;
    assert_fails(usock_setsockopt(s, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, &to, size), EHOSTUNREACH);
}

/* ---- another attempt ----------------------------------------------------- */

/* A one-to-one socket whose connect was refused, and that a program polls. */
static struct usock *make_refused(const char *host)
{
    static const int error = ECONNRESET;
    const union address to = at("127.0.0.1", 4711);
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    assert_int_equal(bind_to(s, host, 0), 0);
    be_in(0);
    model_returns(SO_ERROR, &error, sizeof(error));
    assert_int_equal(connect_to(s, &to), ECONNREFUSED);
    shadow_polled(s, false);
    ready_process();
    return s;
}

UNIT_TEST(a_refused_socket_is_replaced_by_one_with_its_address_and_options)
{
    static const int one = 1;
    struct usock *s = make_refused("0.0.0.0");
    struct socket *old = s->so;

    assert_int_equal(kept_option_add(s, SCTP_NODELAY, &one, sizeof(one)), 0);
    assert_int_equal(kept_option_add(s, SCTP_DISABLE_FRAGMENTS, &one, sizeof(one)), 0);
    s->connected = s->send_blocked = s->reset_reported = true;
    s->error = EPIPE;
    s->user_aborts[0] = s->user_aborts[N_USER_ABORTS - 1] = 5;
    shadow_update(s);
    assert_true(s->shows_in);
    so.events = usr_SCTP_EVENT_WRITE;
    model.sets = so.binds = so.n_laddrs = 0;
    model_returns(SO_ERROR, &none, sizeof(none));
    assert_int_equal(reconnect_prepare(s), 0);
    ready_process();
    assert_ptr_not_equal(s->so, old);
    assert_int_equal(so.n_closed, 1);
    assert_ptr_equal(number(so.closed[0]), old);
    assert_false(s->attempted || s->connected || s->send_blocked || s->reset_reported);
    assert_int_equal(s->error, 0);
    assert_int_equal(s->user_aborts[0] + s->user_aborts[N_USER_ABORTS - 1], 0);
    assert_false(s->shows_in || s->shows_full); /* to poll */
    assert_int_equal(so.binds, 1);
    assert_memory_equal(&so.bound, &s->name, sizeof(s->name.in));
    assert_int_not_equal(s->name.in.sin_port, 0);
    assert_int_equal(so.bindxs + so.freed, 0);
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_NODELAY), 1);
    assert_int_equal(model_last_int(IPPROTO_SCTP, usr_SCTP_DISABLE_FRAGMENTS), 1);
    assert_int_equal(model.set[model.sets - 1].name, usr_SCTP_DISABLE_FRAGMENTS); /* in order */
    so.n_closed = 0;
    assert_int_equal(reconnect_prepare(s), 0); /* no attempt has failed since */
    assert_int_equal(so.n_closed, 0);
}

UNIT_TEST(a_refused_socket_keeps_all_of_its_addresses)
{
    for (int n = 2; n > 0; n--) {
        struct usock *s = make_refused("127.0.0.1");

        so.paddrs[0] = s->name;
        so.paddrs[1] = at("127.0.0.2", address_port(&s->name));
        so.n_laddrs = n;
        so.bindxs = so.binds = so.freed = 0;
        assert_int_equal(reconnect_prepare(s), 0);
        assert_int_equal(so.bindxs, 1);
        assert_int_equal(so.n_bindx, n);
        assert_int_equal(so.flag, usr_SCTP_BINDX_ADD_ADDR);
        assert_memory_equal(&so.bindx, &s->name, sizeof(s->name.in));
        assert_int_equal(so.binds, 0);
        assert_int_equal(so.freed, 0); /* each list was freed */
        so.n_laddrs = 0;
    }
}

static void replace_with_an_error(void *socket)
{
    debugging = true;
    model_fails(usr_SCTP_NODELAY, EPERM);
    reconnect_prepare(socket);
}

UNIT_TEST(an_option_that_cannot_be_set_again_is_traced)
{
    const int one = 1;
    struct usock *s = make_refused("127.0.0.1");
    char err[500];

    assert_int_equal(kept_option_add(s, SCTP_NODELAY, &one, sizeof(one)), 0);
    assert_int_equal(kept_option_add(s, SCTP_DISABLE_FRAGMENTS, &one, sizeof(one)), 0);
    assert_int_equal(in_child(replace_with_an_error, s, err, sizeof(err)), 0);
    assert_string_equal(err, "libsctp_userland: option 3, once more: Operation not permitted\n");
}

UNIT_TEST(a_replacement_that_cannot_be_bound_is_replaced_in_turn)
{
    struct usock *s = make_refused("127.0.0.1");
    int sockets;

    so.paddrs[0] = s->name;
    so.n_laddrs = 1;
    so.bindx_error = EADDRINUSE;
    so.stale = EIO;
    assert_fails(reconnect_prepare(s), EADDRINUSE);
    assert_true(s->attempted);
    so.bindx_error = so.stale = 0;
    sockets = so.sockets;
    assert_int_equal(reconnect_prepare(s), 0);
    assert_int_equal(so.sockets, sockets + 1);
    assert_false(s->attempted);
}

static struct socket *no_socket(int domain, int type, int protocol,
                                int (*receive)(struct socket *, union usr_sctp_sockstore, void *,
                                               size_t, struct usr_sctp_rcvinfo, int, void *),
                                int (*send)(struct socket *, uint32_t, void *), uint32_t threshold,
                                void *info)
{
    errno = EMFILE;
    return NULL;
}

UNIT_TEST(only_a_one_to_one_socket_whose_attempt_has_failed_is_replaced)
{
    struct usock *s = make_refused("127.0.0.1");
    int sockets = so.sockets;

    s->established = true;
    assert_int_equal(reconnect_prepare(s), 0);
    s->established = false;
    s->type = SOCK_SEQPACKET;
    assert_int_equal(reconnect_prepare(s), 0);
    s->type = SOCK_STREAM;
    be_in(usr_SCTP_COOKIE_WAIT);
    assert_int_equal(reconnect_prepare(s), 0);
    assert_asked_about(0);
    assert_int_equal(so.sockets, sockets);
    be_in(0);
    usr.socket = no_socket;
    assert_fails(reconnect_prepare(s), EMFILE);
    usr.socket = so_socket;
    assert_true(s->attempted);
    assert_int_equal(so.n_closed, 0);
}

/* ---- addresses of the loopback interface --------------------------------------- */

static char added[100];

static void *add_address(uint32_t vrf, void *ifn, uint32_t index, uint32_t type, const char *name,
                         void *ifa, struct sockaddr *address, uint32_t flags, int dynamic)
{
    const union address *a = (const void *)address;

    sprintf(added + strlen(added), "%u ", ntohl(a->in.sin_addr.s_addr) & 0xff);
    return added;
}

/* libusrsctp knows 127.0.0.1 only. */
UNIT_TEST(each_loopback_address_of_a_peer_becomes_known)
{
    static const char *const hosts[] = {"127.0.0.7", "127.0.0.8", "127.0.0.9"};
    struct usock *s = make(AF_INET, SOCK_SEQPACKET | SOCK_NONBLOCK, NULL);
    unsigned char list[COUNT(hosts) * sizeof(struct sockaddr_in)];
    union address to;
    sctp_assoc_t id;

    for (size_t i = 0; i < COUNT(hosts); i++) {
        to = at(hosts[i], 4711);
        memcpy(list + i * sizeof(to.in), &to, sizeof(to.in));
    }
    usr.add_address = add_address;
    model.connect_error = EINPROGRESS;
    be_in(usr_SCTP_COOKIE_WAIT);
    assert_fails(usock_connectx(s, list, sizeof(list), &id), EINPROGRESS);
    assert_string_equal(added, "7 8 9 ");
    to = at("127.0.0.6", 4711);
    assert_int_equal(connect_to(make(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, NULL), &to),
                     EINPROGRESS);
    usr.add_address = NULL;
    assert_string_equal(added, "7 8 9 6 ");
}

UNIT_TEST(a_peer_that_was_peeled_off_is_known_by_the_port)
{
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL),
                 *peeled = make(AF_INET, SOCK_STREAM, NULL);
    const union address to = at("127.0.0.1", 4711);

    s->name = peeled->name = at("127.0.0.1", 5);
    model.id = 0;
    assert_false(usock_is_peeled_off(s, &to));
    s->has_peeled = true;
    assert_false(usock_is_peeled_off(s, &to));
    peeled->peeled = true;
    assert_false(usock_is_peeled_off(s, &to)); /* the stand-in knows no association */
}

int main(void)
{
    return run_all_tests(begin, end);
}
