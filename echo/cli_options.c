/* The options of sctp_echo_cli. */
#include "cli_options.h"
#include "cmdline/cmdline.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void usage(FILE *to)
{
    fprintf(
        to,
        "usage: sctp_echo_cli [options] host [echo]\n"
        "Sends each line \"[n] text\" of standard input on stream n of an SCTP association and\n"
        "prints what comes back.  With the argument echo, sends each line on all streams.\n"
        "\n"
        "  -p, --port=PORT      the server's SCTP port (default %d)\n"
        "  -B, --bind=ADDR      use this address of ours only; may be repeated (multi-homing)\n"
        "  -C, --connect=ADDR   a further address of the server; may be repeated\n"
        "  -o, --streams=N      outbound streams to ask for (default %d)\n"
        "  -s, --all=N          with echo: on streams 0 to N-1 (default all)\n"
        "  -P, --ppid=PPID      payload protocol identifier: a number, or a name such as ngap\n"
        "  -U, --unordered      send unordered\n"
        "  -t, --lifetime=MS    give a message up when it is not delivered in time (PR-SCTP)\n"
        "  -w, --wait=SECONDS   give up connecting, or waiting for replies (default %d)\n"
        "  -O, --option=OPTION  set a socket option, NAME.FIELD=VALUE: see sctp_opts(1)\n"
        "  -A, --abort[=WHY]    end the association with an abort, and this reason\n"
        "  -q, --quiet          print no replies: the exit status tells\n"
        "  -v, --verbose        print notifications\n"
        "  -J, --json           print replies and notifications as lines of JSON:\n"
        "                       see sctp_events(7)\n"
        "  -h, --help           this text\n"
        "  -V, --version        the version\n"
        "\n"
        "Exit status: 0 every line came back, 1 some did not or were not valid, 2 usage,\n"
        "3 no SCTP here, 4 host unknown, 5 refused, 6 no answer, 7 association lost,\n"
        "8 local failure.\n"
        "\n"
        "Try it:  echo '[0] hello' | sctp_echo_cli localhost     See also: sctp_echo_cli(1)\n",
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
        usage(stdout);
        exit(EXIT_OK);
    default:
        usage(stderr);
        exit(EXIT_USAGE);
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
    if (optind == argc) {
        err_msg("no host given");
        usage(stderr);
        exit(EXIT_USAGE);
    }
    o->client.host = argv[optind++];
    if (optind < argc && strcmp(argv[optind], "echo") == 0) {
        o->all = true;
        optind++;
    }
    if (optind < argc)
        err_quit(EXIT_USAGE, "argument \"%s\": only echo can follow the host; see --help",
                 argv[optind]);
    o->client.setup.more = Unp_opt_list_set_future;
    o->client.setup.more_arg = o->options.before;
    o->terminal = isatty(STDOUT_FILENO);
    if (o->all_streams && !o->all)
        err_quit(EXIT_USAGE, "-s is for the argument echo; see --help");
}
