/* Events of the room as lines of JSON (-J). */
#include "log.h"
#include "json/json.h"

#include <string.h>

static struct unp_line *begin(const struct unp_server *srv, struct unp_json *j, const char *event,
                              const struct member *m)
{
    struct unp_line *line = srv->json ? unp_line_new() : NULL;

    if (!line)
        return NULL;
    *j = (struct unp_json){.f = line->f};
    unp_json_open(j, NULL, '{');
    unp_json_string(j, "event", event);
    unp_json_string(j, "name", m->name);
    unp_json_number(j, "assoc_id", m->id);
    return line;
}

static void end(struct unp_line *line, struct unp_json *j)
{
    unp_json_time(j);
    unp_json_close(j, '}');
    putc('\n', line->f);
    unp_line_print(line);
}

void log_member(const struct unp_server *srv, const char *event, const struct member *m,
                const char *field, const char *value)
{
    struct unp_json j;
    struct unp_line *line = begin(srv, &j, event, m);

    if (!line)
        return;
    if (value)
        unp_json_string(&j, field, value);
    end(line, &j);
}

void log_said(const struct unp_server *srv, const char *event, const struct member *m,
              uint16_t channel, const char *text, size_t len)
{
    struct unp_json j;
    struct unp_line *line = begin(srv, &j, event, m);

    if (!line)
        return;
    unp_json_number(&j, "channel", channel);
    unp_json_bytes(&j, "text", text, len);
    end(line, &j);
}
