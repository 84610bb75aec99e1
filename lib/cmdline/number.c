/* Numbers on a command line. */
#include "cmdline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int64_t unp_parse_number(const char *text, int64_t min, int64_t max)
{
    char *end;
    long long n;

    /* strtoll() also accepts blanks and signs. */
    if (text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno || *end || n < min || n > max)
        return -1;
    return n;
}

int64_t Unp_parse_number(const char *option, const char *text, int64_t min, int64_t max)
{
    int64_t n = unp_parse_number(text, min, max);

    if (n < 0)
        Unp_usage_error("%s \"%s\": not a number from %lld to %lld", option, text, (long long)min,
                        (long long)max);
    return n;
}

int64_t unp_parse_seconds(const char *text, double min, double max)
{
    char *end;
    double n;

    /* strtod() also accepts signs, exponents, infinity. */
    if (!*text || text[strspn(text, "0123456789.")])
        return -1;
    n = strtod(text, &end);
    if (*end || n < min || n > max)
        return -1;
    return (int64_t)(n * 1000000 + 0.5);
}
