/* Opens the one-to-many sockets of the programs: listening, or with one association. */
#include "option.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define BACKLOG 4096

int sctp_subscribe(int fd, sctp_assoc_t id, uint16_t type, bool on)
{
    struct sctp_event event;

    memset(&event, 0, sizeof(event)); /* its padding too, which the kernel reads */
    event.se_assoc_id = id;
    event.se_type = type;
    event.se_on = on;
    return setsockopt(fd, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof(event));
}

size_t sctp_max_message(int fd)
{
    int size = 0;
    socklen_t len = sizeof(size);

    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len) < 0)
        return 0;
    return (size_t)size;
}

/* As large as we may: net.core.{w,r}mem_max bound it for all but root. */
static void set_buffer(int fd, int force, int option, size_t bytes)
{
    int size = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) < 0)
        Setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
}

/* What has come of a large message is for us to keep, not for the receive buffer that all share.
 * Linux allows half of that at most. */
static void set_delivery_point(int fd)
{
    uint32_t point = 65536;
    int size = 0;
    socklen_t len = sizeof(size);

    Getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len);
    if (point > (uint32_t)size / 2)
        point = (uint32_t)size / 2;
    Setsockopt(fd, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, &point, sizeof(point));
}

static void set_more_options(int fd, const char *const *options)
{
    char why[600];

    for (; options && *options; options++)
        if (sctp_opt_set(fd, SCTP_FUTURE_ASSOC, *options, why, sizeof(why)) < 0)
            err_quit(EXIT_SYSTEM, "option %s: %s", *options, why);
}

static void set_options(int fd, const struct sctp_setup *setup)
{
    static const uint16_t events[] = {SCTP_ASSOC_CHANGE,          SCTP_PEER_ADDR_CHANGE,
                                      SCTP_SEND_FAILED_EVENT,     SCTP_REMOTE_ERROR,
                                      SCTP_SHUTDOWN_EVENT,        SCTP_PARTIAL_DELIVERY_EVENT,
                                      SCTP_ADAPTATION_INDICATION, SCTP_STREAM_RESET_EVENT,
                                      SCTP_ASSOC_RESET_EVENT,     SCTP_STREAM_CHANGE_EVENT};
    const struct sctp_initmsg init = {.sinit_num_ostreams = setup->ostreams};
    const int on = 1;

    Setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init));
    if (!setup->as_it_comes) {
        /* Both together: a send buffer beyond the peer's receive buffer overruns that. */
        set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, setup->buffer);
        set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, setup->buffer);
        /* Without it a small message waits for the acknowledgement of the one before: 200 ms. */
        Setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on));
    }
    /* 0, the default, lets a peer that stalls in mid-message hold up all others. */
    Setsockopt(fd, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, &on, sizeof(on));
    set_delivery_point(fd);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (sctp_subscribe(fd, SCTP_FUTURE_ASSOC, events[i], true) < 0)
            err_sys("setsockopt SCTP_EVENT 0x%04x", events[i]);
    set_more_options(fd, setup->options);
}

static void bind_addresses(int fd, struct sctp_setup *setup)
{
    sctp_addrs_set_port(&setup->local, setup->port);
    Sctp_bindx(fd, (struct sockaddr *)(void *)setup->local.packed, setup->local.count,
               SCTP_BINDX_ADD_ADDR);
}

static void bind_wildcard(int fd, int family, uint16_t port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};

    if (family == AF_INET6)
        Bind(fd, (struct sockaddr *)&v6, sizeof(v6));
    else
        Bind(fd, (struct sockaddr *)&v4, sizeof(v4));
}

/* An AF_INET6 socket takes IPv4 as well; where IPv6 is switched off there is IPv4 alone. */
static int open_socket(int *family)
{
    int fd = -1;

    if (*family == AF_INET6)
        fd = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    if (fd >= 0) {
        const int off = 0;

        Setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    } else {
        fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
        *family = AF_INET;
    }
    return fd;
}

int Sctp_listen(struct sctp_setup *setup)
{
    int family = setup->local.count ? sctp_addrs_family(&setup->local) : AF_INET6;
    int fd = open_socket(&family);
    const int on = 1;

    /* A server that was killed leaves associations that still shut down, on this port. */
    Setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    set_options(fd, setup);
    if (sctp_subscribe(fd, SCTP_FUTURE_ASSOC, SCTP_SENDER_DRY_EVENT, true) < 0) /* for outbox.c */
        err_sys("setsockopt SCTP_EVENT SCTP_SENDER_DRY_EVENT");
    if (setup->local.count)
        bind_addresses(fd, setup);
    else
        bind_wildcard(fd, family, setup->port);
    Listen(fd, BACKLOG);
    return fd;
}

