/*
 * The step of sctp_ping --check that sends a message and waits for its echo.
 *
 * When the server does not acknowledge the message, heartbeats show whether it is the path that
 * fails, or something that drops DATA only: packets of this size, or DATA chunks.
 */
#include "check.h"

#include <stdio.h>

#define SECOND    1000000
#define LARGE     512     /* bytes of payload, from which packets may exceed a path's MTU */
#define STALL     1000000 /* us without acknowledgement, after which heartbeats are sent … */
#define HEARTBEAT 500000  /* … so often */

bool check_is_acknowledged(const struct ping *p)
{
    struct sctp_status status;

    return unp_get_status(p->a.fd, p->a.id, &status) < 0 || status.sstat_unackdata == 0;
}

bool check_heartbeats_pass(const struct check *k)
{
    const struct ping_paths *paths = &k->p->paths;

    for (size_t i = 0; i < paths->count; i++)
        if (paths->path[i].known && paths->path[i].answers)
            return true;
    return false;
}

static int tell_data_lost(const struct check *k, int64_t us)
{
    const struct ping *p = k->p;

    return check_tell(k, EXIT_DATA_LOST,
                      "%s port %u: heartbeats pass, DATA does not: %zu bytes were not acknowledged "
                      "in %.1f s: %sdoes a firewall drop DATA?",
                      k->address, p->asked.client.port, p->asked.size, (double)us / SECOND,
                      p->asked.size >= LARGE
                          ? "are such packets larger than the path's MTU (try --mtu), or "
                          : "");
}

static int tell_no_echo(const struct check *k)
{
    const struct ping *p = k->p;
    char seen[60] = ", but the reply differed from the message", cause[100] = "";
    int64_t us = ping_now() - (p->last_sent ? p->last_sent : p->began);

    if (!check_is_acknowledged(p) && check_heartbeats_pass(k))
        return tell_data_lost(k, us);
    if (!p->count.unexpected) {
        snprintf(seen, sizeof(seen), "; nothing echoed in %.1f s", (double)us / SECOND);
        if (p->asked.size >= LARGE)
            snprintf(cause, sizeof(cause),
                     ", or are packets of -s %zu larger than the path's MTU (try '-s 56')",
                     p->asked.size);
        else /* the kernel accepts associations for a stopped process */
            snprintf(cause, sizeof(cause), ", or is it stopped or stuck");
    }
    return check_tell(k, EXIT_NO_ECHO,
                      "%s port %u: the association came up in %.1f ms%s: is it an echo service%s? "
                      "--connect needs none",
                      k->address, p->asked.client.port, (double)k->handshake / 1000, seen, cause);
}

void check_demand_heartbeats(struct check *k)
{
    struct ping *p = k->p;

    for (size_t i = 0; i < p->paths.count; i++)
        if (p->paths.path[i].known)
            ping_demand_heartbeat(p, &p->paths.path[i]);
}

/* Waits for an event.  `beat` is when the next heartbeats are due. */
static void wait_for_echo(struct check *k, int64_t *beat)
{
    struct ping *p = k->p;
    int64_t left = check_time_left(k);

    if (!*beat && p->count.all.sent)
        *beat = p->last_sent + STALL;
    if (*beat && ping_now() >= *beat) {
        *beat += HEARTBEAT;
        ping_paths_ask(&p->paths, p->a.fd, p->a.id);
        if (!check_is_acknowledged(p) && !check_heartbeats_pass(k))
            check_demand_heartbeats(k);
    }
    if (*beat && *beat - ping_now() < left)
        left = *beat - ping_now();
    ping_wait(p, left > 0 ? left : 1);
}

int check_echo(struct check *k)
{
    struct ping *p = k->p;
    char why[200] = "";
    int64_t beat = 0;

    ping_send(p);
    while (!p->a.closed && !p->a.error && !p->count.all.received && check_time_left(k) > 0) {
        wait_for_echo(k, &beat);
        if (!p->count.all.sent)
            ping_send(p);
    }
    ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    k->echo = p->count.all.max;
    if (p->count.all.received)
        return EXIT_OK;
    if (p->a.closed)
        return check_tell_lost(k);
    if (p->a.error)
        return check_tell(k, EXIT_SYSTEM, "%s port %u: %s", k->address, p->asked.client.port,
                          unp_send_why(p->a.error, p->asked.size, why, sizeof(why)));
    return tell_no_echo(k);
}
