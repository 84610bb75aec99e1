/*
 * sctp_echo_srv - one-to-many stream-echo server (UNP, chapter 10)
 *
 *   sctp_echo_srv [options] [0|1]
 *
 * One socket serves all associations.  A message received on stream n is sent back on stream n + 1,
 * or on stream n with argument 0.
 *
 * Worth noticing: the server does not ask for the number of streams at each message, as UNP's does:
 * the association-up notification has it.  It receives and replies in batches and never blocks on a
 * client: see lib/receive/inbox.c and lib/server/sender.c.
 *
 * The loop: unp_server_run(), lib/server/server.c; it receives in lib/receive/receiver.c.
 */
#include "cmdline/cmdline.h"
#include "option/option.h"
#include "peel.h"
#include "receive/receive.h"
#include "server/program.h"
#include "tty/message.h"
#include "tty/text.h"
#include "json/event.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_QUEUE UNP_STRING(DEFAULT_MAX_QUEUE)

static unsigned increment = 1; /* of the stream number: 1 or 0 */
static bool one_answer;        /* --eof: shut down after one reply, as UNP's sctpserv03 */
static bool unfinished;        /* --eof: some replies are still queued */
static struct unp_opt_list options;
static bool own_socket; /* --peeloff */
static size_t most_associations = 10000;
static char is_full[64];

static uint16_t reply_stream(const struct unp_association *client, uint16_t stream)
{
    unsigned next = stream + increment;

    return next < client->ostreams ? (uint16_t)next : 0;
}

static struct sctp_sndinfo answer(const struct unp_association *client,
                                  const struct unp_message *msg)
{
    return (struct sctp_sndinfo){
        .snd_sid = reply_stream(client, msg->rcv.rcv_sid),
        .snd_flags = msg->rcv.rcv_flags & SCTP_UNORDERED,
        .snd_ppid = msg->rcv.rcv_ppid,
        .snd_assoc_id = client->id,
    };
}

/* Shuts an association down after its reply. */
static void finish(struct unp_association *client, void *srv)
{
    if (client->user == &one_answer && !client->close_reason &&
        !unp_server_finish(srv, client, "answered"))
        unfinished = true; /* the reply is queued */
}

static void up(struct unp_server *srv, struct unp_association *client)
{
    if (srv->associations.count + peel_count() > most_associations)
        unp_sender_abort(srv->out, client, is_full);
}

static void echo(struct unp_server *srv, struct unp_association *client,
                 const struct unp_message *msg)
{
    const struct sctp_sndinfo snd = answer(client, msg);

    unp_sender_send(srv->out, client, msg, &snd);
    if (one_answer) {
        client->user = &one_answer;
        finish(client, srv);
    } else if (own_socket) {
        peel_mark(client);
    }
}

static bool tick(struct unp_server *srv)
{
    if (unfinished) {
        unfinished = false;
        unp_table_walk(&srv->associations, finish, srv);
    }
    return peel_tick(srv, answer) || unfinished;
}

/* -e: prints a message and sends no reply. */
static void show(struct unp_server *srv, struct unp_association *client,
                 const struct unp_message *msg)
{
    char *text = NULL;

    (void)client;
    if (srv->json) {
        unp_message_json(msg, stdout);
    } else if ((text = malloc(TEXT_GROWTH * msg->len + 1))) {
        unp_text_escape(msg->data, msg->len, text);
        unp_print_time(stdout);
        unp_message_head(msg, stdout);
        puts(text);
    } else {
        err_msg("a message of %zu bytes is not shown: %s", msg->len, strerror(errno));
    }
    free(text);
    free(msg->owned);
}

static const char about[] =
    "usage: sctp_echo_srv [options] [0|1]\n"
    "One-to-many SCTP stream-echo server: sends a message received on stream n back\n"
    "on stream n + 1, or on stream n with argument 0.\n";
