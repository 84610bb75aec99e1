/*
 * The sending side of a server, on a kernel of our own making: lib/outbox.c.
 *
 * The calls that the outbox makes end up here, in a model of how Linux answers
 * them, which can be made to fail when and how we like and whose clock we set.
 * The same on a real kernel is in outbox_sctp_test.c.
 */
#include "unit.h"
#include "unpsctp.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <time.h>

enum { FD = 1000, SIDES = 40, STREAMS = 4, EVENTS = 100000 };

#define SNDBUF    262144
#define MAX_QUEUE 1000000

/* ---- the model ------------------------------------------------------------ */

/* An association, as the kernel and as the test know it. */
struct side {
    struct sctp_association *a; /* of the test: NULL, there is none */
    sctp_assoc_t id;            /* of the kernel, while it is alive */
    bool alive, stuck;          /* stuck: its peer acknowledges nothing */
    bool dry_on;                /* sender-dry notifications are on, as Sctp_listen() has them */
    size_t charged;             /* bytes of the send buffer */
    uint32_t tag;               /* no two have the same */
    uint32_t sent[STREAMS];     /* messages given to the outbox */
    uint32_t taken[STREAMS];    /* messages that the kernel took */
    char reason[128];           /* of its abort */
};

struct event {
    uint32_t tag;
    bool dry; /* else it is lost */
};

static struct {
    bool shared; /* net.sctp.sndbuf_policy 0 */
    struct side sides[SIDES];
    struct event events[EVENTS];
    size_t first_event, last_event;
    int fault;           /* of every fault_in-th message from now on, or 0 */
    unsigned fault_in;   /* messages until it strikes */
    int pending;         /* what ended the last call early: the next one says it */
    unsigned fault_rate; /* percent of calls that fail for no reason */
    uint32_t random;
    uint32_t tags;
    int64_t now;              /* ms */
    struct sctp_sndinfo last; /* of the last message taken */
    unsigned wrong;           /* messages in the wrong order, or damaged */
    unsigned calls;           /* of sendmmsg */
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

/* The peer acknowledges all it was sent. */
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

/* What a message says: whose it is, on which stream, which one. */
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

/* 0, or what sendmsg(2) fails with. */
static int take(const struct msghdr *m)
{
    const struct iovec *iov = m->msg_iov;
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    struct sctp_sndinfo snd;
    struct side *s;
    int err = fault();

    if (!c || c->cmsg_level != IPPROTO_SCTP || c->cmsg_type != SCTP_SNDINFO ||
        c->cmsg_len != CMSG_LEN(sizeof(snd)) || m->msg_iovlen != 1 || m->msg_name)
        return EDOM; /* not what the outbox ought to call with */
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
    s->charged += iov->iov_len + (iov->iov_len / 1452 + 1) * 1100;
    kernel.last = snd;
    return 0;
}

int sendmmsg(int fd, struct mmsghdr *headers, unsigned int count, int flags)
{
    kernel.calls++;
    if (fd != FD || !(flags & MSG_DONTWAIT) || !(flags & MSG_NOSIGNAL)) {
        kernel.wrong++;
        errno = EDOM;
        return -1;
    }
    for (unsigned i = 0; i < count; i++) {
        int err = take(&headers[i].msg_hdr);

        if (err && i == 0) {
            errno = err;
            return -1;
        }
        if (err) { /* the number says that there was one, the next call which */
            kernel.pending = err;
            return (int)i;
        }
        headers[i].msg_len = (unsigned)headers[i].msg_hdr.msg_iov->iov_len;
    }
    return (int)count;
}

/* Aborts only. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    struct sctp_sndinfo snd;
    struct side *s;

    (void)fd;
    (void)flags;
    memcpy(&snd, CMSG_DATA(c), sizeof(snd));
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

/* Sender-dry notifications only; switched on where nothing is outstanding, one comes at once. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct sctp_event *event = value;
    struct side *s = side_of(event->se_assoc_id);

    (void)fd;
    (void)len;
    errno = EINVAL;
    if (level != IPPROTO_SCTP || name != SCTP_EVENT || event->se_type != SCTP_SENDER_DRY_EVENT ||
        !s)
        return -1;
    s->dry_on = event->se_on;
    if (s->dry_on && !s->charged)
        notify(s, true);
    return 0;
}

/* SO_SNDBUF, of SO_MEMINFO what is in use of it, of SCTP_STATUS whether something is
 * unacknowledged. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *status = value;
    const struct side *s;
    uint32_t used = 0;

    (void)fd;
    if (level == SOL_SOCKET && name == SO_SNDBUF) {
        *(int *)value = SNDBUF;
        *len = sizeof(int);
        return 0;
    }
    if (level == SOL_SOCKET && name == SO_MEMINFO) {
        for (int i = 0; i < SIDES; i++)
            used += kernel.sides[i].charged;
        ((uint32_t *)value)[SK_MEMINFO_WMEM_QUEUED] = used;
        return 0;
    }
    errno = EINVAL;
    if (level != IPPROTO_SCTP || name != SCTP_STATUS || !(s = side_of(status->sstat_assoc_id)))
        return -1;
    status->sstat_unackdata = s->charged != 0;
    return 0;
}

/* net.sctp.sndbuf_policy only. */
FILE *fopen(const char *path, const char *mode)
{
    static char policies[2][3] = {"1\n", "0\n"};

    (void)mode;
    if (strcmp(path, "/proc/sys/net/sctp/sndbuf_policy") != 0)
        return NULL;
    return fmemopen(policies[kernel.shared], 2, "r");
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    (void)id;
    *ts = (struct timespec){.tv_sec = kernel.now / 1000, .tv_nsec = kernel.now % 1000 * 1000000};
    return 0;
}

/* ---- the server ----------------------------------------------------------- */

static struct sctp_outbox *out;
static struct sctp_table table;
static unsigned char *borrowed[1000]; /* data that is not owned, until the next flush */
static size_t borrowed_count;

static const bool shared = true, apart = false;

static int start(void **state)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.random = 1;
    kernel.shared = *state && *(const bool *)*state;
    out = sctp_outbox_new(FD, MAX_QUEUE);
    return out ? 0 : -1;
}

