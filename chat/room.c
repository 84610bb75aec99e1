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
 * Lines that the server has received together are sent together, so that to each member they share
 * a packet: a packet and its acknowledgement cost more than the lines in it.
 *
 * A member whose send queue makes no progress is aborted, and delays no other member.  A member
 * that reads is never aborted because others send much: the largest senders wait (load.c).
 */
#include "room.h"
#include "receive/receive.h"

#include <stdio.h>
#include <string.h>

#define TICK_MS  100    /* least time between two checks of room_tick() */
#define MESSAGES 32768  /* most messages of gathered lines: one for each line and member */
#define SPACE    131072 /* bytes that may be queued for each member, if there is memory for all */

/* Lines, and some of the members that are to receive them. */
struct saying {
    struct room *room;
    const struct line *lines;
    int count; /* lines */
    struct unp_association *to[ROOM_LINES];
    int members;
};

/* ---- Limits --------------------------------------------------------------- */

void room_open(struct room *room)
{
    room->can_send = unp_max_message(room->srv->fd);
    room->own.known = true;
    room->load.stall_limit = room->stall_limit;
    unp_sender_relay(room->srv->out);
}

size_t room_longest(const struct room *room)
{
    size_t share = unp_sender_share(room->srv->out), overhead = unp_sender_weight(0);
    size_t can_wait = share < room->srv->max_queue ? share : room->srv->max_queue;

    can_wait = can_wait > overhead ? can_wait - overhead : 0;
    return room->can_send < can_wait ? room->can_send : can_wait;
}

static struct voice *voice_of(struct room *room, struct voice *voice)
{
    return voice ? voice : &room->own;
}

bool room_carries(struct room *room, struct voice *voice, size_t len)
{
    size_t share = unp_sender_share(room->srv->out);

    room->load.most_queued = unp_sender_max_queue(room->srv->out);
    room->load.space = share < SPACE ? share : SPACE;
    return load_permits(&room->load, voice_of(room, voice), unp_sender_weight(len),
                        &room->srv->associations);
}

bool room_full(struct room *room)
{
    struct voice stranger = {0};

    return !room_carries(room, &stranger, 0);
}

/* ---- Sending lines -------------------------------------------------------- */

/*
 * A member with fewer streams receives the line on stream 0.  Receivers delay acknowledgements,
 * mostly by 200 ms, so those of a crowd would arrive at the same moment and overflow the network's
 * queue: SCTP_SACK_IMMEDIATELY spreads them.
 */
static void send_to(struct room *room, struct unp_association *a, const struct line *line)
{
    struct unp_server *srv = room->srv;
    const struct unp_message msg = {.data = (unsigned char *)line->text, .len = line->len};
    const struct sctp_sndinfo snd = {
        .snd_sid = line->channel < a->ostreams ? line->channel : 0,
        .snd_flags =
            unp_sender_crowd(srv->out, srv->associations.count) ? SCTP_SACK_IMMEDIATELY : 0,
        .snd_assoc_id = a->id,
    };

    if (a != line->from && !a->close_reason)
        unp_sender_send(srv->out, a, &msg, &snd);
}

/* Sends each line to all of these members before the next line.  In this order the sender needs two
 * calls: one with MSG_MORE for all lines but the last, and one without for the last. */
static void send_to_some(struct saying *s)
{
    for (int i = 0; i < s->count; i++)
        for (int k = 0; k < s->members; k++)
            send_to(s->room, s->to[k], &s->lines[i]);
    unp_sender_flush(s->room->srv->out); /* the caller may free the text */
    s->members = 0;
}

static void add_member(struct unp_association *a, void *arg)
{
    struct saying *s = arg;

    s->to[s->members++] = a;
    if (s->members == ROOM_LINES / s->count)
        send_to_some(s);
}

static const char not_all[] = "*** some members may not have received this message\n";

/* Sends the line with one call, if that is possible now. */
static bool send_to_all(struct room *room, const struct line *line)
{
    const struct unp_message msg = {.data = (unsigned char *)line->text, .len = line->len};
    const struct sctp_sndinfo snd = {.snd_sid = line->channel};
    int to_all = 0;

    if (!line->from || line->echo_ok)
        to_all = unp_sender_sendall(room->srv->out, &room->srv->associations, &msg, &snd);
    if (to_all < 0 && line->from)
        room_tell(room, line->from, 0, not_all, sizeof(not_all) - 1);
    return to_all;
}

static void send_lines(struct room *room, const struct line *lines, int count)
{
    struct saying s = {.room = room, .lines = lines, .count = count};

    if (count == 1 && send_to_all(room, lines))
        return;
    unp_table_walk(&room->srv->associations, add_member, &s);
    send_to_some(&s);
}

void room_flush(struct room *room)
{
    int count = room->count;

    room->count = 0;
    room->load.waiting = 0;
    if (count)
        send_lines(room, room->lines, count);
}

void room_say(struct room *room, const struct line *line)
{
    int i = room->count;

    load_add(&room->load, voice_of(room, line->voice), unp_sender_weight(line->len));
    if (line->len > ROOM_BYTES) {
        room_flush(room);
        send_lines(room, line, 1);
        return;
    }
    room->lines[i] = *line;
    room->lines[i].text = memcpy(room->texts[i], line->text, line->len);
    room->load.waiting += unp_sender_weight(line->len);
    room->count++;
    if (room->count == ROOM_LINES ||
        (size_t)room->count * room->srv->associations.count >= MESSAGES)
        room_flush(room);
}

void room_tell(struct room *room, struct unp_association *to, uint16_t channel, const char *text,
               size_t len)
{
    const struct line line = {.channel = channel, .text = text, .len = len};

    if (!to)
        return;
    room_flush(room);
    send_to(room, to, &line);
    unp_sender_flush(room->srv->out);
}

/* ---- Eviction ------------------------------------------------------------- */

static void tell_lost(struct room *room, struct unp_association *a)
{
    unsigned lost = a->out.lost;
    char text[128];
    int n = snprintf(text, sizeof(text), "*** %u message%s for you %s dropped: %s\n", lost,
                     lost == 1 ? "" : "s", lost == 1 ? "was" : "were", a->out.lost_why);

    a->out.lost = 0;
    room_tell(room, a, 0, text, (size_t)n);
    if (a->out.lost) /* this line was dropped too */
        a->out.lost += lost - 1;
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
