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

static void print_help(void)
{
    printf("usage: sctp_ping [options] host[:port]\n"
           "Sends messages to an SCTP echo server and prints the round-trip time of each\n"
           "and the state changes of the paths.  With --check, prints one line that says\n"
           "whether SCTP works to this host.\n"
           "\n"
           "  -c, --count=N        stop after N messages\n"
           "  -i, --interval=SEC   time between two messages (default 1, at least 0.001)\n"
           "  -s, --size=BYTES     message size (default %d; %d to %d)\n"
           "  -S, --streams=N      send on streams 0 to N-1 in turn (default 1)\n"
           "  -U, --unordered      send unordered messages: a lost one delays no other\n"
           "  -f, --flood          send the next message as soon as a reply arrives\n"
           "  -w, --deadline=SEC   stop after so long; with --check, the limit of the whole\n"
           "                       check (default %d)\n"
           "  -W, --wait=SECONDS   timeout of connecting and of the last replies\n"
           "                       (default %d)\n"
           "      --check          print a verdict; each cause has its own exit status\n"
           "  -p, --port=PORT      SCTP port of the server (default %d)\n"
           "  -B, --bind=ADDR      bind to this local address; may be repeated\n"
           "  -C, --connect=ADDR   another address of the server; may be repeated\n"
           "  -P, --ppid=PPID      payload protocol identifier: a number or an IANA name\n"
           "                       such as ngap\n"
           "  -O, --option=OPTION  set a socket option, NAME.FIELD=VALUE: see sctp_opts(1)\n"
           "  -q, --quiet          print no replies; on a terminal, print a counter\n"
           "  -v, --verbose        print all notifications\n"
           "  -J, --json           print lines of JSON\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "Ctrl-C stops and prints the summary; Ctrl-\\ prints the statistics so far.\n"
           "\n"
           "Exit status: 0 all messages were echoed, 1 some were not, 2 usage error, 3 no\n"
           "SCTP on this machine, 4 unknown host, 5 refused, 6 no answer, 7 association\n"
           "lost, 8 local failure; with --check also 9 no route, 10 no echo, 11 only some\n"
           "of the addresses work.\n"
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
        print_help();
        exit(EXIT_OK);
    default:
        if (unp_client_option(&o->client, option, optarg))
            return;
        Unp_usage_error(NULL);
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
    if (optind == argc)
        Unp_usage_error("no host given");
    o->client.host = Unp_host(argv[optind++], &o->client.port, o->client.port_given);
    if (optind < argc)
        Unp_usage_error("too many arguments: \"%s\"", argv[optind]);
    if (o->streams > o->client.setup.ostreams)
        o->client.setup.ostreams = (uint16_t)o->streams;
    o->client.setup.more = Unp_opt_list_set_future;
    o->client.setup.more_arg = o->options.before;
    if (o->check && !o->deadline)
        o->deadline = CHECK_DEADLINE;
}
