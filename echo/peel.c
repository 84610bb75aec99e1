/*
 * Associations with a socket and a thread of their own: UNP's fork server (section 23.10).
 *
 * sctp_peeloff() takes an association out of a one-to-many socket, with what has come and was not
 * read yet.  What was read is this program's to hand over: so an association moves between two
 * batches, when no message of it is half here and no answer waits.
 *
 * A thread and not a process, because an SCTP stack in the process (the userland one) does not
 * survive fork().  Each may wait for its own client as long as it likes: for something to read, and
 * for room to answer.
 */
#include "peel.h"
#include "receive/receive.h"
#include "json/event.h"

#include <errno.h>
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
#define TICK_S     1    /* how soon a worker sees that it is to end */
#define GOODBYE_MS 5000 /* how long a shutdown may take */
#define SHORT_MS   20   /* how soon memory is looked at again that was short */

struct worker {
    int fd;
    struct unp_association client; /* a copy: its id, and how many streams it has */
    struct unp_memory *memory;     /* of the server … */
    size_t counted;                /* … which knows of so many bytes of this one */
    _Atomic(const char *) evicted; /* why: it held too much of that; NULL: it did not */
    bool verbose, json, over;
    answer_to *answer;
    struct unp_receiver in;
    LIST_ENTRY(worker) link;
};

static char wanted;      /* the mark of those that are to be moved */
static bool some_wanted; /* there are such */
static atomic_bool ending;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_less = PTHREAD_COND_INITIALIZER;
LIST_HEAD(worker_list, worker);
static struct worker_list all = LIST_HEAD_INITIALIZER(all); /* that may be evicted */
static unsigned workers;

/* ---- the thread ----------------------------------------------------------- */

/* It holds so many bytes now, of messages; before it holds more, there has to be room, which the
 * server's thread makes. */
static void count(struct worker *w, size_t bytes)
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

static void end(struct worker *w, const char *why)
{
    unp_abort(w->fd, w->client.id, why);
    w->over = true;
}

static void answer(struct worker *w, const struct unp_message *msg)
{
    const struct sctp_sndinfo snd = w->answer(&w->client, msg);

    while (unp_send_info(w->fd, msg->data, msg->len, &snd, NULL, 0) < 0)
        switch (errno) {
        case EAGAIN: /* a tick has passed */
        case EINTR:
            if (ending || w->evicted)
                return;
            break;
        case EPIPE:
        case ESHUTDOWN:
        case ECONNRESET: /* it is going: its notification follows */
            return;
        default:
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
    if (w->json)
        unp_event_json(w->fd, n, len, w->evicted, line->f);
    else if (w->evicted)
        fprintf(line->f, "%s (by this server: %s)\n",
                unp_notification_text(n, len, text, sizeof(text)), w->evicted);
    else
        fprintf(line->f, "%s\n", unp_notification_text(n, len, text, sizeof(text)));
    unp_line_print(line);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct worker *w = user;

    if (w->verbose && n->sn_header.sn_type != SCTP_SENDER_DRY_EVENT)
        tell(w, n, len);
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE && n->sn_assoc_change.sac_state != SCTP_RESTART)
        w->over = true;
}

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    struct worker *w = user;

    (void)from;
    if (!w->over) {
        count(w, w->in.data.allocated + (msg->owned ? msg->len : 0));
        answer(w, msg);
    }
    free(msg->owned);
}

static void on_failed(void *user, sctp_assoc_t id, int err)
{
    (void)id;
    end(user, err == EMSGSIZE ? "message too large" : "the server is out of memory");
}