int Sctp_open(struct sctp_setup *setup)
{
    int family = setup->local.count ? sctp_addrs_family(&setup->local) : AF_INET6;
    int fd = open_socket(&family);

    set_options(fd, setup);
    if (setup->local.count)
        bind_addresses(fd, setup);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        err_sys("fcntl O_NONBLOCK");
    return fd;
}

int sctp_check_route(const struct sockaddr *sa)
{
    int fd = socket(sa->sa_family, SOCK_DGRAM, 0), err = 0;

    if (fd < 0 && errno == EAFNOSUPPORT) /* IPv6 is switched off */
        err = ENETUNREACH;
    else if (fd >= 0 && connect(fd, sa, sock_len(sa)) < 0) /* sends nothing */
        err = errno;
    if (fd >= 0)
        close(fd);
    errno = err;
    return err == ENETUNREACH || err == EHOSTUNREACH ? -1 : 0;
}

static int check_routes(const struct sctp_addrs *peer)
{
    for (struct sockaddr *sa = NULL; (sa = sctp_addrs_next(peer, sa));)
        if (sctp_check_route(sa) == 0)
            return 0;
    return -1;
}

/* Can any of these addresses of ours reach any of those?  (No address of ours is all of them.) */
static bool same_family(const struct sctp_addrs *ours, const struct sctp_addrs *peer)
{
    for (struct sockaddr *a = NULL; (a = sctp_addrs_next(ours, a));)
        for (struct sockaddr *b = NULL; (b = sctp_addrs_next(peer, b));)
            if (a->sa_family == b->sa_family)
                return true;
    return ours->count == 0;
}

/*
 * A server may abort an association as soon as it is up, before connecting has
 * returned, and say why: the socket has the notification.  `reason` gets the
 * text, or stays as it is.
 */
static void read_reason(int fd, char *reason, size_t size)
{
    static const char by_user[] = "user-initiated abort: ";
    const size_t info = offsetof(struct sctp_assoc_change, sac_info);
    char text[560];
    union {
        union sctp_notification n;
        unsigned char bytes[4096];
    } event;
    struct iovec iov = {.iov_base = &event, .iov_len = sizeof(event)};

    for (;;) {
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

        if (n <= 0)
            return;
        if (!(m.msg_flags & MSG_NOTIFICATION) || (size_t)n < info ||
            event.n.sn_header.sn_type != SCTP_ASSOC_CHANGE ||
            (event.n.sn_assoc_change.sac_state != SCTP_COMM_LOST &&
             event.n.sn_assoc_change.sac_state != SCTP_CANT_STR_ASSOC))
            continue;
        sctp_causes_text(event.bytes + info, (size_t)n - info, text, sizeof(text));
        if (strncmp(text, by_user, sizeof(by_user) - 1) == 0)
            snprintf(reason, size, "%s", text + sizeof(by_user) - 1);
    }
}

static struct timeval time_limit(const struct sctp_setup *setup, unsigned seconds)
{
    int64_t ms = (int64_t)seconds * 1000;

    if (setup->until && setup->until - sctp_now() < ms)
        ms = setup->until - sctp_now();
    if (ms < 1)
        ms = 1; /* 0 is no limit */
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* One attempt.  A blocking connect tells apart what the CANT_STR_ASSOC notification does not:
 * refused from no answer.  SO_SNDTIMEO bounds it. */
static int attempt(struct sctp_setup *setup, const struct sctp_addrs *peer, unsigned seconds,
                   sctp_assoc_t *id, char *reason, size_t size)
{
    struct timeval limit, none = {0};
    int family = sctp_addrs_family(peer), fd;

    if (!same_family(&setup->local, peer)) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    if (check_routes(peer) < 0)
        return -1;
    if (sctp_addrs_family(&setup->local) == AF_INET6)
        family = AF_INET6;
    fd = open_socket(&family);
    set_options(fd, setup);
    if (setup->local.count)
        bind_addresses(fd, setup);
    limit = time_limit(setup, seconds);
    Setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    errno = 0; /* as in Sctp_connectx() */
    if (sctp_connectx(fd, (struct sockaddr *)(void *)peer->packed, peer->count, id) < 0) {
        int err = errno == EINPROGRESS ? ETIMEDOUT : errno;

        if (err == ECONNREFUSED)
            read_reason(fd, reason, size);
        close(fd);
        errno = err;
        return -1;
    }
    Setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
    return fd;
}

static bool is_unicast(const struct sockaddr *sa)
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    in_addr_t v4 = ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr);

    if (sa->sa_family == AF_INET6)
        return !IN6_IS_ADDR_MULTICAST(v6) && !IN6_IS_ADDR_UNSPECIFIED(v6);
    return !IN_MULTICAST(v4) && v4 != INADDR_BROADCAST && v4 != INADDR_ANY;
}

