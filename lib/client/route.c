/* Routes to an address, and why connecting failed. */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* On Linux, routes of type unreachable, prohibit and blackhole fail with EHOSTUNREACH, EACCES and
 * EINVAL.  A link-local address without its interface fails with EINVAL as well. */
static bool is_refused(const struct sockaddr *sa, int err)
{
    const struct sockaddr_in6 *v6 = (const void *)sa;

    if (err == EINVAL)
        return sa->sa_family == AF_INET || v6->sin6_scope_id ||
               !(IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) || IN6_IS_ADDR_MULTICAST(&v6->sin6_addr));
    return err == EHOSTUNREACH || err == EACCES;
}

int unp_check_route(const struct sockaddr *sa)
{
    int fd = socket(sa->sa_family, SOCK_DGRAM, 0), on = 1, err = 0;

    if (fd < 0 && errno == EAFNOSUPPORT) /* IPv6 is switched off */
        err = ENETUNREACH;
    if (fd >= 0) {
        /* Without it, a broadcast address would fail with EACCES as well. */
        setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
        if (connect(fd, sa, unp_sock_len(sa)) < 0) /* sends nothing */
            err = is_refused(sa, errno) ? EACCES : errno;
        if (err == EADDRNOTAVAIL) /* IPv6 is switched off on all interfaces */
            err = ENETUNREACH;
        close(fd);
    }
    errno = err;
    return err == ENETUNREACH || err == EACCES ? -1 : 0;
}

int unp_check_routes(const struct unp_addrs *peer)
{
    int rc = -1;

    errno = EINVAL;
    for (struct sockaddr *sa = NULL; rc < 0 && (sa = unp_addrs_next(peer, sa));)
        rc = unp_check_route(sa);
    return rc;
}

static bool is_unicast(const struct sockaddr *sa)
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    in_addr_t v4 = ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr);

    if (sa->sa_family == AF_INET6)
        return !IN6_IS_ADDR_MULTICAST(v6) && !IN6_IS_ADDR_UNSPECIFIED(v6);
    return !IN_MULTICAST(v4) && v4 != INADDR_BROADCAST && v4 != INADDR_ANY;
}

/* Does the host have a unicast address?  Assumed when its name does not resolve. */
static bool has_unicast(const char *host)
{
    struct unp_addrs found = {0};
    bool unicast = unp_addrs_add(&found, host, 0) != 0;

    for (struct sockaddr *sa = NULL; !unicast && (sa = unp_addrs_next(&found, sa));)
        unicast = is_unicast(sa);
    unp_addrs_free(&found);
    return unicast;
}

static bool is_loopback(const struct sockaddr *sa)
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    in_addr_t v4 = ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr);

    return sa->sa_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(v6) : v4 >> 24 == IN_LOOPBACKNET;
}

/* Are all addresses of the host loopback addresses? */
static bool all_loopback(const char *host)
{
    struct unp_addrs found = {0};
    bool loopback = unp_addrs_add(&found, host, 0) == 0;

    for (struct sockaddr *sa = NULL; loopback && (sa = unp_addrs_next(&found, sa));)
        loopback = is_loopback(sa);
    unp_addrs_free(&found);
    return loopback;
}

void unp_route_why(int err, const struct unp_addrs *to, char *why, size_t size)
{
    const struct sockaddr *sa = unp_addrs_next(to, NULL);
    char host[SOCK_NTOP_SIZE];

    if (err == EACCES)
        snprintf(why, size,
                 "a route of this host refuses it (unreachable, prohibit or blackhole); see 'ip %s "
                 "route show match %s'",
                 sa && sa->sa_family == AF_INET6 ? "-6" : "-4",
                 sa ? sock_ntop_host(sa, host, sizeof(host)) : "ADDRESS");
    else
        snprintf(why, size, "%s; is there a route ('ip route get')?", strerror(err));
}

static bool is_over_udp(void)
{
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    bool kernel = fd < 0 || unp_is_kernel_socket(fd);

    if (fd >= 0)
        close(fd);
    return !kernel;
}

const char *unp_udp_setting(char *buf, size_t size)
{
    const char *port = getenv("SCTP_UDP_PORT");

    snprintf(buf, size, "with the same SCTP_UDP_PORT as this program (%s)",
             port ? port : "not set");
    return buf;
}

static int refused(const char *host, uint16_t port, char *why, size_t size)
{
    char setting[80];

    if (is_over_udp())
        snprintf(why, size,
                 "connect to %s port %u: refused; is the server running there, on this port, over "
                 "UDP, and %s?",
                 host, port, unp_udp_setting(setting, sizeof(setting)));
    else
        snprintf(why, size,
                 "connect to %s port %u: refused; is the server running there, on this port, and "
                 "does its kernel have SCTP?",
                 host, port);
    return EXIT_REFUSED;
}

static int no_answer(const char *host, uint16_t port, int64_t ms, char *why, size_t size)
{
    char setting[80], over_udp[120];
    bool loopback = all_loopback(host);

    snprintf(over_udp, sizeof(over_udp), "over UDP; is the server running %s",
             unp_udp_setting(setting, sizeof(setting)));
    snprintf(why, size, "connect to %s port %u: no answer in %lld s; is the %s drop SCTP %s?", host,
             port, (long long)(ms + 500) / 1000,
             loopback ? "server stopped or stuck, or does a firewall here"
                      : "host up, and does a firewall on the way",
             is_over_udp() ? over_udp : "(IP protocol 132)");
    return EXIT_NO_ANSWER;
}

/* On Linux a connect without a free local port fails with EAGAIN, on the userland stack with
 * EADDRINUSE. */
static const char *advice(int err, const char *host)
{
    switch (err) {
    case EAGAIN:
    case EADDRINUSE:
        return "; all local ports are in use: end programs that use them, or widen "
               "net.ipv4.ip_local_port_range";
    case EMFILE:
        return "; raise the limit of descriptors (ulimit -n)";
    case EINVAL:
        return has_unicast(host) ? ""
                                 : "; it is no unicast address: an association is with one host";
    default:
        return "";
    }
}

int unp_connect_why(int err, const char *host, uint16_t port, int64_t ms, char *why, size_t size)
{
    struct unp_addrs to = {0};
    char no_route[300];

    switch (err) {
    case ECONNREFUSED:
        return refused(host, port, why, size);
    case ETIMEDOUT:
        return no_answer(host, port, ms, why, size);
    case EAFNOSUPPORT:
        snprintf(why, size,
                 "connect to %s port %u: none of the addresses given with -B is of its family; "
                 "give one that is",
                 host, port);
        return EXIT_USAGE;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
        unp_addrs_add(&to, host, 0);
        unp_route_why(err, &to, no_route, sizeof(no_route));
        unp_addrs_free(&to);
        snprintf(why, size, "connect to %s port %u: %s", host, port, no_route);
        return EXIT_NO_ANSWER;
    default:
        snprintf(why, size, "connect to %s port %u: %s%s", host, port, strerror(err),
                 advice(err, host));
        return EXIT_SYSTEM;
    }
}
