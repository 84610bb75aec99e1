/* What comes to sctp_console: events and messages, labelled with their association. */
#include "console.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- messages ------------------------------------------------------------- */

static void print_message(const struct peer *p, const struct sctp_message *msg)
{
    uint32_t ppid = ntohl(msg->rcv.rcv_ppid);
    const char *name = sctp_ppid_name(ppid);
    char *text = malloc(TEXT_GROWTH * msg->len + 1);

    if (!text)
        err_sys("show a message");
    text_tame(msg->data, msg->len, text);
    printf("%s [%u]", console_label(p), msg->rcv.rcv_sid);
    if (ppid && name)
        printf(" ppid:%u(%s)", ppid, name);
    else if (ppid)
        printf(" ppid:%u", ppid);
    printf("%s: %s\n", msg->rcv.rcv_flags & SCTP_UNORDERED ? " unordered" : "", text);
    free(text);
}

static void on_data(struct console *c, const struct sctp_piece *piece)
{
    struct peer *p = peer_of(c, piece->rcv.rcv_assoc_id);
    struct sctp_message msg;

    if (!p || p->state == PEER_OVER) /* what came before its abort */
        return;
    switch (sctp_assemble(&p->in, piece, MAX_MESSAGE, &msg)) {
    case 1:
        break;
    case -1:
        if (errno != EMSGSIZE)
            err_sys("put a message together");
        console_tell(c, "%s: a message of more than %d bytes: the association is aborted",
                     console_label(p), MAX_MESSAGE);
        sctp_abort(c->fd, p->id, "message too large");
        sctp_assembly_clear(&p->in);
        return;
    default:
        return;
    }
    if (c->json)
        sctp_message_json(&msg, stdout);
    else
        print_message(p, &msg);
    free(msg.owned);
}

/* ---- events --------------------------------------------------------------- */

/* Of which association; all types have it at another place. */
static sctp_assoc_t id_of(const union sctp_notification *n)
{
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        return n->sn_assoc_change.sac_assoc_id;
    case SCTP_PEER_ADDR_CHANGE:
        return n->sn_paddr_change.spc_assoc_id;
    case SCTP_SEND_FAILED_EVENT:
        return n->sn_send_failed_event.ssf_assoc_id;
    case SCTP_REMOTE_ERROR:
        return n->sn_remote_error.sre_assoc_id;
    case SCTP_SHUTDOWN_EVENT:
        return n->sn_shutdown_event.sse_assoc_id;
    case SCTP_PARTIAL_DELIVERY_EVENT:
        return n->sn_pdapi_event.pdapi_assoc_id;
    case SCTP_ADAPTATION_INDICATION:
        return n->sn_adaptation_event.sai_assoc_id;
    case SCTP_AUTHENTICATION_EVENT:
        return n->sn_authkey_event.auth_assoc_id;
    case SCTP_SENDER_DRY_EVENT:
        return n->sn_sender_dry_event.sender_dry_assoc_id;
    case SCTP_STREAM_RESET_EVENT:
        return n->sn_strreset_event.strreset_assoc_id;
    case SCTP_ASSOC_RESET_EVENT:
        return n->sn_assocreset_event.assocreset_assoc_id;
    case SCTP_STREAM_CHANGE_EVENT:
        return n->sn_strchange_event.strchange_assoc_id;
    default:
        return 0;
    }
}

static void print_event(struct console *c, const struct peer *p, const union sctp_notification *n,
                        size_t len)
{
    char text[1024], peer[512], local[512];

    printf("%s%s%s", p ? console_label(p) : "", p ? ": " : "",
           sctp_notification_text(n, len, text, sizeof(text)));
    if (p && n->sn_header.sn_type == SCTP_ASSOC_CHANGE &&
        n->sn_assoc_change.sac_state == SCTP_COMM_UP &&
        sctp_peer_addresses(c->fd, p->id, peer, sizeof(peer)) == 0 &&
        sctp_local_addresses(c->fd, p->id, local, sizeof(local)) == 0)
        printf(", peer %s, local %s", peer, local);
    putchar('\n');
}

/* What the program itself has to know of it. */
static void heed_event(struct console *c, struct peer *p, const union sctp_notification *n)
{
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        peer_changed(c, &n->sn_assoc_change);
        break;
    case SCTP_SHUTDOWN_EVENT:
        if (p && p->state == PEER_UP)
            p->state = PEER_CLOSING;
        break;
    case SCTP_PARTIAL_DELIVERY_EVENT:
        if (p)
            sctp_assembly_clear(&p->in); /* the rest will not come */
        break;
    case SCTP_STREAM_CHANGE_EVENT:
        if (p)
            peer_streams(c, p);
        break;
    default:
        break;
    }
}

static void on_notification(struct console *c, const struct sctp_piece *piece)
{
    const union sctp_notification *n;
    struct sctp_message msg;
    struct peer *p = NULL;

    switch (sctp_assemble(&c->notice, piece, SIZE_MAX, &msg)) {
    case 1:
        break;
    case -1:
        err_sys("receive a notification");
    default:
        return;
    }
    n = (const union sctp_notification *)(void *)msg.data;
    p = peer_of(c, id_of(n));
    if (c->json)
        sctp_event_json(c->fd, n, msg.len, NULL, stdout);
    else
        print_event(c, p, n, msg.len);
    heed_event(c, p, n);
    free(msg.owned);
}

void console_receive(struct console *c)
{
    int n = sctp_inbox_recv(c->in, c->fd, MSG_DONTWAIT);

    if (n > 0) {
        terminal_hide(c->term);
        c->heard = sctp_now();
    }
    for (int i = 0; i < n; i++) {
        const struct sctp_piece *piece = sctp_inbox_piece(c->in, i);

        if (piece->flags & MSG_NOTIFICATION)
            on_notification(c, piece);
        else
            on_data(c, piece);
    }
}
