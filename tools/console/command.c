/* The commands of sctp_console: their table, their help, and those that are about itself. */
#include "cmdline/cmdline.h"
#include "console.h"

#include <stdlib.h>
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

/* ---- how messages are sent ------------------------------------------------ */

static bool set_ppid(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args), *name;
    int64_t ppid = text ? unp_ppid_parse(text) : ntohl(c->ppid);

    (void)p;
    if (ppid < 0)
        return console_refuse(c, "/ppid: \"%s\" is no number and no name such as ngap or diameter",
                              text);
    c->ppid = htonl((uint32_t)ppid);
    name = unp_ppid_name((uint32_t)ppid);
    console_say(c, "messages have the PPID %u%s%s\n", (uint32_t)ppid, name ? ", " : "",
                name ? name : "");
    return true;
}

static bool set_lifetime(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args);
    int64_t ms = text ? unp_parse_number(text, 0, UINT32_MAX) : (int64_t)c->lifetime.pr_value;

    (void)p;
    if (ms < 0)
        return console_refuse(c, "/lifetime: \"%s\" is not a number of ms, 0 to %u", text,
                              UINT32_MAX);
    c->lifetime = (struct sctp_prinfo){.pr_policy = SCTP_PR_SCTP_TTL, .pr_value = (uint32_t)ms};
    if (ms)
        console_say(c, "messages live %u ms\n", c->lifetime.pr_value);
    else
        console_say(c, "messages live until they arrive\n");
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
    console_say(c, "messages are %s\n", c->unordered ? "unordered" : "ordered");
    return true;
}

/* ---- which association ---------------------------------------------------- */

static bool use(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args);
    int64_t number = text ? unp_parse_number(text, 1, UINT32_MAX) : -1;

    p = number > 0 ? peer_number(c, (long)number) : NULL;
    if (!p)
        return console_refuse(c, "/use: \"%s\" is no number of an association; /peers lists them",
                              text ? text : "");
    if (p->state == PEER_OVER)
        return console_refuse(c, "/use: %s is over; /connect %s makes another", console_label(p),
                              p->name);
    peer_choose(c, p);
    console_say(c, "%s is in use\n", console_label(p));
    return true;
}

static bool make_connection(struct console *c, struct peer *p, char *args)
{
    const char *host = console_word(&args);

    (void)p;
    if (!host)
        return console_refuse(c, "/connect: to which host?  /connect HOST[:PORT]");
    return peer_connect(c, host);
}

static bool quit(struct console *c, struct peer *p, char *args)
{
    (void)p;
    (void)args;
    c->leaving = c->at_once = true;
    return true;
}

/* ---- the table ------------------------------------------------------------ */

static console_act help;

enum { NO_PEER, ANY_PEER, UP_PEER }; /* an association that is there, or is up */

static const struct command {
    const char *name, *args, *what;
    console_act *act;
    int of;
    const char *more; /* for /help NAME; NULL: that is all */
} commands[] = {
    {"peers", "", "list all associations", status_peers, NO_PEER, NULL},
    {"use", "N", "lines are for association N from now on", use, NO_PEER,
     "[n@N] text sends to another this once."},
    {"status", "", "state, streams, windows and paths", status_show, UP_PEER,
     "* marks the primary path.  unacked counts chunks that were sent and not acknowledged;\n"
     "rwnd is what the peer has room for."},
    {"addrs", "", "addresses of both ends", status_addrs, UP_PEER, NULL},
    {"primary", "ADDR", "send to this address of the peer", steer_primary, UP_PEER,
     "As /opt primary_addr=ADDR.  Where the address does not answer, another is sent to."},
    {"peerprimary", "ADDR", "ask the peer to send to this address of ours", steer_peer_primary,
     UP_PEER,
     "As /opt set_peer_primary_addr=ADDR.\n"
     "Both ends need auth_supported=on and asconf_supported=on before associating."},
    {"heartbeat", "ADDR|now|off|on [MS]", "to an address or all now; none; every MS",
     steer_heartbeat, UP_PEER,
     "As /opt peer_addr_params.flags=hb_demand@ADDR, flags=hb_disable, hbinterval=MS."},
    {"reset", "[in|out|all] [N...]", "stream sequence numbers begin at 0 again", steer_reset,
     UP_PEER,
     "Of the streams that go out, or come in, or both; of all, or of those with these numbers.\n"
     "Both ends need reconfig_supported=on before associating, and enable_stream_reset."},
    {"streams", "+IN +OUT", "ask for so many more streams", steer_streams, UP_PEER,
     "As /opt add_streams.instrms=IN,outstrms=OUT.\n"
     "Both ends need reconfig_supported=on before associating, and enable_stream_reset."},
    {"bind", "ADDR", "add an address of ours", steer_bind, NO_PEER,
     "To the socket, which has to be bound to others with -B.  Peers are told if\n"
     "both ends had auth_supported=on and asconf_supported=on before associating."},
    {"unbind", "ADDR", "take an address of ours away", steer_unbind, NO_PEER,
     "See /bind.  The last one stays."},
    {"opt", "[NAME[=VALUE]]", "get or set socket options; all", steer_option, NO_PEER,
     "Of the association in use.  /opt rtoinfo.max=2000   /opt get_peer_addr_info@10.0.0.1\n"
     "sctp_opts(1) has the grammar."},
    {"abort", "[REASON]", "end the association at once", steer_abort, ANY_PEER, NULL},
    {"eof", "", "shut the association down, when all has arrived", steer_eof, UP_PEER, NULL},
    {"connect", "HOST[:PORT]", "make another association", make_connection, NO_PEER, NULL},
    {"ppid", "N|NAME", "payload protocol identifier of messages", set_ppid, NO_PEER, NULL},
    {"lifetime", "MS", "messages that are older are given up; 0: none", set_lifetime, NO_PEER,
     NULL},
    {"unordered", "on|off", "messages overtake each other", set_unordered, NO_PEER, NULL},
    {"help", "[COMMAND]", "this list, or more of one", help, NO_PEER, NULL},
    {"quit", "", "shut all associations down and leave", quit, NO_PEER, NULL},
};

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
            return console_refuse(c, "there is no command \"%s\"; /help lists them", name);
        list(c, one);
        if (one->more)
            console_say(c, "%s\n", one->more);
        return true;
    }
    console_say(c, "text, [n] text, [n@N] text       send it, on stream n, to association N\n");
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
        return console_refuse(c,
                              "there is no command \"/%.40s\"; /help lists them; if that is a "
                              "text, put [0] before it",
                              name && name == line + 1 ? name : "");
    if (command->of != NO_PEER) {
        p = peer_current(c);
        if (!p)
            return false;
        if (command->of == UP_PEER && p->state == PEER_CONNECTING)
            return console_refuse(c, "%s: it is not up yet; wait for its event", console_label(p));
    }
    return command->act(c, p, args);
}
