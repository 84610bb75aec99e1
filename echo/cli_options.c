/* The options of sctp_echo_cli. */
#include "cli_options.h"
#include "cmdline/cmdline.h"

#include <string.h>
#include <unistd.h>

static const char about[] =
    "usage: sctp_echo_cli [options] host[:port] [echo]\n"
    "Sends each line \"[n] text\" of standard input on stream n of an SCTP\n"
    "association and prints the replies.  With the argument echo, sends each line on\n"
    "all streams.\n";
static const char end[] =
    "Exit status: 0 every line was echoed, 1 a line was skipped or not echoed,\n"
    "2 usage error, 3 no SCTP on this machine, 4 unknown host, 5 refused, 6 no\n"
    "answer, 7 association lost, 8 local failure.\n"
    "\n"
    "Try it:  echo '[0] hello' | sctp_echo_cli localhost\n"
    "See also: sctp_echo_cli(1)\n";

void get_cli_options(struct cli_options *o, int argc, char **argv)
{
    *o = (struct cli_options){.client = {.setup = {.ostreams = DEFAULT_OSTREAMS},
                                         .port = SERV_PORT,
                                         .wait = DEFAULT_WAIT},
                              .lifetime.pr_policy = SCTP_PR_SCTP_TTL};
    const struct unp_cmdline_option options[] = {
        UNP_CLIENT_OPTIONS(o->client),
        {"streams", 'o', "=N", "number of outbound streams to request (default %lld)",
         UNP_STREAMS(o->client)},
        {"all", 's', "=N", "with echo: send on streams 0 to N-1 only",
         UNP_NUMBER(o->all_streams, 1, 65535)},
        UNP_PPID_OPTION(o->ppid),
        {"unordered", 'U', NULL, "send unordered messages", UNP_FLAG(o->unordered, SCTP_UNORDERED)},
        {"lifetime", 't', "=MS", "abandon a message not delivered in time (PR-SCTP)",
         UNP_NUMBER(o->lifetime.pr_value, 1, UINT32_MAX)},
        {"wait", 'w', "=SECONDS", "timeout of connecting and of replies (default %lld)",
         UNP_WAIT(o->client)},
        UNP_OPT_OPTION(o->options),
        {"abort", 'A', "[=REASON]", "end with an ABORT that carries this reason",
         UNP_TEXT(o->abort)},
        {"quiet", 'q', NULL, "print no replies; the exit status is the result",
         UNP_FLAG(o->quiet, true)},
        {"time", 0, NULL, "begin each line with the time (-t elsewhere); with -J, add a field",
         UNP_FLAG(unp_print_times, true)},
        {"verbose", 'v', NULL, "print notifications", UNP_FLAG(o->client.verbose, true)},
        {"json", 'J', NULL, "print replies and notifications as lines of JSON: see sctp_events(7)",
         UNP_FLAG(o->json, true)},
        {.name = NULL}};

    Unp_options(argc, argv, about, options, end);
    if (optind == argc)
        Unp_usage_error("no host given");
    o->client.host = Unp_host(argv[optind++], &o->client.port, o->client.port_given);
    if (optind < argc && strcmp(argv[optind], "echo") == 0) {
        o->all = true;
        optind++;
    }
    if (optind < argc)
        Unp_usage_error("argument \"%s\": only echo can follow the host%s", argv[optind],
                        unp_port_hint(argv[optind]));
    o->client.setup.set_options = Unp_opt_list_set_future;
    o->client.setup.options = o->options.before;
    o->terminal = isatty(STDOUT_FILENO);
    if (o->all_streams && !o->all)
        Unp_usage_error("-s needs the argument echo");
}
