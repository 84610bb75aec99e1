/*
 * sctp_ping --heartbeat: one association, and at each interval a heartbeat to each address of the
 * server.  No DATA is sent: any SCTP server will do.
 */
#include "client/interrupt.h"
#include "ping.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define SECOND INT64_C(1000000)

/* ---- Output ----------------------------------------------------------------- */

static void print_json(const struct ping_path *path, bool answered)
{
    struct unp_json j;

    ping_json_begin(&j, answered ? "heartbeat" : "no_heartbeat");
    unp_json_number(&j, "seq", (int64_t)path->beat_seq);
    unp_json_string(&j, "to", path->name);
    if (answered)
        unp_json_real(&j, "ms", path->beat_us < 0 ? (double)NAN : (double)path->beat_us / 1000, 3);
    ping_json_end(&j);
}

/* A lost heartbeat is printed with -q as well. */
void ping_print_beat(struct ping *p, const struct ping_path *path, bool answered)
{
    if (p->asked.check || (p->asked.quiet && answered))
        return;
    ping_clear_live(p);
    if (p->asked.json) {
        print_json(path, answered);
        return;
    }
    ping_print_time(p);
    printf("%s %s: seq=%" PRIu64, answered ? "heartbeat to" : "no answer from", path->name,
           path->beat_seq);
    if (answered && path->beat_us >= 0)
        printf(" time=%.3f ms", (double)path->beat_us / 1000);
    putchar('\n');
}

/* ---- The run ---------------------------------------------------------------- */

static int64_t next_send(const struct ping *p)
{
    int64_t at = p->last_sent + p->asked.interval, first = ping_beats_free(p);

    if (!p->last_sent || (p->asked.flood && !ping_beats_outstanding(p)))
        at = 0;
    return at > first ? at : first;
}

static int64_t limit(const struct ping *p)
{
    int64_t end = p->asked.deadline ? p->began + p->asked.deadline : INT64_MAX;
    int64_t last = p->last_sent + (int64_t)p->asked.client.wait * SECOND;

    return (ping_beats_all_sent(p) || p->a.closing) && last < end ? last : end;
}

static bool done(const struct ping *p)
{
    return p->a.closed || unp_pending_signal ||
           (ping_beats_all_sent(p) && !ping_beats_outstanding(p)) || ping_now() >= limit(p);
}

void ping_run_heartbeats(struct ping *p)
{
    Ping_beats_open(p);
    while (!done(p)) {
        bool more = !ping_beats_all_sent(p) && !p->a.closing;
        int64_t until = limit(p), now;

        if (more && ping_now() >= next_send(p))
            ping_beats_send(p);
        ping_show(p);
        if (more && next_send(p) < until)
            until = next_send(p);
        now = ping_now();
        ping_beats_wait(p, until <= now ? 0 : until - now < SECOND ? until - now : SECOND);
    }
}
