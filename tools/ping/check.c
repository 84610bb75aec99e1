/*
 * sctp_ping --check: one association, one message, and a heartbeat on each path; prints whether
 * SCTP works, or which step failed, each with its own exit status.
 */
#include "check.h"
#include "client/client.h"
#include "cmdline/cmdline.h"
#include "hint.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND  1000000
#define BETWEEN 3      /* probes of ping_hint_between() */
#define SPARE   500000 /* reserved for each probe and the shutdown, us; at most a tenth of -w */
#define LEAVING 2      /* this part of it is for the start and the end of the process */

int64_t check_time_left(const struct check *k)
{
    return k->end + k->p->stopped - ping_now();
}

static struct ping_hint hint_of(const struct check *k, const struct sockaddr *sa)
{
    return (struct ping_hint){.sa = sa,
                              .port = k->p->asked.client.port,
                              .over_udp = k->over_udp,
                              .udp_only = k->instead,
                              .ms = (int)(k->spare / 1000),
                              .until = (k->last + k->p->stopped) / 1000};
}

/* ---- Local stack -------------------------------------------------------------- */

/* Is the check about SCTP over UDP?  --udp has set the variable. */
static bool asks_for_udp(void)
{
    const char *stack = getenv("SCTP_STACK");

    return stack && strcmp(stack, "userland") == 0;
}

/* Returns 0 or an EAI_ code of getaddrinfo(3). */
static int find_host(struct check *k)
{
    const struct unp_client *client = &k->p->asked.client;

    return ping_resolve(&k->found, client->host, client->port, check_time_left(k));
}

/* There is no SCTP socket.  A probe needs a raw socket only, and so root.  EINVAL: SCTP_STACK is
 * wrong. */
static int tell_no_socket(struct check *k, int err)
{
    char why[1024], natively[PING_HINT_SIZE] = "";

    unp_why_missing(err, "", why, sizeof(why));
    if (err != EINVAL && geteuid() == 0 && find_host(k) == 0) {
        const struct ping_hint h = hint_of(k, unp_addrs_next(&k->found, NULL));

        ping_hint_natively(&h, natively, sizeof(natively));
    }
    return check_tell(k, EXIT_NO_SCTP, "%s%s", why, natively);
}

static int check_stack(struct check *k)
{
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    socklen_t len = sizeof(k->rto), init_len = sizeof(k->initmsg);
    const char *const *texts;
    int status = EXIT_OK;
    char why[600];

    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
        return check_tell(k, EXIT_SYSTEM, "socket: %s", strerror(errno));
    if (fd < 0)
        return tell_no_socket(k, errno);
    k->over_udp = !unp_is_kernel_socket(fd);
    k->instead = k->over_udp && !asks_for_udp();
    if (k->instead)
        k->end -= k->spare; /* a probe follows */
    for (texts = k->p->asked.options.before; texts && *texts && status == EXIT_OK; texts++)
        if (unp_opt_set(fd, 0, *texts, why, sizeof(why)) < 0)
            status = check_tell(k, EXIT_SYSTEM, "option \"%s\": %s", *texts, why);
    Getsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &k->rto, &len);
    Getsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &k->initmsg, &init_len);
    close(fd);
    if (status)
        return status;
    if (asks_for_udp() && !k->over_udp)
        return check_tell(k, EXIT_NO_SCTP,
                          "SCTP over UDP needs libsctp_userland, and this program is built without "
                          "it; run it with scripts/withuserland");
    return EXIT_OK;
}

/* Tells that an address of -B is not of this host: connecting would end the program. */
static int check_local(struct check *k)
{
    const struct unp_addrs *local = &k->p->asked.client.setup.local;
    const int off = 0;
    int family = unp_addrs_family(local), fd, status = EXIT_OK;
    char name[SOCK_NTOP_SIZE];

    if (!local->count)
        return EXIT_OK;
    fd = socket(family, SOCK_SEQPACKET, IPPROTO_SCTP);
    if (fd < 0)
        return check_tell(k, EXIT_SYSTEM, "socket: %s", strerror(errno));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    for (struct sockaddr *sa = NULL; status == EXIT_OK && (sa = unp_addrs_next(local, sa));)
        if (sctp_bindx(fd, sa, 1, SCTP_BINDX_ADD_ADDR) < 0)
            status = check_tell(k, EXIT_SYSTEM, "-B %s: %s%s",
                                sock_ntop_host(sa, name, sizeof(name)), strerror(errno),
                                errno == EADDRNOTAVAIL ? "; it is not an address of this machine: "
                                                         "'ip address' lists them"
                                                       : "");
    close(fd);
    return status;
}

/* ---- Connecting ---------------------------------------------------------------- */

static int check_host(struct check *k)
{
    const struct unp_client *client = &k->p->asked.client;
    char why[600];
    int rc, status = ping_resolve_options(&k->p->asked, check_time_left(k), why, sizeof(why));

    if (status == EXIT_OK && (rc = find_host(k)))
        status = unp_addrs_why(rc, "host", client->host, why, sizeof(why));
    if (status)
        return check_tell(k, status, "%s", why);
    if (unp_check_routes(&client->more) == 0 || unp_check_routes(&k->found) == 0)
        return EXIT_OK;
    unp_route_why(errno, &k->found, why, sizeof(why));
    return check_tell(k, EXIT_NO_ROUTE, "%s cannot be reached: %s", client->host, why);
}

