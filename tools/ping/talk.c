/* The association of sctp_ping: sends messages, and matches replies with them by content. */
#include "client/interrupt.h"
#include "notification.h"
#include "ping.h"
#include "receive/receive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A gap between replies is reported if it is this much longer than expected, us. */
#define GAP_US 100000

uint64_t ping_outstanding(const struct ping *p)
{
    return p->count.all.sent - p->count.all.received;
}

/* ---- Sending --------------------------------------------------------------- */

bool ping_send(struct ping *p)
{
    struct sctp_sndinfo snd = {.snd_sid = (uint16_t)(p->count.all.sent % p->asked.streams),
                               .snd_flags = p->asked.unordered,
                               .snd_ppid = p->asked.ppid};
    char head[PING_HEAD + 1];
    int64_t now;

    if (!unp_client_assoc_ready(&p->a) || p->a.error)
        return false;
    snprintf(head, sizeof(head), "%08" PRIx32 " %014" PRIu64 " ", p->ident, p->count.all.sent);
    memcpy(p->payload, head, PING_HEAD);
    now = ping_now();
    if (!unp_client_assoc_send(&p->a, p->payload, p->asked.size, &snd, NULL))
        return false;
    ping_count_sent(&p->count, snd.snd_sid, now);
    p->last_sent = now;
    return true;
}

/* ---- Receiving ------------------------------------------------------------- */

/* Sequence number of the message whose echo this is; UINT64_MAX: it is no echo of ours. */
static uint64_t number_of(const struct ping *p, const struct unp_message *msg)
{
    char head[PING_HEAD + 1] = "", *end;
    uint64_t seq;

    if (msg->len != p->asked.size ||
        memcmp(msg->data + PING_HEAD, p->payload + PING_HEAD, msg->len - PING_HEAD) != 0)
        return UINT64_MAX;
    memcpy(head, msg->data, PING_HEAD);
    if (strtoul(head, &end, 16) != p->ident || end != head + 8)
        return UINT64_MAX;
    seq = strtoull(end, &end, 10);
    return end == head + PING_HEAD - 1 ? seq : UINT64_MAX;
}

/* The longest pause before a reply that is not reported as a gap.  It is shorter if the reply comes
 * from another address than the last one, which is a failover. */
static int64_t longest_pause(const struct ping *p, const char *from)
{
    const struct ping_tally *all = &p->count.all;

    return (strcmp(from, p->from) == 0 ? GAP_US : 0) +
           (p->asked.flood ? 0 : 2 * p->asked.interval) +
           2 * (all->timed ? all->sum / (int64_t)all->timed : 0);
}

static void on_reply(struct ping *p, const struct ping_arrival *a, int64_t now)
{
    int64_t pause = p->last_reply ? now - p->last_reply : 0;

    if (pause > p->longest)
        p->longest = pause;
    if (pause > longest_pause(p, a->from) && !p->asked.check)
        ping_print_gap(p, pause, a->from);
    p->last_reply = now;
    snprintf(p->from, sizeof(p->from), "%s", a->from);
    if (p->asked.flood && p->credit < p->asked.streams)
        p->credit++;
}

/* Replies may have arrived while the program was stopped (Ctrl-Z), so their times are unknown. */
static void on_continued(void *user)
{
    struct ping *p = user;

    p->continued = ping_now();
    p->stopped += p->continued - p->waited;
    if (p->last_reply)
        p->last_reply = p->continued;
    ping_count_stopped(&p->count);
    if (!p->asked.check)
        ping_print_continued(p);
}

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    struct ping *p = user;
    int64_t now = ping_now();
    struct ping_path *path = ping_paths_at(&p->paths, from);
    enum ping_reply kind;
    struct ping_arrival a = {.seq = number_of(p, msg),
                             .back = msg->rcv.rcv_sid,
                             .len = msg->len,
                             .from = path ? path->name : "?"};
    if (p->asked.mode != PING_ECHO)
        return;
    kind = ping_count_reply(&p->count, a.seq, now, &a.stream, &a.us);
    a.duplicate = kind == PING_DUPLICATE;
    if (kind == PING_UNEXPECTED && p->count.unexpected == 1 && !p->asked.check)
        err_msg("a received message is no echo of a message sent; is this an echo server?");
    if (kind == PING_UNEXPECTED)
        return;
    if (kind == PING_REPLY && path)
        path->replies++;
    if (kind == PING_REPLY)
        on_reply(p, &a, now);
    if (!p->asked.quiet && !p->asked.check)
        ping_print_reply(p, &a);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct ping *p = user;

    p->restarts += unp_notification_type(n, len) == SCTP_ASSOC_CHANGE &&
                   n->sn_assoc_change.sac_state == SCTP_RESTART;
    if (p->asked.streams > p->a.ostreams && p->a.ostreams)
        err_quit(EXIT_USAGE,
                 "-S %u is out of range: this association has %u outbound stream%s; raise the "
                 "server's limit of inbound streams",
                 p->asked.streams, p->a.ostreams, p->a.ostreams == 1 ? "" : "s");
    if (p->a.ostreams && !p->started && !p->asked.check &&
        (p->asked.mode == PING_ECHO || p->asked.mode == PING_HEARTBEAT)) {
        p->started = true;
        ping_paths_ask(&p->paths, p->a.fd, p->a.id);
        ping_print_start(p);
    }
    ping_print_event(p, n, len);
}

