/*
 * sctp_ping --connect: sets associations up and shuts them down, one after the other, and sends no
 * DATA: any SCTP server will do.  The time is that of connecting, two round trips (RFC 9260,
 * section 5.1).
 */
#include "client/client.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "ping.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)

struct attempt {
    uint64_t seq;
    int64_t us; /* -1: not known */
    int status; /* exit status; EXIT_OK: the association came up */
    char address[SOCK_NTOP_SIZE];
    char why[600];
};

/* The first socket starts the userland stack, which takes time. */
static void start_stack(void)
{
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    if (fd >= 0)
        close(fd);
}

static int64_t end_of_run(const struct ping *p)
{
    return p->asked.deadline ? p->began + p->asked.deadline : INT64_MAX;
}

/* ---- Output ----------------------------------------------------------------- */

static void print_start(const struct ping *p)
{
    if (!p->asked.json && !ping_has_target())
        printf("SCTP ping %s port %u: associations without DATA\n", p->asked.client.host,
               p->asked.client.port);
}

static void print_json(const struct ping *p, const struct attempt *a)
{
    struct unp_json j;

    ping_json_begin(&j, a->status ? "no_association" : "association");
    unp_json_number(&j, "seq", (int64_t)a->seq);
    if (a->status) {
        unp_json_number(&j, "status", a->status);
        unp_json_string(&j, "text", a->why);
    } else {
        unp_json_string(&j, "to", a->address);
        unp_json_number(&j, "outbound_streams", p->a.ostreams);
        unp_json_number(&j, "inbound_streams", p->a.istreams);
        unp_json_real(&j, "ms", a->us < 0 ? (double)NAN : (double)a->us / 1000, 3);
    }
    ping_json_end(&j);
}

/* A failure is printed with -q as well. */
static void print_attempt(struct ping *p, const struct attempt *a)
{
    if (p->asked.quiet && !a->status)
        return;
    ping_clear_live(p);
    if (p->asked.json) {
        print_json(p, a);
        return;
    }
    ping_print_time(p);
    if (a->status) {
        printf("no association: seq=%" PRIu64 " %s\n", a->seq, a->why);
        return;
    }
    printf("association with %s: streams=%u/%u seq=%" PRIu64, a->address, p->a.ostreams,
           p->a.istreams, a->seq);
    if (a->us >= 0)
        printf(" time=%.3f ms", (double)a->us / 1000);
    putchar('\n');
}

/* ---- Attempts ---------------------------------------------------------------- */

/* Connects to the first address that answers. */
static void dial(struct ping *p, const struct unp_addrs *found, struct attempt *a)
{
    struct unp_client client = p->asked.client;
    int64_t stopped = p->stopped;

    client.host = a->address;
    if (p->asked.deadline)
        client.setup.until = end_of_run(p) / 1000;
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(found, sa)) && !unp_pending_signal;) {
        sock_ntop_host(sa, a->address, sizeof(a->address));
        p->last_sent = ping_now();
        a->status = ping_connect(p, &client, a->why, sizeof(a->why));
        a->us = p->stopped == stopped ? ping_now() - p->last_sent : -1;
        if (a->status == EXIT_OK)
            break;
    }
    while (a->status == EXIT_OK && !p->a.ostreams && !p->a.closed && !unp_pending_signal)
        ping_wait(p, SECOND);
}

static void count(struct ping *p, const struct attempt *a)
{
    uint16_t stream;
    int64_t us;

    ping_count_sent(&p->count, 0, p->last_sent);
    if (a->us < 0)
        ping_count_stopped(&p->count);
    if (a->status == EXIT_OK)
        ping_count_reply(&p->count, a->seq, p->last_sent + a->us, &stream, &us);
}

/* Waiting for the end of the association clears the pending signal. */
static void shut_down(struct ping *p)
{
    int before = unp_pending_signal;

    if (p->a.fd >= 0)
        ping_shut_down(p, SECOND);
    unp_client_assoc_close(&p->a);
    if (before)
        unp_pending_signal = before;
}

/* Returns the exit status of the attempt. */
static int attempt(struct ping *p, const struct unp_addrs *found)
{
    struct attempt a = {.seq = p->count.all.sent, .status = EXIT_INCOMPLETE};

    p->leaving = false;
    dial(p, found, &a);
    if (a.status && unp_pending_signal) /* interrupted: does not count */
        return EXIT_OK;
    if (a.status == EXIT_USAGE)
        err_quit(EXIT_USAGE, "%s", a.why);
    count(p, &a);
    print_attempt(p, &a);
    shut_down(p);
    return a.status;
}

static bool done(const struct ping *p)
{
    return unp_pending_signal || ping_all_sent(p) || ping_now() >= end_of_run(p);
}

/* Waits for the time of the next attempt. */
static void pause_between(struct ping *p)
{
    int64_t next = p->last_sent + (p->asked.flood ? 0 : p->asked.interval), now;

    ping_show(p);
    while (!done(p) && (now = ping_now()) < next) {
        int64_t until = next < end_of_run(p) ? next : end_of_run(p);

        ping_wait(p, until - now);
        ping_show(p);
    }
}

static void Resolve_host(const struct ping *p, struct unp_addrs *found)
{
    const struct unp_client *client = &p->asked.client;
    int rc = ping_resolve(found, client->host, client->port, ping_time_left(p));
    char why[600];

    if (rc) {
        int status = unp_addrs_why(rc, "host", client->host, why, sizeof(why));

        err_quit(status, "%s", why);
    }
}

int ping_run_connect(struct ping *p)
{
    struct unp_addrs found = {0};
    int status = EXIT_OK, failed = EXIT_OK;

    Resolve_host(p, &found);
    start_stack();
    print_start(p);
    ping_catch_signals();
    ping_start_summaries(p);
    while (!done(p)) {
        status = attempt(p, &found);
        failed = status ? status : failed;
        pause_between(p);
    }
    unp_addrs_free(&found);
    ping_print_summary(p);
    Unp_flush_stdout("write the summary");
    if (!p->count.all.received)
        return failed ? failed : EXIT_INCOMPLETE;
    return p->count.all.received == p->count.all.sent ? EXIT_OK : EXIT_INCOMPLETE;
}
