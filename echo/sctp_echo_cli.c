/*
 * sctp_echo_cli - client of the one-to-many stream-echo server (UNP, chapter 10)
 *
 *   sctp_echo_cli [options] host [echo]
 *
 * Sends each line "[n] text" of standard input on stream n and prints what
 * comes back:  From str:1 seq:0 (assoc:0x1):[0] hello
 * With a second argument it sends each line on all streams.
 *
 * Worth noticing: it is not in lock step.  poll() watches the input and the
 * association, so lines go out while replies come in, and a reply that never
 * comes holds up nothing.  SCTP has no half-close: at the end of the input the
 * client waits for the replies that are due before it shuts down.
 */
#include "cli_options.h"
#include "cli_print.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "due.h"
#include "tty/line.h"
#include "unpsctp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How much may be under way: far less than any server lets wait for one client, and plenty. */
#define WINDOW_BYTES 1048576
#define WINDOW_COUNT 1024
#define SUFFIX_SIZE  sizeof(".msg.65535")

struct client {
    struct cli_options asked;

    /* the association */
    int fd;
    sctp_assoc_t id;
    uint16_t ostreams; /* 0: not up yet */
    bool closing;      /* it is ending, mostly by the server: nothing more can be sent */
    int error;         /* errno of a send that failed otherwise */
    bool aborting;     /* by -A */
    bool over;         /* there is no association any more */
    bool shut;         /* gracefully; where we had not begun that, by the server */
    bool unreachable;  /* an address of the server did not answer */
    struct sctp_receiver in;

    /* the work */
    struct line_reader input;
    char *line; /* being sent; NULL: none */
    size_t len;
    uint16_t next, last; /* streams it has still to go on */
    char *suffixed;      /* line and suffix, for all */
    bool full;           /* the send buffer is: wait for POLLOUT */
    struct due due;
    uint32_t sent;                 /* messages: the number of each is its context */
    unsigned long skipped, failed; /* lines, messages */
    unsigned long strange;         /* messages that came and had not been sent */
    bool moved;                    /* something went forward since we looked at the clock */
    int64_t progress;              /* when something last had, ms */
    int64_t continued;             /* when we were stopped and went on last, ms */
};

/* ---- sending -------------------------------------------------------------- */

static void skip_line(struct client *c, const char *why)
{
    err_msg("line %lu: %s; the line is skipped", c->input.number, why);
    c->skipped++;
}

static void accept_line(struct client *c, char *text, size_t len)
{
    char why[400];
    long stream = 0;

    switch (c->asked.all ? STREAM_OK : line_stream(text, len, &stream)) {
    case STREAM_MISSING:
        snprintf(why, sizeof(why),
                 "\"%s\" has no stream number: write [n] text, for example [0] hello",
                 cli_excerpt(text, len));
        skip_line(c, why);
        return;
    case STREAM_BAD:
        snprintf(why, sizeof(why),
                 "\"%s\" has no number between its brackets: write [n] text, for example [0] hello",
                 cli_excerpt(text, len));
        skip_line(c, why);
        return;
    case STREAM_OK:
        break;
    }
    if (stream >= c->ostreams) {
        snprintf(why, sizeof(why),
                 "stream %ld is out of range: this association has %u outbound streams, 0 to %u",
                 stream, c->ostreams, c->ostreams - 1U);
        skip_line(c, why);
        return;
    }
    c->line = text;
    c->len = len;
    c->next = (uint16_t)stream;
    c->last = c->asked.all ? (uint16_t)(c->asked.all_streams - 1) : (uint16_t)stream;
    if (c->asked.all)
        memcpy(c->suffixed, text, len);
}

/* Takes a line to send from the input.  False when there is none yet, or none any more. */
static bool take_line(struct client *c)
{
    char *text, why[100];
    size_t len;

    while (!c->line) {
        switch (line_next(&c->input, &text, &len)) {
        case LINE_READY:
            accept_line(c, text, len);
            break;
        case LINE_TOO_LONG:
            snprintf(why, sizeof(why), "too long: a line may have %zu bytes", c->input.max);
            skip_line(c, why);
            break;
        default:
            return false;
        }
    }
    return true;
}

static bool window_open(const struct client *c)
{
    return c->due.count == 0 || (c->due.bytes < WINDOW_BYTES && c->due.count < WINDOW_COUNT);
}

