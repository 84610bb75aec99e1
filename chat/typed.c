/* Parser of input lines: "[3] text", "/join 3", "text". */
#include "typed.h"
#include "tty/line.h"

#include <string.h>

/* Cuts "[3] " off.  "[3]text" and "[x] text" are plain text. */
static void take_channel(struct typed *t)
{
    const char *end = t->len ? memchr(t->text, ']', t->len) : NULL;
    size_t used = end ? (size_t)(end + 1 - t->text) : 0;
    long channel;

    if (!end || (used < t->len && *++end != ' ') ||
        unp_line_stream(t->text, t->len, &channel) != STREAM_OK)
        return;
    if (used < t->len)
        used++;
    t->channel = channel;
    t->text += used;
    t->len -= used;
}

/* Is `word` the first word?  Sets `*rest` to what follows, without white space around it. */
static bool is_command(const struct typed *t, const char *word, const char **rest, size_t *len)
{
    size_t n = strlen(word);

    if (t->len < n || memcmp(t->text, word, n) != 0 || (t->len > n && t->text[n] != ' '))
        return false;
    *rest = t->text + n;
    *len = t->len - n;
    while (*len && (*rest)[0] == ' ') {
        (*rest)++;
        (*len)--;
    }
    while (*len && (*rest)[*len - 1] == ' ')
        (*len)--;
    return true;
}

static bool parse_channel(const char *text, size_t len, long *channel)
{
    const char *at = text;

    return unp_line_number(&at, text + len, channel) && at == text + len;
}

struct typed typed_line(const char *line, size_t len, long current)
{
    struct typed t = {.kind = TYPED_SAY, .channel = current, .text = line, .len = len};
    const char *rest;
    size_t rest_len;

    if (t.len && t.text[t.len - 1] == '\r') /* of a file with CRLF line ends */
        t.len--;
    take_channel(&t);
    if (t.len == 0)
        t.kind = TYPED_NOTHING;
    else if (is_command(&t, "/quit", &rest, &rest_len))
        t.kind = TYPED_QUIT;
    else if (is_command(&t, "/help", &rest, &rest_len))
        t.kind = TYPED_HELP;
    else if (is_command(&t, "/join", &rest, &rest_len))
        t.kind = parse_channel(rest, rest_len, &t.channel) ? TYPED_JOIN : TYPED_BAD;
    else if (is_command(&t, "/leave", &rest, &rest_len))
        t.kind =
            rest_len == 0 || parse_channel(rest, rest_len, &t.channel) ? TYPED_LEAVE : TYPED_BAD;
    return t;
}
