/* The options of sctp_hello_srv and sctp_hello_cli. */
#include "options.h"
#include "cmdline/cmdline.h"

#include <unistd.h>

#define DEFAULT_TEXT "Test Data"
#define HELLO_PORT   9876 /* UNP's echo uses 9877, the chat 9878 */

static const char server_about[] =
    "usage: sctp_hello_srv [options]\n"
    "One-to-one SCTP server: sends one line to each client, then shuts the\n"
    "association down.\n";
static const char server_end[] =
    "SIGINT or SIGTERM ends the server.\n"
    "\n"
    "Try it:  sctp_hello_cli localhost     See also: sctp_hello_srv(1)\n";
static const char client_about[] =
    "usage: sctp_hello_cli [options] host[:port]\n"
    "One-to-one SCTP client: connects and prints what the server sends until the\n"
    "server shuts the association down.\n";
static const char client_end[] =
    "Exit status: 0 the server shut the association down, 2 usage error, 3 no SCTP\n"
    "on this machine, 4 unknown host, 5 refused, 6 no answer, 7 association lost,\n"
    "8 local failure.\n"
    "\n"
    "Try it:  sctp_hello_cli localhost     See also: sctp_hello_cli(1)\n";

void get_server_options(struct hello_options *o, int argc, char **argv)
{
    *o = (struct hello_options){.port = HELLO_PORT, .text = DEFAULT_TEXT};
    const struct unp_cmdline_option options[] = {
        {"port", 'p', "=PORT", "SCTP port (default %lld)", UNP_NUMBER(o->port, 1, 65535)},
        UNP_BIND_OPTION(o->local),
        {"message", 'm', "=TEXT", "the line to send (default \"" DEFAULT_TEXT "\")",
         UNP_TEXT(o->text)},
        {"time", 't', NULL, "begin each line with the time", UNP_FLAG(unp_print_times, true)},
        {.name = NULL}};

    Unp_options(argc, argv, server_about, options, server_end);
    if (optind < argc)
        Unp_usage_error("too many arguments: \"%s\"%s", argv[optind], unp_port_hint(argv[optind]));
}

void get_client_options(struct hello_options *o, int argc, char **argv)
{
    *o = (struct hello_options){.port = HELLO_PORT, .wait = DEFAULT_WAIT};
    bool port_given = false;
    const struct unp_cmdline_option options[] = {
        {"port", 'p', "=PORT", "SCTP port of the server (default %lld)",
         UNP_NUMBER(o->port, 1, 65535), .given = &port_given},
        {"wait", 'w', "=SECONDS", "timeout of connecting and of receiving (default %lld)",
         UNP_NUMBER(o->wait, 1, 86400)},
        {.name = NULL}};

    Unp_options(argc, argv, client_about, options, client_end);
    if (optind == argc)
        Unp_usage_error("no host given");
    o->host = Unp_host(argv[optind++], &o->port, port_given);
    if (optind < argc)
        Unp_usage_error("argument \"%s\": only one host can be given%s", argv[optind],
                        unp_port_hint(argv[optind]));
}
