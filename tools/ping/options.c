/* The options of sctp_ping. */
#include "cmdline/cmdline.h"
#include "family.h"
#include "ping.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Microseconds. */
#define SECOND INT64_C(1000000)
#define LEAST  (SECOND / 1000)
#define DAY    (86400 * SECOND)

#define CHECK_DEADLINE 5 /* s */
#define MTU_DEADLINE   30

static const char about[] =
    "usage: sctp_ping [options] host[:port]...\n"
    "Sends messages to an SCTP echo server and prints the round-trip time of each\n"
    "and the state changes of the paths.  With --check, prints one line that says\n"
    "whether SCTP works to this host.  With --connect or --heartbeat, no message is\n"
    "sent, and any SCTP server will do.\n";
static const char end[] =
    "Ctrl-C stops and prints the summary; Ctrl-\\ prints the statistics so far.\n"
    "\n"
    "Exit status: 0 all messages were echoed, 1 some were not, 2 usage error, 3 no\n"
    "SCTP on this machine, 4 unknown host, 5 refused, 6 no answer, 7 association\n"
    "lost, 8 local failure; with --check also 9 no route, 10 no echo, 11 only some\n"
    "of the addresses work, 12 DATA is lost.\n"
    "\n"
    "Try it:  sctp_ping -c 3 localhost     See also: sctp_ping(1)\n";

static void take_paths(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    if (strcmp(value, "all") != 0 && strcmp(value, "given") != 0)
        Unp_usage_error("%s \"%s\": give all or given", option, value);
    *(bool *)o->to = strcmp(value, "given") == 0;
}

/* What follows from the options and the host. */
static void complete(struct ping_options *o)
{
    if (o->streams > o->client.setup.ostreams)
        o->client.setup.ostreams = (uint16_t)o->streams;
    o->client.setup.set_options = Unp_opt_list_set_future;
    o->client.setup.options = o->options.before;
    if (o->udp)
        setenv("SCTP_STACK", "userland", 1);
    if (o->mode == PING_MTU)
        o->check = true;
    if (o->summaries)
        o->quiet = true;
    if (o->check && !o->deadline)
        o->deadline = (o->mode == PING_MTU ? MTU_DEADLINE : CHECK_DEADLINE) * SECOND;
}

