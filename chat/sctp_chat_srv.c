/*
 * sctp_chat_srv - a chat on one socket
 *
 *   sctp_chat_srv [options]
 *
 * What one member says on stream n reaches every other member on stream n: streams are
 * channels.  The protocol is text (sctp_chat_srv(1)), so that any SCTP program can take part.
 *
 * Worth noticing: who is in the room is SCTP's affair.  An association that comes up has
 * joined; one that is shut down, aborted, or does not answer heartbeats any more has left.  How
 * a message reaches all, and what happens to those who do not keep up, is in room.c.
 */
#include "chat.h"
#include "cmdline/cmdline.h"
#include "receive/receive.h"
#include "talk.h"
#include "tty/text.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define OSTREAMS   10
#define BACKLOG    4194304 /* bytes */
#define PATIENCE   10      /* s */
#define RATE       100     /* messages a second */
#define MEMBERS    10000
#define REFUSED_MS 1000 /* how often one is told how much was refused */

static struct unp_server srv;
static struct room room = {.srv = &srv, .patience = PATIENCE * 1000};
static struct member_list members = TAILQ_HEAD_INITIALIZER(members);
static struct talk talk = {.room = &room, .members = &members};
static size_t most_members = MEMBERS;
static double rate = RATE; /* 0: any */
static char room_is_full[64];
static bool somebody_waits; /* to be announced, or with something held */
static size_t afterwards;   /* members that are gone but have something held */

/* ---- what the server does with what comes --------------------------------- */

static void joined(struct unp_server *s, struct unp_association *a)
{
    struct member *m;

    if (s->associations.count + afterwards > most_members) {
        unp_sender_abort(s->out, a, room_is_full);
        return;
    }
    m = member_new(&members, a, rate, &s->memory);
    if (!m) {
        unp_sender_abort(s->out, a, "the server is out of memory");
        return;
    }
    somebody_waits = true;
    talk_tell(&talk, m, "you are %s", m->name);
    talk_tell(&talk, m, "%zu here; /help lists what else you can do", s->associations.count);
}

/* Is it time for a member to say what is so long when it is sent on?  Then it is counted.  What can
 * never be sent on need not wait until it can: it is refused. */
static bool is_time(struct member *m, size_t tamed)
{
    if (m->listing)
        return false;
    m->crowded = tamed <= room_longest(&room) && !room_carries(&room, &m->voice, tamed);
    return !m->crowded && (rate <= 0 || member_may_speak(m, tamed, rate));
}

/* Obeys or says it now, or when its time has come.  One that is too fast for the room, not for
 * itself, is refused what cannot be kept for it, and stays. */
static void take(struct unp_server *s, struct member *m, const struct unp_message *part)
{
    size_t tamed = unp_text_escaped_len(part->data, part->len); /* it may be four times as long */

    if (TAILQ_EMPTY(&m->held) && is_time(m, tamed)) {
        talk_understand(&talk, m, part);
        return;
    }
    somebody_waits = true;
    if (member_hold(m, part, tamed, s->max_queue) == 0)
        unp_server_make_room(s);
    else if (m->crowded || m->listing)
        m->refused++;
    else
        unp_sender_abort(s->out, m->a, "you say too much too fast");
}

/* Each command counts as a message: thousands go into one. */
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

/* What happened to it; NULL: it has left, and no more is to be told. */
static char *farewell(const char *put_out, const struct sctp_assoc_change *why)
{
    char text[512] = "", *told = NULL;

    if (put_out)
        return asprintf(&told, "was put out: %s", put_out) < 0 ? NULL : told;
    if (why->sac_state == SCTP_SHUTDOWN_COMP)
        return NULL;
    if (why->sac_state == SCTP_RESTART)
        snprintf(text, sizeof(text), "it begins anew");
    else if (why->sac_length > sizeof(*why))
        unp_causes_text(why->sac_info, why->sac_length - sizeof(*why), text, sizeof(text));
    return asprintf(&told, "has left: %s", *text ? text : "no answer") < 0 ? NULL : told;
}

