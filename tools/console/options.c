/* The command line of sctp_console. */
#include "cmdline/cmdline.h"
#include "console.h"

#include <unistd.h>

static const char about[] =
    "usage: sctp_console [options] [host[:port]...]\n"
    "Controls a single one-to-many SCTP socket interactively, with an association\n"
    "to each host, and prints its messages and notifications.  Input lines:\n"
    "\n"
    "  text         send to the current association, on stream 0\n"
    "  [3] text     send on stream 3;  [3@2] text: to association 2\n"
    "  /help        list the commands\n";
static const char end[] =
    "Exit status: 0 success, 1 a line or a host failed, 2 usage error, 3 no SCTP on\n"
    "this machine, 7 an association was lost, 8 local failure; when no association\n"
    "came up: 4 unknown host, 5 refused, 6 no answer.\n"
    "\n"
    "Try it:  sctp_console localhost     See also: sctp_console(1)\n";

void console_options(struct console *c, int argc, char **argv)
{
    c->asked = (struct unp_client){
        .setup = {.ostreams = DEFAULT_OSTREAMS}, .port = SERV_PORT, .wait = DEFAULT_WAIT};
    /* Not UNP_CLIENT_OPTIONS: -C would not say to which host it belongs. */
    const struct unp_cmdline_option options[] = {
        UNP_CLIENT_PORT_OPTION(c->asked, "SCTP port of hosts given without one"),
        UNP_BIND_OPTION(c->asked.setup.local),
        {"streams", 'o', "=N", "number of outbound streams to request (default %lld)",
         UNP_STREAMS(c->asked)},
        UNP_OPT_OPTION(c->options),
        {"wait", 'w', "=SECONDS",
         "timeout of connecting and of the last acknowledgements (default %lld)",
         UNP_WAIT(c->asked)},
        {"time", 't', NULL, "begin each message and event with the time; with -J, add a field",
         UNP_FLAG(unp_print_times, true)},
        {"verbose", 'v', NULL, "print sender-dry and authentication events as well",
         UNP_FLAG(c->asked.verbose, true)},
        {"json", 'J', NULL, "print events and messages as lines of JSON: see sctp_events(7)",
         UNP_FLAG(c->json, true)},
        {.name = NULL}};

    Unp_options(argc, argv, about, options, end);
    c->hosts = argv + optind;
    for (char **host = c->hosts; *host; host++) {
        char name[256];
        uint16_t port;

        if (!unp_parse_host(*host, name, sizeof(name), &port))
            err_quit(EXIT_USAGE, "\"%s\" is not a host: write host, host:port or [IPv6]:port",
                     *host);
    }
    c->asked.setup.set_options = Unp_opt_list_set_future;
    c->asked.setup.options = c->options.before;
}
