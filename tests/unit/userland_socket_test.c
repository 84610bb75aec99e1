/*
 * Sockets of the userland stack with a stand-in for libusrsctp: binding, connecting, names,
 * closing, readiness and descriptors.  userland/socket….c, bind.c, connect.c, close.c, usock….c,
 * ready.c, shadow.c, wait.c, references.c, descriptor.c, call.c.
 */
#include "model_usrsctp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "../../userland/address.h"
#include "../../userland/call.h"
#include "../../userland/descriptor.h"
#include "../../userland/event.h"
#include "../../userland/lock.h"
#include "../../userland/ready.h"
#include "../../userland/socket.h"
#include "../../userland/udp_port.h"

/* ---- the stack's sockets ----------------------------------------------------------- */

/* The stack's sockets are numbers here. */
static struct {
    int sockets, closed[20], n_closed;
    int backlog, how, events;
    int bind_error, bindx_error, connect_error, listen_error, accept_error, peeloff_error;
    int binds, bindxs, flag;
    union address bound, bindx, connected;
    uint32_t peeled;
    void (*upcall)(struct socket *, void *, int);
    void *upcall_arg;
    union address paddrs[3];
    unsigned char packed[200];
    int n_paddrs, n_laddrs, freed;
} so;

static struct socket *number(int n)
{
    return (struct socket *)(intptr_t)n;
}

static struct socket *so_socket(int domain, int type, int protocol,
                                int (*receive)(struct socket *, union usr_sctp_sockstore, void *,
                                               size_t, struct usr_sctp_rcvinfo, int, void *),
                                int (*send)(struct socket *, uint32_t, void *), uint32_t threshold,
                                void *info)
{
    assert_int_equal(protocol, IPPROTO_SCTP);
    return number(++so.sockets);
}

static void so_close(struct socket *s)
{
    so.closed[so.n_closed++] = (int)(intptr_t)s;
}

static int fail_with(int error)
{
    errno = error;
    return error ? -1 : 0;
}

static int so_bind(struct socket *s, struct sockaddr *name, socklen_t length)
{
    so.binds++;
    memset(&so.bound, 0, sizeof(so.bound));
    memcpy(&so.bound, name, length);
    return fail_with(so.bind_error);
}

static int so_bindx(struct socket *s, struct sockaddr *list, int n, int flag)
{
    so.bindxs++;
    memcpy(&so.bindx, list, address_size(list));
    so.flag = flag;
    return fail_with(so.bindx_error);
}

static int so_listen(struct socket *s, int backlog)
{
    so.backlog = backlog;
    return fail_with(so.listen_error);
}

static struct socket *so_accept(struct socket *s, struct sockaddr *name, socklen_t *length)
{
    if (fail_with(so.accept_error) < 0)
        return NULL;
    memcpy(name, &so.paddrs[0], *length);
    return number(++so.sockets);
}

static struct socket *so_peeloff(struct socket *s, usr_sctp_assoc_t id)
{
    so.peeled = id;
    return fail_with(so.peeloff_error) < 0 ? NULL : number(++so.sockets);
}

static int so_connect(struct socket *s, struct sockaddr *name, socklen_t length)
{
    memset(&so.connected, 0, sizeof(so.connected));
    memcpy(&so.connected, name, length);
    return fail_with(so.connect_error);
}

static int so_shutdown(struct socket *s, int how)
{
    so.how = how;
    return 0;
}

static int so_addresses(int n, struct sockaddr **list)
{
    size_t size = 0;

    for (int i = 0; i < n; i++) {
        memcpy(so.packed + size, &so.paddrs[i], address_size(&so.paddrs[i].sa));
        size += address_size(&so.paddrs[i].sa);
    }
    *list = (void *)so.packed;
    so.freed--;
    return n;
}

static int so_getpaddrs(struct socket *s, usr_sctp_assoc_t id, struct sockaddr **list)
{
    return so.n_paddrs <= 0 ? so.n_paddrs : so_addresses(so.n_paddrs, list);
}

static int so_getladdrs(struct socket *s, usr_sctp_assoc_t id, struct sockaddr **list)
{
    return so.n_laddrs <= 0 ? so.n_laddrs : so_addresses(so.n_laddrs, list);
}

static void so_free(struct sockaddr *list)
{
    assert_ptr_equal(list, so.packed);
    so.freed++;
}

static int so_get_events(struct socket *s)
{
    return so.events;
}

static int so_set_non_blocking(struct socket *s, int on)
{
    assert_int_equal(on, 1);
    return 0;
}

static int so_set_upcall(struct socket *s, void (*upcall)(struct socket *, void *, int), void *arg)
{
    so.upcall = upcall;
    so.upcall_arg = arg;
    return 0;
}

static struct timespec now = {1000, 0};
static bool real_time = true;

int clock_gettime(clockid_t clock, struct timespec *to)
{
    if (real_time)
        return (int)syscall(SYS_clock_gettime, clock, to);
    *to = now;
    return 0;
}

