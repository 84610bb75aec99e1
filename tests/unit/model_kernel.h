/*
 * A model of the kernel, and a server on it, for the tests of lib/server/sender.c.
 *
 * It replaces the system calls of the sender.  A test sets which of them fail, how, and when, and
 * sets the clock.
 */
#ifndef MODEL_KERNEL_H
#define MODEL_KERNEL_H

#include "blocks.h"
#include "receive/receive.h"
#include "server/inside.h"
#include "unit.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <time.h>

enum { FD = 1000, OWN = 2000, SIDES = 40, STREAMS = 4, EVENTS = 100000 };

#define SNDBUF    262144
#define RCVBUF    20480 /* room for the acknowledgements of 10 associations */
#define MAX_QUEUE 1000000

/* The bytes of the send buffer that the sender charges for a message of 1000 bytes. */
#define COST_OF_1000 3536

/* ---- the model ------------------------------------------------------------ */

/* An association, as the kernel and as the test know it. */
struct side {
    struct unp_association *a; /* the server's entry; NULL: none */
    sctp_assoc_t id;           /* the kernel's, while it is alive */
    bool alive, stuck;         /* stuck: its peer acknowledges nothing */
    uint32_t rwnd;             /* the peer's receive window, bytes */
    bool waits;                /* the last message accepted had MSG_MORE */
    unsigned may_wait;         /* messages accepted with MSG_MORE */
    bool dry_on;               /* sender-dry notifications are subscribed to */
    size_t charged;            /* bytes of the send buffer */
    uint64_t ordered;          /* chunks sent, for SCTP_GET_ASSOC_STATS */
    uint64_t unordered;        /* the same */
    uint32_t tag;              /* unique */
    uint32_t sent[STREAMS];    /* messages given to the sender */
    uint32_t taken[STREAMS];   /* messages that the kernel accepted */
    char reason[128];          /* abort reason */
};

struct event {
    uint32_t tag;
    bool dry; /* sender-dry; otherwise the association is lost */
};

static struct {
    bool shared; /* net.sctp.sndbuf_policy 0 */
    bool late;  /* as libusrsctp: a subscription does not notify of earlier acknowledgements, … */
    bool apart; /* … and the stack does not tell how much of the send buffer is used */
    struct side sides[SIDES];
    struct event events[EVENTS];
    size_t first_event, last_event;
    int fault;           /* errno of the fault_in-th message from now on; 0: none */
    unsigned fault_in;   /* messages until it strikes */
    int pending;         /* errno that ended the last call early, for the next one */
    unsigned fault_rate; /* percent of calls that fail at random */
    uint32_t random;
    uint32_t tags;
    int64_t now;              /* ms */
    struct sctp_sndinfo last; /* of the last message taken */
    unsigned wrong;           /* messages in the wrong order, or damaged */
    unsigned calls;           /* of sendmmsg */
    unsigned unannounced;     /* associations that the server does not know of */
    int sendall_fault;        /* errno of the next SENDALL; 0: it is sent */
    unsigned sendalls;        /* calls with SENDALL */
    sctp_assoc_t acked_late;  /* acknowledges everything just before a subscription; 0: none does */
    int backlog;              /* net.core.netdev_max_backlog; 0: cannot be read */
    unsigned queued;          /* packets in the network's queue */
    bool jammed;              /* they stay there */
    unsigned looks;           /* how often its length was read */
} kernel;

static uint32_t any(uint32_t below)
{
    kernel.random = kernel.random * 1664525 + 1013904223;
    return (kernel.random >> 8) % below;
}

static struct side *side_of(sctp_assoc_t id)
{
    for (int i = 0; i < SIDES; i++)
        if (kernel.sides[i].alive && kernel.sides[i].id == id)
            return &kernel.sides[i];
    return NULL;
}

static void notify(const struct side *s, bool dry)
{
    kernel.events[kernel.last_event++ % EVENTS] = (struct event){.tag = s->tag, .dry = dry};
}

static size_t charged(const struct side *s)
{
    size_t sum = 0;

    if (!kernel.shared)
        return s->charged;
    for (int i = 0; i < SIDES; i++)
        sum += kernel.sides[i].charged;
    return sum;
}

/* The peer acknowledges everything that was sent to it. */
static void acknowledge(struct side *s)
{
    if (s->alive && !s->stuck && s->charged) {
        s->charged = 0;
        if (s->dry_on)
            notify(s, true);
    }
}