static void not_sent(struct client *c, int err, size_t len)
{
    char why[200];

    switch (sctp_send_failure(err)) {
    case SEND_AGAIN:
        c->full = err != EINTR;
        break;
    case SEND_ENDING:
        c->closing = true;
        break;
    case SEND_FAILED:
        if (err == EMSGSIZE) { /* a matter of this line */
            skip_line(c, sctp_send_why(err, len, why, sizeof(why)));
            c->line = NULL;
        } else {
            c->error = err;
        }
        break;
    }
}

/* Sends the line on its next stream.  False when that has to wait. */
static bool send_one(struct client *c)
{
    const struct sctp_sndinfo snd = {.snd_sid = c->next,
                                     .snd_flags = c->asked.unordered,
                                     .snd_ppid = c->asked.ppid,
                                     .snd_context = c->sent + 1,
                                     .snd_assoc_id = c->id};
    const struct sctp_prinfo *pr = c->asked.lifetime.pr_value ? &c->asked.lifetime : NULL;
    const char *data = c->line;
    size_t len = c->len;

    if (c->asked.all) {
        data = c->suffixed;
        len += (size_t)snprintf(c->suffixed + len, SUFFIX_SIZE, ".msg.%u", c->next);
    }
    if (sctp_send_info(c->fd, data, len, &snd, pr, MSG_DONTWAIT) < 0) {
        not_sent(c, errno, len);
        return false;
    }
    if (due_add(&c->due, data, len, ++c->sent, (uint32_t)c->input.number, pr ? sctp_now() : 0) < 0)
        err_sys("remember line %lu", c->input.number);
    c->moved = true;
    if (c->next++ == c->last)
        c->line = NULL;
    return true;
}

static void send_lines(struct client *c)
{
    while (c->ostreams && !c->closing && !c->over && !c->full && window_open(c) && take_line(c))
        if (!send_one(c) && c->line)
            return;
}

/* ---- receiving ------------------------------------------------------------ */

static void on_message(void *user, const struct sctp_message *msg, const struct sockaddr *from)
{
    struct client *c = user;

    (void)from;
    if (due_reply(&c->due, msg->data, msg->len))
        c->moved = true;
    else if (c->strange++ == 0)
        err_msg("the next message is not one that was sent; is this an echo server?");
    if (!c->asked.quiet && !caught)
        cli_print_reply(&c->asked, msg);
}

static void on_too_large(void *user, sctp_assoc_t id)
{
    (void)user;
    (void)id;
    err_quit(EXIT_LOST, "the server sends a message larger than %d bytes; is it an echo server?",
             4 * DEFAULT_MAX_MESSAGE);
}

static void set_streams(struct client *c, const struct sctp_assoc_change *change)
{
    c->ostreams = change->sac_outbound_streams;
    if (c->asked.all && c->asked.all_streams > c->ostreams)
        err_quit(EXIT_USAGE,
                 "-s %u is out of range: this association has %u outbound streams; ask for more "
                 "with -o, at the server too",
                 c->asked.all_streams, c->ostreams);
    if (c->asked.all && !c->asked.all_streams)
        c->asked.all_streams = c->ostreams;
    c->moved = true;
    if (isatty(STDIN_FILENO) && !c->asked.quiet)
        err_msg("connected to %s port %u; type %s, for streams 0 to %u; Ctrl-D ends",
                c->asked.client.host, c->asked.client.port, c->asked.all ? "text" : "[n] text",
                c->ostreams - 1);
}

static void lost(struct client *c, const struct sctp_assoc_change *change, size_t len)
{
    char text[600];

    c->over = true;
    if (c->aborting)
        return;
    if (change->sac_error == 0 && c->unreachable)
        snprintf(text, sizeof(text), "association %d lost: the server no longer answers",
                 change->sac_assoc_id);
    else
        sctp_notification_text((const union sctp_notification *)(const void *)change, len, text,
                               sizeof(text));
    err_msg("%s; was the server stopped, or the network cut?", text);
}

static void on_assoc_change(struct client *c, const struct sctp_assoc_change *change, size_t len)
{
    switch (change->sac_state) {
    case SCTP_COMM_UP:
    case SCTP_RESTART:
        set_streams(c, change);
        break;
    case SCTP_COMM_LOST:
    case SCTP_CANT_STR_ASSOC:
        lost(c, change, len);
        break;
    case SCTP_SHUTDOWN_COMP:
        c->over = c->shut = true;
        break;
    default:
        break;
    }
}

