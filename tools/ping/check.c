/*
 * sctp_ping --check: one association, one message, and a heartbeat on each path; prints whether
 * SCTP works, or which step failed, each with its own exit status.
 */
#include "client/client.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "hint.h"
#include "ping.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND    1000000
#define HEARTBEAT 500000 /* time between two heartbeats to an address, us */
#define SPARE     500000 /* reserved for each probe and the shutdown, us; at most a tenth of -w */
#define LARGE     512    /* bytes of payload, from which packets may exceed a path's MTU */

struct check {
    struct ping *p;
    int64_t end;             /* deadline of the steps */
    int64_t spare;           /* time for each probe, and for the shutdown after `end` */
    bool over_udp;           /* this stack runs over UDP */
    struct sctp_rtoinfo rto; /* as set by -O */
    struct sctp_initmsg initmsg;
    int64_t handshake, echo;      /* their durations, us */
    struct unp_addrs found;       /* addresses of the host */
    char address[SOCK_NTOP_SIZE]; /* the current one */
};

/* ---- Verdict ---------------------------------------------------------------- */

static const struct {
    int status;
    const char *name, *label;
} verdicts[] = {
    {EXIT_OK, "works", "works"},
    {EXIT_NO_SCTP, "no_sctp", "no SCTP here"},
    {EXIT_NO_HOST, "no_host", "host unknown"},
    {EXIT_NO_ROUTE, "no_route", "no route"},
    {EXIT_REFUSED, "refused", "refused"},
    {EXIT_NO_ANSWER, "no_answer", "no answer"},
    {EXIT_LOST, "lost", "association lost"},
    {EXIT_NO_ECHO, "no_echo", "no echo"},
    {EXIT_SOME_PATHS, "some_paths", "some paths only"},
    {EXIT_SYSTEM, "failure", "failure"},
};

/* Prints the verdict: with -J as an object, with -q not at all.  Returns its exit status. */
static int __attribute__((format(printf, 3, 4)))
tell(const struct check *k, int status, const char *fmt, ...)
{
    const struct ping_options *asked = &k->p->asked;
    char text[2048];
    struct unp_json j;
    va_list ap;
    size_t i = 0;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    while (verdicts[i].status != status && verdicts[i].status != EXIT_SYSTEM)
        i++;
    if (asked->json) {
        ping_json_begin(&j, "check");
        unp_json_string(&j, "verdict", verdicts[i].name);
        unp_json_number(&j, "status", status);
        unp_json_string(&j, "host", asked->client.host);
        unp_json_number(&j, "port", asked->client.port);
        unp_json_bool(&j, "over_udp", k->over_udp);
        unp_json_string(&j, "text", text);
        ping_json_paths(&j, k->p);
        ping_json_end(&j);
    } else if (!asked->quiet) {
        printf("%s: %s\n", verdicts[i].label, text);
    }
    Unp_flush_stdout("write the verdict");
    return status;
}

/* Time until `end`, which is postponed by the time for which the program was stopped. */
static int64_t time_left(const struct check *k)
{
    return k->end + k->p->stopped - ping_now();
}

/* ---- Local stack -------------------------------------------------------------- */

static int check_stack(struct check *k)
{
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    socklen_t len = sizeof(k->rto), init_len = sizeof(k->initmsg);
    char why[1024];

    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
        return tell(k, EXIT_SYSTEM, "socket: %s", strerror(errno));
    if (fd < 0) {
        unp_why_missing(errno, "", why, sizeof(why));
        return tell(k, EXIT_NO_SCTP, "%s", why);
    }
    k->over_udp = !unp_is_kernel_socket(fd);
    Unp_opt_list_set(fd, 0, k->p->asked.options.before);
    Getsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &k->rto, &len);
    Getsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &k->initmsg, &init_len);
    close(fd);
    return EXIT_OK;
}

/* ---- Connecting ---------------------------------------------------------------- */

