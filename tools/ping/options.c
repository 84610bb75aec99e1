/* The options of sctp_ping. */
#include "cmdline/cmdline.h"
#include "ping.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_INTERVAL 1000000
#define DEFAULT_SIZE     56
#define CHECK_DEADLINE   5000000
#define DAY              86400

static void usage(FILE *to)
{
    fprintf(to,
            "usage: sctp_ping [options] host\n"
            "Sends messages to an SCTP echo service, prints how long each takes to come back, and\n"
            "what becomes of the paths; with --check, one line that says whether SCTP works.\n"
            "\n"
            "  -c, --count=N        end after N messages\n"
            "  -i, --interval=SEC   between two messages (default 1; 0.001 and more)\n"
            "  -s, --size=BYTES     of a message (default %d; %d to %d)\n"
            "  -S, --streams=N      on streams 0 to N-1 in turn (default 1)\n"
            "  -U, --unordered      send unordered: none waits for one that was lost before it\n"
            "  -f, --flood          the next as soon as a reply has come\n"
            "  -w, --deadline=SEC   end after so long; with --check, the time it may take (%d)\n"
            "  -W, --wait=SECONDS   give up connecting, or waiting for the last replies (%d)\n"
            "      --check          one line, and an exit status for each cause\n"
            "  -p, --port=PORT      the server's SCTP port (default %d)\n"
            "  -B, --bind=ADDR      use this address of ours only; may be repeated\n"
            "  -C, --connect=ADDR   a further address of the server; may be repeated\n"
            "  -P, --ppid=PPID      payload protocol identifier: a number, or a name such as ngap\n"
            "  -O, --option=OPTION  set a socket option, NAME.FIELD=VALUE: see sctp_opts(1)\n"
            "  -q, --quiet          print no replies; on a terminal, a counter\n"
            "  -v, --verbose        print all notifications\n"
            "  -J, --json           print lines of JSON\n"
            "  -h, --help           this text\n"
            "  -V, --version        the version\n"
            "\n"
            "Ctrl-C ends it with the summary, Ctrl-\\ prints where it stands.\n"
            "\n"
            "Exit status: 0 all came back, 1 some did not, 2 usage, 3 no SCTP here, 4 host\n"
            "unknown, 5 refused, 6 no answer, 7 association lost, 8 local failure; --check also:\n"
            "9 no route, 10 no echo, 11 works by some of the addresses only.\n"
            "\n"
            "Try it:  sctp_ping -c 3 localhost     See also: sctp_ping(1)\n",
            DEFAULT_SIZE, PING_HEAD, DEFAULT_MAX_MESSAGE, CHECK_DEADLINE / 1000000, DEFAULT_WAIT,
            SERV_PORT);
}

enum { OPTION_CHECK = 256 };

static void get_option(struct ping_options *o, int option)
{
    switch (option) {
    case 'c':
        o->count = (uint64_t)Unp_parse_number("-c", optarg, 1, INT64_C(1) << 40);
        break;
    case 'i':
        o->interval = Unp_parse_seconds("-i", optarg, 0.001, DAY);
        break;
    case 's':
        o->size = (size_t)Unp_parse_number("-s", optarg, PING_HEAD, DEFAULT_MAX_MESSAGE);
        break;
    case 'S':
        o->streams = (unsigned)Unp_parse_number("-S", optarg, 1, 65535);
        break;
    case 'U':
        o->unordered = SCTP_UNORDERED;
        break;
    case 'f':
        o->flood = true;
        break;
    case 'w':
        o->deadline = Unp_parse_seconds("-w", optarg, 0.001, 365 * DAY);
        break;
    case 'W':
        o->client.wait = (unsigned)Unp_parse_number("-W", optarg, 1, DAY);
        break;
    case 'P':
        o->ppid = Unp_ppid("-P", optarg);
        break;
    case 'O':
        Unp_opt_list_add(&o->options, optarg);
        break;
    case 'q':
        o->quiet = true;
        break;
    case 'J':
        o->json = true;
        break;
    case OPTION_CHECK:
        o->check = true;
        break;
    case 'h':
        usage(stdout);
        exit(EXIT_OK);
    default:
        if (unp_client_option(&o->client, option, optarg))
            return;
        usage(stderr);
        exit(EXIT_USAGE);
    }
}

void get_ping_options(struct ping_options *o, int argc, char **argv)
{
    static const struct option options[] = {
        {"count", required_argument, NULL, 'c'},    {"interval", required_argument, NULL, 'i'},
        {"size", required_argument, NULL, 's'},     {"streams", required_argument, NULL, 'S'},
        {"unordered", no_argument, NULL, 'U'},      {"flood", no_argument, NULL, 'f'},
        {"deadline", required_argument, NULL, 'w'}, {"wait", required_argument, NULL, 'W'},
        {"check", no_argument, NULL, OPTION_CHECK}, {"port", required_argument, NULL, 'p'},
        {"bind", required_argument, NULL, 'B'},     {"connect", required_argument, NULL, 'C'},
        {"ppid", required_argument, NULL, 'P'},     {"option", required_argument, NULL, 'O'},
        {"quiet", no_argument, NULL, 'q'},          {"verbose", no_argument, NULL, 'v'},
        {"json", no_argument, NULL, 'J'},           {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},        {NULL, 0, NULL, 0}};
    int option;

    *o = (struct ping_options){.client = {.name = "sctp_ping",
                                          .setup = {.ostreams = DEFAULT_OSTREAMS},
                                          .port = SERV_PORT,
                                          .wait = DEFAULT_WAIT},
                               .interval = DEFAULT_INTERVAL,
                               .size = DEFAULT_SIZE,
                               .streams = 1};
    while ((option = getopt_long(argc, argv, "c:i:s:S:Ufw:W:p:B:C:P:O:qvJhV", options, NULL)) != -1)
        get_option(o, option);
    if (optind == argc) {
        err_msg("no host given");
        usage(stderr);
        exit(EXIT_USAGE);
    }
    o->client.host = argv[optind++];
    if (optind < argc)
        err_quit(EXIT_USAGE, "too many arguments: \"%s\"; see --help", argv[optind]);
    if (o->streams > o->client.setup.ostreams)
        o->client.setup.ostreams = (uint16_t)o->streams;
    o->client.setup.more = Unp_opt_list_set_future;
    o->client.setup.more_arg = o->options.before;
    if (o->check && !o->deadline)
        o->deadline = CHECK_DEADLINE;
}
