/* The options of sctp_chat_cli. */
#include "cli_options.h"
#include "chat.h"
#include "name.h"
#include "tty/text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_OSTREAMS 10
#define DEFAULT_WAIT     10 /* seconds */

static void usage(FILE *to)
{
    fprintf(
        to,
        "usage: sctp_chat_cli [options] [user@]host\n"
        "Takes part in a chat: sends each line of standard input, prints what others say.\n"
        "\"[n] text\" is said in channel n, other text in channel 0; /help tells the commands.\n"
        "\n"
        "  -p, --port=PORT      the server's SCTP port (default %d)\n"
        "  -n, --name=NAME      the name to have there, as user@ does\n"
        "  -R, --reconnect      when the association is lost, connect again, and again\n"
        "  -B, --bind=ADDR      use this address of ours only; may be repeated (multi-homing)\n"
        "  -C, --connect=ADDR   a further address of the server; may be repeated\n"
        "  -o, --streams=N      outbound streams to ask for: channels 0 to N-1 (default %d)\n"
        "  -w, --wait=SECONDS   give up connecting, or leaving (default %d)\n"
        "  -v, --verbose        print notifications\n"
        "  -h, --help           this text\n"
        "  -V, --version        the version\n"
        "\n"
        "Exit status: 0 left with all delivered, 1 some lines were skipped or are in doubt,\n"
        "2 usage, 3 no SCTP here, 4 host unknown, 5 refused, 6 no answer, 7 put out, or the\n"
        "server gone, 8 local failure.\n"
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
        usage(stdout);
        exit(EXIT_OK);
    default:
        usage(stderr);
        exit(EXIT_USAGE);
    }
}

/* "user@host": the name stays where it is, cut off. */
static void get_host(struct cli_options *o, char *argument)
{
    char *at = strrchr(argument, '@');

    o->client.host = at ? at + 1 : argument;
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
    if (optind == argc) {
        err_msg("no host given");
        usage(stderr);
        exit(EXIT_USAGE);
    }
    get_host(o, argv[optind++]);
    if (optind < argc)
        err_quit(EXIT_USAGE, "argument \"%s\": only one host can be given; see --help",
                 argv[optind]);
    check_name(o->name);
}
