/*
 * Peeled-off associations, each with a socket and a thread: UNP's fork server (section 23.10).
 *
 * sctp_peeloff() moves an association with its unread data out of a one-to-many socket.  Data
 * already read stays with this program, so an association is moved between two batches, when it
 * has no partly received message and no queued reply.
 *
 * A thread serves it, not a process, because the userland SCTP stack does not survive fork().  A
 * thread may block on its own client.
 */
#include "peel.h"
#include "receive/receive.h"
#include "server/program.h"
#include "json/event.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <unistd.h>

#define BATCH      8
#define TICK_S     1    /* timeout of socket calls, after which a worker checks `ending` */
#define GOODBYE_MS 4000 /* limit of a shutdown, to which a tick is added: 5 s, as in server.c */
#define SHORT_MS   20   /* between two checks while memory is short */
#define STUCK      4    /* ticks without progress after which a peer counts as stuck */

struct worker {
    int fd;
    struct unp_association client; /* a copy, for its id and number of streams */
    struct unp_memory *memory;     /* the server's count … */
    size_t counted;                /* … and this worker's bytes in it */
    _Atomic(const char *) evicted; /* reason of an eviction; NULL: not evicted */
    size_t held;                   /* bytes without progress in the buffers of the socket … */
    int held_for;                  /* … and for how many ticks */
    uint64_t sent;                 /* chunks */
    int64_t checked;               /* ms */
    bool verbose, json, closed;
    answer_to *answer;
    struct unp_receiver in;
    LIST_ENTRY(worker) link;
};

/* a->user points to `wanted` if the association is to be moved, to `unmovable` if it cannot be. */
static char wanted, unmovable;
static bool some_wanted; /* there are such associations */
static atomic_bool ending;
static _Atomic int64_t ending_since; /* ms */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_less = PTHREAD_COND_INITIALIZER;
LIST_HEAD(worker_list, worker);
static struct worker_list all = LIST_HEAD_INITIALIZER(all); /* candidates for eviction */
static unsigned workers;
static size_t pool; /* half of the memory, bytes; stuck peers may hold half of it */
static _Atomic size_t held_together; /* bytes that all workers hold without progress */

static const char holds_memory[] = "the peer does not read, and holds memory that all clients need";

/* ---- Worker thread -------------------------------------------------------- */

/* Counts `bytes` of messages.  Waits while the server is above its memory limit, until its thread
 * has evicted associations. */
static void set_held_bytes(struct worker *w, size_t bytes)
{
    pthread_mutex_lock(&lock);
    if (!w->evicted) {
        w->memory->used += bytes - w->counted;
        w->counted = bytes;
    }
    pthread_mutex_unlock(&lock);
    while (w->memory->used > w->memory->limit && bytes && !w->evicted && !ending)
        poll(NULL, 0, SHORT_MS);
}

/* Aborts the association, whose thread then frees its memory.  The caller has the lock. */
static void evict(struct worker *w, const char *why)
{
    w->evicted = why;
    w->memory->used -= w->counted;
    w->counted = 0;
    unp_abort(w->fd, w->client.id, why);
}

static void end(struct worker *w, const char *why)
{
    unp_abort(w->fd, w->client.id, why);
    w->closed = true;
}

/* Bytes in the buffers of a socket of libusrsctp while a reply waits: their size.  libusrsctp does
 * not report how much of them is in use, so both are taken to be full. */
static size_t buffers(const struct worker *w)
{
    int in = 0, out = 0;
    socklen_t len = sizeof(int);

    getsockopt(w->fd, SOL_SOCKET, SO_RCVBUF, &in, &len);
    getsockopt(w->fd, SOL_SOCKET, SO_SNDBUF, &out, &len);
    return (size_t)in / 2 + (size_t)out / 2; /* both are reported doubled: socket(7) */
}

/* Bytes that the stack holds for the peer and that make no progress: replies while no chunk is
 * sent, and data that cannot be delivered, because an earlier message is missing. */
