/*
 * sctp_chat_cli - takes part in a chat
 *
 *   sctp_chat_cli [options] [user@]host
 *
 * On a terminal: type; /help tells the commands.  In a pipe: each line is said,
 * "[3] text" in channel 3, and what others say is printed.
 *
 * Worth noticing: a channel is a stream of the association, so that what is lost
 * in one holds up none of the others; and the membership is the association: there
 * is no "log in" and no "log out" to be sent.
 */
#include "chat.h"
#include "cli_options.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "connection.h"
#include "said.h"
#include "show.h"
#include "tty/line.h"
#include "tty/terminal.h"
#include "tty/text.h"
#include "typed.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_MAX 30 /* seconds between attempts to connect again */

struct client {
    struct cli_options asked;
    struct connection con;
    struct show show;
    struct terminal *term; /* NULL: plain lines */
    struct line_reader input;

    char wanted[NAME_SIZE]; /* the name that we have asked for; "": none */
    bool welcome;           /* the server has told a name: we are in the room */
    bool settled;           /* and answered to the one we want: what is said is said by it */
    int64_t patience;       /* until then it may take, ms */

    long channel;                   /* that is talked in */
    const char *line;               /* to be sent; NULL: none */
    size_t len;                     /* its bytes */
    long to;                        /* its channel */
    bool ended;                     /* nothing comes after it */
    unsigned long number;           /* of the line, from 1 */
    unsigned long skipped, doubted; /* lines not sent; messages that perhaps did not arrive */
};

/* A message about what goes on, beside the line that is being typed. */
static void __attribute__((format(printf, 2, 3))) tell(struct client *c, const char *fmt, ...)
{
    char text[2400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    terminal_hide(c->term);
    err_msg("%s", text);
}

/* The same in the room, for the one who talks in it. */
static void __attribute__((format(printf, 2, 3))) note(struct client *c, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    terminal_hide(c->term);
    printf(c->show.colours ? "\033[2m*** %s\033[0m\n" : "*** %s\n", text);
}

/* ---- what comes ----------------------------------------------------------- */

/* The name that was asked for was refused: `line` says why. */
static void refused_name(struct client *c, const char *line, size_t len)
{
    char *why = malloc(TEXT_GROWTH * len + 1);

    if (!why)
        err_sys("tell of a name");
    text_tame(line, len, why);
    if (!c->term) { /* where the announcement itself goes to a person */
        tell(c, "name \"%s\": %s; choose another with /nick", c->wanted,
             strncmp(why, "*** ", 4) == 0 ? why + 4 : why);
        c->skipped++;
    }
    free(why);
}

/* What the server says of our name.  The first one it tells is its own idea. */
static void learn_name(struct client *c, const char *line, size_t len)
{
    char name[NAME_SIZE];

    switch (said_name(line, len, name)) {
    case NAME_IS:
        strcpy(c->show.name, name);
        if (c->welcome)
            strcpy(c->wanted, name);
        c->welcome = true;
        c->settled = c->settled || !*c->wanted || strcmp(c->wanted, name) == 0;
        break;
    case NAME_STILL:
        if (c->settled || strcmp(c->show.name, name) != 0)
            break;
        c->settled = true;
        refused_name(c, line, len);
        break;
    case NAME_NONE:
        break;
    }
}

static void on_message(void *user, unsigned channel, const void *text, size_t len)
{
    struct client *c = user;
    char *shown;

    learn_name(c, text, len);
    shown = show_line(&c->show, channel, text, len);
    if (!shown && errno)
        err_sys("show a message");
    if (!shown)
        return;
    terminal_hide(c->term);
    fputs(shown, stdout);
    free(shown);
}

static void on_notice(void *user, const char *text)
{
    tell(user, "%s", text);
}

/* ---- what is typed -------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) skip(struct client *c, const char *fmt, ...)
{
    char why[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    if (c->term) { /* a person sees it, and types it again */
        tell(c, "%s", why);
        return;
    }
    tell(c, "line %lu: %s; the line is skipped", c->number, why);
    c->skipped++;
}

static bool has_channel(struct client *c, long channel)
{
    if (channel < c->con.ostreams)
        return true;
    skip(c, "channel %ld is out of range: this association has %u outbound streams, 0 to %u",
         channel, c->con.ostreams, c->con.ostreams - 1U);
    return false;
}

