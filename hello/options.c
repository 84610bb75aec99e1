/* The options of sctp_hello_srv and sctp_hello_cli. */
#include "options.h"
#include "cmdline/cmdline.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define HELLO_PORT   9876 /* UNP's echo has the next, the chat the one after that */
#define DEFAULT_TEXT "Test Data"
#define DEFAULT_WAIT 10 /* seconds */

static void server_usage(FILE *to)
{
    fprintf(to,
            "usage: sctp_hello_srv [options]\n"
            "One-to-one SCTP server: says one line to each client, and closes.\n"
            "\n"
            "  -p, --port=PORT      SCTP port (default %d)\n"
            "  -B, --bind=ADDR      serve on this address only; may be repeated (multi-homing)\n"
            "  -m, --message=TEXT   the line (default \"%s\")\n"
            "  -h, --help           this text\n"
            "  -V, --version        the version\n"
            "\n"
            "SIGINT or SIGTERM ends it.\n"
            "\n"
            "Try it:  sctp_hello_cli localhost     See also: sctp_hello_srv(1)\n",
            HELLO_PORT, DEFAULT_TEXT);
}

static void client_usage(FILE *to)
{
    fprintf(to,
            "usage: sctp_hello_cli [options] host\n"
            "One-to-one SCTP client: connects, prints what comes until the server ends.\n"
            "\n"
            "  -p, --port=PORT      the server's SCTP port (default %d)\n"
            "  -w, --wait=SECONDS   give up connecting, or when nothing comes (default %d)\n"
            "  -h, --help           this text\n"
            "  -V, --version        the version\n"
            "\n"
            "Exit status: 0 the server has ended, 2 usage, 3 no SCTP here, 4 host unknown,\n"
            "5 refused, 6 no answer, 7 association lost, 8 local failure.\n"
            "\n"
            "Try it:  sctp_hello_cli localhost     See also: sctp_hello_cli(1)\n",
            HELLO_PORT, DEFAULT_WAIT);
}

static void take(struct hello_options *o, int option, void (*usage)(FILE *))
{
    switch (option) {
    case 'p':
        o->port = (uint16_t)Unp_parse_number("-p", optarg, 1, 65535);
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
        printf("%s (onetomany) " UNPSCTP_VERSION "\n", program_invocation_short_name);
        exit(EXIT_OK);
    default:
        usage(option == 'h' ? stdout : stderr);
        exit(option == 'h' ? EXIT_OK : EXIT_USAGE);
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
        take(o, option, server_usage);
    if (optind < argc)
        err_quit(EXIT_USAGE, "too many arguments: \"%s\"; see --help", argv[optind]);
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
        take(o, option, client_usage);
    if (optind == argc) {
        err_msg("no host given");
        client_usage(stderr);
        exit(EXIT_USAGE);
    }
    o->host = argv[optind++];
    if (optind < argc)
        err_quit(EXIT_USAGE, "argument \"%s\": only one host can be given; see --help",
                 argv[optind]);
}
