/* The options of sctp_echo_cli. */
#include "cli_options.h"
#include "cmdline/cmdline.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_help(void)
{
    printf("usage: sctp_echo_cli [options] host[:port] [echo]\n"
           "Sends each line \"[n] text\" of standard input on stream n of an SCTP\n"
           "association and prints the replies.  With the argument echo, sends each line on\n"
           "all streams.\n"
           "\n"
           "  -p, --port=PORT      SCTP port of the server (default %d)\n"
           "  -B, --bind=ADDR      bind to this local address; repeat for multi-homing\n"
           "  -C, --connect=ADDR   another address of the server; may be repeated\n"
           "  -o, --streams=N      number of outbound streams to request (default %d)\n"
           "  -s, --all=N          with echo: send on streams 0 to N-1 only\n"
           "  -P, --ppid=PPID      payload protocol identifier: a number or an IANA name\n"
           "                       such as ngap\n"
           "  -U, --unordered      send unordered messages\n"
           "  -t, --lifetime=MS    abandon a message not delivered in time (PR-SCTP)\n"
           "  -w, --wait=SECONDS   timeout of connecting and of replies (default %d)\n"
           "  -O, --option=OPTION  set a socket option, NAME.FIELD=VALUE: see sctp_opts(1)\n"
           "  -A, --abort[=REASON] end with an ABORT that carries this reason\n"
           "  -q, --quiet          print no replies; the exit status is the result\n"
           "  -v, --verbose        print notifications\n"
           "  -J, --json           print replies and notifications as lines of JSON:\n"
           "                       see sctp_events(7)\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "Exit status: 0 every line was echoed, 1 some lines were not or were invalid,\n"
           "2 usage error, 3 no SCTP on this machine, 4 unknown host, 5 refused, 6 no\n"
           "answer, 7 association lost, 8 local failure.\n"
           "\n"
           "Try it:  echo '[0] hello' | sctp_echo_cli localhost\n"
           "See also: sctp_echo_cli(1)\n",
           SERV_PORT, DEFAULT_OSTREAMS, DEFAULT_WAIT);
}

static void get_option(struct cli_options *o, int option)
{
    if (unp_client_option(&o->client, option, optarg))
        return;
    switch (option) {
    case 's':
        o->all_streams = (unsigned)Unp_parse_number("-s", optarg, 1, 65535);
        break;
    case 'P':
        o->ppid = Unp_ppid("-P", optarg);
        break;
    case 'U':
        o->unordered = SCTP_UNORDERED;
        break;
    case 't':
        o->lifetime.pr_policy = SCTP_PR_SCTP_TTL;
        o->lifetime.pr_value = (uint32_t)Unp_parse_number("-t", optarg, 1, UINT32_MAX);
        break;
    case 'q':
        o->quiet = true;
        break;
    case 'J':
        o->json = true;
        break;
    case 'O':
        Unp_opt_list_add(&o->options, optarg);
        break;
    case 'A':
        o->abort = optarg ? optarg : "";
        break;
    case 'h':
        print_help();
        exit(EXIT_OK);
    default:
        Unp_usage_error(NULL);
    }
}

void get_cli_options(struct cli_options *o, int argc, char **argv)
{
    static const struct option options[] = {CLIENT_LONG_OPTIONS,
                                            {"all", required_argument, NULL, 's'},
                                            {"ppid", required_argument, NULL, 'P'},
                                            {"unordered", no_argument, NULL, 'U'},
                                            {"lifetime", required_argument, NULL, 't'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"json", no_argument, NULL, 'J'},
                                            {"option", required_argument, NULL, 'O'},
                                            {"abort", optional_argument, NULL, 'A'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    *o = (struct cli_options){.client = {.name = "sctp_echo_cli",
                                         .setup = {.ostreams = DEFAULT_OSTREAMS},
                                         .port = SERV_PORT,
                                         .wait = DEFAULT_WAIT}};
    while ((option = getopt_long(argc, argv, CLIENT_OPTIONS "s:P:Ut:qJO:A::h", options, NULL)) !=
           -1)
        get_option(o, option);
    if (optind == argc)
        Unp_usage_error("no host given");
    o->client.host = Unp_host(argv[optind++], &o->client.port, o->client.port_given);
    if (optind < argc && strcmp(argv[optind], "echo") == 0) {
        o->all = true;
        optind++;
    }
    if (optind < argc)
        Unp_usage_error("argument \"%s\": only echo can follow the host", argv[optind]);
    o->client.setup.more = Unp_opt_list_set_future;
    o->client.setup.more_arg = o->options.before;
    o->terminal = isatty(STDOUT_FILENO);
    if (o->all_streams && !o->all)
        Unp_usage_error("-s needs the argument echo");
}