/* When the room has enough to carry, it is not told why. */
static void depart(struct member *m)
{
    if (m->announced && m->farewell && room_carries(&room, NULL, strlen(m->farewell)))
        talk_announce(&talk, m, "%s %s", m->name, m->farewell);
    else if (m->announced)
        talk_leave(&talk, m);
    member_free(&members, m);
}

static void left(struct unp_server *s, struct unp_association *a,
                 const struct sctp_assoc_change *why)
{
    struct member *m = a->user;

    (void)s;
    if (!m)
        return;
    m->farewell = farewell(a->close_reason, why);
    if (TAILQ_EMPTY(&m->held) || a->close_reason) {
        a->close_reason = "gone";
        depart(m);
        return;
    }
    member_part(m); /* What it said too fast it has said: at its pace, all the same. */
    afterwards++;
    somebody_waits = true;
}

static void tell_refused(struct member *m, int64_t now)
{
    talk_tell(&talk, m,
              "%u messages of yours were not said: the room cannot carry so much; wait, and say "
              "them again",
              m->refused);
    m->refused = 0;
    m->told_refused = now;
}

/* Lets members speak whose time has come, and announces those who do not say their name. */
static void look_after(struct member *m, int64_t now, bool news)
{
    struct unp_message msg;

    if (m->a && m->a->close_reason)
        return;
    if (news && now >= m->announce_at)
        talk_arrive(&talk, m);
    talk_list(&talk, m);
    while (!TAILQ_EMPTY(&m->held) && !(m->a && m->a->close_reason) &&
           is_time(m, member_next_size(m)) && member_release(m, &msg)) {
        talk_understand(&talk, m, &msg);
        free(msg.owned);
    }
    if (!m->a && TAILQ_EMPTY(&m->held)) {
        afterwards--;
        depart(m);
        return;
    }
    if (m->refused && now - m->told_refused >= REFUSED_MS)
        tell_refused(m, now);
    if (!m->announced || m->listing || m->refused || !TAILQ_EMPTY(&m->held))
        somebody_waits = true;
}

static bool look(struct unp_server *s)
{
    struct member *m, *next;
    int64_t now = unp_now();
    bool news = talk_news_due(&talk, now);

    (void)s;
    room_look(&room);
    if (somebody_waits) {
        somebody_waits = false;
        for (m = TAILQ_FIRST(&members); m; m = next) {
            next = TAILQ_NEXT(m, link);
            look_after(m, now, news);
        }
    }
    if (news)
        talk_news(&talk);
    return somebody_waits || talk.departures.count;
}

static void leaving(struct unp_server *s)
{
    (void)s;
    talk_announce(&talk, NULL, "the server is leaving");
}

/* ---- memory is short ------------------------------------------------------ */

static void forget_held(struct member *m)
{
    struct unp_message msg;

    while (member_release(m, &msg))
        free(msg.owned);
}

static void forget(struct unp_server *s, struct unp_association *a)
{
    (void)s;
    if (a->user)
        forget_held(a->user);
}

/* What one has still to say that is gone. */
static bool evict(struct unp_server *s, size_t least, const char *why)
{
    struct member *m, *most = NULL;

    (void)s;
    (void)why;
    for (m = TAILQ_FIRST(&members); m; m = TAILQ_NEXT(m, link))
        if (!m->a && m->held_bytes > (most ? most->held_bytes : least))
            most = m;
    if (most)
        forget_held(most);
    return most != NULL;
}

/* ---- its start ------------------------------------------------------------ */

