/* Candidates for the word that TAB completes. */
#include "words.h"
#include "unpsctp.h"

#include <stdlib.h>
#include <string.h>

#define MOST 200 /* words that are printed */

void Unp_words_add(struct unp_words *w, const char *word)
{
    if (w->count == w->room) {
        size_t room = 2 * w->room + 16;
        char **grown = realloc(w->list, room * sizeof(*grown));

        if (!grown)
            err_sys("complete a word");
        w->list = grown;
        w->room = room;
    }
    w->list[w->count] = strdup(word);
    if (!w->list[w->count++])
        err_sys("complete a word");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void unp_words_keep(struct unp_words *w, const char *prefix)
{
    size_t kept = 0;

    if (w->count)
        qsort(w->list, w->count, sizeof(*w->list), by_text);
    for (size_t i = 0; i < w->count; i++) {
        if (strncmp(w->list[i], prefix, strlen(prefix)) != 0 ||
            (kept && strcmp(w->list[kept - 1], w->list[i]) == 0))
            free(w->list[i]);
        else
            w->list[kept++] = w->list[i];
    }
    w->count = kept;
}

size_t unp_words_common(const struct unp_words *w)
{
    size_t n = 0;

    if (!w->count)
        return 0;
    /* The words are sorted: a common prefix of the first and the last is common to all. */
    while (w->list[0][n] && w->list[0][n] == w->list[w->count - 1][n])
        n++;
    while (n && (w->list[0][n] & 0xc0) == 0x80)
        n--;
    return n;
}

/* Length in characters, taken as columns: wide characters are not considered. */
static unsigned length(const char *word)
{
    unsigned n = 0;

    for (; *word; word++)
        n += (*word & 0xc0) != 0x80;
    return n;
}

void unp_words_print(const struct unp_words *w, unsigned width, FILE *to)
{
    size_t shown = w->count < MOST ? w->count : MOST, rows;
    unsigned column = 0, columns;

    for (size_t i = 0; i < shown; i++)
        if (length(w->list[i]) + 2 > column)
            column = length(w->list[i]) + 2;
    columns = column && column < width ? width / column : 1;
    rows = (shown + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < shown; i += rows)
            fprintf(to, "%s%*s", w->list[i],
                    i + rows < shown ? (int)(column - length(w->list[i])) : 0, "");
        putc('\n', to);
    }
    if (shown < w->count)
        fprintf(to, "... and %zu more\n", w->count - shown);
}

void unp_words_free(struct unp_words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->list[i]);
    free(w->list);
    *w = (struct unp_words){0};
}
