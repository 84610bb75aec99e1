/*
 * sctp_console - interactive control of several associations on one socket
 *
 *   sctp_console [options] [host[:port]...]
 *
 * Sends lines "[stream@association] text", prints messages and notifications, and has a command for
 * each operation of an association.
 *
 * Worth noticing: nothing blocks.  sctp_connectx() returns at once and a notification reports the
 * result (peers.c); one poll() watches the input and the socket, so an association that hangs
 * delays neither the others nor the user.
 */
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "console.h"
#include "tty/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#define RETRY_MS 20  /* time until a send that found a full send buffer is retried */
#define QUIET_MS 500 /* at the end of the input, time without a reply after which to leave */

/* ---- Event loop ----------------------------------------------------------- */

static const char *prompt(struct console *c, char *buf, size_t size)
{
    const struct peer *p = peer_default(c);

    snprintf(buf, size, "%.60s> ", p ? console_label(p) : "(none)");
    return buf;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Waits for input, the socket or a signal; at most `ms`, without limit if -1. */
static void wait_for_events(struct console *c, int64_t ms)
{
    struct pollfd fds[2] = {{.fd = c->fd, .events = POLLIN},
                            {.fd = console_wants_lines(c) ? STDIN_FILENO : -1, .events = POLLIN}};
    char buf[80];

    if (c->term && !c->leaving)
        unp_terminal_show(c->term, prompt(c, buf, sizeof(buf)));
    Unp_flush_stdout("write the output");
    unp_poll(fds, 2, ms);
    if (fds[0].revents)
        console_receive(c);
    if (fds[1].revents && (c->term ? unp_terminal_fill(c->term) : unp_line_fill(&c->input)) < 0 &&
        errno != EINTR && errno != EAGAIN)
        err_sys("read the input");
}

/* Have all hosts of the command line failed? */
static bool all_failed(const struct console *c)
{
    return *c->hosts && !c->came_up && peer_count(c, PEER_CONNECTING) == 0;
}

static void run(struct console *c)
{
    while (!unp_pending_signal && !all_failed(c)) {
        int64_t ms = peer_timeouts(c);

        if (console_retry_blocked(c))
            ms = sooner(ms, RETRY_MS);
        if (console_line(c))
            ms = 0; /* poll without waiting: more lines may be buffered */
        if (c->leaving)
            return;
        if (!all_failed(c))
            wait_for_events(c, ms);
    }
}

/* ---- Leaving -------------------------------------------------------------- */

static unsigned unacked(struct console *c)
{
    unsigned sum = 0;

    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        struct sctp_status status;

        if (p->state == PEER_UP && unp_get_status(c->fd, p->id, &status) == 0)
            sum += status.sstat_unackdata;
    }
    return sum;
}

/* SCTP has no half-close: replies to the last lines must arrive before the shutdown.  The wait is
 * bounded for peers that acknowledge nothing and for peers that never stop sending. */
static void await_replies(struct console *c)
{
    int64_t now = unp_now(), progress = now, quiet;
    unsigned left = 0, before = 0;

    c->heard = now;
    while (!unp_pending_signal && peer_count(c, PEER_UP)) {
        left = unacked(c);
        now = unp_now();
        if (left != before)
            progress = now;
        before = left;
        quiet = (progress > c->heard ? progress : c->heard) + QUIET_MS - now;
        if (now - progress >= (int64_t)c->asked.wait * 1000 || (!left && quiet <= 0))
            return;
        wait_for_events(c, left ? RETRY_MS : quiet);
    }
}

/* Shuts all associations down; aborts those that do not answer within -w. */
static void shut_down(struct console *c)
{
    int64_t left, deadline = unp_now() + (int64_t)c->asked.wait * 1000;

    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        if (p->state == PEER_UP)
            unp_eof(c->fd, p->id);
        else if (p->state == PEER_CONNECTING)
            unp_abort(c->fd, p->id, "leaving");
        if (p->state == PEER_CONNECTING)
            p->state = PEER_CLOSED;
        if (p->state == PEER_UP)
            p->state = PEER_CLOSING;
    }
    while (!unp_pending_signal && peer_count(c, PEER_CLOSING) && (left = deadline - unp_now()) > 0)
        wait_for_events(c, left);
    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        if (p->state != PEER_CLOSING)
            continue;
        console_tell(c, "%s: no answer to the shutdown: the association is aborted",
                     console_label(p));
        unp_abort(c->fd, p->id, "no answer to the shutdown");
        c->lost = true;
    }
}

static int leave(struct console *c)
{
    int signo = unp_pending_signal;

    unp_terminal_close(c->term);
    c->term = NULL;
    c->leaving = true;
    unp_pending_signal = 0;
    if (!signo && !c->at_once)
        await_replies(c);
    if (unp_pending_signal) {
        signo = unp_pending_signal;
        unp_pending_signal = 0;
    }
    shut_down(c);
    if (signo)
        return 128 + signo;
    if (all_failed(c))
        return c->refusal;
    if (c->lost)
        return EXIT_LOST;
    return c->failed ? EXIT_INCOMPLETE : EXIT_OK;
}

/* ---- Start and end -------------------------------------------------------- */

static void start(struct console *c)
{
    TAILQ_INIT(&c->peers);
    c->asked.setup.buffer = 2 * (size_t)MAX_TYPED;
    c->fd = Unp_open(&c->asked.setup, c->asked.setup.local.count ? AF_INET : AF_INET6);
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0)
        err_sys("fcntl O_NONBLOCK");
    if (c->asked.verbose) {
        unp_subscribe(c->fd, SCTP_FUTURE_ASSOC, SCTP_SENDER_DRY_EVENT, true);
        unp_subscribe(c->fd, SCTP_FUTURE_ASSOC, SCTP_AUTHENTICATION_EVENT, true);
    }
    Console_receiver_open(c);
    unp_line_init(&c->input, STDIN_FILENO, MAX_TYPED + sizeof("[65535@4294967295] "));
    unp_catch_signals();
    for (char **host = c->hosts; *host; host++)
        peer_connect(c, *host);
    if (unp_terminal_is_there()) {
        console_tell(c, "type text, or [stream] text; /help lists the commands; Ctrl-D leaves");
        c->term = unp_terminal_open();
        unp_terminal_complete(c->term, console_complete, c);
    }
}

static void finish(struct console *c)
{
    const struct linger at_once = {.l_onoff = 1};

    Unp_flush_stdout("write the output");
    peer_free_all(c);
    unp_receiver_close(&c->in);
    unp_line_free(&c->input);
    unp_client_free(&c->asked);
    unp_opt_list_free(&c->options);
    /* Do not let close() wait for remaining associations, such as one that is connecting. */
    Setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(c->fd);
}

int main(int argc, char **argv)
{
    static struct console c;
    int status;

    Unp_open_standard_files();
    unp_text_use_utf8();
    console_options(&c, argc, argv);
    start(&c);
    run(&c);
    status = leave(&c);
    finish(&c);
    return status;
}
