/* Numbers that a person types. */
#include "unpsctp.h"

#include <errno.h>
#include <stdlib.h>

int64_t parse_number(const char *text, int64_t min, int64_t max)
{
    char *end;
    long long n;

    /* strtoll() would also take blanks and signs. */
    if (text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno || *end || n < min || n > max)
        return -1;
    return n;
}

int64_t Parse_number(const char *option, const char *text, int64_t min, int64_t max)
{
    int64_t n = parse_number(text, min, max);

    if (n < 0)
        err_quit(EXIT_USAGE, "%s \"%s\": not a number from %lld to %lld; see --help", option, text,
                 (long long)min, (long long)max);
    return n;
}