static void flush(void)
{
    sctp_outbox_flush(out);
    while (borrowed_count)
        free(borrowed[--borrowed_count]); /* ASan sees who still looks at it */
}

static void over(struct side *s)
{
    if (s->a)
        sctp_table_remove(&table, out, s->a);
    s->a = NULL;
    s->alive = false;
    s->charged = 0;
}

static int stop(void **state)
{
    (void)state;
    flush();
    for (int i = 0; i < SIDES; i++)
        over(&kernel.sides[i]);
    sctp_outbox_free(out);
    return kernel.wrong ? -1 : 0;
}

static struct side *up(int i)
{
    static sctp_assoc_t ids;
    struct side *s = &kernel.sides[i];

    memset(s, 0, sizeof(*s));
    s->tag = ++kernel.tags;
    s->id = ++ids;
    s->a = sctp_table_add(&table, s->id);
    assert_non_null(s->a);
    s->a->ostreams = STREAMS;
    s->alive = s->dry_on = true;
    return s;
}

/* Hands a message to the outbox. */
static void give(struct side *s, uint16_t stream, size_t len, bool owned)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = s->a->id, .snd_sid = stream};
    unsigned char *data = malloc(len);
    struct sctp_message msg = {.data = data, .len = len, .owned = owned ? data : NULL};

    assert_non_null(data);
    fill(data, len, (struct label){s->tag, stream, s->sent[stream]});
    if (!owned) {
        if (borrowed_count == COUNT(borrowed))
            flush();
        borrowed[borrowed_count++] = data;
    }
    s->sent[stream]++;
    sctp_outbox_send(out, s->a, &msg, &snd);
    assert_true(s->a->out.queued <= MAX_QUEUE);
}

/* Acts on what the kernel has to tell. */
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
                sctp_outbox_dry(out, s->a);
            else
                over(s);
        }
    }
    flush();
}

/* A turn of the server's loop, `ms` after the last one. */
static bool turn(int64_t ms)
{
    kernel.now += ms;
    for (int i = 0; i < SIDES; i++)
        acknowledge(&kernel.sides[i]);
    obey();
    return sctp_outbox_retry(out);
}

static uint32_t missing(const struct side *s)
{
    uint32_t n = 0;

    for (int i = 0; i < STREAMS; i++)
        n += s->sent[i] - s->taken[i];
    return n;
}

/* Turns until the side has got everything, at most for so many milliseconds. */
static void assert_gets_all(const struct side *s, int64_t ms)
{
    int64_t end = kernel.now + ms;

    while (missing(s) && s->a && kernel.now < end)
        turn(20);
    if (!s->a)
        fail_msg("it was aborted: %s", s->reason);
    if (missing(s))
        fail_msg("%u messages have not been sent after %lld ms", missing(s), (long long)ms);
}

/* Sends until the association is held. */
static void hold(struct side *s)
{
    for (int i = 0; i < 10000 && s->a->out.state != SENDQ_HELD; i++) {
        give(s, 0, 1000, true);
        flush();
    }
    assert_int_equal(s->a->out.state, SENDQ_HELD);
}

/* ---- the batch ------------------------------------------------------------ */

