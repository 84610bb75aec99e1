/* The one association of a client, from connecting to its end. */
#include "association.h"
#include "cause.h"
#include "interrupt.h"
#include "receive/receive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK_MS   500 /* between two checks for progress */
#define HEARD_MOST 10  /* time-outs for which a server may send and acknowledge nothing */

/* ---- sending -------------------------------------------------------------- */

bool unp_client_assoc_ready(const struct unp_client_assoc *a)
{
    return a->ostreams && !a->full && !a->closing && !a->closed;
}

bool unp_client_assoc_send(struct unp_client_assoc *a, const void *data, size_t len,
                           struct sctp_sndinfo *snd, const struct sctp_prinfo *pr)
{
    enum unp_send_failure failure;

    a->error = 0;
    if (a->closed || a->closing)
        return false;
    snd->snd_assoc_id = a->id;
    if (unp_send_info(a->fd, data, len, snd, pr, MSG_DONTWAIT) >= 0)
        return true;
    failure = unp_send_failure(errno);
    a->full = failure == SEND_AGAIN && errno != EINTR;
    a->closing = failure == SEND_ENDING;
    a->error = failure == SEND_FAILED ? errno : 0;
    return false;
}

/* ---- receiving ------------------------------------------------------------ */

/* The server was not silent while the program was stopped: restart the timeouts. */
static void notice_stop(struct unp_client_assoc *a)
{
    if (!unp_was_stopped())
        return;
    a->progressed = true;
    a->continued = unp_now();
    if (a->service->continued)
        a->service->continued(a->user);
}

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    struct unp_client_assoc *a = user;

    notice_stop(a);
    a->service->message(a->user, msg, from);
    free(msg->owned);
}

static void on_failed(void *user, sctp_assoc_t id, int err)
{
    struct unp_client_assoc *a = user;

    if (err != EMSGSIZE)
        err_sys("reassemble a message");
    unp_abort(a->fd, id, "message too large");
    a->closed = a->lost = true;
    snprintf(a->reason, sizeof(a->reason),
             "the server sends a message larger than %zu bytes; is it %s?", a->service->max_message,
             a->service->server);
    if (!a->service->reconnects)
        err_quit(EXIT_LOST, "%s", a->reason);
}

/* Records why the association was lost: the server's reason, if it gave one. */
static void record_loss(struct unp_client_assoc *a, const struct sctp_assoc_change *change,
                        size_t len)
{
    size_t causes = len - offsetof(struct sctp_assoc_change, sac_info);
    bool silent = change->sac_error == 0 && a->unreachable;
    char text[540];

    if (a->lost) /* aborted by this program, which has recorded why */
        return;
    a->lost = true;
    a->aborted = unp_cause_abort_reason(change->sac_info, causes, a->reason, sizeof(a->reason));
    if (silent)
        snprintf(a->close_text, sizeof(a->close_text),
                 "association %d lost: the server no longer answers", change->sac_assoc_id);
    if (silent)
        snprintf(a->reason, sizeof(a->reason),
                 "the server no longer answers; was it stopped, or the network cut?");
    else if (!a->aborted)
        snprintf(a->reason, sizeof(a->reason),
                 "the association was lost: %s; was the server killed?",
                 *unp_causes_text(change->sac_info, causes, text, sizeof(text)) ? text
                                                                                : "no cause given");
}

static void on_assoc_change(struct unp_client_assoc *a, const union sctp_notification *n,
                            size_t len)
{
    const struct sctp_assoc_change *change = &n->sn_assoc_change;

    switch (change->sac_state) {
    case SCTP_COMM_UP:
    case SCTP_RESTART:
        a->ostreams = change->sac_outbound_streams;
        a->istreams = change->sac_inbound_streams;
        /* A restart is no progress: it loses messages, and a peer can repeat it for ever. */
        a->progressed |= change->sac_state == SCTP_COMM_UP;
        break;
    case SCTP_COMM_LOST:
    case SCTP_CANT_STR_ASSOC:
    case SCTP_SHUTDOWN_COMP:
        a->closed = true;
        unp_notification_text(n, len, a->close_text, sizeof(a->close_text));
        if (change->sac_state != SCTP_SHUTDOWN_COMP)
            record_loss(a, change, len);
        break;
    default:
        break;
    }
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct unp_client_assoc *a = user;

    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        on_assoc_change(a, n, len);
        break;
    case SCTP_SHUTDOWN_EVENT:
        a->closing = true;
        break;
    case SCTP_PEER_ADDR_CHANGE:
        a->unreachable = n->sn_paddr_change.spc_state == SCTP_ADDR_UNREACHABLE;
        break;
    case SCTP_SEND_FAILED_EVENT:
        a->undelivered++;
        break;
    default:
        break;
    }
    if (a->service->notification)
        a->service->notification(a->user, n, len);
}

