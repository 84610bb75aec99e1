/*
 * Heartbeats on demand, and their answers.
 *
 * No notification tells that a heartbeat was answered, but an answer measures the round-trip time,
 * and so sets the RTO of the path, which is not less than the association's minimum.  Each round
 * has another minimum, so the RTO of a path takes this value when the answer arrives.  Without an
 * answer, the RTO stays or doubles.  The RTO is polled, so the clock is ours, and not that of the
 * stack, which counts in ticks or milliseconds.  A measured RTO may happen to be the double; then
 * the smoothed round-trip time has changed.
 *
 * An answer does not say which heartbeat it is for, and the stack sends some itself.  If the answer
 * to one of those counts for ours, the answer to ours would count for our next one, and so on.  So
 * after an answered heartbeat, no other is sent to the address until twice its longest time, or
 * the stack's smoothed round-trip time if that is longer, has passed since the sending, by when a
 * second answer has arrived.
 */
#include "option/option.h"
#include "ping.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP  20  /* ms between the minimum RTOs of two rounds; a clock tick is 10 ms at most */
#define LEAST 100 /* us between two polls … */
#define SHARE 64  /* … or this part of the time that has passed */
#define IN_MS 1000

void ping_demand_heartbeat(const struct ping *p, const struct ping_path *path)
{
    char text[200], why[600];

    snprintf(text, sizeof(text), "peer_addr_params.flags=hb_demand@%s", path->name);
    unp_opt_set(p->a.fd, p->a.id, text, why, sizeof(why));
}

/* The path, if heartbeats to it are counted: the server may have added an address. */
static struct ping_path *path_at(const struct ping *p, size_t i)
{
    return i < p->count.stream_count && p->paths.path[i].known ? &p->paths.path[i] : NULL;
}

void Ping_beats_open(struct ping *p)
{
    char why[600];
    socklen_t len = sizeof(p->rto);

    ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    p->rto.srto_assoc_id = p->a.id;
    if (getsockopt(p->a.fd, IPPROTO_SCTP, SCTP_RTOINFO, &p->rto, &len) < 0)
        memset(&p->rto, 0, sizeof(p->rto));
    /* The stack's own heartbeats would be taken for ours. */
    unp_opt_set(p->a.fd, p->a.id, "peer_addr_params.flags=hb_disable", why, sizeof(why));
    ping_count_free(&p->count);
    if (ping_count_init(&p->count, (unsigned)(p->paths.count ? p->paths.count : 1)) < 0)
        err_sys("count the heartbeats");
}

size_t ping_beats_outstanding(const struct ping *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->paths.count; i++)
        n += p->paths.path[i].beat_sent != 0;
    return n;
}

/* ---- Sending --------------------------------------------------------------- */

/* Before the first measurement, the userland stack reports 0. */
static uint32_t rto_of(const struct ping *p, const struct ping_path *path)
{
    return path->info.spinfo_rto ? path->info.spinfo_rto : p->rto.srto_initial;
}

static bool is_near(uint32_t a, uint32_t b)
{
    return a < b + STEP && b < a + STEP;
}

/* A path's RTO must not have the value already, nor get it by doubling. */
static bool is_taken(const struct ping *p, uint32_t rto)
{
    for (size_t i = 0; i < p->paths.count; i++) {
        uint32_t now = rto_of(p, &p->paths.path[i]);

        if (is_near(rto, now) || is_near(rto, 2 * now))
            return true;
    }
    return false;
}

/* Number of different rounds.  is_taken() excludes four values for each path at most. */
static unsigned rounds(const struct ping *p)
{
    return 8 + 4 * (unsigned)p->paths.count;
}

/* Minimum RTO of a round: above the RTO that a path would have without it, if its times are like
 * the longest so far. */
static uint32_t least_rto(const struct ping *p, unsigned round)
{
    int64_t longest = 3 * p->count.all.max / IN_MS;

    return (longest > p->rto.srto_min ? (uint32_t)longest : p->rto.srto_min) + STEP * (1 + round);
}

/* Doubling ends at the maximum RTO, so the maximum must be above the minimum of every round.  The
 * userland stack refuses an initial RTO below the minimum. */
static void begin_round(struct ping *p)
{
    uint32_t most = least_rto(p, rounds(p) + 1);
    struct sctp_rtoinfo rto = p->rto;

    do
        p->beat_round = (p->beat_round + 1) % rounds(p);
    while (is_taken(p, least_rto(p, p->beat_round)));
    rto.srto_min = p->beat_min = least_rto(p, p->beat_round);
    rto.srto_max = p->beat_max = rto.srto_max > most ? rto.srto_max : most;
    if (rto.srto_initial < rto.srto_min)
        rto.srto_initial = rto.srto_min;
    setsockopt(p->a.fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof(rto));
}