static struct usr_sctp_status status;
static const uint32_t none = 0;

/* The state of the association that is asked for; 0: there is none. */
static void be_in(int stack_state)
{
    status.sstat_state = stack_state;
    if (stack_state)
        model_returns(usr_SCTP_STATUS, &status, sizeof(status));
    else
        model_fails(usr_SCTP_STATUS, EINVAL);
}

static union address at(const char *host, uint16_t port)
{
    union address a = {.in = {.sin_family = AF_INET, .sin_port = htons(port)}};

    if (inet_pton(AF_INET, host, &a.in.sin_addr) != 1) {
        a = (union address){.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
        assert_int_equal(inet_pton(AF_INET6, host, &a.in6.sin6_addr), 1);
    }
    return a;
}

static int begin(void **state)
{
    static bool begun;

    model_begin();
    memset(&so, 0, sizeof(so));
    status = (struct usr_sctp_status){.sstat_assoc_id = 7};
    real_time = true;
    if (begun)
        return 0;
    begun = true;
    usr.socket = so_socket;
    usr.close = so_close;
    usr.bind = so_bind;
    usr.bindx = so_bindx;
    usr.listen = so_listen;
    usr.accept = so_accept;
    usr.peeloff = so_peeloff;
    usr.connect = so_connect;
    usr.shutdown = so_shutdown;
    usr.getpaddrs = so_getpaddrs;
    usr.getladdrs = so_getladdrs;
    usr.freepaddrs = usr.freeladdrs = so_free;
    usr.get_events = so_get_events;
    usr.set_non_blocking = so_set_non_blocking;
    usr.set_upcall = so_set_upcall;
    alarm(60);
    lock_take();
    assert_true(udp_handle(AF_INET) > 0 && udp_handle(AF_INET6) > 0);
    return 0;
}

/* All sockets have been freed. */
static int end(void **state)
{
    for (int fd = 0; fd < 1000; fd++)
        if (descriptor_ours(fd) && descriptor_get(fd) != &descriptor_own) {
            descriptor_set(fd, NULL);
            close(fd);
        }
    for (struct usock *s = usocks; s; s = usocks) {
        assert_non_null(s->so);
        s->aborted = s->closed = true;
        usock_mark_ready(s);
        ready_process();
    }
    return 0;
}

static struct usock *make(int domain, int type, int *fd)
{
    int made = usock_create(domain, type);

    assert_true(made >= 0);
    if (fd)
        *fd = made;
    return descriptor_get(made);
}

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

/* ---- binding ------------------------------------------------------------------------- */

static int bind_to(struct usock *s, const char *host, uint16_t port)
{
    const union address a = at(host, port);

    errno = 0;
    return usock_bind(s, &a.sa, address_size(&a.sa)) < 0 ? error_of_call() : 0;
}

UNIT_TEST(a_bound_socket_has_a_UDP_port_of_the_same_number)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *six = make(AF_INET6, SOCK_STREAM, NULL),
                 *only = make(AF_INET6, SOCK_STREAM, NULL),
                 *mapped = make(AF_INET6, SOCK_STREAM, NULL);
    const union address four = at("127.0.0.2", 0);

    assert_int_equal(bind_to(s, "127.0.0.1", 0), 0);
    assert_true(s->bound);
    assert_int_equal(s->n_ports, 1);
    assert_int_equal(address_port(&s->name), udp_port_number(s->ports[0]));
    assert_memory_equal(&so.bound, &s->name, sizeof(s->name.in));
    assert_int_equal(bind_to(s, "127.0.0.1", 0), EINVAL);
    assert_int_equal(bind_to(six, "::", 0), 0); /* both families */
    assert_int_equal(six->n_ports, 2);
    assert_int_equal(udp_port_number(six->ports[0]), udp_port_number(six->ports[1]));
    assert_int_equal(address_port(&six->name), udp_port_number(six->ports[1]));
    only->v6only = true;
    assert_int_equal(bind_to(only, "::", 0), 0);
    assert_int_equal(only->n_ports, 1);
    assert_int_equal(bind_to(mapped, "::ffff:127.0.0.2", 0), 0);
    assert_int_equal(mapped->n_ports, 1);
    assert_true(udp_is_at(mapped->ports[0], &four));
}

