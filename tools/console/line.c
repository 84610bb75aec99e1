/* Input lines of sctp_console: text is sent, commands are executed. */
#include "console.h"
#include "tty/text.h"
#include "typed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Sending text --------------------------------------------------------- */

enum sent { SENT, SEND_LATER, SEND_NEVER };

static enum sent send_text(struct console *c, struct peer *p, uint16_t stream, const char *text,
                           size_t len)
{
    const struct sctp_sndinfo snd = {
        .snd_sid = stream, .snd_flags = c->unordered, .snd_ppid = c->ppid, .snd_assoc_id = p->id};
    const struct sctp_prinfo *pr = c->lifetime.pr_value ? &c->lifetime : NULL;

    if (unp_send_info(c->fd, text, len, &snd, pr, MSG_DONTWAIT) >= 0) {
        p->full_since = 0;
        return SENT;
    }
    if (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS) {
        if (!p->full_since)
            p->full_since = unp_now();
        return SEND_LATER;
    }
    console_refuse(c, "%s: send: %s; the text is not sent", console_label(p), strerror(errno));
    return SEND_NEVER;
}

/* Can the text be sent, now or later?  Prints the reason if not. */
static bool sendable(struct console *c, const struct peer *p, long stream, size_t len)
{
    size_t max = unp_max_message(c->fd);

    if (p->state == PEER_CONNECTING)
        return console_refuse(c, "%s: it is not up yet; wait for its notification",
                              console_label(p));
    if (p->state == PEER_CLOSED)
        return console_refuse(c, "%s: closed; /connect %s starts a new association",
                              console_label(p), p->name);
    if (p->state == PEER_CLOSING)
        return console_refuse(c, "%s: shutting down; no more messages can be sent",
                              console_label(p));
    if (stream >= p->ostreams)
        return console_refuse(c,
                              "%s: stream %ld is out of range: the association has %u outbound "
                              "stream%s, 0 to %u; /streams adds some",
                              console_label(p), stream, p->ostreams, p->ostreams == 1 ? "" : "s",
                              p->ostreams - 1U);
    if (len > max)
        return console_refuse(c, "%s: too long: the largest message is %zu bytes (/opt sndbuf)",
                              console_label(p), max);
    if (len == 0) /* SCTP has no empty messages */
        return console_refuse(c, "no text to send");
    return true;
}

static void say_text(struct console *c, const struct console_typed *t)
{
    struct peer *p = t->peer ? peer_number(c, t->peer) : peer_current(c);

    if (!p && t->peer)
        console_refuse(c, "no association has number %ld; /peers lists them", t->peer);
    if (!p || !sendable(c, p, t->stream, t->len))
        return;
    if (send_text(c, p, (uint16_t)t->stream, t->text, t->len) != SEND_LATER)
        return;
    if (c->term) {
        console_refuse(c,
                       "%s: the send buffer is full: the peer does not read; the text is not "
                       "sent, the up key recalls it",
                       console_label(p));
        return;
    }
    c->blocked = t->text;
    c->blocked_len = t->len;
    c->blocked_peer = p;
    c->blocked_stream = (uint16_t)t->stream;
}

bool console_retry_blocked(struct console *c)
{
    struct peer *p = c->blocked_peer;

    if (!c->blocked)
        return false;
    if (!sendable(c, p, c->blocked_stream, c->blocked_len) ||
        send_text(c, p, c->blocked_stream, c->blocked, c->blocked_len) != SEND_LATER) {
        c->blocked = NULL;
    } else if (unp_now() - p->full_since >= (int64_t)c->asked.wait * 1000) {
        console_refuse(c,
                       "%s: the send buffer has been full for %u s: does the peer read?  The text "
                       "is not sent",
                       console_label(p), c->asked.wait);
        c->blocked = NULL;
    }
    return c->blocked;
}

/* ---- Input lines ---------------------------------------------------------- */

static void do_command(struct console *c, const char *text, size_t len)
{
    char *line = strndup(text, len);

    if (!line)
        err_sys("take the line");
    if (strlen(line) < len)
        console_refuse(c, "a command contains a NUL byte; it is not executed");
    else
        console_command(c, line);
    free(line);
}

static void understand(struct console *c, const char *line, size_t len)
{
    struct console_typed t = console_typed(line, len);
    char excerpt[60];

    switch (t.kind) {
    case CONSOLE_NOTHING:
        break;
    case CONSOLE_TEXT:
        say_text(c, &t);
        break;
    case CONSOLE_COMMAND:
        do_command(c, t.text, t.len);
        break;
    case CONSOLE_BAD:
        unp_printable(line, len, excerpt, sizeof(excerpt));
        console_refuse(c,
                       "\"%s\" does not begin with [stream] or [stream@association]; to send it "
                       "as text, put [0] before it",
                       excerpt);
        break;
    }
}

bool console_line(struct console *c)
{
    char *text;
    size_t len;

    if (!console_wants_lines(c))
        return false;
    switch (c->term ? unp_terminal_next(c->term, &text, &len)
                    : unp_line_next(&c->input, &text, &len)) {
    case LINE_READY:
        c->number++;
        understand(c, text, len);
        return true;
    case LINE_TOO_LONG:
        c->number++;
        console_refuse(c, "too long: a line may have %zu bytes; the line is skipped", c->input.max);
        return true;
    case LINE_END:
        c->leaving = true;
        return false;
    default:
        return false;
    }
}

bool console_wants_lines(const struct console *c)
{
    return !c->leaving && !c->blocked && (c->term || peer_count(c, PEER_CONNECTING) == 0);
}