static void messages_are_sent_in_one_call_at_the_flush(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    for (int i = 0; i < 10; i++) {
        give(s, (uint16_t)(i % STREAMS), 100, i & 1);
        give(t, (uint16_t)(i % STREAMS), 100, i & 1);
    }
    assert_int_equal(missing(s) + missing(t), 20);
    flush();
    assert_int_equal(missing(s) + missing(t), 0);
    assert_int_equal(kernel.calls, 1);
}

static void nothing_to_send_is_no_call(void **state)
{
    (void)state;
    up(0);
    flush();
    assert_false(sctp_outbox_retry(out));
    assert_int_equal(kernel.calls, 0);
}

static void a_batch_that_is_full_makes_room_by_itself(void **state)
{
    struct side *s[10];

    (void)state;
    for (int i = 0; i < 10; i++)
        s[i] = up(i);
    for (int i = 0; i < 500; i++)
        give(s[i % 10], 0, 20, i & 1);
    assert_true(kernel.calls >= 5 && kernel.calls <= 50);
    flush();
    for (int i = 0; i < 10; i++)
        assert_int_equal(missing(s[i]), 0);
}

static void what_belongs_to_a_message_goes_with_it(void **state)
{
    struct side *s = up(0);
    struct label label = {s->tag, 3, 0};
    const struct sctp_sndinfo snd = {.snd_sid = 3,
                                     .snd_flags = SCTP_UNORDERED,
                                     .snd_ppid = htonl(42),
                                     .snd_context = 7,
                                     .snd_assoc_id = s->a->id};
    const struct sctp_message msg = {.data = (unsigned char *)&label, .len = sizeof(label)};

    (void)state;
    s->sent[3]++;
    sctp_outbox_send(out, s->a, &msg, &snd);
    flush();
    assert_int_equal(missing(s), 0);
    assert_memory_equal(&kernel.last, &snd, sizeof(snd));
}

static void what_belongs_to_a_message_that_had_to_wait_goes_with_it_too(void **state)
{
    struct side *s = up(0);
    struct sctp_sndinfo snd = {.snd_sid = 3,
                               .snd_flags = SCTP_UNORDERED,
                               .snd_ppid = htonl(42),
                               .snd_context = 7,
                               .snd_assoc_id = s->a->id};
    struct label label = {s->tag, 3, 0};
    const struct sctp_message msg = {.data = (unsigned char *)&label, .len = sizeof(label)};

    (void)state;
    hold(s);
    s->sent[3]++;
    sctp_outbox_send(out, s->a, &msg, &snd);
    label.tag = 0;
    assert_gets_all(s, 1000);
    kernel.last.snd_flags &= (uint16_t)~SCTP_SACK_IMMEDIATELY; /* the outbox's own business */
    assert_memory_equal(&kernel.last, &snd, sizeof(snd));
}

static void an_outbox_that_is_freed_frees_what_was_not_flushed(void **state)
{
    struct sctp_outbox *other = sctp_outbox_new(FD, MAX_QUEUE);
    struct sctp_association a = {.id = 1};
    const struct sctp_sndinfo snd = {.snd_assoc_id = 1};

    (void)state;
    assert_non_null(other);
    TAILQ_INIT(&a.out.queue);
    for (int i = 0; i < 20; i++) {
        unsigned char *data = malloc(10);
        const struct sctp_message msg = {.data = data, .len = 10, .owned = data};

        assert_non_null(data);
        sctp_outbox_send(other, &a, &msg, &snd);
    }
    sctp_outbox_free(other); /* the leak checker sees to the rest */
}

/* ---- when the kernel refuses ---------------------------------------------- */

static void a_message_without_room_is_sent_later_and_in_order(void **state)
{
    static const int errors[] = {EAGAIN, ENOBUFS, ENOMEM};

    (void)state;
    for (size_t e = 0; e < COUNT(errors); e++) {
        for (unsigned at = 1; at <= 15; at++) {
            struct side *s = up(0);

            kernel.fault = errors[e];
            kernel.fault_in = at;
            for (int i = 0; i < 15; i++)
                give(s, (uint16_t)(i % 2), 100, i % 3);
            flush();
            assert_int_equal(missing(s), 16 - at); /* none overtakes it */
            give(s, 0, 100, true);
            flush();
            assert_int_equal(missing(s), 17 - at);
            assert_gets_all(s, 100);
            over(s);
        }
    }
}

static void others_in_the_batch_do_not_wait_for_one_without_room(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    kernel.fault = EAGAIN;
    kernel.fault_in = 3; /* the second of s */
    for (int i = 0; i < 10; i++) {
        give(s, 0, 100, i & 1);
        give(t, 0, 100, i & 1);
    }
    flush();
    assert_int_equal(missing(s), 9);
    assert_int_equal(missing(t), 0);
    assert_gets_all(s, 100);
}

