/*
 * sctp_chat_srv - a chat on one socket
 *
 *   sctp_chat_srv [options]
 *
 * Relays a line received on stream n to every other member on stream n: streams are channels.  The
 * protocol is text (sctp_chat_srv(1)), so any SCTP program can take part.
 *
 * Worth noticing: SCTP already tracks membership.  An association that is up has joined; one that
 * is shut down, aborted, or fails to answer heartbeats has left.  Fan-out and the eviction of
 * members that fall behind are in room.c.
 */
#include "chat.h"
#include "cmdline/cmdline.h"
#include "log.h"
#include "receive/receive.h"
#include "server/program.h"
#include "talk.h"
#include "tty/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#define OSTREAMS   10
#define BACKLOG    4194304 /* bytes */
#define PEEL_ABOVE 16384   /* delayed bytes above which a member gets a socket of its own */
#define SMALL      4096    /* bytes of a member that do not wait for its turn */
#define TURN_MS    50      /* time for the turns of all members before messages are received */
#define KNOWN_MS   10000   /* time after which a member may send in a full room */
#define REFUSED_MS 1000    /* least time between two reports of refused messages to a member */

static struct unp_server srv;
static struct room room = {.srv = &srv};
static struct member_list members = TAILQ_HEAD_INITIALIZER(members);
static struct talk talk = {.room = &room, .members = &members, .rate = 100};
static size_t most_members = 10000;
static unsigned stall_limit = 10; /* s */
static char room_is_full[64];
static struct member *turn;   /* the next that tick() serves; NULL: the first */
static int64_t turns_ended;   /* ms */
static bool members_wait;     /* some are not yet announced, or have delayed messages or a list */
static size_t closed_members; /* members whose association closed, with delayed messages left */

/* ---- Members and their messages ------------------------------------------- */

/* Lines said before an arrival are not for the new member. */
static void changing(struct unp_server *s)
{
    (void)s;
    room_flush(&room);
}

static void joined(struct unp_server *s, struct unp_association *a)
{
    struct member *m;

    if (s->associations.count > most_members) {
        unp_sender_abort(s->out, a, room_is_full);
        return;
    }
    m = member_new(&members, a, talk.rate, &s->memory);
    if (!m) {
        unp_sender_abort(s->out, a, "the server is out of memory");
        return;
    }
    members_wait = true;
    log_member(s, "joined", m, NULL, NULL);
    talk_tell(&talk, m, "you are %s", m->name);
    talk_tell(&talk, m, "%zu here; /help lists the commands", s->associations.count);
}

/* May the member send a message of `escaped` bytes, as relayed, now?  Charges it if so.  A message
 * too long to be relayed does not wait: it is refused at once. */
static bool may_send(struct member *m, size_t escaped)
{
    if (m->listing)
        return false;
    m->voice.known = m->a && unp_now() - m->joined >= KNOWN_MS;
    m->crowded = escaped <= room_longest(&room) && !room_carries(&room, &m->voice, escaped);
    return !m->crowded && (!talk.rate || member_may_speak(m, escaped, talk.rate));
}

/* With a socket of its own, a member is not read while its messages are delayed. */
static void hold(struct member *m)
{
    if (m->a)
        m->a->held = m->a->own && !TAILQ_EMPTY(&m->delayed);
}

/* Relays at most `bytes` of the delayed messages that are due, until `end`. */
static void relay(struct member *m, size_t bytes, int64_t end)
{
    struct unp_message msg;

    while (!TAILQ_EMPTY(&m->delayed) && !(m->a && m->a->close_reason)) {
        size_t next = member_next_size(m);

        if (next > bytes || !may_send(m, next) || !member_release(m, &msg))
            return;
        bytes -= next;
        talk_input(&talk, m, &msg);
        free(msg.owned);
        if (unp_now() >= end) {
            m->crowded = true; /* further messages wait for the room, not for its rate */
            return;
        }
    }
}

static bool process_now(struct member *m, const struct unp_message *part, size_t escaped)
{
    if (m->a->own || !TAILQ_EMPTY(&m->delayed) || !may_send(m, escaped))
        return false;
    talk_input(&talk, m, part);
    members_wait |= m->listing;
    return true;
}

