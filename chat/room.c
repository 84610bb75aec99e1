/*
 * Everybody in the room: fan-out, and what happens to those who do not keep up.
 *
 * There is no list of members here.  SCTP has it: an association is a member, from the
 * notification that it is up to the one that it is over, and its heartbeats find out who has
 * gone without a word.
 *
 * The article's way to reach all is one call with SCTP_SENDALL.  It is the shortest, and fastest,
 * and it reaches also who said it, who has to know its own words again.  But one member that
 * stops reading stops it for all: book/chatserv.c shows it, lib/server/sendall.c tells how.  So it
 * is used while nobody is behind, and else the message goes to one association after the other, in
 * batches that no member can stop: what one of them has no room for waits in a queue of its own
 * (lib/server/sender.h). Each member gets each message once either way, and in the same order,
 * because SENDALL is not used while anything waits.
 *
 * A member that takes nothing of its queue for some time is aborted, with the reason; nobody else
 * notices.  One that takes what it is sent is not, whatever others say: when queues grow, those who
 * say most have to wait (load.c).
 */
#include "room.h"
#include "receive/receive.h"

#include <stdio.h>
#include <string.h>

#define LOOK_MS 100 /* how often room_look() looks */
#define CROWD   500 /* half of net.core.netdev_max_backlog, packets */

struct saying {
    struct room *room;
    const struct line *line;
    struct unp_message msg;
};

/* ---- what it carries ------------------------------------------------------ */

void room_open(struct room *room)
{
    room->load.most_queued = room->srv->max_queue;
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

bool room_carries(struct room *room, struct voice *voice, size_t len)
{
    return load_permits(&room->load, voice_of(room, voice), unp_sender_weight(len),
                        &room->srv->associations);
}

/* ---- what is said --------------------------------------------------------- */

/*
 * One that has fewer streams hears it on stream 0.  A receiver puts its acknowledgement off, by
 * 200 ms mostly, and those of a large crowd would come all at one moment: more than the queue of
 * the network takes.  So they are asked for at once.
 */
static void say_to(struct unp_association *a, void *arg)
{
    const struct saying *s = arg;
    const struct sctp_sndinfo snd = {
        .snd_sid = s->line->channel < a->ostreams ? s->line->channel : 0,
        .snd_flags = s->room->srv->associations.count > CROWD ? SCTP_SACK_IMMEDIATELY : 0,
        .snd_assoc_id = a->id,
    };

    if (a != s->line->from && !a->close_reason)
        unp_sender_send(s->room->srv->out, a, &s->msg, &snd);
}

static const char not_all[] = "*** not all may have heard that\n";

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
    unp_table_walk(&srv->associations, say_to, &s);
    unp_sender_flush(srv->out); /* the text may go */
}

void room_tell(struct room *room, struct unp_association *to, uint16_t channel, const char *text,
               size_t len)
{
    const struct line line = {.channel = channel, .text = text, .len = len};
    struct saying s = {room, &line, {.data = (unsigned char *)text, .len = len}};

    if (!to)
        return;
    say_to(to, &s);
    unp_sender_flush(room->srv->out);
}

/* ---- those who do not keep up --------------------------------------------- */

static void tell_lost(struct room *room, struct unp_association *a)
{
    char text[128];
    int n = snprintf(text, sizeof(text), "*** %u messages could not be sent to you: %s\n",
                     a->out.lost, a->out.lost_why);

    a->out.lost = 0;
    room_tell(room, a, 0, text, (size_t)n);
}

static void look_at(struct unp_association *a, void *arg)
{
    struct room *room = arg;

    if (a->close_reason)
        return;
    if (unp_sender_stalled(room->srv->out, a, room->looked) > room->patience)
        unp_sender_abort(room->srv->out, a, room->too_slow);
    else if (a->out.lost && !a->out.queued)
        tell_lost(room, a);
}

void room_look(struct room *room)
{
    int64_t now = unp_now();

    if (now - room->looked < LOOK_MS)
        return;
    room->looked = now;
    unp_table_walk(&room->srv->associations, look_at, room);
}
