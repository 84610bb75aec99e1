/*
 * A one-to-many server: one socket, all associations, and an event loop that blocks on none of
 * them.  The program's callbacks (struct unp_service) handle the messages.
 *
 * The server has a table of its associations, so it need not ask the kernel about the sender of
 * each message: the COMM_UP notification adds an entry, and the notification of the end removes it.
 */
#include "own.h"
#include "receive/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#define TICK_MS        1000    /* a signal just before the wait is noticed after this time */
#define RETRY_MS       20      /* when to retry after the send buffer was full */
#define UNDELIVERED_MS 100     /* when to check the receive buffer after something was received */
#define SHUTDOWN_MS    5000    /* how long shutdowns may take */
#define ABORT_MS       1000    /* how long the notifications of the aborts are then awaited */
#define MIN_BUFFER     8388608 /* bytes, each way */

/* Abort reasons, which are sent to the peer. */
static const char leaving[] = "the server is leaving";
static const char no_memory[] = "the server is out of memory";
static const char try_later[] =
    "incomplete data filled the server's receive buffer; try again in a minute";
static const char too_much[] =
    "the server's memory limit is reached, and this client uses most of it";

static volatile sig_atomic_t signals;

static void on_signal(int signo)
{
    (void)signo;
    signals++;
}

/* With blocks_on_output, a reader that has stopped must not delay the shutdown: when time is up, or
 * at a second signal, output that blocks is discarded. */
static void on_signal_or_alarm(int signo)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
    int before = errno, null;

    signals += signo != SIGALRM;
    if ((signals > 1 || signo == SIGALRM) && poll(&p, 1, 0) == 0 &&
        (null = open("/dev/null", O_WRONLY | O_CLOEXEC)) >= 0)
        dup2(null, STDOUT_FILENO);
    alarm(signo == SIGALRM ? 1 : SHUTDOWN_MS / 1000);
    errno = before;
}

/* ---- memory --------------------------------------------------------------- */

struct largest {
    const struct unp_sender *out;
    struct unp_association *a;
    size_t bytes; /* that it has caused itself */
};

static void find_largest(struct unp_association *a, void *arg)
{
    struct largest *largest = arg;
    size_t bytes = a->in.allocated + a->user_bytes;

    if (unp_sender_own_fault(largest->out))
        bytes += a->out.queued;
    if (bytes > largest->bytes)
        *largest = (struct largest){largest->out, a, bytes};
}

void unp_server_make_room(struct unp_server *srv)
{
    while (unp_sender_memory_short(srv->out)) {
        struct largest largest = {.out = srv->out};

        unp_table_walk(&srv->associations, find_largest, &largest);
        if (srv->service->evict && srv->service->evict(srv, largest.bytes, too_much))
            continue;
        if (!largest.a)
            return;
        if (!largest.a->close_reason)
            unp_sender_abort(srv->out, largest.a, too_much);
        else
            unp_sender_forget(srv->out, largest.a);
        unp_reassembly_clear(&largest.a->in);
        if (srv->service->forget)
            srv->service->forget(srv, largest.a);
    }
}

static void make_room(void *srv)
{
    unp_server_make_room(srv);
}

/* ---- messages ------------------------------------------------------------- */

static struct unp_reassembly *reassembly_of(void *user, sctp_assoc_t id)
{
    struct unp_server *srv = user;

    srv->from = unp_table_find(&srv->associations, id);
    if (!srv->from || srv->from->close_reason) /* sent before the server ended the association */
        return NULL;
    return &srv->from->in;
}

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    struct unp_server *srv = user;

    (void)from;
    srv->from->delivered += msg->len;
    srv->service->message(srv, srv->from, msg);
    unp_server_make_room(srv);
}

/* Id 0: a notification, which is skipped. */
static void on_failed(void *user, sctp_assoc_t id, int err)
{
    struct unp_server *srv = user;

    if (id)
        unp_sender_abort(srv->out, srv->from, err == EMSGSIZE ? srv->too_large : no_memory);
}

/* ---- notifications -------------------------------------------------------- */

static void closed(struct unp_server *srv, struct unp_association *a,
                   const struct sctp_assoc_change *why)
{
    if (!a)
        return;
    unp_server_left_undelivered(srv, a);
    if (srv->service->closed)
        srv->service->closed(srv, a, why);
    if (a->own)
        close(unp_own_take(srv, a));
    unp_table_remove(&srv->associations, srv->out, a);
}

static void up(struct unp_server *srv, const struct sctp_assoc_change *change)
{
    struct unp_association *a = unp_table_find(&srv->associations, change->sac_assoc_id);
    int own = a ? unp_own_take(srv, a) : 0;

    /* A restart begins a new association with the old id (RFC 9260, section 5.2) and socket. */
    closed(srv, a, change);
    a = unp_table_add(&srv->associations, change->sac_assoc_id);
    if (!a) {
        unp_abort(own ? own : srv->fd, change->sac_assoc_id, no_memory);
        if (own)
            close(own);
        return;
    }
    unp_own_give(srv, a, own);
    a->ostreams = change->sac_outbound_streams;
    a->istreams = change->sac_inbound_streams;
    a->in.total = &srv->memory.used;
    if (unp_server_refuses(srv)) {
        unp_sender_abort(srv->out, a, try_later);
        return;
    }
    if (srv->service->up)
        srv->service->up(srv, a);
}

