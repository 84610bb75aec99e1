/*
 * Line editing by libedit, on a terminal where other output appears while the user types.
 *
 * Worth noticing: libedit never waits for the keyboard, so it does not block the program.  After
 * poll(2), keys are read here and passed to libedit one by one; it edits the line and returns
 * (EL_UNBUFFERED).  Before other output, the rows of prompt and line are erased; libedit draws them
 * again below it.
 */
#include "inside.h"
#include "unpsctp.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define HISTORY    500
#define KEY_MS     200 /* time for the rest of a key's escape sequence */
#define END_OF_ALL L'\004'

static volatile sig_atomic_t resized, suspended;

static void on_resize(int signo)
{
    (void)signo;
    resized = 1;
}

static void on_suspend(int signo)
{
    (void)signo;
    suspended = 1;
}

static struct termios shells; /* the terminal's modes before libedit changed them */

/* Gives the shell its terminal back before the signal ends the program.  In the background the
 * shell has it already, and tcsetattr() would stop the program. */
static void on_fatal(int signo)
{
    if (tcgetpgrp(STDIN_FILENO) == getpgrp())
        tcsetattr(STDIN_FILENO, TCSANOW, &shells);
    raise(signo); /* delivered when this handler returns */
}

static void catch_fatal(int signo)
{
    const struct sigaction act = {.sa_handler = on_fatal, .sa_flags = SA_RESETHAND};
    struct sigaction before;

    if (sigaction(signo, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        sigaction(signo, &act, NULL);
}

/* Both signals are blocked, except while unp_poll() waits. */
static void catch_terminal_signals(bool on)
{
    struct sigaction resize = {.sa_handler = on ? on_resize : SIG_DFL};
    struct sigaction suspend = {.sa_handler = on ? on_suspend : SIG_DFL};
    sigset_t set;

    sigaction(SIGWINCH, &resize, NULL);
    sigaction(SIGTSTP, &suspend, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGTSTP);
    sigprocmask(on ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* ---- keys ----------------------------------------------------------------- */

/* Decodes the first character of the keys.  Returns its length in bytes; 0: it is incomplete.
 * Invalid bytes are skipped. */
static size_t first_key(struct unp_terminal *t, wchar_t *c)
{
    while (t->used < t->have) {
        mbstate_t state = {0};
        size_t n = mbrtowc(c, (char *)t->keys + t->used, t->have - t->used, &state);

        if (n == 0)
            return 1;
        if (n == (size_t)-2)
            return 0;
        if (n != (size_t)-1)
            return n;
        t->used++;
    }
    return 0;
}

int unp_terminal_fill(struct unp_terminal *t)
{
    ssize_t n;

    if (t->used) {
        memmove(t->keys, t->keys + t->used, t->have - t->used);
        t->have -= t->used;
        t->used = 0;
    }
    n = read(STDIN_FILENO, t->keys + t->have, sizeof(t->keys) - t->have);
    if (n < 0 && errno != EIO)
        return -1;
    if (n <= 0)
        t->eof = true;
    else
        t->have += (size_t)n;
    return 0;
}

/* libedit calls this function when a key has arrived.  Inside an escape sequence it asks for
 * further keys, which do not follow if the user pressed only ESC. */
static int next_key(EditLine *el, wchar_t *c)
{
    struct unp_terminal *t;
    size_t n;

    el_get(el, EL_CLIENTDATA, &t);
    while (!(n = first_key(t, c))) {
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

        if (t->eof || poll(&p, 1, KEY_MS) <= 0 || unp_terminal_fill(t) < 0)
            return -1;
    }
    t->used += n;
    return 1;
}

/* ---- show and hide -------------------------------------------------------- */

static char *prompt_of(EditLine *el)
{
    struct unp_terminal *t;

    el_get(el, EL_CLIENTDATA, &t);
    return (char *)unp_terminal_prompt(t);
}

void unp_terminal_hide(struct unp_terminal *t)
{
    if (!t || !t->shown)
        return;
    t->shown = false;
    putchar('\r');
    for (unsigned rows = unp_terminal_rows_above(t); rows > 0; rows--)
        fputs("\033[A", stdout);
    fputs("\033[J", stdout);
}

void unp_terminal_draw(struct unp_terminal *t)
{
    if (t->shown)
        return;
    if (t->line_done) { /* begins a new line, with the prompt */
        el_set(t->el, EL_UNBUFFERED, 0);
        el_set(t->el, EL_UNBUFFERED, 1);
        t->line_done = false;
    } else {
        el_set(t->el, EL_REFRESH);
    }
    t->shown = true;
}

/* Ctrl-Z: restores the terminal for the shell until the program continues. */
static void suspend_program(struct unp_terminal *t)
{
    unp_terminal_hide(t);
    unp_search_end(t, true);
    el_set(t->el, EL_PREP_TERM, 0);
    fflush(stdout);
    catch_terminal_signals(false);
    raise(SIGTSTP);
    catch_terminal_signals(true);
    el_set(t->el, EL_PREP_TERM, 1);
    resized = 1;
}

void unp_terminal_show(struct unp_terminal *t, const char *prompt)
{
    if (!t)
        return;
    if (suspended) {
        suspended = 0;
        suspend_program(t);
    }
    if (resized) {
        resized = 0;
        unp_terminal_hide(t);
        el_resize(t->el);
    }
    if (strcmp(prompt, t->prompt) != 0) {
        unp_terminal_hide(t);
        snprintf(t->prompt, sizeof(t->prompt), "%s", prompt);
    }
    unp_terminal_draw(t);
}

/* ---- lines ---------------------------------------------------------------- */

char *Unp_terminal_text(const wchar_t *from, size_t count, size_t *bytes)
{
    char *text = malloc(count * MB_CUR_MAX + 1);
    mbstate_t state = {0};

    if (!text)
        err_sys("take the line");
    *bytes = 0;
    for (size_t i = 0; i < count; i++) {
        size_t n = wcrtomb(text + *bytes, from[i], &state);

        *bytes += n == (size_t)-1 ? 0 : n;
    }
    text[*bytes] = '\0';
    return text;
}

/* Keeps libedit's line, without its newline, and adds it to the history. */
static size_t take_line(struct unp_terminal *t, const LineInfoW *l)
{
    size_t length = (size_t)(l->lastchar - l->buffer) - 1, used;
    wchar_t *copy = calloc(length + 1, sizeof(*copy));
    HistEventW event;

    if (!copy)
        err_sys("take the line");
    wmemcpy(copy, l->buffer, length);
    free(t->line);
    t->line = Unp_terminal_text(copy, length, &used);
    if (used)
        history_w(t->history, &event, H_ENTER, copy);
    free(copy);
    return used;
}

enum unp_line_status unp_terminal_next(struct unp_terminal *t, char **text, size_t *len)
{
    wchar_t key;
    size_t used;

    while (!t->eof && (used = first_key(t, &key))) {
        const LineInfoW *l;
        int n;

        unp_terminal_draw(t);
        if (unp_search_key(t, key) || unp_complete_key(t, key)) {
            t->used += used;
            continue;
        }
        el_wgets(t->el, &n);
        l = el_wline(t->el);
        if (l->lastchar == l->buffer)
            continue;
        if (l->lastchar[-1] == L'\n') {
            t->shown = false; /* the line stays, and the cursor is below it */
            t->line_done = true;
            *len = take_line(t, l);
            *text = t->line;
            return LINE_READY;
        }
        t->eof = l->lastchar == l->buffer + 1 && l->buffer[0] == END_OF_ALL;
    }
    return t->eof ? LINE_END : LINE_MORE;
}

/* ---- open and close ------------------------------------------------------- */

bool unp_terminal_is_there(void)
{
    const char *term = getenv("TERM");

    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
           strcmp(term, "dumb") != 0;
}

/* Closed at every exit, because the shell needs its terminal back. */
static struct unp_terminal *open_one;

static void close_at_exit(void)
{
    unp_terminal_close(open_one);
}

struct unp_terminal *unp_terminal_open(void)
{
    /* TAB is a character where it completes nothing.  The default functions of the other keys would
     * wait for another key. */
    static const char *const keys[][2] = {{"^I", "ed-insert"},
                                          {"^V", "ed-unassigned"},
                                          {"^Q", "ed-unassigned"},
                                          {"\\ex", "ed-unassigned"}};
    struct unp_terminal *t = calloc(1, sizeof(*t));
    HistEventW event;

    tcgetattr(STDIN_FILENO, &shells);
    if (!t || !(t->history = history_winit()) ||
        !(t->el = el_init(program_invocation_short_name, stdin, stdout, stderr)))
        err_sys("start the line editor");
    t->line_done = true;
    history_w(t->history, &event, H_SETSIZE, HISTORY);
    history_w(t->history, &event, H_SETUNIQUE, 1);
    el_set(t->el, EL_CLIENTDATA, t);
    el_set(t->el, EL_EDITOR, "emacs");
    el_set(t->el, EL_PROMPT, prompt_of);
    el_wset(t->el, EL_GETCFN, next_key);
    el_wset(t->el, EL_HIST, history_w, t->history);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        el_set(t->el, EL_BIND, keys[i][0], keys[i][1], NULL);
    catch_terminal_signals(true);
    catch_fatal(SIGHUP);
    catch_fatal(SIGQUIT);
    open_one = t;
    atexit(close_at_exit);
    return t;
}

void unp_terminal_close(struct unp_terminal *t)
{
    if (!t)
        return;
    open_one = NULL;
    unp_terminal_hide(t);
    unp_search_end(t, false);
    fflush(stdout);
    catch_terminal_signals(false);
    el_set(t->el, EL_UNBUFFERED, 0);
    el_end(t->el);
    history_wend(t->history);
    free(t->line);
    free(t);
}
