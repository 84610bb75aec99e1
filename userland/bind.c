/* Binding: addresses, and the UDP side of SCTP ports. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "call.h"
#include "libusrsctp.h"
#include "socket.h"
#include "udp.h"
#include "udp_notice.h"
#include "usock.h"

static int add_port(struct usock *s, struct udp_port *port)
{
    struct udp_port **more =
        port ? realloc(s->ports, sizeof(*more) * (size_t)(s->n_ports + 1)) : NULL;
    if (!more) {
        if (port)
            udp_close(port);
        return -1;
    }
    s->ports = more;
    s->ports[s->n_ports++] = port;
    return 0;
}

static void drop_ports(struct usock *s, int keep)
{
    while (s->n_ports > keep)
        udp_close(s->ports[--s->n_ports]);
}

/* The address of the UDP socket: IPv4 for a mapped address. */
static union address udp_address(const union address *address)
{
    union address v4 = {.in = {.sin_family = AF_INET, .sin_port = address->in.sin_port}};
    if (address->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr))
        return *address;
    memcpy(&v4.in.sin_addr, &address->in6.sin6_addr.s6_addr[12], 4);
    return v4;
}

/* Retires the UDP port of an address that is being removed.  Its UDP socket stays open as long as
 * s, because packets to it may be in flight.  False: there is none. */
static bool retire_port(struct usock *s, const union address *address)
{
    union address udp = udp_address(address);
    for (int i = s->n_removed; i < s->n_ports; i++) {
        struct udp_port *port = s->ports[i];
        if (!udp_is_at(port, &udp))
            continue;
        udp_retire(port);
        s->ports[i] = s->ports[s->n_removed];
        s->ports[s->n_removed++] = port;
        return true;
    }
    return false;
}

/* Which UDP port: of the SCTP port's number or SCTP_UDP_PORT; of the number, any if it is 0; the
 * alternative (udp_notice.c). */
enum place { OWN_NUMBER, ANY, ELSEWHERE };

static struct udp_port *open_port(const struct usock *s, const union address *address,
                                  enum place place)
{
    return place == ELSEWHERE ? udp_open_elsewhere(address, &s->ip_options)
                              : udp_open(address, place == ANY, &s->ip_options);
}

/* Opens the UDP port of an address; for the IPv6 wildcard also that of the IPv4 wildcard.  Sets the
 * address's port. */
static int open_ports_at(struct usock *s, union address *address, enum place place)
{
    int before = s->n_ports;
    union address v4 = {.in = {.sin_family = AF_INET}};
    union address udp = udp_address(address);
    if (add_port(s, open_port(s, &udp, place)) < 0) {
        /* A machine without IPv6 still has IPv6 SCTP sockets. */
        if (errno != EAFNOSUPPORT || address->sa.sa_family != AF_INET6)
            return -1;
    } else {
        address->in.sin_port = htons(udp_port_number(s->ports[before]));
    }
    if (udp.sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&udp.in6.sin6_addr) && !s->v6only) {
        v4.in.sin_port = address->in.sin_port;
        if (place == ANY && v4.in.sin_port)
            place = OWN_NUMBER;
        if (add_port(s, open_port(s, &v4, place)) < 0) {
            drop_ports(s, before);
            return -1;
        }
        address->in.sin_port = htons(udp_port_number(s->ports[s->n_ports - 1]));
    }
    return 0;
}

/* All UDP ports of an SCTP port are at the same number, or elsewhere. */
static int open_ports(struct usock *s, union address *address, bool ephemeral)
{
    uint16_t number = address_port(address);
    if (number && udp_is_elsewhere(number))
        return open_ports_at(s, address, ELSEWHERE);
    if (number && !s->bound && !udp_common_port() && notice_elsewhere(number))
        return refuse(EADDRINUSE); /* a process has the SCTP port, not the UDP port */
    int result = open_ports_at(s, address, ephemeral ? ANY : OWN_NUMBER);
    if (result < 0 && errno == EADDRINUSE && number && !s->bound)
        result = open_ports_at(s, address, ELSEWHERE);
    return result;
}

/* Only sockets of ports that peers may know: others would need a descriptor for nothing. */
static int announce(struct usock *s)
{
    return s->n_ports ? udp_announce(s->ports[0]) : 0;
}

static int stack_bind(struct usock *s, union address *address)
{
    socklen_t size = address_size(&address->sa);
    if (usr.bind(s->so, &address->sa, size) == 0)
        return 0;
    /* The address is ours, because the kernel has bound a UDP socket to it. */
    if (errno != EADDRNOTAVAIL || address_is_wildcard(address) || !local_address_add(address))
        return -1;
    return usr.bind(s->so, &address->sa, size);
}

/* A socket that this process has closed may still be shutting down on the port.  Nothing marks s
 * ready when that ends, so this polls. */
