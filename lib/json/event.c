/* Notifications and messages as JSON lines: sctp_events(7). */
#include "event.h"
#include "fields.h"
#include "notification.h"
#include "receive/receive.h"

#include <stdio.h>

/* "peer":["10.0.0.1:9877",...]; nothing when the association has ended and has no addresses. */
static void json_addresses(struct unp_json *j, const char *name, struct unp_addrs *list)
{
    char text[SOCK_NTOP_SIZE];

    if (list->count) {
        unp_json_open(j, name, '[');
        for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(list, sa));)
            unp_json_string(j, NULL, sock_ntop(sa, text, sizeof(text)));
        unp_json_close(j, ']');
    }
    unp_addrs_free(list);
}

static void add_addresses(struct unp_json *j, int fd, sctp_assoc_t id)
{
    struct unp_addrs peer = {0}, local = {0};

    unp_addrs_peer(&peer, fd, id);
    json_addresses(j, "peer", &peer);
    unp_addrs_local(&local, fd, id);
    json_addresses(j, "local", &local);
}

void unp_event_json(int fd, const union sctp_notification *n, size_t len, const char *close_reason,
                    FILE *f)
{
    struct unp_json j = {.f = f};

    flockfile(f);
    unp_json_open(&j, NULL, '{');
    unp_json_notification(&j, n, len);
    if (unp_notification_type(n, len) == SCTP_ASSOC_CHANGE &&
        (n->sn_assoc_change.sac_state == SCTP_COMM_UP ||
         n->sn_assoc_change.sac_state == SCTP_RESTART))
        add_addresses(&j, fd, n->sn_assoc_change.sac_assoc_id);
    if (close_reason)
        unp_json_string(&j, "ended_here", close_reason);
    unp_json_time(&j);
    unp_json_close(&j, '}');
    fputc('\n', f);
    funlockfile(f);
}

void unp_message_json(const struct unp_message *msg, FILE *f)
{
    struct unp_json j = {.f = f};

    flockfile(f);
    unp_json_open(&j, NULL, '{');
    unp_json_string(&j, "event", "message");
    unp_json_number(&j, "stream", msg->rcv.rcv_sid);
    unp_json_number(&j, "ssn", msg->rcv.rcv_ssn);
    unp_json_number(&j, "tsn", msg->rcv.rcv_tsn);
    unp_json_number(&j, "cumtsn", msg->rcv.rcv_cumtsn);
    unp_json_open(&j, "flags", '[');
    if (msg->rcv.rcv_flags & SCTP_UNORDERED)
        unp_json_string(&j, NULL, "unordered");
    unp_json_close(&j, ']');
    unp_json_ppid(&j, msg->rcv.rcv_ppid);
    unp_json_number(&j, "context", msg->rcv.rcv_context);
    unp_json_number(&j, "assoc_id", msg->rcv.rcv_assoc_id);
    unp_json_data(&j, msg->data, msg->len);
    unp_json_time(&j);
    unp_json_close(&j, '}');
    fputc('\n', f);
    funlockfile(f);
}

void unp_number_json(const char *event, const char *field, int64_t value, FILE *f)
{
    struct unp_json j = {.f = f};

    unp_json_open(&j, NULL, '{');
    unp_json_string(&j, "event", event);
    unp_json_number(&j, field, value);
    unp_json_time(&j);
    unp_json_close(&j, '}');
    fputc('\n', f);
}
