/*
 * sctp_echo_cli - client of the one-to-many stream-echo server (UNP, chapter 10)
 *
 *   sctp_echo_cli [options] host [echo]
 *
 * Sends each line "[n] text" of standard input on stream n and prints the replies:
 *   From str:1 seq:0 (assoc:0x1):[0] hello
 * With the argument echo it sends each line on all streams.
 *
 * Worth noticing: unlike UNP's client, it does not wait for a reply before it sends the next line.
 * poll() watches the input and the association, so a missing reply delays nothing; at a terminal,
 * replies are printed above the line being typed.  SCTP has no half-close: at the end of the input
 * the client waits for outstanding replies before it shuts down.
 */
#include "cli_input.h"
#include "cli_options.h"
#include "cli_print.h"
#include "client/association.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "outstanding.h"
#include "receive/receive.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Limits of outstanding messages: far less than a server's send queue for each client. */
#define WINDOW_BYTES 1048576
#define WINDOW_COUNT 1024

struct client {
    struct cli_options asked;
    struct unp_client_assoc a;
    bool aborting; /* -A: the association is being aborted */
    struct cli_input input;
    struct outstanding outstanding;
    uint32_t sent;            /* messages, numbered from 1 in snd_context */
    unsigned long failed;     /* messages */
    unsigned long unexpected; /* received messages that are no echo */
};

/* ---- Sending -------------------------------------------------------------- */

static bool window_open(const struct client *c)
{
    return c->outstanding.count == 0 ||
           (c->outstanding.bytes < WINDOW_BYTES && c->outstanding.count < WINDOW_COUNT);
}

/* Sends the line on its next stream.  False: it must wait. */
static bool send_one(struct client *c)
{
    struct sctp_sndinfo snd = {.snd_sid = c->input.next,
                               .snd_flags = c->asked.unordered,
                               .snd_ppid = c->asked.ppid,
                               .snd_context = c->sent + 1};
    const struct sctp_prinfo *pr = c->asked.lifetime.pr_value ? &c->asked.lifetime : NULL;
    uint32_t line = (uint32_t)c->input.reader.number;
    size_t len;
    const char *data = cli_input_message(&c->input, &len);
    char why[200];

    if (unp_client_assoc_send(&c->a, data, len, &snd, pr)) {
        if (outstanding_add(&c->outstanding, data, len, ++c->sent, line, pr ? unp_now() : 0) < 0)
            err_sys("remember line %u", line);
        c->a.progressed = true;
        cli_input_sent(&c->input);
        return true;
    }
    if (c->a.error == EMSGSIZE) { /* concerns this line only */
        cli_input_skip(&c->input, unp_send_why(c->a.error, len, why, sizeof(why)));
        c->a.error = 0;
        return true;
    }
    return false;
}

static void send_lines(struct client *c)
{
    while (unp_client_assoc_ready(&c->a) && window_open(c) &&
           cli_input_take(&c->input, c->a.ostreams) && send_one(c))
        ;
}

/* ---- Receiving ------------------------------------------------------------ */

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    struct client *c = user;

    (void)from;
    unp_terminal_hide(c->input.term);
    if (outstanding_reply(&c->outstanding, msg->data, msg->len))
        c->a.progressed = true;
    else if (c->unexpected++ == 0)
        err_msg("the next message is no echo of a message sent; is this an echo server?");
    if (!c->asked.quiet && !unp_pending_signal)
        cli_print_reply(&c->asked, msg);
}

static void on_up(struct client *c)
{
    uint16_t ostreams = c->a.ostreams;
    char streams[40] = "stream 0";

    if (c->asked.all && c->asked.all_streams > ostreams)
        err_quit(EXIT_USAGE,
                 "-s %u is out of range: this association has %u outbound stream%s; request more "
                 "with -o, up to the server's limit",
                 c->asked.all_streams, ostreams, ostreams == 1 ? "" : "s");
    if (c->asked.all && !c->asked.all_streams)
        c->asked.all_streams = ostreams;
    if (!isatty(STDIN_FILENO) || c->asked.quiet)
        return;
    if (ostreams > 1)
        snprintf(streams, sizeof(streams), "streams 0 to %d", ostreams - 1);
    err_msg("connected to %s port %u; type %s, for %s; Ctrl-D ends", c->asked.client.host,
            c->asked.client.port, c->asked.all ? "text" : "[n] text", streams);
}