static void join(struct client *c, long channel)
{
    if (!has_channel(c, channel))
        return;
    c->channel = channel;
    show_hide(&c->show, (unsigned)channel, false);
}

static void leave(struct client *c, long channel)
{
    if (!has_channel(c, channel))
        return;
    if (c->channel == channel)
        c->channel = 0;
    show_hide(&c->show, (unsigned)channel, true);
    if (c->term)
        note(c, "channel %ld is hidden; /join %ld shows it again", channel, channel);
}

static void help(struct client *c)
{
    note(c, "/join n    talk in channel n, 0 to %d, and show it", c->con.ostreams - 1);
    note(c, "/leave n   hide channel n");
    note(c, "[n] text   say it in channel n, this once");
    note(c, "and of the server:");
}

static void understand(struct client *c, const char *line, size_t len)
{
    struct typed t = typed_line(line, len, c->channel);

    switch (t.kind) {
    case TYPED_NOTHING:
        return;
    case TYPED_BAD:
        skip(c, "/join and /leave are followed by the number of a channel, as in /join 3");
        return;
    case TYPED_JOIN:
        join(c, t.channel);
        return;
    case TYPED_LEAVE:
        leave(c, t.channel);
        return;
    case TYPED_HELP:
        help(c);
        break;
    case TYPED_QUIT:
        c->ended = true;
        break;
    case TYPED_SAY:
        break;
    }
    if (t.len > CHAT_MAX_MESSAGE) {
        skip(c, "too long: a line may have %d bytes", CHAT_MAX_MESSAGE);
    } else if (has_channel(c, t.channel)) {
        c->line = t.text;
        c->len = t.len;
        c->to = t.channel;
    }
}

/* Takes a line to send from the input.  False when there is none yet, or none any more. */
static bool take_line(struct client *c)
{
    while (!c->line && !c->ended) {
        char *text;
        size_t len;

        switch (c->term ? terminal_next(c->term, &text, &len) : line_next(&c->input, &text, &len)) {
        case LINE_READY:
            c->number++;
            understand(c, text, len);
            break;
        case LINE_TOO_LONG:
            c->number++;
            skip(c, "too long: a line may have %zu bytes", c->input.max);
            break;
        case LINE_END:
            c->ended = true;
            break;
        case LINE_MORE:
            return false;
        }
    }
    return c->line;
}

/* ---- the conversation ----------------------------------------------------- */

/* False when it has to wait, or the association ends.  What is too long to be sent is skipped; any
 * other failure is the end, as it would be that of the next line. */
static bool send_text(struct client *c, unsigned channel, const char *text, size_t len)
{
    char why[200];

    if (connection_send(&c->con, channel, text, len))
        return true;
    if (!c->con.error)
        return false;
    sctp_send_why(c->con.error, len, why, sizeof(why));
    if (c->con.error == EMSGSIZE) {
        skip(c, "%s", why);
        return true;
    }
    tell(c, "%s", why);
    exit(EXIT_SYSTEM);
}

/* First of all: copies of what we say may be sent to us, as they are hidden; and our name. */
static void introduce(struct client *c)
{
    static const char echo_on[] = "/echo on";
    char nick[sizeof("/nick ") + NAME_SIZE];

    send_text(c, 0, echo_on, sizeof(echo_on) - 1);
    if (*c->wanted)
        send_text(c, 0, nick, (size_t)snprintf(nick, sizeof(nick), "/nick %s", c->wanted));
}

/* May lines go out?  Not before our name is settled: one on another stream could overtake. */
static bool may_speak(struct client *c)
{
    if (c->settled || !c->con.ostreams || sctp_now() < c->patience)
        return c->settled;
    tell(c, "the server has not told us our name; is it a chat server?");
    return c->settled = c->welcome = true;
}

static void speak(struct client *c)
{
    while (may_speak(c) && !c->con.full && !c->con.closing && take_line(c)) {
        if (c->to < c->con.ostreams && !send_text(c, (unsigned)c->to, c->line, c->len))
            return;
        if (c->to >= c->con.ostreams) /* fewer than before we connected again */
            has_channel(c, c->to);
        c->line = NULL;
    }
}

