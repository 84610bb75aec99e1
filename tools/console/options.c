/* The command line of sctp_console. */
#include "cmdline/cmdline.h"
#include "console.h"
#include "typed.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static void print_help(void)
{
    printf("usage: sctp_console [options] [host[:port]...]\n"
           "Controls one one-to-many SCTP socket interactively, with an association to each\n"
           "host, and prints its messages and notifications.  Input lines:\n"
           "\n"
           "  text         send to the current association, on stream 0\n"
           "  [3] text     send on stream 3;  [3@2] text: to association 2\n"
           "  /help        list the commands\n"
           "\n"
           "  -p, --port=PORT      SCTP port of hosts given without one (default %d)\n"
           "  -B, --bind=ADDR      bind to this local address; may be repeated\n"
           "  -o, --streams=N      number of outbound streams to request (default %d)\n"
           "  -O, --option=OPTION  set a socket option, NAME.FIELD=VALUE: see sctp_opts(1)\n"
           "  -w, --wait=SECONDS   timeout of connecting and of the last replies\n"
           "                       (default %d)\n"
           "  -v, --verbose        print sender-dry and authentication events as well\n"
           "  -J, --json           print events and messages as lines of JSON:\n"
           "                       see sctp_events(7)\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "Exit status: 0 success, 1 a line or a host failed, 2 usage error, 3 no SCTP on\n"
           "this machine, 7 an association was lost; when no association came up: 4 unknown\n"
           "host, 5 refused, 6 no answer.\n"
           "\n"
           "Try it:  sctp_console localhost     See also: sctp_console(1)\n",
           SERV_PORT, DEFAULT_OSTREAMS, DEFAULT_WAIT);
}

static void get_option(struct console *c, int option)
{
    if (unp_client_option(&c->asked, option, optarg))
        return;
    switch (option) {
    case 'O':
        Unp_opt_list_add(&c->options, optarg);
        break;
    case 'J':
        c->json = true;
        break;
    case 'h':
        print_help();
        exit(EXIT_OK);
    default:
        Unp_usage_error(NULL);
    }
}

void console_options(struct console *c, int argc, char **argv)
{
    /* The options of all clients except -C, which would not say to which host it belongs. */
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},    {"bind", required_argument, NULL, 'B'},
        {"streams", required_argument, NULL, 'o'}, {"wait", required_argument, NULL, 'w'},
        {"verbose", no_argument, NULL, 'v'},       {"version", no_argument, NULL, 'V'},
        {"option", required_argument, NULL, 'O'},  {"json", no_argument, NULL, 'J'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    int option;

    c->asked = (struct unp_client){.name = "sctp_console",
                                   .setup = {.ostreams = DEFAULT_OSTREAMS},
                                   .port = SERV_PORT,
                                   .wait = DEFAULT_WAIT};
    while ((option = getopt_long(argc, argv, "p:B:o:w:vVO:Jh", options, NULL)) != -1)
        get_option(c, option);
    c->hosts = argv + optind;
    for (char **host = c->hosts; *host; host++) {
        char name[256];
        uint16_t port;

        if (!unp_parse_host(*host, name, sizeof(name), &port))
            err_quit(EXIT_USAGE, "\"%s\" is not a host: write host, host:port or [IPv6]:port",
                     *host);
    }
    c->asked.setup.more = Unp_opt_list_set_future;
    c->asked.setup.more_arg = c->options.before;
}