static void an_interrupted_call_is_repeated(void **state)
{
    struct side *s = up(0);

    (void)state;
    kernel.fault = EINTR;
    for (unsigned at = 1; at <= 5; at++) {
        kernel.fault_in = at;
        for (int i = 0; i < 5; i++)
            give(s, 0, 100, i & 1);
        flush();
        assert_int_equal(missing(s), 0);
    }
}

static void a_message_larger_than_the_send_buffer_ends_its_association(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    give(t, 0, 100, true);
    give(s, 0, 100, true);
    give(s, 0, SNDBUF + 1, true);
    give(s, 0, 100, true);
    give(t, 0, 100, true);
    turn(1);
    assert_int_equal(missing(t), 0);
    assert_false(s->alive);
    assert_string_equal(s->reason, "the reply is larger than the send buffer");
    assert_int_equal(s->taken[0], 1); /* none after it */
}

static void a_message_as_large_as_the_send_buffer_is_sent(void **state)
{
    struct side *s = up(0);

    (void)state;
    give(s, 0, SNDBUF, true);
    give(s, 0, SNDBUF, false);
    flush();
    assert_gets_all(s, 1000);
}

static void a_message_that_cannot_be_sent_at_all_ends_its_association(void **state)
{
    struct side *s = up(0), *t = up(1);
    const struct sctp_sndinfo bad = {.snd_assoc_id = s->a->id, .snd_sid = STREAMS};
    const struct sctp_message msg = {.data = (unsigned char *)(uintptr_t) "x", .len = 1};

    (void)state;
    give(s, 0, 100, true);
    sctp_outbox_send(out, s->a, &msg, &bad);
    give(s, 0, 100, true);
    give(t, 0, 100, true);
    flush();
    assert_int_equal(missing(t), 0);
    assert_int_equal(s->taken[0], 1);
    assert_false(s->alive);
    assert_string_equal(s->reason, "the reply cannot be sent");
    assert_string_equal(s->a->ended, s->reason);
}

static void messages_for_an_association_that_is_gone_are_dropped_without_harm(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    s->alive = false; /* its notification has not been read yet */
    for (int i = 0; i < 100; i++) {
        give(s, 0, 1000, i & 1);
        give(t, 0, 20, i & 1);
    }
    assert_gets_all(t, 100);
    assert_null(s->a->ended);
}

/* ---- one that does not read ------------------------------------------------ */

static void an_association_that_acknowledges_nothing_is_held(void **state)
{
    struct side *s = up(0);

    (void)state;
    s->stuck = true;
    hold(s);
    assert_true(s->charged <= SNDBUF / 2);
    assert_true(missing(s) > 0);
    for (int i = 0; i < 100; i++)
        give(s, 0, 1000, i & 1);
    flush();
    assert_int_equal(s->a->out.state, SENDQ_HELD);
    assert_true(s->charged <= SNDBUF / 2);
    assert_null(s->a->ended);
}

static void one_that_is_held_goes_on_in_order_when_all_is_acknowledged(void **state)
{
    struct side *s = up(0);

    (void)state;
    s->stuck = true;
    hold(s);
    for (int i = 0; i < 500; i++)
        give(s, (uint16_t)(i % STREAMS), 1000, i & 1);
    flush();
    for (int i = 0; i < 10; i++)
        turn(100);
    assert_true(missing(s) > 400);
    s->stuck = false;
    assert_gets_all(s, 2000);
    turn(20);
    assert_int_equal(s->a->out.state, SENDQ_OPEN);
    assert_int_equal(s->a->out.queued, 0);
}

static void others_go_on_while_one_is_held(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    s->stuck = true;
    hold(s);
    for (int i = 0; i < 500; i++) {
        give(s, 0, 1000, i & 1);
        give(t, 0, 1000, i & 1);
        turn(1);
        assert_int_equal(missing(t), 0);
    }
}

static void what_waits_for_one_association_is_bounded(void **state)
{
    struct side *s = up(0), *t = up(1);
    int given = 0;

    (void)state;
    s->stuck = true;
    for (; given < 10000 && !s->a->ended; given++) {
        give(s, 0, 1000, given & 1);
        give(t, 0, 20, true);
        turn(0);
        if (!s->a)
            break;
    }
    assert_in_range(given, MAX_QUEUE / 1200, MAX_QUEUE / 1000 + 300);
    assert_false(s->alive);
    assert_string_equal(s->reason, "too many replies are waiting: the peer does not read them");
    assert_int_equal(missing(t), 0);
}

