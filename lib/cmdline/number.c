/* Numbers and PPIDs on a command line. */
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

int64_t Unp_parse_seconds(const char *option, const char *text, double min, double max)
{
    int64_t us = unp_parse_seconds(text, min, max);

    if (us < 0)
        Unp_usage_error("%s \"%s\": not seconds, from %g to %g", option, text, min, max);
    return us;
}

uint32_t Unp_ppid(const char *option, const char *text)
{
    int64_t ppid = unp_ppid_parse(text);

    if (ppid < 0)
        err_quit(EXIT_USAGE,
                 "%s \"%s\": not a PPID; give a number from 0 to 4294967295 or an IANA name such "
                 "as ngap, s1ap, m3ua, diameter",
                 option, text);
    return htonl((uint32_t)ppid);
}