UNIT_TEST(binding_refuses_invalid_addresses_and_used_ports)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *six = make(AF_INET6, SOCK_STREAM, NULL);
    union address a = at("127.0.0.1", 0);
    socklen_t length = sizeof(a);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);

    assert_fails(usock_bind(s, &a.sa, sizeof(a.in) - 1), EINVAL);
    a.sa.sa_family = AF_UNIX;
    assert_fails(usock_bind(s, &a.sa, sizeof(a.in)), EINVAL);
    a = at("::1", 0);
    assert_fails(usock_bind(s, &a.sa, sizeof(a.in6)), EINVAL);
    assert_fails(usock_bind(six, &a.sa, sizeof(a.in6) - 1), EINVAL);
    assert_int_equal(so.binds, 0);
    a = at("127.0.0.1", 0);
    assert_int_equal(bind(udp, &a.sa, sizeof(a.in)), 0);
    assert_int_equal(getsockname(udp, &a.sa, &length), 0);
    assert_int_equal(bind_to(s, "127.0.0.1", address_port(&a)), EADDRINUSE);
    close(udp);
    so.bind_error = EACCES;
    assert_int_equal(bind_to(s, "127.0.0.1", address_port(&a)), EACCES);
    assert_int_equal(s->n_ports, 0);
    assert_int_equal(so.binds, 1);
    so.bind_error = EADDRINUSE;
    so.binds = 0;
    assert_int_equal(bind_to(s, "127.0.0.1", address_port(&a)), EADDRINUSE);
    assert_int_equal(bind_to(s, "127.0.0.1", 0), EADDRINUSE);
    assert_int_equal(so.binds, 2 + 20); /* another ephemeral port may be free */
    so.bind_error = 0;
    assert_int_equal(bind_to(s, "127.0.0.1", address_port(&a)), 0);
    assert_int_equal(usock_autobind(s), 0);
    assert_int_equal(usock_autobind(six), 0);
    assert_int_equal(six->name.sa.sa_family, AF_INET6);
    assert_int_not_equal(address_port(&six->name), 0);
}

static int socket_error; /* of IPv6 sockets */

static int without_ipv6(int domain, int type, int protocol)
{
    if (domain != AF_INET6)
        return socket(domain, type, protocol);
    errno = socket_error;
    return -1;
}

UNIT_TEST(a_machine_without_IPv6_has_IPv6_sockets_for_IPv4)
{
    struct usock *six = make(AF_INET6, SOCK_STREAM, NULL),
                 *four = make(AF_INET6, SOCK_STREAM, NULL);
    const union address any = at("0.0.0.0", 0);

    libc_table.socket = without_ipv6;
    socket_error = EAFNOSUPPORT;
    assert_int_equal(bind_to(six, "::", 0), 0);
    assert_int_equal(six->n_ports, 1);
    assert_true(udp_is_at(six->ports[0], &any));
    assert_int_equal(address_port(&six->name), udp_port_number(six->ports[0]));
    socket_error = EMFILE;
    assert_int_equal(bind_to(four, "::", 0), EMFILE);
    libc_table.socket = socket;
}

/* The port of a closed socket whose association has not shut down yet is waited for. */
UNIT_TEST(binding_waits_for_a_closed_socket_at_the_port)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *other = make(AF_INET, SOCK_STREAM, NULL);
    uint16_t port;

    assert_int_equal(bind_to(other, "127.0.0.1", 0), 0);
    port = address_port(&other->name);
    be_in(usr_SCTP_SHUTDOWN_SENT);
    so.bind_error = EADDRINUSE;
    for (int i = 0; i < 4; i++) {
        so.binds = 0;
        other->closed = i > 0;
        other->bound = i != 2;
        other->name.in.sin_port = htons(i == 1 ? (uint16_t)(port ^ 1) : port);
        assert_int_equal(bind_to(s, "127.0.0.1", port), EADDRINUSE);
        assert_int_equal(so.binds, i < 3 ? 2 : 1); /* it waits in vain */
    }
}

static int bindx(struct usock *s, const union address *a, bool add)
{
    errno = 0;
    return usock_bindx(s, a, address_size(&a->sa), add) < 0 ? error_of_call() : 0;
}

UNIT_TEST(more_addresses_are_bound_to_the_same_port)
{
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL),
                 *wild = make(AF_INET, SOCK_SEQPACKET, NULL);
    union address a = at("127.0.0.1", 0), b, any;
    struct udp_port *first, *second;

    assert_int_equal(bindx(s, &a, true), 0); /* binds it */
    assert_int_equal(so.bindxs, 0);
    b = at("127.0.0.2", 0);
    assert_int_equal(bindx(s, &b, true), 0);
    assert_int_equal(so.flag, usr_SCTP_BINDX_ADD_ADDR);
    assert_int_equal(so.bindx.in.sin_port, s->name.in.sin_port);
    assert_int_equal(s->n_ports, 2);
    b = at("127.0.0.3", address_port(&s->name) ^ 1);
    assert_int_equal(bindx(s, &b, true), EINVAL);
    any = at("0.0.0.0", 0);
    assert_int_equal(bindx(s, &any, true), EINVAL);
    so.bindx_error = EACCES;
    b = at("127.0.0.3", 0);
    assert_int_equal(bindx(s, &b, true), EACCES);
    assert_int_equal(s->n_ports, 2);
    first = s->ports[0];
    second = s->ports[1];
    a.in.sin_port = 0;
    for (int i = 0; i < 4; i++) {
        static const int errors[][2] = {
            {EINVAL, EBUSY}, {EADDRNOTAVAIL, EINVAL}, {EACCES, EACCES}, {0, 0}};

        so.bindx_error = errors[i][0];
        assert_int_equal(bindx(s, &a, false), errors[i][1]);
        assert_int_equal(so.flag, usr_SCTP_BINDX_REM_ADDR);
        assert_int_equal(s->n_removed, i == 3);
    }
    assert_int_equal(s->n_ports, 2); /* packets may be in flight */
    assert_ptr_equal(s->ports[0], first);
    b = at("127.0.0.2", 0);
    assert_int_equal(bindx(s, &b, false), 0);
    assert_int_equal(s->n_removed, 2);
    assert_ptr_equal(s->ports[1], second);
    assert_int_equal(bindx(s, &a, false), 0); /* it is not there any longer */
    assert_int_equal(s->n_removed, 2);
    assert_int_equal(bind_to(wild, "0.0.0.0", 0), 0);
    assert_int_equal(bindx(wild, &b, true), 0);
    assert_int_equal(wild->n_ports, 1); /* which has all addresses */
    assert_fails(usock_bindx(s, &a, 1, true), EINVAL);
}

