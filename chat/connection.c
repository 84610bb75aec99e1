/* The client's association with the server: opened, sent on, received from, lost. */
#include "connection.h"
#include "cause.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER 1048576
/* A message of the server: its own limit may be another than ours. */
#define MAX_MESSAGE 16777216

bool connection_send(struct connection *c, unsigned channel, const char *text, size_t len)
{
    const struct sctp_sndinfo snd = {.snd_sid = (uint16_t)channel, .snd_assoc_id = c->id};
    enum sctp_send_failure failure;

    c->error = 0;
    if (c->over || c->closing)
        return false;
    if (sctp_send_info(c->fd, text, len, &snd, NULL, MSG_DONTWAIT) >= 0)
        return true;
    failure = sctp_send_failure(errno);
    c->full = failure == SEND_AGAIN && errno != EINTR;
    c->closing = failure == SEND_ENDING;
    c->error = failure == SEND_FAILED ? errno : 0;
    return false;
}

unsigned connection_unacked(const struct connection *c)
{
    struct sctp_status status;

    if (sctp_get_status(c->fd, c->id, &status) < 0)
        return 0;
    return status.sstat_unackdata + status.sstat_penddata;
}

static void on_message(void *user, const struct sctp_message *msg, const struct sockaddr *from)
{
    struct connection *c = user;

    (void)from;
    c->on_message(c->user, msg->rcv.rcv_sid, msg->data, msg->len);
}

static void on_too_large(void *user, sctp_assoc_t id)
{
    struct connection *c = user;

    (void)id;
    c->over = c->lost = true;
    snprintf(c->reason, sizeof(c->reason),
             "the server sends a message larger than %d bytes; is it a chat server?", MAX_MESSAGE);
}

/* Why it was lost, in the words of the server if it gave any. */
static void lost(struct connection *c, const struct sctp_assoc_change *change, size_t len)
{
    size_t info = offsetof(struct sctp_assoc_change, sac_info);
    char text[560];

    c->over = c->lost = true;
    sctp_causes_text(change->sac_info, len - info, text, sizeof(text));
    c->put_out = cause_abort_reason(change->sac_info, len - info, c->reason, sizeof(c->reason));
    if (c->put_out)
        return;
    if (change->sac_error == 0 && c->unreachable) {
        snprintf(c->reason, sizeof(c->reason),
                 "the server no longer answers; was it stopped, or the network cut?");
    } else {
        snprintf(c->reason, sizeof(c->reason), "the server is gone: %s; was it killed?",
                 *text ? text : "no cause given");
    }
}

static void on_assoc_change(struct connection *c, const struct sctp_assoc_change *change,
                            size_t len)
{
    switch (change->sac_state) {
    case SCTP_COMM_UP:
    case SCTP_RESTART:
        c->ostreams = change->sac_outbound_streams;
        break;
    case SCTP_COMM_LOST:
    case SCTP_CANT_STR_ASSOC:
        lost(c, change, len);
        break;
    case SCTP_SHUTDOWN_COMP:
        c->over = true;
        break;
    default:
        break;
    }
}

static void tell(struct connection *c, const union sctp_notification *n, size_t len)
{
    char text[1024], whole[2200], peer[512], local[512];

    sctp_notification_text(n, len, text, sizeof(text));
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE && n->sn_assoc_change.sac_state == SCTP_COMM_UP &&
        sctp_peer_addresses(c->fd, c->id, peer, sizeof(peer)) == 0 &&
        sctp_local_addresses(c->fd, c->id, local, sizeof(local)) == 0)
        snprintf(whole, sizeof(whole), "%s, peer %s, local %s", text, peer, local);
    else
        snprintf(whole, sizeof(whole), "%s", text);
    c->on_notice(c->user, whole);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct connection *c = user;

    if (c->on_notice)
        tell(c, n, len);
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        on_assoc_change(c, &n->sn_assoc_change, len);
        break;
    case SCTP_SHUTDOWN_EVENT:
        c->closing = true;
        break;
    case SCTP_PEER_ADDR_CHANGE:
        c->unreachable = n->sn_paddr_change.spc_state == SCTP_ADDR_UNREACHABLE;
        break;
    case SCTP_SEND_FAILED_EVENT:
        c->undelivered++;
        break;
    default:
        break;
    }
}

void connection_receive(struct connection *c)
{
    while (sctp_receiver_take(&c->in, c->fd) > 0 && c->over)
        ; /* what follows the end tells what was not delivered */
}

/* ---- its start and end ---------------------------------------------------- */

int connection_open(struct connection *c, struct sctp_client *asked, char *why, size_t size)
{
    struct connection fresh = {
        .fd = -1,
        .in = {.max_message = MAX_MESSAGE,
               .message = on_message,
               .notification = on_notification,
               .too_large = on_too_large,
               .user = c},
        .on_message = c->on_message,
        .on_notice = c->on_notice,
        .user = c->user,
    };

    *c = fresh;
    asked->setup.buffer = BUFFER;
    c->fd = sctp_client_connect(asked, &c->id, why, size);
    if (c->fd < 0) {
        int status = -c->fd;

        c->fd = -1;
        c->over = true;
        return status;
    }
    Sctp_receiver_open(&c->in);
    return 0;
}

void connection_close(struct connection *c)
{
    sctp_receiver_close(&c->in);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->closing = false; /* until there is another, input may be read */
}
