/*
 * Everybody in the room: fan-out, and what happens to those who do not keep up.
 *
 * There is no list of members here.  SCTP has it: an association is a member, from the
 * notification that it is up to the one that it is over, and its heartbeats find out who has
 * gone without a word.
 *
 * The article's way to reach all is one call with SCTP_SENDALL.  It is the shortest, and fastest,
 * and it reaches also who said it, who has to know its own words again.  But one member that
 * stops reading stops it for all (lib/sendall.c tells how).  So it is used while nobody is
 * behind, and else the message goes to one association after the other, in batches that no
 * member can stop: what one of them has no room for waits in a queue of its own (lib/outbox.c).
 * Each member gets each message once either way, and in the same order, because SENDALL is not
 * used while anything waits.
 *
 * A queue is bounded twice, in bytes (by the outbox) and in time (here).  Beyond, that member is
 * aborted, with the reason; nobody else notices.
 */
#include "room.h"

#include <errno.h>
#include <string.h>

#define LOOK_MS 100 /* how often room_look() looks */
#define CROWD   500 /* half of net.core.netdev_max_backlog, packets */

struct line {
    struct room *room;
    struct sctp_association *from;
    uint16_t channel;
    struct sctp_message msg;
};

/*
 * One that has fewer streams hears it on stream 0.  A receiver puts its acknowledgement off, by
 * 200 ms mostly, and those of a large crowd would come all at one moment: more than the queue of
 * the network takes.  So they are asked for at once.
 */
static void say_to(struct sctp_association *a, void *arg)
{
    const struct line *line = arg;
    const struct sctp_sndinfo snd = {
        .snd_sid = line->channel < a->ostreams ? line->channel : 0,
        .snd_flags = line->room->srv->associations.count > CROWD ? SCTP_SACK_IMMEDIATELY : 0,
        .snd_assoc_id = a->id,
    };

    if (a != line->from && !a->ended)
        sctp_outbox_send(line->room->srv->out, a, &line->msg, &snd);
}

/* The article's: nothing else may be sent meanwhile, nor received. */
static void say_plainly(const struct room *room, const char *text, size_t len,
                        const struct sctp_sndinfo *snd)
{
    if (sctp_send_info(room->srv->fd, text, len, snd, NULL, 0) < 0)
        err_msg("%s: %s; the message is lost for some or all; leave --sendall out",
                snd->snd_flags & SCTP_SENDALL ? "SCTP_SENDALL" : "send", strerror(errno));
}

static const char not_all[] = "*** not all may have heard that\n";

void room_say(struct room *room, struct sctp_association *from, bool echo_ok, uint16_t channel,
              const char *text, size_t len)
{
    struct line line = {room, from, channel, {.data = (unsigned char *)text, .len = len}};
    struct sctp_sndinfo snd = {.snd_sid = channel};
    struct sctp_server *srv = room->srv;
    int to_all = 0;

    if (room->plain_sendall) {
        snd.snd_flags = SCTP_SENDALL;
        say_plainly(room, text, len, &snd);
        return;
    }
    if (!from || echo_ok)
        to_all = sctp_outbox_sendall(srv->out, &srv->associations, &line.msg, &snd);
    if (to_all < 0 && from)
        room_tell(room, from, 0, not_all, sizeof(not_all) - 1);
    if (to_all)
        return;
    sctp_table_walk(&srv->associations, say_to, &line);
    sctp_outbox_flush(srv->out); /* the text may go */
}

void room_tell(struct room *room, struct sctp_association *to, uint16_t channel, const char *text,
               size_t len)
{
    struct line line = {room, NULL, channel, {.data = (unsigned char *)text, .len = len}};
    const struct sctp_sndinfo snd = {.snd_sid = channel, .snd_assoc_id = to ? to->id : 0};

    if (!to)
        return;
    if (room->plain_sendall) {
        say_plainly(room, text, len, &snd);
        return;
    }
    say_to(to, &line);
    sctp_outbox_flush(room->srv->out);
}

struct look {
    struct room *room;
    int64_t now;
};

static void look_at(struct sctp_association *a, void *arg)
{
    const struct look *look = arg;
    int64_t since = sctp_outbox_oldest(a);

    if (since && look->now - since > look->room->patience && !a->ended)
        sctp_outbox_abort(look->room->srv->out, a, look->room->too_slow);
}

void room_look(struct room *room)
{
    struct look look = {room, sctp_now()};

    if (look.now - room->looked < LOOK_MS)
        return;
    room->looked = look.now;
    sctp_table_walk(&room->srv->associations, look_at, &look);
}
