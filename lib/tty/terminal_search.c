/*
 * Incremental search of the history, as in bash: Ctrl-R begins it or finds the next older line,
 * characters extend the pattern, Backspace shortens it, Ctrl-G and Ctrl-C restore the line, and
 * every other key is executed on the line that was found.
 *
 * libedit's own search would wait for keys and so block the program.
 */
#include "inside.h"
#include "unpsctp.h"

#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>
#include <wctype.h>

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

/* Sets the key that sends SIGINT; _POSIX_VDISABLE: none.  Returns the previous one. */
static cc_t set_interrupt_key(cc_t key)
{
    struct termios modes;
    cc_t before;

    if (tcgetattr(STDIN_FILENO, &modes) < 0)
        return _POSIX_VDISABLE;
    before = modes.c_cc[VINTR];
    modes.c_cc[VINTR] = key;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    return before;
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
    s->interrupt = set_interrupt_key(_POSIX_VDISABLE); /* Ctrl-C must not end the program */
}

void unp_search_end(struct unp_terminal *t, bool restore)
{
    if (!t->search.on)
        return;
    if (restore)
        set_line(t->el, t->search.before, t->search.before_cursor);
    free(t->search.before);
    t->search.before = NULL;
    t->search.on = false;
    set_interrupt_key(t->search.interrupt);
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
    bool cancel = s->on && (key == CTRL('G') || key == s->interrupt);

    if (!s->on && key != CTRL('R'))
        return false;
    unp_terminal_hide(t);
    if (!s->on)
        begin(t);
    else if (cancel)
        unp_search_end(t, true);
    else if (change)
        change_pattern(t, key);
    else if (key != CTRL('R'))
        unp_search_end(t, false);
    else if (s->at != NONE)
        find(t, s->at + 1);
    set_prompt(s);
    unp_terminal_draw(t);
    return s->on || cancel;
}
