/*
 * The lifetime of a message (SCTP_PR_SCTP_TTL, sinfo_timetolive) that was not sent yet.
 *
 * libusrsctp looks at it only when it retransmits a message, so that it sends one whose lifetime
 * ended while the peer's window was closed.  Before it sends, it asks a function of its scheduler
 * for the next stream.  Here these functions also drop the first messages of this stream if their
 * lifetimes have ended.
 *
 * libusrsctp drops a message in two steps: `discard` makes the first one release the data, but the
 * send then ends without a second one.  The delayed acknowledgement's timer is started for it,
 * which sends what is queued; otherwise messages behind the dropped one could wait for ever.
 *
 * Once a message has its place in a packet (and a TSN), it is no longer dropped.  So a message with
 * a lifetime gets none while the peer's window is closed, nor does it probe the window, until its
 * lifetime ends or the peer opens the window.
 */
#include <stddef.h>
#include <sys/time.h>

#include "libusrsctp.h"
#include "scheduler.h"
#include "stack.h"

/* Parts of libusrsctp 0.9.5's own structures; an association's is known on 64-bit machines and
 * i386. */
#if defined(__LP64__) || defined(__i386__)
#define KNOWN true
#else
#define KNOWN false
#endif
struct message {
    void *data, *last;
    struct timeval until;
    void *path;
    struct message *next, **previous, *next_scheduled, **previous_scheduled;
    uint32_t fragment, length, lifetime, ppid, context;
    uint16_t flags, stream, policy, key;
    uint8_t has_key, complete, begun, sender_done, sent, discard;
};

struct stream {
    struct message *first;
};

struct association {
    int state;
    char other[sizeof(void *) == 8 ? 1360 : 788];
    uint32_t window; /* the peer's, without what is outstanding */
    char others[72];
    uint32_t outstanding;
};

#if KNOWN
_Static_assert(offsetof(struct association, window) == (sizeof(void *) == 8 ? 1364 : 792),
               "as there");
_Static_assert(offsetof(struct association, outstanding) == (sizeof(void *) == 8 ? 1440 : 868),
               "as there");
#endif

enum {
    SHUTDOWN_PENDING = 0x80, /* of the state: nothing would start the shutdown after a drop */
    MESSAGE_FAILED = 7,      /* SCTP_SEND_FAILED_EVENT, of a message that was not sent */
    DELAYED_ACK = 3,
};

static next_stream *original[SCHEDULERS];

static bool is_over(const struct timeval *until, const struct timeval *now)
{
    return now->tv_sec != until->tv_sec ? now->tv_sec > until->tv_sec
                                        : now->tv_usec > until->tv_usec;
}

static bool ended(const struct message *m, const struct timeval *now)
{
    return (m->policy & usr_SCTP_PR_SCTP_ALL) == usr_SCTP_PR_SCTP_TTL && m->complete &&
           m->sender_done && !m->begun && !m->discard && is_over(&m->until, now);
}

/* The first message to be dropped takes over the length of the others, so that one step releases
 * the room of all of them in the send buffer. */
static void drop(struct control_block *c, struct message *m, struct message *first)
{
    uint32_t length = m->length;
    usr.notify(MESSAGE_FAILED, c, 0, m, 0);
    m->discard = m->sent = 1;
    if (m != first) {
        m->length = 0;
        first->length += length;
    }
}

static struct stream *after_drops(struct control_block *c, struct association *a, struct stream *s)
{
    struct timeval now;
    struct message *first = s ? s->first : NULL, *m = first;
    if (!m || (m->policy & usr_SCTP_PR_SCTP_ALL) != usr_SCTP_PR_SCTP_TTL ||
        a->state & SHUTDOWN_PENDING)
        return s;
    gettimeofday(&now, NULL);
    for (; m && ended(m, &now); m = m->next)
        drop(c, m, first);
    bool held = !first->discard && !first->begun && a->window == 0;
    if (first->discard || (held && !a->outstanding))
        usr.start_timer(DELAYED_ACK, c->endpoint, c, NULL);
    return held ? NULL : s;
}

#define NEXT(n)                                                                                    \
    static struct stream *next_##n(struct control_block *c, void *path, struct association *a)     \
    {                                                                                              \
        return after_drops(c, a, original[n](c, path, a));                                         \
    }
NEXT(0)
NEXT(1)
NEXT(2)
NEXT(3)
NEXT(4)
NEXT(5)

static next_stream *const replacements[SCHEDULERS] = {next_0, next_1, next_2,
                                                      next_3, next_4, next_5};

void lifetime_start(struct scheduler *table)
{
    if (!KNOWN || usr.later || !usr.notify || !usr.start_timer) {
        debug("lifetimes are checked only when messages are retransmitted");
        return;
    }
    for (int i = 0; i < SCHEDULERS; i++) {
        original[i] = table[i].next;
        table[i].next = replacements[i];
    }
}