static void *work(void *arg)
{
    struct worker *w = arg;
    int64_t deadline = INT64_MAX;

    while (!w->over && unp_now() < deadline) {
        if (unp_receiver_take(&w->in, w->fd, 0) < 0 && errno != EAGAIN && errno != EINTR)
            break;
        count(w, w->in.data.allocated);
        if ((ending || w->evicted) && deadline == INT64_MAX) {
            deadline = unp_now() + GOODBYE_MS;
            unp_eof(w->fd, w->client.id);
        }
    }
    if (!w->over)
        end(w, "the server is leaving");
    pthread_mutex_lock(&lock);
    LIST_REMOVE(w, link);
    pthread_mutex_unlock(&lock);
    close(w->fd);
    unp_receiver_close(&w->in);
    count(w, 0);
    free(w);
    pthread_mutex_lock(&lock);
    workers--;
    pthread_cond_signal(&one_less);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* ---- moving --------------------------------------------------------------- */

static bool start(struct worker *w)
{
    const struct timeval tick = {.tv_sec = TICK_S};
    pthread_t thread;

    if (setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)) < 0 ||
        setsockopt(w->fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick)) < 0)
        return false;
    pthread_mutex_lock(&lock);
    LIST_INSERT_HEAD(&all, w, link);
    workers++;
    pthread_mutex_unlock(&lock);
    errno = pthread_create(&thread, NULL, work, w);
    if (errno) {
        pthread_mutex_lock(&lock);
        LIST_REMOVE(w, link);
        workers--;
        pthread_mutex_unlock(&lock);
        return false;
    }
    pthread_detach(thread);
    return true;
}

static void say_moved(sctp_assoc_t id, bool json)
{
    struct unp_line *line = unp_line_new();

    if (!line)
        return;
    fprintf(line->f,
            json ? "{\"event\":\"peeled_off\",\"assoc_id\":%d}\n"
                 : "association %d has a socket and a thread of its own\n",
            id);
    unp_line_print(line);
}

/* Where there is no socket, thread or memory for it, it stays where it is, or ends. */
static void move(struct unp_server *srv, struct unp_association *a, answer_to *answer_of)
{
    struct worker *w = calloc(1, sizeof(*w));
    sctp_assoc_t id = a->id;

    if (w)
        *w = (struct worker){.client = *a,
                             .memory = &srv->memory,
                             .verbose = srv->verbose,
                             .json = srv->json,
                             .answer = answer_of,
                             .in = {.max_message = srv->max_message,
                                    .message = on_message,
                                    .notification = on_notification,
                                    .failed = on_failed,
                                    .user = w}};
    if (!w || unp_receiver_open(&w->in, BATCH) < 0 || (w->fd = sctp_peeloff(srv->fd, id)) < 0) {
        if (errno != EINVAL) /* it is over, or on its way */
            err_msg("association %d stays on the socket of all: %s", id, strerror(errno));
        if (w)
            unp_receiver_close(&w->in);
        free(w);
        a->user = NULL;
        return;
    }
    unp_table_remove(&srv->associations, srv->out, a);
    if (srv->verbose)
        say_moved(id, srv->json);
    if (!start(w)) {
        err_msg("association %d ends: no thread for it: %s", id, strerror(errno));
        unp_abort(w->fd, id, "the server has no thread left");
        close(w->fd);
        unp_receiver_close(&w->in);
        free(w);
    }
}

void peel_ask(struct unp_association *a)
{
    a->user = &wanted;
    some_wanted = true;
}

struct search {
    struct unp_association *found;
    bool waits;
};

static void look_at(struct unp_association *a, void *arg)
{
    struct search *search = arg;

    if (a->user != &wanted || a->close_reason || a->out.ending_since)
        return;
    if (a->out.queued || a->in.size)
        search->waits = true;
    else
        search->found = a;
}

bool peel_look(struct unp_server *srv, answer_to *answer_of)
{
    struct search search = {.found = NULL};

    if (!some_wanted)
        return false;
    do { /* the table may not change while it is walked */
        search = (struct search){.found = NULL};
        unp_table_walk(&srv->associations, look_at, &search);
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

    pthread_mutex_lock(&lock);
    LIST_FOREACH(w, &all, link)
    if (w->counted > (most ? most->counted : least))
        most = w;
    if (most) { /* its thread frees what it holds when it sees that */
        most->evicted = why;
        srv->memory.used -= most->counted;
        most->counted = 0;
        unp_abort(most->fd, most->client.id, why);
    }
    pthread_mutex_unlock(&lock);
    return most != NULL;
}

void peel_end(void)
{
    ending = true;
    pthread_mutex_lock(&lock);
    while (workers)
        pthread_cond_wait(&one_less, &lock);
    pthread_mutex_unlock(&lock);
}
