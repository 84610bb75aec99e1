/* Candidates for the word that TAB completes. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdio.h>

/* All zero: an empty list. */
struct unp_words {
    char **list;
    size_t count, room;
};

/* Adds a copy.  Ends the program when there is no memory. */
void Unp_words_add(struct unp_words *w, const char *word);
/* Keeps the words that begin with `prefix`, each once, in alphabetical order. */
void unp_words_keep(struct unp_words *w, const char *prefix);
/* Length of the common prefix of all words, in bytes of whole UTF-8 characters; 0: no words. */
size_t unp_words_common(const struct unp_words *w);
/* Prints at most 200 words in columns, on lines of `width` characters. */
void unp_words_print(const struct unp_words *w, unsigned width, FILE *to);
void unp_words_free(struct unp_words *w);

#endif
