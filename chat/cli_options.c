/* The options of sctp_chat_cli. */
#include "cli_options.h"
#include "chat.h"
#include "cmdline/cmdline.h"
#include "name.h"
#include "tty/text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_OSTREAMS 10
#define DEFAULT_WAIT     10 /* seconds */

static void print_help(void)
{
    printf("usage: sctp_chat_cli [options] [user@]host[:port]\n"
           "Joins a chat room: sends each line of standard input and prints the lines of\n"
           "the other members.  \"[n] text\" goes to channel n, other text to the current\n"
           "channel (0 at first); /help lists the commands.\n"
           "\n"
           "  -p, --port=PORT      SCTP port of the server (default %d)\n"
           "  -n, --name=NAME      set the nickname, as user@ does\n"
           "  -R, --reconnect      reconnect when the association is lost\n"
           "  -B, --bind=ADDR      bind to this local address; repeat for multi-homing\n"
           "  -C, --connect=ADDR   another address of the server; may be repeated\n"
           "  -o, --streams=N      number of outbound streams to request, hence channels\n"
           "                       0 to N-1 (default %d)\n"
           "  -w, --wait=SECONDS   timeout of connecting and of leaving (default %d)\n"
           "  -v, --verbose        print notifications\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "Exit status: 0 left, all lines delivered, 1 some lines were skipped or may be\n"
           "undelivered, 2 usage error, 3 no SCTP on this machine, 4 unknown host,\n"
           "5 refused, 6 no answer, 7 disconnected by the server, or association lost,\n"
           "8 local failure.\n"
           "\n"
           "Try it:  sctp_chat_cli alice@localhost     See also: sctp_chat_cli(1)\n",
           CHAT_PORT, DEFAULT_OSTREAMS, DEFAULT_WAIT);
}

static void get_option(struct cli_options *o, int option)
{
    if (unp_client_option(&o->client, option, optarg))
        return;
    switch (option) {
    case 'n':
        o->name = optarg;
        break;
    case 'R':
        o->reconnect = true;
        break;
    case 'h':
        print_help();
        exit(EXIT_OK);
    default:
        Unp_usage_error(NULL);
    }
}

/* Splits "user@host" in place. */
static void get_host(struct cli_options *o, char *argument)
{
    char *at = strrchr(argument, '@');

    o->client.host = Unp_host(at ? at + 1 : argument, &o->client.port, o->client.port_given);
    if (!at)
        return;
    *at = '\0';
    if (!o->name)
        o->name = argument;
}

static void check_name(const char *name)
{
    const char *fault = name ? name_fault(name) : NULL;
    char *shown;

    if (!fault)
        return;
    shown = malloc(TEXT_GROWTH * strlen(name) + 1);
    if (!shown)
        err_sys("name");
    unp_text_escape(name, strlen(name), shown);
    err_quit(EXIT_USAGE, "name \"%s\": %s; choose another", shown, fault);
}

void get_cli_options(struct cli_options *o, int argc, char **argv)
{
    static const struct option options[] = {CLIENT_LONG_OPTIONS,
                                            {"name", required_argument, NULL, 'n'},
                                            {"reconnect", no_argument, NULL, 'R'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    *o = (struct cli_options){.client = {.name = "sctp_chat_cli",
                                         .setup = {.ostreams = DEFAULT_OSTREAMS},
                                         .port = CHAT_PORT,
                                         .wait = DEFAULT_WAIT}};
    while ((option = getopt_long(argc, argv, CLIENT_OPTIONS "n:Rh", options, NULL)) != -1)
        get_option(o, option);
    if (optind == argc)
        Unp_usage_error("no host given");
    get_host(o, argv[optind++]);
    if (optind < argc)
        Unp_usage_error("argument \"%s\": only one host can be given", argv[optind]);
    check_name(o->name);
}
