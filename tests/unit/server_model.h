/*
 * A server whose clients are a script: associations that come up, their messages, their ends.
 *
 * It replaces lib/server/ but for the lines of report.c, and the clock.  run_script() calls the
 * main() of the program, in a child, and compares all that it does, one after the other: its
 * output, and each call as "[call]".
 */
#ifndef SERVER_MODEL_H
#define SERVER_MODEL_H

#include "blocks.h"
#include "server/inside.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

enum { FD = 900, CLIENTS = 8, SCRIPT_ENDED = 99 };

enum what {
    END_OF_SCRIPT,
    PASS,     /* n ms pass, and the server ticks */
    UP,       /* association n is up */
    SAYS,     /* association n sends a message: on stream 0, or "S>text" on stream S */
    ENDS,     /* association n was aborted with this reason; NULL: it was shut down */
    RESTARTS, /* association n was restarted by its peer */
    RECEIVES, /* whether something had arrived before the next ticks */
    SLOW,     /* each message that is sent takes n ms */
    QUEUED,   /* association n has `text` bytes in its send queue */
    SHORT,    /* memory is short: data of more than n bytes is to be freed */
    FORGET,   /* … which association n holds */
    TERM,     /* SIGTERM */
};

struct step {
    enum what what;
    int n;
    const char *text;
};

static const struct step *script;
static int64_t now; /* ms */
static int send_ms;
static struct unp_association clients[CLIENTS];
static struct unp_server *server;

int program_main(int argc, char **argv);

/* The time of day. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = 1700000000, .tv_nsec = 500000000};
    return 0;
}

int64_t unp_now(void)
{
    return now;
}

/* ---- the table ------------------------------------------------------------------- */

void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg)
{
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].id)
            f(&clients[i], arg);
}

void unp_table_remove(struct unp_table *t, struct unp_sender *out, struct unp_association *a)
{
    printf("[%d is removed]\n", a->id);
    t->count--;
    memset(a, 0, sizeof(*a));
}

/* ---- sending ----------------------------------------------------------------------- */

/* The length of which a text is printed, without the newline at its end. */
static int shown_length(const struct unp_message *msg)
{
    size_t len = msg->len && msg->data[msg->len - 1] == '\n' ? msg->len - 1 : msg->len;

    return len > 4096 ? 20 : (int)len;
}

void unp_sender_send(struct unp_sender *out, struct unp_association *a,
                     const struct unp_message *msg, const struct sctp_sndinfo *snd)
{
    now += send_ms;
    printf("[to %d on %u%s%s: %.*s]\n", a->id, snd->snd_sid,
           snd->snd_flags & SCTP_UNORDERED ? " unordered" : "", snd->snd_ppid ? " with a PPID" : "",
           shown_length(msg), msg->data);
    if (snd->snd_assoc_id != a->id)
        puts("[of another id]");
    free(msg->owned);
}

void unp_sender_flush(struct unp_sender *out)
{
}

void unp_sender_relay(struct unp_sender *out)
{
    puts("[relays]");
}

size_t unp_sender_share(const struct unp_sender *out)
{
    return server->associations.count ? server->memory.limit / 2 : SIZE_MAX;
}

size_t unp_sender_max_queue(const struct unp_sender *out)
{
    return server->max_queue;
}

size_t unp_sender_weight(size_t len)
{
    return len + 100;
}

int64_t unp_sender_stalled(struct unp_sender *out, struct unp_association *a, int64_t at)
{
    a->out.window_closed = a->out.queued;
    return a->out.queued ? at - a->out.waiting_since : 0;
}

bool unp_sender_crowd(const struct unp_sender *out, size_t n)
{
    return n > 500;
}

int unp_sender_sendall(struct unp_sender *out, const struct unp_table *all,
                       const struct unp_message *msg, const struct sctp_sndinfo *snd)
{
    return 0;
}

void unp_sender_abort(struct unp_sender *out, struct unp_association *a, const char *reason)
{
    printf("[abort %d: %s]\n", a->id, reason);
    a->close_reason = reason;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct sctp_sndinfo snd;

    memcpy(&snd, CMSG_DATA(CMSG_FIRSTHDR(m)), sizeof(snd));
    printf("[%s %d of %d]\n", snd.snd_flags & SCTP_EOF ? "eof" : "abort", snd.snd_assoc_id, fd);
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (level != SOL_SOCKET || name != SO_SNDBUF)
        return -1;
    *(int *)value = 1 << 21;
    return 0;
}

/* ---- the server ---------------------------------------------------------------------- */

size_t unp_memory_default(void)
{
    return 1000000;
}

void Unp_server_start(struct unp_server *srv)
{
    const char *const *option = srv->setup.options;

    server = srv;
    printf("[start: port %u, %u streams, messages of %zu, queues of %zu, memory %zu%s%s%s",
           srv->setup.port, srv->setup.ostreams, srv->max_message, srv->max_queue,
           srv->memory.limit, srv->verbose ? ", verbose" : "", srv->json ? ", json" : "",
           srv->blocks_on_output ? ", blocks" : "");
    for (; option && *option; option++)
        printf(", option %s", *option);
    printf("]\n");
    srv->fd = FD;
    srv->out = (struct unp_sender *)srv;
}

