/*
 * Counters of sctp_ping.  Sent messages are kept in a ring indexed by sequence number.  Round-trip
 * times are kept in a histogram with logarithmic buckets, so percentiles need no list of all times.
 */
#include "count.h"

#include <stdlib.h>

int ping_count_init(struct ping_count *c, unsigned streams)
{
    *c = (struct ping_count){.stream_count = streams};
    c->streams = calloc(streams, sizeof(*c->streams));
    c->sent = calloc(PING_WINDOW, sizeof(*c->sent));
    if (c->streams && c->sent)
        return 0;
    ping_count_free(c);
    return -1;
}

void ping_count_free(struct ping_count *c)
{
    free(c->streams);
    free(c->sent);
    c->streams = NULL;
    c->sent = NULL;
}

void ping_count_sent(struct ping_count *c, uint16_t stream, int64_t now)
{
    c->sent[c->all.sent % PING_WINDOW] =
        (struct ping_sent){.at = now, .seq = c->all.sent, .stream = stream, .outstanding = true};
    c->all.sent++;
    c->streams[stream].sent++;
}

/* 0 to 127 us have a bucket each; above, each power of two has 64. */
static size_t bucket(int64_t us)
{
    unsigned shift = 0;
    size_t i;

    while (us >> shift > 127)
        shift++;
    i = shift * 64 + (size_t)(us >> shift);
    return i < PING_BUCKETS ? i : PING_BUCKETS - 1;
}

/* The middle of a bucket, us. */
static int64_t bucket_time(size_t i)
{
    unsigned shift = i < 128 ? 0 : (unsigned)(i / 64 - 1);
    int64_t from = (int64_t)(i - shift * 64) << shift;

    return from + ((INT64_C(1) << shift) - 1) / 2;
}

static void add_time(struct ping_tally *t, int64_t us)
{
    t->received++;
    if (us < 0)
        return;
    if (!t->timed || us < t->min)
        t->min = us;
    if (us > t->max)
        t->max = us;
    t->sum += us;
    t->squares += (double)us * (double)us;
    if (t->timed)
        t->changes += us > t->last ? us - t->last : t->last - us;
    t->last = us;
    t->timed++;
}

void ping_count_stopped(struct ping_count *c)
{
    for (size_t i = 0; i < PING_WINDOW; i++)
        if (c->sent[i].outstanding)
            c->sent[i].at = -1;
}

enum ping_reply ping_count_reply(struct ping_count *c, uint64_t seq, int64_t now, uint16_t *stream,
                                 int64_t *us)
{
    struct ping_sent *s = &c->sent[seq % PING_WINDOW];

    if (seq >= c->all.sent || s->seq != seq) {
        c->unexpected++;
        return PING_UNEXPECTED;
    }
    *stream = s->stream;
    *us = s->at < 0 ? -1 : now > s->at ? now - s->at : 0;
    if (!s->outstanding) {
        c->all.duplicates++;
        c->streams[s->stream].duplicates++;
        return PING_DUPLICATE;
    }
    s->outstanding = false;
    add_time(&c->all, *us);
    add_time(&c->streams[s->stream], *us);
    if (*us >= 0)
        c->histogram[bucket(*us)]++;
    return PING_REPLY;
}

/* Newton's method, in place of sqrt(3): the programs do without libm. */
static double square_root(double x)
{
    double root = x > 1 ? x : 1;

    if (x <= 0)
        return 0;
    for (double before = 2 * root; root < before;) {
        before = root;
        root = (root + x / root) / 2;
    }
    return root;
}

double ping_mdev(const struct ping_tally *t)
{
    double mean = t->timed ? (double)t->sum / (double)t->timed : 0;
    double variance = t->timed ? t->squares / (double)t->timed - mean * mean : 0;

    return square_root(variance);
}

double ping_jitter(const struct ping_tally *t)
{
    return t->timed > 1 ? (double)t->changes / (double)(t->timed - 1) : 0;
}

int64_t ping_percentile(const struct ping_count *c, unsigned percent)
{
    uint64_t rank = (c->all.timed * percent + 99) / 100, seen = 0;

    for (size_t i = 0; i < PING_BUCKETS && rank; i++) {
        seen += c->histogram[i];
        if (seen >= rank) {
            int64_t us = bucket_time(i);

            return us < c->all.min ? c->all.min : us > c->all.max ? c->all.max : us;
        }
    }
    return 0;
}