static bool delay(struct unp_server *s, struct member *m, const struct unp_message *part,
                  size_t escaped)
{
    if (member_delay(m, part, escaped, s->max_queue) < 0)
        return false;
    members_wait = true;
    unp_server_make_room(s);
    hold(m);
    return true;
}

/* Processes a small message now if the member may send it, and delays any other: a batch of large
 * messages would delay all members.  When more than -b bytes would be delayed, first relays the
 * delayed messages that are due, out of turn.  If the message still does not fit, aborts a member
 * that exceeds its own rate; otherwise the room is overloaded, and the message is refused. */
static void take(struct unp_server *s, struct member *m, const struct unp_message *part)
{
    size_t escaped = unp_text_escaped_len(part->data, part->len); /* up to four times as long */

    if ((escaped <= SMALL && process_now(m, part, escaped)) || delay(s, m, part, escaped))
        return;
    if (!m->crowded && !m->listing) {
        relay(m, SIZE_MAX, unp_now() + TURN_MS);
        if (m->a->close_reason || process_now(m, part, escaped) || delay(s, m, part, escaped))
            return;
    }
    members_wait = true;
    if (m->crowded || m->listing)
        m->refused++;
    else
        unp_sender_abort(s->out, m->a, "you send too much too fast");
}

/* Each command counts as a message, because thousands fit in one. */
static void said(struct unp_server *s, struct unp_association *a, const struct unp_message *msg)
{
    struct unp_message part = {.rcv = msg->rcv};

    for (size_t at = 0; at < msg->len && a->user && !a->close_reason; at += part.len) {
        part.data = msg->data + at;
        part.len = talk_part(part.data, msg->len - at);
        take(s, a->user, &part);
    }
    free(msg->owned);
}

/* Text of the departure announcement, malloc'd; NULL: it left by a shutdown. */
static char *farewell(const char *evicted, const struct sctp_assoc_change *why)
{
    char text[512] = "", *told = NULL;

    if (evicted)
        return asprintf(&told, "was disconnected: %s", evicted) < 0 ? NULL : told;
    if (why->sac_state == SCTP_SHUTDOWN_COMP)
        return NULL;
    if (why->sac_state == SCTP_RESTART)
        return strdup("has reconnected");
    if (why->sac_length > sizeof(*why))
        unp_causes_text(why->sac_info, why->sac_length - sizeof(*why), text, sizeof(text));
    return asprintf(&told, "has left: %s", *text ? text : "no answer") < 0 ? NULL : told;
}

/* When the room is overloaded, the reason is omitted. */
static void depart(struct member *m)
{
    if (turn == m)
        turn = TAILQ_NEXT(m, link);
    if (m->announced && m->farewell && room_carries(&room, NULL, strlen(m->farewell)))
        talk_announce(&talk, m, "%s %s", m->name, m->farewell);
    else if (m->announced)
        talk_leave(&talk, m);
    log_member(&srv, "left", m, "reason", m->farewell);
    member_free(&members, m);
}

static void drop_delayed(struct member *m)
{
    struct unp_message msg;

    while (member_release(m, &msg))
        free(msg.owned);
}

/* The member that was first to join of those that have left and have delayed messages. */
static struct member *first_closed(void)
{
    struct member *m = TAILQ_FIRST(&members);

    while (m->a || TAILQ_EMPTY(&m->delayed))
        m = TAILQ_NEXT(m, link);
    return m;
}

static void left(struct unp_server *s, struct unp_association *a,
                 const struct sctp_assoc_change *why)
{
    struct member *m = a->user;

    (void)s;
    if (!m)
        return;
    m->farewell = farewell(a->close_reason, why);
    if (TAILQ_EMPTY(&m->delayed) || a->close_reason) {
        a->close_reason = "gone";
        depart(m);
        room_flush(&room); /* before a restarted association hears of itself */
        return;
    }
    member_part(m); /* its delayed messages are still relayed, at its rate */
    closed_members++;
    members_wait = true;
    if (closed_members > most_members)
        drop_delayed(first_closed());
}