/* Number of INITs sent within `ms`.  Each timeout is twice the previous one (RFC 9260,
 * section 5.1); Linux tries all addresses before it doubles. */
static unsigned init_tries(const struct check *k, int64_t ms, unsigned addresses)
{
    uint32_t most =
        k->initmsg.sinit_max_init_timeo ? k->initmsg.sinit_max_init_timeo : k->rto.srto_max;
    int64_t wait = k->rto.srto_initial, at = wait;
    unsigned tries = 1;

    while (at < ms && tries <= k->initmsg.sinit_max_attempts) {
        tries++;
        if ((tries - 1) % addresses == 0)
            wait = 2 * wait < most ? 2 * wait : most;
        at += wait;
    }
    return tries;
}

static int tell_refused(const struct check *k, const struct sockaddr *sa, const char *why)
{
    static const char plainly[] = "refused;";
    const struct unp_client *client = &k->p->asked.client;
    const struct ping_hint h = hint_of(k, sa);
    char before[160], hint[PING_HINT_SIZE], between[PING_HINT_SIZE] = "";
    int n = snprintf(before, sizeof(before), "connect to %s port %u: ", k->address, client->port);

    if (strncmp(why, before, (size_t)n) == 0)
        why += n;
    ping_hint_refused(&h, hint, sizeof(hint));
    if (check_time_left(k) > BETWEEN * k->spare)
        ping_hint_between(&h, k->handshake, between, sizeof(between));
    if ((!*hint && !*between) || strncmp(why, plainly, sizeof(plainly) - 1) != 0)
        return check_tell(k, EXIT_REFUSED, "%s port %u %s", k->address, client->port, why);
    return check_tell(k, EXIT_REFUSED, "%s port %u refused%s%s", k->address, client->port, hint,
                      between);
}

static int tell_no_answer(const struct check *k, const struct sockaddr *sa, int64_t us)
{
    const struct unp_client *client = &k->p->asked.client;
    const struct ping_hint h = hint_of(k, sa);
    unsigned tries = init_tries(k, us / 1000, 1 + (unsigned)client->more.count);
    char hint[PING_HINT_SIZE], nat[CHECK_NAT_SIZE];

    return check_tell(
        k, EXIT_NO_ANSWER,
        "%s port %u%s: INIT was sent %u time%s in %.1f s, and no INIT ACK came%s%s", k->address,
        client->port, client->more.count ? " and the addresses of -C" : "", tries,
        tries == 1 ? "" : "s", (double)us / SECOND, ping_hint_no_answer(&h, hint, sizeof(hint)),
        check_hint_translated(k, sa, nat, sizeof(nat)));
}

/* Tries one address for its share of the remaining time.  Returns 0, or the status and *why. */
static int dial(struct check *k, const struct sockaddr *sa, int left, char *why, size_t size)
{
    struct unp_client client = k->p->asked.client;
    /* A hint takes three probes; the last uses the time reserved for the shutdown. */
    int64_t share = (check_time_left(k) - 2 * k->spare) / left;
    int status;

    client.host = sock_ntop_host(sa, k->address, sizeof(k->address));
    k->handshake = ping_now();
    client.wait = UINT_MAX;
    client.setup.until = (k->handshake + share) / (SECOND / 1000);
    status = ping_connect(k->p, &client, why, size);
    k->handshake = ping_now() - k->handshake;
    return status;
}

static int check_connect(struct check *k)
{
    int left = k->found.count, status = EXIT_SYSTEM;
    const struct sockaddr *last = NULL;
    char why[600] = "";

    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&k->found, sa)); left--) {
        last = sa;
        status = dial(k, sa, left, why, sizeof(why));
        if (status == EXIT_OK)
            return EXIT_OK;
    }
    switch (status) {
    case EXIT_REFUSED:
        return tell_refused(k, last, why);
    case EXIT_NO_ANSWER:
        return tell_no_answer(k, last, k->handshake);
    case EXIT_USAGE:
        err_quit(EXIT_USAGE, "%s", why);
    default:
        return check_tell(k, EXIT_SYSTEM, "%s", why);
    }
}

/* ---- Steps ------------------------------------------------------------------ */

static int check_up(struct check *k)
{
    struct ping *p = k->p;

    while (!p->a.ostreams && !p->a.closed && check_time_left(k) > 0)
        ping_wait(p, check_time_left(k));
    ping_paths_watch(&p->paths, p->a.fd, p->a.id);
    return EXIT_OK;
}

/* What follows once the association is up. */
static int check_mode(struct check *k)
{
    int status = EXIT_OK;

    if (k->p->asked.mode == PING_MTU)
        return check_mtu(k);
    if (k->p->asked.mode == PING_ECHO)
        status = check_echo(k);
    return status == EXIT_OK ? check_paths(k) : status;
}

int ping_check(struct ping *p)
{
    static int (*const steps[])(struct check *) = {check_stack,   check_host, check_local,
                                                   check_connect, check_up,   check_mode};
    struct check k = {.p = p};
    int64_t left;
    int status = EXIT_OK;

    k.spare = p->asked.deadline / 10 < SPARE ? p->asked.deadline / 10 : SPARE;
    k.last = p->began + p->asked.deadline - k.spare / LEAVING;
    k.end = k.last - k.spare;

    for (size_t i = 0; status == EXIT_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
        status = steps[i](&k);
    left = k.last + p->stopped - ping_now();
    if (p->a.fd >= 0)
        ping_shut_down(p, left < SECOND ? left : SECOND);
    unp_addrs_free(&k.found);
    return status;
}
