/* Numbers that a person types. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdint.h>

/* The number that the whole of `text` writes in decimal, within min and max; -1 when it is none. */
int64_t parse_number(const char *text, int64_t min, int64_t max);
/* The same for an option of the program, ending it with EXIT_USAGE. */
int64_t Parse_number(const char *option, const char *text, int64_t min, int64_t max);

/* Seconds, with a fraction or without ("0.25"), within min and max; in microseconds, -1 when it is
 * none. */
int64_t parse_seconds(const char *text, double min, double max);
/* The same for an option of the program, ending it with EXIT_USAGE. */
int64_t Parse_seconds(const char *option, const char *text, double min, double max);

#endif
