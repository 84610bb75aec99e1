/*
 * sctp_ping --watch: one association for ever, set up again whenever it is lost; prints only what
 * changes.  The stack's own heartbeats watch the paths.  No DATA is sent, unless --data asks for
 * it: any SCTP server will do.
 */
#include "watch.h"
#include "client/interrupt.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define POLL   (SECOND / 4) /* between two looks, at most */

static int64_t end_of_run(const struct ping *p)
{
    return p->asked.deadline ? p->began + p->asked.deadline : INT64_MAX;
}

static bool done(const struct watch *w)
{
    return unp_pending_signal || ping_now() >= end_of_run(w->p) ||
           (w->p->asked.count && w->changes >= w->p->asked.count);
}

static void pause_until(struct watch *w, int64_t next)
{
    int64_t now;

    while (!done(w) && (now = ping_now()) < next) {
        int64_t until = next < end_of_run(w->p) ? next : end_of_run(w->p);

        ping_wait(w->p, until - now);
    }
}

/* ---- Connecting ------------------------------------------------------------------ */

/* The stack's heartbeats come at the interval, or as the stack sets them if it does not like it. */
static void set_heartbeats(const struct ping *p)
{
    char text[80], why[600];

    snprintf(text, sizeof(text), "peer_addr_params.hbinterval=%lld",
             (long long)(p->asked.interval / 1000));
    unp_opt_set(p->a.fd, p->a.id, text, why, sizeof(why));
}

/* Tries once.  A failure is printed if the last one had another cause. */
static bool connect_once(struct watch *w)
{
    struct unp_client client = w->p->asked.client;
    struct ping *p = w->p;
    char why[600];
    int status;

    if (p->asked.deadline)
        client.setup.until = end_of_run(p) / 1000;
    ping_paths_free(&p->paths);
    status = ping_connect(p, &client, why, sizeof(why));
    if (status == EXIT_USAGE)
        err_quit(EXIT_USAGE, "%s", why);
    while (status == EXIT_OK && !p->a.ostreams && !p->a.closed && !done(w))
        ping_wait(p, SECOND);
    if (status == EXIT_OK && p->a.ostreams && !p->a.closed) {
        set_heartbeats(p);
        return true;
    }
    unp_client_assoc_close(&p->a);
    if (status == EXIT_OK)
        status = EXIT_LOST;
    if (status != w->failure && !done(w))
        watch_print(w, "no_association", NULL, "status", status, "no association: %s",
                    status == EXIT_LOST ? p->a.close_text : why);
    w->failure = status;
    return false;
}

/* ---- The association ---------------------------------------------------------------- */

/* With --data, sends a message at the interval, unless one is unacknowledged. */
static void send_due(struct watch *w)
{
    struct ping *p = w->p;

    if (p->asked.data && !w->stalled && ping_now() >= p->last_sent + p->asked.interval &&
        ping_send(p))
        w->stalled = p->last_sent;
}

static void watch_association(struct watch *w)
{
    struct ping *p = w->p;
    int64_t past;

    Watch_up(w);
    w->failure = EXIT_OK;
    while (!p->a.closed && !done(w)) {
        int64_t left = end_of_run(p) - ping_now();

        send_due(w);
        ping_wait(p, left < POLL ? (left > 0 ? left : 1) : POLL);
        if (!p->a.closed)
            Watch_look(w);
    }
    if (!p->a.closed)
        return;
    past = ping_now() - w->since;
    w->up = false;
    w->up_time += past;
    w->since = ping_now();
    w->losses++;
    watch_print(w, "lost", NULL, "ms", past / 1000, "lost after %.3f s: %s", (double)past / SECOND,
                p->a.lost && !p->a.aborted ? p->a.reason : p->a.close_text);
    unp_client_assoc_close(&p->a);
}

/* ---- The run -------------------------------------------------------------------------- */

static int status_of(const struct watch *w)
{
    if (!w->associations)
        return w->failure ? w->failure : EXIT_INCOMPLETE;
    return w->losses       ? EXIT_LOST
           : w->stalls     ? EXIT_DATA_LOST
           : w->paths_down ? EXIT_SOME_PATHS
                           : EXIT_OK;
}

int ping_run_watch(struct ping *p)
{
    struct watch w = {.p = p, .since = p->began};
    int status;

    ping_catch_signals();
    while (!done(&w)) {
        int64_t next = ping_now() + p->asked.interval;

        if (connect_once(&w))
            watch_association(&w);
        if (p->a.closed || p->a.fd < 0)
            pause_until(&w, next);
    }
    status = status_of(&w);
    watch_print_summary(&w, status);
    if (p->a.fd >= 0 && !p->a.closed)
        ping_shut_down(p, SECOND);
    free(w.path);
    return status;
}
