/* The last step of sctp_ping --check: which addresses of the server answer. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#define SECOND    1000000
#define HEARTBEAT 500000 /* time between two heartbeats to an address, us */

/* With --heartbeat, each address is timed. */
static bool path_works(const struct check *k, const struct ping_path *path)
{
    return path->known && path->answers && path->info.spinfo_state == SCTP_ACTIVE &&
           (k->p->asked.mode != PING_HEARTBEAT || path->replies);
}

/* True for the address that answered and those of -C. */
static bool is_given(const struct check *k, const char *name)
{
    char more[SOCK_NTOP_SIZE];

    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&k->p->asked.client.more, sa));)
        if (strcmp(sock_ntop_host(sa, more, sizeof(more)), name) == 0)
            return true;
    return strcmp(k->address, name) == 0;
}

/* Is the verdict about this path?  The list may also have sources of messages. */
static bool is_judged(const struct check *k, const struct ping_path *path)
{
    return is_given(k, path->name) || (path->known && !k->p->asked.given_paths);
}

/* Number of judged paths that do not work; with `beat`, sends each a heartbeat. */
static unsigned not_working(const struct check *k, bool beat)
{
    const struct ping *p = k->p;
    unsigned n = 0;

    for (size_t i = 0; i < p->paths.count; i++) {
        const struct ping_path *path = &p->paths.path[i];

        if (path_works(k, path) || !is_judged(k, path))
            continue;
        n++;
        if (beat && path->known)
            ping_demand_heartbeat(p, path);
    }
    return n;
}

/* The address works; was given and does not answer; was named only by the server and does not
 * answer; or does not belong to the association. */
enum verdict_of_path { PATH_WORKS, PATH_DEAD, PATH_ADVERTISED, PATH_FOREIGN };

static enum verdict_of_path path_verdict(const struct check *k, const struct ping_path *path)
{
    if (path_works(k, path))
        return PATH_WORKS;
    if (!path->known)
        return PATH_FOREIGN;
    return is_given(k, path->name) ? PATH_DEAD : PATH_ADVERTISED;
}

/* " (unconfirmed)", " (0.4 ms)": the state of a path that does not answer, or the time of its
 * heartbeat. */
static const char *describe_path(const struct check *k, const struct ping_path *path, char *buf,
                                 size_t size)
{
    *buf = '\0';
    if (path_verdict(k, path) == PATH_DEAD && path->info.spinfo_state != SCTP_ACTIVE)
        snprintf(buf, size, " (%s)", ping_path_state(path));
    else if (k->p->asked.mode == PING_HEARTBEAT && path->replies)
        snprintf(buf, size, " (%.1f ms)", (double)path->beat_us / 1000);
    return buf;
}

/* Lists the judged paths with this verdict after `before`: "10.1.1.2, 10.1.2.2 (unconfirmed)".
 * Empty if there are none. */
static void list_paths(const struct check *k, enum verdict_of_path verdict, const char *before,
                       char *buf, size_t size)
{
    char detail[60];
    size_t used = 0;

    *buf = '\0';
    for (size_t i = 0; i < k->p->paths.count && used < size; i++) {
        const struct ping_path *path = &k->p->paths.path[i];

        if (is_judged(k, path) && path_verdict(k, path) == verdict)
            used += (size_t)snprintf(buf + used, size - used, "%s%s%s", used ? ", " : before,
                                     path->name, describe_path(k, path, detail, sizeof(detail)));
    }
}

/* Adds the addresses of -C that the association does not have. */
static void add_asked_for(struct check *k)
{
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&k->p->asked.client.more, sa));)
        ping_paths_at(&k->p->paths, sa);
}

/* "echo in 4.2 ms", with the address of the echo unless that is given. */
static void describe_echo(const struct check *k, char *buf, size_t size)
{
    const struct ping *p = k->p;
    bool elsewhere = !is_given(k, p->from);

    if (p->asked.mode == PING_ECHO)
        snprintf(buf, size, "echo%s%s in %.1f ms", elsewhere ? " by " : "",
                 elsewhere ? p->from : "", (double)k->echo / 1000);
    else
        snprintf(buf, size, "no DATA sent");
}

/* "; 10.1.2.2 was advertised and never confirmed" */
static void describe_advertised(const struct check *k, char *buf, size_t size)
{
    char list[600], nat[CHECK_NAT_SIZE];

    list_paths(k, PATH_ADVERTISED, "", list, sizeof(list));
    *buf = '\0';
    if (*list)
        snprintf(buf, size, "; %s %s advertised and never confirmed%s", list,
                 strchr(list, ',') ? "were" : "was",
                 check_hint_advertised(k, list, nat, sizeof(nat)));
}

static void send_heartbeats(struct check *k)
{
    if (k->p->asked.mode == PING_HEARTBEAT)
        ping_beats_send(k->p);
    else
        not_working(k, true);
}

static void wait_for_paths(struct check *k)
{
    struct ping *p = k->p;
    int64_t beat = 0;

    if (p->asked.mode == PING_HEARTBEAT)
        Ping_beats_open(p);
    while (not_working(k, false) && !p->a.closed && check_time_left(k) > 0) {
        if (ping_now() >= beat) {
            send_heartbeats(k);
            beat = ping_now() + HEARTBEAT;
        }
        if (p->asked.mode == PING_HEARTBEAT)
            ping_beats_wait(p, SECOND / 50);
        else
            ping_wait(p, SECOND / 50);
        ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    }
}

int check_paths(struct check *k)
{
    struct ping *p = k->p;
    char working[600], dead[600], foreign[600];
    char advertised[1300], echo[SOCK_NTOP_SIZE + 40], nat[CHECK_NAT_SIZE];

    add_asked_for(k);
    wait_for_paths(k);
    if (p->a.closed)
        return check_tell_lost(k);
    list_paths(k, PATH_WORKS, "", working, sizeof(working));
    list_paths(k, PATH_DEAD, "; nothing came back from ", dead, sizeof(dead));
    list_paths(k, PATH_FOREIGN, "; the server does not use ", foreign, sizeof(foreign));
    describe_advertised(k, advertised, sizeof(advertised));
    check_hint_told(k, nat, sizeof(nat));
    if (not_working(k, false))
        return check_tell(
            k, EXIT_SOME_PATHS, "%s work%s%s%s%s%s%s", *working ? working : "no address",
            strchr(working, ',') ? "" : "s", dead, advertised, foreign,
            *dead || *advertised ? "; is there a route, and does a firewall there drop SCTP?" : "",
            nat);
    describe_echo(k, echo, sizeof(echo));
    return check_tell(k, EXIT_OK, "%s port %u, by %s: association in %.1f ms, %s%s%s",
                      p->asked.client.host, p->asked.client.port, working,
                      (double)k->handshake / 1000, echo,
                      k->over_udp && !k->instead ? ", over UDP" : "", nat);
}
