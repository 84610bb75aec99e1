/*
 * sctp_echo_srv - one-to-many stream-echo server (UNP, chapter 10)
 *
 *   sctp_echo_srv [options] [0|1]
 *
 * One socket serves every association.  A message that comes on stream n goes
 * back on stream n + 1, or on stream n with argument 0.
 *
 * Worth noticing: the server asks the kernel nothing for each message.  What it
 * must know of an association (its id, how many streams it has) came with the
 * association-up notification, and goes with the one that says that it is over.
 * It receives and replies in batches and never waits for any one client: see
 * lib/inbox.c and lib/outbox.c.
 */
#include "echo.h"
#include "unpsctp.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define BATCH      32
#define TICK_MS    1000    /* how soon a signal is seen that came between looking and waiting */
#define RETRY_MS   20      /* how soon the send buffer is tried again when it was full */
#define GOODBYE_MS 5000    /* how long a shutdown may take */
#define MIN_QUEUE  4194304 /* what may wait for one client, at least; see --help */
#define MIN_BUFFER 8388608 /* of the socket, each way */

/* Why an association is ended: its peer is told. */
static const char leaving[] = "the server is leaving";
static const char no_memory[] = "the server is out of memory";

struct server {
    struct sctp_setup setup;
    size_t max_message;
    char too_large[80]; /* why a message beyond that ends its association */
    unsigned increment; /* of the stream: 1, or 0 */
    bool verbose;
    unsigned long untold; /* notifications that -v could not print */
    int fd;
    int timeout; /* SO_RCVTIMEO as it is set, ms */
    struct sctp_inbox *in;
    struct sctp_outbox *out;
    struct sctp_table clients;
    struct sctp_assembly notice; /* a notification that comes in parts */
};

static volatile sig_atomic_t signals;

static void on_signal(int signo)
{
    (void)signo;
    signals++;
}

/* ---- what the server does ------------------------------------------------- */

static uint16_t reply_stream(const struct server *srv, const struct sctp_association *client,
                             uint16_t stream)
{
    unsigned next = stream + srv->increment;

    return next < client->ostreams ? (uint16_t)next : 0;
}

static void echo(struct server *srv, struct sctp_association *client,
                 const struct sctp_message *msg)
{
    const struct sctp_sndinfo snd = {
        .snd_sid = reply_stream(srv, client, msg->rcv.rcv_sid),
        .snd_flags = msg->rcv.rcv_flags & SCTP_UNORDERED,
        .snd_ppid = msg->rcv.rcv_ppid,
        .snd_assoc_id = client->id,
    };

    sctp_outbox_send(srv->out, client, msg, &snd);
}

static void on_data(struct server *srv, const struct sctp_piece *piece)
{
    struct sctp_association *client = sctp_table_find(&srv->clients, piece->rcv.rcv_assoc_id);
    struct sctp_message msg;

    if (!client || client->ended) /* what was on its way when we ended it */
        return;
    switch (sctp_assemble(&client->in, piece, srv->max_message, &msg)) {
    case 1:
        echo(srv, client, &msg);
        break;
    case -1:
        sctp_outbox_abort(srv->out, client, errno == EMSGSIZE ? srv->too_large : no_memory);
        sctp_assembly_clear(&client->in);
        break;
    default:
        break;
    }
}

/* ---- what the kernel tells it --------------------------------------------- */

static void client_up(struct server *srv, const struct sctp_assoc_change *change)
{
    struct sctp_association *client = sctp_table_find(&srv->clients, change->sac_assoc_id);

    if (client) /* a restart: the peer knows nothing of what was before */
        sctp_table_remove(&srv->clients, srv->out, client);
    client = sctp_table_add(&srv->clients, change->sac_assoc_id);
    if (!client) {
        sctp_abort(srv->fd, change->sac_assoc_id, no_memory);
        return;
    }
    client->ostreams = change->sac_outbound_streams;
    client->istreams = change->sac_inbound_streams;
}

