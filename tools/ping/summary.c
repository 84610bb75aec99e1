/* Statistics of sctp_ping: as text, in the manner of ping(8), and as JSON. */
#include "ping.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double ms(int64_t us)
{
    return (double)us / 1000;
}

static int64_t mean(const struct ping_tally *t)
{
    return t->timed ? t->sum / (int64_t)t->timed : 0;
}

static uint64_t lost(const struct ping_tally *t)
{
    return t->sent - t->received;
}

/* ---- JSON ------------------------------------------------------------------ */

static void json_counts(struct unp_json *j, const struct ping_tally *t)
{
    unp_json_number(j, "sent", (int64_t)t->sent);
    unp_json_number(j, "received", (int64_t)t->received);
    unp_json_number(j, "lost", (int64_t)lost(t));
    unp_json_number(j, "duplicates", (int64_t)t->duplicates);
}

/* Prints null if no reply was timed. */
static void json_time(struct unp_json *j, const char *name, const struct ping_tally *t, int64_t us)
{
    unp_json_real(j, name, t->timed ? ms(us) : (double)NAN, 3);
}

static void json_times(struct unp_json *j, const struct ping_tally *t)
{
    json_time(j, "min", t, t->min);
    json_time(j, "avg", t, mean(t));
    json_time(j, "max", t, t->max);
}

static void json_summary(const struct ping *p, bool final)
{
    const struct ping_count *c = &p->count;
    struct unp_json j;

    ping_json_begin(&j, "summary");
    ping_json_mode(&j, p);
    unp_json_string(&j, "host", p->asked.client.host);
    unp_json_number(&j, "port", p->asked.client.port);
    unp_json_bool(&j, "final", final);
    json_counts(&j, &c->all);
    unp_json_number(&j, "strange", (int64_t)c->unexpected);
    unp_json_real(&j, "seconds", (double)(ping_now() - p->began) / 1e6, 3);
    unp_json_real(&j, "longest_gap", ms(p->longest), 3);
    unp_json_open(&j, "ms", '{');
    json_times(&j, &c->all);
    json_time(&j, "p50", &c->all, ping_percentile(c, 50));
    json_time(&j, "p99", &c->all, ping_percentile(c, 99));
    json_time(&j, "mdev", &c->all, (int64_t)ping_mdev(&c->all));
    json_time(&j, "jitter", &c->all, (int64_t)ping_jitter(&c->all));
    unp_json_close(&j, '}');
    unp_json_open(&j, p->asked.mode == PING_HEARTBEAT ? "heartbeats" : "streams", '[');
    for (unsigned i = 0; i < c->stream_count; i++) {
        unp_json_open(&j, NULL, '{');
        if (p->asked.mode == PING_HEARTBEAT)
            unp_json_string(&j, "to", i < p->paths.count ? p->paths.path[i].name : "");
        else
            unp_json_number(&j, "stream", i);
        json_counts(&j, &c->streams[i]);
        unp_json_open(&j, "ms", '{');
        json_times(&j, &c->streams[i]);
        unp_json_close(&j, '}');
        unp_json_close(&j, '}');
    }
    unp_json_close(&j, ']');
    ping_json_paths(&j, p);
    ping_json_end(&j);
}

/* ---- Text ------------------------------------------------------------------- */

static void print_counts(const struct ping *p, const struct ping_tally *t, const char *missing)
{
    const struct ping_words *words = ping_words(p);

    printf("%" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64 " %s", t->sent, words->sent, t->received,
           words->received, lost(t), missing);
    if (t->sent)
        printf(" (%.4g %%)", 100.0 * (double)lost(t) / (double)t->sent);
    if (p->asked.mode == PING_ECHO)
        printf(", %" PRIu64 " duplicate%s", t->duplicates, t->duplicates == 1 ? "" : "s");
}

static void print_times(const struct ping_count *c)
{
    if (c->all.timed)
        printf("min/avg/p50/p99/max = %.3f/%.3f/%.3f/%.3f/%.3f ms", ms(c->all.min),
               ms(mean(&c->all)), ms(ping_percentile(c, 50)), ms(ping_percentile(c, 99)),
               ms(c->all.max));
    else
        printf(c->all.received ? "no reply was timed" : "no reply");
}

static void print_deviation(const struct ping_count *c, const char *before)
{
    if (c->all.timed > 1)
        printf("%smdev/jitter = %.3f/%.3f ms", before, ping_mdev(&c->all) / 1000,
               ping_jitter(&c->all) / 1000);
}

static void print_streams(const struct ping *p)
{
    const struct ping_count *c = &p->count;

    for (unsigned i = 0; i < c->stream_count; i++) {
        const struct ping_tally *t = &c->streams[i];

        if (p->asked.mode == PING_HEARTBEAT)
            printf("heartbeats to %s: ", p->paths.path[i].name);
        else
            printf("stream %u: ", i);
        print_counts(p, t, ping_words(p)->lost);
        if (t->timed)
            printf(", min/avg/max = %.3f/%.3f/%.3f ms", ms(t->min), ms(mean(t)), ms(t->max));
        putchar('\n');
    }
}

/* Linux reports the smoothed round-trip time in clock ticks of 1 to 10 ms. */
static void print_paths(const struct ping_paths *p, bool ticks)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct ping_path *path = &p->path[i];

        printf("path %s: %s%s, %" PRIu64 " %s", path->name, ping_path_state(path),
               strcmp(path->name, p->primary) == 0 ? ", primary" : "", path->replies,
               path->replies == 1 ? "reply" : "replies");
        if (path->known)
            printf(", srtt %u %s, rto %u ms, cwnd %u bytes", path->info.spinfo_srtt,
                   ticks ? "ticks" : "ms", path->info.spinfo_rto, path->info.spinfo_cwnd);
        putchar('\n');
    }
}

/* The summary of one of several targets. */
static void print_line(const struct ping *p)
{
    printf("%s", ping_target());
    print_counts(p, &p->count.all, ping_words(p)->lost);
    printf(", ");
    print_times(&p->count);
    print_deviation(&p->count, ", ");
    putchar('\n');
}

void ping_print_interim(struct ping *p)
{
    ping_clear_live(p);
    if (!p->a.closed)
        ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    if (p->asked.json) {
        json_summary(p, false);
        return;
    }
    printf("%s", ping_target());
    print_counts(p, &p->count.all, "outstanding");
    printf(", ");
    print_times(&p->count);
    putchar('\n');
}

void ping_print_summary(struct ping *p)
{
    ping_clear_live(p);
    if (!p->a.closed)
        ping_paths_ask(&p->paths, p->a.fd, p->a.id);
    if (p->asked.json) {
        json_summary(p, true);
        return;
    }
    if (ping_has_target()) {
        print_line(p);
        return;
    }
    printf("\n--- %s port %u, sctp_ping statistics ---\n", p->asked.client.host,
           p->asked.client.port);
    print_counts(p, &p->count.all, ping_words(p)->lost);
    if (p->count.unexpected)
        printf(", %" PRIu64 " unexpected", p->count.unexpected);
    printf(", in %.3f s\n", (double)(ping_now() - p->began) / 1e6);
    print_times(&p->count);
    print_deviation(&p->count, "\n");
    putchar('\n');
    if (p->count.stream_count > 1)
        print_streams(p);
    if (p->paths.count > 1)
        print_paths(&p->paths, unp_is_kernel_socket(p->a.fd));
}
