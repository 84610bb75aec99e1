/* The rows of the screen that prompt and line occupy. */
#include "inside.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

struct place {
    unsigned row, column, width;
};

static void put(struct place *at, unsigned width)
{
    if (at->column + width > at->width) {
        at->row++;
        at->column = 0;
    }
    at->column += width;
    if (at->column >= at->width) {
        at->row++;
        at->column = 0;
    }
}

/* Advances as libedit draws: ^A for a control character, \U+E000 for one that cannot be shown. */
static void put_character(struct place *at, wchar_t c)
{
    unsigned width = iswprint((wint_t)c) ? (unsigned)wcwidth(c) : 1;
    unsigned times = iswprint((wint_t)c) ? 1 : c < 0x80 ? 2 : c > 0xffff ? 8 : 7;

    if (c == L'\t') {
        do
            put(at, 1);
        while (at->column % 8);
        return;
    }
    while (times-- > 0)
        put(at, width);
}

unsigned unp_terminal_rows_above(const struct unp_terminal *t)
{
    struct winsize size = {0};
    struct place at = {.width = 80};
    const LineInfoW *line = el_wline(t->el);
    const char *prompt = unp_terminal_prompt(t);
    mbstate_t state = {0};
    wchar_t c;
    size_t n;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
        at.width = size.ws_col;
    for (; (n = mbrtowc(&c, prompt, strlen(prompt), &state)) > 0 && n < (size_t)-2; prompt += n)
        put_character(&at, c);
    for (const wchar_t *p = line->buffer; p < line->cursor; p++)
        put_character(&at, *p);
    return at.row;
}
