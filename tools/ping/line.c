/* Helpers of sctp_ping's output: clock, JSON objects, and the counter on a terminal. */
#include "ping.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LIVE_US 200000 /* between two updates of the counter */

/* ---- Target ----------------------------------------------------------------- */

static const char *target;

void ping_set_target(const char *name)
{
    target = name;
}

bool ping_has_target(void)
{
    return target != NULL;
}

const char *ping_target(void)
{
    static char begin[300];

    if (target)
        snprintf(begin, sizeof(begin), "%s: ", target);
    return begin;
}

/* ---- Time ------------------------------------------------------------------ */

int64_t ping_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

const char *ping_clock(char *buf, size_t size)
{
    struct timeval now;
    struct tm tm;
    char hms[16];

    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &tm);
    strftime(hms, sizeof(hms), "%H:%M:%S", &tm);
    snprintf(buf, size, "%s.%03ld", hms, (long)now.tv_usec / 1000);
    return buf;
}

/* ---- JSON ------------------------------------------------------------------ */

void ping_json_time(struct unp_json *j)
{
    struct timeval now;

    gettimeofday(&now, NULL);
    unp_json_real(j, "time", (double)now.tv_sec + (double)now.tv_usec / 1e6, 6);
}

void ping_json_target(struct unp_json *j)
{
    if (target)
        unp_json_string(j, "target", target);
}

void ping_json_begin(struct unp_json *j, const char *event)
{
    *j = (struct unp_json){.f = stdout};
    unp_json_open(j, NULL, '{');
    unp_json_string(j, "event", event);
    ping_json_target(j);
    ping_json_time(j);
}

void ping_json_end(struct unp_json *j)
{
    unp_json_close(j, '}');
    putchar('\n');
}

void ping_json_mode(struct unp_json *j, const struct ping *p)
{
    static const char *const names[] = {[PING_ECHO] = "echo",
                                        [PING_CONNECT] = "connect",
                                        [PING_HEARTBEAT] = "heartbeat",
                                        [PING_MTU] = "mtu",
                                        [PING_WATCH] = "watch"};

    unp_json_string(j, "mode", names[p->asked.mode]);
}

void ping_json_paths(struct unp_json *j, const struct ping *p)
{
    unp_json_open(j, "paths", '[');
    for (size_t i = 0; i < p->paths.count; i++) {
        const struct ping_path *path = &p->paths.path[i];

        unp_json_open(j, NULL, '{');
        unp_json_string(j, "addr", path->name);
        unp_json_string(j, "state", ping_path_state(path));
        unp_json_bool(j, "primary", strcmp(path->name, p->paths.primary) == 0);
        if (p->asked.check)
            unp_json_bool(j, "answers", path->answers);
        unp_json_number(j, "replies", (int64_t)path->replies);
        unp_json_number(j, "srtt", path->info.spinfo_srtt);
        unp_json_number(j, "rto", path->info.spinfo_rto);
        unp_json_number(j, "cwnd", path->info.spinfo_cwnd);
        unp_json_number(j, "mtu", path->info.spinfo_mtu);
        unp_json_close(j, '}');
    }
    unp_json_close(j, ']');
}

/* ---- Words ----------------------------------------------------------------- */

const struct ping_words *ping_words(const struct ping *p)
{
    static const struct ping_words words[] = {
        [PING_ECHO] = {"sent", "received", "lost"},
        [PING_CONNECT] = {"tried", "up", "failed"},
        [PING_HEARTBEAT] = {"sent", "answered", "lost"},
    };

    return &words[p->asked.mode];
}

void ping_print_time(const struct ping *p)
{
    struct timeval now;
    char clock[24];

    printf("%s", ping_target());
    gettimeofday(&now, NULL);
    if (p->asked.unix_times)
        printf("[%lld.%06ld] ", (long long)now.tv_sec, (long)now.tv_usec);
    if (p->asked.times)
        printf("%s ", ping_clock(clock, sizeof(clock)));
}

/* ---- Counter on a terminal ------------------------------------------------- */

void ping_print_live(struct ping *p)
{
    int64_t now = ping_now();

    if (!p->asked.quiet || p->asked.json || target || now < p->live_next || !isatty(STDOUT_FILENO))
        return;
    printf("\r\033[K%" PRIu64 " %s, %" PRIu64 " %s", p->count.all.sent, ping_words(p)->sent,
           p->count.all.received, ping_words(p)->received);
    p->live = true;
    p->live_next = now + LIVE_US;
}

void ping_clear_live(struct ping *p)
{
    if (p->live)
        printf("\r\033[K");
    p->live = false;
}
