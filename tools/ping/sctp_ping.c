/*
 * sctp_ping - measures round-trip times over SCTP, and diagnoses why SCTP does not work
 *
 *   sctp_ping [options] host       messages to an echo server, and the round-trip time of each
 *   sctp_ping --connect host       associations without a message, and the time of each set-up
 *   sctp_ping --heartbeat host     heartbeats to each address of the server, and the time of each
 *   sctp_ping --watch host         one association for ever, and what changes
 *   sctp_ping --check host         one line, and an exit status for each cause
 *   sctp_ping --mtu host           the same about the size of messages
 *
 * Worth noticing: SCTP retransmits lost packets, so packet loss shows as long round-trip times,
 * gaps between replies and path events.  A message is lost only if the echo server does not answer,
 * or if the association ends before the reply.
 */
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "ping.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND  1000000
#define DEAF_MS 1500 /* time after SIGINT in which signals are ignored, to print the summary */

static volatile sig_atomic_t asked_interim;

static void on_quit(int signo)
{
    (void)signo;
    asked_interim = 1;
}

/* SIGQUIT is delivered only while unp_poll() waits. */
void ping_catch_signals(void)
{
    const struct sigaction act = {.sa_handler = on_quit};
    sigset_t quit;

    unp_catch_signals_with_grace(DEAF_MS);
    sigemptyset(&quit);
    sigaddset(&quit, SIGQUIT);
    sigprocmask(SIG_BLOCK, &quit, NULL);
    sigaction(SIGQUIT, &act, NULL);
}

void ping_start_summaries(const struct ping *p)
{
    int64_t us = p->asked.summaries;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGQUIT};
    const struct timespec every = {us / SECOND, us % SECOND * 1000};
    const struct itimerspec timing = {.it_interval = every, .it_value = every};
    timer_t timer;

    if (us && (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
               timer_settime(timer, 0, &timing, NULL) < 0))
        err_sys("-Q");
}

bool ping_all_sent(const struct ping *p)
{
    return p->asked.count && p->count.all.sent >= p->asked.count;
}

static int64_t next_send(const struct ping *p)
{
    if (!p->last_sent || (p->asked.flood && p->credit) || p->count.all.sent < p->asked.preload)
        return 0;
    return p->last_sent + p->asked.interval;
}

/* Sends the messages that are due, unless the send buffer is full. */
static void send_due(struct ping *p)
{
    while (!ping_all_sent(p) && ping_now() >= next_send(p) && ping_send(p))
        if (p->credit)
            p->credit--;
}

/* End of the run: the deadline or, once no more can be sent, -W after the last message. */
static int64_t limit(const struct ping *p)
{
    int64_t end = p->asked.deadline ? p->began + p->asked.deadline : INT64_MAX;
    int64_t since = p->last_sent > p->continued ? p->last_sent : p->continued;
    int64_t last_reply = since + (int64_t)p->asked.client.wait * SECOND;

    if ((ping_all_sent(p) || p->a.closing) && last_reply < end)
        end = last_reply;
    return end;
}

static bool done(const struct ping *p)
{
    return p->a.closed || p->a.error || unp_pending_signal ||
           (ping_all_sent(p) && ping_outstanding(p) == 0) || ping_now() >= limit(p);
}

void ping_show(struct ping *p)
{
    if (asked_interim) {
        asked_interim = 0;
        ping_print_interim(p);
    }
    ping_print_live(p);
    Unp_flush_stdout("write the replies");
}

static void exchange(struct ping *p)
{
    while (!done(p)) {
        int64_t until = limit(p), now;

        send_due(p);
        ping_show(p);
        now = ping_now();
        if (p->live && p->live_next < until)
            until = p->live_next;
        if (!ping_all_sent(p) && !p->a.full && !p->a.closing && next_send(p) < until)
            until = next_send(p);
        ping_wait(p, until == INT64_MAX ? SECOND : until - now);
    }
}

/* Waits for outstanding replies after an interrupt: twice the longest round-trip time and 250 ms,
 * at most one second. */
static void wait_for_last(struct ping *p)
{
    int64_t grace = 2 * p->count.all.max + SECOND / 4;
    int64_t end = ping_now() + (grace < SECOND ? grace : SECOND);

    if (!p->count.all.received && !p->continued)
        return;
    while (!p->a.closed && ping_outstanding(p) && ping_now() < end) {
        int before = unp_pending_signal;

        unp_pending_signal = 0; /* or ping_wait() would return at once */
        ping_wait(p, end - ping_now());
        unp_pending_signal = unp_pending_signal ? unp_pending_signal : before;
    }
}

static int verdict(const struct ping *p)
{
    char why[200];

    if (p->a.error) {
        err_msg("%s", unp_send_why(p->a.error, p->asked.size, why, sizeof(why)));
        return EXIT_SYSTEM;
    }
    if (p->a.closed) {
        if (!p->a.aborted) /* else the event has told the server's reason */
            err_msg(
                "the association ended too early: %s; was the server stopped, or the network cut?",
                p->a.close_text);
        return EXIT_LOST;
    }
    return p->count.all.sent && ping_outstanding(p) == 0 ? EXIT_OK : EXIT_INCOMPLETE;
}

static int run(struct ping *p)
{
    char why[600];
    struct unp_client client = p->asked.client;
    int status;

    if (p->asked.deadline)
        client.setup.until = (p->began + p->asked.deadline) / 1000;
    status = ping_connect(p, &client, why, sizeof(why));
    if (status)
        err_quit(status, "%s", why);
    ping_catch_signals();
    ping_start_summaries(p);
    while (!p->a.ostreams && !p->a.closed && !unp_pending_signal)
        ping_wait(p, SECOND);
    if (p->asked.mode == PING_HEARTBEAT)
        ping_run_heartbeats(p);
    else
        exchange(p);
    if (!p->a.closed && p->asked.mode == PING_ECHO)
        wait_for_last(p);
    ping_print_summary(p);
    status = verdict(p);
    Unp_flush_stdout("write the summary");
    ping_shut_down(p, SECOND);
    Unp_flush_stdout("write the summary");
    return status;
}

static void Resolve_options(struct ping *p)
{
    char why[600];
    int status = ping_resolve_options(&p->asked, ping_time_left(p), why, sizeof(why));

    if (status)
        err_quit(status, "%s", why);
}

static int ping(struct ping_options *asked)
{
    struct ping p = {.asked = *asked};
    int status;

    Ping_init(&p);
    if (!p.asked.check)
        Resolve_options(&p);
    status = p.asked.check                  ? ping_check(&p)
             : p.asked.mode == PING_CONNECT ? ping_run_connect(&p)
             : p.asked.mode == PING_WATCH   ? ping_run_watch(&p)
                                            : run(&p);
    asked->client = p.asked.client; /* with the addresses */
    ping_free(&p);
    return status;
}

int main(int argc, char **argv)
{
    struct ping_options asked;
    int status;

    Unp_open_standard_files();
    get_ping_options(&asked, argc, argv);
    status = asked.target_count > 1 ? ping_run_targets(&asked, ping) : ping(&asked);
    unp_client_free(&asked.client);
    free(asked.addresses);
    unp_opt_list_free(&asked.options);
    ping_free_targets(&asked);
    return status;
}
