/*
 * The associations of sctp_console: connecting, up, current, closed.
 *
 * Worth noticing: nothing here blocks.  sctp_connectx() starts an association, and a notification
 * reports the result.  When an address of the host refuses or does not answer, the next is tried.
 */
#include "client/client.h"
#include "cmdline/cmdline.h"
#include "console.h"
#include "receive/receive.h"
#include "typed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* ---- Lookup --------------------------------------------------------------- */

struct peer *peer_next(const struct console *c, struct peer *p)
{
    return p ? TAILQ_NEXT(p, next) : TAILQ_FIRST(&c->peers);
}

struct peer *peer_of(struct console *c, sctp_assoc_t id)
{
    struct peer *found = NULL;

    for (struct peer *p = NULL; (p = peer_next(c, p));)
        if (id && p->id == id)
            found = p; /* the latest: the stack reuses ids */
    return found;
}

struct peer *peer_number(struct console *c, long number)
{
    struct peer *p = NULL;

    while ((p = peer_next(c, p)) && p->number != (unsigned long)number)
        ;
    return p;
}

unsigned peer_count(const struct console *c, enum peer_state state)
{
    unsigned count = 0;

    for (struct peer *p = NULL; (p = peer_next(c, p));)
        count += p->state == state;
    return count;
}

static struct peer *first(struct console *c, enum peer_state state)
{
    struct peer *p = NULL;

    while ((p = peer_next(c, p)) && p->state != state)
        ;
    return p;
}

/* The first peer that is up, else one that is shutting down, else one that is connecting. */
static struct peer *first_open(struct console *c)
{
    struct peer *p = first(c, PEER_UP);

    p = p ? p : first(c, PEER_CLOSING);
    return p ? p : first(c, PEER_CONNECTING);
}

static unsigned open_count(const struct console *c)
{
    return peer_count(c, PEER_UP) + peer_count(c, PEER_CLOSING);
}

struct peer *peer_default(struct console *c)
{
    if (c->chosen || (c->must_choose && open_count(c) > 1))
        return c->chosen;
    return first_open(c);
}

struct peer *peer_current(struct console *c)
{
    struct peer *p = peer_default(c);

    if (!p && first_open(c))
        console_refuse(c, "the current association is closed: choose another with /use N or [n@N] "
                          "text; /peers lists them");
    else if (!p)
        console_refuse(c, "there is no association: /connect HOST starts one");
    else
        peer_choose(c, p); /* it remains current when others come up */
    return p;
}

void peer_choose(struct console *c, struct peer *p)
{
    c->chosen = p;
    c->must_choose = false;
}

void peer_streams(struct console *c, struct peer *p)
{
    struct sctp_status status;

    if (unp_get_status(c->fd, p->id, &status) < 0)
        return;
    p->ostreams = status.sstat_outstrms;
    p->istreams = status.sstat_instrms;
}

void peer_closed(struct console *c, struct peer *p)
{
    bool in_use = peer_default(c) == p;

    p->state = PEER_CLOSED;
    unp_reassembly_clear(&p->in);
    if (in_use) { /* lines meant for this peer must not reach another */
        c->must_choose = open_count(c) > 1;
        c->chosen = open_count(c) == 1 ? first_open(c) : NULL;
    }
}

/* ---- Connecting ----------------------------------------------------------- */

static void cannot_connect(struct console *c, struct peer *p)
{
    char host[400], why[700];
    uint16_t port;
    int status = 0;

    unp_parse_host(p->name, host, sizeof(host), &port);
    if (p->err == EISCONN || p->err == EALREADY) {
        snprintf(why, sizeof(why),
                 "an association with this host exists or is connecting; /peers lists them");
    } else {
        status = unp_connect_why(p->err, host, p->port, unp_now() - p->begun, why, sizeof(why));
    }
    console_tell(c, "%s: %s", console_label(p), why);
    peer_closed(c, p);
    c->failed++;
    c->refusal = c->refusal ? c->refusal : status;
}

/* Starts an association with the next address of the host.  False: none is left; tells why. */
static bool try_next(struct console *c, struct peer *p)
{
    while ((p->trying = unp_addrs_next(&p->addrs, p->trying))) {
        struct unp_addrs one = {
            .packed = (unsigned char *)p->trying, .size = unp_sock_len(p->trying), .count = 1};

        p->begun = unp_now();
        if (unp_connect_begin(c->fd, &one, &p->id) == 0)
            return true;
        p->err = errno;
    }
    cannot_connect(c, p);
    return false;
}