static int fault(void)
{
    static const int faults[] = {EINTR, EAGAIN, ENOBUFS, ENOMEM};
    int pending = kernel.pending;

    kernel.pending = 0;
    if (pending)
        return pending;
    if (kernel.fault_in && --kernel.fault_in == 0)
        return kernel.fault;
    return any(100) < kernel.fault_rate ? faults[any(COUNT(faults))] : 0;
}

/* The contents of a message: association, stream, number in the stream. */
struct label {
    uint32_t tag, stream, number;
};

static void fill(unsigned char *data, size_t len, struct label label)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (unsigned char)(label.number + i);
    memcpy(data, &label, sizeof(label));
}

static bool intact(const unsigned char *data, size_t len, struct label label)
{
    for (size_t i = sizeof(label); i < len; i++)
        if (data[i] != (unsigned char)(label.number + i))
            return false;
    return memcmp(data, &label, sizeof(label)) == 0;
}

/* Accepts a message: 0, or the errno of sendmsg(2). */
static int take(const struct msghdr *m, bool more)
{
    const struct iovec *iov = m->msg_iov;
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    struct sctp_sndinfo snd;
    struct side *s;
    int err = fault();

    if (!c || c->cmsg_level != IPPROTO_SCTP || c->cmsg_type != SCTP_SNDINFO ||
        c->cmsg_len != CMSG_LEN(sizeof(snd)) || m->msg_iovlen != 1 || m->msg_name)
        return EDOM; /* the sender must not make such a call */
    memcpy(&snd, CMSG_DATA(c), sizeof(snd));
    s = side_of(snd.snd_assoc_id);
    if (!s)
        return EPIPE;
    if (snd.snd_sid >= STREAMS || iov->iov_len == 0)
        return EINVAL;
    if (iov->iov_len > SNDBUF)
        return EMSGSIZE;
    if (err)
        return err;
    if (charged(s) >= SNDBUF)
        return EAGAIN;
    if (!intact(iov->iov_base, iov->iov_len,
                (struct label){s->tag, snd.snd_sid, s->taken[snd.snd_sid]}))
        kernel.wrong++;
    s->taken[snd.snd_sid]++;
    s->waits = more;
    s->may_wait += more;
    s->charged += iov->iov_len + (iov->iov_len / 1452 + 1) * 1100;
    kernel.queued += kernel.jammed;
    kernel.last = snd;
    return 0;
}

int sendmmsg(int fd, struct mmsghdr *headers, unsigned int count, int flags)
{
    kernel.calls++;
    for (unsigned i = 0; i < count; i++) {
        const struct side *s;
        struct sctp_sndinfo snd;

        memcpy(&snd, CMSG_DATA(CMSG_FIRSTHDR(&headers[i].msg_hdr)), sizeof(snd));
        s = side_of(snd.snd_assoc_id);
        kernel.wrong += s && s->a && fd != unp_socket_of(s->a, FD);
    }
    if ((fd != FD && fd != OWN) || (flags & ~MSG_MORE) != (MSG_DONTWAIT | MSG_NOSIGNAL)) {
        kernel.wrong++;
        errno = EDOM;
        return -1;
    }
    for (unsigned i = 0; i < count; i++) {
        int err = take(&headers[i].msg_hdr, flags & MSG_MORE);

        if (err && i == 0) {
            errno = err;
            return -1;
        }
        if (err) { /* as in Linux, the next call returns the errno */
            kernel.pending = err;
            return (int)i;
        }
        headers[i].msg_len = (unsigned)headers[i].msg_hdr.msg_iov->iov_len;
    }
    return (int)count;
}

/* Sends to all associations. */
static ssize_t send_to_all(const struct iovec *iov, const struct sctp_sndinfo *snd, int flags)
{
    kernel.sendalls++;
    kernel.last = *snd;
    errno = kernel.sendall_fault;
    kernel.sendall_fault = 0;
    if (!(flags & MSG_DONTWAIT))
        errno = EDOM; /* the sender must not make such a call */
    if (errno)
        return -1;
    for (int i = 0; i < SIDES; i++)
        if (kernel.sides[i].alive) {
            kernel.sides[i].taken[snd->snd_sid]++;
            kernel.sides[i].charged += iov->iov_len;
        }
    return (ssize_t)iov->iov_len;
}

