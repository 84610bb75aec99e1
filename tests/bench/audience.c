/*
 * audience - one speaker and many listeners in a chat room, over several protocols
 *
 *   audience reach|deliver|stopped chat|lines|irc|mqtt|nats PORT LISTENERS LINES
 *
 * The speaker says LINES lines in the room at PORT of this host:
 *
 *   reach    50 bytes, one at a time: how long does a line take to reach all listeners?
 *   deliver  16 bytes, as fast as the server takes them: how many are delivered in a second?
 *   stopped  400 bytes, one every 10 ms, while a tenth of the listeners never read: how long do the
 *            others wait for a line, and does the server disconnect those that are stopped?
 *
 * Prints the answers, and how many lines were heard and how many listeners were disconnected.  It
 * gives up when nothing was heard for PATIENCE_S.
 */
#include "../tools/clock.h"
#include "audience/member.h"
#include "audience/peers.h"
#include "cmdline/cmdline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum { PATIENCE_S = 15, AT_A_TIME = 50, INTERVAL_MS = 10, LOOK_MS = 500 };

static struct member *listeners;
static struct member speaker;
static struct speech speech = {.from = &speaker};
static int n, stopped, lines;
static int ep;       /* all that read */
static int arrivals; /* edge-triggered, the listeners: those with news */
static double now;   /* when the last epoll_wait() returned */
static double began, last_heard;
static double *waits, *said_at; /* s; of each line that was heard, and when each was to be said */
static size_t heard_in_all;
static int stopped_gone; /* stopped listeners that the server has disconnected */
static double last_gone; /* s: when it had disconnected the last of them */

static void heard(struct member *m, int number)
{
    if (m == &speaker) /* sctp_chat_srv may send it its own lines */
        return;
    if (said_at)
        waits[heard_in_all] = now - said_at[number];
    heard_in_all++;
    last_heard = now;
}

static void watch(int set, uint32_t events, struct member *m, int how)
{
    struct epoll_event e = {.events = events, .data.ptr = m};

    if (epoll_ctl(set, how, m->fd, &e) < 0)
        err_sys("epoll_ctl");
}

/* Waits at most `ms` for something to read, and reads; returns how many members had something. */
static int listen_to_all(int ms)
{
    struct epoll_event events[64];
    int k = epoll_wait(ep, events, 64, ms);

    now = seconds_now();
    for (int i = 0; i < k; i++) {
        struct member *m = events[i].data.ptr;

        if (events[i].events & ~(uint32_t)EPOLLOUT)
            receive(m, heard);
        if (m->gone && m == &speaker)
            err_quit(EXIT_LOST, "the speaker was disconnected");
        if (m->gone)
            watch(ep, 0, m, EPOLL_CTL_DEL);
    }
    return k;
}

static bool patient(void)
{
    return now - (last_heard > began ? last_heard : began) < PATIENCE_S;
}

static void wait_until_heard(size_t count)
{
    while (heard_in_all < count && patient())
        listen_to_all(1000);
}

/* ---- Joining -------------------------------------------------------------- */

static void wait_until_here(const struct member *m)
{
    for (began = now = seconds_now(); !m->here && patient();)
        listen_to_all(1000);
    if (!m->here)
        err_quit(EXIT_INCOMPLETE, "a member cannot join");
}

static void all_join(const struct protocol *protocol, uint16_t port, int quiet_ms)
{
    const rlim_t most = 5 * (rlim_t)n + 1000; /* several to each on the userland stack */
    const struct rlimit files = {.rlim_cur = most, .rlim_max = most};

    setrlimit(RLIMIT_NOFILE, &files);
    Join(&speaker, protocol, port, 0, true);
    watch(ep, EPOLLIN, &speaker, EPOLL_CTL_ADD);
    for (int i = 0; i < n; i++) {
        struct member *m = &listeners[i];

        Join(m, protocol, port, i + 1, false);
        if (i >= n - stopped)
            continue;
        watch(ep, EPOLLIN, m, EPOLL_CTL_ADD);
        watch(arrivals, EPOLLIN | EPOLLET, m, EPOLL_CTL_ADD);
        if (i % AT_A_TIME == 0) /* so that the server's queue of connections is not exceeded */
            wait_until_here(m);
    }
    wait_until_here(&speaker);
    for (int i = 0; i < n - stopped; i++)
        wait_until_here(&listeners[i]);
    while (listen_to_all(quiet_ms) > 0) /* what the server says of those that joined */
        ;
}

/* ---- reach ---------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* The value that a part of them does not exceed, in ms. */
static double quantile(double *values, size_t count, double part)
{
    if (!count)
        return 0;
    qsort(values, count, sizeof(*values), compare);
    return 1e3 * values[(size_t)(part * (double)(count - 1))];
}

/* Waits until all listeners have something to read.  They read it afterwards, so that the time that
 * this process needs to read is not measured. */