/* Shows the line that is being typed, and waits: for input, for what others say, for room to send,
 * for a signal; `ms` at most, or for ever if -1. */
static void wait_for_events(struct client *c, int64_t ms)
{
    char prompt[NAME_SIZE + 20];
    bool want_input = !c->line && !c->ended && !c->con.closing && (c->term || c->settled);
    struct pollfd fds[2] = {
        {.fd = c->con.fd, .events = (short)(POLLIN | (c->con.full ? POLLOUT : 0))},
        {.fd = want_input ? STDIN_FILENO : -1, .events = POLLIN},
    };

    snprintf(prompt, sizeof(prompt), "[%ld] %s> ", c->channel, *c->show.name ? c->show.name : "?");
    terminal_show(c->term, prompt);
    Flush_stdout("write what comes");
    poll_or_signal(fds, 2, ms);
    if (was_stopped()) /* the server was not waited for meanwhile */
        c->patience = sctp_now() + (int64_t)c->asked.client.wait * 1000;
    if (fds[0].revents & POLLOUT)
        c->con.full = false;
    if (fds[0].revents & ~POLLOUT)
        connection_receive(&c->con);
    if (fds[1].revents && (c->term ? terminal_fill(c->term) : line_fill(&c->input)) < 0 &&
        errno != EINTR && errno != EAGAIN)
        err_sys("read the input");
}

static bool done(const struct client *c)
{
    return c->ended && !c->line;
}

static void converse(struct client *c)
{
    bool introduced = false;

    c->patience = sctp_now() + (int64_t)c->asked.client.wait * 1000;
    while (!c->con.over && !caught) {
        int64_t left = -1;

        if (c->con.ostreams && !introduced) {
            introduce(c);
            introduced = true;
        }
        speak(c);
        if (c->term && !c->settled)
            take_line(c); /* what is typed meanwhile waits */
        if (done(c))
            return;
        if (!c->settled) {
            left = c->patience - sctp_now();
            left = left > 0 ? left : 0;
        }
        wait_for_events(c, left);
    }
}

/* ---- when it ends --------------------------------------------------------- */

/* Why there is no association any more, and what to do about it. */
static const char *why_over(const struct client *c, char *buf, size_t size)
{
    const char *again = c->asked.reconnect ? "" : "; -R would connect again";

    if (c->con.put_out && !c->welcome)
        snprintf(buf, size, "refused by the server: %s%s", c->con.reason, again);
    else if (c->con.put_out)
        snprintf(buf, size, "put out by the server: %s%s", c->con.reason, again);
    else if (c->con.lost)
        snprintf(buf, size, "%s", c->con.reason);
    else
        snprintf(buf, size, "the server has left; was it stopped?");
    return buf;
}

/* Counts what is in doubt when the association ends. */
static void count_doubted(struct client *c)
{
    if (!c->con.undelivered)
        return;
    tell(c, "%lu of the last messages may not have arrived", c->con.undelivered);
    c->doubted += c->con.undelivered;
    c->con.undelivered = 0;
}

/* Lets `seconds` pass.  False when the user does not want to go on. */
static bool pause_for(struct client *c, int seconds)
{
    int64_t left, until = sctp_now() + seconds * (int64_t)1000;

    while (!caught && (left = until - sctp_now()) > 0) {
        take_line(c);
        if (done(c))
            return false;
        wait_for_events(c, left);
    }
    return !caught;
}

/* After a loss: tries until there is an association again.  False when the user does not want to
 * go on, or *status is what it cannot go on for. */
static bool connect_again(struct client *c, int *pause, int *status)
{
    char why[700];
    uint16_t ostreams = c->con.ostreams;

    why_over(c, why, sizeof(why));
    do {
        tell(c, "%s; connecting again in %d s", why, *pause);
        connection_close(&c->con);
        c->con.lost = false;        /* that was told */
        c->con.ostreams = ostreams; /* by what is known, while lines are read */
        *status = 0;
        if (!pause_for(c, *pause))
            return false;
        *pause = *pause * 2 < PAUSE_MAX ? *pause * 2 : PAUSE_MAX;
        terminal_hide(c->term);
        Flush_stdout("write what comes");
        *status = connection_open(&c->con, &c->asked.client, why, sizeof(why));
    } while (*status && *status != EXIT_USAGE && !caught);
    if (*status && !caught)
        tell(c, "%s", why);
    if (*status || caught)
        return false;
    tell(c, "connected again to %s port %u", c->asked.client.host, c->asked.client.port);
    c->welcome = c->settled = false;
    return true;
}