static int check_host(struct check *k)
{
    const struct unp_client *client = &k->p->asked.client;
    int rc = unp_addrs_add(&k->found, client->host, client->port);
    char why[600];

    if (rc) {
        int status = unp_addrs_why(rc, "host", client->host, why, sizeof(why));

        return tell(k, status, "%s", why);
    }
    if (unp_check_routes(&client->more) == 0 || unp_check_routes(&k->found) == 0)
        return EXIT_OK;
    unp_route_why(errno, &k->found, why, sizeof(why));
    return tell(k, EXIT_NO_ROUTE, "%s cannot be reached: %s", client->host, why);
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

static struct ping_hint hint_of(const struct check *k, const struct sockaddr *sa)
{
    return (struct ping_hint){.sa = sa,
                              .port = k->p->asked.client.port,
                              .over_udp = k->over_udp,
                              .ms = (int)(k->spare / 1000)};
}

static int tell_refused(const struct check *k, const struct sockaddr *sa, const char *why)
{
    static const char plainly[] = "refused;";
    const struct unp_client *client = &k->p->asked.client;
    const struct ping_hint h = hint_of(k, sa);
    char before[160], hint[PING_HINT_SIZE];
    int n = snprintf(before, sizeof(before), "connect to %s port %u: ", k->address, client->port);

    if (strncmp(why, before, (size_t)n) == 0)
        why += n;
    ping_hint_refused(&h, hint, sizeof(hint));
    if (!*hint || strncmp(why, plainly, sizeof(plainly) - 1) != 0)
        return tell(k, EXIT_REFUSED, "%s port %u %s", k->address, client->port, why);
    return tell(k, EXIT_REFUSED, "%s port %u refused%s", k->address, client->port, hint);
}

static int tell_no_answer(const struct check *k, const struct sockaddr *sa, int64_t us)
{
    const struct unp_client *client = &k->p->asked.client;
    const struct ping_hint h = hint_of(k, sa);
    unsigned tries = init_tries(k, us / 1000, 1 + (unsigned)client->more.count);
    char hint[PING_HINT_SIZE];

    return tell(k, EXIT_NO_ANSWER,
                "%s port %u%s: INIT was sent %u time%s in %.1f s, and no INIT ACK came%s",
                k->address, client->port, client->more.count ? " and the addresses of -C" : "",
                tries, tries == 1 ? "" : "s", (double)us / SECOND,
                ping_hint_no_answer(&h, hint, sizeof(hint)));
}

/* Tries one address for its share of the remaining time.  Returns 0, or the status and *why. */
static int dial(struct check *k, const struct sockaddr *sa, int left, char *why, size_t size)
{
    struct unp_client client = k->p->asked.client;
    /* A hint takes three probes; the last uses the time reserved for the shutdown. */
    int64_t share = (time_left(k) - 2 * k->spare) / left;
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
        return tell(k, EXIT_SYSTEM, "%s", why);
    }
}

/* ---- Echo and paths ------------------------------------------------------------ */

static int tell_lost(const struct check *k)
{
    return tell(k, EXIT_LOST, "%s port %u: %s; did the server end it?", k->address,
                k->p->asked.client.port,
                *k->p->a.close_text ? k->p->a.close_text : "the association ended");
}

static int tell_no_echo(const struct check *k)
{
    const struct ping *p = k->p;
    char seen[60] = "the reply differed from the message", cause[100] = "?";

    if (!p->count.unexpected) {
        snprintf(seen, sizeof(seen), "in %.1f s no reply came",
                 (double)(ping_now() - (p->last_sent ? p->last_sent : p->began)) / SECOND);
        if (p->asked.size >= LARGE)
            snprintf(cause, sizeof(cause),
                     ", or are packets of -s %zu larger than the path's MTU? Try '-s 56'",
                     p->asked.size);
        else /* the kernel accepts associations for a stopped process */
            snprintf(cause, sizeof(cause), ", or is it stopped or stuck?");
    }
    return tell(k, EXIT_NO_ECHO,
                "%s port %u: the association came up in %.1f ms, but %s; is this an echo server%s",
                k->address, p->asked.client.port, (double)k->handshake / 1000, seen, cause);
}

static int check_echo(struct check *k)
{
    struct ping *p = k->p;
    char why[200] = "";

    while (!p->a.ostreams && !p->a.closed && time_left(k) > 0)
        ping_wait(p, time_left(k));
    ping_paths_watch(&p->paths, p->a.fd, p->a.id);
    ping_send(p);
    while (!p->a.closed && !p->a.error && !p->count.all.received && time_left(k) > 0) {
        ping_wait(p, time_left(k));
        if (!p->count.all.sent)
            ping_send(p);
    }
    ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    k->echo = p->count.all.max;
    if (p->count.all.received)
        return EXIT_OK;
    if (p->a.closed)
        return tell_lost(k);
    if (p->a.error)
        return tell(k, EXIT_SYSTEM, "%s port %u: %s", k->address, p->asked.client.port,
                    unp_send_why(p->a.error, p->asked.size, why, sizeof(why)));
    return tell_no_echo(k);
}

static bool path_works(const struct ping_path *path)
{
    return path->known && path->answers && path->info.spinfo_state == SCTP_ACTIVE;
}

/* True for the address that answered and those of -C. */
static bool is_asked_for(const struct check *k, const char *name)
{
    char more[SOCK_NTOP_SIZE];

    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&k->p->asked.client.more, sa));)
        if (strcmp(sock_ntop_host(sa, more, sizeof(more)), name) == 0)
            return true;
    return strcmp(k->address, name) == 0;
}

