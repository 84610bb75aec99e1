/* Commands of sctp_console that show the associations: /peers, /status, /addrs. */
#include "console.h"

#include <errno.h>
#include <string.h>
#include <sys/queue.h>

#define NAME_COLUMN 24

/* Prints a name.  One that is wider than its column gets a line of its own, so that rows stay
 * within 79 columns. */
static void name_column(struct console *c, const char *name, int indent)
{
    console_say(c, "%-*s", NAME_COLUMN, name);
    if (strlen(name) > NAME_COLUMN)
        console_say(c, "\n%*s", indent + NAME_COLUMN, "");
}

bool status_peers(struct console *c, struct peer *p, char *args)
{
    static const char *const states[] = {[PEER_CONNECTING] = "connecting",
                                         [PEER_UP] = "up",
                                         [PEER_CLOSING] = "shutting down",
                                         [PEER_CLOSED] = "closed"};

    (void)args;
    if (TAILQ_EMPTY(&c->peers))
        console_say(c, "there is no association; /connect HOST starts one\n");
    for (p = NULL; (p = peer_next(c, p));) {
        console_say(c, "%c #%-3u ", p == peer_default(c) ? '>' : ' ', p->number);
        name_column(c, p->name, 7);
        console_say(c, " %-13s", states[p->state]);
        if (p->state == PEER_UP || p->state == PEER_CLOSING)
            console_say(c, " association %d, %u out, %u in", p->id, p->ostreams, p->istreams);
        console_say(c, "\n");
    }
    return true;
}

static void show_path(struct console *c, const struct peer *p, const struct sockaddr *sa,
                      const struct sctp_status *status)
{
    struct sctp_paddrinfo info;
    char name[SOCK_NTOP_SIZE], primary[SOCK_NTOP_SIZE];
    struct sockaddr_storage of_status = status->sstat_primary.spinfo_address;

    sock_ntop_host(sa, name, sizeof(name));
    sock_ntop_host((const struct sockaddr *)(const void *)&of_status, primary, sizeof(primary));
    if (unp_get_path(c->fd, p->id, sa, &info) < 0) {
        console_say(c, "  %-*s %s\n", NAME_COLUMN, name, strerror(errno));
        return;
    }
    console_say(c, "%c ", strcmp(name, primary) == 0 ? '*' : ' ');
    name_column(c, name, 2);
    console_say(c, " %-18s %6u %6u ms %9u %6u\n", unp_address_state_name(info.spinfo_state),
                info.spinfo_srtt, info.spinfo_rto, info.spinfo_cwnd, info.spinfo_mtu);
}

bool status_show(struct console *c, struct peer *p, char *args)
{
    struct sctp_status status;
    struct unp_addrs list = {0};

    (void)args;
    if (unp_get_status(c->fd, p->id, &status) < 0)
        return console_refuse(c, "%s: status: %s; a notification reports the end", console_label(p),
                              strerror(errno));
    console_say(c, "%s: association %d, %s\n", console_label(p), p->id,
                unp_state_name(status.sstat_state));
    console_say(c, "  streams: %u out, %u in; fragmentation point %u bytes\n",
                status.sstat_outstrms, status.sstat_instrms, status.sstat_fragmentation_point);
    console_say(c, "  rwnd %u bytes; chunks: %u unacked, %u pending\n", status.sstat_rwnd,
                status.sstat_unackdata, status.sstat_penddata);
    if (unp_addrs_peer(&list, c->fd, p->id) > 0)
        console_say(c, "  %-*s %-18s %6s %9s %9s %6s\n", NAME_COLUMN, "path", "state", "srtt",
                    "rto", "cwnd", "mtu");
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&list, sa));)
        show_path(c, p, sa, &status);
    unp_addrs_free(&list);
    return true;
}

bool status_addrs(struct console *c, struct peer *p, char *args)
{
    char local[4096], peer[4096];

    (void)args;
    if (unp_local_addresses(c->fd, p->id, local, sizeof(local)) < 0 ||
        unp_peer_addresses(c->fd, p->id, peer, sizeof(peer)) < 0)
        return console_refuse(c, "%s: addresses: %s; a notification reports the end",
                              console_label(p), strerror(errno));
    console_say(c, "%s: local %s\n", console_label(p), local);
    console_say(c, "%s: peer %s\n", console_label(p), peer);
    return true;
}