static void client_over(struct server *srv, sctp_assoc_t id)
{
    struct sctp_association *client = sctp_table_find(&srv->clients, id);

    if (client)
        sctp_table_remove(&srv->clients, srv->out, client);
}

static void on_assoc_change(struct server *srv, const struct sctp_assoc_change *change)
{
    switch (change->sac_state) {
    case SCTP_COMM_UP:
    case SCTP_RESTART:
        client_up(srv, change);
        break;
    case SCTP_COMM_LOST:
    case SCTP_SHUTDOWN_COMP:
    case SCTP_CANT_STR_ASSOC:
        client_over(srv, change->sac_assoc_id);
        break;
    default:
        break;
    }
}

static void on_sender_dry(struct server *srv, sctp_assoc_t id)
{
    struct sctp_association *client = sctp_table_find(&srv->clients, id);

    if (client)
        sctp_outbox_dry(srv->out, client);
}

static void on_partial_delivery(struct server *srv, sctp_assoc_t id)
{
    struct sctp_association *client = sctp_table_find(&srv->clients, id);

    if (client)
        sctp_assembly_clear(&client->in);
}

/* What is worth a line to a person.  That all was acknowledged is between us and the outbox; that
 * nothing more was sent goes without saying when we have ended the association. */
static bool interesting(const struct server *srv, const union sctp_notification *n)
{
    const struct sctp_association *client;

    if (n->sn_header.sn_type == SCTP_SENDER_DRY_EVENT)
        return false;
    if (n->sn_header.sn_type != SCTP_SEND_FAILED_EVENT)
        return true;
    client = sctp_table_find(&srv->clients, n->sn_send_failed_event.ssf_assoc_id);
    return client && !client->ended;
}

/* Never waits for somebody to read our output, either. */
static bool can_tell(struct server *srv)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

    if (poll(&p, 1, 0) < 1) {
        srv->untold++;
        return false;
    }
    if (srv->untold)
        printf("(%lu notifications are left out: nobody read this output)\n", srv->untold);
    srv->untold = 0;
    return true;
}

/* One line for -v; to it, what the notification does not say itself. */
static void tell(struct server *srv, const union sctp_notification *n, size_t len)
{
    char text[1024], more[512] = "";
    const struct sctp_association *client;

    if (!interesting(srv, n) || !can_tell(srv))
        return;
    printf("%s", sctp_notification_text(n, len, text, sizeof(text)));
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE) {
        client = sctp_table_find(&srv->clients, n->sn_assoc_change.sac_assoc_id);
        if (client && client->ended)
            printf(" (by this server: %s)", client->ended);
        if ((n->sn_assoc_change.sac_state == SCTP_COMM_UP ||
             n->sn_assoc_change.sac_state == SCTP_RESTART) &&
            sctp_peer_addresses(srv->fd, n->sn_assoc_change.sac_assoc_id, more, sizeof(more)) == 0)
            printf(", peer %s", more);
    }
    putchar('\n');
}

static void on_notification(struct server *srv, const struct sctp_piece *piece)
{
    const union sctp_notification *n;
    struct sctp_message msg;

    /* Replies that are ready go first: what comes may end their association. */
    sctp_outbox_flush(srv->out);
    switch (sctp_assemble(&srv->notice, piece, SIZE_MAX, &msg)) {
    case 1:
        break;
    case -1: /* out of memory: without this notification, then */
        sctp_assembly_clear(&srv->notice);
        return;
    default:
        return;
    }
    n = (const union sctp_notification *)(void *)msg.data;
    if (srv->verbose)
        tell(srv, n, msg.len);
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        on_assoc_change(srv, &n->sn_assoc_change);
        break;
    case SCTP_SENDER_DRY_EVENT:
        on_sender_dry(srv, n->sn_sender_dry_event.sender_dry_assoc_id);
        break;
    case SCTP_PARTIAL_DELIVERY_EVENT:
        on_partial_delivery(srv, n->sn_pdapi_event.pdapi_assoc_id);
        break;
    default:
        break;
    }
    free(msg.owned);
}

