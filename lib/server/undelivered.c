/*
 * Eviction of peers whose received data fills the receive buffer and cannot be delivered.
 *
 * The stack has to keep data that follows a lost packet, or a message that the peer never sends.
 * Where all associations share the receive buffer (net.sctp.rcvbuf_policy 0), one peer can fill it
 * with such data, and Linux then drops what all others send.  Where each has its own, many peers
 * can use up the kernel's memory for SCTP.
 *
 * Linux reports how much of the buffer is in use, and in /proc by which association.  What counts
 * of an association is the least that it held at several readings.  A lost packet is retransmitted
 * after RTO.Min, 1 s (RFC 9260), so this must stay above a quarter of the limit for HELD_MS.  Where
 * many hold less each, they may all be peers on lossy paths, whose packets are lost again and
 * again: such a peer has SILENT_MS, and SMALL_HELD_MS if as much as it holds has been delivered
 * meanwhile.
 *
 * Peers that were aborted could connect again and fill the buffer again, for HELD_MS each time; or
 * each could leave before that, when the next has come.  So new associations are refused after an
 * eviction, or when what was held went away with its peers; for longer when it happens again soon.
 */
#include "inside.h"

#include <linux/sock_diag.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define CHECK_MS      100   /* at least, between two checks */
#define READ_MS       500   /* between two readings of what each association holds */
#define HELD_MS       2500  /* longer than a retransmission takes */
#define AGAIN_HELD_MS 1250  /* the same, until AGAIN_MS after new associations were refused */
#define SILENT_MS     10000 /* several time-outs of one packet: 1 + 2 + 4 s */
#define SMALL_HELD_MS 30000 /* the most that a peer has */

/* How long new associations are refused after an eviction.  The time is doubled when the next one
 * follows within AGAIN_MS of its end, but not before its end. */
#define REFUSE_MS      5000
#define MOST_REFUSE_MS 60000
#define AGAIN_MS       10000

static const char holds_buffer[] =
    "incomplete data of this peer fills the receive buffer that all clients need";

/* Which associations count: those that hold at least `least` bytes; `silent`: and of which less has
 * been delivered since the first reading. */
struct which {
    size_t least;
    bool silent;
};

/* Associations that hold data.  Those are large that hold at least half of an even share. */
struct holders {
    struct which which;
    size_t bytes;    /* of all holders */
    unsigned count;  /* of all */
    unsigned large;  /* of the large ones */
    unsigned passed; /* of the large ones, during the search for `most` */
    struct unp_association *most;
};

/* Is the use of the receive buffer above the limit? */
static bool is_full(const struct unp_server *srv)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(info);

    return getsockopt(srv->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0 &&
           info[SK_MEMINFO_RMEM_ALLOC] > srv->undelivered.limit;
}

