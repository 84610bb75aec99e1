/* The options of sctp_chat_cli. */
#include "cli_options.h"
#include "chat.h"
#include "cmdline/cmdline.h"
#include "name.h"
#include "tty/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char about[] =
    "usage: sctp_chat_cli [options] [user@]host[:port]\n"
    "Joins a chat room: sends each line of standard input and prints the lines of\n"
    "the other members.  \"[n] text\" goes to channel n, other text to the current\n"
    "channel (0 at first); /help lists the commands.\n";
static const char end[] =
    "Exit status: 0 left, all lines delivered, 1 some lines were skipped or may be\n"
    "undelivered, 2 usage error, 3 no SCTP on this machine, 4 unknown host,\n"
    "5 refused, 6 no answer, 7 disconnected by the server, or association lost,\n"
    "8 local failure.\n"
    "\n"
    "Try it:  sctp_chat_cli alice@localhost     See also: sctp_chat_cli(1)\n";

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
    *o = (struct cli_options){.client = {.setup = {.ostreams = DEFAULT_OSTREAMS},
                                         .port = CHAT_PORT,
                                         .wait = DEFAULT_WAIT}};
    const struct unp_cmdline_option options[] = {
        UNP_CLIENT_OPTIONS(o->client),
        {"name", 'n', "=NAME", "set the nickname, as user@ does", UNP_TEXT(o->name)},
        {"reconnect", 'R', NULL, "reconnect when the association is lost or the server ends it",
         UNP_FLAG(o->reconnect, true)},
        {"streams", 'o', "=N",
         "number of outbound streams to request, hence channels 0 to N-1 (default %lld)",
         UNP_STREAMS(o->client)},
        {"wait", 'w', "=SECONDS", "timeout of connecting and of leaving (default %lld)",
         UNP_WAIT(o->client)},
        {"json", 'J', NULL, "print lines and notifications as lines of JSON; disable line editing",
         UNP_FLAG(o->json, true)},
        UNP_TIME_OPTION,
        {"verbose", 'v', NULL, "print notifications", UNP_FLAG(o->client.verbose, true)},
        {.name = NULL}};

    Unp_options(argc, argv, about, options, end);
    if (optind == argc)
        Unp_usage_error("no host given");
    get_host(o, argv[optind++]);
    if (optind < argc)
        Unp_usage_error("argument \"%s\": only one host can be given%s", argv[optind],
                        unp_port_hint(argv[optind]));
    check_name(o->name);
}