/* Reports a message whose lifetime ended before it was sent.  Without a lifetime, a failed send is
 * implied by the end of the association. */
static void on_send_failed(struct client *c, const struct sctp_send_failed_event *f)
{
    uint32_t line = c->asked.lifetime.pr_value
                        ? outstanding_failed(&c->outstanding, f->ssfe_info.snd_context)
                        : 0;

    if (!line)
        return;
    c->failed++;
    c->a.progressed = true;
    err_msg("line %u: not delivered on stream %u within its lifetime of %u ms", line,
            f->ssfe_info.snd_sid, c->asked.lifetime.pr_value);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    struct client *c = user;

    unp_terminal_hide(c->input.term);
    cli_print_event(&c->asked, c->a.fd, n, len);
    if (n->sn_header.sn_type == SCTP_SEND_FAILED_EVENT)
        on_send_failed(c, &n->sn_send_failed_event);
    if (n->sn_header.sn_type != SCTP_ASSOC_CHANGE)
        return;
    if (!c->a.closed)
        on_up(c);
    else if (c->a.lost && !c->a.aborted && !c->aborting)
        err_msg("%s; was the server stopped, or the network cut?", c->a.close_text);
}

/* ---- Event loop ----------------------------------------------------------- */

/* True if nothing can be sent: only replies or the end of the association can follow. */
static bool waiting(const struct client *c)
{
    return !unp_client_assoc_ready(&c->a) || cli_input_done(&c->input) || !window_open(c);
}

/* Gives up replies after -w: Linux sends no notification when it abandons a message that it has
 * sent, at the end of its lifetime.  Returns the milliseconds until the next is given up, or -1. */
static int64_t give_up_expired(struct client *c)
{
    int64_t sent, left;
    uint32_t id, line;

    while (c->asked.lifetime.pr_value && outstanding_oldest(&c->outstanding, &id, &line, &sent)) {
        if (sent < c->a.continued)
            sent = c->a.continued;
        left = sent + c->a.wait - unp_now();
        if (left > 0)
            return left;
        unp_terminal_hide(c->input.term);
        err_msg("line %u: has not come back within %u s; its lifetime was %u ms", line,
                c->asked.client.wait, c->asked.lifetime.pr_value);
        outstanding_failed(&c->outstanding, id);
        c->failed++;
    }
    return -1;
}

/* Waits for input, replies, room in the send buffer, or a signal; at most `ms`, without limit if
 * -1. */
static void wait_for_events(struct client *c, int64_t ms)
{
    bool want_input =
        c->a.ostreams && !c->input.line && !c->input.reader.eof && !c->a.closing && window_open(c);

    if (c->a.ostreams)
        unp_terminal_show(c->input.term, "> ");
    Unp_flush_stdout("write the replies");
    if (Unp_client_assoc_wait(&c->a, want_input ? c->input.reader.fd : -1, ms) &&
        cli_input_fill(&c->input) < 0 && errno != EINTR && errno != EAGAIN)
        err_sys("read the input");
}

static void run(struct client *c)
{
    while (!c->a.closed && !unp_pending_signal) {
        int64_t next_expiry, ms;

        send_lines(c);
        if (c->a.error)
            return;
        next_expiry = give_up_expired(c);
        if (c->a.ostreams && cli_input_done(&c->input) && c->outstanding.count == 0)
            return;
        ms = waiting(c) ? unp_client_assoc_time_left(&c->a) : -1;
        if (ms == 0)
            return;
        wait_for_events(c, ms < 0 || (next_expiry >= 0 && next_expiry < ms) ? next_expiry : ms);
    }
}

/* Shuts down gracefully, so queued messages are delivered, or with -A aborts.  Aborts a shutdown
 * that takes longer than -w. */