static void an_aborted_association_holds_nothing_and_is_sent_nothing_more(void **state)
{
    struct side *s = up(0);
    uint32_t taken;

    (void)state;
    s->stuck = true;
    hold(s);
    taken = s->taken[0];
    sctp_outbox_abort(out, s->a, "because");
    assert_string_equal(s->reason, "because");
    assert_string_equal(s->a->ended, "because");
    assert_int_equal(s->a->out.queued, 0);
    assert_true(TAILQ_EMPTY(&s->a->out.queue));
    give(s, 0, 100, true);
    give(s, 0, 100, false);
    flush();
    assert_false(sctp_outbox_retry(out));
    assert_int_equal(s->taken[0], taken);
}

static void one_that_the_server_has_ended_is_sent_nothing_more(void **state)
{
    struct side *s = up(0);

    (void)state;
    give(s, 0, 100, true);
    flush();
    s->a->ended = "the server is leaving"; /* it is being shut down */
    give(s, 0, 100, true);
    give(s, 0, 100, false);
    flush();
    assert_int_equal(s->taken[0], 1);
    assert_true(s->alive);
}

static void one_that_reads_slowly_is_neither_aborted_nor_held_for_ever(void **state)
{
    struct side *s = up(0);

    (void)state;
    for (int i = 0; i < 5000; i++) {
        give(s, (uint16_t)(i % STREAMS), 1000, i & 1);
        s->stuck = i % 5 != 0;
        turn(10);
        assert_non_null(s->a);
    }
    s->stuck = false;
    assert_gets_all(s, 10000);
}

static void a_notification_of_dryness_between_send_and_flush_does_no_harm(void **state)
{
    struct side *s = up(0);

    (void)state;
    for (int i = 0; i < 10; i++)
        give(s, 0, 1000, i & 1);
    sctp_outbox_dry(out, s->a);
    kernel.fault = EAGAIN;
    kernel.fault_in = 5;
    flush();
    assert_true(s->a->out.unacked < SNDBUF);
    assert_gets_all(s, 1000);
}

/* ---- over while it waits --------------------------------------------------- */

static void what_is_in_the_batch_of_an_association_that_is_over_is_not_sent(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    for (int i = 0; i < 10; i++) {
        give(s, 0, 100, i & 1);
        give(t, 0, 100, i & 1);
    }
    sctp_table_remove(&table, out, s->a);
    s->a = NULL;
    flush();
    assert_int_equal(s->taken[0], 0);
    assert_int_equal(missing(t), 0);
}

static void a_batch_of_nothing_but_what_is_over_is_sent_to_nobody(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    for (int i = 0; i < 32; i++)
        give(s, 0, 100, i & 1);
    sctp_table_remove(&table, out, s->a);
    s->a = NULL;
    give(t, 0, 100, true);
    flush();
    assert_int_equal(missing(t), 0);
}

static void an_association_may_be_over_while_it_is_held(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    s->stuck = t->stuck = true;
    hold(s);
    hold(t);
    over(s);
    t->stuck = false;
    assert_gets_all(t, 1000);
    /* Nor does it come up again where room is wanted. */
    kernel.now += 5000;
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    assert_gets_all(t, 1000);
}

static void an_association_may_be_over_while_it_starves(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(s, 0, 100, true);
    flush();
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    assert_int_equal(s->a->out.state, SENDQ_STARVED);
    assert_int_equal(t->a->out.state, SENDQ_STARVED);
    over(s);
    assert_false(sctp_outbox_retry(out));
    assert_int_equal(missing(t), 0);
}

static void an_association_that_is_forgotten_begins_anew(void **state)
{
    struct side *s = up(0);

    (void)state;
    s->stuck = true;
    hold(s);
    give(s, 0, 1000, true);
    sctp_outbox_forget(out, s->a);
    assert_int_equal(s->a->out.state, SENDQ_OPEN);
    assert_int_equal(s->a->out.queued, 0);
    /* It has been restarted: what was on its way is gone. */
    s->stuck = false;
    s->charged = 0;
    s->tag = ++kernel.tags;
    memset(s->sent, 0, sizeof(s->sent));
    memset(s->taken, 0, sizeof(s->taken));
    for (int i = 0; i < 1000; i++) {
        give(s, 0, 1000, i & 1);
        turn(1);
    }
    assert_gets_all(s, 1000);
}

static void retrying_tells_whether_anybody_still_waits(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    assert_false(sctp_outbox_retry(out));
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(s, 0, 100, true);
    flush();
    kernel.fault_in = 1;
    assert_true(sctp_outbox_retry(out));
    assert_int_equal(missing(s), 1);
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    kernel.fault_in = 2; /* one of the two finds room */
    assert_true(sctp_outbox_retry(out));
    assert_int_equal(missing(s) + missing(t), 1);
    assert_false(sctp_outbox_retry(out));
    assert_int_equal(missing(s) + missing(t), 0);
}