/* The name as the user typed it, with the port. */
static void put_name(struct peer *p, const char *host)
{
    size_t size = strlen(host) + sizeof("[]:65535");

    p->name = malloc(size);
    if (!p->name)
        err_sys("connect");
    snprintf(p->name, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, p->port);
}

bool peer_connect(struct console *c, const char *host)
{
    const struct peer *last = TAILQ_LAST(&c->peers, peers);
    struct peer *p = NULL;
    char name[256], why[600];
    uint16_t port = c->asked.port;
    int rc;

    if (!unp_parse_host(host, name, sizeof(name), &port))
        return console_refuse(c, "\"%s\" is not a host: write host, host:port or [IPv6]:port",
                              host);
    p = calloc(1, sizeof(*p));
    if (!p)
        err_sys("connect");
    p->number = last ? last->number + 1 : 1;
    p->port = port;
    put_name(p, name);
    TAILQ_INSERT_TAIL(&c->peers, p, next);
    rc = unp_addrs_add(&p->addrs, name, port);
    if (rc) {
        int status = unp_addrs_why(rc, "host", name, why, sizeof(why));

        console_tell(c, "%s: %s", console_label(p), why);
        c->refusal = c->refusal ? c->refusal : status;
        c->failed++;
        p->state = PEER_CLOSED;
        return false;
    }
    return try_next(c, p);
}

int64_t peer_timeouts(struct console *c)
{
    int64_t now = unp_now(), next = -1;

    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        int64_t left = p->begun + (int64_t)c->asked.wait * 1000 - now;

        if (p->state != PEER_CONNECTING)
            continue;
        if (left <= 0) {
            /* The userland stack cannot abort it before it is up; peer_changed() will. */
            unp_abort(c->fd, p->id, "too late");
            p->id = 0;
            p->err = ETIMEDOUT;
            left = try_next(c, p) ? (int64_t)c->asked.wait * 1000 : -1;
        }
        if (p->state == PEER_CONNECTING && (next < 0 || left < next))
            next = left;
    }
    return next;
}

/* ---- State changes -------------------------------------------------------- */

/* Sets the options of -O that need an association. */
static void set_options(struct console *c, const struct peer *p)
{
    char why[700];

    for (const char **text = c->options.after; text && *text; text++) {
        if (unp_opt_set(c->fd, p->id, *text, why, sizeof(why)) == 0)
            continue;
        console_tell(c, "%s: -O \"%s\": %s", console_label(p), *text, why);
        c->failed++;
    }
}

static void up(struct console *c, struct peer *p, const struct sctp_assoc_change *change)
{
    if (p->state == PEER_CONNECTING) {
        c->came_up++;
        set_options(c, p);
    }
    p->state = PEER_UP;
    p->ostreams = change->sac_outbound_streams;
    p->istreams = change->sac_inbound_streams;
    unp_reassembly_clear(&p->in);
}

bool peer_reports(const struct peer *p, const union sctp_notification *n)
{
    return p && p->state == PEER_CONNECTING && n->sn_header.sn_type == SCTP_ASSOC_CHANGE &&
           n->sn_assoc_change.sac_state == SCTP_CANT_STR_ASSOC &&
           n->sn_assoc_change.sac_length == sizeof(n->sn_assoc_change);
}

void peer_changed(struct console *c, const struct sctp_assoc_change *change)
{
    struct peer *p = peer_of(c, change->sac_assoc_id);

    if (!p || p->state == PEER_CLOSED) {
        if (change->sac_state == SCTP_COMM_UP)
            unp_abort(c->fd, change->sac_assoc_id, "too late");
        return;
    }
    switch (change->sac_state) {
    case SCTP_COMM_UP:
    case SCTP_RESTART:
        up(c, p, change);
        break;
    case SCTP_CANT_STR_ASSOC:
        p->err = unp_connect_error(c->fd, unp_now() - p->begun);
        p->id = 0;
        try_next(c, p);
        break;
    case SCTP_COMM_LOST:
        c->lost = c->lost || !p->asked_to_end;
        peer_closed(c, p);
        break;
    case SCTP_SHUTDOWN_COMP:
        peer_closed(c, p);
        break;
    default:
        break;
    }
}

void peer_free_all(struct console *c)
{
    struct peer *p = NULL;

    while ((p = TAILQ_FIRST(&c->peers))) {
        TAILQ_REMOVE(&c->peers, p, next);
        unp_reassembly_clear(&p->in);
        unp_addrs_free(&p->addrs);
        free(p->name);
        free(p);
    }
}