static void send_beat(struct ping *p, struct ping_path *path, size_t i)
{
    path->beat_rto = rto_of(p, path);
    path->beat_srtt = path->info.spinfo_srtt;
    path->beat_id = p->count.all.sent;
    path->beat_seq = p->count.streams[i].sent;
    path->beat_sent = p->last_sent = ping_now();
    ping_count_sent(&p->count, (uint16_t)i, path->beat_sent);
    ping_demand_heartbeat(p, path);
}

/* ---- Answers ---------------------------------------------------------------- */

/* A measured RTO above the minimum changes as well, and a time-out doubles the RTO, up to its
 * maximum. */
static bool is_answered(const struct ping *p, const struct ping_path *path)
{
    uint32_t rto = rto_of(p, path), doubled = 2 * path->beat_rto;

    return is_near(rto, p->beat_min) || path->info.spinfo_srtt != path->beat_srtt ||
           (rto != path->beat_rto && !is_near(rto, doubled < p->beat_max ? doubled : p->beat_max));
}

/* The clock is read last: a pause of the machine must not make a time too short. */
static bool ask(const struct ping *p, struct ping_path *path, int64_t *now)
{
    bool answered =
        unp_get_path(p->a.fd, p->a.id, (struct sockaddr *)&path->addr, &path->info) == 0 &&
        is_answered(p, path);

    *now = ping_now();
    return answered;
}

/* us.  If the first answer is to a heartbeat of the stack's, our time is too short. */
static int64_t longest_time(const struct ping *p, const struct ping_path *path, size_t i)
{
    int64_t srtt = (int64_t)path->info.spinfo_srtt * IN_MS, longest = p->count.streams[i].max;

    return srtt > longest ? srtt : longest;
}

static void take_answers(struct ping *p)
{
    uint16_t stream;
    int64_t now;

    for (size_t i = 0; i < p->paths.count; i++) {
        struct ping_path *path = path_at(p, i);

        if (!path || !path->beat_sent || !ask(p, path, &now))
            continue;
        path->answers = true;
        path->replies++;
        ping_count_reply(&p->count, path->beat_id, now, &stream, &path->beat_us);
        path->beat_free = path->beat_sent + 2 * longest_time(p, path, i);
        path->beat_sent = 0;
        ping_print_beat(p, path, true);
    }
}

/* The RTO of a path that does not answer grows to a minute, so the wait is limited to the initial
 * RTO. */
static bool is_lost(const struct ping *p, const struct ping_path *path)
{
    uint32_t rto = path->beat_rto < p->rto.srto_initial ? path->beat_rto : p->rto.srto_initial;
    int64_t since = path->beat_sent > p->continued ? path->beat_sent : p->continued;

    return ping_now() - since >= (int64_t)(rto > p->beat_min ? rto : p->beat_min) * IN_MS;
}

static void expire(struct ping *p)
{
    for (size_t i = 0; i < p->paths.count; i++) {
        struct ping_path *path = &p->paths.path[i];

        if (!path->beat_sent || !is_lost(p, path))
            continue;
        ping_print_beat(p, path, false);
        path->beat_sent = 0;
    }
}

/* ---- Rounds ----------------------------------------------------------------- */

/* Time until the next poll: the youngest heartbeat has the shortest. */
static int64_t poll_time(const struct ping *p, int64_t us)
{
    int64_t now = ping_now();

    for (size_t i = 0; i < p->paths.count; i++) {
        int64_t sent = p->paths.path[i].beat_sent;
        int64_t wait = (now - sent) / SHARE > LEAST ? (now - sent) / SHARE : LEAST;

        if (sent && wait < us)
            us = wait;
    }
    return us;
}

void ping_beats_wait(struct ping *p, int64_t us)
{
    us = poll_time(p, us);
    if (us < IN_MS && us > 0)
        nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
    ping_wait(p, us < IN_MS ? 0 : us);
    if (!p->a.closed)
        take_answers(p);
    expire(p);
}

static bool wants_one(const struct ping *p, size_t i)
{
    return path_at(p, i) && !p->paths.path[i].beat_sent &&
           !(p->asked.count && p->count.streams[i].sent >= p->asked.count);
}

int64_t ping_beats_free(const struct ping *p)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < p->paths.count; i++)
        if (wants_one(p, i) && p->paths.path[i].beat_free < first)
            first = p->paths.path[i].beat_free;
    return first == INT64_MAX ? 0 : first;
}

void ping_beats_send(struct ping *p)
{
    take_answers(p); /* before another minimum applies */
    ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    begin_round(p);
    for (size_t i = 0; i < p->paths.count; i++)
        if (wants_one(p, i) && p->paths.path[i].beat_free <= ping_now())
            send_beat(p, path_at(p, i), i);
}

bool ping_beats_all_sent(const struct ping *p)
{
    for (size_t i = 0; i < p->paths.count && p->asked.count; i++)
        if (path_at(p, i) && p->count.streams[i].sent < p->asked.count)
            return false;
    return p->asked.count != 0;
}