static void one_that_still_finds_no_room_does_not_keep_others_from_trying(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(s, 0, 100, true);
    flush();
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    kernel.fault_in = 1;
    assert_true(sctp_outbox_retry(out));
    assert_int_equal(missing(s), 1);
    assert_int_equal(missing(t), 0);
}

static void one_that_waits_for_one_reply_is_tried_before_one_that_waits_for_many(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    for (int i = 0; i < 3; i++)
        give(s, 0, 100, true);
    flush();
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    kernel.fault_in = 2; /* there is room for one */
    assert_true(sctp_outbox_retry(out));
    assert_int_equal(missing(t), 0);
    assert_int_equal(missing(s), 3);
    assert_false(sctp_outbox_retry(out));
    assert_int_equal(missing(s), 0);
}

/* ---- one send buffer for all ------------------------------------------------ */

static void with_a_shared_buffer_one_is_held_sooner(void **state)
{
    struct side *s = up(0);

    (void)state;
    s->stuck = true;
    hold(s);
    assert_true(s->charged <= SNDBUF / 8);
}

/* Sides 0 to 38, of which more and more stop reading, until one of them finds no room: returns it.
 */
static struct side *fill_up(size_t len)
{
    for (int i = 0; i < 39; i++) {
        if (!kernel.sides[i].a)
            up(i);
        kernel.sides[i].stuck = true;
        give(&kernel.sides[i], 0, len, true);
        flush();
        if (kernel.sides[i].a->out.state == SENDQ_STARVED)
            return &kernel.sides[i];
    }
    fail_msg("there is room for all");
    return NULL;
}

/* Each of them has less outstanding than what holds it. */
static void with_a_shared_buffer_the_last_quarter_is_kept_for_small_replies(void **state)
{
    struct side *s = up(39);

    (void)state;
    fill_up(10000);
    for (int i = 0; i < 100; i++) {
        give(s, 0, 500, true);
        turn(1);
        assert_int_equal(missing(s), 0);
    }
}

static void with_a_shared_buffer_a_stuck_one_makes_room_after_some_seconds(void **state)
{
    const struct side *last = fill_up(10000);
    int aborted = 0;

    (void)state;
    for (int i = 0; i < 80; i++)
        turn(30);
    for (const struct side *s = kernel.sides; s <= last; s++)
        assert_true(s->alive); /* their time is not over */
    assert_gets_all(last, 1000);
    for (const struct side *s = kernel.sides; s <= last; s++)
        if (!s->alive) {
            aborted++;
            assert_string_equal(s->reason,
                                "the peer has stopped reading and holds the send buffer of all");
        }
    assert_in_range(aborted, 1, 3); /* no more than it takes */
}

static void with_a_shared_buffer_all_that_are_stuck_make_room_at_once(void **state)
{
    struct side *s = up(39);

    (void)state;
    fill_up(4500);
    give(s, 0, 40000, true); /* as much as seven of them hold */
    assert_gets_all(s, 2700);
}

static void with_a_shared_buffer_the_stuck_one_that_holds_most_of_it_goes_first(void **state)
{
    struct side *s = up(39), *most = up(0);

    (void)state;
    give(most, 0, 40000, true);
    most->stuck = true;
    flush();
    fill_up(10000);
    give(s, 0, 10000, true);
    assert_gets_all(s, 5000);
    assert_false(most->alive);
    for (int i = 1; i < 5; i++)
        assert_true(kernel.sides[i].alive);
}

static void with_a_shared_buffer_many_stuck_ones_that_are_held_do_not_stop_the_others(void **state)
{
    struct side *s = up(39);

    (void)state;
    for (int i = 0; i < 30; i++)
        up(i)->stuck = true;
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < 30; i++)
            if (kernel.sides[i].a)
                give(&kernel.sides[i], 0, 1000, round & 1);
        give(s, (uint16_t)(round % STREAMS), 1000, round & 1);
        turn(5);
        assert_non_null(s->a);
    }
    assert_gets_all(s, 5000);
}

/* They are sent nothing more, and there are more of them than fit in. */
static void
with_a_shared_buffer_many_stuck_ones_below_the_bound_do_not_stop_the_others(void **state)
{
    struct side *s = up(39);

    (void)state;
    fill_up(10000);
    for (int i = 0; i < 39; i++)
        if (!kernel.sides[i].a) {
            up(i)->stuck = true;
            give(&kernel.sides[i], 0, 10000, true);
        }
    give(s, 0, 10000, true);
    flush();
    assert_int_equal(missing(s), 1);
    assert_gets_all(s, 60000);
}