/* Aborts, and messages to all. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    struct sctp_sndinfo snd;
    struct side *s;

    memcpy(&snd, CMSG_DATA(c), sizeof(snd));
    if (snd.snd_flags & SCTP_SENDALL)
        return send_to_all(m->msg_iov, &snd, flags);
    s = side_of(snd.snd_assoc_id);
    errno = EPIPE;
    if (!s || !(snd.snd_flags & SCTP_ABORT))
        return -1;
    snprintf(s->reason, sizeof(s->reason), "%.*s", (int)m->msg_iov->iov_len,
             (const char *)m->msg_iov->iov_base);
    s->alive = false;
    s->charged = 0;
    notify(s, false);
    return (ssize_t)m->msg_iov->iov_len;
}

/* Sender-dry subscriptions only.  With nothing outstanding, one is notified at once. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct sctp_event *event = value;
    struct side *s = side_of(event->se_assoc_id);

    errno = EINVAL;
    if (level != IPPROTO_SCTP || name != SCTP_EVENT || event->se_type != SCTP_SENDER_DRY_EVENT ||
        !s)
        return -1;
    s->dry_on = event->se_on;
    if (kernel.acked_late == s->id)
        s->charged = 0;
    if (s->dry_on && !s->charged && !kernel.late)
        notify(s, true);
    return 0;
}

/* SO_SNDBUF, SO_RCVBUF; the number of associations; of SO_MEMINFO the used part of the send buffer;
 * of SCTP_STATUS whether data is unacknowledged, and the receive window. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *status = value;
    const struct side *s;
    uint32_t used = 0;

    if (level == SOL_SOCKET && name == SO_SNDBUF) {
        *(int *)value = SNDBUF;
        *len = sizeof(int);
        return 0;
    }
    if (level == SOL_SOCKET && name == SO_RCVBUF) {
        *(int *)value = RCVBUF;
        return 0;
    }
    if (level == IPPROTO_SCTP && name == SCTP_GET_ASSOC_NUMBER) {
        for (int i = 0; i < SIDES; i++)
            used += kernel.sides[i].alive;
        *(uint32_t *)value = used + kernel.unannounced;
        return 0;
    }
    if (level == SOL_SOCKET && name == SO_MEMINFO && !kernel.apart) {
        for (int i = 0; i < SIDES; i++)
            used += kernel.sides[i].charged;
        ((uint32_t *)value)[SK_MEMINFO_WMEM_QUEUED] = used;
        return 0;
    }
    errno = EINVAL;
    if (level == IPPROTO_SCTP && name == SCTP_GET_ASSOC_STATS) {
        struct sctp_assoc_stats *stats = value;

        if (!(s = side_of(stats->sas_assoc_id)))
            return -1;
        stats->sas_oodchunks = s->ordered;
        stats->sas_ouodchunks = s->unordered;
        return 0;
    }
    if (level != IPPROTO_SCTP || name != SCTP_STATUS || !(s = side_of(status->sstat_assoc_id)))
        return -1;
    status->sstat_unackdata = (uint16_t)((s->charged + 999) / 1000);
    status->sstat_rwnd = s->rwnd;
    return 0;
}

/* net.sctp.sndbuf_policy, net.core.netdev_max_backlog and the network's queue only. */
FILE *fopen(const char *path, const char *mode)
{
    static char policies[2][3] = {"1\n", "0\n"}, backlog[16], softnet[128];

    if (strcmp(path, "/proc/net/softnet_stat") == 0) {
        kernel.looks++;
        snprintf(softnet, sizeof(softnet), "1 0 0 0 0 0 0 0 0 0 0 %x 0\n", kernel.queued);
        return fmemopen(softnet, strlen(softnet), "r");
    }

    if (kernel.backlog && strcmp(path, "/proc/sys/net/core/netdev_max_backlog") == 0) {
        snprintf(backlog, sizeof(backlog), "%d\n", kernel.backlog);
        return fmemopen(backlog, strlen(backlog), "r");
    }
    if (strcmp(path, "/proc/sys/net/sctp/sndbuf_policy") != 0)
        return NULL;
    return fmemopen(policies[kernel.shared], 2, "r");
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = kernel.now / 1000, .tv_nsec = kernel.now % 1000 * 1000000};
    return 0;
}

/* ---- the server ----------------------------------------------------------- */

static struct unp_sender *out;
static struct unp_table table;
static unsigned char *borrowed[1000]; /* data that is not owned, until the next flush */
static size_t borrowed_count;

static const bool shared = true, apart = false;

