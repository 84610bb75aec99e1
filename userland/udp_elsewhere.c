/*
 * SCTP ports that are not at the UDP port of their number, because another socket has it; and the
 * notices that tell other processes where a port is (udp_notice.c).  All UDP ports of an SCTP port,
 * of both families and all addresses, are at the same number.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

#include "address.h"
#include "descriptor.h"
#include "libc.h"
#include "udp_notice.h"
#include "udp_port.h"

/* The next port of a number after p, in both families; NULL is before the first one. */
static struct udp_port *next_port(uint16_t number, const struct udp_port *p)
{
    if (p && p->next)
        return p->next;
    if (p)
        return p->address.sa.sa_family == AF_INET ? udp_families[1].ports[number] : NULL;
    return udp_families[0].ports[number] ? udp_families[0].ports[number]
                                         : udp_families[1].ports[number];
}

int udp_announce(struct udp_port *port)
{
    if (udp_common_port())
        return 0;
    for (const struct udp_port *p = NULL; (p = next_port(port->number, p));)
        if (p->notice)
            return 0;
    int notice = notice_post(port->number, address_port(&port->address));
    port->notice = notice > 0 ? notice : 0;
    return notice < 0 ? -1 : 0;
}

static void end_notice(struct udp_port *port)
{
    if (!port->notice)
        return;
    descriptor_unhide(port->notice);
    libc.close(port->notice);
    port->notice = 0;
}

void udp_pass_notice_on(struct udp_port *port)
{
    struct udp_port *other = next_port(port->number, NULL);
    if (!port->notice || !other) {
        end_notice(port);
        return;
    }
    other->notice = port->notice;
    port->notice = 0;
}

static void say_elsewhere(uint16_t number)
{
    say("SCTP port %d is at UDP port %d, because another socket has UDP port %d; programs on this "
        "host find it; on other hosts, run them with SCTP_UDP_PORT=%d",
        number, notice_alternative(number), number, notice_alternative(number));
}

bool udp_is_elsewhere(uint16_t number)
{
    const struct udp_port *p = next_port(number, NULL);
    return p && !udp_common_port() && address_port(&p->address) == notice_alternative(number);
}

struct udp_port *udp_open_elsewhere(const union address *address, const struct ip_options *options)
{
    uint16_t number = address_port(address), udp = notice_alternative(number);
    bool first = !udp_is_elsewhere(number);
    if (!udp || udp_common_port() || (first && notice_at_own_number(number))) {
        errno = EADDRINUSE;
        return NULL;
    }
    struct udp_port *port = udp_open_at(address, udp, false, options);
    if (port && first)
        say_elsewhere(number);
    return port;
}

/* Gives the port this UDP socket in place of its own. */
static void change_socket(struct udp_port *port, int fd, uint16_t udp)
{
    struct family *f = udp_family_of(port->address.sa.sa_family);
    if (f->source == port->fd)
        f->n_received = f->next_received = 0;
    udp_watch(port, EPOLL_CTL_DEL);
    descriptor_unhide(port->fd);
    libc.close(port->fd);
    port->fd = fd;
    port->address.in.sin_port = htons(udp);
    udp_watch(port, EPOLL_CTL_ADD);
}

enum { MOST_MOVED = 64 };

/* Makes UDP sockets at the alternative for all ports of a number.  Returns how many; 0: not all. */
static int make_sockets(uint16_t number, uint16_t udp, int fds[MOST_MOVED])
{
    int n = 0;
    for (const struct udp_port *p = NULL; (p = next_port(number, p));) {
        union address at = p->address;
        at.in.sin_port = htons(udp);
        int fd = n < MOST_MOVED ? udp_bound_socket(&at, NULL) : -1;
        if (fd >= 0) {
            fds[n++] = fd;
            continue;
        }
        while (n > 0) {
            descriptor_unhide(fds[--n]);
            libc.close(fds[n]);
        }
        return 0;
    }
    return n;
}

bool udp_can_move(uint16_t number)
{
    const struct udp_port *first = next_port(number, NULL);
    return first && notice_alternative(number) && !udp_common_port() &&
           address_port(&first->address) == number;
}

bool udp_move_elsewhere(uint16_t number)
{
    uint16_t udp = notice_alternative(number);
    struct udp_port *first = next_port(number, NULL);
    int fds[MOST_MOVED], i = 0;
    if (!make_sockets(number, udp, fds))
        return false;
    for (struct udp_port *p = NULL; (p = next_port(number, p));) {
        end_notice(p);
        change_socket(p, fds[i++], udp);
    }
    udp_announce(first);
    say_elsewhere(number);
    return true;
}
