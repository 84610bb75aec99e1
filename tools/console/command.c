/* The commands of sctp_console: their table, /help, and those that change the console itself. */
#include "cmdline/cmdline.h"
#include "console.h"

#include <string.h>

char *console_word(char **args)
{
    char *word = *args + strspn(*args, " \t");
    size_t len = strcspn(word, " \t");

    if (len == 0)
        return NULL;
    *args = word + len;
    if (**args)
        *(*args)++ = '\0';
    return word;
}

/* ---- Options of messages -------------------------------------------------- */

static bool set_ppid(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args), *name;
    int64_t ppid = text ? unp_ppid_parse(text) : ntohl(c->ppid);

    (void)p;
    if (ppid < 0)
        return console_refuse(
            c, "/ppid: \"%s\" is neither a number nor a name such as ngap or diameter", text);
    c->ppid = htonl((uint32_t)ppid);
    name = unp_ppid_name((uint32_t)ppid);
    console_say(c, "messages are sent with PPID %u%s%s\n", (uint32_t)ppid, name ? ", " : "",
                name ? name : "");
    return true;
}

static bool set_lifetime(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args);
    int64_t ms = text ? unp_parse_number(text, 0, UINT32_MAX) : (int64_t)c->lifetime.pr_value;

    (void)p;
    if (ms < 0)
        return console_refuse(c, "/lifetime: \"%s\" is not a number of milliseconds, 0 to %u", text,
                              UINT32_MAX);
    c->lifetime = (struct sctp_prinfo){.pr_policy = SCTP_PR_SCTP_TTL, .pr_value = (uint32_t)ms};
    if (ms)
        console_say(c, "messages expire after %u ms\n", c->lifetime.pr_value);
    else
        console_say(c, "messages do not expire\n");
    return true;
}

static bool set_unordered(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args);

    (void)p;
    if (text && strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
        return console_refuse(c, "/unordered: \"%s\" is not on or off", text);
    if (text)
        c->unordered = strcmp(text, "on") == 0 ? SCTP_UNORDERED : 0;
    console_say(c, "messages are sent %s\n", c->unordered ? "unordered" : "ordered");
    return true;
}

/* ---- Current association, connecting, leaving ----------------------------- */

static bool use(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args);
    int64_t number = text ? unp_parse_number(text + (*text == '#'), 1, UINT32_MAX) : -1;

    p = number > 0 ? peer_number(c, (long)number) : NULL;
    if (!p)
        return console_refuse(c,
                              "/use: \"%s\" is not the number of an association; /peers lists them",
                              text ? text : "");
    if (p->state == PEER_CLOSED)
        return console_refuse(c, "/use: %s is closed; /connect %s starts a new association",
                              console_label(p), p->name);
    peer_choose(c, p);
    console_say(c, "%s is the current association\n", console_label(p));
    return true;
}

static bool make_connection(struct console *c, struct peer *p, char *args)
{
    const char *host = console_word(&args);

    (void)p;
    if (!host)
        return console_refuse(c, "/connect: no host given; type /connect HOST[:PORT]");
    if (console_word(&args))
        return console_refuse(c, "/connect: only one host can be given; its port is HOST:PORT");
    return peer_connect(c, host);
}

static bool quit(struct console *c, struct peer *p, char *args)
{
    (void)p;
    (void)args;
    c->leaving = c->at_once = true;
    return true;
}

/* ---- Table of commands ---------------------------------------------------- */

static console_act help;

enum { NO_PEER, ANY_PEER, UP_PEER }; /* what a command needs: an association, or one that is up */