/* ---- connecting ------------------------------------------------------------------------ */

static int connect_to(struct usock *s, const union address *a)
{
    errno = 0;
    return usock_connect(s, &a->sa, address_size(&a->sa)) < 0 ? error_of_call() : 0;
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
    s->attempted = true; /* and nobody has looked since */
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
    assert_int_equal(connect_to(s, &to[0]), EINPROGRESS);
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

/* ---- accepting and listening ------------------------------------------------------------ */

UNIT_TEST(a_backlog_is_one_more_for_libusrsctp)
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
    so.n_paddrs = 0; /* no list, then */
    assert_int_equal(usock_addresses(s, true, room, &length), 0);
    assert_int_equal(length, 8);
    assert_int_equal(list->addr_num, 0);
}

static int name_of(struct usock *s, bool peer, union address *name)
{
    socklen_t length = sizeof(*name);

    memset(name, 0, sizeof(*name));
    errno = 0;
    return usock_name(s, peer, &name->sa, &length) < 0 ? error_of_call() : 0;
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

/* ---- shutdown and close -------------------------------------------------------------------- */

UNIT_TEST(shutdown_marks_the_directions)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    be_in(usr_SCTP_ESTABLISHED);
    assert_fails(usock_shutdown(s, -1), EINVAL);
    assert_fails(usock_shutdown(s, 3), EINVAL);
    while (usock_next_ready())
        ;
    assert_int_equal(usock_shutdown(s, SHUT_RD), 0);
    assert_true(s->no_receive && !s->no_send && !s->shut_down_first && so.how == 0);
    assert_ptr_equal(usock_next_ready(), s);
    s->no_receive = false;
    assert_int_equal(usock_shutdown(s, SHUT_WR), 0);
    assert_true(!s->no_receive && s->no_send && s->shut_down_first);
    assert_int_equal(so.how, SHUT_WR);
    s->shut_down_first = false;
    be_in(usr_SCTP_SHUTDOWN_RECEIVED);
    assert_int_equal(usock_shutdown(s, SHUT_RDWR), 0);
    assert_true(s->no_receive && s->no_send && !s->shut_down_first);
    be_in(0);
    assert_fails(usock_shutdown(s, SHUT_RDWR), ENOTCONN);
    so.how = -1;
    s->listening = true;
    assert_int_equal(usock_shutdown(s, SHUT_RDWR), 0);
    assert_int_equal(so.how, -1);
    assert_false(s->shut_down_first);
    s->type = SOCK_SEQPACKET;
    assert_fails(usock_shutdown(s, SHUT_RDWR), ENOTCONN);
}

static bool aborts(void)
{
    struct linger linger = {0, 0};

    for (int i = 0; i < model.sets; i++)
        if (model.set[i].name == SO_LINGER)
            memcpy(&linger, model.set[i].value, sizeof(linger));
    return linger.l_onoff;
}