static void tell_refused(struct member *m, int64_t now)
{
    talk_tell(&talk, m,
              "%u of your messages %s not sent: the room is overloaded; wait, and send %s again",
              m->refused, m->refused == 1 ? "was" : "were", m->refused == 1 ? "it" : "them");
    m->refused = 0;
    m->told_refused = now;
}

/* Relays delayed messages, and announces a member whose arrival is due.  A message is relayed
 * first, because that announces the arrival at once; others are announced after the turns. */
static void serve_member(struct member *m, int64_t now, bool news)
{
    if (m->a && m->a->close_reason)
        return;
    talk_list(&talk, m);
    relay(m, SIZE_MAX, now + TURN_MS);
    hold(m);
    if (!m->a && TAILQ_EMPTY(&m->delayed)) {
        closed_members--;
        depart(m);
        return;
    }
    if (news && now >= m->announce_at)
        talk_arrive(&talk, m);
    if (m->refused && now - m->told_refused >= REFUSED_MS)
        tell_refused(m, now);
    if (!m->announced || m->listing || m->refused || !TAILQ_EMPTY(&m->delayed))
        members_wait = true;
}

/* Serves the members that wait, for a limited time, beginning with `turn`.  In a full room, those
 * that have left wait.  False: not all. */
static bool serve_members(int64_t now, bool news)
{
    bool all = !turn, full = false;

    for (struct member *m = turn ? turn : TAILQ_FIRST(&members); m; m = turn) {
        turn = TAILQ_NEXT(m, link);
        if (!m->a && !TAILQ_EMPTY(&m->delayed) && (full = full || room_full(&room))) {
            members_wait = true;
            continue;
        }
        serve_member(m, now, news);
        if (unp_now() - now >= TURN_MS)
            return false;
    }
    return all;
}

/* Messages are received for at least as long as turns take.  False: not all members were served. */
static bool take_turns(const struct unp_server *s, int64_t now, bool news)
{
    bool all;

    if (s->received && now - turns_ended < TURN_MS)
        return false;
    all = serve_members(now, news);
    turns_ended = unp_now();
    return all;
}

/* The turns of others do not delay small messages, unless their member has left.  A member that
 * sends more than the room takes gets a socket of its own. */
static void serve_small(struct unp_server *s)
{
    for (struct member *m = TAILQ_FIRST(&members); m; m = TAILQ_NEXT(m, link)) {
        if (!m->a)
            continue;
        relay(m, SMALL, INT64_MAX);
        if (m->delayed_bytes > PEEL_ABOVE)
            unp_server_peel(s, m->a);
        hold(m);
    }
}

static bool tick(struct unp_server *s)
{
    int64_t now;
    bool news;

    room_flush(&room);
    now = unp_now();
    news = talk_news_due(&talk, now);
    room_tick(&room);
    s->busy = false;
    if (members_wait) {
        members_wait = false;
        s->busy = !take_turns(s, now, news);
        if (news) /* before a line of a newcomer */
            talk_news(&talk);
        serve_small(s);
        members_wait |= s->busy;
    }
    if (news)
        talk_news(&talk);
    room_flush(&room);
    talk_news_sent(&talk, now, unp_now());
    return members_wait || talk.departures.count;
}

static void leaving(struct unp_server *s)
{
    (void)s;
    talk_announce(&talk, NULL, "the server is leaving");
    room_flush(&room);
}

/* ---- Memory shortage ------------------------------------------------------ */

static void forget(struct unp_server *s, struct unp_association *a)
{
    (void)s;
    if (a->user)
        drop_delayed(a->user);
}

/* Drops the delayed messages of the closed association that has most of them. */
static bool evict(struct unp_server *s, size_t least, const char *why)
{
    struct member *m, *most = NULL;

    (void)s;
    (void)why;
    for (m = TAILQ_FIRST(&members); m; m = TAILQ_NEXT(m, link))
        if (!m->a && m->delayed_bytes > (most ? most->delayed_bytes : least))
            most = m;
    if (most)
        drop_delayed(most);
    return most != NULL;
}