/* A message whose lifetime ended before it was sent.  (When the association ends, that says it
 * all.) */
static void on_send_failed(struct client *c, const struct sctp_send_failed_event *f)
{
    uint32_t line = c->asked.lifetime.pr_value ? due_failed(&c->due, f->ssfe_info.snd_context) : 0;

    if (!line)
        return;
    c->failed++;
    c->moved = true;
    err_msg("line %u: not delivered on stream %u within its lifetime of %u ms", line,
            f->ssfe_info.snd_sid, c->asked.lifetime.pr_value);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct client *c = user;

    cli_print_event(&c->asked, c->fd, n, len);
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        on_assoc_change(c, &n->sn_assoc_change, len);
        break;
    case SCTP_SHUTDOWN_EVENT:
        c->closing = true;
        break;
    case SCTP_PEER_ADDR_CHANGE:
        c->unreachable = n->sn_paddr_change.spc_state == SCTP_ADDR_UNREACHABLE;
        break;
    case SCTP_SEND_FAILED_EVENT:
        on_send_failed(c, &n->sn_send_failed_event);
        break;
    default:
        break;
    }
}

/* ---- the loop ------------------------------------------------------------- */

static bool input_done(const struct client *c)
{
    return c->input.ended && !c->input.have && !c->line;
}

/* Is there nothing left to do but wait for replies, or for the end? */
static bool waiting(const struct client *c)
{
    return !c->ostreams || input_done(c) || !window_open(c) || c->full || c->closing;
}

static int64_t at_least_0(int64_t ms)
{
    return ms > 0 ? ms : 0;
}

/*
 * With a lifetime, a message that was sent and never acknowledged is given up,
 * and Linux tells nobody: its reply is not waited for longer than that of the
 * last line.  Returns the milliseconds until that is so for the next, or -1.
 */
static int64_t give_up_late(struct client *c)
{
    int64_t sent, left;
    uint32_t id, line;

    while (c->asked.lifetime.pr_value && due_oldest(&c->due, &id, &line, &sent)) {
        if (sent < c->continued)
            sent = c->continued;
        left = sent + (int64_t)c->asked.client.wait * 1000 - sctp_now();
        if (left > 0)
            return left;
        err_msg("line %u: has not come back within %u s; its lifetime was %u ms", line,
                c->asked.client.wait, c->asked.lifetime.pr_value);
        due_failed(&c->due, id);
        c->failed++;
    }
    return -1;
}

/* Milliseconds until the client gives up, at least 0; -1: it has no reason to. */
static int64_t patience(struct client *c)
{
    int64_t now;

    if (!waiting(c))
        return -1;
    now = sctp_now();
    if (c->moved)
        c->progress = now;
    c->moved = false;
    return at_least_0(c->progress + (int64_t)c->asked.client.wait * 1000 - now);
}

/* Waits for input, replies, room to send, or a signal; for `ms` at most, or for ever if -1. */
static void wait_for_events(struct client *c, int64_t ms)
{
    bool want_input = c->ostreams && !c->line && !c->input.ended && !c->closing && window_open(c);
    struct pollfd fds[2] = {
        {.fd = c->fd, .events = (short)(POLLIN | (c->full ? POLLOUT : 0))},
        {.fd = want_input ? c->input.fd : -1, .events = POLLIN},
    };

    Flush_stdout("write the replies");
    poll_or_signal(fds, 2, ms);
    if (was_stopped()) { /* nobody was waited for meanwhile */
        c->moved = true;
        c->continued = sctp_now();
    }
    if (fds[0].revents & POLLOUT)
        c->full = false;
    if (fds[0].revents & ~POLLOUT)
        sctp_receiver_take(&c->in, c->fd);
    if (fds[1].revents && line_fill(&c->input) < 0 && errno != EINTR)
        err_sys("read the input");
}

static void converse(struct client *c)
{
    c->moved = true;
    while (!c->over && !caught) {
        int64_t late, ms;

        send_lines(c);
        if (c->error)
            return;
        late = give_up_late(c);
        if (c->ostreams && input_done(c) && c->due.count == 0)
            return;
        ms = patience(c);
        if (ms == 0)
            return;
        wait_for_events(c, ms < 0 || (late >= 0 && late < ms) ? late : ms);
    }
}

