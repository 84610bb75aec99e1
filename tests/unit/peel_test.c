/*
 * Peeled-off associations: echo/peel.c.  Its threads are functions that the test calls, the
 * receiver and the socket calls are of this file.
 */
#include "../../echo/peel.h"
#include "blocks.h"
#include "output.h"
#include "server/sender.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { FD = 99, OWN = 50, TABLE = 4 };

static struct unp_server srv;
static struct unp_association table[TABLE];
static int64_t now;    /* ms */
static int peel_error; /* errno of sctp_peeloff(); 0: it succeeds */
static int option_fails;
static int thread_error;
static bool no_descriptors, no_status;
static bool evicts; /* when a worker waits for memory */
static bool has_meminfo, readable;
static uint32_t unread, unacked; /* bytes in the buffers of the socket, with has_meminfo … */
static uint64_t chunks;          /* … and chunks sent */
static int buffer_size;          /* without it */

/* ---- threads, which run when the test calls RUN() ---------------------------- */

static struct {
    void *(*start)(void *);
    void *arg;
} threads[TABLE];
static int n_threads, detached;

static bool locked;

int pthread_mutex_lock(pthread_mutex_t *m)
{
    assert_false(locked);
    locked = true;
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
    assert_true(locked);
    locked = false;
    return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
    if (thread_error)
        return thread_error;
    threads[n_threads].start = start;
    threads[n_threads++].arg = arg;
    return 0;
}

int pthread_detach(pthread_t thread)
{
    detached++;
    return 0;
}

/* ---- what the worker receives --------------------------------------------------------- */

static struct event {
    enum { END_OF_SCRIPT, NOTHING, MESSAGE, CHANGE, DRY, TOO_LARGE, SHUT_DOWN, EVICT, ERROR } what;
    int n;       /* stream, state of the association, or errno */
    size_t size; /* of a message that was reassembled; bytes that are held */
    int ms;      /* that pass */
} * script;
static uint16_t streams;      /* of the association */
static int sends[8], n_sends; /* what the next sends fail with */

static void run_workers(struct event *events)
{
    script = events;
    for (int i = 0; i < n_threads; i++)
        threads[i].start(threads[i].arg);
    n_threads = 0;
    script = NULL;
}

#define RUN(...) run_workers((struct event[]){__VA_ARGS__, {END_OF_SCRIPT}})

int unp_receiver_open(struct unp_receiver *r, unsigned fragments)
{
    r->data.parts = malloc(8); /* something to free */
    return r->data.parts ? 0 : -1;
}

void unp_receiver_close(struct unp_receiver *r)
{
    free(r->data.parts);
}

void unp_reassembly_clear(struct unp_reassembly *a)
{
    note_call("clear");
}

static void take_message(struct unp_receiver *r, const struct event *e)
{
    struct unp_message msg = {.data = (unsigned char *)"hi", .len = 2};

    msg.rcv.rcv_sid = (uint16_t)e->n;
    if (e->size) {
        msg.owned = calloc(1, e->size);
        assert_non_null(msg.owned);
        msg.data = msg.owned;
        msg.len = e->size;
        memcpy(msg.data, "long", 5);
    }
    r->message(r->user, &msg, NULL);
}

