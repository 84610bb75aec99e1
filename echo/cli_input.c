/* Input lines of sctp_echo_cli, and the streams that each is sent on. */
#include "cli_input.h"
#include "cli_print.h"
#include "tty/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX_SIZE sizeof(".msg.65535")

void Cli_input_open(struct cli_input *in, const struct cli_options *asked, size_t max)
{
    *in = (struct cli_input){.asked = asked, .suffixed = malloc(max)};
    if (!in->suffixed)
        err_sys("start");
    unp_line_init(&in->reader, STDIN_FILENO, asked->all ? max - SUFFIX_SIZE : max);
    if (unp_terminal_is_there()) {
        unp_text_use_utf8();
        in->term = unp_terminal_open();
        in->typed = true;
    }
}

void cli_input_leave_terminal(struct cli_input *in)
{
    unp_terminal_close(in->term);
    in->term = NULL;
}

int cli_input_fill(struct cli_input *in)
{
    return in->term ? unp_terminal_fill(in->term) : unp_line_fill(&in->reader);
}

void cli_input_close(struct cli_input *in)
{
    unp_line_free(&in->reader);
    free(in->suffixed);
}

void cli_input_skip(struct cli_input *in, const char *why)
{
    in->line = NULL;
    if (in->typed) {
        unp_terminal_hide(in->term);
        err_msg("%s", why);
        return;
    }
    err_msg("line %lu: %s; the line is skipped", in->reader.number, why);
    in->skipped++;
}

static void skip_without_stream(struct cli_input *in, const char *text, size_t len)
{
    char why[400];

    if (len && *text == '[')
        snprintf(why, sizeof(why),
                 "\"%s\" has no ] after its [: write [n] text, for example [0] hello",
                 cli_excerpt(text, len));
    else if (!in->typed)
        snprintf(why, sizeof(why),
                 "\"%s\" has no stream number: write [n] text, for example [0] hello",
                 cli_excerpt(text, len));
    else if (!in->hinted)
        snprintf(why, sizeof(why),
                 "not sent: begin with the stream, as in [0] hello; the up key recalls the line");
    else
        snprintf(why, sizeof(why), "not sent: begin with the stream, as in [0] hello");
    in->hinted = in->hinted || !len || *text != '[';
    cli_input_skip(in, why);
}

static void accept_line(struct cli_input *in, uint16_t ostreams, char *text, size_t len)
{
    bool all = in->asked->all;
    char why[400];
    long stream = 0;

    switch (all ? STREAM_OK : unp_line_stream(text, len, &stream)) {
    case STREAM_MISSING:
        skip_without_stream(in, text, len);
        return;
    case STREAM_BAD:
        snprintf(why, sizeof(why),
                 "\"%s\" has no stream number between its brackets: write [n] text, for example "
                 "[0] hello",
                 cli_excerpt(text, len));
        cli_input_skip(in, why);
        return;
    case STREAM_OK:
        break;
    }
    if (stream >= ostreams) {
        snprintf(why, sizeof(why),
                 "stream %ld is out of range: this association has %u outbound stream%s, 0 to %u",
                 stream, ostreams, ostreams == 1 ? "" : "s", ostreams - 1U);
        cli_input_skip(in, why);
        return;
    }
    in->line = text;
    in->len = len;
    in->next = (uint16_t)stream;
    in->last = all ? (uint16_t)(in->asked->all_streams - 1) : (uint16_t)stream;
    if (all)
        memcpy(in->suffixed, text, len);
}

/* unp_line_next(), or the same from the terminal. */
static enum unp_line_status next_line(struct cli_input *in, char **text, size_t *len)
{
    enum unp_line_status status;

    if (!in->term)
        return unp_line_next(&in->reader, text, len);
    status = unp_terminal_next(in->term, text, len);
    if (status == LINE_READY)
        in->reader.number++;
    if (status == LINE_READY && *len > in->reader.max)
        return LINE_TOO_LONG;
    if (status == LINE_END) {
        in->reader.eof = true;
        cli_input_leave_terminal(in);
    }
    return status;
}

bool cli_input_take(struct cli_input *in, uint16_t ostreams)
{
    char *text, why[100];
    size_t len;

    while (!in->line) {
        switch (next_line(in, &text, &len)) {
        case LINE_READY:
            accept_line(in, ostreams, text, len);
            break;
        case LINE_TOO_LONG:
            snprintf(why, sizeof(why), "too long: a line may have %zu bytes", in->reader.max);
            cli_input_skip(in, why);
            break;
        default:
            return false;
        }
    }
    return true;
}

const char *cli_input_message(struct cli_input *in, size_t *len)
{
    *len = in->len;
    if (!in->asked->all)
        return in->line;
    *len += (size_t)snprintf(in->suffixed + in->len, SUFFIX_SIZE, ".msg.%u", in->next);
    return in->suffixed;
}

void cli_input_sent(struct cli_input *in)
{
    if (in->next++ == in->last)
        in->line = NULL;
}

bool cli_input_done(const struct cli_input *in)
{
    return in->reader.eof && !in->reader.have && !in->line;
}