void get_ping_options(struct ping_options *o, int argc, char **argv)
{
    *o = (struct ping_options){.client = {.setup = {.ostreams = DEFAULT_OSTREAMS},
                                          .port = SERV_PORT,
                                          .wait = DEFAULT_WAIT},
                               .interval = SECOND,
                               .size = 56,
                               .streams = 1};
    bool ignored;
    const struct unp_cmdline_option options[] = {
        {"count", 'c', "=N", "stop after N messages", UNP_NUMBER(o->count, 1, INT64_C(1) << 40)},
        {"interval", 'i', "=SEC", "time between two messages (default 1, at least 0.001)",
         UNP_SECONDS(o->interval, LEAST, DAY)},
        {"size", 's', "=BYTES", "message size (default %lld; %lld to %lld)",
         UNP_NUMBER(o->size, PING_HEAD, DEFAULT_MAX_MESSAGE)},
        {"streams", 'S', "=N", "send on streams 0 to N-1 in turn (default %lld)",
         UNP_NUMBER(o->streams, 1, 65535)},
        {"unordered", 'U', NULL, "send unordered messages: a lost one delays no other",
         UNP_FLAG(o->unordered, SCTP_UNORDERED)},
        {"preload", 'l', "=N", "send the first N messages without waiting",
         UNP_NUMBER(o->preload, 1, 65536)},
        {"adaptive", 'A', NULL, "the same as -f", UNP_FLAG(o->flood, true)},
        {"flood", 'f', NULL, "send the next message as soon as a reply arrives",
         UNP_FLAG(o->flood, true)},
        {"deadline", 'w', "=SEC",
         "stop after this time (default never); with --check, the limit of the whole check "
         "(default " UNP_STRING(CHECK_DEADLINE) ", with --mtu " UNP_STRING(MTU_DEADLINE) ")",
         UNP_SECONDS(o->deadline, LEAST, 365 * DAY)},
        {"wait", 'W', "=SECONDS", "timeout of connecting and of the last replies (default %lld)",
         UNP_WAIT(o->client)},
        {"check", 0, NULL, "print a verdict; each cause has its own exit status",
         UNP_FLAG(o->check, true)},
        {"paths", 0, "=WHICH",
         "addresses that --check judges: all of the server (default), or those given",
         UNP_TAKE(take_paths, o->given_paths)},
        {"connect", 0, NULL,
         "set associations up and shut them down, without a message: any server will do",
         UNP_FLAG(o->mode, PING_CONNECT)},
        {"heartbeat", 0, NULL,
         "one association, and heartbeats to each address of the server, without a message",
         UNP_FLAG(o->mode, PING_HEARTBEAT)},
        {"mtu", 0, NULL,
         "print the largest message that arrives in one packet: any server will do, and gets "
         "messages",
         UNP_FLAG(o->mode, PING_MTU)},
        {"watch", 0, NULL,
         "one association for ever; print what changes, without a message: any server will do",
         UNP_FLAG(o->mode, PING_WATCH)},
        {"data", 0, NULL, "with --watch, send messages, and print when none is acknowledged",
         UNP_FLAG(o->data, true)},
        {"file", 0, "=PATH", "a host[:port] in each line of a file, or of - (standard input)",
         UNP_TEXT(o->file)},
        {"udp", 0, NULL, "SCTP over UDP, on the userland stack; like SCTP_STACK=userland",
         UNP_FLAG(o->udp, true)},
        UNP_CLIENT_PORT_OPTION(o->client, "SCTP port of the server"),
        {"bind", 'B', "=ADDR", "bind to this local address; repeat for multi-homing",
         UNP_TAKE(Ping_take_address, *o)},
        {"connectx", 'C', "=ADDR", "another address of the server; may be repeated",
         UNP_TAKE(Ping_take_address, *o)},
        UNP_PPID_OPTION(o->ppid),
        UNP_OPT_OPTION(o->options),
        {"ipv4", '4', NULL, "use only IPv4 addresses of the host",
         UNP_FLAG(unp_resolve_family, AF_INET)},
        {"ipv6", '6', NULL, "use only IPv6 addresses of the host",
         UNP_FLAG(unp_resolve_family, AF_INET6)},
        {"interface", 'I', "=NAME", "bind to the addresses of this interface, or like -B",
         UNP_TAKE(Ping_take_interface, *o)},
        {"numeric", 'n', NULL, "no effect: addresses are never resolved to names",
         UNP_FLAG(ignored, true)},
        {"summaries", 'Q', "=SEC", "like -q, and print the statistics so far in this interval",
         UNP_SECONDS(o->summaries, LEAST, DAY)},
        {"quiet", 'q', NULL, "print no replies; on a terminal, print a counter",
         UNP_FLAG(o->quiet, true)},
        {"time", 't', NULL, "begin each reply with the time of day, as events do",
         UNP_FLAG(o->times, true)},
        {"timestamp", 'D', NULL, "begin each reply with the time in seconds since 1970",
         UNP_FLAG(o->unix_times, true)},
        {"verbose", 'v', NULL, "print all notifications", UNP_FLAG(o->client.verbose, true)},
        {"json", 'J', NULL, "print lines of JSON", UNP_FLAG(o->json, true)},
        {.name = NULL}};

    Unp_options(argc, argv, about, options, end);
    for (int i = optind; i < argc; i++)
        Ping_add_target(o, argv[i]);
    if (o->file)
        Ping_read_targets(o, o->file);
    if (!o->target_count)
        Unp_usage_error("no host given");
    o->client.host = o->targets[0].host;
    o->client.port = o->targets[0].port;
    complete(o);
}
