/*
 * Commands of sctp_console that change an association.
 *
 * Worth noticing: most set a socket option by name (lib/option/option.h), which completes addresses
 * and explains why the stack refuses a value.
 */
#include "cmdline/cmdline.h"
#include "console.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options -------------------------------------------------------------- */

static bool set(struct console *c, const struct peer *p, const char *text)
{
    char why[700];
    size_t used;

    if (unp_opt_set(c->fd, p ? p->id : SCTP_FUTURE_ASSOC, text, why, sizeof(why)) == 0)
        return true;
    used = strlen(why);
    if (errno == EINPROGRESS || errno == EALREADY)
        snprintf(why + used, sizeof(why) - used,
                 "; wait for the notification of the previous request");
    return p ? console_refuse(c, "%s: %s", console_label(p), why) : console_refuse(c, "%s", why);
}

/* Sets the option text `what` followed by the command's only argument, an address. */
static bool set_address(struct console *c, const struct peer *p, const char *command,
                        const char *what, char *args)
{
    const char *addr = console_word(&args);
    char text[200];

    if (!addr)
        return console_refuse(c, "%s: no address given; /addrs lists them", command);
    snprintf(text, sizeof(text), "%s%.*s", what, SOCK_NTOP_SIZE, addr);
    return set(c, p, text);
}

bool steer_primary(struct console *c, struct peer *p, char *args)
{
    if (!set_address(c, p, "/primary", "primary_addr=", args))
        return false;
    console_say(c, "%s: the primary path is set; /status shows it\n", console_label(p));
    return true;
}

bool steer_peer_primary(struct console *c, struct peer *p, char *args)
{
    if (!set_address(c, p, "/peerprimary", "set_peer_primary_addr=", args))
        return false;
    console_say(c, "%s: request sent to the peer\n", console_label(p));
    return true;
}

/* Parses "now", "off", "on", "on 500", "500" or an address of the peer into the text of an option.
 * False: it is none of these, and the user has been told. */
static bool heartbeat_option(struct console *c, const char *what, const char *ms, char *text,
                             size_t size)
{
    struct unp_opt_request r;
    int64_t interval;
    char why[700];

    if (!what)
        return console_refuse(c, "/heartbeat: give an ADDR, now, off, on, or an interval in ms");
    if (ms && (strcmp(what, "on") != 0 || unp_parse_number(ms, 0, UINT32_MAX) < 0))
        return console_refuse(c, "/heartbeat: \"%s\": only \"on\" takes a number of milliseconds",
                              ms);
    interval = unp_parse_number(ms ? ms : what, 0, UINT32_MAX);
    if (interval >= 0)
        snprintf(text, size, "peer_addr_params.hbinterval=%" PRId64, interval);
    else if (strcmp(what, "now") == 0)
        snprintf(text, size, "peer_addr_params.flags=hb_demand");
    else if (strcmp(what, "off") == 0)
        snprintf(text, size, "peer_addr_params.flags=hb_disable");
    else if (strcmp(what, "on") == 0)
        snprintf(text, size, "peer_addr_params.flags=hb_enable");
    else
        snprintf(text, size, "peer_addr_params.flags=hb_demand@%.*s", SOCK_NTOP_SIZE, what);
    return unp_opt_parse_set(&r, text, why, sizeof(why)) == 0 ||
           console_refuse(c,
                          "/heartbeat: \"%s\" is none of: an address of the peer, now, off, on, an "
                          "interval in ms",
                          what);
}

bool steer_heartbeat(struct console *c, struct peer *p, char *args)
{
    const char *what = console_word(&args), *ms = what ? console_word(&args) : NULL, *interval;
    char text[200];

    if (!heartbeat_option(c, what, ms, text, sizeof(text)) || !set(c, p, text))
        return false;
    interval = strstr(text, "hbinterval=");
    if (interval)
        console_say(c, "%s: heartbeats enabled, interval %s ms\n", console_label(p),
                    strchr(interval, '=') + 1);
    else if (strcmp(what, "off") == 0)
        console_say(c, "%s: heartbeats disabled\n", console_label(p));
    else if (strcmp(what, "on") == 0)
        console_say(c, "%s: heartbeats enabled\n", console_label(p));
    else
        console_say(c, "%s: heartbeat sent\n", console_label(p));
    return true;
}