UNIT_TEST(close_shuts_down_or_aborts)
{
    static const struct {
        int type;
        bool unread, listening;
        struct linger linger;
        int stack_state;
        uint32_t queued;
        bool established, aborted;
    } cases[] = {
        {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_ESTABLISHED, 0, true, false},
        {SOCK_STREAM, true, false, {0, 0}, usr_SCTP_ESTABLISHED, 0, true, true},
        {SOCK_STREAM, false, false, {1, 0}, usr_SCTP_ESTABLISHED, 0, true, true},
        {SOCK_STREAM, false, false, {0, 5}, usr_SCTP_ESTABLISHED, 0, true, false},
        {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_COOKIE_WAIT, 0, false, true},
        {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_COOKIE_WAIT, 9, false, false},
        {SOCK_STREAM, false, false, {0, 0}, usr_SCTP_ESTABLISHED, 0, false, false},
        {SOCK_STREAM, false, true, {0, 0}, 0, 0, false, true},
        {SOCK_SEQPACKET, false, true, {0, 0}, 0, 0, false, true},
        {SOCK_SEQPACKET, true, true, {0, 0}, usr_SCTP_ESTABLISHED, 0, false, true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct usr_sctp_sockstat queued = {.ss_total_sndbuf = cases[i].queued};
        int fd, shadow;
        struct usock *s;

        begin(state);
        s = make(AF_INET, cases[i].type, &fd);
        shadow = s->shadow;
        s->listening = cases[i].listening;
        s->linger = cases[i].linger;
        s->established = cases[i].established;
        s->attempted = cases[i].established;
        be_in(cases[i].stack_state);
        model_returns(usr_SCTP_GET_SNDBUF_USE, &queued, sizeof(queued));
        model_returns(usr_SCTP_GET_ASSOC_NUMBER, &none, sizeof(none));
        if (cases[i].unread)
            model_gets("data", 4, MSG_EOR);
        model_gets("event", 5, MSG_EOR | usr_MSG_NOTIFICATION);
        so.backlog = so.how = -1;
        usock_release(s);
        assert_true(s->closed && s->ready);
        assert_int_equal(s->shadow, -1);
        assert_null(descriptor_get(shadow));
        assert_int_equal(fcntl(shadow, F_GETFD), -1);
        assert_int_equal(so.backlog, cases[i].listening ? 0 : -1);
        if (aborts() != cases[i].aborted || s->aborted != cases[i].aborted)
            fail_msg("case %zu", i);
        if (cases[i].type == SOCK_STREAM)
            assert_asked_about(0);
        if (cases[i].type == SOCK_STREAM && !cases[i].listening)
            assert_int_equal(so.how, cases[i].aborted ? -1 : SHUT_WR);
        ready_process();
        assert_int_equal(so.n_closed, cases[i].aborted); /* others when they have shut down */
        if (!cases[i].aborted) {
            be_in(0);
            usock_mark_ready(s);
            ready_process();
            assert_int_equal(so.n_closed, 1);
        }
        descriptor_set(fd, NULL);
        close(fd);
    }
}

UNIT_TEST(close_ends_each_association_of_a_one_to_many_socket)
{
    static const uint32_t two = 2, list[] = {2, 3, 4};
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL);
    const struct usr_sctp_sockstat queued = {0};

    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &two, sizeof(two));
    model_returns(usr_SCTP_GET_ASSOC_ID_LIST, list, sizeof(list));
    be_in(usr_SCTP_ESTABLISHED);
    usock_release(s);
    assert_int_equal(model.n_sent, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(model.sent[i].info, usr_SCTP_SENDV_SNDINFO);
        assert_int_equal(model.sent[i].how.sendv_sndinfo.snd_flags, usr_SCTP_EOF);
        assert_int_equal(model.sent[i].how.sendv_sndinfo.snd_assoc_id, 3 + i);
        assert_int_equal(model.sent[i].size, 0);
    }
    assert_false(s->aborted || aborts());
    s = make(AF_INET, SOCK_SEQPACKET, NULL);
    model_returns(usr_SCTP_GET_SNDBUF_USE, &queued, sizeof(queued));
    be_in(usr_SCTP_COOKIE_ECHOED); /* they would last for minutes */
    model.n_sent = 0;
    usock_release(s);
    assert_int_equal(model.n_sent, 0);
    assert_int_equal(so.peeled, 4);
    assert_int_equal(so.n_closed, 2);
    assert_true(aborts());
    assert_false(s->aborted);
}

UNIT_TEST(close_lingers_for_the_time_that_was_set)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    struct timespec from, to;

    s->established = s->attempted = true;
    s->linger = (struct linger){1, 1};
    be_in(usr_SCTP_SHUTDOWN_SENT);
    clock_gettime(CLOCK_MONOTONIC, &from);
    usock_release(s);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9 >= 0.99);
    assert_false(s->aborted);
    s = make(AF_INET, SOCK_STREAM, NULL);
    s->established = s->attempted = true;
    s->linger = (struct linger){1, 1000};
    be_in(0); /* it has closed already */
    usock_release(s);
}

/* ---- readiness ----------------------------------------------------------- */

static short polled(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

    return poll(&p, 1, 0) > 0 ? p.revents : 0;
}

static void program_polls(int fd, bool edge_triggered)
{
    lock_release();
    call_polled(fd, edge_triggered);
    lock_take();
}

