/* The options of sctp_hello_srv and sctp_hello_cli. */
#include "options.h"
#include "cmdline/cmdline.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define HELLO_PORT   9876 /* UNP's echo uses 9877, the chat 9878 */
#define DEFAULT_TEXT "Test Data"
#define DEFAULT_WAIT 10 /* seconds */

static void print_server_help(void)
{
    printf("usage: sctp_hello_srv [options]\n"
           "One-to-one SCTP server: sends one line to each client, then shuts the\n"
           "association down.\n"
           "\n"
           "  -p, --port=PORT      SCTP port (default %d)\n"
           "  -B, --bind=ADDR      bind to this local address; repeat for multi-homing\n"
           "  -m, --message=TEXT   the line to send (default \"%s\")\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "SIGINT or SIGTERM ends the server.\n"
           "\n"
           "Try it:  sctp_hello_cli localhost     See also: sctp_hello_srv(1)\n",
           HELLO_PORT, DEFAULT_TEXT);
}

static void print_client_help(void)
{
    printf("usage: sctp_hello_cli [options] host[:port]\n"
           "One-to-one SCTP client: connects and prints what the server sends until the\n"
           "server shuts the association down.\n"
           "\n"
           "  -p, --port=PORT      SCTP port of the server (default %d)\n"
           "  -w, --wait=SECONDS   timeout of connecting and of receiving (default %d)\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "Exit status: 0 the server shut the association down, 2 usage error, 3 no SCTP\n"
           "on this machine, 4 unknown host, 5 refused, 6 no answer, 7 association lost,\n"
           "8 local failure.\n"
           "\n"
           "Try it:  sctp_hello_cli localhost     See also: sctp_hello_cli(1)\n",
           HELLO_PORT, DEFAULT_WAIT);
}

static void take(struct hello_options *o, int option, void (*print_help)(void))
{
    switch (option) {
    case 'p':
        o->port = (uint16_t)Unp_parse_number("-p", optarg, 1, 65535);
        o->port_given = true;
        break;
    case 'B':
        Unp_addrs_add(&o->local, "-B", optarg, 0);
        break;
    case 'm':
        o->text = optarg;
        break;
    case 'w':
        o->wait = (unsigned)Unp_parse_number("-w", optarg, 1, 86400);
        break;
    case 'V':
        Unp_print_version();
    case 'h':
        print_help();
        exit(EXIT_OK);
    default:
        Unp_usage_error(NULL);
    }
}

void get_server_options(struct hello_options *o, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},    {"bind", required_argument, NULL, 'B'},
        {"message", required_argument, NULL, 'm'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},       {NULL, 0, NULL, 0}};
    int option;

    *o = (struct hello_options){.port = HELLO_PORT, .text = DEFAULT_TEXT};
    while ((option = getopt_long(argc, argv, "p:B:m:hV", options, NULL)) != -1)
        take(o, option, print_server_help);
    if (optind < argc)
        Unp_usage_error("too many arguments: \"%s\"", argv[optind]);
}

void get_client_options(struct hello_options *o, int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"wait", required_argument, NULL, 'w'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    int option;

    *o = (struct hello_options){.port = HELLO_PORT, .wait = DEFAULT_WAIT};
    while ((option = getopt_long(argc, argv, "p:w:hV", options, NULL)) != -1)
        take(o, option, print_client_help);
    if (optind == argc)
        Unp_usage_error("no host given");
    o->host = Unp_host(argv[optind++], &o->port, o->port_given);
    if (optind < argc)
        Unp_usage_error("argument \"%s\": only one host can be given", argv[optind]);
}
