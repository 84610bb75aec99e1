/*
 * Flow control of the room: which member must wait before its next line is relayed.
 *
 * Every line goes to every member, so all send queues are suffixes of the same byte sequence, and
 * everything before the start of the longest queue has been sent to every member.  For each sender
 * (a voice) it therefore suffices to keep the position at which it began to send and its bytes
 * since: there is no counter for each pair of members.
 *
 * A voice may fill a share of the free space, so the largest senders wait first and equal senders
 * get equal shares (dynamic thresholds, as in switches).  A small amount is always permitted to
 * members that have been in the room for some time: those of a program that connects again and
 * again would add up.  Others may use only half of the space.  A message larger than the share is
 * permitted when its sender has nothing queued and half of the space is free.
 *
 * Senders wait for a slow member, such as one with packet loss, only when half of its send queue
 * limit is used, and at most `stall_limit` ms: otherwise one member could silence the room.  (A
 * member whose queue waits for space in a shared send buffer is not slow: the room is.)  After
 * that, lines that do not fit into its queue are dropped until it has caught up.  No sender waits
 * for a member that does not read, or whose own messages are held back.
 */
#include "load.h"

#define SHARE      4    /* a voice may have 1/SHARE of the free space queued, … */
#define ALWAYS     4096 /* … and, if it is known, always this many bytes */
#define MEASURE_MS 5    /* least time between two measurements */
#define SLOW_MS    1000 /* a member is slow when its queue has not shrunk for this time */
#define CLOSED_MS  300  /* a member does not read when its window has been closed for this time */

struct longest {
    const struct load *load;
    int64_t now;
    size_t queued;  /* longest send queue, bytes */
    size_t backlog; /* most bytes of one send queue that senders wait for */
};

static void measure_one(struct unp_association *a, void *arg)
{
    struct longest *longest = arg;
    size_t backlog = a->out.queued, half = longest->load->most_queued / 2;
    int64_t waits = backlog ? longest->now - a->out.waiting_since : 0;

    if (a->held)
        return;
    if (waits >= CLOSED_MS && a->out.window_closed &&
        longest->now - a->out.last_progress >= CLOSED_MS)
        return;
    if (a->out.behind_since && longest->now - a->out.behind_since >= longest->load->stall_limit)
        return;
    if (backlog > longest->queued)
        longest->queued = backlog;
    if (waits >= SLOW_MS && a->out.state == SENDQ_BLOCKED_ON_PEER)
        backlog = backlog > half ? backlog - half : 0;
    if (backlog > longest->backlog)
        longest->backlog = backlog;
}

static void measure(struct load *load, const struct unp_table *all)
{
    struct longest longest = {.load = load, .now = unp_now()};
    size_t backlog;

    if (longest.now - load->measured < MEASURE_MS)
        return;
    load->measured = longest.now;
    unp_table_walk(all, measure_one, &longest);
    load->queued = longest.queued + load->waiting;
    backlog = longest.backlog + load->waiting;
    if (backlog < load->said && load->said - backlog > load->reached)
        load->reached = load->said - backlog;
}

static bool permits(const struct load *load, struct voice *v, size_t bytes)
{
    uint64_t backlog = load->said - load->reached;
    size_t space = v->known ? load->space : load->space / 2;
    size_t share = backlog < space ? (size_t)(space - backlog) / SHARE : 0;

    if (v->mark <= load->reached)
        v->spoken = 0;
    if (load->queued + bytes > load->most_queued && load->queued)
        return false;
    return v->spoken + bytes <= (v->known && share < ALWAYS ? ALWAYS : share) ||
           (!v->spoken && backlog <= space / 2);
}

bool load_permits(struct load *load, struct voice *v, size_t bytes, const struct unp_table *all)
{
    if (permits(load, v, bytes))
        return true;
    measure(load, all);
    return permits(load, v, bytes);
}

void load_add(struct load *load, struct voice *v, size_t bytes)
{
    load->said += bytes;
    load->queued += bytes;
    if (!v->spoken)
        v->mark = load->said;
    v->spoken += bytes;
}
