/* Lines and commands of members, and announcements of the server. */
#include "talk.h"
#include "log.h"
#include "receive/receive.h"
#include "tty/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* Arrivals and departures are announced so rarely that these messages are at most 5 per ms and take
 * a tenth of the time. */
#define MEMBERS_PER_MS 5
#define NEWS_SHARE     10

/* ---- Announcements -------------------------------------------------------- */

/* Formats "*** text\n" in a static buffer; returns its length. */
static size_t server_line(char **line, const char *fmt, va_list args)
{
    static char buf[4 * NAME_SIZE + 1024];
    int n = vsnprintf(buf + 4, sizeof(buf) - 5, fmt, args);

    memcpy(buf, "*** ", 4);
    if (n > (int)sizeof(buf) - 6)
        n = (int)sizeof(buf) - 6;
    buf[4 + n] = '\n';
    *line = buf;
    return (size_t)n + 5;
}

void talk_tell(struct talk *t, const struct member *m, const char *fmt, ...)
{
    va_list args;
    char *line;
    size_t len;

    va_start(args, fmt);
    len = server_line(&line, fmt, args);
    va_end(args);
    room_tell(t->room, m->a, 0, line, len);
}

/* Sends to all but one; charges `by` (NULL: the server). */
static void announce(struct talk *t, const struct member *but, struct member *by, const char *fmt,
                     va_list args)
{
    struct line line = {.from = but ? but->a : NULL, .voice = by ? &by->voice : NULL};
    char *text;

    line.len = server_line(&text, fmt, args);
    line.text = text;
    room_say(t->room, &line);
}

void talk_announce(struct talk *t, struct member *but, const char *fmt, ...)
{
    va_list args;

    talk_news(t);
    va_start(args, fmt);
    announce(t, but, but, fmt, args);
    va_end(args);
}

/* ---- Arrivals and departures ---------------------------------------------- */

static void add(struct crowd *c, const char *name)
{
    size_t len = strlen(name);

    c->count++;
    if (c->used + len + 3 > sizeof(c->names))
        return;
    if (c->used)
        c->used += (size_t)sprintf(c->names + c->used, ", ");
    memcpy(c->names + c->used, name, len + 1);
    c->used += len;
    c->shown++;
}

void talk_arrive(struct talk *t, struct member *m)
{
    if (m->announced)
        return;
    m->announced = true;
    t->newcomer = m;
    add(&t->arrivals, m->name);
}

void talk_leave(struct talk *t, const struct member *m)
{
    if (t->newcomer == m)
        t->newcomer = NULL;
    add(&t->departures, m->name);
}

