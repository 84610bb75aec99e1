/* What sctp_ping counts: messages sent, replies, and how long they took. */
#ifndef PING_COUNT_H
#define PING_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many messages are remembered; the reply to one before them is not known any more. */
#define PING_WINDOW 65536
/* Of the histogram, whose steps are 1/64 of the time or less: up to 2^40 microseconds. */
#define PING_BUCKETS 2304

/* Of all messages, or of those of one stream.  Times in microseconds. */
struct ping_tally {
    uint64_t sent, received, duplicates;
    uint64_t timed;        /* of the received: those whose time is known */
    int64_t min, max, sum; /* of these */
};

struct ping_sent {
    int64_t at; /* -1: how long its reply takes will not be known */
    uint64_t seq;
    uint16_t stream;
    bool due;
};

struct ping_count {
    struct ping_tally all, *streams;
    unsigned stream_count;
    uint64_t strange; /* messages that are no reply to one of ours */
    struct ping_sent *sent;
    uint64_t histogram[PING_BUCKETS];
};

/* For streams 0 to `streams` - 1.  0, or -1 and errno. */
int ping_count_init(struct ping_count *c, unsigned streams);
void ping_count_free(struct ping_count *c);

/* The message with the number c->all.sent goes out on `stream` at the time `now`. */
void ping_count_sent(struct ping_count *c, uint16_t stream, int64_t now);

/* How long the replies take that have not come yet is not known: we were stopped. */
void ping_count_stopped(struct ping_count *c);

enum ping_reply { PING_REPLY, PING_DUPLICATE, PING_STRANGE };
/* The reply to number `seq` has come.  *stream is what that went out on, *us how long it took,
 * -1 if that is not known; neither is set for a strange one. */
enum ping_reply ping_count_reply(struct ping_count *c, uint64_t seq, int64_t now, uint16_t *stream,
                                 int64_t *us);

/* The time that so many percent (1 to 100) of the timed replies did not exceed, within 1 %; 0 when
 * there is none. */
int64_t ping_percentile(const struct ping_count *c, unsigned percent);

#endif