UNIT_TEST(poll_sees_what_the_stack_reports)
{
    int fd;
    struct usock *s = make(AF_INET, SOCK_STREAM, &fd);

    while (usock_next_ready())
        ;
    assert_int_equal(polled(fd), POLLOUT); /* nobody polls it yet */
    program_polls(fd, false);
    assert_true(s->polled && !s->edge_triggered);
    assert_int_equal(polled(fd), 0);
    for (int i = 0; i < 8; i++) {
        so.events = i;
        shadow_update(s);
        assert_int_equal(polled(fd),
                         (i & (usr_SCTP_EVENT_READ | usr_SCTP_EVENT_ERROR) ? POLLIN : 0) |
                             (i & (usr_SCTP_EVENT_WRITE | usr_SCTP_EVENT_ERROR) ? POLLOUT : 0));
    }
    so.events = usr_SCTP_EVENT_WRITE;
    s->send_blocked = true;
    shadow_update(s);
    assert_int_equal(polled(fd), 0);
    s->send_blocked = false;
    s->listening = true;
    shadow_update(s);
    assert_int_equal(polled(fd), 0);
    s->type = SOCK_SEQPACKET; /* always, as libusrsctp does not say */
    so.events = 0;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLOUT);
    s->error = EPIPE;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLIN | POLLOUT);
    assert_int_equal(usock_take_error(s), EPIPE);
    assert_int_equal(usock_take_error(s), 0);
    shadow_update(s);
    assert_int_equal(polled(fd), POLLOUT);
    s->no_receive = true;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLIN | POLLOUT);
    s->no_send = true;
    shadow_update(s);
    assert_int_equal(polled(fd), POLLIN | POLLOUT | POLLHUP);
    program_polls(fd, true);
    assert_true(s->edge_triggered);
    program_polls(fd, false);
    assert_true(s->edge_triggered);
    program_polls(-1, false);
}

UNIT_TEST(errors_of_the_stack_are_taken_by_receiving)
{
    static const int reset = ECONNRESET, other = EHOSTUNREACH, no_error = 0;
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    model_returns(SO_ERROR, &no_error, sizeof(no_error));
    model_gets("data", 4, MSG_EOR);
    assert_int_equal(usock_take_error(s), 0);
    assert_int_equal(model.input[0].given, 0);
    model_returns(SO_ERROR, &reset, sizeof(reset));
    model.input[0].error = ECONNRESET;
    assert_int_equal(usock_take_error(s), ECONNRESET);
    assert_int_equal(model.next_input, 1);
    assert_int_equal(model.last_room, 0);
    s->attempted = true;
    assert_int_equal(usock_take_error(s), ECONNREFUSED);
    s->established = true;
    assert_int_equal(usock_take_error(s), ECONNRESET);
    s->established = false;
    model_returns(SO_ERROR, &other, sizeof(other));
    assert_int_equal(usock_take_error(s), EHOSTUNREACH);
}

UNIT_TEST(a_packet_wakes_sockets_that_have_no_room_or_connect)
{
    struct usock *a = make(AF_INET, SOCK_STREAM, NULL), *b = make(AF_INET, SOCK_STREAM, NULL),
                 *c = make(AF_INET, SOCK_STREAM, NULL);

    while (usock_next_ready())
        ;
    ready_after_packet();
    assert_null(usock_next_ready());
    for (int tick = 0; tick < 2; tick++) {
        ready_send_blocked(a);
        ready_connecting(b);
        assert_true(a->send_blocked && b->connecting);
        tick ? ready_tick() : ready_after_packet();
        assert_true(!a->send_blocked && !b->connecting);
        assert_true(a->ready && b->ready && !c->ready);
        assert_non_null(usock_next_ready());
        assert_non_null(usock_next_ready());
        assert_null(usock_next_ready());
        if (!tick) { /* once only */
            a->send_blocked = true;
            ready_after_packet();
            assert_null(usock_next_ready());
            a->send_blocked = false;
        }
    }
}

UNIT_TEST(a_tick_finds_what_no_callback_reports)
{
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL);

    while (usock_next_ready())
        ;
    for (int i = 0; i < 16; i++) {
        bool readable = i & 8;

        so.events = readable ? usr_SCTP_EVENT_READ : 0;
        s->awaited = i % 8 == 1;
        s->read_inline = i % 8 == 2;
        s->polled = i % 8 == 3 || i % 8 == 4;
        s->shows_in = i % 8 == 4;
        s->closed = i % 8 == 5;
        ready_tick();
        assert_int_equal(usock_next_ready() == s,
                         (readable && i % 8 >= 1 && i % 8 <= 3) || s->closed);
    }
    s->closed = s->awaited = s->read_inline = s->polled = false;
}

UNIT_TEST(processing_a_ready_socket_wakes_frees_or_shows_it)
{
    int fd;
    struct usock *s = make(AF_INET, SOCK_STREAM, &fd);
    const uint32_t sequence = s->event_sequence;

    ready_process();
    s->awaited = true;
    so.events = usr_SCTP_EVENT_READ;
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(s->event_sequence, sequence + 1);
    assert_false(s->awaited);
    assert_int_equal(polled(fd), POLLOUT); /* not polled */
    s->polled = true;
    s->attempted = true;
    be_in(usr_SCTP_ESTABLISHED);
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(polled(fd), POLLIN);
    assert_true(s->established);
    s->closed = true;
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(so.n_closed, 0);
    be_in(0);
    usock_mark_ready(s);
    ready_process();
    assert_int_equal(so.n_closed, 1);
    assert_null(s->so);
    usock_mark_ready(s); /* it was freed in the meantime */
    ready_process();
}

