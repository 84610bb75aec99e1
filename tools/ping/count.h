/* Counters of sctp_ping: messages sent, replies, and round-trip times. */
#ifndef PING_COUNT_H
#define PING_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Number of messages remembered; a reply to an older one is unexpected. */
#define PING_WINDOW 65536
/* Buckets of the histogram, each at most 1/64 of its time wide, up to 2^40 microseconds. */
#define PING_BUCKETS 2304

/* Counters of all messages, or of one stream.  Times in microseconds. */
struct ping_tally {
    uint64_t sent, received, duplicates;
    uint64_t timed;        /* replies with a known round-trip time */
    int64_t min, max, sum; /* of these times */
    double squares;        /* sum of their squares */
    int64_t last, changes; /* the last time; sum of the differences between consecutive ones */
};

struct ping_sent {
    int64_t at; /* time of sending; -1: the round-trip time is unknown */
    uint64_t seq;
    uint16_t stream;
    bool outstanding;
};

struct ping_count {
    struct ping_tally all, *streams;
    unsigned stream_count;
    uint64_t unexpected; /* received messages that are no reply to one of ours */
    struct ping_sent *sent;
    uint64_t histogram[PING_BUCKETS];
};

/* For streams 0 to `streams` - 1.  0, or -1 and errno. */
int ping_count_init(struct ping_count *c, unsigned streams);
void ping_count_free(struct ping_count *c);

/* Counts the message with sequence number c->all.sent, sent on `stream` at time `now`. */
void ping_count_sent(struct ping_count *c, uint16_t stream, int64_t now);

/* The program was stopped, so the round-trip times of outstanding replies are unknown. */
void ping_count_stopped(struct ping_count *c);

enum ping_reply { PING_REPLY, PING_DUPLICATE, PING_UNEXPECTED };
/* Counts a reply to sequence number `seq`.  *stream is the stream it was sent on, *us the
 * round-trip time, -1 if not known; neither is set for an unexpected message. */
enum ping_reply ping_count_reply(struct ping_count *c, uint64_t seq, int64_t now, uint16_t *stream,
                                 int64_t *us);

/* The mean deviation of the round-trip times from their mean, as of ping(8): the standard
 * deviation. */
double ping_mdev(const struct ping_tally *t);
/* The mean difference between two consecutive round-trip times. */
double ping_jitter(const struct ping_tally *t);

/* The percentile (1 to 100) of the round-trip times, within 1 %; 0 if no reply was timed. */
int64_t ping_percentile(const struct ping_count *c, unsigned percent);

#endif