int unp_receiver_take(struct unp_receiver *r, int fd, int flags)
{
    const struct event *e = script++;
    union sctp_notification n = {.sn_header.sn_type =
                                     e->what == DRY ? SCTP_SENDER_DRY_EVENT : SCTP_ASSOC_CHANGE};

    assert_int_equal(fd, OWN);
    assert_int_equal(flags, 0);
    now += e->ms;
    n.sn_assoc_change.sac_state = (uint16_t)e->n;
    n.sn_assoc_change.sac_assoc_id = 7;
    n.sn_assoc_change.sac_outbound_streams = streams =
        e->what == CHANGE && e->size ? (uint16_t)e->size : streams;
    n.sn_header.sn_length =
        e->what == DRY ? sizeof(n.sn_sender_dry_event) : sizeof(n.sn_assoc_change);
    errno = e->what == ERROR ? e->n : EAGAIN;
    if (e->what == MESSAGE)
        take_message(r, e);
    else if (e->what == CHANGE || e->what == DRY)
        r->notification(r->user, &n, n.sn_header.sn_length);
    else if (e->what == TOO_LARGE)
        r->failed(r->user, 7, e->n);
    else if (e->what == SHUT_DOWN)
        peel_shut_down(&srv);
    else if (e->what == EVICT)
        note_call("evict %d", peel_evict(&srv, e->size, "no room"));
    else
        return -1;
    assert_int_not_equal(e->what, END_OF_SCRIPT);
    return 1;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    const struct cmsghdr *c = CMSG_FIRSTHDR(m);
    struct sctp_sndinfo snd;
    int len = m->msg_iovlen ? (int)m->msg_iov->iov_len : 0;

    assert_int_equal(fd, OWN);
    if (!c)
        return -1;
    memcpy(&snd, CMSG_DATA(c), sizeof(snd));
    note_call("%s %u %.*s",
              snd.snd_flags & SCTP_ABORT ? "abort"
              : snd.snd_flags & SCTP_EOF ? "eof"
                                         : "send",
              snd.snd_sid, len < 30 ? len : 30, len ? (const char *)m->msg_iov->iov_base : "");
    if (snd.snd_flags & (SCTP_ABORT | SCTP_EOF)) {
        assert_int_equal(snd.snd_assoc_id, 7);
        assert_true(flags & MSG_DONTWAIT);
        return 0;
    }
    errno = n_sends ? sends[0] : 0;
    now += errno == EAGAIN ? 1000 : 0;
    chunks += !errno;
    memmove(sends, sends + 1, sizeof(sends) - sizeof(*sends));
    n_sends -= n_sends > 0;
    if (errno == EDOM) { /* meanwhile the server shuts down */
        peel_shut_down(&srv);
        errno = EAGAIN;
    }
    return errno ? -1 : len;
}

/* ---- the server and its socket ---------------------------------------------------------- */

void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg)
{
    assert_ptr_equal(t, &srv.associations);
    for (int i = 0; i < TABLE; i++)
        if (table[i].id)
            f(&table[i], arg);
}

void unp_table_remove(struct unp_table *t, struct unp_sender *out, struct unp_association *a)
{
    assert_ptr_equal(t, &srv.associations);
    note_call("remove %d", a->id);
    a->id = 0;
}

int64_t unp_now(void)
{
    return now;
}

struct unp_line *unp_line_new(void)
{
    static struct unp_line line;

    line.f = stdout;
    return &line;
}

void unp_line_print(struct unp_line *line)
{
}

int pipe2(int fds[2], int flags)
{
    errno = EMFILE;
    fds[0] = 60;
    fds[1] = 61;
    return no_descriptors ? -1 : 0;
}

int close(int fd)
{
    note_call("close %d", fd);
    return 0;
}

int sctp_peeloff(int fd, sctp_assoc_t id)
{
    assert_int_equal(fd, FD);
    note_call("peel off %d", id);
    errno = peel_error;
    return peel_error ? -1 : OWN;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct timeval *tick = value;

    assert_int_equal(fd, OWN);
    assert_true(level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO));
    assert_true(tick->tv_sec == 1 && tick->tv_usec == 0);
    errno = EBADF;
    return name == option_fails ? -1 : 0;
}