static void on_assoc_change(struct unp_server *srv, const struct sctp_assoc_change *change)
{
    if (srv->service->changing)
        srv->service->changing(srv);
    switch (change->sac_state) {
    case SCTP_COMM_UP:
    case SCTP_RESTART:
        up(srv, change);
        break;
    case SCTP_COMM_LOST:
    case SCTP_SHUTDOWN_COMP:
    case SCTP_CANT_STR_ASSOC:
        closed(srv, unp_table_find(&srv->associations, change->sac_assoc_id), change);
        break;
    default:
        break;
    }
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct unp_server *srv = user;
    struct unp_association *a;

    /* When the receive buffer is full, nothing else arrives: four notifications are a check. */
    srv->undelivered.events += 7;
    if (srv->verbose)
        unp_server_report(srv, n, len);
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        on_assoc_change(srv, &n->sn_assoc_change);
        break;
    case SCTP_SENDER_DRY_EVENT:
        a = unp_table_find(&srv->associations, n->sn_sender_dry_event.sender_dry_assoc_id);
        if (a)
            unp_sender_dry(srv->out, a);
        break;
    default:
        break;
    }
}

/* ---- event loop ----------------------------------------------------------- */

/* Sets the time-out of recvmmsg(), in which the server waits: poll() would cost one more system
 * call for every message of a client that sends one at a time. */
static void set_timeout(struct unp_server *srv, int ms)
{
    const struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    if (ms != srv->timeout && setsockopt(srv->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0)
        srv->timeout = ms;
}

/* Receives and handles a batch.  False: nothing had arrived. */
static bool serve_batch(struct unp_server *srv, int flags)
{
    int n = unp_receiver_take(&srv->in, srv->fd, flags), soon = TICK_MS;

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        poll(NULL, 0, RETRY_MS); /* an error neither ends the server nor makes it spin */
    unp_own_read(srv);
    unp_sender_flush(srv->out);
    unp_server_make_room(srv); /* other threads may have used memory */
    /* Not after each batch of a busy server: the clock costs a system call in a virtual machine. */
    if (n <= 0 || ++srv->undelivered.events >= 32) {
        unp_server_evict_undelivered(srv, unp_now());
        srv->undelivered.events = 0;
    }
    srv->received = n > 0;
    if ((n > 0 || srv->undelivered.since) && srv->undelivered.limit != SIZE_MAX)
        soon = UNDELIVERED_MS;
    if (srv->service->tick && srv->service->tick(srv))
        soon = RETRY_MS;
    set_timeout(srv, unp_sender_retry(srv->out) || srv->own_count ? RETRY_MS : soon);
    return n > 0;
}

/* ---- shutdown ------------------------------------------------------------- */

bool unp_server_finish(struct unp_server *srv, struct unp_association *a, const char *why)
{
    unp_sender_flush(srv->out);
    if (a->close_reason || a->out.state != SENDQ_OPEN)
        return false;
    a->close_reason = why;
    unp_eof(unp_socket_of(a, srv->fd), a->id);
    return true;
}

static void shut_down(struct unp_association *a, void *arg)
{
    unp_server_finish(arg, a, leaving);
}

static void abort_one(struct unp_association *a, void *arg)
{
    struct unp_server *srv = arg;

    unp_sender_abort(srv->out, a, leaving);
}

static void find_any(struct unp_association *a, void *any)
{
    *(struct unp_association **)any = a;
}

/* Frees the associations whose notification of the end was not read in time. */
static void forget_all(struct unp_server *srv)
{
    struct unp_association *a;

    while (srv->associations.count) { /* the table must not change during a walk */
        unp_table_walk(&srv->associations, find_any, &a);
        if (a->own)
            close(unp_own_take(srv, a));
        unp_table_remove(&srv->associations, srv->out, a);
    }
}

/* Handles the messages that have arrived, shuts down every association, and aborts those that are
 * not closed in time; a second signal aborts them at once. */
static void shut_down_all(struct unp_server *srv)
{
    int64_t deadline = unp_now() + SHUTDOWN_MS;
    int seen = signals;

    listen(srv->fd, 0);
    while (unp_now() < deadline && signals == seen && serve_batch(srv, MSG_DONTWAIT))
        ;
    if (srv->service->shutting_down)
        srv->service->shutting_down(srv);
    set_timeout(srv, RETRY_MS);
    while (srv->associations.count && unp_now() < deadline && signals == seen) {
        unp_table_walk(&srv->associations, shut_down, srv);
        serve_batch(srv, 0);
        set_timeout(srv, RETRY_MS);
    }
    unp_table_walk(&srv->associations, abort_one, srv);
    deadline = unp_now() + ABORT_MS;
    while (srv->associations.count && unp_now() < deadline && serve_batch(srv, MSG_DONTWAIT))
        ;
}

/* ---- start ---------------------------------------------------------------- */

/* Without SA_RESTART, so that a signal interrupts the wait for messages. */
static void catch_signals(const struct unp_server *srv)
{
    struct sigaction act = {.sa_handler = srv->blocks_on_output ? on_signal_or_alarm : on_signal};

    sigaddset(&act.sa_mask, SIGINT);
    sigaddset(&act.sa_mask, SIGTERM);
    sigaddset(&act.sa_mask, SIGALRM);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    if (srv->blocks_on_output)
        sigaction(SIGALRM, &act, NULL);
    else
        signal(SIGPIPE, SIG_IGN); /* an output without a reader does not end the server */
}

static void set_defaults(struct unp_server *srv)
{
    if (!srv->setup.ostreams)
        srv->setup.ostreams = DEFAULT_OSTREAMS;
    if (!srv->max_message)
        srv->max_message = DEFAULT_MAX_MESSAGE;
    if (!srv->max_queue)
        srv->max_queue =
            srv->max_message > DEFAULT_MAX_QUEUE / 4 ? 4 * srv->max_message : DEFAULT_MAX_QUEUE;
    if (!srv->memory.limit)
        srv->memory.limit = unp_memory_default();
}

/* Finds out the port that the stack chose for port 0.  (sctp_getladdrs() fails on a host that has
 * no address yet.) */
static void learn_port(struct unp_server *srv)
{
    struct sockaddr_in6 name = {.sin6_port = 0};
    socklen_t len = sizeof(name);

    if (getsockname(srv->fd, (struct sockaddr *)&name, &len) < 0)
        err_sys("getsockname");
    srv->setup.port = ntohs(name.sin6_port); /* at the same offset in both families */
}

/* Warns about settings of the machine that limit the server. */
static void warn(struct unp_server *srv)
{
    size_t can_send = unp_max_message(srv->fd);

    if (can_send < srv->max_message) {
        err_msg("note: messages above %zu bytes cannot be sent back here, and abort their "
                "association; as root, 'sysctl -w net.core.wmem_max=%zu' allows %zu",
                can_send, srv->max_message, srv->max_message);
        srv->max_message = can_send;
    }
    if (unp_shared_sndbuf(srv->fd))
        err_msg(
            "note: net.sctp.sndbuf_policy is 0: all clients share one send buffer, so clients "
            "that do not read, and large numbers of clients, can slow down the others; as root, "
            "'sysctl -w net.sctp.sndbuf_policy=1 net.sctp.rcvbuf_policy=1', then restart the "
            "server");
}

/* Unsubscribes from notifications that would only be printed.  Without them, a short association
 * has two notifications, not four, and failed messages are not copied to the receive buffer. */
static void unsubscribe(int fd)
{
    static const uint16_t printed[] = {SCTP_PEER_ADDR_CHANGE,      SCTP_SEND_FAILED_EVENT,
                                       SCTP_REMOTE_ERROR,          SCTP_SHUTDOWN_EVENT,
                                       SCTP_ADAPTATION_INDICATION, SCTP_STREAM_RESET_EVENT,
                                       SCTP_ASSOC_RESET_EVENT,     SCTP_STREAM_CHANGE_EVENT};

    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++)
        unp_subscribe(fd, SCTP_FUTURE_ASSOC, printed[i], false);
}