static int start(void **state)
{
    blocks_before = blocks;
    memset(&kernel, 0, sizeof(kernel));
    kernel.now = 1; /* 0 is never, to the sender */
    kernel.random = 1;
    kernel.shared = *state && *(const bool *)*state;
    out = unp_sender_new(FD, MAX_QUEUE);
    return out ? 0 : -1;
}

static void flush(void)
{
    unp_sender_flush(out);
    while (borrowed_count)
        free(borrowed[--borrowed_count]); /* ASan sees later uses */
}

static void over(struct side *s)
{
    if (s->a)
        unp_table_remove(&table, out, s->a);
    s->a = NULL;
    s->alive = false;
    s->charged = 0;
}

static int stop(void **state)
{
    flush();
    for (int i = 0; i < SIDES; i++)
        over(&kernel.sides[i]);
    unp_sender_free(out);
    return kernel.wrong ? -1 : check_blocks(state);
}

static struct side *up(int i)
{
    static sctp_assoc_t ids;
    struct side *s = &kernel.sides[i];

    memset(s, 0, sizeof(*s));
    s->tag = ++kernel.tags;
    s->id = ++ids;
    s->a = unp_table_add(&table, s->id);
    assert_non_null(s->a);
    s->a->ostreams = STREAMS;
    s->rwnd = 100000;
    s->alive = true;
    return s;
}

/* Gives a message to the sender.  The allocation of this number in the call fails; 0: none does. */
static void give_with(struct side *s, uint16_t stream, size_t len, bool owned, unsigned failing)
{
    const struct sctp_sndinfo snd = {.snd_sid = stream};
    unsigned char *data = malloc(len);
    struct unp_message msg = {.data = data, .len = len, .owned = owned ? data : NULL};

    assert_non_null(data);
    fill(data, len, (struct label){s->tag, stream, s->sent[stream]});
    if (!owned) {
        if (borrowed_count == COUNT(borrowed))
            flush();
        borrowed[borrowed_count++] = data;
    }
    s->sent[stream]++;
    fail_in = failing;
    unp_sender_send(out, s->a, &msg, &snd);
    fail_in = 0;
    assert_true(s->a->out.queued <= MAX_QUEUE);
}

static void give(struct side *s, uint16_t stream, size_t len, bool owned)
{
    give_with(s, stream, len, owned, 0);
}

/* Handles the kernel's notifications, as a server does. */
static void obey(void)
{
    while (kernel.first_event < kernel.last_event) {
        struct event e = kernel.events[kernel.first_event++ % EVENTS];

        flush();
        for (int i = 0; i < SIDES; i++) {
            struct side *s = &kernel.sides[i];

            if (s->tag != e.tag || !s->a)
                continue;
            if (e.dry)
                unp_sender_dry(out, s->a);
            else
                over(s);
        }
    }
    flush();
}

/* An iteration of the server's loop, `ms` after the previous one. */
static bool turn(int64_t ms)
{
    kernel.now += ms;
    for (int i = 0; i < SIDES; i++)
        acknowledge(&kernel.sides[i]);
    obey();
    return unp_sender_retry(out);
}

static uint32_t missing(const struct side *s)
{
    uint32_t n = 0;

    for (int i = 0; i < STREAMS; i++)
        n += s->sent[i] - s->taken[i];
    return n;
}

/* Runs the server's loop until the peer has received everything, for at most `ms`. */
static inline void assert_gets_all(const struct side *s, int64_t ms)
{
    int64_t end = kernel.now + ms;

    while (missing(s) && s->a && kernel.now < end)
        turn(20);
    if (!s->a)
        fail_msg("it was aborted: %s", s->reason);
    if (missing(s))
        fail_msg("%u messages have not been sent after %lld ms", missing(s), (long long)ms);
    if (s->waits)
        fail_msg("the last message waits for more");
}

/* Sends until the association is blocked on the peer. */
static inline void hold(struct side *s)
{
    for (int i = 0; i < 10000 && s->a->out.state != SENDQ_BLOCKED_ON_PEER; i++) {
        give(s, 0, 1000, true);
        flush();
    }
    assert_int_equal(s->a->out.state, SENDQ_BLOCKED_ON_PEER);
}

/* ---- tests with one send buffer each, or one for all associations ------------- */

#define APART(test)  UNIT_TEST_WITH(test, start, stop, &apart)
#define SHARED(test) UNIT_TEST_WITH(test, start, stop, &shared)
#define APART_AND_SHARED(test)                                                                     \
    UNIT_TEST_AGAIN(test##_shared, test, #test " (shared buffer)", start, stop, &shared)           \
    APART(test)

#endif