size_t unp_sctp_memory(int fd)
{
    assert_int_equal(fd, FD);
    return SIZE_MAX;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (fd == OWN && name == SO_MEMINFO && has_meminfo) {
        ((uint32_t *)value)[SK_MEMINFO_RMEM_ALLOC] = unread;
        ((uint32_t *)value)[SK_MEMINFO_WMEM_QUEUED] = unacked;
        return 0;
    }
    if (fd == OWN && name == SCTP_GET_ASSOC_STATS && has_meminfo) {
        assert_int_equal(((struct sctp_assoc_stats *)value)->sas_assoc_id, 7);
        ((struct sctp_assoc_stats *)value)->sas_oodchunks = chunks / 2;
        ((struct sctp_assoc_stats *)value)->sas_ouodchunks = chunks - chunks / 2;
        return 0;
    }
    if (fd == OWN && (name == SO_RCVBUF || name == SO_SNDBUF)) {
        *(int *)value = buffer_size;
        return 0;
    }
    errno = EINVAL;
    return fd != FD || name != SCTP_STATUS || no_status ? -1 : 0;
}

/* Is there data?  Or a worker waits for memory: each time, another frees some. */
int poll(struct pollfd *fds, nfds_t n, int ms)
{
    if (n == 1) {
        assert_int_equal(ms, 0);
        return readable;
    }
    assert_true(n == 0 && ms > 0 && ms <= 1000);
    note_call("wait");
    if (evicts)
        note_call("evicted %d", peel_evict(&srv, 99, "no room"));
    srv.memory.used -= srv.memory.used < 40 ? srv.memory.used : 40;
    return 0;
}

static struct sctp_sndinfo answer(const struct unp_association *a, const struct unp_message *msg)
{
    assert_int_equal(a->ostreams, streams);
    return (struct sctp_sndinfo){.snd_sid = (uint16_t)(msg->rcv.rcv_sid + 1)};
}

static int begin(void **state)
{
    memset(&srv, 0, sizeof(srv));
    memset(table, 0, sizeof(table));
    srv.fd = FD;
    srv.memory.limit = 1000;
    srv.max_message = 500;
    streams = 3;
    n_threads = detached = n_sends = peel_error = option_fails = thread_error = 0;
    no_descriptors = no_status = evicts = has_meminfo = readable = false;
    unread = unacked = 0;
    chunks = 0;
    buffer_size = 0;
    now = 1000000;
    done[0] = '\0';
    blocks_before = blocks;
    return capture_output();
}

static int end(void **state)
{
    release_output();
    if (peel_count() == 0)
        peel_wait(); /* does not hang */
    return peel_count() == 0 ? check_blocks(state) : -1;
}

static struct unp_association *association(int i, sctp_assoc_t id)
{
    table[i] = (struct unp_association){.id = id, .ostreams = 3};
    peel_mark(&table[i]);
    return &table[i];
}

/* Peels off an association, and runs its worker on this script. */
#define WORK(...)                                                                                  \
    do {                                                                                           \
        association(0, 7);                                                                         \
        assert_false(peel_tick(&srv, answer));                                                     \
        done[0] = '\0';                                                                            \
        RUN(__VA_ARGS__);                                                                          \
    } while (0)
#define LOST                                                                                       \
    {                                                                                              \
        CHANGE, SCTP_COMM_LOST                                                                     \
    }

/* ---- peeling off ------------------------------------------------------------------------ */

UNIT_TEST(a_marked_association_gets_a_socket_and_leaves_the_table)
{
    table[0] = (struct unp_association){.id = 5, .ostreams = 3};
    assert_false(peel_tick(&srv, answer)); /* it is not marked */
    assert_done("");
    association(1, 7);
    association(2, 8);
    srv.verbose = true;
    assert_false(peel_tick(&srv, answer));
    assert_int_equal(peel_count(), 2);
    assert_int_equal(detached, 2);
    assert_contains(done, "close 60|close 61|peel off 7|remove 7|");
    assert_contains(done, "close 60|close 61|peel off 8|remove 8|");
    assert_int_equal(table[0].id, 5);
    assert_has_printed("association 7 has a socket and a thread of its own\n");
    done[0] = '\0';
    assert_false(peel_tick(&srv, answer)); /* once */
    assert_done("");
    RUN(LOST, LOST);
    assert_int_equal(peel_count(), 0);
    srv.json = true;
    association(1, 7);
    forget_output();
    assert_false(peel_tick(&srv, answer));
    assert_printed("{\"event\":\"peeled_off\",\"assoc_id\":7}\n");
    RUN(LOST);
}