void Unp_server_start(struct unp_server *srv)
{
    set_defaults(srv);
    catch_signals(srv);
    /* Room for several of the largest messages, because associations may share it. */
    srv->setup.buffer = srv->max_message > MIN_BUFFER / 8 ? 8 * srv->max_message : MIN_BUFFER;
    srv->fd = Unp_listen(&srv->setup);
    learn_port(srv);
    srv->out = unp_sender_new(srv->fd, srv->max_queue);
    if (!srv->out)
        err_sys("start");
    unp_sender_limit(srv->out, &srv->memory, make_room, srv);
    srv->undelivered.limit = unp_undelivered_limit(srv->fd);
    if (!srv->verbose)
        unsubscribe(srv->fd);
    set_timeout(srv, TICK_MS);
    warn(srv);
    srv->in = (struct unp_receiver){.max_message = srv->max_message,
                                    .message = on_message,
                                    .notification = on_notification,
                                    .failed = on_failed,
                                    .reassembly_of = reassembly_of,
                                    .kept = make_room,
                                    .user = srv};
    Unp_receiver_open(&srv->in);
    snprintf(srv->too_large, sizeof(srv->too_large), "message larger than %zu bytes",
             srv->max_message);
    if (srv->verbose && !srv->blocks_on_output && unp_report_start(srv->json) < 0)
        err_sys("start a thread that prints");
    unp_server_report_listening(srv);
}

void unp_server_run(struct unp_server *srv)
{
    while (!signals)
        serve_batch(srv, srv->busy ? MSG_DONTWAIT : 0);
    shut_down_all(srv);
    forget_all(srv);
    close(srv->fd);
    unp_receiver_close(&srv->in);
    unp_sender_free(srv->out);
    unp_addrs_free(&srv->setup.local);
}