/* ---- Start ---------------------------------------------------------------- */

static const char about[] =
    "usage: sctp_chat_srv [options]\n"
    "A chat room on a single one-to-many SCTP socket.  Sends each member's lines to\n"
    "all other members; streams are channels.\n";
static const char end[] = "SIGINT or SIGTERM announces the end and shuts all associations down.\n"
                          "\n"
                          "Try it:  sctp_chat_cli localhost     See also: sctp_chat_srv(1)\n";

static void get_options(int argc, char **argv)
{
    const struct unp_cmdline_option options[] = {
        UNP_SERVER_OPTIONS(srv),
        {"streams", 'o', "=N",
         "number of outbound streams, hence channels, to request (default %lld)",
         UNP_NUMBER(srv.setup.ostreams, 1, 65535)},
        {"backlog", 'b', "=BYTES",
         "limit of a member's send queue, and of its delayed messages "
         "(default " UNP_STRING(BACKLOG) ", or 8 times -m if larger)",
         UNP_NUMBER(srv.max_queue, 1, 1 << 30)},
        {"wait", 'w', "=SECONDS",
         "disconnect a member whose send queue makes no progress for this time (default %lld), or "
         "for " UNP_STRING(SILENT_TIMES) " times this time while its receive window is open",
         UNP_NUMBER(stall_limit, 1, 86400)},
        {"rate", 'r', "=N",
         "messages per second that a member may send (default %lld; 0: no limit); more are delayed",
         UNP_NUMBER(talk.rate, 0, 1000000)},
        {"members", 'M', "=N", "largest number of members (default %lld)",
         UNP_NUMBER(most_members, 1, 1000000)},
        {"json", 'J', NULL, "print members, their lines and notifications as lines of JSON",
         UNP_FLAG(srv.json, true)},
        {.name = NULL}};

    Unp_options(argc, argv, about, options, end);
    srv.verbose |= srv.json;
    if (optind < argc)
        Unp_usage_error("too many arguments: \"%s\"%s", argv[optind], unp_port_hint(argv[optind]));
}

/* A message within -m may be too long to relay once it is escaped. */
static void warn_of_growth(void)
{
    size_t most = room_longest(&room);

    if (most < TEXT_GROWTH * srv.max_message + NAME_SIZE)
        err_msg(
            "note: unprintable bytes are sent as up to %d bytes each; a message of more than %zu "
            "bytes once escaped is refused; %s allows more",
            TEXT_GROWTH, most,
            most < unp_max_message(srv.fd) ? "a larger -b" : "as root, a larger net.core.wmem_max");
}

int main(int argc, char **argv)
{
    static const struct unp_service service = {
        .changing = changing,
        .up = joined,
        .message = said,
        .closed = left,
        .tick = tick,
        .shutting_down = leaving,
        .forget = forget,
        .evict = evict,
    };

    srv = (struct unp_server){.service = &service,
                              .setup = {.port = CHAT_PORT, .ostreams = OSTREAMS},
                              .max_message = CHAT_MAX_MESSAGE,
                              .memory.limit = unp_memory_default()};
    Unp_open_standard_files();
    setvbuf(stdout, NULL, _IOLBF, 0);
    get_options(argc, argv);
    room.stall_limit = (int)stall_limit * 1000;
    snprintf(room_is_full, sizeof(room_is_full), "the room is full (%zu member%s)", most_members,
             most_members == 1 ? "" : "s");
    snprintf(room.not_reading, sizeof(room.not_reading),
             "the send queue made no progress for %u s: the peer does not read", stall_limit);
    snprintf(room.silent, sizeof(room.silent), "the peer has acknowledged nothing for %u s",
             SILENT_TIMES * stall_limit);
    if (!srv.max_queue) /* default: room for at least two of the longest lines */
        srv.max_queue = 2 * TEXT_GROWTH * srv.max_message > BACKLOG
                            ? 2 * TEXT_GROWTH * srv.max_message
                            : BACKLOG;
    Unp_server_start(&srv);
    room_open(&room);
    warn_of_growth();
    unp_server_run(&srv);
    unp_report_finish();
    return EXIT_OK;
}