/* ---- its loop ------------------------------------------------------------- */

/*
 * Waits in recvmmsg() and not in poll(), which would cost a system call for
 * every message of a client that sends one at a time.
 */
static void set_timeout(struct server *srv, int ms)
{
    const struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    if (ms != srv->timeout && setsockopt(srv->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0)
        srv->timeout = ms;
}

/* Takes what has come and answers it.  False when nothing had come. */
static bool serve_batch(struct server *srv, int flags)
{
    int n = sctp_inbox_recv(srv->in, srv->fd, flags);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        poll(NULL, 0, RETRY_MS); /* nothing that a server dies of, nor spins on */
    for (int i = 0; i < n; i++) {
        const struct sctp_piece *piece = sctp_inbox_piece(srv->in, i);

        if (piece->flags & MSG_NOTIFICATION)
            on_notification(srv, piece);
        else
            on_data(srv, piece);
    }
    sctp_outbox_flush(srv->out);
    set_timeout(srv, sctp_outbox_retry(srv->out) ? RETRY_MS : TICK_MS);
    return n > 0;
}

/* ---- its end -------------------------------------------------------------- */

/* Begins the shutdown of a client that has been sent all that waited for it. */
static void say_goodbye(struct sctp_association *client, void *arg)
{
    struct server *srv = arg;

    if (client->ended || client->out.state != SENDQ_OPEN)
        return;
    client->ended = leaving;
    sctp_eof(srv->fd, client->id);
}

static void cut_off(struct sctp_association *client, void *arg)
{
    struct server *srv = arg;

    sctp_outbox_abort(srv->out, client, leaving);
}

/* Answers what has arrived, shuts every association down, and aborts those that do not comply
 * in time; a second signal cuts that time short. */
static void leave(struct server *srv)
{
    int64_t deadline = sctp_now() + GOODBYE_MS;
    int seen = signals;

    listen(srv->fd, 0);
    while (sctp_now() < deadline && signals == seen && serve_batch(srv, MSG_DONTWAIT))
        ;
    set_timeout(srv, RETRY_MS);
    while (srv->clients.count && sctp_now() < deadline && signals == seen) {
        sctp_table_walk(&srv->clients, say_goodbye, srv);
        serve_batch(srv, 0);
        set_timeout(srv, RETRY_MS);
    }
    sctp_table_walk(&srv->clients, cut_off, srv);
    while (srv->clients.count && serve_batch(srv, MSG_DONTWAIT)) /* the notifications of that */
        ;
}

/* ---- its start ------------------------------------------------------------ */

static void usage(FILE *to)
{
    fprintf(to,
            "usage: sctp_echo_srv [options] [0|1]\n"
            "One-to-many SCTP stream-echo server: a message that comes on stream n goes back on\n"
            "stream n + 1, or on stream n with argument 0.\n"
            "\n"
            "  -p, --port=PORT      SCTP port (default %d)\n"
            "  -B, --bind=ADDR      serve on this address only; may be repeated (multi-homing)\n"
            "  -o, --streams=N      outbound streams to ask for (default %d)\n"
            "  -m, --max=BYTES      largest message (default %d); a larger one aborts its\n"
            "                       association\n"
            "  -v, --verbose        one line for each notification\n"
            "  -h, --help           this text\n"
            "  -V, --version        the version\n"
            "\n"
            "A client that does not read its replies is aborted when %d bytes (or four\n"
            "largest messages) wait for it.  SIGINT or SIGTERM shuts all associations down.\n"
            "\n"
            "Try it:  sctp_echo_cli localhost     See also: sctp_echo_srv(1)\n",
            SERV_PORT, DEFAULT_OSTREAMS, DEFAULT_MAX_MESSAGE, MIN_QUEUE);
}

static void get_options(struct server *srv, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},    {"bind", required_argument, NULL, 'B'},
        {"streams", required_argument, NULL, 'o'}, {"max", required_argument, NULL, 'm'},
        {"verbose", no_argument, NULL, 'v'},       {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},       {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "p:B:o:m:vhV", options, NULL)) != -1) {
        switch (c) {
        case 'p':
            srv->setup.port = (uint16_t)Parse_number("-p", optarg, 1, 65535);
            break;
        case 'B':
            Sctp_addrs_add(&srv->setup.local, "-B", optarg, 0);
            break;
        case 'o':
            srv->setup.ostreams = (uint16_t)Parse_number("-o", optarg, 1, 65535);
            break;
        case 'm':
            srv->max_message = (size_t)Parse_number("-m", optarg, 1, 256 << 20);
            break;
        case 'v':
            srv->verbose = true;
            break;
        case 'h':
            usage(stdout);
            exit(EXIT_OK);
        case 'V':
            puts("sctp_echo_srv (onetomany) " UNPSCTP_VERSION);
            exit(EXIT_OK);
        default:
            usage(stderr);
            exit(EXIT_USAGE);
        }
    }
    if (optind < argc)
        srv->increment = (unsigned)Parse_number("argument", argv[optind++], 0, 1);
    if (optind < argc)
        err_quit(EXIT_USAGE, "too many arguments: \"%s\"; see --help", argv[optind]);
}