UNIT_TEST(an_association_waits_until_none_of_its_data_is_in_the_program)
{
    struct unp_association *a = association(0, 7), *b = association(1, 8), *c = association(2, 9),
                           *d = association(3, 10);

    a->out.queued = 1;
    b->in.size = 1;
    c->close_reason = "aborted";
    d->out.ending_since = 1;
    assert_true(peel_tick(&srv, answer));
    assert_done("");
    b->in.size = 0;
    assert_true(peel_tick(&srv, answer));
    assert_done("close 60|close 61|peel off 8|remove 8|");
    a->out.queued = 0;
    assert_false(peel_tick(&srv, answer));
    assert_done("close 60|close 61|peel off 7|remove 7|");
    RUN(LOST, LOST);
}

UNIT_TEST(an_association_stays_on_the_shared_socket_when_there_is_no_room)
{
    struct unp_association *a;
    static bool said;

    for (int i = 0; i < 5 + CAN_FAIL; i++) {
        no_descriptors = i == 0;
        peel_error = i == 1 ? EMFILE : i == 2 ? EINVAL : 0;
        option_fails = i == 3 ? SO_SNDTIMEO : 0;
        thread_error = i == 4 ? EAGAIN : 0;
        fail_in = i == 5;
        a = association(0, 7);
        assert_false(peel_tick(&srv, answer));
        assert_contains(done, i == 3 ? "close 50|" : "");
        assert_int_equal(a->id, 7);
        if (!said)
            assert_told("association 7, and maybe later ones, stay on the shared socket: Too many "
                        "open files; raise the limits of descriptors and threads (ulimit -n, "
                        "ulimit -u)\n");
        said = true; /* once */
        assert_told("");
        RUN({END_OF_SCRIPT}); /* the threads that were started have no socket */
        done[0] = '\0';
        peel_mark(a); /* it is not tried again */
        assert_false(peel_tick(&srv, answer));
        assert_done("");
    }
    thread_error = 0;
    peel_error = EMFILE;
    no_status = true; /* the association ended for lack of a descriptor */
    association(0, 7);
    assert_false(peel_tick(&srv, answer));
    assert_done("close 60|close 61|peel off 7|remove 7|");
    RUN({END_OF_SCRIPT});
}

/* ---- a worker ------------------------------------------------------------------------- */

UNIT_TEST(each_message_is_answered_until_the_association_ends)
{
    WORK({MESSAGE, 1}, {NOTHING}, {ERROR, EINTR}, {DRY}, {MESSAGE, 2, 100}, LOST);
    assert_done("send 2 hi|send 3 long|close 50|");
    assert_printed("");
    assert_int_equal(srv.memory.used, 0);
    WORK({MESSAGE, 1}, {ERROR, EBADF});
    assert_done("send 2 hi|abort 0 the server is leaving|close 50|");
}

UNIT_TEST(a_restart_drops_a_partly_received_message_and_may_change_the_number_of_streams)
{
    WORK({MESSAGE, 1}, {CHANGE, SCTP_RESTART, .size = 2}, {MESSAGE, 1}, LOST);
    assert_done("send 2 hi|clear|send 2 hi|close 50|");
}