/* Sends a HEARTBEAT; the next ping_paths_ask() shows whether it was answered. */
static void demand_heartbeat(const struct ping *p, const struct ping_path *path)
{
    char text[200], why[600];

    snprintf(text, sizeof(text), "peer_addr_params.flags=hb_demand@%s", path->name);
    unp_opt_set(p->a.fd, p->a.id, text, why, sizeof(why));
}

/* Number of requested paths that do not work; with `beat`, sends each a heartbeat. */
static unsigned not_working(const struct check *k, bool beat)
{
    const struct ping *p = k->p;
    unsigned n = 0;

    for (size_t i = 0; i < p->paths.count; i++) {
        const struct ping_path *path = &p->paths.path[i];

        if (path_works(path) || !is_asked_for(k, path->name))
            continue;
        n++;
        if (beat && path->known)
            demand_heartbeat(p, path);
    }
    return n;
}

/* Does the address work, not answer, or not belong to the association? */
enum verdict_of_path { PATH_WORKS, PATH_DEAD, PATH_FOREIGN };

static enum verdict_of_path path_verdict(const struct ping_path *path)
{
    return path_works(path) ? PATH_WORKS : path->known ? PATH_DEAD : PATH_FOREIGN;
}

/* Lists the requested paths with this verdict after `before`: "10.1.1.2, 10.1.2.2 (unconfirmed)".
 * Empty if there are none. */
static void list_paths(const struct check *k, enum verdict_of_path verdict, const char *before,
                       char *buf, size_t size)
{
    size_t used = 0;

    *buf = '\0';
    for (size_t i = 0; i < k->p->paths.count && used < size; i++) {
        const struct ping_path *path = &k->p->paths.path[i];
        bool state = verdict == PATH_DEAD && path->info.spinfo_state != SCTP_ACTIVE;

        if (is_asked_for(k, path->name) && path_verdict(path) == verdict)
            used += (size_t)snprintf(buf + used, size - used, "%s%s%s%s%s", used ? ", " : before,
                                     path->name, state ? " (" : "",
                                     state ? ping_path_state(path) : "", state ? ")" : "");
    }
}

/* Adds the addresses of -C that the association does not have. */
static void add_asked_for(struct check *k)
{
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&k->p->asked.client.more, sa));)
        ping_paths_at(&k->p->paths, sa);
}

static int check_paths(struct check *k)
{
    struct ping *p = k->p;
    char working[600], dead[600], foreign[600], echo[SOCK_NTOP_SIZE + 8] = "";
    int64_t beat = 0;

    add_asked_for(k);
    while (not_working(k, false) && !p->a.closed && time_left(k) > 0) {
        if (ping_now() >= beat) {
            not_working(k, true);
            beat = ping_now() + HEARTBEAT;
        }
        ping_wait(p, SECOND / 50);
        ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    }
    if (p->a.closed)
        return tell_lost(k);
    list_paths(k, PATH_WORKS, "", working, sizeof(working));
    list_paths(k, PATH_DEAD, "; nothing came back from ", dead, sizeof(dead));
    list_paths(k, PATH_FOREIGN, "; the server does not use ", foreign, sizeof(foreign));
    if (not_working(k, false))
        return tell(k, EXIT_SOME_PATHS, "%s works%s%s%s", *working ? working : "no given address",
                    dead, foreign,
                    *dead ? "; is there a route, and does a firewall there drop SCTP?" : "");
    if (!is_asked_for(k, p->from))
        snprintf(echo, sizeof(echo), " by %s", p->from);
    return tell(k, EXIT_OK, "%s port %u, by %s: association in %.1f ms, echo%s in %.1f ms%s",
                p->asked.client.host, p->asked.client.port, working, (double)k->handshake / 1000,
                echo, (double)k->echo / 1000, k->over_udp ? ", over UDP" : "");
}

int ping_check(struct ping *p)
{
    static int (*const steps[])(struct check *) = {check_stack, check_host, check_connect,
                                                   check_echo, check_paths};
    struct check k = {.p = p};
    int64_t end = p->began + p->asked.deadline, left;
    int status = EXIT_OK;

    k.spare = p->asked.deadline / 10 < SPARE ? p->asked.deadline / 10 : SPARE;
    k.end = end - k.spare;

    for (size_t i = 0; status == EXIT_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
        status = steps[i](&k);
    left = end + p->stopped - ping_now();
    if (p->a.fd >= 0)
        ping_shut_down(p, left < SECOND ? left : SECOND);
    unp_addrs_free(&k.found);
    return status;
}