/* ---- Streams -------------------------------------------------------------- */

static void say_requested(struct console *c, const struct peer *p, const char *command)
{
    console_say(c, "%s: request sent; a notification reports the result; if denied, see /help %s\n",
                console_label(p), command);
}

bool steer_reset(struct console *c, struct peer *p, char *args)
{
    const char *word = console_word(&args), *direction = "outgoing", *comma = "";
    char *text = NULL;
    size_t size;
    FILE *to;
    bool done;

    if (!word)
        return console_refuse(c, "/reset: give in, out, all, or stream numbers");
    if (strcmp(word, "in") == 0 || strcmp(word, "out") == 0 || strcmp(word, "all") == 0) {
        direction = *word == 'i' ? "incoming" : *word == 'a' ? "incoming,outgoing" : "outgoing";
        word = console_word(&args);
    }
    to = open_memstream(&text, &size);
    if (!to)
        err_sys("/reset");
    fprintf(to, "reset_streams.flags=%s,streams=%s", direction, word ? "" : "all");
    for (; word; word = console_word(&args)) {
        fprintf(to, "%s%s", comma, word);
        comma = ",";
    }
    fclose(to);
    done = set(c, p, text);
    free(text);
    if (done)
        say_requested(c, p, "reset");
    return done;
}

bool steer_streams(struct console *c, struct peer *p, char *args)
{
    const char *in = console_word(&args), *out = in ? console_word(&args) : NULL;
    int64_t more_in = in ? unp_parse_number(in + (*in == '+'), 0, 65535) : -1;
    int64_t more_out = out ? unp_parse_number(out + (*out == '+'), 0, 65535) : -1;
    char text[80];

    if (more_in < 0 || more_out < 0)
        return console_refuse(c, "/streams: give +IN +OUT, for example /streams +0 +5");
    snprintf(text, sizeof(text), "add_streams.instrms=%u,outstrms=%u", (unsigned)more_in,
             (unsigned)more_out);
    if (!set(c, p, text))
        return false;
    say_requested(c, p, "streams");
    return true;
}

/* ---- Local addresses ------------------------------------------------------ */

/* Says which peers are informed of the change (ASCONF, RFC 5061). */
static void say_informed(struct console *c)
{
    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        struct sctp_assoc_value asconf = {.assoc_id = p->id};
        socklen_t len = sizeof(asconf);

        if (p->state != PEER_UP)
            continue;
        if (getsockopt(c->fd, IPPROTO_SCTP, SCTP_ASCONF_SUPPORTED, &asconf, &len) == 0 &&
            asconf.assoc_value)
            console_say(c, "%s: the peer is informed\n", console_label(p));
        else
            console_say(c,
                        "%s: the peer is not informed: both ends need asconf_supported=on and "
                        "auth_supported=on before associating\n",
                        console_label(p));
    }
}

static bool refuse_bindx(struct console *c, const char *command, const char *addr, int err)
{
    const char *hint;

    if (err == EADDRNOTAVAIL)
        hint = "is it an address of this host ('ip addr'), and is the socket bound to it?";
    else if (c->asked.setup.local.count == 0)
        hint = "the socket is bound to all addresses: start with -B ADDR to bind to some";
    else if (err == EBUSY || (err == EINVAL && command[1] == 'u'))
        hint = "is it bound, and not the last one?";
    else if (err == EADDRINUSE)
        hint = "it is bound already, or another socket has this port there";
    else
        hint = "are asconf_supported and auth_supported on at both ends?";
    return console_refuse(c, "%s %s: %s; %s", command, addr, strerror(err), hint);
}

static bool bindx(struct console *c, const char *command, char *args, int flag)
{
    const char *addr = console_word(&args);
    struct unp_addrs list = {0};
    int rc, err;

    if (!addr)
        return console_refuse(c, "%s: no address given", command);
    rc = unp_addrs_add(&list, addr, 0);
    if (rc) {
        char why[600];

        unp_addrs_why(rc, command, addr, why, sizeof(why));
        return console_refuse(c, "%s", why);
    }
    errno = 0;
    rc = sctp_bindx(c->fd, (struct sockaddr *)(void *)list.packed, 1, flag);
    err = errno;
    unp_addrs_free(&list);
    if (rc < 0)
        return refuse_bindx(c, command, addr, err);
    console_say(c, "%s is %s\n", addr, flag == SCTP_BINDX_ADD_ADDR ? "bound" : "no longer bound");
    say_informed(c);
    return true;
}