UNIT_TEST(with_v_notifications_are_printed_and_with_J_as_JSON)
{
    srv.verbose = true;
    association(0, 7);
    peel_tick(&srv, answer);
    forget_output();
    RUN({DRY}, LOST);
    assert_printed("association 7 lost: no cause given\n");
    srv.json = true;
    association(0, 7);
    peel_tick(&srv, answer);
    forget_output();
    RUN({CHANGE, SCTP_RESTART}, LOST);
    assert_has_printed("{\"event\":\"assoc_change\",\"state\":\"restart\"");
    assert_has_printed("{\"event\":\"assoc_change\",\"state\":\"comm_lost\"");
}

UNIT_TEST(a_reply_is_repeated_until_it_is_sent_or_the_association_has_ended)
{
    static const struct {
        int errors[3], n;
        const char *calls;
    } cases[] = {
        {{EAGAIN, EINTR}, 2, "send 2 hi|send 2 hi|send 2 hi|close 50|"},
        {{EPIPE}, 1, "send 2 hi|close 50|"},
        {{ESHUTDOWN}, 1, "send 2 hi|close 50|"},
        {{ECONNRESET}, 1, "send 2 hi|close 50|"},
        {{ETIMEDOUT}, 1, "send 2 hi|close 50|"},
        {{ECONNABORTED}, 1, "send 2 hi|close 50|"},
        {{ENOTCONN}, 1, "send 2 hi|close 50|"},
    };

    srv.verbose = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        memcpy(sends, cases[i].errors, sizeof(cases[i].errors));
        n_sends = cases[i].n;
        WORK({MESSAGE, 1}, LOST);
        assert_done(cases[i].calls);
        assert_has_printed("association 7 lost: no cause given\n");
        forget_output();
    }
    sends[0] = EMSGSIZE;
    n_sends = 1;
    WORK({MESSAGE, 1});
    assert_done("send 2 hi|abort 0 the message cannot be sent|close 50|");
}

UNIT_TEST(a_message_that_cannot_be_reassembled_ends_the_association)
{
    WORK({TOO_LARGE, EMSGSIZE});
    assert_done("abort 0 message too large|close 50|");
    WORK({TOO_LARGE, ENOMEM});
    assert_done("abort 0 the server is out of memory|close 50|");
}

/* ---- memory --------------------------------------------------------------------------- */

UNIT_TEST(a_worker_waits_while_the_server_is_above_its_limit)
{
    srv.memory.used = 950;
    WORK({MESSAGE, 1, 100}, LOST);
    assert_done("wait|wait|send 2 long|close 50|");
    assert_int_equal(srv.memory.used, 870);
    srv.memory.used = 2000;
    WORK({MESSAGE, 1}, LOST); /* of a message that holds no memory */
    assert_done("send 2 hi|close 50|");
    assert_int_equal(srv.memory.used, 2000);
    srv.memory.used = 900;
    WORK({MESSAGE, 1, 100}, LOST); /* as much as may be */
    assert_done("send 2 long|close 50|");
}

UNIT_TEST(the_worker_that_holds_most_memory_is_evicted)
{
    assert_false(peel_evict(&srv, 0, "no room"));
    srv.memory.used = 10;
    srv.verbose = true;
    WORK({MESSAGE, 1, 100}, {EVICT, 0, 0}, {NOTHING}, {MESSAGE, 1, 100}, LOST);
    assert_done("send 2 long|evict 0|send 2 long|close 50|"); /* nothing is held between messages */
    assert_int_equal(srv.memory.used, 10);
}

UNIT_TEST(a_worker_that_is_evicted_shuts_down_and_tells_why)
{
    evicts = srv.verbose = true;
    srv.memory.used = 950;
    WORK({MESSAGE, 1, 100}, {NOTHING, 0, 0, 3999}, LOST);
    assert_done("wait|abort 0 no room|evicted 1|send 2 long|eof 0 |close 50|");
    assert_has_printed("association 7 lost: no cause given (by this server: no room)\n");
    assert_int_equal(srv.memory.used, 910); /* its 100 bytes are counted once, 40 were freed */
    srv.memory.used = 950;
    srv.json = true;
    forget_output();
    WORK({MESSAGE, 1, 101}, {NOTHING, 0, 0, 4000});
    assert_done("wait|abort 0 no room|evicted 1|send 2 long|eof 0 |abort 0 the server is "
                "leaving|close 50|");
    srv.memory.used = 950;
    WORK({MESSAGE, 1, 99}, LOST); /* it holds less than others */
    assert_contains(done, "evicted 0|");
}

