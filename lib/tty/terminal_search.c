/*
 * Incremental search of the history, as in bash: Ctrl-R begins it or finds the next older line,
 * characters extend the pattern, Backspace shortens it, Ctrl-G restores the line, and every other
 * key is executed on the line that was found.
 *
 * libedit's own search would wait for keys and so block the program.
 */
#include "inside.h"
#include "unpsctp.h"

#include <stdio.h>
#include <stdlib.h>
#include <wctype.h>

#define CTRL(c)       ((c)&0x1f)
#define BACKSPACE     L'\177'
#define PATTERN_BYTES (4 * PATTERN)
#define NONE          ((size_t)-1)

const char *unp_terminal_prompt(const struct unp_terminal *t)
{
    return t->search.on ? t->search.prompt : t->prompt;
}

static void set_prompt(struct unp_search *s)
{
    snprintf(s->prompt, sizeof(s->prompt),
             "(%sreverse-i-search)`%.*ls': ", s->failed ? "failed " : "", PATTERN_BYTES,
             s->pattern);
}

static void set_line(EditLine *el, const wchar_t *text, size_t cursor)
{
    const LineInfoW *line = el_wline(el);
    int len = (int)(line->lastchar - line->buffer);

    el_cursor(el, len);
    el_wdeletestr(el, len);
    el_winsertstr(el, text);
    el_cursor(el, -(int)(wcslen(text) - cursor));
}

static const wchar_t *line_at(struct unp_terminal *t, size_t at)
{
    HistEventW event;
    int found = history_w(t->history, &event, H_FIRST);

    for (; found >= 0 && at > 0; at--)
        found = history_w(t->history, &event, H_NEXT);
    return found >= 0 ? event.str : NULL;
}

/* Finds the pattern in the line `at`, or in an older one. */
static void find(struct unp_terminal *t, size_t at)
{
    struct unp_search *s = &t->search;
    const wchar_t *text, *match;

    s->failed = true;
    for (; (text = line_at(t, at)); at++) {
        match = wcsstr(text, s->pattern);
        if (!match)
            continue;
        set_line(t->el, text, (size_t)(match - text));
        s->at = at;
        s->failed = false;
        return;
    }
}

static void begin(struct unp_terminal *t)
{
    struct unp_search *s = &t->search;
    const LineInfoW *line = el_wline(t->el);
    size_t len = (size_t)(line->lastchar - line->buffer);

    *s = (struct unp_search){.on = true, .at = NONE, .before = calloc(len + 1, sizeof(wchar_t))};
    if (!s->before)
        err_sys("search the history");
    wmemcpy(s->before, line->buffer, len);
    s->before_cursor = (size_t)(line->cursor - line->buffer);
}

static void end(struct unp_terminal *t, bool restore)
{
    if (restore)
        set_line(t->el, t->search.before, t->search.before_cursor);
    free(t->search.before);
    t->search.before = NULL;
    t->search.on = false;
}

static void change_pattern(struct unp_terminal *t, wchar_t key)
{
    struct unp_search *s = &t->search;

    if (key == BACKSPACE || key == CTRL('H')) {
        s->len -= s->len ? 1 : 0;
        s->pattern[s->len] = L'\0';
        s->at = NONE; /* the shorter pattern may be in a newer line */
    } else if (s->len < PATTERN) {
        s->pattern[s->len++] = key;
    }
    if (s->len)
        find(t, s->at == NONE ? 0 : s->at);
    else
        s->failed = false;
}

bool unp_search_key(struct unp_terminal *t, wchar_t key)
{
    struct unp_search *s = &t->search;
    bool change = key == BACKSPACE || key == CTRL('H') || iswprint((wint_t)key);

    if (!s->on && key != CTRL('R'))
        return false;
    unp_terminal_hide(t);
    if (!s->on)
        begin(t);
    else if (change)
        change_pattern(t, key);
    else if (key != CTRL('R'))
        end(t, key == CTRL('G'));
    else if (s->at != NONE)
        find(t, s->at + 1);
    set_prompt(s);
    unp_terminal_draw(t);
    return s->on || key == CTRL('G');
}
