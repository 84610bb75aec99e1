/*
 * Binding: userland/bind.c.
 */
#include "model_socket.h"

#include "../../userland/udp_notice.h"

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

static void close_notice(int fd)
{
    descriptor_unhide(fd);
    close(fd);
}

UNIT_TEST(binding_refuses_invalid_addresses_and_used_ports)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL), *six = make(AF_INET6, SOCK_STREAM, NULL);
    union address a = at("127.0.0.1", 0);
    socklen_t length = sizeof(a);
    int udp = socket(AF_INET, SOCK_DGRAM, 0), notice;

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
    notice = notice_post(address_port(&a), address_port(&a)); /* as another stack's */
    assert_int_equal(bind_to(s, "127.0.0.1", address_port(&a)), EADDRINUSE);
    close_notice(notice);
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

/* Both UDP sockets of an SCTP port are at the same UDP port. */
UNIT_TEST(a_port_in_use_for_IPv4_is_not_bound_for_IPv6)
{
    struct usock *six = make(AF_INET6, SOCK_STREAM, NULL);
    union address four = at("0.0.0.0", 0);
    socklen_t length = sizeof(four);
    int udp, notice;

    do { /* one of the ephemeral ports that have an alternative */
        four.in.sin_port = 0;
        udp = socket(AF_INET, SOCK_DGRAM, 0);
        assert_int_equal(bind(udp, &four.sa, sizeof(four.in)), 0);
        assert_int_equal(getsockname(udp, &four.sa, &length), 0);
    } while (!notice_alternative(address_port(&four)));
    notice = notice_post(address_port(&four), address_port(&four)); /* as another stack's */
    assert_int_equal(bind_to(six, "::", address_port(&four)), EADDRINUSE);
    assert_int_equal(six->n_ports, 0);
    assert_false(six->bound);
    close_notice(notice);
    assert_int_equal(bind_to(six, "::", address_port(&four)), 0);
    assert_int_equal(six->n_ports, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(udp_port_number(six->ports[i]), address_port(&four));
        assert_int_equal(address_port(&six->ports[i]->address),
                         notice_alternative(address_port(&four)));
    }
    assert_int_equal(address_port(&six->name), address_port(&four));
    close(udp);
}

/* Ports that only the superuser can bind have none. */
UNIT_TEST(the_alternative_of_a_port_is_not_privileged)
{
    for (int port = 0; port < 65536; port++) {
        uint16_t other = notice_alternative((uint16_t)port);

        if (port < 1024)
            assert_int_equal(other, 0);
        else if (other)
            assert_true(other >= 1024 && other != port);
    }
    assert_int_equal(notice_alternative(9000), 9000 + 16384);
    assert_int_equal(notice_alternative(20000), 20000 - 16384);
    assert_int_equal(notice_alternative(38412), 38412 - 32768);
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
        assert_int_equal(so.binds, i < 3 ? 2 : 1); /* it waits, and the port stays in use */
    }
    so.binds = 0;
    usock_mark_ready(s); /* an event other than the end of the wait */
    assert_int_equal(bind_to(s, "127.0.0.1", port), EADDRINUSE);
    assert_int_equal(so.binds, 1);
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
    assert_int_equal(bindx(s, &a, false), 0); /* its port has been retired before */
    so.bindx_error = EADDRNOTAVAIL;
    assert_int_equal(bindx(s, &a, false), EINVAL);
    so.bindx_error = 0;
    assert_int_equal(s->n_removed, 2);
    so.bind_error = EACCES;
    assert_fails(usock_bindx(make(AF_INET, SOCK_STREAM, NULL), &a, sizeof(a.in), true), EACCES);
    so.bind_error = 0;
    assert_int_equal(bind_to(wild, "0.0.0.0", 0), 0);
    assert_int_equal(bindx(wild, &b, true), 0);
    assert_int_equal(wild->n_ports, 1); /* the wildcard includes the address */
    assert_fails(usock_bindx(s, &a, 1, true), EINVAL);
    a = at("::1", 0);
    assert_fails(usock_bindx(make(AF_INET, SOCK_STREAM, NULL), &a, sizeof(a.in6), true), EINVAL);
}

static int n_added; /* addresses that became known */

static void *add_address(uint32_t vrf, void *ifn, uint32_t index, uint32_t type, const char *name,
                         void *ifa, struct sockaddr *address, uint32_t flags, int dynamic)
{
    n_added++;
    so.bind_error = so.bindx_error = 0;
    return &n_added;
}

UNIT_TEST(an_address_that_libusrsctp_does_not_know_is_added)
{
    struct usock *s = make(AF_INET, SOCK_SEQPACKET, NULL),
                 *wild = make(AF_INET, SOCK_SEQPACKET, NULL);
    union address b = at("127.0.0.2", 0), c = at("127.0.0.3", 0);

    usr.add_address = add_address;
    so.bind_error = EADDRNOTAVAIL;
    assert_int_equal(bind_to(wild, "0.0.0.0", 0), EADDRNOTAVAIL);
    assert_int_equal(n_added, 0);
    assert_int_equal(bind_to(s, "127.0.0.5", 0), 0);
    assert_int_equal(n_added, 1);
    assert_int_equal(so.binds, 3);
    so.bindx_error = EADDRNOTAVAIL;
    assert_int_equal(bindx(s, &b, true), 0);
    assert_int_equal(n_added, 2);
    assert_int_equal(so.bindxs, 2);
    so.stale = EADDRNOTAVAIL;
    assert_int_equal(bindx(s, &c, true), 0);
    assert_int_equal(n_added, 2);
    assert_int_equal(so.bindxs, 3);
    so.bindx_error = EADDRNOTAVAIL;
    assert_int_equal(bindx(s, &c, false), EINVAL); /* to remove it, it must be known */
    assert_int_equal(n_added, 2);
    usr.add_address = NULL;
}

int main(void)
{
    return run_all_tests(begin, end);
}