UNIT_TEST(an_association_is_noted_as_established_once)
{
    static const struct {
        int type;
        bool attempted;
        int stack_state;
        bool expected;
    } cases[] = {{SOCK_STREAM, true, usr_SCTP_ESTABLISHED, true},
                 {SOCK_STREAM, true, usr_SCTP_SHUTDOWN_SENT, true},
                 {SOCK_STREAM, true, usr_SCTP_COOKIE_ECHOED, false},
                 {SOCK_STREAM, false, usr_SCTP_ESTABLISHED, false},
                 {SOCK_SEQPACKET, true, usr_SCTP_ESTABLISHED, false}};
    const int one = 1;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct usock *s;

        begin(state);
        s = make(AF_INET, SOCK_STREAM, NULL);
        assert_int_equal(kept_option_add(s, SCTP_NODELAY, &one, sizeof(one)), 0);
        s->type = cases[i].type;
        s->attempted = cases[i].attempted;
        be_in(cases[i].stack_state);
        usock_note_established(s);
        assert_int_equal(s->established, cases[i].expected);
        assert_int_equal(s->options == NULL, cases[i].expected);
    }
}

UNIT_TEST(the_associations_of_a_socket_are_counted_and_listed)
{
    static const uint32_t two = 2, list[] = {2, 3, 4}, zero = 0;
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL), *one = make(AF_INET, SOCK_STREAM, NULL);
    uint32_t n = 99, *ids;

    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &two, sizeof(two));
    model_returns(usr_SCTP_GET_ASSOC_ID_LIST, list, sizeof(list));
    assert_int_equal(usock_associations(s), 2);
    ids = usock_association_ids(s, &n);
    assert_int_equal(n, 2);
    assert_int_equal(ids[0], 3);
    assert_int_equal(ids[1], 4);
    free(ids);
    model_fails(usr_SCTP_GET_ASSOC_ID_LIST, EINVAL);
    free(usock_association_ids(s, &n));
    assert_int_equal(n, 0);
    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &zero, sizeof(zero));
    n = 99;
    free(usock_association_ids(s, &n));
    assert_int_equal(n, 0);
    model_fails(usr_SCTP_GET_ASSOC_NUMBER, EINVAL);
    assert_int_equal(usock_associations(s), 0);
    be_in(0);
    assert_int_equal(usock_associations(one), 0);
    free(usock_association_ids(one, &n));
    assert_int_equal(n, 0);
    be_in(usr_SCTP_ESTABLISHED);
    assert_int_equal(usock_associations(one), 1);
    ids = usock_association_ids(one, &n);
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], 7);
    free(ids);
}

/* ---- waiting ------------------------------------------------------------- */

UNIT_TEST(a_deadline_is_now_and_the_timeout)
{
    static const struct {
        struct timeval timeout;
        bool never;
        struct timespec until;
    } cases[] = {
        {{0, 0}, true, {0, 0}},
        {{0, 1}, false, {1000, 999001000}},
        {{1, 0}, false, {1001, 999000000}},
        {{1, 999}, false, {1001, 999999000}},
        {{1, 1000}, false, {1002, 0}},
        {{0, 999999}, false, {1001, 998999000}},
        {{1 << 30, 0}, false, {1000 + (1 << 30), 999000000}},
        {{(1 << 30) + 1, 0}, true, {0, 0}},
    };

    real_time = false;
    now = (struct timespec){1000, 999000000};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct timespec space;
        const struct timespec *until = wait_deadline(&cases[i].timeout, &space);

        assert_int_equal(until == NULL, cases[i].never);
        if (until &&
            (until->tv_sec != cases[i].until.tv_sec || until->tv_nsec != cases[i].until.tv_nsec))
            fail_msg("case %zu: %ld.%09ld", i, (long)until->tv_sec, until->tv_nsec);
    }
}

UNIT_TEST(a_wait_ends_by_an_event_or_at_the_deadline)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    const struct timespec past = {0};

    ready_process();
    assert_int_equal(wait_for_event(s, &past), EAGAIN);
    usock_mark_ready(s); /* handled before it sleeps */
    assert_int_equal(wait_for_event(s, NULL), 0);
    assert_false(wait_catch_up(s)); /* no packet of our own is under way */
    s->closed = s->aborted = true;
    usock_mark_ready(s);
    assert_int_equal(wait_for_event(s, NULL), EBADF);
}

/* ---- messages on stderr -----------------------------------------------------------------------
 */

static void say_much(void *size)
{
    char text[1000];

    memset(text, 'x', sizeof(text));
    debugging = false;
    debug("not this");
    errno = 77;
    say("%.*s", *(int *)size, text);
    if (errno != 77)
        _exit(1);
    debugging = true;
    debug("and %d", 5);
}