static void print_help(void)
{
    printf("usage: sctp_chat_srv [options]\n"
           "A chat room on one one-to-many SCTP socket.  Relays each member's lines to all\n"
           "other members; streams are channels.\n"
           "\n"
           "  -p, --port=PORT      SCTP port (default %d)\n"
           "  -B, --bind=ADDR      bind to this local address; repeat for multi-homing\n"
           "  -o, --streams=N      number of outbound streams, hence channels, to request\n"
           "                       (default %d)\n"
           "  -m, --max=BYTES      largest message (default %d); a larger one aborts\n"
           "                       its association\n"
           "  -b, --backlog=BYTES  limit of a member's send queue, and of its lines that\n"
           "                       wait to be relayed (default %d, or 8 times -m)\n"
           "  -w, --wait=SECONDS   disconnect a member whose send queue makes no progress\n"
           "                       for so long (default %d)\n"
           "  -r, --rate=N         messages per second that a member may send (default %d;\n"
           "                       0: no limit); more are delayed\n"
           "  -M, --members=N      largest number of members (default %d)\n"
           "      --memory=BYTES   limit of memory for queued and partly received messages\n"
           "                       (default %zu, a quarter of this\n"
           "                       machine's memory); above it, the member that uses most\n"
           "                       is evicted\n"
           "  -v, --verbose        print one line for each notification\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "SIGINT or SIGTERM announces the end and shuts all associations down.\n"
           "\n"
           "Try it:  sctp_chat_cli localhost     See also: sctp_chat_srv(1)\n",
           CHAT_PORT, OSTREAMS, CHAT_MAX_MESSAGE, BACKLOG, PATIENCE, RATE, MEMBERS,
           unp_memory_default());
}

static void take_option(int option, const char *value)
{
    switch (option) {
    case 'b':
        srv.max_queue = (size_t)Unp_parse_number("-b", value, 1, 1 << 30);
        break;
    case 'w':
        room.patience = (int)Unp_parse_number("-w", value, 1, 86400) * 1000;
        break;
    case 'r':
        rate = (double)Unp_parse_number("-r", value, 0, 1000000);
        break;
    case 'M':
        most_members = (size_t)Unp_parse_number("-M", value, 1, 1000000);
        break;
    case 'h':
        print_help();
        exit(EXIT_OK);
    default:
        Unp_usage_error(NULL);
    }
}

static void get_options(int argc, char **argv)
{
    static const struct option options[] = {SERVER_LONG_OPTIONS,
                                            {"backlog", required_argument, NULL, 'b'},
                                            {"wait", required_argument, NULL, 'w'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"members", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, SERVER_OPTIONS "b:w:r:M:h", options, NULL)) != -1)
        if (!unp_server_option(&srv, c, optarg))
            take_option(c, optarg);
    if (optind < argc)
        Unp_usage_error("too many arguments: \"%s\"", argv[optind]);
}

/* What -m lets in may be longer when it is sent on. */
static void warn_of_growth(void)
{
    size_t most = room_longest(&room);

    if (most < TEXT_GROWTH * srv.max_message + NAME_SIZE)
        err_msg("note: what is not printable is sent on as up to %d times as many bytes; a message "
                "with more than %zu then is refused to its speaker; %s allows more",
                TEXT_GROWTH, most,
                most < unp_max_message(srv.fd) ? "a larger -b"
                                               : "as root, a larger net.core.wmem_max");
}

int main(int argc, char **argv)
{
    static const struct unp_service service = {
        .up = joined,
        .message = said,
        .closed = left,
        .tick = look,
        .shutting_down = leaving,
        .forget = forget,
        .evict = evict,
    };

    srv = (struct unp_server){.name = "sctp_chat_srv",
                              .service = &service,
                              .setup = {.port = CHAT_PORT, .ostreams = OSTREAMS},
                              .max_message = CHAT_MAX_MESSAGE};
    Unp_open_standard_files();
    setvbuf(stdout, NULL, _IOLBF, 0);
    get_options(argc, argv);
    snprintf(room_is_full, sizeof(room_is_full), "the room is full (%zu members)", most_members);
    snprintf(room.too_slow, sizeof(room.too_slow),
             "messages have waited for %d s: the peer does not read them", room.patience / 1000);
    if (!srv.max_queue) /* not given: two of the longest lines that there may be, at least */
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
