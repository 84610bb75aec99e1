/*
 * sctp_chat_cli - chat client
 *
 *   sctp_chat_cli [options] [user@]host
 *
 * Sends each line of standard input, "[3] text" to channel 3, and prints the lines of the other
 * members.  At a terminal, lines can be edited, and /help lists the commands.
 *
 * Worth noticing: a channel is a stream of the association, so a lost packet delays its own channel
 * only.  The association is the membership: there is no login or logout message.
 */
#include "chat.h"
#include "cli.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "receive/receive.h"
#include "tty/text.h"
#include "json/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_MAX 30 /* most seconds between attempts to reconnect */

/* ---- Receiving ------------------------------------------------------------ */

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    (void)from;
    cli_hear(user, msg);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct client *c = user;
    char text[2200];

    if (c->asked.client.verbose)
        cli_tell(c, "%s", unp_client_event_text(c->a.fd, n, len, text, sizeof(text)));
    if (c->asked.json)
        unp_event_json(c->a.fd, n, len, NULL, stdout);
}

static const struct unp_client_service service = {
    .buffer = 1048576,
    .max_message = 16777216, /* the server's limit may be larger than ours */
    .reconnects = true,
    .server = "a chat server",
    .output = "write the output",
    .message = on_message,
    .notification = on_notification,
};

/* ---- Sending -------------------------------------------------------------- */

/* False: the text must wait, or the association has ended.  A line that is too long is skipped; any
 * other error ends the program, since the next line would fail as well. */
static bool send_text(struct client *c, unsigned channel, const char *text, size_t len)
{
    struct sctp_sndinfo snd = {.snd_sid = (uint16_t)channel};
    char why[200];

    if (unp_client_assoc_send(&c->a, text, len, &snd, NULL))
        return true;
    if (!c->a.error)
        return false;
    unp_send_why(c->a.error, len, why, sizeof(why));
    if (c->a.error == EMSGSIZE) {
        cli_skip(c, "%s", why);
        return true;
    }
    cli_tell(c, "%s", why);
    exit(EXIT_SYSTEM);
}

/* Lets the server send copies of our own lines, which show_line() hides; requests the name. */
static void introduce(struct client *c)
{
    static const char echo_on[] = "/echo on";
    char nick[sizeof("/nick ") + NAME_SIZE];

    send_text(c, 0, echo_on, sizeof(echo_on) - 1);
    if (*c->wanted)
        send_text(c, 0, nick, (size_t)snprintf(nick, sizeof(nick), "/nick %s", c->wanted));
}

/* Lines wait until the server has answered /nick: on another stream one could overtake it. */
static bool may_speak(struct client *c)
{
    if (c->settled || !c->a.ostreams || unp_client_assoc_time_left(&c->a))
        return c->settled;
    cli_tell(c, "the server has not assigned a name; is it a chat server?");
    return c->settled = c->welcome = true;
}

static void speak(struct client *c)
{
    while (may_speak(c) && unp_client_assoc_ready(&c->a) && cli_take_line(c)) {
        if (c->to < c->a.ostreams && !send_text(c, (unsigned)c->to, c->line, c->len))
            return;
        if (c->to >= c->a.ostreams) /* fewer streams than before the reconnect */
            cli_has_channel(c, c->to);
        c->line = NULL;
    }
    if (c->ask_who && c->settled && unp_client_assoc_ready(&c->a))
        c->ask_who = !send_text(c, 0, "/who", strlen("/who"));
}

/* Shows the prompt and waits for input, messages, room in the send buffer, or a signal; at most
 * `ms`, without limit if -1. */
static void wait_for_events(struct client *c, int64_t ms)
{
    char prompt[NAME_SIZE + 20];
    bool want_input =
        !c->line && !c->ended && !c->a.closing && !c->a.full && (c->term || c->settled);

    snprintf(prompt, sizeof(prompt), "[%ld] %s> ", c->channel, *c->show.name ? c->show.name : "?");
    unp_terminal_show(c->term, prompt);
    if (Unp_client_assoc_wait(&c->a, want_input ? STDIN_FILENO : -1, ms) &&
        (c->term ? unp_terminal_fill(c->term) : unp_line_fill(&c->input)) < 0 && errno != EINTR &&
        errno != EAGAIN)
        err_sys("read the input");
}

static bool done(const struct client *c)
{
    return c->ended && !c->line;
}

static void converse(struct client *c)
{
    bool introduced = false;

    while (!c->a.closed && !unp_pending_signal) {
        if (c->a.ostreams && !introduced) {
            introduce(c);
            introduced = true;
        }
        speak(c);
        if (c->term && !c->settled)
            cli_take_line(c); /* keeps one line that is typed early */
        if (done(c))
            return;
        wait_for_events(c, c->settled ? -1 : unp_client_assoc_time_left(&c->a));
    }
}

/* ---- Leaving and reconnecting --------------------------------------------- */

/* Why the association ended, and what to do. */
static const char *why_closed(const struct client *c, char *buf, size_t size)
{
    const char *hint = c->asked.reconnect ? "" : "; -R would reconnect";

    if (c->a.aborted && !c->welcome)
        snprintf(buf, size, "refused by the server: %s%s", c->a.reason, hint);
    else if (c->a.aborted)
        snprintf(buf, size, "disconnected by the server: %s%s", c->a.reason, hint);
    else if (c->a.lost)
        snprintf(buf, size, "%s", c->a.reason);
    else
        snprintf(buf, size, "the server shut the association down; was it stopped?");
    return buf;
}