/* Graceful: what is under way still arrives.  Bounded: a server that has gone silent is left. */
static void shut_down(struct client *c)
{
    int64_t left, patience = (int64_t)c->asked.client.wait * 1000, deadline = sctp_now() + patience;

    caught = 0;
    c->aborting = c->asked.abort != NULL;
    if (!c->over && c->aborting)
        sctp_abort(c->fd, c->id, c->asked.abort);
    else if (!c->over)
        sctp_eof(c->fd, c->id);
    while (!c->over && !caught && (left = deadline - sctp_now()) > 0) {
        struct pollfd fd = {.fd = c->fd, .events = POLLIN};

        poll_or_signal(&fd, 1, left);
        if (was_stopped())
            deadline = sctp_now() + patience;
        sctp_receiver_take(&c->in, c->fd);
    }
    if (!c->over) {
        err_msg("no answer to the shutdown: the association is aborted");
        sctp_abort(c->fd, c->id, "no answer to the shutdown");
    }
}

/* ---- its start and end ---------------------------------------------------- */

static void start(struct client *c)
{
    size_t max = DEFAULT_MAX_MESSAGE;

    c->asked.client.setup.buffer = 2 * (size_t)DEFAULT_MAX_MESSAGE;
    c->fd = Sctp_client_connect(&c->asked.client, &c->id);
    Sctp_opt_list_set(c->fd, c->id, c->asked.options.after);
    c->in = (struct sctp_receiver){.max_message = 4 * (size_t)DEFAULT_MAX_MESSAGE,
                                   .message = on_message,
                                   .notification = on_notification,
                                   .too_large = on_too_large,
                                   .user = c};
    Sctp_receiver_open(&c->in);
    if (max > sctp_max_message(c->fd))
        max = sctp_max_message(c->fd);
    if (c->asked.all)
        max -= SUFFIX_SIZE;
    line_init(&c->input, STDIN_FILENO, max);
    c->suffixed = malloc(max + SUFFIX_SIZE);
    if (!c->suffixed)
        err_sys("start");
    catch_interrupts();
    catch_continue();
}

static void finish(struct client *c)
{
    sctp_receiver_close(&c->in);
    line_free(&c->input);
    due_free(&c->due);
    free(c->suffixed);
    sctp_client_free(&c->asked.client);
    sctp_opt_list_free(&c->asked.options);
    close(c->fd);
}

/* What has not come back, and what has not even been sent. */
static void tell_undone(const struct client *c, const char *what)
{
    char missing[100] = "", unsent[100] = "";
    unsigned long next = c->input.number + (c->line ? 0 : 1);
    uint32_t id, line;
    int64_t sent;

    if (due_oldest(&c->due, &id, &line, &sent))
        snprintf(missing, sizeof(missing), "%zu %s not come back, the first from line %u",
                 c->due.count, c->due.count == 1 ? "message has" : "messages have", line);
    if (!input_done(c))
        snprintf(unsent, sizeof(unsent), "%sinput from line %lu on was not sent",
                 c->due.count ? "; " : "", next);
    err_msg("%s: %s%s", what, missing, unsent);
}

/* Did every line come back? */
static int verdict(const struct client *c)
{
    char gave_up[200];

    if (c->strange > 1)
        err_msg("%lu messages came that had not been sent", c->strange);
    if (caught)
        return 128 + caught;
    if (c->error) {
        tell_undone(c, sctp_send_why(c->error, c->len, gave_up, sizeof(gave_up)));
        return EXIT_SYSTEM;
    }
    if (input_done(c) && c->due.count == 0)
        return c->skipped || c->failed ? EXIT_INCOMPLETE : EXIT_OK;
    if (c->over) {
        tell_undone(c, c->shut ? "the server shut the association down"
                               : "the association ended too early");
        return EXIT_LOST;
    }
    snprintf(gave_up, sizeof(gave_up), "nothing came for %u s; %s", c->asked.client.wait,
             c->closing ? "does the server hang in its shutdown?" : "is this an echo server?");
    tell_undone(c, gave_up);
    return EXIT_INCOMPLETE;
}

int main(int argc, char **argv)
{
    struct client c = {0};
    int status;

    Open_standard_files();
    get_cli_options(&c.asked, argc, argv);
    start(&c);
    converse(&c);
    Flush_stdout("write the replies");
    status = verdict(&c);
    shut_down(&c);
    Flush_stdout("write the replies");
    finish(&c);
    return status;
}