/* Has the host an address that may be a peer's?  (One that does not resolve may.) */
static bool has_unicast(const char *host)
{
    struct sctp_addrs found = {0};
    bool unicast = sctp_addrs_add(&found, host, 0) != 0;

    for (struct sockaddr *sa = NULL; !unicast && (sa = sctp_addrs_next(&found, sa));)
        unicast = is_unicast(sa);
    sctp_addrs_free(&found);
    return unicast;
}

int sctp_connect_why(int err, const char *host, uint16_t port, int64_t ms, char *why, size_t size)
{
    switch (err) {
    case ECONNREFUSED:
        snprintf(why, size,
                 "connect to %s port %u: refused; is the server running there, on this port, and "
                 "has its host SCTP?",
                 host, port);
        return EXIT_REFUSED;
    case ETIMEDOUT:
        snprintf(why, size,
                 "connect to %s port %u: no answer in %lld s; is the host up, and does a firewall "
                 "on the way drop SCTP (IP protocol 132, or UDP on the userland stack)?",
                 host, port, (long long)(ms + 500) / 1000);
        return EXIT_NO_ANSWER;
    case EAFNOSUPPORT:
        snprintf(why, size,
                 "connect to %s port %u: none of the addresses given with -B is of its family; "
                 "give one that is",
                 host, port);
        return EXIT_USAGE;
    case ENETUNREACH:
    case EHOSTUNREACH:
        snprintf(why, size, "connect to %s port %u: %s; is there a route ('ip route get')?", host,
                 port, strerror(err));
        return EXIT_NO_ANSWER;
    default:
        snprintf(why, size, "connect to %s port %u: %s%s", host, port, strerror(err),
                 err == EINVAL && !has_unicast(host)
                     ? "; it is no unicast address: an association is with one host"
                     : "");
        return EXIT_SYSTEM;
    }
}

int sctp_connect_host(struct sctp_setup *setup, const char *host, uint16_t port,
                      const struct sctp_addrs *more, unsigned seconds, sctp_assoc_t *id, char *why,
                      size_t size)
{
    struct sctp_addrs found = {0};
    char reason[560] = "";
    int64_t from = sctp_now();
    int rc, fd = -1, err = 0;

    rc = sctp_addrs_add(&found, host, port);
    if (rc) {
        int status = sctp_addrs_why(rc, "host", host, why, size);

        sctp_addrs_free(&found);
        return -status;
    }
    for (struct sockaddr *sa = NULL; fd < 0 && (sa = sctp_addrs_next(&found, sa));) {
        struct sctp_addrs peer = {0};

        rc = sctp_addrs_append(&peer, sa);
        for (struct sockaddr *m = NULL; rc == 0 && (m = sctp_addrs_next(more, m));)
            rc = sctp_addrs_append(&peer, m);
        do /* again, for as long, when the program was stopped and continues: SIGCONT interrupts */
            fd = rc ? -1 : attempt(setup, &peer, seconds, id, reason, sizeof(reason));
        while (rc == 0 && fd < 0 && errno == EINTR && !caught);
        err = rc ? ENOMEM : errno;
        sctp_addrs_free(&peer);
    }
    sctp_addrs_free(&found);
    if (fd < 0 && err == ECONNREFUSED && *reason) {
        snprintf(why, size, "connect to %s port %u: refused by the server: %s", host, port, reason);
        return -EXIT_REFUSED;
    }
    if (fd < 0)
        return -sctp_connect_why(err, host, port, sctp_now() - from, why, size);
    return fd;
}

int Sctp_connect_host(struct sctp_setup *setup, const char *host, uint16_t port,
                      const struct sctp_addrs *more, unsigned seconds, sctp_assoc_t *id)
{
    char why[600];
    int fd = sctp_connect_host(setup, host, port, more, seconds, id, why, sizeof(why));

    if (fd < 0)
        err_quit(-fd, "%s", why);
    return fd;
}