static size_t stuck_bytes(struct worker *w, bool reply_waits)
{
    struct pollfd p = {.fd = w->fd, .events = POLLIN};
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(info);
    uint64_t before = w->sent;

    if (getsockopt(w->fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0)
        return reply_waits ? buffers(w) : 0;
    w->sent = unp_chunks_sent(w->fd, w->client.id);
    return (w->sent == before ? info[SK_MEMINFO_WMEM_QUEUED] : 0) +
           (reply_waits || poll(&p, 1, 0) == 0 ? info[SK_MEMINFO_RMEM_ALLOC] : 0);
}

/* Evicts the association if its peer is stuck, all workers together hold more than half of the
 * pool, and this one holds at least half of an even share. */
static void check_stuck(struct worker *w, bool reply_waits)
{
    int64_t now = unp_now();
    size_t bytes;

    if (w->evicted || now - w->checked < TICK_S * 1000)
        return;
    w->checked = now;
    bytes = stuck_bytes(w, reply_waits);
    held_together += bytes - w->held;
    w->held = bytes;
    w->held_for = bytes ? w->held_for + 1 : 0;
    pthread_mutex_lock(&lock);
    if (w->held_for >= STUCK && held_together > pool / 2 && bytes >= held_together / workers / 2)
        evict(w, holds_memory);
    pthread_mutex_unlock(&lock);
}

static void answer(struct worker *w, const struct unp_message *msg)
{
    const struct sctp_sndinfo snd = w->answer(&w->client, msg);

    while (unp_send_info(w->fd, msg->data, msg->len, &snd, NULL, 0) < 0)
        if (errno == EAGAIN || errno == EINTR) { /* a tick has passed */
            check_stuck(w, true);
            if (ending || w->evicted)
                return;
        } else if (unp_send_failure(errno) == SEND_ENDING) {
            return; /* the association's notification follows */
        } else {
            end(w, "the message cannot be sent");
            return;
        }
}

static void tell(struct worker *w, const union sctp_notification *n, size_t len)
{
    struct unp_line *line = unp_line_new();
    char text[1024];

    if (!line)
        return;
    if (w->json) {
        unp_event_json(w->fd, n, len, w->evicted, line->f);
    } else {
        unp_print_time(line->f);
        fputs(unp_notification_text(n, len, text, sizeof(text)), line->f);
        if (w->evicted)
            fprintf(line->f, " (by this server: %s)", w->evicted);
        putc('\n', line->f);
    }
    unp_line_print(line);
}

/* A restart begins a new association with the old id and socket. */
static void change(struct worker *w, const struct sctp_assoc_change *c)
{
    w->closed = c->sac_state != SCTP_RESTART;
    if (w->closed)
        return;
    unp_reassembly_clear(&w->in.data);
    w->client.ostreams = c->sac_outbound_streams;
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct worker *w = user;

    if (w->verbose && n->sn_header.sn_type != SCTP_SENDER_DRY_EVENT)
        tell(w, n, len);
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE)
        change(w, &n->sn_assoc_change);
}

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    struct worker *w = user;

    (void)from;
    if (!w->closed) {
        set_held_bytes(w, w->in.data.allocated + (msg->owned ? msg->len : 0));
        answer(w, msg);
    }
    free(msg->owned);
}

static void on_failed(void *user, sctp_assoc_t id, int err)
{
    (void)id;
    end(user, err == EMSGSIZE ? "message too large" : "the server is out of memory");
}

static void finish(struct worker *w)
{
    pthread_mutex_lock(&lock);
    LIST_REMOVE(w, link);
    pthread_mutex_unlock(&lock);
    if (w->fd >= 0)
        close(w->fd);
    unp_receiver_close(&w->in);
    set_held_bytes(w, 0);
    held_together -= w->held;
    free(w);
    pthread_mutex_lock(&lock);
    workers--;
    pthread_cond_signal(&one_less);
    pthread_mutex_unlock(&lock);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    int64_t deadline = INT64_MAX;

    pthread_mutex_lock(&lock); /* start() holds it until w->fd is known */
    w->closed = w->fd < 0;
    pthread_mutex_unlock(&lock);
    while (!w->closed && unp_now() < deadline) {
        if (unp_receiver_take(&w->in, w->fd, 0) < 0 && errno != EAGAIN && errno != EINTR)
            break;
        set_held_bytes(w, w->in.data.allocated);
        check_stuck(w, false);
        if ((ending || w->evicted) && deadline == INT64_MAX) {
            deadline = (ending ? ending_since : unp_now()) + GOODBYE_MS;
            unp_eof(w->fd, w->client.id);
        }
    }
    if (!w->closed)
        end(w, "the server is leaving");
    finish(w);
    return NULL;
}

/* ---- Peeling off ---------------------------------------------------------- */

static int peel(int fd, sctp_assoc_t id)
{
    const struct timeval tick = {.tv_sec = TICK_S};
    int own = unp_peeloff(fd, id);

    if (own >= 0 && (setsockopt(own, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)) < 0 ||
                     setsockopt(own, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick)) < 0)) {
        close(own);
        own = -1;
    }
    return own;
}

/* Starts the thread before it peels off, because an association cannot be put back.  On failure,
 * frees the worker.  Returns 0, or -1 and errno. */