/* ---- buffers of the stack, of which the peers may fill 500 bytes ----------------------- */

#define TICK                                                                                       \
    {                                                                                              \
        NOTHING, 0, 0, 1000                                                                        \
    }
#define EVICTED "abort 0 the peer does not read, and ho|"

UNIT_TEST(a_peer_whose_buffers_make_no_progress_for_4_s_is_evicted)
{
    static const struct {
        uint32_t unread, unacked;
        bool readable;
        const char *calls;
    } cases[] = {
        {0, 251, false, EVICTED "eof 0 |close 50|"},
        {251, 0, false, EVICTED "eof 0 |close 50|"},
        {125, 126, false, EVICTED "eof 0 |close 50|"},
        {251, 0, true, "close 50|"}, /* readable data counts as progress */
        {125, 125, false, "close 50|"},
    };

    has_meminfo = srv.verbose = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unread = cases[i].unread;
        unacked = cases[i].unacked;
        readable = cases[i].readable;
        forget_output();
        WORK(TICK, TICK, TICK, {NOTHING, 0, 0, 999}, {NOTHING, 0, 0, 1}, LOST);
        assert_done(cases[i].calls);
        if (*cases[i].calls == 'a')
            assert_has_printed("(by this server: the peer does not read, and holds memory that "
                               "all clients need)");
    }
    unacked = 400;
    WORK(TICK, TICK, TICK, {NOTHING, 0, 0, 999}, LOST);
    assert_done("close 50|");
    WORK(TICK, TICK, TICK, {MESSAGE, 1, 0, 1000}, LOST); /* sending a chunk is progress */
    assert_done("send 2 hi|close 50|");
}

static void block_sends(int n)
{
    for (n_sends = 0; n_sends < n; n_sends++)
        sends[n_sends] = EAGAIN;
}

UNIT_TEST(a_peer_that_does_not_read_a_reply_for_4_s_is_evicted)
{
    has_meminfo = true;
    unread = 251; /* not read while the reply waits */
    readable = true;
    block_sends(4);
    WORK({MESSAGE, 1}, LOST);
    assert_done("send 2 hi|send 2 hi|send 2 hi|send 2 hi|" EVICTED "eof 0 |close 50|");
    has_meminfo = false; /* libusrsctp */
    buffer_size = 252;
    block_sends(4);
    WORK({MESSAGE, 1}, LOST);
    assert_done("send 2 hi|send 2 hi|send 2 hi|send 2 hi|" EVICTED "eof 0 |close 50|");
    block_sends(3);
    WORK({MESSAGE, 1}, TICK, TICK, TICK, TICK, LOST);
    assert_done("send 2 hi|send 2 hi|send 2 hi|send 2 hi|close 50|");
}

UNIT_TEST(the_end_of_the_server_shuts_the_associations_down_within_4_seconds)
{
    association(0, 7);
    peel_tick(&srv, answer);
    done[0] = '\0';
    RUN({MESSAGE, 1}, {SHUT_DOWN}, {MESSAGE, 1, 0, 3999}, {NOTHING, 0, 0, 1});
    assert_done("send 2 hi|eof 0 |send 2 hi|abort 0 the server is leaving|close 50|");
}

UNIT_TEST(a_reply_is_given_up_when_the_server_ends)
{
    sends[0] = EDOM;
    n_sends = 1;
    WORK({MESSAGE, 1}, LOST);
    assert_done("send 2 hi|eof 0 |close 50|");
}

int main(void)
{
    return run_all_tests(begin, end);
}
