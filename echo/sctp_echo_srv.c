/*
 * sctp_echo_srv - one-to-many stream-echo server (UNP, chapter 10)
 *
 *   sctp_echo_srv [options] [0|1]
 *
 * One socket serves all associations.  A message received on stream n is sent back on stream n + 1,
 * or on stream n with argument 0.
 *
 * Worth noticing: no system call asks about an association for each message.  Its id and number of
 * streams come with the association-up notification.  The server receives and replies in batches
 * and never blocks on a client: see lib/server/server.c, lib/receive/inbox.c and
 * lib/server/sender.c.
 */
#include "cmdline/cmdline.h"
#include "option/option.h"
#include "peel.h"
#include "receive/receive.h"
#include "server/server.h"
#include "tty/message.h"
#include "tty/text.h"
#include "json/event.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSOCIATIONS 10000

static unsigned increment = 1; /* of the stream number: 1 or 0 */
static bool one_answer;        /* --eof: shut down after one reply, as UNP's sctpserv03 */
static bool unfinished;        /* some of these replies are still queued */
static struct unp_opt_list options;
static bool own_socket; /* --peeloff */
static size_t most_associations = ASSOCIATIONS;
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
        peel_ask(client);
    }
}

static bool look(struct unp_server *srv)
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
        unp_message_head(msg, stdout);
        puts(text);
    } else {
        err_msg("a message of %zu bytes is not shown: %s", msg->len, strerror(errno));
    }
    free(text);
    free(msg->owned);
}

static void print_help(void)
{
    printf("usage: sctp_echo_srv [options] [0|1]\n"
           "One-to-many SCTP stream-echo server: sends a message received on stream n back\n"
           "on stream n + 1, or on stream n with argument 0.\n"
           "\n"
           "  -p, --port=PORT      SCTP port (default %d)\n"
           "  -B, --bind=ADDR      bind to this local address; repeat for multi-homing\n"
           "  -o, --streams=N      number of outbound streams to request (default %d)\n"
           "  -m, --max=BYTES      largest message (default %d); a larger one aborts\n"
           "                       its association\n"
           "      --eof            shut each association down after its first reply\n"
           "      --peeloff        peel off each association after its first message, to a\n"
           "                       socket and a thread of its own\n"
           "      --autoclose=S    shut down associations idle for S seconds\n"
           "  -M, --associations=N largest number of associations (default %d)\n"
           "      --memory=BYTES   limit of memory for queued and partly received messages\n"
           "                       (default %zu, a quarter of this\n"
           "                       machine's memory); above it, the association that\n"
           "                       uses most is aborted\n"
           "  -O, --option=OPTION  set a socket option, NAME.FIELD=VALUE: see sctp_opts(1)\n"
           "  -v, --verbose        print one line for each notification\n"
           "  -e, --events         print notifications and messages, send no replies\n"
           "  -J, --json           print notifications, and with -e messages, as lines of\n"
           "                       JSON: see sctp_events(7)\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "A client that does not read its replies is aborted when its send queue exceeds\n"
           "%d bytes (or four times -m, if larger).  SIGINT or SIGTERM shuts all\n"
           "associations down.\n"
           "\n"
           "Try it:  sctp_echo_cli localhost     See also: sctp_echo_srv(1)\n",
           SERV_PORT, DEFAULT_OSTREAMS, DEFAULT_MAX_MESSAGE, ASSOCIATIONS, unp_memory_default(),
           DEFAULT_MAX_QUEUE);
}

/* Options that other servers do not have. */
static bool own_option(struct unp_server *srv, int option)
{
    static const struct unp_service shows = {.up = up, .message = show};
    static char autoclose[32];

    switch (option) {
    case 'e':
        srv->verbose = true;
        srv->service = &shows;
        srv->blocks_on_output =
            true; /* blocks on output, which throttles the senders: no message is dropped */
        return true;
    case 'J':
        srv->verbose = srv->json = true;
        return true;
    case 'M':
        most_associations = (size_t)Unp_parse_number("-M", optarg, 1, 1000000);
        return true;
    case 'O':
        Unp_opt_list_add(&options, optarg);
        return true;
    case 'S':
        snprintf(autoclose, sizeof(autoclose), "autoclose=%ld",
                 (long)Unp_parse_number("--autoclose", optarg, 0, 2147483647));
        Unp_opt_list_add(&options, autoclose);
        return true;
    case 'E':
        one_answer = true;
        return true;
    case 'F':
        own_socket = true;
        return true;
    default:
        return false;
    }
}

static void get_options(struct unp_server *srv, int argc, char **argv)
{
    static const struct option words[] = {SERVER_LONG_OPTIONS,
                                          {"eof", no_argument, NULL, 'E'},
                                          {"peeloff", no_argument, NULL, 'F'},
                                          {"autoclose", required_argument, NULL, 'S'},
                                          {"associations", required_argument, NULL, 'M'},
                                          {"option", required_argument, NULL, 'O'},
                                          {"events", no_argument, NULL, 'e'},
                                          {"json", no_argument, NULL, 'J'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, SERVER_OPTIONS "eJM:O:h", words, NULL)) != -1) {
        if (unp_server_option(srv, c, optarg) || own_option(srv, c))
            continue;
        if (c != 'h')
            Unp_usage_error(NULL);
        print_help();
        exit(EXIT_OK);
    }
    if (options.after)
        err_quit(EXIT_USAGE, "-O \"%s\": this option needs an association, and there is none yet",
                 options.after[0]);
    srv->setup.more = Unp_opt_list_set_future;
    srv->setup.more_arg = options.before;
    if (srv->service->message == show && (one_answer || own_socket))
        err_quit(EXIT_USAGE, "-e sends no replies, so it excludes --eof and --peeloff");
    if (one_answer && own_socket)
        err_quit(EXIT_USAGE, "--eof and --peeloff exclude each other");
    if (optind < argc)
        increment = (unsigned)Unp_parse_number("argument", argv[optind++], 0, 1);
    if (optind < argc)
        Unp_usage_error("too many arguments: \"%s\"", argv[optind]);
}

int main(int argc, char **argv)
{
    static const struct unp_service service = {
        .up = up, .message = echo, .tick = look, .evict = peel_evict};
    struct unp_server srv = {.name = "sctp_echo_srv",
                             .service = &service,
                             .setup = {.port = SERV_PORT, .ostreams = DEFAULT_OSTREAMS},
                             .max_message = DEFAULT_MAX_MESSAGE};

    Unp_open_standard_files();
    setvbuf(stdout, NULL, _IOLBF, 0);
    get_options(&srv, argc, argv);
    snprintf(is_full, sizeof(is_full), "the server is full (%zu associations)", most_associations);
    Unp_server_start(&srv);
    unp_server_run(&srv);
    peel_end();
    unp_report_finish();
    unp_opt_list_free(&options);
    return EXIT_OK;
}
