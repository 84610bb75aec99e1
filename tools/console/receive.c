/* Notifications and messages that sctp_console receives, printed with their association's label. */
#include "receive/receive.h"
#include "client/association.h"
#include "console.h"
#include "notification.h"
#include "tty/message.h"
#include "tty/text.h"
#include "json/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Messages ------------------------------------------------------------- */

static void print_message(const struct peer *p, const struct unp_message *msg)
{
    char *text = malloc(TEXT_GROWTH * msg->len + 1);

    if (!text)
        err_sys("print a message");
    unp_text_escape(msg->data, msg->len, text);
    unp_print_time(stdout);
    printf("%s [%u]", console_label(p), msg->rcv.rcv_sid);
    unp_message_marks(msg, stdout);
    printf(": %s\n", text);
    free(text);
}

static struct unp_reassembly *reassembly_of(void *user, sctp_assoc_t id)
{
    struct peer *p = peer_of(user, id);

    return p && p->state != PEER_CLOSED ? &p->in : NULL; /* data that arrived before the abort */
}

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    struct console *c = user;

    (void)from;
    unp_terminal_hide(c->term);
    if (c->json)
        unp_message_json(msg, stdout);
    else
        print_message(peer_of(c, msg->rcv.rcv_assoc_id), msg);
    free(msg->owned);
}

static void on_failed(void *user, sctp_assoc_t id, int err)
{
    struct console *c = user;

    if (err != EMSGSIZE)
        err_sys("reassemble a message");
    unp_abort(c->fd, id, "message too large");
    console_tell(c, "%s: received a message of more than %d bytes: the association is aborted",
                 console_label(peer_of(c, id)), MAX_MESSAGE);
}

/* ---- Notifications -------------------------------------------------------- */

static void print_event(const struct console *c, const struct peer *p,
                        const union sctp_notification *n, size_t len)
{
    char text[2200];

    unp_print_time(stdout);
    printf("%s%s%s\n", p ? console_label(p) : "", p ? ": " : "",
           unp_client_event_text(c->fd, n, len, text, sizeof(text)));
}

static void update_peer(struct console *c, struct peer *p, const union sctp_notification *n)
{
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        peer_changed(c, &n->sn_assoc_change);
        break;
    case SCTP_SHUTDOWN_EVENT:
        if (p && p->state == PEER_UP)
            p->state = PEER_CLOSING;
        break;
    case SCTP_STREAM_CHANGE_EVENT:
        if (p)
            peer_streams(c, p);
        break;
    default:
        break;
    }
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct console *c = user;
    struct peer *p = peer_of(c, unp_notification_assoc(n, len));

    unp_terminal_hide(c->term);
    if (c->json)
        unp_event_json(c->fd, n, len, NULL, stdout);
    else if (!peer_reports(p, n))
        print_event(c, p, n, len);
    update_peer(c, p, n);
}

void Console_receiver_open(struct console *c)
{
    c->in = (struct unp_receiver){.max_message = MAX_MESSAGE,
                                  .message = on_message,
                                  .notification = on_notification,
                                  .failed = on_failed,
                                  .reassembly_of = reassembly_of,
                                  .user = c};
    Unp_receiver_open(&c->in);
}

void console_receive(struct console *c)
{
    if (unp_receiver_take(&c->in, c->fd, MSG_DONTWAIT) > 0)
        c->heard = unp_now();
}
