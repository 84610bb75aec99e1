/* Candidates for the word that TAB completes. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdio.h>

/* All zero: none. */
struct unp_words {
    char **list;
    size_t count, room;
};

/* Adds a copy.  Ends the program when there is no memory. */
void Unp_words_add(struct unp_words *w, const char *word);
/* Keeps those that begin with `prefix`, each once, in alphabetical order. */
void unp_words_keep(struct unp_words *w, const char *prefix);
/* The bytes that all begin with, whole UTF-8 characters; 0: there are none. */
size_t unp_words_common(const struct unp_words *w);
/* Prints them in columns, on lines of `width` characters; no more than a screen shows. */
void unp_words_print(const struct unp_words *w, unsigned width, FILE *to);
void unp_words_free(struct unp_words *w);

#endif