/* Without SA_RESTART: a signal ends the wait for messages. */
static void catch_signals(void)
{
    const struct sigaction act = {.sa_handler = on_signal};

    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN); /* nobody reads our output any more: go on */
}

/* What the machine's settings take from what was asked for. */
static void warn(struct server *srv)
{
    size_t can_send = sctp_max_message(srv->fd);

    if (can_send < srv->max_message) {
        err_msg("note: messages above %zu bytes cannot be sent back here, and abort their "
                "association; as root, 'sysctl -w net.core.wmem_max=%zu' allows %zu",
                can_send, srv->max_message, srv->max_message);
        srv->max_message = can_send;
    }
    if (sctp_shared_sndbuf())
        err_msg("note: net.sctp.sndbuf_policy is 0: all clients share one buffer, so that bad or "
                "many ones can slow the others; as root, 'sysctl -w net.sctp.sndbuf_policy=1 "
                "net.sctp.rcvbuf_policy=1', then start this again");
}

static void start(struct server *srv)
{
    size_t max_queue = 4 * srv->max_message;

    /* Room for several of the largest messages: associations may have to share it. */
    srv->setup.buffer = srv->max_message > MIN_BUFFER / 8 ? 8 * srv->max_message : MIN_BUFFER;
    srv->fd = Sctp_listen(&srv->setup);
    srv->in = sctp_inbox_new(BATCH, PIECE_SIZE);
    srv->out = sctp_outbox_new(srv->fd, max_queue > MIN_QUEUE ? max_queue : MIN_QUEUE);
    if (!srv->in || !srv->out)
        err_sys("start");
    if (!srv->verbose) /* they would bring back all that a client has not read */
        sctp_subscribe(srv->fd, SCTP_FUTURE_ASSOC, SCTP_SEND_FAILED_EVENT, false);
    set_timeout(srv, TICK_MS);
    warn(srv);
    snprintf(srv->too_large, sizeof(srv->too_large), "message larger than %zu bytes",
             srv->max_message);
    printf("sctp_echo_srv: listening on port %u; Ctrl-C ends it\n", srv->setup.port);
}

int main(int argc, char **argv)
{
    struct server srv = {.setup = {.port = SERV_PORT, .ostreams = DEFAULT_OSTREAMS},
                         .max_message = DEFAULT_MAX_MESSAGE,
                         .increment = 1};

    Open_standard_files();
    setvbuf(stdout, NULL, _IOLBF, 0);
    get_options(&srv, argc, argv);
    catch_signals();
    start(&srv);
    while (!signals)
        serve_batch(&srv, 0);
    leave(&srv);
    close(srv.fd);
    sctp_assembly_clear(&srv.notice);
    sctp_inbox_free(srv.in);
    sctp_outbox_free(srv.out);
    sctp_addrs_free(&srv.setup.local);
    return EXIT_OK;
}