static const struct command {
    const char *name, *args, *what;
    console_act *act;
    int needs;
    const char *details; /* further text of /help NAME; NULL: none */
} commands[] = {
    {"peers", "", "list the associations", status_peers, NO_PEER, NULL},
    {"use", "N", "make association N the current one", use, NO_PEER,
     "[n@N] text sends one message to association N."},
    {"status", "", "show state, streams, windows and paths", status_show, UP_PEER,
     "* marks the primary path.  unacked counts chunks sent and not acknowledged;\n"
     "rwnd is the peer's receive window."},
    {"addrs", "", "show the addresses of both ends", status_addrs, UP_PEER, NULL},
    {"primary", "ADDR", "set the primary path: an address of the peer", steer_primary, UP_PEER,
     "Same as /opt primary_addr=ADDR.  While the primary path is unreachable, SCTP\n"
     "uses another."},
    {"peerprimary", "ADDR", "ask the peer to send to this local address", steer_peer_primary,
     UP_PEER,
     "Same as /opt set_peer_primary_addr=ADDR.\n"
     "Both ends need auth_supported=on and asconf_supported=on before associating."},
    {"heartbeat", "ADDR|now|off|on|MS", "send heartbeats, or set their interval", steer_heartbeat,
     UP_PEER,
     "ADDR: one to this address; now: one to every address; off, on: disable or\n"
     "enable them; MS, or on MS: enable them at this interval, in milliseconds.\n"
     "Same as /opt peer_addr_params.flags=hb_demand@ADDR, flags=hb_disable,\n"
     "hbinterval=MS."},
    {"reset", "[in|out|all] [N...]", "reset the sequence numbers of streams", steer_reset, UP_PEER,
     "Outbound streams (the default), inbound ones, or both; all, or those with these\n"
     "numbers.  Both ends need reconfig_supported=on and enable_stream_reset before\n"
     "associating."},
    {"streams", "+IN +OUT", "request additional streams", steer_streams, UP_PEER,
     "Same as /opt add_streams.instrms=IN,outstrms=OUT.  Both ends need\n"
     "reconfig_supported=on and enable_stream_reset before associating."},
    {"bind", "ADDR", "add a local address", steer_bind, NO_PEER,
     "The socket must have been bound to specific addresses with -B.  Peers are\n"
     "informed if both ends had auth_supported=on and asconf_supported=on before\n"
     "associating."},
    {"unbind", "ADDR", "remove a local address", steer_unbind, NO_PEER,
     "See /bind.  The last address cannot be removed."},
    {"opt", "[NAME[=VALUE]]", "get or set a socket option; list all", steer_option, NO_PEER,
     "Of the current association: /opt rtoinfo.min=500, for example, or\n"
     "/opt get_peer_addr_info@10.0.0.1.  See sctp_opts(1) for the syntax."},
    {"abort", "[REASON]", "abort the association", steer_abort, ANY_PEER, NULL},
    {"eof", "", "shut the association down gracefully", steer_eof, UP_PEER, NULL},
    {"connect", "HOST[:PORT]", "start another association", make_connection, NO_PEER, NULL},
    {"ppid", "N|NAME", "set the payload protocol identifier", set_ppid, NO_PEER, NULL},
    {"lifetime", "MS", "set the lifetime of messages; 0: unlimited", set_lifetime, NO_PEER, NULL},
    {"unordered", "on|off", "send unordered messages, or ordered", set_unordered, NO_PEER, NULL},
    {"help", "[COMMAND]", "list the commands, or explain one", help, NO_PEER, NULL},
    {"quit", "", "shut all associations down and exit", quit, NO_PEER, NULL},
};

const char *console_command_name(size_t i, const char **args)
{
    if (i >= sizeof(commands) / sizeof(commands[0]))
        return NULL;
    *args = commands[i].args;
    return commands[i].name;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void list(struct console *c, const struct command *command)
{
    int used = 1 + (int)strlen(command->name) + 1 + (int)strlen(command->args);

    console_say(c, "/%s %s%*s %s\n", command->name, command->args, used < 32 ? 32 - used : 0, "",
                command->what);
}

static bool help(struct console *c, struct peer *p, char *args)
{
    const char *name = console_word(&args);
    const struct command *one;

    (void)p;
    if (name) {
        one = find(name + (*name == '/'));
        if (!one)
            return console_refuse(c, "no such command: \"%s\"; /help lists the commands", name);
        list(c, one);
        if (one->details)
            console_say(c, "%s\n", one->details);
        return true;
    }
    console_say(c, "text, [n] text, [n@N] text       send text, on stream n, to association N\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        list(c, &commands[i]);
    return true;
}

bool console_command(struct console *c, char *line)
{
    char *args = line + 1, *name = console_word(&args);
    const struct command *command = name && name == line + 1 ? find(name) : NULL;
    struct peer *p = NULL;

    if (!command)
        return console_refuse(
            c,
            "no such command: \"/%.40s\"; /help lists the commands; to send this as text, "
            "put [0] before it",
            name && name == line + 1 ? name : "");
    if (!*command->args && console_word(&args))
        return console_refuse(c, "/%s takes no argument; /help %s explains it", command->name,
                              command->name);
    if (command->needs != NO_PEER) {
        p = peer_current(c);
        if (!p)
            return false;
        if (command->needs == UP_PEER && p->state == PEER_CONNECTING)
            return console_refuse(c, "%s: not up yet; wait for its notification", console_label(p));
    }
    return command->act(c, p, args);
}
