/* Input of sctp_chat_cli: lines to send, and the client's own commands. */
#include "chat.h"
#include "cli.h"
#include "typed.h"

bool cli_has_channel(struct client *c, long channel)
{
    if (channel < c->a.ostreams)
        return true;
    cli_skip(c, "channel %ld is out of range: this association has %u outbound stream%s, 0 to %u",
             channel, c->a.ostreams, c->a.ostreams == 1 ? "" : "s", c->a.ostreams - 1U);
    return false;
}

static void join(struct client *c, long channel)
{
    if (!cli_has_channel(c, channel))
        return;
    c->channel = channel;
    show_hide(&c->show, (unsigned)channel, false);
}

static void leave(struct client *c, long channel)
{
    if (!cli_has_channel(c, channel))
        return;
    if (c->channel == channel)
        c->channel = 0;
    show_hide(&c->show, (unsigned)channel, true);
    if (c->term)
        cli_note(c, "channel %ld is hidden; /join %ld shows it again", channel, channel);
}

static void help(struct client *c)
{
    cli_note(c, "/join n    switch to channel n, 0 to %d", c->a.ostreams - 1);
    cli_note(c, "/leave n   hide channel n");
    cli_note(c, "[n] text   send text to channel n");
    cli_note(c, "and the commands of the server:");
}

/* "[3 x" and "[3]x" are plain text (typed.c), but a user of a terminal rather meant channel 3. */
static bool is_mistyped(const struct client *c, const char *line, const struct typed *t)
{
    return c->term && t->kind == TYPED_SAY && t->text == line && t->len > 1 && line[0] == '[' &&
           line[1] >= '0' && line[1] <= '9';
}

static void understand(struct client *c, const char *line, size_t len)
{
    struct typed t = typed_line(line, len, c->channel);

    switch (t.kind) {
    case TYPED_NOTHING:
        return;
    case TYPED_BAD:
        cli_skip(c, "give the number of a channel, for example /join 3");
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
    if (is_mistyped(c, line, &t)) {
        cli_skip(c,
                 "not sent: write [n] text for channel n, or put [%ld] before the line to send it "
                 "as it is",
                 c->channel);
    } else if (t.len > CHAT_MAX_MESSAGE) {
        cli_skip(c, "too long: a line may have %d bytes", CHAT_MAX_MESSAGE);
    } else if (cli_has_channel(c, t.channel)) {
        c->line = t.text;
        c->len = t.len;
        c->to = t.channel;
    }
}

bool cli_take_line(struct client *c)
{
    while (!c->line && !c->ended) {
        char *text;
        size_t len;

        switch (c->term ? unp_terminal_next(c->term, &text, &len)
                        : unp_line_next(&c->input, &text, &len)) {
        case LINE_READY:
            c->number++;
            understand(c, text, len);
            break;
        case LINE_TOO_LONG:
            c->number++;
            cli_skip(c, "too long: a line may have %zu bytes", c->input.max);
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