static bool wait_for_closed(struct usock *s, uint16_t port)
{
    const struct timeval little = {.tv_usec = 1000};
    struct timespec until;
    for (int i = 0; i < 200; i++) {
        struct usock *other = usocks;
        while (other && !(other->closed && other->bound && address_port(&other->name) == port))
            other = other->next;
        if (!other)
            return true;
        if (wait_for_event(s, wait_deadline(&little, &until)) != EAGAIN)
            return false;
    }
    return false;
}

/* Whether a socket at the port has an association.  A closed one gets a moment to finish. */
static bool has_associations(uint16_t number)
{
    struct usock *s = usocks;
    while (s && (s->closed || address_port(&s->name) != number))
        s = s->next;
    if (s)
        wait_for_closed(s, number);
    for (s = usocks; s; s = s->next)
        if (address_port(&s->name) == number && usock_associations(s) > 0)
            return true;
    return false;
}

/* The peers of associations would send to the program's socket. */
bool usock_leave_port(uint16_t number)
{
    if (!udp_can_move(number) || has_associations(number) || !udp_move_elsewhere(number))
        return false;
    for (struct usock *s = usocks; s; s = s->next)
        for (int i = 0; address_port(&s->name) == number && i < s->n_ports; i++)
            udp_set_options(s->ports[i], &s->ip_options);
    return true;
}

static int bind_to(struct usock *s, union address *address, bool ephemeral)
{
    int error = 0;
    /* An ephemeral port that is free for IPv6 may be in use for IPv4: try others. */
    for (int i = 0; i < 20; i++) {
        union address attempt = *address;
        if (open_ports(s, &attempt, ephemeral) == 0) {
            if ((!address->in.sin_port || announce(s) == 0) && stack_bind(s, &attempt) == 0) {
                s->name = attempt;
                s->bound = true;
                return 0;
            }
            error = errno;
            drop_ports(s, 0);
        } else {
            error = errno;
        }
        if (error == EADDRINUSE && address->in.sin_port &&
            !(i == 0 && wait_for_closed(s, address_port(address))))
            break;
        if (error != EADDRINUSE)
            break;
    }
    return refuse(error);
}

int usock_bind(struct usock *s, const struct sockaddr *address, socklen_t length)
{
    union address to;
    memset(&to, 0, sizeof(to));
    if (s->bound || length < sizeof(to.in) || address_size(address) == 0 ||
        length < address_size(address) || (s->domain == AF_INET && address->sa_family != AF_INET))
        return refuse(EINVAL);
    memcpy(&to, address, address_size(address));
    return bind_to(s, &to, to.in.sin_port == 0);
}

int usock_bind_to_listen(struct usock *s)
{
    return usock_autobind(s) < 0 ? -1 : announce(s);
}

int usock_autobind(struct usock *s)
{
    if (s->bound)
        return 0;
    union address any = {.ss = {.ss_family = (sa_family_t)s->domain}};
    return bind_to(s, &any, true);
}

/* Adds an address to a bound socket, or removes one. */
static int bind_more(struct usock *s, const union address *address, bool add)
{
    union address to = *address;
    int before = s->n_ports;
    if (to.in.sin_port == 0)
        to.in.sin_port = s->name.in.sin_port;
    if (to.in.sin_port != s->name.in.sin_port || address_is_wildcard(&to))
        return refuse(EINVAL);
    if (!address_is_wildcard(&s->name) && add && open_ports(s, &to, udp_is_own(s->ports[0])) < 0)
        return -1;
    /* bindx may send the ASCONF at once, and the address that it removes must not be its source. */
    bool retired = !add && retire_port(s, &to);
    int flag = add ? usr_SCTP_BINDX_ADD_ADDR : usr_SCTP_BINDX_REM_ADDR;
    int result = usr.bindx(s->so, &to.sa, 1, flag);
    if (result < 0 && add && errno == EADDRNOTAVAIL && local_address_add(&to))
        result = usr.bindx(s->so, &to.sa, 1, flag);
    if (result < 0) {
        int error = errno;
        drop_ports(s, before);
        if (retired)
            udp_unretire(s->ports[--s->n_removed]);
        errno = error;
        if (!add) /* Linux's errno for the last address, and for one that is not bound */
            errno = error == EINVAL ? EBUSY : error == EADDRNOTAVAIL ? EINVAL : error;
    }
    return result;
}

/* The first address binds a socket that is not bound yet. */
int usock_bindx(struct usock *s, const void *list, socklen_t size, bool add)
{
    int n = address_count(list, size);
    if (n < 0)
        return -1;
    while (n-- > 0) {
        union address address;
        list = address_next(list, &address);
        if (add && !s->bound) {
            if (usock_bind(s, &address.sa, address_size(&address.sa)) < 0)
                return -1;
            continue;
        }
        if (bind_more(s, &address, add) < 0)
            return -1;
    }
    return 0;
}
