/* Output of sctp_ping while it runs: replies, events and gaps, as text and JSON. */
#include "notification.h"
#include "ping.h"
#include "json/fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void ping_print_start(struct ping *p)
{
    char peer[512] = "?";
    struct unp_json j;

    unp_peer_addresses(p->a.fd, p->a.id, peer, sizeof(peer));
    if (p->asked.json) {
        ping_json_begin(&j, "start");
        ping_json_mode(&j, p);
        unp_json_string(&j, "host", p->asked.client.host);
        unp_json_number(&j, "port", p->asked.client.port);
        unp_json_number(&j, "size", (int64_t)p->asked.size);
        unp_json_number(&j, "streams", p->asked.streams);
        unp_json_number(&j, "outbound_streams", p->a.ostreams);
        unp_json_number(&j, "inbound_streams", p->a.istreams);
        ping_json_paths(&j, p);
        ping_json_end(&j);
        return;
    }
    if (ping_has_target())
        return;
    printf("SCTP ping %s (%s): ", p->asked.client.host, peer);
    if (p->asked.mode == PING_HEARTBEAT)
        printf("heartbeats to %zu address%s\n", p->paths.count, p->paths.count == 1 ? "" : "es");
    else
        printf("%zu bytes, on %u of %u streams\n", p->asked.size, p->asked.streams, p->a.ostreams);
}

void ping_print_reply(struct ping *p, const struct ping_arrival *a)
{
    struct unp_json j;

    if (!p->asked.json) {
        ping_print_time(p);
        printf("%zu bytes from %s: stream=%u back=%u seq=%" PRIu64, a->len, a->from, a->stream,
               a->back, a->seq);
        if (a->us >= 0)
            printf(" time=%.3f ms", (double)a->us / 1000);
        puts(a->duplicate ? " (duplicate)" : "");
        return;
    }
    ping_json_begin(&j, "reply");
    unp_json_number(&j, "seq", (int64_t)a->seq);
    unp_json_number(&j, "stream", a->stream);
    unp_json_number(&j, "back", a->back);
    unp_json_number(&j, "bytes", (int64_t)a->len);
    unp_json_string(&j, "from", a->from);
    unp_json_real(&j, "ms", a->us < 0 ? (double)NAN : (double)a->us / 1000, 3);
    unp_json_bool(&j, "duplicate", a->duplicate);
    ping_json_end(&j);
}

/* Without -v, the start of the association and sctp_ping's own shutdown are not printed. */
static bool is_printed(const struct ping *p, const union sctp_notification *n, size_t len)
{
    const struct sctp_assoc_change *change = &n->sn_assoc_change;

    if (p->asked.check)
        return false;
    if (p->asked.client.verbose)
        return true;
    if (p->asked.mode == PING_WATCH)
        return false;
    switch (unp_notification_type(n, len)) {
    case SCTP_ASSOC_CHANGE:
        return change->sac_state != SCTP_COMM_UP && !p->leaving;
    case SCTP_PEER_ADDR_CHANGE:
    case SCTP_REMOTE_ERROR:
    case SCTP_SHUTDOWN_EVENT:
        return true;
    default:
        return false;
    }
}

void ping_print_event(struct ping *p, const union sctp_notification *n, size_t len)
{
    char text[1024], clock[24];
    struct unp_json j;

    if (!is_printed(p, n, len))
        return;
    ping_clear_live(p);
    if (!p->asked.json) {
        printf("%s%s %s\n", ping_target(), ping_clock(clock, sizeof(clock)),
               unp_notification_text(n, len, text, sizeof(text)));
        return;
    }
    j = (struct unp_json){.f = stdout};
    unp_json_open(&j, NULL, '{');
    unp_json_notification(&j, n, len);
    ping_json_target(&j);
    ping_json_time(&j);
    ping_json_end(&j);
}

void ping_print_gap(struct ping *p, int64_t us, const char *from)
{
    bool same = strcmp(from, p->from) == 0;
    char clock[24];
    struct unp_json j;

    ping_clear_live(p);
    if (p->asked.json) {
        ping_json_begin(&j, "gap");
        unp_json_real(&j, "ms", (double)us / 1000, 3);
        unp_json_string(&j, "before", p->from);
        unp_json_string(&j, "from", from);
        ping_json_end(&j);
        return;
    }
    printf("%s%s no replies for %.3f s; they come from %s %s%s\n", ping_target(),
           ping_clock(clock, sizeof(clock)), (double)us / 1e6, from,
           same ? "again" : "now, before from ", same ? "" : p->from);
}

void ping_print_continued(struct ping *p)
{
    char clock[24];
    struct unp_json j;

    ping_clear_live(p);
    if (p->asked.json) {
        ping_json_begin(&j, "continued");
        ping_json_end(&j);
        return;
    }
    printf("%s%s sctp_ping was stopped and continues: outstanding replies are not timed\n",
           ping_target(), ping_clock(clock, sizeof(clock)));
}