static const char end[] =
    "A client that does not read its replies is aborted when its send queue exceeds\n" MAX_QUEUE
    " bytes (or four times -m, if larger).  SIGINT or SIGTERM shuts all\n"
    "associations down.\n"
    "\n"
    "Try it:  sctp_echo_cli localhost     See also: sctp_echo_srv(1)\n";

static void take_autoclose(const struct unp_cmdline_option *o, const char *option,
                           const char *value)
{
    static char text[32];

    snprintf(text, sizeof(text), "autoclose=%lld",
             (long long)Unp_parse_number(option, value, 0, 2147483647));
    Unp_take_opt(o, option, text);
}

static void get_options(struct unp_server *srv, int argc, char **argv)
{
    static const struct unp_service shows = {.up = up, .message = show};
    bool events = false;
    const struct unp_cmdline_option rows[] = {
        UNP_SERVER_OPTIONS(*srv),
        {"streams", 'o', "=N", "number of outbound streams to request (default %lld)",
         UNP_NUMBER(srv->setup.ostreams, 1, 65535)},
        {"eof", 0, NULL, "shut each association down after its first reply",
         UNP_FLAG(one_answer, true)},
        {"peeloff", 0, NULL,
         "peel off each association after its first message, to a socket and a thread of its own",
         UNP_FLAG(own_socket, true)},
        {"autoclose", 0, "=S", "shut down associations idle for S seconds",
         UNP_TAKE(take_autoclose, options)},
        {"associations", 'M', "=N", "largest number of associations (default %lld)",
         UNP_NUMBER(most_associations, 1, 1000000)},
        UNP_OPT_OPTION(options),
        {"events", 'e', NULL, "print notifications and messages, send no replies",
         UNP_FLAG(events, true)},
        {"json", 'J', NULL,
         "print notifications, and with -e messages, as lines of JSON: see sctp_events(7)",
         UNP_FLAG(srv->json, true)},
        {.name = NULL}};

    Unp_options(argc, argv, about, rows, end);
    srv->verbose |= events || srv->json;
    if (events) {
        srv->service = &shows;
        srv->blocks_on_output = true; /* a slow reader throttles senders: no message is dropped */
    }
    if (options.after)
        err_quit(EXIT_USAGE, "-O \"%s\": this option needs an association, and there is none yet",
                 options.after[0]);
    srv->setup.set_options = Unp_opt_list_set_future;
    srv->setup.options = options.before;
    if (events && (one_answer || own_socket))
        err_quit(EXIT_USAGE, "-e sends no replies, so it excludes --eof and --peeloff");
    if (one_answer && own_socket)
        err_quit(EXIT_USAGE, "--eof and --peeloff exclude each other");
    if (optind < argc) {
        int64_t n = unp_parse_number(argv[optind], 0, 1);

        if (n < 0)
            Unp_usage_error("argument \"%s\": neither 0 nor 1%s", argv[optind],
                            unp_port_hint(argv[optind]));
        increment = (unsigned)n;
        optind++;
    }
    if (optind < argc)
        Unp_usage_error("too many arguments: \"%s\"", argv[optind]);
}

int main(int argc, char **argv)
{
    static const struct unp_service service = {.up = up,
                                               .message = echo,
                                               .tick = tick,
                                               .shutting_down = peel_shut_down,
                                               .evict = peel_evict};
    struct unp_server srv = {.service = &service,
                             .setup = {.port = SERV_PORT, .ostreams = DEFAULT_OSTREAMS},
                             .max_message = DEFAULT_MAX_MESSAGE,
                             .memory.limit = unp_memory_default()};

    Unp_open_standard_files();
    setvbuf(stdout, NULL, _IOLBF, 0);
    get_options(&srv, argc, argv);
    snprintf(is_full, sizeof(is_full), "the server is full (%zu association%s)", most_associations,
             most_associations == 1 ? "" : "s");
    Unp_server_start(&srv);
    unp_server_run(&srv);
    peel_wait();
    unp_report_finish();
    unp_opt_list_free(&options);
    return EXIT_OK;
}
