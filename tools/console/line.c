/* The lines that are typed at sctp_console: text goes out, commands are done. */
#include "console.h"
#include "tty/text.h"
#include "typed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ----------------------------------------------------------------- */

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

/* Can it be sent at all? */
static bool sendable(struct console *c, const struct peer *p, long stream, size_t len)
{
    size_t max = unp_max_message(c->fd);

    if (p->state == PEER_CONNECTING)
        return console_refuse(c, "%s: it is not up yet; wait for its notification", console_label(p));
    if (p->state == PEER_OVER)
        return console_refuse(c, "%s: it is over; /connect %s makes another", console_label(p),
                              p->name);
    if (p->state == PEER_CLOSING)
        return console_refuse(c, "%s: it is shutting down, and takes no more", console_label(p));
    if (stream >= p->ostreams)
        return console_refuse(c,
                              "%s: stream %ld is out of range: it has %u outbound streams, 0 to "
                              "%u; /streams adds some",
                              console_label(p), stream, p->ostreams, p->ostreams - 1U);
    if (len > max)
        return console_refuse(c, "%s: too long: a message may have %zu bytes (/opt sndbuf)",
                              console_label(p), max);
    if (len == 0) /* SCTP has no empty messages */
        return console_refuse(c, "there is no text to be sent");
    return true;
}

static void say_text(struct console *c, const struct console_typed *t)
{
    struct peer *p = t->peer ? peer_number(c, t->peer) : peer_current(c);

    if (!p && t->peer)
        console_refuse(c, "there is no association %ld; /peers lists them", t->peer);
    if (!p || !sendable(c, p, t->stream, t->len))
        return;
    if (send_text(c, p, (uint16_t)t->stream, t->text, t->len) != SEND_LATER)
        return;
    if (c->term) {
        console_refuse(c,
                       "%s: it does not take more now: its peer does not read what it was sent; "
                       "the text is not sent, the up key has it",
                       console_label(p));
        return;
    }
    c->held = t->text;
    c->held_len = t->len;
    c->held_for = p;
    c->held_stream = (uint16_t)t->stream;
}

bool console_held(struct console *c)
{
    struct peer *p = c->held_for;

    if (!c->held)
        return false;
    if (!sendable(c, p, c->held_stream, c->held_len) ||
        send_text(c, p, c->held_stream, c->held, c->held_len) != SEND_LATER) {
        c->held = NULL;
    } else if (unp_now() - p->full_since >= (int64_t)c->asked.wait * 1000) {
        console_refuse(c,
                       "%s: it has taken nothing for %u s: does its peer read?  The text is not "
                       "sent",
                       console_label(p), c->asked.wait);
        c->held = NULL;
    }
    return c->held;
}

/* ---- lines ---------------------------------------------------------------- */

static void do_command(struct console *c, const char *text, size_t len)
{
    char *line = strndup(text, len);

    if (!line)
        err_sys("take the line");
    if (strlen(line) < len)
        console_refuse(c, "a command has no bytes of 0; it is not done");
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
                       "\"%s\" does not begin with [stream] or [stream@association]; if that is "
                       "the text, put [0] before it",
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
        console_refuse(c, "too long: a line may have %zu bytes; it is skipped", c->input.max);
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
    /* Lines of a file wait until it is known which associations there are. */
    return !c->leaving && !c->held && (c->term || peer_count(c, PEER_CONNECTING) == 0);
}