/* Counts messages that may not have been delivered when the association ended. */
static void count_doubted(struct client *c)
{
    while (c->a.closed && c->a.fd >= 0 && Unp_client_assoc_take(&c->a))
        ; /* send-failed notifications follow the end of the association */
    if (!c->a.undelivered)
        return;
    cli_tell(c, "%lu of the last messages may not have arrived", c->a.undelivered);
    c->doubted += c->a.undelivered;
    c->a.undelivered = 0;
}

/* Waits for `seconds`.  False: the user leaves. */
static bool pause_for(struct client *c, int seconds)
{
    int64_t left, until = unp_now() + seconds * (int64_t)1000;

    while (!unp_pending_signal && (left = until - unp_now()) > 0) {
        cli_take_line(c);
        if (done(c))
            return false;
        wait_for_events(c, left);
    }
    return !unp_pending_signal;
}

/* Reconnects, with growing pauses.  False: the user leaves, or *status is the exit status of an
 * error that retrying does not mend. */
static bool reconnect(struct client *c, int *pause, int *status)
{
    char why[700];
    uint16_t ostreams = c->a.ostreams;

    why_closed(c, why, sizeof(why));
    do {
        cli_tell(c, "%s; reconnecting in %d s", why, *pause);
        unp_client_assoc_close(&c->a);
        c->a.lost = false;        /* reported above */
        c->a.ostreams = ostreams; /* to check channels while lines are read */
        *status = 0;
        if (!pause_for(c, *pause))
            return false;
        *pause = *pause * 2 < PAUSE_MAX ? *pause * 2 : PAUSE_MAX;
        unp_terminal_hide(c->term);
        Unp_flush_stdout("write the output");
        *status = unp_client_assoc_open(&c->a, &service, c, &c->asked.client, why, sizeof(why));
    } while (*status && *status != EXIT_USAGE && !unp_pending_signal);
    if (*status && !unp_pending_signal)
        cli_tell(c, "%s", why);
    if (*status || unp_pending_signal)
        return false;
    cli_tell(c, "reconnected to %s port %u", c->asked.client.host, c->asked.client.port);
    c->welcome = c->settled = false;
    present_clear(&c->present);
    return true;
}

/* Shuts down gracefully: queued lines are delivered, and arriving ones printed.  False: the server
 * did not answer within -w, or the association was lost. */
static bool shut_down(struct client *c)
{
    unp_eof(c->a.fd, c->a.id);
    if (Unp_client_assoc_await_end(&c->a, c->a.wait, true))
        return !c->a.lost;
    if (unp_pending_signal)
        cli_tell(c, "interrupted while leaving; the last messages may not have arrived");
    else
        cli_tell(c, "no answer to the shutdown: leaving; the last messages may not have arrived");
    return false;
}

/* Shuts the association down unless it has ended.  Returns the exit status. */
static int leave(struct client *c)
{
    int signo = unp_pending_signal;
    bool left = done(c), ended = c->a.closed;
    char why[700];

    unp_terminal_close(c->term);
    c->term = NULL;
    if (!ended)
        ended = !shut_down(c) && (c->a.closed || !signo);
    else if (left)
        ended = c->a.lost;
    count_doubted(c);
    if (signo)
        return 128 + signo;
    if (ended) {
        if (c->a.closed)
            cli_tell(c, "%s", why_closed(c, why, sizeof(why)));
        return c->a.aborted && !c->welcome ? EXIT_REFUSED : EXIT_LOST;
    }
    return c->skipped || c->doubted ? EXIT_INCOMPLETE : EXIT_OK;
}

/* ---- Start and end -------------------------------------------------------- */

static void start(struct client *c)
{
    char why[700];
    int status;

    status = unp_client_assoc_open(&c->a, &service, c, &c->asked.client, why, sizeof(why));
    if (status)
        err_quit(status, "%s", why);
    if (c->asked.name)
        strcpy(c->wanted, c->asked.name);
    c->show.colours = show_wants_colours(STDOUT_FILENO);
    unp_line_init(&c->input, STDIN_FILENO, CHAT_MAX_MESSAGE + sizeof("[65535] "));
    unp_catch_signals();
    unp_catch_continue();
    if (unp_terminal_is_there() && !c->asked.json) {
        cli_tell(c, "connected to %s port %u; /help lists the commands; Ctrl-D leaves",
                 c->asked.client.host, c->asked.client.port);
        c->term = unp_terminal_open();
        unp_terminal_complete(c->term, cli_complete, c);
    }
}

static void finish(struct client *c)
{
    Unp_flush_stdout("write the output");
    unp_client_assoc_close(&c->a);
    unp_line_free(&c->input);
    present_clear(&c->present);
    unp_client_free(&c->asked.client);
}

int main(int argc, char **argv)
{
    static struct client c;
    int pause = 1, status = 0;

    Unp_open_standard_files();
    unp_text_use_utf8();
    get_cli_options(&c.asked, argc, argv);
    start(&c);
    for (;;) {
        converse(&c);
        if (!c.a.closed || unp_pending_signal || done(&c) || !c.asked.reconnect)
            break;
        count_doubted(&c);
        if (c.welcome)
            pause = 1;
        if (!reconnect(&c, &pause, &status))
            break;
    }
    if (status && !unp_pending_signal)
        unp_terminal_close(c.term);
    else
        status = leave(&c);
    finish(&c);
    return status;
}
