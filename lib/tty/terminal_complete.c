/* TAB completes the word before the cursor, or lists the candidates. */
#include "inside.h"
#include "unpsctp.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void unp_terminal_complete(struct unp_terminal *t, unp_complete *complete, void *user)
{
    t->complete = complete;
    t->user = user;
}

static void insert(struct unp_terminal *t, const char *text, size_t len)
{
    mbstate_t state = {0};
    wchar_t c[2] = {0};
    size_t n;

    for (; len && (n = mbrtowc(c, text, len, &state)) > 0 && n < (size_t)-2; text += n, len -= n)
        el_winsertstr(t->el, c);
}

static void list(const struct unp_words *words)
{
    struct winsize size = {0};

    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    unp_words_print(words, size.ws_col ? size.ws_col : 80, stdout);
}

bool unp_complete_key(struct unp_terminal *t, wchar_t key)
{
    const LineInfoW *info = el_wline(t->el);
    struct unp_words words = {0};
    char *line;
    size_t bytes, word, typed, common;

    if (key != L'\t' || !t->complete)
        return false;
    line = Unp_terminal_text(info->buffer, (size_t)(info->cursor - info->buffer), &bytes);
    word = t->complete(t->user, line, &words);
    typed = strlen(line + word);
    unp_words_keep(&words, line + word);
    common = unp_words_common(&words);
    unp_terminal_hide(t);
    if (common > typed)
        insert(t, words.list[0] + typed, common - typed);
    else if (words.count > 1)
        list(&words);
    else if (words.count == 0)
        el_beep(t->el);
    unp_terminal_draw(t);
    unp_words_free(&words);
    free(line);
    return true;
}
