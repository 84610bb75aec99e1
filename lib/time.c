/* The time of day, before lines of output. */
#include "unpsctp.h"

#include <time.h>

bool unp_print_times;

const char *unp_time_text(char *buf, size_t size)
{
    char at[24] = "", zone[8] = ""; /* "+0100" */
    struct timespec ts;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &ts);
    localtime_r(&ts.tv_sec, &tm);
    strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
    strftime(zone, sizeof(zone), "%z", &tm);
    snprintf(buf, size, "%s.%03ld%.3s:%s", at, ts.tv_nsec / 1000000, zone, zone + 3);
    return buf;
}

void unp_print_time(FILE *f)
{
    char text[UNP_TIME_SIZE];

    if (unp_print_times)
        fprintf(f, "%s ", unp_time_text(text, sizeof(text)));
}