UNIT_TEST(a_message_is_a_line_of_at_most_511_bytes)
{
    const size_t start = strlen("libsctp_userland: ");

    for (int size = 490; size <= 495; size++) {
        char err[1200];
        size_t length;

        assert_int_equal(in_child(say_much, &size, err, sizeof(err)), 0);
        length = strcspn(err, "\n");
        assert_memory_equal(err, "libsctp_userland: x", start + 1);
        assert_int_equal(length, start + (size_t)size < 510 ? start + (size_t)size : 510);
        assert_int_equal(err[length - 1], 'x');
        assert_string_equal(err + length, "\nlibsctp_userland: and 5\n");
    }
}

/* ---- descriptors --------------------------------------------------------- */

UNIT_TEST(the_table_has_descriptors_up_to_its_limit)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    assert_null(descriptor_get(-1));
    assert_null(descriptor_get(DESCRIPTOR_LIMIT));
    assert_null(descriptor_get(DESCRIPTOR_LIMIT - 1));
    descriptor_set(DESCRIPTOR_LIMIT - 1, s);
    assert_ptr_equal(descriptor_get(DESCRIPTOR_LIMIT - 1), s);
    assert_true(descriptor_ours(DESCRIPTOR_LIMIT - 1));
    assert_int_equal(descriptor_find(s), s->fd);
    descriptor_set(s->fd, NULL);
    assert_int_equal(descriptor_find(s), DESCRIPTOR_LIMIT - 1);
    descriptor_set(DESCRIPTOR_LIMIT - 1, NULL);
    assert_int_equal(descriptor_find(s), -1);
    descriptor_set(0, s);
    assert_int_equal(descriptor_find(s), 0);
    descriptor_set(0, NULL);
    descriptor_unhide(-1);
    descriptor_unhide(DESCRIPTOR_LIMIT);
}

UNIT_TEST(a_hidden_descriptor_is_moved_and_does_not_exist_for_the_program)
{
    int fd = open("/dev/null", O_RDONLY), hidden = descriptor_hide(fd);

    assert_true(hidden >= 512);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_true(fcntl(hidden, F_GETFD) & FD_CLOEXEC);
    assert_ptr_equal(descriptor_get(hidden), &descriptor_own);
    lock_release();
    errno = 0;
    assert_null(call_enter(hidden));
    assert_int_equal(errno, EBADF);
    assert_fails(reference_close(hidden), EBADF);
    assert_fails(reference_replaced(hidden), EBUSY);
    assert_int_equal(reference_replaced(5), 0);
    lock_take();
    assert_true(fcntl(hidden, F_GETFD) >= 0);
    descriptor_unhide(hidden);
    assert_null(descriptor_get(hidden));
    close(hidden);
}

UNIT_TEST(a_socket_is_released_with_its_last_descriptor)
{
    int fd, copy;
    struct usock *s = make(AF_INET, SOCK_STREAM, &fd);

    copy = dup(fd);
    lock_release();
    assert_int_equal(reference_copied(fd, copy), copy);
    assert_int_equal(s->descriptors, 2);
    assert_int_equal(reference_close(fd), 0);
    assert_int_equal(s->fd, copy);
    assert_int_equal(s->descriptors, 1);
    assert_fails(reference_close(fd), EBADF);
    assert_false(s->closed);
    be_in(0);
    assert_int_equal(reference_replaced(copy), 0);
    assert_int_equal(so.n_closed, 1);
    assert_null(descriptor_get(copy));
    lock_take();
    close(copy);
}

static void in_a_child(void *arg)
{
    int fd = *(int *)arg, own = descriptor_hide(dup(2));

    lock_release();
    if (!descriptor_borrowed()) /* made by fork(2), without the handler */
        _exit(2);
    if (reference_copied(fd, 300) != 300 || descriptor_get(300) || reference_replaced(fd) != 0 ||
        !descriptor_get(fd))
        _exit(3);
    descriptor_own_process();
    if (descriptor_borrowed())
        _exit(4);
    descriptor_drop_inherited();
    if (descriptor_get(fd) != &descriptor_inherited || descriptor_get(own) ||
        fcntl(own, F_GETFD) >= 0)
        _exit(5);
    errno = 0;
    if (call_enter(fd) || errno != EBADFD)
        _exit(6);
    if (reference_copied(fd, 300) != 300 || descriptor_get(300) != &descriptor_inherited)
        _exit(7);
    if (reference_close(fd) != 0 || descriptor_get(fd))
        _exit(8);
    usock_drop_inherited();
    if (usocks)
        _exit(9);
}

UNIT_TEST(inherited_sockets_are_told_apart)
{
    int fd;
    char err[500];

    make(AF_INET, SOCK_STREAM, &fd);
    assert_false(descriptor_borrowed());
    assert_int_equal(in_child(in_a_child, &fd, err, sizeof(err)), 0);
    assert_contains(err, "is an SCTP socket that was opened before fork()");
}

int main(void)
{
    return run_all_tests(begin, end);
}