static int start(struct worker *w, int fd)
{
    pthread_t thread;
    int err, rc;

    pthread_mutex_lock(&lock);
    err = pthread_create(&thread, NULL, work, w);
    if (err) {
        pthread_mutex_unlock(&lock);
        unp_receiver_close(&w->in);
        free(w);
        errno = err;
        return -1;
    }
    pthread_detach(thread);
    w->fd = peel(fd, w->client.id);
    err = errno;
    rc = w->fd < 0 ? -1 : 0;
    LIST_INSERT_HEAD(&all, w, link);
    workers++;
    pthread_mutex_unlock(&lock); /* from here on `w` is the thread's */
    errno = err;
    return rc;
}

static struct worker *new_worker(struct unp_server *srv, const struct unp_association *a,
                                 answer_to *answer_of)
{
    struct worker *w = calloc(1, sizeof(*w));
    size_t of_kernel;

    if (!w)
        return NULL;
    if (!pool) {
        of_kernel = unp_sctp_memory(srv->fd);
        pool = (of_kernel < SIZE_MAX ? of_kernel : srv->memory.limit) / 2;
    }
    *w = (struct worker){.client = *a,
                         .fd = -1,
                         .memory = &srv->memory,
                         .checked = unp_now(),
                         .verbose = srv->verbose,
                         .json = srv->json,
                         .answer = answer_of,
                         .in = {.max_message = srv->max_message,
                                .message = on_message,
                                .notification = on_notification,
                                .failed = on_failed,
                                .user = w}};
    if (unp_receiver_open(&w->in, BATCH) == 0)
        return w;
    unp_receiver_close(&w->in);
    free(w);
    return NULL;
}

/* Reports only the first failure: clients could fill the pipe of standard error with such lines. */
static void say_stays(sctp_assoc_t id, int err)
{
    static bool said;

    if (!said)
        err_msg("association %d, and maybe later ones, stay on the shared socket: %s; raise the "
                "limits of descriptors and threads (ulimit -n, ulimit -u)",
                id, strerror(err));
    said = true;
}

/* Without memory, a descriptor or a thread the association stays on the shared socket. */
static void move(struct unp_server *srv, struct unp_association *a, answer_to *answer_of)
{
    struct worker *w = new_worker(srv, a, answer_of);
    struct sctp_status status;
    sctp_assoc_t id = a->id;

    if (w && start(w, srv->fd) == 0) {
        unp_table_remove(&srv->associations, srv->out, a);
        if (srv->verbose)
            unp_report_peeled(id, "a socket and a thread", srv->json);
        return;
    }
    a->user = &unmovable;
    if (errno == EINVAL) /* the association has ended; its notification follows */
        return;
    say_stays(id, errno);
    if (unp_get_status(srv->fd, id, &status) < 0) /* it ended with its own socket */
        unp_table_remove(&srv->associations, srv->out, a);
}

void peel_mark(struct unp_association *a)
{
    if (a->user == &unmovable)
        return;
    a->user = &wanted;
    some_wanted = true;
}

struct search {
    struct unp_association *found;
    bool waits;
};

static void check(struct unp_association *a, void *arg)
{
    struct search *search = arg;

    if (a->user != &wanted || a->close_reason || a->out.ending_since)
        return;
    if (a->out.queued || a->in.size)
        search->waits = true;
    else
        search->found = a;
}

bool peel_tick(struct unp_server *srv, answer_to *answer_of)
{
    struct search search = {.found = NULL};

    if (!some_wanted)
        return false;
    do { /* the table must not change during a walk */
        search = (struct search){.found = NULL};
        unp_table_walk(&srv->associations, check, &search);
        if (search.found)
            move(srv, search.found, answer_of);
    } while (search.found);
    some_wanted = search.waits;
    return some_wanted;
}

unsigned peel_count(void)
{
    unsigned n;

    pthread_mutex_lock(&lock);
    n = workers;
    pthread_mutex_unlock(&lock);
    return n;
}

bool peel_evict(struct unp_server *srv, size_t least, const char *why)
{
    struct worker *w, *most = NULL;

    (void)srv;
    pthread_mutex_lock(&lock);
    LIST_FOREACH(w, &all, link)
    if (w->counted > (most ? most->counted : least))
        most = w;
    if (most)
        evict(most, why);
    pthread_mutex_unlock(&lock);
    return most != NULL;
}

void peel_shut_down(struct unp_server *srv)
{
    (void)srv;
    ending_since = unp_now();
    ending = true;
}

void peel_wait(void)
{
    pthread_mutex_lock(&lock);
    while (workers)
        pthread_cond_wait(&one_less, &lock);
    pthread_mutex_unlock(&lock);
}