bool Unp_client_assoc_take(struct unp_client_assoc *a)
{
    return unp_receiver_take(&a->in, a->fd, MSG_DONTWAIT) > 0;
}

const char *unp_client_event_text(int fd, const union sctp_notification *n, size_t len, char *buf,
                                  size_t size)
{
    const struct sctp_assoc_change *change = &n->sn_assoc_change;
    char peer[512], local[512];
    size_t used;

    unp_notification_text(n, len, buf, size);
    used = strlen(buf);
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE && change->sac_state == SCTP_COMM_UP &&
        unp_peer_addresses(fd, change->sac_assoc_id, peer, sizeof(peer)) == 0 &&
        unp_local_addresses(fd, change->sac_assoc_id, local, sizeof(local)) == 0)
        snprintf(buf + used, size - used, ", peer %s, local %s", peer, local);
    return buf;
}

/* ---- waiting -------------------------------------------------------------- */

bool Unp_client_assoc_wait(struct unp_client_assoc *a, int input, int64_t ms)
{
    struct pollfd fds[2] = {
        {.fd = a->fd, .events = (short)(POLLIN | (a->full ? POLLOUT : 0))},
        {.fd = input, .events = POLLIN},
    };

    if (a->service->output)
        Unp_flush_stdout(a->service->output);
    unp_poll(fds, 2, ms);
    notice_stop(a);
    if (fds[0].revents & POLLOUT)
        a->full = false;
    a->received = fds[0].revents & ~POLLOUT && Unp_client_assoc_take(a);
    notice_stop(a);
    return fds[1].revents;
}

int64_t unp_client_assoc_time_left(struct unp_client_assoc *a)
{
    int64_t now = unp_now(), left;

    if (a->progressed)
        a->last_progress = now;
    a->progressed = false;
    left = a->last_progress + a->wait - now;
    return left > 0 ? left : 0;
}

/* Chunks in flight, and chunks received for incomplete messages: while either number changes, the
 * server is at work. */
struct pending {
    unsigned sent, received;
};

static struct pending chunks_pending(const struct unp_client_assoc *a)
{
    struct sctp_status status;

    if (unp_get_status(a->fd, a->id, &status) < 0)
        return (struct pending){0, 0};
    return (struct pending){status.sstat_unackdata, status.sstat_penddata};
}

/* Arriving data extends the wait for a limited time only, because a hostile server can send for
 * ever.  Acknowledgements always extend it, because they end. */
bool Unp_client_assoc_await_end(struct unp_client_assoc *a, int64_t ms, bool extend)
{
    int64_t left, end = unp_now() + ms, last = unp_now() + HEARD_MOST * ms;
    int64_t continued = a->continued;
    struct pending before = chunks_pending(a);

    unp_pending_signal = 0;
    a->full = false;
    while (!a->closed && !unp_pending_signal && (left = end - unp_now()) > 0) {
        struct pending now;

        Unp_client_assoc_wait(a, -1, extend && left > CHECK_MS ? CHECK_MS : left);
        now = chunks_pending(a);
        if (a->continued != continued || (extend && now.sent != before.sent)) {
            end = unp_now() + ms;
            last = unp_now() + HEARD_MOST * ms;
        } else if (extend && (a->received || now.received != before.received)) {
            end = unp_now() + ms < last ? unp_now() + ms : last;
        }
        continued = a->continued;
        before = now;
    }
    if (!a->closed)
        unp_abort(a->fd, a->id, "no answer to the shutdown");
    return a->closed;
}

/* ---- open and close ------------------------------------------------------- */

int unp_client_assoc_open(struct unp_client_assoc *a, const struct unp_client_service *service,
                          void *user, const struct unp_client *asked, char *why, size_t size)
{
    struct unp_client client = *asked;
    int fd;

    client.setup.buffer = service->buffer;
    *a = (struct unp_client_assoc){.service = service,
                                   .user = user,
                                   .wait = (int64_t)asked->wait * 1000,
                                   .progressed = true,
                                   .in = {.max_message = service->max_message,
                                          .want_addresses = service->want_addresses,
                                          .message = on_message,
                                          .notification = on_notification,
                                          .failed = on_failed,
                                          .user = a}};
    fd = unp_client_connect(&client, &a->id, why, size);
    a->closed = fd < 0;
    a->fd = fd < 0 ? -1 : fd;
    if (fd < 0)
        return -fd;
    Unp_receiver_open(&a->in);
    return 0;
}

void unp_client_assoc_close(struct unp_client_assoc *a)
{
    unp_receiver_close(&a->in);
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
    a->closing = false; /* input may be read before the next association is up */
}