bool steer_bind(struct console *c, struct peer *p, char *args)
{
    (void)p;
    return bindx(c, "/bind", args, SCTP_BINDX_ADD_ADDR);
}

bool steer_unbind(struct console *c, struct peer *p, char *args)
{
    (void)p;
    return bindx(c, "/unbind", args, SCTP_BINDX_REM_ADDR);
}

/* ---- Ending an association ------------------------------------------------ */

bool steer_abort(struct console *c, struct peer *p, char *args)
{
    const char *reason = args + strspn(args, " \t");

    if (unp_abort(c->fd, p->id, reason) < 0 && p->state != PEER_CONNECTING)
        return console_refuse(c, "%s: abort: %s", console_label(p), strerror(errno));
    p->asked_to_end = true;
    if (p->state == PEER_CONNECTING) { /* the userland stack can abort it only once it is up */
        peer_closed(c, p);
        console_say(c, "%s: connecting abandoned\n", console_label(p));
    }
    return true;
}

bool steer_eof(struct console *c, struct peer *p, char *args)
{
    (void)args;
    if (unp_eof(c->fd, p->id) < 0)
        return console_refuse(c, "%s: shut down: %s", console_label(p), strerror(errno));
    p->asked_to_end = true;
    if (p->state == PEER_UP)
        p->state = PEER_CLOSING;
    console_say(c, "%s: shutting down\n", console_label(p));
    return true;
}

/* ---- /opt ----------------------------------------------------------------- */

/* Prints the option of `text`.  False: it could not be read; `why` has the reason. */
static bool show(struct console *c, sctp_assoc_t id, const char *text, char *why, size_t size)
{
    static char value[65536];

    if (unp_opt_get(c->fd, id, text, value, sizeof(value), why, size) < 0)
        return false;
    console_say(c, "%s\n", value);
    return true;
}

/* Prints all options of the association, except those that the stack lacks. */
static void show_all(struct console *c, const struct peer *p)
{
    char why[700], text[200], name[SOCK_NTOP_SIZE];
    struct unp_addrs paths = {0};

    for (size_t i = 0; i < unp_opts_count; i++)
        if (unp_opts[i].id >= 0 && unp_opts[i].is & OPT_GET && !unp_opt_address(&unp_opts[i]))
            show(c, p->id, unp_opts[i].name, why, sizeof(why));
    unp_addrs_peer(&paths, c->fd, p->id);
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&paths, sa));) {
        sock_ntop_host(sa, name, sizeof(name));
        for (size_t i = 0; i < unp_opts_count; i++) {
            snprintf(text, sizeof(text), "%s@%s", unp_opts[i].name, name);
            if (unp_opts[i].is & OPT_GET && unp_opt_address(&unp_opts[i]))
                show(c, p->id, text, why, sizeof(why));
        }
    }
    unp_addrs_free(&paths);
}

bool steer_option(struct console *c, struct peer *p, char *args)
{
    const char *text = console_word(&args);
    const struct unp_opt *opt = text ? unp_opt_find(text, strcspn(text, ".@[=")) : NULL;
    char why[700];

    p = peer_default(c);
    if (p && p->state != PEER_UP && p->state != PEER_CLOSING)
        p = NULL; /* the defaults of future associations */
    if (console_word(&args))
        return console_refuse(c, "/opt: give one option without spaces: NAME or NAME=VALUE");
    if (!text && !p)
        return peer_current(c);
    if (!text) {
        show_all(c, p);
        return true;
    }
    if (strchr(text, '=') || (opt && !(opt->is & OPT_GET))) {
        if (!set(c, p, text))
            return false;
        console_say(c, "%s%s%s\n", p ? console_label(p) : "", p ? ": " : "", "set");
        return true;
    }
    if (show(c, p ? p->id : SCTP_FUTURE_ASSOC, text, why, sizeof(why)))
        return true;
    return console_refuse(c, "/opt: %s", why);
}
