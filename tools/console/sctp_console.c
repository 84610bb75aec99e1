/*
 * sctp_console - one socket, several associations, and a person who steers them
 *
 *   sctp_console [options] [host[:port]...]
 *
 * Sends what is typed, "[stream@association] text", shows all that comes, messages and events,
 * and has a command for each thing that an association can be told to do or asked.
 *
 * Worth noticing: nothing waits.  Associations are begun and become events (peers.c); the
 * terminal, the input and the socket are watched by one poll(), so that an association that hangs
 * holds up neither the others nor the person.
 */
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "console.h"
#include "tty/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#define RETRY_MS 20  /* until a send is tried again that had no room */
#define QUIET_MS 500 /* after the end of the input, answers come within */

/* ---- the loop ------------------------------------------------------------- */

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

/* Waits for input, what comes, a signal; for `ms` at most, or for ever if -1. */
static void wait_for_events(struct console *c, int64_t ms)
{
    bool want_input = !c->leaving && !c->held && (c->term || peer_count(c, PEER_CONNECTING) == 0);
    struct pollfd fds[2] = {{.fd = c->fd, .events = POLLIN},
                            {.fd = want_input ? STDIN_FILENO : -1, .events = POLLIN}};
    char buf[80];

    if (c->term && !c->leaving)
        unp_terminal_show(c->term, prompt(c, buf, sizeof(buf)));
    Unp_flush_stdout("write what comes");
    unp_poll(fds, 2, ms);
    if (fds[0].revents)
        console_receive(c);
    if (fds[1].revents && (c->term ? unp_terminal_fill(c->term) : unp_line_fill(&c->input)) < 0 &&
        errno != EINTR && errno != EAGAIN)
        err_sys("read the input");
}

/* None of the hosts that were asked for could be had. */
static bool in_vain(const struct console *c)
{
    return *c->hosts && !c->came_up && peer_count(c, PEER_CONNECTING) == 0;
}

static void converse(struct console *c)
{
    while (!unp_pending_signal && !in_vain(c)) {
        int64_t ms = peer_look(c);

        if (console_held(c))
            ms = sooner(ms, RETRY_MS);
        if (console_line(c))
            ms = 0; /* only a look: there may be more lines */
        if (c->leaving)
            return;
        if (!in_vain(c))
            wait_for_events(c, ms);
    }
}

/* ---- when it ends --------------------------------------------------------- */

/* How many chunks the peers have not acknowledged. */
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

/* SCTP has no half-close: what is answered to the last lines comes before the shutdown, or not at
 * all.  Bounded: neither a peer that acknowledges nothing nor one that never ends is waited for. */
static void hear_answers(struct console *c)
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

/* Shuts all down gracefully; those that do not answer are left. */
static void shut_down(struct console *c)
{
    int64_t left, deadline = unp_now() + (int64_t)c->asked.wait * 1000;

    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        if (p->state == PEER_UP)
            unp_eof(c->fd, p->id);
        else if (p->state == PEER_CONNECTING)
            unp_abort(c->fd, p->id, "leaving");
        if (p->state == PEER_CONNECTING)
            p->state = PEER_OVER;
        if (p->state == PEER_UP)
            p->state = PEER_CLOSING;
    }
    while (!unp_pending_signal && peer_count(c, PEER_CLOSING) && (left = deadline - unp_now()) > 0)
        wait_for_events(c, left);
    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        if (p->state != PEER_CLOSING)
            continue;
        console_tell(c, "%s: no answer to the shutdown: it is aborted", console_label(p));
        unp_abort(c->fd, p->id, "no answer to the shutdown");
        c->lost = true;
    }
}

static int take_leave(struct console *c)
{
    int signo = unp_pending_signal;

    unp_terminal_close(c->term);
    c->term = NULL;
    c->leaving = true;
    unp_pending_signal = 0;
    if (!signo && !c->at_once)
        hear_answers(c);
    if (unp_pending_signal) {
        signo = unp_pending_signal;
        unp_pending_signal = 0;
    }
    shut_down(c);
    if (signo)
        return 128 + signo;
    if (in_vain(c))
        return c->refusal;
    if (c->lost)
        return EXIT_LOST;
    return c->failed ? EXIT_INCOMPLETE : EXIT_OK;
}

/* ---- its start ------------------------------------------------------------ */

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
    Console_hear(c);
    unp_line_init(&c->input, STDIN_FILENO, MAX_TYPED + sizeof("[65535@4294967295] "));
    unp_catch_signals();
    for (char **host = c->hosts; *host; host++)
        peer_connect(c, *host);
    if (unp_terminal_is_there()) {
        console_tell(c, "type text, or [stream] text; /help lists commands; Ctrl-D leaves");
        c->term = unp_terminal_open();
    }
}

static void finish(struct console *c)
{
    const struct linger at_once = {.l_onoff = 1};

    Unp_flush_stdout("write what comes");
    peer_free_all(c);
    unp_receiver_close(&c->in);
    unp_line_free(&c->input);
    unp_client_free(&c->asked);
    unp_opt_list_free(&c->options);
    /* What is left, such as one that never came up, is not waited for. */
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
    converse(&c);
    status = take_leave(&c);
    finish(&c);
    return status;
}
