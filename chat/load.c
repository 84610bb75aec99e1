/*
 * How much the room carries, and who has to wait when more is said.
 *
 * What is said goes to every member, so all send queues are the same but for their length: each
 * holds the last so many bytes of all that was said.  Where the longest begins is what everybody
 * has been sent; so for each voice it is enough to know where it began to speak, and how much it
 * said since, to know how much of that may have to wait: nobody counts for each pair of members.
 *
 * Each voice may fill a share of the room that is left, so that those who say most are the first to
 * wait, and all that say much the same come to have the same (dynamic thresholds, as switches
 * have).  A little may always be said; and a message that is longer than the share, when what its
 * speaker said before has been sent, and half of the room is left.
 *
 * The others wait for a member that is slow, such as one whose packets are lost, only when half of
 * what may wait for it does.  For one that does not read nobody waits.
 */
#include "load.h"

#define ROOM       131072 /* bytes that those who say much may have waiting together, */
#define SHARE      4      /* each of them one in so many that are left of it, or */
#define ALWAYS     4096   /* so many */
#define MEASURE_MS 5      /* how often it is measured, at most */
#define SLOW_MS    1000 /* a member is slow that has been sent nothing of its queue for so long, */
#define CLOSED_MS  300  /* and does not read when that is so long, and its window closed */

struct longest {
    const struct load *load;
    int64_t now;
    size_t queued, late; /* bytes; late: of what others wait for */
};

static void look_at(struct unp_association *a, void *arg)
{
    struct longest *longest = arg;
    size_t late = a->out.queued, half = longest->load->most_queued / 2;
    int64_t waits = late ? longest->now - a->out.waiting_since : 0;

    if (waits >= CLOSED_MS && a->out.window_closed &&
        longest->now - a->out.last_progress >= CLOSED_MS)
        return;
    if (late > longest->queued)
        longest->queued = late;
    if (waits >= SLOW_MS)
        late = late > half ? late - half : 0;
    if (late > longest->late)
        longest->late = late;
}

static void measure(struct load *load, const struct unp_table *all)
{
    struct longest longest = {.load = load, .now = unp_now()};

    if (longest.now - load->measured < MEASURE_MS)
        return;
    load->measured = longest.now;
    unp_table_walk(all, look_at, &longest);
    load->queued = longest.queued;
    if (longest.late < load->said && load->said - longest.late > load->reached)
        load->reached = load->said - longest.late;
}

static bool permits(const struct load *load, struct voice *v, size_t bytes)
{
    uint64_t late = load->said - load->reached;
    size_t share = late < ROOM ? (size_t)(ROOM - late) / SHARE : 0;

    if (v->mark <= load->reached)
        v->spoken = 0;
    if (load->queued + bytes > load->most_queued && load->queued)
        return false;
    return v->spoken + bytes <= (share > ALWAYS ? share : ALWAYS) ||
           (!v->spoken && late <= ROOM / 2);
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