bool unp_server_finish(struct unp_server *srv, struct unp_association *a, const char *why)
{
    if (srv != server)
        abort();
    if (a->out.queued)
        return false;
    printf("[finish %d: %s]\n", a->id, why);
    a->close_reason = why;
    return true;
}

void unp_server_make_room(struct unp_server *srv)
{
    printf("[%zu bytes in use]\n", (size_t)srv->memory.used);
}

void unp_server_peel(struct unp_server *srv, struct unp_association *a)
{
    printf("[peel off %d]\n", a->id);
    a->own = FD + a->id;
}

static void says(struct unp_association *a, const char *text)
{
    const char *mark = strchr(text, '>');
    struct unp_message msg = {.rcv = {.rcv_assoc_id = a->id}};

    if (mark && mark - text < 3) {
        msg.rcv.rcv_sid = (uint16_t)atoi(text);
        msg.rcv.rcv_flags = SCTP_UNORDERED;
        msg.rcv.rcv_ppid = htonl(60);
        text = mark + 1;
    }
    msg.len = strlen(text);
    msg.data = msg.owned = exact_copy(text, msg.len);
    server->service->message(server, a, &msg);
}

static void ends(struct unp_association *a, uint16_t state, const char *reason)
{
    struct sctp_assoc_change *change = calloc(1, sizeof(*change) + 200);
    size_t len = reason ? strlen(reason) : 0;

    *change = (struct sctp_assoc_change){.sac_type = SCTP_ASSOC_CHANGE,
                                         .sac_length = sizeof(*change),
                                         .sac_state = state,
                                         .sac_assoc_id = a->id};
    if (len) { /* a user-initiated abort: RFC 9260, 3.3.10.12 */
        change->sac_info[1] = 12;
        change->sac_info[3] = (unsigned char)(len + 4);
        memcpy(change->sac_info + 4, reason, len);
        change->sac_length += (uint32_t)len + 4;
        memcpy(change->sac_info + (len + 7) / 4 * 4, "\0\14\0\10more", 8); /* beyond its end */
    }
    if (server->service->changing)
        server->service->changing(server);
    if (server->service->closed)
        server->service->closed(server, a, change);
    free(change);
    memset(a, 0, sizeof(*a));
    server->associations.count--;
}

static void take_step(const struct step *s)
{
    struct unp_association *a = &clients[s->n % CLIENTS];

    switch (s->what) {
    case PASS:
        now += s->n;
        break;
    case UP:
        if (server->service->changing)
            server->service->changing(server);
        *a = (struct unp_association){.id = s->n, .ostreams = 5, .istreams = 5};
        server->associations.count++;
        if (server->service->up)
            server->service->up(server, a);
        break;
    case SAYS:
        says(a, s->text);
        break;
    case ENDS:
        ends(a, s->text ? SCTP_COMM_LOST : SCTP_SHUTDOWN_COMP, s->text);
        break;
    case RESTARTS:
        ends(a, SCTP_RESTART, NULL);
        printf("[%d begins anew]\n", s->n);
        break;
    case RECEIVES:
        server->received = s->n;
        break;
    case SLOW:
        send_ms = s->n;
        break;
    case QUEUED:
        a->out.queued = (size_t)atol(s->text);
        a->out.waiting_since = now;
        break;
    case SHORT:
        printf("[evict: %s]\n",
               server->service->evict(server, (size_t)s->n, "memory") ? "yes" : "no");
        break;
    case FORGET:
        server->service->forget(server, a);
        break;
    default:
        break;
    }
    if (server->service->tick && s->what == PASS)
        printf("[tick: %s]\n", server->service->tick(server) ? "soon" : "later");
    if (s->what == PASS && server->busy)
        puts("[busy]");
    for (int i = 0; i < CLIENTS; i++)
        if (s->what == PASS && clients[i].held)
            printf("[%d is held]\n", clients[i].id);
}

void unp_server_run(struct unp_server *srv)
{
    long before;

    if (srv != server)
        abort();
    setvbuf(stdout, NULL, _IONBF, 0);
    fflush(stdout);
    before = blocks;
    for (; script->what != END_OF_SCRIPT && script->what != TERM; script++)
        take_step(script);
    if (srv->service->shutting_down)
        srv->service->shutting_down(srv);
    if (!srv->associations.count && blocks != before)
        printf("[%ld blocks of memory are left]\n", (long)blocks - before);
    puts("[shut down]");
}

/* ---- a run ------------------------------------------------------------------------------ */

static void begin_script(const struct step *steps)
{
    const time_t epoch = 0;
    struct tm tm;

    localtime_r(&epoch, &tm); /* it allocates memory at its first call */
    now = 1000000;
    script = steps;
}

#include "run_script.h"

#endif