/* ---- Association ------------------------------------------------------------ */

int64_t ping_time_left(const struct ping *p)
{
    return p->asked.deadline ? p->began + p->asked.deadline + p->stopped - ping_now() : INT64_MAX;
}

/* Sets the options of -O that need the association.  Returns 0, or -1 and the reason. */
static int set_options(const struct ping *p, char *why, size_t size)
{
    char cause[500];

    for (const char *const *text = p->asked.options.after; text && *text; text++)
        if (unp_opt_set(p->a.fd, p->a.id, *text, cause, sizeof(cause)) < 0) {
            snprintf(why, size, "option \"%s\": %s", *text, cause);
            return -1;
        }
    return 0;
}

int ping_connect(struct ping *p, const struct unp_client *c, char *why, size_t size)
{
    static const struct unp_client_service service = {
        .buffer = 2 * (size_t)DEFAULT_MAX_MESSAGE,
        .max_message = 4 * (size_t)DEFAULT_MAX_MESSAGE,
        .server = "an echo server",
        .want_addresses = true,
        .message = on_message,
        .notification = on_notification,
        .continued = on_continued,
    };
    struct unp_client client = *c;
    struct unp_addrs found = {0};
    int rc = ping_resolve(&found, c->host, c->port, ping_time_left(p)), status;
    int64_t from = ping_now();

    if (rc)
        return unp_addrs_why(rc, "host", c->host, why, size);
    client.found = &found;
    status = unp_client_assoc_open(&p->a, &service, p, &client, why, size);
    unp_addrs_free(&found);
    if (unp_was_stopped())
        p->stopped += ping_now() - from;
    if (status)
        return status;
    if (set_options(p, why, size) < 0) {
        if (!p->asked.check)
            err_quit(EXIT_SYSTEM, "%s", why);
        unp_client_assoc_close(&p->a);
        return EXIT_SYSTEM;
    }
    if (p->asked.size > unp_max_message(p->a.fd))
        err_quit(EXIT_USAGE,
                 "-s %zu: the largest message is %zu bytes here; raise net.core.wmem_max",
                 p->asked.size, unp_max_message(p->a.fd));
    return EXIT_OK;
}

/* Milliseconds, rounded up. */
static int64_t in_ms(int64_t us)
{
    return us > 0 ? (us + 999) / 1000 : 0;
}

void ping_wait(struct ping *p, int64_t us)
{
    Unp_client_assoc_wait(&p->a, -1, in_ms(us));
    p->waited = ping_now();
}

void ping_shut_down(struct ping *p, int64_t us)
{
    if (p->a.closed)
        return;
    p->leaving = true;
    unp_eof(p->a.fd, p->a.id);
    Unp_client_assoc_await_end(&p->a, in_ms(us), false);
}

/* ---- Start and end -------------------------------------------------------- */

void Ping_init(struct ping *p)
{
    size_t size = p->asked.size;

    p->a.fd = -1;
    p->began = p->waited = ping_now();
    unp_catch_continue();
    p->credit = p->asked.streams;
    p->payload = malloc(size + 1);
    if (!p->payload || ping_count_init(&p->count, p->asked.streams) < 0 ||
        getrandom(&p->ident, sizeof(p->ident), 0) != sizeof(p->ident))
        err_sys("start");
    for (size_t i = PING_HEAD; i < size; i++)
        p->payload[i] = (char)('a' + i % 26);
}

void ping_free(struct ping *p)
{
    unp_client_assoc_close(&p->a);
    ping_count_free(&p->count);
    ping_paths_free(&p->paths);
    free(p->payload);
}