static void wait_until_there(int turn)
{
    static struct epoll_event events[1024];

    for (int there = 0; there < n;) {
        int k = epoll_wait(arrivals, events, 1024, PATIENCE_S * 1000);

        if (k <= 0)
            return;
        for (int i = 0; i < k; i++) {
            struct member *m = events[i].data.ptr;

            there += m->turn != turn;
            m->turn = turn;
        }
    }
}

static void reach(void)
{
    struct epoll_event old[64];
    double *took = calloc((size_t)lines, sizeof(*took));

    if (!took)
        err_sys("calloc");
    for (int i = 0; i < lines; i++) {
        while (epoll_wait(arrivals, old, 64, 0) > 0)
            ;
        began = seconds_now();
        if (!Speak(&speech, i + 1))
            err_quit(EXIT_LOST, "the server takes no line");
        wait_until_there(i + 1);
        took[i] = seconds_now() - began;
        wait_until_heard((size_t)(i + 1) * (size_t)n);
    }
    printf("all have it after %.3f ms\n", quantile(took, (size_t)lines, 0.5));
    free(took);
}

/* ---- deliver -------------------------------------------------------------- */

static void deliver(void)
{
    const size_t all = (size_t)lines * (size_t)n;

    watch(ep, EPOLLIN | EPOLLOUT, &speaker, EPOLL_CTL_MOD);
    for (began = now = seconds_now(); !Speak(&speech, lines) && patient();)
        listen_to_all(1000);
    watch(ep, EPOLLIN, &speaker, EPOLL_CTL_MOD);
    wait_until_heard(all);
    printf("%.0f deliveries a second\n", (double)heard_in_all / (last_heard - began));
}

/* ---- stopped -------------------------------------------------------------- */

/* Counts the stopped listeners that the server has disconnected: they do not read, so the kernel is
 * asked how many connections the server still has. */
static void look_at_stopped(uint16_t port)
{
    static double looked;
    int others = 1, left;

    if (now - looked < LOOK_MS / 1e3)
        return;
    looked = now;
    for (int i = 0; i < n - stopped; i++)
        others += !listeners[i].gone;
    left = established(speaker.protocol->sctp, port) - others;
    if (left >= 0 && left < stopped - stopped_gone) {
        stopped_gone = stopped - left;
        last_gone = now - began;
    }
}

static void talk_beside_stopped(uint16_t port)
{
    const size_t all = (size_t)lines * (size_t)(n - stopped);
    int due = 0;

    waits = calloc(all, sizeof(*waits));
    said_at = calloc((size_t)lines, sizeof(*said_at));
    if (!waits || !said_at)
        err_sys("calloc");
    for (began = now = seconds_now(); heard_in_all < all && patient();) {
        for (; due < lines && now - began >= due * INTERVAL_MS / 1e3; due++)
            said_at[due] = now;
        watch(ep, Speak(&speech, due) ? EPOLLIN : EPOLLIN | EPOLLOUT, &speaker, EPOLL_CTL_MOD);
        look_at_stopped(port);
        listen_to_all(INTERVAL_MS);
    }
    printf("99%% of the lines are heard within %.3f ms\n", quantile(waits, heard_in_all, 0.99));
    if (stopped_gone)
        printf("%d of %d stopped members disconnected, the last after %.0f s\n", stopped_gone,
               stopped, last_gone);
    else
        printf("%d stopped members not disconnected in %.0f s\n", stopped, now - began);
}

/* ---- All ------------------------------------------------------------------ */

static void report(void)
{
    size_t all = (size_t)lines * (size_t)(n - stopped);
    int gone = 0;

    for (int i = 0; i < n - stopped; i++)
        gone += listeners[i].gone;
    printf("%zu of %zu lines lost, %d of %d others disconnected\n", all - heard_in_all, all, gone,
           n - stopped);
}

int main(int argc, char **argv)
{
    const char *what = argc == 6 ? argv[1] : "";
    const struct protocol *protocol = argc == 6 ? protocol_named(argv[2]) : NULL;
    bool reaches = strcmp(what, "reach") == 0, delivers = strcmp(what, "deliver") == 0;
    uint16_t port;

    if (!protocol || !(reaches || delivers || strcmp(what, "stopped") == 0))
        err_quit(EXIT_USAGE, "usage: audience reach|deliver|stopped chat|lines|irc|mqtt|nats PORT "
                             "LISTENERS LINES");
    port = (uint16_t)Unp_parse_number("PORT", argv[3], 1, 65535);
    n = (int)Unp_parse_number("LISTENERS", argv[4], 1, 10000);
    lines = (int)Unp_parse_number("LINES", argv[5], 1, 1000000);
    stopped = reaches || delivers ? 0 : n / 10;
    speech.size = reaches ? 50 : delivers ? 16 : MOST_LINE;
    listeners = calloc((size_t)n, sizeof(*listeners));
    ep = epoll_create1(0);
    arrivals = epoll_create1(0);
    if (!listeners || ep < 0 || arrivals < 0)
        err_sys("start");
    all_join(protocol, port, reaches ? 700 : 100); /* reach() would also count announcements */
    if (reaches)
        reach();
    else if (delivers)
        deliver();
    else
        talk_beside_stopped(port);
    report();
    return EXIT_OK;
}