static void shut_down(struct client *c)
{
    if (c->a.closed)
        return;
    c->aborting = c->asked.abort != NULL;
    if (c->aborting)
        unp_abort(c->a.fd, c->a.id, c->asked.abort);
    else
        unp_eof(c->a.fd, c->a.id);
    if (!Unp_client_assoc_await_end(&c->a, c->a.wait, false))
        err_msg("no answer to the shutdown: the association is aborted");
}

/* ---- Start and end -------------------------------------------------------- */

static void start(struct client *c)
{
    static const struct unp_client_service service = {
        .buffer = 2 * (size_t)DEFAULT_MAX_MESSAGE,
        .max_message = 4 * (size_t)DEFAULT_MAX_MESSAGE,
        .server = "an echo server",
        .message = on_message,
        .notification = on_notification,
    };
    size_t max;
    char why[600];
    int status = unp_client_assoc_open(&c->a, &service, c, &c->asked.client, why, sizeof(why));

    if (status)
        err_quit(status, "%s", why);
    Unp_opt_list_set(c->a.fd, c->a.id, c->asked.options.after);
    max = unp_max_message(c->a.fd);
    Cli_input_open(&c->input, &c->asked, max < DEFAULT_MAX_MESSAGE ? max : DEFAULT_MAX_MESSAGE);
    unp_catch_signals();
    unp_catch_continue();
}

static void finish(struct client *c)
{
    unp_client_assoc_close(&c->a);
    cli_input_close(&c->input);
    outstanding_free(&c->outstanding);
    unp_client_free(&c->asked.client);
    unp_opt_list_free(&c->asked.options);
}

/* Reports the messages that were not echoed and the input that was not sent. */
static void report_rest(const struct client *c, const char *what)
{
    char missing[100] = "", unsent[100] = "";
    unsigned long read = c->input.reader.number;
    uint32_t id, line;
    int64_t sent;

    if (outstanding_oldest(&c->outstanding, &id, &line, &sent))
        snprintf(missing, sizeof(missing), "%zu %s not come back, the first from line %u",
                 c->outstanding.count, c->outstanding.count == 1 ? "message has" : "messages have",
                 line);
    if (c->input.line)
        snprintf(unsent, sizeof(unsent), "input from line %lu on was not sent", read);
    else if (!cli_input_done(&c->input) && read) /* another line may follow */
        snprintf(unsent, sizeof(unsent), "nothing after line %lu was sent", read);
    else if (!cli_input_done(&c->input))
        snprintf(unsent, sizeof(unsent), "no line was sent");
    err_msg("%s: %s%s%s", what, missing, *missing && *unsent ? "; " : "", unsent);
}

/* Exit status, with a message if it is not 0. */
static int exit_status(const struct client *c)
{
    char gave_up[200];

    if (c->unexpected > 1)
        err_msg("%lu received messages are no echo of a message sent", c->unexpected);
    if (unp_pending_signal)
        return 128 + unp_pending_signal;
    if (c->a.error) {
        report_rest(c, unp_send_why(c->a.error, c->input.len, gave_up, sizeof(gave_up)));
        return EXIT_SYSTEM;
    }
    if (cli_input_done(&c->input) && c->outstanding.count == 0)
        return c->input.skipped || c->failed ? EXIT_INCOMPLETE : EXIT_OK;
    if (c->a.closed && c->a.aborted) {
        report_rest(c, c->a.close_text);
        return EXIT_LOST;
    }
    if (c->a.closed) {
        report_rest(c, c->a.lost ? "the association ended too early"
                                 : "the server shut the association down");
        return EXIT_LOST;
    }
    snprintf(gave_up, sizeof(gave_up), "received nothing for %u s (%s)", c->asked.client.wait,
             c->a.closing ? "does the server hang in its shutdown?" : "is this an echo server?");
    report_rest(c, gave_up);
    return EXIT_INCOMPLETE;
}

int main(int argc, char **argv)
{
    struct client c = {0};
    int status;

    Unp_open_standard_files();
    get_cli_options(&c.asked, argc, argv);
    start(&c);
    run(&c);
    cli_input_leave_terminal(&c.input);
    Unp_flush_stdout("write the replies");
    status = exit_status(&c);
    shut_down(&c);
    Unp_flush_stdout("write the replies");
    finish(&c);
    return status;
}