static void tell_news(struct talk *t, const struct member *but, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void tell_news(struct talk *t, const struct member *but, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    announce(t, but, NULL, fmt, args);
    va_end(args);
}

/* A single arrival is not announced to the member itself. */
static void tell_crowd(struct talk *t, struct crowd *c, const char *what, const struct member *but)
{
    const char *verb = c->count == 1 ? "has" : "have";

    if (c->count > c->shown)
        tell_news(t, NULL, "%s and %u more %s %s", c->names, c->count - c->shown, verb, what);
    else if (c->count)
        tell_news(t, c->count == 1 ? but : NULL, "%s %s %s", c->names, verb, what);
    memset(c, 0, sizeof(*c));
}

bool talk_news_due(const struct talk *t, int64_t now)
{
    return now - t->told >= (int64_t)(t->room->srv->associations.count / MEMBERS_PER_MS) &&
           now >= t->quiet_until && room_carries(t->room, NULL, sizeof(t->arrivals.names));
}

void talk_news_sent(struct talk *t, int64_t from, int64_t now)
{
    if (t->told >= from)
        t->quiet_until = now + (now - t->told) * (NEWS_SHARE - 1);
}

/* Announces departures first, because an arrival may have taken the same name. */
void talk_news(struct talk *t)
{
    if (!t->arrivals.count && !t->departures.count)
        return;
    t->told = unp_now();
    tell_crowd(t, &t->departures, "left", NULL);
    tell_crowd(t, &t->arrivals, "joined", t->newcomer);
}

/* ---- Relaying lines ------------------------------------------------------- */

/* Sends "before text" to all others, with text escaped.  `event` is its name in JSON. */
static void relay(struct talk *t, struct member *m, uint16_t channel, const char *event,
                  const char *before, const char *text, size_t len)
{
    size_t start = strlen(before), most = room_longest(t->room);
    size_t size = start + unp_text_escaped_len(text, len) + 1;
    struct line line = {m->a, &m->voice, m->echo_ok, channel, NULL, size};
    char *copy;

    if (size > most) {
        talk_tell(t, m,
                  "message not sent: it has %zu bytes once escaped, and a line may have %zu here",
                  size, most);
        return;
    }
    copy = malloc(size);
    if (!copy) {
        talk_tell(t, m, "message not sent: the server is out of memory");
        return;
    }
    if (!m->announced) {
        talk_arrive(t, m);
        talk_news(t);
    }
    memcpy(copy, before, start);
    unp_text_escape(text, len, copy + start);
    copy[size - 1] = '\n';
    line.text = copy;
    room_say(t->room, &line);
    log_said(t->room->srv, event, m, channel, text, len);
    free(copy);
}

static void say(struct talk *t, struct member *m, uint16_t channel, const char *text, size_t len)
{
    char before[NAME_SIZE + 3];

    snprintf(before, sizeof(before), "%s: ", m->name);
    relay(t, m, channel, "said", before, text, len);
}

static void nick(struct talk *t, struct member *m, const char *name)
{
    const char *fault = name_fault(name);
    char old[NAME_SIZE];
    const struct member *other = member_find(t->members, name);

    if (fault || (other && other != m)) {
        char shown[TEXT_GROWTH * NAME_SIZE + 1];

        if (fault)
            talk_tell(t, m, "%s; you are still %s", fault, m->name);
        else if (unp_text_escape(name, strlen(name), shown))
            talk_tell(t, m, "the name %s is taken; you are still %s", shown, m->name);
        return;
    }
    memcpy(old, m->name, sizeof(old));
    snprintf(m->name, sizeof(m->name), "%s", name);
    talk_tell(t, m, "you are %s", m->name);
    if (strcmp(old, m->name) != 0)
        log_member(t->room->srv, "renamed", m, "before", old);
    if (!m->announced)
        m->announce_at = 0; /* it has chosen a name: announce it now */
    else if (strcmp(old, m->name) != 0)
        talk_announce(t, m, "%s is now %s", old, m->name);
}

static void me(struct talk *t, struct member *m, uint16_t channel, const char *text, size_t len)
{
    char before[NAME_SIZE + 4];

    if (len == 0) {
        talk_tell(t, m, "no text given; type /me TEXT");
        return;
    }
    snprintf(before, sizeof(before), "* %s ", m->name);
    relay(t, m, channel, "action", before, text, len);
}

/* One line with as many names as fit.  The list of members may change before the next. */
static void list_some(struct talk *t, struct member *m)
{
    char line[sizeof(t->arrivals.names)];
    size_t used;
    struct member *other;

    if (m->list_begun)
        used = (size_t)sprintf(line, "and:");
    else
        used = (size_t)sprintf(line, "%zu here:", t->room->srv->associations.count);
    for (other = m->to_list; other; other = TAILQ_NEXT(other, link)) {
        if (!other->a)
            continue;
        if (used + strlen(other->name) + 2 > sizeof(line))
            break;
        used += (size_t)sprintf(line + used, " %s", other->name);
    }
    m->list_begun = true;
    m->to_list = other;
    talk_tell(t, m, "%s", line);
}

/* Each line after the first is charged like a message; the first was charged as the command.  A
 * member whose messages were dropped is told so first. */
void talk_list(struct talk *t, struct member *m)
{
    while (m->listing && m->a && !m->a->close_reason && !m->a->out.lost &&
           m->a->out.queued <= t->room->srv->max_queue / 4) {
        if (m->list_begun && m->to_list && t->rate && !member_may_speak(m, 0, t->rate))
            return;
        if (m->to_list)
            list_some(t, m);
        m->listing = m->to_list != NULL;
    }
}

/* A delayed /who of a member that has left has no reader. */
static void who(struct talk *t, struct member *m)
{
    if (!m->a)
        return;
    m->listing = true;
    m->list_begun = false;
    m->to_list = TAILQ_FIRST(t->members);
    talk_list(t, m);
}

static void quit(const struct talk *t, const struct member *m)
{
    room_flush(t->room); /* to this member as well */
    if (m->a)
        unp_eof(unp_socket_of(m->a, t->room->srv->fd), m->a->id);
}

static void help(struct talk *t, struct member *m)
{
    talk_tell(t, m, "/nick NAME  /who  /me TEXT  /quit; //text sends /text");
}

/* Splits the line at the first blank into command and argument, and executes it. */
static void command(struct talk *t, struct member *m, uint16_t channel, char *line)
{
    char *text = line + strcspn(line, " ");

    if (*text)
        *text++ = '\0';
    if (strcmp(line, "/nick") == 0)
        nick(t, m, text);
    else if (strcmp(line, "/who") == 0)
        who(t, m);
    else if (strcmp(line, "/me") == 0)
        me(t, m, channel, text, strlen(text));
    else if (strcmp(line, "/quit") == 0)
        quit(t, m);
    else if (strcmp(line, "/help") == 0)
        help(t, m);
    else if (strcmp(line, "/echo") == 0 && strcmp(text, "on") == 0)
        m->echo_ok = true;
    else
        talk_tell(t, m, "no such command; /help lists the commands");
}

static bool is_command(const char *text, size_t len)
{
    return len && text[0] == '/' && !(len > 1 && text[1] == '/');
}

size_t talk_part(const void *text, size_t len)
{
    const char *end = is_command(text, len) ? memchr(text, '\n', len) : NULL;

    return end ? (size_t)(end + 1 - (const char *)text) : len;
}

/* Drops the NUL that some programs send with their strings.  Other NULs are kept as text, and end a
 * command. */
void talk_input(struct talk *t, struct member *m, const struct unp_message *msg)
{
    const char *text = (const char *)msg->data;
    size_t len = msg->len;

    while (len && strchr("\r\n", text[len - 1])) /* and '\0' */
        len--;
    if (is_command(text, len)) {
        char *line = strndup(text, len);

        if (line)
            command(t, m, msg->rcv.rcv_sid, line);
        free(line);
    } else if (len) {
        size_t slash = text[0] == '/';

        say(t, m, msg->rcv.rcv_sid, text + slash, len - slash);
    }
}