/* It read along while the server was busy: several notifications of dryness wait to be read, which
 * say nothing of what it is sent meanwhile. */
static void with_a_shared_buffer_a_notification_of_dryness_that_is_old_is_not_believed(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    for (int i = 0; i < 100; i++) {
        give(s, 0, 20, true);
        flush();
        acknowledge(s);
    }
    s->stuck = true;
    for (int i = 0; i < 20; i++)
        give(s, 0, 10000, true);
    turn(20);
    assert_in_range(s->charged, 1, SNDBUF / 4);
    give(t, 0, 1000, true);
    flush();
    assert_int_equal(missing(t), 0);
    s->stuck = false;
    assert_gets_all(s, 1000);
}

/* What they have acknowledged long ago is in notifications that have not been read yet. */
static void with_a_shared_buffer_nobody_is_stuck_whom_the_stack_does_not_wait_for(void **state)
{
    const struct side *last = fill_up(10000);

    (void)state;
    for (struct side *s = kernel.sides; s < last; s++)
        s->charged = 0;
    for (int i = 0; i < 200; i++)
        turn(20);
    for (const struct side *s = kernel.sides; s <= last; s++)
        assert_true(s->alive);
    assert_int_equal(missing(last), 0);
}

/* No room, though next to nothing is under way. */
static void
with_a_shared_buffer_nobody_is_to_blame_when_the_machine_is_short_of_memory(void **state)
{
    struct side *s = up(0), *t = up(1);

    (void)state;
    s->stuck = true;
    give(s, 0, 100, true);
    flush();
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(t, 0, 100, true);
    flush();
    for (int i = 0; i < 500; i++) {
        kernel.fault_in = 1;
        turn(20);
    }
    assert_int_equal(missing(t), 1);
    assert_true(s->alive);
    assert_gets_all(t, 100);
}

/* Its packet was lost, and so was the first retransmission: it holds less than all others do. */
static void with_a_shared_buffer_one_that_holds_next_to_nothing_is_let_alone(void **state)
{
    struct side *s = up(39), *last;

    (void)state;
    s->stuck = true;
    give(s, 0, 20, true);
    flush();
    last = fill_up(10000);
    for (int i = 0; i < 200; i++) { /* the others answer now and then */
        for (struct side *t = kernel.sides; t < last; t++)
            if (t->a && i % 50 == 0) {
                sctp_outbox_forget(out, t->a);
                t->charged = 0;
                give(t, 0, 10000, true);
                flush();
            }
        turn(20);
    }
    assert_true(s->alive);
}

/* ---- anything at all -------------------------------------------------------- */

static void nothing_is_lost_doubled_or_overtaken_whatever_happens(void **state)
{
    static const char *const reasons[] = {
        "too many replies are waiting: the peer does not read them",
        "the peer has stopped reading and holds the send buffer of all"};

    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        kernel.random = seed;
        kernel.fault_rate = any(3) * 5;
        for (int i = 0; i < SIDES; i++)
            if (!kernel.sides[i].a)
                up(i);
        for (int step = 0; step < 4000; step++) {
            struct side *s = &kernel.sides[any(SIDES)];

            switch (any(20)) {
            case 0:
                s->stuck = !s->stuck;
                break;
            case 1:
                if (any(20) == 0 && s->a)
                    over(s);
                else if (!s->a)
                    up((int)(s - kernel.sides));
                break;
            case 2:
                flush();
                break;
            case 3:
            case 4:
                turn(any(60));
                break;
            case 5:
                for (int i = 0; i < SIDES; i++)
                    if (any(2))
                        acknowledge(&kernel.sides[i]);
                break;
            default:
                for (uint32_t n = any(8); n-- && s->a && s->alive && !s->a->ended;)
                    give(s, (uint16_t)any(STREAMS),
                         sizeof(struct label) + (any(4) ? any(2000) : any(30000)), any(2));
            }
        }
        kernel.fault_rate = 0;
        for (int i = 0; i < SIDES; i++)
            kernel.sides[i].stuck = false;
        for (int i = 0; i < 2000; i++)
            turn(20);
        for (int i = 0; i < SIDES; i++) {
            const struct side *s = &kernel.sides[i];

            if (s->a)
                assert_int_equal(missing(s), 0);
            else if (s->reason[0])
                assert_true(strcmp(s->reason, reasons[0]) == 0 ||
                            (kernel.shared && strcmp(s->reason, reasons[1]) == 0));
        }
        assert_int_equal(kernel.wrong, 0);
    }
}

#define on_its_own(test)                                                                           \
    cmocka_unit_test_prestate_setup_teardown(test, start, stop, (void *)(uintptr_t)&apart)