/* Graceful: what was said still arrives, and what comes meanwhile is printed.  Bounded: a server
 * that has gone silent is left.  False when it has. */
static bool shut_down(struct client *c)
{
    int64_t left, patience = (int64_t)c->asked.client.wait * 1000, deadline = sctp_now() + patience;
    unsigned unacked = connection_unacked(&c->con);

    sctp_eof(c->con.fd, c->con.id);
    while (!c->con.over && !caught && (left = deadline - sctp_now()) > 0) {
        struct pollfd fd = {.fd = c->con.fd, .events = POLLIN};
        unsigned now;

        poll_or_signal(&fd, 1, left < 500 ? left : 500);
        if (fd.revents)
            connection_receive(&c->con);
        Flush_stdout("write what comes");
        now = connection_unacked(&c->con);
        if (now != unacked || fd.revents || was_stopped())
            deadline = sctp_now() + patience;
        unacked = now;
    }
    if (c->con.over)
        return !c->con.lost;
    tell(c, "no answer for %u s: the server is left, and the last messages may not have arrived",
         c->asked.client.wait);
    sctp_abort(c->con.fd, c->con.id, "no answer to the shutdown");
    return false;
}

/* Leaves the room, if it is still there.  Returns the exit status. */
static int take_leave(struct client *c)
{
    int signo = caught;
    bool left = done(c), gone = c->con.over;
    char why[700];

    terminal_close(c->term);
    c->term = NULL;
    caught = 0;
    if (!gone)
        gone = !shut_down(c) && (c->con.over || !signo);
    else if (left)
        gone = c->con.lost;
    count_doubted(c);
    if (signo)
        return 128 + signo;
    if (gone) {
        if (c->con.over)
            tell(c, "%s", why_over(c, why, sizeof(why)));
        return c->con.put_out && !c->welcome ? EXIT_REFUSED : EXIT_LOST;
    }
    return c->skipped || c->doubted ? EXIT_INCOMPLETE : EXIT_OK;
}

/* ---- its start ------------------------------------------------------------ */

/* The text is UTF-8, whatever the locale is. */
static void set_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void start(struct client *c)
{
    char why[700];
    int status;

    c->con.on_message = on_message;
    c->con.on_notice = c->asked.client.verbose ? on_notice : NULL;
    c->con.user = c;
    status = connection_open(&c->con, &c->asked.client, why, sizeof(why));
    if (status)
        err_quit(status, "%s", why);
    if (c->asked.name)
        strcpy(c->wanted, c->asked.name);
    c->show.colours = show_wants_colours(STDOUT_FILENO);
    line_init(&c->input, STDIN_FILENO, CHAT_MAX_MESSAGE + sizeof("[65535] "));
    catch_interrupts();
    catch_continue();
    if (terminal_is_there()) {
        tell(c, "connected to %s port %u; /help helps, Ctrl-D leaves", c->asked.client.host,
             c->asked.client.port);
        c->term = terminal_open();
    }
}

static void finish(struct client *c)
{
    Flush_stdout("write what comes");
    connection_close(&c->con);
    line_free(&c->input);
    sctp_client_free(&c->asked.client);
}

int main(int argc, char **argv)
{
    static struct client c;
    int pause = 1, status = 0;

    Open_standard_files();
    set_locale();
    get_cli_options(&c.asked, argc, argv);
    start(&c);
    for (;;) {
        converse(&c);
        if (!c.con.over || caught || done(&c) || !c.asked.reconnect)
            break;
        count_doubted(&c);
        if (c.welcome)
            pause = 1;
        if (!connect_again(&c, &pause, &status))
            break;
    }
    if (status && !caught)
        terminal_close(c.term);
    else
        status = take_leave(&c);
    finish(&c);
    return status;
}
