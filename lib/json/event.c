/* What comes on a socket as lines of JSON: sctp_events(7). */
#include "event.h"
#include "fields.h"
#include "notification.h"
#include "receive/receive.h"

#include <stdio.h>

/* "peer":["10.0.0.1:9877",...].  Nothing when the association is gone. */
static void json_addresses(struct json *j, const char *name, struct sctp_addrs *list)
{
    char text[SOCK_NTOP_SIZE];

    if (list->count) {
        json_open(j, name, '[');
        for (struct sockaddr *sa = NULL; (sa = sctp_addrs_next(list, sa));)
            json_string(j, NULL, sock_ntop(sa, text, sizeof(text)));
        json_close(j, ']');
    }
    sctp_addrs_free(list);
}

static void add_addresses(struct json *j, int fd, sctp_assoc_t id)
{
    struct sctp_addrs peer = {0}, local = {0};

    sctp_addrs_peer(&peer, fd, id);
    json_addresses(j, "peer", &peer);
    sctp_addrs_local(&local, fd, id);
    json_addresses(j, "local", &local);
}

void sctp_event_json(int fd, const union sctp_notification *n, size_t len, const char *ended,
                     FILE *f)
{
    struct json j = {.f = f};

    flockfile(f);
    json_open(&j, NULL, '{');
    json_notification(&j, n, len);
    if (notification_type(n, len) == SCTP_ASSOC_CHANGE &&
        (n->sn_assoc_change.sac_state == SCTP_COMM_UP ||
         n->sn_assoc_change.sac_state == SCTP_RESTART))
        add_addresses(&j, fd, n->sn_assoc_change.sac_assoc_id);
    if (ended)
        json_string(&j, "ended_here", ended);
    json_close(&j, '}');
    fputc('\n', f);
    funlockfile(f);
}

void sctp_message_json(const struct sctp_message *msg, FILE *f)
{
    struct json j = {.f = f};

    flockfile(f);
    json_open(&j, NULL, '{');
    json_string(&j, "event", "message");
    json_number(&j, "stream", msg->rcv.rcv_sid);
    json_number(&j, "ssn", msg->rcv.rcv_ssn);
    json_number(&j, "tsn", msg->rcv.rcv_tsn);
    json_number(&j, "cumtsn", msg->rcv.rcv_cumtsn);
    json_open(&j, "flags", '[');
    if (msg->rcv.rcv_flags & SCTP_UNORDERED)
        json_string(&j, NULL, "unordered");
    json_close(&j, ']');
    json_ppid(&j, msg->rcv.rcv_ppid);
    json_number(&j, "context", msg->rcv.rcv_context);
    json_number(&j, "assoc_id", msg->rcv.rcv_assoc_id);
    json_data(&j, msg->data, msg->len);
    json_close(&j, '}');
    fputc('\n', f);
    funlockfile(f);
}