#define with_shared_buffer(test)                                                                   \
    {                                                                                              \
#test "_(shared_buffer)", test, start, stop, (void *)(uintptr_t)&shared                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_its_own(messages_are_sent_in_one_call_at_the_flush),
        on_its_own(nothing_to_send_is_no_call),
        on_its_own(a_batch_that_is_full_makes_room_by_itself),
        on_its_own(what_belongs_to_a_message_goes_with_it),
        on_its_own(what_belongs_to_a_message_that_had_to_wait_goes_with_it_too),
        on_its_own(an_outbox_that_is_freed_frees_what_was_not_flushed),
        on_its_own(a_message_without_room_is_sent_later_and_in_order),
        with_shared_buffer(a_message_without_room_is_sent_later_and_in_order),
        on_its_own(others_in_the_batch_do_not_wait_for_one_without_room),
        with_shared_buffer(others_in_the_batch_do_not_wait_for_one_without_room),
        on_its_own(an_interrupted_call_is_repeated),
        on_its_own(a_message_larger_than_the_send_buffer_ends_its_association),
        on_its_own(a_message_as_large_as_the_send_buffer_is_sent),
        with_shared_buffer(a_message_as_large_as_the_send_buffer_is_sent),
        on_its_own(a_message_that_cannot_be_sent_at_all_ends_its_association),
        on_its_own(messages_for_an_association_that_is_gone_are_dropped_without_harm),
        on_its_own(an_association_that_acknowledges_nothing_is_held),
        on_its_own(one_that_is_held_goes_on_in_order_when_all_is_acknowledged),
        with_shared_buffer(one_that_is_held_goes_on_in_order_when_all_is_acknowledged),
        on_its_own(others_go_on_while_one_is_held),
        with_shared_buffer(others_go_on_while_one_is_held),
        on_its_own(what_waits_for_one_association_is_bounded),
        with_shared_buffer(what_waits_for_one_association_is_bounded),
        on_its_own(an_aborted_association_holds_nothing_and_is_sent_nothing_more),
        on_its_own(one_that_the_server_has_ended_is_sent_nothing_more),
        on_its_own(one_that_reads_slowly_is_neither_aborted_nor_held_for_ever),
        with_shared_buffer(one_that_reads_slowly_is_neither_aborted_nor_held_for_ever),
        on_its_own(a_notification_of_dryness_between_send_and_flush_does_no_harm),
        on_its_own(what_is_in_the_batch_of_an_association_that_is_over_is_not_sent),
        on_its_own(a_batch_of_nothing_but_what_is_over_is_sent_to_nobody),
        on_its_own(an_association_may_be_over_while_it_is_held),
        with_shared_buffer(an_association_may_be_over_while_it_is_held),
        on_its_own(an_association_may_be_over_while_it_starves),
        with_shared_buffer(an_association_may_be_over_while_it_starves),
        on_its_own(an_association_that_is_forgotten_begins_anew),
        on_its_own(retrying_tells_whether_anybody_still_waits),
        on_its_own(one_that_still_finds_no_room_does_not_keep_others_from_trying),
        with_shared_buffer(one_that_still_finds_no_room_does_not_keep_others_from_trying),
        on_its_own(one_that_waits_for_one_reply_is_tried_before_one_that_waits_for_many),
        with_shared_buffer(one_that_waits_for_one_reply_is_tried_before_one_that_waits_for_many),
        with_shared_buffer(with_a_shared_buffer_one_is_held_sooner),
        with_shared_buffer(with_a_shared_buffer_the_last_quarter_is_kept_for_small_replies),
        with_shared_buffer(with_a_shared_buffer_a_stuck_one_makes_room_after_some_seconds),
        with_shared_buffer(with_a_shared_buffer_all_that_are_stuck_make_room_at_once),
        with_shared_buffer(with_a_shared_buffer_the_stuck_one_that_holds_most_of_it_goes_first),
        with_shared_buffer(
            with_a_shared_buffer_many_stuck_ones_that_are_held_do_not_stop_the_others),
        with_shared_buffer(
            with_a_shared_buffer_many_stuck_ones_below_the_bound_do_not_stop_the_others),
        with_shared_buffer(
            with_a_shared_buffer_a_notification_of_dryness_that_is_old_is_not_believed),
        with_shared_buffer(with_a_shared_buffer_nobody_is_stuck_whom_the_stack_does_not_wait_for),
        with_shared_buffer(
            with_a_shared_buffer_nobody_is_to_blame_when_the_machine_is_short_of_memory),
        with_shared_buffer(with_a_shared_buffer_one_that_holds_next_to_nothing_is_let_alone),
        on_its_own(nothing_is_lost_doubled_or_overtaken_whatever_happens),
        with_shared_buffer(nothing_is_lost_doubled_or_overtaken_whatever_happens),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