static bool is_readable(const struct unp_server *srv)
{
    struct pollfd p = {.fd = srv->fd, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

/* Sets `undelivered` of each association to the bytes that the stack holds for it, the RX_QUEUE of
 * its line; `again`: to the lesser of this and the previous value.
 *
 * A line also has all addresses that the peer has listed, thousands if it likes.  Only the
 * beginning of a line is read, or these would be taken for the fields of a line. */
static void read_queues(struct unp_server *srv, bool again)
{
    FILE *f = fopen("/proc/net/sctp/assocs", "re");
    char line[4096];
    bool begins = true;
    unsigned bytes;
    int id;

    while (f && fgets(line, sizeof(line), f)) {
        struct unp_association *a = NULL;

        if (begins && sscanf(line, "%*s %*s %*s %*s %*s %*s %d %*s %u", &id, &bytes) == 2)
            a = unp_table_find(&srv->associations, id);
        if (a && !a->own && (!again || bytes < a->undelivered))
            a->undelivered = bytes;
        begins = strchr(line, '\n') != NULL;
    }
    if (f)
        fclose(f);
}

static void forget(struct unp_association *a, void *unused)
{
    (void)unused;
    a->undelivered = a->delivered = 0;
}

/* Has as much been delivered since the first reading?  Parts of a message that is not whole count.
 */
static bool delivers(const struct unp_association *a)
{
    return a->delivered + a->in.size >= a->undelivered;
}

static bool holds(const struct unp_association *a, struct which which)
{
    return a->undelivered >= which.least && !a->close_reason && !a->own &&
           !(which.silent && delivers(a));
}

static void add_holder(struct unp_association *a, void *arg)
{
    struct holders *all = arg;

    all->count += holds(a, all->which);
    all->bytes += holds(a, all->which) ? a->undelivered : 0;
}

static bool is_large(const struct unp_association *a, const struct holders *all)
{
    return holds(a, all->which) && a->undelivered >= all->bytes / all->count / 2;
}

static void count_large(struct unp_association *a, void *arg)
{
    struct holders *all = arg;

    all->large += is_large(a, all);
}

static void find_most(struct unp_association *a, void *arg)
{
    struct holders *all = arg;

    if (is_large(a, all) && all->passed++ >= (all->large - 1) / 2 &&
        (!all->most || a->undelivered > all->most->undelivered))
        all->most = a;
}

/* The association to abort.  NULL: all together hold too little, so the buffer is full of data that
 * was just received.
 *
 * Peers that are aborted can connect again and fill the buffer again, each with little, while one
 * that was there before holds a part of a long message, the rest of which was dropped.  So of the
 * large holders, the younger half is searched for the one that holds most.  The walk begins with
 * the oldest: Linux numbers associations upwards. */
static struct unp_association *find_holder(const struct unp_server *srv, struct which which)
{
    struct holders all = {.which = which};

    unp_table_walk(&srv->associations, add_holder, &all);
    if (all.bytes <= srv->undelivered.limit / 2)
        return NULL;
    unp_table_walk(&srv->associations, count_large, &all);
    unp_table_walk(&srv->associations, find_most, &all);
    return all.most;
}

static bool evict(struct unp_server *srv, struct which which)
{
    struct unp_association *a;
    bool evicted = false;

    while (is_full(srv) && (a = find_holder(srv, which))) {
        unp_sender_abort(srv->out, a, holds_buffer);
        unp_reassembly_clear(&a->in);
        evicted = true;
    }
    return evicted;
}

static bool is_again(const struct unp_undelivered *u, int64_t now)
{
    return u->refuse_ms && now - u->refuse_until < AGAIN_MS;
}

static void refuse(struct unp_undelivered *u, int64_t now)
{
    if (now >= u->refuse_until) /* otherwise nobody has returned: these were there before */
        u->refuse_ms = is_again(u, now) ? 2 * u->refuse_ms : REFUSE_MS;
    if (u->refuse_ms > MOST_REFUSE_MS)
        u->refuse_ms = MOST_REFUSE_MS;
    u->refuse_until = now + u->refuse_ms;
}

bool unp_server_refuses(const struct unp_server *srv)
{
    return srv->undelivered.refuse_until && unp_now() < srv->undelivered.refuse_until;
}

void unp_server_left_undelivered(struct unp_server *srv, const struct unp_association *a)
{
    if (!a->close_reason && !delivers(a))
        srv->undelivered.left += a->undelivered;
}

static void begin(struct unp_server *srv, int64_t now)
{
    struct unp_undelivered *u = &srv->undelivered;

    unp_table_walk(&srv->associations, forget, NULL);
    read_queues(srv, false);
    u->since = u->was_read = now;
    u->not_full = 0;
    u->left = 0;
}

/* The buffer is full and was so most of the time since the first reading. */
static void judge(struct unp_server *srv, int64_t now)
{
    struct unp_undelivered *u = &srv->undelivered;
    int64_t held = now - u->since;
    struct which of_any = {.least = 1}, silent = {.least = 1, .silent = true},
                 alone = {.least = u->limit / 4};

    if (held < (is_again(u, now) ? AGAIN_HELD_MS : HELD_MS))
        return;
    if (evict(srv, alone) || (held >= SILENT_MS && evict(srv, silent)) ||
        (held >= SMALL_HELD_MS && evict(srv, of_any)) || u->left > u->limit / 2) {
        refuse(u, now);
        u->since = 0;
    }
    if (held >= SMALL_HELD_MS)
        u->since = 0;
}

void unp_server_evict_undelivered(struct unp_server *srv, int64_t now)
{
    struct unp_undelivered *u = &srv->undelivered;
    int64_t passed = now - u->checked;
    bool full;

    if (passed < CHECK_MS)
        return;
    u->checked = now;
    full = is_full(srv);
    if (!full) /* a moment between two peers that take turns does not begin anew */
        u->not_full += passed;
    if (u->since && u->not_full > (now - u->since) / 2)
        u->since = 0;
    /* Data that can be read is delivered soon. */
    if (!u->since && full && !is_readable(srv)) {
        begin(srv, now);
    } else if (u->since && now - u->was_read >= READ_MS) {
        u->was_read = now;
        read_queues(srv, true);
        if (full && !is_readable(srv))
            judge(srv, now);
    }
}
