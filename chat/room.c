/*
 * Fan-out of lines to all members, and eviction of members that stop reading.
 *
 * There is no list of members here.  SCTP already tracks membership: an association is a member
 * while it is up, and heartbeats detect peers that vanish.
 *
 * One call with SCTP_SENDALL is the fastest fan-out.  But it also reaches the sender, which must
 * hide its own line, and one member that stops reading blocks it for all (book/chatserv.c).  So it
 * is used only while no association has data in flight; otherwise each association is sent its own
 * copy, if need be through its send queue.  Either way each member receives each line once and in
 * the same order.
 *
 * A member whose send queue makes no progress is aborted, and delays no other member.  A member
 * that reads is never aborted because others send much: the largest senders wait (load.c).
 */
#include "room.h"
#include "receive/receive.h"

#include <stdio.h>
#include <string.h>

#define TICK_MS 100    /* least time between two checks of room_tick() */
#define SPACE   131072 /* bytes that may be queued for each member, if there is memory for all */

struct saying {
    struct room *room;
    const struct line *line;
    struct unp_message msg;
};

/* ---- Limits --------------------------------------------------------------- */

void room_open(struct room *room)
{
    room->load.most_queued = room->srv->max_queue;
    room->load.stall_limit = room->stall_limit;
    unp_sender_relay(room->srv->out);
}

size_t room_longest(const struct room *room)
{
    size_t can_send = unp_max_message(room->srv->fd), overhead = unp_sender_weight(0);
    size_t can_wait = room->srv->max_queue > overhead ? room->srv->max_queue - overhead : 0;

    return can_send < can_wait ? can_send : can_wait;
}

static struct voice *voice_of(struct room *room, struct voice *voice)
{
    return voice ? voice : &room->own;
}

/* The queues of all members use at most half of the memory limit.  When the limit is exceeded, the
 * server disconnects the members with most bytes in memory, which may be members that read. */
static size_t space(const struct unp_server *srv)
{
    size_t members = srv->associations.count ? srv->associations.count : 1;
    size_t each = srv->memory.limit / 2 / members;

    return each < SPACE ? each : SPACE;
}

bool room_carries(struct room *room, struct voice *voice, size_t len)
{
    room->load.space = space(room->srv);
    return load_permits(&room->load, voice_of(room, voice), unp_sender_weight(len),
                        &room->srv->associations);
}

/* ---- Sending lines -------------------------------------------------------- */

/*
 * A member with fewer streams receives the line on stream 0.  Receivers delay acknowledgements,
 * mostly by 200 ms, so those of a crowd would arrive at the same moment and overflow the network's
 * queue: SCTP_SACK_IMMEDIATELY spreads them.
 */
static void send_to(struct unp_association *a, void *arg)
{
    const struct saying *s = arg;
    struct unp_server *srv = s->room->srv;
    const struct sctp_sndinfo snd = {
        .snd_sid = s->line->channel < a->ostreams ? s->line->channel : 0,
        .snd_flags =
            unp_sender_crowd(srv->out, srv->associations.count) ? SCTP_SACK_IMMEDIATELY : 0,
        .snd_assoc_id = a->id,
    };

    if (a != s->line->from && !a->close_reason)
        unp_sender_send(srv->out, a, &s->msg, &snd);
}

static const char not_all[] = "*** some members may not have received this message\n";

void room_say(struct room *room, const struct line *line)
{
    struct saying s = {room, line, {.data = (unsigned char *)line->text, .len = line->len}};
    const struct sctp_sndinfo snd = {.snd_sid = line->channel};
    struct unp_server *srv = room->srv;
    int to_all = 0;

    load_add(&room->load, voice_of(room, line->voice), unp_sender_weight(line->len));
    if (!line->from || line->echo_ok)
        to_all = unp_sender_sendall(srv->out, &srv->associations, &s.msg, &snd);
    if (to_all < 0 && line->from)
        room_tell(room, line->from, 0, not_all, sizeof(not_all) - 1);
    if (to_all)
        return;
    unp_table_walk(&srv->associations, send_to, &s);
    unp_sender_flush(srv->out); /* the caller may free the text */
}

void room_tell(struct room *room, struct unp_association *to, uint16_t channel, const char *text,
               size_t len)
{
    const struct line line = {.channel = channel, .text = text, .len = len};
    struct saying s = {room, &line, {.data = (unsigned char *)text, .len = len}};

    if (!to)
        return;
    send_to(to, &s);
    unp_sender_flush(room->srv->out);
}

/* ---- Eviction ------------------------------------------------------------- */

static void tell_lost(struct room *room, struct unp_association *a)
{
    char text[128];
    int n =
        snprintf(text, sizeof(text), "*** %u message%s for you %s dropped: %s\n", a->out.lost,
                 a->out.lost == 1 ? "" : "s", a->out.lost == 1 ? "was" : "were", a->out.lost_why);

    a->out.lost = 0;
    room_tell(room, a, 0, text, (size_t)n);
}

static void check_member(struct unp_association *a, void *arg)
{
    struct room *room = arg;
    int64_t stalled;

    if (a->close_reason)
        return;
    stalled = unp_sender_stalled(room->srv->out, a, room->checked);
    if (a->out.window_closed && stalled > room->stall_limit)
        unp_sender_abort(room->srv->out, a, room->not_reading);
    else if (stalled > room->stall_limit * SILENT_TIMES) /* it reads, but its packets are lost */
        unp_sender_abort(room->srv->out, a, room->silent);
    else if (a->out.lost && !a->out.queued)
        tell_lost(room, a);
}

void room_tick(struct room *room)
{
    int64_t now = unp_now();

    if (now - room->checked < TICK_MS)
        return;
    room->checked = now;
    unp_table_walk(&room->srv->associations, check_member, room);
}
